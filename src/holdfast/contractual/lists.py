"""Lists of customers under contract: who may leave, and who is worth most."""

import pandas as pd

from holdfast import columns
from holdfast.columns import Column
from holdfast.contractual import tables
from holdfast.contractual.reasons import contract_reasons
from holdfast.contractual.scorer import ContractScorer
from holdfast.evaluate.ties import Places


def at_risk_contracts(scorer: ContractScorer, scores: pd.DataFrame, rows: pd.DataFrame, *, most: int) -> pd.DataFrame:
    """Return the customers under contract with the most to lose, ranked, with reasons.

    Ranked by value at risk; by probability without prices. What contacting them would change is unproven.

    Parameters
    ----------
    scorer, scores, rows
        The models, and their scores of these rows.
    most
        At most so many customers.
    """
    days, clv_days = scorer.window_days, scorer.clv_horizon_days
    order = columns.value_at_risk(clv_days) if scorer.money else tables.p_churn(days)
    ranked = scores[scores["eligible"]].sort_values([order, "customer_id"], ascending=[False, True]).head(most)
    ranked = _with_reasons(scorer, ranked, rows, most)
    reasoned = scorer.payments is not None
    return _ranked(ranked, tables.at_risk(days, clv_days, money=scorer.money, reasons=reasoned))


def high_value_contracts(
    scorer: ContractScorer, scores: pd.DataFrame, rows: pd.DataFrame, *, most: int, share: float
) -> pd.DataFrame:
    """Return the customers under contract with the highest CLV, ranked, with reasons; only where values are known.

    Parameters
    ----------
    scorer, scores, rows
        The models, and their scores of these rows.
    most
        At most so many customers get reasons.
    share
        Share of all under contract to list (0.1 is the top tenth).
    """
    clv = columns.clv(scorer.clv_horizon_days)
    table = scores[scores["eligible"] & scores[clv].notna()]
    table = table.sort_values([clv, "customer_id"], ascending=[False, True])
    total = float(table[clv].sum())
    table = table.assign(
        clv_decile=Places.of(table[clv]).tenths(),
        share_of_total=table[clv] / total if total else 0.0,
        cumulative_share=table[clv].cumsum() / total if total else 0.0,
    )
    top = _with_reasons(scorer, table.head(max(1, round(share * len(table)))), rows, most)
    return _ranked(top, tables.high_value(scorer.window_days, scorer.clv_horizon_days))


def _with_reasons(scorer: ContractScorer, ranked: pd.DataFrame, rows: pd.DataFrame, most: int) -> pd.DataFrame:
    reasons = contract_reasons(scorer.churn, rows.loc[ranked.index[:most]])
    reasons += [[]] * (len(ranked) - len(reasons))
    return ranked.assign(**{f"reason_{i + 1}": [r[i] if i < len(r) else "" for r in reasons] for i in range(3)})


def _ranked(table: pd.DataFrame, shown: tuple[Column, ...]) -> pd.DataFrame:
    return table.reset_index(drop=True).assign(rank=range(1, len(table) + 1))[[c.name for c in shown]]
