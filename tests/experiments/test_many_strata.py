"""Clusters in many strata, pairs among them, and effects by segment of clusters: by second computations."""

import numpy as np
import pandas as pd
import pytest
from benchmarks.clusters import pairs_alarm, segments_alarm
from scipy import stats

from holdfast.experiments import measure, robust
from holdfast.experiments.clusters import ClusterRobust, effects_differ
from holdfast.report import experiments as text


def rows(random, number, *, mean=12):
    codes = np.repeat(np.arange(number), np.maximum(2, random.gamma(2, mean / 2, number).astype(int)))
    return codes, random.normal(size=number)[codes] + random.normal(size=len(codes))


@pytest.mark.parametrize("within", [True, False])
@pytest.mark.parametrize("covariates", [True, False])
def test_strata_taken_off_are_strata_in_the_regression(within, covariates, monkeypatch):
    random = np.random.default_rng(3)
    codes, y = rows(random, 60)
    n = len(y)
    strata, arms = (codes // 2, codes % 2) if within else (random.integers(0, 30, n), random.integers(0, 3, n))
    x = random.normal(size=(n, 2)) if covariates else None
    found = []
    for columns in (1000, 5):
        monkeypatch.setattr(robust, "_COLUMNS", columns)
        fit = ClusterRobust(arms, y, codes, x, strata)
        found.append([*fit.level(1), *fit.between(1), fit.effect(1).low, fit.effect(1).high, fit.smallest(1)])
    assert found[0] == pytest.approx(found[1], rel=1e-9)
    # Where so many stand in a stratum that their pairs are not looked at, freedom is a little more.
    monkeypatch.setattr(robust, "_PAIRS", 0)
    alone = ClusterRobust(arms, y, codes, x, strata).between(1)
    assert alone[0] == pytest.approx(found[1][2])
    assert alone[1] >= found[1][3] - 1e-9


def test_pairs_of_one_size_are_the_paired_t_test():
    random = np.random.default_rng(4)
    pairs, size = 60, 5
    codes = np.repeat(np.arange(2 * pairs), size)
    y = random.normal(0, 2, pairs)[codes // 2] + random.normal(size=2 * pairs)[codes] + random.normal(size=len(codes))
    found = ClusterRobust(codes % 2, y, codes, strata=codes // 2)
    gaps = y.reshape(pairs, 2, size).mean(axis=2) @ [-1, 1]
    test = stats.ttest_1samp(gaps, 0.0)
    effect, interval = found.effect(1), test.confidence_interval()
    assert (effect.effect, effect.p_value) == pytest.approx((gaps.mean(), test.pvalue))
    assert (effect.low, effect.high) == pytest.approx((interval.low, interval.high))
    assert found.between(1)[1] == pytest.approx(pairs - 1)


def test_two_thousand_villages_in_pairs():
    random = np.random.default_rng(5)
    codes, y = rows(random, 2400, mean=6)
    data = pd.DataFrame({"village": codes, "pair": codes // 2, "spent": y + 3 * random.normal(size=1200)[codes // 2]})
    data["arm"] = np.where((codes % 2) == random.integers(0, 2, 1200)[codes // 2], "offer", "control")
    data["spent"] += 0.4 * (data["arm"] == "offer")
    asked = {"arm": "arm", "control": "control", "outcomes": ["spent"], "cluster": "village", "others": []}
    (effect,) = measure(data, **asked, strata=["pair"]).effects
    assert effect.difference.low < 0.4 < effect.difference.high
    plain = measure(data, **asked).effects[0].difference
    assert effect.difference.high - effect.difference.low < 0.5 * (plain.high - plain.low)
    # Half of what is left of the outcome lies between villages, as in ``rows``.
    assert effect.clustered.low < 0.5 < effect.clustered.high


def together(arms, y, codes, group):
    """Hotelling's T² with Zhang's degrees of freedom, by matrices of all rows by all rows."""
    n, many = len(y), int(group.max()) + 1
    own = (group[:, None] == np.arange(many)).astype(float)
    x = np.column_stack([own * arms[:, None], own])
    ask = np.column_stack([-np.ones(many - 1), np.eye(many - 1), np.zeros((many - 1, many))])
    bread = np.linalg.pinv(x.T @ x)
    rest = np.eye(n) - x @ bread @ x.T
    left, columns, parts = rest @ y, [], []
    for code in np.unique(codes):
        mine = np.flatnonzero(codes == code)
        values, vectors = np.linalg.eigh(rest[np.ix_(mine, mine)])
        root = vectors @ np.diag(np.where(values > 1e-9, np.abs(values) ** -0.5, 0)) @ vectors.T
        weights = root @ x[mine] @ bread @ ask.T
        parts.append(weights.T @ left[mine])
        columns.append(rest[:, mine] @ weights)
    same = codes[:, None] == codes
    shared = max(float(np.outer(left, left)[same & ~np.eye(n, dtype=bool)].mean()), 0.0)
    alike = np.eye(n) * (np.square(left).mean() - shared) + shared * same
    grid = np.array([[a.T @ alike @ b for b in columns] for a in columns])
    values, vectors = np.linalg.eigh(sum(grid[i, i] for i in range(len(columns))))
    turn = vectors @ np.diag(values**-0.5) @ vectors.T
    grid = turn @ grid @ turn
    q = many - 1
    spread = np.square(np.trace(grid, axis1=2, axis2=3)).sum() + np.einsum("ghab,ghba->", grid, grid)
    freedom, effects = q * (q + 1) / spread, ask @ bread @ x.T @ y
    reached = effects @ np.linalg.solve(np.array(parts).T @ np.array(parts), effects)
    return stats.f.sf((freedom - q + 1) / (freedom * q) * reached, q, freedom - q + 1)


@pytest.mark.parametrize("whole", [True, False])
@pytest.mark.parametrize("columns", [50, 1])
def test_effects_by_segment_differ_as_a_second_computation_says(whole, columns, monkeypatch):
    monkeypatch.setattr(robust, "_COLUMNS", columns)
    random = np.random.default_rng(6)
    codes, y = rows(random, 24)
    group = (codes // 2) % 3 if whole else random.integers(0, 3, len(y))
    arms = codes % 2
    for more in (0.0, 0.8):
        value = y + more * arms * (group == 2)
        assert effects_differ(arms, value, codes, group) == pytest.approx(together(arms, value, codes, group))


def test_clusters_alike_in_their_segments_give_hotellings_test():
    """Every cluster has as many customers of each segment: then it is Hotelling's test of two samples of clusters."""
    random = np.random.default_rng(7)
    number, segments, size = 20, 3, 8
    codes = np.repeat(np.arange(number), segments * size)
    group = np.tile(np.repeat(np.arange(segments), size), number)
    y = random.normal(size=number)[codes] + random.normal(size=len(codes))
    means = y.reshape(number, segments, size).mean(axis=2) @ np.array([[-1, -1], [1, 0], [0, 1]])
    one, other = means[1::2], means[::2]
    pooled = (np.cov(one.T) + np.cov(other.T)) / 2
    gap, df = one.mean(axis=0) - other.mean(axis=0), number - 2
    t2 = number / 4 * gap @ np.linalg.solve(pooled, gap)
    assert effects_differ(codes % 2, y, codes, group) == pytest.approx(stats.f.sf((df - 1) / (df * 2) * t2, 2, df - 1))


def test_what_too_few_clusters_say_of_segments():
    random = np.random.default_rng(8)
    codes, y = rows(random, 8)
    assert effects_differ(codes % 2, y, codes, (codes // 2) % 4) is None
    assert effects_differ(codes % 2, y, codes, np.zeros(len(y), dtype=int)) == 1.0
    assert effects_differ(codes % 2, np.ones(len(y)), codes, codes % 3) == 1.0


def test_segments_of_stores_and_within_them():
    random = np.random.default_rng(9)
    codes, y = rows(random, 40, mean=60)
    data = pd.DataFrame({"store": codes, "arm": np.where(codes % 2, "offer", "control"), "spent": y})
    data["kind"] = np.array(["town", "land"])[(codes // 2) % 2]
    data["age"] = np.where(random.random(len(y)) < 0.5, "old", "young")
    data["region"] = codes // 4 % 3
    data["spent"] += 2.0 * ((data["arm"] == "offer") & (data["age"] == "old"))
    asked = {"arm": "arm", "control": "control", "outcomes": ["spent"], "cluster": "store", "others": []}
    by_age = measure(data, **asked, segment="age")
    assert by_age.segments_differ["spent", "offer"] < 1e-6
    assert "effects differ between segments (compared by cluster, p < 0.001)" in text.measured(by_age.as_dict())
    by_kind = measure(data, **asked, segment="kind", strata=["region"])
    assert by_kind.segments_differ["spent", "offer"] > 0.05
    few = by_kind.as_dict()
    few["segments_differ"][0]["p_value"] = None
    assert "offer: too few clusters to say whether effects differ between segments" in text.measured(few)


def test_what_clusters_cost_is_said():
    random = np.random.default_rng(10)
    codes, y = rows(random, 40, mean=60)
    data = pd.DataFrame({"store": codes, "arm": np.where(codes % 2, "offer", "control"), "spent": y})
    data["bought"] = (data["spent"] > 0).astype(int)
    asked = {"arm": "arm", "control": "control", "cluster": "store", "others": []}
    found = measure(data, **asked, outcomes=["spent", "bought"]).as_dict()
    of = found["effects"][0]["clustered"]
    n = np.bincount(codes)
    arms = [n[a::2] for a in (0, 1)]
    grown = 1 - of["icc"] + of["icc"] * sum((a**2).sum() / a.sum() ** 2 for a in arms) / sum(1 / a.sum() for a in arms)
    assert (of["customers"], of["worth"]) == (len(y), round(len(y) / grown))
    assert of["design_effect"] == pytest.approx(grown)
    assert of["low"] < 0.5 < of["high"]
    difference = found["effects"][0]["difference"]
    fit = ClusterRobust(codes % 2, y, codes)
    df = fit.between(1)[1]
    error = (difference["high"] - difference["low"]) / 2 / stats.t.isf(0.025, df)
    assert stats.nct.sf(stats.t.isf(0.025, df), df, of["smallest"] / error) == pytest.approx(0.8, abs=1e-6)
    said = text.measured(found)
    assert (
        f"customers of one store behave alike (ICC {of['icc']:.3f}, 95 % {of['low']:.3f} to {of['high']:.3f})" in said
    )
    assert f": {len(y):,} customers tell as much as {of['worth']:,} would who stand for themselves" in said
    assert f"offer: such an experiment shows an effect of {of['smallest']:.3g} in 80 % of cases" in said
    points = found["effects"][1]["clustered"]["smallest"] * 100
    assert f"shows an effect of {points:.3g} points in 80 % of cases" in said
    plain = measure(data.drop(columns="store"), **asked | {"cluster": None}, outcomes=["spent"])
    assert "clustered" not in plain.effects[0].as_dict()


def test_arms_within_stores_and_customers_who_are_not_alike():
    random = np.random.default_rng(11)
    codes, y = rows(random, 40, mean=60)
    data = pd.DataFrame({"store": codes, "spent": y, "noise": random.normal(size=len(y))})
    data["arm"] = np.where(random.random(len(y)) < 0.5, "offer", "control")
    asked = {"arm": "arm", "control": "control", "cluster": "store", "others": []}
    found = measure(data, **asked, outcomes=["spent", "noise"]).as_dict()
    assert found["effects"][0]["clustered"]["design_effect"] < 1
    assert "behave alike" in text.measured(found)
    assert "which makes offer surer, as arms are compared within store" in text.measured(found)
    data["row"] = range(len(data))
    alone = measure(data, **asked | {"cluster": "row"}, outcomes=["noise"]).as_dict()
    assert alone["effects"][0]["clustered"]["icc"] is None
    assert "behave alike" not in text.measured(alone)
    alone["effects"][0]["clustered"] |= {"icc": 0.0, "low": 0.0, "high": 0.02, "design_effect": 1.0}
    assert "are no more alike than any others (ICC 0.000, 95 % 0.000 to 0.020)" in text.measured(alone)


@pytest.mark.no_cover
@pytest.mark.slow
@pytest.mark.parametrize(("pairs", "cv", "kind"), [(8, 1.0, "even"), (12, 0.3, "rate"), (1200, 1.0, "money")])
def test_pairs_in_which_nothing_happened_show_an_effect_in_one_of_twenty(pairs, cv, kind):
    runs = 400 if pairs < 100 else 100
    assert pairs_alarm(runs, pairs=pairs, cv=cv, kind=kind, seed=5) <= 0.06 + 2 * np.sqrt(0.05 / runs)


@pytest.mark.no_cover
@pytest.mark.slow
@pytest.mark.parametrize(("kind", "whole"), [("rate", True), ("even", False), ("money", False)])
def test_one_effect_in_all_segments_is_said_to_differ_in_one_of_twenty(kind, whole):
    effect = {"rate": 0.05, "money": 2.0, "even": 0.3}[kind]
    asked = {"stores": 40, "cv": 0.5, "segments": 2 if whole else 3, "whole": whole, "effect": effect}
    assert segments_alarm(300, kind=kind, seed=6, **asked) <= 0.06 + 2 * np.sqrt(0.05 / 300)
