"""Made-up contracts, written as gyms, insurers, publishers and billing systems of software export them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import yaml

from holdfast.onboarding import Look
from holdfast.onboarding.findings import Choice
from tests.fuzz.configurations import command

EXPORTED = date(2024, 6, 1)
REASONS = ("moved", "too expensive", "no time", "payment")


@dataclass(frozen=True)
class Contract:
    """One contract; ``end`` is ``None`` while it runs, and ``reason`` empty."""

    number: int
    start: date
    end: date | None
    plan: str
    price: int
    reason: str


@cache
def contracts(n: int = 240) -> tuple[Contract, ...]:
    """Contracts of three plans since 2021; about six in ten have ended, a quarter of these by a failed payment.

    The latest began the day before the export.
    """
    random = np.random.default_rng(4)
    found = []
    for number in range(n):
        start = date(2021, 1, 1) + timedelta(days=int(random.integers(0, 1240)) if number else 1246)
        end = start + timedelta(days=5 + int(random.exponential(500)))
        plan, price = (("Basic", 19), ("Plus", 29), ("Premium", 49))[int(random.integers(0, 3))]
        reason = REASONS[int(random.integers(0, 4))]
        over = end < EXPORTED
        found.append(Contract(number, start, end if over else None, plan, price, reason if over else ""))
    return tuple(found)


RUNNING = sum(c.end is None for c in contracts())
Cell = Callable[[Contract], Any]


def written(columns: Mapping[str, Cell], path: str = "x.csv") -> None:
    pd.DataFrame({name: [cell(c) for c in contracts()] for name, cell in columns.items()}).to_csv(path, index=False)


def day(moment: date | None, form: str = "%Y-%m-%d") -> str:
    return moment.strftime(form) if moment else ""


def seconds(moment: date | None, *, per: int = 1, none: Any = "") -> Any:
    if moment is None:
        return none
    return per * int(datetime(moment.year, moment.month, moment.day, 9, tzinfo=UTC).timestamp())


def begun(form: str = "%Y-%m-%d") -> Cell:
    return lambda c: day(c.start, form)


def over(form: str = "%Y-%m-%d") -> Cell:
    return lambda c: day(c.end, form)


def number(prefix: str = "M") -> Cell:
    return lambda c: f"{prefix}{10_000 + c.number}"


def plan(c: Contract) -> str:
    return c.plan


def price(c: Contract) -> int:
    return c.price


def state(gone: str, runs: str) -> Cell:
    return lambda c: gone if c.end else runs


def init(path: str = "x.csv") -> tuple[dict[str, Any], str]:
    """Return the section as ``init`` writes it, and what it said on the screen and on stderr."""
    code, said = command("init", path, "--yes", "--force", "--out", "x.yaml")
    assert code in (0, 2), said
    document: dict[str, Any] = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))
    return document, said


def told(**answers: Choice) -> str:
    """Return what the screen says of the file, once these questions are answered."""
    return "\n".join(Look(["x.csv"]).findings(answers).told)


def answered(**answers: str) -> tuple[int, str]:
    """Put answers into the YAML, and check it."""
    text = Path("x.yaml").read_text(encoding="utf-8")
    for key, value in {"as_of": EXPORTED.isoformat(), "time_zone": "Europe/Copenhagen", **answers}.items():
        text = text.replace(f"{key}: <answer>", f"{key}: {value}")
    Path("x.yaml").write_text(text, encoding="utf-8")
    return command("check", "-c", "x.yaml")
