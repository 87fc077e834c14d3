"""Least squares with errors that hold where the rows of a cluster are alike, with as many strata as there are."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from holdfast.learn.arrays import Floats, Ints, standardised

# More strata than that are no columns of the regression but taken off it, which gives the same effects and errors.
_COLUMNS = 50
# Numbers held at once.
_AT_ONCE = 2_000_000
_MANY = 1000
# Pairs of clusters whose parts are known together. Beyond it each is taken for itself: so many clusters stand in a
# stratum then that what they share hardly matters.
_PAIRS = 30_000_000


class Robust:
    """A regression whose errors are CR2 (Bell & McCaffrey 2002; Pustejovsky & Tipton 2018).

    Examples
    --------
    >>> y, codes = np.array([1.0, 2, 2, 3, 5, 6, 8, 9]), np.array([0, 0, 1, 1, 2, 2, 3, 3])
    >>> found = Robust(np.repeat([[0.0], [1.0]], 4, axis=0), y, codes).ask(np.eye(1), np.zeros(1))
    >>> found.sums, round(float(found.covariance[0, 0]), 2), round(found.parts.freedom(0), 2)
    (array([5.]), 2.5, 2.0)
    """

    def __init__(self, columns: Floats, outcome: Floats, codes: Ints, strata: Ints | None = None) -> None:
        """Fit it.

        Parameters
        ----------
        columns
            What the outcome is explained by beside a level, or a level for every stratum, shape (n, k).
        outcome
            Shape (n,).
        codes, strata
            Number of each row's cluster and stratum, from 0, shape (n,); rows are sorted by ``codes``.
        """
        self.codes, self._mean, self._given = codes, float(outcome.mean()), columns.shape[1]
        self._strata: _Strata | None = None
        if strata is not None and int(strata.max()) >= _COLUMNS:
            self._strata = _Strata(strata, codes)
            design, y = columns - self._strata.means(columns), outcome - self._strata.means(outcome[:, None])[:, 0]
            self._centre = columns.mean(axis=0)
        else:
            levels = [] if strata is None else [standardised(np.eye(int(strata.max()) + 1)[strata][:, 1:])]
            design, y = np.column_stack([columns, np.ones(len(outcome)), *levels]), outcome
        u, s, vt = np.linalg.svd(design, full_matrices=False)
        # What the strata explain entirely is left of as rounding.
        kept = s > max(float(s.max(initial=0.0)), 1e-4 * np.sqrt(len(y))) * 1e-10
        self._q, self._back = u[:, kept], vt[kept].T / s[kept]
        self._coefficients = self._back @ (self._q.T @ y)
        self.left = y - self._q @ (self._q.T @ y)

    def ask(self, contrasts: Floats, level: Floats) -> "Asked":
        """Return sums of the coefficients.

        Parameters
        ----------
        contrasts
            What each sum takes of each column's coefficient, shape (asked, k).
        level
            1 where the level of everyone's strata is added to the sum, else 0, shape (asked,). Degrees of freedom are
            known of the others, in their order.
        """
        starts = np.flatnonzero(np.diff(self.codes, prepend=-1))
        sizes = np.diff(starts, append=len(self.codes))
        if self._strata is None:
            rest = np.zeros((len(contrasts), len(self._back) - self._given))
            rest[:, 0] = level
            ask, shift = np.column_stack([contrasts, rest]), np.zeros(len(contrasts))
        else:
            ask, shift = contrasts - level[:, None] * self._centre, level * self._mean
        scores, parts = _parts(self._q, self.left, (starts, sizes), (ask @ self._back).T, self._strata, level)
        return Asked(ask @ self._coefficients + shift, scores.T @ scores, parts)


@dataclass(frozen=True)
class Asked:
    """Sums of coefficients, shape (asked,), their covariance, and the clusters' parts of it."""

    sums: Floats
    covariance: Floats
    parts: "Parts"


class _Strata:
    """Strata that are taken off: their cells, which are the rows of a cluster in a stratum."""

    def __init__(self, strata: Ints, codes: Ints) -> None:
        self.rows = np.bincount(strata).astype(np.float64)
        self._of_row = strata
        pairs, self.cell, self.counts = np.unique(
            codes * len(self.rows) + strata, return_inverse=True, return_counts=True
        )
        self.cluster, self.stratum = pairs // len(self.rows), pairs % len(self.rows)
        self.first = np.flatnonzero(np.diff(self.cluster, prepend=-1))
        self.per_cluster = np.diff(self.first, append=len(pairs))

    def means(self, values: Floats) -> Floats:
        """Return the mean of each row's stratum, shape (n, k)."""
        sums = [np.bincount(self._of_row, weights=v, minlength=len(self.rows)) for v in values.T]
        return (np.column_stack(sums) / self.rows[:, None])[self._of_row] if sums else np.zeros_like(values)


@dataclass(frozen=True)
class Parts:
    """What each cluster adds to the errors of what is asked, so that their degrees of freedom are known.

    The clusters' parts of two sums a and b have the covariance diag(own) − Uₐ·U_b' + τ·Mₐ'M_b with
    M = diag(sums) − L·U', were rows as alike as they are found to be (Imbens & Kolesár 2016). What strata add to U and
    L is sparse, as a cluster lies in few of them; the rest is a matrix of small rank.

    Attributes
    ----------
    own, sums
        Products and sums of each cluster's weights, shapes (clusters, asked, asked) and (clusters, asked).
    u, level
        Their products with a basis of the design, and the basis summed over the cluster, shapes
        (clusters, rank, asked) and (clusters, rank).
    untold
        Share of what is asked that rests on what one cluster alone determines, shape (asked,).
    likeness
        The variance that rows of a cluster share, as a multiple of that of their own.
    cells
        The same of the strata's cells: cluster, stratum, level, and u, shape (cells, asked); ``None``: no such strata.
    """

    own: Floats
    sums: Floats
    u: Floats
    level: Floats
    untold: Floats
    likeness: float
    cells: tuple[Ints, Ints, Floats, Floats] | None = None

    def freedom(self, asked: int) -> float:
        """Return the degrees of freedom of an error: (Σλ)²/Σλ² of a quadratic form (Satterthwaite 1946); 0: none."""
        if self.untold[asked] >= 1e-6:
            return 0.0
        one = self._pair(asked, asked)
        total, grown = one.trace(), float((self.own[:, asked, asked] + self.likeness * self.sums[:, asked] ** 2).sum())
        squares = one.times(one)
        return total**2 / squares if total > 1e-9 * grown and squares > 0 else 0.0

    def together(self, asked: Ints) -> float:
        """Return the degrees of freedom of the covariance of several sums as one matrix; 0: none.

        Those of the Wishart distribution whose elements vary as much in sum (Zhang 2012; Tipton & Pustejovsky 2015).
        Of a thousand clusters they are hundreds, and hardly matter: then the fewest of any of the sums.
        """
        many = len(asked)
        if len(self.sums) > _MANY:
            return min(self.freedom(int(a)) for a in asked)
        expected = np.array([[self._pair(a, b).trace() for b in asked] for a in asked])
        values, vectors = np.linalg.eigh((expected + expected.T) / 2)
        if values.min() <= 1e-9 * values.max() or (self.untold[asked] >= 1e-6).any():
            return 0.0
        turn = vectors / np.sqrt(values)
        own = np.einsum("ra,grs,sb->gab", turn, self.own[:, asked][:, :, asked], turn)
        cells = None if self.cells is None else (*self.cells[:3], self.cells[3][:, asked] @ turn)
        turned = replace(
            self,
            own=own,
            sums=self.sums[:, asked] @ turn,
            u=self.u[:, :, asked] @ turn,
            untold=np.zeros(many),
            cells=cells,
        )
        alone = [turned._pair(a, a) for a in range(many)]
        spread = sum(alone[a].times(alone[b]) for a in range(many) for b in range(many))
        for a in range(many):
            for b in range(many):
                spread += turned._pair(a, b).times(turned._pair(b, a))
        return many * (many + 1) / spread if spread > 0 else 0.0

    def _pair(self, a: int, b: int) -> "_Pair":
        from scipy.sparse import csr_array, diags_array

        sparse: Any
        many, rank = self.level.shape
        tau, ua, ub = self.likeness, self.u[:, :, a], self.u[:, :, b]
        if self.cells is None:
            sparse = diags_array(self.own[:, a, b] + tau * self.sums[:, a] * self.sums[:, b]).tocsr()
            left, right = (self.sums[:, i, None] * self.level for i in (a, b))
        else:
            cluster, stratum, level, u = self.cells
            wide = (many, int(stratum.max()) + 1)
            levels, za, zb = (csr_array((v, (cluster, stratum)), shape=wide) for v in (level, u[:, a], u[:, b]))
            left, right = (
                self.sums[:, i, None] * self.level - z @ (levels.T @ self.level) for i, z in ((a, za), (b, zb))
            )
            if _too_many(cluster, stratum):
                # Each cluster for itself.
                shared = np.bincount(cluster, weights=u[:, a] * u[:, b])
                own = [self.sums[:, i] - np.bincount(cluster, weights=level * u[:, i]) for i in (a, b)]
                sparse = diags_array(self.own[:, a, b] - shared + tau * own[0] * own[1]).tocsr()
            else:
                ta, tb = (diags_array(self.sums[:, i]).tocsr() - levels @ z.T for i, z in ((a, za), (b, zb)))
                sparse = diags_array(self.own[:, a, b]).tocsr() - za @ zb.T + tau * (ta.T @ tb)
        unit = np.eye(rank)
        k = np.block([[tau * (self.level.T @ self.level) - unit, -tau * unit], [-tau * unit, np.zeros((rank, rank))]])
        return _Pair(sparse, np.column_stack([ua, left]), np.column_stack([ub, right]), k)


def _too_many(cluster: Ints, stratum: Ints) -> bool:
    reached = np.bincount(cluster, weights=np.bincount(stratum)[stratum].astype(np.float64))
    return min(float(np.square(reached).sum()), float(len(reached)) ** 2) > _PAIRS


@dataclass(frozen=True)
class _Pair:
    """A matrix over the clusters: ``sparse`` + ``left``·``k``·``right``'."""

    sparse: Any
    left: Floats
    right: Floats
    k: Floats

    def trace(self) -> float:
        return float(self.sparse.diagonal().sum() + np.sum((self.left @ self.k) * self.right))

    def times(self, other: "_Pair") -> float:
        """Return the sum of the products of the elements."""
        found = float(self.sparse.multiply(other.sparse).sum())
        found += float(np.sum((self.sparse.T @ (other.left @ other.k)) * other.right))
        found += float(np.sum((other.sparse.T @ (self.left @ self.k)) * self.right))
        return found + float(np.sum((self.k.T @ (self.left.T @ other.left) @ other.k) * (self.right.T @ other.right)))


def _parts(
    q: Floats,
    left: Floats,
    clusters: tuple[Ints, Ints],
    contrasts: Floats,
    strata: _Strata | None,
    level: Floats,
) -> tuple[Floats, Parts]:
    """Return each cluster's part of every sum, shape (clusters, asked), and what their degrees of freedom need.

    ``q``: an orthonormal basis of the design; ``contrasts``: in that basis. CR2 multiplies a cluster's residuals by
    (I − Qg·Qg')^(-1/2), which in the basis is a matrix of the design's width; of the strata a cluster knows its own.
    """
    starts, sizes = clusters
    many, rank, asked = len(starts), q.shape[1], contrasts.shape[1]
    scores = np.empty((many, asked))
    effects = np.flatnonzero(level == 0)
    sums = np.empty((many, len(effects)))
    own, u = np.empty((many, len(effects), len(effects))), np.empty((many, rank, len(effects)))
    untold, of_cells = np.zeros(len(effects)), None
    kinds, which = sizes, np.zeros(many, dtype=np.int64)
    if strata is not None:
        which = strata.per_cluster
        kinds, of_cells = sizes * (int(which.max()) + 1) + which, np.empty((len(strata.cluster), len(effects)))
    for kind in np.unique(kinds):
        those = np.flatnonzero(kinds == kind)
        size, cells = int(sizes[those[0]]), int(which[those[0]])
        wide = rank + cells
        step = max(1, _AT_ONCE // (size * wide))
        for some in (those[at : at + step] for at in range(0, len(those), step)):
            rows = starts[some][:, None] + np.arange(size)
            mine, ask = q[rows], np.broadcast_to(contrasts, (len(some), rank, asked))
            if strata is not None:
                cell = strata.first[some][:, None] + np.arange(cells)
                total = strata.rows[strata.stratum[cell]]
                inside = strata.cell[rows][:, :, None] == cell[:, None, :]
                mine = np.concatenate([mine, inside / np.sqrt(total)[:, None, :]], axis=2)
                ask = np.concatenate([ask, (np.sqrt(total) / len(left))[:, :, None] * level], axis=1)
            _, s, vt = np.linalg.svd(mine, full_matrices=False)
            rest = 1 - np.square(s)
            # What a cluster alone determines says nothing of how clusters differ.
            root, turned = np.where(rest > 1e-9, 1 / np.sqrt(np.maximum(rest, 1e-9)), 0.0), vt @ ask
            bent = ask + np.swapaxes(vt, 1, 2) @ ((root - 1)[..., None] * turned)
            untold += np.einsum("gr,gra->a", np.square(s) * (rest <= 1e-9), np.square(turned[:, :, effects]))
            scores[some] = np.einsum("gra,gr->ga", bent, np.einsum("gnr,gn->gr", mine, left[rows]))
            weights = mine @ bent[:, :, effects]
            own[some], sums[some] = np.swapaxes(weights, 1, 2) @ weights, weights.sum(axis=1)
            found = np.swapaxes(mine, 1, 2) @ weights
            u[some] = found[:, :rank]
            if of_cells is not None:
                of_cells[cell] = found[:, rank:]
    cells_of = None
    if strata is not None and of_cells is not None:
        cells_of = strata.cluster, strata.stratum, strata.counts / np.sqrt(strata.rows[strata.stratum]), of_cells
    squares = np.square(contrasts[:, effects]).sum(axis=0)
    share = np.where(squares > 0, untold / np.where(squares > 0, squares, 1.0), 0.0)
    alike = _likeness(left, starts, sizes)
    return scores, Parts(own, sums, u, np.add.reduceat(q, starts, axis=0), share, alike, cells_of)


def _likeness(left: Floats, starts: Ints, sizes: Ints) -> float:
    """Return the variance that the rows of a cluster share, as a multiple of that of their own; 0: none."""
    squares = float(left @ left)
    pairs = float(np.sum(sizes * (sizes - 1.0)))
    shared = (float(np.square(np.add.reduceat(left, starts)).sum()) - squares) / pairs if pairs else 0.0
    whole = squares / len(left)
    return 0.0 if shared <= 0 or whole <= 0 else shared / max(whole - shared, 1e-6 * whole)
