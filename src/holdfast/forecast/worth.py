"""What customers bring in: the forecast of the outcome window, made one with P(churn), and what comes after it."""

from dataclasses import dataclass
from typing import NamedTuple

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


class Ahead(NamedTuple):
    """What is expected of customers over a horizon, each of shape (n,).

    Attributes
    ----------
    days, after
        The present number of purchase days, and how many of them come after the outcome window.
    gone
        P(gone for good) by its end that the models do not know of (``p_gone``); 0 where the horizon ends with it.
    """

    days: Floats
    after: Floats
    gone: Floats

    def dearer(self, factor: float) -> "Ahead":
        """Return the same in purchase days of the window's worth, where each after it is worth ``factor`` as much."""
        return self._replace(days=self.days + (factor - 1.0) * self.after, after=factor * self.after)


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
    gone_share: float = 1.0,
) -> Ahead:
    """Return the present number of purchase days expected over a horizon.

    In the outcome window the forecast; before it (in a gap) and after it the mean of the models of when customers buy
    and leave, where whether anything is bought in the window is as probable as ``p_churn`` says, and what it says
    beyond the models is for good (``p_gone``): the models know neither a monthly rhythm nor what else tells who has
    left. Carrying the forecast's level on beyond its window was tried: its season and its errors go with it.

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
    gone_share
        Which share of ``p_gone`` counts: 0 where the silent of earlier years came back as the models say.
    """
    start, end = cutoff.gap_days, cutoff.gap_days + cutoff.horizon_days
    found = expected * _present_share(lasting, summary, cutoff, horizon)
    if start:
        found += lasting.mean_present(summary, 0, min(start, horizon.days), discount=horizon.rate)
    if end >= horizon.days:
        return Ahead(found, np.zeros(len(summary)), np.zeros(len(summary)))
    silent, some, none = lasting.mean_present_given(summary, end, horizon.days, discount=horizon.rate)
    gone = gone_share * p_gone(p_churn, silent)
    after = later * ((1.0 - p_churn) * some + (p_churn - gone) * none)
    return Ahead(found + after, after, gone)


def p_gone(p_churn: Floats, silent: Floats) -> Floats:
    """Return P(gone for good) that models of when customers buy do not know of, shape (n,).

    Whoever buys nothing in the window is gone, or is what the models take them for and is silent by chance:
    p = g + (1 − g) · silent. Without it, a regular customer who has broken off is expected back after the window, most
    of all by models fitted to a shop where hardly anybody seems to leave (measured: docs/value.md).

    Parameters
    ----------
    p_churn
        P(no purchase in the window), shape (n,).
    silent
        The same by the models alone, shape (n,). Where it is the larger one, nothing is left to explain.

    Examples
    --------
    >>> p_gone(np.array([0.95, 0.5, 0.3, 1.0]), np.array([0.1, 0.5, 0.5, 1.0])).round(3).tolist()
    [0.944, 0.0, 0.0, 0.0]
    """
    left = np.maximum(p_churn - silent, 0.0)
    return np.asarray(np.divide(left, 1.0 - silent, out=np.zeros_like(left), where=silent < 1))


def left_by_gone(p_churn: Floats, lasting: Trio, summary: pd.DataFrame, cutoff: Cutoff, horizon: Horizon) -> float:
    """Return which share of what silent customers would bring in after the window ``p_gone`` leaves them, all together.

    Parameters as for ``carried_on``; 1 where nothing is expected of them.
    """
    end = cutoff.gap_days + cutoff.horizon_days
    if horizon.days <= end:
        return 1.0
    silent, _, none = lasting.mean_present_given(summary, end, horizon.days, discount=horizon.rate)
    expected = float((p_churn * none).sum())
    return float(((p_churn - p_gone(p_churn, silent)) * none).sum()) / expected if expected > 0 else 1.0


def stops(
    p_churn: Floats, silent: Floats, lasting: Trio, summary: pd.DataFrame, cutoff: Cutoff, horizon: Horizon
) -> float:
    """Return which share of those who buy in the outcome window stops in as many days after it, as far as a horizon.

    By a BTYD model, which says how many are alive then and later, and by ``p_gone``, which goes on in each window.

    Parameters
    ----------
    p_churn, silent
        As for ``p_gone``; whoever buys in the window counts as probably as they do.
    lasting, summary, cutoff, horizon
        As for ``carried_on``.
    """
    end = cutoff.gap_days + cutoff.horizon_days
    buys = 1.0 - p_churn
    if horizon.days <= end or not buys.sum() > 0:
        return 0.0
    one = lasting.first
    then, later = (float((buys * one.p_alive(summary, days)).sum()) for days in (end, horizon.days))
    gone = float((buys * p_gone(p_churn, silent)).sum() / buys.sum())
    left = later / then if then > 0 else 0.0
    return 1.0 - (1.0 - gone) * float(left ** (cutoff.horizon_days / (horizon.days - end)))


def none_by_then(
    p_churn: Floats, gone: Floats, lasting: Trio, summary: pd.DataFrame, cutoff: Cutoff, horizon: Horizon
) -> Floats:
    """Return P(no purchase over a horizon), shape (n,): P(churn) of the outcome window, carried on by a BTYD model.

    Over a horizon that reaches beyond the window, P(gone), and P(silent in it by chance) × P(nothing after it either);
    over a shorter one, P(some purchase) in proportion.

    Parameters
    ----------
    p_churn
        P(no purchase in the window), shape (n,); here with its level and the days of it that are shut.
    gone
        Of ``Ahead``, shape (n,).
    lasting, summary, cutoff, horizon
        As for ``carried_on``.
    """
    end = cutoff.gap_days + cutoff.horizon_days
    one = lasting.first
    by_end, by_then = one.p_no_purchase(summary, end), one.p_no_purchase(summary, horizon.days)
    if horizon.days >= end:
        for_good = np.minimum(gone, p_churn)
        on = np.divide(by_then, by_end, out=np.ones_like(by_end), where=by_end > 0)
        return np.asarray(for_good + (p_churn - for_good) * on)
    some = np.divide(1.0 - by_then, 1.0 - by_end, out=np.zeros_like(by_end), where=by_end < 1)
    return np.asarray(1.0 - (1.0 - p_churn) * some)


def _present_share(lasting: Trio, summary: pd.DataFrame, cutoff: Cutoff, horizon: Horizon) -> Floats:
    """Return what share of a purchase of the window counts: what it is worth today, if it lies within the horizon.

    One model is enough to say when in the window purchases come.
    """
    start, end = cutoff.gap_days, cutoff.gap_days + cutoff.horizon_days
    if horizon.days <= start:
        return np.zeros(len(summary))
    one = lasting.first
    own = one.residual_value_between(summary, start, end, discount=0.0)
    inside = one.residual_value_between(summary, start, min(end, horizon.days), discount=horizon.rate)
    return np.divide(inside, own, out=np.ones_like(own), where=own > 0)
