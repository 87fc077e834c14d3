"""MLflow is silent, and needs no home: what stands on stderr is Holdfast's."""

import logging
import os
import re
import subprocess
import sys

import pytest

from holdfast.track.quiet import quiet_mlflow
from tests.kill.cases import shop

# What a service account in a container has: no HOME, and no entry in the list of users.
HOMELESS = """
import os, pwd, sys
def unknown(_): raise KeyError
pwd.getpwuid = unknown
os.environ.pop("HOME", None)
from pathlib import Path
try: Path.home()
except RuntimeError: pass
else: sys.exit(99)
from holdfast.cli import main
main()
assert "HOME" not in os.environ
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    made = tmp_path_factory.mktemp("quiet")
    shop(made)
    return made


@pytest.mark.slow
def test_stderr_of_training_and_scoring_holds_our_sentences_only_without_a_home_too(folder):
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("MLFLOW", "DO_NOT"))}
    for command in ("train", "score"):
        done = subprocess.run(
            [sys.executable, "-c", HOMELESS, command, "-c", "shop.yaml"],
            cwd=folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        lines = done.stderr.splitlines()
        assert len(lines) >= 3
        assert [line for line in lines if not re.fullmatch(r"\[ *\d+\.\d s\] [a-z].*", line)] == []


def test_everything_is_as_the_caller_had_it(monkeypatch):
    import mlflow

    monkeypatch.setenv("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "true")
    for switch in ("MLFLOW_DISABLE_TELEMETRY", "DO_NOT_TRACK"):  # importing mlflow sets them, once a process
        monkeypatch.setenv(switch, "true")
    # Where none is named, MLflow asks the Spark session that another test left, whose engine may be gone.
    monkeypatch.setenv("MLFLOW_REGISTRY_URI", "sqlite:///mine.db")
    monkeypatch.setattr(logging.getLogger("mlflow"), "level", logging.INFO)
    before = dict(os.environ), mlflow.get_tracking_uri(), mlflow.get_registry_uri()

    def inside() -> None:
        with quiet_mlflow("sqlite:///elsewhere.db") as given:
            assert given is mlflow
            assert os.environ["MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR"] == "false"
            assert (mlflow.get_tracking_uri(), mlflow.get_registry_uri()) == ("sqlite:///elsewhere.db",) * 2
            assert logging.getLogger("mlflow").level == logging.CRITICAL
            raise KeyError

    with pytest.raises(KeyError):
        inside()
    assert (dict(os.environ), mlflow.get_tracking_uri(), mlflow.get_registry_uri()) == before
    assert logging.getLogger("mlflow").level == logging.INFO
