"""What came after the churn window in earlier years, beside what the models that go on after it had expected."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np

from holdfast.churn import Past
from holdfast.churn.season import counts_for, earlier_years, level_ratio
from holdfast.features import Cutoff, summary_of
from holdfast.language import to_tell

_FEWEST_DAYS = 28


@dataclass(frozen=True)
class Later:
    """What earlier years say of the purchases after the churn window, up to the horizon of CLV.

    The models that go on after the window (``worth.carried_on``) take it that a customer's rate never changes, that
    rate and lifetime are independent, and that no season differs from another. Where one of these is wrong, it was
    wrong a year ago too: of the mean difference seen in n years, n/(n + 1) is applied, as for the window itself. A year
    before which the log had less than a year of history counts for as much less: models of a young log err in ways of
    their own.

    Attributes
    ----------
    factor
        Every purchase expected after the window is multiplied by it.
    left
        log(made ÷ expected with the factor) of each year looked at, the last first; empty where the log shows none.
    believed
        Which share of the difference that is.
    days
        From which to which day after the cutoff was looked at last year.
    expected, made
        Purchase days in them, as the models had expected and as they were made, last year.
    """

    factor: float = 1.0
    left: tuple[float, ...] = ()
    believed: float = 0.0
    days: tuple[int, int] = (0, 0)
    expected: float = 0.0
    made: float = 0.0

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in vars(self).items()}

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Make what ``to_dict`` returned."""
        return cls(**{**state, "left": tuple(state["left"]), "days": tuple(state["days"])})


LATER = to_tell(
    "Days {first} to {last} from now: a year ago the models had expected {expected:,.0f} purchases in them and "
    "{made:,.0f} were made; {believed:.0%} of that difference is applied to value."
)
LATER_OF_YEARS = to_tell(
    "Days {first} to {last} from now: a year ago the models had expected {expected:,.0f} purchases in them and "
    "{made:,.0f} were made; {believed:.0%} of the mean difference of {years} years is applied to value."
)
"""What is told of the days after the window: what was applied."""


def learn_later(past: Past, horizon_days: int) -> Later:
    """Look a year back, and further, at what came after the window.

    Parameters
    ----------
    past
        What is known at the cutoff.
    horizon_days
        Of CLV. Looked at are the days after the window as far as the horizon and today.

    Returns
    -------
    Later
        Without a factor where the log shows fewer than 28 such days, or too little history before them.
    """
    seen, weights = [], []
    for then in earlier_years(past):
        first = then.cutoff.gap_days + then.cutoff.horizon_days
        end = min(horizon_days, (past.cutoff.date - then.cutoff.date).days)
        if end - first < _FEWEST_DAYS:
            break
        seen.append((*expected_and_made(then, first, end), (first + 1, end)))
        weights.append(counts_for(then))
    if not seen:
        return Later()
    ratios = [level_ratio(made, expected) for expected, made, _ in seen]
    believed = sum(weights) / (sum(weights) + 1.0)
    factor = 1.0 + believed * (float(np.average(ratios, weights=weights)) - 1.0)
    expected, made, days = seen[0]
    return Later(factor, tuple(float(np.log(r / factor)) for r in ratios), believed, days, expected, made)


def expected_and_made(then: Past, first: int, end: int) -> tuple[float, float]:
    """Return purchase days from ``first`` to ``end`` days after a cutoff, of the customers known then."""
    most = then.snapshots.sizes.check
    after = Cutoff(then.cutoff.date, horizon_days=end - first, gap_days=first)
    features, outcome = then.snapshots.at(after, most)
    expected = then.trio.mean_present(summary_of(features), first, end, discount=0.0)
    return float(expected.sum()), float(outcome["purchases"].sum())
