"""What a user calls "the file" (a path, several, a glob, a folder, a file in a package) → the files to read."""

import glob
import importlib.resources
import importlib.util
import os
from collections.abc import Sequence
from pathlib import Path

from holdfast.data.reading.frames import Frame, is_frame
from holdfast.errors import ConfigError

PACKAGE_SCHEME = "package:"
URLS = ("postgresql://", "postgres://")
# What a folder's files must end in to be read; a file that is named is read whatever it is called.
READABLE = (".csv", ".tsv", ".tab", ".psv", ".txt", ".parquet", ".pq", ".xlsx", ".xlsm", ".zip", ".gz", ".zst")
# Programs' own files: of systems (.DS_Store), Spark (_SUCCESS), Excel (~$orders.xlsx while it is open).
HIDDEN = (".", "_", "~$")
_START = "Relative paths start at"


def paths_of(named: str | Path | Sequence[str | Path] | Frame, key: str) -> list[Path]:
    """Return the files to read, in the order given; those of a glob or a folder sorted by name; none for a frame.

    Parameters
    ----------
    named
        One name or several, each a file, a glob, a folder, or ``package:NAME/FILE``.
    key
        What messages call the setting.

    Raises
    ------
    ConfigError
        A file does not exist, a glob or a folder has none, or a file is named twice.
    """
    if is_frame(named) or url_of(named, key):
        return []
    if not isinstance(named, str | Path | Sequence):
        raise ConfigError(
            f"{key}: a {type(named).__name__} is neither a path nor a frame (collect a lazy frame first)."
        )
    names = [named] if isinstance(named, str | Path) else list(named)
    if not names:
        raise ConfigError(f"{key}: no file is named.")
    paths = [path for name in names for path in _files(str(name), key)]
    seen: set[str] = set()
    for path in paths:
        true = os.path.realpath(path)
        if true in seen:
            raise ConfigError(f"{key}: {path} is named twice, so its lines would count twice; name it once.")
        seen.add(true)
    return paths


def url_of(named: object, key: str) -> str | None:
    """Return the server that is named in place of files; None where files are.

    Raises
    ------
    ConfigError
        A server stands beside other files.
    """
    names = [named] if isinstance(named, str) else named if isinstance(named, Sequence) else []
    urls = [name for name in names if isinstance(name, str) and name.startswith(URLS)]
    if urls and len(names) > 1:
        raise ConfigError(f"{key}: a server cannot be read together with other files; name it alone.")
    return urls[0] if urls else None


def labels_of(paths: Sequence[Path]) -> list[str]:
    """Return what messages call each file: its name, with as many of its folders as tell it from the others.

    Examples
    --------
    >>> labels_of([Path("a/2024/p.csv"), Path("a/2025/p.csv")])
    ['2024/p.csv', '2025/p.csv']
    """
    for parts in range(1, max(len(path.parts) for path in paths) + 1):
        labels = ["/".join(path.parts[-parts:]) for path in paths]
        if len(set(labels)) == len(paths):
            break
    return labels


def lies_there(name: str) -> bool:
    """Say whether a path or a glob finds anything, seen from the current folder."""
    return Path(name).exists() or (_is_glob(name) and bool(_matches(name)))


def _matches(name: str) -> list[str]:
    return sorted(glob.glob(name, recursive=True))  # noqa: PTH207  # Path.glob takes no absolute pattern


def below(base: Path, name: str) -> str:
    """Return a path or a glob as seen from a folder."""
    return os.path.join(glob.escape(str(base)) if glob.has_magic(name) and not (base / name).exists() else base, name)  # noqa: PTH118  # a glob is no Path


def _is_glob(name: str) -> bool:
    return glob.has_magic(name) and not name.startswith(PACKAGE_SCHEME) and not Path(name).exists()


def _files(name: str, key: str) -> list[Path]:
    path = _inside_package(name, key) if name.startswith(PACKAGE_SCHEME) else _at_home(name, key)
    try:
        if path.is_dir():
            return _of_folder(path, key)
        globbed = not path.is_file() and _is_glob(str(path))
        matches = _matches(str(path)) if globbed else [str(path)]
        found = [Path(match) for match in matches if Path(match).is_file()]
    except (OSError, ValueError):
        raise ConfigError(f"{key}: {name[:200]} is no path. {_START} {Path.cwd()}.") from None
    if not found:
        said = f"no file matches {name[:200]}" if globbed else f"{name[:200]} does not exist"
        raise ConfigError(f"{key}: {said}. {_START} {Path.cwd()}.")
    return found


def _at_home(name: str, key: str) -> Path:
    try:
        return Path(name).expanduser()
    except RuntimeError:
        raise ConfigError(f"{key}: there is no home folder for {name}.") from None


def _inside_package(name: str, key: str) -> Path:
    package, _, inside = name.removeprefix(PACKAGE_SCHEME).partition("/")
    try:
        spec = importlib.util.find_spec(package)
    except (ImportError, ValueError):
        spec = None
    if spec is None:
        advice = ' It comes with: pip install "holdfast[lifetimes]".' if package == "lifetimes" else ""
        raise ConfigError(f'{key}: the package "{package}" is not installed.{advice}')
    # The module is not run: importing a package may change global options, or fail.
    files = importlib.resources.files(importlib.util.module_from_spec(spec))
    return Path(str(files.joinpath(inside)))


def _of_folder(folder: Path, key: str) -> list[Path]:
    """Return a folder's files that can be read, and those of its partitions (``year=2024/…``)."""
    if (folder / "_delta_log").is_dir():
        raise ConfigError(
            f"{key}: {folder} is a Delta table, whose files hold deleted rows too. Export it to Parquet, or hand it "
            "over as a frame."
        )
    found = _readable(folder)
    if not found:
        raise ConfigError(f"{key}: the folder {folder} has no file that ends in {', '.join(READABLE)}.")
    return found


def _readable(folder: Path) -> list[Path]:
    found: list[Path] = []
    for entry in sorted(folder.iterdir()):
        if entry.name.startswith(HIDDEN):
            continue
        if entry.is_dir() and "=" in entry.name:
            found += _readable(entry)
        elif entry.is_file() and entry.suffix.lower() in READABLE:
            found.append(entry)
    return found
