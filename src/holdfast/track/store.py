"""The embedded model store: MLflow on SQLite and a folder of artefacts, all below ``models/``."""

import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from holdfast.disk import flush, locked, refusals
from holdfast.errors import DamagedModelError, NotFoundError
from holdfast.language import told
from holdfast.track.bundle import verify_bundle
from holdfast.track.database import database_refusals, make_tuning, make_whole
from holdfast.track.files import digest_of, readdress
from holdfast.track.quiet import quiet_mlflow
from holdfast.track.record import TrainingRecord, log_record, safe_names
from holdfast.track.reigns import CHAMPION, REIGNS_TAG, crown, reigns

if TYPE_CHECKING:
    from mlflow import MlflowClient

CHALLENGER = "challenger"
_PYFUNC = Path(__file__).parent.parent / "serve" / "pyfunc.py"
_VERSION_TAG, _DIGEST_TAG, _PROCESS_TAG = "holdfast.model_version", "holdfast.sha256", "holdfast.process"

ABSENT = ("RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE", "NOT_FOUND")
"""What MLflow says of a name or an alias that is not there."""


@dataclass(frozen=True)
class Champion:
    """A registered model, checked and ready to load: the champion, or a challenger."""

    name: str
    number: int
    model_version: str
    folder: Path
    documents: Path = Path()  # what its training wrote for people: race.json, gate.json

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
        with self._open(change=True) as client:
            import mlflow

            experiment_id = self._experiment(client, record.name)
            self._sweep(client, experiment_id)
            tags = {**record.tags, _VERSION_TAG: version, _PROCESS_TAG: str(os.getpid())}
            with mlflow.start_run(experiment_id=experiment_id, run_name=record.title, tags=tags, nested=True) as run:
                mlflow.log_params(safe_names(record.parameters))
                number = self._known(client, record.name, version)
                model_id = self._log_model(bundle, signature) if number is None else ""
                # The model is there by now, and gets the figures with the run: it would ask for each of them in turn.
                log_record(record)
                if number is None:
                    number = self._register(client, record.name, version, model_id, run.info.run_id)
                # Of a model that was known before too: the gate may say something else of it today.
                client.update_model_version(record.name, str(number), description=record.card)
            client.set_registered_model_alias(record.name, CHALLENGER, str(number))
            if promote:
                crown(client, record.name, number)
            return self._found(client, record.name, CHALLENGER)

    def record_trial(self, experiment: str, name: str, parameters: dict[str, Any], metrics: dict[str, float]) -> None:
        """Log one trial of a search as a run of its own, if it is not there yet; one without metrics was given up."""
        with self._open(change=True) as client:
            import mlflow

            experiment_id = self._experiment(client, experiment)
            self._sweep(client, experiment_id)
            if client.search_runs(
                [experiment_id], f"attributes.run_name = '{name}' and attributes.status = 'FINISHED'"
            ):
                return
            tags = {_PROCESS_TAG: str(os.getpid())}
            with mlflow.start_run(experiment_id=experiment_id, run_name=name, tags=tags, nested=True):
                mlflow.log_params(safe_names(parameters))
                mlflow.log_metrics(safe_names(metrics))
                mlflow.set_tag("holdfast.trial", "finished" if metrics else "given up")

    @contextmanager
    def search(self, name: str) -> Iterator[str]:
        """Yield the address of Optuna's database, for the one search of a scenario at a time.

        Raises
        ------
        StorageError
            Another process searches for this scenario.
        """
        database = self.folder / "tuning.db"
        with refusals(database), database_refusals(database):
            self.folder.mkdir(parents=True, exist_ok=True)
            with locked(self.folder / f".tuning-{name}.lock", mode=0o666, wait=False):
                with locked(self.folder / ".lock", mode=0o666):
                    make_whole(database, make_tuning)
                yield f"sqlite:///{database}"

    def promote(self, name: str) -> Champion:
        """Make the challenger, the model trained last, the champion.

        Raises
        ------
        NotFoundError, DamagedModelError
            No model of this name was trained yet, or its files are not what was written.
        """
        with self._opened(name, change=True) as client:
            crown(client, name, self._found(client, name, CHALLENGER).number)
            return self._found(client, name, CHAMPION)

    def rollback(self, name: str) -> Champion:
        """Make the champion before the present one the champion again.

        Raises
        ------
        NotFoundError
            There was none.
        """
        with self._opened(name, change=True) as client:
            present = self._found(client, name, CHAMPION)
            champions = reigns(client, name)
            if len(champions) < 2:
                raise NotFoundError(f'"{name}" had no champion before {present.model_version}.')
            # In this order: a list that is longer than the alias says is read up to the alias.
            client.set_registered_model_alias(name, CHAMPION, str(champions[-2]))
            client.set_registered_model_tag(name, REIGNS_TAG, json.dumps(champions[:-1]))
            return self._found(client, name, CHAMPION)

    def champion(self, name: str) -> Champion:
        """Return the champion after checking every file of it.

        Raises
        ------
        NotFoundError
            No model of this name was trained yet.
        DamagedModelError
            One of its files is missing or was changed.
        """
        with self._opened(name) as client:
            return self._found(client, name, CHAMPION)

    def mark(self, name: str) -> object:  # noqa: ARG002  # one database for all names
        """Return what is another value once the champion of a name may be another; cheap."""
        with suppress(FileNotFoundError):
            told = self.database.stat()
            return told.st_mtime_ns, told.st_size, told.st_ino
        return None

    def card(self, name: str, alias: str = CHAMPION) -> tuple[Champion, str]:
        """Return the champion, or the challenger, and its model card.

        Raises
        ------
        NotFoundError, DamagedModelError
            There is none, it has no card, or its files are not what was written.
        """
        with self._opened(name) as client:
            found = self._found(client, name, alias)
            card = client.get_model_version(name, str(found.number)).description
        if not card:
            raise NotFoundError(f"{found.model_version} was trained before there were cards: run `holdfast train`.")
        return found, str(card)

    def versions(self, name: str) -> list[dict[str, Any]]:
        """Return every registered model of a name, oldest first: ``number``, ``model_version``, ``as_of``, ``aliases``.

        Raises
        ------
        NotFoundError
            No model of this name was trained yet.
        """
        with self._opened(name) as client:
            found = sorted(client.search_model_versions(f"name = '{name}'"), key=lambda v: int(v.version))
            aliases = dict(client.get_registered_model(name).aliases) if found else {}
            return [
                {
                    "number": int(v.version),
                    "model_version": v.tags.get(_VERSION_TAG),
                    "as_of": client.get_run(v.run_id).data.tags.get("as_of"),
                    "aliases": sorted(alias for alias, number in aliases.items() if int(number) == int(v.version)),
                }
                for v in found
            ]

    def last_trained(self, name: str) -> date | None:
        """Return the day of the last training that was finished, in this machine's time zone; None if there is none."""
        with self._opened(name) as client:
            experiment_id = self._experiment(client, name)
            runs = client.search_runs(
                [experiment_id], "attributes.status = 'FINISHED'", max_results=1, order_by=["attributes.end_time DESC"]
            )
        return date.fromtimestamp(runs[0].info.end_time / 1000) if runs else None

    def predict(self, champion: Champion, features: Any) -> Any:
        """Score features with the champion's pyfunc, as ``mlflow models serve`` would."""
        return self.predictor(champion)(features)

    def predictor(self, champion: Champion) -> Callable[[Any], Any]:
        """Load the champion's pyfunc once, to score features with it any number of times.

        The model that was served checks its rows itself; MLflow's own check, which looks at every cell of the columns
        without a type in turn, would take longer than the scoring.
        """
        with self._open():
            import mlflow

            model = mlflow.pyfunc.load_model(str(champion.folder), suppress_warnings=True)
        served, reads = model.unwrap_python_model(), model.metadata.get_input_schema().input_names()

        def predict(features: Any) -> Any:
            with quiet_mlflow(self.uri):
                return served.predict(None, features[[name for name in reads if name in features]])

        return predict

    def _found(self, client: "MlflowClient", name: str, alias: str) -> Champion:
        """Return the model with an alias after checking every file of it."""
        from mlflow.exceptions import MlflowException

        try:
            found = client.get_model_version_by_alias(name, alias)
        except MlflowException as error:
            if error.error_code not in ABSENT:
                raise
            raise NotFoundError(
                told(
                    'No {alias} "{name}" in {folder} yet: run `holdfast train` first; where the gate refused '
                    "the model, `holdfast promote` overrules it.",
                    alias=alias,
                    name=name,
                    folder=self.folder,
                )
            ) from None
        folder = self._folder_of(found)
        if not folder.is_dir() or digest_of(folder) != found.tags.get(_DIGEST_TAG):
            # Name the file at fault where it is one of the bundle's.
            verify_bundle(folder / "artifacts" / "bundle")
            raise DamagedModelError(
                f"A file of the model in {folder} is missing or was changed. "
                "Nothing of it was loaded; run `holdfast train` to make a new one."
            )
        documents = self._documents(str(found.run_id))
        champion = Champion(name, int(found.version), str(found.tags[_VERSION_TAG]), folder, documents)
        verify_bundle(champion.bundle_folder)
        return champion

    @contextmanager
    def _opened(self, name: str, *, change: bool = False) -> Iterator["MlflowClient"]:
        """Open the store to find a model in it; nothing is made where there is none."""
        with refusals(self.folder):
            if not self.database.is_file():
                raise NotFoundError(
                    told(
                        'No model "{name}" in {folder} yet: run `holdfast train` first.', name=name, folder=self.folder
                    )
                )
        with self._open(change=change) as client:
            yield client

    @contextmanager
    def _open(self, *, change: bool = False) -> Iterator["MlflowClient"]:
        """Open the store, made if it is not there yet.

        Parameters
        ----------
        change
            Whether to write: then nobody else opens the store until the block ends. So whatever is found unfinished
            then was left by a killed command; numbers of processes would not say so, they are used again.
        """
        with refusals(self.folder), database_refusals(self.database), quiet_mlflow(self.uri) as mlflow:
            self._artifacts.mkdir(parents=True, exist_ok=True)
            with ExitStack() as lock:
                lock.enter_context(locked(self.folder / ".lock", mode=0o666))
                readdress(self.database, self._artifacts)
                make_whole(self.database, self._make)
                client = mlflow.MlflowClient(self.uri, self.uri)
                client.search_experiments(max_results=1)
                if not change:
                    lock.close()
                yield client

    def _make(self, uri: str) -> None:
        from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

        SqlAlchemyStore(uri, self._artifacts.as_uri()).engine.dispose()

    def _experiment(self, client: "MlflowClient", name: str) -> str:
        found = client.get_experiment_by_name(name)
        return str(found.experiment_id if found else client.create_experiment(name, self._artifacts.as_uri()))

    def _known(self, client: "MlflowClient", name: str, version: str) -> int | None:
        """Return the number of the registered, undamaged model with this content, if there is one."""
        for found in client.search_model_versions(f"name = '{name}'"):
            if found.tags.get(_VERSION_TAG) == version:
                folder = self._folder_of(found)
                if folder.is_dir() and digest_of(folder) == found.tags.get(_DIGEST_TAG):
                    return int(found.version)
        return None

    def _register(self, client: "MlflowClient", name: str, version: str, model_id: str, run_id: str) -> int:
        if not client.search_registered_models(f"name = '{name}'"):
            client.create_registered_model(name)
        tags = {_VERSION_TAG: version, _DIGEST_TAG: digest_of(self._model_folder(model_id))}
        created = client.create_model_version(name, f"models:/{model_id}", run_id, tags=tags, model_id=model_id)
        return int(created.version)

    def _folder_of(self, found: Any) -> Path:
        """Return where the files of a registered model version lie."""
        return self._model_folder(str(found.source).rpartition("/")[2])

    def _model_folder(self, model_id: str) -> Path:
        """Return where the files of a logged model lie, by MLflow's id."""
        return self._artifacts / "models" / model_id / "artifacts"

    def _documents(self, run_id: str) -> Path:
        """Return where a run's documents lie."""
        return self._artifacts / run_id / "artifacts"

    def _log_model(self, bundle: Path, signature: Any) -> str:
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
        # On the disk before a version names it.
        for path in self._model_folder(str(logged.model_id)).parent.rglob("*"):
            flush(path)
        return str(logged.model_id)

    def _sweep(self, client: "MlflowClient", experiment_id: str) -> None:
        """Close what killed commands left: runs that would say RUNNING for ever, models that no version names.

        The caller holds the lock, so nobody is at work on any of it.
        """
        for run in client.search_runs([experiment_id], "attributes.status = 'RUNNING'"):
            if _PROCESS_TAG in run.data.tags:
                client.set_terminated(run.info.run_id, "KILLED")
        named = {str(version.source).rpartition("/")[2] for version in client.search_model_versions()}
        # The newest come first; each training closes what the one before it left.
        for model in client.search_logged_models([experiment_id]):
            ours = model.source_run_id and _PROCESS_TAG in client.get_run(model.source_run_id).data.tags
            if ours and model.model_id not in named:
                shutil.rmtree(self._artifacts / "models" / model.model_id, ignore_errors=True)
                client.delete_logged_model(model.model_id)
