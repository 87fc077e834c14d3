"""What a column is."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Column:
    """One column of a table: its name, SQL type, unit, and what it means."""

    name: str
    type: str
    unit: str
    meaning: str
