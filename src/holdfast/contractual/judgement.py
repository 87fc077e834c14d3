"""Judge the recipe on what it had not seen, beside what plan and tenure alone say; and the gate."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from holdfast.contractual.encoding import Encoder
from holdfast.contractual.folds import stratified_folds
from holdfast.contractual.model import train_contract_churn
from holdfast.contractual.recipe import ChurnFit, checked_columns, fit_churn, observed, training_table
from holdfast.contractual.scorer import ContractScorer
from holdfast.contractual.spells import PAYMENT, Spells
from holdfast.contractual.table import Contracts
from holdfast.contractual.tables import SPELL_FEATURES
from holdfast.contractual.windows import windows_of
from holdfast.data.cells import plain_name
from holdfast.errors import DataError, NotEnoughDataError
from holdfast.evaluate import (
    FRESHER,
    NO_RIVAL,
    SEEN,
    Check,
    Verdict,
    churn_metrics,
    gains,
    log_losses,
    paired_auc_difference,
    reliability,
)
from holdfast.evaluate.gate import FLOOR, LEAST_LOSS, Defender, beats, compare, no_alarm
from holdfast.features import Cutoff
from holdfast.language import told
from holdfast.learn.arrays import Floats, Ints
from holdfast.learn.logistic import RidgeLogistic
from holdfast.progress import Say

_TRIED = 5
_MANY = 100_000


@dataclass(frozen=True)
class Judged:
    """Predictions of customers (snapshot) or of a window (spells) that the recipe had not seen.

    Attributes
    ----------
    document
        ``kind`` (``left out`` or ``one window earlier``); ``churn`` and ``plan_and_tenure`` (a logistic regression on
        these two, what everyone could do) as ``churn_metrics``; ``auc_gain`` with its 95 % interval; ``reliability``,
        ``gains``. Or ``{"skipped": why}``: then the rest is empty.
    churned, p, rule
        Truth, the model's probabilities and the rule's, shape (n,).
    cutoff, features
        Of spells: the day predicted on, and what was known then.
    misled
        Of spells: finds the columns without which the probabilities had been better, the worst first.
    """

    document: dict[str, Any]
    churned: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    p: Floats = field(default_factory=lambda: np.zeros(0))
    rule: Floats = field(default_factory=lambda: np.zeros(0))
    cutoff: Cutoff | None = None
    features: pd.DataFrame = field(default_factory=pd.DataFrame)
    misled: Callable[[], tuple[str, ...]] = tuple


def held_out(contracts: Contracts, *, seed: int, say: Say) -> Judged:
    """Test the recipe: by folds of customers without dates, one window earlier with them; ``say`` hears progress."""
    try:
        if contracts.spells is None or contracts.cutoff is None:
            return _left_out(contracts, seed, say)
        say("testing the same recipe one window earlier")
        return _one_window_earlier(contracts, contracts.spells, contracts.cutoff, seed)
    except NotEnoughDataError as error:
        return Judged({"skipped": told("No held-out test: {reason}", reason=error)})


def _left_out(contracts: Contracts, seed: int, say: Say) -> Judged:
    table = training_table(contracts, None)
    used = checked_columns(contracts, table).used
    p, rule = np.full(len(table.churned), np.nan), np.full(len(table.churned), np.nan)
    folds = stratified_folds(table.churned, seed=seed)
    # A fifth of many customers judges as well as all of them, who would cost five times as much.
    folds = folds[: 1 if len(table.churned) > _MANY else None]
    for k, (train, out) in enumerate(folds):
        say(f"testing on customers left out, {k + 1} of {len(folds)}")
        rows, others = table.features.iloc[train].reset_index(drop=True), table.features.iloc[out]
        p[out] = train_contract_churn(rows, table.churned[train], used, seed=seed).p_churn(others)
        rule[out] = _rule(contracts, rows, table.churned[train], others)
    judged = ~np.isnan(p)
    churned, p, rule = table.churned[judged], p[judged], rule[judged]
    labelled = int((contracts.churned >= 0).sum())
    document = {"kind": "left out", "folds": len(folds), **_compared(churned, p, rule)}
    return Judged(document | ({"sampled_from": labelled} if labelled > len(p) else {}), churned, p, rule)


def _one_window_earlier(contracts: Contracts, spells: Spells, cutoff: Cutoff, seed: int) -> Judged:
    windows = windows_of(spells, cutoff)
    test = windows[0] if windows else cutoff.earlier(cutoff.horizon_days + cutoff.gap_days + spells.renewal_days)
    fitted = fit_churn(contracts, test, seed=seed)
    features, outcome = observed(spells, test, contracts, known_by=cutoff.day, but=contracts.contacted)
    if not len(features):
        raise NotEnoughDataError(f"nobody was under contract on {test.date}.")
    y, p = outcome["churned"].to_numpy(dtype=np.int64), fitted.churn.p_churn(features)
    rule = _rule(contracts, fitted.table.features, fitted.table.churned, features)
    counts = {str(k): int(v) for k, v in outcome["outcome"].value_counts().sort_index().items()}
    counts["renewed"] = int(outcome["renewed"].sum())
    document = {
        "kind": "one window earlier",
        "cutoff": test.date.isoformat(),
        "window_end": test.window_end.isoformat(),
        **_compared(y, p, rule),
        "outcomes": counts,
    }
    if fitted.payments is not None:
        expected = float((p * fitted.payments.p_payment(features)).sum())
        document["payment_failures"] = {"expected": expected, "actual": int((outcome["outcome"] == PAYMENT).sum())}
    return Judged(document, y, p, rule, test, features, lambda: _misled(fitted, features, y, p, seed))


def _misled(fitted: ChurnFit, features: pd.DataFrame, churned: Ints, p: Floats, seed: int) -> tuple[str, ...]:
    """Return the columns of the table without which the log loss were lower, by more than .001 and half of the most.

    Of the five that speak loudest the recipe is fitted once without each: parts of correlated columns do not tell.
    """
    ours = {column.name for column in SPELL_FEATURES}
    spoken = fitted.churn.contributions(features).std().sort_values(ascending=False, kind="stable")
    spoken = spoken[[name for name in spoken.index if name not in ours]]
    table, used = fitted.table, fitted.columns.used
    served, without = float(log_losses(churned, p).mean()), {}
    for name in map(str, spoken.index[:_TRIED]):
        kept = {other: kind for other, kind in used.items() if other != name}
        if kept:
            model = train_contract_churn(table.features, table.churned, kept, customers=table.customers, seed=seed)
            without[name] = float(log_losses(churned, model.p_churn(features)).mean()) - served
    enough = min([-LEAST_LOSS, *(change / 2 for change in without.values())])
    return tuple(sorted((name for name, change in without.items() if change < enough), key=without.__getitem__))


def _rule(contracts: Contracts, rows: pd.DataFrame, churned: Ints, others: pd.DataFrame) -> Floats:
    """Return what plan and tenure alone say, by logistic regression; what is ignored speaks here no more than there."""
    pairs = ((contracts.terms.plan, "category"), (contracts.terms.tenure, "number"))
    ignored = set(map(plain_name, contracts.rules.ignore))
    kind = {name: said for name, said in pairs if name is not None and name not in ignored}
    if not kind:
        return np.full(len(others), churned.mean())
    encoder = Encoder.fit(rows, churned, kind)
    return RidgeLogistic.fit(encoder.linear(rows)[0], churned).p(encoder.linear(others)[0])


def _compared(churned: Ints, p: Floats, rule: Floats) -> dict[str, Any]:
    document: dict[str, Any] = {"churn": churn_metrics(churned, p), "plan_and_tenure": churn_metrics(churned, rule)}
    if 0 < churned.sum() < len(churned):
        gain = paired_auc_difference(churned, p, rule)
        document["auc_gain"] = {"gain": gain.difference, "low": gain.low, "high": gain.high}
    return {**document, "reliability": reliability(churned, p), "gains": gains(churned, p)}


def gate(judged: Judged, champion: Defender[ContractScorer]) -> Verdict:
    """Say whether the model becomes champion; where nothing could be tested, the first model has to start somewhere."""
    if "skipped" in judged.document:
        return Verdict([])
    named, against = "rule of plan and tenure", _against(judged, champion)
    lost = beats(judged.churned, judged.p, judged.rule, named, no_worse_because=FLOOR).passed is False
    return compare(
        judged.churned,
        judged.p,
        judged.rule,
        against=against,
        rule_name=named,
        rule_advice=_did_not_hold(judged.misled()) if lost else "",
        level_advice="The labels may be of another time, or of another base, than these rows.",
        leaks=no_alarm([]),  # an alarm about a column has refused the training before
    )


def _did_not_hold(columns: tuple[str, ...]) -> str:
    """Say what to do where plan and tenure alone did better."""
    if not columns:
        return "What other columns say did not hold: subscriptions.ignore leaves out what changes."
    named = ", ".join(f'"{name}"' for name in columns)
    return (
        f"Without {named} it would have done better: a total or a state of the day of the export knows what came "
        "later. Unless earlier days knew it as it stands now, put it under subscriptions.ignore and train again."
    )


def _against(judged: Judged, champion: Defender[ContractScorer]) -> Check:
    said = champion.absent
    if judged.cutoff is None:
        said = "a table without dates has no customers that are newer than both models"
    elif champion.scorer is not None:
        rival, said = champion.scorer, SEEN
        if rival.trained_as_of is not None and rival.trained_as_of <= judged.cutoff.date:
            try:
                unreadable = rival.unreadable(judged.features)
            except DataError as error:
                return Check(NO_RIVAL, None, str(error))
            if not unreadable:
                p = rival.churn.p_churn(judged.features)
                return beats(judged.churned, judged.p, p, "champion", no_worse_because=FRESHER)
            said = f"the champion reads other columns: {', '.join(unreadable)}"
    return Check(NO_RIVAL, None, said)
