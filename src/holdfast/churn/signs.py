"""Signs of risk that can be said of a customer: each compares them with their own past, and holds or is not said."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from holdfast.wording import phrase

Row = Mapping[str, float]

# How far from their own past a customer must be for it to be worth a sentence.
LONGER, LESS, SMALLER = 1.1, 0.75, 0.8
_MONTH_DAYS, _RECENT_DAYS, _YEAR_DAYS = 30, 90, 365


@dataclass(frozen=True)
class Sign:
    """A sentence about a customer's own figures, and when they support it; a missing figure supports nothing.

    Attributes
    ----------
    group
        Key of ``REASONS``: of the features whose contribution it explains.
    said
        With ``{name}`` for a feature, or for what ``figures`` adds.
    when
        Whether the figures support it.
    """

    group: str
    said: str
    when: Callable[[Row], bool]


def figures(row: Row) -> dict[str, float]:
    """Return a customer's features, and what the sentences need beside them."""
    before = row["purchase_days"] - 1
    return {
        **row,
        "earlier_days": min(row["tenure"] + 1, _YEAR_DAYS) - _RECENT_DAYS,
        "earlier_purchases": row["purchase_days_365d"] - row["purchase_days_90d"],
        "early_purchases": row["frequency"] - row["late_purchases"],
        "before": before,
        "spend_before": (row["spend_total"] - row["spend_last"]) / before if before > 0 else float("nan"),
    }


def _slower(row: Row) -> bool:
    days, purchases = row["earlier_days"], row["earlier_purchases"]
    return days >= _RECENT_DAYS and purchases >= 2 and row["purchase_days_90d"] / _RECENT_DAYS < LESS * purchases / days


def _smaller(row: Row) -> bool:
    return row["spend_last"] >= 0 and row["spend_last"] < SMALLER * row["spend_before"]


# Of several signs of a group the first that holds is said.
SIGNS = (
    Sign(
        "silence",
        "silent for {days_since_last:n day}; usually buys every day",
        lambda r: r["days_since_last"] > LONGER * r["gap_median"] and round(r["gap_median"]) == 1,
    ),
    Sign(
        "silence",
        "silent for {days_since_last:n day}; usually buys every {gap_median:n day}",
        lambda r: r["days_since_last"] > LONGER * r["gap_median"],
    ),
    Sign(
        "silence",
        "silent for {days_since_last:n day} since the only purchase",
        lambda r: r["purchase_days"] == 1 and r["days_since_last"] >= _MONTH_DAYS,
    ),
    Sign(
        "frequency",
        "bought only {purchase_days:n time} in {tenure:n day}",
        lambda r: 2 <= r["purchase_days"] <= 4 and r["tenure"] >= 90 * r["purchase_days"],
    ),
    Sign(
        "recent activity",
        "no purchase in the last 90 days; {earlier_purchases:.0f} in the {earlier_days:n day} before",
        lambda r: _slower(r) and r["purchase_days_90d"] == 0,
    ),
    Sign(
        "recent activity",
        "{purchase_days_90d:n purchase} in the last 90 days; "
        "{earlier_purchases:.0f} in the {earlier_days:n day} before",
        _slower,
    ),
    Sign(
        "rhythm",
        "waited {gap_last:n day} before the last purchase; usually {gap_median:.0f}",
        lambda r: r["purchase_days"] >= 4 and r["gap_last"] > LONGER * r["gap_median"],
    ),
    Sign(
        "trend",
        "{frequency:n repeat purchase} in the first half of {tenure:n day}, none in the second",
        lambda r: r["tenure"] >= _RECENT_DAYS and r["frequency"] >= 4 and r["late_purchases"] == 0,
    ),
    Sign(
        "trend",
        "{early_purchases:n repeat purchase} in the first half of {tenure:n day}, {late_purchases:.0f} in the second",
        lambda r: (
            r["tenure"] >= _RECENT_DAYS and r["frequency"] >= 4 and 1 <= r["late_purchases"] <= 0.4 * r["frequency"]
        ),
    ),
    Sign(
        "spend",
        "the last purchase came to {spend_last:,.2f}; the one before to {spend_before:,.2f}",
        lambda r: _smaller(r) and r["before"] == 1,
    ),
    Sign(
        "spend",
        "the last purchase came to {spend_last:,.2f}; the {before:.0f} before to {spend_before:,.2f} on average",
        _smaller,
    ),
    Sign(
        "returns",
        "returned something {days_since_return:n day} ago",
        lambda r: r["return_lines"] == 1 and r["days_since_return"] <= 180,
    ),
    Sign(
        "returns",
        "returned {return_lines:n line}, the last {days_since_return:n day} ago",
        lambda r: r["return_lines"] > 1 and r["days_since_return"] <= 180,
    ),
    Sign(
        "season",
        "no purchase at this time of year so far, in {tenure:n day} as a customer",
        lambda r: r["purchase_days"] >= 4 and r["tenure"] >= _YEAR_DAYS and r["season_share"] == 0,
    ),
    Sign(
        "visits",
        "visited {visits_since_purchase:.0f} times since the last purchase without buying",
        lambda r: r["visits_since_purchase"] >= 3,
    ),
    Sign(
        "visits",
        "no visit in the last 30 days; {visits_90d:.0f} in the last 90",
        lambda r: r["visits_30d"] == 0 and r["visits_90d"] >= 2,
    ),
    Sign("visits", "last visit {days_since_visit:n day} ago", lambda r: r["days_since_visit"] > 90),
    Sign("tickets", "{tickets_open:n open ticket}", lambda r: r["tickets_open"] >= 1),
    Sign("tickets", "{tickets_90d:n ticket} in the last 90 days", lambda r: r["tickets_90d"] >= 1),
    Sign(
        "contacts",
        "opened none of the messages sent",
        lambda r: r["contacts_90d"] >= 3 and r["contact_opened_share"] == 0,
    ),
    Sign(
        "contacts",
        "opened {contact_opened_share:.0%} of the messages sent",
        lambda r: r["contacts_90d"] >= 3 and 0.005 <= r["contact_opened_share"] < 0.2,
    ),
    Sign(
        "surveys",
        "last survey score {survey_score:.1f}, {days_since_score:n day} ago",
        lambda r: r["survey_score"] == r["survey_score"] and r["days_since_score"] >= 0,
    ),
)
# What is compared with the customer's own past, not with other customers.
_OWN_PAST = ("silence", "recent activity", "rhythm", "trend", "spend")
_ONCE = "no single sign; typical of customers with one purchase {days_since_last:n day} ago"
_OFTEN = "no single sign; typical of customers with {purchase_days:n purchase}, the last {days_since_last:n day} ago"


def said_of(row: Row, raising: list[str], others: list[str], most: int) -> list[str]:
    """Return one to ``most`` sentences that hold for a customer, in the order of the groups.

    Parameters
    ----------
    row
        The customer's features by name.
    raising
        Groups of features that raise the risk beside the average customer's, the strongest first.
    others
        The other groups in the same order: a good customer who is silent for longer than usual is still below the
        average risk. The first that says so is named where none of ``raising`` has anything to say.
    """
    known = figures(row)
    found = [sign for group in raising if (sign := _sign(group, known)) is not None][:most]
    if not found and row["purchase_days"] > 1:
        found = [sign for group in others if group in _OWN_PAST and (sign := _sign(group, known)) is not None][:1]
    return [phrase(sign.said, known) for sign in found] or [
        phrase(_ONCE if row["purchase_days"] == 1 else _OFTEN, known)
    ]


def _sign(group: str, known: Row) -> Sign | None:
    return next((s for s in SIGNS if s.group == group and s.when(known)), None)
