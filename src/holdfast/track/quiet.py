"""MLflow without its noise: no progress bars, no telemetry, no warnings of its own parts, no home folder needed."""

import logging
import os
import sys
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

# MLflow keeps its addresses in the environment.
_TRACKING, _REGISTRY = "MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI"
_BAR = "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"
_NOISY = ("mlflow", "alembic")


def import_mlflow() -> Any:
    """Return the module, imported with telemetry off.

    MLflow asks for a home folder when it is imported, and needs none; a service account may have none.
    """
    os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
    os.environ.setdefault("DO_NOT_TRACK", "true")
    homeless = {} if "mlflow" in sys.modules or _has_home() else {"HOME": tempfile.gettempdir()}
    with warnings.catch_warnings(), _environment(**homeless):
        # In a notebook without widgets it tells of progress bars that nobody asked for.
        warnings.filterwarnings("ignore", message="IProgress not found")
        import mlflow

    return mlflow


@contextmanager
def quiet_mlflow(uri: str) -> Iterator[Any]:
    """Yield MLflow, silent and pointed at ``uri``; afterwards everything is as the caller had it."""
    levels = {name: logging.getLogger(name).level for name in _NOISY}
    with warnings.catch_warnings(), _environment(**{_BAR: "false"}), _main_with_a_file():
        # What MLflow says of its own parts, and that an input example is missing: one would store customers' rows.
        for category in (DeprecationWarning, FutureWarning, UserWarning):
            warnings.simplefilter("ignore", category)
        mlflow = import_mlflow()
        for name in levels:
            # It also logs what it raises, with the values of the statement at fault.
            logging.getLogger(name).setLevel(logging.CRITICAL)
        tracking, registry = os.environ.get(_TRACKING), os.environ.get(_REGISTRY)
        with _environment(**{_TRACKING: uri, _REGISTRY: uri}):
            mlflow.set_tracking_uri(uri)
            mlflow.set_registry_uri(uri)
            try:
                yield mlflow
            finally:
                mlflow.set_tracking_uri(tracking)
                mlflow.set_registry_uri(registry)
                for name, level in levels.items():
                    logging.getLogger(name).setLevel(level)


@contextmanager
def _main_with_a_file() -> Iterator[None]:
    """Let ``__main__`` have a file until the block ends, in a process that runs none (``python -c``).

    MLflow asks Spark's client, where it is installed, for a session; without a file the client takes itself to be under
    doctest and ends the process.
    """
    main = sys.modules["__main__"]
    if hasattr(main, "__file__"):
        yield
        return
    main.__file__ = "<string>"
    try:
        yield
    finally:
        del main.__file__


def _has_home() -> bool:
    try:
        Path.home()
    except RuntimeError:
        return False
    return True


@contextmanager
def _environment(**changes: str) -> Iterator[None]:
    """Set variables of the environment until the block ends."""
    before = {name: os.environ.get(name) for name in changes}
    os.environ.update(changes)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
