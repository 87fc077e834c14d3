"""What came after the churn window in earlier years, beside what the models that go on after it had expected."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, NamedTuple, Self

import numpy as np

from holdfast.churn import Past
from holdfast.churn.season import counts_for, earlier_years, level_ratio
from holdfast.features import summary_of
from holdfast.language import to_tell

_FEWEST_DAYS = 28
_MOST = 3.0


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
    silent
        What those made in them who had bought nothing in the window ÷ what the models expect of such customers, the
        mean of the years; ``None`` where the log shows no year.
    """

    factor: float = 1.0
    left: tuple[float, ...] = ()
    believed: float = 0.0
    days: tuple[int, int] = (0, 0)
    expected: float = 0.0
    made: float = 0.0
    silent: float | None = None

    def gone_share(self, left: float) -> float:
        """Return which share of ``worth.p_gone`` to believe, from 0 to 1; all of it where no year tells.

        Silence in a quiet season is no leaving: who is silent then comes back as the models say, or more.

        Parameters
        ----------
        left
            Which share of what is expected of the silent all of it would leave (``worth.left_by_gone``).

        Examples
        --------
        >>> [Later(believed=0.75, silent=seen).gone_share(0.5) for seen in (0.5, 0.75, 1.3)], Later().gone_share(0.5)
        ([1.0, 0.625, 0.25], 1.0)
        """
        if self.silent is None or left >= 1.0:
            return 1.0
        right = float(np.clip((1.0 - self.silent) / (1.0 - left), 0.0, 1.0))
        return 1.0 - self.believed * (1.0 - right)

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
    seen, weights = list[Seen](), list[float]()
    for then in earlier_years(past):
        first = then.cutoff.gap_days + then.cutoff.horizon_days
        end = min(horizon_days, past.cutoff.since(then.cutoff.date))
        if end - first < _FEWEST_DAYS:
            break
        seen.append(look(then, first, end))
        weights.append(counts_for(then))
    if not seen:
        return Later()
    ratios = [level_ratio(one.made, one.expected) for one in seen]
    believed = sum(weights) / (sum(weights) + 1.0)
    factor = 1.0 + believed * (float(np.average(ratios, weights=weights)) - 1.0)
    left = tuple(float(np.log(r / factor)) for r in ratios)
    back = float(np.average([one.silent for one in seen], weights=weights))
    return Later(factor, left, believed, seen[0].days, seen[0].expected, seen[0].made, back)


class Seen(NamedTuple):
    """Purchase days of some days after a cutoff, as the models had expected and as they were made.

    Attributes
    ----------
    days
        From which to which day after the cutoff.
    expected, made
        Of all customers known then.
    silent
        Made ÷ expected by those who had bought nothing since the cutoff when these days began, as of customers with
        that history; at most 3, and 1 where nothing was expected of them.
    """

    days: tuple[int, int]
    expected: float
    made: float
    silent: float


def look(then: Past, first: int, end: int) -> Seen:
    """Look at what came from ``first`` to ``end`` days after a cutoff, the window before it being the churn window."""
    most = then.snapshots.sizes.check
    after = replace(then.cutoff, horizon_days=end - first, gap_days=first)
    features, outcome = then.snapshots.at(after, most)
    bought = then.snapshots.outcomes(then.cutoff, most)["purchases"].to_numpy() > 0
    made = outcome["purchases"].to_numpy(dtype=np.float64)
    p, some, none = then.trio.mean_present_given(summary_of(features), first, end, discount=0.0)
    expected = float(((1.0 - p) * some + p * none).sum())
    back, of_silent = float(made[~bought].sum()), float(none[~bought].sum())
    silent = min(back / of_silent, _MOST) if of_silent > 0 else 1.0
    return Seen((first + 1, end), expected, float(made.sum()), silent)
