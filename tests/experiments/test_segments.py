"""Whether effects differ between segments: as often as stated where they do not, and seen where they do."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from holdfast.experiments import measure
from holdfast.experiments.segments import differ


def test_it_is_the_score_test_of_one_difference_in_all_tables():
    """Two tables with a common difference of 0: Q is chi-square with the pooled variance of each."""
    tables = [((30, 100), (20, 100)), ((10, 50), (20, 50))]
    parts = [tuple(np.r_[np.ones(hits), np.zeros(n - hits)] for hits, n in table) for table in tables]
    # The effects are +0.1 and −0.2; what is common to both is near 0 and taken off the treated.
    gaps, common = np.array([0.1, -0.2]), 0.0
    for _ in range(3):
        variances = np.array(
            [np.r_[one - common, other].var(ddof=1) * (1 / len(one) + 1 / len(other)) for one, other in parts]
        )
        common = np.average(gaps, weights=1 / variances)
    q = ((gaps - common) ** 2 / variances).sum()
    assert differ(parts) == pytest.approx(stats.chi2.sf(q, 1), rel=1e-9)
    assert differ(parts[:1]) == 1.0
    assert differ([(np.ones(5), np.ones(5)), *parts[:1]]) == 1.0
    assert differ([(np.ones(5), np.zeros(5))] * 3) == 1.0, "the same effect, and nothing else"


@pytest.mark.no_cover
@pytest.mark.parametrize(("segments", "rate"), [(20, 0.3), (40, 0.5)])
def test_many_small_segments_do_not_differ_by_chance(segments, rate):
    random, seen = np.random.default_rng(1), 0
    for _ in range(150):
        n = 60 * segments
        data = pd.DataFrame(
            {
                "arm": random.choice(["offer", "control"], n),
                "bought": (random.random(n) < rate) * 1,
                "segment": random.integers(0, segments, n).astype(str),
            }
        )
        found = measure(data, arm="arm", control="control", outcomes=["bought"], segment="segment")
        seen += found.segments_differ["bought", "offer"] < 0.05
    # 7.5 of 150 are expected; 15 and more have a chance of 1 %.
    assert seen <= 14


@pytest.mark.no_cover
def test_large_amounts_in_a_small_control_do_not_make_segments_differ():
    random, seen = np.random.default_rng(2), 0
    for _ in range(60):
        parts = []
        for _ in range(8):
            one, other = (np.where(random.random(n) < 0.1, random.lognormal(3, 1.3, n), 0.0) for n in (900, 100))
            parts.append((one, other))
        seen += differ(parts) < 0.05
    assert seen <= 8


def test_effects_that_differ_are_seen():
    random = np.random.default_rng(3)
    rates, amounts = [], []
    for effect in (0.0, 0.2):
        rates.append(tuple((random.random(800) < 0.2 + effect * arm) * 1.0 for arm in (1, 0)))
        of_arms = ((1, 1800), (0, 200))
        amounts.append(
            tuple(
                np.where(random.random(n) < 0.2 + 2 * effect * arm, random.lognormal(3, 1, n), 0.0)
                for arm, n in of_arms
            )
        )
    assert differ(rates) < 0.001
    assert differ(amounts) < 0.01
