"""What every model of this room has in common: settings, learnt parameters, how sure they are, and files."""

import json
from collections.abc import Iterator, Mapping, Sequence
from inspect import signature
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.clv.fitting import Optimum, maximise
from holdfast.clv.histories import Histories, read_columns
from holdfast.clv.special import Floats, weighted_sum
from holdfast.errors import HoldfastError
from holdfast.learn.parallel import at_once

Parameters = dict[str, Floats]
"""The value of each parameter, of shape () for all customers alike or (n,) with covariates."""

_LOG_RANGE = 13.0
_RUNAWAY = 8.0
_FIGURES = ("log_likelihood_", "customers_", "correlation_")
_SAMPLE_ABOVE = 200_000
_SAMPLE_ROWS = 20_000


class NotConvergedError(HoldfastError):
    """A prediction was asked of a model whose fit found no optimum."""

    exit_code = 4


class Model:
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
    """

    parameter_names: ClassVar[tuple[str, ...]]
    unit_of: ClassVar[Mapping[str, str]] = {}
    """Parameters that carry a unit, and the column that gives the scale (``"1/T"`` for rates)."""
    needs: ClassVar[tuple[str, ...]]
    """Columns of the summary that a fit reads."""
    ridges: ClassVar[Mapping[tuple[str, str], str]] = {}
    """What it means when a parameter runs "up" or "down"."""
    effects_on: ClassVar[Mapping[str, tuple[tuple[str, float], ...]]] = {}
    """Kinds of covariates: the parameters they multiply by exp(sign · γ'z)."""

    params_: dict[str, float]
    effects_: dict[str, dict[str, float]]
    standard_errors_: dict[str, float]
    covariance_: pd.DataFrame
    log_likelihood_: float
    converged_: bool
    reason_: str
    customers_: float

    def __init__(self, *, l2: float = 0.0, ridge: Literal["refuse", "clip"] = "refuse") -> None:
        self.l2 = l2
        self.ridge = ridge

    # Settings, as scikit-learn's clone and grid search want them.

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002
        """Return the settings given to the constructor."""
        return {name: getattr(self, name) for name in signature(type(self)).parameters}

    def set_params(self, **settings: Any) -> Self:
        """Change settings.

        Raises
        ------
        ValueError
            There is no such setting.
        """
        for name, value in settings.items():
            if name not in self.get_params():
                raise ValueError(f"{type(self).__name__} has no setting {name}; it has {', '.join(self.get_params())}")
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        """Return the model with its settings and, once fitted, its parameters."""
        shown = [f"{k}={v!r}" for k, v in self.get_params().items() if v != signature(type(self)).parameters[k].default]
        learnt = [f"{k}={v:.6g}" for k, v in getattr(self, "params_", {}).items()]
        return f"<{type(self).__name__}({', '.join(shown)}){' ' if learnt else ''}{' '.join(learnt)}>"

    # Known parameters and files.

    @classmethod
    def from_params(
        cls,
        *,
        settings: Mapping[str, Any] | None = None,
        effects: Mapping[str, Mapping[str, float]] | None = None,
        **params: float,
    ) -> Self:
        """Return a model with known parameters (and ``effects``: {kind: {covariate: γ}}).

        Raises
        ------
        TypeError
            A parameter is missing or unknown.
        ValueError
            A parameter is not positive.
        """
        if set(params) != set(cls.parameter_names):
            raise TypeError(
                f"{cls.__name__} has the parameters {', '.join(cls.parameter_names)}; got {', '.join(params)}"
            )
        wrong = [name for name, value in params.items() if not 0 < value < np.inf]
        if wrong:
            raise ValueError(f"{cls.__name__}: {', '.join(wrong)} must be positive and finite")
        model = cls(**(settings or {}))
        model.params_ = {name: float(params[name]) for name in cls.parameter_names}
        model.effects_ = {kind: dict(given) for kind, given in (effects or {}).items()}
        model.converged_, model.reason_ = True, "the parameters were given"
        return model

    def to_dict(self) -> dict[str, Any]:
        """Return settings and learnt state as plain values for JSON; ``from_dict`` restores the model."""
        learnt = {name: _plain(getattr(self, name)) for name in _FIGURES if hasattr(self, name)}
        if hasattr(self, "covariance_"):
            learnt["covariance_"] = {
                "names": list(self.covariance_.columns),
                "values": _plain(self.covariance_.to_numpy().tolist()),
            }
        return {
            "model": type(self).__name__,
            "settings": {k: list(v) if isinstance(v, tuple) else v for k, v in self.get_params().items()},
            "params": _plain(self.params_),
            "effects": self.effects_,
            "converged": self.converged_,
            "reason": self.reason_,
            **learnt,
        }

    @classmethod
    def from_dict(cls, state: Mapping[str, Any]) -> Self:
        """Return the model that ``to_dict`` described.

        Raises
        ------
        ValueError
            The state is of another model.
        """
        if state.get("model") != cls.__name__:
            raise ValueError(f"this is the state of {state.get('model')}, not of {cls.__name__}")
        settings: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in state["settings"].items()}
        model = cls(**settings)
        model.params_ = {k: np.nan if v is None else float(v) for k, v in state["params"].items()}
        model.effects_ = {kind: dict(given) for kind, given in state["effects"].items()}
        model.converged_, model.reason_ = bool(state["converged"]), str(state["reason"])
        for name in _FIGURES:
            if name in state:
                setattr(model, name, np.nan if state[name] is None else state[name])
        if "covariance_" in state:
            names, values = state["covariance_"]["names"], np.array(state["covariance_"]["values"], dtype=np.float64)
            model._remember_covariance(values, names)
        return model

    def save(self, path: str | Path) -> None:
        """Write the model as JSON."""
        text = json.dumps(self.to_dict(), indent=2, allow_nan=False)
        Path(path).write_text(text + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path) -> Self:
        """Read what ``save`` wrote."""
        return cls.from_dict(json.loads(Path(path).read_text(encoding="utf-8")))

    def to_lifetimes(self) -> Any:
        """Return a `lifetimes` fitter with these parameters; see ``holdfast.clv.bridge``."""
        from holdfast.clv.bridge import to_lifetimes

        return to_lifetimes(self)

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
        return self._fit_histories(self.histories(summary, weights))

    def _fit_histories(self, histories: Histories) -> Self:
        self.customers_ = histories.total
        hopeless = self._hopeless(histories) if len(histories) else "there is no customer to learn from"
        if hopeless:
            return self._refuse(hopeless, self._clipped(histories) if self.ridge == "clip" and len(histories) else None)
        return self._learn(histories, self._search(histories))

    def histories(self, summary: pd.DataFrame, weights: npt.ArrayLike | None = None) -> Histories:
        """Return the distinct histories of a summary with their counts."""
        names = (*self.needs, *self._covariates)
        columns = dict(zip(self.needs, read_columns(summary, *self.needs), strict=True))
        columns |= {name: np.asarray(summary[name], dtype=np.float64) for name in self._covariates}
        if self._covariates and not all(np.all(np.isfinite(columns[n])) for n in self._covariates):
            raise ValueError("covariates must be finite numbers")
        self._check(columns)
        given = None if weights is None else np.asarray(weights, dtype=np.float64)
        if given is not None and (given.shape != (len(summary),) or not np.all(given >= 0)):
            raise ValueError("weights must be one number per row, none negative")
        return Histories.of({name: columns[name] for name in dict.fromkeys(names)}, given)

    def log_likelihood(self, summary: pd.DataFrame, *, weights: npt.ArrayLike | None = None) -> float:
        """Return the log-likelihood of these customers under the learnt parameters; higher is better."""
        return self._total(self.histories(summary, weights))

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

    # What a model provides.

    def _log_likelihood(self, p: Parameters, h: Histories) -> tuple[Floats, Parameters]:
        """Return each history's log-likelihood, shape (m,), and its derivatives by the log of each parameter."""
        raise NotImplementedError

    def _starts(self, histories: Histories) -> list[dict[str, float]]:
        """Return where the search starts; further places are tried where the first leads to no maximum."""
        raise NotImplementedError

    def _hopeless(self, histories: Histories) -> str:  # noqa: ARG002
        """Return why nothing can be learnt from these histories, or an empty text."""
        return ""

    def _clipped(self, histories: Histories) -> dict[str, float] | None:  # noqa: ARG002
        """Return the parameters of the limiting model for data that are hopeless, or None if there is none."""
        return None

    def _check(self, columns: dict[str, Floats]) -> None:
        """Raise ValueError where columns contradict each other."""

    # Inside.

    @property
    def _kinds(self) -> dict[str, tuple[str, ...]]:
        """Covariates of each kind, from the settings ``<kind>_covariates``."""
        return {kind: tuple(getattr(self, f"{kind}_covariates", ()) or ()) for kind in self.effects_on}

    @property
    def _covariates(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(name for names in self._kinds.values() for name in names))

    @property
    def _effect_names(self) -> list[tuple[str, str]]:
        return [(kind, name) for kind, names in self._kinds.items() for name in names]

    def _with_effects(
        self, base: Mapping[str, Any], effects: Sequence[float] | Floats, columns: Mapping[str, Floats]
    ) -> Parameters:
        """Return the parameters of each row: the base ones times exp(± γ'z)."""
        found = {name: np.asarray(value, dtype=np.float64) for name, value in base.items()}
        for (kind, covariate), effect in zip(self._effect_names, effects, strict=True):
            for parameter, sign in self.effects_on[kind]:
                found[parameter] = found[parameter] * np.exp(sign * effect * columns[covariate])
        return found

    def _known(self, columns: Any) -> Parameters:
        """Return the learnt parameters of each row of ``columns`` (a mapping of names to arrays)."""
        if not hasattr(self, "params_"):
            raise NotConvergedError(f"{type(self).__name__} is not fitted yet: call fit, or use from_params.")
        if not all(np.isfinite(v) for v in self.params_.values()):
            raise NotConvergedError(f"{type(self).__name__} has no parameters: {self.reason_}")
        effects = [self.effects_[kind][name] for kind, name in self._effect_names]
        return self._with_effects(self.params_, effects, columns)

    def _search(self, histories: Histories) -> Optimum:
        best: Optimum | None = None
        for start in self._starts(histories):
            found = self._search_from(start, histories)
            if best is None or (found.converged, found.value) > (best.converged, best.value):
                best = found
            if best.converged:
                break
        assert best is not None  # noqa: S101  # there is always a start
        return best

    def _search_from(self, start: dict[str, float], histories: Histories) -> Optimum:
        theta = np.log([start[name] for name in self.parameter_names])
        extra = len(self._effect_names)
        bounds = [(t - _LOG_RANGE, t + _LOG_RANGE) for t in theta] + [(-20.0, 20.0)] * extra
        if extra:
            plain = self._optimise(histories, theta, bounds[: len(theta)], [])
            theta = plain.theta if np.all(np.isfinite(plain.theta)) else theta
        full = np.concatenate([theta, np.zeros(extra)])
        return self._optimise(histories, full, bounds, self._effect_names)

    def _optimise(
        self,
        histories: Histories,
        start: Floats,
        bounds: list[tuple[float, float]],
        effects: list[tuple[str, str]],
    ) -> Optimum:
        k = len(self.parameter_names)
        centre = start[:k].copy()
        for i, name in enumerate(self.parameter_names):
            centre[i] = np.log(self._scale(name, histories))

        def part_of(h: Histories, theta: Floats) -> Floats:
            """Return log-likelihood and gradient of some histories, in one array."""
            base = dict(zip(self.parameter_names, np.exp(theta[:k]), strict=True))
            gammas = theta[k:] if effects else np.zeros(len(self._effect_names))
            with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                return self._sums(self._with_effects(base, gammas, h.columns), h, effects)

        def objective_of(h: Histories) -> Any:
            total, parts = h.total, h.parts()

            def objective(theta: Floats) -> tuple[float, Floats]:
                sums = np.sum(at_once(lambda part: part_of(part, theta), parts), axis=0)
                found, gradient = float(sums[0]), sums[1:]
                if self.l2:
                    off = np.concatenate([theta[:k] - centre, theta[k:]])
                    found, gradient = found - self.l2 * total * float(off @ off), gradient - 2 * self.l2 * total * off
                return found, gradient

            return objective

        sample, share = None, 1.0
        if len(histories) > _SAMPLE_ABOVE:
            thinned = histories.thinned(len(histories) // _SAMPLE_ROWS)
            sample, share = objective_of(thinned), thinned.total / histories.total
        return maximise(objective_of(histories), start, bounds, logs=k, sample=sample, share=share)

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
            meaning = self.ridges.get((name, direction), "the data do not tell the parameters apart")
            reason = f"{name} tends to {way}: {meaning}" if name else "the optimiser found no maximum"
            runaway = [e for e, v in zip(self._effect_names, best.theta[k:], strict=True) if abs(v) > _RUNAWAY]
            if runaway:
                said = ", ".join(f"of {covariate} on {kind}" for kind, covariate in runaway)
                reason = f"the effect {said} runs off: the data do not tell it"
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
        columns = {n: np.asarray(summary[n], dtype=np.float64) for n in self._covariates}
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
        for drawn in random.multivariate_normal(centre, covariance, size=draws, method="cholesky"):
            base = dict(zip(self.parameter_names, np.exp(drawn[:k]), strict=True))
            yield self._with_effects(base, drawn[k:], columns)

    def _remember_covariance(self, values: Floats, names: Sequence[str]) -> None:
        self.covariance_ = pd.DataFrame(values, index=list(names), columns=list(names))
        with np.errstate(invalid="ignore"):
            self.standard_errors_ = dict(zip(names, np.sqrt(np.diag(values)).tolist(), strict=True))

    def _refuse(self, reason: str, limit: dict[str, float] | None = None) -> Self:
        names = list(self.parameter_names)
        self.params_ = limit or dict.fromkeys(names, np.nan)
        self.effects_ = {}
        self._remember_covariance(np.full((len(names), len(names)), np.nan), names)
        self.log_likelihood_ = np.nan
        self.converged_, self.reason_ = False, reason
        return self


def _plain(value: Any) -> Any:
    """Replace NaN, which JSON does not know, by None."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
