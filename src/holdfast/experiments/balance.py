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
        whose: dict[str, list[Floats]] = {}
        for column in covariates.columns:
            whose.setdefault(covariate_of(str(column), named), []).append(filled(covariates[[column]].rank()))
        x = np.column_stack([part for parts in whose.values() for part in parts])
        x -= x.mean(axis=0)
        spread = np.sqrt(np.square(x).mean(axis=0))
        self._x = x / np.where(spread > 0, spread, 1.0)
        widths = [sum(part.shape[1] for part in parts) for parts in whose.values()]
        ends = np.cumsum(widths)
        self.names = tuple(whose)
        gram = self._x.T @ self._x
        self._blocks = [slice(0, int(ends[-1]))] + [
            slice(int(e - w), int(e)) for e, w in zip(ends, widths, strict=True)
        ]
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
            drawn = np.column_stack([self._arms[random.permutation(n)] for _ in range(min(batch, draws - done))])
            products = self._x.T @ drawn
            for at in range(0, products.shape[1], d):
                done += 1
                if self._least(self._p_values(products[:, at : at + d])) <= seen:
                    return min(1.0, looks / done)
        return looks / (draws + 1)

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


def _whitening(gram: Floats) -> Floats:
    values, vectors = np.linalg.eigh(gram)
    kept = values > values[-1] * 1e-9
    return np.asarray(vectors[:, kept] / np.sqrt(values[kept]))
