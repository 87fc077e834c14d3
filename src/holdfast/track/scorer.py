"""What a model must do to be recorded, stored and served, whatever the setting."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol, Self

import pandas as pd

from holdfast.columns import Column
from holdfast.contractual import ContractScorer
from holdfast.evaluate import Profile
from holdfast.forecast.scorer import Scorer as PurchaseScorer


class Scorer(Protocol):
    """Everything that turns rows into scores, and back from plain values for JSON.

    Attributes
    ----------
    setting
        The setting of the scenarios it scores; stands in the bundle.
    columns, reads
        The columns of a row of scores, and the names of the columns of a row to score.
    trained_as_of
        First day it has not seen; ``None`` for a table without dates.
    profile
        What its inputs looked like in the training; ``None``: not known.
    """

    @property
    def setting(self) -> str: ...  # noqa: D102  # said above

    @property
    def columns(self) -> tuple[Column, ...]: ...  # noqa: D102

    @property
    def reads(self) -> Sequence[str]: ...  # noqa: D102

    @property
    def trained_as_of(self) -> date | None: ...  # noqa: D102

    @property
    def profile(self) -> Profile | None: ...  # noqa: D102

    def score_rows(self, rows: pd.DataFrame, *, model_version: str) -> pd.DataFrame:
        """Score rows from outside, in the same order; errors name columns and counts, never a customer's values."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; trees as their text."""

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the scorer of ``to_dict``."""


SCORERS: dict[str, type[PurchaseScorer] | type[ContractScorer]] = {
    kind.setting: kind for kind in (PurchaseScorer, ContractScorer)
}
"""By the setting that a bundle states."""
