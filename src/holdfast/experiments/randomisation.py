"""Was it chance that put customers into arms? What can be seen of it: the counts and the covariates."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import pandas as pd

from holdfast.errors import ConfigError, HoldfastError, nearest
from holdfast.experiments.trial import SUSPECT_P, chi_square_of_shares, covariate_of, filled, normalised
from holdfast.language import told
from holdfast.learn.arrays import Floats, Strings


@dataclass(frozen=True)
class Randomisation:
    """What speaks for or against a random assignment.

    Attributes
    ----------
    customers
        Customers by arm.
    planned_shares
        Shares that were planned; ``None``: not stated.
    sample_ratio_p
        p-value of the counts under the planned shares; ``None``: not stated.
    balance_p
        p-value of a linear dependence of the arms on the covariates; ``None``: no covariates.
    largest_difference, largest_difference_at
        Largest standardised difference of a covariate's mean between an arm and control, in standard deviations, and
        the covariate.
    differing
        Covariates that differ between the arms by themselves, at p < 0.001 divided by their number.
    classifier_auc, classifier_p
        How well trees tell treated from control by the covariates of customers they did not learn from (0.5: not at
        all), and its one-sided p-value; ``None``: not asked.

    Examples
    --------
    >>> arms = np.array(["control"] * 400 + ["offer"] * 600, dtype=object)
    >>> found = check_randomisation(arms, "control", shares={"control": 0.5, "offer": 0.5})
    >>> print(found.problems[0])
    the arms hold control 40.0%, offer 60.0% of the customers, not the planned control 50.0%, offer 50.0% (p = 2.5e-10)
    """

    customers: dict[str, int]
    planned_shares: dict[str, float] | None = None
    sample_ratio_p: float | None = None
    balance_p: float | None = None
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
            total = sum(self.customers.values())
            seen = ", ".join(f"{arm} {n / total:.1%}" for arm, n in self.customers.items())
            found.append(
                told(
                    "the arms hold {seen} of the customers, not the planned {planned} (p = {p})",
                    seen=seen,
                    planned=shares,
                    p=f"{self.sample_ratio_p:.2g}",
                )
            )
        if self.balance_p is not None and self.balance_p < SUSPECT_P:
            found.append(
                told(
                    "the covariates differ between the arms (p = {p}; most by {most:.2f} standard deviations, "
                    "{column})",
                    p=f"{self.balance_p:.2g}",
                    most=abs(self.largest_difference or 0),
                    column=self.largest_difference_at,
                )
            )
        if self.differing:
            found.append(told("more than chance allows differs {columns}", columns=", ".join(self.differing)))
        if self.classifier_p is not None and self.classifier_p < SUSPECT_P:
            found.append(
                told(
                    "the covariates tell who was treated (AUC {auc:.3f}, by chance 0.5; p = {p})",
                    auc=self.classifier_auc,
                    p=f"{self.classifier_p:.2g}",
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
                "campaign that was assigned at random, everyone assigned, and covariates known before it."
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
    if shares is not None:
        planned = normalised(shares)
        for name in planned:
            if name not in names:
                raise ConfigError(f'shares: no row is in the arm "{name}".{nearest(name, names)}')
        for name in names:
            if name not in planned:
                raise ConfigError(f'shares: the arm "{name}" has none; state a share for every arm.')
        found |= {"planned_shares": planned, "sample_ratio_p": chi_square_of_shares(customers, planned)}
    if covariates is not None:
        numbers = np.searchsorted(np.array(sorted(names), dtype=object), arms)
        found["balance_p"] = _linear_balance(filled(covariates), numbers)
        found["differing"] = _differing(covariates, numbers, named)
        found |= dict(
            zip(("largest_difference", "largest_difference_at"), _largest(covariates, arms, names), strict=True)
        )
        if classifier:
            auc, p = _trees(covariates, (arms != control).astype(np.float64), seed)
            found |= {"classifier_auc": auc, "classifier_p": p}
    return Randomisation(customers, **found)


def _linear_balance(x: Floats, arms: np.ndarray[Any, Any]) -> float:
    """Return the p-value of Pillai's trace of arms and covariates; for two arms Hansen & Bowers' (2008) d²."""
    from scipy.stats import chi2

    d = (arms[:, None] == np.unique(arms)[None, 1:]).astype(np.float64)
    bases = []
    for matrix in (x, d):
        u, s, _ = np.linalg.svd(_standard(matrix), full_matrices=False)
        bases.append(u[:, s > s[0] * 1e-8])
    trace = float(((bases[0].T @ bases[1]) ** 2).sum())
    return float(chi2.sf((len(x) - 1) * trace, bases[0].shape[1] * bases[1].shape[1]))


def _differing(covariates: pd.DataFrame, arms: np.ndarray[Any, Any], named: Sequence[str]) -> tuple[str, ...]:
    columns: dict[str, list[str]] = {}
    for column in covariates.columns:
        columns.setdefault(covariate_of(str(column), named), []).append(str(column))
    bar = SUSPECT_P / len(columns)
    return tuple(
        n for n in dict.fromkeys(named) if n in columns and _linear_balance(filled(covariates[columns[n]]), arms) < bar
    )


def _standard(x: Floats) -> Floats:
    spread = x.std(axis=0)
    return np.asarray((x - x.mean(axis=0)) / np.where(spread > 0, spread, 1.0))


def _largest(covariates: pd.DataFrame, arms: Strings, names: list[str]) -> tuple[float, str]:
    """Return the largest standardised difference to control, and whose it is."""
    x = covariates.to_numpy(dtype=np.float64)
    spread = np.nanstd(x, axis=0)
    here = x[arms == names[0]]
    best = (0.0, str(covariates.columns[0]))
    for name in names[1:]:
        with np.errstate(invalid="ignore"):
            gaps = (_means(x[arms == name]) - _means(here)) / spread
        at = int(np.argmax(np.abs(np.nan_to_num(gaps))))
        if abs(gaps[at]) > abs(best[0]):
            best = (float(gaps[at]), str(covariates.columns[at]))
    return best


def _means(x: Floats) -> Floats:
    known = ~np.isnan(x)
    counts = known.sum(axis=0)
    return np.asarray(np.where(known, x, 0.0).sum(axis=0) / np.where(counts > 0, counts, np.nan))


def _trees(covariates: pd.DataFrame, treated: Floats, seed: int) -> tuple[float, float]:
    from scipy.stats import norm

    from holdfast.learn.intervals import auc_with_covariance
    from holdfast.learn.trees import boost

    matrix = covariates.set_axis([f"c{i}" for i in range(covariates.shape[1])], axis=1)
    halves = np.random.default_rng(seed).permutation(len(matrix)) % 2
    learn, ask = halves == 0, halves == 1
    if min(treated[learn].sum(), (1 - treated[learn]).sum(), treated[ask].sum(), (1 - treated[ask]).sum()) < 20:
        return 0.5, 1.0
    booster = boost(matrix[learn], treated[learn], seed=seed)
    p = np.asarray(booster.predict(matrix[ask].to_numpy(dtype=np.float64), num_threads=1))
    areas, covariance = auc_with_covariance(treated[ask], p)
    spread = float(np.sqrt(covariance[0, 0]))
    auc = float(areas[0])
    return auc, float(norm.sf((auc - 0.5) / spread)) if spread > 0 else float(auc <= 0.5)
