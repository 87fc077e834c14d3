"""What each column holds: how much, how varied, and whether dates, numbers, or ids."""

from dataclasses import dataclass

from holdfast.onboarding.dates import reads_as_date
from holdfast.onboarding.export import PEEK, Export, is_filled
from holdfast.onboarding.numbers import reads_as_number

# Fewer different texts than this are categories, not customers.
_LEAST_IDS = 5


@dataclass(frozen=True)
class Profile:
    """A column.

    Attributes
    ----------
    name, sql, type
        Its name in the file, its name in the tables, and its SQL type.
    filled, distinct
        Cells that hold something, and how many differ, among the lines looked at.
    is_date, is_number
        Whether (nearly) all filled cells are dates, or numbers; a date is no number.
    is_whole
        Whether all are whole numbers without any mark.
    """

    name: str
    sql: str
    type: str
    filled: int
    distinct: int
    is_date: bool
    is_number: bool
    is_whole: bool

    @property
    def repeats(self) -> bool:
        """Whether a value comes back, as the ids of customers and orders of several lines do."""
        return self.distinct < self.filled

    @property
    def may_be_id(self) -> bool:
        """Whether it could name something: no date, no fraction, and not only a few categories."""
        return self.distinct >= _LEAST_IDS and not self.is_date and (self.is_whole or not self.is_number)


def profiles(export: Export) -> list[Profile]:
    """Look at every column; one whose name stands twice in the header cannot be named, and is left out."""
    found = []
    for i, name in enumerate(export.names):
        if name and export.names.count(name) == 1:
            found.append(_profile(export, name, f"k{i}", export.types[i]))
    return found


def _profile(export: Export, name: str, sql: str, kind: str) -> Profile:
    text = kind == "VARCHAR"
    whole = "NOT regexp_matches(x, '[^0-9]')" if text else "TRUE"
    if kind in ("FLOAT", "DOUBLE") or kind.startswith("DECIMAL"):
        whole = "x = FLOOR(x)"
    cells = f"SELECT {sql} AS x FROM {PEEK} WHERE {is_filled(sql)}"
    filled, distinct, wholes = export.one(
        f"SELECT COUNT(*), COUNT(DISTINCT x), COUNT(*) FILTER ({whole}) FROM ({cells})"
    )
    if not filled:
        return Profile(name, sql, kind, 0, 0, False, False, False)
    dated = reads_as_date(export, sql, name, kind)
    number = not dated and reads_as_number(export, sql, kind)
    return Profile(name, sql, kind, filled, distinct, dated, number, number and wholes == filled)
