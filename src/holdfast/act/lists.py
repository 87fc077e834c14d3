"""Lists a person acts on: who may leave, and who is worth most."""

from datetime import timedelta

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.act.scorer import Scorer
from holdfast.churn import reasons_for
from holdfast.features import summary_of


def at_risk_list(scorer: Scorer, scores: pd.DataFrame, features: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """Return the eligible customers with the most to lose, ranked.

    Ranked by value at risk, P(churn) × value if the customer stays; by P(churn) × purchases if he stays where
    the log has no amounts. The list is a ranking: what contacting these customers would change is unproven.

    Parameters
    ----------
    scorer, scores, features
        The models, and their scores of these features, row by row.
    most
        At most so many customers.

    Returns
    -------
    pandas.DataFrame
        ``rank`` (1 first), who, probability, value, last purchase, and up to three plain-word reasons.
    """
    h = scorer.churn.horizon_days
    table = scores.assign(
        last_purchase=[
            (as_of - timedelta(days=int(silent))).isoformat()
            for as_of, silent in zip(scores["as_of"], features["days_since_last"], strict=True)
        ],
        purchases_so_far=features["purchase_days"].to_numpy(dtype=int),
    )
    if scorer.spend is None:
        stays = scorer.transactions.expected_purchases_if_any(summary_of(features), h)
        order = columns.purchases_at_risk(h)
        table[order] = table[columns.p_churn(h)] * stays
    else:
        order = columns.value_at_risk(h)
    top = table[table["eligible"]].sort_values([order, "customer_id"], ascending=[False, True]).head(most)
    reasons = reasons_for(scorer.churn, features.loc[top.index])
    for i in range(3):
        top[f"reason_{i + 1}"] = [r[i] if i < len(r) else "" for r in reasons]
    return _ranked(top, columns.at_risk(h, money=scorer.spend is not None))


def high_value_list(scorer: Scorer, scores: pd.DataFrame, *, share: float) -> pd.DataFrame:
    """Return the customers with the highest CLV, ranked.

    Parameters
    ----------
    scorer, scores
        The models and their scores.
    share
        Share of all scored customers to list (0.1 is the top tenth).

    Returns
    -------
    pandas.DataFrame
        ``rank``, who, CLV, ``clv_decile`` (1 is the top tenth of all customers), ``share_of_total`` (this
        customer's share of all CLV) and ``cumulative_share`` (with everybody above).
    """
    h, clv = scorer.churn.horizon_days, columns.clv(scorer.clv_horizon_days)
    table = scores.sort_values([clv, "customer_id"], ascending=[False, True])
    total = float(table[clv].sum())
    table = table.assign(
        clv_decile=np.arange(len(table)) * 10 // max(len(table), 1) + 1,
        share_of_total=table[clv] / total if total else 0.0,
        cumulative_share=table[clv].cumsum() / total if total else 0.0,
    )
    top = table.head(max(1, round(share * len(table))))
    return _ranked(top, columns.high_value(h, scorer.clv_horizon_days))


def _ranked(table: pd.DataFrame, shown: tuple[columns.Column, ...]) -> pd.DataFrame:
    return table.reset_index(drop=True).assign(rank=range(1, len(table) + 1))[[c.name for c in shown]]
