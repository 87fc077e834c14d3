"""Lists end to end on a small shop: formats, limits, records, earlier lists, overdue scores, and status."""

import html
import json
import re
import shutil
import zipfile
from dataclasses import replace
from datetime import date

import pandas as pd
import pytest

from holdfast import make_config, prepare, score, train
from holdfast.churn import LAPSED
from holdfast.churn.returners import Returners
from holdfast.columns import CONTACT, LISTS, listed, over
from holdfast.errors import ConfigError, NotFoundError
from holdfast.lists.workbook import read_sheets
from holdfast.pipeline import make_list, status_of
from holdfast.report import decisions as text
from holdfast.track import Store, load_bundle
from tests.conftest import settings
from tests.sentences import faults

TODAY = date(2024, 3, 3)
OFFERS = [
    {"name": "voucher", "contact_cost": 0.5, "offer_cost": 3.0, "acceptance": 0.3},
    {"name": "letter", "contact_cost": 0.9, "acceptance": 0.1, "lists": ["win_back"]},
]


@pytest.fixture(scope="module")
def shop_done(shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("lists")
    given = {**settings(folder), "treatments": OFFERS, "lists": {"most": 200}}
    prepared = prepare(make_config(given), purchases=shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"])
    train(prepared)
    return prepared, score(prepared)


@pytest.mark.parametrize("name", list(LISTS))
def test_every_list_reconciles_and_shows_its_columns(shop_done, name):
    prepared, scored = shop_done
    table = scored.lists[name]
    columns = [c.name for c in listed(name, 60, 365)]
    assert list(table.columns) == columns
    issued = make_list(prepared, name, today=TODAY)
    assert list(issued.decision.contact.columns) == columns + [c.name for c in CONTACT]
    account = issued.record["account"]
    said = account["listed"] + account["control"] + sum(account["suppressed"].values())
    assert account["in"] == len(table) == said + account["not_worth_contacting"] + account["beyond_budget_or_capacity"]
    assert issued.record["warnings"] == []
    features = pd.read_parquet(scored.folder / "features.parquet").set_index("customer_id")
    own = features.loc[table["customer_id"]]
    eligible = scored.scores.set_index("customer_id").loc[table["customer_id"], "eligible"]
    if name in ("at_risk", "second_order", "overdue"):
        assert eligible.all()
    if name == "second_order":
        assert (own["purchase_days"] == 1).all()
        assert set(table["confidence"]) == {"low"}
        near, far = table["p_second_30d"], table["p_second_180d"]
        assert (near < far).all()
        assert (table["p_second_60d"] - (1 - table["p_churn_60d"])).abs().max() < 1e-9
        assert table["in_best_window"].is_monotonic_decreasing
    if name == "win_back":
        # Lapsed, or gone by their own rhythm.
        by_rhythm = (table["silent_days"].to_numpy() > 3 * own["gap_max"]) & (own["purchase_days"] >= 3)
        assert (eligible == (by_rhythm & (table["p_churn_60d"].to_numpy() >= 0.8) & eligible)).all()
        assert 0 < eligible.sum() < len(eligible)
        assert (table.loc[~eligible.to_numpy(), "silent_days"] > 120).all()
    if name == "overdue":
        assert (table["silent_days"] > table["longest_gap_days"]).all()
        assert (own["purchase_days"] >= 3).all()
    expected = table.loc[table["next_purchase_expected"] != "", "next_purchase_expected"]
    assert len(expected) or name in ("second_order", "win_back")
    alive = scored.scores.set_index("customer_id").loc[table["customer_id"], "p_alive"].to_numpy() >= 0.5
    assert alive[expected.index].all()
    assert expected.between("2024-03-02", "2024-06-29").all()


def test_a_list_for_people_is_rounded_and_parquet_is_not(shop_done):
    prepared, _ = shop_done

    def made(form):
        return make_list(prepared, "at_risk", form=form, capacity=20, today=TODAY).file

    shown, exact = pd.read_csv(made("csv")), pd.read_parquet(made("parquet"))
    with zipfile.ZipFile(made("xlsx")) as inside:
        sheet = inside.read("xl/worksheets/sheet1.xml").decode()
    p, money = [c for c in exact if c.startswith("p_churn")], [c for c in exact if c.startswith("value_")]
    assert (len(p), len(money)) == (1, 2)
    pd.testing.assert_frame_equal(shown[p], exact[p].round(3))
    pd.testing.assert_frame_equal(shown[money], exact[money].round(2))
    assert (exact[money] != exact[money].round(2)).all(axis=None)
    numbers = {float(v) for v in re.findall(r'<c r="[A-Z]+[0-9]+"[^>]*><v>([^<]+)</v>', sheet)}
    assert numbers >= set(exact[money].round(2).to_numpy().ravel())
    assert not numbers & set(exact[money].to_numpy().ravel())


def test_every_reason_can_be_said(shop_done):
    _, scored = shop_done
    said = {r for table in scored.lists.values() for r in table.filter(like="reason_").to_numpy().ravel() if r}
    assert len(said) > 100
    assert {sentence: faults(sentence) for sentence in said if faults(sentence)} == {}


@pytest.mark.parametrize("name", list(LISTS))
def test_a_workbook_explains_every_column_and_the_terms_of_the_list(shop_done, name):
    prepared, _ = shop_done
    issued = make_list(prepared, name, form="xlsx", budget=90.5, capacity=20, today=TODAY)
    about = cells(issued.file, 2)
    terms, columns = about[: about.index([])], about[about.index([]) + 2 :]
    assert dict(terms) == {
        "list": f"{name}: {LISTS[name]}",
        "as of": "2024-03-01: scores use what was known before this day",
        "contact until": "2024-03-15; after it, make a new list",
        "limits": "90.50 to spend and 20 customers",
        "treatments": "voucher, letter",
        "held back": "10% at random, to measure what the list changes",
        "experiment": f"shop/{name}",
        "not known": "what a contact changes, until it is measured: holdfast experiment list",
        "model": issued.record["model_version"],
    }
    names = list(issued.decision.contact.columns)
    assert [c[3] for c in columns] == names
    assert [c[0] for c in columns] == [over(name) for name in names]
    assert "risk of leaving, 60 days" in [c[0] for c in columns]
    assert all(len(c) == 4 and len(c[2]) > 2 for c in columns)
    assert ["rank", "", "1 is expected to earn most", "rank"] in columns
    # What is written for people is read back by the names of its columns.
    assert list(read_sheets(issued.file)[0]) == names
    profits = issued.decision.contact["expected_profit"]
    assert profits.is_monotonic_decreasing


def cells(book, number):
    """The words of a sheet of words, row by row."""
    with zipfile.ZipFile(book) as inside:
        shared = re.findall(r"<si><t[^>]*>(.*?)</t></si>", inside.read("xl/sharedStrings.xml").decode())
        rows = re.findall(r"<row [^>]*?(?:/>|>(.*?)</row>)", inside.read(f"xl/worksheets/sheet{number}.xml").decode())
    words = [html.unescape(w) for w in shared]
    found = [
        [words[int(i)] if i else "" for i in re.findall(r"<c [^>]*?(?:/>|><v>(\d+)</v></c>)", row)] for row in rows
    ]
    # A row of nothing is not written.
    return [*found[:9], [], *found[9:]]


def test_the_same_inputs_give_the_same_bytes_in_every_format(shop_done):
    prepared, _ = shop_done
    for form in ("csv", "xlsx", "parquet", "json"):
        first = make_list(prepared, "at_risk", form=form, capacity=20, today=TODAY)
        before = {p.name: p.read_bytes() for p in first.folder.iterdir()}
        again = make_list(prepared, "at_risk", form=form, capacity=20, today=TODAY)
        assert {p.name: p.read_bytes() for p in again.folder.iterdir()} == before
        assert set(before) == {f"at_risk.{form}", "decisions.parquet", "audience.csv", "record.json"}
    readers = {"csv": pd.read_csv, "parquet": pd.read_parquet, "json": pd.read_json}
    ids = []
    for form, reader in readers.items():
        made = make_list(prepared, "at_risk", form=form, capacity=20, today=TODAY)
        ids.append(reader(made.file)["customer_id"].astype(int).tolist())
    assert ids[0] == ids[1] == ids[2]
    assert 10 < len(ids[0]) <= 20


def test_limits_and_the_record(shop_done):
    prepared, _ = shop_done
    issued = make_list(prepared, "at_risk", budget=60.0, capacity=30, today=TODAY)
    contact = issued.decision.contact
    assert contact["expected_spend"].sum() <= 60
    assert len(contact) <= 30
    record = json.loads((issued.folder / "record.json").read_text())
    assert record["account"]["beyond_budget_or_capacity"] > 0
    assert record["model_version"].startswith("m-")
    assert [t["name"] for t in record["treatments"]] == ["voucher", "letter"]
    decisions = pd.read_parquet(issued.folder / "decisions.parquet")
    assert decisions["status"].value_counts()["listed"] == record["account"]["listed"]
    shown = text.issued(issued.as_dict(), issued.decision, rows=5)
    assert "customers on the list" in shown
    assert "what a contact changes is unproven until measured" in shown


def test_where_an_offer_pays_for_nobody_the_record_says_what_would(shop_done):
    prepared, _ = shop_done
    dear = {"name": "car", "contact_cost": 1.0, "offer_cost": 20_000.0, "acceptance": 0.2}
    asked = replace(prepared, config=make_config({**prepared.config.model_dump(), "treatments": [dear]}))
    record = make_list(asked, "at_risk", today=TODAY).record
    assert (record["account"]["listed"], record["account"]["control"]) == (0, 0)
    (limits,) = record["would_pay"]
    assert (limits["treatment"], limits["stated"]) == ("car", [0.2, 20_000.0])
    assert 0 < limits["offer_cost"] < 20_000
    nearly = {**dear, "offer_cost": limits["offer_cost"] * 0.999}
    asked = replace(prepared, config=make_config({**prepared.config.model_dump(), "treatments": [nearly]}))
    record = make_list(asked, "at_risk", today=TODAY).record
    assert record["account"]["not_worth_contacting"] < record["account"]["in"]
    assert "would_pay" not in record


def test_a_list_that_nobody_is_on_names_its_model_and_is_never_one_that_was_sent(shop_done, tmp_path):
    prepared, scored = shop_done
    outputs = tmp_path / "out"
    shutil.copytree(scored.folder, outputs / "shop" / scored.folder.name)
    path = outputs / "shop" / scored.folder.name / "lists" / "win_back.parquet"
    pd.read_parquet(path).head(0).to_parquet(path)
    others = [t.model_copy(update={"lists": ("at_risk",)}) for t in prepared.config.treatments]
    config = prepared.config.model_copy(update={"outputs": outputs, "treatments": others})
    alone = replace(prepared, config=config)
    made = [make_list(alone, "win_back", today=day) for day in (TODAY, date(2024, 3, 9))]
    assert [one.folder.name for one in made] == ["win_back-2024-03-01"] * 2
    assert [one.earlier for one in made] == ["", ""]
    assert made[0].record["model_version"].startswith("m-")
    shown = text.issued(made[0].as_dict(), made[0].decision, rows=5)
    assert "\nNobody is on it: among the customers scored are no lapsed customers, silent for too long" in shown
    assert "everybody on it may be contacted" not in shown
    assert "(model m-" in shown
    free = make_list(alone, "win_back", budget=20.0, today=TODAY).record["warnings"]
    assert [w for w in free if "the budget limits nobody" in w]
    assert not any("the budget limits nobody" in w for w in made[0].record["warnings"])


def test_customers_of_one_list_are_not_contacted_again_by_another(shop_done):
    prepared, _ = shop_done
    first = make_list(prepared, "at_risk", today=TODAY)
    second = make_list(prepared, "overdue", today=TODAY)
    done = first.decision.decisions
    assert not set(second.decision.contact["customer_id"]) & set(done.loc[done["status"] == "listed", "customer_id"])
    assert not set(second.decision.contact["customer_id"]) & set(done.loc[done["status"] == "control", "customer_id"])
    assert second.record["account"]["suppressed"]["contacted recently"] > 0


def test_who_bought_since_is_left_alone(shop_done, shop):
    prepared, scored = shop_done
    later = prepare(prepared.config, purchases=shop.purchases)
    issued = make_list(later, "at_risk", today=TODAY)
    since = shop.purchases[shop.purchases["ordered_at"] >= "2024-03-01"]["customer_id"]
    expected = scored.at_risk["customer_id"].isin(since).sum()
    assert issued.record["account"]["suppressed"]["bought since the scores were made"] == expected > 0
    make_list(prepared, "at_risk", today=TODAY)


def test_who_objects_or_gave_no_consent_is_scored_and_on_no_ranked_list(shop_done, shop, tmp_path):
    prepared, scored = shop_done
    ids = scored.lists["at_risk"]["customer_id"]
    everyone = pd.Series(sorted(set(shop.purchases["customer_id"])))
    on_file = pd.DataFrame({"customer_id": everyone, "consent": "1", "objection": "0"})
    on_file.loc[everyone.isin(ids[:3]), "objection"] = "1"
    on_file.loc[everyone.isin(ids[3:5]), "consent"] = "0"
    given = settings(tmp_path, tables__customers__columns={"consent": "consent", "objection": "objection"})
    most = len(ids) - 20
    given |= {"models": str(prepared.config.models), "lists": {"most": most}}
    bought = shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"]
    done = score(prepare(make_config(given), purchases=bought, tables={"customers": on_file}))
    # As long as it may be: the next take their places.
    assert done.lists["at_risk"]["customer_id"].tolist() == ids[5 : most + 5].tolist()
    assert done.lists["at_risk"]["rank"].tolist() == list(range(1, most + 1))
    kept = scored.lists["high_value"]["customer_id"]
    # The top tenth of all customers, less those who are on no list.
    assert set(kept) & set(ids[:5])
    # Which say how much those are who are on it.
    changed = ["rank", "cumulative_share"]
    pd.testing.assert_frame_equal(
        done.lists["high_value"].drop(columns=changed),
        scored.lists["high_value"][~kept.isin(ids[:5])].drop(columns=changed).reset_index(drop=True),
    )
    valued = done.lists["high_value"]
    assert valued["cumulative_share"].to_numpy() == pytest.approx(valued["share_of_total"].cumsum().to_numpy())
    assert done.customers == scored.customers
    assert any("an objection to marketing or profiling: 5 customers." in note for note in done.notes)


def test_who_was_merged_since_is_left_alone_under_either_id(shop_done, shop, tmp_path):
    prepared, scored = shop_done
    alike = prepared.config.model_copy(update={"outputs": tmp_path})
    shutil.copytree(scored.folder, tmp_path / "shop" / scored.folder.name)
    before = shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"]
    made = make_list(prepare(alike, purchases=before), "at_risk", today=TODAY).decision
    controls = made.decisions.loc[made.decisions["status"] == "control", "customer_id"]
    held = controls[controls.isin(scored.lists["overdue"]["customer_id"])].iloc[0]
    objects = made.contact["customer_id"].iloc[0]
    tables = {
        "id_map": pd.DataFrame({"old_id": [held, "old shop 7"], "new_id": ["new 1", objects]}),
        "customers": pd.DataFrame({"customer_id": ["old shop 7", "new 1"], "objection": ["1", "0"]}),
    }
    given = settings(tmp_path, outputs=str(tmp_path), tables__customers__columns={"objection": "objection"})
    later = prepare(make_config(given), purchases=before, tables=tables)
    decided = {
        name: make_list(later, name, today=TODAY).decision.decisions.set_index("customer_id")
        for name in ("overdue", "at_risk")
    }
    assert decided["at_risk"].loc[objects, "status"] == "objection to marketing"
    assert decided["overdue"].loc[held, "status"] == "control of an earlier list"


def test_a_list_says_what_earlier_lists_showed_of_its_treatments(shop_done, shop):
    prepared, _ = shop_done
    before = make_list(prepared, "at_risk", today=TODAY)
    measured = [{**OFFERS[0], "effect": "measured"}, OFFERS[1]]
    given = {**prepared.config.model_dump(exclude_unset=True), "treatments": measured}
    again = prepare(
        prepared.config.model_validate(given), purchases=shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"]
    )
    assert make_list(again, "at_risk", today=TODAY).record == before.record
    # So dear that about half of them no longer pay.
    dear = [{**measured[0], "contact_cost": float(before.decision.decisions["expected_profit"].median())}]
    tried = again.config.model_validate({**given, "treatments": dear, "lists": {"most": 200, "explore": 0.5}})
    explored = make_list(replace(again, config=tried), "at_risk", today=TODAY)
    assert explored.record["explored"] == explored.decision.explored > 0
    said = text.issued(explored.as_dict(), explored.decision, rows=1)
    assert f"{explored.decision.explored} of them drawn at random to learn whether contacts like these pay" in said
    # A list of last autumn whose voucher nobody who would have left accepted.
    past = before.folder.parent / "at_risk-2023-10-01"
    shutil.copytree(before.folder, past)
    (past / "record.json").write_text(
        json.dumps(before.record | {"as_of": "2023-10-01", "known_until": "2023-10-01", "valid_until": "2023-10-15"})
    )
    decided = pd.read_parquet(past / "decisions.parquet").assign(treatment="voucher")
    decided["status"] = ["control" if i % 3 else "listed" for i in range(len(decided))]
    decided.to_parquet(past / "decisions.parquet")
    try:
        issued = make_list(again, "at_risk", today=TODAY)
    finally:
        shutil.rmtree(past)
    (found,) = issued.record["acceptance"]
    voucher, letter = issued.record["treatments"]
    assert (voucher["acceptance"], letter["acceptance"]) == (found["mean"], 0.1)
    assert found["stated"] == 0.3
    assert 20 < found["contacted"] < found["held_back"] < len(decided)
    said = text.issued(issued.as_dict(), issued.decision, rows=1)
    assert f"voucher keeps {found['mean']:.0%} of those who would leave (95 % {found['low']:.0%} to" in said
    # The letter is for another list.
    assert "what a contact changes is as sure as the control groups of earlier lists" in said


def test_what_cannot_be_listed_is_refused(shop_done, shop, tmp_path):
    prepared, _ = shop_done
    with pytest.raises(ConfigError, match=r'no list "at_rsk".*at_risk'):
        make_list(prepared, "at_rsk")
    with pytest.raises(ConfigError, match='no format "doc"'):
        make_list(prepared, "at_risk", form="doc")
    fresh = prepare(make_config(settings(tmp_path)), purchases=shop.purchases)
    with pytest.raises(NotFoundError, match="holdfast score"):
        make_list(fresh, "at_risk")
    with pytest.raises(ConfigError, match="two treatments have the same name"):
        make_config({**settings(tmp_path), "treatments": [OFFERS[0], OFFERS[0]]})
    with pytest.raises(ConfigError, match='there is no list "everybody", there are: at_risk'):
        make_config({**settings(tmp_path), "treatments": [{**OFFERS[0], "lists": ["everybody"]}]})


def test_status_says_what_is_due(shop_done):
    prepared, _ = shop_done
    make_list(prepared, "at_risk", today=TODAY)
    found = status_of(prepared.config, today=date(2024, 3, 5))
    tasks = {t["task"]: t for t in found["tasks"]}
    assert (tasks["scores"]["days"], tasks["scores"]["due"]) == (4, False)
    assert (tasks["training"]["done"], tasks["training"]["due"]) == ("2024-03-01", False)
    assert (tasks["review"]["done"], tasks["review"]["due"]) == (None, True)
    assert {"at_risk"} <= {one["list"] for one in found["lists"]}
    later = status_of(prepared.config, today=date(2024, 5, 1), reviewed=True)
    tasks = {t["task"]: t for t in later["tasks"]}
    assert [tasks[n]["due"] for n in ("scores", "training", "review")] == [True, True, False]
    assert not any(one["valid"] for one in later["lists"])
    shown = text.status(later)
    assert "DUE: holdfast score" in shown
    assert "in time" in shown


def test_win_back_says_first_who_came_back_before(shop_done):
    """By the bundle that scored: what the training counted is kept in it."""
    prepared, scored = shop_done
    scorer = load_bundle(Store(prepared.config.models).champion("shop").bundle_folder).scorer
    assert scorer.returners == Returners.of(prepared.past, active_days=120)
    table = scored.lists["win_back"]
    rows = pd.read_parquet(scored.folder / "features.parquet").set_index("customer_id").loc[table["customer_id"]]
    told = scorer.returners.reasons(LAPSED, rows)
    assert any(told)
    shown = table[["reason_1", "reason_2", "reason_3"]].to_numpy().tolist()
    for said, reasons in zip(told, shown, strict=True):
        assert reasons[: len(said)] == said
        assert reasons[0] != ""
        assert not (said and any("as likely to leave as others" in reason for reason in reasons))
