"""How an effect depends on a few of many covariates, and on a few of their pairs: an additive model that chooses.

Every covariate is one group for its straight line, one for its bends; a text is one group; so is every product of two
covariates. A group takes part with a probability that the data say (a spike and a slab for each group: Mitchell &
Beauchamp 1988; by the variational steps of Carbonetto & Stephens 2012), and so does how large effects are.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from holdfast.learn.arrays import Floats, Ints

# Columns of products at most: more of them find more in noise, and take the time of a matrix of so many columns.
MOST_PRODUCTS = 200
# Rows of products held at once.
_AT_ONCE = 20_000
_SWEEPS = 40
# Of a group, to begin with; that of products also counts as many that take no part as it counts customers' doubts.
_TAKES_PART, _DOUBTS = 0.2, (1.5, 1.5, 9.5)
# A slab to begin with: three standard errors wide.
_WIDE = 9.0
STRAIGHT, BENDS, PRODUCT = 0, 1, 2


@dataclass(frozen=True)
class Groups:
    """What the columns of a design stand for.

    Attributes
    ----------
    columns, kinds
        Of each group, columns of ``bent`` and then of the products; ``STRAIGHT``, ``BENDS`` or ``PRODUCT``.
    pairs, centres
        Columns of ``bent`` that are multiplied, (products, 2), and what is taken off each column before, (columns,).
    """

    columns: tuple[Ints, ...]
    kinds: tuple[int, ...]
    pairs: Ints
    centres: Floats

    @classmethod
    def of(cls, bent: Floats, parts: Sequence[tuple[Ints, Ints]], outcome: Floats) -> Self:
        """Return the groups of covariates given as (straight columns, bends) each.

        The pairs are those of covariates that foresee the outcome, whatever the arm, best first, as far as there is
        room: this choice knows no arm and so no effect.
        """
        columns = [part for straight, bends in parts for part in (straight, bends) if len(part)]
        kinds = [kind for part in parts for kind, own in zip((STRAIGHT, BENDS), part, strict=True) if len(own)]
        centres = bent.mean(axis=0)
        z, y = bent - centres, outcome - outcome.mean()
        scale = np.sqrt(np.square(z).sum(axis=0))
        says = np.abs(z.T @ y) / np.where(scale > 0, scale, np.inf)
        order = sorted(range(len(parts)), key=lambda i: -float(says[parts[i][0]].max()))
        chosen: list[tuple[int, int]] = []
        for i, j in sorted(((a, b) for b in range(len(order)) for a in range(b)), key=lambda ab: (sum(ab), ab)):
            own = [(int(a), int(b)) for a in parts[order[i]][0] for b in parts[order[j]][0]]
            if len(chosen) + len(own) > MOST_PRODUCTS:
                continue
            start = bent.shape[1] + len(chosen)
            columns.append(np.arange(start, start + len(own)))
            kinds.append(PRODUCT)
            chosen += own
        pairs = np.array(chosen, dtype=np.int64).reshape(-1, 2)
        return cls(tuple(columns), tuple(kinds), pairs, centres)

    @property
    def risk(self) -> Ints:
        """Columns of the last covariate given: the outcome expected whatever the arm."""
        last = max(i for i, kind in enumerate(self.kinds) if kind == STRAIGHT)
        bends = [g for g, kind in zip(self.columns[last + 1 :], self.kinds[last + 1 :], strict=True) if kind == BENDS]
        return np.concatenate([self.columns[last], *bends])

    def matrix(self, bent: Floats) -> Floats:
        """Return the columns and their products."""
        z = bent - self.centres
        return np.column_stack([z, z[:, self.pairs[:, 0]] * z[:, self.pairs[:, 1]]])


@dataclass(frozen=True)
class Moments:
    """All that the model needs to know of customers: sums, which can be added and taken off."""

    weight: float
    x: Floats
    xx: Floats
    y: float
    xy: Floats
    noise: Floats

    @classmethod
    def of(cls, groups: Groups, bent: Floats, target: Floats, weights: Floats, level: float) -> Self:
        """Return the sums over customers; ``level`` is what their noise is measured from."""
        size = bent.shape[1] + len(groups.pairs)
        weight, y = float(weights.sum()), float(weights @ target)
        x, xx, xy, noise = np.zeros(size), np.zeros((size, size)), np.zeros(size), np.zeros((3, size))
        for start in range(0, len(bent), _AT_ONCE):
            rows = slice(start, start + _AT_ONCE)
            part, w, t = groups.matrix(bent[rows]), weights[rows], target[rows]
            x += w @ part
            xx += part.T @ (w[:, None] * part)
            xy += part.T @ (w * t)
            e = np.square(w * (t - level))
            noise += np.stack([np.full(size, e.sum()), e @ part, e @ np.square(part)])
        return cls(weight, x, xx, y, xy, noise)

    def __add__(self, other: "Moments") -> "Moments":
        """Return the sums over both."""
        return Moments(*(a + b for a, b in zip(self._parts(), other._parts(), strict=True)))

    def _parts(self) -> tuple[Any, ...]:
        return self.weight, self.x, self.xx, self.y, self.xy, self.noise


@dataclass(frozen=True)
class Sparse:
    """The model: a level, slopes of columns of ``bent``, and slopes of products of two of them."""

    level: float
    columns: Ints
    slopes: Floats
    pairs: Ints
    products: Floats
    centres: Floats

    @classmethod
    def fit(cls, groups: Groups, moments: Moments, *, products: bool) -> Self:
        """Fit to the sums over customers, with or without the products."""
        used = [i for i, kind in enumerate(groups.kinds) if products or kind != PRODUCT]
        mean = moments.x / moments.weight
        level = moments.y / moments.weight
        slopes = _slopes([groups.columns[i] for i in used], np.array([groups.kinds[i] for i in used]), moments)
        level -= float(mean @ slopes)
        own = len(groups.centres)
        columns, taken = np.flatnonzero(slopes[:own]), np.flatnonzero(slopes[own:])
        return cls(level, columns, slopes[columns], groups.pairs[taken], slopes[own + taken], groups.centres)

    def effect(self, raw: Floats, bent: Floats) -> Floats:  # noqa: ARG002
        """See ``Learner``."""
        said = self.level + (bent[:, self.columns] - self.centres[self.columns]) @ self.slopes
        for (a, b), slope in zip(self.pairs, self.products, strict=True):
            said = said + slope * (bent[:, a] - self.centres[a]) * (bent[:, b] - self.centres[b])
        return np.asarray(said)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values."""
        names = ("columns", "slopes", "pairs", "products", "centres")
        return {"kind": "sparse", "level": self.level, **{name: getattr(self, name).tolist() for name in names}}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Return what ``to_dict`` gave."""
        floats = {k: np.array(state[k], dtype=np.float64) for k in ("slopes", "products", "centres")}
        columns = np.array(state["columns"], dtype=np.int64)
        return cls(state["level"], columns, pairs=np.array(state["pairs"], dtype=np.int64).reshape(-1, 2), **floats)


def _slopes(columns: list[Ints], kinds: Ints, sums: Moments) -> Floats:
    """Return the slope of every column, 0 where its group takes no part."""
    mean, level, n = sums.x / sums.weight, sums.y / sums.weight, sums.weight
    gram = sums.xx / n - np.outer(mean, mean)
    products = sums.xy / n - mean * level
    # Heavy spenders are noisy where they are rare: every column has the noise of those it tells of.
    noise = (sums.noise[2] - 2 * mean * sums.noise[1] + mean**2 * sums.noise[0]) / n**2
    variance = np.diag(gram)
    noise = np.where(variance > 0, noise / np.where(variance > 0, variance, 1.0), 0.0)
    turn, own, error = _whitened(columns, gram, noise)
    gram, products = turn.T @ gram @ turn, turn.T @ products
    return np.asarray(turn @ _chosen(gram, products, own, error, kinds, float(sums.noise[0, 0]) / n**2))


def _whitened(columns: list[Ints], gram: Floats, noise: Floats) -> tuple[Floats, list[slice], Floats]:
    """Return the turn to uncorrelated columns of variance 1 within each group, their places, and the groups' noise."""
    parts: list[Floats] = []
    own: list[slice] = []
    error = np.zeros(len(columns))
    start = 0
    for number, group in enumerate(columns):
        values, vectors = np.linalg.eigh(gram[np.ix_(group, group)])
        kept = values > max(float(values[-1]), 1e-12) * 1e-4
        part = np.zeros((len(gram), int(kept.sum())))
        part[group] = vectors[:, kept] / np.sqrt(values[kept])
        parts.append(part)
        own.append(slice(start, start + part.shape[1]))
        start += part.shape[1]
        error[number] = float(noise[group].mean())
    return np.column_stack(parts), own, error


def _chosen(gram: Floats, products: Floats, own: list[slice], error: Floats, kinds: Ints, usual: float) -> Floats:
    """Return the mean slopes after the variational steps; groups that hardly take part are left at 0."""
    sizes = np.array([place.stop - place.start for place in own], dtype=np.float64)
    share, wide = np.full(3, _TAKES_PART), np.full(3, _WIDE * usual)
    part, square = np.full(len(own), _TAKES_PART), np.zeros(len(own))
    beta, at = np.zeros(len(products)), np.zeros(len(products))
    usable = [g for g in range(len(own)) if sizes[g] and error[g] > 0]
    for sweep in range(_SWEEPS):
        before = beta.copy()
        # Those who take no part are asked again only now and then.
        for g in usable if sweep < 3 or sweep % 5 == 0 else [g for g in usable if part[g] > 0.01]:
            place, slab = own[g], wide[kinds[g]]
            left = products[place] - at[place] + beta[place]
            spread = 1.0 / (1.0 / error[g] + 1.0 / slab)
            mean = left * (spread / error[g])
            size = float(mean @ mean)
            odds = np.log(share[kinds[g]] / (1 - share[kinds[g]])) + 0.5 * sizes[g] * np.log(spread / slab)
            part[g] = 1.0 / (1.0 + np.exp(-np.clip(odds + 0.5 * size / spread, -40.0, 40.0)))
            square[g] = size + sizes[g] * spread
            change = part[g] * mean - beta[place]
            at += gram[:, place] @ change
            beta[place] += change
        for kind in range(3):
            mine = np.array([g for g in usable if kinds[g] == kind], dtype=np.int64)
            if len(mine):
                share[kind] = np.clip((part[mine].sum() + 0.5) / (len(mine) + 0.5 + _DOUBTS[kind]), 0.002, 0.95)
                counted = float((part[mine] * sizes[mine]).sum())
                wide[kind] = (float(part[mine] @ square[mine]) + _WIDE * usual) / (counted + 1.0)
        if sweep > 3 and np.abs(beta - before).max() < 0.02 * np.sqrt(usual):
            break
    for g, place in enumerate(own):
        if part[g] < 0.01:
            beta[place] = 0.0
    return beta
