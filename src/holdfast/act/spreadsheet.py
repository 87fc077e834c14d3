"""Cells that a spreadsheet would run as a formula are made harmless."""

import pandas as pd

_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Return a copy in which every text that a spreadsheet would run begins with an apostrophe.

    Column names included; numbers stay numbers.
    """
    safe = table.map(lambda cell: f"'{cell}" if isinstance(cell, str) and cell.startswith(_STARTS) else cell)
    return safe.rename(columns=lambda name: f"'{name}" if str(name).startswith(_STARTS) else name)
