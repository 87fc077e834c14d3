"""Layouts of common exports, one record each: which columns hold what, which lines count, and how values are written.

A key that the user gives wins over the record's; a rule on a column wins over the record's on the same column.
``docs/formats.md`` says the same in words.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Format:
    """The layout of one export.

    Attributes
    ----------
    export
        The page of the product that makes the file.
    columns
        Which column holds what (``data.Columns``).
    keep, drop
        By column of the file: its values on lines that count, and on lines that do not (``ANY``: whatever is filled).
        The file must have the columns of ``keep``.
    keys
        Other keys of ``purchases``.
    """

    export: str
    columns: Mapping[str, str]
    keep: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    drop: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    keys: Mapping[str, Any] = field(default_factory=dict)

    def rules(self) -> dict[str, list[dict[str, Any]]]:
        """Return the rules on columns as a configuration states them; a value that no line has is no surprise."""
        return {
            name: [{"column": column, "optional": True, **_matching(values)} for column, values in given.items()]
            for name, given in (("keep", self.keep), ("drop", self.drop))
        }


ANY = ("...",)
# Few files of an export have these, and without them nothing is amiss: whether a payment was only a test.
SELDOM = frozenset({"Livemode", "Mode"})
# What a file of a known export may lack.
_OPTIONAL = ("refunded", "currency", "product_id", "quantity")


def _matching(values: tuple[str, ...]) -> dict[str, Any]:
    return {"pattern": ".+"} if values == ANY else {"values": list(values)}


FORMATS = {
    "shopify": Format(
        export="Shopify admin, Orders, Export, plain CSV file (one line per item; order facts on the first)",
        columns={
            "customer_id": "Email",
            "ordered_at": "Created at",
            "amount": "Total",
            "refunded": "Refunded Amount",
            "currency": "Currency",
            "order_id": "Name",
            "product_id": "Lineitem name",
            "quantity": "Lineitem quantity",
        },
        keep={"Financial Status": ("paid", "partially_refunded")},
        drop={"Cancelled at": ANY, "Payment Method": ("bogus", "(for testing) Bogus Gateway")},
        keys={"amount_of": "order", "id_case": "fold"},
    ),
    "woocommerce": Format(
        export="WooCommerce, Analytics, Orders, Download (one line per order; the customer is a name)",
        columns={
            "customer_id": "Customer",
            "ordered_at": "Date",
            "amount": "Net Sales",
            "order_id": "Order #",
            "quantity": "Items sold",
        },
        keep={"Status": ("completed", "processing")},
    ),
    "magento": Format(
        export="Magento and Adobe Commerce, Sales, Orders, Export, CSV (one line per order)",
        columns={
            "customer_id": "Customer Email",
            "ordered_at": "Purchase Date",
            "amount": "Grand Total (Base)",
            "refunded": "Total Refunded",
            "order_id": "ID",
        },
        keep={"Status": ("complete", "processing")},
        keys={"date_format": ["%b %d, %Y %I:%M:%S %p", "%Y-%m-%d %H:%M:%S"], "id_case": "fold"},
    ),
    "stripe": Format(
        export="Stripe dashboard, Payments, Export (one line per payment; times are UTC)",
        columns={
            "customer_id": "Customer Email",
            "ordered_at": "Created date (UTC)",
            "amount": "Amount",
            "refunded": "Amount Refunded",
            "currency": "Currency",
            "order_id": "id",
        },
        keep={"Status": ("Paid",)},
        drop={"Captured": ("false",), "Livemode": ("false",), "Mode": ("test",)},
        keys={"id_case": "fold"},
    ),
    "square": Format(
        export="Square dashboard, Transactions, Export, Transactions CSV (one line per payment or refund)",
        columns={
            "customer_id": "Customer ID",
            "ordered_at": "Date",
            "amount": "Net Sales",
            "order_id": "Transaction ID",
        },
        keep={"Event Type": ("Payment", "Refund")},
        keys={"decimal": ".", "thousands": ",", "rules": {"missing_customer": "drop"}},
    ),
    "bigcommerce": Format(
        export="BigCommerce, Orders, Export, template Default, CSV (one line per order; dates as in the United States)",
        columns={
            "customer_id": "Customer Email",
            "ordered_at": "Order Date",
            "amount": "Order Total (inc tax)",
            "refunded": "Refund Amount",
            "currency": "Order Currency Code",
            "order_id": "Order ID",
        },
        keep={
            "Order Status": (
                *("Completed", "Shipped", "Partially Shipped", "Partially Refunded"),
                *("Awaiting Fulfillment", "Awaiting Shipment", "Awaiting Pickup"),
            )
        },
        keys={"date_format": "%m/%d/%Y", "id_case": "fold"},
    ),
    "klaviyo": Format(
        export="Klaviyo's CSV of historical events, of the metric Placed Order (one line per order)",
        columns={
            "customer_id": "Person//Email",
            "ordered_at": "Timestamp",
            "amount": "$value",
            "order_id": "$event_id",
        },
        keys={"id_case": "fold"},
    ),
}


def with_format(name: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """Return keys of ``purchases`` as given, and as the format of this name says where they are not.

    Examples
    --------
    >>> with_format("klaviyo", {"columns": {"amount": "paid"}})["columns"]["amount"]
    'paid'
    """
    known = FORMATS[name]
    rules = {**known.keys.get("rules", {}), **known.rules()}
    stated = given.get("rules") or {}
    if isinstance(stated, Mapping):
        lists = {key: _joined(rules[key], stated[key]) for key in ("keep", "drop") if stated.get(key)}
        rules = {**rules, **stated, **lists}
    columns = given.get("columns") or {}
    if isinstance(columns, Mapping):
        columns = {**known.columns, **columns}
    return {**known.keys, **given, "columns": columns, "rules": rules}


def format_of(names: Collection[str]) -> str | None:
    """Return the format whose columns a file has all, with the columns that its rules need; None: of none or several.

    Examples
    --------
    >>> format_of(["Person//Email", "Timestamp", "$value", "$event_id", "more"])
    'klaviyo'
    """
    known = [
        name
        for name, layout in FORMATS.items()
        if {*(c for ours, c in layout.columns.items() if ours not in _OPTIONAL), *layout.keep} <= set(names)
    ]
    return known[0] if len(known) == 1 else None


def optional_columns(name: str, mapped: Mapping[str, str]) -> tuple[str, ...]:
    """Return our names of columns that a file of this format need not have, unless another column is named for them."""
    known = FORMATS[name].columns
    return tuple(c for c in _OPTIONAL if c in known and mapped.get(c) == known[c])


def _joined(known: list[dict[str, Any]], stated: Any) -> Any:
    """Return the format's rules on columns that no rule of the user's looks at, and the user's."""
    if not isinstance(stated, list):
        return stated
    taken = [rule.get("column") for rule in stated if isinstance(rule, Mapping)]
    return [*(rule for rule in known if rule["column"] not in taken), *stated]
