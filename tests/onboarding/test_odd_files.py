"""`holdfast init` on files with titles, footers and quirks of programs: read, or refused with advice that works."""

import json
import sqlite3
import zipfile
from contextlib import closing
from pathlib import Path

import pytest
import xlsxwriter
import yaml

from holdfast.config import ANSWER
from holdfast.data import Columns, Source, read_purchases
from holdfast.data.values.date_styles import formats_of
from holdfast.errors import DataError
from holdfast.onboarding import Look
from tests.fuzz.configurations import command
from tests.onboarding.exports import Cell, Export, day, net, sales
from tests.onboarding.plain import PLAIN, read


def text(export: Export) -> str:
    export.write(Path("x.csv"))
    return Path("x.csv").read_text(encoding="utf-8")


def read_by_init(content: str | bytes, rejected: int = 0) -> dict:
    """Return the purchases section of what init writes, once it reads all customers and the net to the cent."""
    Path("x.csv").write_bytes(content if isinstance(content, bytes) else content.encode())
    code, said = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
    assert code == 0, said
    written, customers, revenue, lost = read(Path("x.yaml"))
    assert (customers, lost) == (len({s.customer for s in sales()}), rejected)
    assert revenue == pytest.approx(net())
    return written


@pytest.mark.parametrize("title", ["Sales report\n\n", "Umsätze\nErstellt\n\n\n", "\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "cp1252"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
def test_blank_lines_between_title_and_names_are_counted(title, encoding, ends):
    content = title + text(Export(PLAIN, ";")) + ("Summe: größer\n" if encoding == "cp1252" else "")
    written = read_by_init(content.replace("\n", ends).encode(encoding), rejected=encoding == "cp1252")
    assert written["skip_lines"] == title.count("\n")
    assert written.get("encoding", "utf-8") == encoding or title == "\n"


@pytest.mark.parametrize("blank", [1, 2])
def test_a_footer_below_a_blank_line_is_one_line_rejected(blank):
    read_by_init((text(Export(PLAIN)) + "\n" * blank + "(200 rows affected)\n").replace("\n", "\r\n"), rejected=1)


def test_round_prices_are_no_returns():
    whole = [s for s in sales() if s.cents > 0]
    Export(
        PLAIN | {"amount": lambda s: f"{s.cents // 100:,},-".replace(",", ".", f"{s.cents // 100:,}".count(","))},
        ";",
        sales=whole,
    ).write(Path("x.csv"))
    assert command("init", "x.csv", "--yes")[0] == 0
    _, _, revenue, lost = read(Path("x.yaml"))
    assert (revenue, lost) == (sum(s.cents // 100 for s in whole), 0)


def test_a_mark_at_the_end_of_every_line_but_the_first_hides_no_names():
    header, *rows = text(Export(PLAIN, ";")).splitlines()
    written = read_by_init("\n".join([header, *(f"{row};" for row in rows)]) + "\n")
    assert written["columns"] == {name: name for name in PLAIN}
    assert "skip_lines" not in written


def test_quotes_with_a_backslash_are_refused_until_they_are_doubled():
    header, *rows = text(Export(PLAIN)).splitlines()
    odd = [
        f'"{header.replace(",", chr(34) + "," + chr(34))}","note"',
        *(f'{row},"Mug \\"Nordic\\", blue"' for row in rows),
    ]
    Path("x.csv").write_text("\n".join(odd) + "\n", encoding="utf-8")
    code, said = command("init", "x.csv", "--yes")
    assert (code, "line 2: a quote inside a cell is written" in said, "Nordic" in said) == (3, True, False)
    read_by_init(("\n".join(odd) + "\n").replace('\\"', '""'))


def test_json_is_read_as_it_is_and_an_object_around_it_named():
    rows = [
        {
            "number": f"{i:05d}",
            "at": f"2024-{1 + i % 12:02d}-0{1 + i % 7}",
            "customer": {"id": f"00{i % 40:02d}"},
            "total": 5,
        }
        for i in range(400)
    ]
    Path("orders.json").write_text(json.dumps(rows), encoding="utf-8")
    code, said = command("init", "orders.json", "--yes")
    columns = yaml.safe_load(Path("orders.yaml").read_text(encoding="utf-8"))["purchases"]["columns"]
    assert (code, columns["customer_id"], columns["order_id"]) == (0, "customer.id", "number")
    log = read_purchases(Source("orders.json", Columns(**columns)))
    assert (log.report.kept, sorted(set(log.frame()["customer_id"]))[:2]) == (400, ["0000", "0001"])
    Path("around.json").write_text(json.dumps({"orders": rows}, indent=1), encoding="utf-8")
    code, said = command("init", "around.json", "--yes")
    assert (code, "around.json is a JSON file" in said, "0001" in said) == (3, True, False)


def test_cells_are_not_shown_as_names_of_columns():
    rows = [f"K{i:05},Roe{i},Oslo-{i}{i}{i}{i}{i}" for i in range(50)]
    Path("x.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    code, said = command("init", "x.csv", "--yes")
    assert code == 3
    assert not any(word in said for word in ("K00000", "Roe", "Oslo"))


def test_a_first_line_of_cells_is_no_line_of_names():
    dated = PLAIN | {"ordered_at": day("%b %d %Y"), "amount": lambda s: f"${s.cents / 100:.2f}"}
    _, *rows = text(Export(dated, sales=[s for s in sales() if s.cents > 0])).splitlines()
    Path("x.csv").write_text("\n".join(["K99999,Feb 29 1996,$9.51", *rows]) + "\n", encoding="utf-8")
    code, said = command("init", "x.csv", "--yes")
    assert (code, "K99999" in said) == (0, False), said
    written, _, revenue, lost = read(Path("x.yaml"))
    assert (written["header"], lost) == (False, 0)
    assert revenue == pytest.approx(9.51 + sum(s.cents for s in sales() if s.cents > 0) / 100)


def workbook() -> list[str]:
    with xlsxwriter.Workbook("x y.xlsx") as book:
        Export(PLAIN).write(Path("x.csv"))
        for name in ("Our orders", "Rates"):
            sheet = book.add_worksheet(name)
            rows = (
                Path("x.csv").read_text(encoding="utf-8").splitlines()
                if name != "Rates"
                else ["code,rate", "a,1", "b,2"]
            )
            for i, row in enumerate(rows):
                sheet.write_row(i, 0, row.split(","))
    return ["x y.xlsx", "--sheet", '"Our orders"']


def archive() -> list[str]:
    with zipfile.ZipFile("x.zip", "w") as packed:
        packed.writestr("a/orders.csv", text(Export(PLAIN)))
        packed.writestr("rates.csv", "code,rate\na,1\nb,2\n")
    return ["x.zip", "--member", "a/orders.csv"]


def database() -> list[str]:
    header, *rows = text(Export(PLAIN)).splitlines()
    with closing(sqlite3.connect("x.db")) as made:
        made.execute(f"CREATE TABLE orders ({header})")
        made.executemany("INSERT INTO orders VALUES (?, ?, ?)", [row.split(",") for row in rows])
        made.execute("CREATE TABLE rates (code, rate)")
        made.commit()
    return ["x.db", "--table", "orders"]


@pytest.mark.parametrize("make", [workbook, archive, database])
def test_of_several_tables_one_is_named_as_the_question_says(make):
    path, option, name = make()
    code, said = command("init", path, "--yes", "--out", "x.yaml")
    shown = f'"{path}"' if " " in path else path
    assert (code, f"holdfast init {shown} {option} {name} --out x.yaml" in said) == (2, True), said
    assert not Path("x.yaml").exists()
    assert command("init", path, option, name.strip('"'), "--yes", "--out", "x.yaml")[0] == 0
    assert read(Path("x.yaml"))[2] == pytest.approx(net())
    assert command("check", "-c", "x.yaml")[0] == 0
    code, said = command("init", path, option, "nothing", "--yes", "--out", "y.yaml")
    assert (code, f'{option}: there is no "nothing"' in said) == (2, True)


def test_an_option_for_a_part_of_a_plain_file_is_refused():
    Export(PLAIN).write(Path("x.csv"))
    code, said = command("init", "x.csv", "--sheet", "Orders", "--yes")
    assert (code, "--sheet Orders: there is nothing to choose from. Leave it out." in said) == (2, True)


def test_a_text_that_explains_an_archive_is_no_question():
    with zipfile.ZipFile("x.zip", "w") as packed:
        packed.writestr("README.txt", "Hello\n")
        packed.writestr("export/orders.csv", text(Export(PLAIN)))
    assert command("init", "x.zip", "--yes", "--out", "x.yaml")[0] == 0
    written, _, revenue, _ = read(Path("x.yaml"))
    assert written["member"] == "export/orders.csv"
    assert revenue == pytest.approx(net())


@pytest.mark.parametrize(
    "form",
    [
        *("%d-%b-%Y %I.%M.%S.000000 %p", "%b-%d-%y", "%d/%m/%Y %Hh%M", "%d.%m.%Y.", "%Y年%m月%d日", "%d %B, %Y"),
        *("%b %d, %Y %I:%M:%S %p PDT", "%d-%m-%Y %H:%M:%S CET", "%d/%m/%Y - %H:%M"),
    ],
)
def test_dates_that_programs_write_are_read(form):
    written = read_by_init(text(Export(PLAIN | {"ordered_at": day(form)}, ";")))
    assert written["date_format"] == form.replace(".000000", ".%f")


def test_summer_and_winter_time_are_two_formats_of_one_clock():
    def at(s):
        return s.at.strftime(f"%b %d, %Y %I:%M:%S %p {'PDT' if 4 <= s.at.month <= 10 else 'PST'}")

    written = read_by_init(text(Export(PLAIN | {"ordered_at": at}, ";")))
    assert sorted(written["date_format"]) == ["%b %d, %Y %I:%M:%S %p PDT", "%b %d, %Y %I:%M:%S %p PST"]


def test_a_zone_is_only_one_that_is_known():
    assert formats_of(["14-01-2023 14:56:02 CET"]) == ["%d-%m-%Y %H:%M:%S CET"]
    assert formats_of(["14-01-2023 14:56:02 ROE"]) == []


def test_a_column_that_is_called_a_date_is_asked_how_it_is_written():
    Export(PLAIN | {"ordered_at": day("%d~%m~%Y um %H Uhr")}).write(Path("x.csv"))
    code, said = command("init", "x.csv", "--yes")
    assert code == 2
    assert '"ordered_at" holds dates, most like 99~99~9999 xx 99 xxx (9 a digit, x a letter)' in said
    path = Path("x.yaml")
    answered = path.read_text(encoding="utf-8").replace(f"date_format: {ANSWER}", 'date_format: "%d~%m~%Y um %H Uhr"')
    section = yaml.safe_load(answered)["purchases"]
    assert section["date_format"] == "%d~%m~%Y um %H Uhr"
    path.write_text(answered, encoding="utf-8")
    assert read(path)[2] == pytest.approx(net())
    assert command("check", "-c", "x.yaml")[0] == 0


@pytest.mark.parametrize(
    ("header", "encoding", "found"),
    [
        ("客户编号;下单时间;订单金额;商品名称", "gb18030", "gb18030"),
        ("客户编号;下单时间;¥1;¥2;¥3;¥4;¥5;商品名称", "gb18030", "gb18030"),
        ("Käufer;Datum;Größe;Straße", "cp1252", "cp1252"),
        ("Клиент;Дата;Сумма;Товар", "cp1251", "cp1251"),
        ("고객번호;주문일자;금액;상품명", "euc_kr", "cp949"),
    ],
)
def test_scripts_are_told_by_their_letters(header, encoding, found):
    rest = "x;" * (header.count(";") - 2)
    rows = "".join(f"k{i % 9};2024-01-{i % 28 + 1:02d};{i}.50;{rest[:-1]}\n" for i in range(60))
    Path("x.csv").write_bytes(f"{header}\n{rows}".encode(encoding))
    told = Look([Path("x.csv")]).findings({}).told[0]
    assert f"{found}, delimiter semicolon" in told or (found == "cp1252" and "latin-1" in told)


def months(path: Path, *, title: bool = False, broken: str = "") -> None:
    """A sheet for every month, and one of totals before them."""
    with xlsxwriter.Workbook(str(path)) as book:
        totals = book.add_worksheet("Totals")
        totals.write_row(0, 0, ["Month", "Sum", "Mean", "Most"])
        totals.write_row(1, 0, ["2023-01", 1, 2, 3])
        for month in sorted({s.at.strftime("%Y-%m") for s in sales()}):
            sheet, above = book.add_worksheet(month), 0
            if title:
                sheet.write(0, 0, f"Sales of {month}")
                above = 2
            sheet.write_row(above, 0, ["Customer no", "Order date", "Total"])
            mine = [s for s in sales() if s.at.strftime("%Y-%m") == month]
            for row, s in enumerate(mine, above + 1):
                cells = [f"C{s.customer}", s.at.strftime("%Y-%m-%d"), s.cents / 100]
                sheet.write_row(row, 0, cells if (month, row) != (broken, above + 1) else [*cells[:2], "many"])


@pytest.mark.parametrize("title", [False, True])
def test_a_year_of_months_in_sheets_is_one_table(title):
    months(Path("year.xlsx"), title=title)
    code, said = command("init", "year.xlsx", "--yes", "--out", "year.yaml")
    assert code == 2
    assert 'holdfast init year.xlsx --sheet "*" --out year.yaml   (all 17 with the same columns, as one table)' in said
    assert "holdfast init year.xlsx --sheet Totals" in said
    code, said = command("init", "year.xlsx", "--yes", "--sheet", "*", "--out", "year.yaml")
    assert code == 0, said
    written, customers, revenue, lost = read(Path("year.yaml"))
    assert (written["sheet"], customers, lost) == ("*", 60, 0)
    assert revenue == pytest.approx(net())


def test_a_line_of_one_of_many_sheets_is_named_with_its_sheet():
    months(Path("year.xlsx"), broken="2023-05")
    source = Source("year.xlsx", Columns("Customer no", "Order date", "Total"), sheet="*", max_reject_share=0.5)
    log = read_purchases(source)
    (reject,) = log.rejects.to_dict("records")
    assert (reject["file"], reject["line"]) == ('year.xlsx, sheet "2023-05"', 2)
    assert log.report.kept == len(sales()) - 1
    with xlsxwriter.Workbook("empty.xlsx") as book:
        book.add_worksheet("A").write(0, 0, "only a title")
    with pytest.raises(DataError, match=r'no sheet holds a table\. Its sheets: "A"'):
        read_purchases(Source("empty.xlsx", Columns("a", "b"), sheet="*"))


@pytest.mark.parametrize(
    ("form", "months"),
    [
        (
            "%d de %B de %Y %H:%M hs.",
            "enero febrero marzo abril mayo junio julio agosto setiembre octubre noviembre diciembre",
        ),
        ("%d. %B %Y", "Januar Februar März April Mai Juni Juli August September Oktober November Dezember"),
        ("%d %b %Y", "janv. févr. mars avr. mai juin juil. août sept. oct. nov. déc."),
    ],
)
def test_months_named_in_other_languages_are_read(form, months):
    named = months.split()

    def at(s):
        return s.at.strftime(form.replace("%B", named[s.at.month - 1]).replace("%b", named[s.at.month - 1]))

    assert read_by_init(text(Export(PLAIN | {"ordered_at": at}, ";")))["date_format"] == form


def test_days_without_a_year_are_refused_with_what_to_do():
    Path("x.csv").write_text(text(Export(PLAIN | {"ordered_at": day("%d%m")}, ";")), encoding="utf-8")
    code, said = command("init", "x.csv", "--yes")
    assert code == 3
    assert "holds a day and a month without a year (3112 for 31 December)" in said
    assert not Path("x.yaml").exists()


def test_a_format_that_reads_no_line_is_no_answer():
    dated = {name: cell for name, cell in PLAIN.items() if name != "ordered_at"} | {"order_date": day("%Y~%d~%m")}
    Path("x.csv").write_text(text(Export(dated, ";")), encoding="utf-8")
    (asked,) = [q for q in Look(["x.csv"]).findings({}).questions if q.key == "date_format"]
    assert [asked.answer(said) is not None for said in ("foo", "%Q", "%H:%M", "%d.%m.%Y", "%Y~%d~%m")] == [
        False
    ] * 4 + [True]
    assert asked.wanted == "a format that reads some of them, such as %d-%m-%Y"


def test_where_no_file_holds_a_day_that_is_said():
    Path("orders.csv").write_text("order_id,user_id,order_dow\n" + "".join(f"{n},{n % 60},3\n" for n in range(300)))
    Path("lines.csv").write_text("order_id,product_id,cart\n" + "".join(f"{n},{n % 9},1\n" for n in range(300)))
    code, said = command("init", "orders.csv", "lines.csv", "--yes")
    assert code == 3
    assert "No column of them holds a day: export purchases with the day of each." in said


CAUSES = {
    "one day": ([(f"c{i % 20}", "2024-05-05", "10.50") for i in range(90)], "is the same day on all 90 lines"),
    "one customer": ([("c1", f"2024-05-{i % 28 + 1:02d}", "10.50") for i in range(90)], "names 1 customer only, on 90"),
    "one line": ([("c1", "2024-05-05", "10.50")], "names 1 customer only, on 1 line"),
}


@pytest.mark.parametrize("name", list(CAUSES))
def test_a_refusal_names_the_cause_that_it_is(name):
    rows, said = CAUSES[name]
    text = "order_id,customer_id,date,amount\n" + "".join(f"{i},{','.join(row)}\n" for i, row in enumerate(rows))
    Path("x.csv").write_text(text, encoding="utf-8")
    code, told = command("init", "x.csv", "--yes")
    assert (code, said in told) == (3, True), told


def test_numbers_too_large_for_money_are_told_so():
    lines = [f"c{i % 20},2024-05-{i % 28 + 1:02d},{i + 1}e+15\n" for i in range(90)]
    Path("x.csv").write_text("customer_id,date,amount\n" + "".join(lines), encoding="utf-8")
    (question,) = Look(["x.csv"]).findings({}).questions
    assert '"amount" holds numbers of 10^12 and more (90 lines)' in question.asked


def test_a_file_of_zeros_is_damaged():
    Path("x.csv").write_bytes(bytes(5000))
    code, told = command("init", "x.csv", "--yes")
    assert (code, "x.csv is damaged: it begins with nothing but zeros. Copy it again" in told) == (3, True)


@pytest.mark.parametrize("words", [("new", "expansion", "contraction", "churn"), ("New Biz", "Upgrade", "Churned")])
def test_changes_of_recurring_revenue_are_no_purchases(words):
    kinds: dict[str, Cell] = {"movement": lambda s: words[s.order % len(words)]}
    Export({**PLAIN, **kinds}).write(Path("x.csv"))
    code, said = command("init", "x.csv", "--yes")
    assert (code, '"movement" says new, churn, and expansion or contraction' in said) == (3, True), said
    # Kinds of orders of subscriptions are of purchases.
    Export({**PLAIN, "order type": lambda s: ("new", "renewal", "upgrade", "cancelled")[s.order % 4]}).write(
        Path("y.csv")
    )
    assert "changes of recurring revenue" not in command("init", "y.csv", "--yes")[1]
