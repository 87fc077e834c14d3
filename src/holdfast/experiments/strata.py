"""Strata: groups of customers within which chance put everybody into arms with the same shares."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from holdfast.errors import DataError, NotEnoughDataError
from holdfast.experiments.blocks import LEAST_SMALL, comparable
from holdfast.experiments.trial import MOST_LEVELS, SUSPECT_P, column_of, labels
from holdfast.learn.arrays import Flags, Floats, Ints, Strings
from holdfast.wording import counted

# With fewer customers of an arm a stratum says nothing of how sure its difference is.
LEAST_OF_ARM = 2
# Pearson's test is near its distribution where so many are expected in the smallest arm.
_LEAST_EXPECTED = 5.0
# Share of the rows of clusters that have the value of their cluster's first.
_ONE_VALUE = 0.95


@dataclass(frozen=True)
class Strata:
    """Each customer's stratum, and what chance did within it.

    Attributes
    ----------
    names
        The columns.
    codes
        Number of each customer's stratum, of those that are compared, shape (compared,).
    chances
        Share of every arm among the customers of the stratum, control first and the others sorted, shape
        (compared, arms).
    kept
        Which rows are compared, shape (n,): the others lie in strata without both arms, or too few of such.
    left_out
        How many strata are not compared.
    """

    names: tuple[str, ...]
    codes: Ints
    chances: Floats
    kept: Flags
    left_out: int = 0

    @property
    def few(self) -> bool:
        """Whether every stratum has its own level in a regression of each arm: few, with two customers of every arm."""
        counts = np.bincount(self.codes)[self.codes, None] * self.chances
        return int(self.codes.max()) < MOST_LEVELS and bool(counts.min() > LEAST_OF_ARM - 0.5)

    @property
    def design(self) -> Floats:
        """A column of 0 and 1 for every stratum but the first, shape (compared, strata − 1)."""
        return np.column_stack(
            [np.zeros((len(self.codes), 0)), *((self.codes == c).astype(float) for c in np.unique(self.codes)[1:])]
        )

    def by_name(self, arms: Strings, control: str) -> Floats:
        """Return ``chances`` with the arms sorted by name, control among them; ``arms``: of the rows compared."""
        names = [control, *sorted(set(arms) - {control})]
        return self.chances[:, np.argsort(np.array(names, dtype=str), kind="stable")]

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        _, first = np.unique(self.codes, return_index=True)
        of_control = self.chances[first, 0]
        return {
            "columns": list(self.names),
            "strata": len(first),
            "control_from": float(of_control.min()),
            "control_to": float(of_control.max()),
            "strata_left_out": self.left_out,
            "customers_left_out": int((~self.kept).sum()),
        }


def strata_of(
    data: pd.DataFrame, columns: Sequence[str], arms: Strings, names: Sequence[str], *, whole: bool = False
) -> Strata:
    """Return the strata of a campaign: one for every combination of values.

    Parameters
    ----------
    data, arms
        The campaign, and each row's arm.
    columns
        By which the shares of the arms were set, before they were drawn.
    names
        Control, and every other arm, sorted.
    whole
        Refuse a campaign of which any stratum cannot be compared, or which has more than 50; else such strata are left
        out, and any number is taken.

    Raises
    ------
    DataError
        With ``whole``: there are more than 50 strata.
    NotEnoughDataError
        No stratum can be compared; with ``whole``: one has fewer than two customers of an arm.

    Examples
    --------
    >>> data = pd.DataFrame({"tier": ["gold"] * 4 + ["other"] * 8 + ["new"]})
    >>> arms = ["control", "offer", "offer", "control"] + ["control", "control"] + ["offer"] * 7
    >>> found = strata_of(data, ["tier"], np.array(arms, dtype=object), ["control", "offer"])
    >>> found.chances[[0, 11]].tolist(), found.left_out, found.kept.sum()
    ([[0.5, 0.5], [0.25, 0.75]], 1, np.int64(12))
    """
    given = pd.DataFrame({str(i): labels(column_of(data, name)).to_numpy() for i, name in enumerate(columns)})
    codes = given.groupby(list(given), sort=True).ngroup().to_numpy().astype(np.int64)
    many = int(codes.max()) + 1
    counts = np.column_stack([np.bincount(codes[arms == name], minlength=many) for name in names])
    if whole:
        _refuse_incomplete(given, codes, columns, counts, names)
    usable = np.any([comparable(counts[:, 0], of_arm)[0] for of_arm in counts.T[1:]], axis=0)
    if not usable.any():
        raise NotEnoughDataError(
            f"strata: {', '.join(columns)} make {counted(many, 'group')}, and none holds two customers of {names[0]} "
            f"and of another arm (nor do {LEAST_SMALL} hold one of each), so nothing can be compared. Name columns "
            "with fewer values."
        )
    kept = usable[codes]
    counts = counts[:, [0, *(1 + np.flatnonzero(counts[usable][:, 1:].any(axis=0)))]]
    chances = (counts / counts.sum(axis=1, keepdims=True))[codes[kept]]
    codes = np.unique(codes[kept], return_inverse=True)[1].astype(np.int64)
    return Strata(tuple(columns), codes, chances, kept, int((~usable).sum()))


def _refuse_incomplete(
    given: pd.DataFrame, codes: Ints, columns: Sequence[str], counts: Ints, names: Sequence[str]
) -> None:
    many = len(counts)
    if many > MOST_LEVELS:
        raise DataError(f"strata: {', '.join(columns)} make {many:,} groups; at most {MOST_LEVELS} can be compared.")
    short = np.argwhere(counts < LEAST_OF_ARM)
    if len(short):
        code, at = (int(number) for number in short[0])
        which = ", ".join(f"{c}={v}" for c, v in zip(columns, given[codes == code].iloc[0], strict=True))
        raise NotEnoughDataError(
            f"strata: {len(set(short[:, 0]))} of {many} hold fewer than {LEAST_OF_ARM} customers of an arm (such as "
            f"{which}: {counted(int(counts[code, at]), 'customer')} in {names[at]}), so nothing can be compared "
            "there. Leave those customers out, or join strata that had the same shares."
        )


def refuse_dependent(data: pd.DataFrame, column: str, arms: Strings, control: str, units: Ints | None = None) -> None:
    """Refuse a column whose values had other shares of the arms, if nothing is said of it.

    ``units``: number of what chance dealt to each row, if not the row itself; each counts once, where the column has
    one value for nearly all of its rows, and else nothing can be said.

    Raises
    ------
    DataError
        Says where the shares differ most, and what to do.
    """
    from scipy.stats import chi2_contingency

    whose = labels(column_of(data, column)).to_numpy(dtype=object)
    if units is not None:
        _, first = np.unique(units, return_index=True)
        if (whose == whose[first][units]).mean() < _ONE_VALUE:
            return
        whose, arms = whose[first], arms[first]
    table = pd.crosstab(whose, arms)
    expected = table.sum(axis=1) * float(table.sum(axis=0).min()) / len(whose)
    table = table[expected >= _LEAST_EXPECTED]
    if not 1 < len(table) <= MOST_LEVELS:
        return
    if float(chi2_contingency(table.to_numpy(), correction=False).pvalue) >= SUSPECT_P:
        return
    held = dict(zip(table.index, (table[control] / table.sum(axis=1)).tolist(), strict=True))
    low, high = min(held, key=held.__getitem__), max(held, key=held.__getitem__)
    raise DataError(
        f'column "{column}": chance did not put the same share of its values into each arm ({control} holds '
        f"{held[low]:.1%} of {low}, {held[high]:.1%} of {high}; p < 0.001), so the arms are not alike. If the shares "
        f"were set by it, say so (--strata {column}; strata in the YAML file): effects are then compared within each "
        "value. If it was written after the assignment, or rows were lost, no effect can be read from it."
    )
