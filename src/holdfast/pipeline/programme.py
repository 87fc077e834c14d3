"""Programme: what all lists together change, week by week: everybody against those who are on no list."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd

from holdfast.config import Config
from holdfast.data.engine import EPOCH
from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.experiments.programme import Reading, read_programme
from holdfast.features.build import spend_days_sql
from holdfast.learn.arrays import Flags, Floats, Ints
from holdfast.lists.contact import LISTED
from holdfast.lists.suppression import in_holdout
from holdfast.pipeline.issued import issued_lists
from holdfast.pipeline.outputs import home_of
from holdfast.pipeline.preparation import PreparedPurchases, for_purchases

# So far back a purchase says something of what a customer will spend.
_PAST_DAYS = 365


@dataclass(frozen=True)
class Programme:
    """Every weekly reading: ``readings`` holds (first day not known, outcome, reading), oldest first.

    Examples
    --------
    >>> Programme(date(2024, 1, 1), 90, 0.05, ()).as_dict()
    {'since': '2024-01-01', 'matured_days': 90, 'holdout': 0.05, 'readings': []}
    """

    since: date
    matured_days: int
    share: float
    readings: tuple[tuple[date, str, Reading], ...]

    @property
    def latest(self) -> dict[str, Reading]:
        """The last reading of each outcome."""
        return {outcome: reading for _, outcome, reading in self.readings}

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; customers are left out."""
        return {
            "since": self.since.isoformat(),
            "matured_days": self.matured_days,
            "holdout": self.share,
            "readings": [{"day": d.isoformat(), "outcome": o, **r.as_dict()} for d, o, r in self.readings],
        }


def kept_off(config: Config, customers: pd.Series) -> Flags:
    """Return who of these customers is in the programme holdout, shape (n,)."""
    return in_holdout(customers, config.holdout.name or config.name, config.holdout.share)


@for_purchases("experiment holdout")
def effect_of_programme(prepared: PreparedPurchases, *, weeks: int | None = None) -> Programme:
    """Compare everybody with the programme holdout, each week since the programme began.

    A customer enters on the programme's first day, or the day after the first purchase; one churn horizon later they
    are matured. Outcomes since they entered: ``retention`` (bought within the last horizon), ``revenue``, and
    ``margin_net`` (revenue × clv.margin less contacts, and less offers where a customer who got one bought within the
    horizon).

    Parameters
    ----------
    prepared
        The log as it is now.
    weeks
        Read the last so many weeks only.

    Raises
    ------
    ConfigError
        There is no holdout (``holdout.share``), or no first day.
    NotEnoughDataError
        No customer is matured yet.

    Examples
    --------
    After ``holdfast init --demo``, as if a programme had begun a year before the file ends:

    >>> import holdfast
    >>> config = holdfast.load_config("demo.yaml", ["holdout.share=0.1", "holdout.since=2023-06-01"])
    >>> found = effect_of_programme(holdfast.prepare(config), weeks=1).latest["retention"]
    >>> found.customers, found.held_out, found.low < 0 < found.high
    (1818, 182, True)
    """
    config, log = prepared.config, prepared.log
    if not config.holdout.share:
        raise ConfigError("holdout.share is 0: nobody is kept off every list, so there is nobody to compare with.")
    issued = issued_lists(home_of(config) / "issued")
    begun = config.holdout.since or min((date.fromisoformat(r["known_until"]) for r in issued), default=None)
    if begun is None:
        raise ConfigError("holdout.since: state the programme's first day, or make a list.")
    until = log.last_day + timedelta(days=1)
    horizon = config.churn.horizon_days
    first = begun + timedelta(days=horizon)
    if first > until:
        raise NotEnoughDataError(
            f"No customer is matured before {first} ({horizon} days), and the log ends before {until}."
        )
    count = (until - first).days // 7 + 1
    days = [until - timedelta(days=7 * back) for back in reversed(range(min(count, weeks or count)))]
    story = _Story.of(prepared, begun, until, issued)
    readings = [
        (d, o, r) for d in days for o, r in story.read((d - EPOCH).days, horizon, config, log.has_money).items()
    ]
    if not readings:
        raise NotEnoughDataError("No customer is matured yet.")
    return Programme(begun, horizon, config.holdout.share, tuple(readings))


@dataclass(frozen=True)
class _Story:
    """Purchase days and costs as arrays: ``who`` are positions in ``ids``, days are day numbers."""

    ids: pd.Series
    entry: Ints
    past: Floats
    held: Flags
    who: Ints
    day: Ints
    spend: Floats
    paid_who: Ints
    paid_day: Ints
    paid: Floats

    @classmethod
    def of(cls, prepared: PreparedPurchases, begun: date, until: date, issued: list[dict[str, Any]]) -> "_Story":
        start, end = (begun - EPOCH).days, (until - EPOCH).days
        sql = spend_days_sql(f"day < {end}", end)
        table = prepared.connection.execute(f"SELECT * FROM ({sql}) AS days ORDER BY customer_id, day").df()
        who, ids = pd.factorize(table["customer_id"].astype("str"))
        day = table["day"].to_numpy(dtype=np.int64)
        spend = table["spend"].to_numpy(dtype=np.float64)
        first = np.full(len(ids), end)
        np.minimum.at(first, who, day)
        entry = np.maximum(first + 1, start)
        before = (day < entry[who]) & (day >= entry[who] - _PAST_DAYS)
        bought = np.bincount(who[before], minlength=len(ids)).astype(np.float64)
        worth = np.bincount(who[before], weights=spend[before], minlength=len(ids))
        last = np.zeros(len(ids), dtype=np.int64)
        np.maximum.at(last, who[day < entry[who]], day[day < entry[who]])
        past = np.column_stack([bought, np.sqrt(np.maximum(worth, 0)), worth, np.sqrt(entry - last), entry == start])
        series = pd.Series(ids.astype(str))
        later = day >= entry[who]
        costs = _costs(prepared, issued, series, who[later], day[later])
        held = kept_off(prepared.config, series)
        return cls(series, entry, past.astype(np.float64), held, who[later], day[later], spend[later], *costs)

    def read(self, today: int, horizon: int, config: Config, money: bool) -> dict[str, Reading]:
        """Return the readings of one day."""
        n = len(self.ids)
        matured = self.entry + horizon <= today
        if not matured.any():
            return {}
        known, recent = self.day < today, (self.day < today) & (self.day >= today - horizon)
        outcomes: dict[str, Floats] = {}
        outcomes["retention"] = np.asarray(np.bincount(self.who[recent], minlength=n) > 0, dtype=np.float64)
        if money:
            revenue = np.bincount(self.who[known], weights=self.spend[known], minlength=n)
            paid = self.paid_day < today
            cost = np.bincount(self.paid_who[paid], weights=self.paid[paid], minlength=n)
            outcomes["revenue"] = np.asarray(revenue, dtype=np.float64)
            outcomes["margin_net"] = np.asarray(revenue * config.clv.margin - cost, dtype=np.float64)
        exposed = (today - self.entry[matured]).astype(np.float64)
        past = np.column_stack([self.past[matured], exposed, np.sqrt(exposed)])
        return {name: read_programme(y[matured], self.held[matured], past) for name, y in outcomes.items()}


def _costs(
    prepared: PreparedPurchases, issued: list[dict[str, Any]], ids: pd.Series, who: Ints, day: Ints
) -> tuple[Ints, Ints, Floats]:
    """Return what lists cost: whom, on which day, how much; an offer is paid if its customer bought in the window."""
    place = pd.Series(np.arange(len(ids)), index=ids)
    horizon = prepared.config.churn.horizon_days
    parts: list[tuple[Ints, Ints, Floats]] = [(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))]
    for record in issued:
        decisions = pd.read_parquet(
            record["folder"] / "decisions.parquet", columns=["customer_id", "status", "treatment"]
        )
        listed = decisions[decisions["status"] == LISTED]
        mine = place.reindex(prepared.remaining(listed["customer_id"])).to_numpy(dtype=np.float64)
        sent = (date.fromisoformat(record["known_until"]) - EPOCH).days
        within = np.zeros(len(ids), dtype=bool)
        within[who[(day >= sent) & (day < sent + horizon)]] = True
        offers = {t["name"]: (t["contact_cost"], t["offer_cost"]) for t in record["treatments"]}
        costs = np.array([offers.get(t, (0.0, 0.0)) for t in listed["treatment"]], dtype=np.float64).reshape(-1, 2)
        there = ~np.isnan(mine)
        rows = mine[there].astype(np.int64)
        parts.append((rows, np.full(len(rows), sent), costs[there, 0] + costs[there, 1] * within[rows]))
    whom, when, paid = (np.concatenate(column) for column in zip(*parts, strict=True))
    return whom, when, paid
