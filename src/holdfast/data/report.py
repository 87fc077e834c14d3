"""The account of a purchase log: every line in is kept, rejected, or dropped by a named rule."""

from dataclasses import asdict, dataclass, field
from typing import Any

from holdfast.errors import DataError


@dataclass(frozen=True)
class DataReport:
    """What became of every line, and what the kept lines hold. Counts are lines unless said.

    ``lines_in == kept + sum(rejected.values()) + sum(dropped.values())`` always holds.
    """

    lines_in: int
    kept: int
    rejected: dict[str, int]
    dropped: dict[str, int]
    money: str
    currency: str | None
    first_day: str | None
    last_day: str | None
    customers: int
    purchase_days: int
    return_lines: int
    zero_lines: int
    rounded_lines: int
    duplicate_lines_kept: int
    blank_lines: int
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse to exist if a line is unaccounted for."""
        accounted = self.kept + sum(self.rejected.values()) + sum(self.dropped.values())
        if self.lines_in != accounted:
            raise DataError(f"Of {self.lines_in:,} lines {accounted:,} are accounted for: this is a bug in Holdfast.")

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return asdict(self)
