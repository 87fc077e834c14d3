"""What customers bring in: the forecast of the outcome window, made one with P(churn), and what comes after it."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from holdfast.churn import Trio
from holdfast.features import Cutoff
from holdfast.learn.arrays import Floats

_YEAR_DAYS = 365.0


def purchases_if_any(forecast: Floats, own: Floats, p_churn: Floats, days: int) -> Floats:
    """Return E[purchase days in the window | at least one], shape (n,), at least 1 and at most one a day.

    What the forecast says of it, forecast ÷ (1 − p), is a small number over another where churn is all but certain, and
    worse there than what a model of when customers buy says (measured: from p = .3 on; together they foresee purchases
    better than each alone). So the latter counts as much as churn is probable: a geometric mean with weights p, 1 − p.

    Parameters
    ----------
    forecast
        E[purchase days in the window], shape (n,).
    own
        The same question answered by ``PoissonModel.expected_purchases_if_any``, shape (n,).
    p_churn
        P(none of them), shape (n,).
    days
        Length of the window.

    Examples
    --------
    >>> purchases_if_any(np.array([4.5, 0.2]), np.array([4.0, 1.5]), np.array([0.5, 1.0]), days=90).tolist()
    [6.0, 1.5]
    """
    some = 1.0 - p_churn
    foreseen = np.divide(forecast, some, out=own.copy(), where=some > 0)
    return np.asarray(np.clip(own, 1.0, days) ** p_churn * np.clip(foreseen, 1.0, days) ** some)


@dataclass(frozen=True)
class Horizon:
    """Over which CLV counts purchases, and at what yearly rate one counts less the later it comes."""

    days: int
    yearly_discount: float

    @property
    def rate(self) -> float:
        """The continuous rate a day."""
        return float(np.log1p(self.yearly_discount)) / _YEAR_DAYS


def carried_on(
    expected: Floats,
    p_churn: Floats,
    lasting: Trio,
    summary: pd.DataFrame,
    cutoff: Cutoff,
    horizon: Horizon,
    *,
    later: float = 1.0,
) -> Floats:
    """Return the present number of purchase days expected over a horizon, shape (n,).

    In the outcome window the forecast; before it (in a gap) and after it the mean of the models of when customers buy
    and leave, where whether anything is bought in the window is as probable as ``p_churn`` says: the models know
    neither a monthly rhythm nor what else tells who has left. Carrying the forecast's level on beyond its window was
    tried: its season and its errors go with it.

    Parameters
    ----------
    expected
        The forecast of the outcome window, shape (n,).
    p_churn
        P(no purchase in the window), shape (n,); at the models' own level, for that of one window is not carried on.
    lasting, summary
        The models that go on, and the customers' histories.
    cutoff
        Where the outcome window lies.
    horizon
        How far to look.
    later
        What comes after the window is multiplied by it (``forecast.later``).
    """
    start, end = cutoff.gap_days, cutoff.gap_days + cutoff.horizon_days
    found = expected * _present_share(lasting, summary, cutoff, horizon)
    if start:
        found += lasting.mean_present(summary, 0, min(start, horizon.days), discount=horizon.rate)
    if end < horizon.days:
        some, none = lasting.mean_present_given(summary, end, horizon.days, discount=horizon.rate)
        found += later * ((1.0 - p_churn) * some + p_churn * none)
    return np.asarray(found)


def none_by_then(p_churn: Floats, lasting: Trio, summary: pd.DataFrame, cutoff: Cutoff, horizon: Horizon) -> Floats:
    """Return P(no purchase over a horizon), shape (n,): P(churn) of the outcome window, carried on by a BTYD model.

    Over a horizon that reaches beyond the window, P(churn) × P(nothing after it either); over a shorter one,
    P(some purchase) in proportion. Parameters as for ``carried_on``.
    """
    end = cutoff.gap_days + cutoff.horizon_days
    one = next(iter(lasting.models.values()))
    by_end, by_then = one.p_no_purchase(summary, end), one.p_no_purchase(summary, horizon.days)
    if horizon.days >= end:
        return np.asarray(p_churn * np.divide(by_then, by_end, out=np.ones_like(by_end), where=by_end > 0))
    some = np.divide(1.0 - by_then, 1.0 - by_end, out=np.zeros_like(by_end), where=by_end < 1)
    return np.asarray(1.0 - (1.0 - p_churn) * some)


def _present_share(lasting: Trio, summary: pd.DataFrame, cutoff: Cutoff, horizon: Horizon) -> Floats:
    """Return what share of a purchase of the window counts: what it is worth today, if it lies within the horizon.

    One model is enough to say when in the window purchases come.
    """
    start, end = cutoff.gap_days, cutoff.gap_days + cutoff.horizon_days
    if horizon.days <= start:
        return np.zeros(len(summary))
    one = next(iter(lasting.models.values()))
    own = one.residual_value_between(summary, start, end, discount=0.0)
    inside = one.residual_value_between(summary, start, min(end, horizon.days), discount=horizon.rate)
    return np.divide(inside, own, out=np.ones_like(own), where=own > 0)
