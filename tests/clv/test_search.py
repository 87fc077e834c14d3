"""A maximum is found where there is one, and refused only where the likelihood rises towards a bound."""

import numpy as np
import pandas as pd
import pytest

from holdfast.clv import (
    BetaDiscreteWeibull,
    BetaGeoBetaBinom,
    BetaGeoNBD,
    GammaGamma,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    ShiftedBetaGeo,
    contract_summary,
)
from tests.clv.search_harness import run

# Found by 40 searches each, from places drawn anywhere; all lie inside of their bounds.
COHORTS = [
    ([20, 18, 14, 10], -24.412145, {"alpha": 2.056, "beta": 18.50, "c": 1.849}),
    ([10, 4, 3, 2, 2], -11.381874, {"alpha": 0.6057, "beta": 0.4044, "c": 0.9446}),
    ([20, 19, 18, 17, 17, 17], -12.553566, {"alpha": 0.01454, "beta": 0.2735, "c": 4.663}),
    ([200, 190, 175, 167, 165, 162], -151.794937, {"alpha": 0.01117, "beta": 0.2103, "c": 8.751}),
    ([50, 39, 33, 31, 29, 26], -68.396577, {"alpha": 0.9698, "beta": 3.399, "c": 0.7328}),
    ([200, 66, 36, 26, 22, 20, 15, 14, 11], -236.261632, {"alpha": 0.1207, "beta": 0.05946, "c": 6.666}),
    ([5, 3, 2, 2, 2, 1, 1, 1, 1], -8.566442, {"alpha": 0.07411, "beta": 0.1109, "c": 6.682}),
    ([1000, 136, 20, 2, 1, 0], -463.354772, {"alpha": 216.9, "beta": 34.15, "c": 0.9896}),
]


@pytest.mark.parametrize(("survivors", "value", "parameters"), COHORTS)
def test_cohorts_whose_maximum_was_missed(survivors, value, parameters):
    summary, weights = contract_summary(survivors)
    fitted = BetaDiscreteWeibull().fit(summary, weights=weights)
    assert fitted.converged_
    assert fitted.log_likelihood_ == pytest.approx(value, abs=1e-5)
    assert fitted.params_ == pytest.approx(parameters, rel=0.01)
    assert all(np.isfinite(error) for error in fitted.standard_errors_.values())


ROWS = {
    "one maximum above another": (
        ModifiedBetaGeoNBD,
        [(0, 0, 14), (0, 0, 19), (0, 0, 31), (0, 0, 52), (0, 0, 121), (0, 0, 242), (0, 0, 273), (0, 0, 304),
         (0, 0, 307), (0, 0, 355), (0, 0, 367), (0, 0, 380), (1, 71, 360), (1, 207, 299), (2, 41, 99), (2, 78, 220),
         (3, 20, 39), (4, 22, 32), (10, 221, 347), (24, 387, 397)],
        -215.331051,
    ),
    "three customers": (ModifiedBetaGeoNBD, [(0, 0, 378), (3, 79, 96), (1, 111, 247)], -23.202935),
    "most buy once": (
        BetaGeoNBD,
        [(0, 0, 72), (0, 0, 85), (0, 0, 103), (0, 0, 128), (0, 0, 164), (0, 0, 174), (0, 0, 209), (0, 0, 265),
         (0, 0, 339), (1, 7, 45), (1, 9, 130), (1, 10, 12), (1, 23, 194), (1, 24, 299), (1, 53, 130), (1, 123, 125),
         (2, 100, 195), (3, 42, 381), (5, 95, 107), (6, 84, 354)],
        -124.212352,
    ),
    "hardly anybody leaves": (
        ParetoNBD,
        [(0, 0, 62), (1, 9, 14), (1, 13, 228), (1, 60, 219), (1, 144, 167), (2, 138, 309), (3, 47, 113), (3, 90, 91),
         (3, 112, 134), (3, 303, 378), (4, 365, 366), (5, 145, 161), (6, 105, 180), (6, 260, 267), (6, 265, 272),
         (9, 205, 234), (10, 242, 285), (16, 343, 343), (19, 338, 354), (23, 259, 311)],
        -547.676367,
    ),
    "six occasions": (
        BetaGeoBetaBinom,
        [*[(0, 0, 6)] * 10, *[(1, 1, 6)] * 2, (2, 2, 6), (2, 5, 6), (3, 4, 6), *[(3, 6, 6)] * 3, (4, 6, 6), (6, 6, 6)],
        -51.523114,
    ),
    "six occasions, other habits": (
        BetaGeoBetaBinom,
        [*[(0, 0, 6)] * 10, *[(1, 1, 6)] * 3, (1, 3, 6), (1, 6, 6), *[(2, 6, 6)] * 2, *[(3, 6, 6)] * 2, (4, 4, 6)],
        -48.546753,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", ROWS)
def test_small_sets_whose_maximum_was_missed(name):
    model, rows, value = ROWS[name]
    fitted = model().fit(pd.DataFrame(rows, columns=["frequency", "recency", "T"], dtype=float))
    assert fitted.converged_
    assert fitted.log_likelihood_ == pytest.approx(value, abs=1e-5)


def test_a_scale_far_from_the_mean_is_found():
    """A few spends lift the mean ten million times above the typical one, from which the search for v begins."""
    random = np.random.default_rng(1)
    n = 1 + random.poisson(3.0, 1500)
    table = pd.DataFrame({"frequency": n, "monetary_value": random.gamma(n, 1 / random.gamma(0.2, 0.1, 1500)) / n})
    assert table["monetary_value"].median() * 1e7 < table["monetary_value"].mean()
    fitted = GammaGamma().fit(table)
    assert fitted.params_["q"] == pytest.approx(0.2, abs=4 * fitted.standard_errors_["q"])
    assert fitted.log_likelihood_ > GammaGamma.from_params(p=1.0, q=0.2, v=10.0).log_likelihood(table)


@pytest.mark.parametrize(
    ("model", "summary", "said"),
    [
        (ShiftedBetaGeo, [1000, 500, 250, 125, 62, 31], "do not differ in their probability of ending"),
        (BetaDiscreteWeibull, [200, 100, 100, 100, 100], "tends to"),
    ],
)
def test_a_ridge_is_still_refused_and_named(model, summary, said):
    table, weights = contract_summary(summary)
    fitted = model().fit(table, weights=weights)
    assert not fitted.converged_
    assert said in fitted.reason_


@pytest.mark.slow
def test_a_second_search_finds_nothing_better():
    """A set of each kind, and what is said of each; more by ``run(100, seed)``."""
    verdicts = run(1, 1, starts=6)
    assert sum(verdicts.values()) == 6
    assert {verdict.split(": ")[1] for verdict in verdicts} == {"same", "no maximum"}
