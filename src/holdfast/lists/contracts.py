"""Lists of customers under contract: who may leave, and who is worth most."""

import pandas as pd

from holdfast import columns
from holdfast.columns import Column
from holdfast.contractual import ContractScorer, contract_reasons, contract_value_reasons, tables
from holdfast.learn.arrays import Flags
from holdfast.lists.kinds import reason_columns, with_shares


def contract_lists(
    scorer: ContractScorer, scores: pd.DataFrame, rows: pd.DataFrame, off: Flags, *, most: int, share: float
) -> dict[str, pd.DataFrame]:
    """Return the lists of those under contract by name (``tables.LISTS``), ranked, with reasons.

    ``at_risk`` is ranked by value at risk, by probability without prices; ``high_value`` by CLV, only where values are
    known. What contacting them would change is unproven.

    Parameters
    ----------
    scorer, scores, rows
        The models, and their scores of these rows.
    most
        At most so many customers at risk.
    off
        Who of them is to be on no list.
    share
        Share of all under contract to list as high values (0.1 is the top tenth); those who are to be on no list count
        as well.
    """
    days, clv_days, under = scorer.window_days, scorer.clv_horizon_days, scores[scores["eligible"]]
    barred = pd.Series(off, index=scores.index)
    reasoned = scorer.payments is not None

    def ranked(order: str, first: int, shown: tuple[Column, ...]) -> pd.DataFrame:
        top = under.sort_values([order, "customer_id"], ascending=[False, True])
        valued = "share_of_total" in (c.name for c in shown)
        if valued:
            # A share is one of all customers, so whoever is to be on no list leaves it last.
            top = with_shares(top.head(first), order, float(under[order].sum()), int(under[order].notna().sum()))
        top = top[~barred[top.index]].head(first)
        theirs = rows.loc[top.index]
        if valued:
            reasons = contract_value_reasons(scorer, scores.loc[top.index], theirs)
        else:
            reasons = contract_reasons(scorer.churn, theirs)
        top = top.assign(rank=range(1, len(top) + 1), **reason_columns(reasons, len(top)))
        return top.reset_index(drop=True)[[c.name for c in shown]]

    at_risk = tables.at_risk(days, clv_days, money=scorer.money, reasons=reasoned)
    if not scorer.money:
        return {"at_risk": ranked(tables.p_churn(days), most, at_risk)}
    clv = columns.clv(clv_days)
    tenth = max(1, round(share * int(under[clv].notna().sum())))
    return {
        "at_risk": ranked(columns.value_at_risk(clv_days), most, at_risk),
        "high_value": ranked(clv, tenth, tables.high_value(days, clv_days)),
    }
