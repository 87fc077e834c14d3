"""Changes of recurring revenue (new, expansion, contraction, churn) → spells of a constant amount, as contracts have.

Each day on which a customer's revenue changed begins a spell with what they pay from then on; the next such day ends
it. From a day on which it comes to 0 they have no contract, until it rises again.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from holdfast.contractual.spells import Spells
from holdfast.data import Engine, typed
from holdfast.data.cells import Cells
from holdfast.data.engine import EPOCH, connect
from holdfast.data.source import Written
from holdfast.data.typed import refuse_rows
from holdfast.features import Cutoff
from holdfast.learn.arrays import Ints

BEGINS, CHURNS = ("new", "reactivation"), ("churn",)
"""Words of ``columns.movement`` that are known beside those that ``begin_values`` and ``churned_values`` list."""
UNTIL, MRR = "until the next movement", "recurring revenue since this movement"
"""Names of the columns that are made; a file has none of them."""
# Converted at the day's rate, a churn does not take off to the cent what came in: of it so little is left.
_ROUNDING = "0.01"
# Nor are sums of what was rounded to hundredths 0.
_NOTHING = "0.005"

SPELLS_SQL = f"""
WITH days AS (
  SELECT who, day, CAST(SUM(CAST(delta AS DECIMAL(28,6))) AS DECIMAL(28,6)) AS change, MIN(record) AS first_record,
    MAX(record) AS last_record, COUNT(*) AS movements, MAX(begins) AS begins,
    CASE WHEN MAX(begins) = 0 THEN MAX(churns) ELSE 0 END AS churns
  FROM movements
  GROUP BY who, day
), parts AS (
  SELECT who, day, change, first_record, last_record, movements, begins, churns,
    COALESCE(SUM(churns) OVER (PARTITION BY who ORDER BY day ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0)
    AS part
  FROM days
), sums AS (
  SELECT who, day, change, first_record, last_record, movements, begins, churns,
    CAST(SUM(change) OVER (PARTITION BY who, part ORDER BY day
      ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW) AS DECIMAL(28,6)) AS total
  FROM parts
), paid AS (
  SELECT who, day, first_record, last_record, movements, begins, churns, total,
    CASE WHEN ABS(total) < {_NOTHING} OR (churns = 1 AND ABS(total) <= {_ROUNDING} * ABS(change)) THEN 0
      WHEN total > 0 THEN 1 ELSE -1 END AS pays
  FROM sums
)
SELECT who, first_record, last_record, movements, begins, churns, total AS mrr, pays,
  CASE WHEN pays = 0 AND ABS(total) >= {_NOTHING} THEN 1 ELSE 0 END AS rounded,
  ROW_NUMBER() OVER (PARTITION BY who ORDER BY day) AS nth,
  LEAD(day) OVER (PARTITION BY who ORDER BY day) AS until,
  LEAD(last_record) OVER (PARTITION BY who ORDER BY day) AS next_record,
  LEAD(pays) OVER (PARTITION BY who ORDER BY day) AS next_pays
FROM paid
ORDER BY who, day
"""
"""Of ``movements`` (``record, who, day, delta, begins, churns``) one row for each customer and day.

One text for DuckDB, Spark SQL and PostgreSQL. What changed on one day is one change, in whichever order lines stand.
"""


@dataclass(frozen=True)
class Movements:
    """Which columns of a log of changes hold what, and what its words mean.

    Attributes
    ----------
    customer, changed, change
        Columns of the customer, the day, and by how much recurring revenue changed (below 0: less).
    movement
        Column of the kind of change, whose words are checked against the sums; ``None``: sums alone decide.
    currency, end_reason
        Columns of the currency, which must be one, and of why customers left, which stands on the line of the churn.
    begins, churns
        Words of ``movement`` after which a customer pays again, and no more; capitals aside.
    drop
        Whether customers whose beginning is not in the log are left out, and not refused.
    """

    customer: str
    changed: str
    change: str
    movement: str | None = None
    currency: str | None = None
    end_reason: str | None = None
    begins: Sequence[str] = BEGINS
    churns: Sequence[str] = CHURNS
    drop: bool = False


def spells_of(
    cells: Cells, given: Movements, written: Written, *, engine: Engine | None = None
) -> tuple[Cells, dict[str, Any]]:
    """Return one row per spell: that of the movement that began it, with ``UNTIL`` and ``MRR`` beside.

    Parameters
    ----------
    cells
        The log, its numbers plain and its days read.
    given
        What its columns and words mean.
    written
        How its values are written; names the keys in messages.
    engine
        What the embedded engine may take of the machine.

    Returns
    -------
    Cells, dict
        The spells, and what became of the movements, as plain values for JSON.

    Raises
    ------
    DataError
        A line cannot be read, revenue falls below 0, a churn leaves some of it, a customer's first movement is no
        beginning, or there are several currencies: file, line and column, never the value.
    """
    lines = _lines(cells, given, written)
    with connect(engine) as connection:
        connection.register("movements", lines)
        # Exact amounts stay exact.
        days = connection.sql(SPELLS_SQL).to_arrow_table().to_pandas()
    days, dropped = _begun(cells, days, given, written)
    _plausible(cells, days, given, written)
    runs = days[days["pays"] == 1]
    chosen = cells.rows(runs["last_record"].to_numpy(dtype=np.int64))
    until = runs["until"].to_numpy(dtype=np.float64)
    frame = chosen.frame.drop(columns=[c for c in (given.change, given.movement, given.currency) if c is not None])
    moments = pd.to_datetime(pd.Series(until), unit="D", origin=pd.Timestamp(EPOCH)).dt.strftime("%Y-%m-%d")
    frame[UNTIL] = moments.astype("str")
    frame[MRR] = [_plain(str(amount)) for amount in runs["mrr"]]
    if given.end_reason is not None:
        why = cells.frame[given.end_reason].reindex(runs["next_record"]).reset_index(drop=True)
        frame[given.end_reason] = why.where((runs["next_pays"] == 0).to_numpy()).astype("str")
    several = int((days["movements"] > 1).sum())
    rounded = int(days["rounded"].sum())
    said = {"spells": len(runs), "several_a_day": several, "rounded": rounded, "without_start": dropped}
    return replace(chosen, frame=frame, days={**chosen.days, UNTIL: until}), said


def _lines(cells: Cells, given: Movements, written: Written) -> pd.DataFrame:
    """Return the log as the query takes it; refuses what cannot be read."""
    frame = cells.frame
    refuse_rows(cells, frame[given.customer].isna().to_numpy(), given.customer, "customer_id is blank")
    refuse_rows(cells, frame[given.changed].isna().to_numpy(), given.changed, "there is no day")
    day = typed.days(cells, given.changed, written)
    change = typed.numbers(cells, given.change, "a change of recurring revenue", written, signed=True)
    refuse_rows(
        cells,
        np.isnan(change),
        given.change,
        "it is not said by how much recurring revenue changed",
        "Write 0 for none.",
    )
    if given.currency is not None:
        names = frame[given.currency].str.casefold()
        other = (names.notna() & (names != names.dropna().iloc[0] if names.notna().any() else False)).to_numpy(
            dtype=bool
        )
        refuse_rows(
            cells,
            other,
            given.currency,
            "another currency than on the lines before",
            "Sums of several currencies mean nothing: export the changes in one, which these tools convert to.",
        )
    return pd.DataFrame(
        {
            "record": np.arange(len(frame), dtype=np.int64),
            "who": frame[given.customer].astype(object),
            "day": day,
            "delta": [format(Decimal(text), "f") for text in frame[given.change].astype(object)],
            "begins": _says(cells, given.movement, given.begins),
            "churns": _says(cells, given.movement, given.churns),
        }
    )


def _says(cells: Cells, name: str | None, words: Sequence[str]) -> Ints:
    if name is None:
        return np.zeros(len(cells.frame), dtype=np.int64)
    listed = [word.casefold() for word in words]
    return cells.frame[name].str.casefold().isin(listed).to_numpy().astype(np.int64)


def _begun(cells: Cells, days: pd.DataFrame, given: Movements, written: Written) -> tuple[pd.DataFrame, int]:
    """Return the days of customers whose beginning is in the log, and how many customers have none there."""
    if given.movement is None:
        return days, 0
    late = days[(days["nth"] == 1) & (days["begins"] == 0)]
    if len(late) and not given.drop:
        _refuse(
            cells,
            late["first_record"],
            given.movement,
            "the first movement of this customer is no beginning",
            "The log starts in the middle: what they paid before is not known. Export the movements of all time; or "
            f"add a line for each with a word of {written.key('begin_values')} and what they paid; or "
            f"{written.key('missing_start')}: drop leaves these customers out.",
        )
    return days[~days["who"].isin(late["who"])], len(late)


def _plausible(cells: Cells, days: pd.DataFrame, given: Movements, written: Written) -> None:
    """Refuse a churn after which something is left, and revenue below 0."""
    below = days[(days["pays"] < 0) & (days["churns"] == 0)]
    _refuse(
        cells,
        below["last_record"],
        given.change,
        "the changes of this customer come to less than 0",
        "The log starts in the middle, or lacks lines: export the movements of all time.",
    )
    churned = days[(days["pays"] != 0) & (days["churns"] == 1)]
    if len(churned):
        up = [not str(cells.frame[given.change].iloc[i]).startswith("-") for i in churned["last_record"]]
        advice = (
            "Changes that lower it must be below 0: put a minus before them."
            if all(up)
            else f"Mend the changes of these customers; or take {written.key('columns.movement')} out, and a contract "
            "ends where their sum is 0, whatever the lines are called."
        )
        said = "after this churn the changes of this customer do not come to 0"
        _refuse(cells, churned["last_record"], given.movement or given.change, said, advice)


def _refuse(cells: Cells, records: pd.Series, name: str, said: str, advice: str) -> None:
    at_fault = np.zeros(len(cells.frame), dtype=bool)
    at_fault[records.to_numpy(dtype=np.int64)] = True
    refuse_rows(cells, at_fault, name, said, advice)


def _plain(text: str) -> str:
    """Return an amount as text that can be read in one way only: 9.999 could be thousands, 9.9990 could not."""
    whole, _, cents = text.partition(".")
    cents = cents.rstrip("0").ljust(2, "0")
    return f"{whole}.{cents + '0' if len(cents) == len('999') else cents}"


def revenue_on(spells: Spells, cutoff: Cutoff) -> dict[str, Any]:
    """Return the recurring revenue of the contracts that run on the as-of date, and of how many customers.

    Examples
    --------
    >>> frame = pd.DataFrame({"customer_id": ["a", "a", "b"], "start": [0, 9, 4], "end": [9, 20, 7]})
    >>> spells = Spells.of(frame.assign(price=[10.0, 25.0, 40.0], end_reason=None), renewal_days=0)
    >>> revenue_on(spells, Cutoff("1970-01-13", 30))
    {'as_of': '1970-01-13', 'mrr': 25.0, 'paying': 1}
    """
    frame, day = spells.frame, cutoff.day
    runs = frame[(frame["start"] < day) & (frame["end"] >= day)]
    paying = int(runs["customer_id"].nunique())
    return {"as_of": cutoff.date.isoformat(), "mrr": float(runs["price"].sum()), "paying": paying}
