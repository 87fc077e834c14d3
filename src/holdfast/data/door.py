"""The door: read the log, let each line meet one fate, reconcile, and hand on exact purchases.

Everything after the door is plain portable SQL on the table ``purchases``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta

import duckdb
import pandas as pd

from holdfast.data import advice
from holdfast.data.engine import connect
from holdfast.data.fate import KEPT, decide
from holdfast.data.read import RawTable, read_raw
from holdfast.data.report import DataReport
from holdfast.data.source import Source
from holdfast.errors import DataError

EPOCH = date(1970, 1, 1)
_SHOWN = 5
# (column, reason, samples, source) → what to do about such lines.
Advise = Callable[[str, str, list[str], Source], str]


@dataclass(frozen=True)
class PurchaseLog:
    """Valid purchases in the table ``purchases`` of ``connection`` (see ``columns.CLEAN_PURCHASES``).

    Attributes
    ----------
    connection
        The private DuckDB connection that holds the table.
    report
        What became of every line.
    rejects
        One row per rejected line: file, line (header = 1), column, reason, value.
    has_money
        False where the log has no amounts; each line then counts 1 (a return −1).
    """

    connection: duckdb.DuckDBPyConnection
    report: DataReport
    rejects: pd.DataFrame
    has_money: bool

    def frame(self) -> pd.DataFrame:
        """Return the purchases as a frame, in a fixed order."""
        query = "SELECT * FROM purchases ORDER BY customer_id, day, order_key, product_id, amount, quantity"
        return self.connection.execute(query).df()

    @property
    def first_day(self) -> date:
        """Day of the first kept line."""
        return date.fromisoformat(str(self.report.first_day))

    @property
    def last_day(self) -> date:
        """Day of the last kept line."""
        return date.fromisoformat(str(self.report.last_day))


def read_purchases(
    source: Source, *, currency: str | None = None, threads: int | None = None, memory_limit: str | None = None
) -> PurchaseLog:
    """Read a purchase log.

    Parameters
    ----------
    source
        Where the log lies and how it is written.
    currency
        Only carried into reports; amounts are not converted.
    threads, memory_limit
        For the embedded engine; ``None`` leaves its defaults.

    Returns
    -------
    PurchaseLog
        The kept lines, the account of all lines, and the rejected ones.

    Raises
    ------
    DataError
        A file or a column is missing, too many lines cannot be read, or no line is left.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.data import Columns
    >>> frame = pd.DataFrame({"who": ["007", "007"], "day": ["2024-01-31", "2024-02-29"], "paid": [9.5, 20]})
    >>> log = read_purchases(Source(frame, Columns(customer_id="who", ordered_at="day", amount="paid")))
    >>> log.report.kept, log.frame()["customer_id"].tolist()
    (2, ['007', '007'])
    """
    connection = connect(threads=threads, memory_limit=memory_limit)
    raws = read_raw(connection, source)
    decide(connection, raws, source)
    rejects = rejected_lines(connection, raws)
    connection.execute(
        "CREATE TABLE purchases AS SELECT customer_id, day, "
        "CASE WHEN order_id = '' THEN CAST(day AS VARCHAR) ELSE order_id END AS order_key, "
        f"amount, quantity, product_id FROM decided WHERE fate = '{KEPT}'"
    )
    report = _account(connection, raws, rejects, source, currency)
    refuse_too_many(rejects, report.lines_in, source, advice.for_column)
    if report.kept == 0:
        raise DataError("No line is left to work with: " + "; ".join(account_lines(report)) + ".")
    for table in ("decided", *(raw.table for raw in raws)):
        connection.execute(f"DROP TABLE {table}")
    return PurchaseLog(connection, report, rejects, source.columns.money != "none")


def rejected_lines(connection: duckdb.DuckDBPyConnection, raws: list[RawTable]) -> pd.DataFrame:
    """Return the rejected lines of the table ``decided``, in file and line order, with the value at fault."""
    parts = []
    for raw in raws:
        cell = " ".join(f"WHEN '{c}' THEN CAST(raw.{c} AS VARCHAR)" for c in raw.types)
        query = (
            "SELECT decided.record, split_part(fault, '|', 1) AS \"column\", split_part(fault, '|', 2) AS reason, "
            f"CASE split_part(fault, '|', 1) {cell} END AS value "
            f"FROM decided JOIN {raw.table} AS raw USING (record) "
            f"WHERE decided.file = {raw.number} AND decided.fate = 'rejected'"
        )
        found = connection.execute(query).df()
        records = found.pop("record").to_numpy(dtype="int64")
        found.insert(0, "line", raw.text.line_of(records) if raw.text else records)
        if raw.text and raw.text.bad_lines:
            broken = [(b.line, "line", b.reason, None) for b in raw.text.bad_lines]
            found = pd.concat([found, pd.DataFrame(broken, columns=list(found.columns))], ignore_index=True)
        found.insert(0, "file", raw.label)
        parts.append(found.sort_values("line", kind="stable"))
    return pd.concat(parts, ignore_index=True)


def _account(
    connection: duckdb.DuckDBPyConnection,
    raws: list[RawTable],
    rejects: pd.DataFrame,
    source: Source,
    currency: str | None,
) -> DataReport:
    fates = dict(connection.execute("SELECT fate, COUNT(*) FROM decided GROUP BY fate ORDER BY fate").fetchall())
    facts = connection.execute(
        "SELECT MIN(day), MAX(day), COUNT(DISTINCT customer_id), COUNT(*) FILTER (WHERE amount < 0), "
        "COUNT(*) FILTER (WHERE amount = 0) FROM purchases"
    ).fetchall()[0]
    days = connection.execute(
        "SELECT COUNT(*) FROM (SELECT 1 FROM purchases GROUP BY customer_id, day HAVING SUM(amount) > 0) AS d"
    ).fetchall()[0][0]
    rounded, copies = connection.execute(
        f"SELECT COALESCE(SUM(rounded), 0), COALESCE(SUM(n - 1), 0) FROM (SELECT COUNT(*) AS n, "
        "COUNT(*) FILTER (WHERE rounded) AS rounded FROM decided "
        f"WHERE fate = '{KEPT}' GROUP BY customer_id, moment, order_id, amount, quantity, product_id) AS g"
    ).fetchall()[0]
    reasons = (rejects["column"] + " " + rejects["reason"]).value_counts(sort=False).sort_index()
    return DataReport(
        lines_in=sum(raw.records for raw in raws),
        kept=int(fates.get(KEPT, 0)),
        rejected={str(reason): int(n) for reason, n in reasons.items()},
        dropped={rule: int(n) for rule, n in fates.items() if rule not in (KEPT, "rejected")},
        money=source.columns.money,
        currency=currency,
        first_day=_iso(facts[0]),
        last_day=_iso(facts[1]),
        customers=int(facts[2]),
        purchase_days=int(days),
        return_lines=int(facts[3]),
        zero_lines=int(facts[4]),
        rounded_lines=int(rounded),
        duplicate_lines_kept=int(copies),
        blank_lines=sum(raw.text.blank_lines for raw in raws if raw.text),
        notes=_notes(connection),
    )


def _iso(day: int | None) -> str | None:
    return None if day is None else (EPOCH + timedelta(days=day)).isoformat()


def _notes(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Return what a person should look at before trusting the log."""
    notes = []
    largest, mean = connection.execute(
        "SELECT MAX(ABS(amount)) * EXP(0), SUM(ABS(amount)) * EXP(0) / NULLIF(COUNT(*), 0) FROM purchases"
    ).fetchall()[0]
    if mean and largest > 1000 * mean:
        notes.append(f"One line is worth {largest / mean:,.0f} times the mean line: check that it is real.")
    return notes


def refuse_too_many(rejects: pd.DataFrame, lines_in: int, source: Source, advise: Advise) -> None:
    """Stop where more lines than ``source.max_reject_share`` cannot be read, and say of each kind what would help.

    Raises
    ------
    DataError
        Names the file, line and column of the first of each kind, never a value.
    """
    share = len(rejects) / max(lines_in, 1)
    if len(rejects) == 0 or share <= source.max_reject_share:
        return
    parts = [
        f"{len(rejects):,} of {lines_in:,} lines ({share:.1%}) cannot be read; "
        f"at most {source.max_reject_share:.1%} may be (purchases.max_reject_share)."
    ]
    for (column, reason), group in rejects.groupby(["column", "reason"], sort=False):
        samples = [str(v) for v in group["value"].head(_SHOWN) if isinstance(v, str) and v.strip()]
        shown = [
            f"{row.file} line {row.line}" + (f" (like {advice.mask(row.value)})" if isinstance(row.value, str) else "")
            for row in group.head(_SHOWN).itertuples()
        ]
        tail = f" and {len(group) - _SHOWN:,} more" if len(group) > _SHOWN else ""
        advised = advise(str(column), str(reason), samples, source)
        parts.append(f"  {column} {reason}: {', '.join(shown)}{tail}. {advised}")
    raise DataError("\n".join(parts))


def account_lines(report: DataReport) -> list[str]:
    """Return the account as sentences: lines in, kept, and each reason and rule with its count."""
    lines = [f"{report.lines_in:,} lines in", f"{report.kept:,} kept"]
    lines += [f"{n:,} rejected: {reason}" for reason, n in report.rejected.items()]
    lines += [f"{n:,} dropped by the rule {rule}" for rule, n in report.dropped.items()]
    return lines
