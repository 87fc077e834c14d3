"""Facts: everything that the report shows, as the commands wrote it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from holdfast.data.day import is_day
from holdfast.learn.arrays import Floats

LEAVING = BUY_NOTHING, END_CONTRACT, END_IN_LABEL = ("buy nothing", "end the contract", "end it in the label's window")
"""What leaving means; a sentence about it has one message for each."""


@dataclass(frozen=True)
class Question:
    """What was asked of the model: names of columns, days, and how value is counted.

    Attributes
    ----------
    contracts
        Whether customers have contracts; else they buy.
    p_churn, at_risk, value
        Columns of the scores: P(churn), what is at risk (currency, or purchases), and value (CLV, or purchases).
    churn_days
        Length of the outcome window; ``None`` where the label's window is not stated.
    value_days
        Horizon of value.
    currency
        Name such as USD, or empty.
    margin, yearly_discount
        As CLV counts them.
    period_months
        Of contracts: months of the periods that ``tenure_periods`` is in.
    """

    contracts: bool
    p_churn: str
    at_risk: str
    value: str
    churn_days: int | None
    value_days: int
    currency: str
    margin: float
    yearly_discount: float
    period_months: float = 1.0

    @property
    def has_money(self) -> bool:
        """Whether values are money."""
        return self.value.startswith("clv_")

    @property
    def leaving(self) -> str:
        """What it means to leave: one of ``LEAVING``."""
        return BUY_NOTHING if not self.contracts else END_CONTRACT if self.churn_days else END_IN_LABEL


@dataclass(frozen=True)
class Issued:
    """A list to contact: its record, its audience-size curve (empty without treatments), and what it changed."""

    record: dict[str, Any]
    audience: pd.DataFrame
    decisions: pd.DataFrame
    """``customer_id``, ``status``, ``treatment``, ``expected_profit`` of the customers that the report shows."""
    folder: str


@dataclass(frozen=True)
class Segments:
    """RFM and value × risk on one date, and on an earlier one where it is known.

    Attributes
    ----------
    day
        ISO date.
    rfm
        Customers by ``r`` and ``f`` (1 to 5).
    grid
        Customers by ``value_band`` and ``risk_band``.
    """

    day: str
    rfm: pd.DataFrame
    grid: pd.DataFrame


@dataclass(frozen=True)
class Facts:
    """What the report shows. Tables that no command wrote (yet) are absent or empty.

    Attributes
    ----------
    name, as_of
        The scenario, and the date of the scores (or ``snapshot``).
    question
        What was asked.
    customers, eligible
        Scored, and of these those of whom churn is asked.
    risks
        P(churn) of the eligible, shape (eligible,).
    lost
        ``lists.audience.lost_in_total`` of the eligible; empty without amounts.
    base
        What all customers will bring in: ``total`` with ``low_80`` and ``high_80``; empty without amounts.
    metrics, model, account
        ``metrics.json``, ``model.json`` and ``data_report.json``.
    lists
        First rows of each list by name, as they were written.
    sizes, who
        Rows of each list, and who is on it.
    scores
        Scores of the customers on these rows, by ``customer_id``.
    timelines
        ``columns.TIMELINES``.
    issued
        Lists to contact, oldest first.
    segments, before, moved, cards
        Segments now and earlier, ``columns.MOVEMENTS``, and their cards.
    value
        Tables of `holdfast value` by name; of contracts ``retention``.
    value_notes
        What to know of them.
    experiments
        What `holdfast experiment` measured, by name, oldest first.
    monitored
        What runs of `holdfast monitor` found, oldest first.
    own
        Of one customer's page: their segments and what they bought so far, by column.
    cannot
        Commands that this setting does not have, with the reason.
    """

    name: str
    as_of: str
    question: Question
    customers: int = 0
    eligible: int = 0
    risks: Floats = field(default_factory=lambda: np.zeros(0))
    lost: Mapping[str, float] = field(default_factory=dict)
    base: Mapping[str, float] = field(default_factory=dict)
    metrics: Mapping[str, Any] = field(default_factory=dict)
    model: Mapping[str, Any] = field(default_factory=dict)
    account: Mapping[str, Any] = field(default_factory=dict)
    lists: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    sizes: Mapping[str, int] = field(default_factory=dict)
    who: Mapping[str, str] = field(default_factory=dict)
    scores: pd.DataFrame = field(default_factory=pd.DataFrame)
    timelines: pd.DataFrame = field(default_factory=pd.DataFrame)
    issued: tuple[Issued, ...] = ()
    segments: Segments | None = None
    before: Segments | None = None
    moved: pd.DataFrame = field(default_factory=pd.DataFrame)
    moved_since: str = ""
    value: Mapping[str, pd.DataFrame] = field(default_factory=dict)
    value_notes: tuple[str, ...] = ()
    experiments: Mapping[str, dict[str, Any]] = field(default_factory=dict)
    monitored: tuple[Mapping[str, Any], ...] = ()
    own: Mapping[str, Any] = field(default_factory=dict)
    cannot: Mapping[str, str] = field(default_factory=dict)

    @property
    def dated(self) -> bool:
        """Whether the scores are as of a date; those of a table without dates are not."""
        return is_day(self.as_of)

    @property
    def measured(self) -> list[tuple[str, dict[str, Any]]]:
        """The experiments by name, the one whose window ended last at the end; without windows by name."""
        return sorted(self.experiments.items(), key=lambda item: (str(item[1].get("window_end") or ""), item[0]))

    @property
    def current(self) -> tuple[Issued, ...]:
        """The lists to contact made from these scores, in the order of the kinds of lists: those at risk first."""
        places = {name: i for i, name in enumerate(self.who)}
        # Of a table without dates: the latest of each kind.
        latest = {o.record["list"]: o for o in self.issued if not self.dated or o.record["as_of"] == self.as_of}
        return tuple(latest[name] for name in sorted(latest, key=lambda n: places.get(n, len(places))))

    @cached_property
    def events(self) -> dict[str, pd.DataFrame]:
        """The timeline of each customer that has one."""
        return {} if self.timelines.empty else {str(who): rows for who, rows in self.timelines.groupby("customer_id")}

    def table(self, name: str) -> pd.DataFrame | None:
        """Return a table of `holdfast value` (or ``retention``); ``None`` where it is not there or has no rows."""
        found = self.value.get(name)
        return None if found is None or found.empty else found
