"""The dates of contracts: which columns say when each began and ended, and what else was written after it began."""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from holdfast.data.engine import literal
from holdfast.data.formats import format_of
from holdfast.data.values import parse
from holdfast.onboarding.called.contracts import NOTICES, is_announced, is_planned
from holdfast.onboarding.called.edges import is_edge, is_stay
from holdfast.onboarding.called.names import ROLES, Fit, plain_words
from holdfast.onboarding.contracts.borne_out import borne_out
from holdfast.onboarding.contracts.cut_short import cut_short, lapsed, settle
from holdfast.onboarding.contracts.days import day_of, latest, read
from holdfast.onboarding.contracts.labels import ended_and_running, is_notice, status_of, words_of
from holdfast.onboarding.contracts.paid_until import paid_until
from holdfast.onboarding.contracts.versions import followed, terms_of
from holdfast.onboarding.dates import stated
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Choice, Findings, Question, listed
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.proof import MOST_UNREAD
from holdfast.wording import counted

# A word of a column's name that only contracts have.
_OF_CONTRACTS = {"subscription", "subscriptions", "plan", "mrr", "arr", "membership", "tariff", "tarif", "abo"}
_OF_CONTRACTS |= {"abonnement", "policy", "premium", "recurring", "renewal", "term", "trial", "medlemskab", "arpu"}
_PERIODS = ("periodstart", "periodfrom", "periodestart"), ("periodend", "periodto", "periodeslut", "periodeslutt")
# Of several columns the one whose name says most plainly that a contract began, or ended, comes first.
_BEGINS = ("start", "begin", "debut", "inicio"), ("activ", "connect", "effective", "inception")
# Of those whom a status calls ended so many have a day on which they did; of a column's days so many follow the start.
_MOSTLY = 0.5
# Where a status contradicts the dates on more rows than so many, they are of the terms, which go on or are cut short.
_CONTRADICT = 0.1
# Of reports: on so many lines both dates are one day; else they are a month apart at most, and months are uneven.
_SAME_DAYS, _MONTH, _UNEVEN = 0.95, 31, 3
_LENGTHS = (
    "COUNT({days}), COUNT(*) FILTER ({days} < 0), COUNT(*) FILTER ({days} = 0), COALESCE(MIN({days}), 0), "
    "COALESCE(MAX({days}), 0)"
)
# Of stays so many go on, and half of those that are over were so many days long, where they are contracts.
_SOME_STAY, _LONG = 0.05, 28
# Customers stand there about once where they have fewer lines than so many.
_ABOUT_ONE = 1.5


class Dates(NamedTuple):
    """Columns that may say when contracts began, and when they ended."""

    starts: list[Profile]
    ends: list[Profile]


def dates_of(export: Export, found: Sequence[Profile]) -> Dates | None:
    """Return the columns that may be the start and the end of contracts; nothing where the table holds none.

    Orders are created and cancelled too: where the start has no other name, something else must speak of contracts.
    """
    if terms := terms_of(export, found):
        return Dates([terms[0]], [terms[1]])
    if (named := _by_names(export, found)) is not None:
        return named
    both = paid_until(export, found) or borne_out(export, found)
    return None if both is None else Dates([both[0]], [both[1]])


def _by_names(export: Export, found: Sequence[Profile]) -> Dates | None:
    """Return the columns called the start and the end of contracts, if the days between them are a contract's."""
    starts, ends = _named(found, "started_at"), _named(found, "ended_at")
    created = [p for p in _named(found, "created_at") if p not in ends]
    if not ends or not (starts or created):
        starts, ends = _edges(export, found) or (starts, ends)
    if not starts and not ends and not created:
        starts, ends = _periods(export, found)
    if not ends or not (starts or (created and _speaks_of_contracts(export, found))):
        return None
    if not _lie_apart(export, found, starts or created, ends):
        return None
    status = status_of(export, found)
    if status is not None and _says_more(export, found, status, starts or created, ends):
        return None
    return Dates(starts or created, ends)


def _lie_apart(export: Export, found: Sequence[Profile], starts: Sequence[Profile], ends: Sequence[Profile]) -> bool:
    """Say whether a start and an end are a contract's: not mostly after each other, nor both of a report's days.

    A report of sales by day, week or month has the same few days between its two dates on every line, and no line is
    open; contracts of so short a term speak of a plan, and not of pieces.
    """
    scratch = Findings()
    read(export, [*starts, *ends], scratch)
    pieces = any(p.is_number and ROLES["quantity"].fit(p.name) == Fit.WHOLE for p in found)
    may_be_days = pieces or not _speaks_of_contracts(export, found)
    # Where several formats read the days, they are of a report if one of them says so.
    open_ = [c.settings["date_format"] for q in scratch.questions if q.key == "date_format" for c in q.choices]
    for form in open_ or [scratch.settings.get("date_format")]:
        scratch.settings["date_format"] = form
        began = day_of(starts[0], scratch)
        days = ", ".join(f"{day_of(p, scratch)} - {began} AS d{i}" for i, p in enumerate(ends))
        lengths = ", ".join(_LENGTHS.format(days=f"d{i}") for i in range(len(ends)))
        lines, *counts = export.one(f"SELECT COUNT(*), {lengths} FROM (SELECT {days} FROM {TABLE}) AS lines")
        of_a_contract = False
        for known, wrong, same, least, most in zip(*(iter(counts),) * 5, strict=True):
            short = may_be_days and most <= _MONTH and most - least <= _UNEVEN
            of_a_report = known == lines and (same >= _SAME_DAYS * lines or short)
            of_a_contract |= not of_a_report and (bool(open_) or wrong <= _MOSTLY * known)
        if not of_a_contract:
            return False
    return True


def _edges(export: Export, found: Sequence[Profile]) -> tuple[list[Profile], list[Profile]] | None:
    """Return columns called beginning and end in more words, if the lines between them are contracts.

    A line of hire has both too: the end of some contracts is open, or customers stand there about once; and none ends
    before it began.
    """
    starts, ends = (edges_of(found, role) for role in ("started_at", "ended_at"))
    if not starts or not ends or _of_orders(export, found):
        return None
    (blank,) = export.one(f"SELECT COUNT(*) FILTER (NOT ({' OR '.join(_has_day(p) for p in ends)})) FROM {TABLE}")
    if not blank and not _speaks_of_contracts(export, found) and not _about_one_each(found):
        return None
    scratch = Findings()
    read(export, [*starts, *ends], scratch)
    began, over = day_of(starts[0], scratch), day_of(ends[0], scratch)
    known, wrong, middle = export.one(
        f"SELECT COUNT(*) FILTER ({over} IS NOT NULL AND {began} IS NOT NULL), COUNT(*) FILTER ({over} < {began}), "
        f"COALESCE(MEDIAN({over} - {began}), 0) FROM {TABLE}"
    )
    # In a car park, a hotel or a hospital people stay for days, as with a car that is hired; and nearly all have left.
    stays = is_stay("started_at", starts[0].name) or is_stay("ended_at", ends[0].name)
    if stays and (blank < _SOME_STAY * export.lines or middle < _LONG):
        return None
    return None if wrong > _CONTRADICT * known else (starts, ends)


def edges_of(found: Sequence[Profile], role: str) -> list[Profile]:
    """Return the columns of days whose names say that something begins (``started_at``), or ends, in whatever words."""
    plain = _named(found, role)
    days = [p for p in found if p.is_date and p.filled]
    return plain or [p for p in days if is_edge(role, p.name)] or [p for p in days if is_stay(role, p.name)]


def _about_one_each(found: Sequence[Profile]) -> bool:
    """Say whether customers stand there about once."""
    named = [p for p in found if p.may_be_id and ROLES["customer_id"].fit(p.name) >= Fit.PARTLY]
    return bool(named) and all(p.filled < _ABOUT_ONE * p.distinct for p in named)


def _periods(export: Export, found: Sequence[Profile]) -> tuple[list[Profile], list[Profile]]:
    """Return start and end of a contract's periods, of which some run; on invoices all have an end."""
    starts, ends = ([p for p in found if p.is_date and "".join(plain_words(p.name)) in names] for names in _PERIODS)
    if len(starts) != 1 or len(ends) != 1 or not _speaks_of_contracts(export, found):
        return [], []
    (blank,) = export.one(f"SELECT COUNT(*) FILTER (NOT ({is_filled(ends[0].sql)})) FROM {TABLE}")
    return (starts, ends) if blank else ([], [])


def _named(found: Sequence[Profile], role: str) -> list[Profile]:
    able = [p for p in found if p.is_date and p.filled and ROLES[role].fit(p.name) >= Fit.PARTLY]
    return [p for p in able if not is_planned(p.name)]


def _speaks_of_contracts(export: Export, found: Sequence[Profile]) -> bool:
    """Say whether a name is a contract's, or customers stand there once; not in a table of orders."""
    if _of_orders(export, found):
        return False
    if any(_OF_CONTRACTS & set(plain_words(p.name)) for p in found):
        return True
    named = [p for p in found if p.may_be_id and ROLES["customer_id"].fit(p.name) >= Fit.PARTLY]
    return bool(named) and all(not p.repeats for p in named)


def _of_orders(export: Export, found: Sequence[Profile]) -> bool:
    """Say whether a table is a known export of a shop's orders, or a column numbers orders."""
    return format_of(export.names) is not None or any(ROLES["order_id"].fit(p.name) == Fit.WHOLE for p in found)


def _says_more(
    export: Export, found: Sequence[Profile], status: Profile, starts: Sequence[Profile], ends: Sequence[Profile]
) -> bool:
    """Say whether a status tells who left and no date does: those who left have none, or all have one of their term."""
    left, running = ended_and_running(export, status)
    terms = []
    for p in ends:
        of_gone, of_running = ended_and_running(export, status, _has_day(p))
        if of_gone >= _MOSTLY * left and of_running < _MOSTLY * running:
            return False
        terms += [p] if of_gone >= _MOSTLY * left else []
    if not terms:
        return True
    scratch = Findings()
    read(export, [*starts, *ends], scratch)
    until = max((day for p in starts if (day := latest(export, p, scratch))), default=None)
    over = (is_over(p, until, scratch) for p in terms)
    renewed = [followed(found, starts[0], p, scratch) for p in terms]
    return all(
        sum(_contradict(export, status, one, then)) > _CONTRADICT * export.lines
        for one, then in zip(over, renewed, strict=True)
    )


def _contradict(export: Export, status: Profile, over: str, renewed: str) -> tuple[int, int]:
    """Return of how many lines only a status says that the contract ended, and of how many only a date (``over``).

    A line that is called running, or renewed, is not contradicted where another term follows it (``renewed``).
    """
    ended, _ = ended_and_running(export, status, f"NOT {over}")
    _, running = ended_and_running(export, status, f"{over} AND NOT {renewed}")
    return ended, running


def settle_start(export: Export, starts: Sequence[Profile], findings: Findings) -> Profile | None:
    """State the column of the start: by the plainest name; ask where the names of several are as plain."""
    rank = {p.name: _rank(p.name) for p in starts}
    best = [p for p in starts if rank[p.name] == min(rank.values())]
    return _settle("started_at", "which column says when the contract began", export, best, starts, findings)


def _rank(name: str) -> int:
    joined = "".join(plain_words(name))
    return next((i for i, words in enumerate(_BEGINS) if any(w in joined for w in words)), len(_BEGINS))


def settle_end(
    export: Export, found: Sequence[Profile], ends: Sequence[Profile], start: Profile | None, findings: Findings
) -> Profile | None:
    """State the column of the end, not of the notice or the plan before it, nor of a term that may be renewed; or ask.

    A column of ends that is filled only where notice was given is the end. One that lies ahead wherever no notice was
    given is the end of a term.
    """
    notices = [p for p in ends if any(word in "".join(plain_words(p.name)) for word in NOTICES)]
    others = [p for p in ends if p not in notices]
    best = list(ends)
    if notices and others:
        noticed = " OR ".join(_has_day(p) for p in notices)
        without = {
            p.name: export.one(
                f"SELECT COUNT(*) FILTER ({_has_day(p)} AND NOT ({noticed})), COUNT(*) FILTER ({noticed}) FROM {TABLE}"
            )
            for p in others
        }
        best = [p for p in others if not without[p.name][0]]
        if not best and start is not None and all(_ahead(export, p, start, noticed, findings) for p in others):
            best = notices
        best = best or list(ends)
    # What was announced, or asked for, is the end only where nothing else says when.
    best = [p for p in best if not is_announced(p.name)] or best
    best = _last(export, best, findings) or best
    if both := cut_short(export, best, start, findings):
        return settle(export, found, both, start, findings)
    asked = "which column says when the contract ended, empty while it runs"
    end = _settle("ended_at", asked, export, best, ends, findings)
    return end and (lapsed(export, found, end, start, findings) or end)


def _last(export: Export, ends: Sequence[Profile], findings: Findings) -> list[Profile]:
    """Return the column that is filled where each other is, and never before it: notice is given before the end."""
    for p in ends if len(ends) > 1 else ():
        others = [q for q in ends if q is not p]
        wrong = " OR ".join(
            f"{_has_day(p)} <> {_has_day(q)} OR {day_of(p, findings)} < {day_of(q, findings)}" for q in others
        )
        read = f"COUNT({day_of(p, findings)})"
        contradict, some = export.one(f"SELECT COUNT(*) FILTER ({wrong}), {read} FROM {TABLE}")
        if some and not contradict:
            return [p]
    return []


def _ahead(export: Export, end: Profile, start: Profile, noticed: str, findings: Findings) -> bool:
    """Say whether an end lies after the latest start (nearly) wherever no notice was given, and some was."""
    day, began = day_of(end, findings), day_of(start, findings)
    ahead, running = export.one(
        f"SELECT COUNT(*) FILTER ({day} > (SELECT MAX({began}) FROM {TABLE})), COUNT(*) FROM {TABLE} "
        f"WHERE NOT ({noticed})"
    )
    return running - ahead <= MOST_UNREAD * running


def _settle(
    role: str, asked: str, export: Export, best: Sequence[Profile], all_: Sequence[Profile], findings: Findings
) -> Profile | None:
    """State the only column, or the first of those that say the same in every row; ask where several differ."""
    differ = [p for i, p in enumerate(best) if not any(_same(export, p, q) for q in best[:i])]
    key = f"columns.{role}"
    if len(differ) == 1:
        findings.set(key, differ[0].name)
        others = [p.name for p in all_ if p is not differ[0]]
        if others:
            findings.tell(f'{role}: "{differ[0].name}" (not {listed(others)})')
        return differ[0]
    return ask_for_column(role, asked, differ, findings)


def _same(export: Export, a: Profile, b: Profile) -> bool:
    if a.type != b.type:
        return False
    return not export.one(f"SELECT COUNT(*) FILTER ({a.sql} IS DISTINCT FROM {b.sql}) FROM {TABLE}")[0]


def ask_for_column(role: str, asked: str, able: Sequence[Profile], findings: Findings) -> Profile | None:
    """Ask which column has a role; return the one that was chosen."""
    key = f"columns.{role}"
    choices = tuple(Choice(f'"{p.name}"', {key: p.name}) for p in able)
    names = ": " + " or ".join(f'"{p.name}"' for p in able) if able else ""
    chosen = findings.ask(Question(key, f"{asked}{names}?", choices))
    return next((p for p in able if chosen is not None and chosen.settings[key] == p.name), None)


def _has_day(p: Profile) -> str:
    """Return the SQL that is true where a cell states a day, and not that there is none."""
    return f"({is_filled(p.sql)} AND {stated(parse.bare(p.sql))} IS NOT NULL)"


def is_over(end: Profile, until: date | None, findings: Findings) -> str:
    """Return the SQL that is true where a contract ended by a day; a far year means until further notice."""
    has = _has_day(end)
    over = has if until is None else f"{has} AND COALESCE({day_of(end, findings)} <= DATE '{until}', TRUE)"
    return f"COALESCE({over}, FALSE)"


def tell_running(
    export: Export, start: Profile, end: Profile, until: date | None, findings: Findings, *, exported: bool
) -> None:
    """Say how many contracts run: those without an end, and those whose end lies after ``until``.

    ``exported``: whether that is the last day before the export; else it is the latest start, so the export was later.
    """
    over = is_over(end, until, findings)
    running, ahead = export.one(
        f"SELECT COUNT(*) FILTER (NOT {over}), COUNT(*) FILTER ({_has_day(end)} AND NOT {over}) FROM {TABLE}"
    )
    said = f"{counted(running, 'row')} still running"
    if ahead and exported:
        said += f", {ahead:,} of them with an end ahead"
    elif ahead:
        said = f"{counted(running - ahead, 'row')} without an end" if running > ahead else "every row has an end"
        said += f"; {counted(ahead, 'row')} with an end after the latest start, {until}: planned, unless as_of is later"
    findings.tell(f'contracts from "{start.name}" to "{end.name}"; {said}')
    (wrong,) = export.one(
        f"SELECT COUNT(*) FILTER ({_has_day(end)} AND {day_of(end, findings)} < {day_of(start, findings)}) FROM {TABLE}"
    )
    if wrong:
        findings.tell(
            f"{counted(wrong, 'row')} with an end before the start: `holdfast check` refuses the table until they are "
            "mended or taken out"
        )


def compare_status(
    export: Export,
    found: Sequence[Profile],
    start: Profile,
    end: Profile,
    over: str,
    findings: Findings,
    *,
    exported: bool,
) -> None:
    """Leave a status to the dates, which say when; say on how many rows they differ; ``exported`` as of the other."""
    status = status_of(export, found)
    if status is None:
        return
    undated, still = _contradict(export, status, over, followed(found, start, end, findings))
    ahead, _ = ended_and_running(export, status, f"NOT {over} AND {_has_day(end)}")
    told = f'status: "{status.name}" is of the day of the export, so "{end.name}" tells who left, and when'
    if undated > ahead:
        told += f"; {counted(undated - ahead, 'row')} ended by it without a date there: they count as running"
    notices = [word for word in words_of(export, status) if is_notice(word)]
    if notices:
        says = f"LOWER({parse.bare(status.sql)}) IN ({', '.join(literal(word.lower()) for word in notices)})"
        (given,) = export.one(f"SELECT COUNT(*) FILTER ({says} AND NOT {over}) FROM {TABLE}")
        said = " or ".join(f'"{word}"' for word in notices)
        told += f"; {counted(given, 'row')} {said}: notice was given, and they run until their term ends"
    if ahead and exported:
        told += f"; {counted(ahead, 'row')} ended by it with a date ahead: they count as running until then"
    elif ahead:
        told += f"; {counted(ahead, 'row')} ended by it after the latest start: they have ended where as_of is later"
    if still:
        told += f"; {counted(still, 'row')} running by it, though the end lies before: they count as ended"
    findings.tell(told)
