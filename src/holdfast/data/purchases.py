"""Read the log, decide about each line once, reconcile, and hand on exact purchases.

Everything after it is plain portable SQL on the tables ``purchases`` and ``refunds``.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from holdfast.columns import LABELS
from holdfast.data.engine import Engine, Reads, connect
from holdfast.data.plausible import totals_line
from holdfast.data.reading.lookups import read_looked_up
from holdfast.data.reading.rawtable import Placed
from holdfast.data.reading.read import read_raw
from holdfast.data.reading.records import drop_records
from holdfast.data.refunds import Returns, match_returns
from holdfast.data.report import (
    DataReport,
    RawFacts,
    account_lines,
    facts_of,
    refuse_too_many,
    rejected_lines,
    report_of,
)
from holdfast.data.rules import KEPT, NUMBERS, check_patterns, decide
from holdfast.data.source import Source
from holdfast.data.values.numbers import KNOWN
from holdfast.data.values.readings import count_of, pattern_of, refuse_two_readings, several
from holdfast.data.worth import advised, refuse_mixed_discounts
from holdfast.errors import DataError

_PACKED = 5
KEPT_LINES = f"(SELECT * FROM decided WHERE decision = '{KEPT}') AS kept"
"""The lines kept, of the table ``decided``."""
CLEAN = (
    "SELECT customer_id, day, CASE WHEN order_id = '' THEN CAST(day AS VARCHAR(20)) ELSE order_id END AS order_key, "
    f"amount, quantity, product_id FROM {KEPT_LINES}"
)
"""The table ``purchases`` of it."""


def labelled(source: Source) -> str:
    """Return the SELECT of the table ``labels``: what ``columns.LABELS`` say of each customer's day of purchase.

    Apart from ``purchases``, so that no feature and no fingerprint reads it; empty where the log says nothing.
    """
    said = [name for name in LABELS if name in source.columns.mapped()]
    return f"SELECT DISTINCT customer_id, day, {', '.join(said)} FROM {KEPT_LINES} WHERE amount > 0" if said else ""


@dataclass(frozen=True)
class PurchaseLog:
    """Valid purchases in the table ``purchases`` of ``connection`` (see ``columns.CLEAN_PURCHASES``).

    Attributes
    ----------
    connection
        The private DuckDB connection that holds it, and the table ``refunds`` (``columns.REFUNDS``): what later returns
        take off earlier purchases, and ``labels`` if the log says where or how it was bought (``columns.LABELS``).
    report
        What became of every line.
    rejects
        One row per rejected line: file, line (header = 1), column, reason, value.
    has_money
        False where the log has no amounts; each line then counts 1 (a return −1).
    elsewhere
        The engine that read the log and holds these tables too, if not DuckDB here.

    Examples
    --------
    >>> from holdfast.data import Columns
    >>> frame = pd.DataFrame({"customer_id": ["ann", ""], "ordered_at": ["2024-01-05", "2024-02-02"]})
    >>> log = read_purchases(Source(frame, Columns(), max_reject_share=0.5))
    >>> log.first_day, log.last_day, log.has_money
    (datetime.date(2024, 1, 5), datetime.date(2024, 1, 5), False)
    >>> log.rejects[["line", "column", "reason"]]
       line       column      reason
    0     2  customer_id  is missing
    """

    connection: duckdb.DuckDBPyConnection
    report: DataReport
    rejects: pd.DataFrame
    has_money: bool
    elsewhere: Reads | None = None

    @property
    def everyone(self) -> Reads:
        """Where everyone's purchases are asked for in portable SQL: an engine elsewhere, or ``connection``."""
        return self.connection if self.elsewhere is None else self.elsewhere

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


def read_purchases(source: Source, *, currency: str | None = None, engine: Engine | None = None) -> PurchaseLog:
    """Read a purchase log.

    Parameters
    ----------
    source
        Where the log lies and how it is written.
    currency
        Only carried into reports; not given: what `columns.currency` holds. Amounts are not converted.
    engine
        What the embedded engine may take of the machine; ``None``: 60 % of its memory.

    Returns
    -------
    PurchaseLog
        The kept lines, the account of all lines, and the rejected ones.

    Raises
    ------
    ConfigError
        A setting is wrong, or a file does not exist.
    DataError
        A column is missing, too many lines cannot be read, a number can be read in two ways, or nobody bought.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.data import Columns
    >>> frame = pd.DataFrame({"who": ["007", "007"], "day": ["2024-01-31", "2024-02-29"], "paid": [9.5, 20]})
    >>> log = read_purchases(Source(frame, Columns(customer_id="who", ordered_at="day", amount="paid")))
    >>> log.report.kept, log.frame()["customer_id"].tolist()
    (2, ['007', '007'])
    """
    connection = connect(engine, expected_bytes=_expected_bytes(source))
    check_patterns(connection, source)
    raws, notes = (
        read_looked_up(connection, source.data, source.wanted(), source, source.lookups)
        if source.lookups
        else (read_raw(connection, source.data, source.wanted(), source), [])
    )
    signed = refuse_two_readings(connection, raws, NUMBERS, source)
    decide(connection, raws, source, signed)
    refuse_mixed_discounts(connection, raws, source)
    rejects = rejected_lines(connection, raws)
    returns = match_returns(connection, KEPT_LINES)
    connection.execute(f"CREATE TABLE purchases AS {CLEAN}")
    if labels := labelled(source):
        connection.execute(f"CREATE TABLE labels AS {labels}")
    refuse_too_many(connection, raws, rejects, sum(raw.records for raw in raws), source, advised)
    facts = facts_of(connection, raws, source)
    report = accounted(connection, raws, facts, rejects, returns, source, currency, signed)
    connection.execute("DROP TABLE decided")
    for raw in raws:
        drop_records(connection, raw.table)
    report.notes.extend(notes)
    return PurchaseLog(connection, report, rejects, source.columns.money != "none")


def accounted(
    connection: Reads,
    raws: Sequence[Placed],
    facts: RawFacts,
    rejects: pd.DataFrame,
    returns: Returns,
    source: Source,
    currency: str | None,
    signed: Collection[str],
) -> DataReport:
    """Return the account of the tables ``decided`` and ``purchases``; refuse what no log of a shop can be."""
    found = _one_currency(connection, source, signed)
    report = report_of(connection, facts, rejects, returns, source, currency or found)
    _refuse_no_purchase(report, source)
    _refuse_a_total(connection, raws, source)
    return report


def _expected_bytes(source: Source) -> int:
    """Return about how large the files are as text; packed ones are several times as large."""
    return sum(path.stat().st_size * (1 if path.suffix == ".csv" else _PACKED) for path in source.paths())


def _refuse_no_purchase(report: DataReport, source: Source) -> None:
    """Refuse a log in which nobody bought anything, with its account and the reason."""
    account = "; ".join(account_lines(report))
    if report.kept == 0:
        raise DataError(f"No line is left to work with: {account}.")
    if report.purchase_days:
        return
    column = source.key(f"columns.{'amount' if source.columns.amount else 'unit_price'}")
    if report.zero_lines == report.kept and report.rounded_lines:
        why = (
            f"every amount is below a cent, and amounts have two decimals. Hand them over in a larger unit ({column})."
        )
    elif report.zero_lines == report.kept:
        why = (
            f"every line is worth 0. Map another column ({column}); or leave it out if the log has no amounts: "
            "then each line counts as one purchase."
        )
    elif report.returns.lines + report.zero_lines == report.kept:
        why = (
            f"no line is worth more than 0, and a negative amount is a return. If signs are turned round in this file, "
            f"set {source.key('purchases_are')}: negative; or map another column ({column})."
        )
    else:
        why = "on every customer's day returns outweigh purchases."
    raise DataError(f"Nobody bought anything: {why} ({account}.)")


def _one_currency(connection: Reads, source: Source, signed: Collection[str]) -> str | None:
    """Return the currency that a column names, if any; refuse kept lines in several, by it or by signs of amounts.

    Where lines have a rate, the shop's currency is the one whose rate is 1.
    """
    named = None
    kept = f"(SELECT * FROM decided WHERE decision = '{KEPT}' AND amount <> 0"
    has = source.columns
    money = "amount" if has.amount else "unit_price"
    looks = [("currency", "currency", kept + ")")] if has.currency and has.money != "none" else []
    looks += [("sign", money, f"{kept} AND sign IS NOT NULL)")] if money in signed else []
    for column, ours, lines in looks:
        if has.rate is not None:
            lines = f"(SELECT * FROM {lines} AS kept WHERE rate = 1)"
        counts = count_of(connection, lines, column)
        if len(counts) > 1 and has.rate is not None:
            continue
        if len(counts) < 2:
            named = named or next((c for c in counts if column == "currency" and KNOWN.fullmatch(c)), None)
            continue
        most = next(iter(counts))
        way = f'values: ["{most}"]' if column == "currency" else f"pattern: '{pattern_of(most)}'"
        raise DataError(
            f"{source.column_key(ours)}: {several(counts)} If a column says what one unit of each line's currency is "
            f"worth in the shop's own, name it: {source.key('columns.rate')}. Or keep one currency by a rule, for "
            f'example {source.rule("keep")}: [{{column: "{has.mapped()[ours]}", {way}}}]'
        )
    return named


def _refuse_a_total(connection: Reads, raws: Sequence[Placed], source: Source) -> None:
    found = totals_line(connection)
    if found is not None:
        raw = next(raw for raw in raws if raw.number == found[0])
        place = f"{raw.file_of(found[1])} line {raw.line_of(found[1])}"
        raise DataError(
            f"{place} is worth exactly what all other lines are together: a totals line. Take it out of the file, or "
            f"name its customer under {source.rule('exclude')} (column: customer_id)."
        )
