"""Which columns of a table may teach: constants, identifiers and copies of the outcome are named and kept out."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import bdtrc

from holdfast.contractual.encoding import as_texts, kinds
from holdfast.contractual.hindsight import Hindsight
from holdfast.contractual.siblings import siblings_of
from holdfast.data.typed import as_numbers
from holdfast.data.values.persons import LOOKED_AT, names_people
from holdfast.evaluate.leaks import ALONE_AUC
from holdfast.learn.arrays import Floats, Ints
from holdfast.learn.intervals import auc_with_covariance

_ID_SHARE = 0.5
_ID_LEVELS = 50
_BINS = 20
_FEWEST = 20  # of either outcome: of fewer, one column may tell all by chance
_FOLDS = 5
_FEW_OTHERS = 0.01
_CHANCE = 1e-6
_LASTING = 0.5
"""A column says how long a part lasts that accounts for half of how lengths (their ranks) differ."""


@dataclass(frozen=True)
class ColumnPlan:
    """What each column of a table is used for.

    Attributes
    ----------
    used
        {column: ``"number"`` or ``"category"``}.
    constant, identifiers, people
        Left out: the same in every row; another value in (nearly) every row; names, e-mails, phones and streets of
        people (``names_people``).
    mixed
        Numbers but for a few cells: the user must say what those mean.
    leaks
        {column: AUC}: alone it tells who churned, so it was probably written afterwards.
    afterwards
        Filled for hardly anybody but customers who have left: of these it may be blank for many.
    running
        {column: contracts}, left out: a notice that stands on contracts that still run alone (``only_running``).
    totals
        Left out: what grows with how long a contract came to last (``totals``).
    siblings
        Of the label: parts of its answer, of which each row has one (``siblings_of``).
    later
        Left out: dates after the contract began, which past windows did not know (``dates_after``).
    """

    used: dict[str, str]
    constant: list[str] = field(default_factory=list)
    identifiers: list[str] = field(default_factory=list)
    people: list[str] = field(default_factory=list)
    mixed: list[str] = field(default_factory=list)
    leaks: dict[str, float] = field(default_factory=dict)
    afterwards: list[str] = field(default_factory=list)
    running: dict[str, int] = field(default_factory=dict)
    totals: list[str] = field(default_factory=list)
    siblings: list[str] = field(default_factory=list)
    later: list[str] = field(default_factory=list)


def plan_columns(
    frame: pd.DataFrame,
    churned: npt.NDArray[np.int64],
    *,
    categories: Collection[str] = (),
    trusted: Collection[str] = (),
    hindsight: Sequence[Hindsight] = (),
    customers: npt.NDArray[np.object_] | None = None,
    label: str | None = None,
) -> ColumnPlan:
    """Sort the columns of a table by what they can be used for.

    Parameters
    ----------
    frame
        Candidate columns, shape (n, k).
    churned
        1 = churned, shape (n,).
    categories
        Columns whose numbers are codes.
    trusted
        Columns that are no copies of the outcome, and name nobody, although they look so.
    hindsight
        What became of the rows later: a column that tells it was written afterwards too, unless it says how long a
        part lasts, or what that costs, which is known when it begins.
    customers
        Who each row is of, where customers have several; all different if not given.
    label
        Name of the column that says who churned, where one does.
    """
    who = np.arange(len(frame)) if customers is None else np.unique(customers, return_inverse=True)[1]
    plan, of = ColumnPlan({}), len(np.unique(who))
    later = [seen for seen in hindsight if _FEWEST <= seen.ended.sum() <= len(seen.ended) - _FEWEST]
    for name, kind in kinds(frame, categories=categories).items():
        column = frame[name]
        if column.nunique(dropna=False) < 2:
            plan.constant.append(name)
        elif _like_an_id(column, kind, of):
            plan.identifiers.append(name)
        elif name not in trusted and names_people(name, column.dropna().drop_duplicates().head(LOOKED_AT)):
            plan.people.append(name)
        else:
            told = [separation(column, kind, churned), *(_tells_later(column, kind, seen) for seen in later)]
            alone = max(told)
            if alone >= ALONE_AUC and name not in trusted:
                plan.leaks[name] = alone
            elif name not in trusted and (
                _filled_for_leavers(column, who, churned) or any(_filled_later(column, who, seen) for seen in later)
            ):
                plan.afterwards.append(name)
            elif kind == "mixed":
                plan.mixed.append(name)
            elif kind == "number" or as_texts(column).value_counts().max() > 1:
                plan.used[name] = kind
    if label is not None:
        plan.siblings.extend(siblings_of(label, frame[[name for name in plan.used if name not in trusted]], churned))
    return plan


def _like_an_id(column: pd.Series, kind: str, customers: int) -> bool:
    distinct = column.nunique()
    if kind == "number":
        values = as_numbers(column)[0]
        whole = bool(np.all(values == np.round(values)))  # a blank is no whole number
        return whole and distinct == len(column) > _ID_LEVELS
    return kind == "category" and distinct > max(_ID_LEVELS, _ID_SHARE * customers)


def _tells_later(column: pd.Series, kind: str, seen: Hindsight) -> float:
    """Return the AUC at which a column tells what has ended since; 0.5 where it does by the length of terms alone."""
    alone = separation(column, kind, seen.ended)
    if alone < ALONE_AUC or column.name not in seen.runs or not _says_how_long(kind, seen.parts, column.name):
        return alone
    # A word that was written when a part ended stands on none that runs; that a term is short stands on those too.
    cells, ended = seen.with_all_that_runs(column)
    return alone if separation(cells, kind, ended) >= ALONE_AUC else 0.5


def _says_how_long(kind: str, parts: pd.DataFrame, name: object) -> bool:
    """Say whether a column accounts for how long parts of contracts last, of which ``parts`` are all with an end."""
    if len(parts) < _FEWEST:
        return False
    ranks = (parts["end"] - parts["start"]).rank()
    between = ranks.groupby(_groups(parts[name], kind)).transform("mean")
    return bool(ranks.var(ddof=0) > 0 and between.var(ddof=0) >= _LASTING * ranks.var(ddof=0))


def _filled_later(column: pd.Series, who: Ints, seen: Hindsight) -> bool:
    """Say whether hardly anything has a cell but what has ended since, however new what runs is."""
    if not _filled_for_leavers(column, who, seen.ended):
        return False
    if column.name not in seen.runs:
        return True
    cells, ended = seen.with_all_that_runs(column)
    return _filled_for_leavers(cells, np.arange(len(cells)), ended)


def _filled_for_leavers(column: pd.Series, who: Ints, left: npt.NDArray[np.int64]) -> bool:
    """Say whether who has a cell in a column with blanks has left, but for one in a hundred, and not by chance."""
    filled = column.notna().to_numpy(dtype=bool)
    if filled.all():
        return False
    seen = pd.DataFrame({"left": left == 1, "filled": filled, "both": filled & (left == 1)}).groupby(who).max()
    those, leavers = int(seen["filled"].sum()), int(seen["both"].sum())
    # The chance that of so many customers so many are leavers, of whom there is this share.
    by_chance = float(bdtrc(leavers - 1, those, seen["left"].mean()))
    return those >= _FEWEST and leavers >= those * (1 - _FEW_OTHERS) and bool(by_chance < _CHANCE)


def separation(column: pd.Series, kind: str, churned: npt.NDArray[np.int64]) -> float:
    """Return the AUC at which one column alone tells churned from stayed, by rates of its levels in other rows.

    Numbers are cut into up to 20 bins, blanks are a level of their own; 0.5 says nothing, 1 everything.
    """
    if not 0 < churned.sum() < len(churned):
        return 0.5
    return float(auc_with_covariance(churned, _rates_elsewhere(_groups(column, kind), churned))[0][0])


def _groups(column: pd.Series, kind: str) -> Ints:
    """Return the number of the level, or of the bin, of each cell, shape (n,)."""
    return _bins(as_numbers(column)[0]) if kind != "category" else pd.factorize(as_texts(column), sort=True)[0] + 1


def _bins(values: Floats) -> npt.NDArray[np.int64]:
    edges = np.unique(np.nanquantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
    # Values before the edge, on it, and after it are told apart, so that a column of two numbers has two bins.
    bins = np.searchsorted(edges, values, side="left") + np.searchsorted(edges, values, side="right")
    return np.where(np.isnan(values), -1, bins) + 1


def _rates_elsewhere(groups: npt.NDArray[np.int64], churned: npt.NDArray[np.int64]) -> Floats:
    # Folds balanced within each class and group: no number is drawn at random, and the order of rows does not matter.
    fold = np.empty(len(churned), dtype=np.int64)
    for outcome in (0, 1):
        rows = np.flatnonzero(churned == outcome)
        fold[rows[np.argsort(groups[rows], kind="stable")]] = np.arange(len(rows)) % _FOLDS
    rates = np.empty(len(churned))
    for k in range(_FOLDS):
        here = fold == k
        size = np.bincount(groups[~here], minlength=groups.max() + 1)
        ended = np.bincount(groups[~here], churned[~here], groups.max() + 1)
        base = churned[~here].mean()
        rates[here] = ((ended + base) / (size + 1.0))[groups[here]]
    return rates
