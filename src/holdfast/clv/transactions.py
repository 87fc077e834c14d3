"""What every buy-till-you-die model answers, once it says who is alive and how the living go on.

A customer who is alive after a history is again a customer of the same model, with parameters updated by that
history (Fader & Hardie 2014 call it the model's conjugacy). So every conditional answer is P(alive | history) times
the answer for a new customer with the updated parameters, and a model only has to know the latter.
"""

from collections.abc import Callable
from typing import ClassVar

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.clv.histories import distinct, read_columns
from holdfast.clv.model import Model, Parameters
from holdfast.clv.special import Floats, gauss_legendre
from holdfast.learn.parallel import at_once, blocks

Counts = npt.NDArray[np.int64]
Answer = Callable[[Parameters], Floats]

# Residual value: nodes of the quadrature over the horizon. Against 200 nodes the relative error over 2,000 random
# models and horizons was below 1e-9 (tests/clv/test_residual.py measures it).
_HORIZON_NODES = 24
# An infinite horizon ends where a purchase is worth less than this share of one today.
_NOTHING = 1e-12


class TransactionModel(Model):
    """A model of when customers buy and when they leave for good. Time is in the unit of the summary."""

    needs: ClassVar[tuple[str, ...]] = ("frequency", "recency", "T")

    def p_alive(self, summary: pd.DataFrame, t: float = 0.0) -> Floats:
        """P(the customer has not left ``t`` time units from now | history), shape (n,); higher is better.

        Not a churn risk: BG/NBD says 1 for every one-time buyer.
        """
        p, x, t_x, T = self._read(summary)
        now = self._p_alive(p, x, t_x, T)
        return now if t == 0 else now * self._survival(self._updated(p, x, t_x, T), t)

    def expected_purchases(self, summary: pd.DataFrame, t: float) -> Floats:
        """E[number of purchases in the next ``t`` time units | history], shape (n,)."""
        return self._given_alive(summary, lambda q: self._expected(q, t))[0]

    def p_no_purchase(self, summary: pd.DataFrame, t: float) -> Floats:
        """P(no purchase in the next ``t`` time units | history), shape (n,): a churn risk, higher is worse.

        The same as the likelihood of the history seen until T + t over the one seen until T.
        """
        return 1.0 - self._given_alive(summary, lambda q: 1.0 - self._none(q, t))[0]

    def expected_purchases_if_any(self, summary: pd.DataFrame, t: float) -> Floats:
        """E[number of purchases in the next ``t`` time units | history, at least one of them], shape (n,), at least 1.

        With P(no purchase) × spend this is value at risk; P(churn) × CLV would count leaving twice.
        """
        some = 1.0 - self.p_no_purchase(summary, t)
        expected = self.expected_purchases(summary, t)
        # Where a purchase is all but impossible both vanish; their ratio then tends to one purchase.
        found = np.divide(expected, some, out=np.ones_like(some), where=some > _NOTHING)
        return np.maximum(found, 1.0)

    def p_purchases(self, summary: pd.DataFrame, t: float, n: npt.ArrayLike) -> Floats:
        """P(exactly ``n`` purchases in the next ``t`` time units | history), shape (customers,) + shape of n."""
        counts = np.atleast_1d(np.asarray(n, dtype=np.int64))
        if np.any(counts < 0):
            raise ValueError("n must not be negative")
        columns = [
            self.p_no_purchase(summary, t) if k == 0 else self._given_alive(summary, self._exactly(t, int(k)))[0]
            for k in counts
        ]
        return np.stack(columns, axis=1).reshape(len(summary), *np.shape(n))

    def _exactly(self, t: float, k: int) -> Answer:
        return lambda q: self._pmf(q, t, k)

    def expected_purchases_new_customer(self, t: float, covariates: pd.DataFrame | None = None) -> Floats:
        """E[number of repeat purchases in the ``t`` time units after the first purchase], shape () or (n,)."""
        alive, p = self._new(self._of_new_customer(covariates))
        return self._shaped(alive * self._expected(p, t), covariates)

    def p_purchases_new_customer(self, t: float, n: int, covariates: pd.DataFrame | None = None) -> Floats:
        """P(exactly ``n`` repeat purchases in the ``t`` time units after the first purchase), shape () or (n,)."""
        alive, p = self._new(self._of_new_customer(covariates))
        found = alive * self._pmf(p, t, n) if n else 1.0 - alive * (1.0 - self._none(p, t))
        return self._shaped(found, covariates)

    def residual_value(self, summary: pd.DataFrame, *, horizon: float | None, discount: float) -> Floats:
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
            Continuous rate δ per time unit, as a share (a yearly 10 % is ln(1.1)/365 a day).

        Raises
        ------
        ValueError
            ``discount`` is negative, or 0 with an infinite horizon.
        """
        if discount < 0 or (horizon is None and discount == 0):
            raise ValueError("discount must not be negative, and an infinite horizon needs one above 0")
        return self._given_alive(summary, lambda q: self._discounted(q, horizon, discount))[0]

    def expected_and_discounted(self, summary: pd.DataFrame, t: float, *, discount: float) -> tuple[Floats, Floats]:
        """Return ``expected_purchases`` and ``residual_value`` over ``t``, with P(alive) computed once for both."""
        expected, present = self._given_alive(
            summary, lambda q: self._expected(q, t), lambda q: self._discounted(q, t, discount)
        )
        return expected, present

    def sample(
        self,
        summary: pd.DataFrame,
        t: float,
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
        self, summary: pd.DataFrame, t: float, *, draws: int, seed: int, parameter_uncertainty: bool
    ) -> tuple[Counts, Floats]:
        """Like ``sample``, with the time until which the customer of each draw stayed (at most ``t``)."""
        random = np.random.default_rng(seed)
        x, t_x, T = read_columns(summary, *self.needs)
        counts = np.zeros((len(x), draws), dtype=np.int64)
        until = np.zeros((len(x), draws))
        used, p_alive = None, np.zeros(0)
        for i, p in enumerate(self._parameter_draws(summary, draws, random, uncertain=parameter_uncertainty)):
            if p is not used:
                used, p_alive = p, self._p_alive(p, x, t_x, T)
            alive = random.random(len(x)) < p_alive
            if alive.any():
                q = self._updated(_rows(p, alive), x[alive], t_x[alive], T[alive])
                counts[alive, i], until[alive, i] = self._draw(q, t, int(alive.sum()), random)
        return counts, until

    # What a model provides: parameters p come with shape () or (n,).

    def _p_alive(self, p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Floats:
        raise NotImplementedError

    def _updated(self, p: Parameters, x: Floats, t_x: Floats, T: Floats) -> Parameters:
        """Return the parameters of a customer who is alive after the history."""
        raise NotImplementedError

    def _new(self, p: Parameters) -> tuple[Floats, Parameters]:
        """Return P(alive) right after the first purchase, and the parameters of those alive."""
        return np.ones(1), p

    def _expected(self, p: Parameters, t: float) -> Floats:
        raise NotImplementedError

    def _none(self, p: Parameters, t: float) -> Floats:
        raise NotImplementedError

    def _pmf(self, p: Parameters, t: float, n: int) -> Floats:
        raise NotImplementedError

    def _survival(self, p: Parameters, t: float) -> Floats:
        raise NotImplementedError

    def _draw(self, p: Parameters, t: float, size: int, random: np.random.Generator) -> tuple[Counts, Floats]:
        raise NotImplementedError

    def _discounted(self, p: Parameters, horizon: float | None, discount: float) -> Floats:
        end = -np.log(_NOTHING) / discount if horizon is None else horizon
        if discount == 0:
            return self._expected(p, end)
        nodes, weights = gauss_legendre(_HORIZON_NODES if horizon is not None else 4 * _HORIZON_NODES)
        # Nodes crowd where expectations bend most: at the start, and for a long horizon on all scales.
        total = np.exp(-discount * end) * self._expected(p, end)
        for node, weight in zip(nodes, weights, strict=True):
            tau, slope = (end * node**2, 2 * end * node) if horizon is not None else (end * node**4, 4 * end * node**3)
            total = total + discount * weight * slope * np.exp(-discount * tau) * self._expected(p, tau)
        return np.asarray(total)

    # Inside.

    def _check(self, columns: dict[str, Floats]) -> None:
        x, t_x, T = (columns[n] for n in ("frequency", "recency", "T"))
        for wrong, said in (
            (t_x > T, "recency is above T"),
            ((x == 0) & (t_x > 0), "recency is above 0 where frequency is 0"),
            ((x > 0) & (t_x == 0), "recency is 0 where frequency is above 0"),
            (x != np.floor(x), "frequency is no whole number"),
        ):
            if wrong.any():
                raise ValueError(f"the summary contradicts itself in {int(wrong.sum())} row(s): {said}")

    def _read(self, summary: pd.DataFrame) -> tuple[Parameters, Floats, Floats, Floats]:
        x, t_x, T = read_columns(summary, *self.needs)
        return self._known({n: np.asarray(summary[n], dtype=np.float64) for n in self._covariates}), x, t_x, T

    def _given_alive(self, summary: pd.DataFrame, *answers: Answer) -> list[Floats]:
        """Return P(alive | history) × answer(updated parameters) for each answer.

        The updated parameters of a model depend on frequency and T only, and of these there are few different pairs.
        """
        p, x, t_x, T = self._read(summary)
        if self._covariates:
            alive = self._p_alive(p, x, t_x, T)
            return [np.asarray(alive * answer(self._updated(p, x, t_x, T))) for answer in answers]
        (x_pair, T_pair), index = distinct(x, T)
        updated = self._updated(p, x_pair, T_pair, T_pair)
        found = [np.broadcast_to(answer(updated), x_pair.shape) for answer in answers]

        def part(rows: slice) -> list[Floats]:
            alive = self._p_alive(p, x[rows], t_x[rows], T[rows])
            return [alive * each[index[rows] if isinstance(index, np.ndarray) else rows] for each in found]

        return [np.concatenate(column) for column in zip(*at_once(part, blocks(len(x))), strict=True)]

    def _of_new_customer(self, covariates: pd.DataFrame | None) -> Parameters:
        if self._covariates and covariates is None:
            raise ValueError(f"a new customer's answer needs covariates: {', '.join(self._covariates)}")
        given = {} if covariates is None else {n: np.asarray(covariates[n], dtype=np.float64) for n in self._covariates}
        return {name: np.atleast_1d(value) for name, value in self._known(given).items()}

    @staticmethod
    def _shaped(found: Floats, covariates: pd.DataFrame | None) -> Floats:
        return np.asarray(found) if covariates is not None else np.asarray(found).reshape(-1)[0]


def _rows(p: Parameters, which: npt.NDArray[np.bool_]) -> Parameters:
    return {name: value if np.ndim(value) == 0 or len(value) == 1 else value[which] for name, value in p.items()}
