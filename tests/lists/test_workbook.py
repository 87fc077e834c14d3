"""A workbook as a spreadsheet reads it: its cells, and what its XML says of how they are shown."""

import re
import zipfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from python_calamine import CalamineWorkbook

from holdfast.columns import Column, described
from holdfast.columns.values import said_value
from holdfast.language import speaking, told
from holdfast.lists.workbook import number_format, read_sheets, write_sheet
from holdfast.segments.rfm import SEGMENTS

TABLE = pd.DataFrame(
    {
        "customer_id": ["007", "+4520", None],
        "p_churn_90d": [0.5, 0.123456, None],
        "value_at_risk_90d": [1234.5, 7.0, 0.1],
        "share_of_total": [0.25, 0.5, 0.25],
        "rank": [1, 2, 3],
        "last_purchase": [date(2024, 2, 1), date(2024, 2, 2), None],
        "reason_1": ["silent for 9 days", "=1+1", "r" * 200],
    }
)
ABOUT = [("at risk",), ("made", "2024-03-01"), ("column", "name", "=what it means, at length"), ("rank", "", "first")]


@pytest.fixture
def book(tmp_path) -> Path:
    path = tmp_path / "list.xlsx"
    write_sheet(path, TABLE, ABOUT)
    return path


def part(book: Path, name: str) -> str:
    with zipfile.ZipFile(book) as file:
        return file.read(name).decode()


def widths(xml: str) -> list[float]:
    found = re.findall(r'<col min="(\d+)" max="(\d+)" width="([0-9.]+)"', xml)
    return [float(width) for first, last, width in found for _ in range(int(first), int(last) + 1)]


def test_what_was_written_comes_back(book):
    table, about = read_sheets(book)
    assert table.iloc[:, 0].tolist() == ["007", "+4520", ""]
    assert table.iloc[:, 1].tolist() == [0.5, 0.123456, ""]
    assert table["rank"].tolist() == [1, 2, 3]
    assert table["rank"].dtype == "int64"
    assert table.iloc[:, 2].tolist() == [1234.5, 7.0, 0.1]
    assert table.iloc[:, 5].tolist() == [date(2024, 2, 1), date(2024, 2, 2), ""]
    assert table.iloc[:, 6].tolist() == TABLE["reason_1"].tolist()
    assert about == ABOUT


def test_the_header_stays_in_view_and_filters_all_rows(book):
    sheet = part(book, "xl/worksheets/sheet1.xml")
    assert '<pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/>' in sheet
    assert '<autoFilter ref="A1:G4"/>' in sheet


def test_columns_are_as_wide_as_what_they_hold(book):
    found = widths(part(book, "xl/worksheets/sheet1.xml"))
    reason, value = found[6], found[2]
    assert reason == pytest.approx(70, abs=1), "no column is wider than a screen"
    assert value < 25
    assert len(found) == 7
    # Words of the second sheet: the long texts decide, terms of two words run on.
    second = widths(part(book, "xl/worksheets/sheet2.xml"))
    assert second[2] == pytest.approx(len(ABOUT[2][2]) + 2, abs=1)
    assert second[0] == pytest.approx(len("column") + 2, abs=1)


def test_numbers_are_shown_as_what_they_are(book):
    styles, sheet = part(book, "xl/styles.xml"), part(book, "xl/worksheets/sheet1.xml")
    numbers = dict(re.findall(r'<numFmt numFmtId="(\d+)" formatCode="([^"]+)"', styles)) | {
        "4": "#,##0.00",
        "10": "0.00%",
    }
    cells = re.findall(r"<xf ([^>]*?)(?:/>|>)", styles.partition("<cellXfs")[2].partition("</cellXfs>")[0])
    shown = {i: numbers.get(re.search(r'numFmtId="(\d+)"', xf)[1], "") for i, xf in enumerate(cells)}
    quoted = {i for i, xf in enumerate(cells) if 'quotePrefix="1"' in xf}

    def style(cell: str) -> int:
        return int((re.search(rf'<c r="{cell}"(?: s="(\d+)")?', sheet)[1]) or 0)

    assert [shown[style(f"{column}2")] for column in "BCD"] == ["0.0%", "#,##0.00", "0.00%"]
    assert shown[style("E2")] == "", "whole numbers are as they are"
    # A text that a spreadsheet would run is marked as a text, an ordinary one is not.
    assert style("G3") in quoted
    assert style("G2") not in quoted
    assert style("A3") not in quoted, "a telephone number"
    assert '<c r="A4"' not in sheet, "a missing value is an empty cell"
    assert "<f>" not in sheet


def test_a_book_tells_no_time_and_needs_no_second_sheet(tmp_path):
    for name in ("a.xlsx", "b.xlsx"):
        write_sheet(tmp_path / name, TABLE)
    assert (tmp_path / "a.xlsx").read_bytes() == (tmp_path / "b.xlsx").read_bytes()
    assert read_sheets(tmp_path / "a.xlsx")[1] == []
    write_sheet(tmp_path / "none.xlsx", TABLE.head(0))
    assert '<autoFilter ref="A1:G2"/>' in part(tmp_path / "none.xlsx", "xl/worksheets/sheet1.xml")
    with zipfile.ZipFile(tmp_path / "a.xlsx") as file:
        assert "2000-01-01T00:00:00Z" in file.read("docProps/core.xml").decode()


def test_only_fractions_are_formatted():
    assert number_format("p_churn_90d", pd.Series([1])) == ""
    assert number_format("reason_1", pd.Series(["a"])) == ""
    assert number_format("cumulative_share", pd.Series([0.5])) == "0.00%"


def test_days_are_days_and_our_own_values_speak_the_language_of_the_reader(tmp_path):
    table = pd.DataFrame(
        {
            "last_purchase": ["2024-02-01", "", "1899-12-31"],
            "confidence": ["high", "medium", "low"],
            "plan": ["high", "2024-02-01", "low"],
        }
    )
    write_sheet(tmp_path / "en.xlsx", table)
    found = read_sheets(tmp_path / "en.xlsx")[0]
    assert found["last_purchase"].tolist() == [date(2024, 2, 1), "", "1899-12-31"], "a sheet knows no days before 1900"
    assert found["plan"].tolist() == ["high", "2024-02-01", "low"], "what is not ours stays"
    assert 'formatCode="yyyy-mm-dd"' in part(tmp_path / "en.xlsx", "xl/styles.xml")
    with speaking("sv"):
        write_sheet(tmp_path / "sv.xlsx", table)
        risk = Column(
            "value_at_risk_90d", "double", "currency", told("{risk} × {value}", risk="p_churn_90d", value="x")
        )
        assert described([risk])[1][2] == '"risk att lämna, 90 dagar" × x'
    found = read_sheets(tmp_path / "sv.xlsx")[0]
    assert found.iloc[:, 1].tolist() == ["hög", "medel", "låg"]
    assert found["plan"].tolist() == ["high", "2024-02-01", "low"]


def test_a_workbook_in_english_has_headings_where_a_sheet_explains_them_and_names_elsewhere(tmp_path):
    table = pd.DataFrame({"customer_id": ["007"], "p_churn_90d": [0.5], "first_name": ["Ann"], "tier": ["gold"]})
    known = [Column(name, "", "", "p_churn_90d of a customer") for name in list(table)[:3]]
    write_sheet(tmp_path / "list.xlsx", table, described(known))
    book = CalamineWorkbook.from_path(str(tmp_path / "list.xlsx"))
    # A column of the user's own, shown or of their own table, keeps its name.
    top = ["customer id", "risk of leaving, 90 days", "first_name", "tier"]
    assert book.get_sheet_by_index(0).to_python()[0] == top
    assert book.get_sheet_by_index(1).to_python()[1][2:] == ['"risk of leaving, 90 days" of a customer', "customer_id"]
    found, about = read_sheets(tmp_path / "list.xlsx")
    assert list(found) == list(table)
    write_sheet(tmp_path / "again.xlsx", found, about)
    assert (tmp_path / "again.xlsx").read_bytes() == (tmp_path / "list.xlsx").read_bytes()
    # Without such a sheet, as of `experiment assign`, it is for programs too; so were lists written before.
    write_sheet(tmp_path / "arms.xlsx", table, [("column", "unit", "meaning"), ("p_churn_90d", "", "risk")])
    assert list(read_sheets(tmp_path / "arms.xlsx")[0]) == list(table)


def test_segments_can_be_said_as_they_are_named():
    with speaking("da"):
        assert all(said_value("segment", name) != name or name == "Loyal" for name in SEGMENTS)


def test_a_workbook_in_another_language_is_read_by_the_names_of_its_columns_and_written_again_as_it_was(tmp_path):
    table = pd.DataFrame({"customer_id": ["007"], "p_churn_90d": [0.5], "last_purchase": ["2024-02-01"]})
    known = [Column(name, "", "", name) for name in table]
    with speaking("sv"):
        write_sheet(tmp_path / "sv.xlsx", table, described(known))
        found, about = read_sheets(tmp_path / "sv.xlsx")
        assert list(found) == list(table), "who is forgotten is looked for by the name of the column"
        write_sheet(tmp_path / "again.xlsx", found, about)
    assert (tmp_path / "again.xlsx").read_bytes() == (tmp_path / "sv.xlsx").read_bytes()
    assert "kund-id" in part(tmp_path / "again.xlsx", "xl/sharedStrings.xml")
