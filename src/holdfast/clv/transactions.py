"""What every buy-till-you-die model answers, once it says who is alive and how the living go on.

A customer who is alive after a history is again a customer of the same model, with parameters updated by that
history (Fader & Hardie 2014 call it the model's conjugacy). So every conditional answer is P(alive | history) times
the answer for a new customer with the updated parameters, and a model only has to know the latter.
"""

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.clv.arguments import Times, counts_in, discount_rate, times, whole
from holdfast.clv.histories import Contradiction, Histories, distinct
from holdfast.clv.marks import named, refuse_other_unit, time_unit_of
from holdfast.clv.model import Model
from holdfast.clv.special import Floats, gauss_legendre
from holdfast.clv.state import Parameters
from holdfast.learn.parallel import at_once, blocks

Counts = npt.NDArray[np.int64]
Answer = Callable[[Parameters, Any], Floats]
"""What is expected of those alive, given their updated parameters and the time: a number or one per row."""

# Residual value: nodes of the quadrature over the horizon. Against 200 nodes the relative error over 2,000 random
# models and horizons was below 1e-9.
HORIZON_NODES = 24
# An infinite horizon ends where a purchase is worth less than this share of one today.
_NOTHING = 1e-12


class TransactionModel(Model):
    """A model of when customers buy and when they leave for good. Time is in the unit of the summary.

    Every time that is asked for is a number for all customers, or one number per customer, shape (n,).

    Attributes
    ----------
    time_unit_ : str or None
        Unit of the summary of the fit, where it says one (see ``summarise``); another is refused in predicting.

    Examples
    --------
    >>> from holdfast.clv import BetaGeoNBD
    >>> model = BetaGeoNBD.from_params(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> customers = pd.DataFrame({"frequency": [0, 5], "recency": [0.0, 30.0], "T": [38.0, 38.0]})
    >>> model.p_alive(customers).round(3).tolist()
    [1.0, 0.73]
    >>> model.expected_purchases(customers, 13).round(3).tolist()
    [0.071, 1.079]
    >>> model.p_no_purchase(customers, 13).round(3).tolist()
    [0.937, 0.449]
    """

    needs: ClassVar[tuple[str, ...]] = ("frequency", "recency", "T")
    contradictions: ClassVar[tuple[Contradiction, ...]] = (
        (lambda x, t_x, T: t_x > T, "recency is above T"),  # noqa: ARG005
        (lambda x, t_x, T: (x == 0) & (t_x > 0), "recency is above 0 where frequency is 0"),  # noqa: ARG005
        (lambda x, t_x, T: (x > 0) & (t_x == 0), "recency is 0 where frequency is above 0"),  # noqa: ARG005
        (lambda x, t_x, T: x != np.floor(x), "frequency is no whole number"),  # noqa: ARG005
    )
    time_unit_: str | None = None
    _occasions: ClassVar[str] = ""
    """What times count, where only whole ones make sense."""

    def p_alive(self, summary: pd.DataFrame, t: npt.ArrayLike = 0.0) -> Floats:
        """P(the customer has not left ``t`` time units from now | history), shape (n,); higher is better.

        Not a churn risk: BG/NBD says 1 for every one-time buyer.
        """
        p, x, t_x, T = self._read(summary)
        ahead = self._times(t, summary)
        now = self._p_alive(p, x, t_x, T)
        return now if np.all(ahead == 0) else now * self._survival(self._updated(p, x, t_x, T), ahead)

    def expected_purchases(self, summary: pd.DataFrame, t: npt.ArrayLike) -> Floats:
        """E[number of purchases in the next ``t`` time units | history], shape (n,)."""
        return self._given_alive(summary, t, self._expected)[0]

    def p_no_purchase(self, summary: pd.DataFrame, t: npt.ArrayLike) -> Floats:
        """P(no purchase in the next ``t`` time units | history), shape (n,): a churn risk, higher is worse.

        The same as the likelihood of the history seen until T + t over the one seen until T.
        """
        return 1.0 - self._given_alive(summary, t, self._some)[0]

    def expected_purchases_if_any(self, summary: pd.DataFrame, t: npt.ArrayLike) -> Floats:
        """E[number of purchases in the next ``t`` time units | history, at least one of them], shape (n,), at least 1.

        With P(no purchase) × spend this is value at risk; P(churn) × CLV would count leaving twice.
        """
        any_of_them, expected = self._given_alive(summary, t, self._some, self._expected)
        some = 1.0 - (1.0 - any_of_them)
        # Where a purchase is all but impossible both vanish; their ratio then tends to one purchase.
        found = np.divide(expected, some, out=np.ones_like(some), where=some > _NOTHING)
        return np.maximum(found, 1.0)

    def p_purchases(self, summary: pd.DataFrame, t: npt.ArrayLike, n: npt.ArrayLike) -> Floats:
        """P(exactly ``n`` purchases in the next ``t`` time units | history), shape (customers,) + shape of n.

        Raises
        ------
        ValueError
            A number of purchases is negative or no whole number, or ``t`` is no time.
        """
        found = [
            self.p_no_purchase(summary, t) if k == 0 else self._given_alive(summary, t, self._exactly(int(k)))[0]
            for k in counts_in(n, "n").ravel()
        ]
        columns = np.stack(found, axis=1) if found else np.zeros((len(summary), 0))
        return columns.reshape(len(summary), *np.shape(n))

    def _exactly(self, k: int) -> Answer:
        return lambda q, t: self._pmf(q, t, k)

    def _some(self, p: Parameters, t: Times) -> Floats:
        return np.asarray(1.0 - self._none(p, t))

    def expected_purchases_new_customer(self, t: npt.ArrayLike, covariates: pd.DataFrame | None = None) -> Floats:
        """E[number of repeat purchases in the ``t`` time units after the first purchase].

        Parameters
        ----------
        t
            One time, or several: one per row of ``covariates``, or any number of them without covariates.
        covariates
            Of each new customer, where the model has some; n rows.

        Returns
        -------
        ndarray
            Of shape () for one time without covariates, else (n,).
        """
        (alive, p), ahead = self._of_new_customer(covariates), self._times_of_new(t, covariates)
        return _shaped(alive * self._expected(p, ahead), ahead, covariates)

    def p_purchases_new_customer(self, t: npt.ArrayLike, n: int, covariates: pd.DataFrame | None = None) -> Floats:
        """P(exactly ``n`` repeat purchases in the ``t`` time units after the first purchase).

        Times, covariates and shapes are those of ``expected_purchases_new_customer``; ``n`` is one number.
        """
        (alive, p), ahead, k = self._of_new_customer(covariates), self._times_of_new(t, covariates), whole(n, "n")
        found = alive * self._pmf(p, ahead, k) if k else 1.0 - alive * self._some(p, ahead)
        return _shaped(found, ahead, covariates)

    def residual_value(self, summary: pd.DataFrame, *, horizon: npt.ArrayLike | None, discount: float) -> Floats:
        """Present number of purchases expected over ``horizon``, shape (n,); times margin it is residual value.

        ∫₀ʰ e^(−δτ) dE[X(τ)] = e^(−δh) E[X(h)] + δ ∫₀ʰ e^(−δτ) E[X(τ)] dτ, by Gauss-Legendre quadrature with
        relative error below 1e-9.

        Parameters
        ----------
        summary
            Histories.
        horizon
            In time units; ``None`` for all time to come (DERT), which needs a discount.
        discount
            Continuous rate δ per time unit, as a share (a yearly 10 % is ln(1.1)/365 a day); one for all.

        Raises
        ------
        ValueError
            ``discount`` is negative, or 0 with an infinite horizon, or ``horizon`` is no time.
        """
        rate = discount_rate(discount, horizon)
        return self._given_alive(
            summary, horizon, lambda q, t: self._discounted(q, t, rate), name="horizon", endless=horizon is None
        )[0]

    def residual_value_between(self, summary: pd.DataFrame, start: float, end: float, *, discount: float) -> Floats:
        """Return the present number of purchases expected from ``start`` to ``end`` time units from now, shape (n,).

        ``residual_value`` over ``end`` less that over ``start``, with P(alive) computed once for both.
        """
        rate = discount_rate(discount, end)
        return self._given_alive(summary, end, lambda q, t: self._discounted_between(q, start, t, rate))[0]

    def residual_value_after(
        self, summary: pd.DataFrame, start: float, end: float, *, discount: float
    ) -> tuple[Floats, Floats, Floats]:
        """Split ``residual_value_between`` by whether anything is bought before ``start``.

        Returns
        -------
        tuple of ndarray
            ``p_no_purchase`` until ``start``; ``residual_value_between``; and its part of those who buy nothing until
            ``start``, times the chance that they do not. Each of shape (n,), with P(alive) computed once for all.
        """
        rate = discount_rate(discount, end)

        def after_silence(q: Parameters, t: Times) -> Floats:
            stays, then = self._silent(q, start)
            return np.asarray(stays * np.exp(-rate * start) * self._discounted(then, t - start, rate))

        some, later, of_silent = self._given_alive(
            summary,
            end,
            lambda q, t: self._some(q, start),  # noqa: ARG005
            lambda q, t: self._discounted_between(q, start, t, rate),
            after_silence,
        )
        return 1.0 - some, later, of_silent

    def expected_and_discounted(
        self, summary: pd.DataFrame, t: npt.ArrayLike, *, discount: float
    ) -> tuple[Floats, Floats]:
        """Return ``expected_purchases`` and ``residual_value`` over ``t``, with P(alive) computed once for both."""
        rate = discount_rate(discount, t)
        expected, present = self._given_alive(
            summary, t, self._expected, lambda q, ahead: self._discounted(q, ahead, rate)
        )
        return expected, present

    def sample(
        self,
        summary: pd.DataFrame,
        t: npt.ArrayLike,
        *,
        draws: int = 200,
        seed: int = 1,
        parameter_uncertainty: bool = True,
    ) -> Counts:
        """Draw numbers of purchases in the next ``t`` time units given each history, shape (n, draws).

        Each draw takes parameters from their asymptotic normal distribution (in logarithms), then whether the
        customer is alive, the customer's own rates, and the purchases, exactly as the model tells it.

        Raises
        ------
        NotConvergedError
            ``parameter_uncertainty`` is asked of a model whose covariance is not known.
        """
        return self.sample_with_exposure(
            summary, t, draws=draws, seed=seed, parameter_uncertainty=parameter_uncertainty
        )[0]

    def sample_with_exposure(
        self, summary: pd.DataFrame, t: npt.ArrayLike, *, draws: int, seed: int, parameter_uncertainty: bool
    ) -> tuple[Counts, Floats]:
        """Like ``sample``, with the time until which the customer of each draw stayed (at most ``t``)."""
        random = np.random.default_rng(whole(seed, "seed"))
        _, x, t_x, T = self._read(summary)
        ahead, many = self._times(t, summary), whole(draws, "draws", least=1)
        counts = np.zeros((len(x), many), dtype=np.int64)
        until = np.zeros((len(x), many))
        used, p_alive = None, np.zeros(0)
        for i, p in enumerate(self._parameter_draws(summary, many, random, uncertain=parameter_uncertainty)):
            if p is not used:
                used, p_alive = p, self._p_alive(p, x, t_x, T)
            alive = random.random(len(x)) < p_alive
            if alive.any():
                q = self._updated(_rows(p, alive), x[alive], t_x[alive], T[alive])
                theirs = ahead[alive] if isinstance(ahead, np.ndarray) else ahead
                counts[alive, i], until[alive, i] = self._draw(q, theirs, int(alive.sum()), random)
        return counts, until

    # What a model provides: parameters p and times t come with shape () or (n,).

    def _p_alive(self, p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Floats:
        raise NotImplementedError

    def _updated(self, p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Parameters:
        """Return the parameters of a customer who is alive after the history."""
        raise NotImplementedError

    def _new(self, p: Parameters) -> tuple[Floats, Parameters]:
        """Return P(alive) right after the first purchase, and the parameters of those alive."""
        return np.ones(1), p

    def _expected(self, p: Parameters, t: Times) -> Floats:
        raise NotImplementedError

    def _none(self, p: Parameters, t: Times) -> Floats:
        raise NotImplementedError

    def _pmf(self, p: Parameters, t: Times, n: int) -> Floats:
        raise NotImplementedError

    def _silent(self, p: Parameters, t: Times) -> tuple[Floats, Parameters]:
        """Return P(neither a purchase nor leaving until t), and the parameters of those then."""
        raise NotImplementedError

    def _survival(self, p: Parameters, t: Times) -> Floats:
        raise NotImplementedError

    def _draw(self, p: Parameters, t: Times, size: int, random: np.random.Generator) -> tuple[Counts, Floats]:
        raise NotImplementedError

    def _discounted(self, p: Parameters, horizon: Times | None, discount: float) -> Floats:
        end = -np.log(_NOTHING) / discount if horizon is None else horizon
        if discount == 0:
            return self._expected(p, end)
        nodes, weights = gauss_legendre(HORIZON_NODES if horizon is not None else 4 * HORIZON_NODES)
        # Nodes crowd where expectations bend most: at the start, and for a long horizon on all scales.
        total = np.exp(-discount * end) * self._expected(p, end)
        for node, weight in zip(nodes, weights, strict=True):
            tau, slope = (end * node**2, 2 * end * node) if horizon is not None else (end * node**4, 4 * end * node**3)
            total = total + discount * weight * slope * np.exp(-discount * tau) * self._expected(p, tau)
        return np.asarray(total)

    def _discounted_between(self, p: Parameters, start: float, end: Times, discount: float) -> Floats:
        return np.asarray(self._discounted(p, end, discount) - (self._discounted(p, start, discount) if start else 0.0))

    # Inside.

    def _remember_data(self, summary: pd.DataFrame, weights: npt.ArrayLike | None, histories: Histories) -> None:
        super()._remember_data(summary, weights, histories)
        self.time_unit_ = time_unit_of(summary)

    def _refuse_other_unit(self, summary: pd.DataFrame) -> None:
        unit = self.time_unit_
        but = f'the model was fitted in {named(unit)}: make the summary with summarise(…, time_unit="{unit}")'
        refuse_other_unit(summary, unit, but)

    def _times(self, t: npt.ArrayLike | None, summary: pd.DataFrame, name: str = "t") -> Times:
        return times(t, name, summary.index, only_whole=self._occasions)

    def _times_of_new(self, t: npt.ArrayLike, covariates: pd.DataFrame | None) -> Times:
        return times(t, "t", None if covariates is None else covariates.index, only_whole=self._occasions)

    def _read(self, summary: pd.DataFrame) -> tuple[Parameters, Floats, Floats, Floats]:
        columns = self._columns(summary)
        self._refuse_other_unit(summary)
        x, t_x, T = (columns[name] for name in self.needs)
        return self._known(columns), x, t_x, T

    def _given_alive(
        self, summary: pd.DataFrame, t: npt.ArrayLike | None, *answers: Answer, name: str = "t", endless: bool = False
    ) -> list[Floats]:
        """Return P(alive | history) × answer(updated parameters, t) for each answer; t is None if ``endless``.

        The updated parameters of a model depend on frequency and T only. Of these, and of the times that are asked
        for, there are few different ones.
        """
        p, x, t_x, T = self._read(summary)
        ahead = None if endless else self._times(t, summary, name)
        if self._covariates:
            alive = self._p_alive(p, x, t_x, T)
            return [np.asarray(alive * answer(self._updated(p, x, t_x, T), ahead)) for answer in answers]
        t_each: Times | None = ahead
        if isinstance(ahead, np.ndarray):
            (x_each, T_each, t_each), index = distinct(x, T, ahead)
        else:
            (x_each, T_each), index = distinct(x, T)
        updated = self._updated(p, x_each, T_each, T_each)
        found = [np.broadcast_to(answer(updated, t_each), x_each.shape) for answer in answers]

        def part(rows: slice) -> list[Floats]:
            alive = self._p_alive(p, x[rows], t_x[rows], T[rows])
            return [alive * each[index[rows] if isinstance(index, np.ndarray) else rows] for each in found]

        return [np.concatenate(column) for column in zip(*at_once(part, blocks(len(x))), strict=True)]

    def _of_new_customer(self, covariates: pd.DataFrame | None) -> tuple[Floats, Parameters]:
        """Return P(alive) right after the first purchase, and the parameters of those alive."""
        if self._covariates and covariates is None:
            raise ValueError(f"a new customer's answer needs covariates: {', '.join(self._covariates)}")
        given = {} if covariates is None else self._covariates_of(covariates)
        return self._new({name: np.atleast_1d(value) for name, value in self._known(given).items()})


def _rows(p: Parameters, which: npt.NDArray[np.bool_]) -> Parameters:
    return {name: value if np.ndim(value) == 0 or len(value) == 1 else value[which] for name, value in p.items()}


def _shaped(found: Floats, t: Times, covariates: pd.DataFrame | None) -> Floats:
    """Return one answer for one new customer, or one per row of covariates, or per time."""
    shape = np.shape(t) if covariates is None else (len(covariates),)
    return np.array(np.broadcast_to(found, shape or (1,)), dtype=np.float64).reshape(shape)[()]
