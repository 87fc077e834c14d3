"""What a model must do to be recorded, stored and served, whatever the setting."""

from collections.abc import Sequence
from datetime import date
from typing import Any, Protocol

import pandas as pd

from holdfast.columns import Column


class Scorer(Protocol):
    """Everything that turns rows into scores; ``from_dict`` makes it again of what ``to_dict`` returns."""

    @property
    def setting(self) -> str:
        """The setting of the scenarios it scores; stands in the bundle."""

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns of a row of scores."""

    @property
    def reads(self) -> Sequence[str]:
        """Names of the columns of a row to score."""

    @property
    def trained_as_of(self) -> date | None:
        """First day it has not seen; ``None`` for a table without dates."""

    def score_rows(self, rows: pd.DataFrame, *, model_version: str) -> pd.DataFrame:
        """Score rows from outside, in the same order; errors name columns and counts, never a customer's values."""

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; trees as their text."""
