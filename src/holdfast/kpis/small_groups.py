"""Groups of few customers are left out of the tables that leave: a figure of three customers is nearly one customer's.

Statistical disclosure control by cell suppression (Hundepool et al. 2012, *Statistical Disclosure Control*, ch. 4):
small cells go first, then, where the cells of a line sum to a total that is known, the next smallest, so that nobody
can subtract.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.language import made_from, to_tell, told
from holdfast.learn.arrays import Flags, Floats

_Line = tuple[str, ...]
TOTAL = "all"

SMALL = to_tell("not shown: a group of fewer than {least} customers")
BESIDE = to_tell("not shown: a group of fewer than {least} customers could be computed from it and a total")
_SMALL_NOTE = to_tell("{table}: {n:n group} of fewer than {least} customers not shown.")
_BESIDE_NOTE = to_tell(
    "{table}: {n:n larger group} not shown either: with a total they would give away the small ones."
)


@dataclass(frozen=True)
class _Count:
    """A column that says how many customers figures are of.

    ``figures`` rest on it beside the count itself; ``None``: everything but the keys. Rows with the same values in the
    columns of one of ``lines`` sum to a total that is known; ``()`` are all rows. The row of the total is in no line.
    """

    column: str
    figures: tuple[str, ...] | None = None
    lines: tuple[_Line, ...] = ()


@dataclass(frozen=True)
class _Shape:
    """``keys`` say which group a row is of and stay; each count holds some of those of the count before it.

    ``unit``: the columns that name what the first count is of, where several rows repeat it. ``own_reasons``: whether a
    row that had no figure anyway goes on saying why.
    """

    keys: tuple[str, ...]
    counts: tuple[_Count, ...]
    unit: tuple[str, ...] = ()
    own_reasons: bool = False


_ALL: tuple[_Line, ...] = ((),)
_KIND: tuple[_Line, ...] = (("kind",),)
_LIFT = ("lift", "lift_low", "lift_high")
_SHAPES: Mapping[str, _Shape] = {
    "cards": _Shape(
        ("kind", "name", "action"),
        (_Count("customers", lines=_KIND), _Count("cac_customers", ("cac_mean",), _KIND)),
    ),
    "movements": _Shape(
        ("kind", "from_segment", "to_segment"),
        (_Count("customers", lines=(("kind", "from_segment"), ("kind", "to_segment"))),),
    ),
    "totals": _Shape(("kind", "name"), (_Count("customers", lines=_KIND),)),
    "historical": _Shape(
        ("segment",),
        (
            _Count("customers", lines=_ALL),
            _Count("historical_customers", ("historical_mean", "historical_total", "rank_correlation"), _ALL),
        ),
    ),
    "cohorts": _Shape(
        ("cohort", "age_months"),
        (_Count("customers", lines=_ALL), _Count("active", ("retention", "spend_per_customer"))),
        unit=("cohort",),
        own_reasons=True,
    ),
    "acquisition": _Shape(
        ("channel",),
        (
            _Count("people", lines=_ALL),
            _Count("mature", ("cost_total",), _ALL),
            _Count(
                "buyers",
                (
                    *("conversion", "conversion_low", "conversion_high", "cac", "clv_total", "clv", "clv_to_cac"),
                    *("payback_days", "payback_month"),
                ),
                _ALL,
            ),
        ),
    ),
    "campaigns": _Shape(
        ("campaign",),
        (
            _Count("sent", lines=_ALL),
            _Count("window_over", ("bought", *_LIFT)),
            _Count("control_window_over", ("control_bought", *_LIFT)),
        ),
    ),
    "satisfaction": _Shape(("measure",), (_Count("asked"), _Count("n", ("value", "low", "high", "response_rate")))),
    "perceived": _Shape(("segment",), (_Count("n", lines=_ALL),)),
    "comments": _Shape(
        ("kind", "name", "topic"),
        (
            _Count("customers", lines=(("kind", "topic"),)),
            _Count("scored", ("tone", "low", "high", "unhappy", "happy"), (("kind", "topic"),)),
        ),
    ),
    "retention": _Shape(
        ("plan", "period", "model", "fitted_retention_rate", "fitted_survival"),
        (_Count("at_risk", lines=(("period",),)),),
    ),
    "associations": _Shape(("measure",), (_Count("n"), _Count("churners", ("auc", "low", "high", "finding")))),
    "kpis": _Shape(("kpi", "base"), (_Count("n"),)),
    "rfm": _Shape(("r", "f"), (_Count("customers", lines=_ALL),)),
    "grid": _Shape(("value_band", "risk_band"), (_Count("customers", lines=_ALL),)),
}


def without_small_groups(name: str, table: pd.DataFrame, least: int) -> tuple[pd.DataFrame, list[str]]:
    """Return a table of groups with the figures of small groups blank, and notes that say how many there are.

    A group of nobody stays 0. What is blank in one line comes to at least two groups and ``least`` customers, where
    the line has so many.

    Parameters
    ----------
    name
        Of the table: ``cards``, ``movements``, one that `holdfast value` writes, ``retention`` of contracts, or the
        report's ``rfm`` and ``grid``. Others stay.
    table
        As its contract says (``columns.value``); ``reason`` is filled in where there is such a column.
    least
        Customers a group needs to be shown; 0 and 1 leave the table as it is.

    Examples
    --------
    >>> perceived = pd.DataFrame(
    ...     {
    ...         "segment": ["Champions", "Loyal", "Lost", "all"],
    ...         "n": [40, 12, 3, 55],
    ...         "gap": [30.0, 40.0, 70.0, 34.4],
    ...         "reason": "",
    ...     }
    ... )
    >>> shown, notes = without_small_groups("perceived", perceived, 10)
    >>> shown[["segment", "n", "gap"]]
         segment     n   gap
    0  Champions    40  30.0
    1      Loyal  <NA>   NaN
    2       Lost  <NA>   NaN
    3        all    55  34.4
    >>> notes[0]
    'perceived: 1 group of fewer than 10 customers not shown.'
    >>> print(notes[1])
    perceived: 1 larger group not shown either: with a total they would give away the small ones.
    """
    shape = _SHAPES.get(name)
    if least < 2 or shape is None or table.empty:
        return table, []
    shown, hidden = table.copy(), np.zeros(len(table), dtype=bool)
    found = [0, 0]
    for count in shape.counts:
        few, beside = _of_count(table, count, shape, least, hidden)
        figures = [c for c in table.columns if c not in (*shape.keys, "reason")]
        if count.figures is not None:
            figures = [count.column, *count.figures]
        _blank(shown, few | beside, figures)
        for i, (rows, why) in enumerate(((few, SMALL), (beside, BESIDE))):
            found[i] += _number(table[rows], () if count.figures is not None else shape.unit)
            if "reason" in shown:
                said = rows & (table["reason"] == "").to_numpy(dtype=bool) if shape.own_reasons else rows
                shown.loc[said, "reason"] = told(why, least=least)
        hidden = hidden | few | beside
    counted = ((_SMALL_NOTE, found[0]), (_BESIDE_NOTE, found[1]))
    return shown, [told(note, table=name, n=n, least=least) for note, n in counted if n]


def is_hidden(reason: object) -> bool:
    """Say whether a reason of a table, as it was read, is that the group is not shown."""
    return isinstance(reason, str) and (made_from(SMALL, reason) or made_from(BESIDE, reason))


def _of_count(table: pd.DataFrame, count: _Count, shape: _Shape, least: int, hidden: Flags) -> tuple[Flags, Flags]:
    """Return which rows are newly hidden: those of few customers, and those beside them."""
    rows = table.reset_index(drop=True)
    # Of rows that repeat a unit's count, the first stands for all.
    unit = list(shape.unit) if count.figures is None else []
    one = rows.drop_duplicates(unit) if unit else rows
    sizes = np.nan_to_num(one[count.column].to_numpy(dtype=np.float64))
    before = hidden[one.index]
    few = (sizes > 0) & (sizes < least) & ~before
    lines = [_codes(one, line) for line in count.lines]
    beside = _protected(sizes, few | before, lines, least) & ~few & ~before
    if not unit:
        return few, beside
    place = pd.MultiIndex.from_frame(one[unit]).get_indexer(pd.MultiIndex.from_frame(rows[unit]))
    return few[place], beside[place]


def _codes(rows: pd.DataFrame, line: _Line) -> npt.NDArray[np.int64]:
    """Return a number for the line of each row; −1 for the row of the total."""
    codes = rows.groupby(list(line)).ngroup().to_numpy() if line else np.zeros(len(rows), dtype=np.int64)
    return np.where((rows.iloc[:, 0] == TOTAL).to_numpy(dtype=bool), -1, codes)


def _protected(sizes: Floats, hidden: Flags, lines: list[npt.NDArray[np.int64]], least: int) -> Flags:
    """Return ``hidden`` with the smallest others of each line added until nobody can subtract."""
    hidden, changed = hidden.copy(), True
    while changed:
        changed = False
        for codes in lines:
            for line in np.unique(codes[codes >= 0]):
                more = _next(sizes, hidden, (codes == line) & (sizes > 0), least)
                if more is not None:
                    hidden[more] = changed = True
    return hidden


def _next(sizes: Floats, hidden: Flags, line: Flags, least: int) -> int | None:
    """Return the smallest group still shown in a line that hides too little; None where it hides enough, or nothing."""
    gone, shown = line & hidden, np.flatnonzero(line & ~hidden)
    if not gone.any() or (gone.sum() > 1 and sizes[gone].sum() >= least) or not len(shown):
        return None
    return int(shown[np.argmin(sizes[shown])])


def _blank(table: pd.DataFrame, rows: Flags, columns: list[str]) -> None:
    if not rows.any():
        return
    for name in columns:
        if pd.api.types.is_integer_dtype(table[name]):
            table[name] = table[name].astype("Int64")
            table.loc[rows, name] = pd.NA
        elif pd.api.types.is_numeric_dtype(table[name]):
            table.loc[rows, name] = np.nan
        else:
            table.loc[rows, name] = ""


def _number(rows: pd.DataFrame, unit: tuple[str, ...]) -> int:
    return len(rows.drop_duplicates(list(unit))) if unit else len(rows)
