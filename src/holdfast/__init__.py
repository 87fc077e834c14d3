"""Holdfast: who is about to leave, what each customer is worth, and whom to contact this week.

Everything a user needs is a name of this module; each is imported when it is first used.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if TYPE_CHECKING:
    from holdfast.clv import (
        BetaGeoNBD,
        CustomerLifetimeValue,
        GammaGamma,
        ModifiedBetaGeoNBD,
        ParetoNBD,
        summarise,
    )
    from holdfast.config import Config, load_config, make_config
    from holdfast.data import Columns, PurchaseLog, Rules, Source, read_purchases
    from holdfast.errors import HoldfastError
    from holdfast.features import Cutoff, build_features, build_outcomes
    from holdfast.pipeline import Prepared, Scored, Trained, check, prepare, race, score, train
    from holdfast.track import Bundle, load_bundle

_HOME = {
    "BetaGeoNBD": "clv",
    "Bundle": "track",
    "Columns": "data",
    "Config": "config",
    "CustomerLifetimeValue": "clv",
    "Cutoff": "features",
    "GammaGamma": "clv",
    "HoldfastError": "errors",
    "ModifiedBetaGeoNBD": "clv",
    "ParetoNBD": "clv",
    "Prepared": "pipeline",
    "PurchaseLog": "data",
    "Rules": "data",
    "Scored": "pipeline",
    "Source": "data",
    "Trained": "pipeline",
    "build_features": "features",
    "build_outcomes": "features",
    "check": "pipeline",
    "load_bundle": "track",
    "load_config": "config",
    "make_config": "config",
    "prepare": "pipeline",
    "race": "pipeline",
    "read_purchases": "data",
    "score": "pipeline",
    "summarise": "clv",
    "train": "pipeline",
}

__all__ = [
    "BetaGeoNBD",
    "Bundle",
    "Columns",
    "Config",
    "CustomerLifetimeValue",
    "Cutoff",
    "GammaGamma",
    "HoldfastError",
    "ModifiedBetaGeoNBD",
    "ParetoNBD",
    "Prepared",
    "PurchaseLog",
    "Rules",
    "Scored",
    "Source",
    "Trained",
    "build_features",
    "build_outcomes",
    "check",
    "load_bundle",
    "load_config",
    "make_config",
    "prepare",
    "race",
    "read_purchases",
    "score",
    "summarise",
    "train",
]


def __getattr__(name: str) -> Any:
    # Importing all of it takes seconds, which `holdfast --help` must not pay.
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*__all__, "__version__"])
