"""How alike the rows of a cluster are, with an interval, and how many rows of their own they are worth."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from holdfast.errors import NotEnoughDataError
from holdfast.experiments.effects import LEVEL
from holdfast.learn.arrays import Floats, Ints
from holdfast.wording import counted

# Further from each other than that the shares of a cluster and of its own rows are all of the variance.
_MOST = 1e9


@dataclass(frozen=True)
class Likeness:
    """How alike the rows of a cluster are in an outcome, within the arms where there are several.

    Attributes
    ----------
    clusters, customers
        How many clusters and rows it is known from.
    cluster_size, cluster_cv
        Rows per cluster, and their standard deviation as a share of that.
    mean, sd
        Of the outcome: its mean, and its standard deviation within an arm.
    icc
        Share of the variance that lies between clusters, 0 for none: the intraclass correlation, by the analysis of
        variance (Fisher 1925; Donner & Klar 2000, ch. 1).
    low, high
        Its 95 % interval: exact for normal outcomes and clusters of any size (Wald 1940), or as far as leaving out one
        cluster after the other moves the ratio of the mean squares (the jackknife of its logarithm, Arvesen & Schmitz
        1970), whichever reaches further: amounts of money are not normal.

    Examples
    --------
    >>> spent = np.array([1.0, 2, 2, 3, 5, 6, 8, 9])
    >>> found = likeness(spent, np.repeat(np.arange(4), 2))
    >>> round(found.icc, 3), round(found.low, 3), round(found.high, 3), found.cluster_size
    (0.951, 0.519, 0.997, 2.0)
    """

    clusters: int
    customers: int
    cluster_size: float
    cluster_cv: float
    mean: float
    sd: float
    icc: float
    low: float
    high: float

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def likeness(outcome: Floats, codes: Ints, groups: Ints | None = None, *, fitted: int = 0) -> Likeness:
    """Return how alike the rows of a cluster are.

    Parameters
    ----------
    outcome, codes
        Shape (n,); number of each row's cluster.
    groups
        Number of each row's arm, or stratum, of which a cluster lies in one: what differs between them is no likeness.
    fitted
        Where ``outcome`` is what a regression left: how many of its levels were those of whole clusters, if they are
        more than ``groups``, such as arms within pairs.

    Raises
    ------
    NotEnoughDataError
        No cluster has two rows, there are no two clusters of an arm, or the outcome is the same for everyone.
    """
    codes = np.unique(codes, return_inverse=True)[1]
    group = np.zeros(len(codes), dtype=np.int64) if groups is None else np.unique(groups, return_inverse=True)[1]
    n = np.bincount(codes).astype(np.float64)
    means = np.bincount(codes, weights=outcome) / n
    inside = float(np.square(outcome - means[codes]).sum())
    whose = group[np.unique(codes, return_index=True)[1]]
    rows = np.bincount(whose, weights=n)
    between_df, inside_df = len(n) - max(len(rows), fitted), len(outcome) - len(n)
    if between_df < 1 or inside_df < 1:
        raise NotEnoughDataError(
            f"{counted(len(n), 'cluster')} with {counted(len(outcome), 'row')}: how alike the rows of a cluster are is "
            "known from two clusters of an arm, and two rows of a cluster, at least."
        )
    level = np.bincount(whose, weights=n * means) / rows
    between = float(n @ np.square(means - level[whose]))
    if between + inside <= 1e-20 * float(outcome @ outcome):
        raise NotEnoughDataError(
            "the outcome is the same for everyone, so nothing says how alike the rows of a cluster are."
        )
    # Rows per cluster, less what clusters of unequal size take off it.
    size = float(len(outcome) - np.sum(np.bincount(whose, weights=np.square(n)) / rows)) / (len(n) - len(rows))
    own, of_clusters = inside / inside_df, between / between_df
    shared = (of_clusters - own) / size
    icc = float(np.clip(shared / (shared + own), 0.0, 1.0)) if shared > 0 else 0.0
    limits = [_interval(n, means, whose, own, between_df, inside_df), (icc, icc)]
    if between_df > 1 and own > 0:
        parts = np.bincount(codes, weights=np.square(outcome - means[codes])).astype(np.float64)
        limits.append(_jackknifed(n, means, whose, parts, between_df, size))
    low, high = min(one[0] for one in limits), max(one[1] for one in limits)
    sd = float(np.sqrt(own + max(shared, 0.0)))
    cv = float(n.std() / n.mean())
    return Likeness(len(n), len(outcome), float(n.mean()), cv, float(outcome.mean()), sd, icc, low, high)


def _interval(
    n: Floats, means: Floats, whose: Ints, own: float, between_df: int, inside_df: int
) -> tuple[float, float]:
    """Return Wald's (1940) interval: the shares at which the weighted variance of the means is no surprise."""
    from scipy.optimize import brentq
    from scipy.stats import f

    if own <= 0:
        return 1.0, 1.0

    def ratio(shared: float) -> float:
        weights = n / (1 + shared * n)
        level = np.bincount(whose, weights=weights * means) / np.bincount(whose, weights=weights)
        return float(weights @ np.square(means - level[whose])) / (between_df * own)

    limits = []
    for tail in ((1 - LEVEL) / 2, (1 + LEVEL) / 2):
        wanted = float(f.isf(tail, between_df, inside_df))
        if ratio(0.0) <= wanted:
            limits.append(0.0)
        elif ratio(_MOST) >= wanted:
            limits.append(1.0)
        else:
            found = float(brentq(lambda s: ratio(s) - wanted, 0.0, _MOST, xtol=1e-14, rtol=1e-12))  # noqa: B023
            limits.append(found / (1 + found))
    return limits[0], limits[1]


def _jackknifed(
    n: Floats, means: Floats, whose: Ints, inside: Floats, between_df: int, size: float
) -> tuple[float, float]:
    """Return the interval by the jackknife over clusters; ``inside``: each cluster's squares around its mean."""
    from scipy.stats import t

    many = len(n)
    sums, rows = np.bincount(whose, weights=n * means), np.bincount(whose, weights=n)
    # Around the arm's mean nothing is lost to rounding.
    off = means - (sums / rows)[whose]
    squares = float(n @ np.square(off))
    rest = rows[whose] - n
    # Without a cluster the arm's mean moves too.
    between = squares - n * np.square(off) - np.where(rest > 0, np.square(n * off) / np.where(rest > 0, rest, 1.0), 0.0)
    inside_df = float(n.sum()) - many
    left = inside_df - (n - 1)
    alone = inside.sum() - inside
    usable = (between > 0) & (alone > 0) & (left > 0)
    if not usable.all() or inside.sum() <= 0 or squares <= 0:
        return 1.0, 0.0
    ratios = np.log(between / (between_df - 1) / (alone / left))
    whole = float(np.log(squares / between_df / (inside.sum() / inside_df)))
    pseudo = many * whole - (many - 1) * ratios
    half = float(t.isf((1 - LEVEL) / 2, between_df)) * float(pseudo.std(ddof=1)) / np.sqrt(many)
    ends = np.exp(np.array([whole - half, whole + half]))
    low, high = np.clip((ends - 1) / (ends + size - 1), 0.0, 1.0)
    return float(low), float(high)


def design_effect(icc: float, codes: Ints, treated: Ints) -> float:
    """Return how many times as large the variance of a difference is as if every row stood for itself.

    That of Kish (1965) where clusters lie in one arm each; below 1 where they lie in both, so that what their rows
    share is taken off.

    Parameters
    ----------
    icc
        Share of the variance that lies between clusters.
    codes, treated
        Number of each row's cluster, and 1 for the arm, 0 for control, shape (n,).

    Examples
    --------
    >>> round(design_effect(0.05, np.repeat(np.arange(10), 21), np.repeat(np.arange(10) % 2, 21)), 6)
    2.0
    """
    many = int(codes.max()) + 1
    arm, control = (np.bincount(codes[treated == one], minlength=many) / (treated == one).sum() for one in (1, 0))
    alone = 1 / (treated == 1).sum() + 1 / (treated == 0).sum()
    return float(1 - icc + icc * np.square(arm - control).sum() / alone)
