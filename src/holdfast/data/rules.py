"""One decision for every line: rejected with a reason, dropped by a named rule, or kept."""

from datetime import date

import duckdb

from holdfast.data import parse
from holdfast.data.engine import literal
from holdfast.data.read import RawTable, refuse_zoneless
from holdfast.data.source import Source
from holdfast.errors import ConfigError

_MONEY = "DECIMAL(18,2)"
_TYPES = {
    "amount": parse.NUMBER,
    "quantity": parse.NUMBER,
    "unit_price": parse.NUMBER,
    "order_id": "VARCHAR",
    "product_id": "VARCHAR",
}
NUMBERS = ("amount", "quantity", "unit_price")

KEPT = "kept"


def decide(connection: duckdb.DuckDBPyConnection, raws: list[RawTable], source: Source) -> None:
    """Create the table ``decided``: exact values of every record, ``fault`` (column|reason) and ``decision``.

    The rules meet a line in a fixed order (missing customer, excluded, cancelled, dates, duplicate); the first to
    take it is the one that counts it. Of lines equal in every column of the file the first stays.
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
        SELECT file, record, line_hash, customer_id, CAST(epoch_us(ordered_at) // 86400000000 AS INTEGER) AS day,
               COALESCE(order_id, '') AS order_id, CAST(worth AS {_MONEY}) AS amount,
               CAST({_signed("quantity", source)} AS {_MONEY}) AS quantity, product_id,
               worth <> exact_worth AS rounded, fault,
               CASE WHEN fault IS NOT NULL THEN 'rejected'
                    WHEN rule IS NOT NULL THEN rule
                    WHEN copy > 1 THEN 'duplicates'
                    ELSE '{KEPT}' END AS decision
        FROM counted
        """
    )


def _parsed(raw: RawTable, source: Source) -> str:
    """Return the SELECT that reads one raw table as stated."""
    types = raw.types
    refuse_zoneless(raw, "ordered_at", source)
    read = {"ordered_at": parse.timestamp("ordered_at", types["ordered_at"], source)}
    read |= {c: parse.number(c, types[c], source) for c in NUMBERS if c in types}
    values = {c: parsed.value for c, parsed in read.items()}
    values["customer_id"] = parse.customer("customer_id", types["customer_id"], source)
    values |= {c: parse.order_or_product(c, types[c], source) for c in ("order_id", "product_id") if c in types}
    values |= {c: f"CAST(NULL AS {t})" for c, t in _TYPES.items() if c not in values}
    required = {"amount": {"amount"}, "quantity × unit_price": {"quantity", "unit_price"}, "none": set()}
    needed = required[source.columns.money] | {"ordered_at"}
    faults = [f"WHEN {parse.is_unsafe_float('customer_id', types['customer_id'])} THEN {UNSAFE}"]
    if source.rules.missing_customer == "reject":
        faults.append(f"WHEN {values['customer_id']} IS NULL THEN 'customer_id|is missing'")
    for column, parsed in read.items():
        empty = f"{parse.filled(column, parse.blank_words(source))} IS NULL"
        if column in needed:
            faults.append(f"WHEN {empty} THEN '{column}|is missing'")
        wrong = literal(f"{column}|is not {parsed.expected}")
        faults.append(f"WHEN {parsed.value} IS NULL AND NOT ({empty}) THEN {wrong}")
    picked = ", ".join(f"{sql} AS {name}" for name, sql in values.items())
    unread = f"CASE {' '.join(faults)} END AS unread"
    return f"SELECT {raw.number} AS file, record, line_hash, {picked}, {unread} FROM {raw.table}"


UNSAFE = "'customer_id|is held as a float too large to be exact'"


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
    for name, outside in (("first_date", "<"), ("last_date", ">")):
        day = getattr(rules, name)
        if day is not None:
            cases.append(f"WHEN CAST(ordered_at AS DATE) {outside} DATE {_day(day, source.rule(name))} THEN 'dates'")
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"


def _day(text: str, key: str) -> str:
    try:
        return literal(date.fromisoformat(text).isoformat())
    except ValueError:
        raise ConfigError(f"{key}: a date is written YYYY-MM-DD.") from None


def _copy_number(source: Source) -> str:
    if source.rules.duplicates == "keep":
        return "1"
    return "ROW_NUMBER() OVER (PARTITION BY fault, rule, line_hash ORDER BY file, record)"
