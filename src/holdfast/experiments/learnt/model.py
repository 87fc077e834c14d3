"""A learnt policy: the effect of each arm on customers it has not seen, and what is known about it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

import numpy as np
import pandas as pd

from holdfast.experiments.learnt.design import Covariate, Design
from holdfast.experiments.learnt.learners import Foreseen, Learner, Stack, learner_of, said_by
from holdfast.experiments.learnt.value import ALL, PERSONAL, Verdict
from holdfast.learn.arrays import Floats


@dataclass(frozen=True)
class Offer:
    """What an arm costs: ``contact`` for each customer contacted, ``offer`` for each unit of the outcome, currency.

    Examples
    --------
    >>> voucher = Offer(contact=0.5, offer=5.0)
    >>> voucher.contact + 0.2 * voucher.offer  # a customer of whom 0.2 purchases are expected
    1.5
    """

    contact: float = 0.0
    offer: float = 0.0


@dataclass(frozen=True)
class Effects:
    """What contacting customers changes.

    Attributes
    ----------
    arms
        Names, in the order of the columns.
    effect
        Units of the outcome per customer contacted; shape (n, arms).
    spread
        What the effect of customers scored alike may be off by, as two parts: the standard error is the root of
        ``part @ covariance @ part``; here each row's ``(1, score − mean)`` by arm; shape (n, arms, 2).
    covariance
        By arm, shape (arms, 2, 2).
    untreated
        Outcome expected without a contact, shape (n,).
    """

    arms: tuple[str, ...]
    effect: Floats
    spread: Floats
    covariance: Floats
    untreated: Floats

    @property
    def error(self) -> Floats:
        """Standard error of each effect, shape (n, arms)."""
        return np.asarray(np.sqrt(np.einsum("naj,ajk,nak->na", self.spread, self.covariance, self.spread)))


@dataclass(frozen=True)
class ArmModel:
    """One arm against control."""

    name: str
    stack: Stack
    learners: tuple[Learner, ...]
    covariance: Floats
    score_mean: float
    average: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {
            "name": self.name,
            "stack": self.stack.to_dict(),
            "learners": {f"l{i}": one.to_dict() for i, one in enumerate(self.learners)},
            "covariance": self.covariance.tolist(),
            "score_mean": self.score_mean,
            "average": self.average,
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Return what ``to_dict`` gave."""
        return cls(
            state["name"],
            Stack.from_dict(state["stack"]),
            tuple(learner_of(state["learners"][name]) for name in sorted(state["learners"])),
            np.array(state["covariance"], dtype=np.float64),
            state["score_mean"],
            state["average"],
        )


@dataclass(frozen=True)
class LearntPolicy:
    """A policy learnt from a campaign.

    Attributes
    ----------
    outcome, kind, control
        ``kind`` is ``rate`` (each outcome is 0 or 1) or ``mean``.
    value, offers
        Currency per unit of outcome in the campaign, and what each arm cost: those of its value.
    design, foreseen, level, expected, models
        The covariates; the model of the outcome whatever the arm, its mean, and what control lies from it; its outcome
        as a covariate; one model per arm.
    verdict
        What the campaign showed.
    facts
        What is known about it, as plain values: customers by arm, the value of every way to choose, the cut of amounts.

    Examples
    --------
    >>> from holdfast.experiments import learn_policy
    >>> rng = np.random.default_rng(1)
    >>> x, mail = rng.normal(size=4000), rng.integers(0, 2, 4000)
    >>> bought = rng.random(4000) < 0.2 + 0.2 * mail * (x > 0)
    >>> data = pd.DataFrame({"x": x, "mail": np.where(mail, "mail", "none"), "bought": bought.astype(int)})
    >>> learnt = learn_policy(data, arm="mail", control="none", outcome="bought", covariates=["x"], value=20,
    ...                       offers={"mail": Offer(contact=1)})
    >>> asked = pd.DataFrame({"x": [-1.0, 1.0]})
    >>> (learnt.profits(learnt.effects(asked)) > 0).tolist()  # whom to contact
    [[False], [True]]
    """

    outcome: str
    kind: str
    control: str
    value: float
    offers: dict[str, Offer]
    design: Design
    foreseen: Foreseen | None
    level: tuple[float, float]
    expected: Covariate | None
    models: tuple[ArmModel, ...]
    verdict: Verdict
    facts: dict[str, Any] = field(default_factory=dict)

    @property
    def arms(self) -> tuple[str, ...]:
        """Names of the arms whose effect is known."""
        return tuple(one.name for one in self.models)

    def effects(self, customers: pd.DataFrame, *, forced: bool = False) -> Effects:
        """Return the effect of each arm on customers who may be new, one row each.

        Where the campaign did not show that choosing by customer is better (``verdict``), everybody's effect is the
        average one, unless ``forced``. So is that of customers with a text that the campaign did not have.

        Raises
        ------
        DataError
            A covariate that the policy learnt from is missing.
        """
        raw = self.design.raw(customers)
        mean, shift = self.level
        bent = self.design.bent(raw)
        foreseen = np.full(len(raw), mean) if self.foreseen is None else self.foreseen.of(raw, bent)
        personal = np.full(len(raw), forced or self.verdict.answer == PERSONAL)
        for rows in self.design.unseen(raw).values():
            personal &= ~rows
        raw, bent = with_expected(raw, bent, self.expected, foreseen)
        effects, parts = [], []
        for one in self.models:
            score = one.stack.effect(said_by(list(one.learners), raw, bent))
            off = np.where(personal, score - one.score_mean, 0.0)
            effects.append(np.where(personal, score, one.average))
            parts.append(np.column_stack([np.ones(len(raw)), off]))
        untreated = foreseen + shift
        return Effects(
            self.arms,
            np.column_stack(effects),
            np.stack(parts, axis=1),
            np.stack([one.covariance for one in self.models]),
            np.clip(untreated, 0.0, 1.0) if self.kind == "rate" else untreated,
        )

    def profits(
        self, effects: Effects, value: Floats | float | None = None, offers: Mapping[str, Offer] | None = None
    ) -> Floats:
        """Return effect × value − cost of each arm, currency per customer, shape (n, arms).

        ``value`` is currency per unit of the outcome (that of the campaign if not given), and the offer is paid for
        every unit of the outcome of those contacted.
        """
        costs = {**self.offers, **(offers or {})}
        contact, offer = (np.array([getattr(costs[a], part) for a in self.arms]) for part in ("contact", "offer"))
        worth = np.broadcast_to(
            np.asarray(self.value if value is None else value, dtype=np.float64), len(effects.effect)
        )
        used = effects.untreated[:, None] + effects.effect
        used = np.clip(used, 0.0, 1.0) if self.kind == "rate" else np.maximum(used, 0.0)
        return np.asarray(worth[:, None] * effects.effect - offer * used - contact)

    def as_dict(self) -> dict[str, Any]:
        """Return what is known about it, as plain values for JSON; customers are left out."""
        return {
            "outcome": self.outcome,
            "kind": self.kind,
            "control": self.control,
            "arms": list(self.arms),
            "value_per_outcome": self.value,
            "offers": {name: dict(vars(offer)) for name, offer in self.offers.items()},
            **self.facts,
            "verdict": self.verdict.as_dict(),
        }

    def allowed_arms(self, *, forced: bool = False) -> tuple[bool, ...]:
        """Return which arms the verdict lets through: the one that pays for all, every arm, or none."""
        if forced or self.verdict.answer == PERSONAL:
            return (True,) * len(self.models)
        return tuple(self.verdict.answer == ALL and name == self.verdict.arm for name in self.arms)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; trees are texts below ``trees``."""
        return {
            "outcome": self.outcome,
            "kind": self.kind,
            "control": self.control,
            "value": self.value,
            "offers": {name: vars(offer) for name, offer in self.offers.items()},
            "design": self.design.to_dict(),
            "foreseen": None if self.foreseen is None else self.foreseen.to_dict(),
            "level": list(self.level),
            "expected": None if self.expected is None else asdict(self.expected),
            "arms": {f"a{i}": one.to_dict() for i, one in enumerate(self.models)},
            "verdict": self.verdict.as_dict(),
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any], facts: dict[str, Any] | None = None) -> Self:
        """Return what ``to_dict`` gave."""
        said, foreseen, expected = state["verdict"], state["foreseen"], state["expected"]
        mean, shift = state["level"]
        return cls(
            state["outcome"],
            state["kind"],
            state["control"],
            state["value"],
            {name: Offer(**costs) for name, costs in state["offers"].items()},
            Design.from_dict(state["design"]),
            None if foreseen is None else Foreseen.from_dict(foreseen),
            (mean, shift),
            None if expected is None else Covariate.from_dict(expected),
            tuple(ArmModel.from_dict(state["arms"][f"a{i}"]) for i in range(len(state["arms"]))),
            Verdict(said["answer"], said["arm"], said["reason"]),
            facts or {},
        )


def with_expected(raw: Floats, bent: Floats, expected: Covariate | None, foreseen: Floats) -> tuple[Floats, Floats]:
    """Return both matrices with the outcome expected whatever the arm as one more covariate.

    Effects often follow it: who would buy anyway cannot be won, who would never buy neither.
    """
    if expected is None:
        return raw, bent
    column = foreseen[:, None]
    return np.column_stack([raw, column]), np.column_stack([bent, expected.bent(column)])
