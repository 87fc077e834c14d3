"""`mlflow models serve` answers like `holdfast score`, and its errors show no customer's data."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.pipeline import prepare, score, train
from tests.conftest import settings

PROGRAMS = Path(sys.executable).parent


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def wait_for(address: str, process: subprocess.Popen[bytes]) -> None:
    for _ in range(240):
        assert process.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.5)
        else:
            return
    raise AssertionError("the server did not answer")


@pytest.fixture(scope="module")
def scored(shop, tmp_path_factory):
    prepared = prepare(make_config(settings(tmp_path_factory.mktemp("serving"))), purchases=shop.purchases)
    train(prepared)
    return prepared.config, score(prepared)


def environment(models: Path) -> dict[str, str]:
    path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    store = f"sqlite:///{models}/mlflow.db"
    return {**os.environ, "PATH": path, "MLFLOW_TRACKING_URI": store, "MLFLOW_DISABLE_TELEMETRY": "true"}


def started(command: list[str], config, answers_at: str) -> Iterator[None]:
    process = subprocess.Popen(
        command, env=environment(config.models.resolve()), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        start_new_session=True,
    )  # fmt: skip
    try:
        wait_for(answers_at, process)
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(30)


@pytest.fixture(scope="module")
def invocations(scored) -> Iterator[str]:
    port = free_port()
    command = [str(PROGRAMS / "mlflow"), "models", "serve", "-m", "models:/shop@champion", "--env-manager", "local"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    server = started(command, scored[0], f"http://127.0.0.1:{port}/ping")
    next(server)
    yield f"http://127.0.0.1:{port}/invocations"
    server.close()


def post(address: str, rows: pd.DataFrame) -> tuple[int, str]:
    body = json.dumps({"dataframe_split": json.loads(rows.to_json(orient="split"))}).encode()
    request = urllib.request.Request(address, body, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


@pytest.mark.slow
def test_the_served_model_scores_like_the_command(scored, invocations):
    rows = pd.read_parquet(scored[1].folder / "features.parquet").head(50)
    status, answer = post(invocations, rows)
    assert status == 200
    served = pd.DataFrame(json.loads(answer)["predictions"])
    written = scored[1].scores.head(50)
    assert served["customer_id"].tolist() == written["customer_id"].tolist()
    for column in ("p_churn_60d", "clv_365d", "expected_purchases_60d"):
        pd.testing.assert_series_equal(served[column], written[column], rtol=1e-12)


@pytest.mark.slow
def test_errors_over_http_show_no_customers_data(scored, invocations):
    rows = pd.read_parquet(scored[1].folder / "features.parquet").head(2)
    for wrong in (
        rows.assign(spend_max=["Jane Roe", "1"]),
        rows.assign(as_of=["Jane Roe", "1"]),
        pd.DataFrame({"name": ["Jane Roe"]}),
    ):
        status, answer = post(invocations, wrong)
        assert status == 400
        assert "Jane" not in answer


@pytest.mark.slow
def test_the_page_of_experiments_opens(scored):
    port = free_port()
    store = f"sqlite:///{scored[0].models.resolve()}/mlflow.db"
    command = [str(PROGRAMS / "mlflow"), "ui", "--backend-store-uri", store, "--host", "127.0.0.1", "--port", str(port)]
    page = started(command, scored[0], f"http://127.0.0.1:{port}/health")
    next(page)
    with urllib.request.urlopen(
        f"http://127.0.0.1:{port}/api/2.0/mlflow/experiments/get-by-name?experiment_name=shop", timeout=30
    ) as answer:
        assert json.load(answer)["experiment"]["name"] == "shop"
    page.close()
