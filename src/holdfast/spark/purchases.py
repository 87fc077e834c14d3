"""Read a purchase log inside an engine: the same account, and the same clean purchases, as DuckDB gives here."""

import json
import shutil
import weakref
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pandas as pd
import pyarrow as pa

from holdfast import errors
from holdfast.data.engine import Engine, connect, folder_of
from holdfast.data.purchases import CLEAN, KEPT_LINES, PurchaseLog, accounted, labelled
from holdfast.data.reading.database import query_of
from holdfast.data.reading.files import labels_of, url_of
from holdfast.data.reading.frames import is_frame
from holdfast.data.reading.read import check_words
from holdfast.data.referred import OF_LINES, answers, asking
from holdfast.data.refunds import match_returns
from holdfast.data.report import MOST_OTHERS, RawFacts, refuse_if_too_many, together
from holdfast.data.rules import check_patterns
from holdfast.data.source import Source
from holdfast.data.worth import advised, refuse_mixed_discounts
from holdfast.errors import ConfigError
from holdfast.spark.lines import Job, cells_of, decide_bucket, decided, pairs_of, read_files
from holdfast.spark.session import connect_spark
from holdfast.spark.tables import SparkTables, ddl

_BYTES_A_BUCKET = 64 << 20
_FEWEST, _MOST = 4, 1024
_PACKED = 5


@dataclass(frozen=True)
class _File:
    """One file that was read there (``data.reading.read.Placed``)."""

    number: int
    label: str
    counts: str
    tables: SparkTables

    def file_of(self, record: int) -> str:  # noqa: ARG002  # one file has all its records
        """Return what messages call the file."""
        return self.label

    def line_of(self, record: int) -> int:
        """Return the line on which a record stands, or its row."""
        query = f"SELECT line FROM decided WHERE file = {self.number} AND record = {int(record)}"
        return int(self.tables.execute(query).fetchall()[0][0])

    def place_of(self, record: int) -> str:
        """Say where in the file a record stands."""
        return f"{self.counts} {self.line_of(record)}"


def read_purchases_there(
    source: Source,
    remote: str,
    *,
    folder: Path | None = None,
    currency: str | None = None,
    engine: Engine | None = None,
) -> PurchaseLog:
    """Read a purchase log on the machines of an engine that speaks Spark Connect.

    Each file is read, and its lines are decided about, by the text that DuckDB runs here (``data.rules``); ``holdfast``
    must be installed there too. Counts and sums of the account are the engine's.

    Parameters
    ----------
    source
        Files that this machine and the engine's see under the same paths.
    remote
        ``sc://HOST:PORT``.
    folder
        Where the engine keeps the decided lines while the log is in use, under the same path here and there; ``None``:
        a folder for temporary files of this machine.
    currency, engine
        As of ``read_purchases``.

    Raises
    ------
    ConfigError, DataError
        As of ``read_purchases``; or nobody answers there, or the purchases are no files.
    """
    of_table = source.table or source.query
    if is_frame(source.data) or url_of(source.data, source.path_key) or (of_table and source.data):
        raise ConfigError(
            f"engine.kind: spark reads files that it sees ({source.path_key}), or a table of its own "
            f"({source.key('table')} or {source.key('query')} without a path)."
        )
    if source.lookups:
        raise ConfigError(
            f"engine.kind: spark reads lines without {source.key('lookups')}; let the engine join them: "
            f"{source.key('query')}: SELECT … JOIN …, without a path."
        )
    connection = connect(engine)
    check_words(connection, source)
    check_patterns(connection, source)
    tables = SparkTables(connect_spark(remote), remote)
    weakref.finalize(connection, tables.close)
    if of_table:
        rows = (folder or folder_of(connection)) / f"rows-{uuid4().hex}"
        weakref.finalize(connection, shutil.rmtree, rows, ignore_errors=True)
        _write_rows(tables, source, rows)
        source = replace(source, data=rows, table=None, query=None)
    paths = [path.resolve() for path in source.paths()]
    named = {"number": range(len(paths)), "label": labels_of(paths), "path": map(str, paths)}
    files = pa.table({name: list(values) for name, values in named.items()})
    size = sum(path.stat().st_size * (1 if path.suffix == ".csv" else _PACKED) for path in paths)
    job = Job(replace(source, data=()), min(max(_FEWEST, size // _BYTES_A_BUCKET), _MOST))
    kept = (folder or folder_of(connection)) / f"lines-{uuid4().hex}"
    weakref.finalize(connection, shutil.rmtree, kept, ignore_errors=True)
    log = _Door(tables, files, job, kept)
    if source.columns.refers_to is not None:
        job = replace(job, referred=log.referred())
        log = replace(log, job=job)
    found = log.decided()
    signed = frozenset(name for facts in found for name in facts["signed"])
    if any(signed != frozenset(facts["signed"]) for facts in found):
        # A currency that only some files carry is asked of all lines.
        log = replace(log, job=replace(job, signed=signed))
        found = log.decided()
    return _counted(log, connection, found, signed, source, currency)


def _write_rows(tables: SparkTables, source: Source, folder: Path) -> None:
    """Let the engine write a table of its own as files, the lines of an order side by side."""
    try:
        rows = tables.session.table(source.table) if source.table else tables.session.sql(query_of(source, "", ()))
        if source.amount_of == "order" and source.columns.order_id:
            rows = rows.repartition(_FEWEST, source.columns.order_id)
        rows.write.mode("overwrite").parquet(str(folder))
    except ConfigError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever the client raises, whose words may quote rows
        key = source.key("table" if source.table else "query")
        if source.table and not tables.has(source.table):
            raise ConfigError(
                f"{key}: the engine has no table {source.table}. Write its name as the engine's catalogue has it, with "
                "its schema."
            ) from None
        raise ConfigError(f"{key}: the engine cannot read this ({type(error).__name__}).") from None


@dataclass(frozen=True)
class _Door:
    tables: SparkTables
    files: pa.Table
    job: Job
    kept: Path

    def _of_files(self) -> Any:
        there = self.tables.session.createDataFrame(self.files)
        return there.repartition(len(self.files), "number")

    def referred(self) -> pa.Table:
        """Return the orders that lines without a customer refer to, with their customer; as many as such lines."""
        of_lines = ", ".join(f"{name} string" for name in OF_LINES)
        self.tables.view("pairs_of_orders", self._of_files().mapInArrow(partial(pairs_of, self.job), of_lines))
        self.tables.view("asking_lines", self.tables.session.sql(asking("pairs_of_orders")))
        return self.tables.execute(answers("pairs_of_orders", "asking_lines")).to_arrow_table()

    def decided(self) -> list[dict[str, Any]]:
        """Make the views ``decided`` and ``purchases``; return what is told of each file."""
        with connect() as here:
            schema = decided(self.job, here, self.job.schema.empty_table()).to_arrow_table().schema
        lines = self._of_files().mapInArrow(partial(read_files, self.job), ddl(self.job.schema))
        some = lines.repartition(self.job.buckets, "bucket")
        answer = some.mapInArrow(partial(decide_bucket, self.job), ddl(schema))
        answer.write.mode("overwrite").parquet(str(self.kept))
        session = self.tables.session
        self.tables.view("lines_and_facts", session.read.schema(ddl(schema)).parquet(str(self.kept)))
        told = self.tables.execute("SELECT facts FROM lines_and_facts WHERE facts IS NOT NULL ORDER BY file")
        found = [json.loads(row[0]) for row in told.fetchall()]
        for facts in found:
            if "error" in facts:
                raise getattr(errors, facts["error"])(facts["said"])
        self.tables.view("decided", session.sql("SELECT * FROM lines_and_facts WHERE facts IS NULL"))
        self.tables.view("purchases", session.sql(CLEAN))
        return found

    def cells(self, column: str) -> list[str]:
        """Return the first of the different filled cells of a column of all files."""
        found = self._of_files().mapInArrow(partial(cells_of, self.job, column), "cell string").toArrow()
        return sorted({str(cell) for cell in found["cell"].to_pylist()})[:MOST_OTHERS]


def _counted(
    log: _Door,
    connection: duckdb.DuckDBPyConnection,
    found: list[dict[str, Any]],
    signed: frozenset[str],
    source: Source,
    currency: str | None,
) -> PurchaseLog:
    tables, labels = log.tables, log.files["label"].to_pylist()
    names = {f.name for f in fields(RawFacts)}
    facts = together([RawFacts(**{name: value for name, value in told.items() if name in names}) for told in found])
    files = [_File(i, label, told["counts"], tables) for i, (label, told) in enumerate(zip(labels, found, strict=True))]
    refuse_mixed_discounts(tables, files, source)
    rejects = _rejects(tables, labels, found)
    returns = match_returns(connection, KEPT_LINES, reads=tables)
    connection.register("there", tables.execute("SELECT * FROM purchases").to_arrow_table())
    connection.execute("CREATE TABLE purchases AS SELECT * FROM there")
    connection.unregister("there")
    if labels := labelled(source):
        connection.register("there", tables.execute(labels).to_arrow_table())
        connection.execute("CREATE TABLE labels AS SELECT * FROM there")
        connection.unregister("there")
    tables.keep("refunds", connection.sql("SELECT * FROM refunds").to_arrow_table())
    refuse_if_too_many(rejects, facts.lines_in, source, advised, log.cells)
    report = accounted(tables, files, facts, rejects, returns, source, currency, signed)
    return PurchaseLog(connection, report, rejects, source.columns.money != "none", tables)


def _rejects(tables: SparkTables, labels: list[str], found: list[dict[str, Any]]) -> pd.DataFrame:
    """Return the rejected lines in file and line order, with those that could not be split."""
    lines = tables.execute(
        "SELECT file, line, fault, value FROM decided WHERE decision = 'rejected' ORDER BY file, record"
    ).fetchall()
    rows = [(file, line, *fault.split("|", 1), value) for file, line, fault, value in lines]
    rows += [(i, line, "line", reason, None) for i, told in enumerate(found) for line, reason in told["bad"]]
    rows.sort(key=lambda row: row[:2])
    frame = pd.DataFrame(rows, columns=["file", "line", "column", "reason", "value"])
    frame["file"] = frame["file"].map(lambda i: labels[i]).astype("str")
    frame["line"] = frame["line"].astype("int64")
    return frame
