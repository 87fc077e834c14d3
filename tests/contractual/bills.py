"""A made-up business that bills its customers: every contract's truth, and the bills that were paid."""

import numpy as np
import pandas as pd

AS_OF = pd.Timestamp("2023-05-02")


def bills_of_contracts(n: int, seed: int, *, on_the_first: bool) -> pd.DataFrame:
    """Return monthly bills (``customer``, ``paid``, ``amount``, ``tier``) of two years; a tenth are up to 9 days late.

    One customer in twenty leaves each month, of the cheap plan twice as many. Ends may lie after ``AS_OF``.
    """
    rng = np.random.default_rng(seed)
    rows = []
    for i in range(n):
        start = pd.Timestamp("2022-01-01") + pd.Timedelta(days=int(rng.integers(0, 480)))
        first = start + pd.offsets.MonthBegin(1) if on_the_first else start
        dear = rng.random() < 0.5
        months = int(rng.geometric(0.04 if dear else 0.08))
        for month in range(months):
            day = first + pd.DateOffset(months=month)
            late = int(rng.integers(1, 10)) if rng.random() < 0.1 else 0
            rows.append((f"C{i:04d}", day + pd.Timedelta(days=late), 35.0 if dear else 12.0, "dear" if dear else "low"))
    bills = pd.DataFrame(rows, columns=["customer", "paid", "amount", "tier"])
    return bills.sort_values(["paid", "customer"], kind="stable").reset_index(drop=True)


def as_exported(bills: pd.DataFrame, until: pd.Timestamp = AS_OF) -> pd.DataFrame:
    """Return the bills before a day as a system writes them."""
    known = bills[bills["paid"] < until].reset_index(drop=True)
    return known.assign(paid=known["paid"].dt.strftime("%Y-%m-%d"), amount=known["amount"].map("{:.2f}".format))
