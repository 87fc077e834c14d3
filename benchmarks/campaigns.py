"""Randomised campaigns of known effect: what learnt policies are judged by."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from holdfast.experiments.learnt import LearntPolicy, Offer, learn_policy
from holdfast.learn.arrays import Floats

COVARIATES = [*"abcdef", "g"]
KINDS = ("line", "corner", "risk", "groups", "all", "harm")
VALUE, COST = 50.0, 1.0
_GROUPS = np.array(list("wxyz"))
# A fixed number of unseen customers, the same in every world of a kind.
UNSEEN = 50_000


@dataclass(frozen=True)
class World:
    """Customers, what they do if nobody contacts them, and what a contact changes: probabilities of buying, (n,)."""

    customers: pd.DataFrame
    untreated: Floats
    effect: Floats

    @property
    def net(self) -> Floats:
        """What contacting each customer brings, currency, shape (n,)."""
        return VALUE * self.effect - COST


def world(kind: str, n: int, seed: Sequence[int]) -> World:
    """Return customers of a kind of world.

    ``line``: the effect grows with two covariates; ``corner``: there is one where two of them are high; ``risk``: it is
    largest for those who may or may not buy; ``groups``: by a category; ``all``: everybody's is 5 points; ``harm``:
    everybody's is −1; ``none``: nobody's.
    """
    random = np.random.default_rng(list(seed))
    x, group = random.normal(size=(n, 6)), random.integers(0, 4, n)
    p = 1 / (1 + np.exp(1.5 - 0.6 * x[:, 0] + 0.4 * x[:, 1] - 0.2 * group))
    shapes = {
        "line": 0.03 + 0.04 * x[:, 2] + 0.02 * x[:, 0],
        "corner": np.where((x[:, 2] > 0) & (x[:, 3] > -0.3), 0.12, -0.02),
        "risk": 0.5 * p * (1 - p) - 0.05,
        "groups": np.array([-0.03, 0.0, 0.04, 0.12])[group],
        "all": np.full(n, 0.05),
        "harm": np.full(n, -0.01),
        "none": np.zeros(n),
    }
    treated = np.clip(p + shapes[kind], 0.0, 1.0)
    return World(pd.DataFrame(x, columns=list("abcdef")).assign(g=_GROUPS[group]), p, treated - p)


def campaign(one: World, seed: Sequence[int], treated_share: float = 0.5) -> pd.DataFrame:
    """Return what a randomised campaign on these customers shows."""
    random = np.random.default_rng([*seed, 1])
    mailed = random.random(len(one.untreated)) < treated_share
    bought = random.random(len(mailed)) < one.untreated + one.effect * mailed
    return one.customers.assign(arm=np.where(mailed, "mail", "none"), bought=bought.astype(int))


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


def learnt_in(data: pd.DataFrame, *, cost: float = COST, seed: int = 1) -> LearntPolicy:
    """Return the policy that a campaign teaches."""
    offers = {"mail": Offer(contact=cost)}
    return learn_policy(
        data, arm="arm", control="none", outcome="bought", covariates=COVARIATES, value=VALUE, offers=offers, seed=seed
    )


def judged(kind: str, number: int, *, n: int = 20_000, treated_share: float = 0.5) -> Judged:
    """Learn in one world of a kind and judge."""
    seed = (18, number)
    learnt = learnt_in(campaign(world(kind, n, seed), seed, treated_share))
    unseen = world(kind, UNSEEN, (18_000,))
    net = unseen.net
    chosen = learnt.profits(learnt.effects(unseen.customers, forced=True))[:, 0]
    followed = learnt.profits(learnt.effects(unseen.customers))[:, 0]
    allowed = learnt.allowed_arms()[0]
    policy, everyone = learnt.facts["value"]["ways"][:2]
    few = int(0.3 * UNSEEN)
    # The stated interval of "all" against nobody bounds what either answer may lose.
    bounds = {"all": -everyone["value"]["low"], "by customer": 0.0}
    stated = bounds.get(learnt.verdict.answer, everyone["value"]["high"])
    if learnt.verdict.answer == "by customer":
        stated = max(0.0, -policy["value"]["low"], -everyone["policy_over"]["low"])
    return Judged(
        kind,
        learnt.verdict.answer,
        float(np.maximum(net, 0).mean()),
        float(net.mean()),
        float((net * (chosen > 0)).mean()),
        float((net * ((followed > 0) & allowed)).mean()),
        float(np.sort(net)[-few:].sum() / UNSEEN),
        float(net[np.argsort(-chosen, kind="stable")[:few]].sum() / UNSEEN),
        policy["value"]["effect"],
        (policy["value"]["high"] - policy["value"]["low"]) / 2,
        max(stated, 0.0),
    )


def says_nothing(number: int, *, n: int = 20_000, cost: float = 0.0) -> bool:
    """Return whether a campaign without any effect is said to show nothing that pays."""
    seed = (19, number)
    learnt = learnt_in(campaign(world("none", n, seed), seed), cost=cost)
    return learnt.verdict.answer in ("cannot tell", "nobody")
