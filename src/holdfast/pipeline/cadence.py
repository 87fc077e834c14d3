"""Status: how old scores, model and review are, what is due, and which lists are out."""

import json
from datetime import date
from typing import Any

from holdfast.config import Config
from holdfast.data import Day, read_day
from holdfast.errors import DamagedModelError, NotFoundError
from holdfast.pipeline.listing import issued_lists
from holdfast.pipeline.outputs import write_json
from holdfast.track import Store, load_bundle


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
        and ``do`` (a command); ``lists``: the records of the lists made so far, newest first.
    """
    now = date.today() if today is None else read_day(today, "today")
    home = config.outputs / config.name
    if reviewed:
        home.mkdir(parents=True, exist_ok=True)
        write_json(home / "review.json", {"reviewed": now.isoformat()})
    scored = sorted(f.name for f in home.glob("????-??-??") if f.is_dir())
    tasks = [
        _task("scores", scored[-1] if scored else None, now, config.cadence.score_days, "holdfast score"),
        _task("training", _trained(config), now, config.cadence.train_days, "holdfast train"),
        _task("review", _reviewed(config), now, config.cadence.review_days, "holdfast status --reviewed"),
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
    return {"scenario": config.name, "today": now.isoformat(), "tasks": tasks, "lists": lists}


def _task(name: str, done: str | None, now: date, every: int, command: str) -> dict[str, Any]:
    days = None if done is None else (now - date.fromisoformat(done)).days
    return {
        "task": name,
        "done": done,
        "days": days,
        "every": every,
        "due": days is None or days > every,
        "do": command,
    }


def _trained(config: Config) -> str | None:
    try:
        champion = Store(config.models).champion(config.name)
        return load_bundle(champion.bundle_folder).scorer.trained_as_of.isoformat()
    except (NotFoundError, DamagedModelError):
        return None


def _reviewed(config: Config) -> str | None:
    path = config.outputs / config.name / "review.json"
    return str(json.loads(path.read_text(encoding="utf-8"))["reviewed"]) if path.is_file() else None
