"""Why a customer is worth much: how often they buy, how much, how regularly, and how it is going."""

from math import sqrt

import pandas as pd

from holdfast.churn.behind import Behind
from holdfast.language import N_, gettext

READS = (
    "purchase_days",
    "tenure",
    "days_since_last",
    "gap_median",
    "gap_variation",
    "spend_mean",
    "recent_to_usual_rate",
    "purchase_days_90d",
)
"""The features that reasons of value are made of."""
_REGULAR, _MORE = 0.6, 1.25
# Who has been silent for longer than this many usual gaps bought regularly, and does so no longer.
_LATE = 2


def value_reasons_for(features: pd.DataFrame, *, most: int = 3, behind: Behind | None = None) -> list[list[str]]:
    """Return one to ``most`` sentences per row of ``build_features``: what the expected value is made of.

    ``behind`` as for ``churn.reasons_for``: in the busy season, everybody buys more than before.

    Examples
    --------
    >>> row = {"purchase_days": 12, "tenure": 200, "days_since_last": 9, "gap_median": 14, "gap_variation": 0.3}
    >>> row |= {"spend_mean": 83.4, "recent_to_usual_rate": 1.6, "purchase_days_90d": 8}
    >>> print(*value_reasons_for(pd.DataFrame([row]))[0], sep="; ")
    buys regularly, every 14 days; spends 83.40 per purchase; buys more than before: 8 of 12 in the last 90 days
    """
    behind = behind or Behind()
    return [_said({str(k): v for k, v in row.items()}, behind)[:most] for row in features.to_dict("records")]


def _said(row: dict[str, float], behind: Behind) -> list[str]:
    bought, said = row["purchase_days"], []
    if bought == 1 and row["spend_mean"] > 0:
        return [gettext(N_("spent {spend_mean:,.2f} on the only purchase, {days_since_last:n day} ago"), **row)]
    regular = bought >= 4 and row["gap_variation"] < _REGULAR and row["gap_median"] >= 2
    if regular and row["days_since_last"] <= _LATE * row["gap_median"]:
        said.append(N_("buys regularly, every {gap_median:n day}"))
    else:
        said.append(
            N_("{purchase_days:n purchase} in {known:n day}") if row["tenure"] >= 1 else N_("bought for the first time")
        )
    if row["spend_mean"] > 0:
        said.append(N_("spends {spend_mean:,.2f} per purchase"))
    if bought >= 4 and row["tenure"] >= 180 and row["recent_to_usual_rate"] > _MORE and _is_more(row, behind):
        said.append(N_("buys more than before: {purchase_days_90d:.0f} of {purchase_days:.0f} in the last 90 days"))
    elif bought > 1:
        said.append(N_("last bought {days_since_last:n day} ago"))
    return [gettext(text, **row, known=row["tenure"] + 1) for text in said]


def _is_more(row: dict[str, float], behind: Behind) -> bool:
    """Say whether the last 90 days hold more purchases than chance alone brings in one window of six (Poisson)."""
    usual = row["purchase_days"] * behind.usual(0, 90) / behind.usual(0, row["tenure"] + 1)
    return row["purchase_days_90d"] > max(usual + sqrt(usual), _MORE * usual)
