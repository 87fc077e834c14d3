"""Small sets of any kind, searched a second time: from many places, along every bound, and valued as printed.

``run(sets, seed)`` compares as many as asked; ``test_search`` compares a few of them, always the same.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from scipy.optimize import minimize
from scipy.special import betaln, gammaln, logsumexp

from holdfast.clv import (
    BetaDiscreteWeibull,
    BetaGeoBetaBinom,
    BetaGeoNBD,
    Model,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    ShiftedBetaGeo,
    contract_summary,
)

# As far from the first start as the package looks, in logarithms.
SPAN = 13.0
# A maximum counts as one where the likelihood falls by this much to every bound, and bends by this much there.
FALLS, BENDS = 1e-6, 1e-6
FINE = {"maxiter": 1000, "ftol": 1e-15, "gtol": 1e-9}
Likelihood = Callable[[np.ndarray], float]


# Likelihoods as the papers print them, of parameters (not logarithms).


def beta_geo(table: pd.DataFrame, weights: np.ndarray, chances: int) -> Likelihood:
    """Fader, Hardie & Lee 2005, eq. 6; Batislam et al. 2007, eq. 3."""
    x, t_x, T = (table[c].to_numpy() for c in ("frequency", "recency", "T"))

    def value(p: np.ndarray) -> float:
        r, alpha, a, b = p
        stayed = betaln(a, b + x + chances) - betaln(a, b) - (r + x) * np.log(alpha + T)
        left = betaln(a + 1, b + x - 1 + chances) - betaln(a, b) - (r + x) * np.log(alpha + t_x)
        left = np.where((x > 0) | (chances > 0), left, -np.inf)
        both = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + np.logaddexp(stayed, left)
        return float(weights @ both)

    return value


def beta_binomial(table: pd.DataFrame, weights: np.ndarray) -> Likelihood:
    """Fader, Hardie & Shang 2010, eq. 4."""
    rows = [tuple(row) for row in table[["frequency", "recency", "T"]].to_numpy()]

    def value(p: np.ndarray) -> float:
        alpha, beta, gamma, delta = p
        total = 0.0
        for (x, t_x, T), weight in zip(rows, weights, strict=True):
            ways = [betaln(alpha + x, beta + T - x) + betaln(gamma, delta + T)]
            ends = np.arange(t_x, T)
            ways += list(betaln(alpha + x, beta + ends - x) + betaln(gamma + 1, delta + ends))
            total += weight * (logsumexp(ways) - betaln(alpha, beta) - betaln(gamma, delta))
        return float(total)

    return value


def discrete_weibull(table: pd.DataFrame, weights: np.ndarray, *, c: float | None) -> Likelihood:
    """Fader et al. 2018, eq. 7; c = 1 is Fader & Hardie 2007, eq. 5."""
    T, ended = table["T"].to_numpy(), table["churned"].to_numpy() > 0

    def value(p: np.ndarray) -> float:
        alpha, beta, shape = p[0], p[1], p[2] if c is None else c

        def log_survival(t: np.ndarray) -> np.ndarray:
            return betaln(alpha, beta + t**shape) - betaln(alpha, beta)

        now, before = log_survival(T), log_survival(np.maximum(T - 1, 0))
        with np.errstate(divide="ignore"):
            left = before + np.log(-np.expm1(np.minimum(now - before, -1e-300)))
        return float(weights @ np.where(ended, left, now))

    return value


def likelihood_of(model: type[Model], table: pd.DataFrame, weights: np.ndarray) -> Likelihood:
    """Return the likelihood as printed; of Pareto/NBD, whose printed form loses all digits, the package's own."""
    if model in (BetaGeoNBD, ModifiedBetaGeoNBD):
        return beta_geo(table, weights, chances=int(model is ModifiedBetaGeoNBD))
    if model is BetaGeoBetaBinom:
        return beta_binomial(table, weights)
    if model in (ShiftedBetaGeo, BetaDiscreteWeibull):
        return discrete_weibull(table, weights, c=1.0 if model is ShiftedBetaGeo else None)
    names = model.parameter_names
    return lambda p: model.from_params(**dict(zip(names, p, strict=True))).log_likelihood(table, weights=weights)


# Sets.


def buyers(random: np.random.Generator) -> pd.DataFrame:
    """A few buyers of any habit, in whole days."""
    n = int(random.choice([3, 5, 8, 12, 20, 35, 60]))
    T = random.integers(5, 400, n).astype(float)
    r, alpha, a, b = np.exp(random.uniform((-2, 1, -2, -2), (2, 6, 2, 3)))
    bought = random.poisson(random.gamma(r, 1 / alpha, n) * T)
    last = random.geometric(np.clip(random.beta(a, b, n), 1e-12, 1))
    x = np.minimum(bought, last)
    t = T * random.beta(np.maximum(x, 1), np.maximum(bought - x + 1, 1))
    t_x = np.where(x > 0, np.clip(np.ceil(t), 1, T), 0.0)
    return pd.DataFrame({"frequency": np.minimum(x, t_x), "recency": t_x, "T": T})


def donors(random: np.random.Generator) -> pd.DataFrame:
    """A few customers at a few occasions."""
    n = int(random.choice([3, 5, 10, 20]))
    T = np.full(n, random.integers(2, 8)) if random.random() < 0.6 else random.integers(1, 8, n)
    alpha, beta, gamma, delta = np.exp(random.uniform(-2, 2, 4))
    stays = np.minimum(random.geometric(np.clip(random.beta(gamma, delta, n), 1e-12, 1)) - 1, T)
    buys = (random.random((n, 8)) < random.beta(alpha, beta, n)[:, None]) & (np.arange(8) < stays[:, None])
    last = np.where(buys.any(axis=1), 8 - buys[:, ::-1].argmax(axis=1), 0)
    return pd.DataFrame({"frequency": buys.sum(axis=1), "recency": last, "T": T}, dtype=float)


def cohort(random: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
    """The survivors of a small cohort over a few periods."""
    alpha, beta, c = np.exp(random.uniform((-2, -1, -0.7), (2, 3, 0.7)))
    left = [int(random.choice([5, 10, 20, 50, 200, 1000]))]
    survival = np.exp(betaln(alpha, beta + np.arange(random.integers(4, 10)) ** c) - betaln(alpha, beta))
    for before, now in pairwise(survival):
        left.append(int(random.binomial(left[-1], now / before)))
    return contract_summary(left)


def sets(count: int, seed: int) -> Iterator[tuple[type[Model], pd.DataFrame, np.ndarray]]:
    """Yield ``count`` sets of each kind with each model they are for."""
    for i in range(count):
        random = np.random.default_rng([seed, i])
        some, few = buyers(random), donors(random)
        for model in (BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD):
            yield model, some, np.ones(len(some))
        yield BetaGeoBetaBinom, few, np.ones(len(few))
        summary, weights = cohort(random)
        for model in (ShiftedBetaGeo, BetaDiscreteWeibull):
            yield model, summary, weights


# The second search.


@dataclass(frozen=True)
class Truth:
    """The highest value found anywhere, the highest with any parameter at a bound, and how it bends at the former."""

    value: float
    edge: float
    bend: float

    @property
    def inside(self) -> bool:
        """Whether there is a maximum, from which every way leads down."""
        return self.value - self.edge > FALLS and self.bend > BENDS


def truth(model: type[Model], table: pd.DataFrame, weights: np.ndarray, *, starts: int = 20, seed: int = 1) -> Truth:
    """Search by L-BFGS from ``starts`` places, and with each parameter held at each of its bounds."""
    some, random = model(), np.random.default_rng(seed)
    histories = some.histories(table, weights)
    centre = np.log(list(some._starts(histories)[0].values()))
    objective = some._objective(histories, [])
    low, high, k = centre - SPAN, centre + SPAN, len(centre)

    def loss(theta: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = objective(theta)
        return (-value, -slope) if np.isfinite(value) and np.all(np.isfinite(slope)) else (1e10, np.zeros(k))

    def climb(theta: np.ndarray, low: np.ndarray, high: np.ndarray) -> tuple[float, np.ndarray]:
        at = np.clip(theta, low, high)
        for _ in range(2):
            bounds = list(zip(low, high, strict=True))
            at = minimize(loss, at, jac=True, method="L-BFGS-B", bounds=bounds, options=FINE).x
        return -loss(at)[0], at

    tried = [centre, *(centre + random.uniform(-6, 6, k) for _ in range(starts - 1))]
    value, theta = max((climb(start, low, high) for start in tried), key=lambda found: found[0])
    shifts = 1e-5 * np.eye(k)
    bends = np.array([(loss(theta + shift)[1] - loss(theta - shift)[1]) / 2e-5 for shift in shifts])
    edge = -np.inf
    for i in range(k):
        for bound in (low[i], high[i]):
            at = theta
            for place in np.linspace(theta[i], bound, 6)[1:]:
                least, most = low.copy(), high.copy()
                least[i] = most[i] = place
                height, at = climb(at, least, most)
            edge = max(edge, height)
    return Truth(value, edge, float(np.linalg.eigvalsh((bends + bends.T) / 2).min()))


def compare(model: type[Model], table: pd.DataFrame, weights: np.ndarray, *, starts: int = 20) -> str:
    """Return what the two searches say: "same", "no maximum", or what the package got wrong."""
    fitted = model().fit(table, weights=weights)
    if fitted.converged_:
        printed = likelihood_of(model, table, weights)(np.array(list(fitted.params_.values())))
        np.testing.assert_allclose(fitted.log_likelihood_, printed, rtol=1e-7, err_msg=repr(fitted))
    elif "tends to" not in fitted.reason_ and "optimiser" not in fitted.reason_:
        return "nothing to learn"
    found = truth(model, table, weights, starts=starts)
    if fitted.converged_:
        return "same" if fitted.log_likelihood_ > max(found.value, found.edge) - 1e-5 else "a lower maximum"
    return "a maximum refused" if found.inside else "no maximum"


def run(count: int, seed: int, *, starts: int = 20) -> dict[str, int]:
    """Compare ``count`` sets of each kind with every model they are for; return how often each verdict was given."""
    verdicts = (f"{model.__name__}: {compare(model, *rest, starts=starts)}" for model, *rest in sets(count, seed))
    return dict(Counter(verdicts))
