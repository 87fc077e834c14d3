"""Whether customers with a value were seen to leave clearly more than the others: only then it is a reason."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.contractual.encoding import Category, Encoder, Number, as_texts
from holdfast.data.typed import as_numbers
from holdfast.learn.arrays import Floats, Ints
from holdfast.learn.intervals import NORMAL_95, newcombe

CLEARLY = 1.25
"""At least so many times the others' rate, and two-sided 95 % clear."""
# What is said of these compares with none, not with the average.
_FROM_NONE = ("price_change",)

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Leavers:
    """Of which values of a column more were seen to leave: those below or above its middle, blank, rare, or levels."""

    below: bool = False
    above: bool = False
    blank: bool = False
    rare: bool = False
    levels: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**asdict(self), "levels": list(self.levels)}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "Leavers":
        """Return what ``to_dict`` wrote."""
        return cls(**{**state, "levels": tuple(state["levels"])})

    def speaks(self, column: Number | Category, cells: pd.Series) -> Flags:
        """Return of which cells more were seen to leave, shape (n,)."""
        spoken = np.zeros(len(cells), dtype=bool)
        for value, such in _groups(column, cells).items():
            spoken |= such if (value[1:] in self.levels if value[0] == "=" else getattr(self, value)) else False
        return spoken


def find_leavers(
    encoder: Encoder, frame: pd.DataFrame, churned: Ints, customers: npt.ArrayLike | None = None
) -> dict[str, Leavers]:
    """Return for each column of which of its values clearly more left in the training windows than of all others.

    The test is Newcombe's interval of the difference of both rates. Windows overlap, and a customer stands in several:
    rows count as that fraction of their number which their variance, customer by customer, bears out.

    Examples
    --------
    >>> frame = pd.DataFrame({"town": ["Umeå", "Lund"] * 200, "visits": [1, 9, 1, 9] * 100})
    >>> left = np.array([1, 0, 0, 0] * 100)
    >>> found = find_leavers(Encoder.fit(frame, left, {"town": "category", "visits": "number"}), frame, left)
    >>> found["town"].levels, found["visits"].below, found["visits"].above
    (('Umeå',), True, False)
    """
    found, share = {}, 1 / _repeats(churned, customers)
    columns: list[Number | Category] = [*encoder.numbers, *encoder.categories]
    for column in columns:
        more = [v for v, such in _groups(column, frame[column.name]).items() if _clearly(such, churned, share)]
        flags = {value: True for value in more if value[0] != "="}
        found[column.name] = Leavers(**flags, levels=tuple(value[1:] for value in more if value[0] == "="))
    return found


def _groups(column: Number | Category, cells: pd.Series) -> dict[str, Flags]:
    """Return the rows of each thing that a phrase may tell; a level's name follows a ``=``."""
    if isinstance(column, Number):
        values: Floats = as_numbers(cells)[0]
        middle = 0.0 if column.name in _FROM_NONE else column.mean
        return {"below": values < middle, "above": values > middle, "blank": np.isnan(values)}
    texts = as_texts(cells)
    levels = {f"={level}": (texts == level).to_numpy(dtype=bool) for level in column.levels}
    blank = texts.isna().to_numpy(dtype=bool)
    rare = ~blank & ~texts.isin(column.levels).to_numpy(dtype=bool)
    return {**levels, "blank": blank, "rare": rare}


def _repeats(churned: Ints, customers: npt.ArrayLike | None) -> float:
    """Return how many times larger the rate's variance is, as customers stand in several rows; 1 at least."""
    if customers is None:
        return 1.0
    off = churned - churned.mean()
    who = np.unique(np.asarray(customers), return_inverse=True)[1]
    return max(1.0, float((np.bincount(who, off) ** 2).sum() / (off**2).sum()))


def _clearly(such: Flags, churned: Ints, share: float) -> bool:
    n, others = int(such.sum()), int((~such).sum())
    if not n or not others:
        return False
    p, other = float(churned[such].mean()), float(churned[~such].mean())
    return p >= CLEARLY * other and newcombe(p, n * share, other, others * share, NORMAL_95)[0] > 0
