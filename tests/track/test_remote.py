"""A team's model store: a real MLflow tracking server on a PostgreSQL of the tests' own, by one key of the scenario."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from holdfast.config import make_config
from holdfast.errors import ConfigError, DamagedModelError, NotFoundError, StorageError
from holdfast.pipeline import export_model, prepare, score, status_of, train
from holdfast.serve.desk import Desk
from holdfast.track import Store, open_store
from tests.conftest import settings
from tests.postgres import server_or_skip
from tests.serve.services import NO_JOBS, free_port, running

RACE = {"race__churn": "p0", "race__value": "btyd"}


@pytest.fixture(scope="module")
def tracking(tmp_path_factory) -> Iterator[str]:
    """An MLflow server whose database is PostgreSQL, and whose files go through it."""
    pytest.importorskip("psycopg", reason="psycopg is not installed: MLflow on PostgreSQL was NOT tested here")
    folder, port = tmp_path_factory.mktemp("tracking"), free_port()
    with server_or_skip() as postgres:
        backend = postgres.url.replace("postgresql://", "postgresql+psycopg://")
        command = [str(Path(sys.executable).parent / "mlflow"), "server", "--backend-store-uri", backend]
        command += ["--artifacts-destination", str(folder / "files"), "--serve-artifacts", "--workers", "1"]
        command += ["--host", "127.0.0.1", "--port", str(port)]
        outside = {**os.environ, **NO_JOBS}
        with running(command, f"http://127.0.0.1:{port}/health", log=folder / "log", env=outside):
            yield f"http://127.0.0.1:{port}"


@pytest.fixture(scope="module")
def trained(tracking, shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("team")
    read = prepare(make_config(settings(folder, tracking_uri=tracking, **RACE)), purchases=shop.purchases)
    return read, train(read)


@pytest.mark.slow
def test_a_server_on_postgresql_gives_the_same_bytes_as_the_embedded_store(trained, shop, tmp_path):
    read, done = trained
    alone = prepare(make_config(settings(tmp_path, **RACE)), purchases=shop.purchases)
    assert train(alone).model.model_version == done.model.model_version
    assert done.verdict.promoted
    one, other = score(read), score(alone)
    for name in ("scores.parquet", "lists/at_risk.csv", "metrics.json", "model.json"):
        assert (one.folder / name).read_bytes() == (other.folder / name).read_bytes(), name
    assert not (read.config.models / "mlflow.db").exists()


@pytest.mark.slow
def test_another_machine_scores_with_what_this_one_trained(trained, tracking, shop, tmp_path):
    read, done = trained
    elsewhere = read.config.model_copy(update={"models": tmp_path / "m", "outputs": tmp_path / "o"})
    there = score(prepare(elsewhere, purchases=shop.purchases))
    assert there.scores.equals(score(read).scores)
    assert export_model(elsewhere, tmp_path / "taken") == done.model.model_version
    assert {task["task"]: task["done"] for task in status_of(elsewhere)["tasks"]}["training"] == "2024-03-01"
    assert open_store(tmp_path / "m", tracking).card("shop")[1].startswith("# ")


@pytest.mark.slow
def test_a_champion_that_another_machine_promotes_is_taken_over(trained, tracking, shop, tmp_path):
    read, done = trained
    desk = Desk(read.config)
    assert not desk.refresh()
    other = make_config(settings(tmp_path, tracking_uri=tracking, seed=2, trees__rounds=5, race__churn="recency"))
    second = train(prepare(other, purchases=shop.purchases)).model.model_version
    store = open_store(other.models, tracking)
    store.promote("shop")
    assert second != done.model.model_version
    assert desk.refresh()
    assert desk.now.bundle.model_version == second
    store.rollback("shop")
    assert desk.refresh()
    assert desk.now.bundle.model_version == done.model.model_version
    assert next(v["aliases"] for v in store.versions("shop")) == ["champion"]


@pytest.mark.slow
def test_a_copy_that_was_changed_is_refused(trained, tracking, tmp_path):
    read, _ = trained
    folder = tmp_path / "m"
    shutil.copytree(read.config.models, folder)
    store = open_store(folder, tracking)
    model = next(store.champion("shop").bundle_folder.glob("model.json"))
    model.write_text(model.read_text(encoding="utf-8").replace("0", "1", 1), encoding="utf-8")
    with pytest.raises(DamagedModelError):
        store.champion("shop")
    with pytest.raises(NotFoundError):
        store.champion("another")


def test_a_server_that_does_not_answer_is_told_at_once(tmp_path, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    store = open_store(tmp_path, f"http://127.0.0.1:{free_port()}")
    with pytest.raises(StorageError, match="tracking_uri: the MLflow server refused, or did not answer"):
        store.champion("shop")


def test_an_address_with_a_password_in_it_is_refused(tmp_path):
    with pytest.raises(ConfigError, match="tracking_uri"):
        make_config(settings(tmp_path, tracking_uri="https://me:secret@mlflow.example"))
    assert type(open_store(tmp_path)) is Store
