"""Files as programs save them: line ends, encodings, packing; what is wrong is told by its own cause and line."""

import gzip

import pandas as pd
import pytest

from holdfast.data import Columns, Source, TableSource, Written, read_flat, read_purchases, read_tables
from holdfast.data.cells import read_cells
from holdfast.data.engine import connect
from holdfast.data.reading.joined import read_joined
from holdfast.data.reading.read import read_raw
from holdfast.errors import ConfigError, DataError, HoldfastError

AMOUNT = Columns(customer_id="id", ordered_at="day", amount="amount")
TEXT = 'id,day,amount,note\nk1,2024-01-15,10.50,"a ""b"", c"\nk2,2024-02-15,3,é\n'


def write(folder, content: str | bytes, name: str = "p.csv"):
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


def read(folder, content: str | bytes, name: str = "p.csv", **options):
    return read_purchases(Source(write(folder, content, name), options.pop("columns", AMOUNT), **options))


def mixed(text: str) -> str:
    first, second, *rest = text.split("\n")
    return f"{first}\r\n{second}\n" + "\r\n".join(rest)


# Without a time in its header: names of tests are made of bytes, and must be the same in every worker.
PACKED = gzip.compress(TEXT.encode(), mtime=0)
DRESSES = {
    "cr": TEXT.replace("\n", "\r"),
    "cr without a last break": TEXT.replace("\n", "\r").rstrip("\r"),
    "mixed": mixed(TEXT),
    "a cr at the end of a file with lf": TEXT + "\r",
    "crlf, and lf inside a quoted cell": TEXT.replace("\n", "\r\n").replace("c", "c\nd"),
    "utf-16 with its mark": TEXT.encode("utf-16"),
    "utf-8 with its mark": TEXT.encode("utf-8-sig"),
    "packed": PACKED,
    "packed cr in utf-16": gzip.compress(TEXT.replace("\n", "\r").encode("utf-16"), mtime=0),
    "a header over two lines": TEXT.replace("note", '"no\nte"'),
    "blank lines": TEXT.replace("\n", "\n\n"),
}


@pytest.mark.parametrize("dress", list(DRESSES))
def test_the_same_purchases_in_every_dress_and_every_reader(tmp_path, dress):
    log = read(tmp_path, DRESSES[dress])
    assert log.report.lines_in == 2
    assert log.frame()[["customer_id", "day"]].to_numpy().tolist() == [["k1", 19737], ["k2", 19768]]
    assert log.frame()["amount"].astype(float).tolist() == [10.5, 3.0]
    path = tmp_path / "p.csv"
    assert read_flat(path, texts=["id"], numbers=["amount"])["amount"].tolist() == [10.5, 3.0]
    assert read_cells(path, Written(section="subscriptions")).frame["id"].tolist() == ["k1", "k2"]
    connection = connect()
    read_tables(connection, {"visits": TableSource(path, {"customer_id": "id", "visited_at": "day"})})
    assert connection.execute("SELECT visited_day FROM visits ORDER BY 1").fetchall() == [(19737,), (19768,)]


def test_lines_are_counted_alike_whatever_ends_them(tmp_path):
    text = "id,day,amount\n" + "".join(f"k{i},2024-01-15,{'x' if i == 77 else i}\n" for i in range(1, 200))
    for ends in ("\n", "\r", "\r\n"):
        log = read(tmp_path, text.replace("\n", ends))
        assert log.rejects["line"].tolist() == [78]
    assert read(tmp_path, mixed(text)).rejects["line"].tolist() == [78]


@pytest.mark.parametrize(
    ("content", "options", "kind", "said"),
    [
        (TEXT.encode("utf-16-le"), {}, DataError, 'Set purchases.encoding: "utf-16-le"'),
        (TEXT.encode("utf-16-be"), {}, DataError, 'Set purchases.encoding: "utf-16-be"'),
        (TEXT.encode("latin-1"), {}, DataError, "p.csv, line 3: not utf-8 text. Set purchases.encoding"),
        (TEXT.replace("\n", "\r").encode("latin-1"), {}, DataError, "not utf-8 text"),
        (TEXT, {"encoding": "é\0"}, ConfigError, "is not a known encoding"),
        (TEXT, {"encoding": "hex"}, ConfigError, "is not a known encoding"),
        (b"PK\x03\x04secret", {}, DataError, "p.csv is not a whole zip archive"),
        (TEXT.replace("k2", "k\0002"), {}, DataError, "p.csv, line 3: a zero byte"),
        (b"%PDF-1.7 secret", {}, DataError, "a PDF document"),
        (PACKED[:-20], {}, DataError, "not a whole gzip file"),
        ('id,day,amount\n"x"y,2024-01-01,1\nk,2024-01-01,1\n', {}, DataError, "line 2: a quote opens here"),
        ("id,day,amount\nk," + "x" * 2_100_000 + ",1\n", {}, DataError, "line 2: the line is longer than 2 MB"),
        (TEXT, {"delimiter": ";;"}, ConfigError, "purchases.delimiter"),
        (TEXT, {"delimiter": '"'}, ConfigError, "purchases.quote"),
        (TEXT, {"decimal": ";"}, ConfigError, "purchases.decimal"),
        (TEXT, {"time_zone": "CEST"}, ConfigError, 'purchases.time_zone: "CEST" is no time zone'),
        (TEXT, {"date_format": "%Q"}, ConfigError, 'purchases.date_format: "%Q" is no format'),
        (TEXT, {"date_format": ""}, ConfigError, "is no format"),
        (TEXT, {"date_format": "%Y-%m-%d %z"}, ConfigError, "carries a time zone; set purchases.time_zone"),
        (TEXT, {"date_format": "%s"}, ConfigError, "carries a time zone; set purchases.time_zone"),
    ],
)  # fmt: skip
def test_each_fault_has_its_own_cause(tmp_path, content, options, kind, said):
    with pytest.raises(kind) as refused:
        read(tmp_path, content, **options)
    assert said in str(refused.value)
    assert "secret" not in str(refused.value)


def test_the_same_settings_are_checked_in_every_table(tmp_path):
    path = write(tmp_path, TEXT)
    for options, said in (
        ({"time_zone": "CEST"}, "time_zone"),
        ({"date_format": "%Q"}, "date_format"),
        ({"encoding": "utf-99"}, "encoding"),
        ({"date_format": "%Y %z"}, "time_zone"),
    ):
        visits = TableSource(path, {"customer_id": "id", "visited_at": "day"}, **options)
        with pytest.raises(ConfigError, match=rf"tables\.visits\.{said}"):
            read_tables(connect(), {"visits": visits})
        with pytest.raises(ConfigError, match=rf"subscriptions\.{said}"):
            read_cells(path, Written(section="subscriptions", **options), dates=["day"])


def test_moments_fall_on_the_shops_own_day(tmp_path):
    offsets = "id,day,amount\nk1,2024-01-01 23:30:00 -0500,1\nk2,2024-01-02 00:30:00 +0100,1\n"
    log = read(tmp_path, offsets, date_format="%Y-%m-%d %H:%M:%S %z", time_zone="Europe/Berlin")
    assert log.frame()["day"].tolist() == [19724, 19724]  # 2024-01-02 05:30 and 00:30 in Berlin
    seconds = "id,day,amount\nk1,1704150000,1\nk2,x,1\n"  # 2024-01-01 23:00 UTC
    log = read(tmp_path, seconds, date_format="%s", time_zone="Europe/Berlin", max_reject_share=0.5)
    assert log.frame()["day"].tolist() == [19724]
    assert log.report.rejected == {"ordered_at is not seconds since 1970-01-01 UTC between 1970 and 2199": 1}


@pytest.mark.parametrize(
    ("date_format", "whole", "short"),
    [
        ("%Y%m%d", "20240118", "2024118"),
        ("%d%m%Y", "01102024", "1102024"),
        ("%Y%m%d %H:%M", "20241108 9:30", "2024118 9:30"),
    ],
)
def test_dates_without_marks_keep_their_zeros_or_nobody_knows_their_day(tmp_path, date_format, whole, short):
    log = read(tmp_path, f"id,day,amount\nk1,{whole},1\nk2,{short},1\n", date_format=date_format, max_reject_share=0.5)
    assert (log.report.kept, log.rejects["line"].tolist()) == (1, [3])
    assert log.report.rejected == {f'ordered_at is not a date written "{date_format}" between 1970 and 2199': 1}
    with pytest.raises(DataError) as refused:
        read(tmp_path, f"id,day,amount\nk1,{short},1\n", date_format="%d.%m.%Y")
    assert f'"{date_format}"' not in str(refused.value)


@pytest.mark.parametrize("time", ["24:00", "23:60", "23:59:60", "25:00", "9:00"])
def test_a_time_that_no_clock_shows_is_no_time(tmp_path, time):
    log = read(tmp_path, f"id,day,amount\nk1,2024-01-01 {time},1\nk2,2024-01-01 23:59,1\n", max_reject_share=0.5)
    assert log.report.kept == 1
    assert log.rejects["line"].tolist() == [2]


@pytest.mark.parametrize(
    "first", ["jane@x.example,2024-01-15,10.50", "4711,Jane Roe,12", "Jane Roe,web,yes", "Jane Roe,,x"]
)
def test_a_file_without_a_header_shows_nobody(tmp_path, first):
    rows = [first, "Ann,web,yes", "Bo,shop,no"]
    for reader in (
        lambda: read(tmp_path, "\n".join(rows)),
        lambda: read_flat(write(tmp_path, "\n".join(rows)), numbers=["amount"]),
    ):
        with pytest.raises(DataError) as refused:
            reader()
        assert "looks like data" in str(refused.value)
        assert not {"Jane", "jane", "4711"} & set(str(refused.value).replace("@", " ").replace('"', " ").split())


def test_names_of_files_stay_whole_in_messages(tmp_path):
    """Names of sections were once put into finished messages, file names among them."""
    folder = tmp_path / "purchases.rules.d"
    folder.mkdir()
    path = write(folder, "customer_id,visited\n1,2024-01-01\n", "purchases.csv")
    with pytest.raises(HoldfastError) as refused:
        read_tables(connect(), {"visits": TableSource(path)})
    assert str(refused.value).startswith(
        'purchases.csv, line 1: no column "visited_at" (tables.visits.columns.visited_at)'
    )
    with pytest.raises(ConfigError, match=r"tables\.visits\.path: .*/purchases\.rules\.d/none\.csv does not exist"):
        read_tables(connect(), {"visits": TableSource(folder / "none.csv")})


def test_just_too_many_says_by_how_much(tmp_path):
    rows = "".join(f"k{i},2024-01-15,{'x' if i < 35 else 1}\n" for i in range(3447))
    with pytest.raises(DataError, match=r"35 of 3,447 lines \(1\.02%\) cannot be read; at most 1\.00% may be"):
        read(tmp_path, f"id,day,amount\n{rows}")


def test_a_repeat_is_equal_in_every_column_of_the_file(tmp_path):
    """Two lines of one order that differ in a column nobody mapped are two lines."""
    rows = "k1,2024-01-15,10,red\nk1,2024-01-15,10,blue\nk1,2024-01-15,10,red\n"
    log = read(tmp_path, f"id,day,amount,colour\n{rows}")
    assert (log.report.kept, log.report.duplicate_lines_kept) == (3, 1)
    from holdfast.data import Rules

    dropped = read(tmp_path, f"id,day,amount,colour\n{rows}", rules=Rules(duplicates="drop"))
    assert dropped.report.dropped == {"duplicates": 1}
    assert float(dropped.frame()["amount"].astype(float).sum()) == 20
    frame = pd.DataFrame({"customer_id": ["a"] * 3, "visited_at": "2024-01-01", "page": ["x", "y", "x"]})
    read_ = read_tables(connect(), {"visits": TableSource(frame, duplicates="drop")})
    assert read_.accounts[0].dropped == {"duplicates": 1}


def test_lines_outside_stated_dates_are_dropped_by_name(tmp_path):
    from holdfast.data import Rules

    text = "id,day,amount\nk,2023-12-31,1\nk,2024-01-01,1\nk,2024-06-30 23:59,1\nk,2024-07-01,1\n"
    log = read(tmp_path, text, rules=Rules(first_date="2024-01-01", last_date="2024-06-30"))
    assert (log.report.kept, log.report.dropped) == (2, {"dates": 2})
    with pytest.raises(ConfigError, match=r"purchases\.rules\.last_date"):
        read(tmp_path, text, rules=Rules(last_date="soon"))


@pytest.mark.parametrize(
    ("cell", "blanks"),
    [("k1", "none"), (" k1 ", "spaces"), ("k1\t", "any"), ('"k1\n"', "any"), ("k1\u00a0", "any"), ("\vk1\f", "any")],
)
def test_blanks_of_any_kind_at_the_ends_of_a_cell_go_whatever_else_the_file_holds(tmp_path, cell, blanks):
    from holdfast.data.reading.plaintext import as_plain_text

    path = tmp_path / "p.csv"
    path.write_bytes(f"id,date,amount\n{cell},2024-01-01,1\nk1,2024-02-01,2\n".encode())
    source = Source(str(path), Columns(customer_id="id", ordered_at="date", amount="amount"))
    with as_plain_text(path, "p.csv", source) as plain:
        assert plain.blanks == blanks
    assert read_purchases(source).report.customers == 1


@pytest.mark.parametrize("piece", [1, 2, 3, 7, 1 << 17])
@pytest.mark.parametrize(
    ("text", "blanks"),
    [
        ("id,day,amount\nk 1,2024-01-01 10:00,1\n", "none"),
        ("id,day,amount\nk 1 ,2024-01-01,1\n", "spaces"),
        ("id,day,amount\nk 1, 2024-01-01,1\n", "spaces"),
        ("id,day,amount\nk 1,2024-01-01,1 \n", "spaces"),
        ("id,day,amount\r\nk 1,2024-01-01,1 \r\n", "spaces"),
        ("id,day,amount\n k 1,2024-01-01,1\n", "spaces"),
        ("id,day,amount\nk 1,2024-01-01,1 ", "spaces"),
        (" id,day,amount\nk 1,2024-01-01,1", "spaces"),
        ("sep=;\nid;day;amount\nk 1 ;2024-01-01;1\n", "spaces"),
        ("sep=;\nid;day;amount\nk, 1;2024-01-01;1\n", "none"),
    ],
)
def test_a_space_counts_only_where_it_ends_a_cell_wherever_the_file_is_cut_in_pieces(
    tmp_path, monkeypatch, text, blanks, piece
):
    from holdfast.data.reading import plaintext

    monkeypatch.setattr(plaintext, "_PIECE", piece)
    path = write(tmp_path, text)
    source = Source(path, AMOUNT)
    with plaintext.as_plain_text(path, "p.csv", source) as plain:
        assert (plain.blanks, plain.lines) == (blanks, len(text.splitlines()))
    cells = read_purchases(source).connection.execute("SELECT customer_id, amount FROM purchases").fetchall()
    assert [(who.replace(",", ""), float(amount)) for who, amount in cells] == [("k 1", 1.0)]


def test_rows_keep_the_numbers_of_their_lines_where_several_threads_read(tmp_path):
    # More rows than the engine hands to one thread, whose amount says on which line each stands.
    lines = 400_000
    text = "id,day,amount\n" + "".join(f"k,2024-01-01,{i}\n" for i in range(2, lines + 2))
    path, same = write(tmp_path, text), write(tmp_path, text, "q.csv")
    source = Source(path, AMOUNT)
    for given in (str(path), [str(path), str(same)], pd.read_csv(path, dtype="string")):
        connection = connect()
        table = read_joined(connection, given, source.wanted(), source).table
        odd, count = connection.execute(
            f"SELECT COUNT(*) FILTER (CAST(amount AS INTEGER) <> (record - 1) % {lines} + 2), COUNT(*) FROM {table}"
        ).fetchall()[0]
        assert (odd, count) == (0, lines * (2 if isinstance(given, list) else 1))


def test_files_with_the_same_columns_are_one_raw_table_that_knows_file_and_line(tmp_path):
    # Of the third the amounts are numbers already, and its records are rows.
    csv = "id,day,amount\n\nk,2024-01-01,1\nk,2024-01-02\nk,2024-01-03,x\n"
    paths = [write(tmp_path, csv, f"{name}.csv") for name in "ab"]
    pd.DataFrame({"id": ["k"], "day": ["2024-01-04"], "amount": [2]}).to_parquet(tmp_path / "c.parquet")
    paths += [tmp_path / "c.parquet", write(tmp_path, csv, "d.csv")]
    source = Source([str(path) for path in paths], AMOUNT, max_reject_share=1.0)
    raws = read_raw(connect(), source.data, source.wanted(), source)
    assert [(raw.table, raw.label, raw.records) for raw in raws] == [
        ("raw_0", "a.csv and 1 more", 6),
        ("raw_2", "c.parquet", 1),
        ("raw_3", "d.csv", 3),
    ]
    assert [raws[0].place_of(i) for i in (1, 2, 3, 4)] == [
        "line 3 of a.csv",
        "line 5 of a.csv",
        "line 3 of b.csv",
        "line 5 of b.csv",
    ]
    log = read_purchases(source)
    assert log.rejects[["file", "line"]].to_numpy().tolist() == [
        [name, line] for name in ("a.csv", "b.csv", "d.csv") for line in (4, 5)
    ]
    assert (log.report.lines_in, log.report.kept, log.report.blank_lines) == (10, 4, 3)
