"""Small scenarios whose every command was run, and a reader of the page."""

from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from holdfast import make_config, prepare, score, train
from holdfast.config import Config
from holdfast.data import simulate_contracts, simulate_shop
from holdfast.pipeline import Prepared, make_list, segment, value
from tests.conftest import settings
from tests.once import once

AS_OF, TODAY = "2024-03-01", "2024-03-02"
HOSTILE = ("<script>alert(1)</script>", '=cmd|"/c calc"!A1', "a&b'c\"d</details>", "`x` {{ 7*7 }}")
TREATMENT = {"name": "voucher <b>", "contact_cost": 0.5, "offer_cost": 1.0, "acceptance": 0.3}
_RULES = {
    "origins": 1,
    "churn": "recency",
    "value": "last_period",
    "leave_out": ["blend", "lightgbm", "lightgbm_pooled", "ridge", "offset", "btyd", "direct"],
}
_VOID = {"meta", "link", "br", "input", "line", "rect", "circle", "polyline", "polygon", "wbr"}


def purchases() -> pd.DataFrame:
    """The simulated shop; those who spent most have ids that would run in a page or a spreadsheet."""
    made = simulate_shop(400, seed=7).purchases
    made["customer_id"] = made["customer_id"].astype(str)
    recent = made[(made["ordered_at"] >= "2023-11-01") & (made["ordered_at"] < AS_OF)]
    most = recent.groupby("customer_id")["amount"].sum().sort_values(ascending=False).index[: len(HOSTILE)]
    return made.assign(customer_id=made["customer_id"].replace(dict(zip(most, HOSTILE, strict=True))))


def shop_config(folder: Path, **changes: Any) -> Config:
    given = settings(folder, suppress__bought_since=False, treatments=[TREATMENT], **changes)
    given["purchases"] |= {"currency": "EUR"}
    given["tables"] = {"customers": {"columns": {"customer_id": "customer_id"}}}
    return make_config({**given, "race": _RULES, "lists": {"show": ["email"]}})


def shop(factory: pytest.TempPathFactory) -> Prepared:
    """A shop: scored twice, listed, divided and valued."""
    return _sold(once(factory, "shop", _work_on_shop), AS_OF)


def _work_on_shop(folder: Path) -> None:
    for as_of in ("2023-12-31", AS_OF):
        prepared = _sold(folder, as_of)
        train(prepared)
        score(prepared)
        segment(prepared.config)
    make_list(prepared, "at_risk", capacity=60, today=TODAY)
    value(prepared)


def _sold(folder: Path, as_of: str) -> Prepared:
    bought = purchases()
    bought = bought[bought["ordered_at"] < AS_OF]
    who = pd.DataFrame({"customer_id": sorted(set(bought["customer_id"])), "email": "<i>someone</i>@example.org"})
    return prepare(shop_config(folder, as_of=as_of), purchases=bought, tables={"customers": who})


def contracts(factory: pytest.TempPathFactory) -> Prepared:
    """A business with contracts: scored and listed."""
    return _bound(once(factory, "contracts", work_on_contracts))


def work_on_contracts(folder: Path, **changes: Any) -> Prepared:
    """Train, score and list in a folder, with other settings if need be."""
    prepared = _bound(folder, **changes)
    train(prepared)
    score(prepared)
    make_list(prepared, "at_risk", today="2023-11-02")
    return prepared


def _bound(folder: Path, **changes: Any) -> Prepared:
    names = ("customer_id", "started_at", "ended_at", "end_reason", "plan", "price")
    given = {
        "name": "subs",
        "setting": "contractual",
        "as_of": "2023-11-01",
        "churn": {"horizon_days": 30},
        "subscriptions": {"period_days": 30, "columns": {name: name for name in names}},
        "treatments": [{"name": "call", "contact_cost": 0.1, "acceptance": 0.5}],
        "outputs": str(folder / "outputs"),
        "models": str(folder / "models"),
        **changes,
    }
    return prepare(make_config(given), subscriptions=simulate_contracts(800, seed=3).spells)


class Node:
    """An element of a page."""

    def __init__(self, tag: str, given: dict[str, str | None], parent: "Node | None") -> None:
        self.tag, self.given, self.parent = tag, given, parent
        self.inside: list[Node | str] = []

    def __iter__(self) -> Iterator["Node"]:
        for one in self.inside:
            if isinstance(one, Node):
                yield one
                yield from one

    @property
    def text(self) -> str:
        parts = [one if isinstance(one, str) else one.text for one in self.inside]
        return " ".join("".join(parts).split()) if self.tag not in ("script", "style") else ""

    @property
    def words(self) -> str:
        """The text with a blank between elements."""
        return " ".join(" ".join(one if isinstance(one, str) else one.words for one in self.inside).split())

    def all(self, tag: str, kind: str = "") -> list["Node"]:
        return [n for n in self if n.tag == tag and (not kind or kind in (n.given.get("class") or "").split())]

    def ident(self, name: str) -> "Node":
        return next(n for n in self if n.given.get("id") == name)

    def rows(self) -> list[list[str]]:
        """The cells of the rows below it, heads aside."""
        found = [[cell.text for cell in row if cell.tag in ("td", "th")] for row in self.all("tr")]
        return [cells for cells, row in zip(found, self.all("tr"), strict=True) if row.parent.tag != "thead"]


class Page(HTMLParser):
    """A page as a tree; an element that is not closed where it should be is an error."""

    def __init__(self, path: Path) -> None:
        super().__init__(convert_charrefs=True)
        self.source = path.read_text(encoding="utf-8")
        self.root = self._at = Node("page", {}, None)
        self.feed(self.source)
        self.close()
        assert self._at is self.root, f"<{self._at.tag}> is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, dict(attrs), self._at)
        self._at.inside.append(node)
        if tag not in _VOID:
            self._at = node

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._at.inside.append(Node(tag, dict(attrs), self._at))

    def handle_endtag(self, tag: str) -> None:
        if tag in _VOID:
            return
        assert self._at.tag == tag, f"</{tag}> closes <{self._at.tag}>"
        assert self._at.parent is not None
        self._at = self._at.parent

    def handle_data(self, data: str) -> None:
        self._at.inside.append(data)
