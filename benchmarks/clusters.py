"""Stores dealt as a whole: whether planned power is reached, and how often an effect is seen that is not there."""

from dataclasses import dataclass

import numpy as np

from holdfast.experiments.cluster_power import effect_of_clusters
from holdfast.experiments.clusters import ClusterRobust, effects_differ
from holdfast.experiments.segments import LEAST_CLUSTERS
from holdfast.learn.arrays import Floats, Ints

OUTCOMES = ("rate", "money", "even")
# Share of the variance that lies between stores.
ALIKE = 0.05
_RATE, _BUY = 0.2, 0.3


@dataclass(frozen=True)
class Stores:
    """Customers by store: number of each customer's store, and what they do if nothing happens, by outcome."""

    codes: Ints
    outcome: Floats


def sizes_of(random: np.random.Generator, stores: int, *, mean: float, cv: float) -> Ints:
    """Return customers of each store, gamma with this mean and coefficient of variation, at least two."""
    even = np.full(stores, mean)
    return np.maximum(2, np.rint(random.gamma(cv**-2, mean * cv**2, stores) if cv else even)).astype(np.int64)


def outcome_of(random: np.random.Generator, kind: str, codes: Ints, *, alike: float, effect: Floats) -> Floats:
    """Return outcomes of which a share ``alike`` of the variance lies between stores, with an effect on each customer.

    ``rate``: bought or not, beta-binomial around 20 %; ``money``: 30 % buy for log-normal amounts that differ by store,
    mean about 12; ``even``: normal with a standard deviation of 1.
    """
    many, n = int(codes.max()) + 1, len(codes)
    if kind == "rate":
        more = 1 / alike - 1
        rate = _RATE + np.bincount(codes, weights=effect) / np.bincount(codes)
        own = random.beta(rate * more, (1 - rate) * more, many)
        return (random.random(n) < own[codes]).astype(np.float64)
    if kind == "even":
        return np.sqrt(alike) * random.normal(size=many)[codes] + np.sqrt(1 - alike) * random.normal(size=n) + effect
    level = np.exp(random.normal(0, spread_of(alike), many))
    paid = 40 * np.exp(random.normal(-0.32, 0.8, n)) * level[codes]
    return (random.random(n) < _BUY) * (paid + effect / _BUY)


def spread_of(alike: float) -> float:
    """Return the spread of the stores' level of amounts that puts a share ``alike`` of the variance between them."""
    from scipy.optimize import brentq

    mean, square = _BUY, _BUY * np.exp(0.64)

    def lies_between(sigma: float) -> float:
        between = mean**2 * np.exp(sigma**2) * np.expm1(sigma**2)
        return float(between / (square * np.exp(2 * sigma**2) - mean**2 * np.exp(sigma**2)) - alike)

    return float(brentq(lies_between, 1e-6, 2.0))


def pairs_alarm(runs: int, *, pairs: int, cv: float, kind: str, seed: int) -> float:
    """Return how often an effect is seen where nothing happened: pairs of like stores, one of each dealt to the arm."""
    random, shown = np.random.default_rng([seed, pairs]), 0
    for _ in range(runs):
        sizes = sizes_of(random, 2 * pairs, mean=30, cv=cv)
        codes = np.repeat(np.arange(2 * pairs), sizes)
        pair = codes // 2
        like = random.normal(0, 0.5, pairs)[pair]
        y = outcome_of(random, kind, codes, alike=ALIKE, effect=np.zeros(len(codes), dtype=np.float64))
        y = y + like if kind == "even" else np.where(random.random(len(y)) < 0.3 * (like > 0), 0.0, y)
        first = random.integers(0, 2, pairs)
        arms = (codes % 2 == first[pair]).astype(np.int64)
        shown += ClusterRobust(arms, y, codes, strata=pair).effect(1).significant
    return shown / runs


def segments_alarm(
    runs: int, *, stores: int, cv: float, kind: str, segments: int, whole: bool, effect: float, seed: int
) -> float:
    """Return how often one and the same effect in all segments is said to differ; segments of stores, or within."""
    random, shown, told = np.random.default_rng([seed, stores, segments, whole]), 0, 0
    for _ in range(runs):
        codes = np.repeat(np.arange(stores), sizes_of(random, stores, mean=40, cv=cv))
        arms = np.isin(codes, random.permutation(stores)[: stores // 2]).astype(np.int64)
        group = (
            random.permutation(np.arange(stores) % segments)[codes]
            if whole
            else random.integers(0, segments, len(codes))
        )
        held = np.bincount(
            np.unique(np.column_stack([codes, group, arms]), axis=0)[:, 1:] @ [2, 1], minlength=2 * segments
        )
        if held.min() < LEAST_CLUSTERS:
            continue
        y = outcome_of(random, kind, codes, alike=ALIKE, effect=np.where(arms == 1, effect, 0.0))
        p = effects_differ(arms, y, codes, group)
        told += p is not None
        shown += p is not None and p < 0.05
    return shown / max(told, 1)


def planned_power(runs: int, *, per_arm: int, cv: float, kind: str, seed: int, alike: float = ALIKE) -> float:
    """Return how often the effect is shown that is planned to be shown in 80 %: by store, sizes as they are."""
    random, shown, deals = np.random.default_rng([seed, per_arm]), 0, 20
    sd = {"rate": None, "even": 1.0, "money": _sd_of_money(alike)}[kind]
    for _ in range(deals):
        sizes = sizes_of(random, 2 * per_arm, mean=50, cv=cv)
        codes = np.repeat(np.arange(2 * per_arm), sizes)
        plan = effect_of_clusters(
            2 * per_arm,
            icc=alike,
            cluster_size=float(sizes.mean()),
            cluster_cv=float(sizes.std() / sizes.mean()),
            baseline=_RATE if kind == "rate" else None,
            sd=sd,
        )
        for _ in range(runs // deals):
            arms = np.isin(codes, random.permutation(2 * per_arm)[:per_arm]).astype(np.int64)
            y = outcome_of(random, kind, codes, alike=alike, effect=np.where(arms == 1, plan.effect, 0.0))
            found = ClusterRobust(arms, y, codes).effect(1)
            shown += found.significant and found.effect > 0
    return shown / (runs // deals * deals)


def _sd_of_money(alike: float) -> float:
    sigma = spread_of(alike)
    second = _BUY * 1600 * np.exp(-0.64 + 2 * 0.64) * np.exp(2 * sigma**2)
    return float(np.sqrt(second - (_BUY * 40 * np.exp(sigma**2 / 2)) ** 2))
