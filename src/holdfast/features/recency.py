"""Recency and frequency: when the customer last bought, how often, for how long."""

from holdfast.features.feature import Feature

WINDOWS_DAYS = (30, 60, 90, 180, 365)

RECENCY_AND_FREQUENCY = (
    Feature(
        "days_since_last",
        over="occasions",
        sql="{cutoff} - MAX(day)",
        unit="days",
        meaning="days since the last purchase day",
    ),
    Feature(
        "purchase_days",
        over="occasions",
        sql="COUNT(*)",
        unit="purchase days",
        meaning="all purchase days so far",
    ),
    Feature(
        "frequency",
        over="occasions",
        sql="COUNT(*) - 1",
        unit="purchase days",
        meaning="repeat purchase days: all but the first",
    ),
    Feature(
        "recency",
        over="occasions",
        sql="MAX(day) - MIN(day)",
        unit="days",
        meaning="days from the first purchase day to the last",
    ),
    Feature(
        "tenure",
        over="occasions",
        sql="{cutoff} - 1 - MIN(day)",
        unit="days",
        meaning="days from the first purchase day to the day before the cutoff (the T of BTYD models)",
    ),
    Feature(
        "purchases_per_year",
        over="features",
        sql="purchase_days * 365 * EXP(0) / (tenure + 1)",
        unit="purchase days a year",
        meaning="purchase days over the time as a customer",
    ),
    Feature(
        "recency_share",
        over="features",
        sql="recency * EXP(0) / NULLIF(tenure, 0)",
        unit="share",
        meaning="share of the time as a customer that lay before the last purchase; 1 = bought yesterday",
    ),
    *(
        Feature(
            f"purchase_days_{days}d",
            over="occasions",
            sql=f"COUNT(*) FILTER (WHERE day >= {{cutoff}} - {days})",
            unit="purchase days",
            meaning=f"in the last {days} days",
        )
        for days in WINDOWS_DAYS
    ),
)
