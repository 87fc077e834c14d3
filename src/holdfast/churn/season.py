"""What the same season of last year says about the level, and how much of it to believe.

Levels drift with the season, and a model that has seen less than a year cannot know it. What works is to fit as of
about a year before the cutoff, compare with the days that followed, and apply half of the correction, if there were at
least 168 days of history before that; with less it does harm, and the error of the level has to be stated instead.
"""

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from holdfast.churn.snapshots import steps_back
from holdfast.errors import NotEnoughDataError
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Floats
from holdfast.learn.calibration import log_odds

if TYPE_CHECKING:
    from holdfast.churn.past import Past

YEAR_DAYS = 364
MIN_HISTORY_DAYS = 168
BELIEVED = 0.5
_MOST = 3.0


@dataclass(frozen=True)
class LastYear:
    """The backtest of one year ago, and what is made of it.

    Attributes
    ----------
    tested
        Whether there was enough history; if not, ``reason`` says so and nothing is corrected.
    foreseen_churn, observed_churn
        Mean probability and share of churned in the window of last year.
    foreseen_purchases, observed_purchases
        Purchase days of everyone in that window.
    log_odds_shift
        Added to the log-odds of every churn probability: half of what would have been right last year.
    purchase_factor
        Every expected number of purchases is multiplied by it.
    """

    tested: bool = False
    reason: str = ""
    foreseen_churn: float | None = None
    observed_churn: float | None = None
    foreseen_purchases: float | None = None
    observed_purchases: float | None = None
    log_odds_shift: float = 0.0
    purchase_factor: float = 1.0


def last_year(past: "Past", name: str) -> LastYear:
    """Backtest the churn contender ``name`` a year before the cutoff; purchases by the BTYD models' mean."""
    then = year_ago(past)
    if not teaches(then, past):
        had = (then.cutoff.date - past.snapshots.first_day).days
        return LastYear(
            reason=told(
                "{days} days of history one year ago; {needed} are needed to learn from last year",
                days=max(had, 0),
                needed=MIN_HISTORY_DAYS,
            )
        )
    cutoff = then.cutoff
    features, outcome = past.snapshots.at(cutoff, past.snapshots.sizes.check)
    try:
        model = then.fitted(name)
        expected = then.trio.mean_expected(features, cutoff.horizon_days, gap_days=cutoff.gap_days)
    except NotEnoughDataError as error:
        return LastYear(reason=str(error).removesuffix("."))
    p, y = model.p_churn(features), outcome["churned"].to_numpy(dtype=np.int64)
    foreseen, observed = float(expected.sum()), float(outcome["purchases"].sum())
    ratio = float(np.clip(observed / foreseen, 1 / _MOST, _MOST)) if foreseen > 0 and observed > 0 else 1.0
    return LastYear(
        tested=True,
        foreseen_churn=float(p.mean()),
        observed_churn=float(y.mean()),
        foreseen_purchases=foreseen,
        observed_purchases=observed,
        log_odds_shift=BELIEVED * level_shift(p, y),
        purchase_factor=1.0 + BELIEVED * (ratio - 1.0),
    )


SEASON = to_tell(
    "Season: a year ago {foreseen:.1%} churn was predicted and {observed:.1%} observed; half of that difference is "
    "applied."
)
SEASON_UNKNOWN = to_tell(
    "How this season differs from the others is not known, so probabilities are not corrected for it: {reason}."
)
"""What is told of the season: what was applied, or why nothing was."""


def year_ago(past: "Past") -> "Past":
    """Return what was known a year before the cutoff.

    The day is that of the cutoff's own grid that is nearest to a year ago: its models may be there already.
    """
    steps = next(k for k in count(1) if steps_back(past.cutoff, k) >= YEAR_DAYS)
    days = min((steps_back(past.cutoff, k) for k in (steps, steps - 1)), key=lambda d: abs(d - YEAR_DAYS))
    return past.earlier(past.cutoff.earlier(days))


def teaches(then: "Past", past: "Past") -> bool:
    """Say whether enough was known then, and its window is over by now."""
    had = (then.cutoff.date - past.snapshots.first_day).days
    return had >= MIN_HISTORY_DAYS and then.cutoff.observed_by(past.cutoff.date)


def level_shift(p: Floats, outcome: npt.NDArray[np.int64]) -> float:
    """Return what must be added to the log-odds so that the mean probability is the observed share."""
    from scipy.optimize import brentq
    from scipy.special import expit

    odds, rate = log_odds(p), float(outcome.mean())
    if not 0 < rate < 1:
        return 0.0
    return float(np.clip(brentq(lambda d: float(expit(odds + d).mean()) - rate, -20, 20), -_MOST, _MOST))
