"""What is stated of a campaign beside its arms: the probability of each arm, and what the present rule would do."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from holdfast.errors import ConfigError, DataError, nearest
from holdfast.experiments.trial import SUSPECT_P, column_of, labels, place_of
from holdfast.learn.arrays import Flags, Floats, Ints, Strings

# Probabilities are written with so many digits that they sum to 1 within this.
_CLOSE = 1e-6
# Customers are put into bins of like probability; a bin needs this much variance for its count to be near normal.
_BINS, _LEAST_VARIANCE = 10, 5.0


def probabilities(data: pd.DataFrame, arms: Strings, names: Sequence[str], columns: Mapping[str, str]) -> Floats:
    """Return the stated probability of each arm of each row, checked; shape (n, arms).

    Parameters
    ----------
    data, arms
        The campaign, and each row's arm.
    names
        Control, and every other arm of the data.
    columns
        The column of each arm's probability.

    Raises
    ------
    ConfigError
        No column is named for an arm.
    DataError
        A column does not hold probabilities, they do not sum to 1, or chance did not follow them.
    """
    absent = [name for name in names if name not in columns]
    if absent:
        raise ConfigError(f"propensities: no column is named for {', '.join(absent)}.")
    named = [*names, *(name for name in columns if name not in names)]
    e = np.column_stack([_numbers(data, columns[name]) for name in named])
    total = e.sum(axis=1)
    if ((e >= 0) & (e <= 100)).all() and (np.abs(total - 100) <= 100 * _CLOSE).all():
        raise DataError(
            f"propensities: {_listed(columns[n] for n in named)} look like percentages, as every row sums to 100: "
            "divide them by 100."
        )
    for i, name in enumerate(named):
        off = (e[:, i] < 0) | (e[:, i] > 1)
        if off.any():
            raise DataError(f'column "{columns[name]}": {_rows(data, off)}: no probability, which is between 0 and 1.')
    off = np.abs(total - 1) > _CLOSE
    if off.any():
        raise DataError(
            f"propensities: {_listed(columns[n] for n in named)} do not sum to 1: {_rows(data, off)}. State the "
            "probability of every arm, control too, with all its digits."
        )
    coded = np.array([{name: i for i, name in enumerate(names)}[a] for a in arms], dtype=np.int64)
    off = (e[:, 0] <= 0) | (e[np.arange(len(e)), coded] <= 0)
    if off.any():
        raise DataError(
            "propensities: every row needs the probability of each arm, above 0 for control and for its own: "
            f"{_rows(data, off)}."
        )
    bar = SUSPECT_P / len(names)
    for i, name in enumerate(names):
        if why := _not_followed(e[:, i], coded == i, bar):
            raise DataError(
                f'column "{columns[name]}": chance did not follow these probabilities of {name}: {why} (p < 0.001). '
                "Name the column of each arm's own probability (policy.propensities), as it was when the arms were "
                "drawn, for everyone who was assigned."
            )
    return e[:, : len(names)]


def among(e: Floats, kept: Sequence[int]) -> Floats:
    """Return the probabilities of the arms that are kept, given that it is one of them; shape (n, kept)."""
    if len(kept) == e.shape[1]:
        return e
    found = e[:, list(kept)]
    return np.asarray(found / found.sum(axis=1, keepdims=True))


def _not_followed(e: Floats, mine: Flags, bar: float) -> str:
    """Return where the counts are far from the stated probabilities; an empty text: nowhere.

    Pearson's chi-square of customers in the arm, of all together and by bins of like probability: two looks.
    """
    from scipy.special import chdtrc

    variance, left = e * (1 - e), mine - e
    total = float(variance.sum())
    if total < _LEAST_VARIANCE:
        return ""
    _, whose = np.unique(e, return_inverse=True)
    mass = np.bincount(whose, weights=variance)
    bins = (((np.cumsum(mass) - mass / 2) / total) * _BINS).astype(np.int64)[whose]
    sums, parts = (np.bincount(bins, weights=v, minlength=_BINS) for v in (left, variance))
    # Bins of next to no variance count as one.
    small = parts < _LEAST_VARIANCE
    groups = [bins == b for b in np.flatnonzero(~small)]
    sums, parts = (np.append(v[~small], v[small].sum()) for v in (sums, parts))
    if parts[-1] < _LEAST_VARIANCE:
        sums, parts = sums[:-1], parts[:-1]
    together = float(chdtrc(1, left.sum() ** 2 / total))
    apart = float(chdtrc(len(parts), float((sums**2 / parts).sum()))) if len(parts) else 1.0
    if min(together, apart) >= bar / 2:
        return ""
    rows = np.ones(len(e), dtype=bool)
    if apart < together and groups:
        rows = max(groups, key=lambda g: float(left[g].sum() ** 2 / variance[g].sum()))
    low, high = e[rows].min(), e[rows].max()
    stated = f"{low:.3g}" if high - low < _CLOSE else f"{low:.3g} to {high:.3g}"
    return (
        f"of {rows.sum():,} customers with {stated} there should be {e[rows].sum():,.0f}, and {mine[rows].sum():,} are"
    )


def _numbers(data: pd.DataFrame, name: str) -> Floats:
    values = pd.to_numeric(column_of(data, name), errors="coerce").to_numpy(dtype=np.float64)
    bad = ~np.isfinite(values)
    if bad.any():
        raise DataError(f'column "{name}": {_rows(data, bad)}: no number, and every row needs its probability.')
    return values


def _rows(data: pd.DataFrame, rows: Flags) -> str:
    return f"{rows.sum():,} of {len(rows):,} rows ({place_of(data, rows)})"


def _listed(names: Iterable[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


@dataclass(frozen=True)
class Present:
    """What the present rule would do with each row: the arm's number, −1 for nothing; or why its value is not known."""

    arms: Ints | None
    unknown: str = ""

    def of(self, rows: Ints) -> "Present":
        """Return that of some rows."""
        return self if self.arms is None else Present(self.arms[rows])


def present_rule(
    data: pd.DataFrame,
    column: str,
    control: str,
    kept: Sequence[str],
    small: Sequence[str],
    rows: Flags,
    e: Floats | None,
) -> Present:
    """Return what the present rule would do.

    Parameters
    ----------
    data, column
        The campaign, and the column with the rule's arm; control for nothing.
    control, kept, small
        The names of the arms; of the small ones nothing can be told.
    rows
        Those that are learnt from.
    e
        Stated probabilities of control and of each kept arm, shape (n, 1 + kept); ``None``: everybody could be in each.

    Raises
    ------
    DataError
        A row holds no arm.
    """
    given = labels(column_of(data, column))
    names = [control, *kept, *small]
    strange = ~given.isin(names).to_numpy()
    if strange.any():
        found = str(given[strange].iloc[0])
        many = given[strange].nunique() > 20
        said = "" if many else f' "{found}" is no arm.{nearest(found.strip(), names)}'
        raise DataError(
            f'column "{column}" (policy.present): {_rows(data, strange)} hold no arm of the campaign.{said} Write the '
            f'arm as the campaign has it, and "{control}" where the rule contacts nobody.'
        )
    numbers = {name: i - 1 for i, name in enumerate(names)}
    coded = np.array([numbers[a] for a in given], dtype=np.int64)
    lost = rows & (coded >= len(kept))
    if lost.any():
        which = ", ".join(name for name in small if (given[lost] == name).any())
        return Present(None, f"it gives {lost.sum():,} customers {which}, of which nothing can be told")
    if e is not None:
        asked = rows & (coded >= 0)
        never = asked & (e[np.arange(len(e)), np.where(asked, coded + 1, 0)] == 0)
        if never.any():
            return Present(None, f"it gives {never.sum():,} customers an arm that they could not be in")
    return Present(coded)
