"""A file with one row per customer (CSV, CSV.gz, Parquet) → the columns asked for, each row with its line."""

import gzip
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd

from holdfast.data import parse
from holdfast.data.engine import connect, literal, quote
from holdfast.data.textfile import as_plain_utf8, header_of, read_text
from holdfast.errors import DataError, nearest


def read_flat(
    path: str | Path,
    *,
    texts: Sequence[str] = (),
    numbers: Sequence[str] = (),
    either: Sequence[str] = (),
    delimiter: str = ",",
    decimal: str = ".",
    encoding: str = "utf-8",
) -> pd.DataFrame:
    """Read some columns of a flat file.

    Parameters
    ----------
    path
        A CSV file, one packed with gzip (``.gz``), or Parquet.
    texts
        Columns kept as text: an id ``00123`` stays what it is.
    numbers
        Columns that must hold finite numbers; ``true`` and ``false`` count as 1 and 0.
    either
        Columns that become numbers where every filled cell is one, and stay text otherwise.
    delimiter, decimal, encoding
        How a CSV file is written.

    Returns
    -------
    pandas.DataFrame
        One row per record, columns under the file's names, empty cells missing. The index is called ``line`` (header
        = 1) for text files and ``row`` (first = 1) for Parquet.

    Raises
    ------
    DataError
        The file or a column is missing, a line cannot be split, or a cell of ``numbers`` is not one.
    """
    path = Path(path)
    wanted = list(dict.fromkeys([*texts, *numbers, *either]))
    if not path.is_file():
        raise DataError(f"{path}: no such file.")
    connection = connect()
    try:
        if path.suffix.lower() in (".parquet", ".pq"):
            frame = _typed(connection, path, wanted)
        else:
            with _unpacked(path) as plain, as_plain_utf8(plain, encoding=encoding, whitespace=False) as utf8:
                frame = _split(connection, utf8, wanted, delimiter, path.name)
    finally:
        connection.close()
    for name in wanted:
        if name not in texts:
            frame[name] = _numbers(frame[name], decimal, path.name, strict=name in numbers)
    return frame


@contextmanager
def _unpacked(path: Path) -> Iterator[Path]:
    if path.suffix.lower() != ".gz":
        yield path
        return
    with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
        plain = Path(folder) / "data.csv"
        try:
            with gzip.open(path, "rb") as packed, plain.open("wb") as target:
                shutil.copyfileobj(packed, target, 1 << 20)
        except (OSError, EOFError):
            raise DataError(f"{path.name} is not a whole gzip file.") from None
        yield plain


def _split(
    connection: duckdb.DuckDBPyConnection, path: Path, wanted: list[str], delimiter: str, label: str
) -> pd.DataFrame:
    header = header_of(path, delimiter=delimiter, quote='"', label=label)
    _check(wanted, header, f"{label}, line 1")
    ours = {f"w{i}": name for i, name in enumerate(wanted)}
    text = read_text(
        connection, path, table="flat", header=header, wanted=ours, delimiter=delimiter, quote='"', label=label
    )
    if text.bad_lines:
        first = text.bad_lines[0]
        raise DataError(
            f"{label}: {len(text.bad_lines):,} lines cannot be split (first: line {first.line}: {first.reason})."
        )
    frame = connection.execute(
        f"SELECT record, {_as_text(dict.fromkeys(ours, 'VARCHAR'))} FROM flat ORDER BY record"
    ).df()
    lines = text.line_of(frame.pop("record").to_numpy(dtype=np.int64))
    return frame.set_axis(wanted, axis=1).set_axis(pd.Index(lines, name="line"))


def _typed(connection: duckdb.DuckDBPyConnection, path: Path, wanted: list[str]) -> pd.DataFrame:
    relation = f"read_parquet({literal(str(path))})"
    try:
        found = {row[0]: str(row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {relation}").fetchall()}
    except duckdb.Error:
        raise DataError(f"{path.name} is not a readable Parquet file.") from None
    _check(wanted, list(found), path.name)
    picked = _as_text({name: found[name] for name in wanted})
    frame = connection.execute(f"SELECT {picked} FROM {relation}").df()
    return frame.set_axis(wanted, axis=1).set_axis(pd.RangeIndex(1, len(frame) + 1, name="row"))


def _as_text(types: dict[str, str]) -> str:
    return ", ".join(f"{parse.text(quote(name), kind)} AS w{i}" for i, (name, kind) in enumerate(types.items()))


def _check(wanted: list[str], found: list[str], where: str) -> None:
    for name in wanted:
        if found.count(name) > 1:
            raise DataError(f'{where}: two columns are called "{name}"; rename one.')
        if name not in found:
            hint = nearest(name, found)
            marks = [m for m in (";", "\t", "|") if len(found) == 1 and m in found[0]]
            hint = f" The header is one column; set the delimiter to {marks[0]!r}." if marks else hint
            listed = ", ".join(f'"{c}"' for c in found[:30])
            raise DataError(f'{where}: no column "{name}".{hint} Columns found: {listed}.')


def _numbers(column: pd.Series, decimal: str, label: str, *, strict: bool) -> pd.Series:
    plain = column.replace({"true": "1", "false": "0"})
    if decimal != ".":
        plain = plain.str.replace(decimal, ".", regex=False)
    number = pd.to_numeric(plain, errors="coerce").astype("float64")
    bad = (column.notna() & ~np.isfinite(number)).to_numpy()
    if bad.any():
        if not strict:
            return column
        raise DataError(
            f'{label}: column "{column.name}": {bad.sum():,} of {len(column):,} cells are not finite numbers '
            f"(first: {column.index.name} {column.index[int(bad.argmax())]})."
        )
    return number
