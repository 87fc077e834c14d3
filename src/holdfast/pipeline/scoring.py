"""Score: the champion on today's customers, the lists, and everything a team opens, written as one folder."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pandas as pd

from holdfast import columns
from holdfast.churn import DEFAULT as DEFAULT_CHURN
from holdfast.churn import days_to_second_purchase
from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.features import feature_batches, population, summary_of
from holdfast.forecast.scorer import Scorer
from holdfast.lists.kinds import Customers, RankedList
from holdfast.pipeline.inputs import drift_notes, feature_drift
from holdfast.pipeline.judgement import judge
from holdfast.pipeline.outputs import ParquetParts, whole_folder, write_csv, write_json, write_list
from holdfast.pipeline.preparation import Prepared, Say, difference, quiet
from holdfast.track import Bundle, Store, load_bundle
from holdfast.wording import counted

# With fewer customers of one outcome a ranking says little; as many are asked of a table of contracts.
_FEW = 20


@dataclass(frozen=True)
class Scored:
    """What was written to ``folder``; ``lists`` as frames by name, ``customers`` and ``eligible`` as numbers."""

    folder: Path
    customers: int
    eligible: int
    lists: dict[str, pd.DataFrame]
    metrics: dict[str, Any]
    notes: list[str]

    @cached_property
    def scores(self) -> pd.DataFrame:
        """The scores of everyone, read from the folder when they are asked for."""
        return pd.read_parquet(self.folder / "scores.parquet")

    @property
    def at_risk(self) -> pd.DataFrame:
        """The active customers with the most to lose first."""
        return self.lists["at_risk"]

    @property
    def high_value(self) -> pd.DataFrame | None:
        """The customers with the highest CLV; None for a log without amounts."""
        return self.lists.get("high_value")

    def as_dict(self) -> dict[str, Any]:
        """Return what a program needs to go on, as plain values for JSON; the rows are in the files."""
        return {
            "folder": str(self.folder),
            "customers": self.customers,
            "eligible": self.eligible,
            "lists": {name: len(table) for name, table in self.lists.items()},
            "metrics": self.metrics,
            "notes": self.notes,
        }


def score(prepared: Prepared, *, say: Say = quiet) -> Scored:
    """Score everyone who bought before the as-of date with the champion, and write the output folder.

    Raises
    ------
    NotFoundError, DamagedModelError
        There is no champion yet, or its files are not what was written.
    ConfigError
        The champion was trained for another question than the configuration asks.
    DataError
        A feature is missing for everybody that was for hardly anybody when the champion was trained.
    """
    store = Store(prepared.config.models)
    champion = store.champion(prepared.config.name)
    bundle = load_bundle(champion.bundle_folder)
    if differs := another_question(prepared, bundle.scorer):
        raise ConfigError(f"{differs}: run `holdfast train`.")
    say(f"scoring with {champion.model_version}")
    drifts = feature_drift(
        bundle.scorer.profile, prepared.snapshots.features(prepared.cutoff.date, prepared.snapshots.sizes.check)
    )
    config, scorer = prepared.config, bundle.scorer
    with whole_folder(config, prepared.folder) as folder:
        told = _score_everyone(prepared, scorer, store.predictor(champion), folder, say)
        lists = {name: ranked.table() for name, ranked in told.lists.items()}
        metrics = {**_metrics(prepared, bundle), "drift": [d.as_dict() for d in drifts]}
        notes = [*_notes(prepared, scorer, bundle.metrics, told.silent), *_spend_notes(scorer, told)]
        notes += drift_notes(scorer.profile, drifts)
        for name, table in lists.items():
            write_list(folder, name, table, config.lists.csv_style())
        write_csv(folder / "rejects.csv", prepared.log.rejects)
        write_json(folder / "data_report.json", prepared.log.report.as_dict())
        write_json(folder / "metrics.json", {**metrics, "notes": notes})
    return Scored(prepared.folder, told.customers, told.eligible, lists, metrics, notes)


@dataclass
class _Told:
    """What is known of everyone after all batches: the lists, and figures for the notes."""

    lists: dict[str, RankedList]
    customers: int = 0
    eligible: int = 0
    limited: int = 0
    """Customers whose expected spend is limited."""
    silent: int = 0
    """Days since anybody bought."""


def _score_everyone(
    prepared: Prepared, scorer: Scorer, predict: Callable[[pd.DataFrame], pd.DataFrame], folder: Path, say: Say
) -> _Told:
    """Score everyone in batches of customers: write scores and features, and keep what the lists need."""
    config, cutoff, connection = prepared.config, prepared.cutoff, prepared.log.connection
    everyone = population(connection, cutoff)
    best_days = days_to_second_purchase(connection, cutoff)
    told = _Told(
        {
            name: RankedList(
                name, scorer, customers=everyone, most=config.lists.most, share=config.lists.high_value_share
            )
            for name in columns.LISTS
            if name != "high_value" or scorer.spend is not None
        }
    )
    silent = []
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
            if len(scores) < everyone:
                say(f"scored {told.customers:,} of {everyone:,} customers")
    told.silent = int(min(silent))
    return told


def another_question(prepared: Prepared, scorer: Scorer) -> str:
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


def _metrics(prepared: Prepared, bundle: Bundle) -> dict[str, Any]:
    """Held-out metrics of the champion's recipe, and of these very scores where the outcome is known by now."""
    metrics: dict[str, Any] = {"model_version": bundle.model_version, "held_out": bundle.metrics}
    if prepared.outcome_known:
        try:
            metrics["outcome"] = judge(bundle.scorer, prepared.past, prepared.cutoff)
        except NotEnoughDataError as error:
            metrics["outcome"] = {"skipped": str(error)}
    return metrics


def _notes(prepared: Prepared, scorer: Scorer, known: dict[str, Any], silent: int) -> list[str]:
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
            "observed; half of that difference is applied."
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


def _spend_notes(scorer: Scorer, told: _Told) -> list[str]:
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
