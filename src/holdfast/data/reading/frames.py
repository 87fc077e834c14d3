"""Frames: pandas, and whatever hands over Arrow's columns (Polars, Arrow, …) without our knowing the library."""

import hashlib
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeGuard, runtime_checkable

import pandas as pd
import pyarrow as pa

_BATCH = 1 << 20


@runtime_checkable
class ArrowStream(Protocol):
    """A frame that speaks Arrow's PyCapsule interface."""

    def __arrow_c_stream__(self, requested_schema: object | None = None) -> object:
        """Return the columns as a stream."""


Frame = pd.DataFrame | ArrowStream


def is_frame(data: object) -> TypeGuard[Frame]:
    """Say whether this is a frame, not the name of a file.

    Examples
    --------
    >>> is_frame(pa.table({"x": [1]})), is_frame("x.csv")
    (True, False)
    """
    return isinstance(data, pd.DataFrame | ArrowStream)


def in_memory(data: Any) -> Any:
    """Return a stream of Arrow as a table that can be read more than once; anything else as it is."""
    return pa.table(data) if isinstance(data, ArrowStream) and not isinstance(data, pd.DataFrame) else data


def in_pandas(frame: Frame) -> pd.DataFrame:
    """Return a frame of any library as one of pandas; one of pandas as it is.

    Examples
    --------
    >>> in_pandas(pa.table({"x": [1, 2]}))["x"].sum()
    np.int64(3)
    """
    return frame if isinstance(frame, pd.DataFrame) else in_memory(frame).to_pandas()


def names_of(frame: Frame) -> list[str]:
    """Return the names of a frame's columns."""
    names = frame.columns if isinstance(frame, pd.DataFrame) else in_memory(frame).column_names
    return [str(name) for name in names]


def columns_of(frame: Frame) -> tuple[list[str], pd.DataFrame | pa.Table]:
    """Return a frame's names, and the same columns as the engine reads them, called ``c0`` and so on."""
    given = in_memory(frame)
    names = names_of(given)
    if isinstance(given, pd.DataFrame):
        return names, pd.DataFrame({f"c{i}": _plain(given.iloc[:, i]) for i in range(len(names))})
    return names, given.rename_columns([f"c{i}" for i in range(len(names))])


def values_hash(frame: Frame) -> bytes:
    """Return the sha256 of a frame's values, whatever parts they come in."""
    if isinstance(frame, pd.DataFrame):
        return hashlib.sha256(_row_hashes(frame)).digest()
    total = hashlib.sha256()
    for batch in in_memory(frame).to_batches(max_chunksize=_BATCH):
        total.update(_row_hashes(batch.to_pandas()))
    return total.digest()


def _row_hashes(frame: pd.DataFrame) -> bytes:
    return pd.util.hash_pandas_object(frame, index=False).to_numpy().tobytes()


def _plain(column: pd.Series) -> pd.Series:
    """Return a column that the engine reads: what pandas holds as objects, periods, … becomes text, blanks stay."""
    kind = column.dtype
    known = (
        pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_complex_dtype(kind),
        pd.api.types.is_datetime64_any_dtype(kind),
        isinstance(kind, pd.StringDtype | pd.CategoricalDtype),
    )
    # Sparse and Arrow types are read by their values.
    if any(known) and not isinstance(kind, pd.SparseDtype | pd.ArrowDtype):
        return column.reset_index(drop=True)
    return pd.Series([_as_text(v) for v in column], dtype="str")


def _as_text(value: Any) -> str | None:
    if value is None or value is pd.NaT or (isinstance(value, float) and value != value):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat(" ") if isinstance(value, datetime) else value.isoformat()
    if isinstance(value, Decimal):
        return format(value, "f")
    return None if value is pd.NA else str(value)
