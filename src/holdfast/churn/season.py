"""What the same season of earlier years says about the level, and how much of it to believe.

Levels drift with the season, and a model that has seen less than a year cannot know it. What works is to fit as of
about a year before the cutoff, compare with the days that followed, and apply half of the correction, if there were at
least 168 days of history before that; with less it does harm, and the error of the level has to be stated instead.
What would have been right for the model that serves and for the buy-till-you-die models is averaged: each errs in its
own way, and what both miss is the season. Where the log shows the season of more years, their mean is believed more:
two thirds of two years, three quarters of three. Of the older ones the buy-till-you-die models alone tell, which cost
little, by what they were off beyond last year.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields, replace
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from holdfast.churn.closed import open_p_churn
from holdfast.churn.plan import YEAR_DAYS, days_of_years, steps_back, steps_to
from holdfast.errors import NotEnoughDataError
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Floats
from holdfast.learn.calibration import log_odds

if TYPE_CHECKING:
    from holdfast.churn.past import Past

MIN_HISTORY_DAYS = 168
MOST_YEARS = 4
_MOST = 3.0


@dataclass(frozen=True)
class LastYear:
    """The backtest of one year ago, those of the years before it, and what is made of them.

    Attributes
    ----------
    tested
        Whether there was enough history; if not, ``reason`` says so and nothing is corrected.
    foreseen_churn, observed_churn
        Mean probability, of the model that serves and of the BTYD models, and share of churned in the window of last
        year.
    log_odds_shift
        Added to the log-odds of every churn probability: half of what would have been right last year; of n years,
        n/(n + 1) of the mean.
    years
        How many years were looked at.
    """

    tested: bool = False
    reason: str = ""
    foreseen_churn: float | None = None
    observed_churn: float | None = None
    log_odds_shift: float = 0.0
    years: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; ``years`` only where they are several."""
        return {name: value for name, value in vars(self).items() if name != "years" or value != 1}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "LastYear":
        """Make what ``to_dict`` returned; what older models knew beyond it is left out."""
        return cls(**{one.name: state[one.name] for one in fields(cls) if one.name in state})


def last_year(past: "Past", name: str) -> LastYear:
    """Backtest the churn contender ``name`` a year before the cutoff; older years by the BTYD models."""
    then = year_ago(past)
    if then.cutoff.broken:
        return LastYear(reason=told(LAST_YEAR_SHUT))
    if not teaches(then, past):
        return LastYear(
            reason=told(
                "{days} days of history one year ago; {needed} are needed to learn from last year",
                days=max(then.history_days, 0),
                needed=MIN_HISTORY_DAYS,
            )
        )
    features, outcome = past.snapshots.at(then.cutoff, past.snapshots.sizes.check)
    try:
        own = then.fitted(name).p_churn(features)
        own = open_p_churn(own, then.trio, features, then.cutoff, open_days_of(then, past))
        of_btyd = _by_btyd(then, past)
    except NotEnoughDataError as error:
        return LastYear(reason=str(error).removesuffix("."))
    y = outcome["churned"].to_numpy(dtype=np.int64)
    older = [_btyd_shift(one, past) for one in earlier_years(past, first=2)]
    seen = missed_by_both(level_shift(own, y), [level_shift(of_btyd, y), *older])
    believed = len(seen) / (len(seen) + 1)
    return LastYear(
        tested=True,
        foreseen_churn=float(own.mean() + of_btyd.mean()) / 2,
        observed_churn=float(y.mean()),
        log_odds_shift=believed * float(np.mean(seen)),
        years=len(seen),
    )


SEASON = to_tell(
    "Season: a year ago {foreseen:.1%} churn was predicted and {observed:.1%} observed; half of that difference is "
    "applied."
)
SEASON_OF_YEARS = to_tell(
    "Season: a year ago {foreseen:.1%} churn was predicted and {observed:.1%} observed; {years}/{of} of the mean "
    "difference of {years} years is applied."
)
SEASON_UNKNOWN = to_tell(
    "How this season differs from the others is not known ({reason}): probabilities are not corrected for it, and the "
    "number of purchases lies halfway between what two kinds of models expect."
)
LAST_YEAR_SHUT = to_tell("nobody bought for weeks in the same season a year ago")
"""What is told of the season: what was applied, or why nothing was."""


def _by_btyd(then: "Past", past: "Past") -> Floats:
    """Return P(churn) of the buy-till-you-die models in a past window, shape (n,)."""
    cutoff = then.cutoff
    features = past.snapshots.features(cutoff.date, past.snapshots.sizes.check)
    p = then.trio.mean_p_no_purchase(features, cutoff.horizon_days, gap_days=cutoff.gap_days)
    return open_p_churn(p, then.trio, features, cutoff, open_days_of(then, past))


def _btyd_shift(then: "Past", past: "Past") -> float:
    """Return what the log-odds of the buy-till-you-die models would have had to be shifted by in a past window."""
    outcome = past.snapshots.outcomes(then.cutoff, past.snapshots.sizes.check)
    return level_shift(_by_btyd(then, past), outcome["churned"].to_numpy(dtype=np.int64))


def missed_by_both(own: float, by_btyd: Sequence[float]) -> list[float]:
    """Return what the season was in each year, of what two kinds of models were off by: half way between them.

    Parameters
    ----------
    own
        What the model that serves was off by last year.
    by_btyd
        What the buy-till-you-die models were off by in each year, the last first; older years tell by what these were
        off beyond it.

    Examples
    --------
    >>> missed_by_both(0.5, [0.25, 0.125])
    [0.375, 0.25]
    """
    beyond = (own - by_btyd[0]) / 2
    return [off + beyond for off in by_btyd]


def counts_for(then: "Past") -> float:
    """Return for how much of a year an earlier one counts: models of a young log err in ways of their own."""
    return min(then.history_days / YEAR_DAYS, 1.0)


def open_days_of(then: "Past", past: "Past") -> int:
    """Return the open days of a past window: what is shut every year is counted in full elsewhere, and is no season."""
    return past.snapshots.closed(past.cutoff.date).open_days(then.cutoff)


def level_ratio(observed: float, foreseen: float) -> float:
    """Return observed ÷ foreseen, at most 3 and at least 1/3; 1 where either is nothing."""
    return float(np.clip(observed / foreseen, 1 / _MOST, _MOST)) if foreseen > 0 and observed > 0 else 1.0


def year_ago(past: "Past", years: int = 1) -> "Past":
    """Return what was known a year, or several, before the cutoff.

    The day is that of the cutoff's own grid that is nearest to it: its models may be there already. A level is found on
    a sample of a large log, so its BTYD models learn from one.
    """
    days = steps_back(past.cutoff, steps_to(past.cutoff, days_of_years(past.cutoff, years)))
    return replace(past, cutoff=past.cutoff.earlier(days), histories=past.snapshots.some_histories)


def earlier_years(past: "Past", *, first: int = 1) -> Iterator["Past"]:
    """Yield what was known ``first`` and more years before the cutoff, as far back as the log and its models teach."""
    for years in range(first, MOST_YEARS + 1):
        then = year_ago(past, years)
        if then.cutoff.broken:
            continue
        if not teaches(then, past) or not then.trio.models:
            return
        yield then


def teaches(then: "Past", past: "Past") -> bool:
    """Say whether enough was known then, and its window is over by now and was open."""
    over = then.cutoff.observed_by(past.cutoff.date)
    return then.history_days >= MIN_HISTORY_DAYS and over and not then.cutoff.broken


def level_shift(p: Floats, outcome: npt.NDArray[np.int64] | Floats) -> float:
    """Return what must be added to the log-odds so that the mean probability is the mean of ``outcome``."""
    from scipy.optimize import brentq
    from scipy.special import expit

    odds, rate = log_odds(p), float(outcome.mean())
    if not 0 < rate < 1:
        return 0.0
    return float(np.clip(brentq(lambda d: float(expit(odds + d).mean()) - rate, -20, 20), -_MOST, _MOST))
