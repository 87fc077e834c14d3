"""The audience-size curve: what contacting the best N customers costs and earns, for every N."""

import numpy as np
import pandas as pd

from holdfast.evaluate.ties import Places
from holdfast.learn.arrays import Floats
from holdfast.learn.intervals import NORMAL_95
from holdfast.lists.choice import Chosen
from holdfast.lists.treatments import Treatment


def audience_curve(
    treatments: list[Treatment], chosen: Chosen, p: Floats, value: Floats, *, value_cv: float = 1.0
) -> pd.DataFrame:
    """Return one row per number of customers contacted, most profitable first; equal profits share their places.

    Parameters
    ----------
    treatments, chosen
        What can be done, and what was chosen for whom.
    p, value
        P(churn), and E[value | stays] in currency; shape (n,).
    value_cv
        How much one customer's value varies around its mean, as a share of it.

    Returns
    -------
    pandas.DataFrame
        ``columns.AUDIENCE``: ``customers`` (N), ``churners`` expected among them, ``false_alarms`` (N − churners),
        ``cost`` and ``profit`` expected, each with its 95 % interval (``_low``, ``_high``). The intervals say how
        much one campaign may differ from its expectation by chance, customers being independent, if the
        probabilities, the values and the acceptance are right; what those may err by is not in them.
    """
    rows = np.flatnonzero(chosen.treatment >= 0)
    places = Places.of(chosen.profit[rows])
    q, variance, cost_variance = p[rows], np.zeros(len(rows)), np.zeros(len(rows))
    for i, treatment in enumerate(treatments):
        mine = chosen.treatment[rows] == i
        variance[mine] = treatment.variance(q[mine], value[rows][mine], value_cv=value_cv)
        used = q[mine] * treatment.acceptance + 1 - q[mine]
        cost_variance[mine] = treatment.offer_cost**2 * used * (1 - used)
    table: dict[str, Floats] = {"customers": np.arange(1.0, len(rows) + 1)}
    for name, mean, spread in (
        ("churners", q, q * (1 - q)),
        ("false_alarms", 1 - q, q * (1 - q)),
        ("cost", chosen.spend[rows], cost_variance),
        ("profit", chosen.profit[rows], variance),
    ):
        total, half = places.totals(mean)[1:], NORMAL_95 * np.sqrt(places.totals(spread)[1:])
        table |= {name: total, f"{name}_low": total - half, f"{name}_high": total + half}
    frame = pd.DataFrame(table).astype({"customers": "int64"})
    for name in ("churners", "false_alarms", "cost"):
        frame[f"{name}_low"] = frame[f"{name}_low"].clip(lower=0.0)
    return frame
