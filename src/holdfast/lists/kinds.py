"""Lists of customers a person can act on, ranked; what contacting them would change is unproven."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast import columns
from holdfast.churn import LAPSED, ONCE, left_by_own_rhythm, reasons_for, silent_for
from holdfast.evaluate.ties import Places
from holdfast.features import summary_of
from holdfast.forecast.reasons import READS, value_reasons_for
from holdfast.forecast.scorer import Scorer
from holdfast.forecast.worth import p_gone
from holdfast.learn.arrays import Flags, Floats, Ints

_HORIZONS, _GONE = 2, 0.5
_READ = "read: "  # before the name of a feature that is kept for reasons
_OFF = "to be on no list"
Columns = dict[str, Any]
Known = Sequence[list[str]]
Why = Callable[[Scorer, pd.DataFrame, Known, date], list[list[str]]]


@dataclass(frozen=True)
class Customers:
    """Some customers: the models, their scores of these features, row by row, and when second purchases come.

    ``off`` says who is to be on no list; nobody if not given.
    """

    scorer: Scorer
    scores: pd.DataFrame
    features: pd.DataFrame
    best_days: tuple[float, float] | None = None
    off: Flags | None = None

    @property
    def active(self) -> Flags:
        """Whose churn can still be prevented: bought recently enough, and not gone by their own rhythm."""
        return self.scores["eligible"].to_numpy(dtype=bool) & ~left_by_own_rhythm(self.features, self.p_churn)

    @property
    def p_churn(self) -> Floats:
        """P(no purchase in the window)."""
        return self.scores[columns.p_churn(self.scorer.churn.horizon_days)].to_numpy(dtype=np.float64)

    @property
    def bought(self) -> npt.NDArray[np.int64]:
        """Purchase days so far."""
        return self.features["purchase_days"].to_numpy(dtype=np.int64)

    @property
    def silent(self) -> npt.NDArray[np.int64]:
        """Days since the last purchase, those that were shut once not counted."""
        return self.features["days_since_last"].to_numpy(dtype=np.int64)

    def take(self, rows: npt.NDArray[Any]) -> "Customers":
        """Return those of the given row numbers."""
        off = None if self.off is None else self.off[rows]
        return Customers(self.scorer, self.scores.iloc[rows], self.features.iloc[rows], self.best_days, off)


@dataclass(frozen=True)
class Kind:
    """A kind of list: a new one is one entry of ``KINDS``, and its name and columns in ``columns.lists``.

    Attributes
    ----------
    chosen
        Who is on it.
    order
        What it is ranked by: columns by name, the first decides; higher comes first.
    own
        What it tells of its customers beside what every list tells.
    shares
        Whether it holds a share of all customers, and says how much of the total they are; else the first so many.
    why
        Why a customer stands on it: from the models, the features of some, what is known of each without these, and
        the day.
    reads
        The features that ``why`` reads, where these are few; everybody on the list then has reasons, and not only the
        first so many.
    """

    chosen: Callable[[Customers], Flags]
    order: Callable[[Customers], Columns]
    own: Callable[[Customers], Columns] = lambda _: {}
    shares: bool = False
    why: Why = lambda scorer, rows, known, as_of: reasons_for(
        scorer.churn, rows, first=known, behind=scorer.behind(as_of)
    )
    reads: tuple[str, ...] = ()


class RankedList:
    """The first customers of a list, found among any number of them who come in parts.

    All but high_value are ranked by value at risk, P(churn) × value if the customer stays; by P(churn) × purchases
    if they stay where the log has no amounts.

    Parameters
    ----------
    name
        ``at_risk``: the active. ``high_value``: the highest CLV. ``second_order``: active, one purchase so far.
        ``win_back``: the lapsed, and who has left by their own rhythm. ``overdue``: active, silent for longer than ever
        before between two of at least three purchases.
    scorer
        The models that scored.
    customers
        How many are scored in all.
    most
        At most so many customers; ``high_value`` holds all of its share.
    share
        Of all customers, for ``high_value`` (0.1 is the top tenth); those who are to be on no list count as well.
    """

    def __init__(
        self, name: str, scorer: Scorer, *, customers: int, most: int | None = None, share: float = 0.1
    ) -> None:
        if name not in KINDS:
            raise ValueError(f"There is no list {name!r}: {', '.join(columns.LISTS)}.")
        self.name, self._kind, self._scorer, self._customers = name, KINDS[name], scorer, customers
        self._room = max(1, round(share * customers)) if self._kind.shares else customers if most is None else most
        self._order: list[str] = []
        self._top, self._features, self._total = pd.DataFrame(), pd.DataFrame(), 0.0

    def add(self, some: Customers) -> None:
        """Look at some more customers."""
        chosen = self._kind.chosen(some)
        off = np.zeros(len(chosen), dtype=bool) if some.off is None else some.off
        # A share is one of all customers, so whoever is to be on no list leaves it last.
        found = np.flatnonzero(chosen if self._kind.shares else chosen & ~off)
        keys = pd.DataFrame(self._kind.order(some.take(found)))
        self._order = list(keys.columns)
        if self._kind.shares:
            self._total += float(keys[self._order[0]].sum())
        keys["customer_id"] = some.scores["customer_id"].to_numpy()[found]
        if len(self._top) == self._room:
            keys = keys[keys[self._order[0]] >= self._top[self._order[0]].iloc[-1]]
        first = found[self._first(keys).index.to_numpy()]
        entering = some.take(first)
        ordered = self._kind.order(entering)
        read = {_READ + name: entering.features[name].to_numpy() for name in self._kind.reads}
        told = _facts(entering).assign(**ordered, **self._kind.own(entering), **read, **{_OFF: off[first]})
        self._top = self._first(pd.concat([self._top, told], ignore_index=True) if len(self._top) else told)
        if not self._kind.reads:
            known = pd.concat([self._features, entering.features.set_index("customer_id")])
            self._features = known.loc[self._top["customer_id"]]

    def table(self, causes: Callable[[Collection[str]], Mapping[str, str]] = lambda _: {}) -> pd.DataFrame:
        """Return ``columns.listed(name, …)``, ranked; one to three reasons a customer.

        ``causes`` says what else is known of some customers, which comes first (``LastBought.causes``).
        """
        h, year, money = self._scorer.churn.horizon_days, self._scorer.clv_horizon_days, self._scorer.spend is not None
        top = self._top.reset_index(drop=True)
        if self._kind.shares:
            off = top[_OFF].to_numpy(dtype=bool)
            top = with_shares(top, self._order[0], self._total, self._customers, off=off)
            top = top[~off].reset_index(drop=True)
        if self._kind.reads:
            features = pd.DataFrame({name: top[_READ + name] for name in self._kind.reads})
        else:
            features = self._features.loc[top["customer_id"]].reset_index()
        reasons = []
        if len(top):
            known = causes(top["customer_id"].tolist())
            said = [[known[own]] if own in known else [] for own in top["customer_id"]]
            reasons = self._kind.why(self._scorer, features, said, top["as_of"].iloc[0])
        top = top.assign(**reason_columns(reasons, len(top)))
        shown = [c.name for c in columns.listed(self.name, h, year, money=money)]
        return top.assign(rank=range(1, len(top) + 1))[shown]

    def _first(self, table: pd.DataFrame) -> pd.DataFrame:
        return table.iloc[_highest_first(table, self._order)[: self._room]]


def _highest_first(table: pd.DataFrame, by: Sequence[str]) -> Ints:
    """Return the places of the rows, highest first, blanks last; equals by ``customer_id``.

    Texts are compared among equals alone: of millions of customers that is a small part.
    """
    keys = [-table[name].to_numpy(dtype=np.float64) for name in reversed(by)]
    keys = [np.where(np.isnan(key), np.inf, key) for key in keys]
    places = np.lexsort(keys)
    same = np.all([key[places][1:] == key[places][:-1] for key in keys], axis=0)
    equals = np.zeros(len(table), dtype=bool)
    equals[places[1:]] = same
    equals[places[:-1]] |= same
    found = np.flatnonzero(equals)
    nth = np.zeros(len(table))
    nth[found[table["customer_id"].iloc[found].argsort(kind="stable").to_numpy()]] = np.arange(len(found))
    return np.lexsort([nth, *keys]) if len(found) else places


def _at_stake(some: Customers) -> Columns:
    h = some.scorer.churn.horizon_days
    if some.scorer.spend is not None:
        return {columns.value_at_risk(h): some.scores[columns.value_at_risk(h)].to_numpy()}
    p, expected = some.scores[columns.p_churn(h)].to_numpy(), some.scores[columns.expected_purchases(h)].to_numpy()
    if_any = np.divide(expected, 1 - p, out=np.ones_like(p), where=p < 1)
    return {columns.purchases_at_risk(h): p * if_any}


def _worth(some: Customers) -> Columns:
    days = some.scorer.clv_horizon_days
    return {columns.clv(days): some.scores[columns.clv(days)].to_numpy()}


def _second_order_first(some: Customers) -> Columns:
    low, high = some.best_days if some.best_days is not None else (np.nan, np.nan)
    return {"in_best_window": (some.silent >= low) & (some.silent <= high), **_at_stake(some)}


def _second_order(some: Customers) -> Columns:
    """Return the curve of BG/NBD over time, at the level of the calibrated probability of the churn horizon."""
    h, summary, as_of = some.scorer.churn.horizon_days, summary_of(some.features), some.scores["as_of"]
    transactions = some.scorer.transactions
    calibrated = 1 - some.scores[columns.p_churn(h)].to_numpy()
    day = next(iter(as_of), None)

    def some_by(days: int) -> Floats:
        shut = 0 if day is None else some.scorer.closed.days(day, day + timedelta(days=days))
        return np.asarray(1 - transactions.p_no_purchase(summary, days - shut))

    own = np.maximum(some_by(h), 1e-12)
    found: Columns = {
        columns.p_second(days): np.clip(calibrated * some_by(days) / own, 0.0, 1.0)
        for days in columns.SECOND_ORDER_DAYS
    }
    low, high = some.best_days if some.best_days is not None else (np.nan, np.nan)
    unknown = np.isnan(low)
    return found | {
        "best_from": "" if unknown else _dates(as_of, low - some.silent),
        "best_until": "" if unknown else _dates(as_of, high - some.silent),
    }


def _overdue(some: Customers) -> Flags:
    return np.asarray(some.active & silent_for(some.features, longest_waits=1))


def _gaps(some: Customers) -> Columns:
    return {
        "silent_days": some.silent,
        "usual_gap_days": some.features["gap_median"].to_numpy(),
        "longest_gap_days": np.nan_to_num(some.features["gap_max"].to_numpy()).astype(np.int64),
    }


def _why_back(state: str) -> Why:
    """Return what says first which customers like these came back, and then their signs of risk."""

    def why(scorer: Scorer, rows: pd.DataFrame, known: Known, as_of: date) -> list[list[str]]:
        if scorer.returners is not None:
            back = scorer.returners.reasons(state, rows)
            known = [[*cause, *like] for cause, like in zip(known, back, strict=True)]
        return reasons_for(scorer.churn, rows, first=known, behind=scorer.behind(as_of))

    return why


KINDS = {
    "at_risk": Kind(lambda some: some.active, _at_stake),
    "high_value": Kind(
        lambda some: np.ones(len(some.scores), dtype=bool),
        _worth,
        shares=True,
        why=lambda scorer, rows, _, as_of: value_reasons_for(rows, behind=scorer.behind(as_of)),
        reads=READS,
    ),
    "second_order": Kind(
        lambda some: some.active & (some.bought == 1), _second_order_first, _second_order, why=_why_back(ONCE)
    ),
    "win_back": Kind(
        lambda some: ~some.active, _at_stake, lambda some: {"silent_days": some.silent}, why=_why_back(LAPSED)
    ),
    "overdue": Kind(_overdue, _at_stake, _gaps),
}


def _facts(some: Customers) -> pd.DataFrame:
    """Return the scores, and what every list tells of its customers."""
    summary, as_of, bought = summary_of(some.features), some.scores["as_of"], some.bought
    # Half of those who are still customers will have bought by a day further off than any plan reaches: no news; and
    # of who is more likely gone than not no day is to be expected.
    wait, far = some.scorer.transactions.median_wait(summary), _HORIZONS * some.scorer.churn.horizon_days
    day = next(iter(as_of), None)
    wait = np.ceil(wait) if day is None else some.scorer.closed.reached(day, np.ceil(wait))
    near = (wait <= far) & (some.scores["p_alive"].to_numpy() * (1.0 - _gone(some, summary)) >= _GONE)
    expected = _dates(as_of, np.where(near, wait, 0))
    return some.scores.assign(
        last_purchase=_dates(as_of, -some.scorer.shut.calendar_days(day, some.silent)),
        next_purchase_expected=[day if soon else "" for day, soon in zip(expected, near, strict=True)],
        purchases_so_far=bought,
        confidence=np.select([bought == 1, bought <= 3], ["low", "medium"], "high"),
    )


def _gone(some: Customers, summary: pd.DataFrame) -> Floats:
    """Return P(gone for good) as far as P(churn) says it beyond the model behind ``p_alive``, shape (n,).

    A customer who missed the first bill of years is alive to BG/NBD, and all but certain to buy nothing.
    """
    days = some.scorer.churn.gap_days + some.scorer.churn.horizon_days
    return p_gone(some.p_churn, some.scorer.transactions.p_no_purchase(summary, days))


def with_shares(top: pd.DataFrame, clv: str, total: float, customers: int, *, off: Flags) -> pd.DataFrame:
    """Add the tenth of all customers and the share of all CLV, ``total``, that each of the first ones is.

    Summed up are those who stay on the list: ``off``, shape (n,), is who leaves it.
    """
    return top.assign(
        clv_decile=Places.of(top[clv]).tenths(customers),
        share_of_total=top[clv] / total if total else 0.0,
        cumulative_share=top[clv].where(~off, 0.0).cumsum() / total if total else 0.0,
    )


def reason_columns(reasons: list[list[str]], rows: int) -> dict[str, list[str]]:
    """Return ``reason_1`` to ``reason_3`` of so many rows; blank where there is none."""
    reasons = reasons + [[]] * (rows - len(reasons))
    return {f"reason_{i + 1}": [r[i] if i < len(r) else "" for r in reasons] for i in range(3)}


def _dates(as_of: Iterable[date], days: npt.ArrayLike) -> list[str]:
    # One as-of date per table, so few distinct days: each is written once.
    shifts = np.asarray(days, dtype=np.float64).round().astype(np.int64)
    start: date | None = next(iter(as_of), None)
    written = {int(d): (start + timedelta(days=int(d))).isoformat() for d in np.unique(shifts)} if start else {}
    return [written[int(d)] for d in shifts]
