"""Columns that come back and are nobody; ids and orders by the names that common exports give them."""

from pathlib import Path

import pytest

from holdfast.errors import DataError
from holdfast.onboarding import Look
from holdfast.onboarding.findings import Findings
from tests.onboarding.exports import Cell, Export
from tests.onboarding.plain import PLAIN


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


BARE = {name: cell for name, cell in PLAIN.items() if name != "customer_id"}


def found(columns: dict[str, Cell]) -> Findings:
    Export(columns).write(Path("x.csv"))
    return Look(["x.csv"]).findings({})


def code(s) -> str:
    return f"{10_000 + s.customer}"


@pytest.mark.parametrize(
    "called",
    [
        *("Postal Code of Buyer", "ship-postal-code", "Customer ZIP", "PLZ", "Kundenpostleitzahl", "Postnr.", "CAP"),
        *("Ville client", "Città del cliente", "Region of customer", "customer_ip_address", "Customer currency"),
        *("SKU", "Apple Identifier", "Device ID", "Sales channel", "郵便番号", "고객 국가"),
    ],
)
def test_where_and_with_what_something_was_bought_is_nobody(called):
    with pytest.raises(DataError, match="No column names a customer") as refused:
        found({called: code, **BARE})
    assert f'"{called}" says where' in str(refused.value)
    assert "with a number or an e-mail address of each customer" in str(refused.value)


def test_beside_a_customer_nothing_of_it_is_asked():
    told = found({"Postal Code of Buyer": code, "Ref": lambda s: f"Q{s.customer}", **BARE})
    (question,) = [q for q in told.questions if q.key == "columns.customer_id"]
    assert question.asked == 'who bought? "Ref" fits by its contents alone.'
    for called in ("App user ID", "Customer ID", "Device user id"):
        assert found({"Zip code": code, called: code, **BARE}).settings["columns.customer_id"] == called
