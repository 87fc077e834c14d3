"""Money: how much the customer spends on a purchase day, and lately."""

from holdfast.features.feature import Feature, deviation, total

MONEY = (
    Feature(
        "spend_total",
        over="occasions",
        sql=total("spend"),
        unit="currency",
        meaning="spent on purchase days so far",
        needs="money",
    ),
    Feature(
        "spend_mean",
        over="occasions",
        sql=f"{total('spend')} / COUNT(*)",
        unit="currency",
        meaning="mean spend of a purchase day, the first one included",
        needs="money",
    ),
    Feature(
        "spend_deviation",
        over="occasions",
        sql=deviation("spend"),
        unit="currency",
        meaning="standard deviation of the spend of a purchase day",
        needs="money",
    ),
    Feature(
        "spend_max",
        over="occasions",
        sql="MAX(spend) * EXP(0)",
        unit="currency",
        meaning="spend of the largest purchase day",
        needs="money",
    ),
    Feature(
        "spend_first",
        over="occasions",
        sql=total("spend", "nth = 1"),
        unit="currency",
        meaning="spend of the first purchase day",
        needs="money",
    ),
    Feature(
        "spend_last",
        over="occasions",
        sql=total("spend", "next_day IS NULL"),
        unit="currency",
        meaning="spend of the last purchase day",
        needs="money",
    ),
    *(
        Feature(
            f"spend_{days}d",
            over="occasions",
            sql=f"COALESCE({total('spend', f'day >= {{cutoff}} - {days}')}, 0 * EXP(0))",
            unit="currency",
            meaning=f"spent in the last {days} days",
            needs="money",
        )
        for days in (90, 365)
    ),
    Feature(
        "spend_last_to_mean",
        over="features",
        sql="spend_last / NULLIF(spend_mean, 0)",
        unit="ratio",
        meaning="spend of the last purchase day over the mean one",
        needs="money",
    ),
)
