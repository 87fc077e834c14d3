"""Logs whose amount stands for a whole order: on its first line only, or repeated on every line."""

from holdfast.data.reading.rawtable import RawTable
from holdfast.data.source import Source
from holdfast.data.values import parse

# A line without an order is an order of its own.
_PLACE = "CASE WHEN order_id IS NULL THEN {} END"
_OTHER = "is another total than on another line of its order"
OWN = f"WINDOW own AS (PARTITION BY order_id, {_PLACE.format('file')}, {_PLACE.format('record')})"
_FACTS = ("customer_id", "ordered_at", "refers_to", "currency", "rate")


def filled_relation(raw: RawTable, source: Source) -> str:
    """Return a raw table in which what is blank on an order's later lines is as on its first.

    So far as it concerns the whole order: who, when, the currency and its rate, and what rules look at.
    """
    order = parse.order_or_product("order_id", raw.types["order_id"], source)
    facts = [c for c in raw.types if c in _FACTS or c not in source.columns.mapped()]
    filled = []
    for column in facts:
        own = column if raw.types[column] != "VARCHAR" else parse.filled(column, parse.blank_words(source))
        filled.append(
            f"COALESCE({own}, CASE WHEN {order} IS NOT NULL THEN FIRST_VALUE({own}) OVER own END) AS {column}"
        )
    return (
        f"(SELECT * REPLACE ({', '.join(filled)}) FROM {raw.table} "
        f"WINDOW own AS (PARTITION BY {order} ORDER BY record)) AS filled"
    )


def totalled(source: Source) -> str:
    """Return the SELECT that gives every line its order's totals, and a fault where lines of an order differ in one.

    Lines that a rule drops have no say, unless no other line states a total. An amount may be 0; of the rest, 0 is as
    good as blank.
    """
    valid = "FILTER (WHERE dropped IS NULL) OVER own"
    has, totals, faults = source.columns.mapped(), {}, []
    if "amount" in has:
        totals["amount"] = f"COALESCE(MAX(amount) {valid}, MAX(amount) OVER own)"
        faults.append(f"WHEN {totals['amount']} IS NULL THEN 'amount|is missing'")
        faults.append(f"WHEN MIN(amount) {valid} <> MAX(amount) {valid} THEN 'amount|{_OTHER}'")
    if "refunded" in has:
        totals["refunded"] = f"COALESCE(MAX(ABS(refunded)) {valid}, MAX(ABS(refunded)) OVER own)"
    for name in (n for n in ("discount", "shipping", "tax") if n in has):
        stated = f"NULLIF({name}, 0)"
        totals[name] = f"COALESCE(MAX({stated}) {valid}, MAX({stated}) OVER own)"
        faults.append(f"WHEN MIN({stated}) {valid} <> MAX({stated}) {valid} THEN '{name}|{_OTHER}'")
    if not totals:
        # Only what rules look at is of the order.
        return "SELECT *, CAST(NULL AS VARCHAR) AS other_total FROM lines"
    replaced = ", ".join(f"{sql} AS {name}" for name, sql in totals.items())
    return f"SELECT * REPLACE ({replaced}), CASE {' '.join(faults)} END AS other_total FROM lines {OWN}"
