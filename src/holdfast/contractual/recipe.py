"""Contracts → a scorer: one recipe, served and tested alike."""

from collections.abc import Collection
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.churn import Contacted
from holdfast.churn.plan import MOST_TRAINING_WINDOWS
from holdfast.contractual.alarms import column_problem
from holdfast.contractual.encoding import as_texts
from holdfast.contractual.hindsight import Hindsight, only_running
from holdfast.contractual.hindsight import totals as totals_of
from holdfast.contractual.model import LEAST_PER_OUTCOME, ContractChurn, train_contract_churn
from holdfast.contractual.notice import ENDS_IN, Notice, ends_in
from holdfast.contractual.plan import ColumnPlan, plan_columns
from holdfast.contractual.retention import Retention, whole_periods
from holdfast.contractual.scorer import SLACK_DAYS, ContractScorer, PaymentSplit
from holdfast.contractual.spells import PAYMENT, Spells, chosen_to_teach
from holdfast.contractual.table import Contracts
from holdfast.contractual.tables import COUNTED, SPELL_FEATURES
from holdfast.contractual.windows import MOST_LEARNERS, MOST_ROWS, windows_of
from holdfast.data.cells import plain_name
from holdfast.data.typed import as_numbers
from holdfast.errors import DataError, HoldfastError, NotEnoughDataError
from holdfast.evaluate import Drift, Profile
from holdfast.evaluate.drift import refuse_severe
from holdfast.features import Cutoff
from holdfast.language import to_tell
from holdfast.learn.arrays import Flags, Floats, Ints


@dataclass(frozen=True)
class TrainingTable:
    """Rows to learn from.

    ``customers`` names who each row is; ``paid`` is False where a failed payment ended the contract, ``None`` where
    reasons are not known; ``cutoffs`` are the days the rows are of, latest first, none for a snapshot. ``hindsight``
    says of each row whether its contract, and the part in force, has ended since: what tells that, knows the future.
    """

    features: pd.DataFrame
    churned: Ints
    customers: npt.NDArray[np.object_]
    paid: npt.NDArray[np.bool_] | None
    cutoffs: list[Cutoff]
    hindsight: tuple[Hindsight, ...] = ()


def training_table(contracts: Contracts, cutoff: Cutoff | None) -> TrainingTable:
    """Return what may teach a model as of ``cutoff`` (of a snapshot: every labelled row).

    Raises
    ------
    NotEnoughDataError
        No row is labelled, or no outcome window was over.
    """
    if contracts.spells is None or cutoff is None:
        known = contracts.churned >= 0
        if not known.any():
            label = contracts.rules.columns.label
            raise NotEnoughDataError(
                f'No row says in a column "{label}" (subscriptions.columns.label) whether the customer churned, '
                "so there is nothing to learn from."
            )
        known &= _of_rows_that_teach(contracts.rows["customer_id"], known)
        rows = contracts.rows[known].reset_index(drop=True)
        return TrainingTable(rows, contracts.churned[known], rows["customer_id"].to_numpy(dtype=object), None, [])
    spells = contracts.spells
    cutoffs = windows_of(spells, cutoff)
    if not cutoffs:
        raise NotEnoughDataError(
            f"No outcome window was over by {cutoff.date}: it takes churn.gap_days + churn.horizon_days, another "
            f"{spells.renewal_days} days to see who renews, and 28 days of history before. Use a shorter horizon."
        )
    before, spells = spells.end_of_hindsight(cutoff.day), _that_teach(spells, cutoffs[0].day)
    pairs: list[tuple[pd.DataFrame, pd.DataFrame]] = []
    for window in cutoffs:
        if len(pairs) >= MOST_TRAINING_WINDOWS and sum(len(rows) for rows, _ in pairs) >= MOST_ROWS:
            break
        pairs.append(observed(spells, window, contracts, known_by=cutoff.day, but=contracts.contacted))
    cutoffs = cutoffs[: len(pairs)]
    features = pd.concat([f for f, _ in pairs], ignore_index=True)
    outcome = pd.concat([o for _, o in pairs], ignore_index=True)
    paid = (outcome["outcome"] != PAYMENT).to_numpy() if spells.payment_reasons else None
    who = outcome["customer_id"].to_numpy(dtype=object)
    whole = spells.contracts()
    since = pd.concat(
        [
            spells.ended_since(c, o["customer_id"], whole, before=before)
            for c, (_, o) in zip(cutoffs, pairs, strict=True)
        ]
    )
    hindsight = Hindsight.of(spells, since, whole, before=before)
    return TrainingTable(features, outcome["churned"].to_numpy(dtype=np.int64), who, paid, cutoffs, hindsight)


def _that_teach(spells: Spells, day: int) -> Spells:
    """Return the spells to learn from: everybody's, or those of so many customers that enough of them run on a day."""
    running = ((spells.frame["start"] < day) & (spells.frame["end"] >= day)).sum()
    return spells if running <= MOST_LEARNERS else spells.of_some(MOST_LEARNERS / running)


def _of_rows_that_teach(customers: pd.Series, known: Flags) -> Flags:
    """Return which rows of a snapshot to learn from: all, or about as many as trees see."""
    share = MOST_ROWS / max(known.sum(), 1)
    return np.ones(len(known), dtype=bool) if share >= 1 else chosen_to_teach(customers.astype(str), share)


def observed(
    spells: Spells, cutoff: Cutoff, contracts: Contracts, *, known_by: int, but: Contacted | None = None
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return (features, outcomes) of who was under contract at a cutoff and still when its window began.

    ``but``: without those whose outcome a contact may have changed.
    """
    features = spells.features_at(cutoff, period_days=round(contracts.period_days))
    outcome = spells.outcomes(cutoff, features["customer_id"], known_by=known_by)
    there = (outcome["outcome"] != "gone").to_numpy()
    if but is not None:
        there = there & ~but.rows(outcome["customer_id"], cutoff.date)
    return features[there].reset_index(drop=True), outcome[there].reset_index(drop=True)


def columns_of(contracts: Contracts, table: TrainingTable) -> ColumnPlan:
    """Say what each column is used for."""
    given = contracts.rules
    apart = {"customer_id", "eligible", *map(plain_name, given.ignore)}
    # What Holdfast counts from dates before the cutoff knows nothing after it, however well it foresees.
    counted = COUNTED if contracts.spells is not None else ()
    trusted = [*map(plain_name, given.trusted)]
    running, totals = _hindsight(contracts, table, {*apart, *trusted})
    later = [name for name in contracts.later() if name not in {*running, *trusted}]
    # The plan and the price go by our names, and are trusted by theirs.
    roles = [name for name in ("plan", "price") if contracts.spells and getattr(given.columns, name) in given.trusted]
    plan = plan_columns(
        table.features[[name for name in table.features.columns if name not in {*apart, *running, *totals, *later}]],
        table.churned,
        categories=[plain_name(name) for name in given.categories],
        trusted=[*trusted, *roles, *counted],
        hindsight=table.hindsight,
        customers=table.customers,
        label=given.columns.label if contracts.spells is None else None,
    )
    return replace(plan, running=running, totals=totals, later=later)


def _hindsight(contracts: Contracts, table: TrainingTable, apart: Collection[str]) -> tuple[dict[str, int], list[str]]:
    """Return the attributes of spells that know how it ended: flags on what runs alone, and totals to the end."""
    spells, cutoff = contracts.spells, contracts.cutoff
    if spells is None or cutoff is None:
        return {}, []
    ours = {*apart, *(c.name for c in SPELL_FEATURES)}
    attributes = [name for name in table.features.columns if name in spells.frame and name not in ours]
    if not attributes:
        return {}, []
    day, whole = spells.first_unknown(cutoff.day), spells.contracts()
    last = (
        spells.frame.iloc[whole["last"].to_numpy()]
        .reset_index(drop=True)
        .assign(start=whole["start"], end=whole["end"])
    )
    views = (spells.frame, last)
    running = {name: n for rows in views for name, n in only_running(rows, attributes, day).items()}
    return running, list(dict.fromkeys(name for rows in views for name in totals_of(rows, attributes, day)))


def checked_columns(contracts: Contracts, table: TrainingTable) -> ColumnPlan:
    """Return the plan of columns if nothing in it needs a decision of the user's.

    Raises
    ------
    DataError
        A column looks like a copy of the outcome, or is neither numbers nor categories.
    """
    plan = columns_of(contracts, table)
    problem = column_problem(plan, contracts)
    if problem:
        raise DataError(problem)
    return plan


@dataclass(frozen=True)
class ChurnFit:
    """The churn model and why contracts end, with the columns and the rows they were learnt from."""

    churn: ContractChurn
    payments: PaymentSplit | None
    columns: ColumnPlan
    table: TrainingTable


def fit_churn(contracts: Contracts, cutoff: Cutoff | None, *, seed: int) -> ChurnFit:
    """Fit the churn model on what was known by ``cutoff`` (of a snapshot: on every labelled row).

    Raises
    ------
    DataError, NotEnoughDataError
        A column needs a decision, or there is too little to learn from.
    """
    table = training_table(contracts, cutoff)
    plan = checked_columns(contracts, table)
    churn = train_contract_churn(table.features, table.churned, plan.used, customers=table.customers, seed=seed)
    return ChurnFit(churn, _payments(table, plan, seed), plan, table)


def scorer_of(
    contracts: Contracts, fitted: ChurnFit, *, clv_horizon_days: int, yearly_discount: float, margin: float
) -> ContractScorer:
    """Return the scorer as of today: the churn model with the retention curves, and what its inputs look like.

    Parameters
    ----------
    contracts, fitted
        The table, and the churn model fitted on all of it that is known.
    clv_horizon_days, yearly_discount, margin
        Value is margin (a share of price, 0 to 1) over so many days, discounted at the yearly rate (0.1 is 10 %).
    """
    cutoff, rules = contracts.cutoff, contracts.rules
    summary, plans = contract_lifetimes(contracts)
    scorer = ContractScorer(
        churn=fitted.churn,
        retention=Retention({}, to_tell("tenure is not known")) if summary is None else Retention.fit(summary, plans),
        payments=fitted.payments,
        terms=contracts.terms,
        window_days=cutoff.horizon_days if cutoff else rules.label_window_days,
        gap_days=cutoff.gap_days if cutoff else 0,
        period_days=contracts.period_days,
        clv_horizon_days=clv_horizon_days,
        yearly_discount=yearly_discount,
        margin=margin,
        trained_as_of=cutoff.date if cutoff else None,
    )
    rows = today(contracts)
    profile = _profile(contracts, scorer, fitted.table, rows)
    return replace(scorer, profile=profile, notice=_notice(contracts, scorer, rows))


def _notice(contracts: Contracts, scorer: ContractScorer, rows: pd.DataFrame) -> Notice | None:
    """Return what the ends say that are known ahead at the as-of date, of whose customers these are the rows."""
    cutoff = contracts.cutoff
    if contracts.spells is None or cutoff is None:
        return None
    days = as_numbers(rows[ENDS_IN])[0] if ENDS_IN in rows else None
    window = (cutoff.gap_days, cutoff.gap_days + cutoff.horizon_days)
    return Notice.of(scorer.churn.p_churn(rows), days, window)


def contract_lifetimes(contracts: Contracts) -> tuple[pd.DataFrame | None, pd.Series | None]:
    """Return (tenure summary, plan) of every contract known by the cutoff, or (None, None)."""
    cutoff = contracts.cutoff
    if contracts.spells is not None and cutoff is not None:
        days = contracts.period_days
        lives = contracts.spells.lifetimes(cutoff.day, period_days=days)
        return whole_periods(lives["tenure"], lives["ended"], slack=SLACK_DAYS / days), lives.get("plan")
    tenure, plan = contracts.terms.periods(contracts.rows), contracts.terms.plans(contracts.rows)
    if tenure is None:
        return None, None
    rows = (contracts.churned >= 0) & ~np.isnan(tenure)
    plan = None if plan is None else plan[rows].reset_index(drop=True)
    return whole_periods(tenure[rows], contracts.churned[rows]), plan


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


def today(contracts: Contracts) -> pd.DataFrame:
    """Return the customers to score: of a snapshot all rows, of spells who is under contract at the as-of date.

    Of spells, ``ends_in_days`` says when a contract is known to end, where the table tells; no model learns from it.
    """
    if contracts.spells is None or contracts.cutoff is None:
        return contracts.rows
    features = contracts.spells.features_at(contracts.cutoff, period_days=round(contracts.period_days))
    if not len(features):
        nobody = f"as_of: nobody is under contract on {contracts.cutoff.date}."
        if facts := contracts.account.keys() & {"movements", "bills"}:
            raise DataError(f"{nobody} By the {facts.pop()} all have left, or none had begun.")
        column = '" or "'.join(contracts.rules.columns.ends)
        raise DataError(
            f"{nobody} Is it later than the day of the export? "
            f'If the last day in "{column}" stands where contracts still run, name it under '
            "subscriptions.missing_values."
        )
    stated = contracts.rules.columns.leaves_at is not None
    known = ends_in(contracts.spells, contracts.cutoff, features["customer_id"], stated=stated)
    return features if known is None else features.assign(**{ENDS_IN: known})


def _profile(contracts: Contracts, scorer: ContractScorer, table: TrainingTable, rows: pd.DataFrame) -> Profile:
    """Return what the columns look like that the model reads.

    Of spells these are today's ``rows``, and one window earlier is looked at too; of a snapshot, those it learnt from.
    """
    if contracts.spells is None or contracts.cutoff is None:
        return Profile.of(*_read(scorer, table.features))
    cutoff = contracts.cutoff
    before = cutoff.earlier(cutoff.horizon_days + cutoff.gap_days)
    then = contracts.spells.features_at(before, period_days=round(contracts.period_days))
    return Profile.of(*_read(scorer, rows), earlier=_read(scorer, then)[0] if len(then) else None)


def refuse_unreadable(contracts: Contracts, scorer: ContractScorer, rows: pd.DataFrame) -> None:
    """Refuse rows that the model cannot score, however old it is.

    Raises
    ------
    DataError
        All categories of a column are new, or it is blank for everybody and was for hardly anybody.
    """
    refuse_severe(all_drift(scorer, rows), contracts.cells.label)


def all_drift(scorer: ContractScorer, rows: pd.DataFrame, *, windows: float = 1.0) -> list[Drift]:
    """Return the columns that are unlike the training's, ``windows`` ago, worst first, however severe."""
    return [] if scorer.profile is None else scorer.profile.aged(windows).drift(*_read(scorer, rows))


def _read(scorer: ContractScorer, rows: pd.DataFrame) -> tuple[dict[str, Floats], dict[str, pd.Series]]:
    encoder, terms = scorer.churn.encoder, scorer.terms
    numbers = dict.fromkeys([*(n.name for n in encoder.numbers), *terms.numbers])
    texts = dict.fromkeys([*(c.name for c in encoder.categories), *([] if terms.plan is None else [terms.plan])])
    return (
        {name: as_numbers(rows[name])[0] for name in numbers},
        {name: as_texts(rows[name]) for name in texts if name not in numbers},
    )


@dataclass(frozen=True)
class ContractsReadiness:
    """What a training would learn from; ``problem`` says why it cannot, or is empty."""

    rows: int
    churned: int
    windows: list[dict[str, Any]]
    columns: dict[str, Any]
    problem: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def contracts_readiness(contracts: Contracts) -> ContractsReadiness:
    """Say what a training would use, without training."""
    try:
        table = training_table(contracts, contracts.cutoff)
    except HoldfastError as error:
        return ContractsReadiness(0, 0, [], {}, str(error))
    plan = columns_of(contracts, table)
    problem = column_problem(plan, contracts)
    ended = int(table.churned.sum())
    if not problem and not LEAST_PER_OUTCOME <= ended <= len(table.churned) - LEAST_PER_OUTCOME:
        problem = (
            f"{ended} of {len(table.churned):,} churned; at least {LEAST_PER_OUTCOME} must churn and "
            f"{LEAST_PER_OUTCOME} stay to learn from."
        )
    if not problem:
        try:
            today(contracts)
        except DataError as error:
            problem = str(error)
    windows = [{"cutoff": c.date.isoformat(), "window_end": c.window_end.isoformat()} for c in table.cutoffs]
    columns = asdict(plan)
    if contracts.rules.columns.leaves_at is not None:
        columns["noticed"] = list(columns.pop("running"))
    return ContractsReadiness(len(table.churned), ended, windows, columns, problem)
