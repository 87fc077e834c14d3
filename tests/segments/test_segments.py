"""Segments: every customer in exactly one, scores that depend on values only, cards that add up."""

from itertools import product
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.segments.cards import GONE, NOT_YET, cards, matrix, movements
from holdfast.segments.reasons import segment_reasons
from holdfast.segments.rfm import (
    ACTIONS,
    BUYERS,
    GRID_ACTIONS,
    SEGMENTS,
    buyer_types,
    grid_name,
    rfm,
    scores_1_to_5,
    segment_of,
    unless_most_leave,
    value_risk_grid,
)
from tests.churn.test_signs import STEADY

VALUES = st.lists(st.integers(-3, 12).map(float), min_size=1, max_size=60)


def test_every_one_of_the_125_cells_has_exactly_one_of_the_eleven_names():
    named = {cell: segment_of(*cell) for cell in product(range(1, 6), repeat=3)}
    assert len(named) == 125
    assert set(named.values()) == set(SEGMENTS) == set(ACTIONS)
    assert len(SEGMENTS) == 11
    for r, f, m in named:
        assert named[r, f, m] == named[r, m, f]  # frequency and money weigh the same
    for bad in ((0, 1, 1), (1, 6, 1), (1, 1, -1)):
        with pytest.raises(ValueError, match="1 to 5"):
            segment_of(*bad)


def test_better_scores_never_give_a_worse_kind_of_segment():
    gone = {"Lost", "Hibernating", "At Risk", "Cannot Lose Them"}
    for r, f, m in product(range(1, 6), repeat=3):
        assert (segment_of(r, f, m) in gone) == (r <= 2)
    assert {segment_of(5, f, f) for f in (4, 5)} == {"Champions"}


def test_quintiles_of_a_hundred_different_values_are_twenty_each():
    assert np.bincount(scores_1_to_5(np.arange(100)))[1:].tolist() == [20] * 5
    assert np.bincount(scores_1_to_5(np.arange(100), ties_high=True))[1:].tolist() == [20] * 5


@given(VALUES, st.randoms(use_true_random=False), st.booleans())
def test_scores_depend_on_values_only(values, random, ties_high):
    scores = scores_1_to_5(values, ties_high=ties_high)
    by_value = dict(zip(values, scores.tolist(), strict=True))
    assert [by_value[v] for v in values] == scores.tolist()
    assert set(scores) <= {1, 2, 3, 4, 5}
    shuffled = random.sample(values, len(values))
    assert scores_1_to_5(shuffled, ties_high=ties_high).tolist() == [by_value[v] for v in shuffled]
    assert scores_1_to_5([3 * v + 7 for v in values], ties_high=ties_high).tolist() == scores.tolist()
    for a, b in product(by_value, repeat=2):
        assert (by_value[a] <= by_value[b]) or a > b
    # The definition, counted one by one.
    n = len(values)
    if ties_high:
        assert scores.tolist() == [5 - 5 * sum(w > v for w in values) // n for v in values]
    else:
        assert scores.tolist() == [1 + 5 * sum(w < v for w in values) // n for v in values]


def test_a_missing_value_has_no_score():
    with pytest.raises(ValueError, match="missing"):
        scores_1_to_5([1.0, np.nan])


def customers(n: int = 200, seed: int = 1, money: bool = True) -> pd.DataFrame:
    random = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": [f"{i:04d}" for i in range(n)],
            "days_since_last": random.integers(1, 400, n).astype(float),
            "purchase_days": random.geometric(0.4, n).astype(float),
            "spend_total": random.gamma(2, 50, n) if money else np.full(n, np.nan),
            "tenure": random.integers(0, 500, n).astype(float),
            "acquisition_cost": np.where(random.random(n) < 0.5, 10.0, np.nan),
        }
    )


def test_rfm_by_hand():
    table = pd.DataFrame(
        {
            "days_since_last": [1.0, 400, 50, 400, 10],
            "purchase_days": [20.0, 1, 2, 30, 1],
            "spend_total": [900.0, 5, 40, 2000, 10],
        }
    )
    found = rfm(table)
    assert found["r"].tolist() == [5, 2, 3, 2, 4]  # the two oldest share the higher score
    assert found["f"].tolist() == [4, 1, 3, 5, 1]  # the two one-time buyers share the lower
    assert found["m"].tolist() == [4, 1, 3, 5, 2]
    assert found["segment"].tolist() == ["Champions", "Hibernating", "Need Attention", "At Risk", "Potential Loyalist"]


def test_a_log_without_amounts_is_scored_by_recency_and_frequency():
    found = rfm(customers(money=False))
    assert found["m"].tolist() == found["f"].tolist()


def test_new_loyal_and_sporadic_buyers():
    table = pd.DataFrame(
        {
            "tenure": [10.0, 89, 90, 300, 300, 300],
            "purchase_days": [9.0, 1, 3, 3, 2, 8],
            "days_since_last": [1.0, 89, 5, 180, 3, 181],
        }
    )
    kinds = buyer_types(table, new_days=90, loyal_purchases=3, active_days=180)
    assert kinds.tolist() == ["new", "new", "loyal", "loyal", "sporadic", "sporadic"]


def test_the_grid_by_hand():
    found = value_risk_grid(
        [100, 90, 50, 50, 10, 10, 10, 5, 1, 0],
        [0.9, 0.1, 0.4, 0.7, 0.69, 0.2, 0.9, 0.9, 0.39, 0.5],
        [True] * 9 + [False],
    )
    assert found["value_band"].tolist() == ["high", "high", "middle", "middle", *["middle"] * 3, *["low"] * 3]
    assert found["risk_band"].tolist() == [
        "high", "low", "middle", "high", "middle", "low", "high", "high", "low", "lapsed",
    ]  # fmt: skip
    assert found["grid"].tolist()[0] == "high value, high risk"
    assert found["grid"].tolist()[-1] == "low value, lapsed" == grid_name("low", "lapsed")
    assert len(GRID_ACTIONS) == 12
    assert set(found["grid"]) <= set(GRID_ACTIONS)


@given(st.integers(1, 80), st.integers(0, 1000))
def test_cards_add_up(n, seed):
    table = customers(n, seed)
    random = np.random.default_rng(seed)
    table = table.join(rfm(table)).assign(clv_365d=random.gamma(1, 40, n), p_churn_90d=random.random(n))
    table["buyer"] = buyer_types(table, new_days=90, loyal_purchases=3, active_days=180)
    assert set(table["buyer"]) <= set(BUYERS)
    made = cards(table, "segment", value="clv_365d", p_churn="p_churn_90d", order=SEGMENTS, actions=ACTIONS)
    assert made["name"].tolist() == list(SEGMENTS)
    assert made["customers"].sum() == n
    assert made["share_of_customers"].sum() == pytest.approx(1)
    assert made["share_of_value"].sum() == pytest.approx(1)
    assert made["clv_365d_total"].sum() == pytest.approx(table["clv_365d"].sum())
    weighted = (made["p_churn_90d_mean"] * made["customers"]).sum() / n
    assert weighted == pytest.approx(table["p_churn_90d"].mean())
    assert made["cac_customers"].sum() == table["acquisition_cost"].notna().sum()


def test_a_card_by_hand():
    table = pd.DataFrame(
        {
            "kind_of": ["a", "a", "a", "b"],
            "clv_365d": [10.0, 20, 60, 10],
            "p_churn_90d": [0.1, 0.2, 0.6, 0.5],
            "acquisition_cost": [4.0, np.nan, 8, np.nan],
        }
    )
    made = cards(
        table,
        "kind_of",
        value="clv_365d",
        p_churn="p_churn_90d",
        order=["none", "a"],
        actions={"a": "call"},
        reasons={"a": ["silent"]},
    )
    none, a, b = made.to_dict("records")
    assert (none["name"], none["customers"], none["share_of_value"]) == ("none", 0, 0)
    assert np.isnan(none["clv_365d_mean"])
    assert (a["customers"], a["share_of_customers"], a["share_of_value"]) == (3, 0.75, 0.9)
    assert (a["clv_365d_mean"], a["clv_365d_median"], a["clv_365d_total"]) == (30, 20, 90)
    assert a["p_churn_90d_mean"] == pytest.approx(0.3)
    assert (a["cac_mean"], a["cac_customers"], a["reason_1"], a["reason_2"], a["action"]) == (
        6,
        2,
        "silent",
        "",
        "call",
    )
    assert (b["name"], b["cac_customers"], b["action"]) == ("b", 0, "")


def test_reasons_are_the_signs_that_most_of_those_at_risk_share():
    """60 of 100 at risk are silent, 50 returned something (which raises no risk here), 5 have a ticket."""
    rows = pd.DataFrame([STEADY] * 300).assign(customer_id=[f"{i:03d}" for i in range(300)])
    rows.loc[:59, ["days_since_last", "gap_median"]] = [75.0, 7.0]
    rows.loc[40:89, ["return_lines", "days_since_return"]] = [1.0, 9.0]
    rows.loc[30:49, "season_share"] = 0.0
    rows.loc[95:99, "tickets_90d"] = 1.0
    seen = []

    def p_churn(found: pd.DataFrame) -> np.ndarray:
        seen.append(len(found))
        silent = found["days_since_last"] > found["gap_median"]
        ticket, season = found["tickets_90d"].fillna(0) > 0, found["season_share"] == 0
        return (0.05 + 0.4 * silent + 0.3 * season + 0.1 * ticket).to_numpy(dtype=np.float64)

    scored = np.where(np.arange(300) < 100, 0.5, 0.1)
    by = pd.Series(np.where(np.arange(300) < 200, "first", "rest"))
    everyone = pd.Series(["everyone"] * 300)
    model = SimpleNamespace(p_churn=p_churn)
    told, whole = segment_reasons(model, rows, scored, [by, everyone], risk_from=0.4)
    expected = [
        "60% of those at risk have been silent for longer than usual",
        "20% of those at risk have never bought at this time of year",
    ]
    assert told == {"first": expected, "rest": []}
    assert whole == {"everyone": expected}
    assert max(seen) == 100, "nobody else is asked about"
    seen.clear()
    all_at_risk = segment_reasons(model, rows, np.ones(300), [everyone], risk_from=0.4)
    assert all_at_risk == [{"everyone": ["20% of those at risk have been silent for longer than usual"]}]
    assert max(seen) == 200, "a sample of a large segment is enough"
    assert segment_reasons(model, rows, np.zeros(300), [by], risk_from=0.4) == [{"first": [], "rest": []}]


def test_movements_by_hand():
    before = pd.Series({"1": "Loyal", "2": "Loyal", "3": "Lost", "5": "Lost"})
    after = pd.Series({"1": "Loyal", "2": "Lost", "3": "Lost", "4": "Promising"})
    moved = movements(before, after, SEGMENTS)
    assert moved.to_dict("list") == {
        "from_segment": ["Loyal", "Loyal", "Lost", "Lost", NOT_YET],
        "to_segment": ["Loyal", "Lost", "Lost", GONE, "Promising"],
        "customers": [1, 1, 1, 1, 1],
        "share_of_from": [0.5, 0.5, 0.5, 0.5, 1.0],
    }
    wide = matrix(moved, SEGMENTS)
    assert wide.loc["Loyal", "Lost"] == 1
    assert wide.loc["Lost", "Loyal"] == 0
    assert wide.columns.tolist() == ["Loyal", "Promising", "Lost", GONE]
    assert int(wide.to_numpy().sum()) == 5


@given(st.integers(1, 60), st.integers(0, 999))
def test_movements_reconcile(n, seed):
    random = np.random.default_rng(seed)
    ids = [f"{i}" for i in range(n)]
    before = pd.Series(random.choice(SEGMENTS, n), index=ids)
    after = pd.Series(random.choice(SEGMENTS, n), index=ids).iloc[n // 3 :]
    moved = movements(before, after)
    assert moved["customers"].sum() == n
    pd.testing.assert_series_equal(
        moved.groupby("from_segment")["customers"].sum(), before.value_counts().sort_index(), check_names=False
    )
    assert moved.groupby("from_segment")["share_of_from"].sum().to_numpy() == pytest.approx(1)


def test_advice_that_counts_on_their_staying_is_not_given_of_those_who_leave():
    risks = {"Loyal": 0.99, "Champions": 0.6, "Potential Loyalist": 0.4, "Lost": 0.99}
    found = unless_most_leave(ACTIONS, risks)
    assert found["Loyal"].startswith("nearly all of them are expected not to come back")
    assert "most of them are expected to leave" in found["Champions"]
    assert [found[n] for n in ("Potential Loyalist", "Lost")] == [ACTIONS[n] for n in ("Potential Loyalist", "Lost")]
