"""Score purchases: everyone in batches, the lists, and what a reader of the scores must know."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.churn import DEFAULT as DEFAULT_CHURN
from holdfast.churn import days_to_second_purchase
from holdfast.churn.closed import ClosedSeason
from holdfast.churn.season import SEASON, SEASON_OF_YEARS, SEASON_UNKNOWN
from holdfast.clv import GammaGamma
from holdfast.clv.poisson import PoissonModel
from holdfast.config import Config
from holdfast.data.engine import folder_of
from holdfast.errors import NotEnoughDataError
from holdfast.features import feature_batches, summary_of
from holdfast.features.build import known_facts
from holdfast.forecast.later import LATER, LATER_OF_YEARS, Later
from holdfast.forecast.scorer import Scorer
from holdfast.forecast.trend import TREND
from holdfast.language import to_tell, told
from holdfast.lists.kinds import Customers, RankedList
from holdfast.lists.suppression import Objectors
from holdfast.pipeline.billed import uneven_windows
from holdfast.pipeline.delivery import rejected_note
from holdfast.pipeline.inputs import drift_notes, feature_drift, windows_since
from holdfast.pipeline.judgement import SHOWN, judge
from holdfast.pipeline.last_year import closed_weeks, other_level, stretch_without_purchases, unlearnt
from holdfast.pipeline.outputs import ParquetParts
from holdfast.pipeline.preparation import PreparedPurchases
from holdfast.pipeline.setting import Predict, Told, difference
from holdfast.pipeline.shared import last_bought
from holdfast.pipeline.timelines import purchase_timelines
from holdfast.progress import Say, Steps
from holdfast.spark.scores import scored_there
from holdfast.spark.tables import SparkTables
from holdfast.track import Bundle, CarriedBundle

# With fewer customers of one outcome a ranking says little; as many are asked of a table of contracts.
_FEW = 20
_AHEAD_DAYS = 366


def score_purchases(
    prepared: PreparedPurchases, bundle: Bundle[Scorer], predict: Predict, folder: Path, say: Say
) -> Told:
    """Score everyone who bought before the as-of date, in batches written to ``folder``, and make the lists.

    Raises
    ------
    DataError
        A feature is missing for everybody that was for hardly anybody when the champion was trained.
    """
    # What was shut since the training is no time either.
    scorer = replace(bundle.scorer, shut=prepared.cutoff.shut)
    objectors = Objectors(prepared.connection)
    everyone = _score_everyone(prepared, scorer, _batches(prepared, bundle, predict), objectors, folder, say)
    windows = windows_since(scorer.trained_as_of, prepared.cutoff)
    drifts = feature_drift(scorer.profile, everyone.some, windows=windows)
    metrics = {**_metrics(prepared, bundle, everyone.judged), "drift": [d.as_dict() for d in drifts]}
    notes = [*_notes(prepared, scorer, bundle.metrics, everyone.silent), *_spend_notes(scorer, everyone)]
    if ahead := scorer.closed.within(prepared.cutoff.date, prepared.cutoff.date + timedelta(days=_AHEAD_DAYS)):
        # So that `holdfast status` need not read the log.
        metrics["closed"] = ClosedSeason(tuple(ahead)).to_dict()
    # Lists say these too: whom to contact may change with them.
    metrics["warnings"] = closed_weeks(scorer.closed, prepared.cutoff)
    metrics["warnings"] += _short_horizon(bundle.metrics)
    metrics["warnings"] += unlearnt(scorer.closed, prepared.snapshots.ahead)
    metrics["warnings"] += [] if scorer.churn.season.tested else other_level(prepared)
    metrics["warnings"] += uneven_windows(prepared.log, prepared.cutoff)
    notes += metrics["warnings"]
    say("making lists")
    last = last_bought(prepared, prepared.cutoff.date, prepared.cutoff.date)
    lists = {name: ranked.table(last.causes) for name, ranked in everyone.lists.items()}
    shared = {name: last.in_common(table["customer_id"].tolist()) for name, table in lists.items()}
    metrics["in_common"] = {name: said for name, said in shared.items() if said}
    tables = {"rejects": prepared.log.rejects}
    notes += [*drift_notes(scorer.profile, drifts), *objectors.notes()]
    timelines = purchase_timelines(prepared, scorer.transactions, lists.values())
    return Told(everyone.customers, everyone.eligible, lists, tables, metrics, notes, timelines)


@dataclass
class _Everyone:
    """What is known of everyone after all batches: the lists, figures for the notes, and what some of them are."""

    lists: dict[str, RankedList]
    every: int = 1
    """Of so many customers one is in ``some``."""
    known: pd.Index | None = None
    """Customers whose outcome is looked at, where it is known."""
    customers: int = 0
    eligible: int = 0
    limited: int = 0
    """Customers whose expected spend is limited."""
    silent: int = 0
    """Days since anybody bought."""
    _some: list[pd.DataFrame] = field(default_factory=list)
    _judged: list[tuple[pd.DataFrame, pd.DataFrame]] = field(default_factory=list)

    def keep_some(self, features: pd.DataFrame, scores: pd.DataFrame) -> None:
        """Keep every so many-th customer of a batch, and those whose outcome is known; called before they count."""
        some = features.iloc[-self.customers % self.every :: self.every].drop(columns="customer_id")
        # As the training's were: a third is another number there.
        self._some.append(some.astype(np.float32))
        if self.known is not None:
            rows = self.known.get_indexer(pd.Index(features["customer_id"].astype("object"))) >= 0
            self._judged.append((features.loc[rows, ["customer_id", *SHOWN]], scores[rows]))

    @property
    def some(self) -> pd.DataFrame:
        """Features of every so many-th customer, whose distributions are held against the training's."""
        return pd.concat(self._some, ignore_index=True)

    @property
    def judged(self) -> tuple[pd.DataFrame, pd.DataFrame] | None:
        """Features (``SHOWN``) and scores of the customers whose outcome is known, in the order of the outcomes."""
        if self.known is None:
            return None
        features, scores = (pd.concat(parts, ignore_index=True) for parts in zip(*self._judged, strict=True))
        order = pd.Index(features["customer_id"].astype("object")).get_indexer(self.known)
        return features.iloc[order], scores.iloc[order]


def _batches(
    prepared: PreparedPurchases, bundle: Bundle[Scorer], predict: Predict
) -> Iterator[tuple[pd.DataFrame, pd.DataFrame]]:
    """Yield everyone's features and scores, in batches; the engine that holds the purchases makes both."""
    connection, cutoff, tables = prepared.connection, prepared.cutoff, prepared.log.elsewhere
    day = cutoff.date.isoformat()
    if not isinstance(tables, SparkTables):
        for features in feature_batches(connection, cutoff):
            yield features, predict(features.assign(as_of=day))
        return
    facts = known_facts(connection, cutoff)
    names = {fact.partition(".")[0] for fact in facts}
    # No feature reads what customers wrote, so it does not travel.
    query = "SELECT COLUMNS(c -> c <> 'comment') FROM {}"
    beside = {name: connection.sql(query.format(name)).to_arrow_table() for name in sorted(names)}
    some = prepared.snapshots.features(cutoff.date, prepared.snapshots.sizes.check)
    few = some.head().astype({name: np.float64 for name in some.columns if name != "customer_id"})
    like, score = predict(few.assign(as_of=day)), CarriedBundle.of(bundle)
    place = prepared.config.engine.folder or folder_of(connection)
    with scored_there(tables, cutoff, facts, beside, score, like, place) as batches:
        yield from batches


def _score_everyone(
    prepared: PreparedPurchases,
    scorer: Scorer,
    batches: Iterable[tuple[pd.DataFrame, pd.DataFrame]],
    objectors: Objectors,
    folder: Path,
    say: Say,
) -> _Everyone:
    """Score everyone in batches of customers: write scores and features, and keep what the lists need."""
    config, cutoff = prepared.config, prepared.cutoff
    total = prepared.snapshots.population(cutoff.date)
    best_days = days_to_second_purchase(prepared.log.everyone, cutoff)
    lists = {
        name: RankedList(name, scorer, customers=total, most=config.lists.most, share=config.lists.high_value_share)
        for name in columns.LISTS
        if name != "high_value" or scorer.spend is not None
    }
    known = None
    if prepared.outcome_known:
        known = pd.Index(prepared.snapshots.outcomes(cutoff)["customer_id"].astype("object"))
    found = _Everyone(lists, every=-(-total // prepared.snapshots.sizes.check), known=known)
    silent, steps = [], Steps(say, total, "customers")
    with ParquetParts(folder / "scores.parquet") as all_scores, ParquetParts(folder / "features.parquet") as all_rows:
        for features, scores in batches:
            rows = features.assign(as_of=cutoff.date.isoformat())
            scores["as_of"] = cutoff.date
            all_scores.add(scores)
            all_rows.add(rows)
            found.keep_some(features, scores)
            found.customers += len(scores)
            found.eligible += int(scores["eligible"].sum())
            silent.append(features["days_since_last"].min())
            if scorer.spend is not None:
                found.limited += int(scorer.spend.is_limited(summary_of(features)).sum())
            some = Customers(scorer, scores, features, best_days, objectors.among(scores["customer_id"]))
            for ranked in found.lists.values():
                ranked.add(some)
            steps.done(len(scores))
    found.silent = int(min(silent))
    return found


def another_question(config: Config, scorer: Scorer) -> str:
    """Return how the question that a model answers differs from the configuration's; nothing where it does not."""
    asked = {
        "churn.horizon_days": (config.churn.horizon_days, scorer.churn.horizon_days),
        "churn.gap_days": (config.churn.gap_days, scorer.churn.gap_days),
        "churn.active_days": (config.active_days, scorer.active_days),
        "clv.horizon_days": (config.clv.horizon_days, scorer.clv_horizon_days),
        "clv.yearly_discount": (config.clv.yearly_discount, scorer.yearly_discount),
        "clv.margin": (config.clv.margin, scorer.margin),
    }
    has_money = config.purchases.columns.money != "none"
    if has_money != (scorer.spend is not None):
        return f"the champion was trained on a log {'without' if has_money else 'with'} amounts"
    return difference(asked)


def _metrics(
    prepared: PreparedPurchases, bundle: Bundle[Scorer], judged: tuple[pd.DataFrame, pd.DataFrame] | None
) -> dict[str, Any]:
    """Held-out metrics of the champion's recipe, and of these very scores where the outcome is known by now."""
    metrics: dict[str, Any] = {"held_out": bundle.metrics, "spread": bundle.scorer.spread.to_dict()}
    if judged is not None:
        try:
            metrics["outcome"] = judge(bundle.scorer, prepared.past, prepared.cutoff, *judged)
        except NotEnoughDataError as error:
            metrics["outcome"] = {"skipped": str(error)}
    return metrics


def _notes(prepared: PreparedPurchases, scorer: Scorer, known: dict[str, Any], silent: int) -> list[str]:
    """Return what a reader of the scores must know; ``silent``: days since anybody bought."""
    notes = [*prepared.log.report.notes, *rejected_note(prepared.log.report)]
    if scorer.spend is None:
        notes.append(told("The log has no amounts, so there is no CLV and no list of high values."))
    if scorer.trained_as_of > prepared.cutoff.date:
        notes.append(
            told(
                "The model was trained on purchases up to {day}, after this as-of date: its metrics here are not out "
                "of time.",
                day=scorer.trained_as_of,
            )
        )
    if not scorer.churn.calibrated_on:
        notes.append(
            told(
                "There were no two later windows to calibrate on (the log is too short, or a window shows one outcome "
                "only); probabilities are as the model gives them."
            )
        )
    notes += _of_training(scorer, known)
    season, closed, day = scorer.churn.season, scorer.closed, prepared.cutoff.date
    if not season.tested:
        notes.append(told(SEASON_UNKNOWN, reason=season.reason))
    elif abs(season.log_odds_shift) > 0:
        seen = {"foreseen": season.foreseen_churn, "observed": season.observed_churn}
        if season.years == 1:
            notes.append(told(SEASON, **seen))
        else:
            notes.append(told(SEASON_OF_YEARS, **seen, years=season.years, of=season.years + 1))
        notes += stretch_without_purchases(prepared, closed)
    notes += _later_notes(scorer.later)
    if not scorer.transactions.converged_:
        notes.append(
            told("Who has left for good (p_alive) is hard to say here: {reason}.", reason=_why(scorer.transactions))
        )
    if silent > prepared.config.active_days:
        notes.append(told("The last purchase before as_of lies {days:n day} back: nobody is eligible.", days=silent))
    elif (
        silent - closed.days(day - timedelta(days=silent), day) > scorer.churn.horizon_days
        and prepared.log.last_day >= day
    ):
        # Of a log that ends before as_of, the account says so.
        notes.append(
            told(
                "Nobody bought in the {days:n day} before as_of: was the shop closed? The scores assume that it was "
                "open.",
                days=silent - 1,
            )
        )
    return notes


def _why(model: GammaGamma | PoissonModel) -> str:
    """Return why a model was not found, in words: which of its parameters ran off, the model's card says."""
    before, tends, meaning = model.reason_.partition(": ")
    return meaning if tends and " tends to " in before else model.reason_


def _later_notes(later: Later) -> list[str]:
    years = len(later.left)
    if not years:
        return []
    first, last = later.days
    seen = {"first": first, "last": last, "expected": later.expected, "made": later.made, "believed": later.believed}
    return [told(LATER, **seen) if years == 1 else told(LATER_OF_YEARS, **seen, years=years)]


def _of_training(scorer: Scorer, known: dict[str, Any]) -> list[str]:
    """Return what the training found out about the churn score; ``known`` is what the bundle says of it."""
    notes = []
    choice, window = known.get("choice"), known.get("learnt_from")
    if choice and scorer.churn.name != DEFAULT_CHURN:
        notes.append(told("{model} scores churn: {reason}.", model=scorer.churn.name, reason=choice["reason"]))
    if window and (rare := min(window["churned"], window["customers"] - window["churned"])) < _FEW:
        said = to_tell(
            "Only {rare} of {customers:n customer} bought in the newest window the model learnt from: its "
            "probabilities say little beyond that share."
        )
        if rare == window["churned"]:
            said = to_tell(
                "Only {rare} of {customers:n customer} did not buy in the newest window the model learnt from: its "
                "probabilities say little beyond that share."
            )
        notes.append(told(said, rare=rare, customers=window["customers"]))
    return notes


def _short_horizon(known: dict[str, Any]) -> list[str]:
    """Return the warning that customers come back after far longer than the horizon; ``known`` as before."""
    if not (short := known.get("too_short")):
        return []
    return [
        told(
            "Customers here often stay away for longer than churn.horizon_days ({horizon:n day}) and come back: of "
            "the silences that ended, one in ten lasted {usual:n day} or more. Many at risk will only come later: "
            "set churn.horizon_days: {recommended}, and train again.",
            **short,
        )
    ]


def _spend_notes(scorer: Scorer, found: _Everyone) -> list[str]:
    """Return what a reader must know of the expected spends."""
    if scorer.spend is None:
        return []
    notes = [told(TREND, **scorer.trend.facts)] if scorer.trend.is_told else []
    if scorer.spend.steady_:
        notes.append(
            told(
                "The model of spend (Gamma-Gamma) found no mean to pull towards: customers are expected to go on "
                "spending per purchase what they have spent so far, which is rough after few purchases."
            )
        )
    elif not scorer.spend.converged_:
        notes.append(told("Expected spends are pulled to one mean: {reason}.", reason=_why(scorer.spend)))
    if found.limited:
        notes.append(
            told(
                "Expected spend is limited for {limited:,} of {customers:,} customers: spends differ so much that "
                "after so few purchases the model (Gamma-Gamma) knows no mean, or one beyond reason. Nobody is taken "
                "to spend more on average than the largest average seen; the CLV and value at risk of these are rough.",
                limited=found.limited,
                customers=found.customers,
            )
        )
    if scorer.spend.without_spend_:
        notes.append(
            told(
                "The model of spend (Gamma-Gamma) learns nothing from customers whose purchases came to 0 in total "
                "(free, or refunded later): {customers:,.0f} so far.",
                customers=scorer.spend.without_spend_,
            )
        )
    return notes
