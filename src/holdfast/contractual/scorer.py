"""Contracts → scores: the churn model, why contracts end, and the retention curves, put together."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast import columns
from holdfast.churn.logistic import Floats
from holdfast.columns import Column
from holdfast.contractual import tables
from holdfast.contractual.model import ContractChurn
from holdfast.contractual.reasons import contract_reasons
from holdfast.contractual.retention import Retention

DAYS_A_YEAR = 365.25
MONTH_DAYS = DAYS_A_YEAR / 12


@dataclass(frozen=True)
class Contracts:
    """Customers of one day, row by row.

    Attributes
    ----------
    customer_id
        Text, shape (n,).
    features
        What the churn model reads, shape (n, k).
    eligible
        Still under contract as far as is known, shape (n,).
    tenure
        Periods under contract so far, shape (n,), or ``None``.
    price
        Currency per period, shape (n,), or ``None``.
    plan
        Text, shape (n,), or ``None``.
    """

    customer_id: pd.Series
    features: pd.DataFrame
    eligible: npt.NDArray[np.bool_]
    tenure: Floats | None = None
    price: Floats | None = None
    plan: pd.Series | None = None


@dataclass(frozen=True)
class PaymentSplit:
    """P(a payment failed | the contract ended): a model where there were enough of both, else their share."""

    share: float
    model: ContractChurn | None = None

    def p_payment(self, features: pd.DataFrame) -> Floats:
        """Return the probability, shape (n,)."""
        return np.full(len(features), self.share) if self.model is None else self.model.p_churn(features)


@dataclass(frozen=True)
class ContractScorer:
    """Everything that turns contracts into scores.

    Attributes
    ----------
    churn, retention
        The fitted models.
    payments
        Of ended contracts, which ended by a failed payment; ``None`` where reasons are not known.
    window_days
        Length of the outcome window, or ``None`` where the label's is not stated: then one period is assumed for
        value, and the column is called ``p_churn``.
    gap_days
        Between the cutoff and the window.
    period_days
        Between renewals; prices are per period.
    clv_horizon_days, yearly_discount, margin
        Value is margin (a share of price) over the horizon, discounted at the yearly rate.
    money
        Whether prices and tenures are known.
    trained_as_of
        First day not seen, YYYY-MM-DD; empty for a table without dates.
    """

    churn: ContractChurn
    retention: Retention
    payments: PaymentSplit | None
    window_days: int | None
    gap_days: int
    period_days: float
    clv_horizon_days: int
    yearly_discount: float
    margin: float
    money: bool
    trained_as_of: str

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that ``score`` returns."""
        known = self.payments is not None
        return tables.scores(self.window_days, self.clv_horizon_days, money=self.money, reasons=known)

    def score(self, contracts: Contracts, *, model_version: str) -> pd.DataFrame:
        """Return one row of ``tables.scores`` per contract, in the same order."""
        p = self.churn.p_churn(contracts.features)
        n, days = len(p), self.window_days
        scores: dict[str, Any] = {
            "customer_id": contracts.customer_id.to_numpy(),
            "eligible": contracts.eligible,
            tables.p_churn(days): p,
            "tenure_periods": np.full(n, np.nan) if contracts.tenure is None else contracts.tenure,
            "model_version": model_version,
        }
        if self.payments is not None:
            failed = p * self.payments.p_payment(contracts.features)
            scores |= {tables.p_voluntary(days): p - failed, tables.p_payment_failure(days): failed}
        if self.money:
            stays, expected = self._value(contracts, p)
            scores |= {
                columns.value_if_stays(self.clv_horizon_days): stays,
                columns.value_at_risk(self.clv_horizon_days): p * stays,
                columns.clv(self.clv_horizon_days): expected,
            }
        return pd.DataFrame(scores)[[c.name for c in self.columns]]

    @property
    def window_periods(self) -> int:
        """Renewals in the outcome window; at least one."""
        return 1 if self.window_days is None else max(1, round((self.gap_days + self.window_days) / self.period_days))

    @property
    def horizon_periods(self) -> int:
        """Renewals within the value horizon; at least as many as in the window."""
        return max(self.window_periods, round(self.clv_horizon_days / self.period_days))

    def _value(self, contracts: Contracts, p: Floats) -> tuple[Floats, Floats]:
        if contracts.price is None or contracts.tenure is None:
            nothing = np.full(len(p), np.nan)
            return nothing, nothing
        stays, expected = self.retention.values(
            np.nan_to_num(contracts.tenure),
            p,
            contracts.plan,
            window=self.window_periods,
            horizon=self.horizon_periods,
            discount=np.log1p(self.yearly_discount) * self.period_days / DAYS_A_YEAR,
        )
        worth = np.where(np.isnan(contracts.tenure), np.nan, contracts.price * self.margin)
        return worth * stays, worth * expected

    def at_risk(self, contracts: Contracts, scores: pd.DataFrame, *, most: int) -> pd.DataFrame:
        """Return the customers under contract with the most to lose, ranked, with reasons.

        Ranked by value at risk; by probability without prices. What contacting them would change is unproven.
        """
        order = columns.value_at_risk(self.clv_horizon_days) if self.money else tables.p_churn(self.window_days)
        ranked = scores[scores["eligible"]].sort_values([order, "customer_id"], ascending=[False, True]).head(most)
        reasons = contract_reasons(self.churn, contracts.features.loc[ranked.index])
        for i in range(3):
            ranked[f"reason_{i + 1}"] = [r[i] if i < len(r) else "" for r in reasons]
        known = self.payments is not None
        shown = tables.at_risk(self.window_days, self.clv_horizon_days, money=self.money, reasons=known)
        return ranked.reset_index(drop=True).assign(rank=range(1, len(ranked) + 1))[[c.name for c in shown]]

    def to_dict(self) -> dict[str, Any]:
        """Return all but the churn model's trees as plain values for JSON."""
        payments = None
        if self.payments is not None:
            model = self.payments.model
            payments = {"share": self.payments.share, "model": None, "trees": None}
            if model is not None:
                payments |= {"model": model.to_dict(), "trees": model.trees_text()}
        return {
            "setting": "contractual",
            "churn": self.churn.to_dict(),
            "retention": self.retention.to_dict(),
            "payments": payments,
            **{name: getattr(self, name) for name in _PLAIN},
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any], trees: str) -> "ContractScorer":
        """Return what ``to_dict`` and the churn model's ``trees_text`` wrote."""
        payments, given = None, state["payments"]
        if given is not None:
            model = None if given["model"] is None else ContractChurn.from_dict(given["model"], given["trees"])
            payments = PaymentSplit(given["share"], model)
        return cls(
            ContractChurn.from_dict(state["churn"], trees),
            Retention.from_dict(state["retention"]),
            payments,
            **{name: state[name] for name in _PLAIN},
        )


_PLAIN = (
    "window_days",
    "gap_days",
    "period_days",
    "clv_horizon_days",
    "yearly_discount",
    "margin",
    "money",
    "trained_as_of",
)
