"""Scenarios as files, in both settings, trained and scored; services of them, and what asks these."""

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
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from holdfast.config import Config, load_config
from holdfast.data import simulate_contracts, simulate_shop
from holdfast.pipeline import prepare, score, train
from tests.conftest import TREES, settings
from tests.once import once

PROGRAMS = Path(sys.executable).parent
# MLflow's server as users start it, less the processes that wait for jobs nobody gives it.
NO_JOBS = {"MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false", "MLFLOW_DISABLE_TELEMETRY": "true", "DO_NOT_TRACK": "true"}


@dataclass(frozen=True)
class Served:
    """A YAML file whose model is trained and whose customers are scored, and the table as its file has it."""

    path: Path
    as_of: str
    table: pd.DataFrame

    @property
    def config(self) -> Config:
        return load_config(self.path)

    @property
    def scores(self) -> pd.DataFrame:
        return pd.read_parquet(self.config.outputs / self.config.name / self.as_of / "scores.parquet")

    @property
    def features(self) -> pd.DataFrame:
        return pd.read_parquet(self.config.outputs / self.config.name / self.as_of / "features.parquet")

    def rows(self, ids: Any) -> list[dict[str, Any]]:
        """Rows of customers as JSON, every cell the text of the file."""
        return records(self.table[self.table["customer_id"].isin(list(ids))])


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Rows as JSON: numbers to the last digit, what is blank as null."""
    return [{k: None if v != v else v for k, v in row.items()} for row in frame.to_dict("records")]


def shop(folder: Path, **changes: Any) -> Served:
    """600 customers, ids with leading zeros, amounts as text with two decimals."""
    bought = simulate_shop(600, seed=6).purchases
    texts = bought.assign(
        ordered_at=bought["ordered_at"].dt.strftime("%Y-%m-%d %H:%M:%S"),
        amount=[f"{float(amount):.2f}" for amount in bought["amount"]],
    ).astype("str")
    texts.to_csv(folder / "orders.csv", index=False)
    given = settings(folder, purchases__path="orders.csv", **{"race": TREES, **changes})
    return _trained(folder, given, "2024-03-01", texts)


def club(folder: Path) -> Served:
    """500 contracts as spells."""
    spells = simulate_contracts(500, seed=3).spells
    spells.to_csv(folder / "spells.csv", index=False)
    texts = pd.read_csv(folder / "spells.csv", dtype="str")
    names = ("customer_id", "started_at", "ended_at", "end_reason", "plan", "price")
    given = {
        "name": "club",
        "setting": "contractual",
        "as_of": "2023-11-01",
        "churn": {"horizon_days": 30},
        "subscriptions": {"path": "spells.csv", "period_days": 30, "columns": {name: name for name in names}},
        "outputs": str(folder / "outputs"),
        "models": str(folder / "models"),
    }
    return _trained(folder, given, "2023-11-01", texts)


def _trained(folder: Path, given: dict[str, Any], as_of: str, table: pd.DataFrame) -> Served:
    path = folder / "scenario.yaml"
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    # In a copy of what was trained once, the scenario is written anew: it names its folders.
    if not (folder / "outputs").exists():
        read = prepare(load_config(path), base=folder)
        train(read)
        score(read)
    return Served(path, as_of, table)


def a_shop_of(factory: pytest.TempPathFactory) -> Served:
    """``shop`` in a folder of its own, trained once for all processes of a run."""
    return shop(once(factory, "served-shop", shop))


def a_club_of(factory: pytest.TempPathFactory) -> Served:
    """``club``, likewise."""
    return club(once(factory, "served-club", club))


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def wait_for(address: str, process: subprocess.Popen[Any]) -> None:
    for _ in range(600):
        assert process.poll() is None, "the server ended"
        try:
            urllib.request.urlopen(address, timeout=5).close()
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
        else:
            return
    raise AssertionError("the server did not answer")


@contextmanager
def running(command: list[str], answers_at: str, *, log: Path | None = None, **given: Any) -> Iterator[int]:
    """Run a server as a process until the block ends; what it says goes to a file."""
    with open(log or os.devnull, "wb") as said:  # noqa: PTH123  # /dev/null too
        process = subprocess.Popen(command, stdout=said, stderr=said, start_new_session=True, **given)
        try:
            wait_for(answers_at, process)
            yield process.pid
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
            process.wait(60)


@contextmanager
def service(path: Path, log: Path, *options: str) -> Iterator[str]:
    """Run `holdfast serve` on a free port; yield its address."""
    port = free_port()
    code = "from holdfast.cli import main; main()"
    command = [sys.executable, "-c", code, "serve", "-c", str(path), "--port", str(port), *options]
    with running(command, f"http://127.0.0.1:{port}/health", log=log):
        yield f"http://127.0.0.1:{port}"


def asked(address: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, str]:
    """GET an address, or POST it a body (JSON unless it is bytes); return status and text."""
    data = None if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
    request = urllib.request.Request(address, data, {"Content-Type": "application/json", **(headers or {})})
    try:
        with urllib.request.urlopen(request, timeout=60) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.code, error.read().decode()


def same_scores(got: list[dict[str, Any]], want: pd.DataFrame) -> None:
    """Compare answers with rows of `scores.parquet`: every number to its last bit."""
    assert len(got) == len(want)
    for answer, row in zip(got, records(want), strict=True):
        shown = {k: str(v) if k == "as_of" else v for k, v in row.items()}
        bad = {k: (answer[k], shown[k]) for k in shown if answer[k] != shown[k]}
        assert not bad, bad
