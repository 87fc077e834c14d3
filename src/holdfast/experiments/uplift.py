"""Who responds to a treatment: uplift scores learnt from a randomised campaign, and what they are worth.

Every score is out-of-fold: it comes from models that never saw the customer. Scores of different folds are compared by
their place within the fold: where the other folds responded more by chance, a fold is scored higher and responds less.
Customers with the same score in a fold share their places, and folds are drawn after the rows were sorted by their
values: the order of rows changes no figure.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.data.reading.frames import Frame, in_pandas
from holdfast.errors import ConfigError, NotEnoughDataError, nearest
from holdfast.evaluate.ties import Places
from holdfast.experiments.covariates import refuse_after, refuse_copies, refuse_outcomes
from holdfast.experiments.effects import Estimate, effect_on
from holdfast.experiments.qini import Decile, Policy, Qini, deciles, policies, qini
from holdfast.experiments.randomisation import Randomisation, check_randomisation
from holdfast.experiments.trial import (
    FOLDS,
    arms_of,
    check_money,
    covariate_matrix,
    folds_of,
    is_rate,
    outcome_of,
    refuse_repeated,
)
from holdfast.experiments.units import refuse_dealt_together
from holdfast.learn.arrays import Floats
from holdfast.wording import counted

# Trees learn little of a difference from fewer customers or events in an arm.
LEAST_CUSTOMERS, LEAST_EVENTS = 200, 50
# Effects differ less than outcomes do, so a leaf needs more customers.
_LEAF = (("min_data_in_leaf", 100.0),)


@dataclass(frozen=True)
class Learned:
    """One learner's scores and how good they are.

    Attributes
    ----------
    learner
        ``two_models`` or ``class_transformation``.
    scores
        Predicted uplift (outcome units per customer) of each row used, out of fold, shape (n,).
    places
        Place of each row within its fold, 0 (highest score) to 1, equals in the middle of theirs; shape (n,).
    qini, deciles, policies
        See ``holdfast.experiments.qini``.

    Examples
    --------
    >>> from holdfast.data import simulate_campaign
    >>> data = simulate_campaign(2000, effect=0.1, spread=0.2, seed=3).data
    >>> best = measure_uplift(data, arm="arm", control="control", outcome="bought", covariates=["silent_days"]).best
    >>> len(best.scores), len(best.deciles)
    (2000, 10)
    """

    learner: str
    scores: Floats
    places: Floats
    qini: Qini
    deciles: tuple[Decile, ...]
    policies: tuple[Policy, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; scores are left out."""
        return {
            "learner": self.learner,
            "qini": self.qini.as_dict(),
            "deciles": [d.as_dict() for d in self.deciles],
            "policies": [p.as_dict() for p in self.policies],
        }


@dataclass(frozen=True)
class Uplift:
    """What two learners found in one campaign.

    Attributes
    ----------
    outcome, kind, control, treatment
        ``kind`` is ``rate`` or ``mean``.
    rows
        Positions in the data of the customers used (those in the two arms), shape (n,).
    randomisation
        Why the data were not refused.
    effect
        Effect of treating everyone against nobody, per customer.
    learners
        Both learners' results.
    cost_per_treated
        In units of the outcome; taken off in the policies.

    Examples
    --------
    >>> from holdfast.data import simulate_campaign
    >>> data = simulate_campaign(2000, effect=0.1, spread=0.2, seed=3).data
    >>> found = measure_uplift(data, arm="arm", control="control", outcome="bought", covariates=["silent_days"])
    >>> found.best.learner in [one.learner for one in found.learners], found.kind
    (True, 'rate')
    """

    outcome: str
    kind: str
    control: str
    treatment: str
    rows: npt.NDArray[np.int64]
    randomisation: Randomisation
    effect: Estimate
    learners: tuple[Learned, ...]
    cost_per_treated: float

    @property
    def best(self) -> Learned:
        """The learner with the higher Qini coefficient."""
        return max(self.learners, key=lambda one: one.qini.coefficient)

    @property
    def found(self) -> bool:
        """Whether a Qini coefficient lies above chance at 5 %, counting that there were several tries (Bonferroni)."""
        return any(one.qini.p_value <= 0.05 / len(self.learners) for one in self.learners)

    @property
    def verdict(self) -> str:
        """What the Qini coefficients say, in a sentence."""
        best = self.best
        if not self.found:
            return (
                f"no significant uplift ranking of {self.outcome}: the Qini coefficient of {best.learner} is no higher "
                f"than chance allows (p = {best.qini.p_value:.3f}); decide by the effect on everyone"
            )
        return (
            f"{best.learner} ranks customers by their response in {self.outcome} better than chance "
            f"(p = {best.qini.p_value:.3f})"
        )

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; customers are left out."""
        return {
            "outcome": self.outcome,
            "kind": self.kind,
            "control": self.control,
            "treatment": self.treatment,
            "customers": len(self.rows),
            "cost_per_treated": self.cost_per_treated,
            "randomisation": self.randomisation.as_dict(),
            "effect": self.effect.as_dict(),
            "best": self.best.learner,
            "found": self.found,
            "verdict": self.verdict,
            "learners": [one.as_dict() for one in self.learners],
        }


def measure_uplift(
    data: Frame,
    *,
    arm: str,
    control: str,
    outcome: str,
    covariates: Sequence[str],
    trusted: Sequence[str] = (),
    after: Sequence[str] = (),
    treatment: str | None = None,
    customer: str | None = None,
    shares: Mapping[str, float] | None = None,
    cost_per_treated: float = 0.0,
    margin: float | None = None,
    seed: int = 1,
) -> Uplift:
    """Learn who responds, and measure on customers not learnt from what choosing by it would bring.

    Parameters
    ----------
    data
        One row for every customer who was assigned.
    arm, control, treatment
        The column of arms, the arm that got nothing, and the arm to look at; it may be left out where there is one.
    outcome
        A column of numbers: a rate if all are 0 or 1. More is better.
    covariates
        Columns known before the assignment.
    trusted
        Those of them that all but determine the outcome and were known before the assignment all the same.
    after
        Columns written after the assignment: refused as covariates.
    customer
        A column of ids, in which nobody may stand twice; ``None``: not checked.
    shares
        Planned share of every arm of the data, to check the sample ratio.
    cost_per_treated
        What treating one customer costs, in units of the outcome; with a margin, in currency.
    margin
        Share of an outcome of money that is margin, in (0, 1]: a cost of 0.1 at a margin of 0.4 is made good by 0.25
        more of the outcome. ``None``: what the outcome counts is what is earned.
    seed
        Of folds, trees and random arms: the same seed and rows give the same bytes.

    Raises
    ------
    HoldfastError
        The arms were not assigned at random, as far as can be seen.
    ConfigError
        The treatment is not stated where there are several, or is not an arm; a margin is no share, or the outcome no
        money.
    DataError
        A column is missing, a row has no arm or no outcome, a customer stands in two rows, or a covariate all but
        determines the outcome.
    NotEnoughDataError
        An arm has fewer than 200 customers, or fewer than 50 with an outcome other than 0.

    Examples
    --------
    >>> from holdfast.data import simulate_campaign
    >>> data = simulate_campaign(2000, effect=0.1, spread=0.2, seed=3).data
    >>> known = ["past_spend", "silent_days", "channel"]
    >>> found = measure_uplift(data, arm="arm", control="control", outcome="bought", covariates=known)
    >>> found.found, round(found.effect.effect, 3)
    (True, 0.098)
    >>> print(found.verdict)
    two_models ranks customers by their response in bought better than chance (p = 0.008)
    """
    data = in_pandas(data)
    if not covariates:
        raise ConfigError("covariates: name the columns by which customers may differ in their response.")
    if not 0 <= cost_per_treated < float("inf"):
        raise ConfigError(f"cost_per_treated: {cost_per_treated} is not a cost in units of the outcome.")
    if margin is not None:
        check_money({outcome: outcome_of(data, outcome)}, margin, None)
        cost_per_treated /= margin
    refuse_outcomes(covariates, arm, [outcome])
    refuse_after(data, covariates, after)
    arms, treated_arms = arms_of(data, arm, control)
    if customer is not None:
        refuse_repeated(data, customer, arms)
    chosen = _treatment(arm, treated_arms, treatment)
    values = outcome_of(data, outcome)
    refuse_dealt_together(data, [arm, customer, *after], arms, {outcome: values})
    if shares is not None:
        check_randomisation(arms, control, shares=shares).refuse()
    rows = np.flatnonzero((arms == control) | (arms == chosen))
    arms, y = arms[rows], values[rows]
    t = (arms == chosen).astype(np.float64)
    _check_enough(arm, outcome, y, t)
    refuse_copies(data.iloc[rows], covariates, arms, {outcome: y}, trusted=trusted)
    matrix = covariate_matrix(data.iloc[rows], covariates)
    order = np.lexsort((*(matrix[c] for c in matrix), t, y))
    matrix, arms, t, y = matrix.iloc[order], arms[order], t[order], y[order]
    back = np.argsort(order)
    two = None if shares is None else {name: shares[name] for name in (control, chosen)}
    randomisation = check_randomisation(
        arms, control, shares=two, covariates=matrix, named=covariates, classifier=True, seed=seed
    )
    randomisation.refuse()
    matrix = matrix.set_axis([f"c{i}" for i in range(matrix.shape[1])], axis=1)
    rate = is_rate(y)
    folds = folds_of(t, seed)
    learners = []
    for name, learn in _LEARNERS.items():
        scores = _out_of_fold(learn, matrix, t, y, folds, rate=rate, seed=seed)
        within = _places(scores, folds)
        places = Places.of(-within)
        learners.append(
            Learned(
                name,
                scores[back],
                within[back],
                qini(y, t, places, seed=seed),
                deciles(y, t, scores, places, rate=rate),
                policies(y, t, places, cost_per_treated=cost_per_treated),
            )
        )
    return Uplift(
        outcome=outcome,
        kind="rate" if rate else "mean",
        control=control,
        treatment=chosen,
        rows=rows,
        randomisation=randomisation,
        effect=effect_on(y[t == 1], y[t == 0], rate=rate),
        learners=tuple(learners),
        cost_per_treated=cost_per_treated,
    )


def _treatment(arm: str, treated: list[str], treatment: str | None) -> str:
    listed = ", ".join(f'"{name}"' for name in treated)
    if treatment is None:
        if len(treated) > 1:
            raise ConfigError(
                f'treatment: column "{arm}" has {len(treated)} arms beside control; name one of {listed}.'
            )
        return treated[0]
    if treatment not in treated:
        raise ConfigError(
            f'treatment: "{treatment}" is no arm beside control in column "{arm}".{nearest(treatment, treated)} '
            f"There are {listed}."
        )
    return treatment


def _check_enough(arm: str, outcome: str, y: Floats, t: Floats) -> None:
    for group, name in ((y[t == 1], "treatment"), (y[t == 0], "control")):
        if len(group) < LEAST_CUSTOMERS:
            raise NotEnoughDataError(
                f'column "{arm}": {counted(len(group), "customer")} in the {name} arm; uplift needs at least '
                f"{LEAST_CUSTOMERS}."
            )
        events = min(int((group != 0).sum()), int((group != 1).sum()) if is_rate(y) else len(group))
        if events < LEAST_EVENTS:
            raise NotEnoughDataError(
                f'column "{outcome}": only {counted(events, "customer")} of the {name} arm had (or missed) the '
                f"outcome; uplift needs at least {LEAST_EVENTS}."
            )


Learner = Callable[..., Floats]


def _out_of_fold(
    learn: Learner, matrix: pd.DataFrame, t: Floats, y: Floats, folds: npt.NDArray[np.int64], *, rate: bool, seed: int
) -> Floats:
    scores = np.empty(len(y))
    for fold in range(FOLDS):
        asked = folds == fold
        scores[asked] = learn(matrix[~asked], t[~asked], y[~asked], matrix[asked], rate=rate, seed=seed)
    return scores


def _places(scores: Floats, folds: npt.NDArray[np.int64]) -> Floats:
    """Return each row's place within its fold, highest score first; equals take the middle of their places."""
    from scipy.stats import rankdata

    places = np.empty(len(scores))
    for fold in range(FOLDS):
        rows = folds == fold
        places[rows] = (rankdata(-scores[rows]) - 0.5) / rows.sum()
    return places


def two_models(
    matrix: pd.DataFrame, treated: Floats, outcome: Floats, asked: pd.DataFrame, *, rate: bool, seed: int
) -> Floats:
    """Return predicted outcome if treated minus if not, each from a model of its own arm (Radcliffe & Surry 1999)."""
    from holdfast.learn.trees import boost, predicted

    objective = "binary" if rate else "regression"
    of_arm = []
    for group in (treated == 1, treated == 0):
        booster = boost(matrix[group], outcome[group], seed=seed, objective=objective, parameters=_LEAF)
        of_arm.append(predicted(booster, asked))
    return of_arm[0] - of_arm[1]


def class_transformation(
    matrix: pd.DataFrame,
    treated: Floats,
    outcome: Floats,
    asked: pd.DataFrame,
    *,
    rate: bool,  # noqa: ARG001
    seed: int,
) -> Floats:
    """Return the prediction of one model whose target has the uplift as its mean.

    Jaskowski & Jaroszewicz (2012) classify "responded if treated, or did not if not". As a regression, and for any
    share e of treated, the target is (T − e)/(e(1 − e))·(Y − c) with c = 1/2 (Athey & Imbens 2016 have c = 0). Its mean
    given the covariates is the uplift for every c; here c is the mean outcome, which makes it vary little.
    """
    from holdfast.learn.trees import boost, predicted

    e = float(treated.mean())
    target = (treated - e) / (e * (1 - e)) * (outcome - outcome.mean())
    booster = boost(matrix, target, seed=seed, objective="regression", parameters=_LEAF)
    return predicted(booster, asked)


_LEARNERS: dict[str, Learner] = {"two_models": two_models, "class_transformation": class_transformation}
