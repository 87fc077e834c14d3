"""What each family of features adds: LightGBM without it, on the newest window whose outcome is known."""

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from holdfast.evaluate import Difference, log_losses, paired_mean_difference
from holdfast.features import FAMILIES
from holdfast.pipeline.preparation import PreparedPurchases, for_purchases
from holdfast.progress import Say, quiet

CONTENDER = "lightgbm_pooled"


@dataclass(frozen=True)
class FamilyGain:
    """What a family adds.

    Attributes
    ----------
    family, features
        Its name, and how many of its features this log fills.
    gain
        Log loss per customer without the family minus with it, and its 95 % interval: above 0, it helps.
        ``None`` where the log fills none of its features.

    Examples
    --------
    >>> gain = FamilyGain("rhythm", 6, Difference(0.004, 0.002, 0.006))
    >>> gain.gain.low > 0
    True
    """

    family: str
    features: int
    gain: Difference | None

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


@for_purchases("race")
def ablate(prepared: PreparedPurchases, *, say: Say = quiet) -> list[FamilyGain]:
    """Leave out one family after the other, most helpful first in the answer.

    Families overlap (silence is in most of them), so gains do not add up, and a family without a gain may still be
    the only one that explains a score in plain words.

    Raises
    ------
    NotEnoughDataError
        The log is too short for a window whose outcome is known.

    Examples
    --------
    >>> import holdfast
    >>> from holdfast.data import simulate_shop
    >>> settings = {"name": "small", "purchases": {}, "as_of": "2023-12-01", "churn": {"horizon_days": 60}}
    >>> config = holdfast.make_config({**settings, "trees": {"rounds": 50}})
    >>> gains = ablate(holdfast.prepare(config, purchases=simulate_shop(200, seed=3).purchases))
    >>> sorted(found.family for found in gains if found.gain is None)
    ['contacts', 'customers', 'money', 'products', 'returns', 'surveys', 'tickets', 'visits']
    """
    origin = prepared.cutoff.earlier(prepared.cutoff.horizon_days + prepared.cutoff.gap_days)
    past = prepared.past.earlier(origin)
    usable = set(past.usable(past.training_windows()))
    features, outcome = prepared.snapshots.at(origin)
    y = outcome["churned"].to_numpy(dtype=np.int64)

    def losses(hidden: tuple[str, ...]) -> Any:
        return log_losses(y, past.hiding(hidden).fitted(CONTENDER).p_churn(features))

    with_all, gains = losses(()), []
    for family, members in FAMILIES.items():
        filled = tuple(f.name for f in members if f.name in usable)
        if filled:
            say(f"without {family}")
        worth_asking = filled and set(filled) < usable
        gain = paired_mean_difference(losses(filled), with_all) if worth_asking else None
        gains.append(FamilyGain(family, len(filled), gain))
    return sorted(gains, key=lambda g: -g.gain.difference if g.gain else 1.0)
