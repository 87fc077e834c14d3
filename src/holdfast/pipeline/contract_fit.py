"""Fit contractual models: one recipe, served and tested alike."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.churn import plan_snapshots
from holdfast.contractual import (
    ColumnPlan,
    ContractScorer,
    PaymentSplit,
    Retention,
    Spells,
    plan_columns,
    train_contract_churn,
    whole_periods,
)
from holdfast.contractual.model import LEAST_PER_OUTCOME
from holdfast.contractual.spells import PAYMENT
from holdfast.contractual.tables import COUNTED
from holdfast.data.cells import plain_name
from holdfast.errors import DataError, NotEnoughDataError
from holdfast.features import Cutoff
from holdfast.learn.arrays import Ints
from holdfast.pipeline.contract_table import PreparedContracts

_SLACK_DAYS = 3.0  # months differ in length


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
        known = prepared.churned >= 0
        if not known.any():
            label = prepared.config.subscriptions.columns.label
            raise NotEnoughDataError(
                f'No row says in a column "{label}" (subscriptions.columns.label) whether the customer churned, '
                "so there is nothing to learn from."
            )
        rows = prepared.rows[known].reset_index(drop=True)
        return TrainingTable(rows, prepared.churned[known], rows["customer_id"].to_numpy(dtype=object), None, [])
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
    return features[there].reset_index(drop=True), outcome[there].reset_index(drop=True)


def columns_of(prepared: PreparedContracts, table: TrainingTable) -> ColumnPlan:
    """Say what each column is used for."""
    given = prepared.config.subscriptions
    apart = {"customer_id", "eligible", *map(plain_name, given.ignore)}
    # What Holdfast counts from dates before the cutoff knows nothing after it, however well it foresees.
    counted = COUNTED if prepared.spells is not None else ()
    return plan_columns(
        table.features[[name for name in table.features.columns if name not in apart]],
        table.churned,
        categories=[plain_name(name) for name in given.categories],
        trusted=[*map(plain_name, given.trusted), *counted],
    )


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
    scorer = ContractScorer(
        churn=churn,
        retention=Retention({}, "tenure is not known") if summary is None else Retention.fit(summary, plans),
        payments=_payments(table, plan, config.seed),
        terms=prepared.terms,
        window_days=config.churn.horizon_days if cutoff else config.subscriptions.label_window_days,
        gap_days=config.churn.gap_days if cutoff else 0,
        period_days=prepared.period_days,
        clv_horizon_days=config.clv.horizon_days,
        yearly_discount=config.clv.yearly_discount,
        margin=config.clv.margin,
        trained_as_of=cutoff.date.isoformat() if cutoff else "",
    )
    return scorer, plan, table


def contract_lifetimes(
    prepared: PreparedContracts, cutoff: Cutoff | None
) -> tuple[pd.DataFrame | None, pd.Series | None]:
    """Return (tenure summary, plan) of every contract known by the cutoff, or (None, None)."""
    if prepared.spells is not None and cutoff is not None:
        days = prepared.period_days
        lives = prepared.spells.lifetimes(cutoff.day, period_days=days)
        return whole_periods(lives["tenure"], lives["ended"], slack=_SLACK_DAYS / days), lives.get("plan")
    tenure, plan = prepared.terms.periods(prepared.rows), prepared.terms.plans(prepared.rows)
    if tenure is None:
        return None, None
    rows = (prepared.churned >= 0) & ~np.isnan(tenure)
    plan = None if plan is None else plan[rows].reset_index(drop=True)
    return whole_periods(tenure[rows], prepared.churned[rows]), plan


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
    used = {name: kind for name, kind in plan.used.items() if len(features[name].unique()) > 1}
    model = train_contract_churn(features, failed, used, customers=table.customers[ended], seed=seed)
    return PaymentSplit(share, model)


def today(prepared: PreparedContracts) -> pd.DataFrame:
    """Return the customers to score: of a snapshot all rows, of spells who is under contract at the as-of date."""
    if prepared.spells is None or prepared.cutoff is None:
        return prepared.rows
    features = prepared.spells.features_at(prepared.cutoff, period_days=round(prepared.period_days))
    if not len(features):
        raise DataError(f"as_of: nobody is under contract on {prepared.cutoff.date}.")
    return features
