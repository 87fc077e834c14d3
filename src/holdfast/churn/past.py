"""What may be learnt as of a cutoff, and the one place that hands it to a contender."""

from collections.abc import Callable, Hashable
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from datetime import date
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.churn.btyd import NO_ANSWER, Trio
from holdfast.churn.plan import plan_snapshots
from holdfast.churn.snapshots import Snapshots
from holdfast.errors import NotEnoughDataError
from holdfast.features import FEATURES, Cutoff
from holdfast.learn.arrays import Floats
from holdfast.learn.parallel import Crew

if TYPE_CHECKING:
    from holdfast.churn.contender import Contender

SHORT_HISTORY_HORIZONS = 2.0
Made = TypeVar("Made")


@dataclass(frozen=True)
class TrainingWindow:
    """Customers of one past snapshot: what was known of them, and what they did in the window after it.

    Attributes
    ----------
    cutoff
        Of the snapshot; its window was over by the as-of date.
    features, outcome
        As ``build_features`` and ``build_outcomes`` return them, row by row.
    snapshots
        Where it comes from.
    ranges
        The lowest and the highest value of each of ``FEATURES`` in these rows.

    Examples
    --------
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> log = read_purchases(Source(simulate_shop(300, seed=3).purchases))
    >>> past = Past(Snapshots(log.connection, log.first_day), Cutoff("2024-03-01", horizon_days=60))
    >>> window = past.training_windows(most=1)[0]
    >>> str(window.cutoff.date), round(float(window.churned.mean()), 2)
    ('2024-01-01', 0.64)
    """

    cutoff: Cutoff
    features: pd.DataFrame
    outcome: pd.DataFrame
    snapshots: Snapshots
    ranges: tuple[Floats, Floats]

    @property
    def trio(self) -> Trio:
        """BTYD models fitted on what was known at this cutoff; most contenders never ask for them."""
        return self.snapshots.trio(self.cutoff.date, self.snapshots.some_histories)

    @property
    def churned(self) -> npt.NDArray[np.int64]:
        """1 = no purchase day in the window; shape (n,)."""
        return self.outcome["churned"].to_numpy(dtype=np.int64)


@dataclass(frozen=True)
class Past:
    """Everything a model may learn from as of ``cutoff``.

    Attributes
    ----------
    snapshots
        The purchase log, cut at any day.
    cutoff
        As-of date, gap and horizon of the question.
    has_money
        Whether features of money mean anything.
    seed, threads
        Seed of everything random, and how many boosters grow at once; ``threads = 0`` uses every core and changes no
        bit.
    parameters
        Tuned parameters of LightGBM; empty for the default ones.
    members
        Of the blend, by name; ``None`` for the default ones. Empty: there is no blend.
    hidden
        Features that trees may not see.
    histories
        About how many customers' histories teach the BTYD models; ``None``: as many as serve.

    Examples
    --------
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> log = read_purchases(Source(simulate_shop(300, seed=3).purchases))
    >>> past = Past(Snapshots(log.connection, log.first_day), Cutoff("2024-03-01", horizon_days=60))
    >>> [str(window.cutoff.date) for window in past.training_windows()][:3]
    ['2024-01-01', '2023-12-17', '2023-12-02']
    >>> past.fitted("recency").name
    'recency'
    """

    snapshots: Snapshots
    cutoff: Cutoff
    has_money: bool = True
    seed: int = 1
    threads: int = 0
    parameters: tuple[tuple[str, float], ...] = ()
    members: tuple[str, ...] | None = None
    hidden: tuple[str, ...] = ()
    histories: int | None = None
    _made: dict[Hashable, Any] = field(default_factory=dict, compare=False, repr=False)
    _crew: Crew = field(default_factory=Crew, compare=False, repr=False)

    @property
    def short(self) -> bool:
        """Whether there is so little history that windows over half the horizon must help out."""
        needed = SHORT_HISTORY_HORIZONS * self.cutoff.horizon_days + self.cutoff.gap_days
        return self.history_days < needed

    @property
    def history_days(self) -> int:
        """How many days before the cutoff the log begins."""
        return self.snapshots.history_days(self.cutoff.date)

    @property
    def window_earlier(self) -> "Past":
        """What was known one window (gap and horizon) before: the latest day whose outcome is known now."""
        return self.earlier(self.cutoff.earlier(self.cutoff.horizon_days + self.cutoff.gap_days))

    @property
    def trio(self) -> Trio:
        """BTYD models fitted on what is known at the cutoff."""
        return self.snapshots.trio(self.cutoff.date, self.histories)

    @property
    def taught(self) -> bool:
        """Whether a window over the whole horizon was over by the cutoff."""
        return bool(plan_snapshots(self.snapshots.first_day, self.cutoff))

    def trio_of(self, models: tuple[str, ...], asked_by: str) -> Trio:
        """Return some of the BTYD models fitted at the cutoff.

        Raises
        ------
        NotEnoughDataError
            None of them has an answer to these histories.
        """
        kept = self.trio.only(models)
        if not kept.models:
            raise NotEnoughDataError(f"{asked_by} as of {self.cutoff.date}: {NO_ANSWER}.")
        return kept

    def training_windows(self, *, half: bool = False, most: int | None = None) -> list[TrainingWindow]:
        """Return the snapshots to learn from, latest first.

        Parameters
        ----------
        half
            Over half the horizon.
        most
            At most so many, each of a window in which some bought and some did not; not given: all windows.

        Raises
        ------
        NotEnoughDataError
            No window was over, or all of them show only one of the two outcomes.
        """
        return self._windows(self.training_cutoffs(half=half, most=most))

    def training_cutoffs(self, *, half: bool = False, most: int | None = None) -> list[Cutoff]:
        """Return the cutoffs of ``training_windows``, for whom outcomes are enough."""
        cutoffs = self.snapshots.both_outcomes(self.snapshots.plan(self.cutoff, half=half))
        if most is None:
            return cutoffs
        cutoffs = [c for c in cutoffs if 0.0 < self.snapshots.churn_rate(c) < 1.0][:most]
        if not cutoffs:
            raise NotEnoughDataError(
                f"In no outcome window before {self.cutoff.date} did some customers buy and others not."
            )
        return cutoffs

    def newest(self, most: int) -> list[TrainingWindow]:
        """Return at most so many windows over the whole horizon, latest first, whatever they show."""
        return self._windows(plan_snapshots(self.snapshots.first_day, self.cutoff)[:most])

    def _windows(self, cutoffs: list[Cutoff]) -> list[TrainingWindow]:
        most = self.snapshots.sizes.training
        at = self.snapshots
        return [TrainingWindow(c, *at.at(c, most), at, at.ranges(c.date, most)) for c in cutoffs]

    def pooled(self, *, most: int | None = None) -> list[TrainingWindow]:
        """Return the same windows, and those over half the horizon where they teach.

        Raises
        ------
        NotEnoughDataError
            There is none over the whole horizon.
        """
        windows = self.training_windows(most=most)
        try:
            return windows + self.training_windows(half=True, most=most)
        except NotEnoughDataError:
            return windows

    def usable(self, windows: list[TrainingWindow]) -> list[str]:
        """Return the features that this log can fill and that differ between customers."""
        told = (f for f in FEATURES if self.has_money or f.needs != "money")
        ranges = [x.ranges for x in windows]
        low, high = np.fmin.reduce([low for low, _ in ranges]), np.fmax.reduce([high for _, high in ranges])
        differs = {f.name for f, smaller in zip(FEATURES, low < high, strict=True) if smaller}
        return [f.name for f in told if f.name in differs and f.name not in self.hidden]

    def earlier(self, cutoff: Cutoff) -> "Past":
        """Return what was known at an earlier cutoff, with the same settings."""
        return replace(self, cutoff=cutoff)

    def tuned(self, parameters: tuple[tuple[str, float], ...]) -> "Past":
        """Return the same past for trees with other parameters."""
        return replace(self, parameters=parameters, _made={})

    def hiding(self, features: tuple[str, ...]) -> "Past":
        """Return the same past for trees that may not see some features."""
        return replace(self, hidden=features, _made={})

    def fitted(self, name: str) -> "Contender":
        """Return a contender by name, fitted on this past; each is fitted once.

        Raises
        ------
        NotEnoughDataError
            The past cannot teach it.
        """
        from holdfast.churn.contenders import contenders

        return self.once(name, lambda: contenders()[name].fit(self))

    def has(self, name: str) -> bool:
        """Say whether ``once`` or ``start`` was called with this name."""
        return (name, self.cutoff, self.histories) in self._made

    def start(self, name: str, make: Callable[[], object]) -> None:
        """Begin what ``once`` will return, on a core of its own; ``make`` may not read the log."""
        self._made[name, self.cutoff, self.histories] = self._crew.start(make, threads=self.threads)

    def once(self, name: str, make: Callable[[], Made]) -> Made:
        """Return what ``make`` makes of this past, made once for all who ask for it by this name."""
        key = name, self.cutoff, self.histories
        if key not in self._made:
            self._made[key] = make()
        elif isinstance(self._made[key], Future):
            self._made[key] = self._made[key].result()
        made: Made = self._made[key]
        return made


def dates(windows: list[TrainingWindow]) -> list[date]:
    """Return the cutoffs' dates."""
    return [x.cutoff.date for x in windows]
