"""Are the arms alike in the columns of an experiment's file that nobody named? What can be seen of it.

An effect is read against the control group because chance made both alike. Where the shares of the arms were set by
something that nobody named, the best customers' habits look like an effect; a column of the same file may show it.
Whether such a column was known before the assignment cannot be seen, so this is said, and refuses nothing.
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from holdfast.errors import DataError
from holdfast.experiments.covariates import is_of_outcome
from holdfast.experiments.randomisation import check_randomisation
from holdfast.experiments.trial import SUSPECT_P, columns_of_covariate, labels
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Floats, Ints, Strings

# Columns of numbers and of 0 and 1 that are compared at once, texts being one for every value.
_WIDEST = 300
_DOUBT = to_tell("only if the treatment itself changed {columns}: else the arms were not alike")


@dataclass(frozen=True)
class Others:
    """What the columns that nobody named say of the arms.

    Attributes
    ----------
    compared
        Columns in which the arms were compared.
    p_value
        Of all of them together and one by one, corrected for their number, held against other draws of the arms;
        ``None``: there were none. Below 0.001 the arms differ.
    differing
        Where they differ: the columns that do so by themselves (all, where none does).
    as_the_arm
        Columns with values of their own in each arm: its name in other words, or what decided it.
    of_the_outcome
        Columns that are an outcome in another form, and so say nothing more.
    not_compared
        Ids, texts of more than 50 kinds, and what is the same for everyone.
    """

    compared: tuple[str, ...] = ()
    p_value: float | None = None
    differing: tuple[str, ...] = ()
    as_the_arm: tuple[str, ...] = ()
    of_the_outcome: tuple[str, ...] = ()
    not_compared: tuple[str, ...] = ()

    @property
    def doubt(self) -> str:
        """On what condition an effect can be believed, as the rest of a sentence; empty: on none."""
        return told(_DOUBT, columns=", ".join(self.differing)) if self.differing else ""

    def without(self, column: str) -> "Others":
        """Return the same without what is said elsewhere: the column by which rows were dealt."""
        return replace(self, as_the_arm=tuple(name for name in self.as_the_arm if name != column))

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"doubt": self.doubt}


def compare(
    data: pd.DataFrame,
    names: Sequence[str],
    arms: Strings,
    control: str,
    outcomes: Mapping[str, Floats],
    chances: Floats | None = None,
    units: Ints | None = None,
) -> Others:
    """Compare the arms in columns that nobody named.

    Parameters
    ----------
    data, names
        The campaign, and the columns.
    arms, control
        Each row's arm, and the control group's.
    outcomes
        By name, shape (n,): their other forms are left out.
    chances, units
        As of ``check_randomisation``.

    Examples
    --------
    >>> arms = np.array((["offer"] * 900 + ["control"] * 100) + (["offer"] * 500 + ["control"] * 500), dtype=object)
    >>> data = pd.DataFrame({"tier": ["gold"] * 1000 + ["other"] * 1000, "row": range(2000)})
    >>> found = compare(data, ["tier", "row"], arms, "control", {})
    >>> found.differing, found.not_compared
    (('tier',), ('row',))
    """
    groups = [arms == arm for arm in sorted(set(arms))]
    parts: dict[str, pd.DataFrame] = {}
    as_arm, of_outcome, skipped = list[str](), list[str](), list[str]()
    for name in names:
        part = _numbers(data, name)
        if part is None or sum(p.shape[1] for p in parts.values()) + part.shape[1] > _WIDEST:
            skipped.append(name)
        elif _names_the_arm(data[name], arms, units):
            as_arm.append(name)
        elif is_of_outcome(data[name], part, outcomes, groups):
            of_outcome.append(name)
        else:
            parts[name] = part
    rest = tuple(as_arm), tuple(of_outcome), tuple(skipped)
    if not parts:
        return Others((), None, (), *rest)
    matrix, looked = pd.concat(list(parts.values()), axis=1), tuple(parts)
    found = check_randomisation(arms, control, covariates=matrix, named=looked, chances=chances, units=units)
    p = found.covariates_p
    differing = (found.differing or looked) if p is not None and p < SUSPECT_P else ()
    return Others(looked, p, differing, *rest)


def _numbers(data: pd.DataFrame, name: str) -> pd.DataFrame | None:
    """Return a column as it is compared; ``None`` for ids, dates, many texts, and what is the same for everyone."""
    column = data[name]
    if column.nunique(dropna=False) < 2 or (len(column) > 2 and column.is_unique and _whole(column)):
        return None
    try:
        return columns_of_covariate(data, name)
    except (DataError, TypeError, ValueError):
        return None


def _whole(column: pd.Series) -> bool:
    if not pd.api.types.is_numeric_dtype(column):
        return False
    values = column.to_numpy(dtype=np.float64)
    return bool((values == np.floor(values)).all())


def _names_the_arm(column: pd.Series, arms: Strings, units: Ints | None = None) -> bool:
    """Return whether each value stands in one arm alone, or each arm has one value."""
    pairs = pd.DataFrame({"value": labels(column).to_numpy(), "arm": arms})
    kinds, distinct = pairs.drop_duplicates(), pairs.nunique()
    # What a whole store has lies in the store's arm: that says something only where many stores have it.
    dealt = len(arms) if units is None else int(units.max()) + 1
    return len(kinds) == distinct["arm"] or (len(kinds) == distinct["value"] and distinct["value"] <= dealt // 10)
