"""Kinds of lines that say a sale once more: most of one kind repeat a customer and an amount of another.

An order, its delivery note, its invoice and its payment are one sale, in whatever language they are called. Chance must
not explain it: customers who pay the same sum again and again, or prices that all pay.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import NamedTuple

from holdfast.data.engine import literal
from holdfast.data.source import Written
from holdfast.data.values import parse
from holdfast.onboarding.export import TABLE, Export, is_filled
from holdfast.onboarding.findings import Findings
from holdfast.onboarding.profile import Profile
from holdfast.onboarding.states.documents import is_of_tenders
from holdfast.onboarding.states.newest import day_of

# Kinds of fewer lines say nothing, and so many kinds are compared.
_LEAST, _MOST_KINDS = 30, 8
# From the first paper to the last pass so many days.
_DAYS = 60
# Of the lines of a kind so many repeat one of another kind, and so many times as many as chance, or habit, explains.
_MOSTLY, _TIMES_CHANCE, _TIMES_HABIT = 0.7, 3, 2
# Two lines by chance have the same amount more seldom than this.
_SAME = 0.1
# Of a large file every n-th customer says it as well.
_ENOUGH = 200_000
# What stands in one order at one moment is bought together.
_TOGETHER = 0.5


class Repeated(NamedTuple):
    """A kind of which most lines repeat one of another kind: the words of both, and how to say so."""

    word: str
    of: str
    said: str


def repeated_kinds(
    export: Export,
    p: Profile,
    values: Mapping[str, int],
    known: Mapping[str, Profile],
    worth: str,
    findings: Findings,
    *,
    invoices: Collection[str] = (),
    aside: str = "FALSE",
) -> list[Repeated]:
    """Return the kinds of a column that repeat another one, which is kept: an invoice, else the most frequent.

    Parameters
    ----------
    export, p, known
        The files, the column, and columns by role.
    values
        Its words whose lines would count, and how many lines each has.
    worth
        SQL of what a line is worth; where it is open which column is the amount, the first offered serves.
    findings
        Knows how numbers and dates are written.
    invoices
        Words of invoices among them.
    aside
        SQL that is true of lines of which it is known that they are no sales.
    """
    worth = worth or _offered(export, findings)
    if not worth or not {"customer_id", "ordered_at"} <= known.keys():
        return []
    if any(question.key == "date_format" for question in findings.questions):
        return []
    often = sorted((v for v in values if v and values[v] >= _LEAST), key=lambda v: (v not in invoices, -values[v], v))
    often = often[:_MOST_KINDS]
    if len(often) < 2 or is_of_tenders(p.name):
        return []
    key = (p.sql, worth, known["customer_id"].sql, known["ordered_at"].sql, tuple(often), aside)
    settings = tuple(str(findings.settings.get(k)) for k in ("decimal", "thousands", "date_format", "time_zone"))
    return export.once(
        ("repeated", key, settings), lambda: _repeated(export, p, often, worth, known, findings, invoices, aside)
    )


def _offered(export: Export, findings: Findings) -> str:
    """Return the SQL of the first column that an open question offers as the amount; nothing where none is."""
    offered = next((q.choices for q in findings.questions if q.key == "columns.amount"), ())
    names = [choice.settings.get("columns.amount") for choice in offered]
    if not names or names[0] not in export.names:
        return ""
    i = export.names.index(names[0])
    settings = findings.settings
    written = Written(decimal=settings.get("decimal"), thousands=settings.get("thousands"))
    return parse.number(f"k{i}", export.types[i], written).value


def _repeated(
    export: Export,
    p: Profile,
    often: Sequence[str],
    worth: str,
    known: Mapping[str, Profile],
    findings: Findings,
    invoices: Collection[str],
    aside: str,
) -> list[Repeated]:
    who, day, order = known["customer_id"], day_of(known["ordered_at"], findings), known.get("order_id")
    kind = f"LOWER(COALESCE({parse.text(p.sql, p.type)}, ''))"
    words = ", ".join(f"LOWER({literal(word)})" for word in often)
    table, every = f"kinds_{p.sql}", export.lines // _ENOUGH
    part = f" AND hash({who.sql}) % {every + 1} = 0" if every else ""
    export.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT *, ROW_NUMBER() OVER (PARTITION BY kind, who, cents ORDER BY "
        f"day) AS n, COUNT(*) OVER (PARTITION BY kind, who, cents) AS alike FROM (SELECT {kind} AS kind, {who.sql} AS "
        f"who, ROUND(100 * {worth}) AS cents, {day} AS day, "
        f"{order.sql if order else 'NULL'} AS bill FROM {TABLE} WHERE {is_filled(who.sql)}{part} AND NOT ({aside})) "
        f"WHERE cents > 0 AND day IS NOT NULL AND kind IN ({words})"
    )
    found: list[Repeated] = []
    gone: set[str] = set()
    for rarer in reversed([word for word in often if word not in invoices]):
        for of in often:
            # The rarer kind repeats the other; but an invoice is the sale, however many orders there are.
            if of == rarer or of in gone or (of not in invoices and often.index(of) > often.index(rarer)):
                continue
            lines, repeats = _compared(export, table, rarer, of)
            if repeats:
                said = f'{repeats / lines:.0%} of them repeat customer and amount of a line "{of}" within {_DAYS} days'
                found.append(Repeated(rarer, of, said))
                gone.add(rarer)
                break
    export.connection.execute(f"DROP TABLE {table}")
    return found[::-1]


def _compared(export: Export, table: str, rarer: str, of: str) -> tuple[int, int]:
    """Return the lines of a kind, and how many repeat one of another kind; none of them where chance explains it."""
    a, b = (f"kind = LOWER({literal(word)})" for word in (rarer, of))
    rows = export.connection.execute(
        f"WITH a AS (SELECT * FROM {table} WHERE {a}), b AS (SELECT * FROM {table} WHERE {b}), "
        "pairs AS (SELECT a.day = b.day AND COALESCE(a.bill = b.bill, FALSE) AS together FROM a JOIN b ON a.who = b.who"
        f" AND a.cents = b.cents AND a.n = b.n WHERE ABS(a.day - b.day) <= {_DAYS}), "
        "fa AS (SELECT cents, COUNT(*) AS n FROM a GROUP BY cents), "
        "fb AS (SELECT cents, COUNT(*) AS n FROM b GROUP BY cents), "
        "mine AS (SELECT who, COUNT(*) AS n FROM b GROUP BY who) "
        "SELECT (SELECT COUNT(*) FROM a), (SELECT COUNT(*) FROM b), (SELECT COUNT(*) FROM pairs), "
        "(SELECT COUNT(*) FILTER (together) FROM pairs), (SELECT COUNT(*) FILTER (alike > 1) FROM b), "
        "(SELECT COUNT(*) FILTER (alike > 1) FROM a), "
        "(SELECT COALESCE(SUM(fa.n * fb.n), 0) FROM fa JOIN fb USING (cents)), "
        "(SELECT COALESCE(SUM(mine.n), 0) FROM a JOIN mine USING (who)), (SELECT 1 + MAX(day) - MIN(day) FROM b)"
    ).fetchall()
    lines, others, pairs, together, habit_b, habit_a, same, near, span = (float(v or 0) for v in rows[0])
    if not lines or not others or lines * _MOSTLY > others:
        return 0, 0
    chance = same / (lines * others)
    expected = min(1.0, chance * near / lines * min(1.0, 2 * _DAYS / max(1.0, span)))
    habit = max(habit_b / others, habit_a / lines)
    share = pairs / lines
    clear = share >= _MOSTLY and chance <= _SAME and share >= _TIMES_CHANCE * expected and share >= _TIMES_HABIT * habit
    return (int(lines), int(pairs)) if clear and together <= _TOGETHER * pairs else (int(lines), 0)
