"""The account of a purchase log: every line in is kept, rejected, or dropped by a named rule."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pandas as pd

from holdfast.data.customers_seen import customers_seen
from holdfast.data.delivered import Delivered, delivered_in
from holdfast.data.dropped import Lost, lost_of
from holdfast.data.engine import EPOCH, Reads
from holdfast.data.erased import RULE
from holdfast.data.formats import SELDOM
from holdfast.data.line_rules import ColumnRule
from holdfast.data.merged import Merged, lines_by_id
from holdfast.data.placeholders import placeholders_of
from holdfast.data.plausible import FarOff, far_off_end, notes_on
from holdfast.data.reading.rawtable import RawTable
from holdfast.data.referred import Referred, referred_in
from holdfast.data.refunds import Returns
from holdfast.data.rules import KEPT, matches
from holdfast.data.source import Source, Written
from holdfast.data.values import advice, parse
from holdfast.data.worth import Stated, stated_in
from holdfast.errors import DataError
from holdfast.language import to_tell, told
from holdfast.wording import apart, counted

_SHOWN = 5
_NO_COLUMN = to_tell('There is no column "{column}" in the file, so nothing is known of what it says.')
# (column, reason, the column's different cells, written) → what to do about such lines.
Advise = Callable[[str, str, list[str], Any], str]
# Advice is tried on so many different values, refused ones and others.
_MOST_REFUSED, MOST_OTHERS = 20_000, 2_000


class UnreadableLinesError(DataError):
    """More lines than ``max_reject_share`` cannot be read; ``lines`` are the rejected ones (``columns.REJECTS``)."""

    def __init__(self, sentence: str, lines: pd.DataFrame) -> None:
        super().__init__(sentence)
        self.lines = lines


@dataclass(frozen=True)
class DataReport:
    """What became of every line, and what the kept lines hold. Counts are lines unless said.

    ``lines_in == kept + sum(rejected.values()) + sum(dropped.values())`` always holds.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.data import Columns, Source, read_purchases
    >>> frame = pd.DataFrame({"customer_id": ["ann", ""], "ordered_at": ["2024-01-05", "2024-02-02"]})
    >>> report = read_purchases(Source(frame, Columns(), max_reject_share=0.5)).report
    >>> report.lines_in, report.kept, report.rejected
    (2, 1, {'customer_id is missing': 1})
    """

    lines_in: int
    kept: int
    rejected: dict[str, int]
    dropped: dict[str, int]
    money: str
    currency: str | None
    first_day: str | None
    last_day: str | None
    customers: int
    purchase_days: int
    returns: Returns
    zero_lines: int
    rounded_lines: int
    duplicate_lines_kept: int
    blank_lines: int
    kept_amount: Decimal | None = None
    """What the kept lines are worth together, returns taken off, as books have it; None in a log without money."""
    lost: Lost = field(default_factory=Lost)
    """What the lines dropped by each rule were worth, and how many customers went with them."""
    stated: dict[str, Stated] = field(default_factory=dict)
    """Refunds and discounts taken off, shipping and tax added, money converted at a rate: by column, of lines kept."""
    placeholders: dict[str, int] = field(default_factory=dict)
    """Lines by the word that stands for nobody in place of a customer's id; they count as missing customers."""
    far_off: FarOff | None = None
    referred: Referred | None = None
    """Lines without a customer that name an order (`columns.refers_to`); None in a log without such a column."""
    delivered: list[Delivered] = field(default_factory=list)
    """What the newest lines got wrong; each is among the notes too."""
    notes: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Refuse to exist if a line is unaccounted for."""
        accounted = self.kept + sum(self.rejected.values()) + sum(self.dropped.values())
        if self.lines_in != accounted:
            raise DataError(f"Of {self.lines_in:,} lines {accounted:,} are accounted for: this is a bug in Holdfast.")

    def as_dict(self) -> dict[str, Any]:
        """Return the report as plain values for JSON."""
        return asdict(self) | {"kept_amount": None if self.kept_amount is None else float(self.kept_amount)}


@dataclass(frozen=True)
class RawFacts:
    """What the cells of raw tables show beside the decisions about their lines.

    Attributes
    ----------
    lines_in, blank_lines
        Records, those that could not be split among them, and blank lines.
    placeholders
        As of ``DataReport``.
    merged
        Lines by id that was given up.
    absent
        Optional columns that a file has not.
    unmatched
        Sentences about values of rules that no line has.
    """

    lines_in: int
    blank_lines: int
    placeholders: dict[str, int]
    merged: dict[str, int]
    absent: list[str]
    unmatched: list[str]


def facts_of(connection: duckdb.DuckDBPyConnection, raws: list[RawTable], source: Source) -> RawFacts:
    """Look at the cells of raw tables."""
    return RawFacts(
        lines_in=sum(raw.records for raw in raws),
        blank_lines=sum(raw.blank_lines for raw in raws),
        placeholders=placeholders_of(connection, raws, source),
        merged={} if source.id_map is None else lines_by_id(connection, _own(raws, source, "customer_id")),
        absent=sorted({theirs for raw in raws for ours, theirs in source.wanted().items() if ours not in raw.types}),
        unmatched=_matching_nothing(connection, raws, source),
    )


def together(parts: Sequence[RawFacts]) -> RawFacts:
    """Return what several files show together: what stands in no file, and what a file lacks, is told once."""
    placeholders: Counter[str] = sum((Counter(part.placeholders) for part in parts), Counter())
    merged: Counter[str] = sum((Counter(part.merged) for part in parts), Counter())
    return RawFacts(
        lines_in=sum(part.lines_in for part in parts),
        blank_lines=sum(part.blank_lines for part in parts),
        placeholders=dict(sorted(placeholders.items())),
        merged=dict(merged),
        absent=sorted({name for part in parts for name in part.absent}),
        unmatched=[said for said in parts[0].unmatched if all(said in part.unmatched for part in parts)],
    )


def report_of(
    connection: Reads, facts: RawFacts, rejects: pd.DataFrame, returns: Returns, source: Source, currency: str | None
) -> DataReport:
    """Count what became of every line of the table ``decided``, and what the table ``purchases`` holds."""
    decisions = decisions_of(connection)
    first, last = connection.execute("SELECT MIN(day), MAX(day) FROM purchases").fetchall()[0]
    with customers_seen(connection) as seen:
        customers, days = connection.execute(f"SELECT COUNT(*), SUM(purchase_days) FROM {seen}").fetchall()[0]
        wrong = delivered_in(connection, rejects, source, seen) if customers and days else []
        notes = [*(one.said for one in wrong), *(notes_on(connection, source, seen) if customers else [])]
    zero = connection.execute(
        f"SELECT COUNT(*) FROM decided WHERE decision = '{KEPT}' AND amount = 0 AND has_amount"
    ).fetchall()[0][0]
    rounded, copies = connection.execute(
        "SELECT COALESCE(SUM(rounded), 0), COALESCE(SUM(n - 1), 0) FROM (SELECT COUNT(*) AS n, "
        f"COUNT(*) FILTER (WHERE rounded) AS rounded FROM decided WHERE decision = '{KEPT}' GROUP BY line_hash) AS g"
    ).fetchall()[0]
    money, columns = source.columns.money != "none", source.columns
    lost, amount = lost_of(
        connection,
        [name for name in decisions if name != KEPT],
        has_currency=bool(columns.currency) and columns.rate is None,
        has_money=money,
    )
    return DataReport(
        lines_in=facts.lines_in,
        kept=decisions.pop(KEPT, 0),
        rejected=reasons_of(rejects),
        dropped=decisions,
        money=source.columns.money,
        currency=currency,
        first_day=_iso(first),
        last_day=_iso(last),
        customers=int(customers),
        purchase_days=int(days or 0),
        returns=returns,
        zero_lines=int(zero),
        rounded_lines=int(rounded),
        duplicate_lines_kept=int(copies),
        blank_lines=facts.blank_lines,
        kept_amount=amount if money else None,
        lost=lost,
        stated=stated_in(connection, source),
        placeholders=facts.placeholders,
        far_off=far_off_end(connection) if customers else None,
        referred=referred_in(connection, source, KEPT),
        delivered=wrong,
        notes=[
            *merged_notes("purchases", Merged.of(facts.merged), source),
            *(told(_NO_COLUMN, column=name) for name in facts.absent if name not in SELDOM),
            *facts.unmatched,
            *notes,
        ],
    )


def merged_lines(
    connection: duckdb.DuckDBPyConnection, raws: Iterable[RawTable], written: Written, column: str = "customer_id"
) -> Merged | None:
    """Count the lines of accounts that were merged; None where no map says which."""
    if written.id_map is None:
        return None
    return Merged.of(lines_by_id(connection, _own(raws, written, column)))


def _own(raws: Iterable[RawTable], written: Written, column: str) -> list[str]:
    return [f"SELECT {parse.own_customer(column, r.types[column], written)} AS own FROM {r.table}" for r in raws]


def merged_notes(table: str, merged: Merged | None, written: Written) -> list[str]:
    """Return the sentence that says how many lines a table had of accounts that were merged."""
    known = None if written.id_map is None else len(written.id_map.remains)
    return [] if merged is None or known is None else [merged.note(table, known)]


def _matching_nothing(connection: duckdb.DuckDBPyConnection, raws: list[RawTable], source: Source) -> list[str]:
    """Return a sentence for each value of a rule that no line has."""
    said = []
    for ours, kind, rule in source.rules.of_columns():
        if rule.optional:
            continue
        for what, one in rule.parts():
            if not any(_any_matches(connection, raw, ours, one) for raw in raws):
                matches_none = to_tell('{rule} on "{column}": {what} matches no line.')
                said.append(told(matches_none, rule=source.rule(kind), column=rule.column, what=what))
    return said


def _any_matches(connection: duckdb.DuckDBPyConnection, raw: RawTable, column: str, rule: ColumnRule) -> bool:
    query = f"SELECT 1 FROM {raw.table} WHERE {matches(column, raw.types[column], rule)} LIMIT 1"
    return bool(connection.execute(query).fetchall())


def decisions_of(connection: Reads) -> dict[str, int]:
    """Return how many lines of the table ``decided`` were kept, and dropped by each rule."""
    found = connection.execute("SELECT decision, COUNT(*) FROM decided GROUP BY decision ORDER BY decision").fetchall()
    return {str(decision): int(n) for decision, n in found if decision != "rejected"}


def reasons_of(rejects: pd.DataFrame) -> dict[str, int]:
    """Return how many lines were rejected for each reason."""
    reasons = (rejects["column"] + " " + rejects["reason"]).value_counts(sort=False).sort_index()
    return {str(reason): int(n) for reason, n in reasons.items()}


def _iso(day: int | None) -> str | None:
    return None if day is None else (EPOCH + timedelta(days=day)).isoformat()


def rejected_lines(connection: duckdb.DuckDBPyConnection, raws: list[RawTable]) -> pd.DataFrame:
    """Return the rejected lines of the table ``decided``, in file and line order, with the value at fault."""
    parts = []
    for raw in raws:
        cell = " ".join(f"WHEN '{c}' THEN CAST(raw.{c} AS VARCHAR)" for c in raw.types)
        query = (
            "SELECT decided.record, split_part(fault, '|', 1) AS \"column\", split_part(fault, '|', 2) AS reason, "
            f"CASE split_part(fault, '|', 1) {cell} END AS value "
            f"FROM decided JOIN {raw.table} AS raw USING (record) "
            f"WHERE decided.file = {raw.number} AND decided.decision = 'rejected'"
        )
        found = connection.execute(query).df()
        records = found.pop("record").to_numpy(dtype="int64")
        found.insert(0, "line", raw.lines_of(records))
        found.insert(0, "file", raw.parts_of(records))
        broken = [(i, b.line, "line", b.reason, None) for i, part in enumerate(raw.parts) for b in part.bad_lines]
        if broken:
            found = pd.concat([found, pd.DataFrame(broken, columns=list(found.columns))], ignore_index=True)
        found = found.sort_values(["file", "line"], kind="stable")
        parts.append(found.assign(file=[raw.parts[i].label for i in found["file"]]))
    return pd.concat(parts, ignore_index=True)


def refuse_too_many(
    connection: duckdb.DuckDBPyConnection,
    raws: list[RawTable],
    rejects: pd.DataFrame,
    lines_in: int,
    written: Written,
    advise: Advise,
) -> None:
    """Stop where more lines than ``written.max_reject_share`` cannot be read, and say of each kind what would help.

    Raises
    ------
    DataError
        Names the file, line and column of the first of each kind, never a value.
    """
    refuse_if_too_many(
        rejects, lines_in, written, advise, lambda column: other_cells(connection, raws, column, written)
    )


def refuse_if_too_many(
    rejects: pd.DataFrame, lines_in: int, written: Written, advise: Advise, others: Callable[[str], list[str]]
) -> None:
    """Do so with ``others`` of a column's filled cells, looked up only where the lines are refused."""
    share = len(rejects) / max(lines_in, 1)
    if len(rejects) == 0 or share <= written.max_reject_share:
        return
    found, allowed = apart(share, written.max_reject_share)
    parts = [
        f"{len(rejects):,} of {counted(lines_in, 'line')} ({found}) cannot be read; "
        f"at most {allowed} may be ({written.key('max_reject_share')})."
    ]
    for (column, reason), group in rejects.groupby(["column", "reason"], sort=False):
        shown = [f"{row.file} line {row.line}{advice.like(row.value)}" for row in group.head(_SHOWN).itertuples()]
        tail = f" and {len(group) - _SHOWN:,} more" if len(group) > _SHOWN else ""
        cells = _cells(str(column), rejects, others)
        advised = _of_a_header(group, cells, written) if str(column).endswith("_at") else ""
        if advised:
            # What names a column is no date to advise about.
            cells = [cell for cell in cells if any(map(str.isdigit, cell))]
        if not advised or len(group) > group["file"].nunique():
            nobody = advice.of_nobody(str(column), str(reason), group["value"])
            advised = f"{advised} {nobody}{advise(str(column), str(reason), cells, written)}".strip()
        parts.append(f"  {column} {reason}: {', '.join(shown)}{tail}. {advised}")
    raise UnreadableLinesError("\n".join(parts), rejects)


def _of_a_header(group: pd.DataFrame, cells: Sequence[str], written: Written) -> str:
    """Return what to do where the first line of a file names its columns; nothing where it holds data."""
    top = group.loc[group["line"] == written.skip_lines + 1, "value"]
    return next((said for cell in top if (said := advice.of_a_header(cell, cells, written))), "")


def _cells(column: str, rejects: pd.DataFrame, others: Callable[[str], list[str]]) -> list[str]:
    """Return the different filled cells of a column: those refused first, then as many others as show how it is."""
    refused = rejects.loc[rejects["column"] == column, "value"].dropna().astype("str").unique()[:_MOST_REFUSED]
    return list(dict.fromkeys([*(v for v in refused if v.strip()), *others(column)]))


def other_cells(
    connection: duckdb.DuckDBPyConnection, raws: list[RawTable], column: str, written: Written
) -> list[str]:
    """Return the first of the different filled cells of a column of raw tables, in their order as text."""
    cell = parse.filled(column, parse.blank_words(written))
    parts = [f"SELECT {cell} AS cell FROM {raw.table}" for raw in raws if column in raw.types]
    if not parts:
        return []
    query = f"SELECT DISTINCT cell FROM ({' UNION ALL '.join(parts)}) AS c WHERE cell IS NOT NULL ORDER BY cell"
    return [str(row[0]) for row in connection.execute(f"{query} LIMIT {MOST_OTHERS}").fetchall()]


def account_lines(report: DataReport) -> list[str]:
    """Return the account as sentences: lines in, kept, and each reason and rule with its count."""
    together = "" if report.kept_amount is None else f", worth {report.kept_amount:,.2f} together"
    lines = [f"{counted(report.lines_in, 'line')} in", f"{report.kept:,} kept{together}"]
    lines += [f"{n:,} rejected: {reason}" for reason, n in report.rejected.items()]
    for rule, n in report.dropped.items():
        if rule == RULE:
            lines.append(f"{n:,} of erased customers left out (holdfast forget)")
            continue
        lines.append(f"{n:,} dropped by the rule {rule}{report.lost.sentence(rule)}")
    lines += [stated.sentence(name) for name, stated in report.stated.items() if stated.lines]
    lines += report.referred.sentences() if report.referred else []
    if report.placeholders:
        words = ", ".join(f'"{word}" {n:,}' for word, n in report.placeholders.items())
        lines.append(
            f"{counted(sum(report.placeholders.values()), 'line')} without a customer, by what stands "
            f"in place of the id: {words}"
        )
    return lines


def returns_lines(report: DataReport) -> list[str]:
    """Return what became of the returns, as a sentence in a list; nothing where there were none."""
    found = report.returns
    if not found.lines:
        return []
    at_once = found.amount - found.later_amount - found.unmatched_amount
    parts = [
        (found.at_once_lines, at_once, "netted within their day"),
        (found.later_lines, found.later_amount, "taken off purchases of earlier days"),
        (found.unmatched_lines, found.unmatched_amount, "matching no purchase before, so taken off nothing"),
    ]
    twice = found.at_once_lines + found.later_lines + found.unmatched_lines - found.lines
    both = f"; {counted(twice, 'line')} in two of these, a part in each" if twice > 0 else ""
    if report.money == "none":
        kinds = "; ".join(f"{n:,} {what}" for n, _, what in parts if n)
        return [f"{counted(found.lines, 'return line')}: {kinds}{both}"]
    told = "; ".join(f"{amount:,.2f} {what} ({counted(n, 'line')})" for n, amount, what in parts if n)
    return [f"{counted(found.lines, 'return line')} worth {found.amount:,.2f}: {told}{both}"]
