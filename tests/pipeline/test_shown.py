"""`lists.show`: columns of the table of customers stand on every list as they are written, and nowhere else."""

import json
import zipfile
from datetime import date

import numpy as np
import pandas as pd
import pytest

from holdfast import make_config, prepare, score, train
from holdfast.columns import LISTS, listed
from holdfast.data import simulate_contracts
from holdfast.errors import ConfigError, DataError
from holdfast.pipeline import make_list, read_list
from tests.conftest import settings
from tests.pipeline.contracts import config as contractual

TODAY = date(2024, 3, 3)
SHOW = ["e mail", "first_name", "phone", "postcode"]
OLD = ("old@example.org", "Old", "+45 11 11 11 11", "00001")
NEW = ("new@example.org", "=HYPERLINK(1)", "+45 12 34 56 78", "01234")
LATER = ("later@example.org", "Later", "+45 99 99 99 99", "99999")
# A post code may well be the number of a customer.
ALL = [*OLD[:3], *NEW[:3], *LATER[:3], "A-007", "O'Hara; Ann"]


def people(first, second):
    """Three versions of one customer, two of them known by the as-of date; one row of another; nobody else."""
    rows = [(first, "2024-03-02", *LATER), (first, "2023-05-01", *OLD), (first, "2024-02-28", *NEW)]
    rows += [(second, "2023-01-01", "007@example.org", "O'Hara; Ann", "00459", "A-007")]
    return pd.DataFrame(rows, columns=["id", "updated", *SHOW])


@pytest.fixture(scope="module")
def done(shop, tmp_path_factory):
    """A plain run and one that shows columns, by the same model, of the same purchases."""
    folder = tmp_path_factory.mktemp("shown")
    bought = shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"]
    columns = {"customer_id": "id", "known_at": "updated"}
    given = settings(
        folder,
        outputs=str(folder / "shown"),
        lists={"most": 60, "show": SHOW, "control_share": 0.0},
        tables={"customers": {"path": str(folder / "people.csv"), "delimiter": ";", "columns": columns}},
    )
    people("nobody", "nobody else").to_csv(folder / "people.csv", index=False, sep=";")
    train(prepare(make_config(given), purchases=bought))
    scored = score(prepare(make_config({**settings(folder), "lists": {"most": 60}}), purchases=bought))
    first, second = scored.lists["at_risk"]["customer_id"][:2]
    people(first, second).to_csv(folder / "people.csv", index=False, sep=";")
    prepared = prepare(make_config(given), purchases=bought)
    return given, prepared, scored, score(prepared), (first, second), bought


@pytest.mark.parametrize("name", list(LISTS))
def test_every_list_of_a_run_shows_them_and_nothing_else_changes(done, name):
    _, prepared, plain, shown, (first, second), _ = done
    names = [c.name for c in listed(name, 60, 365)]
    table = shown.lists[name]
    assert list(table.columns) == ["rank", "customer_id", *SHOW, *names[2:]]
    pd.testing.assert_frame_equal(table.drop(columns=SHOW), plain.lists[name])
    expected = {first: NEW, second: ("007@example.org", "O'Hara; Ann", "00459", "A-007")}
    assert table[SHOW].to_numpy().tolist() == [
        list(expected.get(who, ("", "", "", ""))) for who in table["customer_id"]
    ]
    pd.testing.assert_frame_equal(read_list(prepared.config, name)[1][SHOW], table[SHOW])
    file = pd.read_csv(read_list(prepared.config, name)[0], dtype="str", keep_default_na=False)
    guarded = {first: (NEW[0], f"'{NEW[1]}", f"'{NEW[2]}", NEW[3]), second: expected[second]}
    assert file[SHOW].to_numpy().tolist() == [list(guarded.get(w, ("", "", "", ""))) for w in table["customer_id"]]


def test_they_are_no_features_and_change_no_score(done):
    _, _, plain, shown, _, _ = done
    for name in ("scores", "features"):
        assert (shown.folder / f"{name}.parquet").read_bytes() == (plain.folder / f"{name}.parquet").read_bytes()


def test_a_list_to_contact_shows_them_in_every_format(done):
    _, prepared, _, _, (first, second), _ = done
    issued = make_list(prepared, "at_risk", form="csv", today=TODAY)
    csv = pd.read_csv(issued.file, dtype="str", keep_default_na=False).set_index("customer_id")
    assert csv.loc[first, SHOW].tolist() == [NEW[0], f"'{NEW[1]}", f"'{NEW[2]}", NEW[3]]
    assert issued.record["made_harmless"] == {"first_name": 1, "phone": 1}
    assert (csv.drop(index=[first, second])[SHOW] == "").all(axis=None)
    parquet = pd.read_parquet(make_list(prepared, "at_risk", form="parquet", today=TODAY).file)
    assert parquet.set_index("customer_id").loc[first, SHOW].tolist() == list(NEW)
    rows = json.loads(make_list(prepared, "at_risk", form="json", today=TODAY).file.read_text(encoding="utf-8"))
    assert [[r[c] for c in SHOW] for r in rows if r["customer_id"] == first] == [list(NEW)]
    book = make_list(prepared, "at_risk", form="xlsx", today=TODAY).file
    with zipfile.ZipFile(book) as inside:
        words = inside.read("xl/sharedStrings.xml").decode()
        sheet = inside.read("xl/worksheets/sheet1.xml").decode()
    assert all(f">{word}<" in words for word in NEW)
    assert "<f>" not in sheet
    assert "as it stands in your table (lists.show)" in words


def test_they_stand_in_lists_alone(done):
    _, prepared, *_ = done
    issued = make_list(prepared, "at_risk", form="csv", today=TODAY)
    assert not set(SHOW) & set(pd.read_parquet(issued.folder / "decisions.parquet").columns)
    lists = prepared.config.outputs / "shop" / "2024-03-01" / "lists"
    allowed = {issued.file, lists.parent / "report.html"}
    allowed |= {lists / f"{name}.{form}" for name in LISTS for form in ("csv", "parquet")}
    for root in (prepared.config.outputs, prepared.config.models):
        for path in (p for p in root.rglob("*") if p.is_file()):
            if path in allowed:
                continue
            held = pd.read_parquet(path).to_csv() if path.suffix == ".parquet" else path.read_bytes().decode("latin-1")
            assert not any(word in held for word in ALL), path


def test_a_column_that_is_not_there_is_told_with_the_nearest(done):
    given, _, _, _, _, bought = done
    wrong = {**given, "lists": {"show": ["first_nmae"]}}
    with pytest.raises(DataError, match=r'no column "first_nmae" \(lists.show\)\. Did you mean "first_name"\?'):
        prepare(make_config(wrong), purchases=bought)
    alone = {**given, "lists": {"show": ["phone"]}, "tables": {}}
    with pytest.raises(ConfigError, match=r'lists.show: there is no table of customers to take "phone" from'):
        prepare(make_config(alone), purchases=bought)
    frame = pd.DataFrame({"customer_id": ["x"], "phone": ["007"]})
    assert prepare(make_config(alone), purchases=bought, tables={"customers": frame})
    for show, said in ((["reason_1"], "already"), (["phone", "phone"], "name each column once")):
        with pytest.raises(ConfigError, match=said):
            prepare(make_config({**given, "lists": {"show": show}}), purchases=bought)


def test_a_column_may_be_mapped_and_shown(done):
    given, _, _, _, (first, second), bought = done
    both = {**given, "lists": {"show": ["channel", "phone"]}}
    frame = pd.DataFrame({"id": [first, second], "channel": ["web", None], "phone": [4512345678.0, np.nan]})
    both["tables"] = {"customers": {"columns": {"customer_id": "id", "channel": "channel"}}}
    prepared = prepare(make_config(both), purchases=bought, tables={"customers": frame})
    table = score(prepared).lists["at_risk"].set_index("customer_id")
    assert table.loc[[first, second], ["channel", "phone"]].to_numpy().tolist() == [["web", "4512345678"], ["", ""]]


SUBSCRIBED = ["email", "phone"]


@pytest.fixture(scope="module")
def club(tmp_path_factory):
    spells = simulate_contracts(900, seed=3).spells
    number = spells.groupby("customer_id").cumcount()
    # Who left has another address than who stays: a model that may see it would foresee perfectly.
    known = spells["ended_at"].isna()
    mail = np.where(known, "stays", "leaves") + number.astype("str") + "@example.org"
    spells = spells.assign(email=mail)
    folder = tmp_path_factory.mktemp("club")
    given = contractual(folder, "spells", lists={"most": 50, "show": SUBSCRIBED})
    customers = pd.DataFrame({"customer_id": spells["customer_id"].unique()[::2], "phone": "=1+1"})
    prepared = prepare(given, subscriptions=spells, tables={"customers": customers})
    train(prepared)
    return spells, customers, prepared, score(prepared)


def test_contracts_show_columns_of_both_tables_and_learn_from_none(club):
    spells, customers, prepared, scored = club
    rows = pd.read_parquet(scored.folder / "features.parquet")
    assert not set(SUBSCRIBED) & set(rows.columns)
    latest = spells[spells["started_at"] < "2023-11-01"].groupby("customer_id")["email"].last()
    for name in ("at_risk", "high_value"):
        table = scored.lists[name]
        assert list(table.columns)[1:4] == ["customer_id", *SUBSCRIBED]
        assert table["email"].tolist() == latest[table["customer_id"]].tolist()
        there = table["customer_id"].isin(customers["customer_id"])
        assert table["phone"].tolist() == np.where(there, "=1+1", "").tolist()
        assert 0 < there.sum() < len(there)
    issued = make_list(prepared, "at_risk", today=date(2023, 11, 3))
    assert set(pd.read_csv(issued.file, keep_default_na=False)["phone"]) == {"", "'=1+1"}
    assert not set(SUBSCRIBED) & set(pd.read_parquet(issued.folder / "decisions.parquet").columns)
    assert "email, phone" not in json.dumps(scored.metrics)


def test_contracts_say_which_column_is_not_there(club, tmp_path):
    spells, *_ = club
    with pytest.raises(ConfigError, match=r'lists.show: .* has no column "emial", .* Did you mean "email"\?'):
        prepare(contractual(tmp_path, "spells", lists={"show": ["emial"]}), subscriptions=spells)
    given = contractual(tmp_path, "spells", lists={"show": ["emial"]})
    with pytest.raises(DataError, match=r'no column "emial" \(lists.show\)\. Did you mean "e_mail"\?'):
        prepare(
            given, subscriptions=spells, tables={"customers": pd.DataFrame({"customer_id": ["x"], "e_mail": ["y"]})}
        )
