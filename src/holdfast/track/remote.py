"""The model store of a team: an MLflow tracking server; what is needed of it is copied here, and checked, once."""

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.disk import locked, refusals
from holdfast.errors import HoldfastError, NotFoundError, StorageError
from holdfast.track.bundle import load_bundle
from holdfast.track.quiet import quiet_mlflow
from holdfast.track.reigns import CHAMPION
from holdfast.track.store import ABSENT, Champion, Store

if TYPE_CHECKING:
    from mlflow import MlflowClient

# MLflow would ask a server that is down for a quarter of an hour.
_PATIENCE = {"MLFLOW_HTTP_REQUEST_MAX_RETRIES": "2", "MLFLOW_HTTP_REQUEST_TIMEOUT": "60"}
_READ = ("race.json", "gate.json")


def open_store(models: Path, tracking_uri: str | None = None) -> Store:
    """Return the model store of a scenario.

    Parameters
    ----------
    models
        The folder of the embedded store; beside a tracking server, of copies of its models.
    tracking_uri
        The address of an MLflow tracking server, if it is one.
    """
    return Store(models) if tracking_uri is None else RemoteStore(models, tracking_uri)


class RemoteStore(Store):
    """A tracking server behind the methods of the embedded store.

    Who may write there decides what is promoted; a model that comes from it is data: its checksums are checked, and
    only this package's own code runs. MLflow reads names and passwords from its own variables of the environment
    (``MLFLOW_TRACKING_USERNAME``, ``MLFLOW_TRACKING_PASSWORD``, ``MLFLOW_TRACKING_TOKEN``).

    Parameters
    ----------
    folder
        Where copies are kept.
    uri
        ``http://`` or ``https://``.
    """

    def __init__(self, folder: Path, uri: str) -> None:
        super().__init__(folder)
        self.uri = uri
        self._artifacts = self.folder / "copies"

    def mark(self, name: str) -> object:
        """Return the number of the champion; None where there is none."""
        with self._open() as client:
            from mlflow.exceptions import MlflowException

            try:
                return str(client.get_model_version_by_alias(name, CHAMPION).version)
            except MlflowException as error:
                if error.error_code in ABSENT:
                    return None
                raise

    def predictor(self, champion: Champion) -> Callable[[Any], Any]:
        """Load the champion's bundle; code that lies on the server is not run."""
        return load_bundle(champion.bundle_folder).predict

    @contextmanager
    def _opened(self, name: str, *, change: bool = False) -> Iterator["MlflowClient"]:  # noqa: ARG002
        with self._open(change=change) as client:
            yield client

    @contextmanager
    def _open(self, *, change: bool = False) -> Iterator["MlflowClient"]:
        for name, value in _PATIENCE.items():
            os.environ.setdefault(name, value)
        with refusals(self.folder), ExitStack() as held:
            mlflow = held.enter_context(quiet_mlflow(self.uri))
            from mlflow.exceptions import MlflowException

            self._artifacts.mkdir(parents=True, exist_ok=True)
            if change:
                held.enter_context(locked(self.folder / ".lock", mode=0o666))
            try:
                yield mlflow.MlflowClient(self.uri, self.uri)
            except HoldfastError:
                raise
            except MlflowException as error:
                # Its words may hold an address with a name in it, or the values of a request.
                raise StorageError(
                    f"tracking_uri: the MLflow server refused, or did not answer ({error.error_code}). Is it "
                    "there, and may you write to it (MLFLOW_TRACKING_USERNAME and _PASSWORD, or MLFLOW_TRACKING_TOKEN)?"
                ) from error

    def _experiment(self, client: "MlflowClient", name: str) -> str:
        found = client.get_experiment_by_name(name)
        return str(found.experiment_id if found else client.create_experiment(name))

    def _sweep(self, client: "MlflowClient", experiment_id: str) -> None:
        """Leave what others may be writing alone: on a server nobody can tell what was killed."""

    def _model_folder(self, model_id: str) -> Path:
        folder = self._artifacts / "models" / model_id / "artifacts"
        if not folder.is_dir():
            self._copy(f"models:/{model_id}", folder)
        return folder

    def _documents(self, run_id: str) -> Path:
        """Return the documents of a run that people read; without those that the server does not have."""
        folder = self._artifacts / "runs" / run_id
        for name in _READ:
            if not (folder / name).is_file():
                try:
                    self._copy(f"runs:/{run_id}/{name}", folder / name)
                except NotFoundError:
                    continue
        return folder

    def _copy(self, address: str, place: Path) -> None:
        """Copy from the server, whole or not at all."""
        import mlflow

        place.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".draft-", dir=place.parent) as draft:
            try:
                got = Path(mlflow.artifacts.download_artifacts(artifact_uri=address, dst_path=draft))
            except Exception as error:
                raise NotFoundError(f"The MLflow server has no {place.name} of this model.") from error
            if not place.exists():
                shutil.move(got, place)
