"""How alike the rows of a cluster are: by textbook formulas, a second computation, and simulated clusters."""

import numpy as np
import pytest
from benchmarks.clusters import outcome_of, sizes_of
from scipy import stats

from holdfast.errors import NotEnoughDataError
from holdfast.experiments.likeness import _jackknifed, design_effect, likeness


def clusters(random, number, *, icc, mean=20):
    codes = np.repeat(np.arange(number), np.maximum(1, random.gamma(2, mean / 2, number).astype(int)))
    return codes, np.sqrt(icc) * random.normal(size=number)[codes] + np.sqrt(1 - icc) * random.normal(size=len(codes))


def test_the_ratings_of_shrout_and_fleiss():
    """Shrout & Fleiss (1979), table 2, six targets by four judges: ICC(1,1) = .17, by mean squares 11.24 and 6.26."""
    ratings = np.array(
        [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]], dtype=float
    )
    found = likeness(ratings.ravel(), np.repeat(np.arange(6), 4))
    assert found.icc == pytest.approx((11.2417 - 6.2639) / (11.2417 + 3 * 6.2639), abs=1e-4)
    assert round(found.icc, 2) == 0.17
    # Searle (1971): exact for clusters of one size. R's irr and psych print −0.133 to 0.723; below 0 is 0 here.
    ratio = 11.2417 / 6.2639 / stats.f.isf(0.975, 5, 18)
    assert (found.low, found.high) == pytest.approx((0.0, (ratio - 1) / (ratio + 3)), abs=1e-4)
    assert found.high == pytest.approx(0.723, abs=5e-4)


def test_clusters_of_unequal_size_within_arms_by_mean_squares():
    random = np.random.default_rng(1)
    codes, y = clusters(random, 30, icc=0.2)
    arms = codes % 2
    y = y + 5 * arms
    n, means = np.bincount(codes), np.array([y[codes == g].mean() for g in range(30)])
    arm_means = np.array([y[arms == a].mean() for a in (0, 1)])
    within = np.square(y - means[codes]).sum() / (len(y) - 30)
    between = (n * np.square(means - arm_means[np.arange(30) % 2])).sum() / 28
    size = (len(y) - sum((n[a::2] ** 2).sum() / n[a::2].sum() for a in (0, 1))) / 28
    found = likeness(y, codes, arms)
    assert found.icc == pytest.approx((between - within) / (between + (size - 1) * within))
    assert found.low < found.icc < found.high
    assert (found.clusters, found.cluster_size) == (30, len(y) / 30)
    assert likeness(y, codes).icc > 0.5, "what differs between arms is no likeness"


@pytest.mark.no_cover
def test_the_interval_holds_the_truth():
    random = np.random.default_rng(2)
    for icc in (0.0, 0.05, 0.3):
        held = [(found.low <= icc <= found.high) for found in (likeness(y, c) for c, y in _many(random, icc))]
        # 95 % of 300, and three standard deviations.
        assert np.mean(held) > 0.912


@pytest.mark.no_cover
def test_the_interval_holds_the_truth_of_amounts_too():
    random, held = np.random.default_rng(4), []
    for _ in range(200):
        codes = np.repeat(np.arange(60), sizes_of(random, 60, mean=50, cv=0.8))
        found = likeness(outcome_of(random, "money", codes, alike=0.05, effect=np.zeros(len(codes))), codes)
        held.append(found.low <= 0.05 <= found.high)
    # By Wald's limits alone 78 %.
    assert np.mean(held) > 0.89


def test_the_jackknife_leaves_out_one_cluster_after_the_other():
    random = np.random.default_rng(5)
    codes, y = clusters(random, 15, icc=0.1)
    y = np.exp(2 * y)
    arms = codes % 2

    def ratio(rows):
        inside = sum(np.square(y[rows & (codes == g)] - y[rows & (codes == g)].mean()).sum() for g in set(codes[rows]))
        between = -inside + sum(np.square(y[rows & (arms == a)] - y[rows & (arms == a)].mean()).sum() for a in (0, 1))
        many = len(set(codes[rows]))
        return np.log(between / (many - 2) / (inside / (rows.sum() - many)))

    everyone = np.ones(len(y), dtype=bool)
    pseudo = [15 * ratio(everyone) - 14 * ratio(codes != g) for g in range(15)]
    half = stats.t.isf(0.025, 13) * np.std(pseudo, ddof=1) / np.sqrt(15)
    n = np.bincount(codes)
    size = (len(y) - sum((n[a::2] ** 2).sum() / n[a::2].sum() for a in (0, 1))) / 13
    means = np.bincount(codes, weights=y) / n
    inside = np.bincount(codes, weights=np.square(y - means[codes]))
    found = _jackknifed(n.astype(float), means, np.arange(15) % 2, inside, 13, size)
    high = np.exp(ratio(everyone) + half)
    assert found == pytest.approx((0.0, (high - 1) / (high + size - 1)))
    assert likeness(y, codes, arms).high >= found[1]


def _many(random, icc):
    return (clusters(random, 20, icc=icc) for _ in range(300))


def test_the_design_effect_is_the_variance_of_the_difference():
    random = np.random.default_rng(3)
    codes, _ = clusters(random, 24, icc=0.1, mean=12)
    for arms in (codes % 2, random.integers(0, 2, len(codes))):
        weight = np.where(arms == 1, 1 / (arms == 1).sum(), -1 / (arms == 0).sum())
        alike = np.where(codes[:, None] == codes, 0.1, 0.0) + 0.9 * np.eye(len(codes))
        assert design_effect(0.1, codes, arms) == pytest.approx(weight @ alike @ weight / (weight @ weight))


def test_what_says_nothing_is_refused():
    with pytest.raises(NotEnoughDataError, match="4 clusters with 4 rows: how alike"):
        likeness(np.arange(4.0), np.arange(4))
    with pytest.raises(NotEnoughDataError, match="1 cluster with 4 rows: how alike"):
        likeness(np.arange(4.0), np.zeros(4, dtype=int))
    with pytest.raises(NotEnoughDataError, match="the same for everyone"):
        likeness(np.full(6, 3.0), np.repeat([0, 1, 2], 2))
    copies = likeness(np.repeat([1.0, 5.0, 2.0], 2), np.repeat([0, 1, 2], 2))
    assert (copies.icc, copies.low, copies.high) == (1, 1, 1)
