"""Contracts as spells (from, to, why it ended) → one row per customer as of a cutoff, and what then happened.

A spell that is followed by another of the same customer within ``renewal_days`` was renewed: both are one contract.
Only that makes an end a churn. What lies on or after a cutoff is unknown at it: a spell whose ``ended_at`` is not
before the cutoff looks the same as one without an end.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from holdfast.contractual.own_periods import DUE, EVERY, days_of_months, renewals_due
from holdfast.contractual.periods import MONTH_DAYS, whole_months
from holdfast.data.engine import EPOCH
from holdfast.features import Cutoff
from holdfast.learn.arrays import Flags, Floats, Ints
from holdfast.learn.draws import uniform

OPEN = np.int64(10_000_000)
STAYED, VOLUNTARY, PAYMENT = "stayed", "voluntary", "payment_failure"
_YEAR_DAYS = 365.25
_PLANNED = 0.2
_LEARNERS = "contracts that teach"
NOTICED = "ends by notice"
"""Column of a spells table that says itself whose end is a notice that was given; no other end ahead is one then."""
BILLED, USUAL = "day of the bill whose next is due first", "days after which the next usually comes"
"""Columns of spells that bills make: since when the customer waits for which one, and how long that usually takes."""
_STATED = ("customer_id", "start", "end", "end_reason", NOTICED, BILLED, USUAL, EVERY, DUE)


def chosen_to_teach(customers: Iterable[str], share: float) -> Flags:
    """Return which customers are of a share of them, chosen by a hash of their ids, shape (n,)."""
    return np.asarray(uniform(_LEARNERS, customers) < share)


@dataclass(frozen=True)
class Spells:
    """A spells table and the rules that read it.

    Attributes
    ----------
    frame
        ``customer_id`` (text), ``start`` and ``end`` (days since 1970-01-01; ``end`` is the first day without a
        contract, ``OPEN`` while it runs), ``end_reason`` (text or missing), optionally ``plan``, ``price`` and
        ``NOTICED``, and attributes known when the spell began.
    renewal_days
        A spell that starts no later after another's end continues it.
    payment_reasons
        Values of ``end_reason`` that say that a payment failed.
    billed
        Whether each spell is what one bill pays for.
    grace_days
        Of bills: how late one may be before the contract is over.
    """

    frame: pd.DataFrame
    renewal_days: int
    payment_reasons: frozenset[str]
    billed: bool = False
    grace_days: int = 0

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        *,
        renewal_days: int,
        payment_reasons: Collection[str] = (),
        billed: bool = False,
        grace_days: int = 0,
    ) -> "Spells":
        """Sort a spells table, so that the order of its rows cannot matter."""
        # By every column: rows that still tie are alike, and what was not yet known cannot show in their order.
        keys = ["customer_id", "start", "end", *sorted(set(frame.columns) - set(_STATED)), "end_reason"]
        keys += [NOTICED] if NOTICED in frame else []
        ordered = frame.sort_values(keys, kind="stable").reset_index(drop=True)
        return cls(ordered, renewal_days, frozenset(r.casefold() for r in payment_reasons), billed, grace_days)

    @property
    def first_day(self) -> date:
        """Day on which the first spell began."""
        return date.fromordinal(EPOCH.toordinal() + int(self.frame["start"].min()))

    def begins(self, *, and_ends: bool) -> pd.Series:
        """Return the days on which spells began and, where ends are what happened and not what is to come, ended."""
        over = self.frame.loc[(self.frame["end"] < OPEN) & and_ends, "end"]
        return pd.concat([self.frame["start"], over], ignore_index=True)

    def first_unknown(self, known_by: int) -> int:
        """Return the first day that the table does not know: the day after its last start, if that is later."""
        return max(known_by, int(self.frame["start"].max()) + 1)

    def begun_before(self, day: int) -> "Spells":
        """Return the spells that had begun by the morning of ``day``, with ends as the table knows them now."""
        return self._of(self.frame[self.frame["start"] < day])

    def of_some(self, share: float) -> "Spells":
        """Return all spells of a share of the customers, who are chosen by a hash of their ids."""
        ids = pd.unique(self.frame["customer_id"])
        chosen = ids[chosen_to_teach(ids, share)]
        return replace(self, frame=self.frame[self.frame["customer_id"].isin(chosen)].reset_index(drop=True))

    def known_at(self, day: int) -> "Spells":
        """Return what was known on the morning of ``day`` (days since 1970-01-01)."""
        frame = self.frame[self.frame["start"] < day].copy()
        later = (frame["end"] >= day).to_numpy()
        frame.loc[later, "end"] = OPEN
        frame.loc[later, "end_reason"] = None
        return self._of(frame)

    def _of(self, frame: pd.DataFrame) -> "Spells":
        return Spells.of(
            frame,
            renewal_days=self.renewal_days,
            payment_reasons=self.payment_reasons,
            billed=self.billed,
            grace_days=self.grace_days,
        )

    def contracts(self) -> pd.DataFrame:
        """Return one row per contract, spells that renew each other joined.

        Returns
        -------
        pandas.DataFrame
            ``customer_id``, ``start``, ``end`` (``OPEN`` while it runs), ``spells`` (how many), ``first`` and ``last``
            (row of the first spell, and of the one in force at the end), ``paid`` (False where the end was a failed
            payment).
        """
        frame = self.frame
        who = frame["customer_id"]
        reach = frame.groupby(who, sort=False)["end"].cummax()
        before = reach.groupby(who, sort=False).shift().fillna(-OPEN).to_numpy()
        new = frame["start"].to_numpy() > before + self.renewal_days
        contract = np.cumsum(new) - 1
        grouped = frame.assign(row=np.arange(len(frame))).groupby(contract, sort=False)
        table = grouped.agg(
            customer_id=("customer_id", "first"),
            start=("start", "first"),
            end=("end", "max"),
            spells=("start", "size"),
            first=("row", "first"),
        )
        # In force is the spell that reaches furthest; of several, the last to begin.
        furthest = frame["end"].iloc[::-1].groupby(contract[::-1]).idxmax().to_numpy()
        reason = frame["end_reason"].astype("str").str.casefold().iloc[furthest]
        paid = ~reason.isin(self.payment_reasons).to_numpy()
        return table.assign(last=furthest, paid=paid).reset_index(drop=True)

    def features_at(self, cutoff: Cutoff, *, period_days: int) -> pd.DataFrame:
        """Return one row per customer under contract at the cutoff, from what was known by then.

        Parameters
        ----------
        cutoff
            As-of date.
        period_days
            Length of a billing period.

        Returns
        -------
        pandas.DataFrame
            ``SPELL_FEATURES``, the plan, the price and all attributes of the spell in force; sorted by customer.
        """
        known = self.known_at(cutoff.day)
        contracts = known.contracts()
        runs = contracts[contracts["end"] == OPEN].drop_duplicates("customer_id", keep="last")
        spell = known.frame.iloc[runs["last"].to_numpy()].reset_index(drop=True)
        begin = known.frame.groupby("customer_id")
        who = spell["customer_id"].to_numpy()
        failed = known.frame["end_reason"].astype("str").str.casefold().isin(known.payment_reasons)
        age, run = cutoff.day - runs["start"].to_numpy(), cutoff.day - spell["start"].to_numpy()
        table = {
            "customer_id": who,
            "tenure_days": age,
            "days_since_bill" if self.billed else "spell_days": run,
            **(_late(spell, cutoff) if self.billed else {}),
            "days_into_period": run % period_days
            if EVERY not in spell
            else run % days_of_months(spell[EVERY].to_numpy()),
            **(renewals_due(spell, cutoff, run, self.grace_days) if EVERY in spell else {}),
            "anniversary_in_window": _anniversary(run, cutoff),
            "renewals": runs["spells"].to_numpy() - 1,
            "earlier_contracts": contracts.groupby("customer_id").size().reindex(who).to_numpy() - 1,
            "payment_failures": failed.groupby(known.frame["customer_id"]).sum().reindex(who).to_numpy(),
        }
        if "price" in spell:
            prices = known.frame["price"].to_numpy(dtype=np.float64)
            table["price"] = spell["price"].to_numpy(dtype=np.float64)
            table["price_change"] = table["price"] - prices[_first_paid(prices, runs)]
        if "plan" in spell:
            changes = begin["plan"].nunique().reindex(who).to_numpy()
            table |= {"plan": spell["plan"].to_numpy(), "plans_had": changes}
        extra = {name: spell[name].to_numpy() for name in spell.columns if name not in (*_STATED, *table)}
        return pd.DataFrame(table | extra)

    def ended_since(
        self, cutoff: Cutoff, customers: pd.Series, contracts: pd.DataFrame, *, before: int
    ) -> pd.DataFrame:
        """Return which contracts in force at the cutoff have ended since: hindsight, for alarms.

        ``contracts`` are those of the whole table; ends count that lie ``before`` a day (``end_of_hindsight``).

        Returns
        -------
        pandas.DataFrame
            ``contract`` and ``spell``: 1 where the contract, and its part in force, has ended; of each customer.
        """
        found = {}
        for name, parts in (("contract", contracts), ("spell", self.frame)):
            ends = covering(parts, cutoff.day, customers)["end"]
            found[name] = (ends.fillna(OPEN) < before).to_numpy(dtype=np.int64)
        return pd.DataFrame(found)

    def end_of_hindsight(self, known_by: int) -> int:
        """Return the day before which an end counts for one that came, or was given notice of.

        An end that lies ahead on the first day that is not known is a notice that was given, and counts; where a fifth
        of what runs has one, or the table says itself who gave notice, it is a planned term, which tells nothing of who
        leaves.
        """
        day = self.first_unknown(known_by)
        if NOTICED in self.frame:
            return day
        runs = self.frame.loc[self.frame["end"] >= day, "end"]
        return day if (runs != OPEN).sum() > _PLANNED * len(runs) else int(OPEN)

    def outcomes(self, cutoff: Cutoff, customers: pd.Series, *, known_by: int) -> pd.DataFrame:
        """Return what became of customers who were under contract at the cutoff.

        Parameters
        ----------
        cutoff
            With gap and horizon; the window is ``[cutoff + gap, cutoff + gap + horizon)``.
        customers
            As ``features_at`` lists them.
        known_by
            First day that is not known; should lie ``renewal_days`` after the window's end.

        Returns
        -------
        pandas.DataFrame
            ``outcome``: ``stayed``, ``voluntary``, ``payment_failure``, or ``gone`` (ended in the gap, before the
            window); ``churned`` 1 or 0; ``renewed`` 1 where a spell ended in the window and another followed.
        """
        start = cutoff.day + cutoff.gap_days
        end = start + cutoff.horizon_days
        known = self.known_at(known_by)
        then = covering(known.contracts(), cutoff.day, customers)
        ended, paid = then["end"].fillna(OPEN).to_numpy(), then["paid"].fillna(value=True).to_numpy(dtype=bool)
        outcome = np.full(len(customers), STAYED, dtype=object)
        inside = (ended >= start) & (ended < end)
        outcome[inside & paid], outcome[inside & ~paid] = VOLUNTARY, PAYMENT
        outcome[ended < start] = "gone"
        closing = known.frame[(known.frame["end"] >= start) & (known.frame["end"] < end)]
        renewed = customers.isin(closing["customer_id"]).to_numpy() & (ended >= end)
        return pd.DataFrame(
            {
                "customer_id": customers.to_numpy(),
                "outcome": outcome,
                "churned": inside.astype(np.int64),
                "renewed": renewed.astype(np.int64),
            }
        )

    def lifetimes(self, day: int, *, period_days: float) -> pd.DataFrame:
        """Return the tenure of every contract begun before ``day``, in periods, as known on that day.

        A contract whose end lies less than ``renewal_days`` back may yet be renewed: it counts as running until then.

        Returns
        -------
        pandas.DataFrame
            ``tenure`` (periods), ``ended`` (1 or 0), and ``plan`` where spells have one. Where customers are billed in
            periods of their own, ``tenure`` is in those, and ``months`` says of how many they are; of bills it is of
            the renewals that are decided.
        """
        known = self.known_at(day)
        contracts = known.contracts()
        ended = (contracts["end"] + self.renewal_days < day).to_numpy()
        until = np.minimum(contracts["end"].to_numpy(), day)
        table: dict[str, Any] = {
            "tenure": (until - contracts["start"].to_numpy()) / period_days,
            "ended": ended.astype(np.int64),
        }
        if EVERY in known.frame:
            last = known.frame.iloc[contracts["last"].to_numpy()]
            table["months"] = whole_months(last[EVERY].to_numpy())
            days = until - contracts["start"].to_numpy()
            if self.billed:
                # How late the next bill may be makes no contract longer.
                days = last["start"].to_numpy() - contracts["start"].to_numpy()
            table["tenure"] = days / (table["months"] * MONTH_DAYS)
            table["tenure"] = np.round(table["tenure"]) + ended if self.billed else table["tenure"]
        if "plan" in known.frame:
            table["plan"] = known.frame["plan"].iloc[contracts["last"].to_numpy()].to_numpy()
        return pd.DataFrame(table)


def covering(parts: pd.DataFrame, day: int, customers: pd.Series) -> pd.DataFrame:
    """Return what covered a day, by customer: begun before it, ended on it or later; of several the last."""
    over = parts[(parts["start"] < day) & (parts["end"] >= day)]
    return over.drop_duplicates("customer_id", keep="last").set_index("customer_id").reindex(customers)


def _late(spell: pd.DataFrame, cutoff: Cutoff) -> dict[str, Floats | Ints]:
    """Return how long no bill has come, beside the customer's own usual gap between two."""
    waited, usual = cutoff.day - spell[BILLED].to_numpy(), spell[USUAL].to_numpy()
    return {"bill_late_days": waited - usual, "bill_waited_share": waited / usual}


def _anniversary(run: Ints, cutoff: Cutoff) -> Ints:
    """Return 1 where a year of a spell that has run so many days is over in the window, or the day after it."""
    left = np.ceil((np.floor(run / _YEAR_DAYS) + 1) * _YEAR_DAYS - run)
    first, last = cutoff.gap_days, cutoff.gap_days + cutoff.horizon_days
    return ((left >= first) & (left <= last)).astype(np.int64)


def _first_paid(prices: Floats, contracts: pd.DataFrame) -> Ints:
    """Return each contract's first row that costs something, else its last: the end of a free trial raises no price."""
    at = np.where(prices == 0, len(prices), np.arange(len(prices)))
    following = np.minimum.accumulate(at[::-1])[::-1]
    paid: Ints = np.minimum(following[contracts["first"].to_numpy()], contracts["last"].to_numpy())
    return paid
