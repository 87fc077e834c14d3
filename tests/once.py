"""What takes a training is made once for all processes of a run of the tests; whoever asks gets a copy of their own."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from holdfast.disk import locked
from holdfast.track.files import readdress


def shared_by_all(factory: pytest.TempPathFactory) -> Path:
    """Return the folder of this run that all its processes see."""
    base = factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


def once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """Return a copy, in a new folder, of what ``make`` leaves in the folder it is given.

    Only for what the tests look at and do not ask to be made again: stores and outputs may be moved.
    """
    made = shared_by_all(factory) / f"once-{name}"
    with locked(made.with_suffix(".lock")):
        if not made.exists():
            draft = made.with_suffix(".draft")
            shutil.rmtree(draft, ignore_errors=True)
            draft.mkdir()
            make(draft)
            draft.rename(made)
    folder = shutil.copytree(made, factory.mktemp(name) / name)
    if (database := folder / "models" / "mlflow.db").exists():
        # Else whoever opens the store first writes to it, which looks like another training.
        readdress(database, folder / "models" / "artifacts")
    return folder
