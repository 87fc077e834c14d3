"""The embedded model store: MLflow on SQLite and a folder of artefacts, all below ``models/``."""

import hashlib
import json
import logging
import os
import shutil
import sqlite3
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.columns.plain import plain
from holdfast.errors import DamagedModelError, NotFoundError
from holdfast.track.bundle import verify_bundle

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHAMPION, CHALLENGER = "champion", "challenger"
_PYFUNC = Path(__file__).parent.parent / "serve" / "pyfunc.py"
_VERSION_TAG, _DIGEST_TAG, _PROCESS_TAG = "holdfast.model_version", "holdfast.sha256", "holdfast.process"
_REIGNS_TAG = "holdfast.champions"  # numbers of all champions so far, the present one last
_MLFLOW_SETTINGS = ("MLFLOW_TRACKING_URI", "MLFLOW_REGISTRY_URI")
# Where MLflow keeps absolute addresses of artefacts.
_ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)


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
    documents: dict[str, dict[str, Any]]
    """JSON files beside the run, by name: metrics, the race, the gate's verdict."""


def flat_metrics(verdict: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Return the numbers of a nested verdict under dotted names, as MLflow wants them."""
    flat: dict[str, float] = {}
    for key, value in verdict.items():
        if isinstance(value, dict):
            flat |= flat_metrics(value, f"{prefix}{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            flat[prefix + key] = float(value)
    return flat


@dataclass(frozen=True)
class Champion:
    """A registered model, checked and ready to load: the champion, or a challenger."""

    name: str
    number: int
    model_version: str
    folder: Path

    @property
    def bundle_folder(self) -> Path:
        """Folder of the bundle inside the MLflow model."""
        return self.folder / "artifacts" / "bundle"


class Store:
    """MLflow's database and artefacts below one folder, which may be moved.

    Parameters
    ----------
    folder
        Usually ``models/``.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.resolve()
        self.database = self.folder / "mlflow.db"
        self.uri = f"sqlite:///{self.database}"
        self._artifacts = self.folder / "artifacts"

    def record(self, record: TrainingRecord, bundle: Path, signature: Any, *, promote: bool = True) -> Champion:
        """Log one training run, register its model if its content is new, and return it.

        It becomes the challenger, and with ``promote`` the champion too.
        """
        version = verify_bundle(bundle)
        with self._open() as client:
            import mlflow

            experiment_id = self._experiment(client, record.name)
            _sweep(client, experiment_id)
            tags = {**record.tags, _VERSION_TAG: version, _PROCESS_TAG: str(os.getpid())}
            with mlflow.start_run(experiment_id=experiment_id, tags=tags, nested=True) as run:
                mlflow.log_params(record.parameters)
                mlflow.log_metrics(record.metrics)
                mlflow.log_text(record.config, "config.yaml")
                for name, document in record.documents.items():
                    mlflow.log_dict(plain(document), name)
                _log_dataset(record)
                number = self._known(client, record.name, version)
                if number is None:
                    model_id = _log_model(bundle, signature)
                    number = self._register(client, record.name, version, model_id, run.info.run_id)
            client.set_registered_model_alias(record.name, CHALLENGER, str(number))
            if promote:
                _crown(client, record.name, number)
        return self._checked(record.name, CHALLENGER)

    def record_trial(self, experiment: str, name: str, parameters: dict[str, Any], metrics: dict[str, float]) -> None:
        """Log one trial of a search as a run of its own; one without metrics was given up."""
        with self._open() as client:
            import mlflow

            with mlflow.start_run(experiment_id=self._experiment(client, experiment), run_name=name, nested=True):
                mlflow.log_params(parameters)
                mlflow.log_metrics(metrics)
                mlflow.set_tag("holdfast.trial", "finished" if metrics else "given up")

    def promote(self, name: str) -> Champion:
        """Make the challenger, the model trained last, the champion.

        Raises
        ------
        NotFoundError, DamagedModelError
            No model of this name was trained yet, or its files are not what was written.
        """
        challenger = self._checked(name, CHALLENGER)
        with self._open() as client:
            _crown(client, name, challenger.number)
        return self.champion(name)

    def rollback(self, name: str) -> Champion:
        """Make the champion before the present one the champion again.

        Raises
        ------
        NotFoundError
            There was none.
        """
        present = self.champion(name)
        with self._open() as client:
            reigns = _reigns(client, name)
            if len(reigns) < 2:
                raise NotFoundError(f'"{name}" had no champion before {present.model_version}.')
            client.set_registered_model_tag(name, _REIGNS_TAG, json.dumps(reigns[:-1]))
            client.set_registered_model_alias(name, CHAMPION, str(reigns[-2]))
        return self.champion(name)

    def champion(self, name: str) -> Champion:
        """Return the champion after checking every file of it.

        Raises
        ------
        NotFoundError
            No model of this name was trained yet.
        DamagedModelError
            One of its files is missing or was changed.
        """
        return self._checked(name, CHAMPION)

    def _checked(self, name: str, alias: str) -> Champion:
        if not self.database.is_file():
            raise NotFoundError(f'No model "{name}" in {self.folder} yet: run `holdfast train` first.')
        with self._open() as client:
            from mlflow.exceptions import MlflowException

            try:
                found = client.get_model_version_by_alias(name, alias)
            except MlflowException:
                raise NotFoundError(
                    f'No {alias} "{name}" in {self.folder} yet: run `holdfast train` first; where the gate refused '
                    "the model, `holdfast promote` overrules it."
                ) from None
        folder = self._folder_of(found)
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
        """Import MLflow quietly, and create, migrate or readdress the database in one process at a time."""
        os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
        os.environ.setdefault("DO_NOT_TRACK", "true")
        self._artifacts.mkdir(parents=True, exist_ok=True)
        with warnings.catch_warnings():
            # What MLflow says of its own parts, and that an input example is missing: one would store customers' rows.
            for category in (DeprecationWarning, FutureWarning, UserWarning):
                warnings.simplefilter("ignore", category)
            import mlflow

            before = {name: os.environ.get(name) for name in _MLFLOW_SETTINGS}
            mlflow.set_tracking_uri(self.uri)
            mlflow.set_registry_uri(self.uri)
            for noisy in ("mlflow", "alembic"):
                logging.getLogger(noisy).setLevel(logging.ERROR)
            try:
                with _locked(self.folder / ".lock"):
                    self._readdress()
                    client = mlflow.MlflowClient(self.uri, self.uri)
                    client.search_experiments(max_results=1)
                yield client
            finally:
                _restore(before)

    def _readdress(self) -> None:
        """Let the database find its artefacts where they lie now: MLflow keeps the absolute path of the first day."""
        marker = self.folder / ".address"
        here = self._artifacts.as_uri()
        there = marker.read_text(encoding="utf-8") if marker.is_file() else here
        if there != here and self.database.is_file():
            with closing(sqlite3.connect(self.database)) as connection, connection:
                for table, column in _ADDRESSES:
                    connection.execute(
                        f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                        (here, len(there) + 1, len(there), there),
                    )
        if there != here or not marker.is_file():
            marker.write_text(here, encoding="utf-8")

    def _experiment(self, client: "MlflowClient", name: str) -> str:
        found = client.get_experiment_by_name(name)
        return str(found.experiment_id if found else client.create_experiment(name, self._artifacts.as_uri()))

    def _known(self, client: "MlflowClient", name: str, version: str) -> int | None:
        """Return the number of the registered, undamaged model with this content, if there is one."""
        for found in client.search_model_versions(f"name = '{name}'"):
            if found.tags.get(_VERSION_TAG) == version:
                folder = self._folder_of(found)
                if folder.is_dir() and _digest(folder) == found.tags.get(_DIGEST_TAG):
                    return int(found.version)
        return None

    def _register(self, client: "MlflowClient", name: str, version: str, model_id: str, run_id: str) -> int:
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        tags = {_VERSION_TAG: version, _DIGEST_TAG: _digest(self._artifacts / "models" / model_id / "artifacts")}
        created = client.create_model_version(name, f"models:/{model_id}", run_id, tags=tags, model_id=model_id)
        return int(created.version)

    def _folder_of(self, found: Any) -> Path:
        """Return where the files of a registered model version lie."""
        return self._artifacts / "models" / str(found.source).rpartition("/")[2] / "artifacts"


def _reigns(client: "MlflowClient", name: str) -> list[int]:
    tags = client.get_registered_model(name).tags
    return [int(number) for number in json.loads(tags.get(_REIGNS_TAG, "[]"))]


def _crown(client: "MlflowClient", name: str, number: int) -> None:
    reigns = _reigns(client, name)
    if not reigns or reigns[-1] != number:
        client.set_registered_model_tag(name, _REIGNS_TAG, json.dumps([*reigns, number]))
    client.set_registered_model_alias(name, CHAMPION, str(number))


def _log_model(bundle: Path, signature: Any) -> str:
    """Log the pyfunc with its bundle in the active run; return MLflow's id of the model."""
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
        )
    return str(logged.model_id)


def _restore(before: dict[str, str | None]) -> None:
    """Leave MLflow and the environment, where it keeps its addresses, as the caller had them."""
    import mlflow

    mlflow.set_tracking_uri(before["MLFLOW_TRACKING_URI"])
    mlflow.set_registry_uri(before["MLFLOW_REGISTRY_URI"])
    for name, value in before.items():
        if value is None:
            os.environ.pop(name, None)


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
