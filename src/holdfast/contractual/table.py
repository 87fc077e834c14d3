"""A table of contracts → rows to learn from: one per customer with a label, or one per spell with its dates."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cache, partial
from typing import Any

import numpy as np
import pandas as pd

from holdfast.churn import Contacted
from holdfast.contractual.bills import CHANGE, EVENT, Bills, changes_of
from holdfast.contractual.cut_short import cut_short
from holdfast.contractual.later import dates_after
from holdfast.contractual.movements import BEGINS, CHURNS, MRR, UNTIL, Movements, spells_of
from holdfast.contractual.notice import ENDS_IN
from holdfast.contractual.own_periods import DUE, EVERY
from holdfast.contractual.periods import MONTH_DAYS, months_of, prices_of_a_period, stated_months
from holdfast.contractual.rules import NO_NOTICE, ContractColumns, ContractRules
from holdfast.contractual.spells import BILLED, NOTICED, OPEN, USUAL, Spells
from holdfast.contractual.tables import SPELL_FEATURES
from holdfast.contractual.terms import BILL_MONTHS, Terms
from holdfast.data import Engine, Source, typed
from holdfast.data.cells import Cells, plain_name, read_cells
from holdfast.data.engine import EPOCH
from holdfast.data.row_rules import that_count
from holdfast.data.shown import Shown
from holdfast.data.typed import UNKNOWN, refuse_rows
from holdfast.errors import DataError
from holdfast.features import Cutoff
from holdfast.learn.arrays import Flags, Floats, Ints

_DATES = ("started_at", "ended_at", "leaves_at", "changed_at", "billed_at", "paid_until")
_NUMBERS = ("price", "price_periods", "tenure", "mrr_change", "refunded")
_MEND = "Mend the dates of such rows, or take the rows out."
_RESERVED = {
    NOTICED,
    "customer_id",
    "eligible",
    "start",
    "end",
    "end_reason",
    ENDS_IN,
    *(c.name for c in SPELL_FEATURES),
}


@dataclass(frozen=True)
class Contracts:
    """A table of contracts read as its rules state.

    Attributes
    ----------
    rules
        What the table means.
    cells
        The rows kept, as texts with their lines.
    account
        What became of every row, as plain values for JSON.
    rows, churned
        Of a snapshot: ``customer_id``, ``eligible`` (not labelled as churned) and the table's columns; 1 churned,
        0 stayed, −1 not stated, shape (n,).
    spells, cutoff
        Of a spells table: the spells, and where time is cut.
    shown
        What lists show of the rows of ``cells`` beside the scores.
    contacted
        Whom one's own lists contacted: windows around that neither teach nor judge.
    later
        Of a spells table, for who learns: columns of dates after the start (``dates_after``), as of the export.
    """

    rules: ContractRules
    cells: Cells
    account: dict[str, Any]
    rows: pd.DataFrame = field(default_factory=pd.DataFrame)
    churned: Ints = field(default_factory=lambda: np.zeros(0, dtype=np.int64))
    spells: Spells | None = None
    cutoff: Cutoff | None = None
    shown: Shown = field(default_factory=Shown)
    contacted: Contacted = field(default_factory=Contacted)
    later: Callable[[], Sequence[str]] = tuple

    @property
    def customers(self) -> pd.Series:
        """Ids of all customers in the table, text."""
        return self.rows["customer_id"] if self.spells is None else self.spells.frame["customer_id"]

    @property
    def period_days(self) -> float:
        """Days between renewals."""
        return self.rules.period_days or MONTH_DAYS

    @property
    def terms(self) -> Terms:
        """Where a row says tenure, price and plan."""
        has, months = self.rules.columns, months_of(self.rules.period_days)
        if self.spells is not None:
            named: dict[str, Any] = {name: name if getattr(has, name) else None for name in ("price", "plan")}
            bills = self.account.get("bills")
            late: dict[str, Any] = (
                {} if bills is None else {"since_bill": "days_since_bill", "grace_days": bills["grace_days"]}
            )
            if EVERY in self.spells.frame:
                late |= {"bill_months": BILL_MONTHS} | ({} if bills is not None else {"in_force": "spell_days"})
            return Terms("tenure_days", self.period_days, **named, **late, period_months=months)
        unit = MONTH_DAYS if self.rules.tenure_unit == "month" else 1.0
        tenure, price, plan = (v if v is None else plain_name(v) for v in (has.tenure, has.price, has.plan))
        own = BILL_MONTHS if BILL_MONTHS in self.rows else None
        return Terms(tenure, self.period_days / unit, price, plan, bill_months=own, period_months=months)

    def end_of_data(self, today: date) -> date:
        """Return the day after the newest contract began, and today at the latest.

        Contracts are sold ahead, and their ends are known ahead, but of movements: neither says how far it reaches.
        """
        if self.spells is None:
            return today
        days = self.spells.begins(and_ends="movements" in self.account)
        begun = days[days < (today - EPOCH).days]
        if begun.empty:
            raise DataError("as_of: end_of_data: no contract began before today; state the day of the export.")
        return EPOCH + timedelta(days=int(begun.max()) + 1)


def read_contracts(
    source: Source,
    rules: ContractRules,
    *,
    cutoff: Cutoff | None = None,
    shown: Sequence[str] = (),
    engine: Engine | None = None,
) -> Contracts:
    """Read a table of contracts.

    Parameters
    ----------
    source
        Where it lies, and how its values are written.
    rules
        What it means: with ``columns.started_at`` it is a table of spells, with ``columns.changed_at`` a log of
        movements and with ``columns.billed_at`` one of bills, which are read as one; else a snapshot with a label.
    cutoff
        Where time is cut; spells need one. Bills that did not come are known up to it.
    shown
        Columns that lists show, those among them that the table has; without a role of their own they teach nothing.
    engine
        What the embedded engine may take of the machine.

    Raises
    ------
    DataError
        The table cannot be read as stated: file, line and column, never the value.
    """
    has, dated = rules.columns, rules.columns.dated
    named = has.named()
    dates = [name for role in _DATES for name in named.get(role, ())] if dated else []
    cells = read_cells(
        source.data, source, customer=_name(has.customer_id), dates=[*map(plain_name, dates)], engine=engine
    )
    wanted: dict[str, Sequence[str]] = {f"columns.{k}": v for k, v in named.items() if k != "label"}
    wanted |= {f"rules.{kind}": [r.column for r in getattr(rules.rules, kind)] for kind in ("keep", "drop")}
    label = cells.frame.get(_name(has.label))
    if dated or (label is not None and label.notna().any()):
        wanted |= {k: getattr(rules, k) for k in ("ignore", "categories", "trusted")}
    # Else they are customers to be scored alone, of whom what teaches nothing need not be known.
    typed.columns_exist(cells, wanted, source)
    theirs = [name for name in shown if plain_name(name) in cells.frame]
    rules = replace(rules, ignore=[*rules.ignore, *(name for name in theirs if plain_name(name) not in _roles(has))])
    cells, account = typed.without_repeats(cells, drop=rules.duplicates == "drop")
    cells, ruled = that_count(cells, rules.rules, source, engine=engine)
    account |= ruled
    if has.started_at is not None and rules.missing_start == "drop":
        begun = cells.frame[_name(has.started_at)].notna().to_numpy()
        cells, account = cells.rows(begun), account | {"kept": int(begun.sum()), "without_start": int((~begun).sum())}
    to_show = _to_show(cells, has, theirs)
    words = {plain_name(name) for k, v in named.items() if k not in _NUMBERS for name in v}
    read = typed.with_points(cells, source, apart=words | set(map(plain_name, rules.categories)))
    if has.billed_at is not None:
        read, rules, account["bills"] = _billed(read, rules, source, None if cutoff is None else cutoff.day)
    if rules.columns.changed_at is not None:
        read, rules, moved = _moved(read, rules, source, engine)
        account["movements" if has.billed_at is None else "bills"] = account.get("bills", {}) | moved
    if dated:
        read, taken = cut_short(read, rules, source)
        account |= taken
        grace = account["bills"]["grace_days"] if has.billed_at is not None else None
        spells = _spells(read, rules, source, facts=has.happened_at is not None, grace_days=grace)
        account["customers"] = int(spells.frame["customer_id"].nunique())
        later = cache(partial(_later, read, rules, source, spells))
        return Contracts(rules, cells, account, spells=spells, cutoff=cutoff, shown=to_show, later=later)
    rows, churned = _snapshot(read, rules, source)
    if has.customer_id is not None:
        # A database returns rows in whatever order it likes, and people sort: the order must teach nothing.
        order = np.argsort(rows["customer_id"].to_numpy(dtype=object), kind="stable")
        cells, rows, churned = cells.rows(order), rows.iloc[order].reset_index(drop=True), churned[order]
    account |= {
        "customers": len(churned),
        "churned": int((churned == 1).sum()),
        "stayed": int((churned == 0).sum()),
        "not_stated": int((churned == UNKNOWN).sum()),
    }
    return Contracts(rules, cells, account, rows, churned, shown=to_show)


def _to_show(cells: Cells, has: ContractColumns, names: Sequence[str]) -> Shown:
    who = cells.who(has.customer_id and _name(has.customer_id))
    known = cells.days.get(_name(has.started_at or has.happened_at), np.full(len(who), np.nan))
    return Shown(tuple(names), who, known, [cells.frame[plain_name(name)] for name in names])


def _roles(has: ContractColumns) -> set[str]:
    return {plain_name(name) for theirs in has.named().values() for name in theirs}


def _name(theirs: str | None) -> str:
    return plain_name(theirs or "")


def _snapshot(cells: Cells, rules: ContractRules, source: Source) -> tuple[pd.DataFrame, Ints]:
    has = rules.columns
    who = cells.who(has.customer_id and _name(has.customer_id))
    for at_fault, said in ((who.isna(), "is blank"), (who.duplicated(), "repeats an earlier one")):
        advice = (
            f"A table with a label has one row per customer; {source.key('duplicates')}: drop removes exact repeats."
        )
        refuse_rows(cells, at_fault.to_numpy(), _name(has.customer_id), f"customer_id {said}", advice)
    words = {"churned_values": rules.churned_values, "stayed_values": rules.stayed_values}
    labelled = _name(has.label) in cells.frame.columns
    churned = typed.one_of_two(cells, _name(has.label), words, source) if labelled else np.full(len(who), UNKNOWN)
    if has.tenure is not None:
        typed.numbers(cells, plain_name(has.tenure), "tenure", source)
    prices = None if has.price is None else _prices(cells, rules, source)
    # What is ignored teaches nothing, but may still be the tenure, the price or the plan.
    apart = set(map(plain_name, rules.ignore)) - {_name(v) for v in (has.tenure, has.price, has.plan)}
    rows = cells.frame.drop(columns=[_name(has.customer_id), _name(has.label), *apart], errors="ignore")
    if has.price is not None and (rules.money_in == "cents" or has.price_per is not None):
        rows = rows.assign(**{plain_name(has.price): prices})
    months = _own_months(cells, rules)
    if months is not None and has.tenure is not None and has.price is not None:
        typed.names_are_free(cells, rows, (BILL_MONTHS,), source)
        rows = rows.assign(**{BILL_MONTHS: months})
    typed.names_are_free(cells, rows, ("customer_id", "eligible"), source)
    return pd.concat([pd.DataFrame({"customer_id": who, "eligible": churned != 1}), rows], axis=1), churned


def _billed(
    cells: Cells, rules: ContractRules, source: Source, known_by: int | None
) -> tuple[Cells, ContractRules, dict[str, Any]]:
    """Return bills as a log of movements, with the rules that read it, and what became of them."""
    has = rules.columns
    # What names the customers tells no contracts of theirs apart.
    apart = None if _name(has.contract_id) == _name(has.customer_id) else has.contract_id
    others = (has.refunded, apart, has.paid_until, has.price_per, has.plan)
    refunded, contract, until, per, plan = (None if name is None else plain_name(name) for name in others)
    given = Bills(
        _name(has.customer_id),
        _name(has.billed_at),
        _name(has.price),
        refunded,
        contract,
        until,
        per,
        plan,
        period_days=rules.period_days,
        grace_days=rules.renewal_days,
    )
    cells, said = changes_of(cells, given, source, known_by=known_by)
    kept = ContractColumns(customer_id=has.customer_id, changed_at=EVENT, mrr_change=CHANGE, plan=has.plan)
    # A bill that is too late has ended the contract: nothing renews it after that.
    return cells, replace(rules, columns=kept, renewal_days=0), said


def _moved(
    cells: Cells, rules: ContractRules, source: Source, engine: Engine | None
) -> tuple[Cells, ContractRules, dict[str, Any]]:
    """Return movements as a table of spells, with the rules that read it, and what became of them."""
    has = rules.columns
    movement, currency, reason = (
        None if name is None else plain_name(name) for name in (has.movement, has.currency, has.end_reason)
    )
    given = Movements(
        _name(has.customer_id),
        _name(has.changed_at),
        _name(has.mrr_change),
        movement,
        currency,
        reason,
        begins=[*rules.begin_values, *BEGINS],
        churns=[*rules.churned_values, *CHURNS],
        drop=rules.missing_start == "drop",
    )
    cells, said = spells_of(cells, given, source, engine=engine)
    kept = ContractColumns(
        customer_id=has.customer_id,
        started_at=has.changed_at,
        ended_at=UNTIL,
        end_reason=has.end_reason,
        plan=has.plan,
        price=MRR,
    )
    ignore = [name for name in rules.ignore if plain_name(name) in cells.frame]
    return cells, replace(rules, columns=kept, ignore=ignore), said


def _spells(cells: Cells, rules: ContractRules, source: Source, *, facts: bool, grace_days: int | None) -> Spells:
    """Return the spells; ``facts``: all ends are what happened, and none is a notice or the end of a term.

    ``grace_days``: each spell is what one bill pays for, and the next may be so late; ``None``: there are no bills.
    """
    billed = grace_days is not None
    frame, has = cells.frame, rules.columns
    start = typed.days(cells, _name(has.started_at), source)
    ends = {plain_name(name): typed.days(cells, plain_name(name), source, blank=int(OPEN)) for name in has.ends}
    who = frame[_name(has.customer_id)]
    refuse_rows(cells, who.isna().to_numpy(), _name(has.customer_id), "customer_id is blank")
    for name, days in ends.items():
        refuse_rows(cells, days < start, name, "the contract ends before it starts", _MEND)
    end = np.minimum.reduce(list(ends.values()))
    # Of several columns one is the end of a term, which is agreed and may be renewed: notices stand elsewhere.
    terms, ahead = facts or len(ends) > 1, np.zeros(len(end), dtype=bool)
    if has.leaves_at is not None:
        # Beside a term a notice counts up to its day; else where no end is known.
        counts = np.ones(len(end), dtype=bool) if terms else end == OPEN
        leaves = np.where(counts, _leaves(cells, rules, source, runs=end == OPEN), OPEN)
        ahead = (leaves != OPEN) & (leaves <= end)
        refuse_rows(cells, ahead & (leaves < start), _name(has.leaves_at), "the contract ends before it starts", _MEND)
        end = np.where(ahead, leaves, end)
    reason = None if has.end_reason is None else frame[_name(has.end_reason)]
    known = {"customer_id": who, "start": start, "end": end, "end_reason": reason}
    known |= {NOTICED: ahead} if terms else {}
    known |= {name: frame[name].astype(np.int64) for name in (BILLED, USUAL, DUE) if billed and name in frame}
    months = frame[EVERY].astype(np.float64).to_numpy() if EVERY in frame else _own_months(cells, rules)
    known |= {} if months is None else {EVERY: months}
    known |= {} if has.plan is None else {"plan": frame[_name(has.plan)]}
    known |= {} if has.price is None else {"price": _prices(cells, rules, source)}
    # For how long a price pays is told by no other column, and says much of who renews.
    apart = _roles(replace(has, price_per=None, price_periods=None)) | set(map(plain_name, rules.ignore))
    others = frame.drop(columns=list((apart | {BILLED, USUAL, EVERY, DUE}) & set(frame.columns)))
    typed.names_are_free(cells, others, _RESERVED, source)
    known |= {str(name): others[name] for name in others.columns}
    return Spells.of(
        pd.DataFrame(known).astype({"end_reason": "str"}),
        renewal_days=rules.renewal_days,
        payment_reasons=rules.payment_failure_reasons,
        billed=billed,
        grace_days=grace_days or 0,
    )


def _later(cells: Cells, rules: ContractRules, source: Source, spells: Spells) -> Sequence[str]:
    start = typed.days(cells, _name(rules.columns.started_at), source)
    attributes = [str(name) for name in cells.frame.columns if name in spells.frame and name not in _RESERVED]
    return dates_after(cells, attributes, start, source)


def _prices(cells: Cells, rules: ContractRules, source: Source) -> Floats:
    """Return what each contract costs in a billing period, in currency."""
    has = rules.columns
    per, periods = (None if v is None else plain_name(v) for v in (has.price_per, has.price_periods))
    cents, days = rules.money_in == "cents", rules.period_days
    return prices_of_a_period(cells, _name(has.price), source, cents=cents, per=per, periods=periods, period_days=days)


def _own_months(cells: Cells, rules: ContractRules) -> Floats | None:
    """Return the months that each contract's bill pays for; ``None`` where all are of the period, a month at most."""
    has, usual = rules.columns, months_of(rules.period_days)
    months = np.full(len(cells.frame), usual)
    if has.price is not None and has.price_per is not None:
        periods = None if has.price_periods is None else plain_name(has.price_periods)
        stated = stated_months(cells, plain_name(has.price_per), periods)
        months = np.where(np.isnan(stated), usual, stated)
    return months if usual > 1 or (months != usual).any() else None


def _leaves(cells: Cells, rules: ContractRules, source: Source, *, runs: Flags) -> Ints:
    """Return the day on which a contract will end that was given notice of, ``OPEN`` where none was, shape (n,)."""
    has = rules.columns
    day = typed.days(cells, _name(has.leaves_at), source, blank=int(OPEN))
    if has.notice is None:
        return day
    text = cells.frame[_name(has.notice)].str.casefold()
    given = text.isin([v.casefold() for v in rules.notice_values]).to_numpy()
    other = (text.notna() & ~text.isin(NO_NOTICE)).to_numpy()
    if not given.any():
        said = f"no row of this column says that notice was given: it has none of {source.key('notice_values')}"
        refuse_rows(cells, other, _name(has.notice), said, "List there the words that mean it.")
    refuse_rows(
        cells,
        given & runs & (day == OPEN),
        _name(has.leaves_at),
        f'blank where "{has.notice}" says that notice was given',
        f"Name a column that is filled there, or take {source.key('columns.notice')} away.",
    )
    return np.where(given, day, OPEN)
