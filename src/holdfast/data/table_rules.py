"""One decision for every line of a table beside purchases: rejected with a reason, dropped by a rule, or kept."""

from collections.abc import Mapping, Sequence

import duckdb

from holdfast import columns as contract
from holdfast.data.engine import literal
from holdfast.data.erased import RULE, is_erased
from holdfast.data.reading.rawtable import RawTable
from holdfast.data.reading.read import refuse_zoneless
from holdfast.data.rules import UNSAFE, keep_erased
from holdfast.data.source import TableSource
from holdfast.data.united import KNOWN, flags, united
from holdfast.data.values import parse
from holdfast.data.values.flags import FLAG, Pair, flag, pair_in
from holdfast.data.values.moments import timestamp
from holdfast.data.values.numbers import NUMBER

SCALE = "is no whole number from"
DAY = "// 86400000000"
_SQL = {"text": "VARCHAR", "timestamp": "TIMESTAMP", "decimal": NUMBER, "flag": "INTEGER"}
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


def parsed(name: str, raw: RawTable, source: TableSource, pairs: Mapping[str, Pair | None]) -> str:
    """Return the SELECT that reads one raw table: exact values, NULL where none, and ``unread``, the first fault."""
    kind = raw.types["customer_id"]
    once, picked, faults = [], [], [f"WHEN {parse.is_unsafe_float('customer_id', kind)} THEN {UNSAFE}"]
    if source.missing_customer == "reject":
        faults.append("WHEN read_customer_id IS NULL THEN 'customer_id|is missing'")
    for column in contract.TABLES[name]:
        if column.name not in raw.types:
            picked.append(f"CAST(NULL AS {_SQL[column.type]}) AS {column.name}")
            continue
        read = _value(column, raw, source, pairs.get(column.name))
        once.append(f"{read.value} AS read_{column.name}")
        picked.append(f"read_{column.name} AS {column.name}")
        if column.type != "text":
            empty = f"{parse.filled(column.name, parse.blank_words(source))} IS NULL"
            if column.name in _NEVER_EMPTY[name]:
                faults.append(f"WHEN {empty} THEN '{column.name}|is missing'")
            faults += read.faults(column.name, f"read_{column.name}", empty)
    if name == "surveys" and {"item", "score"} <= set(raw.types):
        faults += _off_scale(raw, source, source.scales)
    if name == "customers":
        # Accounts that were merged are versions of their own, and made one afterwards (``united``).
        picked.append(
            f"{parse.own_customer('customer_id', kind, source) if source.id_map else 'read_customer_id'} AS own_id"
        )
    unread = f"CASE {' '.join(faults)} END AS unread"
    cells = f"(SELECT *, {', '.join(once)} FROM {raw.table}) AS cells"
    return f"SELECT {raw.number} AS file, record, line_hash, {', '.join(picked)}, {unread} FROM {cells}"


def _off_scale(raw: RawTable, source: TableSource, scales: Mapping[str, tuple[float, float]]) -> list[str]:
    """Return the faults of scores that their item's scale does not have."""
    item = f"LOWER({parse.text('item', raw.types['item'], source)})"
    return [
        f"WHEN {item} = LOWER({literal(name.strip())}) AND NOT (read_score BETWEEN {low} AND {high} "
        f"AND read_score = FLOOR(read_score)) THEN {literal(f'score|{SCALE} {low:g} to {high:g}')}"
        for name, (low, high) in scales.items()
    ]


def _value(column: contract.Column, raw: RawTable, source: TableSource, pair: Pair | None) -> parse.Parsed:
    """Return how one cell is read."""
    name, kind = column.name, raw.types[column.name]
    if column.type == "text":
        return parse.Parsed((parse.customer if name == "customer_id" else parse.text)(name, kind, source), "text")
    if column.type == "timestamp":
        refuse_zoneless(raw, name, source)
        return timestamp(name, kind, source)
    if column.type == "flag" or kind == "BOOLEAN":
        return parse.Parsed(flag(name, pair), FLAG)
    number = parse.number(name, kind, source)
    if name.startswith("attribute_"):
        return parse.Parsed(f"COALESCE({number.value}, {flag(name)})", f"{number.expected}, nor {FLAG}")
    return number


def _pairs(
    connection: duckdb.DuckDBPyConnection, name: str, raws: Sequence[RawTable], source: TableSource
) -> dict[str, Pair | None]:
    """Return the words for yes and no of each column of flags: a pair that all its lines keep to."""
    pairs = {}
    for column in contract.TABLES[name]:
        if column.type == "flag":
            filled = parse.filled(column.name, parse.blank_words(source))
            cells = [f"SELECT {filled} AS cell FROM {raw.table}" for raw in raws if column.name in raw.types]
            pairs[column.name] = pair_in(connection, cells) if cells else None
    return pairs


def decide(connection: duckdb.DuckDBPyConnection, name: str, raws: Sequence[RawTable], source: TableSource) -> None:
    """Create the table ``decided``: exact values of every record, ``fault`` (column|reason) and ``decision``."""
    names = [c.name for c in contract.TABLES[name]]
    keep_erased(connection, raws, source)
    pairs = _pairs(connection, name, raws, source)
    lines = [parsed(name, raw, source, pairs) for raw in raws]
    rules = ["WHEN fault IS NOT NULL THEN 'rejected'"]
    if source.erased is not None:
        rules.insert(0, f"WHEN {is_erased('customer_id')} THEN {literal(RULE)}")
    if source.missing_customer == "drop":
        rules.append("WHEN customer_id IS NULL THEN 'missing_customer'")
    if name == "customers":
        rules.append("WHEN copy > 1 AND beside THEN 'id_map'")
    # The same version of a customer written twice is one version, whatever the rule for events says.
    if source.duplicates == "drop" or name == "customers":
        rules.append("WHEN copy > 1 THEN 'duplicates'")
    same = ", ".join(names) if name == "customers" else "line_hash"
    first = "own_id <> customer_id, " if name == "customers" else ""
    merges = name == "customers" and source.id_map is not None
    one = united(names, "judged", flags("judged")) if merges else "SELECT *, FALSE AS beside FROM judged"
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE decided AS
        WITH lines AS ({" UNION ALL ".join(lines)}),
        judged AS ({_judged(name, names)}),
        united AS ({one}),
        counted AS (SELECT *, ROW_NUMBER() OVER (PARTITION BY fault, {same} ORDER BY {first}file, record) AS copy
                    FROM united)
        SELECT *, CASE {" ".join(rules)} ELSE 'kept' END AS decision FROM counted
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
    several = "own_id IS NOT NULL AND MIN(line) OVER version <> MAX(line) OVER version"
    fault = f"CASE WHEN {several} THEN 'customer_id|has lines of the same time that differ' END"
    return (
        f"SELECT * EXCLUDE (line), COALESCE(unread, {fault}) AS fault "
        f"FROM (SELECT *, CAST(ROW({', '.join(names)}) AS VARCHAR) AS line FROM lines) "
        f"WINDOW version AS (PARTITION BY unread IS NULL, own_id, {KNOWN})"
    )


def keep(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    """Create the typed table (``columns.clean_table``) from the kept lines."""
    columns = contract.TABLES[name]
    picked = []
    for column, clean in zip(columns, contract.clean_table(name), strict=False):
        value = column.name
        if column.type == "timestamp":
            value = f"epoch_us({KNOWN if value == 'known_at' else value}) {DAY}"
        if column.name == "answered_at":
            value = f"COALESCE({value}, CASE WHEN score IS NOT NULL THEN epoch_us(asked_at) {DAY} END)"
        picked.append(f"CAST({value} AS {clean.type}) AS {clean.name}")
    if name == "customers":
        nth = f"ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY {KNOWN} NULLS FIRST)"
        picked.append(f"CAST({nth} AS INTEGER) AS version")
    connection.execute(
        f"CREATE OR REPLACE TABLE {name} AS SELECT {', '.join(picked)} FROM decided WHERE decision = 'kept'"
    )
