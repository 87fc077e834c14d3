"""Flags of the export's day: a notice that is cleared once it has taken effect stands on contracts that run alone.

Seen from a past window, whoever has one stayed until today: a model would learn that customers who have cancelled do
not leave.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import bdtr

from holdfast.contractual.encoding import as_texts
from holdfast.language import to_tell

ONLY_RUNNING = to_tell(
    "Not used, hardly any contract has it but those that still run: {names}. If it says that notice was given, these "
    "customers will leave, and no probability here knows that."
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
