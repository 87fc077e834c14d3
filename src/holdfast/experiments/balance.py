"""Do covariates differ between the arms by more than chance does? One answer for all of them, whatever their tails."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from holdfast.experiments.trial import SUSPECT_P, covariate_of, filled
from holdfast.learn.arrays import Floats, Ints

# Below it chance is asked; above it nothing is suspected anyway.
_ASK_CHANCE = 0.05
# Numbers held at once while chance is asked.
_AT_ONCE = 4_000_000


class Balance:
    """Covariates by rank, beside arms: one heavy spender must not decide.

    The distance of the arms' means is Hansen & Bowers' (2008) d² (with several arms Pillai's trace), of all covariates
    together and of each by itself. Its chi-square distribution fails where an arm is small and a covariate rare or
    heavy-tailed, so what looks suspicious is held against arms that are drawn anew: the test is exact.
    """

    def __init__(self, covariates: pd.DataFrame, arms: Ints, named: Sequence[str]) -> None:
        """Take covariates as of ``covariate_matrix``, each row's arm as a number, and the covariates' names."""
        self.names, self._x, self._blocks = _ranked(covariates, named)
        gram = self._x.T @ self._x
        self._white = [_whitening(gram[block, block]) for block in self._blocks]
        d = (arms[:, None] == np.unique(arms)[None, 1:]).astype(np.float64)
        d -= d.mean(axis=0)
        self._arms = d @ _whitening(d.T @ d)
        self._p = self._p_values(self._x.T @ self._arms)

    @property
    def together(self) -> float:
        """p-value of all covariates together, by the chi-square distribution."""
        return float(self._p[0])

    @property
    def differing(self) -> tuple[str, ...]:
        """Covariates that differ by themselves, at p < 0.001 divided by their number."""
        bar = SUSPECT_P / len(self.names)
        return tuple(name for name, p in zip(self.names, self._p[1:], strict=True) if p < bar)

    def by_chance(self, seed: int, looks: int = 1) -> float:
        """Return the p-value of all that was looked at, corrected for ``looks`` of which this is one.

        It is below 0.001 only where none of 1,000 × ``looks`` other draws of the arms differs as much: with honest
        arms in at most one of a thousand experiments. The draws stop at the first that does (Besag & Clifford 1991).
        """
        seen = self._least(self._p)
        if seen >= _ASK_CHANCE:
            return min(1.0, 2 * looks * seen)
        draws, done = round(looks / SUSPECT_P), 0
        random = np.random.default_rng(seed)
        n, d = self._arms.shape
        batch = max(1, min(50, _AT_ONCE // (n * d)))
        while done < draws:
            drawn = np.column_stack([self._drawn(random) for _ in range(min(batch, draws - done))])
            products = self._x.T @ drawn
            for at in range(0, products.shape[1], d):
                done += 1
                if self._least(self._p_values(products[:, at : at + d])) <= seen:
                    return min(1.0, looks / done)
        return looks / (draws + 1)

    def _drawn(self, random: np.random.Generator) -> Floats:
        """Return the arms as chance might have put them as well, shape as ``_arms``."""
        return np.asarray(self._arms[random.permutation(len(self._arms))])

    def _least(self, p: Floats) -> float:
        return float(min(p[0], len(self.names) * p[1:].min()))

    def _p_values(self, products: Floats) -> Floats:
        from scipy.special import chdtrc

        found = []
        for block, white in zip(self._blocks, self._white, strict=True):
            trace = float(np.square(white.T @ products[block]).sum())
            found.append((trace * (len(self._x) - 1), white.shape[1] * products.shape[1]))
        distances, freedom = np.array(found).T
        return np.asarray(chdtrc(freedom, distances))


class WeightedBalance(Balance):
    """The same where each customer had recorded probabilities: arms are compared weighted by one over them.

    The weighted means of an arm and of control are then alike whatever the probabilities, and how far they may differ
    by chance is known from the probabilities alone; the arms are drawn anew by them. An arm that a customer could not
    be in says nothing of that customer.
    """

    def __init__(self, covariates: pd.DataFrame, arms: Ints, named: Sequence[str], chances: Floats) -> None:
        """Take covariates and names as ``Balance``, arms as 0 for control, 1…, and the probability of each of them."""
        self.names, self._x, self._blocks = _ranked(covariates, named)
        self._chances, self._bounds = chances, np.cumsum(chances, axis=1)[:, :-1]
        possible = chances[:, 1:] > 0
        inverse = np.where(possible, 1 / np.where(possible, chances[:, 1:], 1.0), 0.0)
        d = possible.shape[1]
        width = self._x.shape[1]
        spread = np.zeros((width, d, width, d))
        for a in range(d):
            for b in range(a, d):
                # Of one customer: 1/e of the arm where it is the same, and 1/e of control, which all arms share.
                common = possible[:, a] * possible[:, b] / chances[:, 0] + (inverse[:, a] if a == b else 0.0)
                spread[:, a, :, b] = spread[:, b, :, a] = self._x.T @ (common[:, None] * self._x)
        inside = [spread[block, :, block] for block in self._blocks]
        self._white = [_whitening(each.reshape(len(each) * d, len(each) * d)) for each in inside]
        self._arms = self._weighed(arms)
        self._p = self._p_values(self._x.T @ self._arms)

    def _weighed(self, arms: Ints) -> Floats:
        """Return one over the probability of the customer's own arm, less that of control; shape (n, arms)."""
        own = 1 / self._chances[np.arange(len(arms)), arms]
        in_control = (self._chances[:, 1:] > 0) * ((arms == 0) * own)[:, None]
        return np.asarray((arms[:, None] == np.arange(1, self._chances.shape[1])) * own[:, None] - in_control)

    def _drawn(self, random: np.random.Generator) -> Floats:
        return self._weighed((random.random(len(self._bounds))[:, None] >= self._bounds).sum(axis=1))

    def _p_values(self, products: Floats) -> Floats:
        from scipy.special import chdtrc

        found = []
        for block, white in zip(self._blocks, self._white, strict=True):
            found.append((float(np.square(white.T @ products[block].ravel()).sum()), white.shape[1]))
        distances, freedom = np.array(found).T
        return np.asarray(chdtrc(freedom, distances))


def _ranked(covariates: pd.DataFrame, named: Sequence[str]) -> tuple[tuple[str, ...], Floats, list[slice]]:
    """Return the covariates' names, their standardised ranks, and the columns of all together and of each."""
    whose: dict[str, list[Floats]] = {}
    for column in covariates.columns:
        whose.setdefault(covariate_of(str(column), named), []).append(filled(covariates[[column]].rank()))
    x = np.column_stack([part for parts in whose.values() for part in parts])
    x -= x.mean(axis=0)
    spread = np.sqrt(np.square(x).mean(axis=0))
    widths = [sum(part.shape[1] for part in parts) for parts in whose.values()]
    ends = np.cumsum(widths)
    blocks = [slice(0, int(ends[-1]))] + [slice(int(e - w), int(e)) for e, w in zip(ends, widths, strict=True)]
    return tuple(whose), x / np.where(spread > 0, spread, 1.0), blocks


def _whitening(gram: Floats) -> Floats:
    values, vectors = np.linalg.eigh(gram)
    kept = values > values[-1] * 1e-9
    return np.asarray(vectors[:, kept] / np.sqrt(values[kept]))
