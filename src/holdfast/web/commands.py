"""Commands: what needs the tables or the model store is done by the command itself, in a process of its own.

So it is recorded exactly as on a terminal, and its memory goes when it ends: MLflow alone takes as much as the page.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from holdfast.errors import (
    ConfigError,
    DamagedModelError,
    DataError,
    HoldfastError,
    NotEnoughDataError,
    NotFoundError,
    StorageError,
)
from holdfast.language import gettext as _

_REFUSALS = (ConfigError, DataError, NotEnoughDataError, NotFoundError, DamagedModelError, StorageError)
_KINDS: dict[int, type[HoldfastError]] = {kind.exit_code: kind for kind in _REFUSALS}
_CODE = "from holdfast.cli import main; main()"
_MARK = "holdfast: "


def run(words: Sequence[str], path: Path, changes: Sequence[str] = ()) -> dict[str, Any]:
    """Run a command of a scenario and return what it prints as JSON.

    Parameters
    ----------
    words
        The command and its options, such as ``("status", "--reviewed")``.
    path, changes
        The scenario's YAML file, and keys that are changed.

    Raises
    ------
    HoldfastError
        What the command refused, in its words.
    """
    options = [word for change in changes for word in ("--set", change)]
    command = [sys.executable, "-c", _CODE, *words, "-c", str(path), *options, "--json"]
    done = subprocess.run(  # noqa: S603  # our own command, no shell
        command, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", errors="replace", check=False
    )
    if done.returncode == 0:
        found: dict[str, Any] = json.loads(done.stdout)
        return found
    said = [line for line in done.stderr.splitlines() if line.startswith(_MARK)]
    sentence = said[-1].removeprefix(_MARK) if said else _("The command ended before it was done.")
    raise _KINDS.get(done.returncode, HoldfastError)(sentence)
