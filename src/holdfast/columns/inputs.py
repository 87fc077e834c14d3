"""Columns of the tables Holdfast reads, as they come and as they are once read."""

from holdfast.columns.column import Column

# What a purchase log may hold. `customer_id` and `ordered_at` are required, the rest widens what can be said.
PURCHASES = (
    Column("customer_id", "text", "", "who bought; kept as text, 00123 stays 00123"),
    Column("ordered_at", "timestamp", "", "when, in the shop's own time zone"),
    Column("amount", "decimal", "currency", "what the line was worth; negative for a return"),
    Column("quantity", "decimal", "pieces", "how many; negative for a return"),
    Column("unit_price", "decimal", "currency", "price of one; amount = quantity × unit_price"),
    Column("order_id", "text", "", "lines with the same one are one order"),
    Column("product_id", "text", "", "what was bought"),
    Column("currency", "text", "", "currency of the amount; kept lines in several are refused without a rate"),
    Column("refunded", "decimal", "currency", "what was given back of the amount since; comes off it"),
    Column("discount", "decimal", "currency", "comes off the amount, or off quantity × unit_price (`discount_as`)"),
    Column("shipping", "decimal", "currency", "is added, where the amount does not hold it already"),
    Column("tax", "decimal", "currency", "is added, where the amount does not hold it already"),
    Column(
        "rate",
        "decimal",
        "currency per currency",
        "what one unit of the line's currency is worth in the shop's own; money × rate counts",
    ),
    Column("branch", "text", "", "where it was bought: branch, store, till"),
    Column("channel", "text", "", "how it was bought: web, app, telephone, marketplace"),
    Column("category", "text", "", "kind of what was bought: category, department, brand, genre"),
    Column("seller", "text", "", "who sold it: salesperson, account manager, seller on a marketplace"),
    Column("region", "text", "", "where the buyer is: country, region"),
    Column("promotion", "text", "", "with what it was bought: code of a voucher or of a campaign"),
    Column(
        "refers_to",
        "text",
        "",
        "order that a line without a customer, such as a refund, refers to; the line has that order's customer",
    ),
)

# No feature reads these: lists say what their customers have in common in them (`lists.common`).
LABELS = ("branch", "channel", "category", "seller", "region", "promotion")

# What reading hands on: the same purchases as exact types that every SQL engine computes alike.
CLEAN_PURCHASES = (
    Column("customer_id", "VARCHAR", "", "who bought"),
    Column("day", "INTEGER", "days since 1970-01-01", "day of the purchase"),
    Column("order_key", "VARCHAR", "", "never null: the order id, or the customer-day where there is none"),
    Column("amount", "DECIMAL(18,2)", "currency", "worth of the line; 1 or −1 where the log has no amounts"),
    Column("quantity", "DECIMAL(18,2)", "pieces", "null where the log has none"),
    Column("product_id", "VARCHAR", "", "null where the log has none"),
)

# What returns of later days take off the days of purchases; each stands twice (`data.refunds`).
REFUNDS = (
    Column("customer_id", "VARCHAR", "", "who gave back"),
    Column("day", "INTEGER", "days since 1970-01-01", "day whose spend changes"),
    Column("known_day", "INTEGER", "days since 1970-01-01", "day of the return: before it, nothing of it is known"),
    Column("amount", "DECIMAL(18,2)", "currency", "negative on the day of the purchase, positive on its own"),
)

# What may stand beside purchases. A column that is no text, number or flag ends in `_at`: it becomes a day number.
# `REQUIRED` says what every file must have.
TABLES = {
    "visits": (
        Column("customer_id", "text", "", "who visited"),
        Column("visited_at", "timestamp", "", "when"),
        Column("pages", "decimal", "pages", "pages seen"),
        Column("channel", "text", "", "shop, web, app, …"),
    ),
    "tickets": (
        Column("customer_id", "text", "", "who asked or complained"),
        Column("opened_at", "timestamp", "", "when"),
        Column("closed_at", "timestamp", "", "when it was settled; empty while open; not before opened_at"),
        Column("topic", "text", "", "subject"),
        Column("comment", "text", "", "what the customer wrote"),
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
        Column("comment", "text", "", "what the customer wrote"),
    ),
    "customers": (
        Column("customer_id", "text", "", "whom the line describes"),
        Column(
            "known_at",
            "timestamp",
            "",
            "since when the line is known; lines of one customer are versions, the latest counts",
        ),
        Column("acquired_at", "timestamp", "", "when the customer was acquired"),
        Column("channel", "text", "", "through which channel"),
        Column("acquisition_cost", "decimal", "currency", "what acquiring the customer cost"),
        Column("consent", "flag", "", "agreed to be contacted: true/false, yes/no, 1/0"),
        Column("objection", "flag", "", "objected to marketing: true/false, yes/no, 1/0"),
        Column("profiling_objection", "flag", "", "objected to being scored: true/false, yes/no, 1/0"),
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
    """Return the columns of a table beside purchases once read: days for times, exact decimals for numbers."""
    version = Column("version", "INTEGER", "", "1, 2, …: versions of one customer by known_at, each number once")
    return tuple(_clean(c) for c in TABLES[name]) + ((version,) if name == "customers" else ())


def _clean(column: Column) -> Column:
    if column.type == "timestamp":
        name = column.name.removesuffix("_at") + "_day"
        return Column(name, "INTEGER", "days since 1970-01-01", column.meaning)
    kinds = {"text": "VARCHAR", "flag": "INTEGER", "decimal": "DECIMAL(18,6)"}
    kind = "DECIMAL(18,2)" if column.unit in ("currency", "pages") else kinds[column.type]
    return Column(column.name, kind, "1 or 0" if column.type == "flag" else column.unit, column.meaning)
