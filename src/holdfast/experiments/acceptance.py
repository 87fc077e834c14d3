"""How many of those who would leave accept an offer and stay: what a control group says of a stated acceptance."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from holdfast.errors import ConfigError
from holdfast.experiments.effects import Estimate, difference_of_rates, pooled
from holdfast.learn.arrays import Flags, Floats
from holdfast.learn.intervals import NORMAL_95

# What is stated counts as much as two would-be leavers whose answer is known: any list outweighs it.
_PRIOR = 2.0
_GRID = 4000
# Of either arm of a list: one customer has no spread.
_FEWEST = 2


@dataclass(frozen=True)
class Acceptance:
    """A stated acceptance after a control group.

    Attributes
    ----------
    treatment, stated
        The offer, and the acceptance that was assumed.
    mean, low, high
        Of the posterior, with its central 95 %.
    a, b
        The beta distribution with the posterior's mean and variance.
    contacted, held_back
        Customers with this treatment, and those who would have got it.
    leaving
        Mean P(churn) of both together: the share who would leave without a contact.
    effect
        What the contact added to the share who stayed; of several lists, their mean by what each is sure of.
    lists
        How many lists say so.
    """

    treatment: str
    stated: float
    mean: float
    low: float
    high: float
    a: float
    b: float
    contacted: int
    held_back: int
    leaving: float
    effect: Estimate
    lists: int = 1

    @property
    def error(self) -> float:
        """The standard deviation of the posterior."""
        return float(np.sqrt(self.mean * (1 - self.mean) / (self.a + self.b + 1)))

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"effect": self.effect.as_dict()}


def acceptance_after(
    treatment: str,
    stayed: Floats,
    held_back: Flags,
    p_churn: Floats,
    *,
    stated: float,
    on: npt.NDArray[np.int64] | None = None,
) -> Acceptance | None:
    """Return what is known of an acceptance after a list: stated × what the control group says (Bayes).

    The effect on staying is the acceptance times the share who would leave. Its likelihood is taken as normal, with
    the standard error of the effect; the prior is a beta distribution around what was stated that weighs two customers.
    Several lists are each compared with their own control group.

    Parameters
    ----------
    treatment, stated
        The offer and its acceptance so far, 0 to 1.
    stayed
        1 for those who stayed (or bought) in the window, else 0; shape (n,).
    held_back, p_churn
        Who was held back at random, and P(churn) when the list was made; shape (n,).
    on
        Which list each customer was on, shape (n,); all on the same one if not given.

    Returns
    -------
    Acceptance or None
        ``None`` where on no list two were contacted and two held back: then nothing is known.

    Examples
    --------
    >>> held = np.arange(4000) < 1000
    >>> stays = np.where(held, np.arange(4000) % 2 == 0, np.arange(4000) % 5 < 3).astype(float)
    >>> found = acceptance_after("voucher", stays, held, np.full(4000, 0.5), stated=0.5)
    >>> round(found.mean, 2), round(found.low, 2), round(found.high, 2)
    (0.2, 0.13, 0.27)
    """
    if not 0 <= stated <= 1:
        raise ConfigError(f"acceptance: {stated} is no probability.")
    on = np.zeros(len(stayed), dtype=np.int64) if on is None else on
    told = [found for one in np.unique(on) if (found := _told(stayed, held_back, p_churn, on == one)) is not None]
    if not told:
        return None
    grid = (np.arange(_GRID) + 0.5) / _GRID
    centre = float(np.clip(stated, 0.01, 0.99))
    logs = (_PRIOR * centre - 1) * np.log(grid) + (_PRIOR * (1 - centre) - 1) * np.log1p(-grid)
    for each in told:
        logs -= 0.5 * np.square((grid * each.leaving - each.effect.effect) / each.error)
    density = np.exp(logs - logs.max())
    density /= density.sum()
    mean = float(density @ grid)
    variance = float(density @ np.square(grid - mean))
    low, high = (float(grid[np.searchsorted(np.cumsum(density), q)]) for q in (0.025, 0.975))
    weight = max(mean * (1 - mean) / max(variance, 1e-12) - 1, 1e-6)
    n1, n0 = sum(each.contacted for each in told), sum(each.held_back for each in told)
    return Acceptance(
        treatment=treatment,
        stated=stated,
        mean=mean,
        low=low,
        high=high,
        a=mean * weight,
        b=(1 - mean) * weight,
        contacted=n1,
        held_back=n0,
        leaving=sum((each.contacted + each.held_back) * each.leaving for each in told) / (n1 + n0),
        effect=pooled([each.effect for each in told]),
        lists=len(told),
    )


@dataclass(frozen=True)
class _Told:
    """What one list says: its arms, mean P(churn), the effect on staying and its standard error."""

    contacted: int
    held_back: int
    leaving: float
    effect: Estimate
    error: float


def _told(stayed: Floats, held_back: Flags, p_churn: Floats, rows: Flags) -> _Told | None:
    arms = [stayed[rows & arm] for arm in (~held_back, held_back)]
    if min(map(len, arms)) < _FEWEST or not p_churn[rows].any():
        return None
    effect = difference_of_rates(float(arms[0].sum()), len(arms[0]), float(arms[1].sum()), len(arms[1]))
    error = (effect.high - effect.low) / (2 * NORMAL_95)
    return _Told(len(arms[0]), len(arms[1]), float(p_churn[rows].mean()), effect, error)
