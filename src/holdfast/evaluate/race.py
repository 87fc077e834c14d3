"""The race: every contender on the same customers and windows, and who may take the default's place.

A figure of one window can be luck. The default yields only to a contender that loses clearly less over all windows
together and less, clearly or not, in each of them; and the race says when nothing is clearly better than a simple rule.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from holdfast.evaluate.churn import churn_metrics, log_losses
from holdfast.evaluate.value import gini_interval, value_metrics
from holdfast.language import told
from holdfast.learn.arrays import Floats
from holdfast.learn.intervals import auc_interval, paired_auc_difference, paired_mean_difference


@dataclass(frozen=True)
class RaceWindow:
    """One window of the race: what each contender foresaw, and what then happened, customer by customer.

    Attributes
    ----------
    cutoff, window_end
        ISO dates of the first day not known and of the first day after the outcome window.
    churned, purchases, spend
        Truth, shape (n,); ``spend`` is None for a log without amounts.
    p_churn, expected_purchases, expected_spend
        By contender, shape (n,) each.
    absent
        Contenders that had no answer here, and why.

    Examples
    --------
    >>> window = RaceWindow(
    ...     "2024-01-01", "2024-03-01", np.array([1, 0, 1, 0]), np.array([0.0, 2, 0, 1]), None,
    ...     p_churn={"recency": np.array([0.6, 0.5, 0.4, 0.3]), "blend": np.array([0.8, 0.2, 0.7, 0.3])},
    ...     expected_purchases={}, expected_spend={},
    ... )
    >>> [row["contender"] for row in churn_table(window, "blend")]
    ['blend', 'recency']
    """

    cutoff: str
    window_end: str
    churned: npt.NDArray[np.int64]
    purchases: Floats
    spend: Floats | None
    p_churn: Mapping[str, Floats]
    expected_purchases: Mapping[str, Floats]
    expected_spend: Mapping[str, Floats]
    absent: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Choice:
    """Which contender serves, and why.

    Examples
    --------
    >>> choice = Choice("blend", "the default; nothing is clearly better", best_simple="p0", beats_simple=True)
    >>> choice.name, choice.best_simple
    ('blend', 'p0')
    """

    name: str
    reason: str
    best_simple: str
    beats_simple: bool

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return vars(self).copy()


def churn_table(window: RaceWindow, default: str) -> list[dict[str, Any]]:
    """Return a row of ``churn_metrics`` per contender, least log loss first.

    Each with ``contender``, the 95 % interval of its AUC, and ``auc_to_default`` and ``log_loss_to_default``: the
    paired difference to the default with its interval.

    Examples
    --------
    >>> window = RaceWindow(
    ...     "2024-01-01", "2024-03-01", np.array([1, 0, 1, 0]), np.array([0.0, 2, 0, 1]), None,
    ...     p_churn={"recency": np.array([0.6, 0.5, 0.4, 0.3]), "blend": np.array([0.8, 0.2, 0.7, 0.3])},
    ...     expected_purchases={}, expected_spend={},
    ... )
    >>> [(row["contender"], row["auc"], round(row["log_loss"], 2)) for row in churn_table(window, "blend")]
    [('blend', 1.0, 0.29), ('recency', 0.75, 0.62)]
    """
    y, rows = window.churned, []
    both = 0 < y.sum() < len(y)
    standard = window.p_churn.get(default)
    for name, p in window.p_churn.items():
        row: dict[str, Any] = {"contender": name, **churn_metrics(y, p)}
        row["auc_low"], row["auc_high"] = auc_interval(y, p) if both else (None, None)
        if both and standard is not None and name != default:
            row["auc_to_default"] = paired_auc_difference(y, p, standard).as_dict()
            row["log_loss_to_default"] = paired_mean_difference(log_losses(y, p), log_losses(y, standard)).as_dict()
        rows.append(row)
    return sorted(rows, key=lambda r: (r["log_loss"], r["contender"]))


def value_table(window: RaceWindow, default: str) -> list[dict[str, Any]]:
    """Return a row per value contender, least error first.

    ``purchases`` and ``spend`` hold ``value_metrics``; ``spend`` also the interval of its Gini and
    ``mae_to_default``, the paired difference of absolute errors.

    Examples
    --------
    >>> window = RaceWindow(
    ...     "2024-01-01", "2024-03-01", np.array([1, 0, 1, 0]), np.array([0.0, 2, 0, 1]), None, p_churn={},
    ...     expected_purchases={"mean": np.full(4, 0.75), "offset": np.array([0.2, 1.6, 0.3, 0.9])}, expected_spend={},
    ... )
    >>> [(row["contender"], round(row["purchases"]["mae"], 2)) for row in value_table(window, "offset")]
    [('offset', 0.25), ('mean', 0.75)]
    """
    rows = []
    for name, expected in window.expected_purchases.items():
        row: dict[str, Any] = {"contender": name, "purchases": value_metrics(window.purchases, expected)}
        standard = window.expected_purchases.get(default)
        if standard is not None and name != default:
            row["purchases"]["squared_to_default"] = paired_mean_difference(
                _squared(window.purchases, expected), _squared(window.purchases, standard)
            ).as_dict()
        if window.spend is not None:
            row["spend"] = _spend_figures(window, name, default)
        rows.append(row)
    first = "spend" if window.spend is not None else "purchases"
    return sorted(rows, key=lambda r: (-(r[first]["gini"] or 0.0), r["contender"]))


def _spend_figures(window: RaceWindow, name: str, default: str) -> dict[str, Any]:
    truth, expected = np.asarray(window.spend), window.expected_spend[name]
    found = value_metrics(truth, expected)
    interval = gini_interval(truth, expected) if found["gini"] is not None else None
    found["gini_low"], found["gini_high"] = interval or (None, None)
    standard = window.expected_spend.get(default)
    if standard is not None and name != default:
        found["mae_to_default"] = paired_mean_difference(np.abs(expected - truth), np.abs(standard - truth)).as_dict()
    return found


def choose_churn(windows: Sequence[RaceWindow], default: str, simple: Sequence[str], *, fixed: bool = False) -> Choice:
    """Say which contender serves: the default, unless it is ``fixed`` or another has a clearly lower log loss.

    Examples
    --------
    >>> churned = np.array([1, 0] * 200)
    >>> window = RaceWindow(
    ...     "2024-01-01", "2024-03-01", churned, 1.0 - churned, None,
    ...     p_churn={"recency": np.full(400, 0.5), "blend": np.where(churned == 1, 0.8, 0.2)},
    ...     expected_purchases={}, expected_spend={},
    ... )
    >>> choice = choose_churn([window], "blend", ["recency"])
    >>> choice.name, choice.beats_simple
    ('blend', True)
    """
    return _choose(
        [(h.p_churn, lambda p, h=h: log_losses(h.churned, p)) for h in windows],
        default,
        simple,
        told("log loss"),
        fixed,
    )


def choose_value(windows: Sequence[RaceWindow], default: str, simple: Sequence[str], *, fixed: bool = False) -> Choice:
    """Say which forecast serves: the default, unless it is ``fixed`` or another has a clearly lower squared error.

    Squared errors, since the mean is what is asked for: absolute errors are least for whoever predicts zero.

    Examples
    --------
    >>> bought = np.array([0.0, 2.0] * 200)
    >>> window = RaceWindow(
    ...     "2024-01-01", "2024-03-01", (bought == 0).astype(int), bought, None, p_churn={},
    ...     expected_purchases={"mean": np.full(400, 1.0), "offset": np.where(bought > 0, 1.7, 0.4)}, expected_spend={},
    ... )
    >>> choice = choose_value([window], "offset", ["mean"])
    >>> choice.name, choice.beats_simple
    ('offset', True)
    """
    return _choose(
        [(h.expected_purchases, lambda e, h=h: _squared(h.purchases, e)) for h in windows],
        default,
        simple,
        told("squared error of purchases"),
        fixed,
    )


def _choose(
    windows: Sequence[tuple[Mapping[str, Floats], Any]], default: str, simple: Sequence[str], by: str, fixed: bool
) -> Choice:
    common = set.intersection(*(set(predicted) for predicted, _ in windows)) if windows else set()
    rules = sorted(common & set(simple))
    if default not in common:
        if fixed or not rules:
            return Choice(default, told("no race was possible, so {name} serves unproven", name=default), "", False)
        losses = {name: np.concatenate([loss(p[name]) for p, loss in windows]) for name in rules}
        best = min(rules, key=lambda name: (losses[name].mean(), name))
        return Choice(best, told("{name} had no answer in the race", name=default), best, False)
    per_window = [{name: loss(p[name]) for name in common} for p, loss in windows]
    total = {name: np.concatenate([one[name] for one in per_window]) for name in common}
    clear = {
        name: float(total[name].mean())
        for name in sorted(common - {default})
        if paired_mean_difference(total[name], total[default]).high < 0
        and all(one[name].mean() < one[default].mean() for one in per_window)
    }
    best_simple = min(rules, key=lambda name: (float(total[name].mean()), name)) if rules else ""
    # One window is not enough to leave the default for a learning machine; to leave it for a simple rule it is.
    enough = {k: v for k, v in clear.items() if len(windows) > 1 or k in simple}
    name = min(enough, key=lambda k: (enough[k], k)) if enough and not fixed else default
    if fixed:
        reason = told("named in the configuration")
    elif name == default:
        reason = _stays(default, by, min(clear, key=lambda k: (clear[k], k)) if clear else "", len(windows))
    elif len(windows) == 1:
        reason = told(
            "{name} has a clearly lower {by} than {other} in the only past window", name=name, by=by, other=default
        )
    else:
        reason = told(
            "{name} has a clearly lower {by} than {other} over all windows together, and a lower one in each of them",
            name=name,
            by=by,
            other=default,
        )
    if not best_simple or name == best_simple:
        return Choice(name, reason, best_simple, False)
    gain = paired_mean_difference(total[name], total[best_simple])
    return Choice(name, reason, best_simple, gain.high < 0)


def _stays(default: str, by: str, better: str, windows: int) -> str:
    """Return why the default serves; ``better`` is clearly better in the only window, which is not enough."""
    if better:
        return told(
            "{other} has a clearly lower {by} than {name} in the only past window, which may be luck",
            other=better,
            by=by,
            name=default,
        )
    if windows == 1:
        return told("no contender has a clearly lower {by} than {name} in the only past window", by=by, name=default)
    return told(
        "no contender has a clearly lower {by} than {name} over all windows together and a lower one in each of them",
        by=by,
        name=default,
    )


def _squared(truth: Floats, expected: Floats) -> Floats:
    return np.square(np.asarray(expected, dtype=np.float64) - truth)
