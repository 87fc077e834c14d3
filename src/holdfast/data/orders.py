"""Logs whose amount stands for a whole order: on its first line only, or repeated on every line."""

from holdfast.data.reading.read import RawTable
from holdfast.data.source import Source
from holdfast.data.values import parse

# A line without an order is an order of its own.
_PLACE = "CASE WHEN order_id IS NULL THEN {} END"
OWN = f"WINDOW own AS (PARTITION BY order_id, {_PLACE.format('file')}, {_PLACE.format('record')})"
_FACTS = ("customer_id", "ordered_at", "currency")


def filled_relation(raw: RawTable, source: Source) -> str:
    """Return a raw table in which what is blank on an order's later lines is as on its first.

    So far as it concerns the whole order: who, when, the currency, and what rules look at.
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


def totalled() -> str:
    """Return the SELECT that gives every line its order's total, and a fault where lines of an order differ in it.

    Lines that a rule drops have no say, unless no other line states a total.
    """
    valid = "FILTER (WHERE dropped IS NULL) OVER own"
    total = f"COALESCE(MAX(amount) {valid}, MAX(amount) OVER own)"
    return f"""
        SELECT * REPLACE ({total} AS amount,
                          COALESCE(MAX(ABS(refunded)) {valid}, MAX(ABS(refunded)) OVER own) AS refunded),
               CASE WHEN {total} IS NULL THEN 'amount|is missing'
                    WHEN MIN(amount) {valid} <> MAX(amount) {valid}
                    THEN 'amount|is another total than on another line of its order' END AS other_total
        FROM lines {OWN}"""
