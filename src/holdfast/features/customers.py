"""Customers: what is on file about them, in the latest version known by the cutoff."""

from holdfast.features.feature import Feature

ATTRIBUTES = 5

CUSTOMERS = (
    Feature(
        "days_since_acquired",
        over="customers",
        sql="{cutoff} - acquired_day",
        unit="days",
        meaning="days since the customer was acquired",
        needs="customers.acquired_at",
    ),
    Feature(
        "acquisition_cost",
        over="customers",
        sql="acquisition_cost * EXP(0)",
        unit="currency",
        meaning="what winning the customer cost",
        needs="customers.acquisition_cost",
    ),
    Feature(
        "channel_share",
        over="customers",
        sql="CASE WHEN channel IS NOT NULL THEN in_channel * EXP(0) / in_channels END",
        unit="share",
        meaning="share of the customers known by the cutoff who came through the same channel",
        needs="customers.channel",
    ),
    Feature(
        "consent",
        over="customers",
        sql="consent",
        unit="0 or 1",
        meaning="1 = agreed to be contacted",
        needs="customers.consent",
    ),
    Feature(
        "objection",
        over="customers",
        sql="objection",
        unit="0 or 1",
        meaning="1 = objected to marketing",
        needs="customers.objection",
    ),
    *(
        Feature(
            f"attribute_{i}",
            over="customers",
            sql=f"attribute_{i} * EXP(0)",
            unit="as given",
            meaning=f"number {i} of `tables.customers.columns.attributes`",
            needs="customers.attributes",
        )
        for i in range(1, ATTRIBUTES + 1)
    ),
)
