"""Files, tables and frames → valid purchases, with an account of every line."""

from holdfast.data.door import PurchaseLog, read_purchases
from holdfast.data.report import DataReport
from holdfast.data.simulate import SimulatedShop, simulate_shop
from holdfast.data.source import Cancellation, Columns, Exclusion, Rules, Source

__all__ = [
    "Cancellation",
    "Columns",
    "DataReport",
    "Exclusion",
    "PurchaseLog",
    "Rules",
    "SimulatedShop",
    "Source",
    "read_purchases",
    "simulate_shop",
]
