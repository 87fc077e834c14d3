"""`holdfast init` on zip archives: files of the same columns are one table, and what stands beside is left aside."""

import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from holdfast.data import Columns, Source, read_purchases
from holdfast.errors import DataError
from tests.fuzz.configurations import command
from tests.onboarding.exports import net, sales
from tests.onboarding.plain import read

NAMES = ["Customer no", "Order date", "Total", "Note"]


def lines(period: str, *, names: list[str] = NAMES, delimiter: str = ",", note: str = "", title: str = "") -> str:
    """The sales of a year or a month, below a title."""
    rows = [title, delimiter.join(names)] if title else [delimiter.join(names)]
    for s in sales():
        if s.at.strftime("%Y-%m-%d").startswith(period):
            cells = dict(zip(NAMES, [f"C{s.customer}", f"{s.at:%Y-%m-%d}", f"{s.cents / 100:.2f}", note], strict=True))
            rows.append(delimiter.join(cells[name] for name in names))
    return "\n".join(rows) + "\n"


def archive(files: Mapping[str, str | bytes], path: str = "tills.zip") -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)


def years() -> list[str]:
    return sorted({f"{s.at:%Y}" for s in sales()})


def all_read(member: str = "*") -> dict:
    code, said = command("init", "tills.zip", "--yes", "--member", member, "--force", "--out", "t.yaml")
    assert code == 0, said
    written, customers, revenue, lost = read(Path("t.yaml"))
    assert (written["member"], customers, lost) == (member, len({s.customer for s in sales()}), 0)
    assert revenue == pytest.approx(net())
    return written


def test_a_file_for_each_year_is_one_table():
    first, *others = years()
    # Columns may stand in another order in each; what explains them, and what is of customers, is no year.
    files = {f"sales_{first}.csv": lines(first, names=NAMES[::-1]), "README.txt": "Exported from the tills, by year.\n"}
    files |= {f"sales_{year}.csv": lines(year) for year in others}
    archive(files | {"staff.csv": "Name,Since\nAnn,2019\nBob,2020\n"})
    code, said = command("init", "tills.zip", "--yes", "--out", "t.yaml")
    offered = [line.strip() for line in said.splitlines() if "--member" in line]
    assert code == 2
    count = len(years())
    assert offered[0] == (
        f'holdfast init tills.zip --member "*" --out t.yaml   (all {count} with the same columns, as one table)'
    )
    assert f"holdfast init tills.zip --member sales_{first}.csv --out t.yaml" in offered
    all_read()


def test_many_months_below_a_title_are_one_table():
    months = sorted({f"{s.at:%Y-%m}" for s in sales()})
    # More files than are looked at one by one, of which each begins with a title of its own.
    blank = {f"2020-{month:02d}.csv": lines("none", title=f"Till report of 2020-{month:02d}") for month in range(1, 9)}
    archive(blank | {f"{month}.csv": lines(month, title=f"Till report of {month}") for month in months})
    assert all_read()["skip_lines"] == 1


def test_a_year_without_a_special_letter_is_of_the_encoding_of_the_others():
    first, *others = years()
    files = {f"{first}.csv": lines(first).encode()}
    archive(files | {f"{year}.csv": lines(year, note="Größe geändert").encode("cp1252") for year in others})
    assert all_read()["encoding"] == "cp1252"
    archive({f"{y}.csv": lines(y, note="é").encode("utf-8" if y == first else "cp1252") for y in years()})
    code, said = command("init", "tills.zip", "--yes", "--member", "*", "--force", "--out", "t.yaml")
    assert code == 3
    assert "its files are written in different ways" in said


def test_files_taken_apart_differently_are_not_offered_together():
    first, second = years()[:2]
    archive({"a.csv": lines(first), "b.csv": lines(second, delimiter=";"), "c.csv": "Place,Town\nA,B\nC,D\n"})
    code, said = command("init", "tills.zip", "--yes", "--out", "t.yaml")
    assert (code, '"*"' in said) == (2, False)
    code, said = command("init", "tills.zip", "--yes", "--member", "*", "--out", "t.yaml")
    assert (code, 'no two of these have the same columns: "a.csv", "b.csv" and "c.csv". Name one.' in said) == (2, True)


def test_the_reader_takes_the_files_that_have_the_columns_and_names_the_file_of_a_line():
    year = years()[0]
    broken = lines("2030") + "C1,2024-01-05,many,\n"
    other = "Place,Town\nA,B\n"
    archive({"p.csv": other, "q.csv": other, "r.csv": other, f"{year}.csv": lines(year), "more/2030.csv": broken})
    source = Source("tills.zip", Columns("Customer no", "Order date", "Total"), member="*", max_reject_share=0.5)
    log = read_purchases(source)
    (reject,) = log.rejects.to_dict("records")
    assert (reject["file"], reject["line"]) == ("tills.zip, more/2030.csv", 2)
    assert log.report.kept == sum(f"{s.at:%Y}" == year for s in sales())
    archive({"a.txt": "nothing here\n"}, "none.zip")
    with pytest.raises(DataError, match=r'no file in it holds a table\. Its files: "a\.txt"'):
        read_purchases(Source("none.zip", Columns("a", "b"), member="*"))


def test_long_files_are_seen_by_their_beginning_and_read_whole(monkeypatch):
    monkeypatch.setattr("holdfast.data.reading.packed._BEGINNING", 2_000)
    archive({f"{year}.csv": lines(year, note="é" * 30).encode("utf-16") for year in years()})
    all_read()
    archive({f"{year}.csv": lines(year, note="é" * 30) for year in years()})
    all_read()
