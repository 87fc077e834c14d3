"""Learnt policies on disk: bundles as those of models, below ``<models>/policies/<name>``."""

import re
from dataclasses import dataclass
from pathlib import Path

from holdfast.columns.plain import plain
from holdfast.disk import whole_folder
from holdfast.errors import ConfigError, DamagedModelError, NotFoundError, nearest
from holdfast.experiments.learnt import LearntPolicy
from holdfast.track.bundle import read_files, write_files

_FOLDER = "policies"


@dataclass(frozen=True)
class Registered:
    """A policy as it was registered: its name, the version of its content, and where it lies."""

    name: str
    version: str
    folder: Path
    policy: LearntPolicy


def register_policy(models: Path, name: str, policy: LearntPolicy) -> Registered:
    """Write a policy in place of the one of this name, whole or not at all.

    Raises
    ------
    ConfigError
        The name is no name of a folder.
    StorageError
        The system refuses.
    """
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
        raise ConfigError(f'register: "{name}": use letters, digits, dots, dashes and underscores: it names a folder.')
    home = models / _FOLDER
    with whole_folder(home / name, home) as draft:
        version = write_files(draft, policy.to_dict(), plain(policy.facts))
    return Registered(name, version, home / name, policy)


def read_policy(models: Path, name: str) -> Registered:
    """Check every file of a policy against its manifest, then load it.

    Raises
    ------
    NotFoundError
        There is none of this name.
    DamagedModelError
        A file is missing or is not the one that was written; nothing is loaded then.
    """
    home = models / _FOLDER
    known = sorted(path.parent.name for path in home.glob("[!.]*/manifest.json"))
    if name not in known:
        raise NotFoundError(
            f'There is no policy "{name}" in {home}.{nearest(name, known)} `holdfast uplift --register {name}` learns '
            "one from a randomised campaign."
        )
    try:
        state, version, facts = read_files(home / name)
    except DamagedModelError as error:
        said = str(error).replace("run `holdfast train` to make a new one", "register the policy again")
        raise DamagedModelError(said) from None
    return Registered(name, version, home / name, LearntPolicy.from_dict(state, facts))
