"""The audience-size curve: what contacting the best N customers costs and earns, for every N."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from holdfast.evaluate.ties import Places
from holdfast.learn.arrays import Floats
from holdfast.learn.calibration import log_odds
from holdfast.learn.intervals import NORMAL_95
from holdfast.lists.choice import Chosen
from holdfast.lists.treatments import Learnt, Treatment


@dataclass(frozen=True)
class ModelError:
    """How far the models were off as a whole when they were last held against what happened.

    Attributes
    ----------
    log_odds
        Of the mean P(churn): observed less predicted, in log-odds.
    value
        Of total spend: predicted ÷ actual − 1.
    """

    log_odds: float = 0.0
    value: float = 0.0

    @classmethod
    def of(cls, held_out: Mapping[str, Any]) -> Self:
        """Return the error that the held-out test of a model shows (``metrics.json``); none where there was no test.

        Examples
        --------
        >>> test = {"eligible": {"churn": {"mean_p": 0.5, "churn_rate": 0.6}}, "spend": {"bias": -0.1}}
        >>> error = ModelError.of(test)
        >>> round(error.log_odds, 3), error.value
        (0.405, -0.1)
        """
        of_active = held_out.get("eligible") or {}
        churn, spend = of_active.get("churn") or held_out.get("churn") or {}, held_out.get("spend") or {}
        shares = [churn.get(name) for name in ("churn_rate", "mean_p")]
        known = all(share is not None and 0.0 < share < 1.0 for share in shares)
        observed, predicted = log_odds(np.array(shares, dtype=np.float64)) if known else (0.0, 0.0)
        return cls(float(observed - predicted), float(spend.get("bias") or 0.0))


def audience_curve(
    treatments: list[Treatment],
    chosen: Chosen,
    p: Floats,
    value: Floats,
    *,
    error: ModelError = ModelError(),
    learnt: Learnt | None = None,
) -> pd.DataFrame:
    """Return one row per number of customers contacted, most profitable first; equal profits share their places.

    Parameters
    ----------
    treatments, chosen
        What can be done, and what was chosen for whom.
    p, value
        P(churn), and E[value | stays] in currency; shape (n,).
    error
        How far the models were off when last tested: taken as the standard deviation of how far they may be off now.
    learnt
        Effects in place of p·γ, and how far they may be off.

    Returns
    -------
    pandas.DataFrame
        ``columns.AUDIENCE``: ``customers`` (N), ``churners`` expected among them, ``false_alarms`` (N − churners),
        ``cost`` and ``profit`` expected, each with its 95 % interval (``_low``, ``_high``). The intervals say how
        much one campaign may differ from its expectation: by chance, customers being independent, and because
        probabilities and values as a whole may be off (``error``), and learnt effects and measured acceptances too. An
        assumed acceptance that is wrong is not in them.
    """
    rows = np.flatnonzero(chosen.treatment >= 0)
    places = Places.of(chosen.profit[rows])
    q, worth = p[rows], value[rows]
    variance, cost_variance, by_risk, cost_by_risk, kept = (np.zeros(len(rows)) for _ in range(5))
    doubt = np.zeros((len(rows), 2 + len(treatments)))
    for i, treatment in enumerate(treatments):
        mine = chosen.treatment[rows] == i
        effect = None if learnt is None else learnt.of(i)
        known = None if effect is None else effect[rows][mine]
        gained = treatment.kept(q[mine]) if known is None else known
        variance[mine] = treatment.variance(q[mine], worth[mine], kept=known)
        by_risk[mine] = treatment.profit_by_risk(worth[mine], learnt=known is not None)
        cost_by_risk[mine] = treatment.spend_by_risk(learnt=known is not None)
        kept[mine] = gained * worth[mine]
        used = np.clip(gained + 1 - q[mine], 0.0, 1.0)
        if learnt is not None and known is not None:
            doubt[mine, :2] = learnt.doubt[rows][mine, i] * (worth[mine] - treatment.offer_cost)[:, None]
        else:
            doubt[mine, 2 + i] = treatment.acceptance_error * q[mine] * (worth[mine] - treatment.offer_cost)
        cost_variance[mine] = treatment.offer_cost**2 * used * (1 - used)
    table: dict[str, Floats] = {"customers": np.arange(1.0, len(rows) + 1)}
    shift = error.log_odds * q * (1 - q)
    for name, mean, spread, off in (
        ("churners", q, q * (1 - q), (shift,)),
        ("false_alarms", 1 - q, q * (1 - q), (shift,)),
        ("cost", chosen.spend[rows], cost_variance, (shift * cost_by_risk,)),
        ("profit", chosen.profit[rows], variance, (shift * by_risk, error.value * kept, *doubt.T)),
    ):
        total = places.totals(mean)[1:]
        whole = np.sum([np.square(places.totals(each)[1:]) for each in off], axis=0)
        half = NORMAL_95 * np.sqrt(places.totals(spread)[1:] + whole)
        table |= {name: total, f"{name}_low": total - half, f"{name}_high": total + half}
    frame = pd.DataFrame(table).astype({"customers": "int64"})
    for name in ("churners", "false_alarms", "cost"):
        frame[f"{name}_low"] = frame[f"{name}_low"].clip(lower=0.0)
    return frame


def lost_in_total(p: Floats, value: Floats, *, error: ModelError = ModelError()) -> dict[str, float]:
    """Return how many of some customers are expected to leave, and what goes with them, if nobody is contacted.

    Parameters
    ----------
    p, value
        P(churn), and E[value | stays] in currency; shape (n,).
    error
        As of ``audience_curve``: the intervals hold the same two sources of doubt.

    Returns
    -------
    dict
        ``churners`` and ``value`` (currency), each with its 95 % interval (``_low``, ``_high``).

    Examples
    --------
    >>> found = lost_in_total(np.array([0.5, 0.5]), np.array([10.0, 30.0]))
    >>> found["churners"], found["value"], round(found["value_high"], 2)
    (1.0, 20.0, 73.68)
    """
    shift = error.log_odds * p * (1 - p)
    found: dict[str, float] = {}
    for name, mean, variance, off in (
        ("churners", p, p * (1 - p), (shift,)),
        (
            "value",
            p * value,
            # What one customer is worth varies as an exponential variable does.
            2 * p * np.square(value) - np.square(p * value),
            (shift * value, error.value * p * value),
        ),
    ):
        whole = sum(float(each.sum()) ** 2 for each in off)
        half = NORMAL_95 * float(np.sqrt(variance.sum() + whole))
        total = float(mean.sum())
        found |= {name: total, f"{name}_low": max(0.0, total - half), f"{name}_high": total + half}
    return found
