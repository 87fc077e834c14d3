"""`holdfast run --due` does what is due and nothing twice."""

import json

import pytest
import yaml
from typer.testing import CliRunner

from holdfast.cli.commands import app
from holdfast.config import load_config
from holdfast.pipeline import due_of
from holdfast.track import Store
from tests.conftest import settings


@pytest.fixture
def scenario(shop, tmp_path):
    given = settings(tmp_path, race__churn="p0", race__value="btyd", as_of="end_of_data")
    given["purchases"]["path"] = "orders.csv"
    given["cadence"] = {"score_days": 7, "train_days": 30, "review_days": 90}
    path = tmp_path / "shop.yaml"
    path.write_text(yaml.safe_dump(given), encoding="utf-8")

    def sold_until(day: str) -> None:
        shop.purchases[shop.purchases["ordered_at"] < day].to_csv(tmp_path / "orders.csv", index=False)

    sold_until("2024-03-01")
    return path, sold_until


def run(path, today: str, *words: str) -> str:
    done = CliRunner().invoke(app, ["run", "--due", "-c", str(path), "--today", today, *words])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    assert done.exit_code == 0
    return done.stdout


def models(path) -> int:
    return len(Store(load_config(path).models).versions("shop"))


def folders(path) -> list[str]:
    return sorted(p.name for p in (load_config(path).outputs / "shop").glob("20*"))


def test_a_schedule_trains_and_scores_when_each_is_due(scenario):
    path, sold_until = scenario
    assert "At risk" in run(path, "2024-03-01"), "never done: both are due"
    assert (models(path), folders(path)) == (1, ["2024-03-01"])
    assert run(path, "2024-03-05").startswith("Nothing is due.\n  training: done 2024-03-01, 4 days ago, every 30 days")
    sold_until("2024-03-12")
    run(path, "2024-03-12")
    assert (models(path), folders(path)) == (1, ["2024-03-01", "2024-03-12"]), "scores only"
    sold_until("2024-04-10")
    run(path, "2024-04-10")
    assert (models(path), folders(path)[-1]) == (2, "2024-04-10"), "training and scores"


def test_nothing_is_done_twice_for_the_same_purchases(scenario):
    path, _ = scenario
    run(path, "2024-03-01")
    said = json.loads(run(path, "2024-05-01", "--json"))
    assert said["due"] is False
    assert "scores of 2024-03-01 are there, and there is nothing newer than 2024-03-01 to read." in said["said"]
    assert (models(path), folders(path)) == (1, ["2024-03-01"])
    fixed = load_config(path, ["as_of=2024-03-01"])
    assert not due_of(fixed, today="2024-05-01"), "a date that is fixed needs no reading"


def test_a_training_that_the_gate_refused_waits_for_another_day(scenario, monkeypatch):
    path, _ = scenario
    run(path, "2024-03-01")
    config = load_config(path)
    day = Store(config.models).last_trained("shop")
    assert due_of(config, today="2024-05-01").training
    monkeypatch.setattr(Store, "last_trained", lambda self, name: __import__("datetime").date(2024, 5, 1))
    found = due_of(config, today="2024-05-01")
    assert day is not None
    assert (found.training, found.scores) == (False, True)
    assert "the next try is on another day" in found.said[-1]
