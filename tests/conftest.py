"""Logs and scenarios that several rooms' tests share."""

import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from docs.screenshots import FLAGS, chromium
from hypothesis import settings as hypothesis_settings

from holdfast.config import Config, load_config, make_config
from holdfast.data import PurchaseLog, SimulatedShop, Source, read_purchases, simulate_shop
from holdfast.pipeline import Prepared, prepare
from holdfast.track import Store

# Tests assert no times: a busy machine is no failure.
hypothesis_settings.register_profile("holdfast", deadline=None)
hypothesis_settings.load_profile("holdfast")

PROJECT = Path(__file__).parent.parent
SHARED = PROJECT.parent / "shared" / "data"
# A training with formulas alone takes a third of one with trees; most tests ask what is done with a model, of any kind.
RULES = {"churn": "p0", "value": "btyd", "origins": 1}
# The simulated shop is BG/NBD's own world, where no machine can beat the formula: named, so that trees serve.
TREES = {"churn": "blend", "value": "offset", "origins": 1}
COLUMNS = {"customer_id": "customer_id", "ordered_at": "ordered_at", "amount": "amount", "order_id": "order_id"}


@pytest.fixture(scope="session", autouse=True)
def one_model_database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """MLflow's migrations take a second: they run once, and every other new store gets a copy of that database."""
    first = tmp_path_factory.mktemp("store") / "mlflow.db"
    make = Store._make

    def copied(store: Store, uri: str) -> None:
        if not first.is_file():
            make(store, f"sqlite:///{first}")
        database = Path(uri.removeprefix("sqlite:///"))
        shutil.copyfile(first, database)
        with closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("UPDATE experiments SET artifact_location = ?", (f"{store._artifacts.as_uri()}/0",))

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Store, "_make", copied)
        yield


@pytest.fixture(scope="session")
def shop() -> SimulatedShop:
    """2,000 customers over 540 days from 2023-01-01."""
    return simulate_shop(2000, seed=6)


@pytest.fixture(scope="session")
def cdnow() -> PurchaseLog:
    return read_purchases(load_config(PROJECT / "configs" / "cdnow.yaml").source())


@pytest.fixture(scope="session")
def cdnow_summary() -> pd.DataFrame:
    """The published summary of 2,357 customers, in weeks."""
    return pd.read_csv(bundled("cdnow_customers_summary.csv"))


@pytest.fixture(scope="session")
def cdnow_spend() -> pd.DataFrame:
    """The same customers with their mean spend per repeat purchase."""
    table = pd.read_csv(bundled("cdnow_customers_summary_with_transactions.csv"))
    return table.rename(columns={"x": "frequency", "t_x": "recency", "zbar": "monetary_value"})


def bundled(name: str) -> Path:
    """A file that comes with the package `lifetimes`."""
    return Source(f"package:lifetimes/datasets/{name}").paths()[0]


def settings(tmp_path: Path, **changes: Any) -> dict[str, Any]:
    """Plain settings of a small scenario that writes below ``tmp_path``; ``section__key=value`` changes one."""
    given: dict[str, Any] = {
        "name": "shop",
        "purchases": {"columns": dict(COLUMNS)},
        "as_of": "2024-03-01",
        "churn": {"horizon_days": 60},
        "race": dict(RULES),
        "outputs": str(tmp_path / "outputs"),
        "models": str(tmp_path / "models"),
    }
    for path, value in changes.items():
        *parents, last = path.split("__")
        place = given
        for parent in parents:
            place = place.setdefault(parent, {})
        place[last] = value
    return given


@pytest.fixture
def config(tmp_path: Path) -> Config:
    return make_config(settings(tmp_path))


@pytest.fixture
def prepared(config: Config, shop: SimulatedShop) -> Prepared:
    return prepare(config, purchases=shop.purchases)


def in_shared(name: str) -> Path:
    """A real file beside the project, or a skip where it is absent."""
    path = SHARED / name
    if not path.is_file():
        pytest.skip(f"{name} is not beside the project")
    return path


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium, for modules that are skipped where there is none."""
    api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed: no browser was opened")
    with api.sync_playwright() as driver:
        opened = driver.chromium.launch(executable_path=chromium(), args=list(FLAGS))
        yield opened
        opened.close()
