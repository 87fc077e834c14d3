"""Judge contractual models on what they had not seen, beside what plan and tenure alone say; and the gate."""

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from holdfast.contractual import ContractScorer, Encoder, Spells, stratified_folds, train_contract_churn
from holdfast.contractual.spells import PAYMENT
from holdfast.errors import DataError, NotEnoughDataError
from holdfast.evaluate import (
    FLOOR,
    FRESHER,
    Check,
    Verdict,
    beats,
    calibrated,
    churn_metrics,
    gains,
    no_alarm,
    paired_auc_difference,
    reliability,
)
from holdfast.features import Cutoff
from holdfast.learn.arrays import Floats, Ints
from holdfast.learn.logistic import RidgeLogistic
from holdfast.pipeline.contract_fit import checked_columns, fit, observed, training_table
from holdfast.pipeline.contract_table import PreparedContracts
from holdfast.pipeline.preparation import difference
from holdfast.pipeline.promotion import NO_RIVAL, SEEN, Defender, defender_of
from holdfast.progress import Say, quiet
from holdfast.track import Store
from holdfast.track.contractual import load_contract_bundle


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
    """

    document: dict[str, Any]
    churned: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    p: Floats = field(default_factory=lambda: np.zeros(0))
    rule: Floats = field(default_factory=lambda: np.zeros(0))
    cutoff: Cutoff | None = None
    features: pd.DataFrame = field(default_factory=pd.DataFrame)


def held_out(prepared: PreparedContracts, *, say: Say = quiet) -> Judged:
    """Test the recipe: by folds of customers without dates, one window earlier with them."""
    try:
        if prepared.spells is None or prepared.cutoff is None:
            return _left_out(prepared, say)
        say("testing the same recipe one window earlier")
        return _one_window_earlier(prepared, prepared.spells, prepared.cutoff)
    except NotEnoughDataError as error:
        return Judged({"skipped": f"No held-out test: {error}"})


def _left_out(prepared: PreparedContracts, say: Say) -> Judged:
    table, seed = training_table(prepared, None), prepared.config.seed
    used = checked_columns(prepared, table).used
    p, rule = np.empty(len(table.churned)), np.empty(len(table.churned))
    folds = stratified_folds(table.churned, seed=seed)
    for k, (train, out) in enumerate(folds):
        say(f"testing on customers left out, {k + 1} of {len(folds)}")
        rows, others = table.features.iloc[train].reset_index(drop=True), table.features.iloc[out]
        p[out] = train_contract_churn(rows, table.churned[train], used, seed=seed).p_churn(others)
        rule[out] = _rule(prepared, rows, table.churned[train], others)
    document = {"kind": "left out", "folds": len(folds), **_compared(table.churned, p, rule)}
    return Judged(document, table.churned, p, rule)


def _one_window_earlier(prepared: PreparedContracts, spells: Spells, cutoff: Cutoff) -> Judged:
    test = cutoff.earlier(cutoff.horizon_days + cutoff.gap_days + spells.renewal_days)
    scorer, _, table = fit(prepared, test)
    features, outcome = observed(spells, test, prepared, known_by=cutoff.day)
    if not len(features):
        raise NotEnoughDataError(f"nobody was under contract on {test.date}.")
    y, p = outcome["churned"].to_numpy(dtype=np.int64), scorer.churn.p_churn(features)
    rule = _rule(prepared, table.features, table.churned, features)
    counts = {str(k): int(v) for k, v in outcome["outcome"].value_counts().sort_index().items()}
    counts["renewed"] = int(outcome["renewed"].sum())
    document = {
        "kind": "one window earlier",
        "cutoff": test.date.isoformat(),
        "window_end": test.window_end.isoformat(),
        **_compared(y, p, rule),
        "outcomes": counts,
    }
    if scorer.payments is not None:
        expected = float((p * scorer.payments.p_payment(features)).sum())
        document["payment_failures"] = {"expected": expected, "actual": int((outcome["outcome"] == PAYMENT).sum())}
    return Judged(document, y, p, rule, test, features)


def _rule(prepared: PreparedContracts, rows: pd.DataFrame, churned: Ints, others: pd.DataFrame) -> Floats:
    """Return what plan and tenure alone say, by logistic regression."""
    pairs = ((prepared.terms.plan, "category"), (prepared.terms.tenure, "number"))
    kind = {name: said for name, said in pairs if name is not None}
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


def defender(prepared: PreparedContracts) -> Defender[ContractScorer]:
    """Return the champion that a challenger must beat."""
    config = prepared.config
    return defender_of(
        lambda: load_contract_bundle(Store(config.models).champion(config.name).bundle_folder).scorer,
        lambda scorer: another_question(prepared, scorer),
    )


def another_question(prepared: PreparedContracts, scorer: ContractScorer) -> str:
    """Return how the question that a model answers differs from the configuration's; nothing where it does not."""
    config = prepared.config
    if scorer.money and config.subscriptions.columns.price is None:
        return "the champion was trained with prices, and subscriptions.columns.price is not set"
    if (prepared.spells is not None) != bool(scorer.trained_as_of):
        return "the champion was trained on a table of the other kind"
    asked: dict[str, tuple[object, object]] = {
        "clv.horizon_days": (config.clv.horizon_days, scorer.clv_horizon_days),
        "clv.yearly_discount": (config.clv.yearly_discount, scorer.yearly_discount),
        "clv.margin": (config.clv.margin, scorer.margin),
        "subscriptions.period_days": (prepared.period_days, scorer.period_days),
    }
    if prepared.spells is None:
        asked["subscriptions.label_window_days"] = (config.subscriptions.label_window_days, scorer.window_days)
    else:
        asked["churn.horizon_days"] = (config.churn.horizon_days, scorer.window_days)
        asked["churn.gap_days"] = (config.churn.gap_days, scorer.gap_days)
    return difference(asked)


def gate(judged: Judged, champion: Defender[ContractScorer]) -> Verdict:
    """Say whether the model becomes champion; where nothing could be tested, the first model has to start somewhere."""
    if "skipped" in judged.document:
        return Verdict([])
    y, p = judged.churned, judged.p
    rule = beats(y, p, judged.rule, "rule of plan and tenure", no_worse_because=FLOOR)
    return Verdict(
        [
            _against(judged, champion),
            replace(rule, advice="What other columns say did not hold: subscriptions.ignore leaves out what changes."),
            replace(calibrated(y, p), advice="The labels may be of another time, or of another base, than these rows."),
            no_alarm([]),  # an alarm about a column has refused the training before
        ]
    )


def _against(judged: Judged, champion: Defender[ContractScorer]) -> Check:
    said = champion.absent
    if judged.cutoff is None:
        said = "a table without dates has no customers that are newer than both models"
    elif champion.scorer is not None:
        rival, said = champion.scorer, SEEN
        if rival.trained_as_of <= judged.cutoff.date.isoformat():
            try:
                unreadable = rival.unreadable(judged.features)
            except DataError as error:
                return Check(NO_RIVAL, None, str(error))
            if not unreadable:
                p = rival.churn.p_churn(judged.features)
                return beats(judged.churned, judged.p, p, "champion", no_worse_because=FRESHER)
            said = f"the champion reads other columns: {', '.join(unreadable)}"
    return Check(NO_RIVAL, None, said)
