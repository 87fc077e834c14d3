"""Status: how old scores, model and review are, what is due, and which lists are out."""

import json
from datetime import date
from pathlib import Path
from typing import Any

from holdfast.config import Config
from holdfast.data import Day
from holdfast.data.day import read_today
from holdfast.errors import DamagedModelError, NotFoundError
from holdfast.pipeline.delivery import last_delivery
from holdfast.pipeline.issued import issued_lists
from holdfast.pipeline.outputs import dated_folders, home_of, whole_file, write_json
from holdfast.pipeline.written import scored_on, shut_until
from holdfast.track import open_store, trained_as_of


def status_of(config: Config, *, today: Day | None = None, reviewed: bool = False) -> dict[str, Any]:
    """Return what is due, as plain values for JSON.

    Parameters
    ----------
    config
        The scenario; ``cadence`` says how often.
    today
        The machine's date if not given.
    reviewed
        Whether to record that segments, value and treatments were reviewed today.

    Returns
    -------
    dict
        ``today``; ``tasks``: per task ``done`` (ISO date or None), ``days`` since, ``every`` so many days, ``due``
        and ``do`` (a command); ``shut_until`` where a task waits for the end of a closed season;
        ``lists``: the records of the lists made so far, newest first; ``delivery``: what the last scoring found wrong
        with its tables, a sentence each.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> from holdfast.config import load_config
    >>> status_of(load_config("demo.yaml"), today="2024-07-30")["tasks"][0]
    {'task': 'scores', 'done': '2024-06-24', 'days': 36, 'every': 7, 'due': True, 'do': 'holdfast score'}
    """
    now = read_today(today)
    home = home_of(config)
    if reviewed:
        with whole_file(config, home / "review.json") as draft:
            write_json(draft, {"reviewed": now.isoformat()})
    # A day that is fixed stands still: the same command would score and train as of it again.
    dated = " --as-of DATE" if isinstance(config.as_of, date) else ""
    last = (dated_folders(home) or [home])[-1]
    trained = _trained(config)
    # Without a champion nothing can be scored: `holdfast run` trains first.
    train, score = (f"train{dated}", f"score{dated}") if trained is not None else ("run", "run")
    tasks = [
        _unless_shut(task, last, now)
        for task in (
            _task("scores", _scored(home), now, config.cadence.score_days, f"holdfast {score}"),
            _task("training", trained, now, config.cadence.train_days, f"holdfast {train}"),
        )
    ]
    tasks += [
        _task("review", _reviewed(home), now, config.cadence.review_days, "holdfast status --reviewed"),
    ]
    lists = [
        {
            "list": r["list"],
            "as_of": r["as_of"],
            "valid_until": r["valid_until"],
            "valid": r["valid_until"] >= now.isoformat(),
            "listed": r["account"]["listed"],
            "control": r["account"]["control"],
            "model_version": r["model_version"],
            "folder": str(r["folder"]),
        }
        for r in reversed(issued_lists(home / "issued"))
    ]
    return {
        "scenario": config.name,
        "today": now.isoformat(),
        "tasks": tasks,
        "lists": lists,
        "delivery": last_delivery(config),
    }


def _task(name: str, done: date | None, now: date, every: int, command: str) -> dict[str, Any]:
    days = None if done is None else (now - done).days
    return {
        "task": name,
        "done": None if done is None else done.isoformat(),
        "days": days,
        "every": every,
        "due": days is None or days > every,
        "do": command,
    }


def _unless_shut(task: dict[str, Any], last: Path, now: date) -> dict[str, Any]:
    """Return a task, which is not due where nothing was sold since it was done: the same again would come out."""
    if not task["due"] or task["done"] is None:
        return task
    until = shut_until(last, date.fromisoformat(task["done"]), now)
    return task if until is None else {**task, "due": False, "shut_until": until.isoformat()}


def _scored(home: Path) -> date | None:
    """Return the as-of date of the last scores; of a table without dates, the day they were written."""
    days = (scored_on(folder) for folder in (*dated_folders(home), home / "snapshot"))
    return max((day for day in days if day is not None), default=None)


def _trained(config: Config) -> date | None:
    """Return the as-of date of the champion; of a table without dates, the day of the last training."""
    store = open_store(config.models, config.tracking_uri)
    try:
        return trained_as_of(store.champion(config.name).bundle_folder) or store.last_trained(config.name)
    except (NotFoundError, DamagedModelError):
        return None


def _reviewed(home: Path) -> date | None:
    path = home / "review.json"
    return date.fromisoformat(json.loads(path.read_text(encoding="utf-8"))["reviewed"]) if path.is_file() else None
