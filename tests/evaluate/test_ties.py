"""Where scores tie, no figure depends on the order of rows, and each is what a random order of the equals gives."""

from itertools import permutations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from holdfast.evaluate import RaceWindow, churn_metrics, churn_table, gains, reliability, value_metrics, value_table
from holdfast.evaluate.churn import calibration_error_by_chance, expected_calibration_error
from holdfast.evaluate.ties import Places

RANDOM = np.random.default_rng(5)


def crowd(n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Outcomes, and probabilities of which many are alike."""
    random = np.random.default_rng(seed)
    return random.integers(0, 2, n), random.choice([0.1, 0.4, 0.4, 0.7, 0.95], n)


def flat(found) -> np.ndarray:
    return np.array([np.nan if v is None else v for v in pd.json_normalize(found).to_numpy().ravel()], dtype=float)


@settings(max_examples=30, deadline=None)
@given(n=st.integers(11, 60), seed=st.integers(0, 10**6))
def test_the_order_of_rows_changes_no_figure(n, seed):
    y, p = crowd(n, seed)
    y[:2] = (0, 1)
    other = np.random.default_rng(seed).permutation(n)
    for figures in (churn_metrics, reliability, gains, lambda a, b: value_metrics(10 * a, b)):
        np.testing.assert_allclose(flat(figures(y, p)), flat(figures(y[other], p[other])), rtol=1e-6, atol=1e-9)
    assert calibration_error_by_chance(p) == calibration_error_by_chance(p[other])


def test_the_race_has_the_same_figures_and_intervals_in_any_order_of_customers():
    def tables(order):
        y, p = crowd(300, 8)
        spend = np.round(np.random.default_rng(1).exponential(10, 300), 0) * (1 - y)
        rows = {name: q[order] for name, q in (("one", p), ("other", np.full(300, 0.5)))}
        worth = {name: 10 * (1 - q) for name, q in rows.items()}
        window = RaceWindow("2024-01-01", "2024-03-01", y[order], (1.0 - y)[order], spend[order], rows, worth, worth)
        return churn_table(window, "one"), value_table(window, "one")

    here, there = tables(np.arange(300)), tables(np.random.default_rng(2).permutation(300))
    for one, other in zip(here, there, strict=True):
        assert [r["contender"] for r in one] == [r["contender"] for r in other]
        numbers = (pd.json_normalize(t).drop(columns="contender").to_numpy(dtype=float) for t in (one, other))
        np.testing.assert_allclose(*numbers, rtol=1e-6)


@pytest.mark.parametrize("first", [1, 0])
def test_a_constant_score_ranks_nobody(first):
    # In the order of rows, this shop had a lift of 5 or of 0 in the top tenth.
    y = np.sort(np.array([1] * 20 + [0] * 80))[:: -1 if first else 1]
    found = churn_metrics(y, np.full(100, 0.6))
    assert found["lift_top_decile"] == pytest.approx(1.0)
    assert found["ece"] == pytest.approx(abs(0.6 - 0.2))
    assert (found["calibration_slope"], found["calibration_intercept"]) == (None, None)
    assert [g["lift"] for g in gains(y, np.full(100, 0.6))] == pytest.approx([1.0] * 10)
    bins = reliability(y, np.full(100, 0.6))
    assert [(b["customers"], b["mean_p"], b["churn_rate"]) for b in bins] == [
        (10, pytest.approx(0.6), pytest.approx(0.2))
    ] * 10


def test_figures_are_the_mean_over_every_order_of_the_equals():
    """Second computation: all 3! · 2! · 2! orders of seven customers, one after the other."""
    y = np.array([1, 0, 1, 0, 0, 1, 1])
    p = np.array([0.9, 0.9, 0.9, 0.5, 0.5, 0.2, 0.2])
    orders = [
        [*a, *(3 + i for i in b), *(5 + i for i in c)]
        for a in permutations(range(3))
        for b in permutations(range(2))
        for c in permutations(range(2))
    ]
    reached = np.mean([np.cumsum(y[o]) for o in orders], axis=0)
    np.testing.assert_allclose(Places.of(p).totals(y)[1:], reached)
    # Shares of 1/3 and 2/3 of seven customers are 2 and 5 of them: inside the first and the second group of equals.
    table = gains(y, p, steps=3)
    assert [g["churners_reached"] for g in table] == pytest.approx([reached[1] / 4, reached[4] / 4, 1.0])
    # Three bins from below hold 3, 2 and 2 customers.
    ascending = [o[::-1] for o in orders]
    observed = [np.mean([y[o][a:b].mean() for o in ascending]) for a, b in ((0, 3), (3, 5), (5, 7))]
    assert [b["churn_rate"] for b in reliability(y, p, bins=3)] == pytest.approx(observed)
    assert churn_metrics(y, p)["lift_top_decile"] == pytest.approx(reached[0] / (4 / 7))


def test_without_ties_figures_are_those_of_the_order():
    p, y = RANDOM.random(97), RANDOM.integers(0, 2, 97)
    order = np.argsort(-p)
    assert churn_metrics(y, p)["lift_top_decile"] == pytest.approx(y[order[:10]].mean() / y.mean())
    parts = np.array_split(order[::-1], 10)
    assert expected_calibration_error(y, p) == pytest.approx(
        sum(abs(p[i].mean() - y[i].mean()) * len(i) for i in parts) / 97
    )


def test_the_shares_of_all_bins_are_the_whole_customer():
    places = Places.of(RANDOM.choice([1.0, 2.0, 3.0], 50))
    shares = np.array([places.share_within(a, b) for a, b in ((0, 7), (7, 31), (31, 50))])
    np.testing.assert_allclose(shares.sum(axis=0), 1.0)
    np.testing.assert_allclose(shares.sum(axis=1), [7, 24, 19])
