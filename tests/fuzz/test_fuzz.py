"""A few examples of what ``make fuzz`` tries for an hour."""

from pathlib import Path

import pytest
import yaml

from holdfast.data import simulate_shop
from tests.conftest import settings
from tests.fuzz import configurations, files


def test_files(tmp_path):
    met = files.run(200, 1, tmp_path)
    assert met["read"] >= 120
    assert met["damaged, read"] + met["damaged, refused"] >= 20


@pytest.fixture(scope="module")
def scenario(tmp_path_factory) -> Path:
    return scored_scenario(tmp_path_factory.mktemp("fuzz"))


def scored_scenario(folder: Path) -> Path:
    """A small shop that was trained and scored, so that every command has something to work with."""
    simulate_shop(300, seed=7).purchases.to_csv(folder / "p.csv", index=False)
    given = settings(folder, purchases__path="p.csv", race__churn="p0", race__value="btyd")
    given["race"] |= {"leave_out": ["blend", "lightgbm", "lightgbm_pooled", "ridge", "offset", "direct"]}
    path = folder / "shop.yaml"
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    for command in ("train", "promote", "score"):
        code, said = configurations.command(command, "-c", str(path))
        assert code == 0, said
    return path


def test_configurations(scenario):
    met = configurations.run(150, 1, scenario)
    assert met["exit 2"] >= 100
    assert met["exit 0"] >= 5
