"""How many of those who would leave accept an offer and stay: what a control group says of a stated acceptance."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from holdfast.errors import ConfigError
from holdfast.experiments.effects import Estimate, difference_of_rates
from holdfast.learn.arrays import Flags, Floats
from holdfast.learn.intervals import NORMAL_95

# What is stated counts as much as two would-be leavers whose answer is known: any list outweighs it.
_PRIOR = 2.0
_GRID = 4000


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
        What the contact added to the share who stayed.
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

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self) | {"effect": self.effect.as_dict()}


def acceptance_after(
    treatment: str, stayed: Floats, held_back: Flags, p_churn: Floats, *, stated: float
) -> Acceptance | None:
    """Return what is known of an acceptance after a list: stated × what the control group says (Bayes).

    The effect on staying is the acceptance times the share who would leave. Its likelihood is taken as normal, with
    the standard error of the effect; the prior is a beta distribution around what was stated that weighs two customers.

    Parameters
    ----------
    treatment, stated
        The offer and its acceptance so far, 0 to 1.
    stayed
        1 for those who stayed (or bought) in the window, else 0; shape (n,).
    held_back, p_churn
        Who was held back at random, and P(churn) when the list was made; shape (n,).

    Returns
    -------
    Acceptance or None
        ``None`` where fewer than two were contacted, or held back: then nothing is known.

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
    n1, n0 = int((~held_back).sum()), int(held_back.sum())
    leaving = float(p_churn.mean()) if len(p_churn) else 0.0
    if min(n1, n0) < 2 or leaving <= 0:
        return None
    effect = difference_of_rates(float(stayed[~held_back].sum()), n1, float(stayed[held_back].sum()), n0)
    error = (effect.high - effect.low) / (2 * NORMAL_95)
    grid = (np.arange(_GRID) + 0.5) / _GRID
    centre = float(np.clip(stated, 0.01, 0.99))
    logs = (_PRIOR * centre - 1) * np.log(grid) + (_PRIOR * (1 - centre) - 1) * np.log1p(-grid)
    logs -= 0.5 * np.square((grid * leaving - effect.effect) / error)
    density = np.exp(logs - logs.max())
    density /= density.sum()
    mean = float(density @ grid)
    variance = float(density @ np.square(grid - mean))
    low, high = (float(grid[np.searchsorted(np.cumsum(density), q)]) for q in (0.025, 0.975))
    weight = max(mean * (1 - mean) / max(variance, 1e-12) - 1, 1e-6)
    return Acceptance(treatment, stated, mean, low, high, mean * weight, (1 - mean) * weight, n1, n0, leaving, effect)
