"""Strata: groups of customers within which chance put everybody into arms with the same shares."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from holdfast.errors import DataError, NotEnoughDataError
from holdfast.experiments.trial import MOST_LEVELS, SUSPECT_P, column_of, labels
from holdfast.learn.arrays import Flags, Floats, Ints, Strings
from holdfast.wording import counted

# With fewer customers of an arm a stratum says nothing of how sure its difference is.
LEAST_OF_ARM = 2
# Pearson's test is near its distribution where so many are expected in the smallest arm.
_LEAST_EXPECTED = 5.0


@dataclass(frozen=True)
class Strata:
    """Each customer's stratum, and what chance did within it.

    Attributes
    ----------
    names
        The columns.
    codes
        Number of each customer's stratum, shape (n,).
    chances
        Share of every arm among the customers of the stratum, control first and the others sorted, shape (n, arms).
    """

    names: tuple[str, ...]
    codes: Ints
    chances: Floats

    @property
    def design(self) -> Floats:
        """A column of 0 and 1 for every stratum but the first, shape (n, strata − 1)."""
        return flags(self.codes)

    def as_dict(self) -> dict[str, object]:
        """Return plain values for JSON."""
        of_control = [float(self.chances[self.codes == code][0, 0]) for code in np.unique(self.codes)]
        low, high = min(of_control), max(of_control)
        return {"columns": list(self.names), "strata": len(of_control), "control_from": low, "control_to": high}


def flags(codes: Ints) -> Floats:
    """Return a column of 0 and 1 for every number in ``codes`` but the smallest."""
    return np.column_stack([np.zeros((len(codes), 0)), *((codes == c).astype(float) for c in np.unique(codes)[1:])])


def strata_of(data: pd.DataFrame, columns: Sequence[str], arms: Strings, names: Sequence[str]) -> Strata:
    """Return the strata of a campaign: one for every combination of values.

    Parameters
    ----------
    data, arms
        The campaign, and each row's arm.
    columns
        By which the shares of the arms were set, before they were drawn.
    names
        Control, and every other arm, sorted.

    Raises
    ------
    DataError
        There are more than 50 strata.
    NotEnoughDataError
        A stratum has fewer than two customers of an arm.

    Examples
    --------
    >>> data = pd.DataFrame({"tier": ["gold"] * 4 + ["other"] * 8})
    >>> arms = np.array(["control", "offer", "offer", "control"] + ["control", "control"] + ["offer"] * 6, dtype=object)
    >>> strata_of(data, ["tier"], arms, ["control", "offer"]).chances[[0, 11]].tolist()
    [[0.5, 0.5], [0.25, 0.75]]
    """
    given = pd.DataFrame({str(i): labels(column_of(data, name)).to_numpy() for i, name in enumerate(columns)})
    codes = given.groupby(list(given), sort=True).ngroup().to_numpy().astype(np.int64)
    many = int(codes.max()) + 1
    if many > MOST_LEVELS:
        raise DataError(f"strata: {', '.join(columns)} make {many:,} groups; at most {MOST_LEVELS} can be compared.")
    counts = np.column_stack([np.bincount(codes[arms == name], minlength=many) for name in names])
    short = np.argwhere(counts < LEAST_OF_ARM)
    if len(short):
        code, at = (int(number) for number in short[0])
        which = ", ".join(f"{c}={v}" for c, v in zip(columns, given[codes == code].iloc[0], strict=True))
        raise NotEnoughDataError(
            f"strata: {len(set(short[:, 0]))} of {many} hold fewer than {LEAST_OF_ARM} customers of an arm (such as "
            f"{which}: {counted(int(counts[code, at]), 'customer')} in {names[at]}), so nothing can be compared "
            "there. Leave those customers out, or join strata that had the same shares."
        )
    return Strata(tuple(columns), codes, (counts / counts.sum(axis=1, keepdims=True))[codes])


def refuse_dependent(data: pd.DataFrame, column: str, arms: Strings, control: str) -> None:
    """Refuse a column whose values had other shares of the arms, if nothing is said of it.

    Raises
    ------
    DataError
        Says where the shares differ most, and what to do.
    """
    from scipy.stats import chi2_contingency

    whose = labels(column_of(data, column)).to_numpy(dtype=object)
    table = pd.crosstab(whose, arms)
    expected = table.sum(axis=1) * float(table.sum(axis=0).min()) / len(data)
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


def among(rows: Flags, codes: Ints, coded: Ints) -> Flags:
    """Return which of ``rows`` lie in strata with at least two customers of either arm; ``coded`` is 1 or 0."""
    many = int(codes.max()) + 1
    enough = np.ones(many, dtype=bool)
    for arm in (0, 1):
        enough &= np.bincount(codes[rows & (coded == arm)], minlength=many) >= LEAST_OF_ARM
    return rows & enough[codes]
