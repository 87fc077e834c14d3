"""The same shop in every kind of file, packed or not, in one or in many; what is not read is told by its kind."""

import gzip
from datetime import date, datetime
from decimal import Decimal
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pytest

from holdfast.data import Source, TableSource, Written, read_flat, read_purchases, read_tables
from holdfast.data.cells import read_cells
from holdfast.data.engine import connect
from holdfast.errors import ConfigError, DataError, HoldfastError
from tests.data.small_shop import (
    COLUMNS,
    CSV,
    NAMES,
    NUMBERED,
    ROWS,
    SHOP,
    TYPED,
    shop_of,
    text,
    workbook,
    write,
    zipped,
    zstd,
)

FILES: dict[str, tuple[bytes, dict]] = {
    "p.csv": (CSV, {}),
    "p.csv.gz": (gzip.compress(CSV, mtime=0), {}),
    "two members.gz": (gzip.compress(CSV[:60], mtime=0) + gzip.compress(CSV[60:], mtime=0), {}),
    "p.zip": (zipped(**{"exports/": "", "exports/p.csv": CSV, "__MACOSX/exports/._p.csv": b"\0"}), {}),
    "several.zip": (zipped(**{"p.csv": CSV, "other.csv": "x\n1\n"}), {"member": "p.csv"}),
    "packed twice.zip": (zipped(**{"p.csv.gz": gzip.compress(CSV, mtime=0)}), {}),
    "p.csv.zst": (zstd(CSV), {}),
    "named otherwise.csv": (zstd(CSV), {}),
    "plain, called.gz": (CSV, {}),
    "p.tsv": (text(mark="\t").encode("utf-16"), {"delimiter": "\t"}),
    "german.csv": (
        text(mark=";", decimal=",").encode("cp1252"),
        {"delimiter": ";", "decimal": ",", "encoding": "cp1252"},
    ),
    "p.xlsx": (workbook(TYPED), {}),
    "called.xls": (workbook(TYPED), {}),
    "all text.xlsx": (workbook(ROWS), {}),
    "further down.xlsx": (workbook(TYPED, above=3), {}),
    "third sheet.xlsx": (workbook(TYPED, sheets=("Info", "Old", "Orders")), {"sheet": "Orders"}),
    "workbook.zip": (zipped(**{"p.xlsx": workbook(TYPED)}), {}),
    "headless.xlsx": (workbook(TYPED, header=None), {"columns": NUMBERED, "header": False}),
    "headless.csv": (text(header=None).encode(), {"columns": NUMBERED, "header": False}),
    "preamble.csv": (text(above='Report; 12" wide\nof "today\n\n').encode(), {"skip_lines": 3}),
    "preamble.xlsx": (workbook([("Report",), NAMES, *TYPED], header=None), {"skip_lines": 1}),
    "preamble, headless.csv": (
        text(header=None, above="Report\n").encode(),
        {"columns": NUMBERED, "header": False, "skip_lines": 1},
    ),
    "sep.csv": (text(mark=";", above="sep=;\r\n", ends="\r\n").encode(), {}),
    "sep, with its mark.csv": (text(mark="|", above="SEP=|\n").encode("utf-8-sig"), {}),
    "sep in utf-16.csv": (text(mark="\t", above="sep=\t\r\n", ends="\r\n").encode("utf-16"), {}),
}  # fmt: skip


@pytest.mark.parametrize("name", list(FILES))
def test_the_same_shop_in_every_kind_of_file(tmp_path, name):
    content, options = FILES[name]
    log = read_purchases(Source(write(tmp_path, name, content), **{"columns": COLUMNS, **options}))
    assert (log.report.lines_in, log.report.kept) == (4, 4)
    assert shop_of(log) == SHOP


@pytest.mark.parametrize("name", [n for n in FILES if "headless" not in n])
def test_every_table_comes_through_the_same_reader(tmp_path, name):
    content, options = FILES[name]
    path, decimal = write(tmp_path, name, content), options.get("decimal")
    flat = read_flat(path, ids=["id"], numbers=["amount"], written=Written(section="--", **options))
    assert flat["id"].tolist() == ["007", "k2", "k2", "10001"]
    assert flat["amount"].tolist() == [10.5, 3.0, 1234.25, 0.1]
    cells = read_cells(path, Written(section="subscriptions", **options), customer="id", dates=["day"])
    assert cells.frame["id"].tolist() == ["007", "k2", "k2", "10001"]
    assert cells.days["day"].tolist() == [19737, 19768, 19783, 20088]
    # Texts and whole numbers alike are what they are; a number of a workbook is written with a point.
    assert cells.frame["amount"].str.replace(decimal or ".", ".").astype(float).tolist() == [10.5, 3.0, 1234.25, 0.1]
    connection = connect()
    read_tables(connection, {"visits": TableSource(path, {"customer_id": "id", "visited_at": "day"}, **options)})
    found = connection.execute("SELECT customer_id, visited_day FROM visits ORDER BY ALL").fetchall()
    assert found == [(who, day) for who, day, _ in SHOP]


def test_cells_of_a_workbook_are_what_excel_holds(tmp_path):
    rows = [
        (10001, datetime(2024, 1, 15, 23, 59, 59), 0.1 + 0.2, 1),
        ("10001.0", date(2024, 1, 16), 99999.99, 0),
        (123456789012345, "2024-01-17", "1.50", 1),
    ]
    path = write(tmp_path, "p.xlsx", workbook(rows, header=("id", "day", "amount", "consent")))
    log = read_purchases(Source(path, COLUMNS))
    assert shop_of(log) == [
        ["10001", 19737, Decimal("0.30")],
        ["10001", 19738, Decimal("99999.99")],
        ["123456789012345", 19739, Decimal("1.50")],
    ]
    customers = {"customers": TableSource(path, {"customer_id": "id", "consent": "consent", "known_at": "day"})}
    connection = connect()
    read_tables(connection, customers)
    assert connection.execute("SELECT consent FROM customers ORDER BY known_day").fetchall() == [(1,), (0,), (1,)]


def test_text_cells_go_the_way_of_text_and_typed_cells_need_no_setting(tmp_path):
    rows = [("a", date(2024, 2, 1), 1.234, ""), ("a", "01.03.2024", "1.234,5", ""), ("b", "02.03.2024", 7, "")]
    path = write(tmp_path, "p.xlsx", workbook(rows))
    log = read_purchases(Source(path, COLUMNS, date_format="%d.%m.%Y", decimal=",", thousands="."))
    assert shop_of(log) == [
        ["a", 19754, Decimal("1.23")],
        ["a", 19783, Decimal("1234.50")],
        ["b", 19784, Decimal("7.00")],
    ]
    # 1.234 as a number is one and a bit; as text nobody can tell.
    alone = write(
        tmp_path, "q.xlsx", workbook([("a", date(2024, 2, 1), 1.234, ""), ("a", date(2024, 2, 2), "n/a", "")])
    )
    kept = read_purchases(Source(alone, COLUMNS, max_reject_share=0.5))
    assert shop_of(kept) == [["a", 19754, Decimal("1.23")]]
    text_too = write(
        tmp_path, "r.xlsx", workbook([("a", date(2024, 2, 1), 5, ""), ("a", date(2024, 2, 2), "1.234", "")])
    )
    with pytest.raises(DataError, match=r"r\.xlsx line 3: amount: a number like 9\.999 can be read in two ways"):
        read_purchases(Source(text_too, COLUMNS))


@pytest.mark.parametrize(
    ("name", "content", "options", "kind", "said"),
    [
        ("p.zip", zipped(**{"a.csv": CSV, "b.csv": CSV}), {}, DataError,
         'p.zip holds 2 files; name one under purchases.member. Its files: "a.csv", "b.csv".'),
        ("p.zip", zipped(**{"a.csv": CSV, "b.csv": CSV}), {"member": "c.csv"}, DataError,
         'p.zip has no file "c.csv" (purchases.member)'),
        ("p.zip", zipped(**{".DS_Store": "x"}), {}, DataError, "p.zip is a zip archive without a file"),
        ("p.zip", zipped()[:30], {}, DataError, "p.zip is an empty zip archive"),
        ("p.zip", zipped(**{"a.csv": CSV})[:-9], {}, DataError, "p.zip is not a whole zip archive"),
        ("p.xlsx", workbook(TYPED)[:-9], {}, DataError, "p.xlsx is not a whole Excel workbook"),
        ("p.zst", zstd(CSV)[:-9], {}, DataError, "p.zst is not a whole zstd file"),
        ("p.gz", gzip.compress(CSV, mtime=0)[:-9], {}, DataError, "p.gz is not a whole gzip file"),
        ("p.xls", b"\xd0\xcf\x11\xe0" + bytes(600), {}, DataError, "p.xls is an old Excel workbook (.xls)"),
        ("p.xlsx", b"\xd0\xcf\x11\xe0" + bytes(600) + "EncryptedPackage".encode("utf-16-le"), {}, DataError,
         "p.xlsx is an Excel workbook with a password"),
        ("p.xlsb", zipped(**{"xl/workbook.bin": "secret"}), {}, DataError, "p.xlsb is a binary Excel workbook"),
        ("p.ods", zipped(mimetype="application/vnd.oasis.opendocument.spreadsheet"), {}, DataError,
         "p.ods is an OpenDocument file (.ods)"),
        ("p.7z", b"7z\xbc\xaf\x27\x1csecret", {}, DataError, "p.7z is a 7z archive, which is not read. Unpack it"),
        ("p.tar", b"secret".ljust(257, b"\0") + b"ustar", {}, DataError, "p.tar is a tar archive"),
        ("p.feather", b"ARROW1\0\0secret", {}, DataError, "Arrow or Feather file"),
        ("p.xlsx", workbook(TYPED, sheets=("Info", "Orders")), {"sheet": "orders"}, DataError,
         'p.xlsx has no sheet "orders" (purchases.sheet). Did you mean "Orders"? Its sheets: "Info", "Orders".'),
        ("p.xlsx", workbook(TYPED, sheets=("Info", "Orders")), {}, DataError,
         'p.xlsx, sheet "Info" is empty: its first row must name the columns. '
         'Name another under purchases.sheet: "Orders".'),
        ("p.xlsx", workbook(TYPED, header=None), {}, DataError, "set purchases.header: false and call columns by"),
        ("p.csv", text(header=None).encode(), {}, DataError, "set purchases.header: false and call columns by"),
        ("p.csv", text(header=None).encode(), {"header": False}, DataError,
         'With purchases.header: false columns are called by their numbers, "1" to "4"'),
        ("p.csv", text(above="\n\n").encode(), {}, DataError,
         "p.csv, line 1: blank, where the line that names the columns must stand. Set purchases.skip_lines"),
        ("p.csv", text(above='Report,"of\ntoday"\n').encode(), {}, DataError,
         'p.csv, line 1: no column "id" (purchases.columns.customer_id). Line 3 names the columns: '
         "set purchases.skip_lines: 2."),
        ("p.xlsx", workbook([("Report",), (), NAMES, *TYPED], header=None), {}, DataError,
         "Line 3 names the columns: set purchases.skip_lines: 2."),
        ("p.csv", CSV, {"skip_lines": 9}, DataError, "p.csv is empty"),
        ("p.csv", CSV, {"skip_lines": -1}, ConfigError, "purchases.skip_lines must be at least 0"),
        ("p.csv", text(mark=";", above="sep=;\n").encode(), {"delimiter": ","}, DataError,
         'p.csv, line 2: no column "id" (purchases.columns.customer_id). The header is one column; '
         'set purchases.delimiter: ";"'),
    ],
)  # fmt: skip
def test_each_file_that_is_not_read_is_told_by_its_kind(tmp_path, name, content, options, kind, said):
    with pytest.raises(kind) as refused:
        read_purchases(Source(write(tmp_path, name, content), COLUMNS, **options))
    assert said in str(refused.value)
    assert not {"secret", "web", "k2", "007"} & set(str(refused.value).replace('"', " ").split())


def test_a_zip_with_a_password_is_told(tmp_path):
    content = bytearray(zipped(**{"a.csv": CSV}))
    for header, flags in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(header) + flags] |= 1
    with pytest.raises(DataError, match=r"p\.zip is a zip archive with a password"):
        read_purchases(Source(write(tmp_path, "p.zip", bytes(content)), COLUMNS))


def test_what_is_no_path_and_no_frame_is_told():
    with pytest.raises(ConfigError, match=r"purchases\.path: a int is neither a path nor a frame"):
        read_purchases(Source(7, COLUMNS))  # type: ignore[arg-type]


def arrow_frames():
    typed = pa.table(
        {
            "id": pa.array([row[0] for row in ROWS]).dictionary_encode(),
            "day": pa.array([date.fromisoformat(row[1]) for row in ROWS]),
            "amount": pa.array([Decimal(row[2]) for row in ROWS], pa.decimal128(12, 2)),
            "note": pa.array([row[3] for row in ROWS], pa.string_view()),
        }
    )
    return {"table": typed, "batches": pa.RecordBatchReader.from_batches(typed.schema, typed.to_batches(2))}


@pytest.mark.parametrize("kind", ["table", "batches"])
def test_arrow_frames_are_read_as_they_are(kind):
    assert shop_of(read_purchases(Source(arrow_frames()[kind], COLUMNS))) == SHOP
    connection = connect()
    visits = TableSource(arrow_frames()[kind], {"customer_id": "id", "visited_at": "day"})
    read_tables(connection, {"visits": visits})
    assert connection.execute("SELECT COUNT(DISTINCT visited_day) FROM visits").fetchall() == [(4,)]
    assert read_flat(arrow_frames()[kind], numbers=["amount"])["amount"].tolist() == [10.5, 3.0, 1234.25, 0.1]


def test_polars_frames_are_read_as_they_are():
    polars = pytest.importorskip("polars", reason="polars is not installed: its frames are not tested here")
    frame = polars.DataFrame(dict(zip(NAMES, zip(*ROWS, strict=True), strict=True)))
    typed = frame.with_columns(polars.col("day").str.to_datetime("%Y-%m-%d"), polars.col("id").cast(polars.Categorical))
    for given in (frame, typed):
        assert shop_of(read_purchases(Source(given, COLUMNS))) == SHOP
    with pytest.raises(HoldfastError, match="LazyFrame is neither a path nor a frame"):
        read_purchases(Source(frame.lazy(), COLUMNS))


def test_frames_of_arrow_have_a_fingerprint_of_their_values():
    from holdfast.pipeline.preparation import fingerprint

    frames = arrow_frames()

    def of(frame):
        return fingerprint(SimpleNamespace(source=Source(frame, COLUMNS)))

    kind, first = of(frames["table"])
    assert kind == "an Arrow frame"
    assert of(frames["batches"]) == (kind, first)
    assert of(frames["table"].slice(1))[1] != first


def test_columns_of_a_sheet_that_nothing_names_are_told_apart(tmp_path):
    book = workbook([("a", 1, "x", 2)], header=("id", "", "note", ""))
    cells = read_cells(write(tmp_path, "p.xlsx", book), Written(section="subscriptions"))
    assert cells.frame.iloc[0].to_dict() == {"id": "a", "column 2": "1", "note": "x", "column 4": "2"}


def test_the_keys_of_a_configuration_reach_the_reader(tmp_path):
    from holdfast.config import make_config

    book = workbook(TYPED, header=None, above=1, sheets=("Info", "Orders"))
    write(tmp_path, "p.zip", zipped(**{"p.xlsx": book, "q.csv": "x"}))
    keys = {"path": "p.zip", "member": "p.xlsx", "sheet": "Orders", "header": False, "skip_lines": 1}
    columns = {"columns": {"customer_id": "1", "ordered_at": "2", "amount": "3"}}
    visits = {"columns": {"customer_id": "1", "visited_at": "2"}}
    settings = {"name": "shop", "as_of": "2025-01-01", "purchases": keys | columns, "tables": {"visits": keys | visits}}
    config = make_config(settings)
    assert shop_of(read_purchases(config.source(tmp_path))) == SHOP
    connection = connect()
    read_tables(connection, config.table_sources(tmp_path))
    assert connection.execute("SELECT COUNT(*) FROM visits").fetchall() == [(4,)]


def test_experiments_take_the_same_keys_as_options(tmp_path, monkeypatch):
    from holdfast.cli import main

    rows = [(f"k{i}", "offer" if i % 2 else "control", i % 3, "") for i in range(60)]
    write(tmp_path, "p.xlsx", workbook([("made on Monday",), *rows], header=None, sheets=("Info", "Arms")))
    monkeypatch.chdir(tmp_path)
    command = (
        "experiment assign --data p.xlsx --sheet Arms --skip-lines 1 --no-header --customer 1 --name n --out o.csv"
    )
    monkeypatch.setattr("sys.argv", ["holdfast", *command.split(), "--shares", "control=10,offer=90"])
    with pytest.raises(SystemExit) as ended:
        main()
    assert not ended.value.code
    assert sorted(pd.read_csv(tmp_path / "o.csv").iloc[:, 0]) == sorted(row[0] for row in rows)


def test_summaries_take_frames_of_arrow():
    from holdfast.clv import summarise

    table = pa.table({"customer_id": ["a", "a"], "ordered_at": ["2024-01-01", "2024-01-31"], "amount": [5.0, 20.0]})
    for given in (table, pa.RecordBatchReader.from_batches(table.schema, table.to_batches())):
        row = summarise(given, "2024-03-01").to_dict("index")["a"]
        assert row == {"frequency": 1.0, "recency": 30.0, "T": 59.0, "monetary_value": 20.0}
