"""What a setting is: the few things that purchases and contracts do each in their own way; the rest exists once."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import duckdb
import pandas as pd

from holdfast.columns import Column
from holdfast.config import Config
from holdfast.data import Source
from holdfast.data.shown import OF_CUSTOMERS
from holdfast.errors import ConfigError
from holdfast.evaluate import Drift, Verdict
from holdfast.evaluate.gate import Defender
from holdfast.features import Cutoff
from holdfast.progress import Say
from holdfast.track import Bundle, Scorer

if TYPE_CHECKING:
    from holdfast.pipeline.contest import Contest

Predict = Callable[[pd.DataFrame], pd.DataFrame]


@dataclass(frozen=True)
class Prepared(ABC):
    """A scenario whose tables were read as its configuration states.

    Attributes
    ----------
    config, source
        The scenario, and where its main table lies: purchases, or subscriptions.
    connection
        DuckDB with the tables beside it (customers, contacts, …), typed.
    cannot
        Commands that this setting does not have, each with a sentence that says why.
    delivered
        What is wrong with the newest rows (``pipeline.delivery``); each is among the notes too.

    Examples
    --------
    >>> import holdfast
    >>> from holdfast.data import simulate_shop
    >>> config = holdfast.make_config({"name": "shop", "purchases": {}, "as_of": "2024-03-01"})
    >>> shop = holdfast.prepare(config, purchases=simulate_shop(200, seed=3).purchases)
    >>> shop.moment, shop.account["customers"]
    ('2024-03-01', 200)
    """

    cannot: ClassVar[Mapping[str, str]] = {}

    config: Config
    source: Source
    connection: duckdb.DuckDBPyConnection
    delivered: list[Drift] = field(default_factory=list, kw_only=True)

    @property
    @abstractmethod
    def moment(self) -> str:
        """The as-of date, or ``snapshot`` for a table without one."""

    @abstractmethod
    def digest(self) -> bytes:
        """Return the sha256 of the main table as it was read."""

    @property
    @abstractmethod
    def account(self) -> dict[str, Any]:
        """What became of every row, as plain values for JSON."""

    @abstractmethod
    def said(self) -> str:
        """Return the account as text."""

    @abstractmethod
    def known_until(self, as_of: date, today: date) -> date:
        """Return the first day that the tables do not know, for lists of the scores of ``as_of`` made ``today``."""

    def not_over(self, end: date) -> str:
        """Return that an outcome window is not over in the tables before ``end``, and what to do where that can be."""
        return f"not over before {end}"

    @abstractmethod
    def last_seen(self) -> list[tuple[str, date]]:
        """Return when each customer last bought, or had a contract; nobody where the table has no dates."""

    def remaining(self, ids: pd.Series) -> pd.Series:
        """Return ids of earlier days as they are now: accounts may have been merged since."""
        return ids if self.source.id_map is None else self.source.id_map.of(ids)

    @property
    def cells(self) -> pd.DataFrame | None:
        """Rows of the main table with ``customer_id`` that are not in the connection; None where all are."""
        return None

    @property
    def shown(self) -> Mapping[str, Sequence[str]]:
        """Which columns of ``lists.show`` stand in which table of ``data.shown``."""
        return {OF_CUSTOMERS: self.config.lists.show}

    @property
    def folder(self) -> Path:
        """Where this scenario's files of this as-of date go."""
        return self.config.outputs / self.config.name / self.moment


@dataclass(frozen=True)
class Learnt:
    """What a training learnt, before it is recorded.

    Attributes
    ----------
    scorer, held_out, verdict
        The model, the figures of its recipe on what that had not seen, and what the gate says.
    parameters, documents
        For MLflow: what the model was made with, and further JSON files by name.
    known
        What the bundle says of the model beside it.
    contest
        The race that chose it, where there was one.
    """

    scorer: Scorer
    held_out: dict[str, Any]
    verdict: Verdict
    parameters: dict[str, Any]
    documents: dict[str, dict[str, Any]]
    known: dict[str, Any]
    contest: "Contest | None" = None


@dataclass(frozen=True)
class Told:
    """What is known once everyone is scored: numbers of customers, lists, further tables, figures and notes.

    ``timelines`` (``columns.TIMELINES``) says what the customers on the first rows of the lists did so far.
    """

    customers: int
    eligible: int
    lists: dict[str, pd.DataFrame]
    tables: dict[str, pd.DataFrame]
    metrics: dict[str, Any]
    notes: list[str]
    timelines: pd.DataFrame


@dataclass(frozen=True)
class Question:
    """Columns of scores and lists.

    Attributes
    ----------
    days, key
        Length of the outcome window, ``None`` where it is not stated, and the key of the configuration that says so.
    p_churn, value, at_risk
        P(churn), what a customer is worth who stays, and the product of the two.
    """

    days: int | None
    key: str
    p_churn: str
    value: str
    at_risk: str


@dataclass(frozen=True)
class Setting:
    """One way in which customers buy.

    Attributes
    ----------
    table
        The section of the configuration that names the main table.
    lists
        The lists there are: who is on each.
    cannot
        Commands that this setting does not have, each with a sentence that says why.
    question
        Which columns of a list say what is asked.
    columns
        (configuration, list) → the columns that it may have.
    prepare
        (configuration, folder of relative paths, frames of the main table and of the tables beside it, say) → what
        the others take.
    check, told
        What a training would learn from (``problem`` says why it cannot), and that as text.
    learn
        Fit and test; the champion is what the gate compares with.
    differs
        How the question that a model answers differs from the configuration's; empty where it does not.
    score
        Score everyone into a folder: ``scores.parquet`` and ``features.parquet``.
    happened
        What customers did in an outcome window: ``customer_id``, ``churned`` and, of purchases, ``purchases`` and
        ``spend``; None where it is not over.
    brought_in
        (tables, as-of date, days) → discounted margin by customer; None where that is not over, or not known.
    arrived
        (tables, model, today) → what is unlike the training, or unlike before, in today's rows.
    segments
        Groups by name (features of the scores → flags of their rows) beside those by risk.
    """

    table: str
    lists: Mapping[str, str]
    cannot: Mapping[str, str]
    question: Callable[[Config], Question]
    columns: Callable[[Config, str], tuple[Column, ...]]
    prepare: Callable[..., Prepared]
    check: Callable[[Any], Any]
    told: Callable[[dict[str, Any]], str]
    learn: Callable[[Any, Defender[Any], Say], Learnt]
    differs: Callable[[Config, Any], str]
    score: Callable[[Any, Bundle[Any], Predict, Path, Say], Told]
    happened: Callable[[Any, Cutoff], pd.DataFrame | None]
    brought_in: Callable[[Any, date, int], pd.Series | None]
    arrived: Callable[[Any, Any, date], list[Drift]]
    segments: Callable[[pd.DataFrame], dict[str, Any]]


def refusal(cannot: Mapping[str, str], command: str) -> ConfigError:
    """Return the error of a command that a setting does not have."""
    return ConfigError(f"`holdfast {command}`: {cannot[command]}")


def difference(asked: Mapping[str, tuple[object, object]]) -> str:
    """Return how the champion's question differs from that of now, or nothing; ``asked`` is {key: (now, then)}.

    Examples
    --------
    >>> difference({"clv.margin": (1.0, 1.0), "churn.gap_days": (7, 0)})
    'churn.gap_days is 7, but the champion was trained with 0'
    """
    differing = ((key, now, then) for key, (now, then) in asked.items() if now != then)
    return next((f"{key} is {now}, but the champion was trained with {then}" for key, now, then in differing), "")
