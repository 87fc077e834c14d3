"""What was known on a past day, and done in the window after it: each day's frame, outcome and fit is made once."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

import duckdb
import numpy as np
import pandas as pd

from holdfast.churn.behind import UsualYear
from holdfast.churn.btyd import Trio
from holdfast.churn.closed import ClosedSeason
from holdfast.churn.contacted import Contacted
from holdfast.churn.definition import MIN_HISTORY_DAYS, Definition, define_churn, to_learn_it
from holdfast.churn.plan import plan_snapshots, same_season
from holdfast.clv import BTYD_MODELS, PoissonModel
from holdfast.data.engine import Reads
from holdfast.errors import NotEnoughDataError
from holdfast.features import (
    FEATURES,
    CustomerSample,
    Cutoff,
    build_features,
    build_histories,
    build_outcomes,
    population,
)
from holdfast.features.histories import (
    build_next_spends,
    build_open_days,
    build_purchases_by_day,
    build_silences,
    build_spends,
    build_spends_over_time,
    forget_purchase_days,
    keep_purchase_days,
    thinned,
)
from holdfast.features.shut import Shut, Stretch
from holdfast.language import told
from holdfast.learn.arrays import Floats
from holdfast.wording import counted

# The yearly change of what ten thousand customers spend is known to a point.
_FOR_A_TREND = 10_000


@dataclass(frozen=True)
class Sizes:
    """Of how many customers one frame is, at most; a smaller log is read whole.

    Attributes
    ----------
    training
        Customers of a training window: fourteen windows of so many are more rows than trees learn from.
    check
        On whom a level or a calibration is found: a share then errs by a sixth of a point. So many histories teach
        the BTYD models of a training window, too.
    judged
        On whom models are compared, and their held-out figures computed.
    served
        Whose histories teach the BTYD models that serve or are judged: the total expected of 3.2 million customers is
        then off by two hundredths of a percent.

    Examples
    --------
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> log = read_purchases(Source(simulate_shop(500, seed=3).purchases))
    >>> snapshots = Snapshots(log.connection, log.first_day, Sizes(training=100, check=100, judged=200))
    >>> len(snapshots.features(date(2024, 3, 1), most=100)) < 150
    True
    """

    training: int = 30_000
    check: int = 100_000
    judged: int = 200_000
    served: int = 300_000


class Snapshots:
    """Features, outcomes and BTYD fits of one purchase log at any cutoff, each computed once.

    Only what lies before the cutoff enters the features, and only windows that were over enter training. BTYD models
    are fitted on everyone, or on some 300,000 of more; what holds one row per customer, on samples of a large log.

    Parameters
    ----------
    connection
        Holds the table ``purchases`` and those beside it.
    first_day
        Of the log.
    sizes
        Of the samples.
    everyone
        An engine elsewhere that holds everyone's purchases: histories are counted together there.
    shut
        Days that are no time.
    ahead
        What will be shut, once.
    contacted
        Whose outcome in which windows a contact may have changed: they are in no frame of those days.

    Examples
    --------
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> log = read_purchases(Source(simulate_shop(300, seed=3).purchases))
    >>> snapshots = Snapshots(log.connection, log.first_day)
    >>> features, outcomes = snapshots.at(Cutoff("2024-03-01", horizon_days=60))
    >>> len(features), int(outcomes["churned"].sum())
    (300, 220)
    """

    def __init__(
        self,
        connection: duckdb.DuckDBPyConnection,
        first_day: date,
        sizes: Sizes | None = None,
        *,
        everyone: Reads | None = None,
        shut: Shut | None = None,
        ahead: tuple[Stretch, ...] = (),
        contacted: Contacted | None = None,
    ) -> None:
        self._everyone = everyone
        self.contacted = contacted or Contacted()
        self.contacted.keep(connection)
        self.shut = shut or Shut()
        self.ahead = ahead
        self.connection = connection
        self.first_day = first_day
        self.sizes = sizes or Sizes()
        self.customers = CustomerSample(connection, most=self.sizes.judged)
        self._features: dict[tuple[date, tuple[int, int] | None], pd.DataFrame] = {}
        self._ranges: dict[tuple[date, tuple[int, int] | None], tuple[Floats, Floats]] = {}
        self._outcomes: dict[tuple[Cutoff, tuple[int, int] | None], pd.DataFrame] = {}
        self._populations: dict[date, int] = {}
        self._fits: dict[tuple[date, int | None], dict[str, PoissonModel | None]] = {}
        self._closed: dict[date, ClosedSeason] = {}

    def history_days(self, day: date) -> int:
        """Return how many days before a day the log begins, none of them shut; negative where it begins later."""
        return self.shut.open_days(self.first_day, day)

    def features(self, day: date, most: int | None = None) -> pd.DataFrame:
        """Return the features (float32) of about ``most`` customers as of a day; of all judged ones if not given."""
        most = most or self.sizes.judged
        key = day, self.customers.slice_of(day, most)
        if key not in self._features:
            self._features[key] = build_features(self._reading(day, most), self._cut(day), dtype=np.float32)
        return self._features[key]

    def ranges(self, day: date, most: int | None = None) -> tuple[Floats, Floats]:
        """Return the lowest and the highest value of each of ``FEATURES`` in ``features``; NaN where there is none."""
        key = day, self.customers.slice_of(day, most or self.sizes.judged)
        if key not in self._ranges:
            frame = self.features(day, most)
            columns = [frame[f.name].to_numpy() for f in FEATURES]
            low, high = ([of.reduce(c, initial=np.nan) for c in columns] for of in (np.fmin, np.fmax))
            self._ranges[key] = np.array(low, dtype=np.float64), np.array(high, dtype=np.float64)
        return self._ranges[key]

    def days_since_last(self, day: date, most: int | None = None) -> Floats:
        """Return this feature of the customers of ``features``, row by row, without making the others."""
        most = most or self.sizes.judged
        if (made := self._features.get((day, self.customers.slice_of(day, most)))) is not None:
            return made["days_since_last"].to_numpy(dtype=np.float64)
        return build_silences(self._reading(day, most), self._cut(day))

    def outcomes(self, cutoff: Cutoff, most: int | None = None) -> pd.DataFrame:
        """Return what the customers of ``features`` did in the window after a cutoff, row by row."""
        most = most or self.sizes.judged
        key = cutoff, self.customers.slice_of(cutoff.date, most)
        if key not in self._outcomes:
            self._outcomes[key] = build_outcomes(self._reading(cutoff.date, most), cutoff)
        return self._outcomes[key]

    def at(self, cutoff: Cutoff, most: int | None = None) -> tuple[pd.DataFrame, pd.DataFrame]:
        """Return (features, outcomes) of about ``most`` customers at a cutoff, row by row the same customers."""
        return self.features(cutoff.date, most), self.outcomes(cutoff, most)

    def _reading(self, day: date, most: int) -> duckdb.DuckDBPyConnection:
        """Return what the rows of a day are made of: some customers, none of whom was contacted in its window."""
        return self.customers.reading(day, most, where=self.contacted.condition(day))

    def let_go(self) -> None:
        """Let go of frames and days: models that were fitted need them no more; they are made again if asked for."""
        self._features.clear()
        self._ranges.clear()
        self._outcomes.clear()
        forget_purchase_days(self.connection)

    def sampled_from(self, day: date) -> int | None:
        """Return of how many customers the judged ones of a day are a sample; ``None`` where they are everyone."""
        if self.customers.slice_of(day, self.sizes.judged) is None:
            return None
        return self.population(day)

    def population(self, day: date) -> int:
        """Return how many customers had bought before a day; counted once."""
        if day not in self._populations:
            self._populations[day] = population(self._everyone or self.connection, Cutoff(day, 1))
        return self._populations[day]

    def histories(self, day: date) -> pd.DataFrame:
        """Return everyone's history as of a day, alike ones counted together (``build_histories``)."""
        return build_histories(self._everyone or self.connection, self._cut(day), purchase_days=self._purchase_days)

    def _cut(self, day: date) -> Cutoff:
        return Cutoff(day, 1, shut=self.shut)

    def closed(self, day: date) -> ClosedSeason:
        """Return in which weeks of the year nothing is sold, as far as it is known as of a day."""
        if day not in self._closed:
            days = build_open_days(self._everyone or self.connection, Cutoff(day, 1), self._purchase_days)
            self._closed[day] = replace(ClosedSeason.of(days, day, self.shut), once=self.ahead)
        return self._closed[day]

    def year(self, day: date) -> UsualYear:
        """Return how busy the shop is through the year, as far as it is known as of a day."""
        bought = build_purchases_by_day(self._everyone or self.connection, Cutoff(day, 1), self._purchase_days)
        return UsualYear.of(bought, day)

    def definition(self, cutoff: Cutoff, active_days: int | None = None) -> Definition:
        """Return what churn could mean in this log as of ``cutoff``, of everyone (``define_churn``)."""
        had, days = self.history_days(cutoff.date), self._purchase_days
        everyone = self._everyone or self.connection
        return define_churn(everyone, cutoff, had, purchase_days=days, active_days=active_days)

    @property
    def _purchase_days(self) -> str | None:
        """Where everyone's purchase days are kept; an engine elsewhere finds them among the lines."""
        return keep_purchase_days(self.connection) if self._everyone is None else None

    def spends(self, day: date) -> pd.DataFrame:
        """Return the frequencies and mean spends of the judged customers as of a day (``build_spends``)."""
        return build_spends(self.customers.reading(day, self.sizes.judged), Cutoff(day, 1))

    def next_spends(self, day: date) -> pd.DataFrame:
        """Return what purchases of some customers came to beside those before them (``build_next_spends``)."""
        return build_next_spends(self.customers.reading(day, self.sizes.check), Cutoff(day, 1))

    def spends_over_time(self, day: date, years: int) -> pd.DataFrame:
        """Return what purchases of some customers came to, day by day (``build_spends_over_time``)."""
        return build_spends_over_time(self.customers.reading(day, _FOR_A_TREND), self._cut(day), years)

    @property
    def some_histories(self) -> int | None:
        """About how many histories teach BTYD models that neither serve nor are judged; ``None``: as many as serve."""
        small = self._everyone is None and self.customers.everyone <= self.sizes.check
        return None if small else self.sizes.check

    def trio(self, day: date, most: int | None = None, names: Iterable[str] = tuple(BTYD_MODELS)) -> Trio:
        """Return BTYD models fitted on the histories as of a day of about ``most``; not given: of ``sizes.served``."""
        fits = self._fits.setdefault((day, most), {})
        missing = [name for name in names if name not in fits]
        if missing:
            histories = thinned(self.histories(day), most or self.sizes.served)
            found = Trio.fit(histories, missing).models
            fits.update({name: found.get(name) for name in missing})
        return Trio({name: model for name in names if (model := fits[name]) is not None})

    def planned(self, cutoff: Cutoff, *, half: bool = False) -> list[Cutoff]:
        """Return the training cutoffs as of ``cutoff``: ``plan_snapshots``, and ``same_season`` behind them.

        Last year's windows are left out where some of their days are shut every year: that is counted elsewhere.
        """
        season = same_season(self.first_day, cutoff, half=half)
        if season:
            closed = self.closed(cutoff.date)
            season = [c for c in season if closed.open_days(c) == c.horizon_days]
        return plan_snapshots(self.first_day, cutoff, half=half) + season

    def plan(self, cutoff: Cutoff, *, half: bool = False) -> list[Cutoff]:
        """Return the training cutoffs as of ``cutoff`` (``planned``).

        Raises
        ------
        NotEnoughDataError
            No outcome window was over.
        """
        cutoffs = self.planned(cutoff, half=half)
        if not cutoffs:
            had = self.history_days(cutoff.date)
            needs = cutoff.horizon_days + cutoff.gap_days + MIN_HISTORY_DAYS
            raise NotEnoughDataError(
                told(
                    "The churn model as of {day} needs {needs} days of purchases before it ({history} of history, "
                    "{gap} of gap, {horizon} of outcome); the log has {had}. Use a smaller churn.horizon_days, or a "
                    "longer log.",
                    day=cutoff.date,
                    needs=needs,
                    history=MIN_HISTORY_DAYS,
                    gap=cutoff.gap_days,
                    horizon=cutoff.horizon_days,
                    had=had,
                )
            )
        return cutoffs

    def churn_rate(self, cutoff: Cutoff) -> float:
        """Return the share of a training window's customers who did not buy in the window after ``cutoff``."""
        return float(self.outcomes(cutoff, self.sizes.training)["churned"].mean())

    def both_outcomes(self, cutoffs: list[Cutoff]) -> list[Cutoff]:
        """Return the cutoffs unchanged if their windows show buyers and non-buyers.

        Raises
        ------
        NotEnoughDataError
            Nobody, or everybody, bought in every window.
        """
        rates = [self.churn_rate(c) for c in cutoffs]
        if all(rate in (0.0, 1.0) for rate in rates) and len(set(rates)) == 1:
            share = "nobody bought again" if rates[0] else "everybody bought again"
            who = counted(len(self.outcomes(cutoffs[0])), "customer")
            before = cutoffs[0].window_end
            raise NotEnoughDataError(
                f"In every outcome window before {before} {share} (of {who}), so churn cannot be learnt. "
                f"{to_learn_it(self.connection)}"
            )
        return cutoffs
