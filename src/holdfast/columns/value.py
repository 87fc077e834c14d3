"""Columns of segments, cards and everything that `holdfast value` writes."""

from holdfast.columns.column import Column
from holdfast.columns.scores import clv, expected_purchases, p_churn
from holdfast.language import told

SEGMENTS = (
    Column("customer_id", "text", "", told("who")),
    Column("as_of", "date", "", told("scores use purchases before this day only")),
    Column("r", "int", "score", told("recency, 5 = the fifth that bought last; equal values share the higher score")),
    Column("f", "int", "score", told("frequency (purchase days), 5 = most; equal values share the lower score")),
    Column(
        "m",
        "int",
        "score",
        told("money spent so far, 5 = most; equal values share the lower score; a log without amounts repeats f"),
    ),
    Column("segment", "text", "", told("one of eleven names, by r and the mean of f and m")),
    Column("buyer", "text", "", told("new, loyal or sporadic")),
    Column("value_band", "text", "", told("high, middle or low by CLV (expected purchases in a log without amounts)")),
    Column("risk_band", "text", "", told("high, middle or low by P(churn); lapsed: no longer eligible")),
    Column("grid", "text", "", told("value_band and risk_band in one name")),
    Column("tier", "text", "", told("loyalty tier after this review")),
    Column("previous_tier", "text", "", told("of the last review; empty: none")),
    Column("tier_measure", "double", "as given", told("the figure that decides the tier (segments.tiers.measure)")),
    Column("persona", "text", "", told("only where personas are configured and not refused")),
)
MOVEMENTS = (
    Column("kind", "text", "", "segment, buyer, grid or tier"),
    Column("from_segment", "text", "", "on the earlier date"),
    Column("to_segment", "text", "", "now"),
    Column("customers", "int", "customers", "who moved this way; the rows of one kind sum to all customers"),
    Column("share_of_from", "double", "share", "share of the customers of from_segment; sums to 1 for each"),
)


def cards(churn_days: int, clv_days: int, *, money: bool = True) -> tuple[Column, ...]:
    """Return the columns of ``segments/cards.csv``: one card per segment of each kind."""
    value, unit = (clv(clv_days), "currency") if money else (expected_purchases(churn_days), "purchase days")
    return (
        Column("kind", "text", "", "segment, buyer, grid, tier or persona"),
        Column("name", "text", "", "of the segment"),
        Column("customers", "int", "customers", "how many; each kind sums to all"),
        Column("share_of_customers", "double", "share", "of all scored; each kind sums to 1"),
        Column("share_of_value", "double", "share", f"of the total {value}; each kind sums to 1"),
        Column(f"{value}_mean", "double", unit, "per customer"),
        Column(f"{value}_median", "double", unit, "per customer"),
        Column(f"{value}_total", "double", unit, "each kind sums to the total of the scores"),
        Column(f"{p_churn(churn_days)}_mean", "double", "probability", "mean of all customers, the lapsed included"),
        Column("cac_mean", "double", "currency", "mean acquisition cost of those whose cost is known"),
        Column("cac_customers", "int", "customers", "whose cost is known"),
        *(
            Column(f"reason_{i}", "text", "", "signs of risk that those at risk share, most common first")
            for i in (1, 2, 3)
        ),
        Column("action", "text", "", "what to do"),
    )


def historical(clv_days: int) -> tuple[Column, ...]:
    """Return the columns of ``value/historical.csv``."""
    return (
        Column("segment", "text", "", "RFM segment; the last row is `all`"),
        Column("customers", "int", "customers", "in the segment"),
        Column("historical_customers", "int", "customers", "with a historical CLV"),
        Column("historical_mean", "double", "currency", "average order × orders a year × years × margin, per customer"),
        Column("historical_total", "double", "currency", "of the segment"),
        Column(f"{clv(clv_days)}_mean", "double", "currency", f"predicted for the next {clv_days} days"),
        Column(f"{clv(clv_days)}_total", "double", "currency", "of the segment"),
        Column("still_active", "double", "share", "whose lifespan is censored: the historical figure is too low"),
        Column("rank_correlation", "double", "", "Spearman, historical and predicted; empty: no variation"),
    )


def totals(clv_days: int) -> tuple[Column, ...]:
    """Return the columns of ``value/totals.csv``: what customers bring in together."""
    return (
        Column("kind", "text", "", "all, segment (RFM) or cohort"),
        Column("name", "text", "", "of the group; a cohort is the calendar month of the first purchase day (YYYY-MM)"),
        Column("customers", "int", "customers", "in the group; each kind sums to all"),
        Column(f"{clv(clv_days)}_total", "double", "currency", "expected together; each kind sums to all"),
        *(
            Column(f"{side}_{level}", "double", "currency", f"with {level} % probability the total lies between these")
            for level in (80, 95)
            for side in ("low", "high")
        ),
    )


VALUE = {
    "cohorts": (
        Column("cohort", "text", "", "calendar month of the first purchase day (YYYY-MM)"),
        Column("age_months", "int", "months", "calendar months later; 0 is the first"),
        Column("customers", "int", "customers", "in the cohort"),
        Column("active", "int", "customers", "with a purchase day in that month"),
        Column("retention", "double", "share", "active / customers"),
        Column("spend_per_customer", "double", "currency", "spend of that month / customers"),
        Column("reason", "text", "", "why the row has no figure: the month is not over"),
    ),
    "acquisition": (
        Column("channel", "text", "", "the last row is `all`"),
        Column("people", "int", "people", "of tables.customers, buyers or not"),
        Column("mature", "int", "people", "whose cost is known and whose first clv.horizon_days are over"),
        Column("buyers", "int", "customers", "of these, who bought within those days"),
        Column("conversion", "double", "share", "buyers / mature"),
        Column("conversion_low", "double", "share", "95 % interval (Wilson)"),
        Column("conversion_high", "double", "share", ""),
        Column("cost_total", "double", "currency", "of the mature"),
        Column("cac", "double", "currency", "cost_total / buyers"),
        Column("clv_total", "double", "currency", "realised margin of the mature within those days"),
        Column("clv", "double", "currency", "clv_total / buyers"),
        Column("clv_to_cac", "double", "ratio", "clv_total / cost_total: same people, days and margin"),
        Column("payback_days", "double", "days", "until the margin of all covers the cost of all"),
        Column("payback_month", "double", "months", "the same in twelfths of 365.25 days; 1 is the first"),
        Column("reason", "text", "", "why a figure is missing"),
    ),
    "campaigns": (
        Column("campaign", "text", "", "which"),
        Column("sent", "int", "contacts", "control group aside"),
        Column("open_rate", "double", "share", "of sent"),
        Column("conversion", "double", "share", "of sent"),
        Column("conversion_low", "double", "share", "95 % interval (Wilson)"),
        Column("conversion_high", "double", "share", ""),
        Column("cost_total", "double", "currency", "of sent"),
        Column("cost_per_conversion", "double", "currency", "cost_total / conversions"),
        Column("window_over", "int", "contacts", "sent value.response_days ago or earlier"),
        Column("bought", "double", "share", "of window_over, with a purchase within those days"),
        Column("control_window_over", "int", "contacts", "the same of the control group"),
        Column("control_bought", "double", "share", "the same of the control group"),
        Column("lift", "double", "share", "bought − control_bought; an effect only if chance chose the arms"),
        Column("lift_low", "double", "share", "95 % interval (Newcombe)"),
        Column("lift_high", "double", "share", ""),
        Column("reason", "text", "", "why a figure is missing"),
    ),
    "satisfaction": (
        Column("measure", "text", "", "NPS, CSAT or CSI"),
        Column("value", "double", "points", "NPS: −100 to 100; CSAT and CSI: 0 to 100"),
        Column("low", "double", "points", "95 % interval"),
        Column("high", "double", "points", ""),
        Column("n", "int", "customers", "who answered"),
        Column("asked", "int", "customers", "who were asked"),
        Column("response_rate", "double", "share", "share of those asked who answered any of the items"),
        Column("reason", "text", "", "why there is no figure"),
    ),
    "perceived": (
        Column("segment", "text", "", "RFM segment; the last row is `all`"),
        Column("n", "int", "customers", "who answered about a benefit and a cost"),
        Column("benefit_index", "double", "points", "0 to 100: mean of the benefits answered"),
        Column("cost_index", "double", "points", "0 to 100, higher is costlier: mean of the costs answered"),
        Column("perceived_value", "double", "points", "benefit_index − cost_index, −100 to 100"),
        Column("low", "double", "points", "95 % interval"),
        Column("high", "double", "points", ""),
        *(
            Column(f"{kind}_{side}", "double", "points", "0 to 100, mean of those who answered")
            for side, kinds in (
                ("benefit", ("functional", "monetary", "social", "psychological")),
                ("cost", ("monetary", "time", "energy", "emotional")),
            )
            for kind in kinds
        ),
        Column("largest_gap", "text", "", "dimension furthest from the best (100 for a benefit, 0 for a cost)"),
        Column("gap", "double", "points", "how far that dimension is from the best"),
        Column("reason", "text", "", "why a figure is missing"),
    ),
    "comments": (
        Column("kind", "text", "", "all or segment"),
        Column("name", "text", "", "RFM segment; of those who are not scored, only `all` tells"),
        Column("topic", "text", "", "of value.topics; `all`: every comment; `other`: of no topic"),
        Column("comments", "int", "comments", "of the last 365 days: of surveys, and texts of tickets"),
        Column("customers", "int", "customers", "who wrote them"),
        Column("share", "double", "share", "of the customers of this group who wrote anything"),
        Column("scored", "int", "customers", "whose comments have a score of theirs, given with it or on the same day"),
        Column("tone", "double", "−1 to 1", "mean of these customers: −1 the worst score of the scale, 1 the best"),
        Column("low", "double", "−1 to 1", "95 % interval"),
        Column("high", "double", "−1 to 1", ""),
        Column("unhappy", "int", "customers", "of the scored, whose mean lies below the middle of the scale"),
        Column("happy", "int", "customers", "of the scored, above it"),
        Column("tone_by_words", "double", "−1 to 1", "of comments without a score, as learnt from those with one"),
    ),
    "words": (
        Column("said_by", "text", "", "unhappy or happy by their scores; left or stayed in the last window"),
        Column("word", "text", "", "word, or two words that stand together"),
        Column("customers", "int", "customers", "who wrote it, of this group and its opposite; at least five"),
        Column("share", "double", "share", "of this group's customers who wrote anything"),
        Column("share_of_others", "double", "share", "the same of the opposite group"),
        Column("p_value", "double", "probability", "of so many by chance (Fisher); false discovery rate 5 %"),
    ),
    "associations": (
        Column("measure", "text", "", "what was known before the last window that is over"),
        Column("n", "int", "customers", "customers who were active then and have this measure"),
        Column("churners", "int", "customers", "of these, without a purchase in the window"),
        Column(
            "auc",
            "double",
            "probability",
            "probability that a churner's figure was lower than a stayer's; 0.5: no association",
        ),
        Column("low", "double", "probability", "95 % interval (DeLong)"),
        Column("high", "double", "probability", ""),
        Column("finding", "text", "", "`none found` where the interval holds 0.5"),
        Column("reason", "text", "", "why there is no figure"),
    ),
    "kpis": (
        Column("kpi", "text", "", "name"),
        Column("value", "double", "as base says", "empty where it is refused"),
        Column("low", "double", "as value", "95 % interval"),
        Column("high", "double", "as value", ""),
        Column("n", "int", "customers", "size of the base"),
        Column("base", "text", "", "a share or mean of whom, over which time"),
        Column("reason", "text", "", "why there is no figure: which table or time is missing"),
    ),
}
