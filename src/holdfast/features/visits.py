"""Visits: whether the customer still looks in without buying."""

from holdfast.features.feature import Feature

VISITS = (
    *(
        Feature(
            f"visits_{days}d",
            over="visits",
            sql=f"COUNT(*) FILTER (WHERE visited_day >= {{cutoff}} - {days})",
            unit="visits",
            meaning=f"in the last {days} days",
            needs="visits",
            none="0",
        )
        for days in (30, 90)
    ),
    Feature(
        "days_since_visit",
        over="visits",
        sql="{cutoff} - MAX(visited_day)",
        unit="days",
        meaning="days since the last visit",
        needs="visits",
    ),
    Feature(
        "visits_since_purchase",
        over="visits",
        sql="COUNT(*) FILTER (WHERE visited_day > {cutoff} - days_since_last)",
        unit="visits",
        meaning="on days after the last purchase day",
        needs="visits",
        none="0",
    ),
    Feature(
        "pages_per_visit_90d",
        over="visits",
        sql="CAST(SUM(pages) FILTER (WHERE visited_day >= {cutoff} - 90) AS DECIMAL(28,2)) * EXP(0) "
        "/ NULLIF(COUNT(pages) FILTER (WHERE visited_day >= {cutoff} - 90), 0)",
        unit="pages",
        meaning="pages of a visit, mean of the last 90 days",
        needs="visits.pages",
    ),
)
