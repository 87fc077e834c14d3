"""Files, tables and frames → valid purchases, with an account of every line."""

from holdfast.data.day import Day, read_day
from holdfast.data.engine import Engine
from holdfast.data.flat import read_flat
from holdfast.data.formats import FORMATS, with_format
from holdfast.data.id_map import ReadIdMap, read_id_map
from holdfast.data.line_rules import Cancellation, ColumnRule, Exclusion, Rules
from holdfast.data.lookup import Lookup
from holdfast.data.merged import IdMap
from holdfast.data.purchases import PurchaseLog, read_purchases
from holdfast.data.report import DataReport
from holdfast.data.simulate import SimulatedShop, simulate_shop
from holdfast.data.simulate_campaign import SimulatedCampaign, simulate_campaign
from holdfast.data.simulate_contracts import SimulatedContracts, simulate_contracts
from holdfast.data.source import Columns, Source, TableSource, Written
from holdfast.data.tables import TableAccount, Tables, read_tables

__all__ = [
    "FORMATS",
    "Cancellation",
    "ColumnRule",
    "Columns",
    "DataReport",
    "Day",
    "Engine",
    "Exclusion",
    "IdMap",
    "Lookup",
    "PurchaseLog",
    "ReadIdMap",
    "Rules",
    "SimulatedCampaign",
    "SimulatedContracts",
    "SimulatedShop",
    "Source",
    "TableAccount",
    "TableSource",
    "Tables",
    "Written",
    "read_day",
    "read_flat",
    "read_id_map",
    "read_purchases",
    "read_tables",
    "simulate_campaign",
    "simulate_contracts",
    "simulate_shop",
    "with_format",
]
