"""A small made-up shop to play with: a file of purchases, and the scenario that `init` writes for it."""

import pandas as pd

from holdfast.data import simulate_shop

_CUSTOMERS, _SEED = 2000, 6


def demo_purchases() -> pd.DataFrame:
    """Return the purchases of 2,000 made-up customers over 540 days from 2023-01-01.

    Examples
    --------
    >>> shop = demo_purchases()
    >>> list(shop), shop["customer_id"].nunique()
    (['customer_id', 'ordered_at', 'amount', 'order_id'], 2000)
    """
    return simulate_shop(_CUSTOMERS, seed=_SEED).purchases
