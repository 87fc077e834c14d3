"""Columns that know how it ended, though alone they do not tell: flags of the export's day, and totals to the end.

A notice that is cleared once it has taken effect stands on contracts that run alone: seen from a past window, whoever
has one stayed until today, and a model would learn that customers who have cancelled do not leave. What was paid or
used in all, beside how long a contract had run by then, says how long it is still to run.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import bdtr

from holdfast.contractual.encoding import as_texts
from holdfast.contractual.spells import OPEN, Spells
from holdfast.data.typed import as_numbers
from holdfast.language import to_tell
from holdfast.learn.arrays import Ints

ONLY_RUNNING = to_tell(
    "Not used, hardly any contract has it but those that still run: {names}. If it says that notice was given, these "
    "customers will leave, and no probability here knows that: name the day under subscriptions.columns.leaves_at."
)
SAID_BY_ANOTHER = to_tell("Not used, for another column says who gave notice (leaves_at): {names}.")
TOTALS = to_tell(
    "Not used, the longer a contract came to last the larger it is, so it knows what was still to come: {names}."
)
LATER = to_tell("Not used, dates after the contract began, which earlier days did not know: {names}.")
# Parts of names that say that something is to happen to the contract, in the languages of the exports seen.
_TO_COME = (
    *("cancel", "schedul", "pending", "notice", "terminat", "renew", "churn"),
    *("kundig", "kündig", "gekuend", "opsag", "opsig", "oppsag", "oppsig", "uppsag", "uppsäg", "opzeg"),
    *("résil", "resil", "disdett", "baja", "rescis", "wypowied", "解約", "解约", "退会"),
)
# What is agreed when a contract begins: nobody bound for two years can have left yet.
_AGREED = ("polic", "period", "days", "term ", "terms", "month", "type", "frist", "dauer", "laufzeit", "interval")
_MOST_LEVELS = 4
_MOST_ENDED = 0.01
_MOST_RUNNING = 0.1
_CHANCE = 0.05
_LEAST_PER_BIN, _MOST_BINS = 50, 20
# A term of 12 or 24 months lasts as long as it says, and is known before.
_LEAST_NUMBERS = 20
_LEAST_ROWS = 30
_ALIKE_ENDED, _ALIKE_RUNNING = 0.8, 0.5


@dataclass(frozen=True)
class Hindsight:
    """What became of rows later, and what a column must be held against before that tells anything.

    Attributes
    ----------
    ended
        1 where the contract, or its part in force, has ended since, shape (n,).
    runs
        What runs when the table ends, however new, with its columns: seen from a past window alone, every part of a
        short term has ended since, renewed or not, and what says how long a term lasts would tell it.
    parts
        Parts whose end is known, also ahead, with ``start`` and ``end`` in days and their columns.
    """

    ended: Ints
    runs: pd.DataFrame
    parts: pd.DataFrame

    @classmethod
    def of(
        cls, spells: Spells, since: pd.DataFrame, contracts: pd.DataFrame, *, before: int
    ) -> tuple["Hindsight", ...]:
        """Return hindsight of contracts, and of their parts in force; ``since`` as ``Spells.ended_since`` tells it."""
        frame = spells.frame
        last = frame.iloc[contracts.loc[contracts["end"] >= before, "last"].to_numpy()]
        runs = {"contract": last, "spell": frame[frame["end"] >= before]}
        parts = frame[frame["end"] < OPEN]
        return tuple(cls(since[name].to_numpy(dtype=np.int64), rows, parts) for name, rows in runs.items())

    def with_all_that_runs(self, column: pd.Series) -> tuple[pd.Series, Ints]:
        """Return the cells of what has ended since and of all that runs, and which of them have ended."""
        gone = column[self.ended == 1]
        ended = np.repeat(np.array([1, 0]), [len(gone), len(self.runs)])
        return pd.concat([gone, self.runs[column.name]], ignore_index=True), ended


def only_running(frame: pd.DataFrame, columns: Sequence[str], day: int) -> dict[str, int]:
    """Return columns named for what is to come that hardly any contract has but those that still run.

    Parameters
    ----------
    frame
        Spells with ``start`` and ``end`` in days, and the columns.
    columns
        Columns to look at.
    day
        First day that is not known: what ended before it has ended.

    Returns
    -------
    dict
        {column: how many running spells have the value, or any where that is the sign}. Of spells that began at about
        the same time (twentieths) so many had ended that none or hardly any of these having done so is no chance: at
        most 5 %, shared among the values that were looked at.

    Examples
    --------
    >>> n = np.arange(300)
    >>> spells = pd.DataFrame({"start": n, "end": np.where(n % 3 == 0, 10_000, 400)})
    >>> spells["cancel_at_period_end"] = np.where(n % 30 == 0, "true", "false")
    >>> only_running(spells, ["cancel_at_period_end"], 500)
    {'cancel_at_period_end': 10}
    """
    named = [name for name in columns if _says_what_is_to_come(name)]
    if not named:
        return {}
    ended = (frame["end"] < day).to_numpy()
    most = _MOST_RUNNING * int((~ended).sum())
    bins = min(_MOST_BINS, max(1, len(frame) // _LEAST_PER_BIN))
    place = frame["start"].rank(method="average", pct=True).mul(bins).to_numpy().astype(np.int64)
    expected = pd.Series(ended).groupby(place).transform("mean").to_numpy(dtype=np.float64)
    found: dict[str, int] = {}
    for name in named:
        levels = list(_levels(frame[name]))
        for has in levels:
            those, over = int(has.sum()), int((has & ended).sum())
            # Notice is given by few; what many have is agreed.
            if not 0 < those <= most or over > those * _MOST_ENDED:
                continue
            # Of unequal chances fewer than this many is less likely than of their mean (Hoeffding 1956).
            if bdtr(over, those, expected[has].mean()) * len(levels) < _CHANCE:
                found.setdefault(name, those - over)
    return found


def _says_what_is_to_come(name: str) -> bool:
    """Say whether a name speaks of something that is to happen to the contract, and of nothing agreed before.

    Examples
    --------
    >>> [_says_what_is_to_come(n) for n in ("cancel_at_period_end", "renewal_term", "notice_period_days", "seats")]
    [True, False, False, False]
    """
    plain = f"{name.casefold()} "
    for passing in ("at_period_end", "at period end", "atperiodend"):
        plain = plain.replace(passing, "")
    plain = plain.replace("_", " ").replace("-", " ")
    return any(part in plain for part in _TO_COME) and not any(part in plain for part in _AGREED)


def _levels(column: pd.Series) -> Iterator[npt.NDArray[np.bool_]]:
    """Yield the rows that have each value of a column of few, before them those that have one at all."""
    filled = column.notna().to_numpy(dtype=bool)
    if not filled.all():
        yield filled
    texts = as_texts(column)
    if texts[filled].nunique() <= _MOST_LEVELS:
        for level in sorted(texts[filled].unique()):
            yield (texts == level).to_numpy(dtype=bool) & filled


def totals(frame: pd.DataFrame, columns: Sequence[str], day: int) -> list[str]:
    """Return numbers that grow with how long a contract came to last: totals up to its end.

    Parameters
    ----------
    frame
        Contracts, or spells, with ``start`` and ``end`` in days, the columns, and ``plan`` where it is known.
    columns
        Columns to look at.
    day
        First day that is not known.

    Returns
    -------
    list
        Of at least 30 that have ended, the rank correlation with their length, within plans, is at least .8, and of
        at least 30 that run at least .5 with how long they have run: what was agreed for the whole contract is as
        large for one that has just begun. The column has more than 20 different numbers.

    Examples
    --------
    >>> n = np.arange(200)
    >>> spells = pd.DataFrame({"start": n * 2, "end": np.where(n % 2, n * 2 + 30 + (n * 37) % 300, 10_000)})
    >>> spells["revenue"] = 9.0 * (spells["end"].clip(upper=1000) - spells["start"])
    >>> spells["agreed"] = np.where(n % 2, spells["revenue"], (n * 53) % 3000)
    >>> totals(spells, ["revenue", "agreed"], 1000)
    ['revenue']
    """
    ended = (frame["end"] < day).to_numpy()
    if min(ended.sum(), (~ended).sum()) < _LEAST_ROWS:
        return []
    until = frame["end"].clip(upper=day)
    plans = frame["plan"].astype("str") if "plan" in frame else pd.Series("", index=frame.index)
    lasted = pd.DataFrame({"lasted": until - frame["start"], "plan": plans})
    return [
        name
        for name in columns
        if _is_varied(frame.loc[ended, name])
        and _alike(frame.loc[ended, name], lasted[ended]) >= _ALIKE_ENDED
        and _alike(frame.loc[~ended, name], lasted[~ended]) >= _ALIKE_RUNNING
    ]


def _is_varied(column: pd.Series) -> bool:
    numbers, wrong = as_numbers(column)
    return not wrong.any() and np.unique(numbers[~np.isnan(numbers)]).size > _LEAST_NUMBERS


def _alike(column: pd.Series, lasted: pd.DataFrame) -> float:
    """Return the rank correlation of a column with how long contracts lasted, within plans."""
    rows = lasted.assign(number=as_numbers(column)[0]).dropna()
    ranks = rows.groupby("plan")[["number", "lasted"]].rank()
    centred = ranks - ranks.groupby(rows["plan"]).transform("mean")
    spread = float(np.sqrt((centred["number"] ** 2).sum() * (centred["lasted"] ** 2).sum()))
    return float((centred["number"] * centred["lasted"]).sum()) / spread if spread else 0.0
