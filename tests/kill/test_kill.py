"""Every command that writes, killed at three points of its changes of the disk; `make kill` takes a hundred."""

import json
import subprocess
import sys

import pytest

from tests.conftest import PROJECT

COMMANDS = ["store", "train", "train again", "promote", "score again", "list again", "assign", "tune"]


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_the_same_command_again_ends_with_the_undisturbed_result(name):
    # A process of its own: forks must not share the databases and threads of other tests.
    command = [sys.executable, "-m", "tests.kill", "--points", "3", "--case", name, "--json"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    (outcome,) = json.loads(done.stdout)
    assert outcome["wrong"] == []
    assert (outcome["points"], outcome["recovered"]) == (3, 3)
    assert done.returncode == 0
