"""All features by family, and the plain-word reasons that explain them."""

from holdfast.features.basket import BASKET
from holdfast.features.contacts import CONTACTS
from holdfast.features.customers import CUSTOMERS
from holdfast.features.feature import Feature, Reason
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

REASONS = {
    "silence": Reason(
        "silent for {days_since_last:n day}; usually buys every {gap_median:.0f}",
        "silent for {days_since_last:n day} since the only purchase",
    ),
    "frequency": Reason("{purchase_days:n purchase} in {tenure:n day}", "{purchase_days:n purchase} so far"),
    "recent activity": Reason(
        "{purchase_days_90d:n purchase} in the last 90 days, {purchase_days_365d:.0f} in the last 365",
        "few recent purchases",
    ),
    "rhythm": Reason("last gap {gap_last:n day}, usual gap {gap_median:.0f}", "only one purchase, so no rhythm yet"),
    "trend": Reason("{late_share:.0%} of repeat purchases in the later half of the relationship", "no trend yet"),
    "spend": Reason("spends {spend_mean:,.2f} per purchase, {spend_last:,.2f} last time", "spend per purchase"),
    "basket": Reason("{lines_per_purchase:.1f} lines per purchase", "what they buy together"),
    "returns": Reason("{return_lines:n returned line}", "returns"),
    "products": Reason(
        "{products_again_share:.0%} of products bought again, {products_new_90d:.0f} new ones in the last 90 days",
        "which products they buy",
    ),
    "season": Reason(
        "{season_share:.0%} of purchases fell in the coming season of earlier years", "the season of the year"
    ),
    "visits": Reason(
        "{visits_30d:n visit} in the last 30 days, {visits_since_purchase:.0f} since the last purchase",
        "visits",
    ),
    "tickets": Reason("{tickets_open:n open ticket}, {tickets_90d:n ticket} in the last 90 days", "tickets"),
    "contacts": Reason(
        "{contact_opened_share:.0%} of contacts opened, {contacts_90d:n contact} in the last 90 days",
        "contacts of campaigns",
    ),
    "surveys": Reason("last survey score {survey_score:.1f}, {days_since_score:n day} ago", "no survey answered"),
    "customers": Reason("acquired {days_since_acquired:n day} ago", "what is on file about the customer"),
    "tenure": Reason("first bought {tenure:n day} ago", "how long they have been a customer"),
}
