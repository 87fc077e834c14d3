"""Paths of a scenario that lies in another folder than the one it was written from."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from holdfast.data.reading.files import URLS, below, lies_there
from holdfast.onboarding.findings import Findings


def seen_from(found: Findings, folder: Path) -> Findings:
    """Return findings whose paths, those of files beside the main table too, are found from a folder.

    Of a scenario that lies here nothing changes. A path that from here would name something else becomes an absolute
    one: a path is looked for from here first, and then from the folder of the scenario.

    Examples
    --------
    >>> found = Findings(paths=["postgresql://db/shop"])
    >>> seen_from(found, Path(".")) is found, seen_from(found, Path("..")).paths
    (True, ['postgresql://db/shop'])
    """
    if folder.resolve() == Path.cwd():
        return found
    settings = dict(found.settings)
    if lookups := settings.get("lookups"):
        settings["lookups"] = [{**one, "path": _all(one["path"], folder)} for one in lookups]
    tables = {name: replace(keys, paths=_listed(keys.paths, folder)) for name, keys in found.tables.items()}
    return replace(found, paths=_listed(found.paths, folder), settings=settings, tables=tables)


def _listed(paths: Sequence[str | Path], folder: Path) -> list[str]:
    return [_seen(str(path), folder) for path in paths]


def _all(paths: str | Path | Sequence[str | Path], folder: Path) -> str | list[str]:
    return _seen(str(paths), folder) if isinstance(paths, str | Path) else _listed(paths, folder)


def _seen(path: str, folder: Path) -> str:
    if path.startswith(URLS) or Path(path).is_absolute():
        return path
    whole = os.path.abspath(path)  # noqa: PTH100  # links stay as they are named
    try:
        relative = os.path.relpath(whole, os.path.abspath(folder)).replace(os.sep, "/")  # noqa: PTH100
    except ValueError:  # another drive
        return whole
    # Behind links a way up may lead elsewhere.
    return relative if lies_there(below(folder, relative)) and not lies_there(relative) else whole
