"""Contracts → scores: the churn model, why contracts end, and the retention curves, put together."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, ClassVar, TypedDict

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast import columns
from holdfast.columns import Column
from holdfast.contractual import tables
from holdfast.contractual.model import ContractChurn
from holdfast.contractual.notice import ENDS_IN, Notice
from holdfast.contractual.periods import whole_months
from holdfast.contractual.retention import Retention
from holdfast.contractual.terms import NEARLY, SLACK_DAYS, Terms
from holdfast.data.typed import as_numbers
from holdfast.errors import DataError
from holdfast.evaluate import Profile
from holdfast.learn.arrays import Flags, Floats, Ints

DAYS_A_YEAR = 365.25
_WHOLE = 0.9  # of a period: from here on a window holds whole ones
# Of a tenure, in the table's own unit.
_LONGEST = 10.0**12


@dataclass(frozen=True)
class PaymentSplit:
    """P(a payment failed | the contract ended): a model where there were enough of both, else their share."""

    share: float
    model: ContractChurn | None = None

    def p_payment(self, rows: pd.DataFrame) -> Floats:
        """Return the probability, shape (n,)."""
        return np.full(len(rows), self.share) if self.model is None else self.model.p_churn(rows)


class _Ahead(TypedDict):
    """How far ``Retention`` looks, in periods, and its continuous discount per period."""

    window: Ints
    horizon: int
    discount: float
    known: Floats | None


@dataclass(frozen=True)
class ContractScorer:
    """Everything that turns contracts into scores.

    Attributes
    ----------
    churn, retention
        The fitted models.
    payments
        Of ended contracts, which ended by a failed payment; ``None`` where reasons are not known.
    terms
        Where a row says tenure, price and plan.
    window_days
        Length of the outcome window, or ``None`` where the label's is not stated: then one period is assumed for
        value, and the column is called ``p_churn``.
    gap_days
        Between the cutoff and the window.
    period_days
        Between renewals; prices are per period.
    clv_horizon_days, yearly_discount, margin
        Value is margin (a share of price) over the horizon, discounted at the yearly rate.
    trained_as_of
        First day not seen; ``None`` for a table without dates.
    profile
        What the columns looked like then; ``None``: not known.
    notice
        What ends that are known ahead say; ``None`` for a table without dates, and for models of before.
    """

    setting: ClassVar[str] = "contractual"

    churn: ContractChurn
    retention: Retention
    payments: PaymentSplit | None
    terms: Terms
    window_days: int | None
    gap_days: int
    period_days: float
    clv_horizon_days: int
    yearly_discount: float
    margin: float
    trained_as_of: date | None
    profile: Profile | None = None
    notice: Notice | None = None

    @property
    def money(self) -> bool:
        """Whether values can be stated: prices, tenures and a retention curve are known."""
        return self.terms.price is not None and self.terms.tenure is not None and bool(self.retention.all_curves)

    @property
    def columns(self) -> tuple[Column, ...]:
        """The columns that ``score`` returns."""
        reasons = self.payments is not None
        return tables.scores(self.window_days, self.clv_horizon_days, money=self.money, reasons=reasons)

    @property
    def reads(self) -> list[str]:
        """Names of the columns of a row to score; those of ``may_lack`` may be absent."""
        return ["customer_id", *self.may_lack, *self._needs]

    @property
    def may_lack(self) -> list[str]:
        """Names of the columns that a row to score may lack."""
        own = self.terms.bill_months
        own = None if own in self._needs else own
        return ["eligible", *([] if self.notice is None else [ENDS_IN]), *([] if own is None else [own])]

    @property
    def _needs(self) -> list[str]:
        return list(dict.fromkeys([*self.churn.columns, *self.terms.columns]))

    def unreadable(self, rows: pd.DataFrame) -> dict[str, npt.NDArray[np.int64]]:
        """Return {column: rows} where a number is expected and something else stands.

        Raises
        ------
        DataError
            A column is missing.
        """
        missing = [name for name in self._needs if name not in rows.columns]
        if missing:
            raise DataError(f"The model needs the column(s) {', '.join(missing)}, which the table does not have.")
        numbers = dict.fromkeys([*(n.name for n in self.churn.encoder.numbers), *self.terms.numbers])
        found = {name: np.flatnonzero(as_numbers(rows[name])[1]) for name in numbers}
        return {name: at for name, at in found.items() if len(at)}

    def score(self, rows: pd.DataFrame, *, model_version: str) -> pd.DataFrame:
        """Return one row of ``tables.scores`` per contract, in the same order.

        Parameters
        ----------
        rows
            ``customer_id`` and the columns of ``reads``, shape (n, k); ``eligible`` says who is still under contract
            (not given: everybody), the others have no value to lose; ``ends_in_days`` in how many days a contract is
            known to end (not given: nobody's is).
        model_version
            Carried into the scores.
        """
        p, days, ends = self.churn.p_churn(rows), self.window_days, self._ends(rows)
        if self.notice is not None and ends is not None:
            p = self.notice.applied(p, ends, self._until)
        eligible = rows["eligible"].to_numpy(dtype=bool) if "eligible" in rows else np.ones(len(p), dtype=bool)
        months = self.terms.months(rows)
        periods = self.terms.periods(rows) if months is None else self.terms.periods_of_own(rows, months)
        tenure = np.full(len(p), np.nan) if periods is None else periods
        scores: dict[str, Any] = {
            "customer_id": rows["customer_id"].astype("str").to_numpy(),
            "eligible": eligible,
            tables.p_churn(days): p,
            "tenure_periods": tenure,
            "model_version": model_version,
        }
        if self.payments is not None:
            failed = p * self.payments.p_payment(rows)
            failed = failed if ends is None else np.where(np.isnan(ends), failed, 0.0)
            scores |= {tables.p_voluntary(days): p - failed, tables.p_payment_failure(days): failed}
        if self.money:
            scores |= self._value(rows, eligible, p, ends, months)
        return pd.DataFrame(scores)[[c.name for c in self.columns]]

    def score_rows(self, rows: pd.DataFrame, *, model_version: str) -> pd.DataFrame:
        """Score rows from outside, in the same order; parameters as of ``score``.

        Raises
        ------
        DataError
            A column is missing, a value is no number, or a tenure is none: the column and how many rows, not the
            value.
        """
        if "customer_id" not in rows.columns:
            raise DataError("Rows to score lack customer_id.")
        for name, at in self.unreadable(rows).items():
            raise DataError(f"{name} is not a number in {len(at)} of {len(rows)} rows.")
        periods = self.terms.periods(rows)
        # Tables of contracts hold no others.
        wrong = 0 if periods is None else int(((periods < 0) | (periods >= _LONGEST / self.terms.tenure_units)).sum())
        if wrong:
            raise DataError(f"{self.terms.tenure} is below 0, or 10^12 or more, in {wrong} of {len(rows)} rows.")
        return self.score(rows, model_version=model_version)

    def window_periods(self, tenure: Floats) -> Ints:
        """Return the renewals in the outcome window of contracts that have lasted so many periods, shape (n,).

        A window shorter than a period holds the next renewal, or does not: of yearly contracts few are renewed in the
        next 30 days, and P(churn) of these says nothing of the others' renewals, later in the year.
        """
        within = 1.0 if self.window_days is None else self._until / self.period_days
        if self.terms.bill_months is not None and self.window_days is not None:
            # An end on the day after the window is none in it.
            return np.asarray(np.floor(tenure - np.floor(tenure) + within - 0.5 / self.period_days), dtype=np.int64)
        if within >= _WHOLE:
            return np.full(len(tenure), max(1, round(within)), dtype=np.int64)
        return np.asarray(np.floor(tenure) + 1 - tenure <= within, dtype=np.int64)

    @property
    def horizon_periods(self) -> int:
        """Renewals within the value horizon; at least as many as in the window."""
        window = 1 if self.window_days is None else round(self._until / self.period_days)
        return max(1, window, round(self.clv_horizon_days / self.period_days))

    def _horizons(self, tenure: Floats) -> Ints:
        """Return the renewals within the value horizon of contracts that have lasted so many periods, shape (n,).

        Of bills it is known how much of a period is over: the horizon may hold one renewal fewer than usual. Of periods
        of a customer's own it may hold none.
        """
        own = self.terms.bill_months is not None
        if self.terms.since_bill is None and not own:
            return np.full(len(tenure), self.horizon_periods, dtype=np.int64)
        over = tenure - np.floor(tenure)
        if own:
            # A bill of the day after the horizon is none in it.
            return np.floor(over + (self.clv_horizon_days - 0.5) / self.period_days).astype(np.int64)
        return np.maximum(np.floor(self.clv_horizon_days / self.period_days + over + NEARLY), 1).astype(np.int64)

    @property
    def _until(self) -> int:
        """Days from the as-of date to the first day after the window."""
        return self.gap_days + (self.window_days or 0)

    def _ends(self, rows: pd.DataFrame) -> Floats | None:
        """Return the days to an end that is known, shape (n,); ``None`` where rows do not tell."""
        known = self.notice is not None and ENDS_IN in rows
        return as_numbers(rows[ENDS_IN])[0] if known else None

    def _value(
        self, rows: pd.DataFrame, eligible: Flags, p: Floats, ends: Floats | None, months: Floats | None
    ) -> dict[str, Floats]:
        """Return the columns of value, currency, shape (n,) each; NaN where the tenure or the price is not known."""
        days, prices = self.clv_horizon_days, self.terms.prices(rows)
        worth = np.full(len(p), np.nan) if prices is None else prices * self.margin
        if months is None:
            found = self._renewals(rows, eligible, p, ends)
        else:
            # Each in bills of their own: money comes with one, and nobody leaves between two.
            found, whole = np.zeros((4, len(p))), whole_months(months)
            for length in np.unique(whole):
                at = whole == length
                known = None if ends is None else ends[at]
                found[:, at] = self.paid_every(float(length))._renewals(rows[at], eligible[at], p[at], known)
            worth = worth * months / self.terms.period_months
        stays, expected, low, high = found
        if_stays = worth * stays
        return {
            columns.value_if_stays(days): if_stays,
            columns.value_at_risk(days): p * if_stays,
            columns.clv(days): worth * expected,
            columns.clv_low(days): worth * low,
            columns.clv_high(days): worth * high,
        }

    def paid_every(self, months: float) -> "ContractScorer":
        """Return the same for customers of whom each bill pays for so many months: its periods are theirs."""
        terms = self.terms.paid_every(months)
        period_days = self.period_days * months / self.terms.period_months
        return replace(self, terms=terms, period_days=period_days, retention=self.retention.of(months))

    def _renewals(self, rows: pd.DataFrame, eligible: Flags, p: Floats, ends: Floats | None) -> Floats:
        """Return the present number of renewals if the customer stays, expected, and its quantiles, shape (4, n)."""
        periods, plans = self.terms.periods(rows), self.terms.plans(rows)
        tenure = np.full(len(p), np.nan) if periods is None else np.where(eligible, periods, np.nan)
        so_far = np.nan_to_num(tenure)
        known, p_end = None, p
        if ends is not None:
            over = np.ceil(so_far + (ends - SLACK_DAYS) / self.period_days) - 1
            known, p_end = np.maximum(over - np.floor(so_far), 0), np.where(np.isnan(ends), p, 1.0)
        stays, expected, low, high = np.zeros((4, len(p)))
        windows = self.terms.decided(rows, self._until)
        windows = self.window_periods(so_far) if windows is None else windows
        horizons = np.maximum(self._horizons(so_far), windows)
        for horizon in np.unique(horizons):
            at = horizons == horizon
            ahead: _Ahead = {
                "window": windows[at],
                "horizon": int(horizon),
                "discount": float(np.log1p(self.yearly_discount)) * self.period_days / DAYS_A_YEAR,
                "known": None if known is None else known[at],
            }
            of = (so_far[at], p_end[at], None if plans is None else plans[at])
            stays[at], expected[at] = self.retention.values(*of, **ahead)
            low[at], high[at] = (self.retention.quantile(q, *of, **ahead) for q in (0.1, 0.9))
        if ends is not None:
            # Whoever is known to leave after the window survives it, and leaves.
            stays = np.where(ends >= self._until, expected, stays)
        return np.where(np.isnan(tenure), np.nan, np.stack([stays, expected, low, high]))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; trees as their text."""
        payments: dict[str, Any] | None = None
        if self.payments is not None:
            model = self.payments.model
            payments = {"share": self.payments.share, "model": None if model is None else model.to_dict()}
        return {
            "churn": self.churn.to_dict(),
            "retention": self.retention.to_dict(),
            "payments": payments,
            "terms": self.terms.to_dict(),
            "profile": None if self.profile is None else self.profile.to_dict(),
            **({} if self.notice is None else {"notice": self.notice.to_dict()}),
            "trained_as_of": self.trained_as_of.isoformat() if self.trained_as_of else "",
            **{name: getattr(self, name) for name in _PLAIN},
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "ContractScorer":
        """Make the scorer of ``to_dict``."""
        payments, given = None, state["payments"]
        if given is not None:
            model = None if given["model"] is None else ContractChurn.from_dict(given["model"])
            payments = PaymentSplit(given["share"], model)
        return cls(
            ContractChurn.from_dict(state["churn"]),
            Retention.from_dict(state["retention"]),
            payments,
            Terms(**state["terms"]),
            **{name: state[name] for name in _PLAIN},
            trained_as_of=date.fromisoformat(state["trained_as_of"]) if state["trained_as_of"] else None,
            profile=None if state.get("profile") is None else Profile.from_dict(state["profile"]),
            notice=None if state.get("notice") is None else Notice.from_dict(state["notice"]),
        )


_PLAIN = (
    "window_days",
    "gap_days",
    "period_days",
    "clv_horizon_days",
    "yearly_discount",
    "margin",
)
