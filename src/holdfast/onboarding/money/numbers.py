"""Every way of reading a number, and whether a column holds any."""

from holdfast.data.engine import literal
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.onboarding.export import PEEK, Export, is_filled
from holdfast.onboarding.proof import MOST_UNREAD, Reading, shortlist

# (decimal mark, thousands mark); the plainest of those that mean the same comes first. Blanks and apostrophes between
# groups need no saying.
_MARKS = ((None, None), (",", None), (",", "."), (".", ","))
_NAMES = {".": "point", ",": "comma"}


def reads_as_number(export: Export, column: str, sql_type: str) -> bool:
    """Say whether a column holds numbers."""
    if sql_type == parse.CELL:
        (moments,) = export.one(f"SELECT COUNT(*) FILTER (union_tag({column}) = 'moment') FROM {PEEK}")
        texts = parse.words(column, sql_type)
        (some,) = export.one(f"SELECT COUNT(*) FROM {PEEK} WHERE {is_filled(texts)}")
        return not moments and (not some or reads_as_number(export, texts, "VARCHAR"))
    if sql_type != "VARCHAR":
        return not sql_type.startswith(("TIMESTAMP", "DATE", "BOOL", "ENUM", "TIME"))
    return bool(shortlist(export, column, number_readings(), source=PEEK, least=1 - MOST_UNREAD))


def number_readings() -> list[Reading]:
    """Return every way of reading a number."""
    readings = []
    for decimal, thousands in _MARKS:
        value = parse.number("x", "VARCHAR", Written(decimal=decimal, thousands=thousands)).value
        if thousands is not None:
            # No whole number in groups of three begins with 0.
            none = literal(f"[-+]?0[0-9]*[{thousands}].*")
            value = f"CASE WHEN NOT regexp_full_match(x, {none}) THEN {value} END"
        keys = {"decimal": decimal, "thousands": thousands}
        readings.append(Reading(_said(decimal, thousands), {k: v for k, v in keys.items() if v is not None}, value))
    return readings


def _said(decimal: str | None, thousands: str | None) -> str:
    said = f"decimal {_NAMES[decimal or '.']}"
    return f"{said}, thousands {_NAMES[thousands]}" if thousands else said
