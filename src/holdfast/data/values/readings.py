"""What a column of numbers as a whole must decide: which mark is the decimal one, and in which currency it is."""

import re
from collections.abc import Iterable, Mapping, Sequence

import duckdb

from holdfast.data.engine import Reads, literal
from holdfast.data.reading.rawtable import RawTable
from holdfast.data.source import Written
from holdfast.data.values.numbers import KNOWN, currency_sql, undecorated, undecorated_sql
from holdfast.data.values.parse import CELL, number, words
from holdfast.errors import DataError
from holdfast.wording import counted

GROUPED = r"[-+]?[1-9][0-9]{0,2}[.][0-9]{3}"
NO_SIGN = ""
_WITH_TEXTS = ("VARCHAR", CELL)
# What shows which mark is the decimal one, by what it shows.
_PROOFS = {
    ".": r"[-+]?([0-9]{4,}[.][0-9]+|0[0-9]*[.][0-9]+|[0-9]*[.]([0-9]{1,2}|[0-9]{4,})|[0-9]+,[0-9,]*[.][0-9]*)",
    ",": r"[-+]?([0-9]{4,},[0-9]+|0[0-9]*,[0-9]+|[0-9]*,([0-9]{1,2}|[0-9]{4,})|[0-9]+[.][0-9.]*,[0-9]*)",
}


def refuse_two_readings(
    connection: duckdb.DuckDBPyConnection, raws: Iterable[RawTable], columns: Iterable[str], written: Written
) -> frozenset[str]:
    """Refuse a file whose numbers (1.234) nothing in it can decide, where the user has not said what marks mean.

    Returns
    -------
    frozenset of str
        The columns in which some number carries a currency.

    Raises
    ------
    DataError
        Names file, column and line of the first, and both ways to say what it means; neither is preferred.
    """
    columns, signed = tuple(columns), set()
    stated = written.decimal is not None or written.thousands is not None
    for raw, rows in ((each, rows) for each in raws for rows in each.by_file()):
        texts, grouped = {}, []
        for column in (c for c in columns if raw.types.get(c) in _WITH_TEXTS):
            text = words(column, raw.types[column])
            odd, short = _looked_at(connection, rows, text, written)
            texts[column] = undecorated_sql(text) if odd else text
            if odd and _holds(connection, rows, f"{_odd(text, written)} AND {currency_sql(text)} <> ''"):
                signed.add(column)
            if (odd or short) and not stated and _holds(connection, rows, _has(texts[column], GROUPED)):
                grouped.append(column)
        if grouped and not any(_holds(connection, rows, _has(text, _PROOFS["."])) for text in texts.values()):
            decided = any(_holds(connection, rows, _has(text, _PROOFS[","])) for text in texts.values())
            raise _undecided(connection, raw, rows, grouped[0], texts[grouped[0]], decided, written)
    return frozenset(signed)


def _undecided(
    connection: duckdb.DuckDBPyConnection,
    raw: RawTable,
    rows: str,
    column: str,
    text: str,
    decided: bool,
    written: Written,
) -> DataError:
    query = f"SELECT MIN(record) FROM {rows} WHERE {_has(text, GROUPED)}"
    record = int(connection.execute(query).fetchall()[0][0])
    return DataError(
        f"{raw.file_of(record)} line {raw.line_of(record)}: {column}: "
        + (
            "a number like 9.999 stands beside numbers with a decimal comma: set "
            f'{written.key("decimal")}: "," and {written.key("thousands")}: ".".'
            if decided
            else "a number like 9.999 can be read in two ways, and no other number of the file decides which: "
            f"{both_readings('.', written)}"
        )
    )


def both_readings(mark: str, written: Written) -> str:
    """Return the two ways to say what 9.999 (or 9,999) means, and how to state each."""
    other = "," if mark == "." else "."
    return (
        f'if 9{mark}999 means 9999, set {written.key("decimal")}: "{other}" and {written.key("thousands")}: "{mark}"; '
        f'if it means 9 and 999 thousandths, set {written.key("decimal")}: "{mark}".'
    )


def undecided(cells: Iterable[str]) -> bool:
    """Say whether numbers can be read in two ways, and no other of them decides which."""
    bare = [undecorated(cell) for cell in cells]
    return any(re.fullmatch(GROUPED, c) for c in bare) and not any(re.fullmatch(_PROOFS["."], c) for c in bare)


def refuse_currencies(
    connection: duckdb.DuckDBPyConnection,
    raws: Sequence[RawTable],
    columns: Iterable[str],
    written: Written,
    names: Mapping[str, str] | None = None,
) -> None:
    """Refuse columns whose numbers are in several currencies by the signs they carry.

    Parameters
    ----------
    connection, raws, written
        The tables, and how they are written.
    columns
        Those in which some number carries a currency.
    names
        What messages call a column, if not by its key.

    Raises
    ------
    DataError
        Names the column, and each currency with its count.
    """
    for column in columns:
        parts = [
            f"SELECT {currency_sql(words(column, raw.types[column]))} AS sign FROM {raw.table} "
            f"WHERE {number(column, raw.types[column], written).value} <> 0"
            for raw in raws
            if raw.types.get(column) in _WITH_TEXTS
        ]
        counts = count_of(connection, f"({' UNION ALL '.join(parts)})", "sign")
        if len(counts) > 1:
            called = (names or {}).get(column) or written.column_key(column)
            raise DataError(f"{called}: {several(counts)} Leave one currency in this column.")


def count_of(connection: Reads, relation: str, column: str) -> dict[str, int]:
    """Return the lines of each currency, the most frequent first."""
    found = connection.execute(
        f"SELECT COALESCE({column}, ''), COUNT(*) FROM {relation} AS r GROUP BY 1 ORDER BY 2 DESC, 1"
    ).fetchall()
    return {str(currency): int(n) for currency, n in found}


def several(counts: Mapping[str, int]) -> str:
    """Return the sentence that counts the lines of each currency; what is none that is known is not shown."""
    told = ", ".join(f"{_shown(currency)} {counted(n, 'line')}" for currency, n in counts.items())
    return f"amounts of several currencies cannot be added up: {told}."


def _shown(currency: str) -> str:
    return currency if KNOWN.fullmatch(currency) else "another word" if currency else "no currency"


def pattern_of(currency: str) -> str:
    """Return a regular expression of the cells whose number carries this currency and no other."""
    if not currency:
        return "[-+0-9., ()０-９，．－＋（）]*"
    signs = {"$": "[$＄]", "¥": r"[¥￥円\\]", "₩": "[₩￦원]", "元": "[元圆圓]"}
    sides = "[^a-z]*".join("".join(signs.get(c, c) for c in side) for side in currency.split(" "))
    return f"(?i)[^a-z]*{sides}[^a-z]*"


def _looked_at(connection: duckdb.DuckDBPyConnection, rows: str, text: str, written: Written) -> tuple[bool, bool]:
    """Say whether any cell's text is no plain number, and whether any has three decimals."""
    # One scan that parses no pattern: nearly all columns hold plain numbers with two decimals or none.
    short = f"{text} LIKE '%.___'"
    query = f"SELECT COALESCE(BOOL_OR({_odd(text, written)}), FALSE), COALESCE(BOOL_OR({short}), FALSE)"
    odd, three = connection.execute(f"{query} FROM {rows}").fetchall()[0]
    return bool(odd), bool(three)


def _odd(text: str, written: Written) -> str:
    plain = f"REPLACE({text}, ',', '.')" if written.mark == "," else text
    return f"({text} IS NOT NULL AND TRY_CAST({plain} AS DOUBLE) IS NULL)"


def _holds(connection: duckdb.DuckDBPyConnection, rows: str, condition: str) -> bool:
    """Say whether any row is so; the engine stops at the first it meets."""
    return bool(connection.execute(f"SELECT 1 FROM {rows} WHERE {condition} LIMIT 1").fetchall())


def _has(text: str, shape: str) -> str:
    return f"regexp_full_match({text}, {literal(shape)})"
