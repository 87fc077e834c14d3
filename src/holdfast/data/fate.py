"""One fate for every line: rejected with a reason, dropped by a named rule, or kept."""

import duckdb

from holdfast.data import parse
from holdfast.data.engine import literal
from holdfast.data.read import RawTable
from holdfast.data.source import Source
from holdfast.errors import DataError

_MONEY = "DECIMAL(18,2)"
_TYPES = {
    "amount": parse.NUMBER,
    "quantity": parse.NUMBER,
    "unit_price": parse.NUMBER,
    "order_id": "VARCHAR",
    "product_id": "VARCHAR",
}

KEPT = "kept"


def decide(connection: duckdb.DuckDBPyConnection, raws: list[RawTable], source: Source) -> None:
    """Create the table ``decided``: exact values of every record, ``fault`` (column|reason) and ``fate``.

    The rules meet a line in a fixed order (missing customer, excluded, cancelled, duplicate); the first to
    take it is the one that counts it. Of duplicates the first stays.
    """
    lines = " UNION ALL ".join(_parsed(raw, source) for raw in raws)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE decided AS
        WITH lines AS ({lines}),
        valued AS (SELECT *, {_worth(source)} AS worth FROM lines),
        ruled AS (SELECT *, {_rule(source)} AS rule FROM valued),
        judged AS (SELECT *, COALESCE(unread, CASE WHEN worth IS NULL THEN 'amount|is too large' END) AS fault
                   FROM ruled),
        counted AS (SELECT *, {_copy_number(source)} AS copy FROM judged)
        SELECT file, record, customer_id, CAST(epoch_us(ordered_at) // 86400000000 AS INTEGER) AS day,
               COALESCE(order_id, '') AS order_id, CAST(worth AS {_MONEY}) AS amount,
               CAST({_signed("quantity", source)} AS {_MONEY}) AS quantity, product_id,
               worth <> exact_worth AS rounded, epoch_us(ordered_at) AS moment, fault,
               CASE WHEN fault IS NOT NULL THEN 'rejected'
                    WHEN rule IS NOT NULL THEN rule
                    WHEN copy > 1 THEN 'duplicates'
                    ELSE '{KEPT}' END AS fate
        FROM counted
        """
    )


def _parsed(raw: RawTable, source: Source) -> str:
    """Return the SELECT that reads one raw table as stated."""
    types = raw.types
    if types["ordered_at"].startswith("TIMESTAMP WITH TIME ZONE") and source.time_zone is None:
        raise DataError(
            f"{raw.label}: purchases.columns.ordered_at carries a time zone; set purchases.time_zone to the shop's "
            'own, for example "Europe/London", so that purchases fall on the right day.'
        )
    read = {"ordered_at": parse.timestamp("ordered_at", types["ordered_at"], source)}
    read |= {c: parse.number(c, types[c], source) for c in ("amount", "quantity", "unit_price") if c in types}
    values = {c: parsed.value for c, parsed in read.items()}
    values |= {c: parse.text(c, types[c]) for c in ("customer_id", "order_id", "product_id") if c in types}
    values |= {c: f"CAST(NULL AS {t})" for c, t in _TYPES.items() if c not in values}
    required = {"amount": {"amount"}, "quantity × unit_price": {"quantity", "unit_price"}, "none": set()}
    needed = required[source.columns.money] | {"ordered_at"}
    faults = []
    if source.rules.missing_customer == "reject":
        faults.append(f"WHEN {values['customer_id']} IS NULL THEN 'customer_id|is missing'")
    for column, parsed in read.items():
        empty = f"NULLIF(TRIM(CAST({column} AS VARCHAR)), '') IS NULL"
        if column in needed:
            faults.append(f"WHEN {empty} THEN '{column}|is missing'")
        wrong = literal(f"{column}|is not {parsed.expected}")
        faults.append(f"WHEN {parsed.value} IS NULL AND NOT ({empty}) THEN {wrong}")
    picked = ", ".join(f"{sql} AS {name}" for name, sql in values.items())
    return f"SELECT {raw.number} AS file, record, {picked}, CASE {' '.join(faults)} END AS unread FROM {raw.table}"


def _worth(source: Source) -> str:
    """Return the SQL of ``exact_worth, ROUND(exact_worth)``: what a line is worth, in hundredths."""
    exact = {
        "amount": "amount",
        "quantity × unit_price": "quantity * unit_price",
        "none": "CASE WHEN quantity < 0 THEN -1 ELSE 1 END",
    }[source.columns.money]
    signed = f"CASE WHEN {_is_cancelled(source)} THEN -ABS({exact}) ELSE {exact} END"
    # A line without a readable amount is already at fault; 0 keeps it from being called too large.
    whole = f"COALESCE(CAST({signed} AS DECIMAL(38,12)), 0)"
    return f"{whole} AS exact_worth, TRY_CAST(ROUND({whole}, 2) AS {_MONEY})"


def _is_cancelled(source: Source) -> str:
    rule = source.rules.cancellations
    if rule is None:
        return "FALSE"
    return f"COALESCE(starts_with({rule.column}, {literal(rule.prefix)}), FALSE)"


def _signed(column: str, source: Source) -> str:
    return f"CASE WHEN {_is_cancelled(source)} THEN -ABS({column}) ELSE {column} END"


def _rule(source: Source) -> str:
    """Return the SQL of the name of the first rule that drops a readable line, or NULL."""
    rules, cases = source.rules, []
    if rules.missing_customer == "drop":
        cases.append("WHEN customer_id IS NULL THEN 'missing_customer'")
    if rules.exclude is not None and rules.exclude.values:
        values = ", ".join(literal(v.strip().upper()) for v in rules.exclude.values)
        cases.append(f"WHEN UPPER({rules.exclude.column}) IN ({values}) THEN 'exclude'")
    if rules.cancellations is not None and rules.cancellations.treat_as == "drop":
        cases.append(f"WHEN {_is_cancelled(source)} THEN 'cancellations'")
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"


# Two lines are the same purchase written twice when every mapped value agrees.
SAME_LINE = "customer_id, ordered_at, worth, quantity, unit_price, order_id, product_id"


def _copy_number(source: Source) -> str:
    if source.rules.duplicates == "keep":
        return "1"
    return f"ROW_NUMBER() OVER (PARTITION BY fault, rule, {SAME_LINE} ORDER BY file, record)"
