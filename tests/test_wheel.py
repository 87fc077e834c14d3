"""What `pip install holdfast` brings: the main job; what only some need is an extra, and one clear error names it."""

import os
import subprocess
import sys
import time
import tomllib
from pathlib import Path

import pytest

from tests.conftest import PROJECT

# Packages that only extras bring, by extra.
ONLY = {
    "server": ["flask", "graphene", "gunicorn", "docker", "huey", "skops"],
    "tune": ["optuna"],
    "plots": ["matplotlib"],
    "lifetimes": ["lifetimes"],
    "postgres": ["psycopg"],
}
_JOB = (
    "init --demo",
    "run -c demo.yaml",
    "list at-risk -c demo.yaml --today 2024-06-26",
    "export-model model -c demo.yaml",
    "score -c demo.yaml --model model",
    "status -c demo.yaml",
)
# A process that cannot find these packages, as if they were not installed.
_WITHOUT = """
import importlib.util, sys
gone = set(sys.argv.pop(1).split(","))
class Without:
    @staticmethod
    def find_spec(name, path=None, target=None):
        if name.partition(".")[0] in gone:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Without)
looked = importlib.util.find_spec
importlib.util.find_spec = lambda name, package=None: None if name.partition(".")[0] in gone else looked(name, package)
from holdfast.cli import main
main()
"""


def without(folder: Path, words: str) -> subprocess.CompletedProcess[str]:
    gone = ",".join(name for names in ONLY.values() for name in names)
    command = [sys.executable, "-c", _WITHOUT, gone, *words.split()]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.slow
def test_the_main_job_needs_no_extra_and_what_does_names_it(tmp_path):
    said = {}
    for words in _JOB:
        done = without(tmp_path, words)
        assert done.returncode == 0, f"{words}: {done.stderr}"
        said[words] = done.stdout
    assert 'pip install "holdfast[server]"' in said["run -c demo.yaml"]
    tune = without(tmp_path, "tune -c demo.yaml --trials 1")
    assert tune.returncode == 2
    assert 'optuna is not installed, and this needs it: pip install "holdfast[tune]".' in tune.stderr
    cdnow = without(tmp_path, f"check -c {PROJECT / 'configs' / 'cdnow.yaml'}")
    assert cdnow.returncode == 2
    assert 'pip install "holdfast[lifetimes]"' in cdnow.stderr


def test_what_is_an_extra_is_no_dependency():
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {line.split(">")[0].split("[")[0] for line in project["dependencies"]}
    assert needed.isdisjoint({name for names in ONLY.values() for name in names} | {"mlflow"})
    assert set(ONLY) <= set(project["optional-dependencies"])


@pytest.mark.slow
def test_the_wheel_in_an_empty_environment(tmp_path):
    if not os.environ.get("HOLDFAST_TEST_WHEEL"):
        pytest.skip("`make test-wheel` installs the wheel into an empty environment; it takes minutes")
    outside = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
    pip = [sys.executable, "-m", "pip", "-q"]
    build = [*pip, "wheel", "--no-deps", "--no-build-isolation", "-w", str(tmp_path), str(PROJECT)]
    subprocess.run(build, check=True, env=outside)
    (wheel,) = tmp_path.glob("*.whl")
    place = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(place)], check=True, env=outside)
    began = time.monotonic()
    installed = subprocess.run(
        [str(place / "bin" / "python"), "-m", "pip", "-q", "install", str(wheel)],
        capture_output=True, text=True, check=False, env=outside,
    )  # fmt: skip
    if installed.returncode:
        pytest.skip(f"pip's index has not all of it here: the wheel was NOT installed ({installed.stderr[-300:]})")
    took = time.monotonic() - began
    size = sum(p.stat().st_size for p in place.rglob("*") if p.is_file() and not p.is_symlink()) / 1e6
    print(f"\nwheel {wheel.stat().st_size / 1e6:.1f} MB; installed in {took:.0f} s, {size:.0f} MB")  # noqa: T201
    shop = tmp_path / "shop"
    shop.mkdir()
    for words in _JOB:
        command = [str(place / "bin" / "holdfast"), *words.split()]
        done = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=False, env=outside)
        assert done.returncode == 0, f"{words}: {done.stderr}"
    listed = subprocess.run(
        [str(place / "bin" / "python"), "-m", "pip", "list", "--format=freeze"],
        capture_output=True, text=True, check=True, env=outside,
    )  # fmt: skip
    names = {line.partition("==")[0].lower() for line in listed.stdout.splitlines()}
    assert names.isdisjoint({name for names in ONLY.values() for name in names} | {"mlflow"})
