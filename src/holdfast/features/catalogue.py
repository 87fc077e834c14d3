"""All features by family."""

from holdfast.features.basket import BASKET
from holdfast.features.contacts import CONTACTS
from holdfast.features.customers import CUSTOMERS
from holdfast.features.feature import Feature
from holdfast.features.money import MONEY
from holdfast.features.products import PRODUCTS
from holdfast.features.recency import RECENCY_AND_FREQUENCY
from holdfast.features.returns import RETURNS
from holdfast.features.rhythm import RHYTHM
from holdfast.features.season import SEASON
from holdfast.features.surveys import SURVEYS
from holdfast.features.tickets import TICKETS
from holdfast.features.trend import TREND_AND_SEASON
from holdfast.features.visits import VISITS

FAMILIES: dict[str, tuple[Feature, ...]] = {
    "recency and frequency": RECENCY_AND_FREQUENCY,
    "money": MONEY,
    "rhythm": RHYTHM,
    "trend and season": TREND_AND_SEASON,
    "basket": BASKET,
    "returns": RETURNS,
    "products": PRODUCTS,
    "calendar": SEASON,
    "visits": VISITS,
    "tickets": TICKETS,
    "contacts": CONTACTS,
    "surveys": SURVEYS,
    "customers": CUSTOMERS,
}

FEATURES: tuple[Feature, ...] = tuple(f for family in FAMILIES.values() for f in family)
