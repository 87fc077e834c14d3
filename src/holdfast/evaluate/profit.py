"""Profit of a retention campaign as a metric: MPC and EMPC (Verbraken, Verbeke & Baesens 2013)."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import betainc

from holdfast.learn.arrays import Floats


@dataclass(frozen=True)
class CampaignProfit:
    """The most that a ranking can earn.

    Attributes
    ----------
    profit
        Per customer of the whole base, in currency; higher is better, 0 is what doing nothing earns.
    share
        Share of the customers to contact for it, riskiest first.

    Examples
    --------
    >>> churned, p = [1, 1, 0, 0, 0, 0, 0, 0], [0.9, 0.6, 0.7, 0.3, 0.2, 0.2, 0.1, 0.1]
    >>> best = maximum_profit(churned, p, acceptance=0.5, value=100)
    >>> round(best.profit, 2), best.share
    (9.62, 0.375)
    """

    profit: float
    share: float


def maximum_profit(
    churned: npt.ArrayLike,
    p: npt.ArrayLike,
    *,
    acceptance: float = 0.3,
    value: float = 200.0,
    offer_cost: float = 10.0,
    contact_cost: float = 1.0,
) -> CampaignProfit:
    """Return the MPC: the best cut-off's profit for one acceptance rate.

    Parameters
    ----------
    churned, p
        1 = churned, and the score (higher is riskier); shape (n,).
    acceptance
        Probability that a churner accepts the offer and stays.
    value, offer_cost, contact_cost
        In currency: what a customer who stays is worth, the offer, and the contact.

    Raises
    ------
    ValueError
        Only one of the two outcomes is there, or a cost or the value is not positive.

    Examples
    --------
    >>> churned = [1, 1, 0, 0, 0, 0, 0, 0]
    >>> good, poor = [0.9, 0.8, 0.4, 0.3, 0.2, 0.2, 0.1, 0.1], [0.1, 0.2, 0.4, 0.3, 0.9, 0.8, 0.7, 0.6]
    >>> [round(maximum_profit(churned, p, acceptance=0.3, value=200).profit, 2) for p in (good, poor)]
    [14.0, 5.75]
    """
    hull, share_churned = _hull(churned, p)
    delta, phi = _relative(value, offer_cost, contact_cost)
    profits = value * (
        (acceptance * (1 - delta) - phi) * share_churned * hull[:, 0] - (delta + phi) * (1 - share_churned) * hull[:, 1]
    )
    best = int(np.argmax(profits))
    return CampaignProfit(float(profits[best]), float(hull[best] @ (share_churned, 1 - share_churned)))


def expected_maximum_profit(
    churned: npt.ArrayLike,
    p: npt.ArrayLike,
    *,
    alpha: float = 6.0,
    beta: float = 14.0,
    value: float = 200.0,
    offer_cost: float = 10.0,
    contact_cost: float = 1.0,
) -> CampaignProfit:
    """Return the EMPC: the best cut-off's profit, averaged over an acceptance rate ~ Beta(alpha, beta).

    Each vertex of the ROC curve's convex hull is the best cut-off for an interval of acceptance rates, over which
    profit is linear in the rate; so the integral is a sum of incomplete beta functions, without a grid.

    Parameters
    ----------
    churned, p, value, offer_cost, contact_cost
        As in ``maximum_profit``.
    alpha, beta
        Of the acceptance rate; its mean is alpha / (alpha + beta).

    Raises
    ------
    ValueError
        Only one of the two outcomes is there, or a cost or the value is not positive.

    Examples
    --------
    >>> churned, p = [1, 1, 0, 0, 0, 0, 0, 0], [0.9, 0.6, 0.7, 0.3, 0.2, 0.2, 0.1, 0.1]
    >>> best = expected_maximum_profit(churned, p, value=200, offer_cost=10, contact_cost=1)
    >>> round(best.profit, 2), round(best.share, 2)
    (12.63, 0.37)
    """
    hull, share_churned = _hull(churned, p)
    delta, phi = _relative(value, offer_cost, contact_cost)
    share_stayed = 1 - share_churned
    steps = np.diff(hull, axis=0)
    # Acceptance rates at which a vertex and the next earn the same; none where no churner is gained.
    with np.errstate(divide="ignore"):
        turning = (share_stayed * (delta + phi) / share_churned * steps[:, 1] / steps[:, 0] + phi) / (1 - delta)
    edges = np.clip(np.concatenate([[0.0], turning, [1.0]]), 0.0, 1.0)
    mass = np.diff(betainc(alpha, beta, edges))
    mean = alpha / (alpha + beta) * np.diff(betainc(alpha + 1, beta, edges))
    gain = (mean * (1 - delta) - mass * phi) * share_churned * hull[:, 0]
    loss = mass * (delta + phi) * share_stayed * hull[:, 1]
    shares = hull @ (share_churned, share_stayed)
    return CampaignProfit(float(value * (gain - loss).sum()), float(mass @ shares))


def _relative(value: float, offer_cost: float, contact_cost: float) -> tuple[float, float]:
    if value <= 0 or offer_cost < 0 or contact_cost < 0 or offer_cost >= value:
        raise ValueError("value must be above offer_cost, and no cost below 0.")
    return offer_cost / value, contact_cost / value


def _hull(churned: npt.ArrayLike, p: npt.ArrayLike) -> tuple[Floats, float]:
    """Return the convex hull of the ROC curve from (0, 0) to (1, 1), rows (F0, F1), and the share of churners."""
    y, score = np.asarray(churned, dtype=np.int64), np.asarray(p, dtype=np.float64)
    if not 0 < y.sum() < len(y):
        raise ValueError("Profit needs customers who churned and customers who stayed.")
    order = np.argsort(-score, kind="stable")
    ends = np.flatnonzero(np.append(np.diff(score[order]) != 0, True))
    found = np.cumsum(y[order])[ends]
    points = np.vstack([[0, 0], np.column_stack([found, ends + 1 - found])]).astype(np.float64)
    hull: list[Floats] = []
    for point in points:
        while len(hull) >= 2 and _turns_left(hull[-2], hull[-1], point):
            hull.pop()
        hull.append(point)
    return np.asarray(hull) / (y.sum(), len(y) - y.sum()), float(y.mean())


def _turns_left(a: Floats, b: Floats, c: Floats) -> bool:
    """Whether b lies on or below the line from a to c (churners are the first coordinate, drawn upwards)."""
    return bool((b[0] - a[0]) * (c[1] - a[1]) <= (c[0] - a[0]) * (b[1] - a[1]))
