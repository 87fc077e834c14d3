"""Nothing damaged is loaded by any road, nothing is unpickled, and trouble of the machine leaves what was there."""

import json
import os
import resource
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest

from holdfast.errors import DamagedModelError
from holdfast.track import Store, load_bundle
from holdfast.track.quiet import quiet_mlflow
from tests.conftest import PROJECT
from tests.kill.cases import shop
from tests.track.damage import WAYS, damage

HOLDFAST = str(Path(sys.executable).parent / "holdfast")


def holdfast(folder: Path, *words: str, **given) -> subprocess.CompletedProcess:
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src"), "OMP_NUM_THREADS": "1", **given.pop("env", {})}
    command = [*given.pop("before", ()), HOLDFAST, *words, "-c", "shop.yaml"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False, **given)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory) -> Path:
    """A small shop with the cheapest models, trained and scored."""
    folder = tmp_path_factory.mktemp("tiny")
    shop(folder)
    for command in ("train", "score"):
        done = holdfast(folder, command)
        assert done.returncode == 0, done.stderr
    return folder


@pytest.fixture(scope="module")
def bundle(tiny) -> Path:
    return Store(tiny / "models").champion("shop").bundle_folder


FILES = ("model.json", "metrics.json", "manifest.json")


@pytest.mark.parametrize("name", FILES)
def test_a_file_damaged_in_twenty_ways_is_refused_before_anything_is_loaded(bundle, tmp_path, name, monkeypatch):
    monkeypatch.setattr("holdfast.track.bundle._with_trees", lambda *_: pytest.fail("it was loaded"))
    for way in range(WAYS):
        folder = Path(shutil.copytree(bundle, tmp_path / str(way)))
        damage(folder / name, way)
        with pytest.raises(DamagedModelError):
            load_bundle(folder)


@pytest.mark.parametrize("name", FILES)
def test_mlflow_itself_refuses_a_damaged_model(tiny, bundle, tmp_path, name):
    model = bundle.parent.parent
    for way in (0, 8, 19):
        folder = Path(shutil.copytree(model, tmp_path / str(way)))
        with quiet_mlflow(Store(tiny / "models").uri) as mlflow:
            assert mlflow.pyfunc.load_model(str(folder)) is not None
            damage(folder / "artifacts" / "bundle" / name, way)
            with pytest.raises(DamagedModelError, match="Nothing of it was loaded"):
                mlflow.pyfunc.load_model(str(folder))


# Every way of Python to unpickle is an error, and MLflow's own is switched off.
_NO_PICKLE = """
import os, sys
os.environ["MLFLOW_ALLOW_PICKLE_DESERIALIZATION"] = "false"
import pickle, pandas as pd, mlflow, cloudpickle
def refused(*_, **__):
    raise AssertionError("something was unpickled")
for module in (pickle, cloudpickle):
    module.load = module.loads = module.Unpickler = refused
from pathlib import Path
from holdfast.track import Store
champion = Store(Path("models")).champion("shop")
rows = pd.read_parquet("outputs/shop/2024-03-01/features.parquet")
scores = mlflow.pyfunc.load_model(str(champion.folder)).predict(rows)
scores.to_csv(sys.argv[1], index=False)
"""


def test_scoring_unpickles_nothing(tiny, tmp_path):
    environment = {**os.environ, "PYTHONPATH": str(PROJECT / "src")}
    command = [sys.executable, "-c", _NO_PICKLE, str(tmp_path / "s.csv")]
    done = subprocess.run(command, cwd=tiny, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    seen = pd.read_csv(tmp_path / "s.csv", dtype={"customer_id": "str"}).sort_values("customer_id")
    written = pd.read_parquet(tiny / "outputs/shop/2024-03-01/scores.parquet").sort_values("customer_id")
    assert seen["p_churn_60d"].to_numpy() == pytest.approx(written["p_churn_60d"].to_numpy(), rel=1e-12)


def outputs(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in (folder / "outputs").rglob("*") if p.is_file() and p.name != ".lock"}


@pytest.mark.parametrize("limit", [1_000, 10_000])
def test_no_room_is_one_error_and_the_old_outputs_stay(tiny, limit):
    before = outputs(tiny)

    def little_room() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    for words in (("score",), ("list", "at-risk", "--today", "2024-03-03")):
        done = holdfast(tiny, *words, preexec_fn=little_room, env={"PYTHONDONTWRITEBYTECODE": "1"})
        assert done.returncode == 7, done.stderr
        (said,) = [line for line in done.stderr.splitlines() if line.startswith("holdfast: ")]
        assert "too large" in said
        assert outputs(tiny) == before


def test_a_folder_that_is_for_reading_only_is_one_error_and_the_old_outputs_stay(tiny):
    # Whoever owns a folder puts its mode right, and root may write everywhere, unless that right is given up.
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can give a folder to somebody else, and with setpriv give up its own rights")
    bound = ("setpriv", "--bounding-set=-dac_override,-dac_read_search,-fowner")
    before, home = outputs(tiny), tiny / "outputs" / "shop"
    folders = [home, *(p for p in home.rglob("*") if p.is_dir())]
    for folder in folders:
        folder.chmod(0o555)
        os.chown(folder, 65534, 65534)
    try:
        for words in (("score",), ("list", "at-risk", "--today", "2024-03-03"), ("status", "--reviewed")):
            done = holdfast(tiny, *words, before=bound)
            assert done.returncode == 7, done.stderr
            (said,) = [line for line in done.stderr.splitlines() if line.startswith("holdfast: ")]
            assert "ermission denied" in said
        assert outputs(tiny) == before
    finally:
        for folder in folders:
            os.chown(folder, 0, 0)
            folder.chmod(0o700)


# Eight processes, forked from one that has imported everything: they meet in the store, and not on the way to it.
EIGHT = """
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tests.kill.__main__ import import_everything
from tests.kill.cases import train
from tests.kill.harness import run
import_everything()
with ThreadPoolExecutor(8) as pool:
    print(json.dumps([status for status, _ in pool.map(lambda _: run(train, Path.cwd()), range(8))]))
"""


@pytest.mark.slow
def test_eight_first_trainings_at_once_all_succeed(tmp_path):
    shop(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", EIGHT], cwd=tmp_path, capture_output=True, text=True, check=False,
        env={**os.environ, "PYTHONPATH": f"{PROJECT / 'src'}:{PROJECT}"},
    )  # fmt: skip
    assert json.loads(done.stdout) == [0] * 8, (tmp_path / "stderr").read_text() + done.stderr
    versions = Store(tmp_path / "models").versions("shop")
    assert len({v["model_version"] for v in versions}) == len(versions)
    assert "champion" in {alias for v in versions for alias in v["aliases"]}
    assert json.loads((Store(tmp_path / "models").champion("shop").bundle_folder / "manifest.json").read_text())


def test_a_lock_that_somebody_holds_is_waited_for(tiny):
    """One lock for the outputs, one for the store: a writer waits, and then writes the same."""
    from holdfast.disk import locked

    before = outputs(tiny)
    with ThreadPoolExecutor(1) as pool, locked(tiny / "outputs" / "shop" / ".lock"):
        waiting = pool.submit(holdfast, tiny, "score")
        with pytest.raises(TimeoutError):
            waiting.result(timeout=15)
        held = outputs(tiny)
    assert waiting.result().returncode == 0
    assert held == before
    assert {p: c for p, c in outputs(tiny).items() if not p.endswith("html")} == {
        p: c for p, c in before.items() if not p.endswith("html")
    }
