"""One fate for every line of a table beside purchases: rejected with a reason, dropped by a rule, or kept."""

from collections.abc import Sequence

import duckdb

from holdfast import columns as contract
from holdfast.data import parse
from holdfast.data.engine import literal
from holdfast.data.read import RawTable
from holdfast.data.source import Source
from holdfast.errors import DataError

FLAG = "true or false, yes or no, 1 or 0"
_FLAGS = {"1": ("true", "yes", "y", "t", "1", "1.0"), "0": ("false", "no", "n", "f", "0", "0.0")}
_DAY = "// 86400000000"
_SQL = {"text": "VARCHAR", "timestamp": "TIMESTAMP", "decimal": parse.NUMBER, "flag": "INTEGER"}
_NEVER_EMPTY = {
    "visits": ("visited_at",),
    "tickets": ("opened_at",),
    "contacts": (),
    "surveys": ("asked_at",),
    "customers": ("known_at",),
}
# (earlier, later): a line whose later day lies before the earlier one is at fault.
_ORDERED = {
    "tickets": (("opened_at", "closed_at"),),
    "contacts": (("sent_at", "opened_at"), ("sent_at", "converted_at")),
    "surveys": (("asked_at", "answered_at"),),
}
# Since when a line about a customer is known.
_KNOWN = "COALESCE(known_at, acquired_at)"


def parsed(name: str, raw: RawTable, source: Source, *, missing_customer: str) -> str:
    """Return the SELECT that reads one raw table: exact values, NULL where none, and ``unread``, the first fault."""
    picked, faults = [], []
    if missing_customer == "reject":
        who = parse.text("customer_id", raw.types["customer_id"])
        faults.append(f"WHEN {who} IS NULL THEN 'customer_id|is missing'")
    for column in contract.TABLES[name]:
        if column.name not in raw.types:
            picked.append(f"CAST(NULL AS {_SQL[column.type]}) AS {column.name}")
            continue
        value, expected = _value(column, raw, source)
        picked.append(f"{value} AS {column.name}")
        if column.type != "text":
            empty = f"NULLIF(TRIM(CAST({column.name} AS VARCHAR)), '') IS NULL"
            if column.name in _NEVER_EMPTY[name]:
                faults.append(f"WHEN {empty} THEN '{column.name}|is missing'")
            wrong = literal(f"{column.name}|is not {expected}")
            faults.append(f"WHEN {value} IS NULL AND NOT ({empty}) THEN {wrong}")
    unread = f"CASE {' '.join(faults)} END" if faults else "CAST(NULL AS VARCHAR)"
    return f"SELECT {raw.number} AS file, record, {', '.join(picked)}, {unread} AS unread FROM {raw.table}"


def _value(column: contract.Column, raw: RawTable, source: Source) -> tuple[str, str]:
    """Return the SQL of one value, NULL where it cannot be read, and what a readable one looks like."""
    name, kind = column.name, raw.types[column.name]
    if column.type == "text":
        return parse.text(name, kind), "text"
    if column.type == "timestamp":
        if kind.startswith("TIMESTAMP WITH TIME ZONE") and source.time_zone is None:
            raise DataError(
                f"{raw.label}: purchases.columns.{name} carries a time zone; set purchases.time_zone to the shop's "
                'own, for example "Europe/London", so that days are right.'
            )
        time = parse.timestamp(name, kind, source)
        return time.value, time.expected
    words = f"LOWER(TRIM(CAST({name} AS VARCHAR)))"
    cases = " ".join(f"WHEN {words} IN ({', '.join(map(literal, w))}) THEN {v}" for v, w in _FLAGS.items())
    flag = f"CASE {cases} END"
    if column.type == "flag" or kind == "BOOLEAN":
        return flag, FLAG
    number = parse.number(name, kind, source)
    if name.startswith("attribute_"):
        return f"COALESCE({number.value}, {flag})", f"{number.expected}, nor {FLAG}"
    return number.value, number.expected


def decide(
    connection: duckdb.DuckDBPyConnection, name: str, lines: Sequence[str], *, missing_customer: str, duplicates: str
) -> None:
    """Create the table ``decided``: exact values of every record, ``fault`` (column|reason) and ``fate``."""
    names = [c.name for c in contract.TABLES[name]]
    rules = ["WHEN fault IS NOT NULL THEN 'rejected'"]
    if missing_customer == "drop":
        rules.append("WHEN customer_id IS NULL THEN 'missing_customer'")
    # The same version of a customer written twice is one version, whatever the rule for events says.
    if duplicates == "drop" or name == "customers":
        rules.append("WHEN copy > 1 THEN 'duplicates'")
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE decided AS
        WITH lines AS ({" UNION ALL ".join(lines)}),
        judged AS ({_judged(name, names)}),
        counted AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY fault, {", ".join(names)} ORDER BY file, record) AS copy
                    FROM judged)
        SELECT *, CASE {" ".join(rules)} ELSE 'kept' END AS fate FROM counted
        """
    )


def _judged(name: str, names: list[str]) -> str:
    """Return the SELECT that adds the faults which only a whole line, or other lines, can show."""
    if name != "customers":
        cases = " ".join(
            f"WHEN CAST({late} AS DATE) < CAST({early} AS DATE) THEN '{late}|is before {early}'"
            for early, late in _ORDERED.get(name, ())
        )
        return f"SELECT *, COALESCE(unread, {f'CASE {cases} END' if cases else 'NULL'}) AS fault FROM lines"
    # Lines of one customer are versions. Two of the same moment that differ: nothing says which counts.
    several = "customer_id IS NOT NULL AND MIN(line) OVER version <> MAX(line) OVER version"
    fault = f"CASE WHEN {several} THEN 'customer_id|has lines of the same time that differ' END"
    return (
        f"SELECT * EXCLUDE (line), COALESCE(unread, {fault}) AS fault "
        f"FROM (SELECT *, CAST(ROW({', '.join(names)}) AS VARCHAR) AS line FROM lines) "
        f"WINDOW version AS (PARTITION BY unread IS NULL, customer_id, {_KNOWN})"
    )


def keep(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Create the typed table (``columns.clean_table``) from the kept lines."""
    columns = contract.TABLES[name]
    picked = []
    for column, clean in zip(columns, contract.clean_table(name), strict=False):
        value = column.name
        if column.type == "timestamp":
            value = f"epoch_us({_KNOWN if value == 'known_at' else value}) {_DAY}"
        if column.name == "answered_at":
            value = f"COALESCE({value}, CASE WHEN score IS NOT NULL THEN epoch_us(asked_at) {_DAY} END)"
        picked.append(f"CAST({value} AS {clean.type}) AS {clean.name}")
    if name == "customers":
        nth = f"ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY {_KNOWN} NULLS FIRST)"
        picked.append(f"CAST({nth} AS INTEGER) AS version")
    connection.execute(f"CREATE OR REPLACE TABLE {name} AS SELECT {', '.join(picked)} FROM decided WHERE fate = 'kept'")
