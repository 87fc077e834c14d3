"""Personas: from declared rules, or from clusters that are used only where resampling finds them again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.errors import ConfigError, NotEnoughDataError, nearest
from holdfast.learn.arrays import Floats, Ints, standardised

OTHERS = "others"
_MOST = 20_000  # Stability is a property of the picture, not of every customer: more are sampled.
_RFM = ("days_since_last", "purchase_days", "spend_total")


@dataclass(frozen=True)
class Rule:
    """A persona: its name and, by column, the least and most it may be (inclusive; None is open)."""

    name: str
    where: Mapping[str, tuple[float | None, float | None]] = field(default_factory=dict)
    action: str = ""


def personas_by_rules(customers: pd.DataFrame, rules: Sequence[Rule]) -> npt.NDArray[np.object_]:
    """Return each customer's persona, shape (n,): the first rule that fits, else ``others``.

    A column that is empty for a customer fits no rule that asks for it.

    Raises
    ------
    ConfigError
        A rule names a column that there is not, or two rules have one name.
    """
    known = [str(c) for c in customers.columns if pd.api.types.is_numeric_dtype(customers[c])]
    names = [r.name for r in rules]
    if len({*names, OTHERS}) < len(names) + 1:
        raise ConfigError(f'segments.personas.rules: each needs a name of its own, and none may be "{OTHERS}".')
    found = np.full(len(customers), OTHERS, dtype=object)
    for rule in reversed(rules):
        fits = np.ones(len(customers), dtype=bool)
        for column, (least, most) in rule.where.items():
            if column not in known:
                raise ConfigError(
                    f"segments.personas.rules: {rule.name}: no number is called {column}.{nearest(column, known)}"
                )
            x = customers[column].to_numpy(dtype=np.float64)
            fits &= ~np.isnan(x)
            fits &= (x >= (-np.inf if least is None else least)) & (x <= (np.inf if most is None else most))
        found[fits] = rule.name
    return found


@dataclass(frozen=True)
class Clusters:
    """What clustering found, and whether resampling finds it again.

    Attributes
    ----------
    personas
        Each customer's cluster, shape (n,); None where refused.
    stability
        Mean adjusted Rand index over the resamples: 1 = always the same, 0 = as if by chance.
    lowest
        The least of them.
    least
        What was demanded.
    centres
        One row per cluster: median days since the last purchase, purchase days, spend; and size.
    """

    personas: npt.NDArray[np.object_] | None
    stability: float
    lowest: float
    least: float
    centres: pd.DataFrame

    @property
    def sentence(self) -> str:
        """Say whether the clusters are used, with the figure."""
        k = len(self.centres)
        figure = f"mean bootstrap adjusted Rand {self.stability:.2f}, lowest {self.lowest:.2f}"
        if self.personas is None:
            return f"Personas refused: {k} clusters are not found again ({figure}; at least {self.least:.2f} is asked)."
        return f"Personas: {k} clusters, found again in resamples ({figure})."


def personas_by_clusters(
    features: pd.DataFrame, *, clusters: int, least_stability: float = 0.8, resamples: int = 20, seed: int = 1
) -> Clusters:
    """Cluster customers by KMeans on standardised log RFM, and accept the result only where it is stable.

    Each bootstrap resample is clustered anew; its centres then assign ALL customers, and the adjusted Rand index
    (Hubert & Arabie 1985) compares that with the clustering of all (in the manner of Fang & Wang 2012). A high figure
    says that the partition is reproducible, not that customers fall into natural groups.

    Parameters
    ----------
    features
        One row per customer; a log without amounts is clustered on recency and frequency.
    clusters
        How many, at least 2.
    least_stability
        Mean adjusted Rand index that is demanded.
    resamples, seed
        How many resamples; the same seed gives the same answer.

    Returns
    -------
    Clusters
        Personas are named ``cluster 1``, … by falling median spend (or purchase days).

    Raises
    ------
    NotEnoughDataError
        There are fewer than ten customers for each cluster.
    """
    from sklearn.cluster import KMeans
    from sklearn.metrics import adjusted_rand_score
    from threadpoolctl import threadpool_limits

    if len(features) < 10 * clusters:
        raise NotEnoughDataError(
            f"segments.personas.clusters: {clusters} clusters need {10 * clusters} customers, "
            f"there are {len(features)}."
        )
    # In one order, whatever the order of rows: starts and resamples are drawn by place.
    raw = _log_rfm(features)
    order = np.lexsort(raw.T)
    x = standardised(raw[order])
    random = np.random.default_rng(seed)
    seen = x if len(x) <= _MOST else x[np.sort(random.choice(len(x), _MOST, replace=False))]
    figures = []
    # One thread: sums in another order would be other bits.
    with threadpool_limits(limits=1):
        whole = KMeans(clusters, n_init=10, random_state=seed).fit(seen)
        for i in range(resamples):
            drawn = seen[random.integers(0, len(seen), len(seen))]
            again = KMeans(clusters, n_init=3, random_state=seed + 1 + i).fit(drawn)
            figures.append(float(adjusted_rand_score(whole.labels_, again.predict(seen))))
        labels = np.empty(len(x), dtype=np.int64)
        labels[order] = whole.predict(x)
    names, centres = _named(features, labels, clusters)
    stability = float(np.mean(figures))
    return Clusters(
        personas=names if stability >= least_stability else None,
        stability=stability,
        lowest=min(figures),
        least=least_stability,
        centres=centres,
    )


def _log_rfm(features: pd.DataFrame) -> Floats:
    """Return log(1 + R), log(1 + F) and, with amounts, log(1 + M), shape (n, 2 or 3)."""
    used = [c for c in _RFM if not features[c].isna().all()]
    return np.asarray(np.log1p(np.maximum(features[used].to_numpy(dtype=np.float64), 0.0)))


def _named(features: pd.DataFrame, labels: Ints, clusters: int) -> tuple[npt.NDArray[np.object_], pd.DataFrame]:
    centres = features.groupby(labels)[list(_RFM)].median().reindex(range(clusters))
    centres["customers"] = np.bincount(labels, minlength=clusters)
    worth = [c for c in ("spend_total", "purchase_days") if not features[c].isna().all()]
    order = centres.sort_values([*worth, "days_since_last"], ascending=[*[False] * len(worth), True], kind="stable")
    place = {int(label): f"cluster {i + 1}" for i, label in enumerate(order.index)}
    order.insert(0, "persona", [place[int(label)] for label in order.index])
    return np.array([place[int(label)] for label in labels], dtype=object), order.reset_index(drop=True)
