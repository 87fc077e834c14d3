"""The log, the scores and the cutoff that all parts of value read."""

import numpy as np
import pandas as pd

from holdfast.features import Cutoff
from holdfast.features.build import purchase_days_sql
from holdfast.kpis.rates import Figure
from holdfast.pipeline.preparation import PreparedPurchases
from holdfast.pipeline.written import Written
from holdfast.segments.rfm import SEGMENTS, rfm

Kpi = tuple[str, Figure, str]
"""Name of a figure, the figure, and what it is a figure of."""


class Shop:
    """The log, the scores and the cutoff that all parts read."""

    def __init__(self, prepared: PreparedPurchases, written: Written, cutoff: Cutoff) -> None:
        self.config, self.connection = prepared.config, prepared.log.connection
        self.written, self.cutoff = written, cutoff
        self.has_money = prepared.log.has_money
        days = purchase_days_sql(cutoff)
        self.occasions = self.sql(f"SELECT customer_id, day, CAST(spend AS DOUBLE) AS spend FROM ({days}) AS days")
        if not self.has_money:
            self.occasions = self.occasions.drop(columns="spend")
        self.segment = rfm(written.features)["segment"]
        # The last window that is over: it began here.
        self.before = cutoff.earlier(cutoff.gap_days + cutoff.horizon_days)

    def sql(self, query: str) -> pd.DataFrame:
        """Return the answer of a query in a fixed order; text is text, and a number that is missing is NaN."""
        given: pd.DataFrame = self.connection.sql(query).df()
        table = pd.DataFrame({str(c): _plain(given[c]) for c in given.columns})
        return table.sort_values(list(table.columns), ignore_index=True)

    def at_window_start(self) -> pd.DataFrame:
        """Return who had bought when the last window began, and how long ago."""
        start = self.before.day
        last = self.occasions[self.occasions["day"] < start].groupby("customer_id")["day"].max()
        return (start - last).rename("days_since_last").reset_index()

    def active_then(self) -> tuple[pd.Series, pd.Series]:
        """Return who was active when the last window began, and whether they bought in it."""
        at_start = self.at_window_start()
        active = at_start.loc[at_start["days_since_last"] <= self.config.active_days, "customer_id"]
        return active, active.isin(set(self.bought_in_window()))

    @property
    def segment_of(self) -> pd.Series:
        """The RFM segment by customer."""
        return pd.Series(self.segment.to_numpy(), index=self.written.scores["customer_id"])

    def bought_in_window(self) -> pd.Series:
        """Return who bought in the last window."""
        first = self.before.day + self.before.gap_days
        inside = self.occasions[(self.occasions["day"] >= first) & (self.occasions["day"] < self.cutoff.day)]
        return pd.Series(inside["customer_id"].unique(), dtype="str")


def _plain(column: pd.Series) -> pd.Series:
    if not pd.api.types.is_numeric_dtype(column):
        return column.astype("str")
    numbers = pd.Series(column.to_numpy(dtype=np.float64, na_value=np.nan))
    whole = pd.api.types.is_integer_dtype(column) and not numbers.isna().any()
    return numbers.astype("int64") if whole else numbers


def in_order(table: pd.DataFrame, column: str) -> pd.DataFrame:
    """Return rows with RFM segments in the order in which all tables show them; others last."""
    rank = {name: i for i, name in enumerate(SEGMENTS)}
    return table.sort_values(column, key=lambda s: s.map(rank).fillna(len(rank)), kind="stable", ignore_index=True)
