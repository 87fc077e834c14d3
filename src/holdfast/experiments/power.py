"""How many customers an experiment needs, and what a given number of them can show."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from math import ceil, sqrt
from typing import Any

from holdfast.errors import ConfigError, NotEnoughDataError


@dataclass(frozen=True)
class Plan:
    """The size of an experiment and what it can detect.

    Attributes
    ----------
    kind
        ``proportion`` or ``mean``.
    baseline, effect
        What the control group is expected to show, and the difference to detect (in the outcome's unit; a share for
        proportions). ``baseline`` is ``None`` for a mean, where it does not matter.
    sd
        Standard deviation of the outcome within an arm; ``None`` for a proportion.
    alpha, power
        Two-sided level, and the probability of detecting ``effect``.
    control, treated, arms, customers
        Customers in the control group, in each of the ``arms`` treated arms, and in all.

    Examples
    --------
    >>> plan = sample_size(effect=0.02, baseline=0.10, control_share=0.2)
    >>> plan.control, plan.treated, plan.customers
    (2445, 9779, 12224)
    """

    kind: str
    baseline: float | None
    effect: float
    sd: float | None
    alpha: float
    power: float
    control: int
    treated: int
    arms: int
    customers: int

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def power_of_proportions(
    control: float, treated: float, *, baseline: float, effect: float, alpha: float = 0.05
) -> float:
    """Return the power of the two-sided test of two proportions (Fleiss, Levin & Paik 2003, ch. 4).

    Parameters
    ----------
    control, treated
        Customers in each arm.
    baseline, effect
        Share in the control group, and the difference that is there.
    alpha
        Two-sided level.
    """
    from scipy.stats import norm

    p0, p1 = baseline, baseline + effect
    pooled = (control * p0 + treated * p1) / (control + treated)
    null = sqrt(pooled * (1 - pooled) * (1 / control + 1 / treated))
    true = sqrt(p0 * (1 - p0) / control + p1 * (1 - p1) / treated)
    gap = abs(effect) - float(norm.isf(alpha / 2)) * null
    return float(gap > 0) if true == 0 else float(norm.cdf(gap / true))


def power_of_means(control: float, treated: float, *, effect: float, sd: float, alpha: float = 0.05) -> float:
    """Return the power of the two-sided t test of two means, by the noncentral t distribution (Cohen 1988, ch. 2).

    Parameters
    ----------
    control, treated
        Customers in each arm.
    effect, sd
        The difference that is there and the standard deviation within an arm, in the same unit.
    alpha
        Two-sided level.
    """
    from scipy.stats import nct, t

    df = control + treated - 2
    shift = abs(effect) / (sd * sqrt(1 / control + 1 / treated))
    return float(nct.sf(t.isf(alpha / 2, df), df, shift))


def sample_size(
    *,
    effect: float,
    baseline: float | None = None,
    sd: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
    control_share: float = 0.5,
    arms: int = 1,
) -> Plan:
    """Return the smallest experiment that detects ``effect`` with the stated power.

    Parameters
    ----------
    effect
        Smallest difference worth detecting, treated minus control, in the outcome's unit; may be negative.
    baseline
        For a proportion: the share expected in the control group, in (0, 1).
    sd
        For a mean: the outcome's standard deviation within an arm. Give either ``baseline`` or ``sd``.
    alpha, power
        Two-sided level, and the probability of detecting the effect.
    control_share
        Share of all customers in the control group.
    arms
        Treated arms; they share the rest evenly, and each is compared with control at ``alpha``.

    Raises
    ------
    ConfigError
        A value is out of its range.
    NotEnoughDataError
        More than 10^12 customers would be needed.

    Examples
    --------
    >>> sample_size(effect=0.02, baseline=0.10).customers
    7682
    >>> sample_size(effect=5.0, sd=60.0).customers
    4524
    """
    check_shape(baseline, sd, alpha, power, control_share, arms)
    check_effect(effect, baseline)

    def reached(customers: float) -> float:
        sizes = customers * control_share, customers * (1 - control_share) / arms
        return _power_of_arms(*sizes, effect, baseline, sd, alpha)

    # Below this many an arm has fewer than two customers.
    low = 2 / min(control_share, (1 - control_share) / arms)
    high = low
    while reached(high) < power:
        high *= 2
        if high > 1e12:
            raise NotEnoughDataError(f"effect {effect}: more than 10^12 customers would be needed.")
    customers = _root(lambda n: reached(n) - power, low, high) if high > low else low
    # An equation solved to 1e-9 must not cost a whole customer.
    control = ceil(customers * control_share - 1e-6)
    treated = ceil(customers * (1 - control_share) / arms - 1e-6)
    return _plan(effect, baseline, sd, alpha, power, control, treated, arms)


def detectable_effect(
    customers: int,
    *,
    baseline: float | None = None,
    sd: float | None = None,
    alpha: float = 0.05,
    power: float = 0.8,
    control_share: float = 0.5,
    arms: int = 1,
    decrease: bool = False,
) -> Plan:
    """Return the smallest effect that so many customers detect with the stated power.

    Parameters
    ----------
    customers
        In all arms together.
    baseline, sd, alpha, power, control_share, arms
        As for ``sample_size``.
    decrease
        Look for a decrease, such as fewer leaving; then the effect is negative.

    Raises
    ------
    ConfigError
        A value is out of its range.
    NotEnoughDataError
        No effect could be detected by so few.

    Examples
    --------
    >>> round(detectable_effect(10_000, baseline=0.10).effect, 4)
    0.0174
    >>> round(detectable_effect(10_000, baseline=0.10, decrease=True).effect, 4)
    -0.0162
    """
    check_shape(baseline, sd, alpha, power, control_share, arms)
    control, treated = arms_of(customers, control_share, arms, called="customers")
    effect = least_detected(
        lambda effect: _power_of_arms(control, treated, effect, baseline, sd, alpha),
        power,
        baseline=baseline,
        sd=sd,
        decrease=decrease,
    )
    if effect is None:
        raise NotEnoughDataError(f"{customers:,} customers cannot show any effect on a share of {baseline}.")
    return _plan(effect, baseline, sd, alpha, power, control, treated, arms)


def arms_of(units: int, control_share: float, arms: int, *, called: str) -> tuple[int, int]:
    """Return how many of so many units (``called`` customers, clusters) are in control, and in each treated arm.

    Raises
    ------
    NotEnoughDataError
        Fewer than two are in an arm.
    """
    control, treated = round(units * control_share), int(units * (1 - control_share) / arms + 1e-9)
    if min(control, treated) < 2:
        raise NotEnoughDataError(f"{units:,} {called} leave fewer than two in an arm.")
    return control, treated


def least_detected(
    power_of: Callable[[float], float],
    power: float,
    *,
    baseline: float | None,
    sd: float | None,
    decrease: bool = False,
) -> float | None:
    """Return the smallest effect whose power is the one wanted; ``None``: no effect on a share has as much.

    Parameters
    ----------
    power_of
        The power of an effect, in the outcome's unit.
    power
        Wanted.
    baseline, sd
        The share expected in control, or the standard deviation of a mean: one of them.
    decrease
        Look for a decrease; then the effect is negative.
    """
    sign = -1.0 if decrease else 1.0

    def lacking(size: float) -> float:
        return power_of(sign * size) - power

    most = float(sd or 1.0) if baseline is None else (baseline if decrease else 1 - baseline) * (1 - 1e-9)
    while baseline is None and lacking(most) < 0:
        most *= 2
    return sign * _root(lacking, most * 1e-12, most) if lacking(most) >= 0 else None


def smallest_effect(control: int, treated: int, *, baseline: float) -> float:
    """Return the smallest increase of a share that two groups of these sizes show; infinity: none.

    Shown means with a power of 80 %, two-sided at 5 %.

    Parameters
    ----------
    control, treated
        Customers in each group, as they are.
    baseline
        The share expected in control.

    Examples
    --------
    >>> round(smallest_effect(10, 100, baseline=0.5), 2), round(smallest_effect(1000, 9000, baseline=0.5), 3)
    (0.37, 0.047)
    """
    check_shape(baseline, None, 0.05, 0.8, 0.5, 1)
    if min(control, treated) < 2:
        return float("inf")

    def power_of(effect: float) -> float:
        return power_of_proportions(control, treated, baseline=baseline, effect=effect)

    found = least_detected(power_of, 0.8, baseline=baseline, sd=None)
    return float("inf") if found is None else found


def errors_to_detect(df: float) -> float:
    """Return how many standard errors large an effect is that is detected with a power of 80 %, two-sided at 5 %.

    Parameters
    ----------
    df
        Degrees of freedom of the standard error.

    Examples
    --------
    >>> round(errors_to_detect(1e6), 2), round(errors_to_detect(8), 2)
    (2.8, 3.2)
    """
    from scipy.stats import nct, t

    limit = float(t.isf(0.05 / 2, df))
    return _root(lambda shift: float(nct.sf(limit, df, shift)) - 0.8, 0.0, 4 * limit)


def _power_of_arms(
    control: float, treated: float, effect: float, baseline: float | None, sd: float | None, alpha: float
) -> float:
    if baseline is not None:
        return power_of_proportions(control, treated, baseline=baseline, effect=effect, alpha=alpha)
    return power_of_means(control, treated, effect=effect, sd=float(sd or 0), alpha=alpha)


def _plan(
    effect: float,
    baseline: float | None,
    sd: float | None,
    alpha: float,
    power: float,
    control: int,
    treated: int,
    arms: int,
) -> Plan:
    kind = "mean" if baseline is None else "proportion"
    return Plan(kind, baseline, effect, sd, alpha, power, control, treated, arms, control + arms * treated)


def _root(function: object, low: float, high: float) -> float:
    from scipy.optimize import brentq

    return float(brentq(function, low, high, xtol=1e-12, rtol=1e-12))  # type: ignore[call-overload]


def check_shape(
    baseline: float | None, sd: float | None, alpha: float, power: float, control_share: float, arms: int
) -> None:
    """Refuse what is no plan: neither or both of a share and a standard deviation, or a value out of its range."""
    if (baseline is None) == (sd is None):
        raise ConfigError("Give either baseline (the outcome is a share) or sd (the outcome is a mean).")
    within = {"alpha": alpha, "power": power, "control_share": control_share}
    if baseline is not None:
        within["baseline"] = baseline
    for name, value in within.items():
        if not 0 < value < 1:
            raise ConfigError(f"{name}: {value} is not between 0 and 1.")
    if power <= alpha:
        raise ConfigError(f"power: {power} is not above alpha ({alpha}).")
    if sd is not None and not 0 < sd < float("inf"):
        raise ConfigError(f"sd: {sd} is not a number above 0.")
    if arms < 1:
        raise ConfigError(f"arms: {arms}; there must be at least one treated arm.")


def check_effect(effect: float, baseline: float | None) -> None:
    """Refuse an effect of 0, and one that makes a share no share."""
    if not 0 < abs(effect) < float("inf"):
        raise ConfigError(f"effect: {effect}; name the smallest difference worth detecting, not 0.")
    if baseline is not None and not 0 <= baseline + effect <= 1:
        raise ConfigError(f"effect: {baseline} + {effect} is no share; the effect is a difference, in shares.")
