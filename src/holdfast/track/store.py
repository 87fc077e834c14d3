"""The embedded model store: MLflow on SQLite and a folder of artefacts, all below ``models/``."""

import hashlib
import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.errors import DamagedModelError, NotFoundError
from holdfast.track.bundle import verify_bundle

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION = "champion"
_PYFUNC = Path(__file__).parent.parent / "serve" / "pyfunc.py"
_VERSION_TAG, _DIGEST_TAG, _PROCESS_TAG = "holdfast.model_version", "holdfast.sha256", "holdfast.process"


@dataclass(frozen=True)
class TrainingRecord:
    """What a training run leaves in MLflow."""

    name: str
    parameters: dict[str, Any]
    metrics: dict[str, float]
    tags: dict[str, str]
    config: str
    dataset: str
    dataset_digest: str
    verdict: dict[str, Any]


@dataclass(frozen=True)
class Champion:
    """The registered model under the alias ``champion``, checked and ready to load."""

    name: str
    number: int
    model_version: str
    folder: Path

    @property
    def bundle_folder(self) -> Path:
        """Folder of the bundle inside the MLflow model."""
        return self.folder / "artifacts" / "bundle"


class Store:
    """MLflow's database and artefacts below one folder; opened by one process at a time while it is created.

    Parameters
    ----------
    folder
        Usually ``models/``. Artefacts are found relative to it, so the project can be moved.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.uri = f"sqlite:///{self.folder / 'mlflow.db'}"
        self._artifacts = self.folder / "artifacts"

    def record(self, record: TrainingRecord, bundle: Path, signature: Any) -> Champion:
        """Log one training run, register its model if its content is new, and make it the champion."""
        version = verify_bundle(bundle)
        with self._open() as client:
            import mlflow

            experiment = client.get_experiment_by_name(record.name)
            experiment_id = (
                experiment.experiment_id
                if experiment
                else client.create_experiment(record.name, artifact_location=self._artifacts.as_uri())
            )
            _sweep(client, experiment_id)
            tags = {**record.tags, _VERSION_TAG: version, _PROCESS_TAG: str(os.getpid())}
            with mlflow.start_run(experiment_id=experiment_id, tags=tags):
                mlflow.log_params(record.parameters)
                mlflow.log_metrics(record.metrics)
                mlflow.log_text(record.config, "config.yaml")
                mlflow.log_dict(record.verdict, "metrics.json")
                _log_dataset(record)
                number = self._known(client, record.name, version) or self._register(
                    client, record.name, version, bundle, signature
                )
            client.set_registered_model_alias(record.name, CHAMPION, str(number))
        return self.champion(record.name)

    def champion(self, name: str) -> Champion:
        """Return the champion after checking every file of it.

        Raises
        ------
        NotFoundError
            No model of this name was trained yet.
        DamagedModelError
            One of its files is missing or was changed.
        """
        if not (self.folder / "mlflow.db").is_file():
            raise NotFoundError(f'No model "{name}" in {self.folder} yet: run `holdfast train` first.')
        with self._open() as client:
            from mlflow.exceptions import MlflowException

            try:
                found = client.get_model_version_by_alias(name, CHAMPION)
            except MlflowException:
                raise NotFoundError(f'No champion "{name}" in {self.folder} yet: run `holdfast train` first.') from None
            folder = self._folder_of(client, found)
            if not folder.is_dir() or _digest(folder) != found.tags.get(_DIGEST_TAG):
                # Name the file at fault where it is one of the bundle's.
                verify_bundle(folder / "artifacts" / "bundle")
                raise DamagedModelError(
                    f"A file of the model in {folder} is missing or was changed. "
                    "Nothing of it was loaded; run `holdfast train` to make a new one."
                )
        champion = Champion(name, int(found.version), str(found.tags[_VERSION_TAG]), folder)
        verify_bundle(champion.bundle_folder)
        return champion

    def predict(self, champion: Champion, features: Any) -> Any:
        """Score features with the champion's pyfunc, as ``mlflow models serve`` would."""
        with self._open():
            import mlflow

            return mlflow.pyfunc.load_model(str(champion.folder)).predict(features)

    @contextmanager
    def _open(self) -> Iterator["MlflowClient"]:
        """Import MLflow quietly, and create or migrate the database in one process only."""
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("DO_NOT_TRACK", "true")
        self._artifacts.mkdir(parents=True, exist_ok=True)
        for noisy in ("mlflow", "alembic"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        import mlflow

        before = mlflow.get_tracking_uri(), mlflow.get_registry_uri()
        mlflow.set_tracking_uri(self.uri)
        mlflow.set_registry_uri(self.uri)
        for noisy in ("mlflow", "alembic"):
            logging.getLogger(noisy).setLevel(logging.ERROR)
        try:
            with _locked(self.folder / ".lock"):
                client = mlflow.MlflowClient(self.uri, self.uri)
                client.search_experiments(max_results=1)
            yield client
        finally:
            mlflow.set_tracking_uri(before[0])
            mlflow.set_registry_uri(before[1])

    def _known(self, client: "MlflowClient", name: str, version: str) -> int | None:
        """Number of the registered, undamaged model with this content, if there is one."""
        for found in client.search_model_versions(f"name = '{name}'"):
            if found.tags.get(_VERSION_TAG) == version:
                folder = self._folder_of(client, found)
                if folder.is_dir() and _digest(folder) == found.tags.get(_DIGEST_TAG):
                    return int(found.version)
        return None

    def _register(self, client: "MlflowClient", name: str, version: str, bundle: Path, signature: Any) -> int:
        import mlflow

        from holdfast import __version__

        # MLflow copies the folder under its own name, so it must be called what the pyfunc expects.
        with tempfile.TemporaryDirectory(prefix="holdfast-") as scratch:
            copied = Path(shutil.copytree(bundle, Path(scratch) / "bundle"))
            logged = mlflow.pyfunc.log_model(
                name="model",
                python_model=str(_PYFUNC),
                artifacts={"bundle": str(copied)},
                signature=signature,
                # Stated, or MLflow spends 13 s guessing them.
                pip_requirements=[f"holdfast=={__version__}"],
                registered_model_name=name,
            )
        number = int(logged.registered_model_version)
        folder = self._folder_of(client, client.get_model_version(name, str(number)))
        client.set_model_version_tag(name, str(number), _VERSION_TAG, version)
        client.set_model_version_tag(name, str(number), _DIGEST_TAG, _digest(folder))
        return number

    def _folder_of(self, client: "MlflowClient", found: Any) -> Path:
        """Where a registered model's files lie now; MLflow keeps the absolute path of the day they were written."""
        written = str(client.get_logged_model(found.model_id).artifact_location)
        return self._artifacts / "models" / written.rpartition("/artifacts/models/")[2]


@contextmanager
def _locked(path: Path) -> Iterator[None]:
    """Hold a lock between processes: two that create the same SQLite database at once destroy each other's work."""
    with path.open("w") as file:
        try:
            import fcntl
        except ImportError:  # not on Windows, where two trainings at once must not be started on a new store
            yield
            return
        fcntl.flock(file, fcntl.LOCK_EX)
        try:
            yield
        finally:
            fcntl.flock(file, fcntl.LOCK_UN)


def _sweep(client: "MlflowClient", experiment_id: str) -> None:
    """Mark runs as killed whose process is gone; they would say RUNNING for ever."""
    for run in client.search_runs([experiment_id], "attributes.status = 'RUNNING'"):
        process = run.data.tags.get(_PROCESS_TAG, "")
        if process.isdigit() and not _alive(int(process)):
            client.set_terminated(run.info.run_id, "KILLED")


def _alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True


def _log_dataset(record: TrainingRecord) -> None:
    """Note which purchases were used: where they lay and their digest, none of the rows."""
    import mlflow
    from mlflow.data.meta_dataset import MetaDataset
    from mlflow.data.sources import LocalArtifactDatasetSource

    source = LocalArtifactDatasetSource(record.dataset)
    mlflow.log_input(MetaDataset(source, name="purchases", digest=record.dataset_digest[:36]), context="training")


def _digest(folder: Path) -> str:
    """Digest of every file MLflow will read, the code among them; what MLflow adds on loading is left out."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.name == "registered_model_meta" or "__pycache__" in path.parts:
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(json.dumps([path.relative_to(folder).as_posix(), content]).encode())
    return total.hexdigest()
