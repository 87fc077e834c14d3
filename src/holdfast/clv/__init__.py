"""What customers are worth: buy-till-you-die models, Gamma-Gamma, contracts, and customer lifetime value.

Every model is a class with the same verbs: ``fit(summary)``, then ``params_``, ``standard_errors_``,
``covariance_``, ``log_likelihood_``, ``converged_`` and ``reason_``; ``from_params`` for known parameters, ``save`` and
``load`` as JSON, ``to_lifetimes`` for notebooks that use `lifetimes`.
"""

from holdfast.clv.beta_binomial import BetaGeoBetaBinom
from holdfast.clv.beta_geo import BetaGeoNBD, ModifiedBetaGeoNBD
from holdfast.clv.btyd import BTYD_MODELS, LIFETIME_VALUE_MODEL, btyd_model_from_dict
from holdfast.clv.contracts import BetaDiscreteWeibull, ShiftedBetaGeo, contract_summary
from holdfast.clv.gammagamma import GammaGamma, IndependenceWarning
from holdfast.clv.intervals import Interval, prediction_interval
from holdfast.clv.lifetimes import GGompertzNBD, ParetoNBD
from holdfast.clv.model import Model
from holdfast.clv.poisson import PoissonModel
from holdfast.clv.state import NotConvergedError
from holdfast.clv.summary import summarise
from holdfast.clv.transactions import TransactionModel
from holdfast.clv.value import CustomerLifetimeValue

__all__ = [
    "BTYD_MODELS",
    "LIFETIME_VALUE_MODEL",
    "BetaDiscreteWeibull",
    "BetaGeoBetaBinom",
    "BetaGeoNBD",
    "CustomerLifetimeValue",
    "GGompertzNBD",
    "GammaGamma",
    "IndependenceWarning",
    "Interval",
    "Model",
    "ModifiedBetaGeoNBD",
    "NotConvergedError",
    "ParetoNBD",
    "PoissonModel",
    "ShiftedBetaGeo",
    "TransactionModel",
    "btyd_model_from_dict",
    "contract_summary",
    "prediction_interval",
    "summarise",
]
