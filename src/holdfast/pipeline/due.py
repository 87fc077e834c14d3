"""What a schedule has to do: training and scores that are due, and for which there is something new to read."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from holdfast.config import Config
from holdfast.data import Day
from holdfast.data.day import is_day, read_today
from holdfast.pipeline.cadence import status_of
from holdfast.track import open_store
from holdfast.wording import ago


@dataclass(frozen=True)
class Due:
    """What ``holdfast run --due`` does.

    Attributes
    ----------
    training, scores
        Whether each is to be done.
    done
        ISO date of the last of each, None where there was none.
    said
        Why, a sentence each.

    Examples
    --------
    >>> due = Due(training=False, scores=True, done={"training": "2024-03-01", "scores": "2024-03-01"}, said=[])
    >>> bool(due.as_of("2024-03-08")), bool(due.as_of("2024-03-01"))
    (True, False)
    """

    training: bool
    scores: bool
    done: dict[str, str | None]
    said: list[str]

    def __bool__(self) -> bool:
        """Whether anything is to be done."""
        return self.training or self.scores

    def as_of(self, moment: str) -> "Due":
        """Return what is left once the as-of date is known: nothing is done twice for the same day."""
        again = {task: is_day(moment) and (self.done[task] or "") >= moment for task in self.done}
        said = [
            f"{task} of {self.done[task]} {_ARE[task]} there, and there is nothing newer than {moment} to read."
            for task in again
            if again[task] and getattr(self, task)
        ]
        training, scores = (getattr(self, task) and not again[task] for task in ("training", "scores"))
        return Due(training, scores, self.done, [*self.said, *said])


_ARE = {"training": "is", "scores": "are"}


def due_of(config: Config, *, today: Day | None = None) -> Due:
    """Return what is due by ``cadence``, as ``holdfast status`` says it; the review is people's.

    A training that the gate refused is tried again on another day, not on every call.

    Parameters
    ----------
    config
        The scenario.
    today
        The machine's date if not given.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> import holdfast
    >>> config = holdfast.load_config("demo.yaml")
    >>> bool(due_of(config, today="2024-06-26")), due_of(config, today="2024-07-03").scores
    (False, True)
    """
    now = read_today(today)
    tasks = {task["task"]: task for task in status_of(config, today=now)["tasks"]}
    training, scores = tasks["training"]["due"], tasks["scores"]["due"]
    said = [_said(tasks[task]) for task in ("training", "scores")]
    if training and tasks["training"]["done"] is not None and _tried(config) == now:
        training = False
        said.append("A training was finished today, and its model was not promoted: the next try is on another day.")
    done = {task: tasks[task]["done"] for task in ("training", "scores")}
    due = Due(bool(training), bool(scores), done, said)
    if not isinstance(config.as_of, date):
        return due
    left = due.as_of(config.as_of.isoformat())
    if left.said != due.said:
        left.said.append(
            f"as_of is the fixed day {config.as_of}: pass --as-of with the day of the export, or state as_of: "
            "end_of_data."
        )
    return left


def _tried(config: Config) -> date | None:
    """Return the day of the last training that was finished, whatever the gate said of it."""
    return open_store(config.models, config.tracking_uri).last_trained(config.name)


def _said(task: Mapping[str, Any]) -> str:
    when = "never done" if task["done"] is None else f"done {task['done']}, {ago(task['days'])}"
    due = "due" if task["due"] else "not due"
    if "shut_until" in task:
        due += f", shut until about {task['shut_until']}"
    return f"{task['task']}: {when}, every {task['every']} days: {due}."
