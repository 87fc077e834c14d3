"""Monitor: what was promised beside what happened, today's rows beside the training's, and what to do about it."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

from holdfast.config import Config
from holdfast.data import Day
from holdfast.data.day import read_today
from holdfast.data.delivered import SHORT
from holdfast.errors import DamagedModelError, NotFoundError
from holdfast.evaluate import Drift
from holdfast.evaluate.promises import RECALIBRATE, RETRAIN, REVISE, Promise, advice, holm
from holdfast.language import to_tell, told
from holdfast.pipeline.delivery import goes_back
from holdfast.pipeline.judged import PURCHASES, SPEND, Judged, judge_all
from holdfast.pipeline.outputs import home_of, read_json, whole_file, write_json
from holdfast.pipeline.reporting import MONITOR, report
from holdfast.pipeline.setting import Prepared
from holdfast.pipeline.settings import setting_of
from holdfast.progress import Say, quiet
from holdfast.track import load_bundle, open_store

HOLDS, NOTHING_YET, DATA = to_tell("holds"), to_tell("nothing to judge yet"), to_tell("look at the data")
_MOST_RUNS = 400
# In a sentence; tables and columns may have the names of these figures, and those are not translated.
_FIGURES = {PURCHASES: to_tell("purchases made"), SPEND: to_tell("money spent")}
_DO = {
    DATA: to_tell(
        "Look at the newest rows (`holdfast check`) and mend them before anything else; if they are right, the world "
        "has changed: `holdfast train`"
    ),
    RECALIBRATE: to_tell("The level is off and the ranking holds: `holdfast train` calibrates on the newest windows"),
    RETRAIN: to_tell(
        "Customers are ranked or divided worse than promised: `holdfast race` shows which model would do better now, "
        "`holdfast train` learns anew"
    ),
    REVISE: to_tell(
        "Contacting did not earn what `treatments.acceptance` and its costs promised: `effect: measured` has the next "
        "list decided by what the control groups show"
    ),
    HOLDS: "",
    NOTHING_YET: "",
}


@dataclass(frozen=True)
class Monitored:
    """What a run of the monitor found.

    Attributes
    ----------
    today, known_until
        The day it was asked on, and the first day that the tables do not know; ISO.
    model_version
        The champion; empty where there is none.
    verdict
        ``holds``, ``recalibrate``, ``retrain``, ``revise assumptions``, ``look at the data``, or
        ``nothing to judge yet``.
    reasons, do
        Sentences; what to do, with the command.
    judged, drift
        Every past score and list, oldest first; what is unlike the training in today's rows.

    Examples
    --------
    >>> found = Monitored("2024-06-24", "2024-06-24", "m-1", "retrain", ["…"], "holdfast train", [], [])
    >>> found.alarm
    True
    """

    today: str
    known_until: str
    model_version: str
    verdict: str
    reasons: list[str]
    do: str
    judged: list[Judged]
    drift: list[Drift]

    @property
    def alarm(self) -> bool:
        """Whether something is to be done."""
        return self.verdict not in (HOLDS, NOTHING_YET)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; no customer is in it."""
        return asdict(self)


def monitor(prepared: Prepared, *, today: Day | None = None, say: Say = quiet) -> Monitored:
    """Judge every past score, forecast and list whose outcome is in, and look at today's rows.

    All figures of a run are asked together: of runs in which nothing changed, at most 1 in 20 raises an alarm
    (``evaluate.promises``: Holm's method at 4 % over everything that happened; ``evaluate.drift`` and
    ``evaluate.arrivals``: 0.1 % for each table's rows). Scores of models before the present champion are judged and
    shown, and raise no alarm: training again was the answer to them.

    Parameters
    ----------
    prepared
        The tables as they are now.
    today
        The machine's date if not given.
    say
        Receives progress sentences.

    Returns
    -------
    Monitored
        Kept in ``outputs/<name>/monitor.json`` too, one entry per day, tables and model; the report shows it.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``, on the same day:

    >>> import holdfast
    >>> found = monitor(holdfast.prepare(holdfast.load_config("demo.yaml")), today="2024-06-24")
    >>> found.verdict, found.drift
    ('nothing to judge yet', [])
    """
    config, now = prepared.config, read_today(today)
    home = home_of(config)
    version, scorer = _champion(config)
    say("judging what was promised")
    judged = _together(judge_all(prepared, home), version)
    say("looking at today's rows")
    drift = [*setting_of(config).arrived(prepared, scorer, now), *goes_back(prepared)]
    found = _verdict(prepared, now, version, judged, drift)
    _keep(config, found)
    with suppress(NotFoundError):  # no scores, no report
        report(config)
    return found


def _champion(config: Config) -> tuple[str, Any]:
    """Return the champion's version and scorer; nothing where there is none of this setting, or it is damaged."""
    try:
        champion = open_store(config.models, config.tracking_uri).champion(config.name)
        bundle = load_bundle(champion.bundle_folder)
    except (NotFoundError, DamagedModelError):
        return "", None
    ours = bundle.scorer.setting == config.setting
    return (bundle.model_version, bundle.scorer) if ours else ("", None)


def _together(judged: Sequence[Judged], version: str) -> list[Judged]:
    """Mark the alarms among what the present champion promised; without one, among what the last model did."""
    last = version or next((j.model_version for j in reversed(judged) if j.promises), "")
    ours = [p for j in judged if j.model_version == last for p in j.promises]
    marked = iter(holm(ours))
    return [
        replace(j, promises=tuple(next(marked) for _ in j.promises)) if j.model_version == last else j for j in judged
    ]


def _verdict(prepared: Prepared, now: date, version: str, judged: list[Judged], drift: list[Drift]) -> Monitored:
    promises = [p for j in judged for p in j.promises]
    reasons = [_reason(j, p) for j in judged for p in j.promises if p.alarm]
    verdict = advice(promises) or (HOLDS if promises else NOTHING_YET)
    if any(d.kind != SHORT for d in drift):
        verdict = DATA
        reasons = [*(d.said for d in drift if d.kind != SHORT), *reasons]
    if not version:
        reasons.append(told("there is no champion, so today's rows were not held against its training"))
    known = prepared.known_until(date.min, now)
    do = _DO[verdict]
    return Monitored(now.isoformat(), known.isoformat(), version, verdict, reasons, do, judged, drift)


def _reason(judged: Judged, promise: Promise) -> str:
    """Return a figure beside its promise as a sentence."""
    form = {"area": "{:.3f}", "share": "{:.1%}"}.get(promise.unit, "{:,.0f}")
    promised, seen, low, high = (form.format(v) for v in (promise.promised, promise.seen, promise.low, promise.high))
    return told(
        "{what} as of {day}: {figure}, {who}: {promised} promised, {seen} seen ({low} to {high} by chance)",
        what=judged.what,
        day=judged.as_of,
        figure=_FIGURES.get(promise.what, promise.what),
        who=promise.who,
        promised=promised,
        seen=seen,
        low=low,
        high=high,
    )


def _keep(config: Config, found: Monitored) -> None:
    """Add a run to the history; one of the same day of the tables and the same model is replaced."""
    path = home_of(config) / MONITOR
    with whole_file(config, path) as draft:
        before = read_json(path).get("runs", [])
        entry = found.as_dict()
        kept = [r for r in before if _key(r) != _key(entry)]
        # The figures of the newest run are enough: those of earlier ones can be made again from the folders.
        kept = [{k: v for k, v in r.items() if k != "judged"} for r in kept]
        write_json(draft, {"runs": [*kept, entry][-_MOST_RUNS:]})


def _key(run: dict[str, Any]) -> tuple[str, str, str]:
    return run["known_until"], run["model_version"], run["today"]
