"""Fit and judge contractual models: one recipe, served and tested alike."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.churn import plan_snapshots
from holdfast.contractual import (
    ColumnPlan,
    Contracts,
    ContractScorer,
    PaymentSplit,
    Retention,
    Spells,
    plan_columns,
    stratified_folds,
    train_contract_churn,
    whole_periods,
)
from holdfast.contractual.encoding import Encoder
from holdfast.contractual.model import LEAST_PER_OUTCOME
from holdfast.contractual.spells import PAYMENT
from holdfast.errors import DataError, NotEnoughDataError
from holdfast.evaluate import churn_metrics, paired_auc_difference
from holdfast.features import Cutoff
from holdfast.pipeline.contract_table import PreparedContracts
from holdfast.pipeline.preparation import Say, quiet

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class TrainingTable:
    """Rows to learn from.

    ``customers`` names who each row is; ``paid`` is False where a failed payment ended the contract, ``None`` where
    reasons are not known; ``cutoffs`` are the days the rows are of, latest first, none for a snapshot.
    """

    features: pd.DataFrame
    churned: Ints
    customers: npt.NDArray[np.object_]
    paid: npt.NDArray[np.bool_] | None
    cutoffs: list[Cutoff]


def training_table(prepared: PreparedContracts, cutoff: Cutoff | None) -> TrainingTable:
    """Return what may teach a model as of ``cutoff`` (of a snapshot: every labelled row).

    Raises
    ------
    NotEnoughDataError
        No row is labelled, or no outcome window was over.
    """
    if prepared.spells is None or cutoff is None:
        contracts, churned = prepared.contracts, prepared.churned
        known = churned >= 0
        if contracts is None or not known.any():
            raise NotEnoughDataError("No row says whether the customer churned, so there is nothing to learn from.")
        features = contracts.features[known].reset_index(drop=True)
        return TrainingTable(features, churned[known], contracts.customer_id.to_numpy(dtype=object)[known], None, [])
    spells = prepared.spells
    cutoffs = plan_snapshots(spells.first_day, cutoff.earlier(spells.renewal_days))
    if not cutoffs:
        raise NotEnoughDataError(
            f"No outcome window was over by {cutoff.date}: it takes churn.gap_days + churn.horizon_days, another "
            f"{spells.renewal_days} days to see who renews, and 28 days of history before. Use a shorter horizon."
        )
    pairs = [observed(spells, c, prepared, known_by=cutoff.day) for c in cutoffs]
    features = pd.concat([f for f, _ in pairs], ignore_index=True)
    outcome = pd.concat([o for _, o in pairs], ignore_index=True)
    paid = (outcome["outcome"] != PAYMENT).to_numpy() if spells.payment_reasons else None
    who = outcome["customer_id"].to_numpy(dtype=object)
    return TrainingTable(features, outcome["churned"].to_numpy(dtype=np.int64), who, paid, cutoffs)


def observed(
    spells: Spells, cutoff: Cutoff, prepared: PreparedContracts, *, known_by: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (features, outcomes) of who was under contract at a cutoff and still when its window began."""
    features = spells.features_at(cutoff, period_days=round(prepared.period_days))
    outcome = spells.outcomes(cutoff, features["customer_id"], known_by=known_by)
    there = (outcome["outcome"] != "gone").to_numpy()
    return (
        features[there].drop(columns="customer_id").reset_index(drop=True),
        outcome[there].reset_index(drop=True),
    )


def columns_of(prepared: PreparedContracts, table: TrainingTable) -> ColumnPlan:
    """Say what each column is used for."""
    given = prepared.config.subscriptions
    return plan_columns(table.features, table.churned, categories=given.categories, trusted=given.trusted)


def checked_columns(prepared: PreparedContracts, table: TrainingTable) -> ColumnPlan:
    """Return the plan of columns if nothing in it needs a decision of the user's.

    Raises
    ------
    DataError
        A column looks like a copy of the outcome, or is neither numbers nor categories.
    """
    plan = columns_of(prepared, table)
    problem = column_problem(plan, prepared.cells.label)
    if problem:
        raise DataError(problem)
    return plan


def column_problem(plan: ColumnPlan, label: str) -> str:
    """Return what the user must decide about the columns, or nothing."""
    if plan.leaks:
        named = ", ".join(f'"{name}" (AUC {auc:.3f})' for name, auc in plan.leaks.items())
        return (
            f"{label}: leak alarm: {named} alone tells who churned, so it was probably written afterwards. "
            "Put it under subscriptions.ignore; or, if it is known before, under subscriptions.trusted."
        )
    if plan.mixed:
        named = ", ".join(f'"{name}"' for name in plan.mixed)
        return (
            f"{label}: {named}: numbers but for a few cells. Name those texts under subscriptions.missing_values "
            "if they mean blank, or the column under subscriptions.categories."
        )
    return ""


def fit(prepared: PreparedContracts, cutoff: Cutoff | None) -> tuple[ContractScorer, ColumnPlan, TrainingTable]:
    """Fit every model on what was known by ``cutoff``.

    Raises
    ------
    DataError, NotEnoughDataError
        A column needs a decision, or there is too little to learn from.
    """
    config = prepared.config
    table = training_table(prepared, cutoff)
    plan = checked_columns(prepared, table)
    churn = train_contract_churn(table.features, table.churned, plan.used, customers=table.customers, seed=config.seed)
    summary, plans = contract_lifetimes(prepared, cutoff)
    retention = Retention({}, "tenure is not known") if summary is None else Retention.fit(summary, plans)
    has = config.subscriptions.columns
    scorer = ContractScorer(
        churn=churn,
        retention=retention,
        payments=_payments(table, plan, config.seed),
        window_days=config.churn.horizon_days if cutoff else config.subscriptions.label_window_days,
        gap_days=config.churn.gap_days if cutoff else 0,
        period_days=prepared.period_days,
        clv_horizon_days=config.clv.horizon_days,
        yearly_discount=config.clv.yearly_discount,
        margin=config.clv.margin,
        money=has.price is not None and bool(retention.curves),
        trained_as_of=cutoff.date.isoformat() if cutoff else "",
    )
    return scorer, plan, table


def contract_lifetimes(
    prepared: PreparedContracts, cutoff: Cutoff | None
) -> tuple[pd.DataFrame | None, pd.Series | None]:
    """Return (tenure summary, plan) of every contract known by the cutoff, or (None, None)."""
    if prepared.spells is not None and cutoff is not None:
        lives = prepared.spells.lifetimes(cutoff.day, period_days=round(prepared.period_days))
        return whole_periods(lives["tenure"], lives["ended"]), lives["plan"] if "plan" in lives else None
    contracts = prepared.contracts
    if contracts is None or contracts.tenure is None:
        return None, None
    rows = (prepared.churned >= 0) & ~np.isnan(contracts.tenure)
    plan = None if contracts.plan is None else contracts.plan[rows].reset_index(drop=True)
    return whole_periods(contracts.tenure[rows], prepared.churned[rows]), plan


def _payments(table: TrainingTable, plan: ColumnPlan, seed: int) -> PaymentSplit | None:
    """Learn, among contracts that ended, which ended by a failed payment."""
    if table.paid is None:
        return None
    ended = table.churned == 1
    failed = (~table.paid[ended]).astype(np.int64)
    share = float(failed.mean())
    if min(failed.sum(), len(failed) - failed.sum()) < LEAST_PER_OUTCOME:
        return PaymentSplit(share)
    features = table.features[ended].reset_index(drop=True)
    used = {name: kind for name, kind in plan.used.items() if features[name].nunique() > 1}
    model = train_contract_churn(features, failed, used, customers=table.customers[ended], seed=seed)
    return PaymentSplit(share, model)


def held_out(prepared: PreparedContracts, *, say: Say = quiet) -> dict[str, Any]:
    """Return how good the recipe is on customers (snapshot) or on a window (spells) that it did not see.

    Returns
    -------
    dict
        ``kind`` (``left out`` or ``one window earlier``), ``churn`` and ``plan_and_tenure`` (a logistic regression on
        these two, what everyone could do) as ``churn_metrics``, ``auc_gain`` with its 95 % interval; or
        ``{"skipped": why}``.
    """
    try:
        if prepared.spells is None or prepared.cutoff is None:
            return _left_out(prepared, say)
        return _one_window_earlier(prepared, prepared.spells, prepared.cutoff)
    except NotEnoughDataError as error:
        return {"skipped": f"No held-out test: {error}"}


def _left_out(prepared: PreparedContracts, say: Say) -> dict[str, Any]:
    table, seed = training_table(prepared, None), prepared.config.seed
    used = checked_columns(prepared, table).used
    p, rule = np.empty(len(table.churned)), np.empty(len(table.churned))
    folds = stratified_folds(table.churned, seed=seed)
    for k, (train, out) in enumerate(folds):
        say(f"testing on customers left out, {k + 1} of {len(folds)}")
        rows, others = table.features.iloc[train].reset_index(drop=True), table.features.iloc[out]
        p[out] = train_contract_churn(rows, table.churned[train], used, seed=seed).p_churn(others)
        rule[out] = _rule(prepared, rows, table.churned[train], others)
    return {"kind": "left out", "folds": len(folds), **_compared(table.churned, p, rule)}


def _one_window_earlier(prepared: PreparedContracts, spells: Spells, cutoff: Cutoff) -> dict[str, Any]:
    test = cutoff.earlier(cutoff.horizon_days + cutoff.gap_days + spells.renewal_days)
    scorer, _, table = fit(prepared, test)
    features, outcome = observed(spells, test, prepared, known_by=cutoff.day)
    y, p = outcome["churned"].to_numpy(dtype=np.int64), scorer.churn.p_churn(features)
    rule = _rule(prepared, table.features, table.churned, features)
    dates = {"cutoff": test.date.isoformat(), "window_end": test.window_end.isoformat()}
    counts = {str(k): int(v) for k, v in outcome["outcome"].value_counts().sort_index().items()}
    counts["renewed"] = int(outcome["renewed"].sum())
    verdict = {"kind": "one window earlier", **dates, **_compared(y, p, rule), "outcomes": counts}
    ended = y == 1
    if scorer.payments is not None and ended.any():
        expected = float((p * scorer.payments.p_payment(features)).sum())
        failed = int((outcome["outcome"] == PAYMENT).sum())
        verdict["payment_failures"] = {"expected": expected, "actual": failed}
    return verdict


def _rule(prepared: PreparedContracts, rows: pd.DataFrame, churned: Ints, others: pd.DataFrame) -> Floats:
    """Return what plan and tenure alone say, by logistic regression."""
    has = prepared.config.subscriptions.columns
    names = ["plan", "tenure_days"] if prepared.spells is not None else [has.plan, has.tenure]
    kind = {n: k for n, k in zip(names, ("category", "number"), strict=True) if n is not None and n in rows.columns}
    if not kind:
        return np.full(len(others), churned.mean())
    encoder = Encoder.fit(rows, churned, kind)
    return Linear.fit(encoder.linear(rows)[0], churned, 1.0).p_churn(encoder.linear(others)[0])


def _compared(churned: Ints, p: Floats, rule: Floats) -> dict[str, Any]:
    verdict: dict[str, Any] = {"churn": churn_metrics(churned, p), "plan_and_tenure": churn_metrics(churned, rule)}
    if 0 < churned.sum() < len(churned):
        gain, low, high = paired_auc_difference(churned, p, rule)
        verdict["auc_gain"] = {"gain": gain, "low": low, "high": high}
    return verdict


def today(prepared: PreparedContracts) -> Contracts:
    """Return the customers to score: of a snapshot all rows, of spells who is under contract at the as-of date."""
    if prepared.spells is None or prepared.cutoff is None:
        if prepared.contracts is None:
            raise DataError("the table holds no customers")
        return prepared.contracts
    features = prepared.spells.features_at(prepared.cutoff, period_days=round(prepared.period_days))
    if not len(features):
        raise DataError(f"as_of: nobody is under contract on {prepared.cutoff.date}.")
    days = features["tenure_days"].to_numpy(dtype=np.float64)
    return Contracts(
        features["customer_id"],
        features.drop(columns="customer_id"),
        np.ones(len(features), dtype=bool),
        days / round(prepared.period_days),
        features["price"].to_numpy(dtype=np.float64) if "price" in features else None,
        features["plan"] if "plan" in features else None,
    )
