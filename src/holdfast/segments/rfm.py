"""Segments: RFM scores and the eleven named groups, new, sporadic and loyal buyers, and the CLV × risk grid."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.data.reading.frames import Frame, in_pandas
from holdfast.language import N_
from holdfast.learn.arrays import Ints

# Recency score (rows) × the mean of the frequency and monetary scores, rounded up (columns 1 to 5): each of the 125
# (R, F, M) cells falls into exactly one of these 25 places, each of which has exactly one name.
_GRID = {
    5: ("New Customers", "Potential Loyalist", "Potential Loyalist", "Champions", "Champions"),
    4: ("Promising", "Potential Loyalist", "Potential Loyalist", "Loyal", "Champions"),
    3: ("About To Sleep", "About To Sleep", "Need Attention", "Loyal", "Loyal"),
    2: ("Hibernating", "Hibernating", "At Risk", "At Risk", "At Risk"),
    1: ("Lost", "Lost", "At Risk", "Cannot Lose Them", "Cannot Lose Them"),
}
ACTIONS = {
    N_("Champions"): N_("thank, offer first, ask to recommend; no discount is needed"),
    N_("Loyal"): N_("reward with the loyalty programme; offer what goes with past purchases"),
    N_("Potential Loyalist"): N_("invite into the loyalty programme; help the next purchase along"),
    N_("New Customers"): N_("welcome; show how to get most from the first purchase; lead to the second"),
    N_("Promising"): N_("remind soon with something new; make the second purchase easy"),
    N_("Need Attention"): N_("contact with a limited offer on what was bought before"),
    N_("About To Sleep"): N_("remind of what is popular; a small offer while interest lasts"),
    N_("At Risk"): N_("contact in person or by a strong offer; ask what went wrong"),
    N_("Cannot Lose Them"): N_("call; win back with the best offer that still pays"),
    N_("Hibernating"): N_("cheap channels only; an occasional offer"),
    N_("Lost"): N_("leave, or one cheap attempt to win back"),
}
# What they bought once is no reason to call those who are expected to bring in little.
_IF_WORTH_LITTLE = {
    "At Risk": N_("worth little by now: by mail, with a small offer; ask what went wrong"),
    "Cannot Lose Them": N_("bought much once, worth little by now: by mail, with a small offer; no call"),
}
# Where most are expected to leave, advice that counts on their staying would be wrong.
_REWARD = N_("reward; most of them are expected to leave: contact those whom the list at risk says")
_IF_MOST_LEAVE = {
    "Champions": N_("thank, offer first; most of them are expected to leave: contact those whom the list at risk says"),
    "Loyal": _REWARD,
    "loyal": _REWARD,
    "Potential Loyalist": N_("help the next purchase along; most of them are expected to leave"),
}
_GONE = N_("nearly all of them are expected not to come back: as those to win back, by a cheap channel")
_IF_NEARLY_ALL_LEAVE = dict.fromkeys(("Champions", "Loyal", "Potential Loyalist", "Need Attention", "loyal"), _GONE)
_LITTLE = 0.5
_HALF, _NEARLY_ALL = 0.5, 0.9
SEGMENTS = tuple(ACTIONS)
BUYERS = {
    "new": N_("welcome and lead to the next purchase"),
    "loyal": N_("reward; do not spend margin on discounts"),
    "sporadic": N_("remind at the time of need; offer a reason to come back"),
}
VALUE_BANDS, RISK_BANDS = ("high", "middle", "low"), ("high", "middle", "low", "lapsed")
_GRID_ACTIONS = {
    ("high", "high"): N_("contact those whom the list at risk says, now and in person; the offer may cost most here"),
    ("high", "middle"): N_("contact before the usual gap is over"),
    ("high", "low"): N_("look after; no discount"),
    ("high", "lapsed"): N_("win back, one by one"),
    ("middle", "high"): N_("contact with an offer that its value allows"),
    ("middle", "middle"): N_("remind"),
    ("middle", "low"): N_("offer what raises value: other products, a larger basket"),
    ("middle", "lapsed"): N_("win back by a cheap channel"),
    ("low", "high"): N_("cheap channels only"),
    ("low", "middle"): N_("cheap channels only"),
    ("low", "low"): N_("develop; no cost of its own"),
    ("low", "lapsed"): N_("let go"),
}


def actions(worth: Mapping[str, float], everybody: float) -> dict[str, str]:
    """Return what to do with each RFM segment, by what its customers are expected to bring in.

    Parameters
    ----------
    worth
        Mean value of the customers of a segment, by its name, currency or expected purchases.
    everybody
        Mean value of all customers. A segment worth less than half of it is not called one by one.

    Examples
    --------
    >>> actions({"Cannot Lose Them": 90.0, "At Risk": 10.0}, 40.0)["Cannot Lose Them"]
    'call; win back with the best offer that still pays'
    >>> actions({"Cannot Lose Them": 6.0, "At Risk": 10.0}, 40.0)["Cannot Lose Them"]
    'bought much once, worth little by now: by mail, with a small offer; no call'
    """
    little = {name for name, mean in worth.items() if mean < _LITTLE * everybody}
    return {name: _IF_WORTH_LITTLE.get(name, usual) if name in little else usual for name, usual in ACTIONS.items()}


def unless_most_leave(advice: Mapping[str, str], risks: Mapping[str, float]) -> dict[str, str]:
    """Return what to do with each segment, other advice where its mean risk is at least half, or nine tenths.

    Examples
    --------
    >>> unless_most_leave(ACTIONS, {"Champions": 0.56})["Champions"]
    'thank, offer first; most of them are expected to leave: contact those whom the list at risk says'
    >>> unless_most_leave(ACTIONS, {"Champions": 0.2})["Champions"]
    'thank, offer first, ask to recommend; no discount is needed'
    >>> unless_most_leave(ACTIONS, {"Loyal": 0.99})["Loyal"]
    'nearly all of them are expected not to come back: as those to win back, by a cheap channel'
    """
    found = dict(advice)
    for least, instead in ((_HALF, _IF_MOST_LEAVE), (_NEARLY_ALL, _IF_NEARLY_ALL_LEAVE)):
        found |= {name: instead[name] for name in found if name in instead and risks.get(name, 0.0) >= least}
    return found


def scores_1_to_5(values: npt.ArrayLike, *, ties_high: bool = False) -> Ints:
    """Return quintile scores, 1 the lowest fifth and 5 the highest, shape (n,); the same value has the same score.

    The score is 1 + ⌊5 × share of values strictly below⌋; with ``ties_high`` it is 5 − ⌊5 × share strictly above⌋. So
    a crowd of equal values (one-time buyers) is scored as its lowest member would be, or as its highest. It depends
    neither on the order of rows nor on the unit.

    Raises
    ------
    ValueError
        A value is NaN.

    Examples
    --------
    >>> scores_1_to_5([1, 1, 1, 2, 9]).tolist()
    [1, 1, 1, 4, 5]
    >>> scores_1_to_5([1, 1, 1, 2, 9], ties_high=True).tolist()
    [3, 3, 3, 4, 5]
    """
    x = np.asarray(values, dtype=np.float64)
    if np.isnan(x).any():
        raise ValueError("a value is missing: it has no score")
    ordered = np.sort(x)
    if ties_high:
        above = len(x) - np.searchsorted(ordered, x, side="right")
        return np.asarray(5 - 5 * above // max(len(x), 1), dtype=np.int64)
    return np.asarray(1 + 5 * np.searchsorted(ordered, x, side="left") // max(len(x), 1), dtype=np.int64)


def segment_of(r: int, f: int, m: int) -> str:
    """Return the name of one (R, F, M) cell, each score from 1 (worst) to 5 (best).

    Raises
    ------
    ValueError
        A score is not from 1 to 5.

    Examples
    --------
    >>> segment_of(5, 5, 5), segment_of(1, 5, 4), segment_of(5, 1, 1)
    ('Champions', 'Cannot Lose Them', 'New Customers')
    """
    if not all(1 <= s <= 5 for s in (r, f, m)):
        raise ValueError("RFM scores are from 1 to 5")
    return _GRID[r][(f + m + 1) // 2 - 1]


def rfm(features: Frame) -> pd.DataFrame:
    """Return RFM scores and the named segment of every customer.

    Recency is ``days_since_last`` (fewer is better), frequency ``purchase_days``, monetary ``spend_total``. A crowd of
    equal values takes the higher recency score and the lower scores of frequency and money. A log without amounts has
    M = F. Scores are relative: they place a customer among those scored on the same date (Hughes 1994).

    Parameters
    ----------
    features
        One row per customer (``features.build_features``).

    Returns
    -------
    pandas.DataFrame
        ``r``, ``f``, ``m`` (1 to 5, 5 is best) and ``segment`` (one of ``SEGMENTS``), row by row as ``features``.

    Examples
    --------
    >>> features = pd.DataFrame({
    ...     "days_since_last": [3.0, 200.0, 40.0, 90.0, 10.0],
    ...     "purchase_days": [12, 9, 2, 1, 1],
    ...     "spend_total": [900.0, 700.0, 80.0, 20.0, 15.0],
    ... })
    >>> rfm(features)
       r  f  m           segment
    0  5  5  5         Champions
    1  1  4  4  Cannot Lose Them
    2  3  3  3    Need Attention
    3  2  1  2       Hibernating
    4  4  1  1         Promising
    """
    features = in_pandas(features)
    spend = features["spend_total"]
    r = scores_1_to_5(-features["days_since_last"].to_numpy(), ties_high=True)
    f = scores_1_to_5(features["purchase_days"].to_numpy())
    m = f if spend.isna().all() else scores_1_to_5(spend.to_numpy())
    names = [segment_of(*cell) for cell in zip(r.tolist(), f.tolist(), m.tolist(), strict=True)]
    return pd.DataFrame({"r": r, "f": f, "m": m, "segment": names}, index=features.index)


def buyer_types(
    features: pd.DataFrame, *, new_days: int, loyal_purchases: int, active_days: int
) -> npt.NDArray[np.object_]:
    """Tell ``new``, ``loyal`` and ``sporadic`` buyers apart, shape (n,).

    Parameters
    ----------
    features
        One row per customer (``features.build_features``).
    new_days
        New: the first purchase day lies within so many days before the cutoff, whatever came after.
    loyal_purchases, active_days
        Loyal: not new, at least so many purchase days, the last within ``active_days`` before the cutoff. All others
        are sporadic.

    Examples
    --------
    >>> features = pd.DataFrame(
    ...     {"tenure": [20.0, 400.0, 400.0], "purchase_days": [2, 8, 2], "days_since_last": [5.0, 30.0, 30.0]}
    ... )
    >>> buyer_types(features, new_days=90, loyal_purchases=5, active_days=120).tolist()
    ['new', 'loyal', 'sporadic']
    """
    new = features["tenure"].to_numpy() < new_days
    often = features["purchase_days"].to_numpy() >= loyal_purchases
    loyal = often & (features["days_since_last"].to_numpy() <= active_days)
    return np.where(new, "new", np.where(loyal, "loyal", "sporadic")).astype(object)


def value_risk_grid(
    value: npt.ArrayLike,
    p_churn: npt.ArrayLike,
    eligible: npt.ArrayLike,
    *,
    value_shares: Sequence[float] = (0.2, 0.5),
    risk_from: Sequence[float] = (0.4, 0.7),
) -> pd.DataFrame:
    """Place every customer in a grid of value × risk of churn.

    Parameters
    ----------
    value
        CLV (currency), or expected purchases where a log has no amounts; higher is better.
    p_churn
        P(no purchase in the horizon); asked of the eligible only: others have the risk ``lapsed``.
    eligible
        Whether the churn definition applies.
    value_shares
        ``high`` is the top share of all customers by value, ``middle`` reaches down to the second share; equal values
        fall into the same band, the higher one.
    risk_from
        ``middle`` and ``high`` risk begin at these probabilities.

    Returns
    -------
    pandas.DataFrame
        ``value_band``, ``risk_band``, and ``grid`` (such as ``high value, middle risk``), row by row.

    Examples
    --------
    >>> clv, p_churn, active = [900, 300, 120, 40, 10], [0.8, 0.2, 0.5, 0.9, 0.1], [True, True, True, True, False]
    >>> value_risk_grid(clv, p_churn, active)
      value_band risk_band                       grid
    0       high      high      high value, high risk
    1     middle       low     middle value, low risk
    2     middle    middle  middle value, middle risk
    3        low      high       low value, high risk
    4        low    lapsed          low value, lapsed
    """
    v, p = np.asarray(value, dtype=np.float64), np.asarray(p_churn, dtype=np.float64)
    above = (len(v) - np.searchsorted(np.sort(v), v, side="right")) / max(len(v), 1)
    value_band = np.where(above < value_shares[0], "high", np.where(above < value_shares[1], "middle", "low"))
    risk = np.where(p >= risk_from[1], "high", np.where(p >= risk_from[0], "middle", "low"))
    risk_band = np.where(np.asarray(eligible, dtype=bool), risk, "lapsed")
    named = [grid_name(a, b) for a, b in zip(value_band.tolist(), risk_band.tolist(), strict=True)]
    columns: dict[str, Any] = {"value_band": value_band, "risk_band": risk_band, "grid": named}
    return pd.DataFrame({k: np.asarray(c, dtype=object) for k, c in columns.items()})


def grid_name(value_band: str, risk_band: str) -> str:
    """Return the name of a place in the grid.

    Examples
    --------
    >>> grid_name("high", "middle")
    'high value, middle risk'
    """
    return f"{value_band} value, {risk_band}" + ("" if risk_band == "lapsed" else " risk")


GRID_ACTIONS = {grid_name(*place): action for place, action in _GRID_ACTIONS.items()}
