"""What is taken along is what is shown: CSV by the same writer, workbooks that say what they hold."""

import pytest
from python_calamine import CalamineWorkbook

from holdfast.columns import described
from holdfast.pipeline.outputs import readable, write_csv, write_table
from holdfast.web import downloads, tables
from tests.report.shops import HOSTILE
from tests.web.sites import frame, risk, visitor


def test_csv_of_a_list_has_the_bytes_that_the_command_wrote(client, scenario):
    for path in sorted((scenario.folder / "lists").glob("*.csv")):
        answer = client.get(f"/lists/{path.stem}/csv")
        assert answer.content == path.read_bytes(), path.name
        assert answer.headers["content-disposition"] == f'attachment; filename="{path.stem}.csv"'


@pytest.mark.parametrize("batch", [7, 20_000])
def test_csv_of_a_view_has_its_rows_in_its_order_by_the_same_writer(client, scenario, tmp_path, monkeypatch, batch):
    monkeypatch.setattr(tables, "_BATCH", batch)
    table = frame(scenario.folder / "scores.parquet")
    name = risk(table)
    edge = float(table[name].median())
    order = table.assign(_=-table[name]).sort_values("_", kind="stable").drop(columns="_")
    write_csv(tmp_path / "view.csv", readable(order[order[name] >= edge]))
    found = client.get("/customers/csv", params={f"min.{name}": repr(edge), "sort": f"-{name}", "page": "2"})
    assert found.content == (tmp_path / "view.csv").read_bytes(), "all pages of it"
    write_csv(tmp_path / "none.csv", readable(table.head(0)))
    assert client.get(f"/customers/csv?min.{name}=1.5").content == (tmp_path / "none.csv").read_bytes()


def test_csv_has_the_marks_that_lists_have(a_shop):
    client = visitor(a_shop.site("lists.excel=true", "lists.locale=de_DE"))
    text = client.get("/lists/at_risk/csv").content
    assert text.startswith(b"\xef\xbb\xbfrank;customer_id;email;p_churn_60d;")
    assert b";0,6" in text


def test_texts_that_a_spreadsheet_would_run_are_harmless_in_a_csv_and_themselves_in_a_workbook(a_shop, tmp_path):
    client = visitor(a_shop.site())
    hostile = HOSTILE[1]
    assert hostile.startswith("=")
    assert f"'{hostile}".replace('"', '""').encode() in client.get("/customers/csv").content
    (tmp_path / "view.xlsx").write_bytes(client.get("/customers/xlsx").content)
    book = CalamineWorkbook.from_path(tmp_path / "view.xlsx")
    rows = book.get_sheet_by_name("list").to_python()
    ids = [row[rows[0].index("customer id")] for row in rows[1:]]
    assert ids == frame(a_shop.folder / "scores.parquet")["customer_id"].tolist(), "00123 too"


def test_a_workbook_has_the_bytes_of_the_writer_and_says_what_it_holds(client, scenario, tmp_path):
    table = frame(scenario.folder / "lists" / "at_risk.parquet")
    name = risk(table)
    (tmp_path / "view.xlsx").write_bytes(client.get(f"/lists/at_risk/xlsx?min.{name}=0.1").content)
    about = CalamineWorkbook.from_path(tmp_path / "view.xlsx").get_sheet_by_name("about").to_python()
    told = [tuple(cell for cell in row if cell != "") if any(row) else () for row in about]
    assert ("rows", f"{name} at least 0.1; in its own order") in told
    known = scenario.site().known
    full = described([known[c] for c in table if c in known])[1:]
    assert [row[3] for row in full] == [c for c in table if c in known]
    head = told.index(("column", "unit", "meaning", "name in other files"))
    assert told[head + 1 :] == [tuple(word for word in row if word) for row in full]
    rows = [tuple(row) for row in [told[0], told[1], (), ("column", "unit", "meaning", "name in other files")]]
    write_table(
        tmp_path / "own.xlsx", readable(table[table[name] >= 0.1].reset_index(drop=True)), "xlsx", about=[*rows, *full]
    )
    assert (tmp_path / "view.xlsx").read_bytes() == (tmp_path / "own.xlsx").read_bytes()


def test_a_workbook_too_large_for_a_page_is_refused(client, monkeypatch):
    monkeypatch.setattr(downloads, "MOST_IN_WORKBOOK", 100)
    answer = client.get("/customers/xlsx")
    assert answer.status_code == 400
    assert "at most 100 rows" in answer.text
