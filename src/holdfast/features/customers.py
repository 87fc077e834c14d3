"""Customers: what is on file about them, in the latest version known by the cutoff."""

from holdfast.features.feature import Feature

ATTRIBUTES = 5

CUSTOMERS = (
    Feature(
        "days_since_acquired",
        over="customers",
        sql="{cutoff} - acquired_day",
        unit="days",
        meaning="since the customer was acquired",
        reason="customers",
        needs="customers.acquired_at",
    ),
    Feature(
        "acquisition_cost",
        over="customers",
        sql="acquisition_cost * EXP(0)",
        unit="currency",
        meaning="what winning the customer cost",
        reason="customers",
        needs="customers.acquisition_cost",
    ),
    Feature(
        "channel_share",
        over="customers",
        sql="CASE WHEN channel IS NOT NULL THEN in_channel * EXP(0) / in_channels END",
        unit="share",
        meaning="of the customers known by the cutoff who came through the same channel",
        reason="customers",
        needs="customers.channel",
    ),
    *(
        Feature(
            name,
            over="customers",
            sql=name,
            unit="0 or 1",
            meaning=f"1 = {meaning}",
            reason="customers",
            needs=needs,
        )
        for name, meaning, needs in (
            ("consent", "agreed to be contacted", "customers.consent"),
            ("objection", "objected to marketing", "customers.objection"),
        )
    ),
    *(
        Feature(
            f"attribute_{i}",
            over="customers",
            sql=f"attribute_{i} * EXP(0)",
            unit="as given",
            meaning=f"number {i} of `tables.customers.columns.attributes`",
            reason="customers",
            needs="customers.attributes",
        )
        for i in range(1, ATTRIBUTES + 1)
    ),
)
