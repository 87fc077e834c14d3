"""Was each row dealt to an arm, or a whole group of rows? What a column that nobody named says of it.

Stores, villages and classes are dealt as a whole, and a customer who stands in two rows is dealt once. Rows of such a
group are alike, so that counting each for itself claims effects that are not there.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import log
from typing import Any

import numpy as np
import pandas as pd

from holdfast.errors import DataError
from holdfast.experiments.clusters import mostly_whole
from holdfast.experiments.trial import labels, stated_value
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Floats, Ints, Strings
from holdfast.wording import argument

# What an arm is called, or got, has few values; stores of an arm are many. Or few in one arm, with many in the others.
_VALUES, _FEW, _MANY = 5, 2, 20
# Groups of one row are no groups: those with several hold at least so much of the file.
_ROWS = 0.1
# Rows dealt one by one would lie so with this probability, at most; every column of a file is a try.
_BY_CHANCE = 1e-6
# Rows of a group that are no more alike than that may be counted each for itself.
_ALIKE = 0.05
# A column is taken for coarser than another only if it has clearly fewer values.
_COARSER = 0.8
_WITHHELD = to_tell("not to be read until --cluster {column} is given: its rows were dealt to the arms together")


@dataclass(frozen=True)
class Unit:
    """A column whose rows were very probably dealt to the arms together.

    Attributes
    ----------
    column
        Its name.
    values
        How many values it has in each arm.
    rows
        Rows per value, on average.
    alike
        Whether rows with one value are more alike in an outcome than chance makes them, so that it matters.
    """

    column: str
    values: dict[str, int]
    rows: float
    alike: bool

    @property
    def withheld(self) -> str:
        """What stands in place of a verdict; empty where one can be given."""
        return told(_WITHHELD, column=argument(self.column)) if self.alike else ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"verdict_withheld": self.alike}


def unit_of(
    data: pd.DataFrame,
    names: Sequence[str],
    arms: Strings,
    outcomes: Mapping[str, Floats],
    chances: Floats | None = None,
) -> Unit | None:
    """Return the column by whose values rows were very probably dealt to the arms; ``None``: chance dealt the rows.

    Its values repeat, each lies in one arm (nearly) without exception, every arm has many of them, and had chance dealt
    the rows one by one, hardly any would lie so. Of several such columns the coarsest.

    Parameters
    ----------
    data, names
        The campaign, and the columns that may be it.
    arms
        Each row's arm, shape (n,).
    outcomes
        By name, shape (n,): whether its rows are alike.
    chances
        Probability of each arm of each row, shape (n, arms), where it is not the same for all.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> store = np.repeat(np.arange(20), 30)
    >>> arms = np.where(store % 2 == 0, "offer", "control").astype(object)
    >>> spent = random.normal(size=20)[store] + random.normal(size=600)
    >>> found = unit_of(pd.DataFrame({"store": store}), ["store"], arms, {"spent": spent})
    >>> found.column, found.values, found.alike
    ('store', {'control': 10, 'offer': 10}, True)
    """
    numbers = np.unique(arms.astype(str), return_inverse=True)[1]
    if chances is None:
        chances = np.broadcast_to(np.bincount(numbers) / len(numbers), (len(numbers), int(numbers.max()) + 1))
    with np.errstate(divide="ignore"):
        logs = np.log(chances)
    found: list[tuple[int, str, Ints]] = []
    for name in dict.fromkeys(names):
        codes = _codes(data[name])
        if codes is not None and _dealt_together(codes, numbers, arms, logs):
            found.append((len(np.unique(codes[codes >= 0])), name, codes))
    if not found:
        return None
    chosen = found[0]
    for one in found[1:]:
        if one[0] < _COARSER * chosen[0]:
            chosen = one
    many, name, codes = chosen
    known = codes >= 0
    values = {str(arm): len(np.unique(codes[known & (arms == arm)])) for arm in sorted(set(arms))}
    alike = any(_p_alike(codes[known], y[known], numbers[known]) < _ALIKE for y in outcomes.values())
    return Unit(name, values, float(known.sum() / many), alike)


def refuse_dealt_together(
    data: pd.DataFrame, named: Iterable[str | None], arms: Strings, outcomes: Mapping[str, Floats]
) -> None:
    """Refuse a file of which a column says that its rows were dealt to the arms together, and are alike.

    Parameters
    ----------
    data, arms, outcomes
        As of ``unit_of``.
    named
        Columns that are something else: the arm, what was written after the assignment; the outcomes' own need not be.

    Raises
    ------
    DataError
        Names the column, and says what to do.
    """
    columns = list(map(str, data.columns))
    known = {*named, *outcomes, *(stated_value(data, name)[0] for name in outcomes)}
    found = unit_of(data, [c for c in columns if columns.count(c) == 1 and c not in known], arms, outcomes)
    if found is not None and found.alike:
        raise DataError(
            f'column "{found.column}" has values of its own in each arm ({found.rows:.1f} rows each), which chance '
            "does not do row by row: its rows were dealt to the arms together, and are alike. Who responds is learnt "
            "from one row for each that chance dealt: keep one row of each customer, or measure the effect with "
            f"`holdfast experiment measure --cluster {argument(found.column)}`. If it was written after the "
            f"assignment, name it: --after {argument(found.column)}."
        )


def _codes(column: pd.Series) -> Ints | None:
    """Return the number of each row's value, −1 where it is empty; ``None`` for what is no name of anything."""
    if pd.api.types.is_bool_dtype(column):
        return None
    if pd.api.types.is_numeric_dtype(column):
        given = column.dropna().to_numpy(dtype=np.float64)
        if not (given == np.floor(given)).all():
            return None
    codes, kinds = pd.factorize(labels(column).where(column.notna()))
    return codes.astype(np.int64) if 2 * _VALUES <= len(kinds) < len(column) else None


def _dealt_together(codes: Ints, numbers: Ints, arms: Strings, logs: Floats) -> bool:
    known = codes >= 0
    codes, numbers, arms, logs = codes[known], numbers[known], arms[known], logs[known]
    sizes = np.bincount(codes)
    if sizes[sizes > 1].sum() < _ROWS * len(known):
        return False
    of_arm = [len(np.unique(codes[numbers == a])) for a in range(logs.shape[1])]
    if not (min(of_arm) >= _VALUES or (min(of_arm) >= _FEW and sum(of_arm) >= _MANY)):
        return False
    if not mostly_whole(codes, arms):
        return False
    # The probability that a group lies in one arm, whichever: the sum over the arms of the product over its rows.
    together = sum(np.exp(np.bincount(codes, weights=np.maximum(logs[:, a], -1e3))) for a in range(logs.shape[1]))
    several = sizes > 1
    table = np.zeros((len(sizes), logs.shape[1]))
    np.add.at(table, (codes, numbers), 1)
    pure = (table.max(axis=1) == sizes)[several]
    return _log_tail(int(pure.sum()), len(pure), float(np.asarray(together)[several].mean())) < log(_BY_CHANCE)


def _log_tail(hits: int, tries: int, p: float) -> float:
    """Return the log of a bound on the probability of so many hits or more, p being their mean (Hoeffding 1963)."""
    share = hits / tries
    if share <= p:
        return 0.0
    rest = 0.0 if share == 1 else (1 - share) * log((1 - share) / (1 - p))
    return -tries * (share * log(share / p) + rest)


def _p_alike(codes: Ints, y: Floats, numbers: Ints) -> float:
    """Return the p-value of the rows of a group being no more alike than those of its arm (one-way variance)."""
    from scipy.stats import f

    cells = np.unique(codes * (int(numbers.max()) + 1) + numbers, return_inverse=True)[1]
    n = np.bincount(cells)
    arm_means = np.bincount(numbers, weights=y) / np.maximum(np.bincount(numbers), 1)
    y = y - arm_means[numbers]
    means = np.bincount(cells, weights=y) / n
    inside = float(np.square(y - means[cells]).sum())
    between, df, rest = float(n @ np.square(means)), len(n) - len(np.unique(numbers)), len(y) - len(n)
    if df < 1 or rest < 1:
        return 1.0
    if inside <= 1e-12 * between:
        return 0.0 if between > 0 else 1.0
    return float(f.sf((between / df) / (inside / rest), df, rest))
