"""How good an uplift ranking is: Qini curve, uplift by decile, and the value of treating the top share only.

Outcomes, treatment and the customers' places come from a randomised campaign. Customers with the same score share their
places (``evaluate.ties``): a constant score is the straight line of random targeting, whatever the order of rows.
"""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from holdfast.evaluate.ties import Places
from holdfast.experiments.effects import Estimate, difference_of_means, effect_on
from holdfast.learn.arrays import Flags, Floats

REDRAWS, RESAMPLES, GROUPS = 500, 200, 10
SHARES = (0.1, 0.2, 0.3, 0.5, 0.7)
_MIDDLE = (0.025, 0.975)


@dataclass(frozen=True)
class Qini:
    """The Qini curve and its coefficient (Radcliffe 2007).

    Attributes
    ----------
    coefficient
        Area between the curve and the straight line of random targeting, in outcome units per customer.
    low, high
        Its 95 % interval, resampling the customers (the scores stay as they are).
    random_low, random_high
        The middle 95 % of the coefficients of the same ranking where the effect is the same for everybody and who was
        treated is drawn anew: the random band.
    p_value
        Share of those draws with a coefficient at least as high, (1 + k)/(1 + 500).
    curve
        For every tenth of the customers: ``share`` targeted, ``gain`` (outcomes gained per customer of the whole
        campaign), ``random_low`` and ``random_high`` of the random band.

    Examples
    --------
    >>> from holdfast.data import simulate_campaign
    >>> from holdfast.experiments import measure_uplift
    >>> data = simulate_campaign(2000, effect=0.1, spread=0.2, seed=3).data
    >>> found = measure_uplift(data, arm="arm", control="control", outcome="bought", covariates=["silent_days"])
    >>> qini = found.best.qini
    >>> qini.coefficient > qini.random_high, round(qini.p_value, 3)
    (True, 0.012)
    """

    coefficient: float
    low: float
    high: float
    random_low: float
    random_high: float
    p_value: float
    curve: tuple[dict[str, float], ...]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"curve": list(self.curve)}


@dataclass(frozen=True)
class Decile:
    """A tenth of the customers; decile 1 has the highest scores. ``predicted`` is the mean score.

    Examples
    --------
    >>> from holdfast.data import simulate_campaign
    >>> from holdfast.experiments import measure_uplift
    >>> data = simulate_campaign(2000, effect=0.1, spread=0.2, seed=3).data
    >>> found = measure_uplift(data, arm="arm", control="control", outcome="bought", covariates=["silent_days"])
    >>> tenths = found.best.deciles
    >>> tenths[0].uplift.effect > tenths[-1].uplift.effect
    True
    """

    decile: int
    customers: int
    predicted: float
    treated_mean: float
    control_mean: float
    uplift: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"uplift": self.uplift.as_dict()}


@dataclass(frozen=True)
class Policy:
    """Treat the share of customers with the highest scores; all values in outcome units per customer, costs taken off.

    Attributes
    ----------
    share
        Of the customers treated; 1 is everyone.
    value
        Mean outcome under the policy, less what its treatments cost.
    over_none, over_all, over_random
        Value minus that of treating nobody, everyone, and as many customers at random.

    Examples
    --------
    >>> from holdfast.data import simulate_campaign
    >>> from holdfast.experiments import measure_uplift
    >>> data = simulate_campaign(2000, effect=0.1, spread=0.2, seed=3).data
    >>> best = measure_uplift(data, arm="arm", control="control", outcome="bought", covariates=["silent_days"]).best
    >>> [(policy.share, round(policy.over_random.effect, 3)) for policy in best.policies][:3]
    [(0.1, 0.001), (0.2, 0.004), (0.3, 0.015)]
    """

    share: float
    value: float
    over_none: Estimate
    over_all: Estimate
    over_random: Estimate

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        plain = {name: getattr(self, name).as_dict() for name in ("over_none", "over_all", "over_random")}
        return {"share": self.share, "value": self.value, **plain}


def qini_curve(outcome: Floats, treated: Floats, places: Places, weights: Floats | None = None) -> Floats:
    """Return the gain per customer of targeting the first 0, 1, …, n customers, shape (n + 1,).

    (Y_t(k) − Y_c(k)·N_t(k)/N_c(k)) / N_t, with sums over the first k customers of each arm (Radcliffe 2007, eq. 1).

    Parameters
    ----------
    outcome, treated
        Shape (n,); ``treated`` is 1 or 0.
    places
        Of the customers by score.
    weights
        How often each customer counts.

    Examples
    --------
    >>> outcome, treated = np.array([1.0, 0.0, 1.0, 1.0]), np.array([1.0, 0.0, 1.0, 0.0])
    >>> qini_curve(outcome, treated, Places.of([4, 3, 2, 1])).tolist()
    [0.0, 0.5, 0.5, 1.0, 0.5]
    >>> qini_curve(outcome, treated, Places.of([1, 1, 1, 1])).tolist()
    [0.0, 0.125, 0.25, 0.375, 0.5]
    """
    w = np.ones(len(outcome)) if weights is None else weights
    one, other = w * treated, w * (1 - treated)
    treated_so_far, control_so_far = places.totals(one), places.totals(other)
    # Where no control has come yet, there are no outcomes of controls to scale up either.
    ratio = np.divide(treated_so_far, control_so_far, out=np.zeros(len(one) + 1), where=control_so_far > 0)
    gain = places.totals(one * outcome) - places.totals(other * outcome) * ratio
    return np.asarray(gain / treated_so_far[-1])


def qini_coefficient(curve: Floats) -> float:
    """Return the area between a Qini curve, shape (n + 1,), and the straight line to its end."""
    area = (curve.sum() - 0.5 * (curve[0] + curve[-1])) / (len(curve) - 1)
    return float(area - curve[-1] / 2)


@dataclass(frozen=True)
class RandomArms:
    """What a ranking gives where nobody responds otherwise than the others: coefficients (500,), gains (500, 11)."""

    coefficients: Floats
    gains: Floats


def random_arms(outcome: Floats, treated: Floats, places: Places, *, seed: int = 1) -> RandomArms:
    """Return the Qini coefficients and gains of one ranking if the effect were the same for everybody.

    Who was treated is drawn anew 500 times, with that effect put where it then belongs (Ding, Feller & Miratrix 2016).
    Random orders of the customers would be no measure: a ranking that follows the outcome itself is spread wider than
    they are, and would be above them in a tenth of the campaigns in which nobody responds.
    """
    n, random = len(outcome), np.random.default_rng(seed)
    effect = float(outcome[treated == 1].mean() - outcome[treated == 0].mean())
    bare = outcome - effect * treated
    coefficients, gains = np.empty(REDRAWS), np.empty((REDRAWS, GROUPS + 1))
    for i in range(REDRAWS):
        drawn = random.permutation(treated)
        curve = qini_curve(bare + effect * drawn, drawn, places)
        coefficients[i], gains[i] = qini_coefficient(curve), curve[_tenths(n)]
    return RandomArms(coefficients, gains)


def _tenths(n: int) -> npt.NDArray[np.int64]:
    return np.round(np.linspace(0, n, GROUPS + 1)).astype(np.int64)


def qini(outcome: Floats, treated: Floats, places: Places, *, seed: int = 1) -> Qini:
    """Return curve and coefficient beside those of random arms.

    Parameters
    ----------
    outcome, treated, places
        Shape (n,), and the customers' places by score.
    seed
        Of the resampling and the random arms.
    """
    n, random = len(outcome), np.random.default_rng(seed)
    curve = qini_curve(outcome, treated, places)
    coefficient, gains = qini_coefficient(curve), curve[_tenths(n)]
    again = [
        qini_coefficient(qini_curve(outcome, treated, places, random.poisson(1.0, n).astype(np.float64)))
        for _ in range(RESAMPLES)
    ]
    low, high = np.quantile(again, _MIDDLE)
    chance = random_arms(outcome, treated, places, seed=seed)
    random_low, random_high = np.quantile(chance.coefficients, _MIDDLE)
    band = np.quantile(chance.gains, _MIDDLE, axis=0)
    rounding = 1e-12 * float(np.abs(outcome).mean())
    rows = tuple(
        {
            "share": k / GROUPS,
            "gain": float(gains[k]),
            "random_low": float(band[0, k]),
            "random_high": float(band[1, k]),
        }
        for k in range(1, GROUPS + 1)
    )
    return Qini(
        coefficient=coefficient,
        low=float(low),
        high=float(high),
        random_low=float(random_low),
        random_high=float(random_high),
        p_value=float((1 + (chance.coefficients >= coefficient - rounding).sum()) / (1 + REDRAWS)),
        curve=rows,
    )


def deciles(outcome: Floats, treated: Floats, scores: Floats, places: Places, *, rate: bool) -> tuple[Decile, ...]:
    """Return the uplift of each tenth of the customers with its 95 % interval.

    Parameters
    ----------
    outcome, treated, scores, places
        Shape (n,), and the customers' places by score.
    rate
        Whether outcomes are 0 or 1: Newcombe's interval, else Welch's.
    """
    found, first, t = [], 0, treated == 1
    for number, rows in enumerate(np.array_split(np.arange(len(outcome)), GROUPS), start=1):
        w = places.share_within(first, first + len(rows))
        first += len(rows)
        found.append(
            Decile(
                decile=number,
                customers=len(rows),
                predicted=float((w * scores).sum() / w.sum()),
                treated_mean=_mean(outcome[t], w[t]),
                control_mean=_mean(outcome[~t], w[~t]),
                uplift=_effect(outcome, t, w, rate=rate),
            )
        )
    return tuple(found)


def _mean(values: Floats, weights: Floats) -> float:
    return float((weights * values).sum() / weights.sum())


def _effect(outcome: Floats, treated: Flags, weights: Floats, *, rate: bool) -> Estimate:
    t, c = treated & (weights > 0), ~treated & (weights > 0)
    return effect_on(outcome[t], outcome[c], rate=rate, weights=weights[t], control_weights=weights[c])


def policies(outcome: Floats, treated: Floats, places: Places, *, cost_per_treated: float = 0.0) -> tuple[Policy, ...]:
    """Return the value of treating the top share, for several shares and for everyone.

    The value of a policy is the mean outcome of the customers whom chance treated as the policy would, weighted by the
    inverse of that chance (Hirano, Imbens & Ridder 2003), within the targeted and the others each: with a constant
    chance these are means per arm, and the intervals are Welch's.

    Parameters
    ----------
    outcome, treated, places
        Shape (n,), and the customers' places by score.
    shares
        Each in (0, 1).
    cost_per_treated
        In units of the outcome.
    """
    n, t = len(outcome), treated == 1
    everyone = difference_of_means(outcome[t], outcome[~t])
    found = []
    for wanted in SHARES:
        k = max(1, round(wanted * n))
        share = k / n
        in_top = places.share_within(0, k)
        top, rest = (_effect(outcome, t, w, rate=False) for w in (in_top, 1 - in_top))
        value = share * _mean(outcome[t], in_top[t]) + (1 - share) * _mean(outcome[~t], 1 - in_top[~t])
        found.append(
            Policy(
                share=wanted,
                value=value - share * cost_per_treated,
                over_none=top.times(share, minus=share * cost_per_treated),
                over_all=rest.times(share - 1, minus=(share - 1) * cost_per_treated),
                over_random=_minus(top, rest).times(share * (1 - share)),
            )
        )
    nothing = Estimate(0.0, 0.0, 0.0, 1.0)
    all_of_them = everyone.times(1.0, minus=cost_per_treated)
    value = float(outcome[t].mean()) - cost_per_treated
    return (*found, Policy(1.0, value, all_of_them, nothing, nothing))


def _minus(one: Estimate, other: Estimate) -> Estimate:
    """Return the difference of two independent effects; their intervals are taken for normal."""
    from scipy.stats import norm

    z = float(norm.isf(0.025))
    spread = float(np.hypot(one.high - one.low, other.high - other.low)) / (2 * z)
    gap = one.effect - other.effect
    p = float(2 * norm.sf(abs(gap) / spread)) if spread > 0 else float(gap == 0)
    return Estimate(gap, gap - z * spread, gap + z * spread, p)
