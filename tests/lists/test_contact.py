"""From a ranked list to whom to contact: nobody suppressed or held back, every limit kept, everybody accounted for."""

from datetime import date

import duckdb
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.data.engine import EPOCH
from holdfast.learn.draws import uniform
from holdfast.lists.contact import contact_list
from holdfast.lists.suppression import REASONS, SuppressionRules, suppressions
from holdfast.lists.treatments import Treatment

DAY = (date(2024, 3, 1) - EPOCH).days
NO_REFUNDS = "CREATE TABLE refunds (customer_id VARCHAR, day INTEGER, known_day INTEGER, amount DECIMAL(18,2))"


def ranked(n, seed=1):
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "rank": range(1, n + 1),
            "customer_id": [f"c{i:04d}" for i in range(n)],
            "p": random.beta(2, 2, n),
            "value": random.gamma(2, 60, n),
            "reason_1": random.choice(["silent for 9 days", "2 open tickets"], n),
            "reason_2": "",
        }
    )


def decide(table, treatments, suppressed=None, **changes):
    given_ = {"list_name": "at_risk", "p_churn": "p", "value": "value", "experiment": "e", "control_share": 0.2}
    none = pd.Series("", index=table.index, dtype="str")
    return contact_list(
        table, treatments, none if suppressed is None else suppressed, **{**given_, **changes}, valid_until="2024-03-15"
    )


VOUCHER = Treatment("voucher", contact_cost=1.0, offer_cost=5.0, acceptance=0.3)
LETTER = Treatment("letter", contact_cost=0.5, acceptance=0.05, most=10)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 999),
    n=st.sampled_from([0, 1, 7, 120]),
    which=st.sampled_from([[], [VOUCHER], [VOUCHER, LETTER]]),
    budget=st.sampled_from([None, 0.0, 30.0, 200.0]),
    capacity=st.sampled_from([None, 0, 3, 50]),
    control_share=st.sampled_from([0.0, 0.1, 0.5, 0.95]),
    explore=st.sampled_from([0.0, 0.0, 0.1, 0.5]),
)
def test_nobody_suppressed_or_held_back_is_contacted_whatever_the_options(
    seed, n, which, budget, capacity, control_share, explore
):
    table = ranked(n, seed)
    reasons = np.random.default_rng(seed).choice(["", "", *REASONS], n)
    suppressed = pd.Series(reasons, index=table.index, dtype="str")
    if not which:
        budget = None
    limits = {"budget": budget, "capacity": capacity, "control_share": control_share, "explore": explore}
    made = decide(table, which, suppressed, **limits)
    contacted = set(made.contact["customer_id"])
    held = set(table["customer_id"][uniform("e", table["customer_id"]) < control_share])
    assert not contacted & set(table["customer_id"][suppressed != ""])
    assert not contacted & held
    assert not made.contact["control"].any()
    assert len(contacted) == len(made.contact) == made.account["listed"]
    assert capacity is None or len(contacted) <= capacity
    assert budget is None or made.contact["expected_spend"].sum() <= budget + 1e-9
    if which:
        assert (made.contact["expected_profit"] <= 0).sum() == made.explored <= explore * len(contacted)
        assert made.contact["expected_profit"].is_monotonic_decreasing
        assert (made.contact["treatment"] == "letter").sum() <= 10
    assert made.contact["rank"].tolist() == list(range(1, len(contacted) + 1))
    account = made.account
    total = account["listed"] + account["control"] + sum(account["suppressed"].values())
    assert account["in"] == n == total + account["not_worth_contacting"] + account["beyond_budget_or_capacity"]
    again = decide(table, which, suppressed, **limits)
    pd.testing.assert_frame_equal(again.decisions, made.decisions)


def test_controls_are_chosen_as_those_contacted_are():
    table = ranked(4000)
    made = decide(table, [VOUCHER], budget=2000.0, control_share=0.3)
    listed, control = (made.decisions[made.decisions["status"] == s] for s in ("listed", "control"))
    assert len(control) / (len(control) + len(listed)) == pytest.approx(0.3, abs=0.04)
    # They differ by lot alone: the same probabilities, the same values.
    for column in ("p", "value", "expected_profit"):
        spread = made.decisions[column].std() / np.sqrt(len(control))
        assert listed[column].mean() == pytest.approx(control[column].mean(), abs=4 * spread)
    assert listed["expected_spend"].sum() > 0.97 * 2000


def test_a_share_is_drawn_at_random_among_those_whom_the_rule_leaves_alone():
    table = ranked(4000)
    plain, made = (decide(table, [VOUCHER, LETTER], explore=share) for share in (0.0, 0.1))
    assert (plain.explored, plain.account["not_worth_contacting"] > 500) == (0, True)
    alone = plain.decisions["status"] == "not worth contacting"
    drawn = made.decisions[alone & (made.decisions["status"] != "not worth contacting")]
    listed = drawn[drawn["status"] == "listed"]
    assert len(listed) == made.explored == int(plain.account["listed"] / 9)
    # They are held back as everybody is, get what loses least and is not counted, and differ from the others by lot.
    assert (drawn["status"] == "control").mean() == pytest.approx(0.2, abs=0.06)
    assert set(drawn["treatment"]) == {"voucher"}
    assert (drawn["expected_profit"] <= 0).all()
    left = plain.decisions[alone]
    assert drawn["p"].mean() == pytest.approx(left["p"].mean(), abs=4 * left["p"].std() / np.sqrt(len(drawn)))
    # Those who pay are the same, and within limits exploration takes its share of them.
    assert (made.decisions[~alone]["status"] == plain.decisions[~alone]["status"]).all()
    tight = decide(table, [VOUCHER], explore=0.1, budget=1000.0, capacity=150)
    assert 0 < tight.explored <= 15
    assert 140 <= len(tight.contact) <= 150


def test_limits_hold_and_are_used_up_where_nobody_who_pays_best_is_held_back():
    held = uniform("e", [f"c{i:04d}" for i in range(400)]) < 0.4
    table = ranked(400).assign(p=0.5, value=np.where(held, 60.0, 300.0))
    some = decide(table, [VOUCHER], control_share=0.4, capacity=100)
    assert 97 <= len(some.contact) <= 100
    paid = decide(table, [VOUCHER], control_share=0.4, budget=400.0)
    assert 380 <= paid.contact["expected_spend"].sum() <= 400


@pytest.mark.no_cover
@pytest.mark.parametrize("control_share", [0.1, 0.4])
def test_limits_are_used_up_whomever_chance_holds_back(control_share):
    for seed in range(20):
        table, key = ranked(2000, seed), {"experiment": f"e{seed}", "control_share": control_share}
        asked = decide(table, [VOUCHER], capacity=100, **key)
        assert asked.account["listed"] == 100
        assert asked.account["control"] > 0
        # Those held back are as good as those contacted.
        held = asked.decisions[asked.decisions["control"]]
        assert held["expected_profit"].min() >= 0.9 * asked.contact["expected_profit"].min()
        spent = decide(table, [VOUCHER], budget=300.0, **key).contact["expected_spend"].sum()
        assert 300.0 - 6.0 < spent <= 300.0, "short of one more contact at most"


def test_exploring_takes_its_share_of_a_budget_and_no_more():
    made = decide(ranked(4000), [VOUCHER], explore=0.1, budget=1000.0)
    drawn = made.contact["expected_profit"] <= 0
    assert 80 < made.contact["expected_spend"][drawn].sum() <= 100
    assert 850 < made.contact["expected_spend"][~drawn].sum() <= 900


def test_without_treatments_the_order_of_the_list_counts():
    table = ranked(12)
    suppressed = pd.Series("", index=table.index, dtype="str")
    suppressed.iloc[[0, 3]] = REASONS[0]
    held = uniform("e", table["customer_id"]) < 0.3
    made = decide(table, [], suppressed, control_share=0.3, capacity=4)
    may = [i for i in range(12) if i not in (0, 3)]
    first = [i for i in may if not held[i]][:4]
    assert made.contact["customer_id"].tolist() == table["customer_id"].iloc[first].tolist()
    # Held back are those who would have been among them, and nobody behind the last.
    control = [i for i in may if held[i] and i < first[-1]]
    assert held.any()
    assert np.flatnonzero(made.decisions["status"] == "control").tolist() == control
    assert made.decisions[["expected_profit", "expected_spend"]].isna().all(axis=None)
    assert set(made.decisions["treatment"]) == {"nothing"}
    assert len(made.audience) == 0


def test_reasons_decide_on_the_treatment():
    table = ranked(300)
    call = Treatment("call", contact_cost=0.1, acceptance=0.4, reasons=("ticket",))
    made = decide(table, [call], control_share=0.0)
    assert (made.contact["reason_1"] == "2 open tickets").all()
    assert made.account["not_worth_contacting"] >= (table["reason_1"] != "2 open tickets").sum()


def test_lots_depend_on_the_key_and_the_customer_alone():
    ids = [f"c{i}" for i in range(20_000)]
    lots = uniform("spring", ids)
    assert (uniform("spring", ids[::-1])[::-1] == lots).all()
    assert uniform("spring", ["c7"])[0] == lots[7]
    assert np.abs(np.sort(lots) - np.arange(20_000) / 20_000).max() < 1.63 / np.sqrt(20_000)  # Kolmogorov-Smirnov, 99 %
    assert abs(np.corrcoef(lots, uniform("summer", ids))[0, 1]) < 0.03


@pytest.fixture
def shop_tables():
    connection = duckdb.connect()
    connection.execute("CREATE TABLE purchases (customer_id VARCHAR, day INTEGER, amount DECIMAL(18,2))")
    connection.execute(NO_REFUNDS)
    connection.execute(
        "CREATE TABLE customers (customer_id VARCHAR, known_day INTEGER, version INTEGER, consent INTEGER, "
        "objection INTEGER, profiling_objection INTEGER)"
    )
    connection.execute(
        "CREATE TABLE contacts (customer_id VARCHAR, sent_day INTEGER, arm VARCHAR);"
        "CREATE TABLE tickets (customer_id VARCHAR, opened_day INTEGER, closed_day INTEGER)"
    )
    return connection


RULES = SuppressionRules()


def why(connection, ids, rules=RULES, **changes):
    found = suppressions(connection, pd.Series(ids), as_of=DAY - 5, today=DAY, rules=rules, **changes)
    return dict(zip(ids, found, strict=True))


def test_every_reason_of_suppression(shop_tables):
    con = shop_tables
    con.executemany(
        "INSERT INTO customers VALUES (?, ?, ?, ?, ?, ?)",
        [
            ("fine", None, 1, 1, 0, 0),
            ("empty", None, 1, None, 0, 0),
            ("withdrew", DAY - 90, 1, 1, 0, 0),
            ("withdrew", DAY - 9, 2, 0, 0, 0),
            ("will withdraw", DAY - 90, 1, 1, 0, 0),
            ("will withdraw", DAY, 2, 0, 0, 0),
            ("objects", None, 1, 1, 1, 0),
            ("unprofiled", None, 1, 1, 0, 1),
            *((c, None, 1, 1, 0, 0) for c in ("mailed", "mailed long ago", "control", "ticket", "settled", "bought")),
            *((c, None, 1, 1, 0, 0) for c in ("returned", "listed", "held")),
        ],
    )
    con.executemany(
        "INSERT INTO contacts VALUES (?, ?, ?)",
        [("mailed", DAY - 3, None), ("mailed long ago", DAY - 15, None), ("control", DAY - 3, "Control")],
    )
    con.executemany("INSERT INTO tickets VALUES (?, ?, ?)", [("ticket", DAY - 2, None), ("settled", DAY - 9, DAY - 1)])
    con.executemany(
        "INSERT INTO purchases VALUES (?, ?, ?)",
        [("bought", DAY - 2, 5), ("fine", DAY - 9, 5), ("returned", DAY - 2, -5)],
    )
    ids = [row[0] for row in con.execute("SELECT DISTINCT customer_id FROM customers ORDER BY 1").fetchall()] + ["new"]
    found = why(con, ids, contacted=pd.Series(["listed"]), held_back=pd.Series(["held"]))
    assert {k: v for k, v in found.items() if v} == {
        "empty": "no consent",
        "withdrew": "no consent",
        "new": "no consent",
        "objects": "objection to marketing",
        "unprofiled": "objection to profiling",
        "held": "control of an earlier list",
        "mailed": "contacted recently",
        "listed": "contacted recently",
        "ticket": "open ticket",
        "bought": "bought since the scores were made",
    }
    never_mind = SuppressionRules(contacted_within_days=0, open_tickets=False, bought_since=False)
    lax = why(con, ids, never_mind, contacted=pd.Series(["listed"]))
    assert set(lax.values()) == {"", "no consent", "objection to marketing", "objection to profiling"}


def test_without_tables_only_purchases_can_speak_against_a_contact():
    con = duckdb.connect()
    con.execute("CREATE TABLE purchases (customer_id VARCHAR, day INTEGER, amount DECIMAL(18,2))")
    con.execute(NO_REFUNDS)
    con.execute(f"INSERT INTO purchases VALUES ('b', {DAY - 1}, 3)")
    assert why(con, ["a", "b"]) == {"a": "", "b": "bought since the scores were made"}


def test_consent_that_nobody_was_asked_for_is_not_missed(shop_tables):
    shop_tables.execute("INSERT INTO customers VALUES ('a', NULL, 1, NULL, 0, 0)")
    assert why(shop_tables, ["a", "b"]) == {"a": "", "b": ""}
