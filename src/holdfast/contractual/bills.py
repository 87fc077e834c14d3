"""Bills → changes of recurring revenue: each pays for a period, and one that does not come ends the contract.

A contract is over when its next bill is ``grace_days`` late, and on that day: as of any day earlier it ran, for nobody
knew. So no outcome is known before its time, and that a bill is late is a sign that a model may learn from.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from holdfast.contractual.own_periods import DUE, EVERY
from holdfast.contractual.periods import after_months, months_of, months_of_words, prices_of_a_period
from holdfast.contractual.rhythm import due_first, months_shown, usual_gaps
from holdfast.contractual.spells import BILLED, USUAL
from holdfast.data import typed
from holdfast.data.cells import Cells
from holdfast.data.source import Written
from holdfast.data.typed import refuse_rows
from holdfast.learn.arrays import Flags, Floats, Ints

EVENT, CHANGE = "day of the bill, or when the next one was too late", "paid for a period from then on"
"""Names of the columns that are made; a file has none of them."""


@dataclass(frozen=True)
class Bills:
    """Which columns of a table of bills hold what, and when a bill is too late.

    Attributes
    ----------
    customer, billed, price
        Columns of the customer, the day of the bill, and its amount.
    refunded
        Column of what was given back of it, whatever its sign; ``None``: nothing was.
    contract
        Column that tells several contracts of one customer apart; ``None``: each customer has one.
    paid_until, per
        Columns of the first day that a bill does not pay for any more, and of for how long it pays, in words; ``None``:
        all pay for ``period_days``.
    plan
        Column of what was subscribed to; ``None``: not known.
    period_days
        Of a billing period; ``None``: a month.
    grace_days
        A bill that comes more than so many days after the period before it begins another contract.
    """

    customer: str
    billed: str
    price: str
    refunded: str | None
    contract: str | None
    paid_until: str | None
    per: str | None
    plan: str | None
    period_days: int | None
    grace_days: int


def changes_of(cells: Cells, given: Bills, written: Written, *, known_by: int | None) -> tuple[Cells, dict[str, Any]]:
    """Return what bills change of recurring revenue, as a log with the columns ``EVENT`` and ``CHANGE``.

    Parameters
    ----------
    cells
        The bills, their numbers plain and their days read.
    given
        What the columns mean.
    written
        How values are written; names the keys in messages.
    known_by
        First day that is not known (days since 1970-01-01), if later than the day after the last bill.

    Returns
    -------
    Cells, dict
        First an end for each bill after which recurring revenue falls by what it paid, then each bill; and what became
        of them, as plain values for JSON.

    Raises
    ------
    DataError
        A line cannot be read, no bill comes to anything, or one pays for no day: file, line, column, never the value.
    """
    cells, left, said = _that_pay(cells, given, written)
    day = typed.days(cells, given.billed, written)
    price = prices_of_a_period(cells, given.price, written, cents=False, per=given.per, period_days=given.period_days)
    price = price * left
    until, usual = _until(cells, given, written, day), months_of(given.period_days)
    months = np.full(len(day), usual)
    if given.per is not None:
        months = months_of_words(cells, given.per)
    elif given.paid_until is not None:
        lengths, of = np.unique(until - day, return_inverse=True)
        months = np.array([months_of(int(length)) for length in lengths])[of]
        price = price * usual / months
    frame = cells.frame
    who = [frame[name].astype(object) for name in (given.customer, given.contract) if name is not None]
    plan = "" if given.plan is None else frame[given.plan].astype(object).fillna("")
    bills = pd.DataFrame(
        {
            **{"who": who[0], "contract": who[-1].fillna(""), "day": day, "until": until, "months": months},
            **{"price": price, "plan": plan},
        }
    )
    # Lines and bills of one contract and day are one.
    grouped = bills.assign(record=np.arange(len(bills))).groupby(["who", "contract", "day"], sort=True)
    days = grouped.agg(
        until=("until", "max"),
        months=("months", "max"),
        price=("price", "sum"),
        record=("record", "max"),
        plan=("plan", "last"),
    )
    days = days.reset_index()
    days["contract"] = days.groupby(["who", "contract"], sort=False).ngroup()
    known = max(int(day.max()) + 1, known_by or 0)
    if given.paid_until is None and given.per is None:
        shown = months_shown(days, usual=usual, known_by=known if known_by is None else known_by)
        if shown.contracts:
            days["until"] = after_months(days["day"].to_numpy(), shown.months)
            days["price"] *= usual / shown.months
            days["months"] = shown.months
            said |= {"periods": shown.contracts, "unsure": shown.unsure}
    late = (days["until"] + given.grace_days).to_numpy()
    following = days.groupby("contract", sort=False)["day"].shift(-1).to_numpy(dtype=np.float64)
    in_time = following <= late
    over = np.where(in_time, following, late).astype(np.int64)
    ends = over < known
    order = np.concatenate([days["record"].to_numpy()[ends], days["record"].to_numpy()])
    moments = np.concatenate([over[ends], days["day"].to_numpy()])
    paid = days["price"].to_numpy()
    made = cells.rows(order)
    frame = made.frame.drop(columns=[n for n in (given.contract, given.paid_until, given.per, given.refunded) if n])
    frame = frame.drop(columns=[given.billed, given.price], errors="ignore")
    frame[EVENT] = moments.astype("datetime64[D]").astype(str)
    frame[CHANGE] = [f"{change:.6f}" for change in np.concatenate([-paid[ends], paid])]
    at, gap = _rhythm(days, in_time, ends, moments)
    frame[BILLED], frame[USUAL] = days["day"].to_numpy()[at].astype(str), gap.astype(str)
    if usual > 1 or (days["months"] != usual).any():
        frame[EVERY], frame[DUE] = (days[name].to_numpy()[at].astype(str) for name in ("months", "until"))
    said |= {
        "same_day": int(len(bills) - len(days)),
        "late": int((in_time & (following > days["until"].to_numpy())).sum()),
        "grace_days": given.grace_days,
    }
    return replace(made, frame=frame, days={**made.days, EVENT: moments.astype(np.float64)}), said


def _rhythm(days: pd.DataFrame, in_time: Flags, ends: Flags, moments: Ints) -> tuple[Ints, Ints]:
    """Return of each event the row of the bill whose next is due first, and after how many days that usually comes."""
    contract, day, until = (days[name].to_numpy() for name in ("contract", "day", "until"))
    gap = usual_gaps(contract, day, until, in_time)
    at = np.concatenate([np.flatnonzero(ends), np.arange(len(days))])
    who = days.groupby("who", sort=False).ngroup().to_numpy()
    several = (days.groupby("who")["contract"].transform("nunique") > 1).to_numpy()[at]
    if several.any():
        row = np.where(np.arange(len(at)) < ends.sum(), -1, at)[several]
        of = due_first(who[at][several], contract[at][several], moments[several], row, day + gap)
        at[several] = np.where(of < 0, at[several], of)
    return at, gap[at]


def _that_pay(cells: Cells, given: Bills, written: Written) -> tuple[Cells, Floats, dict[str, Any]]:
    """Return the bills that come to something, the share of each that was not given back, and what became of all."""
    frame = cells.frame
    refuse_rows(cells, frame[given.customer].isna().to_numpy(), given.customer, "customer_id is blank")
    amount = typed.numbers(cells, given.price, "what a bill comes to", written, signed=True)
    refuse_rows(
        cells,
        np.isnan(amount),
        given.price,
        "it is not said what the bill comes to",
        "Write 0 for nothing, or take the row out.",
    )
    back = np.zeros(len(amount))
    if given.refunded is not None:
        back = np.abs(np.nan_to_num(typed.numbers(cells, given.refunded, "what was given back", written, signed=True)))
    counts = (amount > 0) & (back < amount)
    if not counts.any():
        refuse_rows(cells, ~counts, given.price, "no bill comes to more than 0", "Name the column of the amount.")
    gone = int((amount > 0).sum() - counts.sum())
    said = {"bills": len(frame), "nothing": int((~counts).sum()) - gone, "given_back": gone}
    return cells.rows(counts), 1.0 - back[counts] / amount[counts], said


def _until(cells: Cells, given: Bills, written: Written, day: Ints) -> Ints:
    """Return the first day that each bill does not pay for any more, shape (n,)."""
    if given.paid_until is not None:
        until = typed.days(cells, given.paid_until, written)
        refuse_rows(
            cells,
            until <= day,
            given.paid_until,
            "the bill pays for no day after its own",
            f"Where it is the end of the period before the bill, take {written.key('columns.paid_until')} out: each "
            f"bill then pays for {written.key('period_days')}, a month if not given.",
        )
        return until
    if given.per is not None:
        return after_months(day, months_of_words(cells, given.per))
    return after_months(day, np.full(len(day), months_of(given.period_days)))
