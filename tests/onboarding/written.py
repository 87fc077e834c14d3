"""Exports written as files of every kind."""

import gzip
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pandas as pd
import xlsxwriter

from tests.onboarding.exports import POINT, Export, sales
from tests.onboarding.plain import PLAIN

TEXT = Export(PLAIN)


Writer = Callable[[Path], str]


def written(export: Export, before: bytes = b"", name: str = "x.csv") -> Writer:
    def write(folder: Path) -> str:
        export.write(folder / name)
        (folder / name).write_bytes(before + (folder / name).read_bytes())
        return name

    return write


def lines(export: Export, change: Callable[[list[str]], list[str]]) -> Writer:
    """Change the lines of a file, its header among them."""

    def write(folder: Path) -> str:
        export.write(folder / "x.csv")
        rows = (folder / "x.csv").read_text(encoding="utf-8").splitlines()
        (folder / "x.csv").write_text("\n".join(change(rows)) + "\n", encoding="utf-8")
        return "x.csv"

    return write


def packed(*names: str, member: bool = True) -> Writer:
    """A zip archive of the export, beside other tables with these names."""

    def write(folder: Path) -> str:
        TEXT.write(folder / "orders.csv")
        with zipfile.ZipFile(folder / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.writestr(name, "sku,stock\na,1\nb,2\n")
            if member:
                archive.write(folder / "orders.csv", "orders.csv")
        (folder / "orders.csv").unlink()
        return "x.zip"

    return write


def gz(folder: Path) -> str:
    TEXT.write(folder / "x.csv")
    (folder / "x.csv.gz").write_bytes(gzip.compress((folder / "x.csv").read_bytes()))
    (folder / "x.csv").unlink()
    return "x.csv.gz"


def parts(folder: Path) -> str:
    """Three files below one folder."""
    (folder / "exports").mkdir()
    for i in range(3):
        replace(TEXT, sales=sales()[i::3]).write(folder / "exports" / f"{i}.csv")
    return "exports"


def globbed(folder: Path) -> str:
    parts(folder)
    return "exports/*.csv"


def hive(folder: Path) -> str:
    table = pd.DataFrame({name: [cell(s) for s in sales()] for name, cell in PLAIN.items()})
    for year, rows in table.groupby(table["ordered_at"].str[:4]):
        (folder / "lake" / f"year={year}").mkdir(parents=True)
        rows.to_parquet(folder / "lake" / f"year={year}" / "part.parquet")
    return "lake"


def workbook(*, above: int = 0, before: str | None = None, header: bool = True, cells: str = "typed") -> Writer:
    """A workbook with dates and numbers as Excel stores them; ``cells``: as texts, serial days, or some of each."""

    def write(folder: Path) -> str:
        book = xlsxwriter.Workbook(str(folder / "x.xlsx"))
        if before:
            other = book.add_worksheet(before)
            other.write_row(0, 0, ["sku", "stock"])
            other.write_row(1, 0, ["a", 1])
        sheet, date = book.add_worksheet("Orders"), book.add_format({"num_format": "dd/mm/yyyy"})
        if above:
            sheet.write_string(0, 0, "Sales of all stores")
        rows = [list(PLAIN)] if header else []
        for r, names in enumerate(rows, above):
            sheet.write_row(r, 0, names)
        for r, s in enumerate(sales(), above + len(rows)):
            sheet.write_string(r, 0, f"c{s.customer}")
            text = cells == "text" or (cells == "mixed" and r % 2)
            if text:
                sheet.write_string(r, 1, s.at.strftime("%Y-%m-%d"))
                sheet.write_string(r, 2, POINT(s.cents))
            elif cells == "serial":
                sheet.write_number(r, 1, (s.at - pd.Timestamp("1899-12-30")).days)
                sheet.write_number(r, 2, s.cents / 100)
            else:
                sheet.write_datetime(r, 1, s.at.replace(hour=0, minute=0, second=0), date)
                sheet.write_number(r, 2, s.cents / 100)
        book.close()
        return "x.xlsx"

    return write
