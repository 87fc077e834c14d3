"""Lists of contracts: treatments within a budget, who is kept off, a control group, and records, as for purchases."""

import json
import shutil
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pandas as pd
import pytest

from holdfast.columns import CONTACT
from holdfast.contractual import tables as contract
from holdfast.data import simulate_contracts
from holdfast.errors import ConfigError, DataError
from holdfast.lists.suppression import CONTACTED, HELD_BACK, OBJECTION
from holdfast.lists.treatments import NOTHING
from holdfast.pipeline import make_list, prepare, read_list, score, status_of, train
from holdfast.report import decisions
from tests.pipeline.contracts import config, snapshot
from tests.sentences import faults

TODAY = date(2023, 11, 3)
OFFERS = {"treatments": [{"name": "month free", "contact_cost": 1.0, "offer_cost": 8.0, "acceptance": 0.4}]}
BESIDE = {"tables": {"customers": {"columns": {"objection": "objection"}}, "contacts": {}}}


@pytest.fixture(scope="module")
def spells():
    return simulate_contracts(900, seed=3).spells


@pytest.fixture(scope="module")
def scored(spells, tmp_path_factory):
    given = config(tmp_path_factory.mktemp("contract_lists"), "spells", **OFFERS, lists={"control_share": 0.2})
    prepared = prepare(given, subscriptions=spells)
    train(prepared)
    score(prepared)
    return prepared


def with_tables(prepared, spells, **frames):
    given = prepared.config.model_validate({**prepared.config.model_dump(exclude_unset=True), **BESIDE})
    return prepare(given, subscriptions=spells, tables=frames)


def people(prepared):
    return read_list(prepared.config, "at_risk")[1]["customer_id"]


def test_high_value_says_what_is_paid_and_for_how_long(scored):
    table = read_list(scored.config, "high_value")[1]
    assert table["reason_1"].str.fullmatch(r"pays \d+\.\d\d a month \(\w+\)").all()
    assert table["reason_2"].str.fullmatch(r"a customer for (less than a month|1 month|[1-9]\d* months)").all()
    likely = table.loc[table["reason_3"] != "", "reason_3"]
    assert likely.str.fullmatch(r"likely to stay: \d\.\d% risk, \d\.\d% on average").all()
    assert len(likely)
    risk = read_list(scored.config, "at_risk")[1]
    said = {*risk.filter(like="reason_").to_numpy().ravel(), *table.filter(like="reason_").to_numpy().ravel()}
    assert (risk["reason_1"] != "").all()
    assert {sentence: faults(sentence) for sentence in said if faults(sentence)} == {}


def test_a_list_spends_its_budget_on_what_earns_most_and_holds_a_control_group_back(scored):
    issued = make_list(scored, "at_risk", budget=200, capacity=30, today=TODAY)
    table, decision = read_list(scored.config, "at_risk")[1], issued.decision
    account, contact = decision.account, decision.contact
    parts = ("listed", "control", "not_worth_contacting", "beyond_budget_or_capacity")
    assert account["in"] == len(table) == sum(account[k] for k in parts) + sum(account["suppressed"].values())
    assert 0 < account["listed"] <= 30
    assert contact["expected_spend"].sum() <= 200
    assert account["control"] > 0
    assert contact["expected_profit"].is_monotonic_decreasing
    # p·γ(V − d) − (1 − p)·d − f, with V the margin of a year of whoever stays.
    p, worth = contact["p_churn_30d"], contact["value_if_stays_365d"]
    assert np.allclose(contact["expected_profit"], p * 0.4 * (worth - 8) - (1 - p) * 8 - 1)
    listed = [c.name for c in contract.at_risk(30, 365, money=True, reasons=True)]
    assert list(contact.columns) == [*listed, *(c.name for c in CONTACT)]
    assert set(pd.read_csv(issued.file)["treatment"]) == {"month free"}
    shown = decisions.issued(issued.as_dict(), decision, rows=5)
    assert "At risk: customers under contract, as of 2023-11-01; contact until 2023-11-15" in shown
    one = issued.as_dict()
    one |= {"expected": one["expected"] | {"churners": 1.2, "false_alarms": 0.6}}
    assert "Expected: 1 churner among them, 1 false alarm\n" in decisions.issued(one, decision, rows=1)
    found = status_of(scored.config, today=TODAY)["lists"]
    assert [(one["list"], one["listed"]) for one in found] == [("at_risk", account["listed"])]


def test_high_values_have_values_and_reasons_too(scored):
    issued = make_list(scored, "high_value", today=TODAY)
    assert issued.decision.contact["value_if_stays_365d"].notna().all()
    assert (read_list(scored.config, "high_value")[1]["reason_1"] != "").all()


def test_tables_beside_contracts_keep_customers_off(scored, spells):
    ids = people(scored)
    on_file = pd.DataFrame({"customer_id": ids, "objection": ["yes"] * 5 + ["no"] * (len(ids) - 5)})
    # Sent after the scores were made: known on the day of the list all the same.
    sent = pd.DataFrame({"customer_id": ids[5:12], "sent_at": "2023-11-02"})
    issued = make_list(with_tables(scored, spells, customers=on_file, contacts=sent), "at_risk", today=TODAY)
    assert issued.decision.account["suppressed"] == {CONTACTED: 7, OBJECTION: 5}
    assert not set(issued.decision.contact["customer_id"]) & set(ids[:12])


def test_who_objects_is_scored_and_on_no_ranked_list(scored, spells, tmp_path):
    before = read_list(scored.config, "at_risk")[1]
    ids = before["customer_id"]
    on_file = pd.DataFrame({"customer_id": ids, "objection": ["yes"] * 5 + ["no"] * (len(ids) - 5)})
    nobody = pd.DataFrame({"customer_id": ids[:0], "sent_at": []}).astype(str)
    asked, most = with_tables(scored, spells, customers=on_file, contacts=nobody), len(ids) - 20
    short = asked.config.lists.model_copy(update={"most": most})
    done = score(replace(asked, config=asked.config.model_copy(update={"outputs": tmp_path, "lists": short})))
    for name, table in done.lists.items():
        assert not set(table["customer_id"]) & set(ids[:5]), name
        assert table["rank"].tolist() == list(range(1, len(table) + 1))
    # As long as it may be: the next take their places. Of the top tenth nobody does.
    assert done.lists["at_risk"]["customer_id"].tolist() == ids[5 : most + 5].tolist()
    kept = read_list(scored.config, "high_value")[1]["customer_id"]
    assert done.lists["high_value"]["customer_id"].tolist() == kept[~kept.isin(ids[:5])].tolist()
    assert set(ids) <= set(pd.read_parquet(done.folder / "scores.parquet")["customer_id"])
    assert not set(pd.read_parquet(done.folder / "timelines.parquet")["customer_id"]) & set(ids[:5])
    assert any("an objection to marketing or profiling: 5 customers." in note for note in done.notes)


def test_who_was_held_back_or_listed_is_so_on_the_next_list(scored):
    shutil.rmtree(scored.config.outputs / "spells" / "issued", ignore_errors=True)
    everybody = replace(scored, config=scored.config.model_copy(update={"treatments": ()}))
    first = make_list(everybody, "high_value", today=TODAY).decision.decisions
    second = make_list(everybody, "at_risk", today=TODAY).decision.decisions.set_index("customer_id")["status"]
    for status, reason in (("control", HELD_BACK), ("listed", CONTACTED)):
        both = [c for c in first.loc[first["status"] == status, "customer_id"] if c in second]
        assert both
        assert set(second[both]) == {reason}


def test_tables_of_other_customers_are_refused_and_others_told(scored, spells):
    strangers = pd.DataFrame({"customer_id": ["x1", "x2"], "objection": ["yes", "no"]})
    with pytest.raises(DataError, match=r"tables\.customers: none of 2 customers is a customer of the subscriptions"):
        with_tables(scored, spells, customers=strangers, contacts=pd.DataFrame({"customer_id": [], "sent_at": []}))
    on_file = pd.DataFrame({"customer_id": [*people(scored), "x1"], "objection": "no"})
    sent = pd.DataFrame({"customer_id": people(scored)[:2], "sent_at": ["2023-10-01", "soon"]})
    given = {**scored.config.model_dump(exclude_unset=True), **BESIDE}
    given["tables"]["contacts"] = {"max_reject_share": 0.9}
    prepared = prepare(
        scored.config.model_validate(given), subscriptions=spells, tables={"customers": on_file, "contacts": sent}
    )
    assert f"customers: {len(on_file) - 1:,} of {len(on_file):,} customers had a contract." in prepared.said()
    done = score(prepared)
    assert any(note.startswith("contacts: 2 lines in, 1 kept, 1 rejected") for note in done.notes)
    assert pd.read_csv(done.folder / "rejects.csv")["line"].tolist() == [2]


def test_a_list_of_a_snapshot_is_of_the_day_it_is_made_on(tmp_path):
    prepared = prepare(config(tmp_path, "snapshot", **OFFERS), subscriptions=snapshot())
    train(prepared)
    score(prepared)
    today = date.today()
    issued = make_list(prepared, "at_risk", capacity=20)
    assert issued.folder.name == f"at_risk-{today.isoformat()}"
    assert issued.record["valid_until"] == (today + timedelta(days=14)).isoformat()
    assert issued.record["warnings"] == []
    assert json.loads((issued.folder / "record.json").read_text(encoding="utf-8"))["as_of"] == today.isoformat()
    later = make_list(prepared, "at_risk", today=today + timedelta(days=30))
    assert "overdue by 23 days" in later.record["warnings"][0]
    assert later.decision.account["suppressed"] == {}


def test_offers_need_prices(tmp_path):
    columns = {"label": "gone", "customer_id": "customer_id"}
    bare = config(tmp_path, "snapshot", subscriptions={"columns": columns}, **OFFERS)
    prepared = prepare(bare, subscriptions=snapshot(300))
    train(prepared)
    score(prepared)
    with pytest.raises(ConfigError, match="treatments need amounts"):
        make_list(prepared, "at_risk")
    plain = bare.model_copy(update={"treatments": ()})
    issued = make_list(prepare(plain, subscriptions=snapshot(300)), "at_risk", capacity=5)
    assert issued.decision.account["listed"] == 5
    assert set(issued.decision.contact["treatment"]) == {NOTHING}
