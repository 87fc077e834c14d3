"""What a policy would bring, measured on customers that it did not learn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np

from holdfast.experiments.effects import Estimate, by_t, skewed_around
from holdfast.experiments.skewed import is_skewed
from holdfast.learn.arrays import Flags, Floats, Ints

PERSONAL, ALL, NOBODY, UNKNOWN = "by customer", "all", "nobody", "cannot tell"
_NOT_GIVEN = -1


@dataclass(frozen=True)
class Worth:
    """What one way to choose brings, in currency per customer of the campaign, against contacting nobody.

    Attributes
    ----------
    way
        ``by customer`` (the learnt policy), ``all: <arm>`` or ``present rule``.
    contacted
        Share of the customers it contacts.
    value
        Against contacting nobody, with its 95 % interval.
    policy_over
        The learnt policy less this way, on the same customers; ``None`` for the policy itself.
    """

    way: str
    contacted: float
    value: Estimate
    policy_over: Estimate | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        over = None if self.policy_over is None else self.policy_over.as_dict()
        return {"way": self.way, "contacted": self.contacted, "value": self.value.as_dict(), "policy_over": over}


@dataclass(frozen=True)
class Verdict:
    """What to do by what was measured.

    Attributes
    ----------
    answer
        ``by customer``, ``all``, ``nobody`` or ``cannot tell``.
    arm
        Whom ``all`` contacts with what; ``None`` for the other answers.
    reason
        A sentence.
    """

    answer: str
    arm: str | None
    reason: str

    @property
    def shown(self) -> bool:
        """Whether the campaign showed what to do; if not, the present rule stands."""
        return self.answer != UNKNOWN

    @property
    def said(self) -> str:
        """The answer with its reason."""
        return f"{self.answer if self.arm is None else f'{self.answer} with {self.arm}'}: {self.reason}"

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"answer": self.answer, "arm": self.arm, "reason": self.reason, "shown": self.shown}


@dataclass(frozen=True)
class PolicyValue:
    """The learnt policy beside the other ways to choose, and the verdict."""

    ways: tuple[Worth, ...]
    verdict: Verdict
    share: float | None = None

    @property
    def policy(self) -> Worth:
        """What choosing by customer brings."""
        return self.ways[0]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            "ways": [way.as_dict() for way in self.ways],
            "verdict": self.verdict.as_dict(),
            "share": self.share,
        }


@dataclass(frozen=True)
class Scores:
    """What each customer says of each arm, by inverse probability weighting augmented with a model.

    Robins, Rotnitzky & Zhao (1994); of policies Dudík, Langford & Li (2011). Their mean over any customers is an
    unbiased estimate of the mean outcome had all of them been in that arm, whatever the model foresees, because the
    probabilities are known.

    Attributes
    ----------
    control, arms
        Shape (n,) and (n, arms), in units of the outcome; an arm that a customer could not be in holds ``nan``.
    """

    control: Floats
    arms: Floats

    @classmethod
    def of(cls, outcome: Floats, arm: Ints, propensities: Floats, foreseen: Floats) -> "Scores":
        """Return the scores of a campaign.

        Parameters
        ----------
        outcome
            Shape (n,).
        arm
            0 for control, 1… for the others; shape (n,).
        propensities
            Probability of each arm, control first; shape (n, 1 + arms).
        foreseen
            Mean outcome foreseen from covariates, by a model that knows neither the customer nor any arm; shape (n,).
        """
        columns = []
        for number in range(propensities.shape[1]):
            e, mine = propensities[:, number], arm == number
            possible = e > 0
            weight = np.where(mine & possible, 1.0 / np.where(possible, e, 1.0), 0.0)
            left = outcome - foreseen
            shift = float(weight @ left) / max(float(weight.sum()), 1e-300)
            columns.append(np.where(possible, foreseen + shift + weight * (left - shift), np.nan))
        return cls(columns[0], np.column_stack(columns[1:]))

    def net(self, value: Floats, contact: Floats, offer: Floats) -> Floats:
        """Return what contacting each customer with each arm brings, currency, shape (n, arms); 0 is nobody.

        ``value`` (n,) is currency per unit of outcome, ``contact`` and ``offer`` (arms,) the costs per contact and per
        unit of outcome of those contacted.
        """
        return np.asarray(value[:, None] * (self.arms - self.control[:, None]) - offer * self.arms - contact)


@dataclass(frozen=True)
class Seen:
    """What a campaign saw of each customer: the outcome and the arm (0 for control), shape (n,)."""

    outcome: Floats
    arm: Ints

    def mean(self, values: Floats, one: Ints, other: Ints) -> Estimate:
        """Return the mean of what one choice of arms brings over another, with its 95 % interval.

        Where the outcomes of customers who were in the arm that the one gives, and in that which the other gives, are
        skewed and of unequal number, the quantiles are those of redrawn arms (``experiments.skewed``): by Student's
        there would be more gains than there are.

        Parameters
        ----------
        values
            The one's ``given`` less the other's, shape (n,).
        one, other
            The arm given, −1 for nothing; shape (n,).
        """
        apart = one != other
        ours, theirs = (self.outcome[apart & (self.arm == choice + 1)] for choice in (one, other))
        n, mean = len(values), float(values.mean())
        error = float(values.std(ddof=1)) / sqrt(n)
        if error > 0 and min(len(ours), len(theirs)) > 1 and is_skewed(ours, theirs):
            return skewed_around(mean, error, ours, theirs)
        return mean_of(values)


def policy_value(
    net: Floats,
    chosen: Ints,
    arms: Sequence[str],
    campaign: "Seen",
    *,
    present: Ints | None = None,
    share: float | None = None,
) -> PolicyValue:
    """Return what a policy brings beside contacting all with each arm, nobody, and the present rule.

    Parameters
    ----------
    net
        Of ``Scores.net``; shape (n, arms).
    chosen
        The arm that the policy gives each customer, by models that never saw them; −1 for nothing; shape (n,).
    arms
        Their names.
    campaign
        What was seen of the same customers.
    present
        The arm that the present rule gives, as ``chosen``; ``None``: not known.
    share
        Most of the customers that can be contacted: then "all" is as many at random.
    """
    nobody = np.full(len(net), _NOT_GIVEN)
    ours = given(net, chosen)
    ways = {
        f"all: {name}": (np.nan_to_num(net[:, i]) * (share or 1.0), np.full(len(net), i)) for i, name in enumerate(arms)
    }
    contacted = dict.fromkeys(ways, share or 1.0)
    if present is not None:
        ways["present rule"], contacted["present rule"] = (given(net, present), present), float((present >= 0).mean())
    rows = [Worth(PERSONAL, float((chosen >= 0).mean()), campaign.mean(ours, chosen, nobody))]
    for way, (brought, their) in ways.items():
        value, over = campaign.mean(brought, their, nobody), campaign.mean(ours - brought, chosen, their)
        rows.append(Worth(way, contacted[way], value, over))
    return PolicyValue(tuple(rows), _verdict(rows, list(arms), share), share)


def given(net: Floats, chosen: Ints) -> Floats:
    """Return what each customer brings if contacted as ``chosen`` says, shape (n,)."""
    picked = net[np.arange(len(net)), np.maximum(chosen, 0)]
    return np.where(chosen >= 0, np.nan_to_num(picked), 0.0)


def mean_of(values: Floats) -> Estimate:
    """Return the mean of independent values with its 95 % interval."""
    return by_t(float(values.mean()), [float(values.var(ddof=1)) / len(values)], [len(values) - 1])


def best_of(profits: Floats, allowed: Flags, *, share: float | None = None, groups: Ints | None = None) -> Ints:
    """Return the arm that earns most for each customer, −1 where none earns; shape (n,).

    With a ``share``, only that share of the customers of each of the ``groups``: those who earn most.
    """
    worth = np.where(allowed, profits, -np.inf)
    n = len(worth)
    best = worth.argmax(axis=1) if worth.shape[1] else np.zeros(n, dtype=np.int64)
    gain = worth[np.arange(n), best] if worth.shape[1] else np.full(n, -np.inf)
    chosen = np.where(gain > 0, best, _NOT_GIVEN)
    if share is not None:
        which = np.zeros(n, dtype=np.int64) if groups is None else groups
        for group in np.unique(which):
            mine = np.flatnonzero(which == group)
            order = mine[np.argsort(-gain[mine], kind="stable")]
            chosen[order[int(share * len(mine) + 0.5) :]] = _NOT_GIVEN
    return np.asarray(chosen, dtype=np.int64)


def _verdict(ways: list[Worth], arms: list[str], share: float | None) -> Verdict:
    """Decide: one-sided at 2.5 %, for "all" divided by the number of arms, so that nothing is shown wrongly in 95 %."""
    policy, others = ways[0], ways[1:]
    alls = dict(zip(arms, others, strict=False))
    limit = 0.05 / len(arms)
    pays = [name for name, way in alls.items() if way.value.effect > 0 and way.value.p_value < limit]
    against = [policy.value, *(way.policy_over for way in others if way.policy_over is not None)]
    everybody = "contacting all" if share is None else "contacting as many at random"
    if all(one.low > 0 for one in against):
        rest = " or the present rule" if len(others) > len(arms) else ""
        return Verdict(PERSONAL, None, f"choosing by customer brings clearly more than nobody or {everybody}{rest}")
    if pays:
        best, behind = max(pays, key=lambda name: alls[name].value.effect), _behind(others, everybody)
        return Verdict(
            ALL, best, f"{everybody} with {best} pays; choosing by customer is not clearly better than {behind}"
        )
    if policy.value.low > 0:
        return _instead(list(alls.values()), others[len(arms) :], everybody)
    if all(way.value.high < 0 for way in alls.values()):
        return Verdict(NOBODY, None, "no arm earns its cost, and no customers are found for whom one does")
    return Verdict(
        UNKNOWN, None, "no effect was shown that pays: the present rule stands, and a larger test would tell"
    )


def _instead(alls: Sequence[Worth], present: Sequence[Worth], everybody: str) -> Verdict:
    """Decide where choosing by customer clearly pays, and contacting all is not shown to."""
    ahead = all(way.policy_over is not None and way.policy_over.effect > 0 for way in alls)
    if ahead and all(way.policy_over is not None and way.policy_over.low > 0 for way in present):
        return Verdict(
            PERSONAL,
            None,
            f"choosing by customer brings clearly more than nobody; {everybody} is not shown to pay, and brought less",
        )
    than = everybody if not ahead else "the present rule"
    return Verdict(
        UNKNOWN,
        None,
        f"choosing by customer brings more than nobody, but is not shown to bring more than {than}: the present rule "
        "stands, and a larger test would tell",
    )


def _behind(others: Sequence[Worth], everybody: str) -> str:
    close = [way.way for way in others if way.policy_over is not None and not way.policy_over.low > 0]
    said: Mapping[bool, str] = {True: "the present rule", False: everybody}
    return " or ".join(dict.fromkeys(said[way == "present rule"] for way in close)) or everybody
