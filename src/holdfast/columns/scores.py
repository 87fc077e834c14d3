"""Columns of summaries and scores, and the names that carry a horizon."""

from holdfast.columns.column import Column
from holdfast.language import told

# The four sufficient statistics of the buy-till-you-die models (Fader, Hardie & Lee 2005), in days.
SUMMARY = (
    Column("frequency", "INTEGER", "purchase days", "repeat purchase days: all but the first"),
    Column("recency", "INTEGER", "days", "from the first purchase day to the last"),
    Column("T", "INTEGER", "days", "from the first purchase day to the last day observed"),
    Column("monetary_value", "DOUBLE", "currency", "mean spend of a purchase day, the first one included"),
)


def p_churn(days: int) -> str:
    """Name of: probability of no purchase in the ``days`` after the as-of date; higher is worse."""
    return f"p_churn_{days}d"


def expected_purchases(days: int) -> str:
    """Name of: expected number of purchase days in the ``days`` after the as-of date."""
    return f"expected_purchases_{days}d"


def clv(days: int) -> str:
    """Name of: expected discounted margin over the ``days`` after the as-of date, in currency."""
    return f"clv_{days}d"


def clv_low(days: int) -> str:
    """Name of: what a customer brings in at least over these days with probability 0.9, discounted, in currency."""
    return f"clv_{days}d_p10"


def clv_high(days: int) -> str:
    """Name of: what a customer brings in at most over these days with probability 0.9, discounted, in currency."""
    return f"clv_{days}d_p90"


def clv_deviation(days: int) -> str:
    """Name of: standard deviation of what a customer brings in over these days, in currency."""
    return f"clv_{days}d_sd"


def value_if_stays(days: int) -> str:
    """Name of: expected margin in the ``days`` after the as-of date, given at least one purchase."""
    return f"value_if_stays_{days}d"


def value_at_risk(days: int) -> str:
    """Name of: P(churn) × value if the customer stays, in currency; never contains P(alive) twice."""
    return f"value_at_risk_{days}d"


def purchases_at_risk(days: int) -> str:
    """Name of: P(churn) × expected purchases if the customer stays, for logs without amounts."""
    return f"purchases_at_risk_{days}d"


def clv_interval(days: int) -> tuple[Column, ...]:
    """Return the columns between which nearly eight in ten amounts fall; the low one is mostly 0."""
    return (
        Column(
            clv_low(days), "double", "currency", told("one in ten such customers brings in less; 0: or nothing at all")
        ),
        Column(
            clv_high(days),
            "double",
            "currency",
            told("one in ten such customers brings in more; 0: at least nine in ten bring in nothing"),
        ),
    )


REJECTS = (
    Column("file", "text", "", "which file"),
    Column("line", "int", "", "line of the file, the header is 1; row of a frame or Parquet file, the first is 1"),
    Column(
        "column", "text", "", "Holdfast's name of the column that cannot be read; `line` where it is the whole line"
    ),
    Column("reason", "text", "", "why it cannot be read"),
    Column("value", "text", "", "what the cell holds"),
)


def scores(churn_days: int, clv_days: int, *, money: bool = True) -> tuple[Column, ...]:
    """Return the columns of the scores table, one row per customer who bought before the as-of date."""
    h, year = churn_days, clv_days
    without_money = (
        Column("customer_id", "text", "", told("who")),
        Column("as_of", "date", "", told("scores use purchases before this day only")),
        Column("eligible", "bool", "", told("still active: the churn definition applies now")),
        Column(p_churn(h), "double", "probability", told("no purchase in the {days} days from as_of on", days=h)),
        Column(
            expected_purchases(h),
            "double",
            "purchase days",
            told("expected in the {days} days from as_of on, by the forecast that won the race", days=h),
        ),
        Column(
            "p_alive",
            "double",
            "probability",
            told(
                "P(alive) by BG/NBD: the chance that they have not left for good; NOT a churn risk. After one purchase "
                "it can tell nothing, and is 1"
            ),
        ),
    )
    with_money = (
        Column("expected_spend_per_purchase", "double", "currency", told("Gamma-Gamma mean spend of a purchase day")),
        Column(clv(year), "double", "currency", told("discounted margin expected in the next {days} days", days=year)),
        *clv_interval(year),
        Column(
            clv_deviation(year),
            "double",
            "currency",
            told("standard deviation of what {value} expects", value=clv(year)),
        ),
        Column(
            value_if_stays(h),
            "double",
            "currency",
            told(
                "margin in {days} days, given at least one purchase; × (1 − {risk}) it is the margin expected",
                days=h,
                risk=p_churn(h),
            ),
        ),
        Column(
            value_at_risk(h), "double", "currency", told("{risk} × {value}", risk=p_churn(h), value=value_if_stays(h))
        ),
    )
    version = (
        Column("model_version", "text", "", told("the model that made the scores; another content, another name")),
    )
    return without_money + (with_money if money else ()) + version
