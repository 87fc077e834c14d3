"""Forget: nothing of a customer is left anywhere, and they do not come back; subject access says what is held."""

import json
import sqlite3
import sys
import zipfile
from contextlib import closing
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
import pytest
import yaml

from holdfast.cli import main
from holdfast.config import make_config
from holdfast.data import simulate_contracts
from holdfast.data.erased import pseudonym
from holdfast.errors import ConfigError, NotFoundError, StorageError
from holdfast.pipeline import (
    expired,
    forget,
    make_list,
    monitor,
    prepare,
    score,
    segment,
    subject_access,
    train,
    value,
)
from holdfast.report.monitor import forgotten
from tests.conftest import settings
from tests.pipeline.contracts import config as contracts_config

CANARY, OTHER = "canary-7f3a", "=canary+9b1c"
WORDS = (CANARY, OTHER.lstrip("="))
TODAY = "2024-03-03"


def hits(folder: Path, words=WORDS) -> list[str]:
    """Every file below a folder that holds one of the words: in its bytes, in Parquet's cells, in a zip, in SQLite."""
    found = []
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        texts = [path.read_bytes(), str(path).encode()]
        if path.suffix == ".parquet":
            texts.append(pq.read_table(path).to_pandas().to_csv().encode())
        elif path.suffix == ".xlsx":
            with zipfile.ZipFile(path) as book:
                texts += [book.read(name) for name in book.namelist()]
        elif path.suffix == ".db":
            with closing(sqlite3.connect(path)) as connection:
                texts.append("\n".join(connection.iterdump()).encode())
        found += [str(path.relative_to(folder)) for word in words if any(word.encode() in text for text in texts)]
    return found


def with_canaries(shop, folder):
    purchases = shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"].astype({"customer_id": "str"})
    counts = purchases["customer_id"].value_counts()
    # Two who are on lists: the best buyer, and one with an id that a spreadsheet would run.
    names = {counts.index[0]: CANARY, counts.index[5]: OTHER}
    purchases["customer_id"] = purchases["customer_id"].replace(names)
    purchases.loc[purchases.index[-1], "amount"] = 10.0
    purchases.to_csv(folder / "p.csv", index=False)
    return purchases


@pytest.fixture(scope="module")
def everywhere(shop, tmp_path_factory):
    """A shop in which two customers stand in everything that Holdfast writes."""
    folder = tmp_path_factory.mktemp("forget")
    with_canaries(shop, folder)
    broken = f"{CANARY},2024-01-05,not a number {CANARY},999\n"
    with (folder / "p.csv").open("a") as file:
        file.write(broken)
    changes = {
        "lists": {"control_share": 0.0},
        "suppress": {"contacted_within_days": 0},
        "database__path": str(folder / "scores.db"),
    }
    given = make_config(settings(folder, purchases__path=str(folder / "p.csv"), **changes))
    (folder / "shop.yaml").write_text(yaml.safe_dump(json.loads(given.model_dump_json(exclude_unset=True))))
    read = prepare(given)
    train(read)
    score(read)
    for form in ("csv", "xlsx", "json", "parquet"):
        read_list = {"csv": "at_risk", "xlsx": "high_value", "json": "overdue", "parquet": "win_back"}[form]
        make_list(read, read_list, form=form, today=TODAY)
    segment(given)
    value(read)
    monitor(read, today=TODAY)
    return folder, given


def test_nothing_of_a_customer_is_left_anywhere_and_they_do_not_come_back(everywhere):
    folder, given = everywhere
    outputs, home = folder / "outputs", folder / "outputs" / "shop"
    before = hits(outputs) + hits(folder, ("canary",))
    assert {Path(p).suffix for p in before} >= {".parquet", ".csv", ".xlsx", ".html", ".db"}
    assert any(p.endswith("rejects.csv") for p in before)
    others = pd.read_parquet(home / "2024-03-01" / "scores.parquet").query("customer_id not in [@CANARY, @OTHER]")
    csv = (home / "2024-03-01" / "lists" / "high_value.csv").read_text().splitlines()

    steps: list[str] = []
    done = forget(given, [CANARY, OTHER], today=TODAY, say=steps.append)

    assert hits(outputs) == []
    # A line for each kind of output, however many files there are; the files are in the account.
    kinds = done.kinds()
    assert {"scores", "lists", "issued"} <= set(kinds)
    assert steps == [*(f"looking at {kind}" for kind in done.looked), steps[-1]]
    assert sum(one["rows"] for one in kinds.values()) == sum(done.removed.values()) == done.rows
    assert sum(one["files"] for one in kinds.values()) == len(done.removed) == done.files
    assert done.removed["2024-03-01/scores.parquet"] == 2
    said = forgotten(done.as_dict())
    lists = kinds["lists"]
    assert f"    lists: {lists['rows']} rows from {lists['files']} of {lists['looked']} files\n" in said
    assert "scores.parquet" not in said
    assert "    2024-03-01/scores.parquet: 2 rows\n" in forgotten(done.as_dict(), each=True)
    assert hits(folder / "models") == []
    with closing(sqlite3.connect(folder / "scores.db")) as database:
        database.execute("VACUUM")
    assert hits(folder, ("canary",)) == ["p.csv"], "the user's own file"
    assert (done.customers, done.new) == (2, 2)
    assert done.rows > 10
    assert done.database >= 4
    assert [m["as_of"] for m in done.models] == ["2024-03-01"]
    assert {"champion", "challenger"} == set(done.models[0]["aliases"])
    # Everybody else is as before, to the byte.
    after = pd.read_parquet(home / "2024-03-01" / "scores.parquet")
    pd.testing.assert_frame_equal(after, others.reset_index(drop=True))
    kept = (home / "2024-03-01" / "lists" / "high_value.csv").read_text().splitlines()
    assert kept == [line for line in csv if "canary" not in line]
    for path in home.glob("issued/*/record.json"):
        record = json.loads(path.read_text())
        listed = {"csv": 1}.get(record["file"].rpartition(".")[2])
        if listed:
            assert len(pd.read_csv(path.parent / record["file"])) <= record["account"]["listed"]

    again = prepare(given)
    assert again.account["dropped"]["erased"] > 5
    assert "erased" not in again.account["lost"]["amounts"]
    assert "erased" not in again.account["lost"]["customers"]
    assert "of erased customers left out" in again.said()
    assert again.account["rejected"] == {}
    score(again)
    make_list(again, "at_risk", today=TODAY)
    segment(given)
    assert hits(outputs) == []


def test_the_same_again_changes_nothing(everywhere):
    folder, given = everywhere
    forget(given, [CANARY, OTHER], today=TODAY)
    files = {p: p.read_bytes() for p in (folder / "outputs").rglob("*") if p.is_file() and p.name != ".lock"}
    done = forget(given, [OTHER, f"  {CANARY} "], today="2024-04-01")
    assert (done.new, done.rows, done.files) == (0, 0, 0)
    assert {p: p.read_bytes() for p in files} == files


def test_the_tombstone_holds_no_id_and_needs_its_key(everywhere, monkeypatch):
    folder, given = everywhere
    forget(given, [CANARY, OTHER], today=TODAY)
    home = folder / "outputs" / "shop" / "privacy"
    assert (home / "key").stat().st_mode & 0o777 == 0o600
    assert list(json.loads((home / "tombstones.json").read_text())) == ["check", "erased"]
    key = (home / "key").read_text()
    (home / "key").unlink()
    try:
        for what in (lambda: prepare(given), lambda: forget(given, ["somebody"])):
            with pytest.raises(ConfigError, match="without it nobody can tell who was erased"):
                what()
        monkeypatch.setenv("HOLDFAST_PRIVACY_KEY", "another key of enough characters")
        with pytest.raises(ConfigError, match="is not the one that customers were erased with"):
            prepare(given)
        monkeypatch.setenv("HOLDFAST_PRIVACY_KEY", key)
        assert prepare(given).account["dropped"]["erased"] > 5
    finally:
        (home / "key").write_text(key)
    monkeypatch.delenv("HOLDFAST_PRIVACY_KEY")
    stones = (home / "tombstones.json").read_bytes()
    (home / "tombstones.json").write_text("{")
    with pytest.raises(StorageError, match="is damaged, so nobody can tell who was erased"):
        prepare(given)
    (home / "tombstones.json").write_bytes(stones)


def test_what_was_read_before_is_not_written_after(shop, tmp_path):
    with_canaries(shop, tmp_path)
    given = make_config(settings(tmp_path, purchases__path=str(tmp_path / "p.csv")))
    read = prepare(given)
    train(read)
    score(read)
    forget(given, [CANARY], today=TODAY)
    for write in (lambda: score(read), lambda: make_list(read, "at_risk", today=TODAY)):
        with pytest.raises(StorageError, match="Customers were erased while this command ran"):
            write()
    assert CANARY not in set(pd.read_parquet(read.folder / "scores.parquet")["customer_id"])


def test_subject_access_collects_everything_of_one_customer(shop, tmp_path):
    purchases = with_canaries(shop, tmp_path)
    given = make_config(settings(tmp_path, purchases__path=str(tmp_path / "p.csv")))
    read = prepare(given)
    train(read)
    score(read)
    make_list(read, "high_value", form="xlsx", today=TODAY)
    held = subject_access(read, CANARY)
    own = purchases[purchases["customer_id"] == CANARY]
    bought = [row["day"] for row in held["tables"]["purchases"]]
    assert sorted(bought) == sorted(str(moment)[:10] for moment in own["ordered_at"])
    assert {Path(p).suffix for p in held["outputs"]} >= {".parquet", ".csv", ".xlsx"}
    assert held["outputs"]["2024-03-01/scores.parquet"][0]["customer_id"] == CANARY
    assert OTHER not in json.dumps(held)
    # An id that a spreadsheet would run stands in a CSV behind an apostrophe.
    assert any(p.endswith(".csv") for p in subject_access(read, OTHER)["outputs"])
    forget(given, [CANARY], today=TODAY)
    with pytest.raises(NotFoundError) as refused:
        subject_access(prepare(given), CANARY)
    assert CANARY not in str(refused.value)


def test_merged_accounts_go_together(shop, tmp_path):
    purchases = with_canaries(shop, tmp_path)
    given = make_config(settings(tmp_path, privacy={"keep_days": 400}, tables__id_map__path=str(tmp_path / "m.csv")))
    (tmp_path / "m.csv").write_text(f"old_id,new_id\nold-{CANARY},{CANARY}\n")
    half = purchases["customer_id"].eq(CANARY) & (purchases.index % 2 == 0)
    purchases.loc[half, "customer_id"] = f"old-{CANARY}"
    forget(given, [CANARY], today=TODAY)
    # Without the map too: each account has its own tombstone.
    for config in (given, make_config(settings(tmp_path))):
        read = prepare(config, purchases=purchases)
        assert read.account["dropped"]["erased"] == (purchases["customer_id"].str.contains("canary-")).sum()


def test_customers_silent_for_too_long_are_expired(shop, tmp_path):
    given = make_config(settings(tmp_path, privacy={"keep_days": 400}))
    read = prepare(given, purchases=shop.purchases)
    last = pd.to_datetime(shop.purchases["ordered_at"]).groupby(shop.purchases["customer_id"].astype(str)).max()
    asked = pd.Timestamp("2024-12-01")
    gone = last[(asked - last.dt.normalize()).dt.days > 400].index
    assert len(gone) > 5
    assert expired(read, "2024-12-01") == sorted(gone)
    with pytest.raises(ConfigError, match="keep_days is not set"):
        expired(prepare(make_config(settings(tmp_path)), purchases=shop.purchases))


def test_contracts_are_forgotten_too(tmp_path):
    spells = simulate_contracts(600, seed=3).spells.replace({"customer_id": {"C00007": CANARY, "C00008": OTHER}})
    given = contracts_config(tmp_path, "spells")
    read = prepare(given, subscriptions=spells)
    assert subject_access(read, CANARY)["tables"]["subscriptions"]
    train(read)
    score(read)
    forget(given, [CANARY, OTHER], today=TODAY)
    assert hits(tmp_path) == []
    again = prepare(given, subscriptions=spells)
    assert again.account["erased"] == spells["customer_id"].isin([CANARY, OTHER]).sum()
    assert again.account["rows_in"] == len(spells)
    score(again)
    assert hits(tmp_path) == []


def test_the_command_takes_ids_from_a_file_or_stdin_and_prints_none(everywhere, capsys, monkeypatch):
    folder, _ = everywhere
    (folder / "who.txt").write_text(f"{CANARY}\n\n{OTHER}\n")

    def run(*words):
        monkeypatch.setattr(sys, "argv", ["holdfast", *words, "-c", str(folder / "shop.yaml")])
        with pytest.raises(SystemExit) as stop:
            main()
        return stop.value.code, capsys.readouterr()

    code, said = run("forget", "--from", str(folder / "who.txt"))
    (folder / "who.txt").unlink()
    assert code == 0
    assert "Forgotten: 2 customers" in said.out
    assert "canary" not in said.out + said.err
    assert run("forget")[0] == 2
    assert run("forget", "--expired")[0] == 2
    code, said = run("subject-access", CANARY)
    assert code == 5
    assert "canary" not in said.out + said.err


def test_a_list_to_hand_on_may_hold_pseudonyms_and_they_are_forgotten_too(shop, tmp_path):
    with_canaries(shop, tmp_path)
    given = make_config(
        settings(tmp_path, purchases__path=str(tmp_path / "p.csv"), lists={"control_share": 0.0}, suppress={})
    )
    read = prepare(given)
    train(read)
    score(read)
    issued = make_list(read, "high_value", today=TODAY, pseudonyms=True)
    key = (tmp_path / "outputs" / "shop" / "privacy" / "key").read_text().strip().encode()
    listed = pd.read_csv(issued.file)
    decided = pd.read_parquet(issued.folder / "decisions.parquet")
    ids = decided.loc[decided["status"] == "listed", "customer_id"]
    assert set(listed["customer_id"]) == {pseudonym(key, own) for own in ids}
    assert CANARY in set(ids)
    assert hits(issued.folder) == ["decisions.parquet"] * 2
    assert issued.file.name in "".join(subject_access(read, CANARY)["outputs"])
    forget(given, [CANARY], today=TODAY)
    after = pd.read_csv(issued.file)
    assert set(listed["customer_id"]) - set(after["customer_id"]) == {pseudonym(key, CANARY)}


def test_a_pseudonym_needs_its_key():
    assert pseudonym(b"a" * 16, CANARY) == pseudonym(b"a" * 16, CANARY) != pseudonym(b"b" * 16, CANARY)
