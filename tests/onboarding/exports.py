"""Made-up exports: the same purchases, written as systems in several countries write them."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

BEGINS = datetime(2023, 1, 2, 8, 15, 30)


@dataclass(frozen=True)
class Sale:
    """One line: customer and order as numbers, cents of the whole line."""

    customer: int
    order: int
    at: datetime
    cents: int


@cache
def sales() -> tuple[Sale, ...]:
    """372 lines of 60 customers over 500 days; one order a line, amounts from 3.07 to 2,800 and never whole."""
    random = np.random.default_rng(11)
    found = []
    for customer in range(60):
        at = float(random.uniform(0, 200))
        gap = float(random.gamma(3.0, 15.0))
        for _ in range(int(random.integers(1, 15))):
            cents = int(random.gamma(1.2, 18_000)) + 307
            found.append((at, customer, cents + (cents % 100 == 0)))
            at += float(random.exponential(gap)) + 1
    found = sorted(f for f in found if f[0] < 500)
    return tuple(Sale(c, i, BEGINS + timedelta(days=at), cents) for i, (at, c, cents) in enumerate(found))


Cell = Callable[[Sale], str]


@dataclass(frozen=True)
class Export:
    """How the sales are written; ``columns`` are names and cells in the file's order."""

    columns: dict[str, Cell]
    delimiter: str = ","
    encoding: str = "utf-8"
    lines: Callable[[list[list[str]]], list[list[str]]] = lambda rows: rows
    sales: tuple[Sale, ...] = field(default_factory=sales)

    def write(self, path: Path) -> None:
        rows = self.lines([[cell(s) for cell in self.columns.values()] for s in self.sales])
        text = "".join(
            self.delimiter.join(_quoted(c, self.delimiter) for c in r) + "\r\n" for r in [[*self.columns], *rows]
        )
        path.write_bytes(text.encode(self.encoding))


def _quoted(cell: str, delimiter: str) -> str:
    return f'"{cell}"' if delimiter in cell else cell


def early(limit: int = 12) -> tuple[Sale, ...]:
    """The sales moved to days of the month that could be months too."""
    return tuple(replace(s, at=s.at.replace(day=1 + s.at.day % limit)) for s in sales())


def number(decimal: str, thousands: str = "", digits: int = 2) -> Callable[[int], str]:
    def written(cents: int) -> str:
        plain = f"{cents / 100:,.{digits}f}"
        return plain.replace(",", "T").replace(".", decimal).replace("T", thousands)

    return written


POINT, COMMA = number("."), number(",")
GERMAN, ENGLISH, FRENCH, SWISS = number(",", "."), number(".", ","), number(",", "\u00a0"), number(".", "'")


def day(form: str) -> Cell:
    return lambda s: s.at.strftime(form)


def amount(form: Callable[[int], str]) -> Cell:
    return lambda s: form(s.cents)


def plain(prefix: str, at_least: int = 0) -> Cell:
    return lambda s: f"{prefix}{s.customer + at_least}"


def order(prefix: str = "", at_least: int = 70_000) -> Cell:
    return lambda s: f"{prefix}{s.order + at_least}"


def net(of: Any = None) -> float:
    return sum(s.cents for s in of or sales()) / 100


def whole_days() -> tuple[date, date]:
    days = [s.at.date() for s in sales()]
    return min(days), max(days)
