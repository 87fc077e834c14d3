"""Perceived value: what customers feel they get minus what it costs them: value TO the customer, not OF them."""

import math
from typing import Any

import numpy as np
import pandas as pd

from holdfast.errors import DataError
from holdfast.kpis.rates import mean
from holdfast.kpis.satisfaction import Scales

BENEFITS = ("functional benefit", "monetary benefit", "social benefit", "psychological benefit")
COSTS = ("monetary cost", "time cost", "energy cost", "emotional cost")
DIMENSIONS = (*BENEFITS, *COSTS)
ALL = "all"


def dimension_of(text: str) -> str | None:
    """Return the dimension that a survey's text names, or None.

    The word benefit or cost may be left out where only one is meant.

    Raises
    ------
    DataError
        ``monetary`` alone may be either.

    Examples
    --------
    >>> dimension_of("Functional"), dimension_of("monetary_cost"), dimension_of("time"), dimension_of("colour")
    ('functional benefit', 'monetary cost', 'time cost', None)
    """
    word = " ".join(text.lower().replace("_", " ").replace("-", " ").split())
    if word == "monetary":
        raise DataError(
            'surveys.dimension: "monetary" may be a benefit or a cost: write "monetary benefit" or "monetary cost".'
        )
    return next((d for d in DIMENSIONS if word in (d, d.rpartition(" ")[0])), None)


def by_customer(answers: pd.DataFrame, scales: Scales) -> pd.DataFrame:
    """Return every customer's dimensions and indices, each from 0 to 100.

    An answer is put on 0 to 100 by its item's scale; a dimension is the mean of its answers, weighted by importance
    where all of them have one; an index is the plain mean of the dimensions the customer answered.

    Parameters
    ----------
    answers
        As ``satisfaction.latest_answers`` returns them.
    scales
        Lowest and highest answer by item.

    Returns
    -------
    pandas.DataFrame
        Indexed by ``customer_id``: the eight ``DIMENSIONS`` (NaN: not answered), ``benefit_index``, ``cost_index``
        (higher = dearer), ``perceived_value`` = benefit_index − cost_index (−100 to 100; NaN where a side is missing).

    Raises
    ------
    DataError
        The dimension ``monetary`` alone, or an item of a dimension without a scale.
    """
    given = answers.dropna(subset=["score"]).copy()
    meant = {text: dimension_of(text) for text in sorted(given["dimension"].unique())}
    given["dimension"] = given["dimension"].map(meant)
    given = given[given["dimension"].notna()]
    unknown = sorted(set(given["item"]) - set(scales))
    if unknown:
        raise DataError(
            f"tables.surveys.scales: {len(unknown)} of the items with a dimension have no scale: state for each from "
            "which answer to which."
        )
    low, high = (given["item"].map({i: s[k] for i, s in scales.items()}).astype(float) for k in (0, 1))
    given["points"] = 100 * (given["score"] - low) / (high - low)
    given["weight"] = given["importance"].where(_weighed(given), 1.0)
    given["weighted"] = given["points"] * given["weight"]
    sums = given.groupby(["customer_id", "dimension"])[["weighted", "weight"]].sum()
    points = (sums["weighted"] / sums["weight"]).rename("points").reset_index()
    wide = points.pivot_table(index="customer_id", columns="dimension", values="points").reindex(
        columns=list(DIMENSIONS)
    )
    wide.columns.name = None
    wide["benefit_index"] = wide[list(BENEFITS)].mean(axis=1)
    wide["cost_index"] = wide[list(COSTS)].mean(axis=1)
    wide["perceived_value"] = wide["benefit_index"] - wide["cost_index"]
    return wide


def _weighed(given: pd.DataFrame) -> pd.Series:
    """Say for each answer whether its dimension's importances can weigh: all are given, none negative, not all 0."""
    whole = given.assign(usable=given["importance"] >= 0).groupby(["customer_id", "dimension"])
    return whole["usable"].transform("all") & (whole["importance"].transform("sum") > 0)


def by_segment(customers: pd.DataFrame, segment: pd.Series) -> pd.DataFrame:
    """Return perceived value by segment, with the largest gap.

    Parameters
    ----------
    customers
        As ``by_customer`` returns them.
    segment
        Segment by ``customer_id``; customers without one count in ``all`` only.

    Returns
    -------
    pandas.DataFrame
        By ``segment`` (the last is ``all``): ``n`` (customers with a perceived value), ``benefit_index``,
        ``cost_index``, ``perceived_value`` with ``low`` and ``high`` (95 %), the mean of each dimension,
        ``largest_gap`` (the dimension furthest from the best there could be: 100 for a benefit, 0 for a cost) and
        ``gap`` (points), ``reason``.
    """
    known = customers[customers["perceived_value"].notna()]
    of = segment.reindex(known.index)
    parts = [*known.groupby(of, sort=True), (ALL, known)]
    return pd.DataFrame([_row(str(name), one) for name, one in parts])


def _row(name: str, one: pd.DataFrame) -> dict[str, Any]:
    figure = mean(one["perceived_value"])
    means = one[list(DIMENSIONS)].mean()
    gaps = pd.concat([100 - means[list(BENEFITS)], means[list(COSTS)]])
    largest = str(gaps.idxmax()) if gaps.notna().any() else ""
    return {
        "segment": name,
        "n": figure.n,
        "benefit_index": one["benefit_index"].mean(),
        "cost_index": one["cost_index"].mean(),
        "perceived_value": figure.value,
        "low": figure.low if figure.n > 1 else math.nan,
        "high": figure.high if figure.n > 1 else math.nan,
        **{d.replace(" ", "_"): float(means[d]) for d in DIMENSIONS},
        "largest_gap": largest,
        "gap": float(gaps.max()) if largest else np.nan,
        "reason": figure.reason,
    }
