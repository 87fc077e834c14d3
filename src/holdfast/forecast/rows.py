"""Feature rows from outside → features and their as-of date, checked: errors name columns and counts, no values."""

from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from holdfast.errors import DataError
from holdfast.features import FEATURES

_NEEDED = ("days_since_last", "purchase_days", "frequency", "recency", "tenure")


def checked_rows(rows: pd.DataFrame) -> tuple[pd.DataFrame, date]:
    """Return (features, as-of date) of rows to score.

    Parameters
    ----------
    rows
        ``customer_id``, ``as_of`` (YYYY-MM-DD, the same for all rows) and the features, any order; a feature
        that is missing from a row is null.

    Raises
    ------
    DataError
        A needed column is missing, or a value is no number: the column and how many rows, not the value.
    """
    missing = [name for name in ("customer_id", "as_of", *_NEEDED) if name not in rows.columns]
    if missing:
        raise DataError(f"Rows to score lack {', '.join(missing)}.")
    numbers = {f.name: _numbers(rows, f.name) for f in FEATURES}
    for name in _NEEDED:
        absent = int(np.isnan(numbers[name]).sum())
        if absent:
            raise DataError(f"{name} is missing in {absent} of {len(rows)} rows; every row needs it.")
    features = pd.DataFrame({"customer_id": rows["customer_id"].astype("str").to_numpy(), **numbers})
    return features, _as_of(rows["as_of"])


def _numbers(rows: pd.DataFrame, name: str) -> Any:
    if name not in rows.columns:
        return np.full(len(rows), np.nan)
    found = pd.to_numeric(rows[name], errors="coerce")
    wrong = int((found.isna() & rows[name].notna()).sum())
    if wrong:
        raise DataError(f"{name} is not a number in {wrong} of {len(rows)} rows.")
    return found.to_numpy(dtype=np.float64, na_value=np.nan)


def _as_of(values: pd.Series) -> date:
    days = values.astype("str").unique()
    if len(days) != 1:
        raise DataError(f"as_of must be the same in all rows; {len(days)} days were given.")
    try:
        return date.fromisoformat(days[0])
    except ValueError:
        raise DataError("as_of must be a date written YYYY-MM-DD.") from None
