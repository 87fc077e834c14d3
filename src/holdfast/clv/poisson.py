"""What the models whose customers buy as a Poisson process answer beyond all others."""

import numpy as np
import pandas as pd

from holdfast.clv.arguments import Times
from holdfast.clv.histories import Histories
from holdfast.clv.special import Floats, gauss_legendre
from holdfast.clv.state import Parameters
from holdfast.clv.transactions import HORIZON_NODES, Counts, TransactionModel
from holdfast.language import to_tell

_MOST_PURCHASES = 1e15
RATE_RIDGES = {
    ("r", "up"): to_tell("customers do not differ in how often they buy"),
    ("alpha", "up"): to_tell("customers do not differ in how often they buy, or they hardly ever buy again"),
    ("r", "down"): to_tell("almost nobody buys again"),
    ("alpha", "down"): to_tell("purchases follow each other too closely to estimate a rate"),
}
"""Of every model's ``ridges``, those of the rates."""


class PoissonModel(TransactionModel):
    """A model whose customers, while alive, buy as a Poisson process, at rates that differ as Gamma(r, alpha).

    Examples
    --------
    >>> from holdfast.clv import ParetoNBD
    >>> model = ParetoNBD.from_params(r=0.55, alpha=10.58, s=0.61, beta=11.67)
    >>> customer = pd.DataFrame({"frequency": [5], "recency": [30.0], "T": [38.0]})
    >>> round(float(model.median_wait(customer)[0]), 1)
    6.5
    """

    def __init__(
        self,
        *,
        l2: float = 0.0,
        ridge: str = "refuse",
        transaction_covariates: tuple[str, ...] = (),
        dropout_covariates: tuple[str, ...] = (),
    ) -> None:
        self.transaction_covariates = transaction_covariates
        self.dropout_covariates = dropout_covariates
        super().__init__(l2=l2, ridge=ridge)  # type: ignore[arg-type]

    def median_wait(self, summary: pd.DataFrame) -> Floats:
        """Return the days after which half of the customers like this one, if still alive, have bought again.

        From P(no purchase in t | alive) = (1 + t / (α + T))^−(r + x), which follows from the rate's Gamma
        posterior. Shape (n,).
        """
        p, x, t_x, T = self._read(summary)
        now = self._updated(p, x, t_x, T)
        with np.errstate(over="ignore"):  # of customers who all but never buy: infinitely long
            return np.asarray(now["alpha"] * np.expm1(np.log(2) / now["r"]))

    def _hopeless(self, histories: Histories) -> str:
        if not np.any(histories["frequency"] > 0):
            return to_tell("nobody bought a second time, so repeat purchases cannot be modelled")
        return "" if np.any(histories["T"] > 0) else to_tell("nobody was observed for any time")

    def _discounted_between(self, p: Parameters, start: float, end: Times, discount: float) -> Floats:
        # One quadrature from start to end instead of two from now.
        if not start:
            return self._discounted(p, end, discount)
        first, last = self._expected(p, start), self._expected(p, end)
        if discount == 0:
            return last - first
        total = np.exp(-discount * end) * last - np.exp(-discount * start) * first
        for node, weight in zip(*gauss_legendre(HORIZON_NODES), strict=True):
            tau = start + (end - start) * node
            total = total + discount * weight * (end - start) * np.exp(-discount * tau) * self._expected(p, tau)
        return np.asarray(total)


def poisson(random: np.random.Generator, mean: Floats) -> Counts:
    """Draw numbers of purchases; parameters far off can mean more of them than an integer holds."""
    return random.poisson(np.minimum(mean, _MOST_PURCHASES))
