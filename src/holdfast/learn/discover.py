"""Find the contenders in a folder, so that adding one is adding a file."""

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules
from typing import Any


def discovered(base: type, package: str, path: Iterable[str]) -> dict[str, Any]:
    """Return every named subclass of ``base`` in a package, by name: simple ones first, then by the alphabet."""
    for module in iter_modules(path):
        import_module(f"{package}.{module.name}")
    found = [c for c in _descendants(base) if "name" in vars(c) and c.__module__.startswith(f"{package}.")]
    return {c.name: c for c in sorted(found, key=lambda c: (not c.simple, c.name))}


def _descendants(of: type) -> list[Any]:
    children: list[Any] = of.__subclasses__()
    return [d for child in children for d in [child, *_descendants(child)]]
