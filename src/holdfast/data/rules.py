"""One decision for every line: rejected with a reason, dropped by a named rule, or kept."""

from collections.abc import Collection, Sequence
from datetime import date

import duckdb

from holdfast.columns import LABELS
from holdfast.data import referred, worth
from holdfast.data.engine import literal
from holdfast.data.erased import RULE, is_erased
from holdfast.data.line_rules import ColumnRule
from holdfast.data.orders import OWN, filled_relation, totalled
from holdfast.data.reading.rawtable import RawTable
from holdfast.data.reading.read import refuse_zoneless
from holdfast.data.source import Source, Written
from holdfast.data.values import parse
from holdfast.data.values.moments import timestamp
from holdfast.data.values.numbers import NUMBER, currency_sql
from holdfast.errors import ConfigError

_MONEY = "DECIMAL(18,2)"
READ_TYPES = {
    "amount": NUMBER,
    "quantity": NUMBER,
    "unit_price": NUMBER,
    "refunded": NUMBER,
    "discount": NUMBER,
    "shipping": NUMBER,
    "tax": NUMBER,
    "rate": NUMBER,
    "order_id": "VARCHAR",
    "product_id": "VARCHAR",
    "currency": "VARCHAR",
    **dict.fromkeys(LABELS, "VARCHAR"),
}
NUMBERS = ("amount", "quantity", "unit_price", "refunded", "discount", "shipping", "tax", "rate")

KEPT = "kept"


def decide(
    connection: duckdb.DuckDBPyConnection, raws: list[RawTable], source: Source, signed: Collection[str] = ()
) -> None:
    """Create the table ``decided``: exact values of every record, ``fault`` (column|reason) and ``decision``.

    Rules on columns of the file (keep, drop) come first: a line they drop need not be readable. The others meet a
    readable line in a fixed order (missing customer, excluded, cancelled, dates, duplicate); the first to take it is
    the one that counts it. Of lines equal in every column of the file the first stays. ``signed`` are the columns
    whose numbers carry a currency.
    """
    of_files = [referred.pairs(raw, source, by_rule(raw, source)) for raw in raws if "refers_to" in raw.types]
    referred.keep_referred(connection, of_files)
    keep_erased(connection, raws, source)
    decide_lines(connection, " UNION ALL ".join(parsed(raw, source, signed) for raw in raws), source)


def decide_lines(connection: duckdb.DuckDBPyConnection, lines: str, source: Source) -> None:
    """Create the table ``decided`` of lines that were read as stated (``parsed``), whatever order they come in.

    Lines of one order, and lines equal in every column, must all be among them; others decide nothing about a line.
    """
    orders = source.amount_of == "order"
    whole = "ROW_NUMBER() OVER (own ORDER BY decision <> 'kept', file, record) = 1" if orders else "TRUE"
    # Lines with prices of their own are worth something each, whatever else is of the order.
    own = "TRUE" if worth.spreads(source) else whole
    of_gross = (
        "COALESCE(SUM(gross) FILTER (WHERE dropped IS NULL) OVER own, gross)" if worth.spreads(source) else "gross"
    )
    part = worth.spread(source, KEPT, _is_return(source))
    shown = worth.shown(source, whole, _is_return(source))
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE decided AS
        WITH lines AS ({lines}),
        totals AS ({totalled(source) if orders else "SELECT *, NULL AS other_total FROM lines"}),
        stated AS (SELECT *, {worth.gross(source)} AS gross FROM totals),
        summed AS (SELECT *, {of_gross} AS of_gross FROM stated {OWN if orders else ""}),
        valued AS (SELECT *, {_worth(source)} AS worth FROM summed),
        ruled AS (SELECT *, {_rule(source)} AS rule FROM valued),
        judged AS (SELECT *, CASE WHEN dropped IS NULL AND NOT ({_of_nobody(source)})
                   THEN COALESCE(unread, other_total, {worth.faults(source)},
                   CASE WHEN worth IS NULL THEN 'amount|is too large' END) END AS fault FROM ruled),
        counted AS (SELECT *, {_copy_number(source)} AS copy FROM judged),
        sorted AS (SELECT *, CASE WHEN dropped IS NOT NULL THEN dropped
                    WHEN fault IS NOT NULL THEN 'rejected'
                    WHEN rule IS NOT NULL THEN rule
                    WHEN copy > 1 THEN 'duplicates'
                    ELSE '{KEPT}' END AS decision FROM counted)
        SELECT file, record, line_hash, customer_id, CAST(epoch_us(ordered_at) // 86400000000 AS INTEGER) AS day,
               COALESCE(NULLIF(refers, ''), order_id, '') AS order_id, refers,
               CAST(CASE WHEN {own} THEN worth ELSE 0 END + {part} AS {_MONEY}) AS amount,
               CAST({_signed("quantity", source)} AS {_MONEY}) AS quantity, product_id, {", ".join(LABELS)},
               {own} AND worth <> exact_worth AS rounded, fault, currency, sign, decision, {own} AS has_amount{shown}
        FROM sorted {OWN if orders else ""}
        """
    )


def _of_nobody(source: Source) -> str:
    """Return the SQL that is true of a line that names nobody and is dropped for it, whatever else it lacks."""
    if source.rules.missing_customer == "reject":
        return "FALSE"
    return f"customer_id IS NULL AND unread IS DISTINCT FROM {UNSAFE}"


def keep_erased(connection: duckdb.DuckDBPyConnection, raws: Sequence[RawTable], written: Written) -> None:
    """Find who was erased among the customers of raw tables (``erased.is_erased``).

    By the id that remains of merged accounts, and by the one that stands in the file.
    """
    if written.erased is not None:
        ids = []
        for raw in raws:
            kind = raw.types["customer_id"]
            ids += [parse.customer("customer_id", kind, written), parse.own_customer("customer_id", kind, written)]
        own = [raw for raw in raws for _ in range(2)]
        written.erased.keep(
            connection, [f"SELECT {sql} AS own FROM {raw.table}" for sql, raw in zip(ids, own, strict=True)]
        )


def check_patterns(connection: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Refuse a pattern that is no regular expression, before a long file is read.

    Raises
    ------
    ConfigError
        Names the rule and its column.
    """
    for _, kind, rule in source.rules.of_columns():
        try:
            connection.execute("SELECT regexp_full_match('', ?)", [rule.pattern or ""]).fetchall()
        except duckdb.Error:
            raise ConfigError(
                f'{source.rule(kind)} on "{rule.column}": the pattern is no regular expression (RE2); '
                "in YAML, write it in single quotes."
            ) from None


def parsed(raw: RawTable, source: Source, signed: Collection[str], also: str = "") -> str:
    """Return the SELECT that reads one raw table as stated, each line for itself (and for its order).

    ``also``: SQL of further columns, each with a comma before it, of the raw ``cells``.
    """
    types = raw.types
    refuse_zoneless(raw, "ordered_at", source)
    read = {"ordered_at": timestamp("ordered_at", types["ordered_at"], source)}
    read |= {c: parse.number(c, types[c], source) for c in NUMBERS if c in types}
    if "discount" in types:
        read["discount"] = worth.discount(raw, source)
    values = {c: parsed.value for c, parsed in read.items()}
    if gives_back(source) and {"amount", "refunded"} <= types.keys():
        none = f"{parse.filled('amount', parse.blank_words(source))} IS NULL AND {values['refunded']} <> 0"
        values["amount"] = f"CASE WHEN {none} THEN 0 ELSE {values['amount']} END"
    values["customer_id"] = referred.customer(raw, source)
    values |= {
        c: parse.order_or_product(c, types[c], source) for c in ("order_id", "product_id", *LABELS) if c in types
    }
    if "currency" in types:
        values["currency"] = f"UPPER({parse.order_or_product('currency', types['currency'], source)})"
    values |= {c: f"CAST(NULL AS {t})" for c, t in READ_TYPES.items() if c not in values}
    faults = [f"WHEN {parse.is_unsafe_float('customer_id', types['customer_id'])} THEN {UNSAFE}"]
    if source.rules.missing_customer == "reject":
        faults.append("WHEN read_customer_id IS NULL THEN 'customer_id|is missing'")
    for column, parsed in read.items():
        empty = f"{parse.filled(column, parse.blank_words(source))} IS NULL"
        if column in _needed(source):
            faults.append(f"WHEN {empty} AND read_{column} IS NULL THEN '{column}|is missing'")
        faults += parsed.faults(column, f"read_{column}", empty)
    faults += worth.read_faults(source)
    relation = filled_relation(raw, source) if source.amount_of == "order" else raw.table
    once = ", ".join(f"{sql} AS read_{name}" for name, sql in values.items())
    picked = ", ".join(f"read_{name} AS {name}" for name in values)
    return (
        f"SELECT {raw.number} AS file, record, line_hash, {picked}, {_sign(raw, signed)} AS sign, "
        f"CASE {' '.join(faults)} END AS unread, {_dropped(raw, source)} AS dropped, "
        f"{_returned(raw, source)} AS returned, {referred.refers(raw)} AS refers{also} "
        f"FROM (SELECT *, {once} FROM {referred.referring(raw, source, relation)}) AS cells"
    )


def gives_back(source: Source) -> bool:
    """Say whether a line without an amount may state what it gives back alone, as one of debit beside credit does."""
    return source.columns.refunded is not None and source.amount_of != "order"


def _needed(source: Source) -> set[str]:
    """Return the columns in which no cell may be blank."""
    money: dict[str, set[str]] = {"amount": {"amount"}, "quantity × unit_price": {"quantity", "unit_price"}}
    needed = {"ordered_at", "rate"} | money.get(source.columns.money, set())
    return needed - ({"amount"} if source.amount_of == "order" else set())


def _sign(raw: RawTable, signed: Collection[str]) -> str:
    """Return the SQL of the currency that a line's money carries; NULL where it carries none or is nothing."""
    for column in ("amount", "unit_price"):
        if column in signed:
            carried = currency_sql(parse.words(column, raw.types[column]))
            # Cells of a workbook that hold a number alone carry no currency.
            carried = f"COALESCE({carried}, '')"
            return f"CASE WHEN read_{column} <> 0 THEN {carried} END"
    return "CAST(NULL AS VARCHAR)"


def _dropped(raw: RawTable, source: Source) -> str:
    """Return the SQL of the name of the first rule that drops a line, or the order it refers to, or NULL.

    An erased customer's comes before all: nothing more is asked of their lines.
    """
    dropped = by_rule(raw, source)
    if "refers_to" in raw.types:
        dropped = f"COALESCE({dropped}, referred_gone)"
    return (
        dropped if source.erased is None else f"CASE WHEN {_gone(raw, source)} THEN {literal(RULE)} ELSE {dropped} END"
    )


def by_rule(raw: RawTable, source: Source) -> str:
    """Return the SQL of the name of the first rule on a column of the file that drops a line, or NULL."""
    cases = []
    for ours, kind, rule in source.rules.of_columns():
        if ours not in raw.types or kind == "returns":
            continue
        drops = (
            matches(ours, raw.types[ours], rule) if kind == "drop" else f"NOT {matches(ours, raw.types[ours], rule)}"
        )
        cases.append(f"WHEN {drops} THEN {literal(f'{kind} {rule.column}')}")
    return f"CASE {' '.join(cases)} END" if cases else "CAST(NULL AS VARCHAR)"


def _returned(raw: RawTable, source: Source) -> str:
    """Return the SQL that is true where a rule on a column of the file says that a line is a return."""
    found = [
        matches(ours, raw.types[ours], rule)
        for ours, kind, rule in source.rules.of_columns()
        if kind == "returns" and ours in raw.types
    ]
    return f"({' OR '.join(found)})" if found else "FALSE"


def _gone(raw: RawTable, source: Source) -> str:
    own = referred.own_customer(raw, source)
    return f"({is_erased('read_customer_id')} OR {is_erased(own)})"


def matches(column: str, sql_type: str, rule: ColumnRule) -> str:
    """Return the SQL that is true where a cell is as a rule says; a blank cell is an empty text."""
    cell = f"COALESCE({parse.text(column, sql_type)}, '')"
    if rule.pattern is not None:
        return f"regexp_full_match({cell}, {literal(rule.pattern)})"
    # The engine lowers both: of "İptal" it makes other letters than Python does.
    return f"(LOWER({cell}) IN ({', '.join(f'LOWER({literal(v.strip())})' for v in rule.listed)}))"


UNSAFE = "'customer_id|is held as a float too large to be exact'"


def _worth(source: Source) -> str:
    """Return the SQL of ``exact_worth, ROUND(exact_worth)``: what a line is worth, in hundredths."""
    exact = worth.exact(source)
    signed = f"CASE WHEN {_is_return(source)} THEN -ABS({exact}) ELSE {exact} END"
    # A line without a readable amount is already at fault; 0 keeps it from being called too large.
    whole = f"COALESCE(CAST({signed} AS DECIMAL(38,12)), 0)"
    return f"{whole} AS exact_worth, TRY_CAST(ROUND({whole}, 2) AS {_MONEY})"


def _is_return(source: Source) -> str:
    """Return the SQL that is true where a line's amounts count as negative."""
    return f"({_is_cancelled(source)} OR COALESCE(returned, FALSE))" if source.rules.returns else _is_cancelled(source)


def _is_cancelled(source: Source) -> str:
    rule = source.rules.cancellations
    if rule is None:
        return "FALSE"
    return f"COALESCE(starts_with({rule.column}, {literal(rule.prefix)}), FALSE)"


def _signed(column: str, source: Source) -> str:
    return f"CASE WHEN {_is_return(source)} THEN -ABS({column}) ELSE {column} END"


def _rule(source: Source) -> str:
    """Return the SQL of the name of the first rule that drops a readable line, or NULL."""
    rules, cases = source.rules, []
    if rules.missing_customer == "drop":
        cases.append("WHEN customer_id IS NULL THEN 'missing_customer'")
    if rules.exclude is not None and rules.exclude.values:
        stated = [v.strip() for v in rules.exclude.values]
        if rules.exclude.column == "customer_id" and source.id_map is not None:
            # Whoever is excluded under an id that was given up is so under the one that remains.
            stated = source.id_map.and_remaining([v.upper() for v in stated])
        values = ", ".join(f"UPPER({literal(v)})" for v in stated)
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
