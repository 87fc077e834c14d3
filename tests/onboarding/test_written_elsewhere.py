"""A scenario in another folder than its files finds them from wherever it is read, and has a name of its own."""

from pathlib import Path

import pandas as pd
import pytest

from holdfast.config import load_config
from holdfast.pipeline import prepare
from tests.fuzz.configurations import command
from tests.onboarding.test_init import settings


@pytest.fixture
def shop(tmp_path, monkeypatch) -> Path:
    """Lines of orders, and the orders that name customers and days, in a folder of their own."""
    folder = tmp_path / "shop" / "data"
    folder.mkdir(parents=True)
    n = range(400)
    lines = {"order_id": [f"o{i}" for i in n], "product": [f"p{i % 7}" for i in n], "price": [5.5 + i % 9 for i in n]}
    days = pd.to_datetime("2023-01-01") + pd.to_timedelta([i % 360 for i in n], unit="D")
    orders = {"order_id": [f"o{i}" for i in n], "customer_id": [f"c{i % 60}" for i in n], "order_date": days}
    pd.DataFrame(lines).to_csv(folder / "items.csv", index=False)
    pd.DataFrame(orders).to_csv(folder / "orders.csv", index=False)
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("out", ["../shop.yaml", "../../shop.yaml", "../configs/shop.yaml"])
@pytest.mark.parametrize("read_from", ["data", ".", "..", "configs"])
def test_files_and_what_is_looked_up_are_found_from_anywhere(shop, monkeypatch, out, read_from):
    (shop.parent / "configs").mkdir()
    target = (shop / out).resolve()
    code, said = command("init", "items.csv", "orders.csv", "--yes", "--out", out)
    assert code in (0, 2), said
    found = settings(str(target))["purchases"]
    assert found["path"] != "items.csv"
    assert [one["by"] for one in found["lookups"]] == ["order_id"]
    monkeypatch.chdir(shop.parent / read_from)
    read = prepare(load_config(target), base=target.parent)
    assert read.log.report.kept == 400


def test_a_path_that_would_name_another_file_from_here_is_written_whole(shop):
    (shop / "configs").mkdir()
    (shop / "items.csv").rename(shop / "configs" / "lines.csv")
    command("init", "configs/lines.csv", "orders.csv", "--yes", "--out", "../shop.yaml")
    found = settings("../shop.yaml")["purchases"]
    assert found["path"] == "data/configs/lines.csv"
    (shop / "data" / "configs").mkdir(parents=True)
    (shop / "data" / "configs" / "lines.csv").write_text("order_id,product,price\n", encoding="utf-8")
    command("init", "configs/lines.csv", "orders.csv", "--yes", "--force", "--out", "../shop.yaml")
    assert settings("../shop.yaml")["purchases"]["path"] == str(shop / "configs" / "lines.csv")


def test_files_whose_names_differ_behind_a_dot_have_scenarios_of_their_own(shop):
    for name in ("rate0.05.csv", "rate0.3.csv"):
        whole = pd.read_csv("items.csv").merge(pd.read_csv("orders.csv"))
        whole.to_csv(name, index=False)
        assert command("init", name, "--yes")[0] in (0, 2)
    assert (settings("rate0_05.yaml")["name"], settings("rate0_3.yaml")["name"]) == ("rate0_05", "rate0_3")
