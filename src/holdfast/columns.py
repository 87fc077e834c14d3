"""The tables Holdfast reads and writes: every column with its type, unit and meaning.

A horizon is part of a column's name (``p_churn_90d``), so that no number can be misread.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column of a table: its name, SQL type, unit, and what it means."""

    name: str
    type: str
    unit: str
    meaning: str


# What a purchase log may hold. `customer_id` and `ordered_at` are required, the rest widens what can be said.
PURCHASES = (
    Column("customer_id", "text", "", "who bought; kept as text, 00123 stays 00123"),
    Column("ordered_at", "timestamp", "", "when, in the shop's own time zone"),
    Column("amount", "decimal", "currency", "what the line was worth; negative for a return"),
    Column("quantity", "decimal", "pieces", "how many; negative for a return"),
    Column("unit_price", "decimal", "currency", "price of one; amount = quantity × unit_price"),
    Column("order_id", "text", "", "lines with the same one are one order"),
    Column("product_id", "text", "", "what was bought"),
)

# What the door hands on: the same purchases as exact types that every SQL engine computes alike.
CLEAN_PURCHASES = (
    Column("customer_id", "VARCHAR", "", "who bought"),
    Column("day", "INTEGER", "days since 1970-01-01", "day of the purchase"),
    Column("order_key", "VARCHAR", "", "never null: the order id, or the customer-day where there is none"),
    Column("amount", "DECIMAL(18,2)", "currency", "worth of the line; 1 or −1 where the log has no amounts"),
    Column("quantity", "DECIMAL(18,2)", "pieces", "null where the log has none"),
    Column("product_id", "VARCHAR", "", "null where the log has none"),
)

# What may stand beside purchases. A column that is no text, number or flag ends in `_at`: it becomes a day number.
# `REQUIRED` says what every file must have.
TABLES = {
    "visits": (
        Column("customer_id", "text", "", "who looked in"),
        Column("visited_at", "timestamp", "", "when"),
        Column("pages", "decimal", "pages", "how many were seen"),
        Column("channel", "text", "", "shop, web, app, …"),
    ),
    "tickets": (
        Column("customer_id", "text", "", "who asked or complained"),
        Column("opened_at", "timestamp", "", "when"),
        Column("closed_at", "timestamp", "", "when it was settled; empty while open; not before opened_at"),
        Column("topic", "text", "", "what about"),
    ),
    "contacts": (
        Column("customer_id", "text", "", "who was contacted, or held back as a control"),
        Column("campaign", "text", "", "which campaign"),
        Column("sent_at", "timestamp", "", "when it was sent; an empty cell: not sent"),
        Column("opened_at", "timestamp", "", "when it was opened; empty: not yet; not before sent_at"),
        Column("converted_at", "timestamp", "", "when the customer did what it was for; not before sent_at"),
        Column("cost", "decimal", "currency", "what this contact cost"),
        Column("arm", "text", "", "arm of the experiment; `control`: not sent, whatever sent_at says"),
    ),
    "surveys": (
        Column("customer_id", "text", "", "who was asked"),
        Column("asked_at", "timestamp", "", "when"),
        Column("answered_at", "timestamp", "", "when the answer came; not given: on the day of asking"),
        Column("item", "text", "", "which question"),
        Column("dimension", "text", "", "of perceived value: functional, monetary, time, …"),
        Column("score", "decimal", "score", "the answer; empty: not answered"),
        Column("importance", "decimal", "score", "how much the item matters to the customer"),
    ),
    "customers": (
        Column("customer_id", "text", "", "whom the line describes"),
        Column(
            "known_at",
            "timestamp",
            "",
            "since when the line is known; lines of one customer are versions, the latest counts",
        ),
        Column("acquired_at", "timestamp", "", "when the customer was won"),
        Column("channel", "text", "", "through which channel"),
        Column("acquisition_cost", "decimal", "currency", "what that cost"),
        Column("consent", "flag", "", "agreed to be contacted: true/false, yes/no, 1/0"),
        Column("objection", "flag", "", "objected to marketing: true/false, yes/no, 1/0"),
        *(Column(f"attribute_{i}", "decimal", "as given", "any number or flag") for i in range(1, 6)),
    ),
}
REQUIRED = {
    "visits": ("customer_id", "visited_at"),
    "tickets": ("customer_id", "opened_at"),
    "contacts": ("customer_id", "sent_at"),
    "surveys": ("customer_id", "asked_at"),
    "customers": ("customer_id",),
}


def clean_table(name: str) -> tuple[Column, ...]:
    """Return the columns of a table beside purchases behind the door: days for times, exact decimals for numbers."""
    version = Column("version", "INTEGER", "", "1, 2, …: versions of one customer by known_at, each number once")
    return tuple(_clean(c) for c in TABLES[name]) + ((version,) if name == "customers" else ())


def _clean(column: Column) -> Column:
    if column.type == "timestamp":
        name = column.name.removesuffix("_at") + "_day"
        return Column(name, "INTEGER", "days since 1970-01-01", column.meaning)
    kinds = {"text": "VARCHAR", "flag": "INTEGER", "decimal": "DECIMAL(18,6)"}
    kind = "DECIMAL(18,2)" if column.unit in ("currency", "pages") else kinds[column.type]
    return Column(column.name, kind, "1 or 0" if column.type == "flag" else column.unit, column.meaning)


# The four sufficient statistics of the buy-till-you-die models (Fader, Hardie & Lee 2005), in days.
SUMMARY = (
    Column("frequency", "INTEGER", "purchase days", "repeat purchase days: all but the first"),
    Column("recency", "INTEGER", "days", "from the first purchase day to the last"),
    Column("T", "INTEGER", "days", "from the first purchase day to the last day observed"),
    Column("monetary_value", "DOUBLE", "currency", "mean spend of a purchase day, the first one included"),
)


def p_churn(days: int) -> str:
    """Name of: probability of no purchase in the ``days`` after the as-of date; higher is worse."""
    return f"p_churn_{days}d"


def expected_purchases(days: int) -> str:
    """Name of: expected number of purchase days in the ``days`` after the as-of date."""
    return f"expected_purchases_{days}d"


def clv(days: int) -> str:
    """Name of: expected discounted margin over the ``days`` after the as-of date, in currency."""
    return f"clv_{days}d"


def value_if_stays(days: int) -> str:
    """Name of: expected margin in the ``days`` after the as-of date, given at least one purchase."""
    return f"value_if_stays_{days}d"


def value_at_risk(days: int) -> str:
    """Name of: P(churn) × value if the customer stays, in currency; never contains P(alive) twice."""
    return f"value_at_risk_{days}d"


def purchases_at_risk(days: int) -> str:
    """Name of: P(churn) × expected purchases if the customer stays, for logs without amounts."""
    return f"purchases_at_risk_{days}d"


REJECTS = (
    Column("file", "text", "", "which file"),
    Column("line", "int", "", "line of the file, the header is 1; row of a frame or Parquet file, the first is 1"),
    Column("column", "text", "", "our name of the column at fault; `line` where the whole line is"),
    Column("reason", "text", "", "why it cannot be read"),
    Column("value", "text", "", "what stands there"),
)


def scores(churn_days: int, clv_days: int, *, money: bool = True) -> tuple[Column, ...]:
    """Return the columns of the scores table, one row per customer who bought before the as-of date."""
    h, year = churn_days, clv_days
    without_money = (
        Column("customer_id", "text", "", "who"),
        Column("as_of", "date", "", "scores use purchases before this day only"),
        Column("eligible", "bool", "", "still active: the churn definition applies now"),
        Column(p_churn(h), "double", "probability", f"no purchase in the {h} days from as_of on"),
        Column(expected_purchases(h), "double", "purchase days", f"expected in the {h} days from as_of on (BG/NBD)"),
        Column("p_alive", "double", "probability", "BG/NBD: has not left for good; NOT a churn risk"),
    )
    with_money = (
        Column("expected_spend_per_purchase", "double", "currency", "Gamma-Gamma mean spend of a purchase day"),
        Column(clv(year), "double", "currency", f"discounted margin expected in the next {year} days"),
        Column(value_if_stays(h), "double", "currency", f"margin in {h} days, given at least one purchase"),
        Column(value_at_risk(h), "double", "currency", f"{p_churn(h)} × {value_if_stays(h)}"),
    )
    version = (Column("model_version", "text", "", "names the content of the model that scored"),)
    return without_money + (with_money if money else ()) + version


def at_risk(churn_days: int, *, money: bool = True) -> tuple[Column, ...]:
    """Return the columns of ``lists/at_risk.csv``: active customers with the most to lose first."""
    h = churn_days
    lost = (
        (
            Column(value_if_stays(h), "double", "currency", f"margin in {h} days, given at least one purchase"),
            Column(value_at_risk(h), "double", "currency", f"{p_churn(h)} × {value_if_stays(h)}; the list's order"),
        )
        if money
        else (
            Column(purchases_at_risk(h), "double", "purchase days", f"{p_churn(h)} × purchases if the customer stays"),
        )
    )
    return (
        Column("rank", "int", "", "1 has the most to lose"),
        Column("customer_id", "text", "", "who"),
        Column(p_churn(h), "double", "probability", f"no purchase in the {h} days from as_of on"),
        *lost,
        Column("purchases_so_far", "int", "purchase days", "before as_of"),
        Column("last_purchase", "date", "", "last purchase day before as_of"),
        *(Column(f"reason_{i}", "text", "", "what the risk is associated with, strongest first") for i in (1, 2, 3)),
        Column("as_of", "date", "", "scores use purchases before this day only"),
        Column("model_version", "text", "", "names the content of the model that scored"),
    )


def high_value(churn_days: int, clv_days: int) -> tuple[Column, ...]:
    """Return the columns of ``lists/high_value.csv``: customers with the highest CLV first."""
    h = churn_days
    return (
        Column("rank", "int", "", "1 is worth most"),
        Column("customer_id", "text", "", "who"),
        Column(clv(clv_days), "double", "currency", f"discounted margin expected in the next {clv_days} days"),
        Column("clv_decile", "int", "", "1 is the top tenth of all customers"),
        Column("share_of_total", "double", "share", "this customer's share of all customers' CLV"),
        Column("cumulative_share", "double", "share", "with everybody above"),
        Column(expected_purchases(h), "double", "purchase days", f"expected in the {h} days from as_of on"),
        Column("expected_spend_per_purchase", "double", "currency", "Gamma-Gamma mean spend of a purchase day"),
        Column(p_churn(h), "double", "probability", f"no purchase in the {h} days from as_of on"),
        Column("eligible", "bool", "", "still active: the churn definition applies now"),
        Column("as_of", "date", "", "scores use purchases before this day only"),
        Column("model_version", "text", "", "names the content of the model that scored"),
    )
