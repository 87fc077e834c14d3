"""A customer's figures beside their own past, and beside what the whole shop shows at that time of the year.

What is true of nearly everybody in the shop's quiet season says nothing about a customer: where a season is known
(``churn.behind``), a silence or a drop counts where it is longer, or larger, than the shop's own.
"""

from collections.abc import Mapping
from math import ceil, sqrt

from holdfast.churn.behind import Behind

Row = Mapping[str, float]

# How far from their own past a customer must be for it to be worth a sentence.
LONGER, LESS, SMALLER = 1.1, 0.75, 0.8
MONTH_DAYS, RECENT_DAYS, YEAR_DAYS = 30, 90, 365
_STEADY = 5
_CHANCE, _ROUNDING = 1.5, 1e-9


def figures(row: Row, behind: Behind | None = None) -> dict[str, float]:
    """Return a customer's features, and what the sentences need beside them.

    ``behind`` says what the days before were like for everyone. What begins with ``usual_`` is counted in mean days of
    the shop's year: a week of the quiet season is less than one, and every day is one where no season is known.
    """
    behind = behind or Behind()
    silent, tenure, before = row["days_since_last"], row["tenure"], row["purchase_days"] - 1
    closed, recent_shut = behind.shut(silent), behind.shut(RECENT_DAYS)
    earlier_days = min(tenure + 1, YEAR_DAYS) - RECENT_DAYS
    earlier = row["purchase_days_365d"] - row["purchase_days_90d"]
    usual_gap, usual_silence = behind.year.gap(row["gap_median"]), behind.usual(0, silent)
    usual_recent, usual_earlier = behind.usual(0, RECENT_DAYS), behind.usual(RECENT_DAYS, RECENT_DAYS + earlier_days)
    return {
        **row,
        # From the first purchase to the list's day, as a silence is counted.
        "known": tenure + 1,
        "shut_days": closed,
        "open_silence": silent - closed,
        "recent_shut": recent_shut,
        "quiet_gap": usual_gap * silent / usual_silence if usual_silence > 0 else float("nan"),
        "expected_recent": earlier * usual_recent / usual_earlier if usual_earlier > 0 else float("nan"),
        "earlier_days": earlier_days,
        "earlier_purchases": earlier,
        "early_purchases": row["frequency"] - row["late_purchases"],
        "before": before,
        "spend_before": (row["spend_total"] - row["spend_last"]) / before if before > 0 else float("nan"),
        "days_before_year": tenure + 1 - YEAR_DAYS,
        "purchases_before_year": row["purchase_days"] - row["purchase_days_365d"],
        "seasonal": bool(behind.year),
        "usual_silence": usual_silence,
        "usual_gap": usual_gap,
        "usual_gap_last": behind.usual(silent, silent + row["gap_last"]),
        "usual_recent": usual_recent,
        "usual_month": behind.usual(0, MONTH_DAYS),
        "usual_before_year": behind.usual(YEAR_DAYS, tenure + 1),
        "usual_late_share": _late_share(behind, tenure),
        "usual_ahead": behind.usual(-RECENT_DAYS, 0),
        "usual_unvisited": behind.usual(0, row["days_since_visit"]),
    }


def _late_share(behind: Behind, tenure: float) -> float:
    """Return which share of the purchases of a customer the second half of their time would hold, were all alike."""
    whole = behind.usual(0, tenure)
    return behind.usual(0, tenure / 2) / whole if whole > 0 else 0.5


def overdue(row: Row) -> bool:
    """Say whether a customer has been silent for longer than usual, by the shop's open days and by its season."""
    return row["open_silence"] > LONGER * row["gap_median"] and row["usual_silence"] > LONGER * row["usual_gap"]


def overdue_in_quiet(row: Row) -> bool:
    """Say whether such a silence lies in the quiet season, which is not over, and in which longer gaps are usual."""
    quiet = row["usual_silence"] < LESS * row["days_since_last"] and row["usual_month"] < LESS * MONTH_DAYS
    return quiet and overdue(row)


def later_than_ever(row: Row) -> bool:
    """Say whether a customer with a steady rhythm has waited longer than they ever did, if not by much."""
    steady, out_of_season = row["purchase_days"] >= _STEADY, row["usual_silence"] <= row["usual_gap"]
    return steady and row["open_silence"] > row["gap_max"] and not out_of_season


def for_a_month(row: Row) -> bool:
    """Say whether a silence is longer than a month, also by the shop's open days and by its season."""
    return row["open_silence"] > MONTH_DAYS and row["usual_silence"] > MONTH_DAYS


def slower(row: Row) -> bool:
    """Say whether the last 90 days brought less than those before, beyond what the season takes from everyone."""
    days, purchases, recent = row["earlier_days"], row["earlier_purchases"], RECENT_DAYS - row["recent_shut"]
    if days < RECENT_DAYS or purchases < 2 or recent < MONTH_DAYS or not row["expected_recent"] >= 0:
        return False
    found, expected = row["purchase_days_90d"], row["expected_recent"]
    # Of the few that a quiet season lets expect, chance alone leaves out some: 1.5 deviations (Poisson).
    if row["usual_recent"] < RECENT_DAYS and found >= expected - _CHANCE * sqrt(expected):
        return False
    return found / recent < LESS * purchases / days and found < LESS * expected + _ROUNDING


def slower_in_quiet(row: Row) -> bool:
    """Say whether such 90 days lie in the quiet season."""
    return row["usual_recent"] < LESS * RECENT_DAYS and slower(row)


def fewer_a_year(row: Row) -> bool:
    """Say whether a whole year, in which no season is, brought less than the time before it.

    For shops that have one, where 90 days say little; not of whom they say it already.
    """
    days, purchases = row["usual_before_year"], row["purchases_before_year"]
    if not row["seasonal"] or row["days_before_year"] < YEAR_DAYS / 2 or days < RECENT_DAYS or purchases < 2:
        return False
    return not slower(row) and row["purchase_days_365d"] / YEAR_DAYS < LESS * purchases / days


def _smaller(row: Row) -> bool:
    return row["spend_last"] >= 0 and row["spend_last"] < SMALLER * row["spend_before"]


def kept_less(row: Row) -> bool:
    """Say whether the last purchase came to less than those before, and not for what was sent back since."""
    return _smaller(row) and not row["days_since_return"] <= row["days_since_last"]


def expects_later(row: Row) -> bool:
    """Say whether two repeat purchases at least would lie in the second half of a customer's time, were all alike."""
    return row["tenure"] >= RECENT_DAYS and row["frequency"] * row["usual_late_share"] >= 2


def fewer_later(row: Row) -> bool:
    """Say whether that half holds fewer than it would, by a tenth of all: two in five where no season is known."""
    share = min(0.4, row["usual_late_share"] - 0.1 + _ROUNDING)
    return expects_later(row) and row["late_purchases"] <= share * row["frequency"]


def waited_longest(row: Row) -> bool:
    """Say whether the last gap was the longest of all: of one that is over, another like it before is no news."""
    longer = row["gap_last"] > LONGER * row["gap_median"] and row["usual_gap_last"] > LONGER * row["usual_gap"]
    return row["purchase_days"] >= 4 and longer and row["gap_last"] >= row["gap_max"]


def bought_in_time(row: Row) -> dict[str, float]:
    """Return the features of silence had the last purchase been one usual gap ago."""
    gap, silent = row["gap_median"], row["days_since_last"]
    return {
        "days_since_last": gap,
        "recency": row["recency"] + silent - gap,
        "recency_share": 1.0 - (1.0 - row["recency_share"]) * gap / silent,
        "silence_to_gap_mean": gap / row["gap_mean"],
        "silence_to_gap_median": 1.0,
        "silence_to_gap_max": gap / row["gap_max"],
    }


def rarely(row: Row) -> bool:
    """Say whether a customer bought every 90 days or less often."""
    return row["tenure"] >= RECENT_DAYS * row["purchase_days"]


def every_two_months(row: Row) -> dict[str, float]:
    """Return the features of how often a customer bought, had they bought every two months."""
    bought = ceil(row["tenure"] / (2 * MONTH_DAYS))
    return {"purchase_days": bought, "frequency": bought - 1, "purchases_per_year": YEAR_DAYS / (2 * MONTH_DAYS)}


def as_often_as_before(row: Row) -> dict[str, float]:
    """Return the features of the last 90 days had they been like those before."""
    found = row["earlier_purchases"] * RECENT_DAYS / row["earlier_days"]
    more = found - row["purchase_days_90d"]
    return {
        "purchase_days_30d": max(row["purchase_days_30d"], found / 3),
        "purchase_days_60d": max(row["purchase_days_60d"], found * 2 / 3),
        "purchase_days_90d": found,
        "purchase_days_180d": row["purchase_days_180d"] + more,
        "purchase_days_365d": row["purchase_days_365d"] + more,
        "spend_90d": row["spend_90d"] + more * row["spend_mean"],
        "spend_365d": row["spend_365d"] + more * row["spend_mean"],
    }


def as_often_as_in_years_before(row: Row) -> dict[str, float]:
    """Return the features of the last year had it been like the time before."""
    found = row["purchases_before_year"] * YEAR_DAYS / row["usual_before_year"]
    more = found / max(row["purchase_days_365d"], 1.0)
    return {
        "purchase_days_365d": found,
        "purchase_days_180d": row["purchase_days_180d"] * more,
        "spend_365d": found * row["spend_mean"],
    }


def as_large_as_before(row: Row) -> dict[str, float]:
    """Return the features of the last purchase had it come to what those before did."""
    return {"spend_last": row["spend_before"], "spend_last_to_mean": row["spend_before"] / row["spend_mean"]}


def never_returned(row: Row) -> dict[str, float]:
    """Return the features without returns; what was sent back since the last purchase came off that one."""
    nothing = {"return_lines": 0.0, "return_share": 0.0, "days_since_return": float("nan")}
    undone = _smaller(row) and row["days_since_return"] <= row["days_since_last"]
    return nothing | (as_large_as_before(row) if undone else {})


def waited_as_usual(row: Row) -> dict[str, float]:
    """Return the features of the last gap had it been the usual one."""
    return {"gap_last": row["gap_median"], "gap_last_to_mean": row["gap_median"] / row["gap_mean"]}


def as_many_later(row: Row) -> dict[str, float]:
    """Return the features of the second half had it been like the first."""
    return {"late_purchases": row["frequency"] / 2, "late_share": 0.5}


def due_in_season(row: Row) -> bool:
    """Say whether of their purchases one at least would fall into the coming 90 days, were they as everyone's."""
    return row["purchase_days"] * row["usual_ahead"] >= 4 * RECENT_DAYS - _ROUNDING


def visited(row: Row) -> bool:
    """Say whether two visits in 90 days, or more where the last month is quiet, let one be expected in the last 30."""
    expected = row["visits_90d"] * row["usual_month"] + _ROUNDING
    return row["visits_90d"] >= 2 and 3 * expected >= 2 * row["usual_recent"] > 0
