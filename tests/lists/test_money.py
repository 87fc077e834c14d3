"""Treatments, the choice within a budget, the audience curve: by hand, against an exact solver, by simulation."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import Bounds, LinearConstraint, milp
from scipy.sparse import csr_matrix

from holdfast.lists.audience import ModelError, audience_curve
from holdfast.lists.choice import choose
from holdfast.lists.treatments import Learnt, Treatment

CALL = Treatment("call", contact_cost=2.0, offer_cost=10.0, acceptance=0.3)
MAIL = Treatment("mail", contact_cost=0.1, offer_cost=2.0, acceptance=0.08)


def test_expected_profit_by_hand():
    p, value = np.array([0.5, 0.9, 0.1]), np.array([100.0, 20.0, 300.0])
    # .5·.3·90 − .5·10 − 2; .9·.3·10 − .1·10 − 2; .1·.3·290 − .9·10 − 2
    assert CALL.expected_profit(p, value) == pytest.approx([6.5, -0.3, -2.3])
    assert CALL.expected_spend(p) == pytest.approx([2 + 10 * 0.65, 2 + 10 * 0.37, 2 + 10 * 0.93])


def test_how_money_follows_risk_is_the_slope_of_what_is_expected():
    p, value, step = np.array([0.3, 0.6]), np.array([50.0, 80.0]), 1e-6
    spend = (CALL.expected_spend(p + step) - CALL.expected_spend(p)) / step
    assert spend == pytest.approx([CALL.spend_by_risk()] * 2)
    profit = (CALL.expected_profit(p + step, value) - CALL.expected_profit(p, value)) / step
    assert profit == pytest.approx(CALL.profit_by_risk(value))
    # A learnt effect does not follow the risk: whoever stays anyway takes the offer.
    kept = np.array([0.1, 0.2])
    spend = (CALL.expected_spend(p + step, kept) - CALL.expected_spend(p, kept)) / step
    assert spend == pytest.approx([CALL.spend_by_risk(learnt=True)] * 2)
    profit = (CALL.expected_profit(p + step, value, kept) - CALL.expected_profit(p, value, kept)) / step
    assert profit == pytest.approx(CALL.profit_by_risk(value, learnt=True))


@pytest.mark.parametrize("kept", [None, np.array([0.25])])
def test_the_variance_of_one_profit_is_that_of_its_three_outcomes(kept):
    p, value = np.array([0.5]), np.array([100.0])
    share = 0.15 if kept is None else 0.25
    # Kept: 90; stays anyway: −10; lost all the same: 0. What a kept customer is worth varies by as much.
    outcomes = np.array([90.0, -10.0, 0.0])
    chances = np.array([share, 0.5, 0.5 - share])
    mean = chances @ outcomes
    expected = chances @ (outcomes - mean) ** 2 + share * 100.0**2
    assert CALL.variance(p, value, kept=kept) == pytest.approx([expected])
    assert mean - CALL.contact_cost == pytest.approx(CALL.expected_profit(p, value, kept)[0])


def test_a_learnt_effect_takes_the_place_of_the_assumed_one():
    p, value = np.array([0.5, 0.5, 0.5]), np.array([100.0, 100.0, 100.0])
    kept = np.array([[0.4, np.nan], [0.0, np.nan], [0.4, np.nan]])
    learnt = Learnt(kept, np.zeros((3, 2, 2)), np.array([True, True]))
    allowed = np.array([[True, True], [True, True], [False, True]])
    chosen = choose([CALL, MAIL], p, value, allowed, learnt=learnt)
    assert chosen.treatment.tolist() == [0, 1, 1]
    assert chosen.profit == pytest.approx([0.4 * 90 - 0.5 * 10 - 2, *MAIL.expected_profit(p, value)[1:]])
    assert chosen.spend == pytest.approx([2 + 10 * 0.9, *MAIL.expected_spend(p)[1:]])
    shut = Learnt(kept, learnt.doubt, np.array([False, True]))
    assert choose([CALL, MAIL], p, value, allowed, learnt=shut).treatment.tolist() == [1, 1, 1]


def test_what_is_left_goes_to_the_last_cent_and_the_last_place():
    p, value = np.full(3, 0.5), np.array([100.0, 100.0, 100.0])
    free = np.ones((3, 1), dtype=bool)
    each = float(CALL.expected_spend(p)[0])
    assert (choose([CALL], p, value, free, budget=2 * each).treatment == 0).sum() == 2
    assert (choose([CALL], p, value, free, budget=2 * each, capacity=1).treatment == 0).sum() == 1


def test_doubt_about_effects_widens_the_interval_of_profit_and_no_other():
    p, value = np.array([0.5, 0.4]), np.array([100.0, 60.0])
    measured = Treatment(**{**vars(CALL), "acceptance_error": 0.05})
    chosen = choose([CALL, MAIL], p, value, np.array([[True, False], [False, True]]))
    assert chosen.treatment.tolist() == [0, 1]

    def half(treatments, what="profit", **changes):
        last = audience_curve(treatments, chosen, p, value, **changes).iloc[-1]
        return (last[f"{what}_high"] - last[f"{what}_low"]) / 2 / 1.959964

    plain = half([CALL, MAIL])
    # d(profit) ÷ d(acceptance) = p·(V − d), for the one customer who is called.
    wider = np.sqrt(plain**2 + (0.05 * 0.5 * 90) ** 2)
    assert half([measured, MAIL]) == pytest.approx(wider)
    doubt = np.zeros((2, 2, 2))
    doubt[:, 0], doubt[:, 1] = (0.02, 0.03), 0.9  # of a mail nothing was learnt: its doubt is nobody's
    kept = np.array([[0.15, np.nan], [0.15, np.nan]])  # what is assumed of a call, so that chance is the same
    learnt = Learnt(kept, doubt, np.array([True, True]))
    wider = np.sqrt(plain**2 + (0.02 * 90) ** 2 + (0.03 * 90) ** 2)
    assert half([measured, MAIL], learnt=learnt) == pytest.approx(wider)
    for what in ("cost", "churners"):
        assert half([measured, MAIL], what) == half([measured, MAIL], what, learnt=learnt) == half([CALL, MAIL], what)


def test_whom_a_treatment_suits():
    p, value = np.array([0.2, 0.6, 0.9]), np.array([10.0, 50.0, 90.0])
    reasons = ["silent for 80 days", "2 open tickets", "Silent for 9 days"]
    suits = Treatment("x", risk_from=0.5, value_to=80.0).suits(p, value, reasons, "at_risk")
    assert suits.tolist() == [False, True, False]
    assert Treatment("x", reasons=("silent",)).suits(p, value, reasons, "at_risk").tolist() == [True, False, True]
    assert not Treatment("x", lists=("win_back",)).suits(p, value, reasons, "at_risk").any()


def customers(n, seed):
    random = np.random.default_rng(seed)
    return random.beta(2, 2, n), random.gamma(2, 60, n)


def exact(treatments, p, value, budget, capacity):
    """The best choice there is, by mixed-integer programming."""
    n, k = len(p), len(treatments)
    profit = np.stack([t.expected_profit(p, value) for t in treatments], 1).ravel()
    spend = np.stack([t.expected_spend(p) for t in treatments], 1).ravel()
    rows = [csr_matrix((np.ones(n * k), (np.repeat(np.arange(n), k), np.arange(n * k))), (n, n * k))]
    limits = [np.ones(n)]
    for row, most in ((spend, budget), (np.ones(n * k), capacity)):
        if most is not None:
            rows.append(csr_matrix(row))
            limits.append(np.array([most]))
    for i, t in enumerate(treatments):
        if t.most is not None:
            one = np.zeros(n * k)
            one[i::k] = 1
            rows.append(csr_matrix(one))
            limits.append(np.array([t.most]))
    limited = [LinearConstraint(a, -np.inf, b) for a, b in zip(rows, limits, strict=True)]
    return -milp(-profit, constraints=limited, integrality=np.ones(n * k), bounds=Bounds(0, 1)).fun


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.integers(0, 10_000),
    st.sampled_from([None, 0.0, 40.0, 300.0, 900.0]),
    st.sampled_from([None, 0, 15, 60]),
    st.sampled_from([None, 5, 40]),
)
def test_the_choice_is_near_the_best_there_is_and_keeps_every_limit(seed, budget, capacity, most):
    p, value = customers(150, seed)
    treatments = [Treatment(**{**vars(CALL), "most": most}), MAIL]
    chosen = choose(treatments, p, value, np.ones((150, 2), dtype=bool), budget=budget, capacity=capacity)
    assert budget is None or chosen.spend.sum() <= budget + 1e-9
    assert capacity is None or (chosen.treatment >= 0).sum() <= capacity
    assert most is None or (chosen.treatment == 0).sum() <= most
    assert (chosen.profit[chosen.treatment >= 0] > 0).all()
    assert (chosen.profit[chosen.treatment < 0] == 0).all()
    best = exact(treatments, p, value, budget, capacity)
    assert best - 1e-6 <= chosen.bound
    assert chosen.profit.sum() <= best + 1e-6
    # What one customer costs is lumpy beside the smallest budget.
    assert chosen.profit.sum() >= 0.95 * best - (5 if budget == 40.0 else 0)


def test_nothing_to_offer_and_nobody_to_offer_it_to():
    p, value = customers(5, 1)
    nothing = choose([], p, value, np.ones((5, 0), dtype=bool))
    assert (nothing.treatment == -1).all()
    assert nothing.profit.sum() == 0
    nobody = choose([CALL], p[:0], value[:0], np.ones((0, 1), dtype=bool), budget=1.0)
    assert len(nobody.treatment) == 0
    forbidden = choose([CALL], p, value, np.zeros((5, 1), dtype=bool), budget=1.0)
    assert (forbidden.treatment == -1).all()


def realised(random, treatments, chosen, p, value):
    """What one campaign earns in a world where the probabilities are right."""
    leaves, accepts = random.random(len(p)) < p, random.random(len(p))
    worth = random.exponential(value)
    profit = np.zeros(len(p))
    for i, t in enumerate(treatments):
        mine = chosen.treatment == i
        kept = mine & leaves & (accepts < t.acceptance)
        stays = mine & ~leaves
        profit += kept * (worth - t.offer_cost) - stays * t.offer_cost - mine * t.contact_cost
    return profit.sum(), (leaves & (chosen.treatment >= 0)).sum()


def test_intervals_of_the_audience_curve_cover_what_happens():
    p, value = customers(3000, 4)
    treatments = [CALL, MAIL]
    chosen = choose(treatments, p, value, np.ones((3000, 2), dtype=bool), budget=4000.0)
    curve = audience_curve(treatments, chosen, p, value)
    assert curve["customers"].tolist() == list(range(1, len(curve) + 1))
    assert (curve["churners"] + curve["false_alarms"]).tolist() == pytest.approx(curve["customers"].tolist())
    last = curve.iloc[-1]
    assert last["profit"] == pytest.approx(chosen.profit.sum())
    assert last["cost"] == pytest.approx(chosen.spend.sum())
    random = np.random.default_rng(9)
    worlds = [realised(random, treatments, chosen, p, value) for _ in range(600)]
    profits, churners = np.array(worlds).T
    assert np.mean(profits) == pytest.approx(last["profit"], rel=0.05)
    within = np.mean((profits >= last["profit_low"]) & (profits <= last["profit_high"]))
    assert 0.92 <= within <= 0.98
    within = np.mean((churners >= last["churners_low"]) & (churners <= last["churners_high"]))
    assert 0.92 <= within <= 0.98


def test_intervals_cover_also_where_probabilities_and_values_are_off_as_a_whole():
    p, value = customers(3000, 4)
    treatments = [CALL, MAIL]
    chosen = choose(treatments, p, value, np.ones((3000, 2), dtype=bool), budget=4000.0)
    error = ModelError(log_odds=0.3, value=0.2)
    plain = audience_curve(treatments, chosen, p, value).iloc[-1]
    curve = audience_curve(treatments, chosen, p, value, error=error).iloc[-1]
    random = np.random.default_rng(10)
    odds, within, narrow = np.log(p / (1 - p)), [], []
    for _ in range(400):
        # The world differs from what was said as a whole, by what the last test showed.
        true_p = 1 / (1 + np.exp(-(odds + random.normal(0, error.log_odds))))
        true_value = value * (1 + random.normal(0, error.value))
        profit, churners = realised(random, treatments, chosen, true_p, np.maximum(true_value, 0))
        for bounds, found in ((curve, within), (plain, narrow)):
            found.append(
                [
                    bounds["profit_low"] <= profit <= bounds["profit_high"],
                    bounds["churners_low"] <= churners <= bounds["churners_high"],
                ]
            )
    assert (np.mean(within, axis=0) > 0.9).all()
    assert (np.mean(within, axis=0) < 0.985).all()
    assert np.mean(narrow, axis=0)[1] < 0.5, "chance alone covers too little"
    assert curve["profit"] == plain["profit"]


def test_choosing_by_profit_earns_more_than_ranking_by_risk_for_the_same_budget():
    p, value = customers(2000, 8)
    chosen = choose([CALL], p, value, np.ones((2000, 1), dtype=bool), budget=1500.0)
    spend, profit = CALL.expected_spend(p), CALL.expected_profit(p, value)
    by_risk = np.argsort(-p)
    affordable = by_risk[np.cumsum(spend[by_risk]) <= 1500.0]
    assert chosen.profit.sum() > 1.5 * max(profit[affordable].sum(), 1.0)


def test_equal_profits_share_their_places_on_the_audience_curve():
    treatment = Treatment("mail", offer_cost=0.0, contact_cost=1.0, acceptance=0.5)
    # Ten customers earn 4 each: five by a high risk and a low value, five the other way round.
    p = np.array([0.5] * 5 + [0.1] * 5)
    value = 5 / (p * 0.5)
    order = np.array([0, 9, 1, 8, 2, 7, 3, 6, 4, 5])
    curves = []
    for rows in (np.arange(10), order):
        chosen = choose([treatment], p[rows], value[rows], np.ones((10, 1), dtype=bool))
        curves.append(audience_curve([treatment], chosen, p[rows], value[rows]))
    assert curves[0]["profit"].tolist() == pytest.approx([4.0 * n for n in range(1, 11)])
    # Whoever is taken first, half of them are of the risky on average: (0.5 + 0.1) / 2 churners each.
    assert curves[0]["churners"].tolist() == pytest.approx([0.3 * n for n in range(1, 11)])
    pd.testing.assert_frame_equal(*curves)
