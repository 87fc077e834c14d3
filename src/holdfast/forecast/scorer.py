"""Features → scores: the churn model, the purchase model and the spend model, put together."""

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, ClassVar

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.churn import ChurnModel, Trio, eligible
from holdfast.churn.behind import Behind, UsualYear
from holdfast.churn.closed import ClosedSeason, open_p_churn, open_share
from holdfast.churn.returners import Returners
from holdfast.clv import GammaGamma, PoissonModel, btyd_model_from_dict
from holdfast.data import Day, read_day
from holdfast.data.engine import EPOCH
from holdfast.evaluate import Profile
from holdfast.features import FEATURES, Cutoff, summary_of
from holdfast.features.shut import Shut
from holdfast.forecast import Forecast
from holdfast.forecast.later import Later
from holdfast.forecast.rows import checked_rows
from holdfast.forecast.shrinkage import Shrinkage
from holdfast.forecast.spread import Spread
from holdfast.forecast.trend import SpendTrend
from holdfast.forecast.worth import Horizon, carried_on, left_by_gone, none_by_then, purchases_if_any
from holdfast.learn.arrays import Floats
from holdfast.learn.calibration import shifted


@dataclass(frozen=True)
class Scorer:
    """Everything that turns a customer's features into scores.

    Attributes
    ----------
    churn, forecast
        What is expected of the outcome window: P(no purchase), and purchases.
    lasting
        The models of when customers buy and leave, which go on after the forecast's window to the horizon of CLV.
    transactions, spend
        ``LIFETIME_VALUE_MODEL`` for P(alive) and waits, and Gamma-Gamma; ``spend`` is ``None`` for a log without
        amounts, which then has no values.
    active_days
        A customer is eligible for churn while the last purchase lies no longer ago.
    clv_horizon_days, yearly_discount, margin
        CLV is margin (a share of spend) over the horizon, discounted at the yearly rate.
    trained_as_of
        First day the models have not seen.
    profile
        What the features looked like then; ``None``: not known.
    returners
        Which of the lapsed, and of those with one purchase, came back before; ``None``: not known.
    spread
        How far what customers bring in may lie from their CLV.
    lasting_shift
        Added to the log-odds of P(churn) where ``lasting`` goes on with it: on average it is what they say themselves,
        so that who leaves is carried on beyond the window, and the window's level is not.
    closed
        Weeks of every year that bring in nothing, and those still to come of what is shut once.
    shut
        Days before ``trained_as_of`` that are no time.
    later
        What earlier years say of the days after the window.
    shrinkage
        How far the next purchase goes with the ones before it.
    gone_share
        Which share of ``worth.p_gone`` they let us believe.
    trend
        How what customers spend on a purchase moves from year to year.
    year
        How busy the shop is through the year; only reasons go by it.
    """

    setting: ClassVar[str] = "noncontractual"
    reads: ClassVar[list[str]] = ["customer_id", "as_of", *(f.name for f in FEATURES)]
    """Names of the columns of a row to score (``score_rows``)."""

    churn: ChurnModel
    forecast: Forecast
    lasting: Trio
    transactions: PoissonModel
    spend: GammaGamma | None
    active_days: int
    clv_horizon_days: int
    yearly_discount: float
    margin: float
    trained_as_of: date
    profile: Profile | None = None
    returners: Returners | None = None
    spread: Spread = field(default_factory=Spread)
    lasting_shift: float = 0.0
    closed: ClosedSeason = field(default_factory=ClosedSeason)
    shut: Shut = field(default_factory=Shut)
    later: Later = field(default_factory=Later)
    gone_share: float = 1.0
    shrinkage: Shrinkage = field(default_factory=Shrinkage)
    trend: SpendTrend = field(default_factory=SpendTrend)
    year: UsualYear = field(default_factory=UsualYear)

    @property
    def columns(self) -> tuple[columns.Column, ...]:
        """The columns that ``score`` returns."""
        return columns.scores(self.churn.horizon_days, self.clv_horizon_days, money=self.spend is not None)

    def score(self, features: pd.DataFrame, *, as_of: Day, model_version: str) -> pd.DataFrame:
        """Return one row of ``columns.scores`` per row of ``features``, in the same order.

        Parameters
        ----------
        features
            As ``build_features`` returns them for the cutoff ``as_of``.
        as_of
            First day not known; the churn window starts here (or after the gap the model was trained with).
        model_version
            Written into every row.
        """
        h, summary, day = self.churn.horizon_days, summary_of(features), read_day(as_of, "as_of")
        cutoff = Cutoff(day, h, self.churn.gap_days)
        open_days = self.closed.days_to_buy(cutoff)
        lives = self.churn.p_churn(features)
        p = open_p_churn(lives, self.lasting, features, cutoff, open_days)
        forecast = self.forecast.purchases(features) * open_share(self.lasting, features, cutoff, open_days)
        own = self.transactions.expected_purchases_if_any(summary, max(open_days, 1))
        if_any = purchases_if_any(forecast, own, p, max(open_days, 1))
        expected = (1.0 - p) * if_any
        scores = {
            "customer_id": features["customer_id"].to_numpy(),
            "as_of": day,
            "eligible": eligible(features, active_days=self.active_days),
            columns.p_churn(h): p,
            columns.expected_purchases(h): expected,
            "p_alive": self.transactions.p_alive(summary),
        }
        if self.spend is not None:
            drawn = self.shrinkage.today(self.spend.expected_spend(summary), features)
            horizon = Horizon(self.clv_horizon_days, self.yearly_discount)
            within, after = self._ahead(cutoff, horizon)
            last, later = self.shrinkage.of_last(features["purchase_days"]), cutoff.since(self.trained_as_of)
            drawn = drawn * self.trend.today(summary, self.spend, last=last, later=later) * within
            spend = self.forecast.per_purchase(features, drawn)
            level = shifted(lives, self.lasting_shift)
            ahead = carried_on(
                *(expected, level, self.lasting, summary, cutoff, horizon),
                later=self.later.factor,
                gone_share=self.gone_share,
            ).dearer(after / within)
            none = none_by_then(p, ahead.gone, self.lasting, summary, cutoff, horizon)
            one_purchase, stays = spend * self.margin, if_any * spend * self.margin
            clv = ahead.days * one_purchase
            known = (clv, none, one_purchase, self.spread.of_stopping(ahead.after * one_purchase, cutoff, horizon))
            scores |= {
                "expected_spend_per_purchase": spend,
                columns.clv(horizon.days): clv,
                columns.clv_low(horizon.days): self.spread.quantile(0.1, *known),
                columns.clv_high(horizon.days): self.spread.quantile(0.9, *known),
                columns.clv_deviation(horizon.days): np.sqrt(self.spread.variance(*known)),
                columns.value_if_stays(h): stays,
                columns.value_at_risk(h): p * stays,
            }
        return pd.DataFrame(scores | {"model_version": model_version})[[c.name for c in self.columns]]

    def _ahead(self, cutoff: Cutoff, horizon: Horizon) -> tuple[float, float]:
        """Return what a purchase of today is multiplied by to stand for one in the window, and for one after it."""
        end = cutoff.gap_days + cutoff.horizon_days
        return self.trend.ahead((cutoff.gap_days + end) / 2), self.trend.ahead((end + max(horizon.days, end)) / 2)

    def behind(self, as_of: date) -> Behind:
        """Return what the days before an as-of date were like for the whole shop, as far as the training knew."""
        return Behind(self.closed.before(as_of), self.year, (as_of - EPOCH).days)

    def believing(self, later: Later, features: pd.DataFrame, *, as_of: Day) -> "Scorer":
        """Return the same with what earlier years say of the days after the window, beside these customers."""
        cutoff = Cutoff(read_day(as_of, "as_of"), self.churn.horizon_days, self.churn.gap_days)
        level = shifted(self.churn.p_churn(features), self.lasting_shift)
        horizon = Horizon(self.clv_horizon_days, self.yearly_discount)
        left = left_by_gone(level, self.lasting, summary_of(features), cutoff, horizon)
        return replace(self, later=later, gone_share=later.gone_share(left))

    def p_churn(self, features: pd.DataFrame, *, as_of: Day) -> Floats:
        """Return P(no purchase in the window from ``as_of`` on), shape (n,): in the days of it that are open."""
        cutoff = Cutoff(read_day(as_of, "as_of"), self.churn.horizon_days, self.churn.gap_days)
        p, open_days = self.churn.p_churn(features), self.closed.days_to_buy(cutoff)
        return open_p_churn(p, self.lasting, features, cutoff, open_days)

    def score_rows(self, rows: pd.DataFrame, *, model_version: str) -> pd.DataFrame:
        """Score feature rows from outside (``forecast.rows``), in the same order; ``as_of`` as text.

        Raises
        ------
        DataError
            A needed column is missing, or a value is no number: the column and how many rows, not the value.
        """
        features, as_of = checked_rows(rows)
        scores = self.score(features, as_of=as_of, model_version=model_version)
        return scores.assign(as_of=scores["as_of"].astype("str"))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; trees as their text."""
        return {
            "churn": self.churn.to_dict(),
            "forecast": self.forecast.to_dict(),
            "lasting": self.lasting.to_dict(),
            "transactions": self.transactions.to_dict(),
            "spend": self.spend.to_dict() if self.spend else None,
            **{name: getattr(self, name) for name in _PLAIN},
            "trained_as_of": self.trained_as_of.isoformat(),
            "profile": None if self.profile is None else self.profile.to_dict(),
            "returners": None if self.returners is None else self.returners.to_dict(),
            "spread": self.spread.to_dict(),
            "lasting_shift": self.lasting_shift,
            # A shop that is open all the year has the same model as ever.
            **({"closed": self.closed.to_dict()} if self.closed else {}),
            **({"shut": self.shut.to_dict()} if self.shut else {}),
            "later": self.later.to_dict(),
            "gone": self.gone_share,
            "shrinkage": self.shrinkage.to_dict(),
            **({"trend": self.trend.to_dict()} if self.trend.rate else {}),
            **({"year": list(self.year.levels)} if self.year else {}),
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "Scorer":
        """Make the scorer of ``to_dict``."""
        return cls(
            churn=ChurnModel.from_dict(state["churn"]),
            forecast=Forecast.from_dict(state["forecast"]),
            lasting=Trio.from_dict(state["lasting"]),
            transactions=btyd_model_from_dict(state["transactions"]),
            spend=GammaGamma.from_dict(state["spend"]) if state["spend"] else None,
            **{name: state[name] for name in _PLAIN},
            trained_as_of=date.fromisoformat(state["trained_as_of"]),
            profile=None if state.get("profile") is None else Profile.from_dict(state["profile"]),
            returners=None if state["returners"] is None else Returners.from_dict(state["returners"]),
            spread=Spread.from_dict(state["spread"]),
            lasting_shift=float(state.get("lasting_shift", 0.0)),
            closed=ClosedSeason.from_dict(state.get("closed", [])),
            shut=Shut.from_dict(state.get("shut", [])),
            later=Later.from_dict(state["later"]) if "later" in state else Later(),
            # A model from before goes on as it did.
            gone_share=float(state.get("gone", 0.0)),
            shrinkage=Shrinkage.from_dict(state["shrinkage"]) if "shrinkage" in state else Shrinkage(),
            trend=SpendTrend.from_dict(state["trend"]) if "trend" in state else SpendTrend(),
            year=UsualYear(tuple(state.get("year", ()))),
        )


_PLAIN = ("active_days", "clv_horizon_days", "yearly_discount", "margin")
