"""The list of buy-till-you-die models that take part everywhere: a new one is one class and one line here."""

from collections.abc import Mapping
from typing import Any

from holdfast.clv.beta_geo import BetaGeoNBD, ModifiedBetaGeoNBD
from holdfast.clv.lifetimes import ParetoNBD
from holdfast.clv.poisson import PoissonModel

# Their mean answers as "p0" and "btyd", each alone under its name here; ridge reads one column per model.
BTYD_MODELS: dict[str, type[PoissonModel]] = {
    "bg_nbd": BetaGeoNBD,
    "mbg_nbd": ModifiedBetaGeoNBD,
    "pareto_nbd": ParetoNBD,
}
# Whose P(alive) and waits are shown; lifetime value goes on with the mean of all of them.
LIFETIME_VALUE_MODEL = "bg_nbd"


def btyd_model_from_dict(state: Mapping[str, Any]) -> PoissonModel:
    """Return the model that ``to_dict`` described, whichever of the list it is.

    Raises
    ------
    ValueError
        The state is of none of them.

    Examples
    --------
    >>> model = BTYD_MODELS["pareto_nbd"].from_params(r=0.55, alpha=10.6, s=0.61, beta=11.7)
    >>> btyd_model_from_dict(model.to_dict())
    <ParetoNBD() r=0.55 alpha=10.6 s=0.61 beta=11.7>
    """
    for model in BTYD_MODELS.values():
        if model.__name__ == state.get("model"):
            return model.from_dict(state)
    known = ", ".join(model.__name__ for model in BTYD_MODELS.values())
    raise ValueError(f"this is the state of {state.get('model')}, which is none of {known}")
