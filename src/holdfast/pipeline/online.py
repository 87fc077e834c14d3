"""Score customers who are sent one by one or by the thousand: their rows as they are, by the roads of a file.

What comes in is a frame with the scenario's own columns; it is read by the scenario's own rules. A row that cannot be
read refuses all: whoever sent it can mend it. Errors here name fields and rows, never a cell.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from holdfast.churn import LAPSED, reasons_for
from holdfast.columns import LABELS
from holdfast.config import Config
from holdfast.contractual import recipe
from holdfast.contractual.reasons import contract_reasons, contract_value_reasons
from holdfast.contractual.scorer import ContractScorer
from holdfast.contractual.table import read_contracts
from holdfast.contractual.tables import SPELL_FEATURES
from holdfast.data import read_purchases
from holdfast.data.cells import plain_name
from holdfast.data.report import UnreadableLinesError
from holdfast.errors import DataError, HoldfastError, NotFoundError
from holdfast.features import FEATURES, Cutoff, build_features
from holdfast.features.beside import ROWS
from holdfast.forecast.reasons import value_reasons_for
from holdfast.forecast.scorer import Scorer
from holdfast.pipeline.preparation import merged_accounts
from holdfast.pipeline.privacy import erased_of
from holdfast.track import Bundle

_SHOWN = 5
_TEXTS = ("customer_id", "as_of")


class RowsError(DataError):
    """Rows that cannot be scored: says which field and which row, never what stands there.

    Examples
    --------
    >>> RowsError("rows[3].ordered_at is missing").exit_code
    3
    """


@dataclass(frozen=True)
class Field:
    """One field of a row that is sent: its name, whether it must be text (ids are), be there, and be filled."""

    name: str
    text: bool = False
    required: bool = True
    filled: bool = False


@dataclass(frozen=True)
class Answer:
    """Scores in the order of their customers, and per customer one to three reasons of each kind."""

    scores: pd.DataFrame
    reasons: dict[str, list[list[str]]] = field(default_factory=dict)


class Online(ABC):
    """What a setting does with rows that are sent.

    Parameters
    ----------
    config, base
        The scenario, and where its relative paths start.
    """

    dated: bool
    """Whether the as-of date must be sent with the rows."""

    def __init__(self, config: Config, base: Path | None = None) -> None:
        self.config = config
        merged = merged_accounts(config, base, None)
        self._id_map = merged.map if merged else None

    @abstractmethod
    def fields(self, scorer: Any) -> list[Field]:
        """Return the fields of a row as the scenario's tables have them."""

    @property
    def refusal(self) -> str:
        """Why the scenario's own rows cannot be taken, only features; empty where they can."""
        return ""

    def feature_fields(self, scorer: Any) -> list[Field]:
        """Return the fields of a row of features (``features.parquet``)."""
        return [
            Field(name, text=name in _TEXTS, required=name in self._needed(scorer), filled=name in _TEXTS)
            for name in scorer.reads
        ]

    def score(self, bundle: Bundle[Any], rows: pd.DataFrame, as_of: date | None, *, reasons: bool = True) -> Answer:
        """Score customers by the scenario's own rows.

        Raises
        ------
        RowsError
            A row cannot be read as the scenario states.
        """
        with _no_cells():
            read = self._read(bundle.scorer, rows, as_of)
        return self.score_features(bundle, read, reasons=reasons)

    def score_features(self, bundle: Bundle[Any], rows: pd.DataFrame, *, reasons: bool = True) -> Answer:
        """Score rows of features; errors as of ``score``."""
        if not len(rows):
            return Answer(pd.DataFrame())
        try:
            scores = bundle.predict(rows)
        except DataError as error:
            # It names the model's own columns and counts rows.
            raise RowsError(str(error)) from None
        return Answer(scores, self._reasons(bundle.scorer, scores, rows) if reasons else {})

    def _source(self, frame: pd.DataFrame) -> Any:
        """Return the rows as the scenario's main table; customers who were erased since the start are left out."""
        erased = erased_of(self.config)
        return replace(self.config.source(None, frame), id_map=self._id_map, erased=erased, max_reject_share=0.0)

    @abstractmethod
    def _needed(self, scorer: Any) -> Collection[str]:
        """Return the features that every row must have, if only as null."""

    @abstractmethod
    def _read(self, scorer: Any, rows: pd.DataFrame, as_of: date | None) -> pd.DataFrame:
        """Return the rows to score (``scorer.reads``) of those that were sent."""

    @abstractmethod
    def _reasons(self, scorer: Any, scores: pd.DataFrame, rows: pd.DataFrame) -> dict[str, list[list[str]]]:
        """Return reasons of each kind, row by row."""


class OnlinePurchases(Online):
    """Purchases → scores as of a day that is sent with them.

    Examples
    --------
    >>> from holdfast.config import make_config
    >>> config = make_config({"name": "shop", "purchases": {}, "as_of": "2024-03-01"})
    >>> [field.name for field in OnlinePurchases(config).fields(None)]
    ['customer_id', 'ordered_at']
    """

    dated = True

    def fields(self, scorer: Scorer) -> list[Field]:  # noqa: ARG002  # whatever the model, the log is the same
        """Return the columns of the log."""
        source = self.config.source(None, pd.DataFrame())
        texts = ("customer_id", "order_id", "product_id", *LABELS)
        found = {
            theirs: Field(theirs, ours in texts, not source.may_lack(ours), ours == "customer_id")
            for ours, theirs in reversed(source.wanted().items())
        }
        return list(reversed(found.values()))

    def _needed(self, scorer: Scorer) -> Collection[str]:  # noqa: ARG002
        return _TEXTS

    @property
    def refusal(self) -> str:
        """Why purchases alone do not do: features of the tables beside them are of everyone, or of other files."""
        beside = [name for name in ROWS if getattr(self.config.tables, name) is not None]
        if not beside:
            return ""
        return (
            f"The scores of this scenario also read {', '.join(f'tables.{name}' for name in beside)}, which is not "
            "sent: send rows of features instead."
        )

    def _read(self, scorer: Scorer, rows: pd.DataFrame, as_of: date | None) -> pd.DataFrame:
        config = self.config
        cutoff = Cutoff(as_of or date.min, config.churn.horizon_days, config.churn.gap_days, scorer.shut)
        try:
            log = read_purchases(self._source(rows), currency=config.purchases.currency, engine=config.engine.engine())
        except UnreadableLinesError as error:
            raise RowsError(_said(error.lines, config.purchases.columns.mapped())) from None
        try:
            return build_features(log.connection, cutoff).assign(as_of=cutoff.date.isoformat())
        finally:
            log.connection.close()

    def _reasons(self, scorer: Scorer, scores: pd.DataFrame, rows: pd.DataFrame) -> dict[str, list[list[str]]]:
        features = rows.reindex(columns=["customer_id", *(f.name for f in FEATURES)])
        features = features.astype({f.name: "float64" for f in FEATURES})
        first = [] if scorer.returners is None else scorer.returners.reasons(LAPSED, features)
        behind = scorer.behind(date.fromisoformat(str(scores["as_of"].iloc[0]))) if len(scores) else None
        found = {"reasons": reasons_for(scorer.churn, features, first=first, behind=behind)}
        if scorer.spend is not None:
            found["value_reasons"] = value_reasons_for(features, behind=behind)
        return found


class OnlineContracts(Online):
    """Contracts → scores: rows with a label-less snapshot, or spells as of a day that is sent with them."""

    def __init__(self, config: Config, base: Path | None = None) -> None:
        super().__init__(config, base)
        self.dated = config.subscriptions.spells

    def fields(self, scorer: ContractScorer) -> list[Field]:
        """Return the columns of the table that the model reads."""
        has = self.config.subscriptions.columns
        mapped = [(ours, name) for ours, theirs in has.named().items() if ours != "label" for name in theirs]
        given = self.config.subscriptions.rules
        ruled = {rule.column: Field(rule.column, text=True) for rule in (*given.keep, *given.drop)}
        texts = {
            "customer_id",
            "started_at",
            "ended_at",
            "leaves_at",
            "notice",
            "cut_short",
            "end_reason",
            "plan",
            "price_per",
        }
        texts |= {"changed_at", "movement", "currency", "billed_at", "paid_until", "contract_id"}
        found = {theirs: Field(theirs, ours in texts, filled=ours == "customer_id") for ours, theirs in mapped}
        ours = {plain_name(theirs) for _, theirs in mapped} | {*scorer.may_lack, "customer_id"}
        apart = {*ours, *((c.name for c in SPELL_FEATURES) if self.dated else ())}
        return [*(ruled | found).values(), *(Field(name) for name in scorer.reads if name not in apart)]

    def _needed(self, scorer: ContractScorer) -> Collection[str]:
        return set(scorer.reads) - set(scorer.may_lack)

    def _read(self, scorer: ContractScorer, rows: pd.DataFrame, as_of: date | None) -> pd.DataFrame:  # noqa: ARG002
        config, cutoff = self.config, None
        if as_of is not None:
            cutoff = Cutoff(as_of, config.churn.horizon_days, config.churn.gap_days)
        source = self._source(rows)
        return recipe.today(
            read_contracts(source, config.subscriptions.meaning(), cutoff=cutoff, engine=config.engine.engine())
        )

    def _reasons(self, scorer: ContractScorer, scores: pd.DataFrame, rows: pd.DataFrame) -> dict[str, list[list[str]]]:
        found = {"reasons": contract_reasons(scorer.churn, rows)}
        if scorer.money:
            found["value_reasons"] = contract_value_reasons(scorer, scores, rows)
        return found


def online(config: Config, base: Path | None = None) -> Online:
    """Return what scores the rows that are sent, of a scenario in its setting."""
    kinds: dict[str, type[Online]] = {"noncontractual": OnlinePurchases, "contractual": OnlineContracts}
    return kinds[config.setting](config, base)


@contextmanager
def _no_cells() -> Iterator[None]:
    """Let no sentence about rows out that may quote what somebody sent, such as a currency or the name of a field."""
    try:
        yield
    except (RowsError, NotFoundError):
        raise
    except HoldfastError as error:
        raise RowsError(
            "The rows cannot be read as the scenario states, or nobody in them can be scored. `holdfast check` on the "
            "same rows says why."
        ) from error


def _said(lines: pd.DataFrame, names: dict[str, str]) -> str:
    """Return which fields of which rows cannot be read; the first row is 0."""
    first = lines.head(_SHOWN)
    at = zip(first["line"].astype("int64"), first["column"], first["reason"], strict=True)
    shown = [f"rows[{line - 1}].{names.get(column, column)} {reason}" for line, column, reason in at]
    more = f" and {len(lines) - _SHOWN:,} more" if len(lines) > _SHOWN else ""
    return f"{'; '.join(shown)}{more}."
