"""Site: a scenario's outputs as they are now; what was made of them is kept until a file changes."""

import json
import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import pandas as pd
import pyarrow as pa

from holdfast import columns
from holdfast.columns import Column
from holdfast.config import Config, load_config
from holdfast.contractual import tables as contracts
from holdfast.data import Day
from holdfast.errors import HoldfastError
from holdfast.language import gettext as _
from holdfast.language import retold, speaking
from holdfast.pipeline import issued_lists, output_folder, setting_of
from holdfast.pipeline.outputs import dated_folders, home_of, read_json
from holdfast.pipeline.reporting import facts_of, facts_of_customer
from holdfast.pipeline.shown import meanings
from holdfast.progress import Say, quiet
from holdfast.report.page import blocks, customer
from holdfast.report.page.words import day, list_title, sentence, title
from holdfast.web import commands
from holdfast.web.refused import PageError
from holdfast.web.tables import Tables

Result = TypeVar("Result")


@dataclass(frozen=True)
class Shown:
    """A table to look at: its address below the root, title, what it holds, file, and the name of its downloads.

    ``in_common`` is what its customers have in common, if anything.
    """

    address: str
    title: str
    said: str
    path: Path
    name: str
    in_common: str = ""


class Site:
    """What the pages show of one scenario.

    Parameters
    ----------
    path
        The scenario's YAML file; it is read once, when the page starts.
    changes
        Keys that the command line changed.
    today
        Date to judge by; the machine's if not given.
    say
        Receives progress sentences.
    """

    def __init__(self, path: Path, changes: list[str] | None = None, *, today: Day | None = None, say: Say = quiet):
        self.path, self.changes, self.today, self.say = path, changes or [], today, say
        self.config: Config = load_config(path, self.changes)
        self.setting = setting_of(self.config)
        self.tables = Tables()
        self._kept: dict[str, tuple[object, Any]] = {}
        self._locks = {name: Lock() for name in ("blocks", "status", "card", "making")}

    @property
    def folder(self) -> Path:
        """The outputs that are shown: those of the configured as-of date, or the latest."""
        return output_folder(self.config)

    @property
    def known(self) -> Mapping[str, Column]:
        """What the columns of all tables mean, by name."""
        config, h, year = self.config, self.config.churn.horizon_days, self.config.clv.horizon_days
        if config.setting == "contractual":
            days = h if config.subscriptions.spells else config.subscriptions.label_window_days
            scores = contracts.scores(days, year, money=True, reasons=True)
        else:
            scores = columns.scores(h, year)
        lists = [column for name in self.setting.lists for column in self.setting.columns(config, name)]
        every = (*meanings(config), *columns.SEGMENTS, *columns.CONTACT, *lists, *scores)
        return {column.name: column for column in every}

    def blocks(self) -> dict[str, Any]:
        """Return the blocks of the report, made anew where a file has changed since."""
        folder, home = self.folder, home_of(self.config)
        stamp = (folder, *map(_stamp, (folder, home / "issued", home / "experiments")))
        with self._locks["blocks"], speaking(self.config.language):
            kept = self._kept.get("blocks")
            if kept is None or kept[0] != stamp:
                kept = self._kept["blocks"] = (stamp, blocks(facts_of(self.config, folder)))
                pa.default_memory_pool().release_unused()  # a million customers were read for it
        found: dict[str, Any] = kept[1]
        return found

    def warm(self) -> None:
        """Do once what the first visitors would wait for."""
        with suppress(HoldfastError, OSError):
            self.blocks()
            self.status()

    def customer(self, who: str) -> dict[str, Any]:
        """Return what is known of a customer.

        Raises
        ------
        PageError
            Nobody of this id was scored.
        """
        facts = facts_of_customer(self.config, self.folder, who)
        if facts is None:
            raise PageError(404, _("Nobody with this id was scored."))
        return customer(facts, who)

    def ranked(self, name: str) -> Shown:
        """Return one of the ranked lists.

        Raises
        ------
        PageError
            There is no such list, or it was not written.
        """
        if name not in self.setting.lists:
            raise PageError(404, _("There is no such list."))
        path = self.folder / "lists" / f"{name}.parquet"
        shared = retold(read_json(self.folder / "metrics.json").get("in_common", {}).get(name, ""))
        return self._there(
            Shown(f"/lists/{name}", title(name), retold(self.setting.lists[name]), path, name, shared),
            _("This list was not written."),
        )

    def scores(self) -> Shown:
        """Return the scores of all customers."""
        path, said = self.folder / "scores.parquet", _("everyone who was scored")
        return self._there(
            Shown("/customers", _("All customers"), said, path, "customers"), _("There are no scores yet.")
        )

    def segments(self) -> Shown:
        """Return the segments of all customers.

        Raises
        ------
        PageError
            Nobody was divided yet.
        """
        if why := self.setting.cannot.get("segments"):
            raise PageError(404, sentence(retold(why)))
        path, said = self.folder / "segments" / "customers.parquet", _("everyone who was scored, with their groups")
        missing = _("Nobody has divided the customers since they were scored: `holdfast segments` does it.")
        return self._there(Shown("/segments/customers", _("Customers by segment"), said, path, "segments"), missing)

    def cards(self) -> pd.DataFrame:
        """Return the segments' cards; empty where there are none."""
        path = self.folder / "segments" / "cards.csv"
        return pd.read_csv(path) if path.is_file() else pd.DataFrame()

    def issued(self) -> list[dict[str, Any]]:
        """Return the records of the lists to contact, newest first."""
        return list(reversed(issued_lists(home_of(self.config) / "issued")))

    def decided(self, name: str) -> dict[str, Any] | None:
        """Return the record of the list to contact that was made last from a list of these scores, if any."""
        return next((r for r in self.issued() if r["list"] == name and r["as_of"] == self.folder.name), None)

    def record(self, own: str) -> tuple[dict[str, Any], Shown]:
        """Return the record of a list to contact, and the decisions on everyone who was on it.

        Raises
        ------
        PageError
            There is no such list.
        """
        found = next((one for one in self.issued() if one["folder"].name == own), None)
        if found is None:
            raise PageError(404, _("There is no such list to contact."))
        heading = f"{list_title(found['list'], own)}, {day(found['as_of'])}"
        path = found["folder"] / "decisions.parquet"
        said = _("everyone on the list, with what was decided")
        return found, self._there(Shown(f"/issued/{own}", heading, said, path, own), _("The decisions are not there."))

    def status(self) -> dict[str, Any]:
        """Return what is due (``holdfast status``), asked anew where a file changed or another day began."""
        home = home_of(self.config)
        own = (
            *_stamp(home / "issued"),
            *((path, *_times(path)) for path in [home / "review.json", *dated_folders(home)]),
        )
        return self._asked("status", ["status", *self._dated()], own)

    def reviewed(self) -> None:
        """Record that the review was held."""
        commands.run(["status", "--reviewed", *self._dated()], self.path, self.changes)

    def card(self) -> str:
        """Return the champion's model card, Markdown (``holdfast card``)."""
        return str(self._asked("card", ["card"], ())["card"])

    def make(
        self, name: str, *, budget: float | None, capacity: int | None, control_share: float | None, form: str
    ) -> str:
        """Make a list to contact and record it (``holdfast list``); return the name of its folder.

        Raises
        ------
        PageError
            Another list is being made.
        HoldfastError
            As the command.
        """
        options = {"--budget": budget, "--capacity": capacity, "--format": form}
        given = [word for option, value in options.items() if value is not None for word in (option, f"{value}")]
        changed = [] if control_share is None else [f"lists.control_share={control_share:.10f}"]
        if not self._locks["making"].acquire(blocking=False):
            raise PageError(409, _("A list is being made just now: wait until it is done, and try again."))
        try:
            words = ["list", name.replace("_", "-"), *given, *self._dated()]
            return Path(commands.run(words, self.path, [*self.changes, *changed])["folder"]).name
        finally:
            self._locks["making"].release()

    def _asked(self, key: str, words: list[str], own: tuple[object, ...]) -> dict[str, Any]:
        """Return what a command about the model store says; the same while the store and ``own`` stay the same."""
        # A server of a team says nothing of itself when it changes: it is asked anew each minute.
        minute = None if self.config.tracking_uri is None else int(time.time() // 60)
        stamp = (date.today(), minute, own, *_times(self.config.models / "mlflow.db"))
        with self._locks[key]:
            kept = self._kept.get(key)
            if kept is None or kept[0] != stamp:
                kept = self._kept[key] = (stamp, commands.run(words, self.path, self.changes))
        found: dict[str, Any] = kept[1]
        return found

    def _there(self, shown: Shown, missing: str) -> Shown:
        if not shown.path.is_file():
            home_of(self.config)  # where a command is just replacing the folder, wait until it has
            if not shown.path.is_file():
                raise PageError(404, missing)
        return shown

    def _dated(self) -> list[str]:
        return [] if self.today is None else ["--today", str(self.today)]

    @property
    def makeable(self) -> dict[str, str]:
        """The lists that can be decided on, each with who is on it."""
        cannot = self.setting.cannot
        return {n: retold(who) for n, who in self.setting.lists.items() if f"list {n.replace('_', '-')}" not in cannot}

    @property
    def day(self) -> str:
        """The as-of date of what is shown, for people."""
        return day(self.folder.name)


def _times(path: Path) -> tuple[object, ...]:
    """Return time and size of a file; nothing where it is not there."""
    with suppress(FileNotFoundError):
        told = path.stat()
        return told.st_mtime_ns, told.st_size, told.st_ino
    return ()


def _stamp(folder: Path) -> tuple[object, ...]:
    """Return names, sizes and times of all files below a folder; hidden ones are not looked at."""
    found: list[tuple[object, ...]] = []
    places = [folder] if folder.is_dir() else []
    while places:
        with os.scandir(places.pop()) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name == "report.html":
                    continue
                if entry.is_dir():
                    places.append(Path(entry.path))
                else:
                    told = entry.stat()
                    found.append((entry.path, told.st_mtime_ns, told.st_size, told.st_ino))
    return tuple(sorted(found, key=str))


def again(question: Callable[[], Result]) -> Result:
    """Ask once more where a file went away in between: a command may just have replaced the outputs."""
    import duckdb

    try:
        return question()
    except (FileNotFoundError, duckdb.IOException, json.JSONDecodeError):
        return question()
