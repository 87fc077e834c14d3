"""Every command that writes, killed at three points of its changes of the disk; `make kill` takes a hundred."""

import json
import subprocess
import sys

import pytest

from tests.conftest import PROJECT

COMMANDS = ["store", "train", "train again", "promote", "score again", "list again", "assign", "tune"]


@pytest.fixture(scope="module")
def outcomes(request):
    """What came of the commands that are asked for."""
    here = [item.callspec for item in request.session.items if item.path == request.path and hasattr(item, "callspec")]
    asked = {call.params["name"] for call in here} or {"assign"}
    cases = [word for name in COMMANDS if name in asked for word in ("--case", name)]
    # A process of its own: forks must not share the databases and threads of other tests.
    command = [sys.executable, "-m", "tests.kill", "--points", "3", *cases, "--json"]
    done = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    return {outcome["name"]: outcome for outcome in json.loads(done.stdout)}, done.returncode


@pytest.mark.slow
@pytest.mark.parametrize("name", COMMANDS)
def test_the_same_command_again_ends_with_the_undisturbed_result(name, outcomes):
    outcome = outcomes[0][name]
    assert outcome["wrong"] == []
    assert (outcome["points"], outcome["recovered"]) == (3, 3)


def test_the_command_fails_where_one_of_them_did_not_recover(outcomes):
    found, returned = outcomes
    assert returned == any(outcome["wrong"] for outcome in found.values())
