"""The gate of a training: the recipe on the newest outcome window, and what to do where it is refused."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.evaluate import FRESHER, NO_ALARM, NO_RIVAL, SEEN, Check, LeakAlarm, Verdict, jump, separating_columns
from holdfast.evaluate.gate import Defender, beats, compare, no_alarm
from holdfast.features import FEATURES, Cutoff
from holdfast.forecast.scorer import Scorer
from holdfast.learn.intervals import auc_with_covariance
from holdfast.pipeline.contest import Contest
from holdfast.pipeline.preparation import PreparedPurchases

_SERVE = "Serve the rule, race.churn: "
OVERRULE = "`holdfast promote` makes the model champion whatever the gate said; then `holdfast score` scores with it."


@dataclass(frozen=True)
class Tested:
    """The recipe fitted one window earlier: its scores, and its figures on the window after.

    No scorer: ``document`` says why; ``scores`` are then empty.
    """

    cutoff: Cutoff
    scorer: Scorer | None
    document: dict[str, Any]
    scores: pd.DataFrame


def gate(prepared: PreparedPurchases, contest: Contest, tested: Tested, champion: Defender[Scorer]) -> Verdict:
    """Compare on the newest outcome window, which neither side had seen."""
    if tested.scorer is None or not contest.windows:
        return _untested(champion, contest, "the log is too short to test the recipe one window earlier")
    test = tested.cutoff
    outcome = prepared.snapshots.outcomes(test)
    y = outcome["churned"].to_numpy(dtype=np.int64)
    if not 0 < y.sum() < len(y):
        who = "nobody" if y.all() else "everybody"
        said = f"{who} bought from {test.window_start} to {test.window_end}: that window cannot test a model"
        return _untested(champion, contest, said)
    p = tested.scores[columns.p_churn(test.horizon_days)].to_numpy()
    simple, alarms = contest.churn.best_simple, _alarms(prepared, test, p, contest)
    return compare(
        y,
        p,
        contest.windows[0].p_churn.get(simple),
        against=_against(prepared, champion, contest, tested, y, p),
        rule_name="best simple rule" + (f" ({simple})" if simple else ""),
        rule_advice=f"{_SERVE}{simple}.",
        level_advice="The level of churn moved by more than this log can teach (a season, a closure, growth): try a "
        "longer log or another churn.horizon_days.",
        leaks=replace(no_alarm(alarms), advice=" ".join(_source(a.column) for a in alarms)),
        is_rule=contest.churn.name == simple,
    )


def _untested(champion: Defender[Scorer], contest: Contest, why: str) -> Verdict:
    """Pass a first model, which has to start somewhere, and the champion's recipe on newer purchases; no other."""
    defended = champion.scorer is not None and champion.scorer.churn.name != contest.churn.name
    return Verdict([Check("can be tested", False if defended else None, why)])


def without_rule_advice(verdict: Verdict) -> Verdict:
    """Return a verdict that does not advise to serve the simple rule."""
    return Verdict([replace(c, advice="") if c.advice.startswith(_SERVE) else c for c in verdict.checks])


def leaks(verdict: Verdict) -> bool:
    """Say whether a leak alarm is among the refusals."""
    return any(check.name == NO_ALARM for check in verdict.refusals)


def refusal(verdict: Verdict) -> str:
    """Return why a model does not score, and what to do, as sentences."""
    said = [f"{check.name}: no, {check.said}.".replace("..", ".") for check in verdict.refusals]
    advice = [check.advice for check in verdict.refusals if check.advice]
    return " ".join(["The gate refused this model, and there is no champion to score with:", *said, *advice, OVERRULE])


def _against(
    prepared: PreparedPurchases,
    champion: Defender[Scorer],
    contest: Contest,
    tested: Tested,
    y: np.ndarray,
    p: np.ndarray,
) -> Check:
    if champion.scorer is None or tested.scorer is None:
        return Check(NO_RIVAL, None, champion.absent)
    name, test = champion.scorer.churn.name, tested.cutoff
    alike = name == tested.scorer.churn.name
    seen = champion.scorer.trained_as_of > test.date
    if not seen:
        features = prepared.snapshots.features(test.date)
        return beats(
            y,
            p,
            champion.scorer.p_churn(features, as_of=test.date),
            "champion",
            no_worse_because=FRESHER if alike else "",
        )
    if alike:
        return Check(NO_RIVAL, None, SEEN)
    # Its recipe is tried on what was known before the window.
    rival = contest.windows[0].p_churn.get(name)
    if rival is None:
        return Check(NO_RIVAL, None, f"the champion has seen this window, and its recipe, {name}, had no answer here")
    return beats(y, p, rival, "champion")


def _source(column: str) -> str:
    """Say where a feature comes from, and so what to leave out."""
    table, _, field = next((f.needs for f in FEATURES if f.name == column), "").partition(".")
    if table in ("", "money", "quantity", "product_id"):
        return f"{column} is counted from the purchases: look for lines that were written after the fact."
    place = f"tables.{table}" + (f".columns.{field}" if field else "")
    number = f" (number {column.rpartition('_')[2]})" if field == "attributes" else ""
    return f"{column} comes from {place}{number}: if it was written afterwards, leave it out there and train again."


def _alarms(prepared: PreparedPurchases, test: Cutoff, p: np.ndarray, contest: Contest) -> list[LeakAlarm]:
    past = prepared.past.earlier(test)
    y = prepared.snapshots.outcomes(test)["churned"].to_numpy(dtype=np.int64)
    features, outcome = prepared.snapshots.at(test, prepared.snapshots.sizes.check)
    names = past.usable(past.training_windows())
    rules = [q for name, q in contest.windows[0].p_churn.items() if name in ("recency", "rfm", "p0")]
    areas = auc_with_covariance(y, p, *rules)[0]
    best = float(areas[1:].max()) if rules else 0.5
    alone = separating_columns(features[names], outcome["churned"].to_numpy(dtype=np.int64), beside=best)
    reach = {n: abs(float(np.nan_to_num(features[n].corr(outcome["churned"])))) for n in names}
    return alone or jump(float(areas[0]), best, sorted(reach, key=lambda n: (-reach[n], n)))
