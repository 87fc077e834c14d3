"""What is stored is what is loaded: damage is refused, content names the version, folders can move."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from holdfast.config import make_config
from holdfast.data import simulate_shop
from holdfast.errors import DamagedModelError, DataError, NotFoundError
from holdfast.features import build_features
from holdfast.pipeline import prepare, score, train
from holdfast.track import Store, load_bundle
from holdfast.track.quiet import import_mlflow
from tests.conftest import PROJECT, TREES, settings
from tests.track.damage import WAYS, damage


@pytest.fixture(scope="module")
def trained(shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("store")
    prepared = prepare(make_config(settings(folder, race=TREES)), purchases=shop.purchases)
    return prepared, train(prepared)


@pytest.fixture
def copied(trained, tmp_path):
    """The store, moved elsewhere: its absolute paths no longer hold."""
    prepared, _ = trained
    shutil.copytree(prepared.config.models, tmp_path / "models")
    return Store(tmp_path / "models")


def test_training_twice_gives_the_same_version_and_registers_it_once(trained):
    prepared, first = trained
    second = train(prepared)
    assert second.model == first.model
    assert second.model.number == 1


def test_another_seed_is_another_version(shop, trained, tmp_path):
    prepared = prepare(make_config(settings(tmp_path, race=TREES, seed=2)), purchases=shop.purchases)
    assert train(prepared).model.model_version != trained[1].model.model_version


def test_a_run_holds_parameters_metrics_config_and_dataset(trained):
    prepared, done = trained
    with Store(prepared.config.models)._open() as client:
        experiment = client.get_experiment_by_name("shop")
        run = client.search_runs([experiment.experiment_id])[-1]
        assert run.data.params["churn.horizon_days"] == "60"
        assert float(run.data.metrics["heldout/eligible/churn/auc"]) == pytest.approx(
            done.held_out["eligible"]["churn"]["auc"]
        )
        assert run.inputs.dataset_inputs[0].dataset.digest
        names = {f.path for f in client.list_artifacts(run.info.run_id)}
        assert {"config.yaml", "metrics.json", "race.json", "gate.json", "model_card.md"} <= names


def test_a_card_is_the_model_versions_description_and_none_is_told_for_older_models(trained, copied):
    model, card = copied.card("shop")
    assert model.model_version == trained[1].model.model_version
    assert model.model_version in card.splitlines()[0]
    with copied._open(change=True) as client:
        client.update_model_version("shop", str(model.number), description="")
    with pytest.raises(NotFoundError, match="trained before there were cards: run `holdfast train`"):
        copied.card("shop")


def test_nothing_is_pickled(trained):
    files = [p for p in trained[1].model.folder.rglob("*") if p.is_file()]
    assert {p.suffix for p in files} <= {".txt", ".json", ".yaml", ".py", ""}
    assert not any(p.read_bytes()[:1] == b"\x80" for p in files)


def test_batches_are_scored_as_mlflow_itself_would(trained):
    prepared, done = trained
    rows = build_features(prepared.log.connection, prepared.cutoff).assign(as_of="2024-03-01", beside="not read")
    by_mlflow = import_mlflow().pyfunc.load_model(str(done.model.folder)).predict(rows)
    pd.testing.assert_frame_equal(Store(prepared.config.models).predict(done.model, rows), by_mlflow, check_exact=True)


def test_a_moved_store_scores_alike(trained, copied):
    prepared, done = trained
    champion = copied.champion("shop")
    assert champion.model_version == done.model.model_version
    assert str(champion.folder).startswith(str(copied.folder))
    rows = build_features(prepared.log.connection, prepared.cutoff).assign(as_of="2024-03-01")
    pd.testing.assert_frame_equal(
        copied.predict(champion, rows), Store(prepared.config.models).predict(done.model, rows)
    )
    with copied._open() as client:
        assert str(client.get_experiment_by_name("shop").artifact_location).startswith(copied.folder.as_uri())


@pytest.mark.parametrize(
    "name",
    ["churn.lightgbm_pooled.lightgbm.txt", "forecast.lightgbm.txt", "model.json", "metrics.json", "manifest.json"],
)
@pytest.mark.parametrize("how", ["edit", "cut", "remove"])
def test_a_damaged_file_is_refused_by_name(copied, name, how):
    path = copied.champion("shop").bundle_folder / name
    if how == "remove":
        path.unlink()
    elif how == "cut":
        path.write_bytes(path.read_bytes()[:-20])
    else:
        text = path.read_text(encoding="utf-8")
        path.write_text(text[:-9] + ("1" if text[-9] != "1" else "2") + text[-8:], encoding="utf-8")
    with pytest.raises(DamagedModelError, match=name.replace(".", r"\.")):
        copied.champion("shop")
    with pytest.raises(DamagedModelError):
        load_bundle(path.parent)


def test_a_manifest_rewritten_to_fit_an_edited_file_is_refused(copied):
    folder = copied.champion("shop").bundle_folder
    manifest = json.loads((folder / "manifest.json").read_text())
    manifest["sha256"]["model.json"] = "0" * 64
    (folder / "manifest.json").write_text(json.dumps(manifest))
    with pytest.raises(DamagedModelError, match="was changed"):
        copied.champion("shop")


def test_trees_damaged_in_twenty_ways_are_refused_before_anything_is_loaded(copied, tmp_path, monkeypatch):
    bundle = copied.champion("shop").bundle_folder
    trees = sorted(path.name for path in bundle.glob("*.txt"))
    assert trees
    monkeypatch.setattr("holdfast.track.bundle._with_trees", lambda *_: pytest.fail("it was loaded"))
    for name in trees:
        for way in range(WAYS):
            folder = Path(shutil.copytree(bundle, tmp_path / name / str(way)))
            damage(folder / name, way)
            with pytest.raises(DamagedModelError):
                load_bundle(folder)


def test_edited_code_of_the_model_is_refused(copied):
    code = copied.champion("shop").folder / "pyfunc.py"
    code.write_text(code.read_text() + "\nprint('hello')\n")
    with pytest.raises(DamagedModelError, match="was changed"):
        copied.champion("shop")


def test_damage_is_repaired_by_training_again(trained, copied, tmp_path):
    (copied.champion("shop").bundle_folder / "model.json").unlink()
    prepared, first = trained
    config = prepared.config.model_copy(update={"models": copied.folder})
    again = train(replace(prepared, config=config, outlooks={}))
    assert again.model.model_version == first.model.model_version
    assert again.model.number == 2


def test_there_must_be_a_champion(tmp_path, copied):
    with pytest.raises(NotFoundError, match="holdfast train"):
        Store(tmp_path / "none").champion("shop")
    with pytest.raises(NotFoundError, match="holdfast train"):
        copied.champion("another")


def test_rows_from_outside_are_checked_and_never_echoed(trained):
    prepared, done = trained
    bundle = load_bundle(done.model.bundle_folder)
    rows = build_features(prepared.log.connection, prepared.cutoff).head(3).assign(as_of="2024-03-01")
    wrong = {
        "lack tenure": rows.drop(columns="tenure"),
        "frequency is missing in 1 of 3": rows.assign(frequency=[1.0, None, 2.0]),
        "spend_max is not a number in 1 of 3": rows.assign(spend_max=["1", "Jane", "2"]),
        "as_of must be the same": rows.assign(as_of=["2024-03-01", "2024-03-01", "2024-03-02"]),
        "as_of must be a date": rows.assign(as_of="March"),
    }
    for said, given in wrong.items():
        with pytest.raises(DataError, match=said) as refused:
            bundle.predict(given)
        assert "Jane" not in str(refused.value)
    shuffled = rows[rows.columns[::-1]].iloc[::-1]
    pd.testing.assert_frame_equal(bundle.predict(shuffled).iloc[::-1].reset_index(drop=True), bundle.predict(rows))


THREE = """
import json
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from holdfast.track import Store
from tests.kill.__main__ import import_everything
from tests.kill.harness import run
import_everything()
def start(name):
    def make(folder):
        with Store(folder / "m")._open() as client:
            client.create_experiment(name)
    return run(make, Path.cwd())[0]
with ThreadPoolExecutor() as pool:
    print(json.dumps(list(pool.map(start, "abc"))))
"""


@pytest.mark.slow
def test_three_processes_may_create_one_store(tmp_path):
    environment = {**os.environ, "PYTHONPATH": f"{PROJECT / 'src'}{os.pathsep}{PROJECT}"}
    command = [sys.executable, "-c", THREE]
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False)
    assert json.loads(done.stdout) == [0, 0, 0], (tmp_path / "stderr").read_text()
    with Store(tmp_path / "m")._open() as client:
        assert {"a", "b", "c"} <= {experiment.name for experiment in client.search_experiments()}


def test_what_killed_commands_left_is_closed_and_what_others_made_stays(copied):
    ours = {"holdfast.process": str(os.getpid())}  # the number is used again: it says nothing
    with copied._open(change=True) as client:
        experiment = client.get_experiment_by_name("shop").experiment_id
        runs = {
            name: client.create_run(experiment, tags=tags).info.run_id for name, tags in (("lost", ours), ("users", {}))
        }
        models = {
            name: client.create_logged_model(experiment, name="m", source_run_id=run).model_id
            for name, run in runs.items()
        }
        folders = {name: copied.folder / "artifacts" / "models" / number for name, number in models.items()}
        for folder in folders.values():
            (folder / "artifacts").mkdir(parents=True)
        before = {m.model_id for m in client.search_logged_models([experiment])}
        copied._sweep(client, experiment)
        assert {n: client.get_run(r).info.status for n, r in runs.items()} == {"lost": "KILLED", "users": "RUNNING"}
        assert {m.model_id for m in client.search_logged_models([experiment])} == before - {models["lost"]}
        assert {n: f.exists() for n, f in folders.items()} == {"lost": False, "users": True}
    assert copied.champion("shop").number == 1


def test_whoever_writes_does_so_alone_and_readers_wait(copied):
    code = "import sys; from pathlib import Path; from holdfast.track import Store\n"
    code += "print(Store(Path(sys.argv[1])).champion('shop').number)"
    with copied._open(change=True):
        reader = subprocess.Popen([sys.executable, "-c", code, str(copied.folder)], stdout=subprocess.PIPE, text=True)
        with pytest.raises(subprocess.TimeoutExpired):
            reader.wait(6)
    assert reader.communicate(timeout=30)[0] == "1\n"


@pytest.mark.parametrize(
    ("tag", "alias", "expected"),
    [
        ("[1, 2]", "2", [1, 2]),
        ("[1, 2]", "1", [1]),  # killed before the alias was moved on: 2 does not reign yet
        ("[1, 2, 1]", "1", [1, 2, 1]),
        ("[1, 2, 1]", "2", [1, 2]),  # killed while it was rolled back
        ("[1]", "2", [1, 2]),
        ("[]", "1", [1]),
        ("[1]", None, []),  # killed before the first alias
    ],
)
def test_the_alias_says_who_reigns_whatever_a_killed_command_left_in_the_tag(tag, alias, expected):
    from types import SimpleNamespace

    from holdfast.track.reigns import CHAMPION, reigns

    model = SimpleNamespace(tags={"holdfast.champions": tag}, aliases={} if alias is None else {CHAMPION: alias})
    assert reigns(SimpleNamespace(get_registered_model=lambda _: model), "shop") == expected


@pytest.mark.parametrize("given", [None, "sqlite:///mine.db"])
def test_mlflow_stays_as_the_caller_had_it(trained, monkeypatch, given):
    import mlflow

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    mlflow.set_tracking_uri(given)
    before = mlflow.get_tracking_uri(), dict(os.environ)
    prepared, _ = trained
    score(prepared)
    assert (mlflow.get_tracking_uri(), dict(os.environ)) == before
    assert os.environ["MLFLOW_DISABLE_TELEMETRY"] == "true"
    mlflow.set_tracking_uri(None)


def test_the_model_has_its_runs_figures_and_nobody_asks_for_each_of_them(tmp_path, monkeypatch):
    import mlflow

    monkeypatch.setattr(mlflow.MlflowClient, "get_metric_history", lambda *_: pytest.fail("one figure was asked for"))
    train(prepare(make_config(settings(tmp_path)), purchases=simulate_shop(300, seed=6).purchases))
    with Store(tmp_path / "models")._open() as client:
        experiment = client.get_experiment_by_name("shop").experiment_id
        (run,), (model,) = client.search_runs([experiment]), client.search_logged_models([experiment])
    assert {metric.key: metric.value for metric in model.metrics} == run.data.metrics
    assert len(run.data.metrics) > 50
    assert model.params == run.data.params


def test_a_moved_project_scores_with_what_it_trained(trained, copied, shop):
    prepared, _ = trained
    moved = prepared.config.model_copy(update={"models": Path(copied.folder), "outputs": copied.folder / "out"})
    assert len(score(prepare(moved, purchases=shop.purchases)).scores) > 1000


def test_challenger_champion_promote_and_rollback(shop, tmp_path):
    first = train(prepare(make_config(settings(tmp_path)), purchases=shop.purchases))
    assert first.verdict.promoted
    assert first.verdict.checks[0].name == "beats the champion"
    store = Store(tmp_path / "models")
    with pytest.raises(NotFoundError, match="had no champion before"):
        store.rollback("shop")
    # Another recipe on the same purchases must be better than the champion, not just as good.
    weak = make_config(settings(tmp_path, race__churn="recency"))
    second = train(prepare(weak, purchases=shop.purchases))
    assert not second.verdict.promoted
    assert {c.name: c.passed for c in second.verdict.checks}["beats the champion"] is False
    assert store.champion("shop").model_version == first.model.model_version
    assert store.promote("shop").model_version == second.model.model_version
    assert store.champion("shop").model_version == second.model.model_version
    assert store.rollback("shop").model_version == first.model.model_version
    # The same content again stays the champion.
    assert train(prepare(make_config(settings(tmp_path)), purchases=shop.purchases)).verdict.promoted
