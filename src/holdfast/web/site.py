"""Site: a scenario's outputs as they are now; what was made of them is kept until a file changes."""

import json
import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any, TypeVar

import pandas as pd

from holdfast import columns
from holdfast.columns import Column
from holdfast.config import Config, load_config
from holdfast.contractual import tables as contracts
from holdfast.data import Day
from holdfast.errors import HoldfastError
from holdfast.pipeline import issued_lists, make_list, output_folder, prepare, setting_of, status_of
from holdfast.pipeline.listing import Issued
from holdfast.pipeline.outputs import home_of
from holdfast.pipeline.reporting import facts_of, facts_of_customer
from holdfast.pipeline.setting import refusal
from holdfast.pipeline.shown import meanings
from holdfast.progress import Say, quiet
from holdfast.report.page import blocks, customer
from holdfast.report.page.words import day
from holdfast.track import Store
from holdfast.web.refused import PageError
from holdfast.web.tables import Tables

Result = TypeVar("Result")


@dataclass(frozen=True)
class Shown:
    """A table to look at: its address below the root, title, what it holds, file, and the name of its downloads."""

    address: str
    title: str
    said: str
    path: Path
    name: str


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
        self._locks = {name: Lock() for name in ("blocks", "making")}

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
        with self._locks["blocks"]:
            kept = self._kept.get("blocks")
            if kept is None or kept[0] != stamp:
                kept = self._kept["blocks"] = (stamp, blocks(facts_of(self.config, folder)))
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
            raise PageError(404, "Nobody with this id was scored.")
        return customer(facts, who)

    def ranked(self, name: str) -> Shown:
        """Return one of the ranked lists.

        Raises
        ------
        PageError
            There is no such list, or it was not written.
        """
        if name not in self.setting.lists:
            raise PageError(404, "There is no such list.")
        path = self.folder / "lists" / f"{name}.parquet"
        title = name.replace("_", " ").capitalize()
        return _there(
            Shown(f"/lists/{name}", title, self.setting.lists[name], path, name), "This list was not written."
        )

    def scores(self) -> Shown:
        """Return the scores of all customers."""
        path, said = self.folder / "scores.parquet", "everyone who was scored"
        return _there(Shown("/customers", "All customers", said, path, "customers"), "There are no scores yet.")

    def segments(self) -> Shown:
        """Return the segments of all customers.

        Raises
        ------
        PageError
            Nobody was divided yet.
        """
        if why := self.setting.cannot.get("segments"):
            raise PageError(404, f"{why[:1].upper()}{why[1:]}")
        path, said = self.folder / "segments" / "customers.parquet", "everyone who was scored, with their groups"
        missing = "Customers have not been divided yet: `holdfast segments` does it."
        return _there(Shown("/segments/customers", "Customers by segment", said, path, "segments"), missing)

    def cards(self) -> pd.DataFrame:
        """Return the segments' cards; empty where there are none."""
        path = self.folder / "segments" / "cards.csv"
        return pd.read_csv(path) if path.is_file() else pd.DataFrame()

    def issued(self) -> list[dict[str, Any]]:
        """Return the records of the lists to contact, newest first."""
        return list(reversed(issued_lists(home_of(self.config) / "issued")))

    def record(self, own: str) -> tuple[dict[str, Any], Shown]:
        """Return the record of a list to contact, and the decisions on everyone who was on it.

        Raises
        ------
        PageError
            There is no such list.
        """
        found = next((one for one in self.issued() if one["folder"].name == own), None)
        if found is None:
            raise PageError(404, "There is no such list to contact.")
        title = f"{found['list'].replace('_', ' ').capitalize()}, {found['as_of']}"
        path = found["folder"] / "decisions.parquet"
        said = "everyone on the list, with what was decided"
        return found, _there(Shown(f"/issued/{own}", title, said, path, own), "The decisions are not there.")

    def status(self, *, reviewed: bool = False) -> dict[str, Any]:
        """Return what is due (``holdfast status``)."""
        return status_of(self.config, today=self.today, reviewed=reviewed)

    def card(self) -> str:
        """Return the champion's model card, Markdown."""
        return Store(self.config.models).card(self.config.name)[1]

    def make(
        self, name: str, *, budget: float | None, capacity: int | None, control_share: float | None, form: str
    ) -> Issued:
        """Make a list to contact and record it, as `holdfast list` does with the same options.

        Raises
        ------
        PageError
            Another list is being made.
        HoldfastError
            As the command.
        """
        if f"list {name.replace('_', '-')}" in self.setting.cannot:
            raise refusal(self.setting.cannot, f"list {name.replace('_', '-')}")
        changed = [] if control_share is None else [f"lists.control_share={control_share!r}"]
        config = load_config(self.path, [*self.changes, *changed])
        if not self._locks["making"].acquire(blocking=False):
            raise PageError(409, "A list is being made just now: wait until it is done, and try again.")
        try:
            prepared = prepare(config, base=self.path.parent, say=self.say)
            return make_list(
                prepared, name, budget=budget, capacity=capacity, form=form, today=self.today, say=self.say
            )
        finally:
            self._locks["making"].release()

    @property
    def makeable(self) -> dict[str, str]:
        """The lists that can be decided on, each with who is on it."""
        cannot = self.setting.cannot
        return {n: who for n, who in self.setting.lists.items() if f"list {n.replace('_', '-')}" not in cannot}

    @property
    def day(self) -> str:
        """The as-of date of what is shown, for people."""
        return day(self.folder.name)


def _there(shown: Shown, missing: str) -> Shown:
    if not shown.path.is_file():
        raise PageError(404, missing)
    return shown


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
