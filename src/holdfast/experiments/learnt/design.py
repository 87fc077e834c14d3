"""Covariates as numbers, the same way for customers who are met later."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from holdfast.errors import DataError, nearest
from holdfast.experiments.trial import MOST_LEVELS, column_of, labels, place_of
from holdfast.learn.arrays import Flags, Floats, Ints

# Where a column's slope may change: at its fifths.
_KNOTS = (0.2, 0.4, 0.6, 0.8)


@dataclass(frozen=True)
class Covariate:
    """One column known before the assignment, as it was when the policy was learnt.

    Attributes
    ----------
    name, levels
        The column; its texts, or empty for a column of numbers.
    mean, spread
        Of its numbers; a missing number counts as the mean.
    knots
        Where the slope of a column of numbers may change, in standard deviations from the mean.
    missing
        Whether numbers were missing, so that missing is told apart.
    """

    name: str
    levels: tuple[str, ...] = ()
    mean: float = 0.0
    spread: float = 1.0
    knots: tuple[float, ...] = ()
    missing: bool = False

    @classmethod
    def of(cls, frame: pd.DataFrame, name: str) -> Self:
        """Return a column as it is in ``frame``.

        Raises
        ------
        DataError
            It has more than 50 texts, or an infinite number.
        """
        column = column_of(frame, name)
        if not _is_number(column):
            levels = sorted(labels(column).unique())
            if len(levels) > MOST_LEVELS:
                raise DataError(
                    f'column "{name}": {len(levels):,} different texts in {len(frame):,} rows; group them into at most '
                    f"{MOST_LEVELS}, or leave the column out."
                )
            return cls(name, tuple(levels))
        return cls.of_numbers(name, _numbers(frame, name))

    @classmethod
    def of_numbers(cls, name: str, values: Floats) -> Self:
        """Return a column of numbers, NaN where missing."""
        known = values[~np.isnan(values)]
        mean = float(known.mean()) if len(known) else 0.0
        spread = float(known.std()) if len(known) else 0.0
        spread = spread if spread > 0 else 1.0
        bends = np.unique((np.quantile(known, _KNOTS) - mean) / spread) if len(np.unique(known)) > 8 else np.zeros(0)
        return cls(name, (), mean, spread, tuple(float(k) for k in bends), len(known) < len(values))

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Return what ``asdict`` gave."""
        return cls(**{**state, "levels": tuple(state["levels"]), "knots": tuple(state["knots"])})

    def raw(self, frame: pd.DataFrame) -> Floats:
        """Return what trees see, shape (n, columns): numbers as they are, NaN where missing; 0 and 1 for each text."""
        if self.levels:
            text = labels(column_of(frame, self.name)).to_numpy(dtype=object)
            return np.asarray(text[:, None] == np.array(self.levels, dtype=object)[None, :], dtype=np.float64)
        return _numbers(frame, self.name)[:, None]

    def bent(self, raw: Floats) -> Floats:
        """Return what the regression sees, shape (n, columns): lines with bends at the knots; 0 and 1 for each text."""
        if self.levels:
            return raw
        missing = np.isnan(raw[:, 0])
        z = np.where(missing, 0.0, (raw[:, 0] - self.mean) / self.spread)
        # Far beyond what was seen, a line would promise anything.
        z = np.clip(z, -4.0, 4.0)
        parts = [z, *(np.maximum(z - k, 0.0) for k in self.knots)]
        return np.column_stack([*parts, missing.astype(np.float64)] if self.missing else parts)


@dataclass(frozen=True)
class Design:
    """All covariates of a policy."""

    covariates: tuple[Covariate, ...]

    @classmethod
    def of(cls, frame: pd.DataFrame, names: Sequence[str]) -> Self:
        """Return the covariates that are not the same for everyone."""
        found = [Covariate.of(frame, name) for name in dict.fromkeys(names)]
        return cls(tuple(c for c in found if len(np.unique(c.raw(frame), axis=0)) > 1))

    @property
    def names(self) -> tuple[str, ...]:
        """Their columns."""
        return tuple(c.name for c in self.covariates)

    def raw(self, frame: pd.DataFrame) -> Floats:
        """Return what trees see of customers, shape (n, columns).

        Raises
        ------
        DataError
            A column is missing, or holds texts where numbers were learnt from.
        """
        names = [str(c) for c in frame.columns]
        absent = [c.name for c in self.covariates if c.name not in names]
        if absent:
            listed = ", ".join(f'"{name}"' for name in absent)
            raise DataError(
                f"the customers: no column {listed}, which the policy learnt from.{nearest(absent[0], names)} "
                "A policy needs its covariates by the names that they had in the campaign."
            )
        parts = [c.raw(frame) for c in self.covariates]
        return np.column_stack(parts) if parts else np.zeros((len(frame), 0))

    def unseen(self, raw: Floats) -> dict[str, Flags]:
        """Return who has a text that the campaign did not have, by column, shape (n,), from ``raw``; none: left out."""
        pairs = zip(self.covariates, self._blocks(raw), strict=True)
        found = {c.name: block.max(axis=1) == 0 for c, block in pairs if c.levels}
        return {name: rows for name, rows in found.items() if rows.any()}

    def _blocks(self, raw: Floats) -> list[Floats]:
        """Return the columns of ``raw`` of each covariate."""
        widths = np.cumsum([max(len(c.levels), 1) for c in self.covariates])
        return np.split(raw, widths[:-1], axis=1) if len(widths) else []

    def bent(self, raw: Floats) -> Floats:
        """Return what the regression sees, from ``raw``."""
        parts = [c.bent(block) for c, block in zip(self.covariates, self._blocks(raw), strict=True)]
        return np.column_stack(parts) if parts else np.zeros((len(raw), 0))

    def parts(self, expected: Covariate) -> list[tuple[Ints, Ints]]:
        """Return which columns of ``bent``, with those of ``expected`` behind, are one covariate's: straight, bends."""
        found, start = [], 0
        for one in (*self.covariates, expected):
            wide = max(len(one.levels), 1)
            bends = np.arange(start + wide, start + wide + len(one.knots))
            straight = np.arange(start, start + wide)
            start += wide + len(one.knots)
            if one.missing:
                straight, start = np.append(straight, start), start + 1
            found.append((straight, bends))
        return found

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        return {"covariates": [asdict(c) for c in self.covariates]}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Return what ``to_dict`` gave."""
        return cls(tuple(Covariate.from_dict(c) for c in state["covariates"]))


def _is_number(column: pd.Series) -> bool:
    return bool(pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column))


def _numbers(frame: pd.DataFrame, name: str) -> Floats:
    column = column_of(frame, name)
    if not _is_number(column):
        raise DataError(f'column "{name}": the policy learnt from numbers there, and these are texts.')
    values = column.astype("float64").to_numpy()
    infinite = np.isinf(values)
    if infinite.any():
        raise DataError(f'column "{name}": {infinite.sum():,} infinite numbers ({place_of(frame, infinite)}).')
    return np.asarray(values, dtype=np.float64)
