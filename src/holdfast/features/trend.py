"""Trend and season: whether the customer buys more or less than before, and what last year brought."""

from holdfast.features.feature import Feature

TREND_AND_SEASON = (
    Feature(
        "late_purchases",
        over="occasions",
        sql="COUNT(*) FILTER (WHERE nth > 1 AND 2 * (day - began) > {cutoff} - 1 - began)",
        unit="purchase days",
        meaning="repeat purchase days in the later half of the time as a customer",
    ),
    Feature(
        "late_share",
        over="features",
        sql="late_purchases * EXP(0) / NULLIF(frequency, 0)",
        unit="share",
        meaning="share of repeat purchase days that fell in the later half of the time as a customer",
    ),
    Feature(
        "gap_last_to_mean",
        over="features",
        sql="gap_last * EXP(0) / NULLIF(gap_mean, 0)",
        unit="ratio",
        meaning="last gap over the mean gap",
    ),
    Feature(
        "recent_to_usual_rate",
        over="features",
        sql="purchase_days_90d * (tenure + 1) * EXP(0) / (90 * purchase_days)",
        unit="ratio",
        meaning="purchase rate of the last 90 days over the rate since the first purchase",
    ),
    Feature(
        "purchases_same_season",
        over="occasions",
        sql="COUNT(*) FILTER (WHERE {calendar} >= {cutoff} - 365 AND {calendar} < {cutoff} - 365 + 90)",
        unit="purchase days",
        meaning="in the 90 days that began a year before the cutoff",
    ),
)
