"""The top of the project holds what belongs there: nothing that a command or a test has left."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BELONGS = {
    *(".ci", ".containerignore", ".dockerignore", ".gitignore", ".htmlvalidate.json", ".npmrc"),
    *("CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "SECURITY.md", "conftest.py"),
    *("package-lock.json", "package.json", "pyproject.toml", "requirements.lock"),
    *("benchmarks", "configs", "deploy", "docs", "models", "notebooks", "src", "tests"),
}


def test_the_top_level_is_what_belongs_there():
    given = ("git", "ls-files")
    try:
        found = subprocess.run(given, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("no git, or no clone: what is committed was NOT looked at")
    assert {name.split("/", maxsplit=1)[0] for name in found} == BELONGS
