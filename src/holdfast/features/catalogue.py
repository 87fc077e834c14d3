"""All features by family, and the plain-word reasons they are told by."""

from holdfast.features.basket import BASKET
from holdfast.features.feature import Feature, Reason
from holdfast.features.money import MONEY
from holdfast.features.recency import RECENCY_AND_FREQUENCY
from holdfast.features.returns import RETURNS
from holdfast.features.rhythm import RHYTHM
from holdfast.features.trend import TREND_AND_SEASON

FAMILIES: dict[str, tuple[Feature, ...]] = {
    "recency and frequency": RECENCY_AND_FREQUENCY,
    "money": MONEY,
    "rhythm": RHYTHM,
    "trend and season": TREND_AND_SEASON,
    "basket": BASKET,
    "returns": RETURNS,
}

FEATURES: tuple[Feature, ...] = tuple(f for family in FAMILIES.values() for f in family)

REASONS = {
    "silence": Reason(
        "silent for {days_since_last:.0f} days; usually buys every {gap_median:.0f}",
        "silent for {days_since_last:.0f} days since the only purchase",
    ),
    "frequency": Reason("{purchase_days:.0f} purchases in {tenure:.0f} days", "{purchase_days:.0f} purchases so far"),
    "recent activity": Reason(
        "{purchase_days_90d:.0f} purchases in the last 90 days, {purchase_days_365d:.0f} in the last 365",
        "few recent purchases",
    ),
    "rhythm": Reason("last gap {gap_last:.0f} days, usual gap {gap_median:.0f}", "only one purchase, so no rhythm yet"),
    "trend": Reason("{late_share:.0%} of repeat purchases in the later half of the relationship", "no trend yet"),
    "spend": Reason("spends {spend_mean:,.2f} per purchase, {spend_last:,.2f} last time", "spend per purchase"),
    "basket": Reason("{lines_per_purchase:.1f} lines per purchase", "what is in the basket"),
    "returns": Reason("{return_lines:.0f} returned lines", "returns"),
    "tenure": Reason("first bought {tenure:.0f} days ago", "how long a customer"),
}
