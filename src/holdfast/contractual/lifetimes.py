"""Lifetimes: how long every contract that is known has lasted, in renewals, and the curves fitted to them."""

import numpy as np
import pandas as pd

from holdfast.contractual.periods import MONTH_DAYS, whole_months
from holdfast.contractual.retention import Retention
from holdfast.contractual.survival import whole_periods
from holdfast.contractual.table import Contracts
from holdfast.contractual.terms import SLACK_DAYS
from holdfast.language import to_tell
from holdfast.learn.arrays import Floats


def retention_of(contracts: Contracts) -> Retention:
    """Return the retention curves of every contract known by the cutoff, by plan and by how often they are billed."""
    summary, plans, months = contract_lifetimes(contracts)
    if summary is None:
        return Retention({}, to_tell("tenure is not known"))
    return Retention.fit(summary, plans) if months is None else Retention.of_own_periods(summary, months, plans)


def contract_lifetimes(contracts: Contracts) -> tuple[pd.DataFrame | None, pd.Series | None, Floats | None]:
    """Return (tenure summary, plan, months that bills pay for) of every contract known by the cutoff.

    No summary where no tenure is known; no months where all are billed every period, which tenures are in then.
    """
    cutoff = contracts.cutoff
    if contracts.spells is not None and cutoff is not None:
        days = contracts.period_days
        lives = contracts.spells.lifetimes(cutoff.day, period_days=days)
        months = lives["months"].to_numpy() if "months" in lives else None
        slack = SLACK_DAYS / (days if months is None else months * MONTH_DAYS)
        return whole_periods(lives["tenure"], lives["ended"], slack=slack), lives.get("plan"), months
    terms, rows = contracts.terms, contracts.rows
    tenure, plan, months = terms.periods(rows), terms.plans(rows), terms.months(rows)
    if tenure is None:
        return None, None, None
    known = (contracts.churned >= 0) & ~np.isnan(tenure)
    plan = None if plan is None else plan[known].reset_index(drop=True)
    if months is not None:
        months = whole_months(months[known])
        tenure = tenure[known] * (terms.period_months / months)
        return whole_periods(tenure, contracts.churned[known]), plan, months
    return whole_periods(tenure[known], contracts.churned[known]), plan, None
