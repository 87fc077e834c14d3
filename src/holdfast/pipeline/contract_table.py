"""Prepare contracts: a configuration → a checked table, one row per customer or one per spell."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.config import Config
from holdfast.config.contractual import Subscriptions
from holdfast.contractual import MONTH_DAYS, OPEN, Spells, Terms
from holdfast.contractual.encoding import as_numbers
from holdfast.contractual.tables import SPELL_FEATURES
from holdfast.data import Source
from holdfast.data.advice import date_option
from holdfast.data.cells import Cells, plain_name, read_cells
from holdfast.data.parse import blank_words
from holdfast.errors import ConfigError, DataError, nearest
from holdfast.features import Cutoff
from holdfast.learn.arrays import Ints
from holdfast.progress import Say, quiet
from holdfast.wording import counted

UNKNOWN = -1


@dataclass(frozen=True)
class PreparedContracts:
    """A table of contracts read as a configuration states.

    Attributes
    ----------
    config, source
        The scenario, and where its table lies.
    cells
        The rows kept, as texts with their lines.
    account
        What became of every row.
    rows, churned
        Of a snapshot: ``customer_id``, ``eligible`` (not labelled as churned) and the table's columns; 1 churned,
        0 stayed, −1 not stated, shape (n,).
    spells, cutoff
        Of a spells table: the spells, and where time is cut.
    """

    config: Config
    source: Source
    cells: Cells
    account: dict[str, Any]
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    churned: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    spells: Spells | None = None
    cutoff: Cutoff | None = None

    @property
    def period_days(self) -> float:
        """Days between renewals."""
        return self.config.subscriptions.period_days or MONTH_DAYS

    @property
    def terms(self) -> Terms:
        """Where a row says tenure, price and plan."""
        given, has = self.config.subscriptions, self.config.subscriptions.columns
        if self.spells is not None:
            named = {name: name if getattr(has, name) else None for name in ("price", "plan")}
            return Terms("tenure_days", self.period_days, **named)
        unit = MONTH_DAYS if given.tenure_unit == "month" else 1.0
        tenure, price, plan = (v if v is None else plain_name(v) for v in (has.tenure, has.price, has.plan))
        return Terms(tenure, self.period_days / unit, price, plan)

    @property
    def moment(self) -> str:
        """The as-of date, or ``snapshot`` for a table without one."""
        return self.config.as_of.isoformat() if isinstance(self.config.as_of, date) else "snapshot"

    @property
    def folder(self) -> Path:
        """Where this scenario's files go."""
        return self.config.outputs / self.config.name / self.moment


def prepare_contracts(
    config: Config, *, base: Path | None = None, table: pd.DataFrame | None = None, say: Say = quiet
) -> PreparedContracts:
    """Read the table of contracts.

    Parameters
    ----------
    config
        A scenario with ``setting: contractual``.
    base
        Where relative paths start if nothing lies at the current folder; the configuration's folder.
    table
        A frame to use instead of ``subscriptions.path``.
    say
        Receives progress sentences.

    Raises
    ------
    ConfigError
        The setting is another, or neither a path nor a frame is given.
    DataError
        The table cannot be read as stated: file, line and column, never the value.
    """
    if config.setting != "contractual":
        raise ConfigError("setting: contractual is needed to read a table of contracts.")
    given = config.subscriptions
    say("reading subscriptions")
    source = config.contract_source(base, table)
    has = given.columns
    cells = read_cells(
        source.data,
        source,
        customer=_name(has.customer_id),
        dates=[_name(has.started_at), _name(has.ended_at)] if given.spells else [],
    )
    _columns_exist(cells, given)
    cells, account = _counted(cells, given)
    if given.spells:
        spells = _spells(cells, given, source)
        day = config.as_of
        if not isinstance(day, date):
            raise ConfigError("as_of: a date is needed (YYYY-MM-DD), the first day that is not known.")
        cutoff = Cutoff(day, config.churn.horizon_days, config.churn.gap_days)
        account |= {"customers": int(spells.frame["customer_id"].nunique())}
        return PreparedContracts(config, source, cells, account, spells=spells, cutoff=cutoff)
    rows, churned = _snapshot(cells, given)
    account |= {
        "customers": len(churned),
        "churned": int((churned == 1).sum()),
        "stayed": int((churned == 0).sum()),
        "not_stated": int((churned == UNKNOWN).sum()),
    }
    return PreparedContracts(config, source, cells, account, rows, churned)


def _columns_exist(cells: Cells, given: Subscriptions) -> None:
    names = list(cells.frame.columns)
    wanted = {f"columns.{k}": [v] for k, v in given.columns.model_dump().items() if v is not None and k != "label"}
    wanted |= {k: getattr(given, k) for k in ("ignore", "categories", "trusted")}
    for key, listed in wanted.items():
        for theirs in map(plain_name, listed):
            if theirs not in names:
                found = ", ".join(f'"{n}"' for n in names[:30])
                raise DataError(
                    f'{cells.label}, line 1: no column "{theirs}" (subscriptions.{key}).{nearest(theirs, names)} '
                    f"Columns found: {found}."
                )


def _counted(cells: Cells, given: Subscriptions) -> tuple[Cells, dict[str, Any]]:
    """Drop what a rule drops, and account for every row and every blank cell."""
    rows, bad = len(cells.frame), len(cells.bad_lines)
    repeats = cells.frame.duplicated().to_numpy()
    dropped = given.duplicates == "drop"
    kept = cells.rows(~repeats) if dropped else cells
    blanks = {str(n): int(c) for n, c in kept.frame.isna().sum().items() if c}
    return kept, {
        "file": cells.label,
        "rows_in": rows + bad,
        "kept": len(kept.frame),
        "duplicates_dropped": int(repeats.sum()) if dropped else 0,
        "duplicates_kept": 0 if dropped else int(repeats.sum()),
        "lines_rejected": [{"line": b.line, "reason": b.reason} for b in cells.bad_lines],
        "blank_cells": blanks,
    }


def _name(theirs: str | None) -> str:
    return plain_name(theirs or "")


def _numbers(cells: Cells, theirs: str | None, what: str) -> npt.NDArray[np.float64] | None:
    """Return a column that must be numbers of at least 0; NaN where blank."""
    if theirs is None:
        return None
    name = plain_name(theirs)
    values, wrong = as_numbers(cells.frame[name])
    at_fault = np.flatnonzero(wrong | (values < 0))
    if len(at_fault):
        more = f" ({counted(len(at_fault), 'such row')})" if len(at_fault) > 1 else ""
        raise DataError(
            f"{cells.place(int(at_fault[0]), name)}: {what} must be a number of at least 0{more}. "
            "Mend it, or name the text under subscriptions.missing_values if it means blank."
        )
    return values


def _snapshot(cells: Cells, given: Subscriptions) -> tuple[pd.DataFrame, Ints]:
    if given.decimal == ",":
        cells = replace(cells, frame=_with_points(cells.frame))
    has = given.columns
    who = pd.Series(cells.lines).astype("str") if has.customer_id is None else cells.frame[_name(has.customer_id)]
    _one_each(cells, who, _name(has.customer_id))
    churned = _labels(cells, given)
    for name, what in ((has.tenure, "tenure"), (has.price, "price")):
        _numbers(cells, name, what)
    # What is ignored teaches nothing, but may still be the tenure, the price or the plan.
    apart = set(map(plain_name, given.ignore)) - {_name(v) for v in (has.tenure, has.price, has.plan)}
    rows = cells.frame.drop(columns=[_name(has.customer_id), _name(has.label), *apart], errors="ignore")
    _free(cells, rows, ("customer_id", "eligible"))
    return pd.concat([pd.DataFrame({"customer_id": who, "eligible": churned != 1}), rows], axis=1), churned


def _free(cells: Cells, frame: pd.DataFrame, taken: Collection[str]) -> None:
    """Refuse columns whose names mean something else here."""
    for name in frame.columns:
        if name in taken:
            raise DataError(
                f'{cells.label}, line 1: the column "{name}" needs another name, for Holdfast makes one; '
                "or name it under subscriptions.columns, or under subscriptions.ignore."
            )


def _with_points(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the table with decimal commas as points, in columns that hold nothing but such numbers."""
    changed = {}
    for name in frame.columns:
        filled = frame[name].dropna()
        if len(filled) and filled.str.fullmatch(r"[-+]?\d+(,\d+)?").all():
            changed[name] = frame[name].str.replace(",", ".", regex=False)
    return frame.assign(**changed)


def _one_each(cells: Cells, who: pd.Series, name: str) -> None:
    for rows, said in ((who.isna(), "is blank"), (who.duplicated(), "repeats an earlier one")):
        at_fault = np.flatnonzero(rows.to_numpy())
        if len(at_fault):
            raise DataError(
                f"{cells.place(int(at_fault[0]), name)}: customer_id {said} ({counted(len(at_fault), 'such row')}). "
                "A table with a label has one row per customer; subscriptions.duplicates: drop removes exact repeats."
            )


def _labels(cells: Cells, given: Subscriptions) -> Ints:
    name = _name(given.columns.label)
    if name not in cells.frame.columns:
        return np.full(len(cells.frame), UNKNOWN)
    text = cells.frame[name].str.casefold()
    churned = text.isin([v.casefold() for v in given.churned_values]).to_numpy()
    stayed = text.isin([v.casefold() for v in given.stayed_values]).to_numpy()
    blank = text.isna().to_numpy()
    at_fault = np.flatnonzero(~(churned | stayed | blank))
    if len(at_fault):
        raise DataError(
            f"{cells.place(int(at_fault[0]), name)}: neither one of subscriptions.churned_values nor of "
            f"subscriptions.stayed_values ({counted(len(at_fault), 'such row')}). Add it to one of them."
        )
    return np.where(churned, 1, np.where(stayed, 0, UNKNOWN))


def _spells(cells: Cells, given: Subscriptions, source: Source) -> Spells:
    frame, has = _with_points(cells.frame) if given.decimal == "," else cells.frame, given.columns
    cells = replace(cells, frame=frame)
    start = _days(cells, _name(has.started_at), source, blank=False)
    end = _days(cells, _name(has.ended_at), source, blank=True)
    who = frame[_name(has.customer_id)]
    for rows, name, said in (
        (who.isna().to_numpy(), _name(has.customer_id), "customer_id is blank"),
        (end < start, _name(has.ended_at), "the contract ends before it starts"),
    ):
        if rows.any():
            raise DataError(
                f"{cells.place(int(np.flatnonzero(rows)[0]), name)}: {said} ({counted(int(rows.sum()), 'such row')})."
            )
    reason = None if has.end_reason is None else frame[_name(has.end_reason)]
    known = {"customer_id": who, "start": start, "end": end, "end_reason": reason}
    known |= {} if has.plan is None else {"plan": frame[_name(has.plan)]}
    known |= {} if has.price is None else {"price": _numbers(cells, has.price, "price")}
    apart = {_name(v) for v in has.model_dump().values() if v is not None} | set(map(plain_name, given.ignore))
    others = frame.drop(columns=list(apart))
    _free(cells, others, _RESERVED)
    known |= {str(name): others[name] for name in others.columns}
    return Spells.of(
        pd.DataFrame(known).astype({"end_reason": "str"}),
        renewal_days=given.renewal_days,
        payment_reasons=given.payment_failure_reasons,
    )


_RESERVED = {"customer_id", "eligible", "start", "end", "end_reason", *(c.name for c in SPELL_FEATURES)}


def _days(cells: Cells, name: str, source: Source, *, blank: bool) -> Ints:
    """Return days since 1970-01-01; ``OPEN`` where a cell may be blank and is."""
    text, days = cells.frame[name], cells.days[name]
    # In a column of dates every word for "blank" is one, as in every other table.
    absent = text.isna() | text.str.lower().isin(blank_words(source))
    unread = np.isnan(days) & ~(absent.to_numpy() & blank)
    if unread.any():
        at_fault = np.flatnonzero(unread)
        samples = text[unread & ~absent.to_numpy()].head(5).tolist()
        said = f'not a date written "{source.date_format}"' if source.date_format else "not an ISO 8601 date"
        raise DataError(
            f"{cells.place(int(at_fault[0]), name)}: {said} between 1970 and 2199 "
            f"({counted(len(at_fault), 'such row')}). {date_option(samples, source)}"
        )
    return np.where(np.isnan(days), OPEN, days).astype(np.int64)
