"""Amounts that a person should look at: too large to be real, or too small to be exact."""

from holdfast.data.engine import Reads
from holdfast.data.source import Source
from holdfast.language import to_tell, told

_ABSURD = 1000
# Lines worth so many times the usual one that together hold half of the money: at most one in a hundred.
_FEW, _MOST_MONEY = 0.01, 0.5
_LEAST_LINES = 20


def notes_on_amounts(connection: Reads, source: Source) -> list[str]:
    """Return what looks implausible in the amounts of the table ``purchases``, a sentence each."""
    return [*(_absurd_line(connection) or _absurd_lines(connection, source)), *_coarse(connection)]


def _absurd_line(connection: Reads) -> list[str]:
    largest, mean = connection.execute(
        "SELECT MAX(ABS(amount)) * EXP(0), SUM(ABS(amount)) * EXP(0) / NULLIF(COUNT(*), 0) FROM purchases"
    ).fetchall()[0]
    if not mean or largest <= _ABSURD * mean:
        return []
    said = to_tell("One line is worth {times:,.0f} times the mean line: check that it is real.")
    return [told(said, times=largest / mean)]


def _absurd_lines(connection: Reads, source: Source) -> list[str]:
    """Say that few lines hold most of the money, each worth many times the usual one (the geometric mean)."""
    worth = "FROM purchases WHERE amount <> 0"
    usual = f"(SELECT EXP(SUM(LN(ABS(amount) * EXP(0))) / COUNT(*)) {worth})"
    large = f"ABS(amount) > {_ABSURD} * {usual}"
    lines, few, money, theirs = connection.execute(
        f"SELECT COUNT(*), COUNT(*) FILTER (WHERE {large}), SUM(ABS(amount)) * EXP(0), "
        f"SUM(ABS(amount)) FILTER (WHERE {large}) * EXP(0) {worth}"
    ).fetchall()[0]
    if lines < _LEAST_LINES or not few or few > _FEW * lines or theirs < _MOST_MONEY * money:
        return []
    return [
        told(
            "{few:n line}, each worth more than {times:,} times the usual one, hold {share:.0%} of all money: typing "
            'errors, or a number such as 999999999 that means "not known"? Values and lists would be of these alone. '
            "{rule} drops lines by what stands in a column.",
            few=int(few),
            times=_ABSURD,
            share=theirs / money,
            rule=source.rule("drop"),
        )
    ]


def _coarse(connection: Reads) -> list[str]:
    """Return the note on amounts, below 1 on average, most of which had more than two decimals."""
    lines, rounded, mean = connection.execute(
        "SELECT COUNT(*), COUNT(*) FILTER (WHERE rounded), SUM(ABS(amount)) * EXP(0) / NULLIF(COUNT(*), 0) "
        "FROM decided WHERE decision = 'kept' AND has_amount"
    ).fetchall()[0]
    if 2 * rounded <= lines or not 0 < mean < 1:
        return []
    return [
        told(
            "Most amounts were rounded to two decimals, and a line is worth {mean:.2f} on average: that is too coarse. "
            "Write amounts in a unit that is a thousand times smaller.",
            mean=mean,
        )
    ]
