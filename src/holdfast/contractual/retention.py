"""How long contracts last and what the rest of one is worth: a survival table, sBG or BdW, residual value.

Fader & Hardie (2007), How to Project Customer Retention; Fader et al. (2018), the same with duration dependence;
Fader & Hardie (2010), Customer-Base Valuation in a Contractual Setting, for the value of the renewals to come.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.clv import BetaDiscreteWeibull, ShiftedBetaGeo
from holdfast.contractual.survival import survival_table
from holdfast.language import to_tell, told
from holdfast.learn.arrays import Floats, Ints
from holdfast.wording import counted

ALL_PLANS = ""
NO_CURVE = to_tell("No retention curve: {reason}.")
"""What is told where none could be fitted."""
LEAST_CUSTOMERS, LEAST_ENDED = 100, 20
MOST_PLANS = 20
_CLASSES: dict[str, type[ShiftedBetaGeo] | type[BetaDiscreteWeibull]] = {
    "sBG": ShiftedBetaGeo,
    "BdW": BetaDiscreteWeibull,
}
# Better by this much AIC, or the model with fewer parameters stays (Burnham & Anderson 2002, section 2.6).
_CLEARLY = 2.0


@dataclass(frozen=True)
class Curve:
    """A fitted retention curve of one plan, or of all (``ALL_PLANS``), with its log-likelihood."""

    plan: str
    model: ShiftedBetaGeo | BetaDiscreteWeibull
    name: str
    customers: int
    ended: int
    scale: float = 1.0

    def survival(self, t: npt.ArrayLike) -> Floats:
        """Return P(a new contract makes its first t renewals), each ``scale`` of the curve's own, shape of t."""
        if self.scale == 1.0:
            return self.model.survival(t)
        at = np.asarray(t) * self.scale
        low, part = np.floor(at), at - np.floor(at)
        before, after = self.model.survival(low), self.model.survival(low + 1)
        return np.asarray(before ** (1 - part) * after**part)

    def figures(self, name: str) -> dict[str, Any]:
        """Return what is worth reporting, under a name."""
        return {
            "plan": name,
            "model": self.name,
            "customers": self.customers,
            "ended": self.ended,
            "parameters": self.model.params_,
            "log_likelihood": self.model.log_likelihood_,
            "reason": self.model.reason_,
        }


@dataclass(frozen=True)
class Retention:
    """Retention curves by plan; a plan too small for a curve of its own has the curve of all.

    ``curves`` has ``ALL_PLANS`` first; it is empty where no curve could be fitted, and ``problem`` says why. Where
    customers are billed in periods of their own these are the curves of those whose bills pay for ``months``, and
    ``longer`` has those of the others, by their months.
    """

    curves: dict[str, Curve]
    problem: str = ""
    months: float | None = None
    longer: dict[float, "Retention"] = field(default_factory=dict)

    @property
    def all_curves(self) -> dict[str, Curve]:
        """The curves by plan and, where customers are billed in periods of their own, of each of these."""
        found: dict[str, Curve] = {}
        for one in (self, *self.longer.values()):
            every = "" if one.months is None else f", billed every {counted(round(one.months), 'month')}"
            found |= {f"{curve.plan or 'all'}{every}": curve for curve in one.curves.values()}
        return found

    @classmethod
    def of_own_periods(cls, summary: pd.DataFrame, months: Floats, plan: pd.Series | None = None) -> "Retention":
        """Fit the curves of each period in which customers are billed, in renewals of their own.

        Parameters
        ----------
        summary, plan
            As of ``fit``, ``T`` in renewals of each contract's own.
        months
            That each contract's bills pay for, shape (n,). Where those of a period are too few, the curve of the one
            with most contracts stands in, at the same time under contract.
        """
        lengths, counts = np.unique(months, return_counts=True)
        fitted: dict[float, Retention] = {}
        for length in lengths[np.argsort(-counts, kind="stable")]:
            at = months == length
            mine = None if plan is None else plan[at].reset_index(drop=True)
            found = cls.fit(summary[at].reset_index(drop=True), mine)
            if found.curves:
                fitted[float(length)] = replace(found, months=float(length))
        if fitted:
            first, *others = fitted
            return replace(fitted[first], longer={length: fitted[length] for length in sorted(others)})
        # None has enough alone: all together, by months.
        together = summary.assign(T=np.maximum(np.round(summary["T"] * months), summary["T"]).astype(np.int64))
        return replace(cls.fit(together, plan), months=1.0)

    def of(self, months: float) -> "Retention":
        """Return the curves of contracts whose bills pay for so many months, to be asked in their renewals."""
        if self.months is None or months == self.months:
            return replace(self, longer={})
        if months in self.longer:
            return self.longer[months]
        scale = months / self.months
        return Retention({name: replace(c, scale=scale) for name, c in self.curves.items()}, self.problem, months)

    @property
    def why(self) -> str:
        """Why there is no curve, in words: which parameter ran off is for who fits models."""
        before, tends, meaning = self.problem.partition(": ")
        return meaning if tends and " tends to " in before else self.problem

    @classmethod
    def fit(cls, summary: pd.DataFrame, plan: pd.Series | None = None) -> "Retention":
        """Fit sBG and BdW to all contracts and to each plan with at least 100 of them, 20 ended; keep the better.

        The better has the lower AIC; BdW must win by more than 2. Where customers of a plan do not differ, beta runs
        to infinity: then its bound stands, the limit in which all have one hazard (``reason`` says so).

        Parameters
        ----------
        summary
            ``T`` and ``churned`` as ``whole_periods`` returns them.
        plan
            Plan of each contract, shape (n,).
        """
        everyone, problem = _fit_curve(ALL_PLANS, summary)
        if everyone is None:
            return cls({}, problem)
        curves = {ALL_PLANS: everyone}
        if plan is not None:
            names = plan.astype("str")
            for name in names.value_counts().index[:MOST_PLANS]:
                found, _ = _fit_curve(str(name), summary[(names == name).to_numpy()])
                if found is not None:
                    curves[str(name)] = found
        return cls(dict(sorted(curves.items())))

    def curve_of(self, plan: pd.Series | None, n: int) -> npt.NDArray[np.object_]:
        """Return the name of the curve that holds for each of ``n`` contracts, shape (n,)."""
        if plan is None:
            return np.full(n, ALL_PLANS, dtype=object)
        return np.array([p if p in self.curves else ALL_PLANS for p in plan.astype("str").fillna("")], dtype=object)

    def values(
        self,
        periods_so_far: Floats,
        p_churn: Floats,
        plan: pd.Series | None,
        *,
        window: int | Ints,
        horizon: int,
        discount: float,
        known: Floats | None = None,
    ) -> tuple[Floats, Floats]:
        """Return (periods if the customer stays, periods expected), present number of the next ``horizon`` renewals.

        Let S be the plan's survival curve, T the renewals made, w the window the probability is of. Given that the
        contract survives the window, renewal j is made with probability 1 for j ≤ w and S(T + j)/S(T + w) after;
        given that it does not, with (S(T + j) − S(T + w))/(S(T) − S(T + w)) for j < w and 0 after. The second result
        is the mean of both under ``p_churn``. With the curve's own p it is Fader & Hardie's (2010) residual value.

        Parameters
        ----------
        periods_so_far
            Periods under contract, shape (n,): the renewals made, and how much of the next one's period is over.
        p_churn
            P(the contract ends within the window), shape (n,).
        plan
            Of each contract.
        window, horizon
            Renewals in them; in the window also of each contract, shape (n,): 0 where the next one lies behind it.
        discount
            Continuous rate per period; each renewal counts as of its own day.
        known
            Renewals that come before the day on which a contract is known to end, shape (n,), with ``p_churn`` 1; NaN
            where no end is known.
        """
        stays, expected = np.zeros(len(p_churn)), np.zeros(len(p_churn))
        worth = np.exp(-discount * np.arange(1, horizon + 1))
        present = np.concatenate([[0.0], np.cumsum(worth)])
        ends = _until(known, len(p_churn), horizon)
        nearer = _nearer(periods_so_far, discount)
        for rows, if_stays, if_leaves in self._renewed(periods_so_far, plan, window=window, horizon=horizon):
            stays[rows] = if_stays @ worth
            leaves = np.where(ends[rows] < 0, if_leaves @ worth, present[ends[rows]])
            expected[rows] = (1 - p_churn[rows]) * stays[rows] + p_churn[rows] * leaves
        return stays * nearer, expected * nearer

    def quantile(
        self,
        q: float,
        periods_so_far: Floats,
        p_churn: Floats,
        plan: pd.Series | None,
        *,
        window: int | Ints,
        horizon: int,
        discount: float,
        known: Floats | None = None,
    ) -> Floats:
        """Return the present number of renewals that is not exceeded with probability ``q``, shape (n,).

        Exact: a contract makes a whole number of renewals, and ``values`` says with which probability at least j. The
        answer is the least number k with P(at most k) ≥ q, each discounted; so between two quantiles lies at least what
        lies between their probabilities. Other parameters as for ``values``.

        Examples
        --------
        >>> contracts = pd.DataFrame({"T": [1, 2, 3, 6] * 50, "churned": [1, 1, 1, 0] * 50})
        >>> asked = {"plan": None, "window": 1, "horizon": 12, "discount": 0.0}
        >>> Retention.fit(contracts).quantile(0.1, np.array([2.0, 2.0]), np.array([0.01, 0.5]), **asked).tolist()
        [1.0, 0.0]
        """
        found = np.zeros(len(p_churn))
        present = np.concatenate([[0.0], np.cumsum(np.exp(-discount * np.arange(1, horizon + 1)))])
        ends = _until(known, len(p_churn), horizon)
        for rows, if_stays, if_leaves in self._renewed(periods_so_far, plan, window=window, horizon=horizon):
            p, end = p_churn[rows, None], ends[rows, None]
            leaves = np.where(end < 0, if_leaves, np.arange(1, horizon + 1) <= end)
            found[rows] = present[((1 - p) * if_stays + p * leaves > 1 - q).sum(axis=1)]
        return found * _nearer(periods_so_far, discount)

    def _renewed(
        self, periods_so_far: Floats, plan: pd.Series | None, *, window: int | Ints, horizon: int
    ) -> Iterator[tuple[Ints, Floats, Floats]]:
        """Yield the rows of contracts alike, with P(renewal j is made), shape (horizon,), if they stay and if not."""
        of, so_far = self.curve_of(plan, len(periods_so_far)), np.floor(periods_so_far)
        alike = np.column_stack([so_far, np.broadcast_to(window, len(so_far))])
        for name, curve in self.curves.items():
            mine = np.flatnonzero(of == name)
            kinds, index = np.unique(alike[mine], axis=0, return_inverse=True)
            for i, (age, within) in enumerate(kinds):
                yield mine[index.ravel() == i], *_ahead(curve, age, int(within), horizon)

    def table(self, summary: pd.DataFrame, plan: pd.Series | None, months: Floats | None = None) -> pd.DataFrame:
        """Return ``RETENTION``: observed and fitted retention by period, of all contracts and of each curve's plan.

        ``months`` are those that each contract's bills pay for, shape (n,): then of each period of bills by itself.
        """
        if self.months is None or months is None:
            return self._table(summary, plan)
        parts = []
        for length in np.unique(months):
            at, own = months == length, self if length == self.months else self.longer.get(float(length))
            mine = None if plan is None else plan[at].reset_index(drop=True)
            found = (own or Retention({}))._table(summary[at].reset_index(drop=True), mine)
            found.insert(1, "bill_months", length)
            parts.append(found)
        return pd.concat(parts, ignore_index=True)

    def _table(self, summary: pd.DataFrame, plan: pd.Series | None) -> pd.DataFrame:
        parts = []
        names = None if plan is None else plan.astype("str")
        for name, curve in self.curves.items():
            part = summary if name == ALL_PLANS or names is None else summary[(names == name).to_numpy()]
            observed = survival_table(part)
            parts.append(
                observed.assign(
                    plan=name or "all",
                    model=curve.name,
                    fitted_retention_rate=curve.model.retention_rate(observed["period"]),
                    fitted_survival=curve.model.survival(observed["period"]),
                )
            )
        if not parts:
            parts = [
                survival_table(summary).assign(
                    plan="all", model="", fitted_retention_rate=np.nan, fitted_survival=np.nan
                )
            ]
        order = ["plan", "period", "at_risk", "ended", "retention_rate", "survival"]
        return pd.concat(parts, ignore_index=True)[[*order, "model", "fitted_retention_rate", "fitted_survival"]]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        curves = [
            {"plan": c.plan, "name": c.name, "customers": c.customers, "ended": c.ended, "model": c.model.to_dict()}
            for c in self.curves.values()
        ]
        own = (
            {}
            if self.months is None
            else {"months": self.months, "longer": [r.to_dict() for r in self.longer.values()]}
        )
        return {"curves": curves, "problem": self.problem, **own}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "Retention":
        """Return what ``to_dict`` wrote."""
        curves = {
            c["plan"]: Curve(
                c["plan"], _CLASSES[c["name"]].from_dict(c["model"]), c["name"], c["customers"], c["ended"]
            )
            for c in state["curves"]
        }
        longer = [cls.from_dict(one) for one in state.get("longer", ())]
        return cls(curves, state["problem"], state.get("months"), {float(r.months or 0): r for r in longer})


def _fit_curve(plan: str, summary: pd.DataFrame) -> tuple[Curve | None, str]:
    ended = int(summary["churned"].sum())
    if len(summary) < LEAST_CUSTOMERS or ended < LEAST_ENDED:
        few = told(
            "{contracts:,} contracts of which {ended} ended; {least} and {least_ended} are needed",
            contracts=len(summary),
            ended=ended,
            least=LEAST_CUSTOMERS,
            least_ended=LEAST_ENDED,
        )
        return None, few
    fitted: list[Curve] = []
    for name, kind in _CLASSES.items():
        model = kind(ridge="clip").fit(summary)
        if np.all(np.isfinite(list(model.params_.values()))):
            fitted.append(Curve(plan, model, name, len(summary), ended))
    if not fitted:
        return None, model.reason_
    return min(fitted, key=lambda c: _aic(c) + (_CLEARLY if c.name == "BdW" else 0)), ""


def _aic(curve: Curve) -> float:
    return 2.0 * (len(curve.model.parameter_names) - curve.model.log_likelihood_)


def _nearer(periods_so_far: Floats, discount: float) -> Floats:
    """Return how much more renewals are worth than at whole periods from now: part of the first is over, shape (n,)."""
    return np.asarray(np.exp(discount * (periods_so_far - np.floor(periods_so_far))))


def _until(known: Floats | None, n: int, horizon: int) -> Ints:
    """Return the renewals before a known end, at most ``horizon``; −1 where none is known."""
    if known is None:
        return np.full(n, -1, dtype=np.int64)
    return np.where(np.isnan(known), -1, np.clip(np.nan_to_num(known), 0, horizon)).astype(np.int64)


def _ahead(curve: Curve, age: float, window: int, horizon: int) -> tuple[Floats, Floats]:
    """Return P(renewal j = 1, …, horizon is made) given survival of the window, and given an end within it."""
    j = np.arange(1, horizon + 1)
    now = float(curve.survival(age))
    ahead = curve.survival(age + j) / now
    at_window = float(curve.survival(age + window)) / now
    stays = np.where(j <= window, 1.0, ahead / at_window)
    leaves = np.where(j < window, (ahead - at_window) / max(1 - at_window, 1e-300), 0.0)
    return stays, leaves
