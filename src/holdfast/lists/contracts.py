"""Lists of customers under contract: who may leave, who will, and who is worth most."""

from datetime import date, timedelta

import pandas as pd

from holdfast import columns
from holdfast.columns import Column
from holdfast.contractual import ContractScorer, contract_reasons, contract_value_reasons, tables
from holdfast.contractual.notice import ENDS_IN
from holdfast.features import Cutoff
from holdfast.learn.arrays import Flags
from holdfast.lists.kinds import reason_columns, with_shares


def contract_lists(
    scorer: ContractScorer,
    scores: pd.DataFrame,
    rows: pd.DataFrame,
    off: Flags,
    *,
    most: int,
    share: float,
    cutoff: Cutoff | None = None,
) -> dict[str, pd.DataFrame]:
    """Return the lists of those under contract by name (``columns.CONTRACT_LISTS``), ranked, with reasons.

    ``at_risk``, of those who can leave, is ranked by value at risk, by probability without prices; ``high_value`` by
    CLV, only where values are known; ``notice_given``, where anybody has, holds who is not at risk of leaving but known
    to. What contacting them would change is unproven.

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
    cutoff
        The as-of date, where rows are dated.
    """
    days, clv_days, under = scorer.window_days, scorer.clv_horizon_days, scores[scores["eligible"]]
    barred = pd.Series(off, index=scores.index)
    reasoned = scorer.payments is not None

    def ranked(order: str, first: int, shown: tuple[Column, ...], among: pd.DataFrame = under) -> pd.DataFrame:
        top = among.sort_values([order, "customer_id"], ascending=[order == ENDS_IN, True])
        valued = "share_of_total" in (c.name for c in shown)
        if valued:
            # A share is one of all customers, so whoever is to be on no list leaves it last.
            top = top.head(first)
            gone = barred[top.index].to_numpy(dtype=bool)
            top = with_shares(top, order, float(under[order].sum()), int(under[order].notna().sum()), off=gone)
        top = top[~barred[top.index]].head(first)
        theirs = rows.loc[top.index]
        if valued:
            reasons = contract_value_reasons(scorer, scores.loc[top.index], theirs)
        else:
            reasons = contract_reasons(scorer.churn, theirs)
        top = top.assign(rank=range(1, len(top) + 1), **reason_columns(reasons, len(top)))
        return top.reset_index(drop=True)[[c.name for c in shown]]

    money, known = {"money": scorer.money, "reasons": reasoned}, pd.Series(False, index=under.index)
    # Whose bill is not due in the window cannot leave in it.
    can = pd.Series(scorer.churn.may_end(rows.loc[under.index]), index=under.index)
    if ENDS_IN in under:
        known = under[ENDS_IN].notna()
    lost = columns.value_at_risk(clv_days) if scorer.money else tables.p_churn(days)
    lists = {"at_risk": ranked(lost, most, tables.at_risk(days, clv_days, **money), under[can & ~known])}
    if scorer.money:
        clv = columns.clv(clv_days)
        tenth = max(1, round(share * int(under[clv].notna().sum())))
        lists["high_value"] = ranked(clv, tenth, tables.high_value(days, clv_days))
    if cutoff is not None and known.any():
        leaving = _leaving(scorer, under[known], rows.loc[under.index[known]], cutoff.date)
        lists["notice_given"] = ranked(
            lost if scorer.money else ENDS_IN, most, tables.notice_given(days, clv_days, **money), leaving
        )
    return lists


def _leaving(scorer: ContractScorer, scores: pd.DataFrame, rows: pd.DataFrame, as_of: date) -> pd.DataFrame:
    """Return the scores of customers who have given notice, with P and value of their end, whenever it comes."""
    ends = rows[ENDS_IN]
    # An end is scored as one of the window: what is lost by it does not depend on the day.
    lost = scorer.score(rows.assign(**{ENDS_IN: 0.0}), model_version="").set_axis(rows.index)
    scores = lost.assign(model_version=scores["model_version"])
    leaves = [as_of + timedelta(days=int(days)) for days in ends]
    return scores.assign(**{ENDS_IN: ends}, leaves_on=leaves)
