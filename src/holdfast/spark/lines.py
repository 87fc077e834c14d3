"""The door where the data are: what runs on the engine's own machines, over Arrow, with the DuckDB text of ``data``.

First each file for itself: its records, read as stated. Then lines that may say something about each other, side by
side: what is equal in every column, and what is of one order.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from holdfast.columns import LABELS
from holdfast.data.engine import connect
from holdfast.data.reading.rawtable import RawTable
from holdfast.data.reading.read import read_one
from holdfast.data.referred import OF_LINES, pairs, registered
from holdfast.data.report import facts_of, other_cells
from holdfast.data.rules import NUMBERS, READ_TYPES, by_rule, decide_lines, keep_erased, parsed
from holdfast.data.source import Source
from holdfast.data.values.readings import refuse_two_readings
from holdfast.errors import HoldfastError

_BATCH = 100_000
# Faults that only the whole line shows are of these columns.
_LATE = ("amount", "refunded", "discount", "shipping", "tax")
_TEXTS = ("order_id", "refers", "product_id", *LABELS, "currency", "sign", "unread", "dropped", "unread_value")
_FLAGS = ("returned",)


@dataclass(frozen=True)
class Job:
    """What the machines must know: how the lines are written, and into how many parts they are divided.

    Attributes
    ----------
    source
        Without its files.
    buckets
        Parts; lines that may say something about each other are in one.
    signed
        Columns whose numbers carry a currency; ``None``: each file says so itself.
    referred
        Orders that lines without a customer refer to (``data.referred.answers``), where a column names them.
    """

    source: Source = field(repr=False)
    buckets: int
    signed: frozenset[str] | None = None
    referred: pa.Table | None = field(default=None, repr=False)

    @property
    def cells(self) -> list[str]:
        """Columns whose cell goes along, for it may be at fault."""
        return [name for name in _LATE if name in self.source.columns.mapped()]

    @property
    def schema(self) -> pa.Schema:
        """Of lines on their way."""
        decimal = pa.decimal128(18, 6)
        whole = [("file", pa.int32()), ("record", pa.int64()), ("line", pa.int64()), ("line_hash", pa.int64())]
        when = [("customer_id", pa.string()), ("ordered_us", pa.int64())]
        texts = [(name, pa.string()) for name in (*_TEXTS, *(f"cell_{name}" for name in self.cells))]
        numbers = [(name, decimal) for name in NUMBERS]
        flags = [(name, pa.bool_()) for name in _FLAGS]
        return pa.schema([*whole, *when, *numbers, *texts, *flags, ("facts", pa.string()), ("bucket", pa.int32())])


def read_files(job: Job, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the lines of files, and of each file one row of ``facts``; batches hold ``number``, ``label``, ``path``."""
    for batch in batches:
        for row in batch.to_pylist():
            with connect() as connection:
                yield from _lines_of(job, connection, row["number"], row["label"], Path(row["path"]))


def _lines_of(
    job: Job, connection: duckdb.DuckDBPyConnection, number: int, label: str, path: Path
) -> Iterator[pa.RecordBatch]:
    source = job.source
    try:
        raw = read_one(connection, path, label, source.wanted(), source)
        own = refuse_two_readings(connection, [raw], NUMBERS, source)
        if job.referred is not None:
            registered(connection, job.referred)
        keep_erased(connection, [raw], source)
        query = _lines(job, raw, own if job.signed is None else job.signed)
        facts = asdict(facts_of(connection, [raw], source))
        rows: Any = connection.sql(query).to_arrow_reader(_BATCH)
    except HoldfastError as error:
        yield _told(job, number, {"error": type(error).__name__, "said": str(error)})
        return
    for some in rows:
        table = pa.Table.from_batches([some])
        lines = raw.lines_of(table["record"].to_numpy())
        table = table.append_column("line", pa.array(lines, pa.int64()))
        table = table.append_column("file", pa.array([number] * len(table), pa.int32()))
        table = table.append_column("facts", pa.nulls(len(table), pa.string()))
        yield from table.select(job.schema.names).cast(job.schema).to_batches()
    bad = [(b.line, b.reason) for b in raw.bad_lines]
    yield _told(job, number, {**facts, "bad": bad, "signed": sorted(own), "counts": raw.counts})


def _lines(job: Job, raw: RawTable, signed: frozenset[str]) -> str:
    """Return the SQL of a file's lines, without ``file``, ``line`` and ``facts``."""
    # Blank cells of an order's later lines are filled before they are read; what is shown is the file's own.
    filled = job.source.amount_of == "order"
    own = f"(SELECT {{0}} FROM {raw.table} AS own WHERE own.record = cells.record)" if filled else "cells.{0}"
    at_fault = " ".join(f"WHEN '{c}' THEN CAST({own.format(c)} AS VARCHAR)" for c in raw.types)
    also = f", CASE split_part(unread, '|', 1) {at_fault} END AS unread_value"
    also += "".join(
        f", {f'CAST(cells.{name} AS VARCHAR)' if name in raw.types else 'CAST(NULL AS VARCHAR)'} AS cell_{name}"
        for name in job.cells
    )
    order = "order_id, " if job.source.amount_of == "order" else ""
    return (
        "SELECT record, CAST(CAST(line_hash AS BIT) AS BIGINT) AS line_hash, customer_id, "
        f"epoch_us(ordered_at) AS ordered_us, {', '.join(NUMBERS)}, {', '.join((*_TEXTS, *_FLAGS))}, "
        f"{''.join(f'cell_{name}, ' for name in job.cells)}"
        f"CAST(hash(COALESCE({order}customer_id, CAST(line_hash AS VARCHAR))) % {job.buckets} AS INTEGER) AS bucket "
        f"FROM ({parsed(raw, job.source, signed, also)}) AS read"
    )


def _told(job: Job, number: int, facts: dict[str, Any]) -> pa.RecordBatch:
    row = {"file": number, "facts": json.dumps(facts), "bucket": 0}
    return pa.RecordBatch.from_pylist([row], schema=job.schema)


def decide_bucket(job: Job, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the decision about every line of some buckets, and the rows of ``facts`` as they are."""
    given = pa.Table.from_batches(list(batches), schema=job.schema)
    with connect() as connection:
        yield from decided(job, connection, given).to_arrow_reader(_BATCH)


def decided(job: Job, connection: duckdb.DuckDBPyConnection, given: pa.Table) -> Any:
    """Decide about lines; return the answer with the table ``decided``, the line and the cell at fault of each."""
    connection.register("given", given)
    kinds = dict.fromkeys(NUMBERS, "") | READ_TYPES
    values = ", ".join(name for name in kinds if name != "customer_id")
    lines = (
        f"SELECT file, record, line_hash, customer_id, make_timestamp(ordered_us) AS ordered_at, {values}, sign, "
        "unread, dropped, returned, refers FROM given WHERE facts IS NULL"
    )
    decide_lines(connection, lines, job.source)
    late = " ".join(f"WHEN '{name}' THEN cell_{name}" for name in job.cells)
    late = f"CASE split_part(fault, '|', 1) {late} END" if late else "NULL"
    cell = f"CASE WHEN decision = 'rejected' THEN CASE WHEN unread IS NOT NULL THEN unread_value ELSE {late} END END"
    return connection.sql(
        f"SELECT decided.*, line, CAST({cell} AS VARCHAR) AS value, CAST(NULL AS VARCHAR) AS facts FROM decided "
        "JOIN (SELECT file, record, line, unread, unread_value"
        f"{''.join(f', cell_{name}' for name in job.cells)} FROM given WHERE facts IS NULL) AS lines "
        "USING (file, record) UNION ALL BY NAME SELECT file, facts FROM given WHERE facts IS NOT NULL"
    )


def cells_of(job: Job, column: str, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield the first of the different filled cells of a column of each file, as ``cell``."""
    for batch in batches:
        for row in batch.to_pylist():
            with connect() as connection:
                raw = read_one(connection, Path(row["path"]), row["label"], job.source.wanted(), job.source)
                cells = other_cells(connection, [raw], column, job.source)
            yield pa.RecordBatch.from_pydict({"cell": pa.array(cells, pa.string())})


def pairs_of(job: Job, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """Yield what the lines of each file say of their order, the one they refer to and their customer."""
    schema = pa.schema([(name, pa.string()) for name in OF_LINES])
    for batch in batches:
        for row in batch.to_pylist():
            with connect() as connection:
                try:
                    raw = read_one(connection, Path(row["path"]), row["label"], job.source.wanted(), job.source)
                except HoldfastError:
                    # Whoever reads its lines says so.
                    continue
                if "refers_to" not in raw.types:
                    continue
                for some in connection.sql(pairs(raw, job.source, by_rule(raw, job.source))).to_arrow_reader(_BATCH):
                    yield from pa.Table.from_batches([some]).cast(schema).to_batches()
