"""A lint for the SQL that features are made of: spellings that engines refuse or do not compute alike are banned."""

import re

_BANNED = {
    r"\b(DOUBLE|FLOAT|REAL)\b": "no float type has one name everywhere: multiply by EXP(0)",
    r"\bAVG\s*\(": "digits differ: SUM(x) * EXP(0) / COUNT(*)",
    r"\b(STDDEV|VARIANCE|STD|VAR)\w*\s*\(": "digits differ: the SQRT(COUNT * SUM(x*x) - S*S) spelling",
    r"\bMEDIAN\s*\(|\bPERCENTILE_\w+": "differs: a ROW_NUMBER median",
    r"\bQUALIFY\b|\bCOUNT_IF\b|\bBOOL_(AND|OR)\b|\bANY_VALUE\b": "not in every engine: a CTE, FILTER, MAX(CASE …)",
    r"\bLOG\s*\(": "a different base in each: LN or LOG10",
    r"\^": "a power or an exclusive or: POWER",
    r"\bCONCAT\s*\(": "treats NULL differently: || with COALESCE",
    r"\\": "a backslash in a literal means different things",
    r'"': "quoted names differ: plain lower-case names",
    r"//": "DuckDB's own: CAST(FLOOR(a * EXP(0) / b) AS INTEGER)",
    r"\bFETCH\s+FIRST\b": "LIMIT",
    r"\b(TEXT|STRING)\b": "VARCHAR(n)",
    r"::": "CAST(x AS type)",
    r"\bROUND\s*\(": "rounds floats differently: round decimals while reading only",
    r"COUNT\s*\(\s*DISTINCT[^)]*\)\s*OVER": "not in every engine: group first",
    r"\bOVER\s*\(\s*(?!ROWS\b|RANGE\b|GROUPS\b)\w+\s+(ROWS|RANGE|GROUPS)\b": (
        "no frame for a named window in Spark: PARTITION BY … ORDER BY … written out"
    ),
    r"\bAS\s+(FOLLOWING|INCREMENT|ISSUE|REGEXP|SAMPLE|START)\b": "a word that Snowflake reserves: another name",
    r"\bOVER\s+\w+\s*-": "Spark takes the minus for a part of the window's name: the other term first",
}


def unportable(sql: str) -> list[str]:
    """Return what in ``sql`` an engine would refuse, or compute differently; an empty list is good.

    Examples
    --------
    >>> unportable("SELECT MEDIAN(amount) FROM purchases")
    ["'MEDIAN(': differs: a ROW_NUMBER median"]
    """
    found = [f"{match.group(0)!r}: {why}" for ban, why in _BANNED.items() for match in re.finditer(ban, sql, re.I)]
    # A quotient of integers is whole in PostgreSQL and a fraction elsewhere: a float must stand to its left.
    for term in re.finditer(r"([\w.()]+(?:\s*\*\s*[\w.()]+)*)\s*/", sql):
        if "EXP(0)" not in term.group(1) and not _is_float(term.group(1)):
            found.append(f"{term.group(0)!r}: multiply the numerator by EXP(0)")
    # To DataFusion (and Sail) an aggregate has the same name with a cast inside and without.
    for cast in re.finditer(r"\b(\w+)\s*\(\s*CAST\s*\(\s*(\w+)\s+AS\s+\w+(?:\([\d, ]+\))?\s*\)\s*\)", sql, re.I):
        if re.search(rf"\b{cast[1]}\s*\(\s*{cast[2]}\s*\)", sql, re.I):
            found.append(f"{cast[0]!r}: collides with {cast[1]}({cast[2]}): cast after the aggregate")
    return found


def _is_float(term: str) -> bool:
    """Names that are floats already, by how the catalogue builds them."""
    return bool(re.fullmatch(r"spend_\w+|gap_(mean|median|deviation)", term))
