"""The gate: what a challenger must show on the newest outcome window before it becomes champion."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Generic, TypeVar

import numpy as np
import numpy.typing as npt
from scipy.special import pdtr, pdtrc

from holdfast.evaluate.churn import calibration_error_by_chance, expected_calibration_error, log_losses
from holdfast.evaluate.leaks import LeakAlarm
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Floats
from holdfast.learn.intervals import paired_mean_difference

MOST_CALIBRATION_ERROR = 0.10
# Of few that churn, or stay, an error of 0.10 would be as many again: half as many more is the most, or a third fewer.
MOST_LEVEL = 1.5
_CHANCE = 0.05
# Among a million customers a difference is clear that nobody would notice; it changes no list.
LEAST_LOSS = 0.001
NO_ALARM = "raises no leak alarm"
# Why it is enough not to be clearly worse than another score.
FRESHER = "enough for the same recipe on newer purchases, as it is not clearly worse"
FLOOR = "enough beside a rule to fall back on, as it is not clearly worse"
NO_RIVAL = "beats the champion"
SEEN = "the champion has seen this window, and its recipe is the same"
S = TypeVar("S")


@dataclass(frozen=True)
class Check:
    """One line of the verdict; ``passed`` is None for what could not be asked, ``advice`` what to do if it failed.

    Examples
    --------
    >>> check = Check("beats the recency rule", False, "log loss 0.02 higher", "Add a year of purchases.")
    >>> check.as_dict()["passed"]
    False
    """

    name: str
    passed: bool | None
    said: str
    advice: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return vars(self).copy()


@dataclass(frozen=True)
class Verdict:
    """Whether the challenger becomes champion, and every reason.

    Examples
    --------
    >>> verdict = Verdict([
    ...     Check("beats the champion", None, "there is no champion yet"),
    ...     Check("beats the recency rule", False, "log loss 0.02 higher (95 % 0.01 to 0.03)"),
    ... ])
    >>> verdict.promoted, [check.name for check in verdict.refusals]
    (False, ['beats the recency rule'])
    """

    checks: list[Check]

    @property
    def promoted(self) -> bool:
        """True when no check failed."""
        return not self.refusals

    @property
    def refusals(self) -> list[Check]:
        """The checks that failed."""
        return [check for check in self.checks if check.passed is False]

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {"promoted": self.promoted, "checks": [c.as_dict() for c in self.checks]}


@dataclass(frozen=True)
class Defender(Generic[S]):
    """The champion, if it can score what is asked now; else why there is none to defend its place."""

    scorer: S | None
    absent: str = ""


def compare(
    churned: npt.NDArray[np.int64],
    p: Floats,
    rule: Floats | None,
    *,
    against: Check,
    rule_name: str,
    rule_advice: str,
    level_advice: str,
    leaks: Check,
    is_rule: bool = False,
) -> Verdict:
    """Ask everything of a challenger.

    Parameters
    ----------
    churned, p, rule
        Truth, the challenger's probabilities and a simple rule's on what neither had seen, shape (n,); ``None``: there
        is no rule.
    against, leaks
        How it did against the champion, and whether a column knows the future.
    rule_name, rule_advice, level_advice
        What the rule is called; what to do if it is better, and if the level of the probabilities is off.
    is_rule
        The challenger is that rule, calibrated and with its season: nothing simpler is left to serve in its place.
    """
    floor = beats(churned, p, rule, rule_name, no_worse_because=FLOOR)
    if is_rule and not floor.passed:
        floor = replace(floor, passed=None, said=f"it is this rule that serves; beside it uncorrected, {floor.said}")
    level = replace(calibrated(churned, p), advice=level_advice)
    return Verdict([against, replace(floor, advice=rule_advice), level, leaks])


def beats(
    churned: npt.NDArray[np.int64], p: Floats, other: Floats | None, name: str, *, no_worse_because: str = ""
) -> Check:
    """Compare log loss with another score on the same customers, the window newer than both have seen.

    Parameters
    ----------
    churned, p, other
        Truth, the challenger's probabilities and the other's, shape (n,); ``None``: there is no other.
    name
        What the other is called in the verdict.
    no_worse_because
        Why it is enough not to be clearly worse, by more than 0.001; empty: it must be better.
    """
    asked = "no worse than" if no_worse_because else "beats"
    if other is None:
        return Check(f"{asked} the {name}", None, f"there is no {name} to compare with")
    d = paired_mean_difference(log_losses(churned, p), log_losses(churned, other))
    log_loss = to_tell("log loss {difference:+.4f} (95 % {low:+.4f} to {high:+.4f})")
    said = told(log_loss, difference=d.difference, low=d.low, high=d.high)
    if np.array_equal(p, other):
        said = "the same probabilities"
    if no_worse_because:
        passed = d.low <= LEAST_LOSS
        # Who is clearly better needs no excuse, and who is refused has none.
        return Check(f"{asked} the {name}", passed, f"{said}; {no_worse_because}" if passed and d.high >= 0 else said)
    return Check(f"{asked} the {name}", d.difference < 0, said)


def calibrated(churned: npt.NDArray[np.int64], p: Floats) -> Check:
    """Ask for a calibration error that is not clearly above 0.10, or that chance allows with so few; and for the level.

    Of whichever is rarer, who churns or who stays, there must not clearly be more than 1.5 times as many as expected,
    nor as much fewer.

    Examples
    --------
    >>> calibrated(np.arange(700) % 27 == 0, np.full(700, 0.015)).said
    'calibration error 0.022, at most 0.108; 10.5 were expected to churn, and 26 did'
    """
    error, chance = expected_calibration_error(churned, p), calibration_error_by_chance(p)
    # By as much may the share of churners of one window miss its expectation in one of twenty.
    unclear = 1.645 * float(np.sqrt(np.mean(p * (1 - p)) / len(p)))
    allowed = max(MOST_CALIBRATION_ERROR + unclear, chance)
    said = told("calibration error {error:.3f}, at most {allowed:.3f}", error=error, allowed=allowed)
    expected, seen = float(np.sum(p)), int(np.sum(churned))
    rarer = (expected, seen) if 2 * expected <= len(p) else (len(p) - expected, len(p) - seen)
    if _is_off(*rarer):
        return Check("is calibrated", False, f"{said}; {expected:,.1f} were expected to churn, and {seen:,} did")
    return Check("is calibrated", error <= allowed, said)


def _is_off(expected: float, seen: int) -> bool:
    """Say whether a count clearly misses its expectation by more than ``MOST_LEVEL``: chance would in one of twenty."""
    more, fewer = pdtrc(seen - 1, expected * MOST_LEVEL), pdtr(seen, expected / MOST_LEVEL)
    return bool(more < _CHANCE or fewer < _CHANCE)


def no_alarm(alarms: Sequence[LeakAlarm]) -> Check:
    """Pass when no column looks as if it knew the future."""
    said = "; ".join(f"{a.column}: {a.reason}" for a in alarms) or "no column knows the future"
    return Check(NO_ALARM, not alarms, said)
