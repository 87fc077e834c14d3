"""Columns of lists, of what `holdfast list` decides, and of the audience-size curve."""

from holdfast.columns.column import Column
from holdfast.columns.scores import (
    clv,
    clv_interval,
    expected_purchases,
    p_churn,
    purchases_at_risk,
    value_at_risk,
    value_if_stays,
)
from holdfast.language import told


def listed(name: str, churn_days: int, clv_days: int, *, money: bool = True) -> tuple[Column, ...]:
    """Return the columns of ``lists/<name>.csv``: at_risk, high_value, second_order, win_back or overdue."""
    h = churn_days
    lost = (
        (
            Column(
                value_if_stays(h),
                "double",
                "currency",
                told("margin in {days} days, given at least one purchase", days=h),
            ),
            Column(
                value_at_risk(h),
                "double",
                "currency",
                told("{risk} × {value}", risk=p_churn(h), value=value_if_stays(h)),
            ),
        )
        if money
        else (
            Column(
                purchases_at_risk(h),
                "double",
                "purchase days",
                told("{risk} × purchases if the customer stays", risk=p_churn(h)),
            ),
        )
    )
    if name == "high_value":
        order, own = told("1 is worth most"), _high_value(h, clv_days)
    else:
        order = {"second_order": told("1 has the most to lose; those in their best window first")}.get(
            name, _MOST_TO_LOSE
        )
        own = _OWN.get(name, ())
    return (
        Column("rank", "int", "", order),
        Column("customer_id", "text", "", told("who")),
        Column(p_churn(h), "double", "probability", told("no purchase in the {days} days from as_of on", days=h)),
        *lost,
        *own,
        Column("purchases_so_far", "int", "purchase days", told("before as_of")),
        Column("last_purchase", "date", "", told("last purchase day before as_of")),
        Column(
            "next_purchase_expected",
            "date",
            "",
            told(
                "by then half of the customers like this one who are still customers will have bought again; "
                "blank if that is more than two horizons away, or if they are more likely gone than not, by p_alive or "
                "by P(churn) beside it"
            ),
        ),
        Column("confidence", "text", "", told("low: one purchase so far; medium: 2 or 3; high: 4 or more")),
        *(
            Column(
                f"reason_{i}",
                "text",
                "",
                told("why they are on it, strongest first: who came back before, signs of risk, or of value"),
            )
            for i in (1, 2, 3)
        ),
        Column("as_of", "date", "", told("scores use purchases before this day only")),
        Column("model_version", "text", "", told("the model that made the scores; another content, another name")),
    )


LISTS = {
    "at_risk": told("active customers"),
    "high_value": told("customers with the highest value (CLV)"),
    "second_order": told("active customers with one purchase"),
    "win_back": told(
        "lapsed customers, silent for too long to count as active, or more than three times as long as ever before"
    ),
    "overdue": told("active customers with three purchases or more, silent for longer than ever before"),
}
CONTRACT_LISTS = {
    "at_risk": told("customers under contract"),
    "high_value": told("customers under contract with the highest value (CLV)"),
    "notice_given": told("customers under contract who have given notice"),
}
ALL_LISTS = {**CONTRACT_LISTS, **LISTS}
_MOST_TO_LOSE = told("1 has the most to lose")
SECOND_ORDER_DAYS = (30, 60, 90, 180)


def p_second(days: int) -> str:
    """Name of: probability of a second purchase in the ``days`` after the as-of date; higher is better."""
    return f"p_second_{days}d"


_OWN = {
    "second_order": (
        *(
            Column(
                p_second(d), "double", "probability", told("second purchase within {days} days from as_of on", days=d)
            )
            for d in SECOND_ORDER_DAYS
        ),
        Column(
            "best_from",
            "date",
            "",
            told("a good time to contact begins: a quarter of those who bought twice did so within this time"),
        ),
        Column(
            "best_until",
            "date",
            "",
            told("a good time to contact ends: three quarters of them did so within this time"),
        ),
        Column("in_best_window", "bool", "", told("as_of lies between best_from and best_until")),
    ),
    "win_back": (Column("silent_days", "int", "days", told("since the last purchase, those shut once not counted")),),
    "overdue": (
        Column("silent_days", "int", "days", told("since the last purchase, those shut once not counted")),
        Column("usual_gap_days", "double", "days", told("median time between two purchases")),
        Column("longest_gap_days", "int", "days", told("longest time between two purchases so far")),
    ),
}


def _high_value(h: int, clv_days: int) -> tuple[Column, ...]:
    return (
        Column(
            clv(clv_days),
            "double",
            "currency",
            told("discounted margin expected in the next {days} days", days=clv_days),
        ),
        *clv_interval(clv_days),
        Column(
            "clv_decile", "int", "", told("1 is the top tenth of all customers; equal values share the better tenth")
        ),
        Column("share_of_total", "double", "share", told("this customer's share of all customers' CLV")),
        Column("cumulative_share", "double", "share", told("share of this customer and of all above on this list")),
        Column(
            expected_purchases(h), "double", "purchase days", told("expected in the {days} days from as_of on", days=h)
        ),
        Column("expected_spend_per_purchase", "double", "currency", told("Gamma-Gamma mean spend of a purchase day")),
        Column("eligible", "bool", "", told("still active: the churn definition applies now")),
    )


# What `holdfast list` adds to the columns of a list.
CONTACT = (
    Column("treatment", "text", "", told("recommended; `nothing` where the configuration has no treatments")),
    Column("expected_profit", "double", "currency", told("p·γ(V − d) − (1 − p)·d − f: what it is expected to earn")),
    Column("expected_spend", "double", "currency", told("f + d(pγ + 1 − p): what it is expected to cost")),
    Column("control", "bool", "", told("held back to measure the effect; always false in a list to contact")),
    Column("valid_until", "date", "", told("last day to contact; after it, make a new list")),
)

AUDIENCE = (
    Column("customers", "int", "customers", "how many of the list are contacted, the most profitable first"),
    Column("churners", "double", "customers", "expected among them; `_low` and `_high`: 95 % interval"),
    Column("false_alarms", "double", "customers", "contacted who would have stayed: customers − churners"),
    Column("cost", "double", "currency", "expected spend"),
    Column("profit", "double", "currency", "expected profit"),
)

TIMELINES = (
    Column("customer_id", "text", "", "one of the first rows of a list"),
    Column("date", "date", "", "when it happened"),
    Column(
        "what",
        "text",
        "",
        "`purchase`, or of a contract `start` (or renewal) and `end` (first day without it); `p_alive` on days between",
    ),
    Column("value", "double", "as what says", "spend of the day or price in currency; a probability; may be blank"),
)
FIRST_ROWS = 10
"""So many rows of each list have a timeline, and are shown in the report."""
