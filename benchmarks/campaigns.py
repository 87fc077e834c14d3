"""Randomised campaigns of known effect: what learnt policies are judged by."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from benchmarks.worlds import PLAIN, SHOP, World, world
from holdfast.experiments.learnt import LearntPolicy, Offer, learn_policy
from holdfast.experiments.learnt.value import best_of, given
from holdfast.learn.arrays import Floats, Ints

KINDS = tuple(kind for kind in (*PLAIN, *SHOP) if kind != "none")
# A fixed number of unseen customers, the same in every world of a kind.
UNSEEN = 30_000


def campaign(one: World, seed: Sequence[int]) -> pd.DataFrame:
    """Return what a randomised campaign on these customers shows, with the probability of every arm (``p_<arm>``)."""
    random = np.random.default_rng([*seed, 1])
    e, names = one.probabilities, np.array(["none", *one.arms])
    arm = (random.random(len(e))[:, None] > np.cumsum(e, axis=1)[:, :-1]).sum(axis=1)
    mean = one.untreated + np.column_stack([np.zeros(len(e)), one.effect])[np.arange(len(e)), arm]
    columns = {f"p_{name}": e[:, i] for i, name in enumerate(names)}
    return one.customers.assign(arm=names[arm], bought=_bought(one, mean, random), **columns)


def _bought(one: World, mean: Floats, random: np.random.Generator) -> Floats:
    if one.amounts is None:
        return (random.random(len(mean)) < mean).astype(np.float64)
    order, spread = one.amounts
    amounts = order * np.exp(spread * random.normal(size=len(mean)) - spread**2 / 2)
    return np.where(random.random(len(mean)) < mean / order, amounts, 0.0)


@dataclass(frozen=True)
class Judged:
    """A policy learnt in one world, held against the truth on customers it has not seen; currency per customer.

    Attributes
    ----------
    kind, answer
        The world, and what the policy's verdict says.
    best, everyone
        What the best choice earns, and what contacting all does.
    policy, answered
        What choosing by customer earns, and what following the verdict does.
    best_within, within
        The best 30 % and the policy's 30 %: by the same budget.
    said, interval
        What the policy was said to earn on its own campaign's customers, and the half-width of that interval.
    behind
        Most by which the better of all and nobody may be above what the verdict says, as stated.
    informed
        What choosing earns that knows the form of the effect (``informed``).
    """

    kind: str
    answer: str
    best: float
    everyone: float
    policy: float
    answered: float
    best_within: float
    within: float
    said: float
    interval: float
    behind: float
    informed: float


def learnt_in(one: World, data: pd.DataFrame, *, costs: Sequence[float] | None = None, seed: int = 1) -> LearntPolicy:
    """Return the policy that a campaign in this world teaches."""
    e, names = one.probabilities, ("none", *one.arms)
    return learn_policy(
        data,
        arm="arm",
        control="none",
        outcome="bought",
        covariates=[str(name) for name in one.customers.columns],
        value=one.value,
        offers={arm: Offer(contact=cost) for arm, cost in zip(one.arms, costs or one.costs, strict=True)},
        propensities={name: f"p_{name}" for name in names} if (e != e[0]).any() else None,
        seed=seed,
    )


def judged(kind: str, number: int, *, n: int = 20_000) -> Judged:
    """Learn in one world of a kind and judge."""
    seed = (18, number)
    one = world(kind, n, seed)
    data = campaign(one, seed)
    learnt = learnt_in(one, data)
    unseen = world(kind, UNSEEN, (18_000,))
    net = unseen.net[:, [unseen.arms.index(arm) for arm in learnt.arms]]
    profits = learnt.profits(learnt.effects(unseen.customers, forced=True))
    everybody = np.ones(profits.shape, dtype=bool)
    ours, few = best_of(profits, everybody), best_of(profits + 1e9, everybody, share=0.3)
    rows = learnt.facts["value"]["ways"]
    policy, alls = rows[0], {row["way"]: row for row in rows[1:]}
    return Judged(
        kind,
        learnt.verdict.answer,
        float(np.maximum(net.max(axis=1), 0).mean()),
        float(net.mean(axis=0).max()),
        float(given(net, ours).mean()),
        _answered(learnt, net, ours),
        float(np.sort(net.max(axis=1))[-int(0.3 * UNSEEN) :].sum() / UNSEEN),
        float(given(net, few).mean()),
        policy["value"]["effect"],
        (policy["value"]["high"] - policy["value"]["low"]) / 2,
        _stated(learnt, policy, alls),
        informed(one, data, unseen),
    )


def informed(one: World, data: pd.DataFrame, unseen: World) -> float:
    """Return what choosing earns that knows the form of each effect, and what customers do whom nobody contacts.

    Only the level and the strength of the effect are learnt from the campaign (least squares): no policy that has to
    find the form can be expected to earn more.
    """
    profits = np.zeros(unseen.net.shape)
    for i, arm in enumerate(one.arms):
        rows = (data["arm"] == arm).to_numpy()
        more = data["bought"].to_numpy()[rows] - one.untreated[rows]
        forms = [np.column_stack([np.ones(len(each)), each]) for each in (one.effect[rows, i], unseen.effect[:, i])]
        found = np.linalg.lstsq(forms[0], more, rcond=None)[0]
        profits[:, i] = one.value * (forms[1] @ found) - one.costs[i]
    return float(given(unseen.net, best_of(profits, np.ones(profits.shape, dtype=bool))).mean())


def _answered(learnt: LearntPolicy, net: Floats, ours: Ints) -> float:
    """Return what following the verdict earns per customer."""
    if learnt.verdict.answer == "by customer":
        return float(given(net, ours).mean())
    return float(net[:, learnt.arms.index(learnt.verdict.arm)].mean()) if learnt.verdict.arm else 0.0


def _stated(learnt: LearntPolicy, policy: dict[str, Any], alls: dict[str, Any]) -> float:
    """Return the most by which the better of all and nobody is stated to be above the verdict."""
    verdict = learnt.verdict
    if verdict.answer == "by customer":
        return max(0.0, -policy["value"]["low"], *(-row["policy_over"]["low"] for row in alls.values()))
    # The stated interval of "all" against nobody bounds what either answer may lose.
    if verdict.arm is None:
        return max(0.0, *(row["value"]["high"] for row in alls.values()))
    mine = alls[f"all: {verdict.arm}"]["value"]
    return max(
        0.0, -mine["low"], *(row["value"]["high"] - mine["low"] for row in alls.values() if row["value"] != mine)
    )


def says_nothing(number: int, *, n: int = 20_000, cost: float = 0.0) -> bool:
    """Return whether a campaign without any effect is said to show nothing that pays."""
    seed = (19, number)
    one = world("none", n, seed)
    learnt = learnt_in(one, campaign(one, seed), costs=[cost])
    return learnt.verdict.answer in ("cannot tell", "nobody")
