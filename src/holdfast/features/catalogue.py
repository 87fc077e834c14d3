"""Every feature, declared once: name, SQL, unit, meaning, and the reason it can stand for.

A feature is computed ``over`` one of three things, each in portable SQL:

* ``occasions`` – purchase days (customer-days with positive net spend) before the cutoff, with ``day``,
  ``spend``, ``line_count``, ``pieces``, ``gap`` (days since the one before), ``nth`` and ``nth_last`` (1 = last);
* ``lines`` – all lines before the cutoff, returns among them, with ``day``, ``amount``, ``order_key``, …;
* ``features`` – other features of the same customer, by name.

``{cutoff}`` stands for the cutoff's day number. Money is exact until its last step; ``* EXP(0)`` makes a float.
"""

from dataclasses import dataclass
from typing import Literal

Over = Literal["occasions", "lines", "features"]


@dataclass(frozen=True)
class Feature:
    """One number about a customer as of a cutoff; NULL where it has no meaning (a gap after one purchase)."""

    name: str
    over: Over
    sql: str
    unit: str
    meaning: str
    reason: str
    needs: Literal["", "money", "quantity", "product_id"] = ""


@dataclass(frozen=True)
class Reason:
    """A plain-word phrase for a group of features; ``{name}`` is filled with the customer's own value.

    ``otherwise`` is used where one of the values is missing.
    """

    phrase: str
    otherwise: str


REASONS = {
    "silence": Reason(
        "silent for {days_since_last:.0f} days; usually buys every {gap_median:.0f}",
        "silent for {days_since_last:.0f} days since the only purchase",
    ),
    "frequency": Reason("{purchase_days:.0f} purchases in {tenure:.0f} days", "{purchase_days:.0f} purchase so far"),
    "recent activity": Reason(
        "{purchase_days_90d:.0f} purchases in the last 90 days, {purchase_days_365d:.0f} in the last 365",
        "few recent purchases",
    ),
    "rhythm": Reason(
        "last gap {gap_last:.0f} days, usual gap {gap_median:.0f}", "only one purchase, so no rhythm yet"
    ),
    "trend": Reason("{late_share:.0%} of purchases in the later half of the relationship", "no trend yet"),
    "spend": Reason("spends {spend_mean:,.2f} per purchase, {spend_last:,.2f} last time", "spend per purchase"),
    "basket": Reason("{lines_per_purchase:.1f} lines per purchase", "what is in the basket"),
    "returns": Reason("{return_lines:.0f} returned lines", "returns"),
    "tenure": Reason("first bought {tenure:.0f} days ago", "how long a customer"),
}

_F = Feature
_COUNT_SINCE = "COUNT(*) FILTER (WHERE day >= {{cutoff}} - {days})"
_SPEND = "CAST(SUM(spend) {where} AS DECIMAL(28,2)) * EXP(0)"
_DAYS = "days"
_BUYS = "purchase days"


def _share(condition: str) -> str:
    return f"COUNT(*) FILTER (WHERE {condition}) * EXP(0) / COUNT(*)"


def _spend(where: str = "") -> str:
    return _SPEND.format(where=f"FILTER (WHERE {where})" if where else "")


def _deviation(column: str, kind: str) -> str:
    """Return the sample standard deviation, spelled so that every engine gives the same bits."""
    count, total = f"COUNT({column})", f"CAST(SUM(CAST({column} AS {kind})) AS {kind})"
    squares = f"SUM(CAST({column} AS {kind}) * CAST({column} AS {kind}))"
    return f"SQRT(({count} * {squares} - {total} * {total}) * EXP(0) / NULLIF({count} * ({count} - 1), 0))"


RECENCY_FREQUENCY = (
    _F("days_since_last", "occasions", "{cutoff} - MAX(day)", _DAYS, "since the last purchase day", "silence"),
    _F("purchase_days", "occasions", "COUNT(*)", _BUYS, "all purchase days so far", "frequency"),
    _F("frequency", "occasions", "COUNT(*) - 1", _BUYS, "repeat purchase days", "frequency"),
    _F("recency", "occasions", "MAX(day) - MIN(day)", _DAYS, "from the first purchase day to the last", "tenure"),
    _F("tenure", "occasions", "{cutoff} - 1 - MIN(day)", _DAYS, "from the first purchase to the day before the cutoff (T)", "tenure"),
    _F("purchases_per_year", "features", "purchase_days * 365 * EXP(0) / (tenure + 1)", "1/year", "purchase days a year", "frequency"),
    _F("recency_share", "features", "recency * EXP(0) / NULLIF(tenure, 0)", "share", "of the relationship before the last purchase", "silence"),
) + tuple(
    _F(f"purchase_days_{d}d", "occasions", _COUNT_SINCE.format(days=d), _BUYS, f"in the last {d} days", "recent activity")
    for d in (30, 60, 90, 180, 365)
)

MONEY = (
    _F("spend_total", "occasions", _spend(), "currency", "spent so far", "spend", "money"),
    _F("spend_mean", "occasions", "CAST(SUM(spend) AS DECIMAL(28,2)) * EXP(0) / COUNT(*)", "currency", "mean spend of a purchase day", "spend", "money"),
    _F("spend_deviation", "occasions", _deviation("spend", "DECIMAL(19,2)"), "currency", "standard deviation of a purchase day's spend", "spend", "money"),
    _F("spend_max", "occasions", "MAX(spend) * EXP(0)", "currency", "largest purchase day", "spend", "money"),
    _F("spend_first", "occasions", _spend("nth = 1"), "currency", "spend of the first purchase day", "spend", "money"),
    _F("spend_last", "occasions", _spend("nth_last = 1"), "currency", "spend of the last purchase day", "spend", "money"),
    _F("spend_90d", "occasions", f"COALESCE({_spend('day >= {cutoff} - 90')}, 0 * EXP(0))", "currency", "spent in the last 90 days", "recent activity", "money"),
    _F("spend_365d", "occasions", f"COALESCE({_spend('day >= {cutoff} - 365')}, 0 * EXP(0))", "currency", "spent in the last 365 days", "recent activity", "money"),
    _F("spend_last_to_mean", "features", "spend_last / NULLIF(spend_mean, 0)", "ratio", "last purchase against the usual one", "trend", "money"),
)

RHYTHM = (
    _F("gap_mean", "occasions", "CAST(SUM(gap) AS BIGINT) * EXP(0) / NULLIF(COUNT(gap), 0)", _DAYS, "mean gap between purchase days", "rhythm"),
    _F("gap_deviation", "occasions", _deviation("gap", "DECIMAL(19,2)"), _DAYS, "standard deviation of the gaps", "rhythm"),
    _F("gap_max", "occasions", "MAX(gap)", _DAYS, "longest gap", "rhythm"),
    _F("gap_min", "occasions", "MIN(gap)", _DAYS, "shortest gap", "rhythm"),
    _F("gap_last", "occasions", "MAX(CASE WHEN nth_last = 1 THEN gap END)", _DAYS, "gap before the last purchase", "rhythm"),
    _F("gap_variation", "features", "gap_deviation / NULLIF(gap_mean, 0)", "ratio", "deviation of the gaps over their mean; 1 is random, 0 is clockwork", "rhythm"),
    _F("silence_to_gap_mean", "features", "days_since_last * EXP(0) / NULLIF(gap_mean, 0)", "ratio", "silence in units of the mean gap", "silence"),
    _F("silence_to_gap_median", "features", "days_since_last * EXP(0) / NULLIF(gap_median, 0)", "ratio", "silence in units of the usual gap", "silence"),
    _F("silence_to_gap_max", "features", "days_since_last * EXP(0) / NULLIF(gap_max, 0)", "ratio", "silence in units of the longest gap", "silence"),
)  # fmt: skip

TREND = (
    _F("late_share", "features", "late_purchases * EXP(0) / NULLIF(frequency, 0)", "share", "of repeat purchases that fell in the later half of the relationship", "trend"),
    _F("gap_last_to_mean", "features", "gap_last * EXP(0) / NULLIF(gap_mean, 0)", "ratio", "last gap against the mean gap", "trend"),
    _F("recent_to_usual_rate", "features", "purchase_days_90d * (tenure + 1) * EXP(0) / (90 * purchase_days)", "ratio", "purchase rate of the last 90 days against the whole", "trend"),
    _F("purchases_same_season", "occasions", "COUNT(*) FILTER (WHERE day >= {cutoff} - 365 AND day < {cutoff} - 365 + 90)", _BUYS, "in the 90 days that began a year before the cutoff", "trend"),
)  # fmt: skip

BASKET = (
    _F("lines_per_purchase", "occasions", "CAST(SUM(line_count) AS BIGINT) * EXP(0) / COUNT(*)", "lines", "lines per purchase day", "basket"),
    _F("orders", "lines", "COUNT(DISTINCT order_key)", "orders", "orders and returns so far", "basket"),
    _F("pieces_per_purchase", "occasions", "CAST(SUM(pieces) AS DECIMAL(28,2)) * EXP(0) / COUNT(*)", "pieces", "pieces per purchase day", "basket", "quantity"),
    _F("products", "lines", "COUNT(DISTINCT product_id)", "products", "different products so far", "basket", "product_id"),
    _F("products_per_order", "features", "products * EXP(0) / NULLIF(orders, 0)", "ratio", "different products per order", "basket", "product_id"),
    _F("spend_per_piece", "features", "spend_total / NULLIF(pieces_per_purchase * purchase_days, 0)", "currency", "mean price of a piece", "basket", "quantity"),
    _F("weekend_share", "occasions", _share("MOD(day + 3, 7) >= 5"), "share", "of purchase days on Saturday or Sunday", "basket"),
)  # fmt: skip

RETURNS = (
    _F("return_lines", "lines", "COUNT(*) FILTER (WHERE amount < 0)", "lines", "returned lines so far", "returns"),
    _F("return_share", "lines", _share("amount < 0"), "share", "of lines that are returns", "returns"),
    _F("days_since_return", "lines", "{cutoff} - MAX(CASE WHEN amount < 0 THEN day END)", _DAYS, "since the last return", "returns"),
)  # fmt: skip

FAMILIES = {
    "recency and frequency": RECENCY_FREQUENCY,
    "money": MONEY,
    "rhythm": RHYTHM,
    "trend and season": TREND,
    "basket": BASKET,
    "returns": RETURNS,
}

# Two features that are not plain aggregates: build.py computes them in steps of their own.
MEDIAN_GAP = _F("gap_median", "occasions", "", _DAYS, "usual gap: the median", "rhythm")
LATE_PURCHASES = _F("late_purchases", "occasions", "", _BUYS, "repeat purchase days in the later half of the relationship", "trend")

FEATURES: tuple[Feature, ...] = (*(f for family in FAMILIES.values() for f in family), MEDIAN_GAP, LATE_PURCHASES)
