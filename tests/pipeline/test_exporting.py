"""A model that was taken along scores to the last byte like the champion, without any model store."""

import json
import shutil

import pandas as pd
import pytest
import yaml
from typer.testing import CliRunner

import holdfast
from holdfast.cli.commands import app
from holdfast.config import make_config
from holdfast.errors import ConfigError, DamagedModelError, NotFoundError
from holdfast.pipeline import export_model, prepare, score, train
from holdfast.serve.desk import Desk
from tests.conftest import settings


@pytest.fixture(scope="module")
def trained(shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("exported")
    given = settings(folder, race__churn="p0", race__value="btyd")
    given["purchases"]["path"] = "orders.csv"
    shop.purchases.to_csv(folder / "orders.csv", index=False)
    (folder / "shop.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    read = prepare(make_config(given), base=folder)
    train(read)
    scored = score(read)
    version = export_model(read.config, folder / "model")
    return folder, read, scored, version


def test_the_folder_scores_without_mlflow_byte_by_byte(trained, tmp_path):
    folder, _, scored, _ = trained
    assert {p.suffix for p in (folder / "model").iterdir()} <= {".json", ".txt"}, "no pickle"
    words = ["score", "-c", str(folder / "shop.yaml"), "--model", str(folder / "model")]
    elsewhere = ["--set", f"models={tmp_path / 'none'}", "--set", f"outputs={tmp_path / 'out'}"]
    done = CliRunner().invoke(app, [*words, *elsewhere], catch_exceptions=False)
    assert done.exit_code == 0
    mine = tmp_path / "out" / "shop" / "2024-03-01"
    for name in ("scores.parquet", "features.parquet", "lists/at_risk.csv", "metrics.json"):
        assert (mine / name).read_bytes() == (scored.folder / name).read_bytes(), name
    assert not (tmp_path / "none").exists(), "no model store was made"
    assert json.loads((mine / "model.json").read_text())["race"] is None


def test_programs_score_with_the_folder(trained):
    folder, _, scored, version = trained
    model = holdfast.load_bundle(folder / "model")
    rows = pd.read_parquet(scored.folder / "features.parquet")
    assert model.model_version == version
    assert model.predict(rows)["p_churn_60d"].tolist() == scored.scores["p_churn_60d"].tolist()
    assert Desk(trained[1].config, folder, model=folder / "model").now.bundle.model_version == version


def test_a_changed_file_is_refused_before_anything_is_loaded(trained, tmp_path):
    folder, read, _, _ = trained
    copy = tmp_path / "model"
    shutil.copytree(folder / "model", copy)
    text = (copy / "model.json").read_text(encoding="utf-8")
    (copy / "model.json").write_text(text.replace("0", "1", 1), encoding="utf-8")
    for use in (holdfast.load_bundle, lambda path: score(read, model=path), lambda path: Desk(read.config, model=path)):
        with pytest.raises(DamagedModelError, match="is not the one that was written"):
            use(copy)


def test_a_model_is_replaced_as_a_whole_and_nothing_else_is(trained, tmp_path):
    _, read, _, version = trained
    target = tmp_path / "new" / "model"
    assert export_model(read.config, target) == export_model(read.config, target) == version
    assert [p.name for p in target.parent.iterdir()] == ["model"]
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work", encoding="utf-8")
    with pytest.raises(ConfigError, match="something else than a model"):
        export_model(read.config, tmp_path / "mine")
    with pytest.raises(NotFoundError):
        export_model(read.config.model_copy(update={"models": tmp_path / "none"}), tmp_path / "m")
