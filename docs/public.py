"""What is public: the modules that pages and notebooks tell users to import from, and the names of each."""

import inspect
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

MODULES = (
    "holdfast",
    "holdfast.churn",
    "holdfast.clv",
    "holdfast.clv.plots",
    "holdfast.data",
    "holdfast.errors",
    "holdfast.evaluate",
    "holdfast.experiments",
    "holdfast.features",
    "holdfast.kpis.historical",
    "holdfast.kpis.satisfaction",
    "holdfast.pipeline",
    "holdfast.segments.rfm",
)


def names(module: ModuleType) -> list[str]:
    """Return the public names of a module: its ``__all__``, or the functions and classes it defines itself."""
    stated = getattr(module, "__all__", None)
    if stated is not None:
        return sorted(stated)
    own = ((n, o) for n, o in vars(module).items() if not n.startswith("_") and documented(o))
    return sorted(name for name, thing in own if thing.__module__ == module.__name__)


def documented(thing: Any) -> bool:
    """Say whether a thing has a docstring of its own: functions and classes do, constants do not."""
    return inspect.isclass(thing) or inspect.isfunction(thing)


def public() -> Iterator[tuple[str, str, Any]]:
    """Yield (module, name, thing) of every public function and class."""
    for place in MODULES:
        module = import_module(place)
        for name in names(module):
            if documented(thing := getattr(module, name)):
                yield place, name, thing
