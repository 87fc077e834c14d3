"""What is written, for whom, and in which marks; and what a killed command left is no output."""

import csv
import errno
import json
import os
import re
import stat
import zipfile
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
import yaml

from holdfast import make_config, prepare, score, train
from holdfast.data import simulate_shop
from holdfast.errors import ConfigError, NotFoundError, StorageError
from holdfast.lists.spreadsheet import PLAIN, CsvStyle
from holdfast.pipeline import effect_of_list, issued_lists, make_list, output_folder, segment, status_of, value
from holdfast.pipeline.outputs import refuse_no_room, write_csv, write_table
from holdfast.report import decisions as text
from tests.conftest import settings
from tests.fuzz.configurations import command

SMALL = {
    "origins": 1,
    "churn": "recency",
    "value": "last_period",
    "leave_out": ["blend", "lightgbm", "lightgbm_pooled", "ridge", "p0", "offset", "btyd", "direct"],
}


def small(folder, **changes):
    given = settings(folder, **{"trees__rounds": 3, "suppress__bought_since": False, **changes})
    return make_config({**given, "race": SMALL})


@pytest.fixture(scope="module")
def purchases():
    """Ids as a CRM has them: telephone numbers, some written so that a spreadsheet would run them."""
    made = simulate_shop(300, seed=7).purchases
    made = made[made["ordered_at"] < "2024-03-01"]
    number = pd.to_numeric(made["customer_id"])
    ids = "+4917" + number.astype(str).str.zfill(6)
    return made.assign(customer_id=ids.where(number % 10 > 0, "@" + ids.str[1:]))


@pytest.fixture(scope="module")
def done(purchases, tmp_path_factory):
    folder = tmp_path_factory.mktemp("outputs")
    prepared = prepare(small(folder), purchases=purchases)
    train(prepared)
    score(prepared)
    return prepared


@pytest.fixture
def copied(done, purchases, tmp_path):
    import shutil

    shutil.copytree(done.config.outputs, tmp_path / "outputs")
    return prepare(done.config.model_copy(update={"outputs": tmp_path / "outputs"}), purchases=purchases)


def modes(folder: Path) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {"files": set(), "folders": set()}
    for path in [folder, *folder.rglob("*")]:
        found["folders" if path.is_dir() else "files"].add(oct(stat.S_IMODE(path.stat().st_mode)))
    return found


@pytest.mark.parametrize(
    ("changes", "files", "folders"), [({}, "0o600", "0o700"), ({"outputs_mode": "0640"}, "0o640", "0o750")]
)
def test_whatever_is_written_is_for_its_owner_unless_the_configuration_says_otherwise(
    done, purchases, tmp_path, changes, files, folders
):
    config = small(tmp_path, **changes).model_copy(update={"models": done.config.models})
    prepared = prepare(config, purchases=purchases)
    umask = os.umask(0)
    try:
        score(prepared)
        for form in ("csv", "xlsx"):
            make_list(prepared, "at_risk", form=form)
        make_list(prepared, "high_value", form="json")
        segment(config)
        value(prepared)
        status_of(config, reviewed=True)
        assert os.umask(0) == 0
    finally:
        os.umask(umask)
    written = {str(p.relative_to(config.outputs / "shop")) for p in config.outputs.rglob("*")}
    expected = {"scores.parquet", "segments/customers.parquet", "value/customers.parquet", "lists/at_risk.csv"}
    expected = {f"2024-03-01/{name}" for name in expected}
    assert expected | {"issued/at_risk-2024-03-01/decisions.parquet", "review.json"} <= written
    assert modes(config.outputs) == {"files": {files}, "folders": {folders}}


def test_no_draft_can_be_looked_into_by_others(done, copied, monkeypatch):
    seen = []
    real = pd.DataFrame.to_csv

    def spy(self, path, *rest, **named):
        inside = [p for p in Path(path).parents if ".draft" in p.name]
        seen.append([oct(stat.S_IMODE(p.stat().st_mode)) for p in inside])
        return real(self, path, *rest, **named)

    monkeypatch.setattr(pd.DataFrame, "to_csv", spy)
    make_list(copied, "at_risk")
    assert seen == [["0o700"]]


@pytest.mark.parametrize("stated", ["0640", "640", "0600", "0664"])
def test_modes_are_octal_text(tmp_path, stated):
    assert oct(small(tmp_path, outputs_mode=stated).file_mode) == f"0o{stated[-3:]}"


@pytest.mark.parametrize("stated", [640, 0o640, "0888", "rw-", "0200", "0700", "0641", "4600"])
def test_what_is_no_mode_of_a_file_is_refused(tmp_path, stated):
    with pytest.raises(ConfigError, match=r"outputs_mode: (write three octal digits in quotes|you must be able)"):
        small(tmp_path, outputs_mode=stated)


def test_a_telephone_number_is_the_same_in_every_format_and_what_would_run_is_counted_and_said(copied):
    issued = make_list(copied, "at_risk")
    ids = issued.decision.contact["customer_id"]
    run = int(ids.str.startswith("@").sum())
    assert run > 3
    assert ids.str.startswith("+").sum() > 3
    with issued.file.open(encoding="utf-8", newline="") as file:
        written = [row["customer_id"] for row in csv.DictReader(file)]
    assert written == [f"'{i}" if i.startswith("@") else i for i in ids]
    record = json.loads((issued.folder / "record.json").read_text())
    assert record["made_harmless"] == {"customer_id": run}
    last = text.issued(issued.as_dict(), issued.decision, rows=3).splitlines()[-1]
    assert f"{run:,} in customer_id" in last
    assert "--format xlsx" in last
    for form in ("json", "parquet", "xlsx"):
        other = make_list(copied, "at_risk", form=form)
        assert other.record["made_harmless"] == {}
        assert "apostrophe" not in text.issued(other.as_dict(), other.decision, rows=3)
    as_json = make_list(copied, "at_risk", form="json")
    assert [row["customer_id"] for row in json.loads(as_json.file.read_text(encoding="utf-8"))] == ids.tolist()


TABLE = pd.DataFrame({"customer_id": ["+49170", "a;b", "x,y"], "p": [0.5, -1234.25, None], "n": [1, -2, 3]})


@pytest.mark.parametrize(
    ("style", "content"),
    [
        (PLAIN, b'customer_id,p,n\n+49170,0.5,1\na;b,-1234.25,-2\n"x,y",,3\n'),
        (CsvStyle(";", ",", mark=True), b'\xef\xbb\xbfcustomer_id;p;n\n+49170;0,5;1\n"a;b";-1234,25;-2\nx,y;;3\n'),
        (CsvStyle("\t", "."), b"customer_id\tp\tn\n+49170\t0.5\t1\na;b\t-1234.25\t-2\nx,y\t\t3\n"),
    ],
)
def test_a_csv_has_the_marks_it_is_asked_for(tmp_path, style, content):
    write_csv(tmp_path / "a.csv", TABLE, style)
    assert (tmp_path / "a.csv").read_bytes() == content


def test_lists_for_excel_have_the_readers_marks_and_parquet_keeps_every_digit(done, purchases, tmp_path):
    plain = output_folder(done.config)
    config = small(tmp_path, lists__excel=True, lists__locale="de_DE").model_copy(update={"models": done.config.models})
    prepared = prepare(config, purchases=purchases)
    folder = score(prepared).folder
    expected = pd.read_csv(plain / "lists" / "high_value.csv", dtype={"customer_id": "str"})
    excel = folder / "lists" / "high_value.csv"
    assert excel.read_bytes().startswith(b"\xef\xbb\xbfrank;")
    read = pd.read_csv(excel, sep=";", decimal=",", encoding="utf-8-sig", dtype={"customer_id": "str"})
    pd.testing.assert_frame_equal(read, expected)
    for name in ("scores.parquet", "lists/high_value.parquet"):
        assert (folder / name).read_bytes() == (plain / name).read_bytes()
    issued = make_list(prepared, "high_value")
    assert issued.file.read_bytes().startswith(b"\xef\xbb\xbfrank;")
    # Files that are not lists are for programs.
    assert (folder / "rejects.csv").read_bytes() == (plain / "rejects.csv").read_bytes()


@pytest.mark.parametrize(
    ("lists", "style"),
    [
        ({}, PLAIN),
        ({"excel": True, "locale": "en_GB"}, CsvStyle(",", ".", mark=True)),
        ({"excel": True, "locale": "de_DE", "delimiter": "\t"}, CsvStyle("\t", ",", mark=True)),
        ({"excel": True, "locale": "de_DE", "decimal": "."}, CsvStyle(",", ".", mark=True)),
        ({"excel": True, "locale": "de_CH", "decimal": "."}, CsvStyle(";", ".", mark=True)),
        ({"excel": True, "locale": "xx", "decimal": ","}, CsvStyle(";", ",", mark=True)),
        ({"decimal": ","}, CsvStyle(";", ",")),
        ({"delimiter": "|"}, CsvStyle("|", ".")),
    ],
)
def test_the_marks_of_lists_follow_the_configuration(tmp_path, lists, style):
    assert make_config({**settings(tmp_path), "lists": lists}).lists.csv_style() == style


@pytest.mark.parametrize(
    ("environment", "style"),
    [
        ({"LANG": "de_DE.UTF-8"}, CsvStyle(";", ",", mark=True)),
        ({"LANG": "de_DE.UTF-8", "LC_NUMERIC": "en_US.UTF-8"}, CsvStyle(",", ".", mark=True)),
        ({"LANG": "en_US.UTF-8", "LC_ALL": "fr_FR"}, CsvStyle(";", ",", mark=True)),
        ({"LC_ALL": "C.UTF-8", "LANG": "de_DE"}, CsvStyle(",", ".", mark=True)),
        ({}, CsvStyle(",", ".", mark=True)),
    ],
)
def test_excel_without_a_locale_takes_the_machines(tmp_path, monkeypatch, environment, style):
    for name in ("LC_ALL", "LC_NUMERIC", "LANG"):
        monkeypatch.delenv(name, raising=False)
    for name, stated in environment.items():
        monkeypatch.setenv(name, stated)
    assert make_config({**settings(tmp_path), "lists": {"excel": True}}).lists.csv_style() == style


@pytest.mark.parametrize(
    ("lists", "said"),
    [
        ({"delimiter": ",", "decimal": ","}, 'lists: delimiter and decimal are both ","'),
        ({"excel": True, "locale": "de_DE", "delimiter": ","}, 'lists: delimiter and decimal are both ","'),
        ({"locale": "de_DE"}, "lists: locale is for lists.excel: true"),
        ({"excel": True, "locale": "xx_YY"}, 'lists: the locale "xx_YY" is not known'),
        ({"delimiter": "."}, "lists.delimiter: input should be"),
        ({"decimal": "'"}, "lists.decimal: input should be"),
    ],
)
def test_marks_that_contradict_each_other_are_refused(tmp_path, lists, said):
    with pytest.raises(ConfigError) as refused:
        make_config({**settings(tmp_path), "lists": lists})
    assert said in str(refused.value)
    assert refused.value.exit_code == 2


@pytest.mark.parametrize(
    "left", [".at_risk-2024-03-01.old-4242", ".overdue-2024-03-01.draft", ".at_risk-2024-03-01.old"]
)
def test_what_a_killed_list_left_is_no_earlier_list(copied, left):
    home = copied.config.outputs / "shop" / "issued"
    first = make_list(copied, "at_risk")
    before = {p.name: p.read_bytes() for p in first.folder.iterdir()}
    import shutil

    shutil.copytree(first.folder, home / left)
    assert [r["folder"].name for r in issued_lists(home)] == ["at_risk-2024-03-01"]
    again = make_list(copied, "at_risk")
    assert {p.name: p.read_bytes() for p in again.folder.iterdir()} == before
    assert again.record["account"]["suppressed"].get("contacted recently", 0) == 0
    assert again.record["account"]["listed"] == first.record["account"]["listed"] > 0
    assert sorted(p.name for p in home.iterdir()) == ["at_risk-2024-03-01"]


def test_a_list_that_was_moved_away_and_not_replaced_still_holds_its_customers_back(copied):
    first = make_list(copied, "at_risk")
    first.folder.rename(first.folder.with_name(".at_risk-2024-03-01.old"))
    second = make_list(copied, "overdue")
    listed = set(first.decision.contact["customer_id"])
    assert not set(second.decision.contact["customer_id"]) & listed
    assert [r["folder"].name for r in issued_lists(first.folder.parent)] == ["at_risk-2024-03-01", "overdue-2024-03-01"]
    with pytest.raises(NotFoundError, match=r'no list "\.at_risk-2024-03-01\.old"'):
        effect_of_list(copied, ".at_risk-2024-03-01.old")


def test_hidden_and_foreign_folders_are_no_scores(copied):
    home = copied.config.outputs / "shop"
    config = copied.config.model_copy(update={"as_of": "end_of_data"})
    for name in (".2024-03-08.draft", "2024-99-99", "2025-1-01x", "20240401"):
        (home / name).mkdir()
    assert output_folder(config) == home / "2024-03-01"
    assert status_of(config)["tasks"][0]["done"] == "2024-03-01"
    (home / "2024-03-01").rename(home / ".2024-03-01.old")
    assert output_folder(config) == home / "2024-03-01"


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_one_error_and_the_old_list_stays(copied, monkeypatch, number):
    first = make_list(copied, "at_risk")
    before = {p.name: p.read_bytes() for p in first.folder.iterdir()}

    def full(*_, **__) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("holdfast.pipeline.listing.write_parquet", full)
    with pytest.raises(StorageError, match="Make room"):
        make_list(copied, "at_risk", capacity=3)
    assert {p.name: p.read_bytes() for p in first.folder.iterdir()} == before
    assert sorted(p.name for p in first.folder.parent.iterdir()) == ["at_risk-2024-03-01"]


@pytest.fixture
def scenario(done, purchases, tmp_path) -> Path:
    purchases.to_csv(tmp_path / "p.csv", index=False)
    given = settings(tmp_path, purchases__path="p.csv", models=str(done.config.models), trees__rounds=3)
    (tmp_path / "shop.yaml").write_text(yaml.safe_dump({**given, "race": SMALL}), encoding="utf-8")
    return tmp_path / "shop.yaml"


def test_file_trouble_has_its_exit_code(scenario):
    (scenario.parent / "outputs").write_text("a file")
    code, said = command("score", "-c", str(scenario))
    assert (code, "A file stands where a folder is needed" in said) == (7, True), said
    code, said = command("train", "-c", str(scenario), "--set", f"models={scenario}")
    assert (code, "shop.yaml: not a directory" in said) == (7, True), said


def test_what_cannot_be_read_has_its_exit_code_and_names_the_file(scenario, monkeypatch):
    monkeypatch.delenv("HOLDFAST_DEBUG", raising=False)

    def refuse(path: Path, *_, **__) -> None:
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr("holdfast.pipeline.written.pd.read_parquet", refuse)
    outputs = scenario.parent / "outputs" / "shop" / "2024-03-01"
    (outputs / "lists").mkdir(parents=True)
    (outputs / "lists" / "at_risk.parquet").touch()
    code, said = command("list", "at-risk", "-c", str(scenario))
    assert code == 7
    assert said.splitlines()[-1].endswith(
        "at_risk.parquet: permission denied. Ask for the right to it, or name another place."
    )


def test_a_sheet_that_cannot_hold_all_rows_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("holdfast.lists.workbook._SHEET_ROWS", 2)
    with pytest.raises(ConfigError, match="A sheet holds 2 rows, and these are 3"):
        write_table(tmp_path / "a.xlsx", TABLE)


def test_a_sheet_holds_text_as_text(tmp_path):
    ids = ["=1+1", "007", "+491701234", "@x"]
    write_table(tmp_path / "x.xlsx", pd.DataFrame({"customer_id": ids, "day": [date(2024, 1, 2)] * 4}))
    inside = zipfile.ZipFile(tmp_path / "x.xlsx")
    sheet = inside.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    words = re.findall(r"<t>(.*?)</t>", inside.read("xl/sharedStrings.xml").decode())
    assert words == ["customer_id", "day", "=1+1", "007", "+491701234", "@x"]
    # Days are numbers, counted from 1899-12-30, in cells of a format: they sort and filter as days.
    assert re.findall(r'<c r="(B\d)" s="3"><v>(\d+)</v>', sheet) == [(f"B{row}", "45293") for row in range(2, 6)]
    # Cells that would run are marked as text (format 2), so that editing one does not run it either.
    assert 'quotePrefix="1"' in inside.read("xl/styles.xml").decode()
    assert re.findall(r'<c r="(\w+)" s="2" t="s">', sheet) == ["A2", "A5"]
    assert [p.name for p in tmp_path.iterdir()] == ["x.xlsx"]


def test_outputs_that_cannot_be_written_are_refused_before_the_work_and_nothing_stays_of_the_try(tmp_path):
    config = make_config({**settings(tmp_path), "outputs": str(tmp_path / "new" / "outputs")})
    refuse_no_room(config)
    assert list(tmp_path.iterdir()) == []
    (tmp_path / "file").write_text("a file where a folder is needed", encoding="utf-8")
    with pytest.raises(StorageError, match="file"):
        refuse_no_room(config.model_copy(update={"outputs": tmp_path / "file" / "outputs"}))
