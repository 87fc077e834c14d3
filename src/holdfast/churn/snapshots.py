"""Which past days to learn from: cutoffs whose outcome windows were over by the as-of date."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cache

import duckdb
import pandas as pd

from holdfast.churn.btyd import Trio
from holdfast.errors import NotEnoughDataError
from holdfast.features import Cutoff, build_features, build_outcomes
from holdfast.wording import counted

MIN_HISTORY_DAYS = 28
MOST_SNAPSHOTS = 7
STEPS_PER_HORIZON = 4
MOST_ORIGINS = 3


def plan_snapshots(first_day: date, cutoff: Cutoff) -> list[Cutoff]:
    """Return the training cutoffs for a model as of ``cutoff``, latest first.

    The latest is the last whose outcome window ends by ``cutoff.date``; the others lie a quarter of a horizon
    apart. At most 7, each with at least 28 days of history. Empty where the log is too short.
    """
    latest = cutoff.earlier(cutoff.horizon_days + cutoff.gap_days)
    step = max(1, round(cutoff.horizon_days / STEPS_PER_HORIZON))
    plan = [latest.earlier(i * step) for i in range(MOST_SNAPSHOTS)]
    return [c for c in plan if (c.date - first_day).days >= MIN_HISTORY_DAYS]


@dataclass(frozen=True)
class Snapshots:
    """Features, outcomes and BTYD fits of one purchase log at any cutoff, each computed once.

    Only what lies before the cutoff enters the features, and only windows that were over enter training.
    """

    first_day: date
    features: Callable[[date], pd.DataFrame]
    outcomes: Callable[[Cutoff], pd.DataFrame]
    trio: Callable[[date], Trio]

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection, first_day: date) -> "Snapshots":
        """Make snapshots of the table ``purchases`` of ``connection``."""

        @cache
        def features(day: date) -> pd.DataFrame:
            return build_features(connection, Cutoff(day, 1))

        @cache
        def outcomes(cutoff: Cutoff) -> pd.DataFrame:
            return build_outcomes(connection, cutoff)

        @cache
        def trio(day: date) -> Trio:
            return Trio.fit(features(day))

        return cls(first_day, features, outcomes, trio)

    def at(self, cutoff: Cutoff) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return (features, outcomes) at a cutoff, row by row the same customers."""
        return self.features(cutoff.date), self.outcomes(cutoff)

    def plan(self, cutoff: Cutoff) -> list[Cutoff]:
        """Return the training cutoffs as of ``cutoff``, latest first.

        Raises
        ------
        NotEnoughDataError
            No outcome window was over.
        """
        cutoffs = plan_snapshots(self.first_day, cutoff)
        if not cutoffs:
            had = (cutoff.date - self.first_day).days
            needs = cutoff.horizon_days + cutoff.gap_days + MIN_HISTORY_DAYS
            raise NotEnoughDataError(
                f"The churn model as of {cutoff.date} needs {needs} days of purchases before it ({MIN_HISTORY_DAYS} of "
                f"history, {cutoff.gap_days} of gap, {cutoff.horizon_days} of outcome); the log has {had}. "
                "Use a smaller churn.horizon_days, or a longer log."
            )
        return cutoffs

    def told(self, cutoff: Cutoff) -> bool:
        """Say whether some bought in the window after ``cutoff`` and some did not."""
        return 0.0 < float(self.outcomes(cutoff)["churned"].mean()) < 1.0

    def both_outcomes(self, cutoffs: list[Cutoff]) -> list[Cutoff]:
        """Return the cutoffs unchanged if their windows show buyers and non-buyers.

        Raises
        ------
        NotEnoughDataError
            Nobody, or everybody, bought in every window.
        """
        rates = [float(self.outcomes(c)["churned"].mean()) for c in cutoffs]
        if all(rate in (0.0, 1.0) for rate in rates) and len(set(rates)) == 1:
            share = "nobody bought again" if rates[0] else "everybody bought again"
            who = counted(len(self.outcomes(cutoffs[0])), "customer")
            before = cutoffs[0].window_end
            raise NotEnoughDataError(
                f"In every outcome window before {before} {share} (of {who}), so churn cannot be learnt. "
                "Use a churn.horizon_days in which some buy and some do not, or a longer log."
            )
        return cutoffs
