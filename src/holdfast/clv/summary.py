"""Customers with the same history are one row with a count: what makes fitting fast."""

import numpy as np
import numpy.typing as npt
import pandas as pd

Floats = npt.NDArray[np.float64]


def collapse(summary: pd.DataFrame) -> pd.DataFrame:
    """Return the unique (frequency, recency, T) triples with their ``weights`` (number of customers).

    Maximum likelihood is the same on triples with counts as on customers.
    """
    triples = summary[["frequency", "recency", "T"]]
    return triples.groupby(["frequency", "recency", "T"], sort=True).size().rename("weights").reset_index()


def columns(summary: pd.DataFrame, *names: str) -> tuple[Floats, ...]:
    """Return columns of a summary as float arrays.

    Raises
    ------
    ValueError
        A column is missing or holds a missing or negative value.
    """
    missing = [n for n in names if n not in summary.columns]
    if missing:
        raise ValueError(f"the summary has no column {', '.join(missing)}")
    arrays = tuple(summary[n].to_numpy(dtype=np.float64) for n in names)
    for name, values in zip(names, arrays, strict=True):
        if not np.all(values >= 0):
            raise ValueError(f"summary column {name}: negative or missing values")
    return arrays
