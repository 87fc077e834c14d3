"""Changes of recurring revenue: a line for each new, expansion, contraction and churn, read as contracts."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from holdfast.data.engine import literal
from holdfast.data.values import parse
from holdfast.errors import DataError
from holdfast.onboarding.called.movements import Kind, kind_of, says_change, says_churn, says_plans, says_recurring
from holdfast.onboarding.called.names import ROLES, Fit, customer_fit, plain_words
from holdfast.onboarding.contracts.days import day_of, read
from holdfast.onboarding.contracts.end_reasons import find_reasons
from holdfast.onboarding.contracts.hundredths import Unit, prices_of
from holdfast.onboarding.contracts.labels import status_of
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question, listed
from holdfast.onboarding.money.amounts import number_of
from holdfast.onboarding.money.marks import find_marks
from holdfast.onboarding.profile import Profile
from holdfast.wording import counted

# Words of one column; of its lines so many may say something else (a renewal, a change of the plan at one price).
_MOST_WORDS, _OTHERS = 15, 0.2
# Of a log of changes nearly all customers begin with a new one, nearly all churns bring the sum to 0 (within a
# hundredth of what was paid: rates change), and hardly any day ends below it.
_BEGIN, _CLOSE, _BELOW, _LEFT = 0.9, 0.95, 0.01, 0.01
_MOSTLY = 0.5


@dataclass(frozen=True)
class Log:
    """Changes of recurring revenue: its columns, what its words mean, and what keeps it from being read, or nothing."""

    kind: Profile
    words: dict[str, Kind | None]
    customer: Profile | None = None
    day: Profile | None = None
    change: Profile | None = None
    problem: str = ""

    def of(self, *kinds: Kind) -> list[str]:
        """Return the words that mean these kinds."""
        return [word for word, kind in self.words.items() if kind in kinds]


def log_of(export: Export, found: Sequence[Profile]) -> Log | None:
    """Return the columns of a log of changes by what its words say; what its numbers deny is the ``problem``.

    Something must say that revenue recurs: a name, or words of expansion and contraction. New and cancelled orders
    are no changes.
    """
    for p in found:
        if p.is_number or p.is_date or p.type != "VARCHAR" or not 1 < p.distinct <= _MOST_WORDS:
            continue
        lines = export.lines_by(parse.text(p.sql, p.type), is_filled(p.sql))
        words = {word: kind_of(word) for word in lines}
        kinds = set(words.values())
        recurs = any(says_recurring(q.name) for q in found if q is p or q.is_number) or any(map(says_plans, words))
        others = sum(n for word, n in lines.items() if words[word] is None)
        # One kind more than churn; a log that starts in the middle may say no new.
        if Kind.CHURNS in kinds and len(kinds - {None}) > 1 and recurs and others <= _OTHERS * sum(lines.values()):
            return _with_columns(export, found, Log(p, words))
    return None


def _with_columns(export: Export, found: Sequence[Profile], log: Log) -> Log:
    """Return the log with the columns by which its numbers are those of changes, or with what denies it."""
    able = [p for p in found if p.may_be_id and p.repeats and p is not log.kind]
    named = [p for p in able if customer_fit(p.name) >= Fit.PARTLY]
    who = max(named, key=lambda p: customer_fit(p.name), default=None) or (able[0] if len(able) == 1 else None)
    days = [p for p in found if p.is_date and p.filled == log.kind.filled]
    if who is None or not days:
        return replace(log, problem=f"No column names {'the customer' if who is None else 'the day of each change'}.")
    changes = [p for p in found if p.is_number and p.filled and p is not who]
    changes = [p for p in changes if _has_both_signs(export, p)]
    if not changes:
        return replace(
            log,
            problem="No column of numbers says by how much revenue changed, above 0 where it rose and below 0 where it "
            "fell: export that column too, or put a minus before what lowers it.",
        )
    changes.sort(key=lambda p: (not says_change(p.name), not says_recurring(p.name), "arr" in plain_words(p.name)))
    tried = [replace(log, customer=who, day=d, change=c) for c in changes for d in days]
    denied = [_denied(export, one) for one in tried]
    good = next((one for one, why in zip(tried, denied, strict=True) if not why), None)
    return good or replace(tried[0], problem=denied[0])


def _has_both_signs(export: Export, p: Profile) -> bool:
    value = _value(export, p)
    above, below = export.one(f"SELECT COUNT(*) FILTER ({value} > 0), COUNT(*) FILTER ({value} < 0) FROM {TABLE}")
    return bool(above and below)


def _value(export: Export, p: Profile) -> str:
    scratch = Findings()
    find_marks(export, [p], scratch)
    return number_of(p, scratch)


def _denied(export: Export, log: Log) -> str:
    """Say what numbers deny: customers begin with a new one, a churn brings their sum to 0, none is below."""
    if log.customer is None or log.day is None or log.change is None:
        return ""
    scratch = Findings()
    read(export, [log.day], scratch)
    for question in scratch.questions:
        # Any order of day and month shows what sums do, but for customers whose days it swaps.
        scratch.settings |= {k: v for c in question.choices[:1] for k, v in c.settings.items() if v is not None}
    begins, churns = (_says(log, *kinds) for kinds in ((Kind.BEGINS, Kind.BACK), (Kind.CHURNS,)))
    rows = (
        f"SELECT {log.customer.sql} AS who, {day_of(log.day, scratch)} AS day, {_value(export, log.change)} AS v, "
        f"{begins} AS b, {churns} AS c FROM {TABLE} WHERE {is_filled(log.customer.sql)}"
    )
    days = "SELECT who, day, SUM(v) AS v, BOOL_OR(b) AS b, BOOL_OR(c) AS c FROM r WHERE day IS NOT NULL GROUP BY 1, 2"
    sums = (
        "SELECT *, SUM(v) OVER (PARTITION BY who ORDER BY day) AS total, "
        "ROW_NUMBER() OVER (PARTITION BY who ORDER BY day) AS nth FROM d"
    )
    left = f"{_LEFT} * ABS(v) + 0.005"
    customers, begun, churned, closed, all_days, below = export.one(
        f"WITH r AS ({rows}), d AS ({days}), s AS ({sums}) SELECT COUNT(*) FILTER (nth = 1), "
        f"COUNT(*) FILTER (nth = 1 AND b), COUNT(*) FILTER (c AND NOT b), "
        f"COUNT(*) FILTER (c AND NOT b AND ABS(total) <= {left}), COUNT(*), COUNT(*) FILTER (total < -({left})) FROM s"
    )
    if begun < _BEGIN * customers:
        return (
            f"{counted(customers - begun, 'customer')} of {customers:,} begin with another line than a new one: the "
            "log starts in the middle, and what they paid is not known. Export it from the first day on."
        )
    if closed < _CLOSE * churned:
        return (
            f"After {churned - closed:,} of {churned:,} churns the changes of the customer in "
            f'"{log.change.name}" do not come to 0.'
        )
    if below > _BELOW * all_days:
        return f'On {counted(below, "day")} the changes of a customer in "{log.change.name}" come to less than 0.'
    return ""


def _says(log: Log, *kinds: Kind) -> str:
    words = ", ".join(map(literal, log.of(*kinds)))
    return (
        f"COALESCE(CAST({parse.text(log.kind.sql, log.kind.type)} AS VARCHAR) IN ({words}), FALSE)"
        if words
        else "FALSE"
    )


def refuse_movements(export: Export, found: Sequence[Profile]) -> None:
    """Refuse changes of recurring revenue that cannot be read as contracts: nobody buys in them.

    Only words of expansion or contraction beside new and churn say so by themselves.
    """
    log = log_of(export, found)
    if log is not None and any(map(says_plans, log.words)) and any(map(says_churn, log.words)):
        raise DataError(
            f'{export.label}: "{log.kind.name}" says new, churn, and expansion or contraction: these are changes of '
            f"recurring revenue, not purchases. {log.problem} Or export one line per subscription instead, with its "
            "start, its end (blank while it runs), its plan and its price: setting: contractual "
            "(docs/subscriptions.md)."
        )


def find_movements(export: Export, found: Sequence[Profile], log: Log, findings: Findings) -> None:
    """State the keys of a log of changes, or ask for them."""
    if log.customer is None or log.day is None or log.change is None:
        return
    findings.set("columns.customer_id", log.customer.name)
    findings.set("columns.changed_at", log.day.name, "one line per change: contracts are made of them")
    findings.set("columns.mrr_change", log.change.name)
    findings.set("columns.movement", log.kind.name)
    begins, churns = log.of(Kind.BEGINS, Kind.BACK), log.of(Kind.CHURNS)
    findings.set("begin_values", begins)
    findings.set("churned_values", churns)
    findings.set("renewal_days", 0, "a churn is an end, and who is back has another contract")
    read(export, [log.day], findings)
    findings.tell(
        f'changes of recurring revenue: "{log.change.name}" on the day "{log.day.name}", of "{log.customer.name}" '
        f"({counted(log.customer.distinct, 'customer')}). A contract runs from {listed(begins)} to {listed(churns)}, "
        "and costs in each period what the changes up to then come to"
    )
    _find_currency(export, found, findings)
    others = [p for p in found if p.filled and p.name not in findings.columns]
    for role in ("plan", "end_reason"):
        named = [p for p in others if ROLES[role].fit(p.name) >= Fit.PARTLY and not p.is_date and not p.is_number]
        if named:
            best = max(named, key=lambda p: ROLES[role].fit(p.name))
            findings.set(f"columns.{role}", best.name)
            others.remove(best)
            if role == "end_reason":
                find_reasons(export, best, findings)
    numbers = [p for p in found if p.is_number]
    if not find_marks(export, numbers, findings):
        find_marks(export, [log.change], findings)
    _find_unit(export, found, log.change, findings)
    _ignore(export, log, others, findings)
    findings.set("as_of", "end_of_data", "the day after the last movement; or a date such as 2025-01-31")


def _find_currency(export: Export, found: Sequence[Profile], findings: Findings) -> None:
    money = [p for p in found if p.filled and ROLES["currency"].fit(p.name) == Fit.WHOLE and not p.is_number]
    if not money:
        return
    if money[0].distinct > 1:
        raise DataError(
            f'{export.label}: "{money[0].name}" says {money[0].distinct} currencies, and a sum of changes in several '
            "means nothing. Export the changes in one: tools that count recurring revenue convert them."
        )
    findings.set("columns.currency", money[0].name)


def _find_unit(export: Export, found: Sequence[Profile], change: Profile, findings: Findings) -> None:
    """State of which period amounts are, and whether they are hundredths; ask where whole numbers may be."""
    if "arr" in plain_words(change.name):
        findings.set("period_days", 365, f'"{change.name}" is of a year')
    prices = prices_of(export, found, change, findings)
    written = f"{prices.most:,.0f} is {prices.most / 100:,.2f}"
    if prices.unit is Unit.HUNDREDTH:
        findings.set("money_in", "cents", written)
        findings.tell(f'"{change.name}" is in hundredths, as billing systems write money: {written} (money_in: cents)')
    elif prices.unit is Unit.OPEN:
        choices = (
            Choice(f"in whole units of the currency: {prices.most:,.0f}", {"money_in": "units"}),
            Choice(f"in hundredths: {written}", {"money_in": "cents"}),
        )
        asked = f'"{change.name}" holds whole numbers only, up to {prices.most:,.0f}. Whole money, or hundredths?'
        findings.ask(Question("money_in", asked, choices))


def _ignore(export: Export, log: Log, others: Sequence[Profile], findings: Findings) -> None:
    """State what teaches nothing: sums that the changes make already, states of today, and days that lie later."""
    day = day_of(log.day, findings) if log.day is not None else "NULL"
    status = status_of(export, [p for p in others if p is not log.kind])
    why: dict[str, list[str]] = {}
    for p in others:
        if p.is_number and says_recurring(p.name):
            why.setdefault("what the changes come to already", []).append(p.name)
        elif status is not None and p.name == status.name:
            why.setdefault("the state on the day of the export", []).append(p.name)
        elif p.is_date:
            earlier = f"COUNT(*) FILTER ({day_of(p, findings)} < {day})"
            filled, before = export.one(f"SELECT COUNT(*), {earlier} FROM {TABLE} WHERE {is_filled(p.sql)}")
            if before <= _MOSTLY * filled:
                why.setdefault("dates of the change or later", []).append(p.name)
    for reason, names in why.items():
        findings.tell(f"not learnt from (subscriptions.ignore): {listed(names)}, {reason}")
    if why:
        findings.set("ignore", [name for names in why.values() for name in names], "told by the changes, or later")
