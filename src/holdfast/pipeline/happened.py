"""What happened since, as the tables know it now; and whether their newest rows are like those before."""

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from holdfast.contractual import recipe
from holdfast.contractual.table import Contracts
from holdfast.data.engine import EPOCH, quote
from holdfast.evaluate import Drift
from holdfast.evaluate.arrivals import BLOCK_DAYS, columns_drift, freshness_drift, units_drift, volume_drift
from holdfast.features import Cutoff, build_outcomes
from holdfast.features.build import spend_days_sql
from holdfast.pipeline.inputs import profile_drift, windows_since
from holdfast.pipeline.preparation import PreparedPurchases

if TYPE_CHECKING:
    from holdfast.pipeline.contracts import PreparedContracts

# Columns with more different texts are ids, not categories.
_MOST_CATEGORIES = 50
_IDS = ("customer_id", "order_key", "order_id", "product_id", "ticket_id")
_YEAR = 365
# Contacts are the team's own: each campaign has a new name. Surveys come in waves, so their number says nothing.
_DAYS = {"purchases": "day", "visits": "visited_day", "tickets": "opened_day", "surveys": "asked_day"}


def purchases_since(prepared: PreparedPurchases, cutoff: Cutoff) -> pd.DataFrame | None:
    """Return what customers did in an outcome window (``build_outcomes``); None where the log ends before it does."""
    known = prepared.log.last_day + timedelta(days=1)
    return build_outcomes(prepared.log.connection, cutoff) if cutoff.observed_by(known) else None


def margin_since(prepared: PreparedPurchases, as_of: date, days: int) -> pd.Series | None:
    """Return the discounted margin of ``days`` from a date by customer; None where the log ends before, or no money.

    Who bought nothing is not in it.
    """
    window, clv = Cutoff(as_of, days), prepared.config.clv
    if not prepared.log.has_money or not window.observed_by(prepared.log.last_day + timedelta(days=1)):
        return None
    end = (window.window_end - EPOCH).days
    bought = spend_days_sql(f"day >= {window.day} AND day < {end}", end)
    discounted = f"SUM(CAST(spend AS DOUBLE) * POWER({1 + clv.yearly_discount}, -(day - {window.day}) / 365.0))"
    rows = prepared.log.connection.execute(
        f"SELECT customer_id, {discounted} AS spend FROM ({bought}) AS days GROUP BY customer_id ORDER BY customer_id"
    ).df()
    return pd.Series(rows["spend"].to_numpy(dtype=np.float64) * clv.margin, index=rows["customer_id"].astype("str"))


def purchases_arrived(prepared: PreparedPurchases, scorer: Any, today: date) -> list[Drift]:
    """Return what is unlike the training in today's features, and unlike before in the newest rows of every table."""
    found = list(prepared.delivered)
    if scorer is not None and scorer.profile is not None:
        cutoff = prepared.cutoff
        rows = prepared.snapshots.features(cutoff.date, prepared.snapshots.sizes.check)
        found += profile_drift(scorer.profile.aged(windows_since(scorer.trained_as_of, cutoff)), rows)
    connection, last = prepared.log.connection, prepared.log.last_day
    for table, day in _dated_tables(connection):
        rows = _recent(connection, table, day, last)
        days = rows.pop(day).to_numpy(dtype=np.int64)
        if not len(days):
            continue
        until = (last - EPOCH).days + 1
        new = days >= until - BLOCK_DAYS
        newest, before = rows[new], rows[~new]
        if len(newest) and len(before):
            earlier = rows[~new & (days >= until - 2 * BLOCK_DAYS)]
            found += columns_drift(table, newest, before, earlier)
            found += units_drift(table, newest, before)
        if table not in ("surveys", "purchases"):
            found += volume_drift(table, days, until)
        if table == "purchases":
            found += freshness_drift(table, days, last, today, every=prepared.config.cadence.score_days)
    return found


def contracts_since(prepared: "PreparedContracts", cutoff: Cutoff) -> pd.DataFrame | None:
    """Return whose contract ended in an outcome window; None where it cannot be known yet, or there are no dates.

    Whoever was gone before the window began is not in it. Renewals count as staying, so the window is over only when
    its last days have had their time to renew.
    """
    spells, here = prepared.contracts.spells, prepared.contracts.cutoff
    if spells is None or here is None:
        return None
    until = here.date
    if cutoff.window_end + timedelta(days=spells.renewal_days) > until:
        return None
    known_by = (until - EPOCH).days
    return recipe.observed(spells, cutoff, prepared.contracts, known_by=known_by)[1]


def contracts_arrived(prepared: "PreparedContracts", scorer: Any, today: date) -> list[Drift]:
    """Return what is unlike the training in today's contracts, and whether fewer, more or none begin than before."""
    contracts, found = prepared.contracts, list(prepared.delivered)
    if scorer is not None and scorer.profile is not None:
        found += contract_drift(contracts, scorer, recipe.today(contracts))
    if contracts.spells is None or contracts.cutoff is None:
        return found
    until = contracts.cutoff.day
    days = contracts.spells.known_at(until).frame["start"].to_numpy(dtype=np.int64)
    days = days[days >= until - _YEAR - BLOCK_DAYS]
    if len(days):
        last = EPOCH + timedelta(days=int(days.max()))
        found += freshness_drift("subscriptions", days, last, today, every=prepared.config.cadence.score_days)
    return found


def contract_drift(contracts: Contracts, scorer: Any, rows: pd.DataFrame) -> list[Drift]:
    """Return the columns that are unlike the training's: scores and monitor ask alike, by how old the training is."""
    # Without dates nobody knows how old that is.
    windows = 1.0 if contracts.cutoff is None else windows_since(scorer.trained_as_of, contracts.cutoff)
    return recipe.all_drift(scorer, rows, windows=windows)


def _dated_tables(connection: Any) -> list[tuple[str, str]]:
    """Return the tables whose newest rows are looked at, each with its column of days."""
    there = {str(row[0]) for row in connection.execute("SELECT table_name FROM information_schema.tables").fetchall()}
    return [(table, day) for table, day in _DAYS.items() if table in there]


def _recent(connection: Any, table: str, day: str, last: date) -> pd.DataFrame:
    """Return the rows of the last year of a table: its day, its numbers, and its texts that are categories."""
    described = connection.execute(f"DESCRIBE {quote(table)}").fetchall()
    names = [day]
    for name, kind, *_ in described:
        if name == day or name in _IDS or name.endswith("_day") or name == "version":
            continue
        if "CHAR" in kind:
            ((levels,),) = connection.execute(f"SELECT COUNT(DISTINCT {quote(name)}) FROM {quote(table)}").fetchall()
            if not 1 <= levels <= _MOST_CATEGORIES:
                continue
        elif not any(word in kind for word in ("INT", "DECIMAL", "DOUBLE", "FLOAT")):
            continue
        names.append(name)
    first = (last - EPOCH).days + 1 - BLOCK_DAYS - _YEAR
    listed = ", ".join(quote(name) for name in names)
    rows: pd.DataFrame = connection.execute(f"SELECT {listed} FROM {quote(table)} WHERE {quote(day)} >= {first}").df()
    return rows
