"""What every model of this room has in common: it reads a summary, and learns from it by maximum likelihood."""

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.clv.arguments import numbers_in
from holdfast.clv.fitting import Objective, Optimum, maximise
from holdfast.clv.histories import Contradiction, Histories, read_columns, refuse_contradictions
from holdfast.clv.special import Floats, weighted_sum
from holdfast.clv.state import NotConvergedError, Parameters, State
from holdfast.language import to_tell
from holdfast.learn.parallel import at_once

_LOG_RANGE = 13.0
_RUNAWAY = 8.0
# Where an evaluation is so little work (see ``_work``), the search begins in more places than one: always, and
# where the first led to no maximum.
_SCOUTED_ALWAYS, _SCOUTED = 500, 4000
# Places looked at around the first start, how far from it in logarithms, and how many of them are searched from.
_SCOUTS, _SCOUT_RANGE, _SENT = 64, 6.0, 6
# By this share of its log-likelihood a maximum must be higher to count as another.
_HIGHER = 1e-10
# With more distinct histories the search starts from the optimum of a sample: every seventh, and at most so many.
_SAMPLE_ABOVE, _SAMPLE_STEP, _SAMPLE_ROWS = 5_000, 7, 5_000


class Model(State):
    """A model with positive parameters, fitted by maximum likelihood.

    Parameters
    ----------
    l2
        Penalty: ``l2`` × Σ (log θ)² is taken from the mean log-likelihood; parameters with a unit count in units
        of the data's own scale. Covariate effects γ are penalised by γ². 0 is plain maximum likelihood.
    ridge
        What becomes of data that drive a parameter to 0 or to infinity: ``"refuse"`` gives no numbers,
        ``"clip"`` keeps the parameter at its bound, which is the limiting model.

    Attributes
    ----------
    params_ : dict of float
        The parameters (NaN where refused).
    standard_errors_ : dict of float
        Of the parameters and covariate effects, from the observed information; NaN where there is no maximum.
    covariance_ : pandas.DataFrame
        Of the same.
    log_likelihood_ : float
        Of the fitted data, summed over customers, without the penalty; higher is better.
    converged_ : bool
        Whether a maximum was found.
    reason_ : str
        Why not, or how it was seen.
    customers_ : float
        Sum of the weights.

    Examples
    --------
    >>> from holdfast.clv import BetaGeoNBD, Model
    >>> summary = pd.DataFrame({"frequency": [0, 0, 1, 2, 4, 7], "recency": [0.0, 0, 12, 20, 33, 37], "T": [38.0] * 6})
    >>> model = BetaGeoNBD(l2=0.1).fit(summary)
    >>> isinstance(model, Model), model.converged_, round(model.log_likelihood_, 2)
    (True, True, -51.55)
    """

    unit_of: ClassVar[Mapping[str, str]] = {}
    """Parameters that carry a unit, and the column that gives the scale (``"1/T"`` for rates)."""
    needs: ClassVar[tuple[str, ...]]
    """Columns of the summary that a fit reads."""
    ridges: ClassVar[Mapping[tuple[str, str], str]] = {}
    """What it means when a parameter runs "up" or "down"."""
    contradictions: ClassVar[tuple[Contradiction, ...]] = ()
    """What the columns of ``needs`` must not say together."""

    # Fitting.

    def fit(self, summary: pd.DataFrame, *, weights: npt.ArrayLike | None = None) -> Self:
        """Fit by maximum likelihood; customers with the same history are computed once.

        Data without an answer are no error: ``converged_`` is False then, and ``reason_`` says why.

        Parameters
        ----------
        summary
            One row per customer; see ``needs`` (and the covariates, if there are any) for the columns.
        weights
            How many customers each row stands for, shape (n,).

        Raises
        ------
        ValueError
            A column is missing, or holds what cannot be.
        """
        self._check_settings()
        histories = self.histories(summary, weights)
        self._remember_data(summary, weights, histories)
        return self._fit_histories(histories)

    def _remember_data(
        self,
        summary: pd.DataFrame,  # noqa: ARG002
        weights: npt.ArrayLike | None,  # noqa: ARG002
        histories: Histories,
    ) -> None:
        """Note what was learnt from, whatever will be learnt."""
        self.customers_ = histories.total

    def _fit_histories(self, histories: Histories) -> Self:
        hopeless = self._hopeless(histories) if len(histories) else "there is no customer to learn from"
        if hopeless:
            return self._refuse(hopeless, self._clipped(histories) if self.ridge == "clip" and len(histories) else None)
        return self._learn(histories, self._search(histories))

    def histories(self, summary: pd.DataFrame, weights: npt.ArrayLike | None = None) -> Histories:
        """Return the distinct histories of a summary with their counts."""
        return Histories.of(self._columns(summary), weights_of(summary, weights))

    def _columns(self, summary: pd.DataFrame) -> dict[str, Floats]:
        """Return the columns of the model, checked: every fit and every prediction reads them here.

        Raises
        ------
        ValueError
            A column is missing, holds what cannot be, or contradicts another.
        """
        columns = dict(zip(self.needs, read_columns(summary, *self.needs), strict=True))
        refuse_contradictions(tuple(columns.values()), self.contradictions)
        return columns | self._covariates_of(summary)

    def _covariates_of(self, table: pd.DataFrame) -> dict[str, Floats]:
        """Return the covariates of customers, or of new ones."""
        missing = [name for name in self._covariates if name not in table.columns]
        if missing:
            raise ValueError(f"there is no column {', '.join(missing)}, which is a covariate of this model")
        found = {name: numbers_in(table[name], f"covariate {name}") for name in self._covariates}
        wrong = [name for name, values in found.items() if not np.all(np.isfinite(values))]
        if wrong:
            raise ValueError(f"covariates must be finite numbers; {', '.join(wrong)} holds others, or is missing some")
        return found

    def log_likelihood(self, summary: pd.DataFrame, *, weights: npt.ArrayLike | None = None) -> float:
        """Return the log-likelihood of these customers under the learnt parameters; higher is better."""
        self._refuse_other_unit(summary)
        return self._total(self.histories(summary, weights))

    def _refuse_other_unit(self, summary: pd.DataFrame) -> None:
        """Raise ValueError where the summary's times are in another unit than those of the fit."""

    def _total(self, histories: Histories) -> float:
        def part(h: Histories) -> float:
            return weighted_sum(h.weights, self._log_likelihood(self._known(h), h)[0])

        return float(sum(at_once(part, histories.parts())))

    def _sums(self, p: Parameters, h: Histories, effects: list[tuple[str, str]]) -> Floats:
        """Return Σ weights · (log-likelihood, its derivatives by the log of each parameter, and by each effect)."""
        value, slopes = self._log_likelihood(p, h)
        found = [value, *(np.broadcast_to(slopes[name], value.shape) for name in self.parameter_names)]
        for kind, covariate in effects:
            found.append(h[covariate] * sum(sign * slopes[name] for name, sign in self.effects_on[kind]))
        return np.array([weighted_sum(h.weights, each) for each in found])

    def to_lifetimes(self) -> Any:
        """Return a `lifetimes` fitter with these parameters; see ``holdfast.clv.bridge``."""
        from holdfast.clv.bridge import to_lifetimes

        return to_lifetimes(self)

    # What a model provides.

    def _log_likelihood(self, p: Parameters, h: Histories) -> tuple[Floats, Parameters]:
        """Return each history's log-likelihood, shape (m,), and its derivatives by the log of each parameter."""
        raise NotImplementedError

    def _starts(self, histories: Histories) -> list[dict[str, float]]:
        """Return where the search starts; further places are tried where the first leads to no maximum."""
        raise NotImplementedError

    def _work(self, histories: Histories) -> float:
        """Return how much work the log-likelihood is: about the number of times a formula is computed."""
        return float(len(histories))

    def _hopeless(self, histories: Histories) -> str:  # noqa: ARG002
        """Return why nothing can be learnt from these histories, or an empty text."""
        return ""

    def _clipped(self, histories: Histories) -> dict[str, float] | None:  # noqa: ARG002
        """Return the parameters of the limiting model for data that are hopeless, or None if there is none."""
        return None

    # Inside.

    def _search(self, histories: Histories) -> Optimum:
        starts = [np.log([start[name] for name in self.parameter_names]) for start in self._starts(histories)]
        best: Optimum | None = None
        for start in starts:
            found = self._search_from(start, start, histories)
            if best is None or (found.converged, found.value) > (best.converged, best.value):
                best = found
            if best.converged:
                break
        assert best is not None  # noqa: S101  # there is always a start
        # Few histories can have several maxima, or a ridge above them; what is highest counts.
        if self._work(histories) <= (_SCOUTED_ALWAYS if best.converged else _SCOUTED):
            for start in self._scouts(starts[0], histories):
                found = self._search_from(start, starts[0], histories, known=best)
                if found.value > best.value + _HIGHER * max(1.0, abs(best.value)):
                    best = found
        return best

    def _scouts(self, centre: Floats, histories: Histories) -> list[Floats]:
        """Return the most likely of some places around the first start."""
        random = np.random.default_rng(1)
        places = [centre + step for step in random.uniform(-_SCOUT_RANGE, _SCOUT_RANGE, (_SCOUTS, len(centre)))]
        objective = self._objective(histories, [])
        height = np.nan_to_num([objective(place)[0] for place in places], nan=-np.inf)
        return [places[i] for i in np.argsort(-height, kind="stable")[:_SENT]]

    def _search_from(
        self, theta: Floats, centre: Floats, histories: Histories, known: Optimum | None = None
    ) -> Optimum:
        extra = len(self._effect_names)
        bounds = [(t - _LOG_RANGE, t + _LOG_RANGE) for t in centre] + [(-20.0, 20.0)] * extra
        if extra:
            plain = self._optimise(histories, theta, bounds[: len(theta)], [])
            theta = plain.theta if np.all(np.isfinite(plain.theta)) else theta
        full = np.concatenate([theta, np.zeros(extra)])
        return self._optimise(histories, full, bounds, self._effect_names, known)

    def _optimise(
        self,
        histories: Histories,
        start: Floats,
        bounds: list[tuple[float, float]],
        effects: list[tuple[str, str]],
        known: Optimum | None = None,
    ) -> Optimum:
        k = len(self.parameter_names)
        sample, share = None, 1.0
        if len(histories) > _SAMPLE_ABOVE:
            thinned = histories.thinned(max(len(histories) // _SAMPLE_ROWS, _SAMPLE_STEP))
            sample, share = self._objective(thinned, effects), thinned.total / histories.total
        thorough = self._work(histories) <= _SCOUTED
        objective = self._objective(histories, effects)
        return maximise(objective, start, bounds, logs=k, sample=sample, share=share, thorough=thorough, known=known)

    def _objective(self, histories: Histories, effects: list[tuple[str, str]]) -> Objective:
        """Return the function of log-parameters and effects that is maximised: log-likelihood less the penalty."""
        k = len(self.parameter_names)
        centre = np.log([self._scale(name, histories) for name in self.parameter_names])
        total, parts = histories.total, histories.parts()

        def part_of(h: Histories, theta: Floats) -> Floats:
            """Return log-likelihood and gradient of some histories, in one array."""
            base = dict(zip(self.parameter_names, np.exp(theta[:k]), strict=True))
            gammas = theta[k:] if effects else np.zeros(len(self._effect_names))
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                return self._sums(self._with_effects(base, gammas, h.columns), h, effects)

        def objective(theta: Floats) -> tuple[float, Floats]:
            sums = np.sum(at_once(lambda part: part_of(part, theta), parts), axis=0)
            found, gradient = float(sums[0]), sums[1:]
            if self.l2:
                off = np.concatenate([theta[:k] - centre, theta[k:]])
                found, gradient = found - self.l2 * total * float(off @ off), gradient - 2 * self.l2 * total * off
            return found, gradient

        return objective

    def _scale(self, name: str, histories: Histories) -> float:
        """Return the unit in which a parameter is measured: 1, or the mean of the column it belongs to."""
        column = self.unit_of.get(name)
        if column is None:
            return 1.0
        mean = weighted_sum(histories.weights, histories[column.removeprefix("1/")]) / histories.total or 1.0
        return 1 / mean if column.startswith("1/") else mean

    def _learn(self, histories: Histories, best: Optimum) -> Self:
        k = len(self.parameter_names)
        name, direction = (self.parameter_names[best.ridge[0]], best.ridge[1]) if best.ridge else ("", "")
        if not best.converged:
            way = {"up": "infinity", "down": "0"}.get(direction, "")
            meaning = self.ridges.get((name, direction), "the data cannot separate the parameters")
            reason = f"{name} tends to {way}: {meaning}" if name else to_tell("the optimiser found no maximum")
            runaway = [e for e, v in zip(self._effect_names, best.theta[k:], strict=True) if abs(v) > _RUNAWAY]
            if runaway:
                said = ", ".join(f"of {covariate} on {kind}" for kind, covariate in runaway)
                reason = f"the effect {said} runs off: the data do not determine it"
            if self.ridge != "clip" or not np.all(np.isfinite(best.theta)):
                return self._refuse(reason)
        self.params_ = dict(zip(self.parameter_names, np.exp(best.theta[:k]).tolist(), strict=True))
        self.effects_ = {kind: {} for kind, names in self._kinds.items() if names}
        for (kind, covariate), value in zip(self._effect_names, best.theta[k:], strict=True):
            self.effects_[kind][covariate] = float(value)
        # From logarithms to parameters (delta method); exact at an optimum.
        jacobian = np.concatenate([np.exp(best.theta[:k]), np.ones(len(best.theta) - k)])
        labels = [*self.parameter_names, *(f"{kind}:{covariate}" for kind, covariate in self._effect_names)]
        self._remember_covariance(best.covariance * np.outer(jacobian, jacobian), labels)
        self.log_likelihood_ = best.value if not self.l2 else self._total(histories)
        self.converged_ = best.converged
        self.reason_ = f"maximum found in {best.evaluations} evaluations" if best.converged else reason
        return self

    def _parameter_draws(
        self, summary: pd.DataFrame, draws: int, random: np.random.Generator, *, uncertain: bool
    ) -> Iterator[Parameters]:
        """Yield parameters from their asymptotic normal distribution (in logarithms), or the same ones each time."""
        columns = self._covariates_of(summary)
        known = self._known(columns)
        if not uncertain:
            yield from (known for _ in range(draws))
            return
        if not hasattr(self, "covariance_") or not np.all(np.isfinite(self.covariance_.to_numpy())):
            raise NotConvergedError(
                f"{type(self).__name__}: how uncertain the parameters are is not known; fit the model, or sample with "
                "parameter_uncertainty=False."
            )
        k = len(self.parameter_names)
        theta = np.array([*self.params_.values(), *(self.effects_[a][b] for a, b in self._effect_names)])
        jacobian = np.concatenate([theta[:k], np.ones(len(theta) - k)])
        covariance = self.covariance_.to_numpy() / np.outer(jacobian, jacobian)
        centre = np.concatenate([np.log(theta[:k]), theta[k:]])
        # Parameters are not believed outside the range in which they are searched for.
        reach = np.where(np.arange(len(theta)) < k, _LOG_RANGE, np.inf)
        for each in random.multivariate_normal(centre, covariance, size=draws, method="cholesky"):
            drawn = np.clip(each, centre - reach, centre + reach)
            base = dict(zip(self.parameter_names, np.exp(drawn[:k]), strict=True))
            yield self._with_effects(base, drawn[k:], columns)


def weights_of(summary: pd.DataFrame, weights: npt.ArrayLike | None) -> Floats | None:
    """Return how many customers each row stands for, shape (n,), or None for one each.

    Raises
    ------
    ValueError
        There is not one per row, or some are negative, infinite or missing.
    """
    if weights is None:
        return None
    given = numbers_in(weights, "weights")
    if given.shape != (len(summary),) or not np.all((given >= 0) & (given < np.inf)):
        raise ValueError("weights must be one number per row, none negative, infinite or missing")
    return given
