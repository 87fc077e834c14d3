"""The same shop in every kind of file, packed or not, in one or in many; what is not read is told by its kind."""

import gzip
import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import xlsxwriter

from holdfast.data import Columns, Source, TableSource, Written, read_flat, read_purchases, read_tables
from holdfast.data.cells import read_cells
from holdfast.data.engine import connect
from holdfast.errors import ConfigError, DataError, HoldfastError

ROWS = [
    ("007", "2024-01-15", "10.50", "web"),
    ("k2", "2024-02-15", "3", 'a "b", c'),
    ("k2", "2024-03-01", "1234.25", "é"),
    ("10001", "2024-12-31", "0.1", "shop"),
]
NAMES = ("id", "day", "amount", "note")
COLUMNS = Columns(customer_id="id", ordered_at="day", amount="amount")
NUMBERED = Columns(customer_id="1", ordered_at="2", amount="3")
# Customer, day since 1970-01-01, amount: worked out by hand.
SHOP = [
    ["007", 19737, Decimal("10.50")],
    ["10001", 20088, Decimal("0.10")],
    ["k2", 19768, Decimal("3.00")],
    ["k2", 19783, Decimal("1234.25")],
]


def text(rows=ROWS, *, mark=",", decimal=".", header=NAMES, above="", ends="\n") -> str:
    def cell(value: str) -> str:
        return '"' + value.replace('"', '""') + '"' if mark in value or '"' in value else value

    lines = [mark.join(map(cell, row)) for row in ([header] if header else []) + list(rows)]
    if decimal != ".":
        lines = [line.replace("10.50", "10,50").replace("1234.25", "1234,25").replace("0.1", "0,1") for line in lines]
    return above + "".join(line + ends for line in lines)


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(content)
    return sink.getvalue().to_pybytes()


def zipped(**members: str | bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def workbook(rows, *, header=NAMES, above=0, sheets=("Orders",)) -> bytes:
    """Write cells as they are into the last sheet: numbers as numbers, dates as dates, texts as texts."""
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed, {"in_memory": True})
    day, moment = (book.add_format({"num_format": f}) for f in ("dd/mm/yyyy", "yyyy-mm-dd hh:mm:ss"))
    for name in sheets:
        sheet = book.add_worksheet(name)
    for r, row in enumerate([header, *rows] if header else rows, above):
        for c, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(r, c, value, moment if isinstance(value, datetime) else day)
            elif isinstance(value, str) and value.startswith("#"):
                sheet.write_formula(r, c, "=NA()", None, value)
            elif isinstance(value, str):
                sheet.write_string(r, c, value)
            elif value is not None:
                sheet.write(r, c, value)
    book.close()
    return packed.getvalue()


TYPED = [
    ("007", date(2024, 1, 15), 10.5, "web"),
    ("k2", "2024-02-15", "3", True),
    ("k2", datetime(2024, 3, 1, 23, 59, 59), 1234.25, "#N/A"),
    (10001, date(2024, 12, 31), 0.1, None),
]
CSV = text().encode()
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


def shop_of(log) -> list[list]:
    frame = log.frame()[["customer_id", "day"]].assign(
        amount=log.connection.execute(
            "SELECT amount FROM purchases ORDER BY customer_id, day, order_key, product_id, amount, quantity"
        ).fetchall()
    )
    return [[who, day, amount[0]] for who, day, amount in frame.to_numpy().tolist()]


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


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


def parts(folder: Path) -> list[Path]:
    one, two, three = text(ROWS[:1]), text(ROWS[1:3]), text(ROWS[3:])
    contents = {"2024-1.csv": one, "2024-2.csv.gz": gzip.compress(two.encode(), mtime=0), "2024-3.zip": zipped(p=three)}
    return [write(folder, f"exports/{name}", content) for name, content in contents.items()]


def test_several_files_globs_and_folders_are_one_log(tmp_path):
    files = parts(tmp_path)
    for hidden in (".DS_Store", "~$2024.xlsx", "_SUCCESS", "readme.md", "old/2023.csv"):
        write(tmp_path, f"exports/{hidden}", "no purchases")
    folder = tmp_path / "exports"
    named = {
        "list": files,
        "glob": str(folder / "2024-*"),
        "folder": folder,
        "list of globs": [str(folder / "*-1.csv"), str(folder / "*-[23].*")],
    }
    for data in named.values():
        assert shop_of(read_purchases(Source(data, COLUMNS))) == SHOP
    assert [p.name for p in Source(str(folder / "2024-*"), COLUMNS).paths()] == [p.name for p in files]
    connection = connect()
    read_tables(connection, {"visits": TableSource(folder, {"customer_id": "id", "visited_at": "day"})})
    assert connection.execute("SELECT COUNT(*) FROM visits").fetchall() == [(4,)]


def test_mixed_kinds_are_one_log_and_every_rejected_line_has_its_file_and_line(tmp_path):
    book = workbook([*TYPED[:2], (), ("k5", "yesterday", 1, ""), ("k6", date(2024, 1, 1), "ten", "")], above=2)
    table = pa.table({"id": ["k7", "k8"], "day": [date(2024, 1, 1), None], "amount": [1, 2], "note": ["", ""]})
    paths = [
        write(tmp_path, "a/p.csv", text([*ROWS[2:], ("k", "2024-01-01", "x", "")], above="sep=,\n")),
        write(tmp_path, "b/p.xlsx", book),
        write(tmp_path, "c/p.csv", text([("k", "x", "1", "")])),
        tmp_path / "p.parquet",
    ]
    pq.write_table(table, paths[-1])
    log = read_purchases(Source(paths, COLUMNS, max_reject_share=0.9))
    assert (log.report.lines_in, log.report.kept, log.report.blank_lines) == (10, 5, 1)
    assert log.rejects[["file", "line", "column"]].to_numpy().tolist() == [
        ["a/p.csv", 5, "amount"],
        ["b/p.xlsx", 7, "ordered_at"],
        ["b/p.xlsx", 8, "amount"],
        ["c/p.csv", 2, "ordered_at"],
        ["p.parquet" if "p.parquet" in set(log.rejects["file"]) else f"{tmp_path.name}/p.parquet", 2, "ordered_at"],
    ]


def test_partitions_of_a_parquet_folder_are_columns(tmp_path):
    for i, (who, day, amount, note) in enumerate(ROWS):
        folder = tmp_path / "log" / f"id={who}" / f"day={day}"
        folder.mkdir(parents=True)
        pq.write_table(pa.table({"amount": [Decimal(amount)], "note": [note]}), folder / f"part-{i}.parquet")
    assert shop_of(read_purchases(Source(tmp_path / "log", COLUMNS))) == SHOP
    by_glob = Source(str(tmp_path / "log" / "id=k*" / "**" / "*.parquet"), COLUMNS)
    assert shop_of(read_purchases(by_glob)) == SHOP[2:]


def test_names_with_the_marks_of_globs_are_names_first(tmp_path):
    for name in ("p [1].csv", "p?.parquet"):
        path = tmp_path / name
        if name.endswith("csv"):
            path.write_text(text(), encoding="utf-8")
        else:
            pd.DataFrame(ROWS, columns=NAMES).to_parquet(path)
        assert shop_of(read_purchases(Source(str(path), COLUMNS))) == SHOP


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


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["nothing-*.csv"], "no file matches"),
        (["empty"], "has no file that ends in"),
        (["p.csv", "*.csv"], r"p\.csv is named twice"),
        (["delta"], "is a Delta table"),
        (["p.csv/x"], "does not exist"),
        ([], "no file is named"),
    ],
)
def test_names_that_find_nothing_or_too_much(tmp_path, names, said):
    write(tmp_path, "p.csv", CSV)
    write(tmp_path, "empty/notes.md", "no purchases")
    write(tmp_path, "delta/_delta_log/0.json", "{}")
    with pytest.raises(ConfigError, match=said):
        read_purchases(Source([tmp_path / name for name in names], COLUMNS))


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


def test_a_glob_is_looked_for_beside_the_configuration(tmp_path, monkeypatch):
    from holdfast.config import make_config

    parts(tmp_path / "there [1]")
    monkeypatch.chdir(tmp_path)
    config = make_config(
        {
            "name": "shop",
            "as_of": "2025-01-01",
            "purchases": {"path": "exports/*", "columns": {"customer_id": "id", "ordered_at": "day"}},
        }
    )
    assert [p.name for p in config.source(tmp_path / "there [1]").paths()] == [
        "2024-1.csv",
        "2024-2.csv.gz",
        "2024-3.zip",
    ]
    with pytest.raises(ConfigError, match=r"purchases\.path: no file matches exports/\*"):
        config.source(tmp_path).paths()


def in_several_files(folder: Path, last: str) -> list[Path]:
    write(folder, "x/t.csv", text(ROWS[:2]) + "broken\n" * (last == "broken") + text(ROWS[2:3], header=None))
    write(folder, "y/t.csv.xlsx", workbook([TYPED[3], (), ("k9", date(2024, 1, 2), last, "")]))
    turned = pa.table({"note": ["x"], "amount": [Decimal("2.50")], "day": [date(2024, 1, 1)], "id": ["p"]})
    pq.write_table(turned, folder / "t.parquet")
    return [folder / name for name in ("x/t.csv", "y/t.csv.xlsx", "t.parquet")]


def test_experiments_in_several_files_are_one_table(tmp_path):
    flat = read_flat(in_several_files(tmp_path, "7"), ids=["id"], numbers=["amount"])
    assert flat["id"].tolist() == ["007", "k2", "k2", "10001", "k9", "p"]
    assert flat["amount"].tolist() == [10.5, 3.0, 1234.25, 0.1, 7.0, 2.5]
    assert flat.index.tolist() == [
        *(f"{n} of t.csv" for n in (2, 3, 4)),
        "2 of t.csv.xlsx",
        "4 of t.csv.xlsx",
        "1 of t.parquet",
    ]
    with pytest.raises(DataError, match=r'column "amount": 1 of 6 cells is no number \(first: line 4 of t\.csv\.xlsx,'):
        read_flat(in_several_files(tmp_path, "ten"), numbers=["amount"])
    with pytest.raises(DataError, match=r"1 line cannot be split \(first: line 4 of t\.csv: 4 columns expected"):
        read_flat(in_several_files(tmp_path, "broken"), numbers=["amount"])


def test_subscriptions_in_several_files_are_one_table(tmp_path):
    written = Written(section="subscriptions", max_reject_share=0.5)
    cells = read_cells(in_several_files(tmp_path, "broken"), written, customer="id", dates=["day"])
    assert cells.frame["id"].tolist() == ["007", "k2", "k2", "10001", "k9", "p"]
    assert cells.days["day"].tolist() == [19737, 19768, 19783, 20088, 19724, 19723]
    assert cells.frame["note"].tolist()[:3] == ["web", 'a "b", c', "é"]
    assert cells.place(2, "note") == 't.csv, line 5, column "note"'
    assert cells.place(4, "note") == 't.csv.xlsx, line 4, column "note"'
    assert [(b.file, b.line) for b in cells.bad_lines] == [("t.csv", 4)]
    assert cells.who(None).tolist() == ["1", "2", "3", "4", "5", "6"]
    other = write(tmp_path, "other.csv", text(header=("id", "day", "amount", "other")))
    with pytest.raises(DataError, match=r"other\.csv: its columns are not called as those of t\.csv"):
        read_cells([tmp_path / "x" / "t.csv", other], written)


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
