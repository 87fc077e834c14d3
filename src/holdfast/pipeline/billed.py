"""Bills: purchases that all come on one day of the month, of which a window of fixed length holds now one, now two."""

from datetime import date, timedelta

import numpy as np

from holdfast.data import PurchaseLog
from holdfast.features import Cutoff
from holdfast.language import told
from holdfast.learn.arrays import Ints
from holdfast.pipeline.shut import days_of_purchases

_MONTH_DAYS, _TWO_YEARS = 365.25 / 12, 730
# So many of the days on which anything was bought are the same day of the month, of at least so many days.
_NEARLY_ALL, _FEW = 0.9, 6
# A window that holds a quarter of a day more or less than others is no news.
_OFF = 0.25
# So many customers are looked at, with so many gaps between their purchases at least.
_LOOKED_AT, _GAPS = 5_000, 200
# Nearly all come a week, two, or whole months after the one before, and most of those come to the same.
_REGULAR, _SAME = 0.8, 0.6
_PERIODS = ((7, 7), (14, 14), (28, 33), (89, 94), (181, 185), (362, 369))
BILLS = f"""
WITH looked_at AS (
  SELECT customer_id FROM purchases GROUP BY customer_id ORDER BY customer_id LIMIT {_LOOKED_AT}
), days AS (
  SELECT purchases.customer_id, purchases.day, SUM(purchases.amount) AS amount
  FROM purchases JOIN looked_at ON purchases.customer_id = looked_at.customer_id
  WHERE purchases.amount > 0 AND purchases.day < {{day}}
  GROUP BY purchases.customer_id, purchases.day
), pairs AS (
  SELECT day - LAG(day) OVER (PARTITION BY customer_id ORDER BY day) AS gap,
    amount - LAG(amount) OVER (PARTITION BY customer_id ORDER BY day) AS more
  FROM days
)
SELECT COUNT(gap), SUM(CASE WHEN {{regularly}} THEN 1 ELSE 0 END),
  SUM(CASE WHEN more = 0 AND ({{regularly}}) THEN 1 ELSE 0 END)
FROM pairs
"""


def billing_day(days: Ints, before: date) -> int | None:
    """Return the day of the month on which (nearly) everything is bought, if there is one.

    Parameters
    ----------
    days
        The days on which anybody bought, from 1970-01-01, each once.
    before
        Looked at are the two years before it.

    Examples
    --------
    >>> bills = np.array(["2024-01-01", "2024-02-01", "2024-03-01", "2024-04-01", "2024-05-01", "2024-06-01"])
    >>> billing_day(bills.astype("datetime64[D]").astype(np.int64), date(2024, 6, 2))
    1
    >>> billing_day(np.arange(19_000, 19_700), date(2024, 6, 2)) is None
    True
    """
    seen = days.astype("datetime64[D]")
    seen = seen[(seen < np.datetime64(before)) & (seen >= np.datetime64(before - timedelta(days=_TWO_YEARS)))]
    if len(seen) < _FEW:
        return None
    of_month = (seen - seen.astype("datetime64[M]")).astype(np.int64) + 1
    common = int(np.bincount(of_month).argmax())
    return common if np.mean(of_month == common) >= _NEARLY_ALL else None


def uneven_windows(log: PurchaseLog, cutoff: Cutoff) -> list[str]:
    """Return the warning that the window holds more or fewer days of billing than others, if it does."""
    day = billing_day(days_of_purchases(log, cutoff.date), cutoff.date)
    if day is None:
        return []
    first = cutoff.date + timedelta(days=cutoff.gap_days)
    ahead = sum((first + timedelta(days=i)).day == day for i in range(cutoff.horizon_days))
    usual = cutoff.horizon_days / _MONTH_DAYS
    if abs(ahead - usual) < _OFF:
        return []
    return [
        told(
            "Purchases are on day {day} of a month, as bills are. The {days} days from as_of on hold {ahead} of these, "
            "other windows {usual:.1f} on average: purchases expected and value at risk are those of an average "
            "window. P(churn) and the value of a year are not affected.",
            day=day,
            days=cutoff.horizon_days,
            ahead=ahead,
            usual=usual,
        )
    ]


def looks_like_bills(log: PurchaseLog, cutoff: Cutoff) -> list[str]:
    """Return what to do where purchases look like bills of contracts: the same amount, a period after the last one."""
    if not log.has_money:
        return []
    regularly = " OR ".join(f"gap BETWEEN {low} AND {high}" for low, high in _PERIODS)
    (gaps, regular, same), *_ = log.everyone.execute(BILLS.format(day=cutoff.day, regularly=regularly)).fetchall()
    if gaps < _GAPS or regular < _REGULAR * gaps or same < _SAME * regular:
        return []
    return [
        told(
            "{regular:.0%} of purchases come a week, two, or whole months after the customer's last one, and "
            "{same:.0%} of these come to the same amount: these look like bills. If customers pay until they cancel, "
            "`holdfast init --bills` reads them as contracts, with recurring revenue, renewals and retention by plan.",
            regular=regular / gaps,
            same=same / regular,
        )
    ]
