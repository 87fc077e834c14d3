"""Honest assignments are suspected once in a thousand, whatever the covariates' tails; others are noticed."""

import numpy as np
import pandas as pd
import pytest

from holdfast.experiments.balance import Balance
from holdfast.experiments.randomisation import check_randomisation


def drawn(seed: int, n: int = 300, share: float = 0.1) -> tuple[pd.DataFrame, np.ndarray]:
    """Covariates with a few very large values, and a small arm."""
    random = np.random.default_rng(seed)
    data = pd.DataFrame(random.lognormal(0, 2.5, size=(n, 3)), columns=list("abc"))
    return data, np.where(random.random(n) < share, "offer", "none").astype(object)


def test_a_few_heavy_spenders_in_a_small_arm_are_no_broken_assignment():
    # By their means and a chi-square distribution, 8 of these 400 were suspected.
    for seed in (18, 93, 182, 186, 222, 274, 296, 352, *range(12)):
        data, arms = drawn(seed)
        found = check_randomisation(arms, "none", covariates=data, named=list("abc"))
        assert found.problems == [], seed
        assert found.covariates_p > 0.001


def test_the_answer_is_as_rare_as_it_says():
    """A Monte Carlo test is exact: it is below 0.05 in about one of twenty honest draws."""
    random = np.random.default_rng(1)
    rare = (random.random((200, 3)) < 0.03).astype(float)
    data = pd.DataFrame(np.column_stack([rare, random.lognormal(0, 2, 200)]), columns=list("abcd"))
    p = []
    for seed in range(100):
        arms = (np.random.default_rng([2, seed]).random(200) < 0.15).astype(np.int64)
        p.append(Balance(data, arms, list("abcd")).by_chance(seed))
    assert 0.0 < np.mean(np.array(p) < 0.05) < 0.11
    assert min(p) > 0.001


@pytest.mark.parametrize("looks", [1, 2])
def test_what_chance_does_not_do_is_noticed_and_named(looks):
    data, arms = drawn(5, n=2000, share=0.3)
    moved = data.assign(b=data["b"] * np.where(arms == "offer", 1.8, 1.0))
    coded = (arms == "offer").astype(np.int64)
    assert Balance(moved, coded, list("abc")).by_chance(1, looks) == pytest.approx(looks / (1000 * looks + 1))
    assert Balance(data, coded, list("abc")).by_chance(1, looks) > 0.01
    found = check_randomisation(arms, "none", covariates=moved, named=list("abc"))
    assert found.differing == ("b",)
    assert "the covariates differ between the arms" in found.problems[0]


def test_one_of_many_is_noticed_and_three_arms_are_compared():
    random = np.random.default_rng(7)
    n = 3000
    data = pd.DataFrame(random.normal(size=(n, 40)), columns=[f"c{i}" for i in range(40)])
    arms = random.choice(["none", "call", "mail"], n).astype(object)
    names = list(data)
    assert check_randomisation(arms, "none", covariates=data, named=names).problems == []
    after = data.assign(c17=data["c17"] + 0.25 * (arms == "call"))
    found = check_randomisation(arms, "none", covariates=after, named=names)
    assert found.differing == ("c17",)
    assert found.covariates_p == pytest.approx(1 / 1001)
