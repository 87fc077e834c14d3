"""What every model of this room remembers: settings, known parameters, how sure they are, and files."""

import json
from collections.abc import Mapping, Sequence
from inspect import signature
from numbers import Real
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd

from holdfast.clv.arguments import number, one_of
from holdfast.clv.special import Floats
from holdfast.columns.plain import plain
from holdfast.errors import HoldfastError

Parameters = dict[str, Floats]
"""The value of each parameter, of shape () for all customers alike or (n,) with covariates."""

RIDGES = ("refuse", "clip")
_FIGURES = (
    "log_likelihood_",
    "customers_",
    "correlation_",
    "time_unit_",
    "mean_spend_",
    "largest_spend_",
    "without_spend_",
)


class NotConvergedError(HoldfastError):
    """A prediction was asked of a model whose fit found no optimum.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.clv import BetaGeoNBD
    >>> once = pd.DataFrame({"frequency": [0, 0, 0], "recency": [0.0, 0, 0], "T": [30.0, 31, 32]})
    >>> model = BetaGeoNBD().fit(once)
    >>> try:
    ...     p = model.p_alive(once)
    ... except NotConvergedError as error:
    ...     print(error)
    BetaGeoNBD has no parameters: nobody bought a second time, so repeat purchases cannot be modelled
    """

    exit_code = 4


class State:
    """Settings and learnt parameters of a model; ``Model`` says what they mean."""

    parameter_names: ClassVar[tuple[str, ...]]
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
        self._check_settings()

    def _check_settings(self) -> None:
        """Raise ValueError where a setting is none; also before a fit, for settings can be changed."""
        number(self.l2, "l2")
        one_of(self.ridge, "ridge", RIDGES)
        for setting, names in self.get_params().items():
            if setting.endswith("_covariates") and (
                isinstance(names, str) or not all(isinstance(n, str) for n in names)
            ):
                raise ValueError(f"{setting} must be a tuple of column names, not {names!r}")

    # Settings, as scikit-learn's clone and grid search want them.

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002
        """Return the settings given to the constructor."""
        return {name: getattr(self, name) for name in signature(type(self)).parameters}

    def set_params(self, **settings: Any) -> Self:
        """Change settings.

        Raises
        ------
        ValueError
            There is no such setting, or it has no such value.
        """
        for name, value in settings.items():
            if name not in self.get_params():
                raise ValueError(f"{type(self).__name__} has no setting {name}; it has {', '.join(self.get_params())}")
            setattr(self, name, value)
        self._check_settings()
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
            A parameter is not positive, or the effects are not those of the settings' covariates.
        """
        if set(params) != set(cls.parameter_names):
            raise TypeError(
                f"{cls.__name__} has the parameters {', '.join(cls.parameter_names)}; got {', '.join(params)}"
            )
        wrong = [name for name, value in params.items() if not (isinstance(value, Real) and 0 < value < np.inf)]
        if wrong:
            raise ValueError(f"{cls.__name__}: {', '.join(wrong)} must be positive and finite")
        model = cls(**(settings or {}))
        model.params_ = {name: float(params[name]) for name in cls.parameter_names}
        model.effects_ = {kind: dict(given) for kind, given in (effects or {}).items()}
        given = [(kind, name) for kind, of in model.effects_.items() for name in of]
        if sorted(given) != sorted(model._effect_names):
            asked = ", ".join(f"{kind}: {name}" for kind, name in model._effect_names) or "none"
            raise ValueError(f"effects must be those of the covariates in the settings ({asked})")
        model.converged_, model.reason_ = True, "the parameters were given"
        return model

    def to_dict(self) -> dict[str, Any]:
        """Return settings and learnt state as plain values for JSON; ``from_dict`` restores the model."""
        learnt = {name: plain(getattr(self, name)) for name in _FIGURES if getattr(self, name, None) is not None}
        if hasattr(self, "covariance_"):
            learnt["covariance_"] = {
                "names": list(self.covariance_.columns),
                "values": plain(self.covariance_.to_numpy().tolist()),
            }
        return {
            "model": type(self).__name__,
            "settings": {k: list(v) if isinstance(v, tuple) else v for k, v in self.get_params().items()},
            "params": plain(self.params_),
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
