"""Columns that know how it ended, though alone they do not tell: flags of the export's day, and totals to the end.

A notice that is cleared once it has taken effect stands on contracts that run alone: seen from a past window, whoever
has one stayed until today, and a model would learn that customers who have cancelled do not leave. What was paid or
used in all, beside how long a contract had run by then, says how long it is still to run.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import bdtr

from holdfast.contractual.encoding import as_texts
from holdfast.data.typed import as_numbers
from holdfast.language import to_tell

ONLY_RUNNING = to_tell(
    "Not used, hardly any contract has it but those that still run: {names}. If it says that notice was given, these "
    "customers will leave, and no probability here knows that."
)
TOTALS = to_tell(
    "Not used, the longer a contract came to last the larger it is, so it knows what was still to come: {names}."
)
# Parts of names that say that something is to happen to the contract, in the languages of the exports seen.
_TO_COME = (
    *("cancel", "schedul", "pending", "notice", "terminat", "renew", "churn"),
    *("kundig", "kündig", "gekuend", "opsag", "opsig", "oppsag", "oppsig", "uppsag", "uppsäg", "opzeg"),
    *("résil", "resil", "disdett", "baja", "rescis", "wypowied", "解約", "解约", "退会"),
)
_MOST_LEVELS = 4
_MOST_ENDED = 0.01
_CHANCE = 0.05
_LEAST_PER_BIN, _MOST_BINS = 50, 20
# A term of 12 or 24 months lasts as long as it says, and is known before.
_LEAST_NUMBERS = 20
_LEAST_ENDED = 30
_MOST_ALIKE = 0.8


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
    named = [name for name in columns if any(part in name.casefold() for part in _TO_COME)]
    if not named:
        return {}
    ended = (frame["end"] < day).to_numpy()
    bins = min(_MOST_BINS, max(1, len(frame) // _LEAST_PER_BIN))
    place = frame["start"].rank(method="average", pct=True).mul(bins).to_numpy().astype(np.int64)
    expected = pd.Series(ended).groupby(place).transform("mean").to_numpy(dtype=np.float64)
    found: dict[str, int] = {}
    for name in named:
        levels = list(_levels(frame[name]))
        for has in levels:
            those, over = int(has.sum()), int((has & ended).sum())
            if not those or over > those * _MOST_ENDED:
                continue
            # Of unequal chances fewer than this many is less likely than of their mean (Hoeffding 1956).
            if bdtr(over, those, expected[has].mean()) * len(levels) < _CHANCE:
                found.setdefault(name, those - over)
    return found


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
        Of at least 30 that have ended, the rank correlation with their length, within plans, is at least .8, and the
        column has more than 20 different numbers.

    Examples
    --------
    >>> n = np.arange(100)
    >>> ended = pd.DataFrame({"start": n, "end": n + 30 + (n * 37) % 300})
    >>> ended["revenue"], ended["seats"] = 9.0 * (ended["end"] - n), (n * 53) % 100
    >>> totals(ended, ["revenue", "seats"], 1000)
    ['revenue']
    """
    ended = frame[frame["end"] < day]
    if len(ended) < _LEAST_ENDED:
        return []
    lasted = ended["end"] - ended["start"]
    plans = ended["plan"].astype("str") if "plan" in ended else pd.Series("", index=ended.index)
    found = []
    for name in columns:
        numbers, wrong = as_numbers(ended[name])
        if wrong.any() or np.unique(numbers[~np.isnan(numbers)]).size <= _LEAST_NUMBERS:
            continue
        pairs = pd.DataFrame({"number": numbers, "lasted": lasted.to_numpy(), "plan": plans.to_numpy()}).dropna()
        ranks = pairs.groupby("plan")[["number", "lasted"]].rank()
        centred = ranks - ranks.groupby(pairs["plan"]).transform("mean")
        spread = float(np.sqrt((centred["number"] ** 2).sum() * (centred["lasted"] ** 2).sum()))
        if spread and float((centred["number"] * centred["lasted"]).sum()) / spread >= _MOST_ALIKE:
            found.append(name)
    return found
