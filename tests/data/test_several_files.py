"""Several files, globs and folders are one table; names that find nothing or too much are told."""

import gzip
from datetime import date
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from holdfast.data import Source, TableSource, Written, read_flat, read_purchases, read_tables
from holdfast.data.cells import read_cells
from holdfast.data.engine import connect
from holdfast.errors import ConfigError, DataError
from tests.data.small_shop import (
    COLUMNS,
    CSV,
    NAMES,
    ROWS,
    SHOP,
    TYPED,
    shop_of,
    text,
    workbook,
    write,
    zipped,
)


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
    with pytest.raises(DataError, match=r"1 line cannot be split \(first: line 4 of t\.csv has .+ where 4 columns are"):
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
