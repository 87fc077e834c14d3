"""Awkward tables beside the awkward log, and how they are read."""

from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from holdfast.columns import TABLES
from holdfast.data import PurchaseLog, Source, TableSource, read_purchases, read_tables
from tests.features.test_build import COLUMNS

FIRST = date(2022, 1, 1)


def awkward_tables(names: list[str], seed: int = 3) -> dict[str, pd.DataFrame]:
    """Events of some of the customers and of strangers, ties on one day, empty cells, values known late."""
    random = np.random.default_rng(seed)
    who = [*names[: max(2, 3 * len(names) // 4)], "stranger"]

    def days(n: int) -> list[date]:
        return [FIRST + timedelta(days=int(d)) for d in random.integers(0, 700, n)]

    def later(start: date, chance: float, most: int) -> str | None:
        late = start + timedelta(days=int(random.integers(0, most)))
        return late.isoformat() if random.random() < chance else None

    def some(n: int) -> list[str]:
        return [who[i] for i in random.integers(0, len(who), n)]

    n = 6 * len(who)
    visits = [(w, d.isoformat(), int(random.integers(1, 9)) if random.random() < 0.8 else None, "web")
              for w, d in zip(some(n), days(n), strict=True)]  # fmt: skip
    tickets = [(w, d.isoformat(), later(d, 0.8, 60), "late") for w, d in zip(some(n // 3), days(n // 3), strict=True)]
    contacts = [
        (w, "spring", d.isoformat() if random.random() < 0.9 else None, later(d, 0.5, 20) , later(d, 0.2, 90),
         round(float(random.random()), 2), str(random.choice(["A", "Control", "control", ""])))
        for w, d in zip(some(n), days(n), strict=True)
    ]  # fmt: skip
    contacts = [(w, c, s, o, v, *rest) if s else (w, c, s, None, None, *rest) for w, c, s, o, v, *rest in contacts]
    surveys = [
        (w, d.isoformat(), later(d, 0.3, 90), str(random.choice(["nps", "price"])), "monetary",
         round(float(random.integers(0, 101)) / 10, 1) if random.random() < 0.7 else None, 1)
        for w, d in zip(some(n // 2), days(n // 2), strict=True)
    ]  # fmt: skip
    customers = [
        (w, f"{d.isoformat()} {h % 24:02d}:{h:02d}", str(random.choice(["2021-12-30", "2022-06-01", "2023-12-01"])),
         str(random.choice(["shop", "web", ""])), 12.5 * (h % 3), ["yes", "0", ""][h % 3], ["false", "TRUE", ""][h % 3],
         ["", "no", "1"][h % 3],
         round(float(random.normal(0, 100)), 3))
        for h, (w, d) in enumerate(zip(some(n // 2), days(n // 2), strict=True), start=0) if h < 60
    ]  # fmt: skip
    return {
        "visits": frame("visits", visits),
        "tickets": frame("tickets", tickets),
        "contacts": frame("contacts", contacts),
        "surveys": frame("surveys", surveys),
        "customers": frame("customers", customers),
    }


def frame(name: str, rows: list[tuple[Any, ...]]) -> pd.DataFrame:
    columns = [c.name for c in TABLES[name]][: len(rows[0])]
    return pd.DataFrame(rows, columns=columns)


def log_of(purchases: pd.DataFrame, tables: dict[str, pd.DataFrame], **options: Any) -> PurchaseLog:
    """Read purchases and tables; all columns of ours that a frame has are mapped."""
    log = read_purchases(Source(purchases, COLUMNS))
    read_tables(log.connection, {name: source(name, table, **options) for name, table in tables.items()})
    return log


def source(name: str, table: pd.DataFrame, **options: Any) -> TableSource:
    known = [c.name for c in TABLES[name]]
    return TableSource(table, {c: c for c in table.columns if c in known}, **options)
