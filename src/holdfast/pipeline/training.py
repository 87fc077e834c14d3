"""Learn from purchases: race, fit as of a cutoff, test the same recipe one window earlier, and ask the gate."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.churn import DEFAULT as DEFAULT_CHURN
from holdfast.churn import Trio, contenders, train_churn
from holdfast.churn.returners import Returners
from holdfast.churn.season import level_shift
from holdfast.clv import BTYD_MODELS, LIFETIME_VALUE_MODEL
from holdfast.errors import NotEnoughDataError
from holdfast.evaluate import Check, Choice, Verdict
from holdfast.evaluate.gate import Defender
from holdfast.features import Cutoff, summary_of
from holdfast.forecast import DEFAULT as DEFAULT_VALUE
from holdfast.forecast import train_forecast, value_contenders
from holdfast.forecast.later import learn_later
from holdfast.forecast.scorer import Scorer
from holdfast.forecast.shrinkage import Shrinkage
from holdfast.forecast.spread import Spread
from holdfast.forecast.trend import SpendTrend
from holdfast.forecast.worth import Horizon, stops
from holdfast.language import to_tell, told
from holdfast.learn.calibration import shifted
from holdfast.pipeline.contest import Contest, fitted, outlook_at, race
from holdfast.pipeline.inputs import feature_profile
from holdfast.pipeline.judgement import judge
from holdfast.pipeline.preparation import PreparedPurchases, teachable
from holdfast.pipeline.promotion import Tested, gate, leaks, without_rule_advice
from holdfast.pipeline.setting import Learnt
from holdfast.progress import Say

# Rules in the order in which they stand in for a contender without an answer.
# Horizons in which so few come back that being late says little.
_FAR_LONGER = 3
_RULES = ("p0", "btyd", LIFETIME_VALUE_MODEL, "recency")


def fit(
    prepared: PreparedPurchases, cutoff: Cutoff, *, churn: str = DEFAULT_CHURN, value: str = DEFAULT_VALUE
) -> Scorer:
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
    lasting = prepared.snapshots.trio(cutoff.date)
    transactions = lasting.models.get(LIFETIME_VALUE_MODEL)
    if config.clv.engine != "native" or transactions is None:
        histories = prepared.snapshots.histories(cutoff.date)
        transactions = fitted(BTYD_MODELS[LIFETIME_VALUE_MODEL](ridge="clip"), histories, config.clv.engine)
    if not transactions.converged_ and np.isnan(list(transactions.params_.values())).any():
        raise NotEnoughDataError(f"{LIFETIME_VALUE_MODEL} as of {cutoff.date}: {transactions.reason_}.")
    lasting = lasting if lasting.models else Trio({LIFETIME_VALUE_MODEL: transactions})
    some = prepared.snapshots.features(cutoff.date, prepared.snapshots.sizes.check)
    own = lasting.mean_p_no_purchase(some, cutoff.gap_days + cutoff.horizon_days)
    p, following = model.p_churn(some), prepared.snapshots.next_spends
    shift, horizon = level_shift(p, own), Horizon(config.clv.horizon_days, config.clv.yearly_discount)
    return Scorer(
        churn=model,
        forecast=train_forecast(outlook, value),
        lasting=lasting,
        transactions=transactions,
        spend=outlook.spend,
        active_days=config.active_days,
        clv_horizon_days=config.clv.horizon_days,
        yearly_discount=config.clv.yearly_discount,
        margin=config.clv.margin,
        trained_as_of=cutoff.date,
        lasting_shift=shift,
        spread=Spread(stops=stops(shifted(p, shift), own, lasting, summary_of(some), cutoff, horizon)),
        closed=prepared.snapshots.closed(cutoff.date),
        shut=prepared.snapshots.shut,
        shrinkage=Shrinkage() if outlook.spend is None else Shrinkage.of(following(cutoff.date), outlook.spend),
        year=prepared.snapshots.year(cutoff.date),
        trend=SpendTrend() if outlook.spend is None else _trend(prepared, cutoff.date, some),
    )


def _trend(prepared: PreparedPurchases, day: date, some: pd.DataFrame) -> SpendTrend:
    """Return how what customers spend on a purchase moves from year to year, as of a day."""
    at = prepared.snapshots
    return SpendTrend.of(lambda years: at.spends_over_time(day, years), at.history_days(day), summary_of(some))


def learn(prepared: PreparedPurchases, champion: Defender[Scorer], say: Say) -> Learnt:
    """Race, fit, test the same recipe one window earlier, and ask the gate.

    Raises
    ------
    NotEnoughDataError
        The purchases before the as-of date cannot teach a model; said before anything is raced.
    """
    teachable(prepared)
    rivals = [] if champion.scorer is None else [champion.scorer.churn.name, champion.scorer.forecast.name]
    contest = _servable(prepared, race(prepared, outcome=False, only=rivals, say=say))
    say("testing the recipe one window earlier")
    contest, tested, verdict = _judged(prepared, contest, champion)
    say(f"training as of {prepared.cutoff.date}")
    scorer = fit(prepared, prepared.cutoff, churn=contest.churn.name, value=contest.value.name)
    returners = Returners.of(prepared.past, active_days=prepared.config.active_days)
    if prepared.log.has_money:
        later = learn_later(prepared.past, prepared.config.clv.horizon_days)
        some = prepared.snapshots.features(prepared.cutoff.date, prepared.snapshots.sizes.check)
        scorer = scorer.believing(later, some, as_of=prepared.cutoff.date)
    spread = _spread(prepared, contest, tested, scorer.spread).with_later(scorer.later.left)
    scorer = replace(scorer, profile=feature_profile(prepared), returners=returners, spread=spread)
    held_out = {
        **tested.document,
        "choice": contest.churn.as_dict(),
        "learnt_from": _newest_window(prepared),
        "too_short": _too_short(prepared),
    }
    documents = {"race.json": contest.as_dict()}
    prepared.snapshots.let_go()
    return Learnt(scorer, held_out, verdict, _parameters(prepared, scorer), documents, held_out, contest)


def _too_short(prepared: PreparedPurchases) -> dict[str, int] | None:
    """Return what `holdfast check` says of a horizon in which most customers cannot be expected, else nothing."""
    found, horizon = prepared.snapshots.definition(prepared.cutoff), prepared.config.churn.horizon_days
    usual, better = found.usual_days or 0, found.recommended_days or 0
    if usual < _FAR_LONGER * horizon or better <= horizon:
        return None
    return {"usual": usual, "horizon": horizon, "recommended": better}


def _servable(prepared: PreparedPurchases, contest: Contest) -> Contest:
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
        reason = told("{name} has no answer as of today ({why})", name=choice.name, why=why)
        return replace(choice, name=name, reason=reason, best_simple=name, beats_simple=False)
    raise NotEnoughDataError(f"{why}.")


def _judged(
    prepared: PreparedPurchases, contest: Contest, champion: Defender[Scorer]
) -> tuple[Contest, Tested, Verdict]:
    """Ask the gate; a first model that it refuses gives way to the best simple rule, if that passes.

    Not where the configuration names the contender, nor after a leak alarm: those are for a person to decide.
    """
    tested = _tested(prepared, contest)
    verdict = gate(prepared, contest, tested, champion)
    rule = contest.churn.best_simple
    named = prepared.config.race.churn != "auto"
    if verdict.promoted or champion.scorer is not None or named or not rule or leaks(verdict):
        return contest, tested, verdict
    why = "; ".join(_refused(check) for check in verdict.refusals)
    refused = to_tell("the gate refused {name}, {why}, and there is no champion to stay with")
    reason = told(refused, name=contest.churn.name, why=why)
    simpler = replace(contest, churn=replace(contest.churn, name=rule, reason=reason, beats_simple=False))
    tested_rule = _tested(prepared, simpler)
    of_rule = gate(prepared, simpler, tested_rule, champion)
    # Where the rule is refused as well, to serve it is no advice.
    return (simpler, tested_rule, of_rule) if of_rule.promoted else (contest, tested, without_rule_advice(verdict))


def _refused(check: Check) -> str:
    """Return which question of the gate was answered with no, and by which figures."""
    said = check.said.partition(";")[0]
    _, rule, name = check.name.partition("no worse than the best simple rule (")
    if rule:
        worse = to_tell("no worse than the best simple rule ({rule}): no ({said})")
        return told(worse, rule=name.removesuffix(")"), said=said)
    off = to_tell("is calibrated: no ({said})")
    return told(off, said=said) if check.name == "is calibrated" else f"{check.name}: no ({said})"


def _tested(prepared: PreparedPurchases, contest: Contest) -> Tested:
    test = prepared.cutoff.earlier(prepared.cutoff.horizon_days + prepared.cutoff.gap_days)
    try:
        scorer = fit(prepared, test, churn=contest.churn.name, value=contest.value.name)
        features = prepared.snapshots.features(test.date)
        scores = scorer.score(features, as_of=test.date, model_version="")
        return Tested(test, scorer, judge(scorer, prepared.past, test, features, scores), scores)
    except NotEnoughDataError as error:
        return Tested(test, None, {"skipped": told("No held-out test: {reason}", reason=error)}, pd.DataFrame())


def _spread(prepared: PreparedPurchases, contest: Contest, tested: Tested, spread: Spread) -> Spread:
    """Learn from the past windows how far spend lies from what was expected of it, beside what is known of it."""
    if not prepared.log.has_money:
        return spread
    name, test = contest.value.name, tested.cutoff.date.isoformat()
    expected = {w.cutoff: float(w.expected_spend[name].sum()) for w in contest.windows if name in w.expected_spend}
    actual = {w.cutoff: float(np.asarray(w.spend).sum()) for w in contest.windows}
    if tested.scorer is not None:
        days, rows = tested.cutoff.horizon_days, tested.scores
        size, p = rows["expected_spend_per_purchase"].to_numpy(), rows[columns.p_churn(days)].to_numpy()
        mean = rows[columns.expected_purchases(days)].to_numpy() * size
        outcome = prepared.snapshots.outcomes(tested.cutoff)
        spend, bought = outcome["spend"].to_numpy(dtype=np.float64), outcome["purchases"].to_numpy() > 0
        some = bought & (p < 1)
        spread = spread.with_amounts(spend[some], mean[some] / (1.0 - p[some]), size[some])
        expected[test], actual[test] = float(mean.sum()), float(spend.sum())
    return spread.with_levels([np.log(actual[w] / e) for w, e in expected.items() if actual[w] > 0 and e > 0])


def _newest_window(prepared: PreparedPurchases) -> dict[str, int]:
    """Count who did and who did not buy in the newest window that shows both."""
    churned = prepared.past.training_windows(most=1)[0].churned
    return {"customers": len(churned), "churned": int(churned.sum())}


def _parameters(prepared: PreparedPurchases, scorer: Scorer) -> dict[str, Any]:
    config = prepared.config
    found = {f"{LIFETIME_VALUE_MODEL}.{k}": v for k, v in scorer.transactions.params_.items()}
    if scorer.spend is not None:
        found |= {f"gammagamma.{k}": v for k, v in scorer.spend.params_.items()}
    return {
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
        "lines_kept": prepared.log.report.kept,
        **found,
    }
