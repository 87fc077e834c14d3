"""`mlflow models serve` answers to the last bit like `holdfast score`, and its errors show no customer's data."""

import json
import os
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.serve.services import NO_JOBS, PROGRAMS, Served, asked, free_port, records, running, same_scores


def environment(models: Path) -> dict[str, str]:
    path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
    store = f"sqlite:///{models}/mlflow.db"
    return {**os.environ, "PATH": path, "MLFLOW_TRACKING_URI": store, **NO_JOBS}


@contextmanager
def mlflow_serving(served: Served) -> Iterator[str]:
    port, config = free_port(), served.config
    model = f"models:/{config.name}@champion"
    command = [str(PROGRAMS / "mlflow"), "models", "serve", "-m", model, "--env-manager", "local"]
    command += ["--host", "127.0.0.1", "--port", str(port)]
    with running(command, f"http://127.0.0.1:{port}/ping", env=environment(config.models.resolve())):
        yield f"http://127.0.0.1:{port}/invocations"


@pytest.fixture(scope="module")
def invocations(scenario) -> Iterator[str]:
    with mlflow_serving(scenario) as address:
        yield address


def post(address: str, rows: list[dict[str, Any]]) -> tuple[int, str]:
    return asked(address, {"dataframe_records": rows})


@pytest.mark.slow
def test_the_served_model_scores_to_the_last_bit_like_the_command(scenario, invocations):
    status, answer = post(invocations, records(scenario.features.head(50)))
    assert status == 200
    same_scores(json.loads(answer)["predictions"], scenario.scores.head(50))


@pytest.mark.slow
def test_errors_over_http_show_no_customers_data(scenario, invocations):
    rows, number = scenario.features.head(2), {"shop": "spend_max", "club": "tenure_days"}[scenario.config.name]
    wrongs = [rows.assign(**{number: ["Jane Roe", "1"]}), pd.DataFrame({"name": ["Jane Roe"]})]
    if "as_of" in rows:
        wrongs.append(rows.assign(as_of=["Jane Roe", "1"]))
    for wrong in wrongs:
        status, answer = post(invocations, records(wrong))
        assert status == 400
        assert "Jane" not in answer


@pytest.mark.slow
def test_ids_are_text_whatever_they_are_sent_as(scenario, invocations):
    rows = records(scenario.features.head(2))
    status, answer = post(invocations, [{**rows[0], "customer_id": 17}, {**rows[1], "customer_id": "017"}])
    assert status == 200
    assert [row["customer_id"] for row in json.loads(answer)["predictions"]] == ["17", "017"]


@pytest.mark.slow
def test_csv_which_would_take_the_zeros_off_an_id_is_refused(scenario, invocations):
    body = scenario.features.head(3).assign(customer_id=["007", "Jane Roe", "009"]).to_csv(index=False).encode()
    status, answer = asked(invocations, body, {"Content-Type": "text/csv"})
    assert status == 400
    assert "Jane" not in answer
    assert "007" not in answer


@pytest.mark.slow
def test_the_page_of_experiments_opens(a_shop):
    port, models = free_port(), a_shop.config.models.resolve()
    store = f"sqlite:///{models}/mlflow.db"
    command = [str(PROGRAMS / "mlflow"), "ui", "--backend-store-uri", store, "--host", "127.0.0.1", "--port", str(port)]
    command += ["--workers", "1"]
    with running(command, f"http://127.0.0.1:{port}/health", env=environment(models)):
        address = f"http://127.0.0.1:{port}/api/2.0/mlflow/experiments/get-by-name?experiment_name=shop"
        with urllib.request.urlopen(address, timeout=30) as answer:
            assert json.load(answer)["experiment"]["name"] == "shop"
