"""What churn could mean in this log: how silences end, how the label moves with the horizon, and which horizon fits."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from holdfast.data.engine import Reads
from holdfast.errors import NotEnoughDataError
from holdfast.features import Cutoff
from holdfast.features.build import purchase_days_sql
from holdfast.features.histories import days_before
from holdfast.learn.arrays import Floats
from holdfast.wording import counted

# A snapshot to learn from has at least so much history.
MIN_HISTORY_DAYS = 28
HORIZONS = (14, 28, 30, 60, 90, 120, 180, 365)
SILENCES = (0, 7, 14, 30, 60, 90, 120, 180, 270, 365, 540, 730)
_MOST_GAPS_SHORTER = 0.90
_ACTIVE_HORIZONS = 2
_RATES_THAT_TEACH = (0.02, 0.98)
# Where of many so few ever came back, no horizon shows any who do.
_MANY, _HARDLY = 50, 0.01

# Every silence before the cutoff: between two purchase days, or since the last one (open).
_SILENCES = """
WITH days AS ({days}),
timed AS (
    SELECT customer_id, LEAD(day) OVER (PARTITION BY customer_id ORDER BY day) AS next_day, day FROM days
)
SELECT COALESCE(next_day, {cutoff}) - day AS length, COUNT(next_day) AS ended, COUNT(*) AS silences
FROM timed GROUP BY 1 ORDER BY 1
"""
# By customer, of every horizon: the last purchase day before the window, and how many days in it; then, of everybody.
_HORIZONS = "SELECT {counts} FROM (SELECT {each} FROM ({days}) AS days GROUP BY customer_id) AS customers"
_SECOND = """
WITH days AS ({days}),
timed AS (
    SELECT -day + LEAD(day) OVER in_time AS gap, ROW_NUMBER() OVER in_time AS nth
    FROM days WINDOW in_time AS (PARTITION BY customer_id ORDER BY day)
)
SELECT gap, COUNT(*) AS customers FROM timed WHERE nth = 1 AND gap IS NOT NULL GROUP BY gap ORDER BY gap
"""


@dataclass(frozen=True)
class Definition:
    """A report on the definition of churn as of a date; everything in it was known by then.

    Attributes
    ----------
    silence
        By length of silence, days: ``silences`` that lasted at least so long, and ``p_return``: the share of those
        that end within the next ``horizon_days`` (Kaplan & Meier 1958; silences still open are censored; ``None``
        where none could be watched so long).
    horizons
        By horizon, days, over the last window of that length: ``customers``, ``churn_rate`` of everyone,
        ``eligible`` customers (last purchase no older than two horizons; of the configured horizon than
        ``active_days``) and their ``eligible_churn_rate``.
    recommended_days
        The shortest of the horizons by which 90 % of the silences that end have ended, among those that leave room
        for learning and for a test, and whose window shows both outcomes; ``None`` where there is none.
    usual_days
        By so many days 90 % of the silences that end have ended; ``None`` where none has.
    why
        A sentence that says so.
    active_days
        As configured, where that is not two horizons; else None.

    Examples
    --------
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> log = read_purchases(Source(simulate_shop(300, seed=3).purchases))
    >>> found = define_churn(log.connection, Cutoff("2024-06-01", horizon_days=60), 500)
    >>> found.silence[2]["days"], round(found.silence[2]["p_return"], 2)
    (14, 0.59)
    >>> found.horizons[2]["horizon_days"], round(found.horizons[2]["churn_rate"], 2)
    (30, 0.81)
    """

    as_of: str
    horizon_days: int
    silence: list[dict[str, Any]]
    horizons: list[dict[str, Any]]
    recommended_days: int | None
    usual_days: int | None
    why: str
    active_days: int | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def define_churn(
    connection: Reads,
    cutoff: Cutoff,
    history_days: int,
    *,
    purchase_days: str | None = None,
    active_days: int | None = None,
) -> Definition:
    """Report on what churn could mean.

    Parameters
    ----------
    connection
        Holds the table ``purchases``.
    cutoff
        As-of date and the horizon now configured.
    history_days
        From the first purchase to the as-of date.
    purchase_days
        As of ``build_histories``.
    active_days
        Of the configured horizon: how old the last purchase of the eligible is at most; two horizons if not given.

    Raises
    ------
    NotEnoughDataError
        Nobody bought before the as-of date.

    Examples
    --------
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> log = read_purchases(Source(simulate_shop(300, seed=3).purchases))
    >>> cutoff = Cutoff("2024-06-01", horizon_days=60)
    >>> found = define_churn(log.connection, cutoff, (cutoff.date - log.first_day).days)
    >>> found.recommended_days
    90
    >>> print(found.why)
    90 % of the silences that ended were over within 89 days, so a customer silent for 90 days is unusual here.
    """
    bought = days_before(cutoff, purchase_days)
    found = connection.execute(_SILENCES.format(days=bought, cutoff=cutoff.day)).df()
    if found.empty:
        raise NotEnoughDataError(f"Nobody bought before {cutoff.date}.")
    still = _still_silent(found)
    longest = len(still) - 1
    silence = []
    for days in (d for d in SILENCES if d < longest):
        at_risk = int(found.loc[found["length"] > days, "silences"].sum())
        until = min(days + cutoff.horizon_days, longest)
        p = 1 - still[until] / still[days] if still[days] > 0 else float("nan")
        # Of silences that nobody could watch for a whole horizon, nothing is said.
        watched = days + cutoff.horizon_days <= longest
        silence.append({"days": days, "silences": at_risk, "p_return": float(p) if watched else None})
    horizons = [h for h in sorted({*HORIZONS, cutoff.horizon_days}) if h < history_days]
    active = active_days or _ACTIVE_HORIZONS * cutoff.horizon_days
    rows = _rows(connection, cutoff, horizons, bought, active)
    usual = _usual(found)
    recommended, why = _recommend(usual, rows, history_days, cutoff.gap_days)
    own = None if active == _ACTIVE_HORIZONS * cutoff.horizon_days else active
    return Definition(cutoff.date.isoformat(), cutoff.horizon_days, silence, rows, recommended, usual, why, own)


def days_to_second_purchase(connection: Reads, cutoff: Cutoff) -> tuple[float, float] | None:
    """Return the days from the first purchase by which a quarter, and three quarters, of the second ones had come.

    Among customers who bought twice before the cutoff; ``None`` where nobody did.

    Examples
    --------
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> log = read_purchases(Source(simulate_shop(300, seed=3).purchases))
    >>> days_to_second_purchase(log.connection, Cutoff("2024-03-01", horizon_days=60))
    (13.0, 70.0)
    """
    found = connection.execute(_SECOND.format(days=purchase_days_sql(cutoff))).df()
    if found.empty:
        return None
    low, high = np.quantile(np.repeat(found["gap"], found["customers"].astype(np.int64)), (0.25, 0.75))
    return float(low), float(high)


def _still_silent(found: pd.DataFrame) -> Floats:
    """Kaplan–Meier: P(a silence lasts longer than d days), for d = 0 … the longest."""
    longest = int(found["length"].max())
    ended, silences = np.zeros(longest + 1), np.zeros(longest + 1)
    ended[found["length"]] = found["ended"]
    silences[found["length"]] = found["silences"]
    at_risk = np.cumsum(silences[::-1])[::-1]
    return np.asarray(np.cumprod(1 - ended / np.maximum(at_risk, 1)), dtype=np.float64)


def _rows(connection: Reads, cutoff: Cutoff, horizons: list[int], days: str, active: int) -> list[dict[str, Any]]:
    """Return the row of every horizon; the purchase days are gone through once for all of them."""
    if not horizons:
        return []
    (found,) = connection.execute(horizons_sql(cutoff, horizons, days, active)).fetchall()
    return [_row(h, *found[4 * i : 4 * i + 4]) for i, h in enumerate(horizons)]


def horizons_sql(cutoff: Cutoff, horizons: list[int], days: str, active: int) -> str:
    """Return the SQL of one row: of every horizon customers, churned, eligible, and eligible churned.

    Eligible is whose last purchase is at most two horizons old; at the cutoff's own horizon, ``active`` days.
    """
    each, counts = [], []
    for h in horizons:
        past = Cutoff(cutoff.date, h, cutoff.gap_days).earlier(h + cutoff.gap_days)
        old = active if h == cutoff.horizon_days else _ACTIVE_HORIZONS * h
        first, end, oldest = past.day + past.gap_days, cutoff.day, past.day - old
        each += [f"MAX(CASE WHEN day < {past.day} THEN day END) AS last_{h}"]
        each += [f"COUNT(CASE WHEN day >= {first} AND day < {end} THEN 1 END) AS bought_{h}"]
        counts += [f"COUNT(last_{h})", f"COUNT(CASE WHEN bought_{h} = 0 THEN last_{h} END)"]
        counts += [f"COUNT(CASE WHEN last_{h} >= {oldest} THEN 1 END)"]
        counts += [f"COUNT(CASE WHEN last_{h} >= {oldest} AND bought_{h} = 0 THEN 1 END)"]
    return _HORIZONS.format(counts=", ".join(counts), each=", ".join(each), days=days)


def _row(horizon: int, customers: int, churned: int, eligible: int, eligible_churned: int) -> dict[str, Any]:
    if not customers:
        return {"horizon_days": horizon, "customers": 0}
    return {
        "horizon_days": horizon,
        "customers": customers,
        "churn_rate": churned / customers,
        "eligible": eligible,
        "eligible_churn_rate": eligible_churned / eligible if eligible else None,
    }


def _usual(found: pd.DataFrame) -> int | None:
    """Return by how many days most of the silences that ended had ended."""
    ended = found[found["ended"] > 0]
    share = ended["ended"].cumsum() / ended["ended"].sum()
    return None if ended.empty else int(ended.loc[share >= _MOST_GAPS_SHORTER, "length"].iloc[0])


def _recommend(
    typical: int | None, rows: Iterable[dict[str, Any]], history_days: int, gap_days: int
) -> tuple[int | None, str]:
    if typical is None:
        return None, "Nobody has bought twice, so no silence has ended and no horizon can be recommended."
    most = (history_days - MIN_HISTORY_DAYS) // 2 - gap_days
    low, high = _RATES_THAT_TEACH
    rates = {r["horizon_days"]: r["churn_rate"] for r in rows if "churn_rate" in r and r["horizon_days"] <= most}
    teach = [days for days, rate in rates.items() if low <= rate <= high]
    room = f"{most:,} days, which is what this log has room for"
    if not rates:
        return None, f"None of the horizons tried is as short as {room}: a longer log is needed."
    if not teach:
        rare = {"buy again" if rate > high else "stay away" for rate in rates.values()}
        few = " or ".join(sorted(rare))
        said = f"fewer than {low * 100:.0f} % of the customers {few} within any horizon of up to {room}"
        return None, f"No horizon is recommended: {said}."
    fitting = [h for h in teach if h >= typical]
    said = f"90 % of the silences that ended were over within {typical:,} days"
    if fitting:
        return min(fitting), f"{said}, so a customer silent for {min(fitting)} days is unusual here."
    return (
        max(teach),
        f"{said}; {max(teach)} days is the longest horizon tried that this log can teach.",
    )


def to_learn_it(connection: Reads) -> str:
    """Say what to do where every window has one outcome: another horizon, or ids if these are another each time."""
    days = "SELECT COUNT(DISTINCT day) AS days FROM purchases GROUP BY customer_id"
    back, customers = connection.execute(f"SELECT COUNT(*) FILTER (days > 1), COUNT(*) FROM ({days})").fetchall()[0]
    if customers < _MANY or back > _HARDLY * customers:
        return "Use a churn.horizon_days in which some buy and some do not, or a longer log."
    return (
        f"Of all {counted(customers, 'customer')} {back:,} bought on two days: purchases.columns.customer_id may be "
        "another with every order, as the e-mail addresses are that marketplaces hand out. Name a column that stays "
        "with a customer from order to order, or take a longer log."
    )
