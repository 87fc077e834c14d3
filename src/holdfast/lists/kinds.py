"""Lists of customers a person can act on, ranked; what contacting them would change is unproven."""

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast import columns
from holdfast.churn import reasons_for
from holdfast.evaluate.ties import Places
from holdfast.features import summary_of
from holdfast.forecast.scorer import Scorer

_OVERDUE_FEWEST = 3


def list_of(
    name: str,
    scorer: Scorer,
    scores: pd.DataFrame,
    features: pd.DataFrame,
    *,
    most: int | None = None,
    share: float = 0.1,
    best_days: tuple[float, float] | None = None,
) -> pd.DataFrame:
    """Return a list, ranked.

    All but high_value are ranked by value at risk, P(churn) × value if the customer stays; by P(churn) × purchases
    if he stays where the log has no amounts.

    Parameters
    ----------
    name
        ``at_risk``: the active. ``high_value``: the highest CLV. ``second_order``: active, one purchase so far.
        ``win_back``: the lapsed. ``overdue``: active, silent for longer than ever before between two of at least
        three purchases.
    scorer, scores, features
        The models, and their scores of these features, row by row.
    most
        At most so many customers; for ``high_value`` only reasons are limited to so many.
    share
        Of all customers, for ``high_value`` (0.1 is the top tenth).
    best_days
        Days from the first purchase between which the middle half of the second purchases came; for
        ``second_order``.

    Returns
    -------
    pandas.DataFrame
        ``columns.listed(name, …)``; up to three plain-word reasons a customer, only for the first ``most``.
    """
    h, year = scorer.churn.horizon_days, scorer.clv_horizon_days
    money = scorer.spend is not None
    table = _with_facts(scorer, scores, features)
    order = [columns.value_at_risk(h) if money else columns.purchases_at_risk(h)]
    silent, purchases = features["days_since_last"].to_numpy(), features["purchase_days"].to_numpy()
    active = table["eligible"].to_numpy()
    if name == "high_value":
        chosen, order = np.ones(len(table), dtype=bool), [columns.clv(year)]
        table = _with_shares(table, order[0])
    elif name == "at_risk":
        chosen = active
    elif name == "second_order":
        chosen = active & (purchases == 1)
        table = _with_second_order(scorer, table, features, best_days)
        order = ["in_best_window", *order]
    elif name == "win_back":
        chosen = ~active
        table["silent_days"] = silent.astype(np.int64)
    elif name == "overdue":
        longest = features["gap_max"].to_numpy()
        chosen = active & (purchases >= _OVERDUE_FEWEST) & (silent > np.nan_to_num(longest, nan=np.inf))
        table["silent_days"] = silent.astype(np.int64)
        table["usual_gap_days"] = features["gap_median"].to_numpy()
        table["longest_gap_days"] = np.nan_to_num(longest).astype(np.int64)
    else:
        raise ValueError(f"There is no list {name!r}: {', '.join(columns.LISTS)}.")
    ranked = table[chosen].sort_values([*order, "customer_id"], ascending=[*[False] * len(order), True])
    top = ranked.head(
        max(1, round(share * len(table))) if name == "high_value" else len(ranked) if most is None else most
    )
    top = _with_reasons(scorer, top, features, most)
    shown = [c.name for c in columns.listed(name, h, year, money=money)]
    return top.reset_index(drop=True).assign(rank=range(1, len(top) + 1))[shown]


def _with_facts(scorer: Scorer, scores: pd.DataFrame, features: pd.DataFrame) -> pd.DataFrame:
    purchases = features["purchase_days"].to_numpy(dtype=np.int64)
    # Beyond ten years a date says nothing.
    wait = np.minimum(scorer.transactions.median_wait(summary_of(features)), 3650)
    table = scores.assign(
        last_purchase=_dates(scores["as_of"], -features["days_since_last"].to_numpy()),
        next_purchase_expected=_dates(scores["as_of"], np.ceil(np.nan_to_num(wait, nan=3650))),
        purchases_so_far=purchases,
        confidence=np.select([purchases == 1, purchases <= 3], ["low", "medium"], "high"),
    )
    if scorer.spend is None:
        h = scorer.churn.horizon_days
        stays = scorer.transactions.expected_purchases_if_any(summary_of(features), h)
        table[columns.purchases_at_risk(h)] = table[columns.p_churn(h)] * stays
    return table


def _with_shares(table: pd.DataFrame, clv: str) -> pd.DataFrame:
    table = table.sort_values([clv, "customer_id"], ascending=[False, True])
    total = float(table[clv].sum())
    return table.assign(
        clv_decile=Places.of(table[clv]).tenths(),
        share_of_total=table[clv] / total if total else 0.0,
        cumulative_share=table[clv].cumsum() / total if total else 0.0,
    )


def _with_second_order(
    scorer: Scorer, table: pd.DataFrame, features: pd.DataFrame, best_days: tuple[float, float] | None
) -> pd.DataFrame:
    """Add the curve of BG/NBD over time, at the level of the calibrated probability of the churn horizon."""
    h, summary = scorer.churn.horizon_days, summary_of(features)
    calibrated = 1 - table[columns.p_churn(h)].to_numpy()
    own = np.maximum(1 - scorer.transactions.p_no_purchase(summary, h), 1e-12)
    for days in columns.SECOND_ORDER_DAYS:
        curve = 1 - scorer.transactions.p_no_purchase(summary, days)
        table[columns.p_second(days)] = np.clip(calibrated * curve / own, 0.0, 1.0)
    since_first = features["days_since_last"].to_numpy()  # of customers with one purchase
    low, high = best_days if best_days is not None else (np.nan, np.nan)
    unknown = np.isnan(low)
    table["best_from"] = "" if unknown else _dates(table["as_of"], low - since_first)
    table["best_until"] = "" if unknown else _dates(table["as_of"], high - since_first)
    table["in_best_window"] = (since_first >= low) & (since_first <= high)
    return table


def _with_reasons(scorer: Scorer, top: pd.DataFrame, features: pd.DataFrame, most: int | None) -> pd.DataFrame:
    told = top.head(most) if most is not None else top
    reasons = reasons_for(scorer.churn, features.loc[told.index]) if len(told) else []
    reasons += [[]] * (len(top) - len(told))
    return top.assign(**{f"reason_{i + 1}": [r[i] if i < len(r) else "" for r in reasons] for i in range(3)})


def _dates(as_of: Iterable[date], days: npt.ArrayLike) -> list[str]:
    # One as-of date per table, so few distinct days: each is written once.
    shifts = np.asarray(days, dtype=np.float64).round().astype(np.int64)
    start: date | None = next(iter(as_of), None)
    written = {int(d): (start + timedelta(days=int(d))).isoformat() for d in np.unique(shifts)} if start else {}
    return [written[int(d)] for d in shifts]
