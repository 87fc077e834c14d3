"""The buy-till-you-die models of the list side by side: none is best on every log, their mean is good on all."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from holdfast.clv import BTYD_MODELS, PoissonModel
from holdfast.errors import NotEnoughDataError
from holdfast.features import summary_of
from holdfast.language import to_tell
from holdfast.learn.arrays import Floats

NO_ANSWER = to_tell(
    "no buy-till-you-die model could be fitted to the purchases before one of the days it needs (too few repeat buyers)"
)


@dataclass(frozen=True)
class Trio:
    """Every model of ``BTYD_MODELS`` fitted on the same histories; those without an answer are left out.

    Examples
    --------
    >>> from holdfast.data import Source, read_purchases, simulate_shop
    >>> from holdfast.features import Cutoff, build_features, build_histories
    >>> log = read_purchases(Source(simulate_shop(300, seed=3).purchases))
    >>> cutoff = Cutoff("2024-03-01", horizon_days=60)
    >>> trio = Trio.fit(build_histories(log.connection, cutoff))
    >>> sorted(trio.models)
    ['bg_nbd', 'mbg_nbd', 'pareto_nbd']
    >>> p = trio.mean_p_no_purchase(build_features(log.connection, cutoff).head(3), 60)
    >>> p.round(2).tolist()
    [0.74, 0.21, 0.68]
    """

    models: dict[str, PoissonModel]

    @classmethod
    def fit(cls, histories: pd.DataFrame, names: Iterable[str] = tuple(BTYD_MODELS)) -> Self:
        """Fit on the histories of one cutoff (``build_histories``), all models or those named; time in days."""
        summary, weights = summary_of(histories), histories["customers"]
        fitted = {name: BTYD_MODELS[name](ridge="clip").fit(summary, weights=weights) for name in names}
        return cls({name: model for name, model in fitted.items() if _answers(model)})

    def p_no_purchase(self, features: pd.DataFrame, days: int, *, gap_days: int = 0) -> dict[str, Floats]:
        """Return P(no purchase in the ``days`` after the gap) by model, each of shape (n,); higher is worse.

        Without a gap exact. With one, P(still there after the gap) scales P(some purchase); what a purchase
        within the gap would tell is not known yet.
        """
        summary = summary_of(features)
        return {name: _none(model, summary, days, gap_days) for name, model in self.models.items()}

    def mean_p_no_purchase(self, features: pd.DataFrame, days: int, *, gap_days: int = 0) -> Floats:
        """Return the mean of ``p_no_purchase`` over the models, shape (n,).

        Raises
        ------
        NotEnoughDataError
            No model has an answer to these histories.
        """
        return _mean(self.p_no_purchase(features, days, gap_days=gap_days).values())

    def mean_expected(self, features: pd.DataFrame, days: int, *, gap_days: int = 0) -> Floats:
        """Return E[purchase days in the ``days`` after the gap], the mean over the models, shape (n,).

        Raises
        ------
        NotEnoughDataError
            No model has an answer to these histories.
        """
        return self.mean_present(summary_of(features), gap_days, gap_days + days, discount=0.0)

    def mean_present(self, summary: pd.DataFrame, start: int, end: int, *, discount: float) -> Floats:
        """Return the present number of purchase days from ``start`` to ``end`` days from now, the models' mean, (n,).

        Parameters
        ----------
        summary
            Histories (``features.summary_of``).
        start, end
            Days from now.
        discount
            Continuous rate a day; at 0 it is the number of purchase days.

        Raises
        ------
        NotEnoughDataError
            No model has an answer to these histories.
        """
        models = self.models.values()
        return _mean(m.residual_value_between(summary, start, end, discount=discount) for m in models)

    def mean_present_given(
        self, summary: pd.DataFrame, start: int, end: int, *, discount: float
    ) -> tuple[Floats, Floats, Floats]:
        """Return P(no purchase before ``start``), and ``mean_present`` of who buys before it and of who does not.

        Each of shape (n,). Who does not has the same history ``start`` days later; who does is what remains of
        ``mean_present``. With the models' own probability the two make ``mean_present`` again.
        """
        parts = [m.residual_value_after(summary, start, end, discount=discount) for m in self.models.values()]
        p, later, silent = (_mean(part[i] for part in parts) for i in range(3))
        bought = np.divide(np.maximum(later - silent, 0.0), 1.0 - p, out=later.copy(), where=p < 1)
        return p, bought, np.divide(silent, p, out=later.copy(), where=p > 0)

    @property
    def first(self) -> PoissonModel:
        """One of the models, the first of the list: enough for what all of them say alike."""
        return next(iter(self.models.values()))

    def only(self, names: Iterable[str]) -> Self:
        """Return those of the models that are named."""
        return type(self)({name: self.models[name] for name in self.models if name in set(names)})

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {name: model.to_dict() for name, model in self.models.items()}

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> Self:
        """Make the models of ``to_dict``."""
        return cls({name: BTYD_MODELS[name].from_dict(one) for name, one in state.items()})


def _mean(answers: Iterable[Floats]) -> Floats:
    every = list(answers)
    if not every:
        raise NotEnoughDataError(f"{NO_ANSWER}.")
    return np.asarray(np.mean(every, axis=0))


def _none(model: PoissonModel, summary: pd.DataFrame, days: int, gap_days: int) -> Floats:
    none = model.p_no_purchase(summary, days)
    if gap_days == 0:
        return none
    now = model.p_alive(summary)
    stays = np.divide(model.p_alive(summary, gap_days), now, out=np.zeros_like(now), where=now > 0)
    return 1.0 - stays * (1.0 - none)


def _answers(model: PoissonModel) -> bool:
    return all(np.isfinite(v) for v in model.params_.values())
