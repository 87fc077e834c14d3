"""Scenarios as files, in both settings, and a visitor of their pages."""

import re
import shutil
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml
from starlette.testclient import TestClient

from holdfast.data import simulate_contracts
from holdfast.web import create_app
from holdfast.web.guard import Access
from holdfast.web.site import Site
from tests.conftest import settings
from tests.report import shops

HOME = "http://127.0.0.1:8400"
HERE = ("127.0.0.1", 50_000)


@dataclass(frozen=True)
class Scenario:
    """A YAML file whose outputs are there, and the day it is looked at."""

    path: Path
    name: str
    as_of: str
    today: str

    @property
    def home(self) -> Path:
        return Path(yaml.safe_load(self.path.read_text(encoding="utf-8"))["outputs"]) / self.name

    @property
    def folder(self) -> Path:
        return self.home / self.as_of

    @property
    def issued(self) -> Path:
        return self.home / "issued" / f"at_risk-{self.as_of}"

    def site(self, *changes: str, **given: Any) -> Site:
        return Site(self.path, list(changes), today=self.today, **given)

    def copy(self, folder: Path) -> "Scenario":
        """The same with outputs of its own, to be changed."""
        given = yaml.safe_load(self.path.read_text(encoding="utf-8"))
        shutil.copytree(given["outputs"], folder / "outputs")
        path = self.path.with_name(f"{folder.name}-{self.path.name}")
        path.write_text(yaml.safe_dump({**given, "outputs": str(folder / "outputs")}), encoding="utf-8")
        return replace(self, path=path)


def sold(factory: pytest.TempPathFactory) -> Scenario:
    """A shop: scored twice, listed, divided and valued."""
    folder = shops.shop(factory).config.models.parent
    bought = shops.purchases()
    bought = bought[bought["ordered_at"] < shops.AS_OF]
    bought.to_csv(folder / "p.csv", index=False)
    who = pd.DataFrame({"customer_id": sorted(set(bought["customer_id"])), "email": "<i>someone</i>@example.org"})
    who.to_csv(folder / "c.csv", index=False)
    given = settings(folder, suppress__bought_since=False, treatments=[shops.TREATMENT], as_of=shops.AS_OF)
    given["purchases"] |= {"currency": "EUR", "path": "p.csv"}
    given["tables"] = {"customers": {"path": "c.csv", "columns": {"customer_id": "customer_id"}}}
    given |= {"race": shops._RULES, "lists": {"show": ["email"]}}
    return _written(folder, given, shops.TODAY)


def bound(factory: pytest.TempPathFactory) -> Scenario:
    """A business with contracts: scored and listed."""
    config = shops.contracts(factory).config
    folder = config.models.parent
    simulate_contracts(800, seed=3).spells.to_csv(folder / "s.csv", index=False)
    names = ("customer_id", "started_at", "ended_at", "end_reason", "plan", "price")
    given = {
        "name": config.name,
        "setting": "contractual",
        "as_of": str(config.as_of),
        "churn": {"horizon_days": 30},
        "subscriptions": {"path": "s.csv", "period_days": 30, "columns": {name: name for name in names}},
        "treatments": [{"name": "call", "contact_cost": 0.1, "acceptance": 0.5}],
        "outputs": str(folder / "outputs"),
        "models": str(folder / "models"),
    }
    return _written(folder, given, "2023-11-02")


def _written(folder: Path, given: dict[str, Any], today: str) -> Scenario:
    path = folder / "scenario.yaml"
    path.write_text(yaml.safe_dump(given), encoding="utf-8")
    return Scenario(path, given["name"], given["as_of"], today)


def visitor(site: Site, access: Access | None = None, *, peer: str = HERE[0], home: str = HOME) -> TestClient:
    """Return somebody who looks at the page from an address."""
    return TestClient(create_app(site, access), base_url=home, client=(peer, HERE[1]), follow_redirects=False)


def token(text: str) -> str:
    """The token of a page's form."""
    return re.search(r'name="token" value="([^"]+)"', text)[1]


def frame(path: Path) -> pd.DataFrame:
    """Read what a command has written."""
    return pd.read_parquet(path)


def risk(table: pd.DataFrame) -> str:
    """Name the column of the probability of churn."""
    return next(c for c in table if c.startswith("p_churn_"))
