"""Texts with lines that are no data, and texts that are no tables: told by line and kind, and nobody is shown."""

import json

import pytest

from holdfast.data import Columns, Source, read_flat, read_purchases
from holdfast.errors import DataError

AMOUNT = Columns(customer_id="id", ordered_at="day", amount="amount")
ROWS = "id,day,amount\n" + "".join(f"k{i % 7},2024-01-{i % 28 + 1:02d},1.50\n" for i in range(200))
ORDERS = [{"order": 1001 + i, "customer": f"secret{i}", "date": "2022-12-23T16:33:46", "total": 34.3} for i in range(9)]


def read(folder, content: str | bytes, name: str = "p.csv", **options):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_purchases(Source(path, AMOUNT, **options))


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("blank", [0, 1, 2])
def test_a_footer_below_blank_lines_is_one_line_rejected_where_it_stands(tmp_path, ends, blank):
    text = (ROWS + "\n" * blank + "(200 rows affected)\n").replace("\n", ends)
    log = read(tmp_path, text)
    assert (log.report.kept, log.report.rejected) == (200, {"line has 1 cell where 3 columns are expected": 1})
    assert log.rejects["line"].tolist() == [202 + blank]


def test_lines_that_cannot_be_split_say_how_many_cells_they_have_and_which_line_they_are(tmp_path):
    text = ROWS + "\n\nk1,2024-01-02\n\n\nk1,2024-01-02,1.50,more\n"
    log = read(tmp_path, text)
    assert log.report.rejected == {
        "line has 2 cells where 3 columns are expected": 1,
        "line has 4 cells where 3 columns are expected": 1,
    }
    assert log.rejects["line"].tolist() == [204, 207]


PAGE = "<html><head></head><body><table><tr><td>secret1</td></tr></table></body></html>"
NO_TABLES = {
    "an array of arrays": ("orders.json", json.dumps([list(o.values()) for o in ORDERS]), "a JSON file"),
    "an object": ("orders.json", json.dumps({"orders": ORDERS}, indent=1), "a JSON file"),
    "an object on one line": ("orders.json", json.dumps({"total": 9, "orders": ORDERS}), "a JSON file"),
    "an object with a list of texts": ("orders.json", json.dumps({"orders": ["secret"] * 9000}), "a JSON file"),
    "in UTF-16": ("orders.json", json.dumps(ORDERS).encode("utf-16"), "a JSON file in UTF-16"),
    "a page": ("export.xls", PAGE, "a web page (HTML)"),
    "a page with its kind": ("export.xls", f"<!DOCTYPE html>\n{PAGE}", "a web page (HTML)"),
    "only a table": ("export.xls", "\n<TABLE><tr><td>secret1,2</td></tr></TABLE>", "a web page (HTML)"),
    "Excel's XML": ("x.xls", '<?xml version="1.0"?>\n<Workbook><Cell>secret1</Cell></Workbook>', "saved as XML"),
    "XML": ("x.csv", '<?xml version="1.0"?>\n<orders><o>secret1</o></orders>', "an XML file"),
}


@pytest.mark.parametrize("what", list(NO_TABLES))
def test_json_and_web_pages_are_named_as_what_they_are(tmp_path, what):
    name, content, kind = NO_TABLES[what]
    with pytest.raises(DataError) as refused:
        read(tmp_path, content, name)
    said = str(refused.value)
    assert said.startswith(f"{name} is ")
    assert kind in said
    assert not any(word in said for word in ("secret", "1001", "34.3", "2022"))


JSON = [
    {"id": "006759", "day": "2024-01-02", "amount": 34.3, "buyer": {"no": "07", "at": {"zip": "00817"}}, "items": [1]},
    {"id": "6759", "day": "2024-01-03", "amount": "1.50", "buyer": {"no": 8, "a/b~": True}},
    {"id": None, "day": "2024-01-04", "amount": 2, "buyer": None},
]
AS_LINES = "\n".join(map(json.dumps, JSON))


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(JSON),
        json.dumps(JSON, indent=2),
        "\ufeff" + json.dumps(JSON),
        AS_LINES,
        "\ufeff" + AS_LINES,
        AS_LINES + "\n\n",
        "\n".join(json.dumps(row, indent=1) for row in JSON),
    ],
)
def test_json_is_read_with_ids_as_they_are_written_and_objects_in_objects_as_columns(tmp_path, content):
    log = read(tmp_path, content, "orders.json", max_reject_share=1.0)
    assert (log.report.kept, log.report.rejected) == (2, {"customer_id is missing": 1})
    columns = ["id", "day", "amount", "buyer.no", "buyer.at.zip", "buyer.a/b~"]
    flat = read_flat(tmp_path / "orders.json", texts=columns)
    assert flat["id"].tolist()[:2] == ["006759", "6759"]
    assert flat["amount"].tolist() == ["34.3", "1.50", "2"]
    assert flat["buyer.no"].tolist()[:2] == ["07", "8"]
    assert flat["buyer.at.zip"].tolist()[0] == "00817"
    assert flat["buyer.a/b~"].tolist()[1] == "true"
    with pytest.raises(DataError, match="items"):
        read_flat(tmp_path / "orders.json", texts=["items"])


def test_a_customer_who_is_an_object_on_some_rows_only_is_no_text_of_that_object(tmp_path):
    rows = [{"id": "c1", "day": "2024-01-02", "amount": 1}, {"id": {"no": "c2"}, "day": "2024-01-03", "amount": 2}]
    log = read(tmp_path, "\n".join(map(json.dumps, rows)), max_reject_share=1.0)
    assert (log.report.kept, log.report.rejected) == (1, {"customer_id is missing": 1})


@pytest.mark.parametrize("content", [json.dumps(JSON)[:-20], AS_LINES[:-20], AS_LINES + "\nid,day"])
def test_json_that_is_cut_is_refused_with_what_to_do(tmp_path, content):
    with pytest.raises(DataError, match=r"p\.csv is no whole JSON: it ends too early, .* Export it again"):
        read(tmp_path, content)


def test_brackets_around_names_are_no_json(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text("[id],[day],[amount]\nk1,2024-01-02,5\n")
    columns = Columns(customer_id="[id]", ordered_at="[day]", amount="[amount]")
    assert read_purchases(Source(path, columns)).report.kept == 1


@pytest.mark.parametrize(
    "first",
    [
        "K4711;2024-01-15;Roe",
        "order 48151;Roe;x",
        "Roe|jane@x.example|y",
        '{"customer": "Roe"}, {"customer": "Doe"}, {"x": 1}',
        "K1,Roe 2024-01-15,9.50 kr",
    ],
)
def test_cells_that_stand_where_names_should_are_not_shown(tmp_path, first):
    text = "\n".join([first, *(f"{first}x" for _ in range(5))])
    path = tmp_path / "p.csv"
    path.write_text(text)
    for reader in (lambda: read(tmp_path, text), lambda: read_flat(path, numbers=["amount"])):
        with pytest.raises(DataError) as refused:
            reader()
        assert not any(word in str(refused.value) for word in ("4711", "48151", "jane", "Roe", "2024"))


def test_names_are_still_shown_beside_one_that_may_be_a_cell(tmp_path):
    names = ",".join("abcdefg")
    with pytest.raises(
        DataError, match=r'Did you mean "amounts"\? Columns found: "id", "day", "amounts", "a", .*"g"\.$'
    ):
        read(tmp_path, f"id,day,amounts,SKU 481516,{names}\nk1,2024-01-02,3,x{',y' * 7}\n")


def test_a_quote_with_a_backslash_is_named_with_what_to_do(tmp_path):
    text = ROWS.replace("k3,", '"k3 \\"Nordic\\"",', 1).replace("k4,", '"k4",')
    with pytest.raises(DataError, match=r'line 5: a quote inside a cell is written \\", where "" is read') as refused:
        read(tmp_path, text)
    assert "Nordic" not in str(refused.value)
    assert read(tmp_path, text.replace('\\"', '""')).report.kept == 200


def test_microseconds_since_1970_are_read(tmp_path):
    text = "id,day,amount\nk1,1673708162000000,1\nk1,1673827200000000,1\n"
    log = read(tmp_path, text, date_format="%us", time_zone="UTC")
    days = log.connection.execute("SELECT CAST(DATE '1970-01-01' + day AS VARCHAR) FROM purchases ORDER BY 1")
    assert days.fetchall() == [("2023-01-14",), ("2023-01-16",)]
    with pytest.raises(DataError, match='"%us"'):
        read(tmp_path, text)
