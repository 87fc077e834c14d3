"""Every line gets one decision, and the report adds up."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from holdfast.data import Cancellation, Columns, Exclusion, Rules, Source, read_purchases
from holdfast.errors import ConfigError, DataError, HoldfastError
from tests.conftest import in_shared

AMOUNT = Columns(customer_id="id", ordered_at="date", amount="amount")
GOOD = "id,date,amount\n00123,2024-01-31,10.50\n00007,2024-02-01,3\n00123,2024-02-29,-1.25\n"


def write(folder: Path, content: str | bytes, name: str = "p.csv") -> Path:
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder: Path, content: str | bytes, columns: Columns = AMOUNT, **options):
    return read_purchases(Source(write(folder, content), columns, **options))


def test_a_plain_file_is_kept_whole(tmp_path):
    log = read(tmp_path, GOOD)
    frame = log.frame()
    assert frame["customer_id"].tolist() == ["00007", "00123", "00123"]
    assert frame["amount"].astype(float).tolist() == [3.0, 10.5, -1.25]
    assert frame["day"].tolist() == [19754, 19753, 19782]  # days since 1970-01-01
    assert (log.report.lines_in, log.report.kept, log.report.returns.lines) == (3, 3, 1)
    assert (log.report.first_day, log.report.last_day) == ("2024-01-31", "2024-02-29")
    assert len(log.rejects) == 0


@pytest.mark.parametrize(
    ("content", "options"),
    [
        ("\ufeff" + GOOD, {}),
        (GOOD.replace("\n", "\r\n"), {}),
        (GOOD.rstrip("\n"), {}),
        (GOOD.replace(",", ";").replace(".", ","), {"delimiter": ";", "decimal": ","}),
        (GOOD.replace(",", "\t"), {"delimiter": "\t"}),
        (GOOD.encode("utf-16"), {"encoding": "utf-16"}),
        (("\ufeff" + GOOD).encode("utf-16-le"), {"encoding": "utf-16-le"}),
        (GOOD.replace(",", "  "), {"delimiter": "whitespace"}),
        (
            GOOD.replace("2024-01-31", "31-01-2024")
            .replace("2024-02-01", "01-02-2024")
            .replace("2024-02-29", "29-02-2024"),
            {"date_format": "%d-%m-%Y"},
        ),
        (GOOD.replace("2024-01-31", "2024-01-31T23:59:59"), {}),
        (GOOD.replace("00123", '"00123"').replace("10.50", '"10.50"'), {}),
        (GOOD.replace("10.50", "0010.5"), {}),
    ],
    ids=[
        "bom",
        "crlf",
        "no-last-break",
        "semicolon",
        "tab",
        "utf16",
        "utf16-le",
        "blanks",
        "dmy",
        "time",
        "quoted",
        "zeros",
    ],
)
def test_the_same_purchases_however_written(tmp_path, content, options):
    pd.testing.assert_frame_equal(read(tmp_path, content, **options).frame(), read(tmp_path, GOOD).frame())


def test_latin_1_and_a_quoted_comma_in_an_id(tmp_path):
    text = 'id,date,amount\n"Müller, Zoë",2024-01-31,1\n'
    assert read(tmp_path, text.encode("latin-1"), encoding="latin-1").frame()["customer_id"].tolist() == ["Müller, Zoë"]


def test_thousands(tmp_path):
    columns = "id;date;amount\n1;2024-01-31;1.234.567,89\n1;2024-02-01;12,5\n"
    log = read(tmp_path, columns, delimiter=";", decimal=",", thousands=".")
    assert log.frame()["amount"].astype(float).tolist() == [1234567.89, 12.5]
    with pytest.raises(DataError, match=r'purchases.decimal: "," and purchases.thousands: "\."'):
        read(tmp_path, "id;date;amount\n1;2024-01-31;1.234.567,89\n", delimiter=";")


def test_every_bad_line_is_named_with_its_line_and_nothing_is_lost(tmp_path):
    lines = ["id,date,amount", *(f"{i:05d},2024-01-{1 + i % 28:02d},{i}.5" for i in range(1, 1001))]
    lines[10] = "00009,2024-01-10,ten"
    lines[20] = "00019,,3"
    lines[30] = "00029,2024-01-10,3,4"
    lines[40] = ",2024-01-10,4"
    lines[50] = "00049,10/01/2024,4"
    lines[60] = "00059,2024-02-30,4"
    lines[70] = "00069,2024-01-10"
    lines.insert(80, "")
    log = read(tmp_path, "\n".join(lines))
    found = {(r.line, r.column) for r in log.rejects.itertuples()}
    assert found == {(11, "amount"), (21, "ordered_at"), (31, "line"), (41, "customer_id"), (51, "ordered_at"),
                     (61, "ordered_at"), (71, "line")}  # fmt: skip
    assert log.report.lines_in == 1000
    assert log.report.kept == 993
    assert sum(log.report.rejected.values()) == 7
    assert log.report.blank_lines == 1
    assert log.rejects.set_index("line").loc[11, "value"] == "ten"


def test_lines_are_right_behind_line_breaks_in_quotes(tmp_path):
    note = Columns(customer_id="id", ordered_at="date", amount="amount", product_id="what")
    rows = "".join(f'{i},2024-01-01,{i},"two\nlines"\n' for i in range(1, 200))
    log = read(tmp_path, f"id,date,amount,what\n{rows}9,2024-01-01,x,y\n", columns=note)
    assert log.rejects["line"].tolist() == [2 + 2 * 199]
    assert log.report.kept == 199


@pytest.mark.parametrize(
    ("content", "options", "said"),
    [
        ("", {}, "p.csv is empty"),
        ("id,date,amount\n", {}, "No line is left"),
        ("id,date\n1,2024-01-01\n", {}, r'line 1: no column "amount" \(purchases.columns.amount\)'),
        ("ID,date,amount\n1,2024-01-01,1\n", {}, 'Did you mean "ID"'),
        ("id;date;amount\n1;2024-01-01;1\n", {}, 'set purchases.delimiter: ";"'),
        ("id,id,date,amount\n1,1,2024-01-01,1\n", {}, 'two columns are called "id"'),
        ('id,date,amount\n1,2024-01-01,1\n"1,2024-01-01,1\n2,2024-01-01,1\n', {}, "line 3: a quote opens here"),
        ("id,date,amount\n1,2024-01-01,1\nZo\xeb,2024-01-01,1\n".encode("latin-1"), {}, "line 3: not utf-8 text"),
        (b"id,date,amount\n1,2024-01-01,1\n\x81,2024-01-01,1\n", {"encoding": "cp1252"}, "line 3: not cp1252 text"),
        (GOOD, {"encoding": "utf-99"}, '"utf-99" is not a known encoding'),
        ("id,date,amount\n1,31-12-2024,1\n", {}, 'Set purchases.date_format: "%d-%m-%Y"'),
        ("id,date,amount\n1,05-06-2024,1\n", {}, r'which is meant: set .*format: "%d-%m-%Y" or .*format: "%m-%d-%Y"'),
        ("id,date,amount\n1,2024-12-31,1\n1,20241231,1\n", {}, "line 3"),
        ('id,date,amount\n1,2024-01-01,"1,5"\n', {}, 'Set purchases.decimal: ","'),
        ("id,date,amount\n1,2024-01-01,5 pieces\n", {}, "take words out"),
        ("id,date,amount\n1,2024-01-01,5%\n", {}, "A percentage is no number of money"),
        ("id,date,amount\n1,2024-01-01T10:00:00Z,1\n", {}, "Set purchases.time_zone"),
        ("id,date,amount\n,2024-01-01,1\n", {}, "missing_customer: drop"),
        ("id,date,amount\n1,2024-01-01,\n", {}, "amount is missing"),
        ("id,date,amount\n1,0024-01-01,1\n", {}, "between 1970 and 2199"),
        ("id,date,amount\n1,2024-01-01,99999999999999999\n", {}, "amount"),
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_refused_with_line_and_fix(tmp_path, content, options, said):
    with pytest.raises(HoldfastError, match=said):
        read(tmp_path, content, **options)


def test_refusals_show_the_shape_of_a_value_never_the_value(tmp_path):
    with pytest.raises(DataError) as refused:
        read(tmp_path, "id,date,amount\n1,2024-01-01,Mrs Jane Roe\n")
    assert "Jane" not in str(refused.value)
    assert "xxx xxxx xxx" in str(refused.value)


def test_a_few_bad_lines_are_let_through_up_to_the_stated_share(tmp_path):
    text = "id,date,amount\n" + "1,2024-01-01,1\n" * 98 + "1,2024-01-01,x\n" * 2
    with pytest.raises(DataError, match=r"2 of 100 lines \(2.0%\)"):
        read(tmp_path, text)
    assert read(tmp_path, text, max_reject_share=0.02).report.kept == 98


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(ConfigError, match="does not exist"):
        read_purchases(Source(tmp_path / "nothing.csv", AMOUNT))
    with pytest.raises(ConfigError, match="has no file that ends in"):
        read_purchases(Source(tmp_path, AMOUNT))
    with pytest.raises(ConfigError, match="is not installed"):
        read_purchases(Source("package:no_such_package/x.csv", AMOUNT))
    with pytest.raises(DataError, match="not a readable Parquet"):
        read_purchases(Source(write(tmp_path, "text", "x.parquet"), AMOUNT))


def test_several_files_are_one_log_and_rejects_name_the_file(tmp_path):
    one = write(tmp_path, GOOD, "one.csv")
    two = write(tmp_path, GOOD + "5,2024-03-01,x\n", "two.csv")
    log = read_purchases(Source([one, two], AMOUNT, max_reject_share=0.5))
    assert (log.report.lines_in, log.report.kept) == (7, 6)
    assert log.rejects[["file", "line"]].to_numpy().tolist() == [["two.csv", 5]]
    copy = write(tmp_path, GOOD, "copy.csv")
    once = read_purchases(Source([one, copy], AMOUNT, rules=Rules(duplicates="drop")))
    assert once.report.dropped == {"duplicates": 3}


@pytest.mark.parametrize("kind", ["frame", "parquet"])
def test_float_ids_lose_their_fraction_and_times_become_days(tmp_path, kind):
    frame = pd.DataFrame(
        {
            "id": [13085.0, np.nan, 7.0],
            "date": pd.to_datetime(["2024-01-31 23:59:59", "2024-02-01", "2024-02-29"], format="ISO8601"),
            "amount": [0.1, 5.0, 3.0],
        }
    )
    before = frame.copy()
    data = frame
    if kind == "parquet":
        data = tmp_path / "p.parquet"
        frame.to_parquet(data)
    log = read_purchases(Source(data, AMOUNT, rules=Rules(missing_customer="drop")))
    assert log.frame()["customer_id"].tolist() == ["13085", "7"]
    assert log.frame()["day"].tolist() == [19753, 19782]
    assert log.report.dropped == {"missing_customer": 1}
    pd.testing.assert_frame_equal(frame, before)


def test_a_frame_names_rows_and_missing_columns():
    frame = pd.DataFrame({"id": ["1"], "date": ["2024-01-01"], "amount": ["x"]})
    with pytest.raises(DataError, match="frame line 1"):
        read_purchases(Source(frame, AMOUNT))
    with pytest.raises(DataError, match='the frame: no column "amount"'):
        read_purchases(Source(frame.drop(columns="amount"), AMOUNT))


def test_offsets_fall_on_the_shops_own_day():
    frame = pd.DataFrame({"id": ["1"], "date": pd.to_datetime(["2024-06-30 23:30:00+00:00"]), "amount": [1.0]})
    with pytest.raises(ConfigError, match=r"carries a time zone; set purchases.time_zone"):
        read_purchases(Source(frame, AMOUNT))
    assert read_purchases(Source(frame, AMOUNT, time_zone="Europe/London")).report.first_day == "2024-07-01"


def test_offsets_in_text(tmp_path):
    log = read(tmp_path, "id,date,amount\n1,2024-06-30T23:30:00Z,1\n", time_zone="Europe/London")
    assert log.report.first_day == "2024-07-01"


LINES = Columns(
    customer_id="id", ordered_at="date", quantity="n", unit_price="price", order_id="order", product_id="what"
)
RULED = (
    "id,date,n,price,order,what\n"
    "1,2024-01-01,2,1.25,100,A\n"
    "1,2024-01-01,2,1.25,100,A\n"
    "1,2024-01-02,2,1.25,C101,A\n"
    "1,2024-01-02,1,3.00,102,post\n"
    ",2024-01-02,1,3.00,103,B\n"
    "1,2024-01-03,-1,1.25,104,A\n"
)


def test_each_rule_counts_its_lines_once(tmp_path):
    rules = Rules(
        missing_customer="drop",
        duplicates="drop",
        cancellations=Cancellation(prefix="C"),
        exclude=Exclusion(values=["POST"]),
    )
    log = read(tmp_path, RULED, columns=LINES, rules=rules)
    assert log.report.dropped == {"duplicates": 1, "exclude": 1, "missing_customer": 1}
    assert log.frame()["amount"].astype(float).tolist() == [2.5, -2.5, -1.25]
    assert log.frame()["order_key"].tolist() == ["100", "C101", "104"]


def test_cancellations_can_be_dropped(tmp_path):
    rules = Rules(missing_customer="drop", cancellations=Cancellation(prefix="C", treat_as="drop"))
    assert read(tmp_path, RULED, columns=LINES, rules=rules).report.dropped == {
        "cancellations": 1,
        "missing_customer": 1,
    }


def test_a_log_without_amounts_counts_lines(tmp_path):
    log = read(tmp_path, "id,date\n1,2024-01-01\n1,2024-01-02\n", columns=Columns(customer_id="id", ordered_at="date"))
    assert not log.has_money
    assert log.report.money == "none"
    assert log.frame()["amount"].astype(float).tolist() == [1.0, 1.0]


def test_amounts_are_exact_and_rounding_is_told(tmp_path):
    log = read(tmp_path, "id,date,amount\n1,2024-01-01,0.10\n1,2024-01-02,0.125\n1,2024-01-03,123456789012.34\n")
    assert [str(x) for x in log.frame()["amount"]] == ["0.1", "0.13", "123456789012.34"]
    assert log.report.rounded_lines == 1


def test_one_absurd_line_is_pointed_out(tmp_path):
    text = "id,date,amount\n" + "1,2024-01-01,1\n" * 2000 + "1,2024-01-01,5000000\n"
    assert "times the mean line" in read(tmp_path, text).report.notes[0]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"decimal": "x"}, "purchases.decimal"),
        ({"thousands": "."}, "same character"),
        ({"delimiter": ";;"}, "purchases.delimiter"),
        ({"quote": "''"}, "purchases.quote"),
        ({"columns": Columns(unit_price="p")}, "needs purchases.columns.quantity"),
        ({"columns": Columns(amount="a", quantity="n", unit_price="p")}, "both given"),
        ({"rules": Rules(exclude=Exclusion(values=["x"]))}, "purchases.columns.product_id is not set"),
        ({"rules": Rules(cancellations=Cancellation())}, "purchases.columns.order_id is not set"),
    ],
)
def test_contradictions_are_refused_before_reading(options, said):
    with pytest.raises(ConfigError, match=said):
        Source("nothing.csv", **{"columns": AMOUNT, **options})


def test_cdnow_is_read_from_the_installed_package(cdnow):
    report = cdnow.report
    assert (report.lines_in, report.kept, report.customers) == (69_659, 69_659, 23_570)
    assert (report.zero_lines, report.duplicate_lines_kept) == (80, 255)
    assert (report.first_day, report.last_day) == ("1997-01-01", "1998-06-30")


def test_online_retail_reconciles_every_line():
    from holdfast.config import load_config
    from tests.conftest import PROJECT

    in_shared("online_retail.parquet")
    report = read_purchases(load_config(PROJECT / "configs/online_retail.yaml").source(PROJECT)).report
    assert report.lines_in == 541_909
    assert report.dropped["missing_customer"] == 135_080
    assert report.kept + sum(report.dropped.values()) + sum(report.rejected.values()) == 541_909
    assert report.customers == 4_363
