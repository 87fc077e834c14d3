"""Was it chance that put customers into arms? What can be seen of it: the counts and the covariates."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from holdfast.errors import ConfigError, HoldfastError, nearest
from holdfast.experiments.balance import Balance, WeightedBalance
from holdfast.experiments.trial import SUSPECT_P, chi_square_of_shares, normalised
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Floats, Ints, Strings
from holdfast.wording import said_p

_RATIO = to_tell("the arms hold {seen} of the customers, not the planned {planned} ({p})")
_RATIO_OF_CLUSTERS = to_tell("the arms hold {seen} of the clusters, not the planned {planned} ({p})")


@dataclass(frozen=True)
class Randomisation:
    """What speaks for or against a random assignment.

    Attributes
    ----------
    customers
        Customers by arm.
    planned_shares
        Shares that were planned; ``None``: not stated.
    units
        Clusters by arm, where they were assigned as a whole: what is said of the assignment is then of them.
    sample_ratio_p
        p-value of the counts under the planned shares; ``None``: not stated.
    balance_p
        p-value of a linear dependence of the arms on the covariates' ranks; ``None``: no covariates.
    covariates_p
        p-value of all that is looked at in the covariates' means, together and one by one, held against other draws of
        the arms; below 0.001 (at the least 1/1001) it is suspected.
    largest_difference, largest_difference_at
        Largest standardised difference of a covariate's mean between an arm and control, in standard deviations, and
        the covariate.
    differing
        Where ``covariates_p`` is suspected, the covariates that differ by themselves, at p < 0.001 divided by their
        number.
    classifier_auc, classifier_p
        How well trees tell treated from control by the covariates of customers they did not learn from (0.5: not at
        all), and its one-sided p-value, doubled as it is the second look at the covariates; ``None``: not asked.

    Examples
    --------
    >>> arms = np.array(["control"] * 400 + ["offer"] * 600, dtype=object)
    >>> found = check_randomisation(arms, "control", shares={"control": 0.5, "offer": 0.5})
    >>> print(found.problems[0])
    the arms hold control 40.0%, offer 60.0% of the customers, not the planned control 50.0%, offer 50.0% (p < 0.001)
    """

    customers: dict[str, int]
    planned_shares: dict[str, float] | None = None
    units: dict[str, int] | None = None
    sample_ratio_p: float | None = None
    balance_p: float | None = None
    covariates_p: float | None = None
    largest_difference: float | None = None
    largest_difference_at: str | None = None
    differing: tuple[str, ...] = ()
    classifier_auc: float | None = None
    classifier_p: float | None = None

    @property
    def problems(self) -> list[str]:
        """Why the assignment is suspected, as sentences; empty where nothing speaks against it."""
        found = []
        if self.sample_ratio_p is not None and self.sample_ratio_p < SUSPECT_P:
            shares = ", ".join(f"{arm} {share:.1%}" for arm, share in (self.planned_shares or {}).items())
            counts = self.customers if self.units is None else self.units
            total = sum(counts.values())
            seen = ", ".join(f"{arm} {n / total:.1%}" for arm, n in counts.items())
            said = _RATIO if self.units is None else _RATIO_OF_CLUSTERS
            found.append(
                told(
                    said,
                    seen=seen,
                    planned=shares,
                    p=said_p(self.sample_ratio_p),
                )
            )
        if self.covariates_p is not None and self.covariates_p < SUSPECT_P:
            found.append(
                told(
                    "the covariates differ between the arms ({p}; most by {most:.2f} standard deviations, {column})",
                    p=said_p(self.covariates_p),
                    most=abs(self.largest_difference or 0),
                    column=self.largest_difference_at,
                )
            )
        if self.differing:
            found.append(told("more than chance allows differs {columns}", columns=", ".join(self.differing)))
        if self.classifier_p is not None and self.classifier_p < SUSPECT_P:
            found.append(
                told(
                    "the covariates tell who was treated (AUC {auc:.3f}, by chance 0.5; {p})",
                    auc=self.classifier_auc,
                    p=said_p(self.classifier_p),
                )
            )
        return found

    def refuse(self) -> None:
        """Raise where the assignment is suspected.

        Raises
        ------
        HoldfastError
            Says what was found, and what to do.
        """
        if self.problems:
            raise HoldfastError(
                f"No effect can be read from these data: {'; '.join(self.problems)}. Either chance did not decide who "
                "was treated, or rows were lost on the way, or a covariate was measured after the treatment. Use a "
                "campaign that was assigned at random, everyone assigned, and covariates known before it. If the "
                "shares of the arms were set by some columns, name them (--strata)."
            )

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"problems": self.problems}


def check_randomisation(
    arms: Strings,
    control: str,
    *,
    shares: Mapping[str, float] | None = None,
    covariates: pd.DataFrame | None = None,
    named: Sequence[str] = (),
    classifier: bool = False,
    chances: Floats | None = None,
    units: Ints | None = None,
    seed: int = 1,
) -> Randomisation:
    """Look for what chance would not do.

    Parameters
    ----------
    arms, control
        Each row's arm, shape (n,), and the control group's.
    shares
        Planned share of every arm, any positive numbers.
    covariates, named
        As ``covariate_matrix`` returns them, and the columns they come from, each of which is then tested by itself.
    classifier
        Also ask trees, which see more than means: trained on one half of the customers, asked of the other half. Two
        arms only.
    chances
        The recorded probability of each arm of each row, control first and the others sorted, where it is not the same
        for all: the covariates are then compared weighted by one over it.
    units
        Number of what chance dealt to each row, from 0, shape (n,), if not the row itself: counts, and means of the
        covariates, are then those of units. All rows of one are in one arm.
    seed
        Of the halves and the trees.

    Raises
    ------
    ConfigError
        The shares do not name the arms of the data.

    Examples
    --------
    >>> arms = np.array(["control"] * 495 + ["offer"] * 505, dtype=object)
    >>> check_randomisation(arms, "control", shares={"control": 0.5, "offer": 0.5}).problems
    []
    """
    names = [control, *sorted(set(arms) - {control})]
    customers = {name: int((arms == name).sum()) for name in names}
    found: dict[str, Any] = {}
    dealt = customers
    if units is not None:
        _, first = np.unique(units, return_index=True)
        arms = arms[first]
        dealt = found["units"] = {name: int((arms == name).sum()) for name in names}
        chances = None if chances is None else _by_stratum(chances[first], arms, names)
        covariates = None if covariates is None else covariates.groupby(units).mean()
    if shares is not None:
        planned = _planned(shares, names)
        found |= {"planned_shares": planned, "sample_ratio_p": chi_square_of_shares(dealt, planned)}
    if covariates is not None:
        order = np.array(sorted(names), dtype=object)
        numbers = np.searchsorted(order, arms)
        weights = np.ones(len(arms))
        if chances is None:
            balance = Balance(covariates, numbers, named)
        else:
            numbers = np.array([names.index(name) for name in order])[numbers]
            weights = 1 / chances[np.arange(len(arms)), numbers]
            balance = WeightedBalance(covariates, numbers, named, chances)
        found["balance_p"] = balance.together
        found["covariates_p"] = balance.by_chance(seed, looks=2 if classifier else 1)
        if found["covariates_p"] < SUSPECT_P:
            found["differing"] = balance.differing
        most, where = _largest(covariates, arms, names, weights)
        found |= {"largest_difference": most, "largest_difference_at": where}
        if classifier:
            auc, p = _trees(covariates, (arms != control).astype(np.float64), seed)
            found |= {"classifier_auc": auc, "classifier_p": min(1.0, 2 * p)}
    return Randomisation(customers, **found)


def _planned(shares: Mapping[str, float], names: list[str]) -> dict[str, float]:
    planned = normalised(shares)
    for name in planned:
        if name not in names:
            raise ConfigError(f'shares: no row is in the arm "{name}".{nearest(name, names)}')
    for name in names:
        if name not in planned:
            raise ConfigError(f'shares: the arm "{name}" has none; state a share for every arm.')
    return planned


def _by_stratum(chances: Floats, arms: Strings, names: list[str]) -> Floats:
    """Return the share of each arm among the units of strata with these shares of their rows; none is 0 but there."""
    which = np.unique(chances, axis=0, return_inverse=True)[1].ravel()
    counts = np.zeros((int(which.max()) + 1, len(names)))
    np.add.at(counts, (which, np.array([names.index(arm) for arm in arms])), 1)
    return np.asarray((counts / counts.sum(axis=1, keepdims=True))[which])


def _largest(covariates: pd.DataFrame, arms: Strings, names: list[str], weights: Floats) -> tuple[float, str]:
    """Return the largest standardised difference to control, and whose it is."""
    x = covariates.to_numpy(dtype=np.float64)
    spread = np.nanstd(x, axis=0)
    control = arms == names[0]
    here = _means(x[control], weights[control])
    best = (0.0, str(covariates.columns[0]))
    for name in names[1:]:
        with np.errstate(invalid="ignore"):
            gaps = (_means(x[arms == name], weights[arms == name]) - here) / spread
        at = int(np.argmax(np.abs(np.nan_to_num(gaps))))
        if abs(gaps[at]) > abs(best[0]):
            best = (float(gaps[at]), str(covariates.columns[at]))
    return best


def _means(x: Floats, weights: Floats) -> Floats:
    known = ~np.isnan(x) * weights[:, None]
    counts = known.sum(axis=0)
    return np.asarray((known * np.nan_to_num(x)).sum(axis=0) / np.where(counts > 0, counts, np.nan))


def _trees(covariates: pd.DataFrame, treated: Floats, seed: int) -> tuple[float, float]:
    from scipy.stats import mannwhitneyu

    from holdfast.learn.trees import boost, predicted

    matrix = covariates.set_axis([f"c{i}" for i in range(covariates.shape[1])], axis=1)
    halves = np.random.default_rng(seed).permutation(len(matrix)) % 2
    learn, ask = halves == 0, halves == 1
    if min(treated[learn].sum(), (1 - treated[learn]).sum(), treated[ask].sum(), (1 - treated[ask]).sum()) < 20:
        return 0.5, 1.0
    booster = boost(matrix[learn], treated[learn], seed=seed)
    p = predicted(booster, matrix[ask])
    if p.min() == p.max():
        return 0.5, 1.0
    # Where chance decided, the spread of an AUC is known; one estimated from few treated customers is too small.
    whose = treated[ask] == 1
    found = mannwhitneyu(p[whose], p[~whose], alternative="greater", method="asymptotic")
    return float(found.statistic) / (whose.sum() * (~whose).sum()), float(found.pvalue)
