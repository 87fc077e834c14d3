"""What a person should look at before trusting a log, and what no log of a shop can be."""

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from holdfast.data.beginnings import unknown_beginnings
from holdfast.data.engine import EPOCH, Reads, literal
from holdfast.data.plausible_amounts import notes_on_amounts
from holdfast.data.source import Source
from holdfast.data.values import parse
from holdfast.data.values.words import word_list
from holdfast.language import to_tell, told

TOTALS = word_list("""
    total; totals; grand total; subtotal; sub total; sum; summe; gesamt; i alt; totalt; 合计
""")
# One customer with a tenth of all lines, and ten times as many as others have, is a till, a marketplace or nobody.
_SHARE, _TIMES = 0.1, 10
# So is one who bought on so many days, several times as many as whoever comes next.
_MANY_DAYS, _TIMES_NEXT = 50, 5
# One customer in a hundred or fewer who bring a fifth of the money, in baskets so many times the median customer's, buy
# to sell.
_FEW_CUSTOMERS, _OF_MONEY, _BASKETS, _LEAST_CUSTOMERS = 0.01, 0.2, 20, 100
# A few lines this long after (or before) all others are typing errors: at most one in a hundred.
_FAR_DAYS, _FEW = 180, 0.01
# With so many lines a month, one without any does not happen by chance.
_LINES_A_MONTH = 10
_LEAST_LINES = 20
# Where so many customers go on buying past a day, before and after it, such a share of them on a day is no chance.
_MANY_IDS, _HARDLY = 50, 0.02
# Phones are told apart by their last digits; of so many ids, where so few are other people's.
_ENDING, _MOST_PHONES, _ALIKE = 8, 0.8, 0.95


@dataclass(frozen=True)
class FarOff:
    """Lines dated long after all others: how many, the last day before them, and the last of all."""

    lines: int
    after: str
    until: str


def far_off_end(connection: Reads) -> FarOff | None:
    """Return the few lines dated long after all others, or None."""
    days, lines = _by_day(connection)
    at = _gap(days, lines)
    if at is None:
        return None
    return FarOff(int(lines[at + 1 :].sum()), _iso(days[at]), _iso(days[-1]))


def notes_on(connection: Reads, source: Source, seen: str) -> list[str]:
    """Return what looks implausible in the table ``purchases``, a sentence each; ``seen``: its ``customers_seen``."""
    return [
        *notes_on_amounts(connection, source),
        *_totals(connection, source),
        *_giant(connection, source, seen),
        *_shortened(connection, source, seen),
        *_masked(connection, source, seen),
        *_wholesalers(connection, source, seen),
        *_dates(connection, source),
        *_other_ids(connection, seen),
        *(_ways(connection, source, seen) or _phones(connection, seen)),
        *_months(connection),
        *([beginnings.sentence()] if (beginnings := unknown_beginnings(connection, seen)) else []),
    ]


def totals_line(connection: Reads) -> tuple[int, int] | None:
    """Return (file, record) of a line of ``decided`` that is worth exactly what all others are together, or None."""
    kept = "FROM decided WHERE decision = 'kept'"
    count, largest, total = connection.execute(f"SELECT COUNT(*), MAX(amount), SUM(amount) {kept}").fetchall()[0]
    if count < _LEAST_LINES or not largest or 2 * largest != total:
        return None
    found = connection.execute(f"SELECT file, record {kept} AND amount = {largest} ORDER BY 1, 2").fetchall()
    return (int(found[0][0]), int(found[0][1])) if len(found) == 1 else None


def _totals(connection: Reads, source: Source) -> list[str]:
    words = ", ".join(map(literal, TOTALS))
    n = connection.execute(f"SELECT COUNT(*) FROM purchases WHERE LOWER(customer_id) IN ({words})").fetchall()[0][0]
    if not n:
        return []
    return [
        told(
            '{lines:n line} of a customer called "Total" or the like: totals, not purchases? {rule} (column: '
            "customer_id) drops them.",
            lines=n,
            rule=source.rule("exclude"),
        )
    ]


def _giant(connection: Reads, source: Source, seen: str) -> list[str]:
    most, total, customers = connection.execute(
        f"SELECT MAX(lines), CAST(SUM(lines) AS BIGINT), COUNT(*) FROM {seen}"
    ).fetchall()[0]
    if customers < _LEAST_LINES:
        return []
    if most < _SHARE * total or most < _TIMES * (total - most) / (customers - 1):
        return _many_days(connection, source, seen)
    return [
        told(
            "One customer has {share:.0%} of all lines ({lines:n line}): a till, a marketplace, or a word for nobody? "
            "{key} names such a word, {rule} drops a customer.",
            share=most / total,
            lines=int(most),
            key=source.key("missing_values"),
            rule=source.rule("exclude"),
        )
    ]


def _many_days(connection: Reads, source: Source, seen: str) -> list[str]:
    """Name a customer who bought on many times as many days as any other."""
    query = f"SELECT purchase_days, lines FROM {seen} ORDER BY purchase_days DESC, lines DESC LIMIT 2"
    (days, lines), (others, _) = connection.execute(query).fetchall()
    if days < max(_MANY_DAYS, _TIMES_NEXT * others):
        return []
    return [
        told(
            "One customer bought on {days:n day}, whoever comes next on {others}: a till, a marketplace, or a word for "
            "nobody, as is left of those who were erased ({lines:n line})? {key} names such a word, {rule} drops a "
            "customer.",
            days=int(days),
            others=int(others),
            lines=int(lines),
            key=source.key("missing_values"),
            rule=source.rule("exclude"),
        )
    ]


def _masked(connection: Reads, source: Source, seen: str) -> list[str]:
    """Say that ids are shown in part only: people who share what is left count as one."""
    masked, customers = connection.execute(
        f"SELECT COUNT(*) FILTER (WHERE customer_id LIKE '%**%'), COUNT(*) FROM {seen}"
    ).fetchall()[0]
    if customers < _LEAST_LINES or 2 * masked < customers:
        return []
    return [
        told(
            "{masked:n customer} of {customers:,} are told apart by ids that hide letters behind stars (***): people "
            "who share the rest count as one. Map a column with whole ids, or phones ({key}).",
            masked=int(masked),
            customers=int(customers),
            key=source.column_key("customer_id"),
        )
    ]


def _shortened(connection: Reads, source: Source, seen: str) -> list[str]:
    """Say that a spreadsheet has cut long ids (1.23457E+11): people who share the digits that are left count as one."""
    number = "TRY_CAST(REPLACE(customer_id, ',', '.') AS DOUBLE) IS NOT NULL"
    cut, lines = connection.execute(
        f"SELECT COUNT(*), CAST(SUM(lines) AS BIGINT) FROM {seen} WHERE UPPER(customer_id) LIKE '%E+%' AND {number}"
    ).fetchall()[0]
    if not cut:
        return []
    return [
        told(
            "{ids:n customer} ({lines:n line}) have an id as a spreadsheet shows a long number, such as 1.23457E+11: "
            "its last digits are gone, and people who share the first ones count as one. Export {key} again, as text, "
            "without opening the file in a spreadsheet.",
            ids=int(cut),
            lines=int(lines),
            key=source.column_key("customer_id"),
        )
    ]


def _wholesalers(connection: Reads, source: Source, seen: str) -> list[str]:
    """Name customers who may be companies: their rhythm and worth would teach little about the others."""
    if source.columns.money == "none":
        return []
    large, customers, share = connection.execute(
        f"WITH buyers AS (SELECT spent AS spend, spent * EXP(0) / days AS basket FROM {seen} WHERE spent > 0), "
        f"told AS (SELECT spend, basket > {_BASKETS} * (SELECT MEDIAN(basket) FROM buyers) AS large FROM buyers) "
        "SELECT COUNT(*) FILTER (WHERE large), COUNT(*), "
        "SUM(spend) FILTER (WHERE large) * EXP(0) / SUM(spend) FROM told"
    ).fetchall()[0]
    if customers < _LEAST_CUSTOMERS or not 0 < large <= _FEW_CUSTOMERS * customers or share < _OF_MONEY:
        return []
    return [
        told(
            "{share:.0%} of the money comes from {large:n customer} of {customers:,}, in baskets more than {times} "
            "times the median customer's: companies that buy to sell? Where a column tells them apart, {rule} leaves "
            "them out.",
            large=large,
            customers=customers,
            share=share,
            times=_BASKETS,
            rule=source.rule("drop"),
        )
    ]


def _dates(connection: Reads, source: Source) -> list[str]:
    days, lines = _by_day(connection)
    said = []
    if (far := far_off_end(connection)) is not None:
        said.append(
            told(
                "{lines:n line} dated long after all others, until {until}; the others end on {after}. {rule} drops "
                "them.",
                lines=far.lines,
                until=far.until,
                after=far.after,
                rule=source.rule("last_date"),
            )
        )
    at = _gap(-days[::-1], lines[::-1])
    if at is not None:
        early, begins = int(lines[::-1][at + 1 :].sum()), _iso(days[::-1][at])
        said.append(
            told(
                "{lines:n line} dated long before all others, from {first}; the others begin on {begins}. {rule} drops "
                "them.",
                lines=early,
                first=_iso(days[0]),
                begins=begins,
                rule=source.rule("first_date"),
            )
        )
    return said


def _gap(days: npt.NDArray[np.int64], lines: npt.NDArray[np.int64]) -> int | None:
    """Return where a gap begins that only few lines lie behind and that is longer than any other."""
    if len(days) < 3:
        return None
    gaps = np.diff(days)
    behind = lines.sum() - np.cumsum(lines)[:-1]
    few = behind <= max(1.0, _FEW * float(lines.sum()))
    if not few.any():
        return None
    at = int(np.argmax(np.where(few, gaps, 0)))
    others = int(gaps[:at].max()) if at else 0
    return at if gaps[at] >= max(_FAR_DAYS, 2 * others) else None


EMPTY_MONTHS = to_tell(
    "No line at all in {months:n month} ({shown}): if part of the log is missing, customers look as if they had left."
)
"""What is told of months without a line."""


def _months(connection: Reads) -> list[str]:
    days, lines = _by_day(connection)
    at = _gap(days, lines)
    days, lines = (days, lines) if at is None else (days[: at + 1], lines[: at + 1])
    month = days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    # The first and the last month may be cut.
    inner = np.arange(month[0] + 1, month[-1])
    if len(inner) < 2 or lines.sum() < _LINES_A_MONTH * len(inner):
        return []
    empty = [str(np.datetime64(int(m), "M")) for m in np.setdiff1d(inner, month)]
    if not empty:
        return []
    shown = ", ".join(empty[:6]) + (", …" if len(empty) > 6 else "")
    return [
        told(EMPTY_MONTHS, months=len(empty), shown=shown),
    ]


def _other_ids(connection: Reads, seen: str) -> list[str]:
    """Say on which day hardly anybody from before bought again, where on other days, before and after, many did."""
    first, last = (
        np.array(rows, dtype=np.int64).reshape(-1, 2)
        for rows in (
            connection.execute(
                f"SELECT {day}, COUNT(*) FROM {seen} WHERE first_day IS NOT NULL GROUP BY {day} ORDER BY {day}"
            ).fetchall()
            for day in ("first_day", "last_day")
        )
    )
    if len(first) < 2:
        return []
    # On every day with newcomers: who had bought before it, and bought on it or later.
    days = first[1:, 0]
    came = np.cumsum(first[:, 1])[:-1]
    stayed = came - np.concatenate([[0], np.cumsum(last[:, 1])])[np.searchsorted(last[:, 0], days)]
    most = np.minimum(np.maximum.accumulate(stayed), np.maximum.accumulate(stayed[::-1])[::-1])
    at = int(np.argmin(np.where(most >= _MANY_IDS, stayed / np.maximum(most, 1), 1.0)))
    if most[at] < _MANY_IDS or stayed[at] > _HARDLY * most[at]:
        return []
    return [
        told(
            "None of the {customers:n customer} from before {day} bought after it. If customers got other ids then, "
            "one person counts as two, and the older ones as gone: map old ids to new ones (tables.id_map).",
            customers=int(came[at]),
            day=_iso(days[at]),
        )
        if not stayed[at]
        else told(
            "Only {stayed} of the {customers:n customer} from before {day} bought after it. If customers got other ids "
            "then, one person counts as two, and the older ones as gone: map old ids to new ones (tables.id_map).",
            stayed=int(stayed[at]),
            customers=int(came[at]),
            day=_iso(days[at]),
        )
    ]


def _phones(connection: Reads, seen: str) -> list[str]:
    """Say that phone numbers stand there with and without a country's code, so that one person counts as several."""
    bare = "REPLACE(REPLACE(REPLACE(REPLACE(customer_id, '+', ''), ' ', ''), '-', ''), '/', '')"
    customers, numbers, people, shortest, longest = connection.execute(
        f"WITH ids AS (SELECT customer_id, {bare} AS digits FROM {seen}), "
        f"told AS (SELECT customer_id, SUBSTR(digits, LENGTH(digits) - {_ENDING - 1}) AS ending, "
        f"LENGTH(digits) BETWEEN {_ENDING} AND 15 AND TRY_CAST(digits AS DECIMAL(18,0)) IS NOT NULL AS is_number "
        "FROM ids) SELECT COUNT(*), COUNT(*) FILTER (WHERE is_number), "
        "COUNT(DISTINCT ending) FILTER (WHERE is_number), MIN(LENGTH(customer_id)), MAX(LENGTH(customer_id)) FROM told"
    ).fetchall()[0]
    others = customers - numbers + people
    if customers < _MANY_IDS or numbers < _MOST_PHONES * customers or people > _ALIKE * numbers or shortest == longest:
        return []
    return [
        told(
            "{customers:n customer} are told apart by numbers that end alike where others begin with a country's code "
            "or a 0: by their last {digits} digits they are {people:,}. If these are phones, write each in one way, or "
            "map the others to it (tables.id_map).",
            customers=int(customers),
            digits=_ENDING,
            people=int(others),
        )
    ]


def _ways(connection: Reads, source: Source, seen: str) -> list[str]:
    """Say that numbers of customers stand there with and without marks or leading zeros."""
    asked = parse.in_several_ways(f"SELECT customer_id AS id FROM {seen}")
    ids, people = connection.execute(asked).fetchall()[0]
    if not parse.are_many_ways(ids, people):
        return []
    return [
        told(
            "{customers:n customer} are {people:,} if dots, dashes, blanks and leading zeros of their numbers make no "
            "difference: one person may count as several. {key}: digits makes them one.",
            customers=int(ids),
            people=int(people),
            key=source.key("id_case"),
        )
    ]


def _by_day(connection: Reads) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    found = connection.execute("SELECT day, COUNT(*) FROM purchases GROUP BY day ORDER BY day").fetchall()
    table = np.array(found, dtype=np.int64).reshape(-1, 2)
    return table[:, 0], table[:, 1]


def _iso(day: int) -> str:
    return (EPOCH + timedelta(days=int(day))).isoformat()
