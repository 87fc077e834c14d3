"""Score purchases: everyone in batches, the lists, and what a reader of the scores must know."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast import columns
from holdfast.churn import DEFAULT as DEFAULT_CHURN
from holdfast.churn import days_to_second_purchase
from holdfast.errors import NotEnoughDataError
from holdfast.features import feature_batches, population, summary_of
from holdfast.forecast.scorer import Scorer
from holdfast.lists.kinds import Customers, RankedList
from holdfast.pipeline.inputs import drift_notes, feature_drift
from holdfast.pipeline.judgement import judge
from holdfast.pipeline.outputs import ParquetParts
from holdfast.pipeline.preparation import PreparedPurchases
from holdfast.pipeline.setting import Predict, Told, difference
from holdfast.pipeline.timelines import purchase_timelines
from holdfast.progress import Say, Steps
from holdfast.track import Bundle
from holdfast.wording import counted

# With fewer customers of one outcome a ranking says little; as many are asked of a table of contracts.
_FEW = 20


def score_purchases(
    prepared: PreparedPurchases, bundle: Bundle[Scorer], predict: Predict, folder: Path, say: Say
) -> Told:
    """Score everyone who bought before the as-of date, in batches written to ``folder``, and make the lists.

    Raises
    ------
    DataError
        A feature is missing for everybody that was for hardly anybody when the champion was trained.
    """
    scorer = bundle.scorer
    features = prepared.snapshots.features(prepared.cutoff.date, prepared.snapshots.sizes.check)
    drifts = feature_drift(scorer.profile, features)
    told = _score_everyone(prepared, scorer, predict, folder, say)
    metrics = {**_metrics(prepared, bundle), "drift": [d.as_dict() for d in drifts]}
    notes = [*_notes(prepared, scorer, bundle.metrics, told.silent), *_spend_notes(scorer, told)]
    say("making lists")
    lists = {name: ranked.table() for name, ranked in told.lists.items()}
    tables = {"rejects": prepared.log.rejects}
    notes += drift_notes(scorer.profile, drifts)
    timelines = purchase_timelines(prepared, scorer.transactions, lists.values())
    return Told(told.customers, told.eligible, lists, tables, metrics, notes, timelines)


@dataclass
class _Everyone:
    """What is known of everyone after all batches: the lists, and figures for the notes."""

    lists: dict[str, RankedList]
    customers: int = 0
    eligible: int = 0
    limited: int = 0
    """Customers whose expected spend is limited."""
    silent: int = 0
    """Days since anybody bought."""


def _score_everyone(prepared: PreparedPurchases, scorer: Scorer, predict: Predict, folder: Path, say: Say) -> _Everyone:
    """Score everyone in batches of customers: write scores and features, and keep what the lists need."""
    config, cutoff, connection = prepared.config, prepared.cutoff, prepared.log.connection
    everyone = population(connection, cutoff)
    best_days = days_to_second_purchase(connection, cutoff)
    told = _Everyone(
        {
            name: RankedList(
                name, scorer, customers=everyone, most=config.lists.most, share=config.lists.high_value_share
            )
            for name in columns.LISTS
            if name != "high_value" or scorer.spend is not None
        }
    )
    silent, steps = [], Steps(say, everyone, "customers")
    with ParquetParts(folder / "scores.parquet") as all_scores, ParquetParts(folder / "features.parquet") as all_rows:
        for features in feature_batches(connection, cutoff):
            rows = features.assign(as_of=cutoff.date.isoformat())
            scores = predict(rows)
            scores["as_of"] = cutoff.date
            all_scores.add(scores)
            all_rows.add(rows)
            told.customers += len(scores)
            told.eligible += int(scores["eligible"].sum())
            silent.append(features["days_since_last"].min())
            if scorer.spend is not None:
                told.limited += int(scorer.spend.is_limited(summary_of(features)).sum())
            some = Customers(scorer, scores, features, best_days)
            for ranked in told.lists.values():
                ranked.add(some)
            steps.done(len(scores))
    told.silent = int(min(silent))
    return told


def another_question(prepared: PreparedPurchases, scorer: Scorer) -> str:
    """Return how the question that a model answers differs from the configuration's; nothing where it does not."""
    config = prepared.config
    asked = {
        "churn.horizon_days": (config.churn.horizon_days, scorer.churn.horizon_days),
        "churn.gap_days": (config.churn.gap_days, scorer.churn.gap_days),
        "churn.active_days": (config.active_days, scorer.active_days),
        "clv.horizon_days": (config.clv.horizon_days, scorer.clv_horizon_days),
        "clv.yearly_discount": (config.clv.yearly_discount, scorer.yearly_discount),
        "clv.margin": (config.clv.margin, scorer.margin),
    }
    if prepared.log.has_money != (scorer.spend is not None):
        return f"the champion was trained on a log {'without' if prepared.log.has_money else 'with'} amounts"
    return difference(asked)


def _metrics(prepared: PreparedPurchases, bundle: Bundle[Scorer]) -> dict[str, Any]:
    """Held-out metrics of the champion's recipe, and of these very scores where the outcome is known by now."""
    metrics: dict[str, Any] = {"held_out": bundle.metrics, "spread": bundle.scorer.spread.to_dict()}
    if prepared.outcome_known:
        try:
            metrics["outcome"] = judge(bundle.scorer, prepared.past, prepared.cutoff)
        except NotEnoughDataError as error:
            metrics["outcome"] = {"skipped": str(error)}
    return metrics


def _applied(years: int) -> str:
    """Say how much of what earlier years showed is believed.

    Examples
    --------
    >>> _applied(1), _applied(3)
    ('half of that difference', '3/4 of the mean difference of 3 years')
    """
    return "half of that difference" if years == 1 else f"{years}/{years + 1} of the mean difference of {years} years"


def _notes(prepared: PreparedPurchases, scorer: Scorer, known: dict[str, Any], silent: int) -> list[str]:
    """Return what a reader of the scores must know; ``silent``: days since anybody bought."""
    notes = list(prepared.log.report.notes)
    if scorer.spend is None:
        notes.append("The log has no amounts, so there is no CLV and no list of high values.")
    if scorer.trained_as_of > prepared.cutoff.date:
        notes.append(
            f"The model was trained on purchases up to {scorer.trained_as_of}, after this as-of date: "
            "its metrics here are not out of time."
        )
    if not scorer.churn.calibrated_on:
        notes.append(
            "There were no two later windows to calibrate on (the log is too short, or a window shows one outcome "
            "only); probabilities are as the model gives them."
        )
    notes += _of_training(scorer, known)
    season = scorer.churn.season
    if not season.tested:
        notes.append(
            f"How this season differs from the others is not known, so probabilities are not corrected for it: "
            f"{season.reason}."
        )
    elif abs(season.log_odds_shift) > 0:
        notes.append(
            f"Season: a year ago {season.foreseen_churn:.1%} churn was predicted and {season.observed_churn:.1%} "
            f"observed; {_applied(season.years)} is applied."
        )
    if not scorer.transactions.converged_:
        notes.append(f"{type(scorer.transactions).__name__}: {scorer.transactions.reason_}; p_alive says little here.")
    if silent > prepared.config.active_days:
        notes.append(f"The last purchase before as_of lies {counted(silent, 'day')} back: nobody is eligible.")
    elif silent > scorer.churn.horizon_days and prepared.log.last_day >= prepared.cutoff.date:
        # Of a log that ends before as_of, the account says so.
        notes.append(
            f"Nobody bought in the {counted(silent - 1, 'day')} before as_of: was the shop closed? "
            "The scores assume that it was open."
        )
    return notes


def _of_training(scorer: Scorer, known: dict[str, Any]) -> list[str]:
    """Return what the training found out about the churn score; ``known`` is what the bundle says of it."""
    notes = []
    choice, window = known.get("choice"), known.get("learnt_from")
    if choice and scorer.churn.name != DEFAULT_CHURN:
        notes.append(f"{scorer.churn.name} scores churn: {choice['reason']}.")
    if window and (rare := min(window["churned"], window["customers"] - window["churned"])) < _FEW:
        what = "did not buy" if rare == window["churned"] else "bought"
        notes.append(
            f"Only {rare} of {counted(window['customers'], 'customer')} {what} in the newest window the model "
            "learnt from: its probabilities say little beyond that share."
        )
    return notes


def _spend_notes(scorer: Scorer, told: _Everyone) -> list[str]:
    """Return what a reader must know of the expected spends."""
    if scorer.spend is None:
        return []
    notes = []
    if not scorer.spend.converged_:
        notes.append(f"Gamma-Gamma: {scorer.spend.reason_}; expected spends are pulled to one mean.")
    if told.limited:
        notes.append(
            f"Expected spend is limited for {told.limited:,} of {told.customers:,} customers: spends differ so much "
            "that after so few purchases the model (Gamma-Gamma) knows no mean, or one beyond reason. Nobody is taken "
            "to spend more on average than the largest average seen; the CLV and value at risk of these are rough."
        )
    if scorer.spend.without_spend_:
        notes.append(
            f"Gamma-Gamma learnt without {scorer.spend.without_spend_:,.0f} customers whose purchases came to 0 in "
            "total (free, or refunded later)."
        )
    return notes
