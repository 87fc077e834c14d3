"""Train: race, fit as of a cutoff, test the same recipe one window earlier, record, and ask the gate."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from holdfast.churn import DEFAULT as DEFAULT_CHURN
from holdfast.churn import contenders, train_churn
from holdfast.clv import BTYD_MODELS, LIFETIME_VALUE_MODEL
from holdfast.errors import NotEnoughDataError
from holdfast.evaluate import Choice, Verdict
from holdfast.features import Cutoff
from holdfast.forecast import DEFAULT as DEFAULT_VALUE
from holdfast.forecast import train_forecast, value_contenders
from holdfast.forecast.scorer import Scorer
from holdfast.pipeline.contest import Contest, fitted, outlook_at, race
from holdfast.pipeline.inputs import feature_profile
from holdfast.pipeline.judgement import judge
from holdfast.pipeline.preparation import Prepared, Say, fingerprint, quiet, teachable
from holdfast.pipeline.promotion import Defender, Tested, defender, gate, leaks, refusal
from holdfast.track import Champion, Store, TrainingRecord, flat_metrics, save_bundle
from holdfast.track.signature import signature_of

# Rules in the order in which they stand in for a contender without an answer.
_RULES = ("p0", "btyd", LIFETIME_VALUE_MODEL, "recency")


@dataclass(frozen=True)
class Trained:
    """A trained model, how the same recipe did on the last window before its as-of date, and what the gate said.

    ``model`` is the champion only if ``verdict.promoted``; ``champion_since`` is the as-of date of the champion that
    stays where it is not, or ``None`` where there is none that can score.
    """

    scorer: Scorer
    model: Champion
    held_out: dict[str, Any]
    contest: Contest
    verdict: Verdict
    champion_since: date | None = None

    @property
    def refusal(self) -> str:
        """Why nothing can be scored, and what to do; empty where there is a champion."""
        return "" if self.verdict.promoted or self.champion_since else refusal(self.verdict)


def fit(prepared: Prepared, cutoff: Cutoff, *, churn: str = DEFAULT_CHURN, value: str = DEFAULT_VALUE) -> Scorer:
    """Fit every model on what was known by ``cutoff``; the one recipe that is served and backtested.

    Parameters
    ----------
    prepared, cutoff
        The log, and where to cut it.
    churn, value
        Names of the contenders that serve.

    Raises
    ------
    NotEnoughDataError
        The purchases before the cutoff cannot teach a model.
    """
    config = prepared.config
    model = train_churn(prepared.past.earlier(cutoff), churn)
    outlook = outlook_at(prepared, cutoff)
    transactions = prepared.snapshots.trio(cutoff.date).models.get(LIFETIME_VALUE_MODEL)
    if config.clv.engine != "native" or transactions is None:
        histories = prepared.snapshots.histories(cutoff.date)
        transactions = fitted(BTYD_MODELS[LIFETIME_VALUE_MODEL](ridge="clip"), histories, config.clv.engine)
    if not transactions.converged_ and np.isnan(list(transactions.params_.values())).any():
        raise NotEnoughDataError(f"{LIFETIME_VALUE_MODEL} as of {cutoff.date}: {transactions.reason_}.")
    return Scorer(
        churn=model,
        forecast=train_forecast(outlook, model.season, value),
        transactions=transactions,
        spend=outlook.spend,
        active_days=config.active_days,
        clv_horizon_days=config.clv.horizon_days,
        yearly_discount=config.clv.yearly_discount,
        margin=config.clv.margin,
        trained_as_of=cutoff.date,
    )


def train(prepared: Prepared, *, say: Say = quiet) -> Trained:
    """Race, fit, backtest, write the bundle, record the run in MLflow, and let the gate decide on the champion.

    Raises
    ------
    NotEnoughDataError
        The purchases before the as-of date cannot teach a model; said before anything is raced.
    """
    config = prepared.config
    teachable(prepared)
    champion = defender(prepared)
    rivals = [] if champion.scorer is None else [champion.scorer.churn.name, champion.scorer.forecast.name]
    contest = _servable(prepared, race(prepared, outcome=False, only=rivals, say=say))
    say("testing the recipe one window earlier")
    contest, tested, verdict = _judged(prepared, contest, champion)
    say(f"training as of {prepared.cutoff.date}")
    scorer = fit(prepared, prepared.cutoff, churn=contest.churn.name, value=contest.value.name)
    scorer = replace(scorer, profile=feature_profile(prepared))
    held_out = {**tested.document, "choice": contest.churn.as_dict(), "learnt_from": _newest_window(prepared)}
    say("recording in MLflow")
    where, digest = fingerprint(prepared.source)
    record = TrainingRecord(
        name=config.name,
        parameters=_parameters(prepared, scorer),
        metrics=flat_metrics(held_out),
        tags={"as_of": prepared.cutoff.date.isoformat()},
        config=json.dumps(config.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n",
        dataset=where,
        dataset_digest=digest,
        documents={"metrics.json": held_out, "race.json": contest.as_dict(), "gate.json": verdict.as_dict()},
    )
    with tempfile.TemporaryDirectory(prefix="holdfast-") as scratch:
        bundle = Path(scratch) / "bundle"
        save_bundle(bundle, scorer, held_out)
        model = Store(config.models).record(record, bundle, signature_of(scorer), promote=verdict.promoted)
    since = None if champion.scorer is None else champion.scorer.trained_as_of
    return Trained(scorer, model, held_out, contest, verdict, since)


def _servable(prepared: Prepared, contest: Contest) -> Contest:
    """Let a rule that has an answer as of today serve for a contender that has none.

    Raises
    ------
    NotEnoughDataError
        None has one, or the configuration names a contender that has none.
    """
    race_, past = prepared.config.race, prepared.past
    outlook = outlook_at(prepared, prepared.cutoff)
    churn, value = contest.churn, contest.value
    if race_.churn == "auto":
        rules = [n for n, kind in contenders().items() if kind.simple and n not in race_.leave_out]
        churn = _with_an_answer(churn, past.fitted, rules)
    if race_.value == "auto":
        rules = [n for n, kind in value_contenders().items() if kind.simple and n not in race_.leave_out]
        value = _with_an_answer(value, outlook.fitted, rules)
    return replace(contest, churn=churn, value=value)


def _with_an_answer(choice: Choice, fitted: Callable[[str], object], rules: list[str]) -> Choice:
    preferred = [choice.name, choice.best_simple, *_RULES, *rules]
    why = ""
    for name in dict.fromkeys(n for n in preferred if n == choice.name or n in rules):
        try:
            fitted(name)
        except NotEnoughDataError as error:
            why = why or str(error).removesuffix(".")
            continue
        if name == choice.name:
            return choice
        reason = f"{choice.name} has no answer as of today ({why})"
        return replace(choice, name=name, reason=reason, best_simple=name, beats_simple=False)
    raise NotEnoughDataError(f"{why}.")


def _judged(prepared: Prepared, contest: Contest, champion: Defender[Scorer]) -> tuple[Contest, Tested, Verdict]:
    """Ask the gate; a first model that it refuses gives way to the best simple rule, if that passes.

    Not where the configuration names the contender, nor after a leak alarm: those are for a person to decide.
    """
    tested = _tested(prepared, contest)
    verdict = gate(prepared, contest, tested, champion)
    rule = contest.churn.best_simple
    named = prepared.config.race.churn != "auto"
    if verdict.promoted or champion.scorer is not None or named or not rule or leaks(verdict):
        return contest, tested, verdict
    why = " and ".join(f"{check.name}: no ({check.said.partition(';')[0]})" for check in verdict.refusals)
    reason = f"the gate refused {contest.churn.name}, {why}, and there is no champion to stay with"
    simpler = replace(contest, churn=replace(contest.churn, name=rule, reason=reason, beats_simple=False))
    tested_rule = _tested(prepared, simpler)
    of_rule = gate(prepared, simpler, tested_rule, champion)
    return (simpler, tested_rule, of_rule) if of_rule.promoted else (contest, tested, verdict)


def _tested(prepared: Prepared, contest: Contest) -> Tested:
    test = prepared.cutoff.earlier(prepared.cutoff.horizon_days + prepared.cutoff.gap_days)
    try:
        scorer = fit(prepared, test, churn=contest.churn.name, value=contest.value.name)
        return Tested(test, scorer, judge(scorer, prepared.past, test))
    except NotEnoughDataError as error:
        return Tested(test, None, {"skipped": f"No held-out test: {error}"})


def _newest_window(prepared: Prepared) -> dict[str, int]:
    """Count who did and who did not buy in the newest window that shows both."""
    churned = prepared.past.training_windows(most=1)[0].churned
    return {"customers": len(churned), "churned": int(churned.sum())}


def _parameters(prepared: Prepared, scorer: Scorer) -> dict[str, Any]:
    config = prepared.config
    found = {f"{LIFETIME_VALUE_MODEL}.{k}": v for k, v in scorer.transactions.params_.items()}
    if scorer.spend is not None:
        found |= {f"gammagamma.{k}": v for k, v in scorer.spend.params_.items()}
    return {
        "as_of": prepared.cutoff.date.isoformat(),
        "churn.horizon_days": config.churn.horizon_days,
        "churn.gap_days": config.churn.gap_days,
        "churn.active_days": config.active_days,
        "churn.contender": scorer.churn.name,
        "churn.calibration": scorer.churn.method,
        "churn.log_odds_shift": scorer.churn.season.log_odds_shift,
        "churn.trained_on": ", ".join(d.isoformat() for d in scorer.churn.trained_on),
        "churn.calibrated_on": ", ".join(d.isoformat() for d in scorer.churn.calibrated_on),
        "forecast.contender": scorer.forecast.name,
        "forecast.factor": scorer.forecast.factor,
        "clv.engine": config.clv.engine,
        "clv.horizon_days": config.clv.horizon_days,
        "clv.yearly_discount": config.clv.yearly_discount,
        "clv.margin": config.clv.margin,
        "seed": config.seed,
        "lines_kept": prepared.log.report.kept,
        **found,
    }
