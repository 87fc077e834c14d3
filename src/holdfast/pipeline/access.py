"""Subject access: everything that is held of one customer."""

import csv
import io
import json
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from holdfast.columns.plain import plain
from holdfast.data.engine import EPOCH, quote
from holdfast.data.erased import pseudonym
from holdfast.errors import ConfigError, NotFoundError
from holdfast.lists.spreadsheet import delimiter_of, harmless_text
from holdfast.lists.workbook import read_sheets
from holdfast.pipeline.forgetting import models_of
from holdfast.pipeline.outputs import home_of
from holdfast.pipeline.privacy import FOLDER, privacy_key
from holdfast.pipeline.setting import Prepared
from holdfast.pipeline.write_back import rows_of

_ID = "customer_id"


def subject_access(prepared: Prepared, own: str) -> dict[str, Any]:
    """Collect everything that Holdfast reads and wrote about one customer.

    Parameters
    ----------
    prepared
        The tables as they are now.
    own
        The customer's id as the tables have it.

    Returns
    -------
    dict
        ``customer_id``; ``tables``: the rows read, by table; ``outputs``: the rows written, by file below
        ``outputs/<name>``; ``database``: those of the database that scores are written to, by table; ``models``: those
        that may have been trained with them; plain values for JSON.

    Raises
    ------
    NotFoundError
        Nothing is held of this id; the message does not repeat it.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> import holdfast
    >>> held = subject_access(holdfast.prepare(holdfast.load_config("demo.yaml")), "01747")
    >>> len(held["tables"]["purchases"]), "lists/at_risk.csv" in str(list(held["outputs"]))
    (52, True)
    """
    config, home = prepared.config, home_of(prepared.config)
    read = {name: rows for name in _tables(prepared) if (rows := _read(prepared, name, own))}
    if prepared.cells is not None and (rows := _records(prepared.cells, own)):
        read["subscriptions"] = rows
    written, names = {}, [own]
    with suppress(ConfigError):  # no key, no pseudonyms
        names.append(pseudonym(privacy_key(config), own))
    for path in sorted(home.rglob("[!.]*")):
        if path.is_file() and path.relative_to(home).parts[0] != FOLDER:
            rows = [row for name in names for row in _written(path, name)]
            if rows:
                written[path.relative_to(home).as_posix()] = rows
    database = rows_of(config, own)
    if not (read or written or database):
        raise NotFoundError("subject-access: nothing is held of this id: neither the tables nor the outputs name it.")
    found = {_ID: own, "tables": read, "outputs": written, "database": database, "models": models_of(config)}
    held: dict[str, Any] = plain(json.loads(json.dumps(found, default=_text)))
    return held


def _tables(prepared: Prepared) -> list[str]:
    rows = prepared.connection.execute(
        "SELECT DISTINCT table_name FROM information_schema.columns WHERE column_name = 'customer_id' ORDER BY 1"
    ).fetchall()
    # Of contracts the connection knows the ids alone; their rows come from the table itself.
    return [str(row[0]) for row in rows if row[0] != "subscriptions"]


def _read(prepared: Prepared, name: str, own: str) -> list[dict[str, Any]]:
    """Return a customer's rows of a table; days, which are counted there, as dates."""
    run = prepared.connection.execute
    columns = run(f"SELECT column_name, column_type FROM (DESCRIBE {quote(name)})").fetchall()
    counted = [c for c, kind in columns if kind == "INTEGER" and (c == "day" or c.endswith("_day"))]
    dates = (f"CAST(DATE '{EPOCH}' + {quote(c)} AS VARCHAR) AS {quote(c)}" for c in counted)
    shown = f"* REPLACE ({', '.join(dates)})" if counted else "*"
    return _rows(run(f"SELECT {shown} FROM {quote(name)} WHERE customer_id = ?", [own]).df())


def _written(path: Path, own: str) -> list[dict[str, Any]]:
    if path.suffix == ".parquet":
        if _ID not in pq.read_schema(path).names:
            return []
        return _rows(pd.read_parquet(path, filters=[(_ID, "=", own)]))
    if path.suffix == ".csv":
        return _of_csv(path, own)
    if path.suffix == ".xlsx":
        return _records(read_sheets(path)[0], own)
    if path.suffix == ".json":
        found = json.loads(path.read_text(encoding="utf-8"))
        return [row for row in found if str(row.get(_ID)) == own] if isinstance(found, list) else []
    return []


def _of_csv(path: Path, own: str) -> list[dict[str, Any]]:
    text = path.read_text(encoding="utf-8-sig")
    head = text.partition("\n")[0]
    rows = csv.DictReader(io.StringIO(text), delimiter=delimiter_of(head))
    return [dict(row) for row in rows if row.get(_ID) == harmless_text(own)]


def _records(table: pd.DataFrame, own: str) -> list[dict[str, Any]]:
    return _rows(table[table[_ID].astype("str") == own]) if _ID in table else []


def _rows(table: pd.DataFrame) -> list[dict[str, Any]]:
    return [{str(k): v for k, v in row.items()} for row in table.to_dict("records")]


def _text(value: Any) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    return value.item() if hasattr(value, "item") else str(value)
