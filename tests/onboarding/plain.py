"""The plainest export; what a configuration reads of it; and a terminal at which somebody answers."""

from pathlib import Path
from typing import Any

import yaml

from holdfast.config import load_config
from holdfast.data import read_purchases
from tests.onboarding.exports import (
    POINT,
    amount,
    day,
    plain,
)

PLAIN = {"customer_id": plain("c"), "ordered_at": day("%Y-%m-%d"), "amount": amount(POINT)}


SAME = {name: name for name in PLAIN}


def read(path: Path) -> tuple[dict[str, Any], int, float, int]:
    """Return the purchases section as written, and customers, net revenue and rejected lines as read."""
    written = yaml.safe_load(path.read_text(encoding="utf-8"))["purchases"]
    log = read_purchases(load_config(path).source(path.parent))
    customers, revenue = log.connection.execute(
        "SELECT COUNT(DISTINCT customer_id), SUM(amount) FROM purchases"
    ).fetchall()[0]
    return written, customers, float(revenue), sum(log.report.rejected.values())


def answer(monkeypatch, typed: list[str]) -> list[str]:
    """Pretend a terminal at which this is typed; what is not asked for stays in the list."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", lambda _: typed.pop(0))
    return typed
