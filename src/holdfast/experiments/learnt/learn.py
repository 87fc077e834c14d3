"""Learn a policy from a campaign whose arms were drawn at random, and measure it on customers not learnt from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from holdfast.data.reading.frames import Frame, in_pandas
from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.experiments.covariates import refuse_after, refuse_copies, refuse_outcomes
from holdfast.experiments.learnt.design import Covariate, Design
from holdfast.experiments.learnt.learners import Fits, Foreseen, Stack, said_by
from holdfast.experiments.learnt.model import ArmModel, LearntPolicy, Offer, with_expected
from holdfast.experiments.learnt.sparse import Groups
from holdfast.experiments.learnt.stated import Present, among, present_rule, probabilities
from holdfast.experiments.learnt.value import PolicyValue, Scores, Seen, best_of, policy_value
from holdfast.experiments.learnt.winsor import SHARE, Cut, winsorised
from holdfast.experiments.randomisation import Randomisation, check_randomisation
from holdfast.experiments.strata import strata_of
from holdfast.experiments.trial import (
    FOLDS,
    arms_of,
    covariate_matrix,
    folds_of,
    is_rate,
    labels,
    outcome_of,
    refuse_repeated,
)
from holdfast.experiments.units import refuse_dealt_together
from holdfast.learn.arrays import Floats, Ints, Strings
from holdfast.wording import counted

# Of fewer, in the arm or in control, nothing can be said.
LEAST_CUSTOMERS, LEAST_EVENTS = 200, 25


@dataclass(frozen=True)
class Campaign:
    """A campaign as numbers: rows are sorted by their values, so that the order of the file changes no figure."""

    outcome: Floats
    arm: Ints
    propensities: Floats
    raw: Floats
    bent: Floats
    groups: Groups
    folds: Ints
    seed: int


def learn_policy(
    data: Frame,
    *,
    arm: str,
    control: str,
    outcome: str,
    covariates: Sequence[str] = (),
    trusted: Sequence[str] = (),
    after: Sequence[str] = (),
    shares: Mapping[str, float] | None = None,
    customer: str | None = None,
    propensities: Mapping[str, str] | None = None,
    strata: Sequence[str] = (),
    value: float = 1.0,
    offers: Mapping[str, Offer] | None = None,
    present: str | None = None,
    share: float | None = None,
    winsorise: float = SHARE,
    seed: int = 1,
) -> LearntPolicy:
    """Learn from a randomised campaign whom to contact with what.

    Parameters
    ----------
    data
        One row for every customer who was assigned.
    arm, control, outcome
        The column of arms, the arm that got nothing, and a column of numbers (a rate if all are 0 or 1). More is
        better.
    covariates
        Columns known before the assignment; without any, the answer is all or nobody.
    trusted
        Those of them that all but determine the outcome and were known before the assignment all the same.
    after
        Columns that were written after the assignment: refused as covariates.
    shares
        Planned share of every arm, to check the sample ratio.
    customer
        A column of ids, in which nobody may stand twice; ``None``: not checked.
    propensities
        ``{arm: column}``, control among them: the recorded probability of each arm, where it is not the same for all.
        Refused where the arms do not follow them.
    strata
        Instead of probabilities: the columns by which the shares of the arms were set.
    value
        Currency per unit of outcome: the margin of a purchase for a rate, the share that is margin for revenue.
    offers
        What each arm costs; an arm that is not named costs nothing.
    present
        A column with the arm that the present rule would give each customer (control for nothing).
    share
        Most of the customers that can be contacted, 0 to 1.
    winsorise
        Amounts are cut at this percentile of those above 0, and likewise below; 1 cuts none. Rates are not cut.
    seed
        Of folds and trees: the same seed and rows give the same bytes.

    Returns
    -------
    LearntPolicy
        Its ``verdict`` says whether choosing by customer is clearly better than all, nobody and the present rule.

    Raises
    ------
    HoldfastError
        The arms were not assigned at random, as far as can be seen.
    ConfigError
        A value, a share or an offer is wrong.
    DataError
        A column is missing, a row has no arm or no outcome, or a covariate was not known before the assignment.
    NotEnoughDataError
        No arm has 200 customers and 25 outcomes other than 0, or control has not: nothing can be told.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> x, mail = rng.normal(size=4000), rng.integers(0, 2, 4000)
    >>> bought = rng.random(4000) < 0.2 + 0.2 * mail * (x > 0)
    >>> data = pd.DataFrame({"x": x, "mail": np.where(mail, "mail", "none"), "bought": bought.astype(int)})
    >>> learnt = learn_policy(data, arm="mail", control="none", outcome="bought", covariates=["x"], value=20,
    ...                       offers={"mail": Offer(contact=1)})
    >>> learnt.verdict.answer
    'by customer'
    """
    data = in_pandas(data)
    _check_terms(value, share, winsorise)
    if propensities is not None and strata:
        raise ConfigError("strata, propensities: state the strata or the probability of each arm, not both.")
    refuse_outcomes(covariates, arm, [outcome])
    refuse_after(data, covariates, after)
    arms, treated = arms_of(data, arm, control)
    if customer is not None:
        refuse_repeated(data, customer, arms)
    costs = _offers(offers or {}, treated)
    y = outcome_of(data, outcome)
    rate = is_rate(y)
    named = [arm, customer, present, *after, *strata, *(propensities or {}).values()]
    refuse_dealt_together(data, named, arms, {outcome: y})
    kept, small = _large_enough(arms, y, control, treated, outcome)
    e = None
    if propensities is not None:
        e = probabilities(data, arms, [control, *treated], propensities)
    elif strata:
        e = strata_of(data, strata, arms, [control, *treated], whole=True).chances
    if e is not None:
        e = among(e, [0, *(1 + treated.index(name) for name in kept)])
    rows = np.isin(arms, [control, *kept])
    rule = Present(None)
    if present is not None:
        rule = present_rule(data, present, control, kept, list(small), rows, e)
    order = np.flatnonzero(rows)[_order(data[rows], arms[rows], y[rows], covariates)]
    data, arms, y, e = data.iloc[order], arms[order], y[order], None if e is None else e[order]
    rule = rule.of(order)
    y, cut = (y, None) if rate else winsorised(y, winsorise)
    if any(costs[a].offer for a in kept) and not rate:
        raise ConfigError(
            "offers: a cost per unit of the outcome needs an outcome of 0 and 1; take it off the amounts."
        )
    randomisation = _checked(data, arms, control, covariates, trusted, outcome, y, shares, e, seed)
    names = [control, *kept]
    coded = np.array([names.index(a) for a in arms], dtype=np.int64)
    if e is None:
        e = np.tile(np.bincount(coded, minlength=len(names)) / len(coded), (len(coded), 1))
    design = Design.of(data, covariates)
    found = _learnt(design, data, y, coded, e, rate, value, [costs[a] for a in kept], kept, rule, share, seed)
    models, foreseen, level, expected, worth = found
    facts = {
        "customers": {name: int((coded == i).sum()) for i, name in enumerate(names)},
        "cannot_tell": small,
        "randomisation": randomisation.as_dict(),
        "value": worth.as_dict(),
        "present_unknown": rule.unknown,
        "winsorised": None if cut is None else cut.as_dict(),
        "covariates": list(design.names),
        "share": share,
    }
    kind = "rate" if rate else "mean"
    costs = {name: costs[name] for name in kept}
    return LearntPolicy(
        outcome, kind, control, value, costs, design, foreseen, level, expected, models, worth.verdict, facts
    )


def _order(data: pd.DataFrame, arms: Strings, y: Floats, covariates: Sequence[str]) -> Ints:
    """Return the campaign's rows sorted by their values: the order of the file must not change a bit of any sum."""
    raw = Design.of(data, covariates).raw(data)
    return np.lexsort((*raw.T, labels(pd.Series(arms)).to_numpy(), y))


def _check_terms(value: float, share: float | None, winsorise: float) -> None:
    if not 0 < value < float("inf"):
        raise ConfigError(f"value: {value} is not an amount of money per unit of outcome.")
    if share is not None and not 0 < share <= 1:
        raise ConfigError(f"share: {share} is not a share of the customers, in (0, 1].")
    if not 0.5 < winsorise <= 1:
        raise ConfigError(f"winsorise: {winsorise} is not a percentile in (0.5, 1].")


def _offers(offers: Mapping[str, Offer], arms: list[str]) -> dict[str, Offer]:
    for name, offer in offers.items():
        if name not in arms:
            raise ConfigError(f'offers: "{name}" is no arm beside control; there are {", ".join(arms)}.')
        if not (0 <= offer.contact < float("inf") and 0 <= offer.offer < float("inf")):
            raise ConfigError(f'offers: the costs of "{name}" are no amounts of money.')
    return {name: offers.get(name, Offer()) for name in arms}


def _large_enough(
    arms: Strings, y: Floats, control: str, treated: list[str], outcome: str
) -> tuple[list[str], dict[str, str]]:
    """Return the arms of which something can be told, and why not of the others."""

    def lacking(name: str) -> str:
        mine = y[arms == name]
        events = min(int((mine != 0).sum()), int((mine != 1).sum()) if is_rate(y) else len(mine))
        if len(mine) < LEAST_CUSTOMERS:
            return f"{counted(len(mine), 'customer')} in {name}, and at least {LEAST_CUSTOMERS} are needed"
        if events < LEAST_EVENTS:
            had = f"{counted(events, 'customer')} of {name} had (or missed) {outcome}"
            return f"{had}, and at least {LEAST_EVENTS} are needed"
        return ""

    small = {name: why for name in treated if (why := lacking(name))}
    kept = [name for name in treated if name not in small]
    why = lacking(control) or ("" if kept else "; ".join(small.values()))
    if why:
        raise NotEnoughDataError(f"Cannot tell what the campaign changed: {why}.")
    return kept, small


def _checked(
    data: pd.DataFrame,
    arms: Strings,
    control: str,
    covariates: Sequence[str],
    trusted: Sequence[str],
    outcome: str,
    y: Floats,
    shares: Mapping[str, float] | None,
    e: Floats | None,
    seed: int,
) -> Randomisation:
    """Refuse covariates that were not known, and arms that were not drawn, by the stated probabilities if there are."""
    planned = None if shares is None else {name: share for name, share in shares.items() if name in set(arms)}
    if not covariates:
        found = check_randomisation(arms, control, shares=planned)
    else:
        refuse_copies(data, covariates, arms, {outcome: y}, trusted=trusted)
        matrix = None
        if any(len(data[c].unique()) > 1 for c in covariates):
            matrix = covariate_matrix(data, covariates)
        named = covariates if matrix is not None else ()
        # With stated probabilities trees are meant to tell who was treated.
        trees = matrix is not None and e is None
        found = check_randomisation(
            arms, control, shares=planned, covariates=matrix, named=named, classifier=trees, chances=e, seed=seed
        )
    found.refuse()
    return found


def _learnt(
    design: Design,
    data: pd.DataFrame,
    y: Floats,
    coded: Ints,
    e: Floats,
    rate: bool,
    value: float,
    offers: list[Offer],
    arms: list[str],
    rule: Present,
    share: float | None,
    seed: int,
) -> tuple[tuple[ArmModel, ...], Foreseen | None, tuple[float, float], Covariate | None, PolicyValue]:
    raw = design.raw(data)
    folds = folds_of(coded, seed)
    lines = design.bent(raw)
    foreseen, whole = _foreseen(raw, lines, y, folds, rate, seed)
    expected = Covariate.of_numbers("expected outcome", foreseen) if raw.shape[1] else None
    x, bent = with_expected(raw, lines, expected, foreseen)
    groups = Groups.of(bent, design.parts(expected) if expected else [], y)
    campaign = Campaign(y, coded, e, x, bent, groups, folds, seed)
    fitted = [_arm(campaign, foreseen, i, name) for i, name in enumerate(arms, start=1)]
    scores = Scores.of(y, coded, e, foreseen)
    contact, offer = (np.array([getattr(o, part) for o in offers]) for part in ("contact", "offer"))
    worth = np.full(len(y), value)
    effects = np.column_stack([said for _, said in fitted])
    control_left = coded == 0
    weight = np.where(control_left, 1 / e[:, 0], 0.0)
    shift = float(weight @ (y - foreseen) / weight.sum())
    used = foreseen[:, None] + shift + effects
    used = np.clip(used, 0.0, 1.0) if rate else np.maximum(used, 0.0)
    profits = worth[:, None] * effects - offer * used - contact
    chosen = best_of(profits, e[:, 1:] > 0, share=share, groups=folds)
    net = scores.net(worth, contact, offer)
    measured = policy_value(net, chosen, arms, Seen(y, coded), present=rule.arms, share=share)
    return tuple(model for model, _ in fitted), whole, (float(y.mean()), shift), expected, measured


def _foreseen(
    raw: Floats, bent: Floats, y: Floats, folds: Ints, rate: bool, seed: int
) -> tuple[Floats, Foreseen | None]:
    """Return the mean outcome whatever the arm, out of fold, and the model of it from everyone.

    It must not know the arms: then what it learnt of a customer says nothing about chance's choice of arm, and the
    folds of the effects may share it.
    """
    if raw.shape[1] == 0:
        means = np.array([y[folds != fold].mean() for fold in range(FOLDS)])
        return means[folds], None
    found = np.empty(len(y))
    for fold in range(FOLDS):
        asked = folds == fold
        model = Foreseen.fit(raw[~asked], bent[~asked], y[~asked], rate=rate, seed=seed)
        found[asked] = model.of(raw[asked], bent[asked])
    return found, Foreseen.fit(raw, bent, y, rate=rate, seed=seed)


def _arm(campaign: Campaign, foreseen: Floats, number: int, name: str) -> tuple[ArmModel, Floats]:
    """Return the model of one arm, and what models that never saw a customer say of them, shape (n,)."""
    e_arm, e_control = campaign.propensities[:, number], campaign.propensities[:, 0]
    possible = e_arm > 0
    mine = np.flatnonzero(np.isin(campaign.arm, (0, number)) & possible)
    e = e_arm[mine] / (e_arm[mine] + e_control[mine])
    t = (campaign.arm[mine] == number).astype(np.float64)
    residual = campaign.outcome[mine] - foreseen[mine]
    weights = (t - e) ** 2
    residual = residual - float((weights / (e * (1 - e))) @ residual / (weights / (e * (1 - e))).sum())
    target = residual / (t - e)
    raw, bent, folds = campaign.raw[mine], campaign.bent[mine], campaign.folds[mine]

    fit = Fits(campaign.groups, raw, bent, folds, target, weights, campaign.seed)
    without = {pair: fit(pair) for pair in _pairs()}
    others = campaign.propensities.shape[1] > 2 or not possible.all()
    asked = np.setdiff1d(np.arange(len(campaign.outcome)), mine) if others else np.zeros(0, dtype=np.int64)
    unseen = np.zeros(len(campaign.outcome))
    said = np.zeros((len(mine), len(without[0, 1])))
    for fold in range(FOLDS):
        here = folds == fold
        single = fit((fold,))
        said[here] = said_by(single, raw[here], bent[here])
        inner = np.zeros((len(mine), said.shape[1]))
        for other in set(range(FOLDS)) - {fold}:
            there = folds == other
            inner[there] = said_by(without[min(fold, other), max(fold, other)], raw[there], bent[there])
        stack = Stack.fit(inner[~here], target[~here], weights[~here])
        unseen[mine[here]] = stack.effect(said[here])
        more = asked[campaign.folds[asked] == fold]
        unseen[more] = stack.effect(said_by(single, campaign.raw[more], campaign.bent[more]))
    stack = Stack.fit(said, target, weights)
    whole = fit(())
    mean, average, covariance = _calibration(unseen[mine], target, weights)
    return ArmModel(name, stack, tuple(whole), covariance, mean, average), unseen


def _pairs() -> list[tuple[int, int]]:
    return [(a, b) for a in range(FOLDS) for b in range(a + 1, FOLDS)]


def _calibration(score: Floats, target: Floats, weights: Floats) -> tuple[float, float, Floats]:
    """Return the mean score, the average effect, and how sure the effect of customers scored alike is.

    The best linear prediction of the effect by the out-of-fold score (Chernozhukov, Demirer, Duflo & Fernández-Val
    2018), with robust errors: level and slope as a 2 × 2 covariance.
    """
    w = weights / weights.mean()
    mean = float((w * score).mean())
    average = float((w * target).mean())
    off = score - mean
    spread = float((w * off * off).mean())
    left = target - average
    if spread <= 1e-12 * float((w * left * left).mean()):
        return mean, average, np.array([[float((w * w * left * left).mean()) / len(w), 0.0], [0.0, 0.0]])
    slope = float((w * off * left).mean()) / spread
    x = np.column_stack([np.ones(len(w)), off])
    bread = np.linalg.inv(x.T @ (w[:, None] * x))
    meat = (x * (w * (left - slope * off))[:, None]).T @ (x * (w * (left - slope * off))[:, None])
    return mean, average, np.asarray(bread @ meat @ bread)


__all__ = ["LEAST_CUSTOMERS", "LEAST_EVENTS", "Campaign", "Cut", "learn_policy"]
