"""What the same season of earlier years says about the level, and how much of it to believe.

Levels drift with the season, and a model that has seen less than a year cannot know it. What works is to fit as of
about a year before the cutoff, compare with the days that followed, and apply half of the correction, if there were at
least 168 days of history before that; with less it does harm, and the error of the level has to be stated instead.
Where the log shows the season of more years, their mean is believed more: two thirds of two years, three quarters of
three. The older ones are looked at with the buy-till-you-die models alone, which cost little: what they were off by
beyond last year counts, and only where last year they were not far off from the model that serves.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from holdfast.churn.closed import open_p_churn, open_share
from holdfast.churn.snapshots import steps_back
from holdfast.errors import NotEnoughDataError
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Floats
from holdfast.learn.calibration import log_odds

if TYPE_CHECKING:
    from holdfast.churn.past import Past

YEAR_DAYS = 364
MIN_HISTORY_DAYS = 168
MOST_YEARS = 4
_MOST = 3.0
# Log-odds between a model and the buy-till-you-die models up to which these tell of it; seasons move both alike.
_ALIKE = 0.5


@dataclass(frozen=True)
class LastYear:
    """The backtest of one year ago, those of the years before it, and what is made of them.

    Attributes
    ----------
    tested
        Whether there was enough history; if not, ``reason`` says so and nothing is corrected.
    foreseen_churn, observed_churn
        Mean probability and share of churned in the window of last year.
    foreseen_purchases, observed_purchases
        Purchase days of everyone in that window.
    log_odds_shift
        Added to the log-odds of every churn probability: half of what would have been right last year; of n years,
        n/(n + 1) of the mean.
    purchase_factor
        Every expected number of purchases is multiplied by it.
    years
        How many years were looked at.
    """

    tested: bool = False
    reason: str = ""
    foreseen_churn: float | None = None
    observed_churn: float | None = None
    foreseen_purchases: float | None = None
    observed_purchases: float | None = None
    log_odds_shift: float = 0.0
    purchase_factor: float = 1.0
    years: int = 1

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; ``years`` only where they are several."""
        return {name: value for name, value in vars(self).items() if name != "years" or value != 1}


def last_year(past: "Past", name: str) -> LastYear:
    """Backtest the churn contender ``name`` a year before the cutoff; purchases and older years by the BTYD models."""
    then = year_ago(past)
    if not teaches(then, past):
        return LastYear(
            reason=told(
                "{days} days of history one year ago; {needed} are needed to learn from last year",
                days=max(then.history_days, 0),
                needed=MIN_HISTORY_DAYS,
            )
        )
    cutoff = then.cutoff
    features, outcome = past.snapshots.at(cutoff, past.snapshots.sizes.check)
    try:
        model = then.fitted(name)
        p = open_p_churn(model.p_churn(features), then.trio, features, cutoff, _open_days(then, past))
        observed, foreseen = _purchases(then, past)
    except NotEnoughDataError as error:
        return LastYear(reason=str(error).removesuffix("."))
    y = outcome["churned"].to_numpy(dtype=np.int64)
    shift = level_shift(p, y)
    seen = [(shift, level_ratio(observed, foreseen))]
    if (older := list(earlier_years(past, first=2))) and abs(apart := shift - _btyd_shift(then, past)) <= _ALIKE:
        seen += [(_btyd_shift(one, past) + apart, level_ratio(*_purchases(one, past))) for one in older]
    believed = len(seen) / (len(seen) + 1)
    return LastYear(
        tested=True,
        foreseen_churn=float(p.mean()),
        observed_churn=float(y.mean()),
        foreseen_purchases=foreseen,
        observed_purchases=observed,
        log_odds_shift=believed * float(np.mean([shift for shift, _ in seen])),
        purchase_factor=1.0 + believed * (float(np.mean([ratio for _, ratio in seen])) - 1.0),
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
"""What is told of the season: what was applied, or why nothing was."""


def _btyd_shift(then: "Past", past: "Past") -> float:
    """Return what the log-odds of the buy-till-you-die models would have had to be shifted by in a past window."""
    cutoff = then.cutoff
    features, outcome = past.snapshots.at(cutoff, past.snapshots.sizes.check)
    own = then.trio.mean_p_no_purchase(features, cutoff.horizon_days, gap_days=cutoff.gap_days)
    own = open_p_churn(own, then.trio, features, cutoff, _open_days(then, past))
    return level_shift(own, outcome["churned"].to_numpy(dtype=np.int64))


def _purchases(then: "Past", past: "Past") -> tuple[float, float]:
    """Return how many purchases were made in the open days of a past window, and how many those models expected."""
    cutoff = then.cutoff
    features, outcome = past.snapshots.at(cutoff, past.snapshots.sizes.check)
    expected = then.trio.mean_expected(features, cutoff.horizon_days, gap_days=cutoff.gap_days)
    expected = expected * open_share(then.trio, features, cutoff, _open_days(then, past))
    return float(outcome["purchases"].sum()), float(expected.sum())


def _open_days(then: "Past", past: "Past") -> int:
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
    asked = years * YEAR_DAYS
    steps = next(k for k in count(1) if steps_back(past.cutoff, k) >= asked)
    days = min((steps_back(past.cutoff, k) for k in (steps, steps - 1)), key=lambda d: abs(d - asked))
    return replace(past, cutoff=past.cutoff.earlier(days), histories=past.snapshots.some_histories)


def earlier_years(past: "Past", *, first: int = 1) -> Iterator["Past"]:
    """Yield what was known ``first`` and more years before the cutoff, as far back as the log and its models teach."""
    for years in range(first, MOST_YEARS + 1):
        then = year_ago(past, years)
        if not teaches(then, past) or not then.trio.models:
            return
        yield then


def teaches(then: "Past", past: "Past") -> bool:
    """Say whether enough was known then, and its window is over by now."""
    return then.history_days >= MIN_HISTORY_DAYS and then.cutoff.observed_by(past.cutoff.date)


def level_shift(p: Floats, outcome: npt.NDArray[np.int64] | Floats) -> float:
    """Return what must be added to the log-odds so that the mean probability is the mean of ``outcome``."""
    from scipy.optimize import brentq
    from scipy.special import expit

    odds, rate = log_odds(p), float(outcome.mean())
    if not 0 < rate < 1:
        return 0.0
    return float(np.clip(brentq(lambda d: float(expit(odds + d).mean()) - rate, -20, 20), -_MOST, _MOST))
