"""What the customers of a list have in common, asked of the purchases of a scenario."""

from datetime import date

from holdfast.lists.common import LastBought
from holdfast.pipeline.preparation import PreparedPurchases
from holdfast.pipeline.setting import Prepared


def last_bought(prepared: PreparedPurchases, as_of: date, known_until: date) -> LastBought:
    """Return where, how and what everybody last bought before a day, of what is known by another."""
    config = prepared.config
    mapped = config.purchases.columns.mapped() if config.purchases is not None else {}
    return LastBought(
        prepared.connection,
        mapped,
        as_of,
        known_until,
        active_days=config.active_days,
        horizon_days=config.churn.horizon_days,
        fewest=config.privacy.minimum_cell,
        customers=prepared.snapshots.customers,
    )


def in_common(prepared: Prepared, customers: list[str], as_of: date, known_until: date) -> str:
    """Return what the first of some customers have in common, in one sentence; empty where nothing is unusual."""
    if not isinstance(prepared, PreparedPurchases):
        return ""
    return last_bought(prepared, as_of, known_until).in_common(customers)
