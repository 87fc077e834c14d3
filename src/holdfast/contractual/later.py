"""Columns of dates after a contract began: no past window knew them, and those that move on tell who stayed.

A day of the last visit, or on which the present period began, is as of the export. To blank it where it lies after the
cutoff would tell too: whoever still has one before it has gone since.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from holdfast.data.cells import Cells
from holdfast.data.engine import EPOCH, connect
from holdfast.data.source import Written
from holdfast.data.typed import as_numbers, no_days
from holdfast.data.values.moments import FIRST_OF_CONTRACTS, timestamp
from holdfast.learn.arrays import Ints

AFTER = 0.01
"""A column of which more days than so many lie after the start was not known when the contract began."""
SAME = 1
"""A moment of the evening is of the next day elsewhere: so many days after the start are not after it."""
_LOOKED_AT, _READ, _AHEAD = 100, 0.95, 1100


def dates_after(cells: Cells, names: Sequence[str], start: Ints, written: Written) -> list[str]:
    """Return the columns of dates of which more than one in a hundred lies after the start of its row.

    Parameters
    ----------
    cells, names
        The table, and the columns to look at.
    start
        First day of each row, days since 1970-01-01, shape (n,).
    written
        How dates are written; ISO 8601 is read beside it.

    Examples
    --------
    >>> frame = pd.DataFrame({"born": ["1980-02-01", "1990-03-01"], "seen": ["2024-03-01", "2024-05-06 10:00"]})
    >>> lines = np.array([2, 3])
    >>> dates_after(Cells("a.csv", frame, lines, [], lines), ["born", "seen"], np.array([19_700, 19_700]), Written())
    ['seen']
    """
    texts = {name: cells.frame[name].dropna().drop_duplicates() for name in names}
    # Of most columns a look at some cells says that they are none.
    few = _days({name: text.iloc[:_LOOKED_AT] for name, text in texts.items()}, written)
    found = []
    for name, days in _days({name: texts[name] for name in few}, written).items():
        day = cells.frame[name].map(days).to_numpy(dtype=np.float64)
        known = day[~np.isnan(day)]
        # Amounts that read as days of Excel, and numbers as seconds, lie anywhere.
        is_words = as_numbers(pd.Series(days.index))[1].any()
        likely = is_words or (known.min() >= start.min() and known.max() <= start.max() + _AHEAD)
        if likely and (day > start + SAME).sum() > AFTER * len(known):
            found.append(name)
    return found


def _days(texts: Mapping[str, pd.Series], written: Written) -> dict[str, pd.Series]:
    """Return the day of each text, of columns of dates; others, in which many texts are none, are left out."""
    given = {name: text[~no_days(text, written)].astype(object) for name, text in texts.items()}
    rows = [pd.DataFrame({"name": name, "x": text}) for name, text in given.items() if len(text)]
    if not rows:
        return {}
    anywhere = replace(written, time_zone=written.time_zone or "UTC")
    ways = (anywhere, replace(anywhere, date_format=None))
    read = ", ".join(timestamp("x", "VARCHAR", way, since=FIRST_OF_CONTRACTS).value for way in ways)
    with connect() as connection:
        connection.register("texts", pd.concat(rows))
        day = f"CAST(CAST(COALESCE({read}) AS DATE) - DATE '{EPOCH}' AS DOUBLE)"
        found = connection.execute(f"SELECT name, x, {day} AS day FROM texts").df()
    each = {str(name): part.set_index("x")["day"] for name, part in found.groupby("name", sort=False)}
    return {name: days for name, days in each.items() if days.notna().mean() >= _READ}
