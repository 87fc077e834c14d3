"""Money in which a line is worth millions and more, as rupiah, dong, yen and won are."""

from pathlib import Path

from holdfast.config import load_config
from tests.fuzz.configurations import command
from tests.onboarding.exports import Cell, Export, sales
from tests.onboarding.plain import PLAIN, read

BARE = {name: cell for name, cell in PLAIN.items() if name != "amount"}


def price(s) -> int:
    return 25_000 + 1_000_000 * (s.cents % 90_000)


def pieces(s) -> int:
    return 1 + s.cents % 12


def init(columns: dict[str, Cell]) -> tuple[dict, float, str]:
    Export(columns).write(Path("x.csv"))
    code, said = command("init", "x.csv", "--yes", "--force", "--out", "x.yaml")
    assert code == 0, said
    found, customers, revenue, rejected = read(Path("x.yaml"))
    assert (customers, rejected) == (60, 0)
    code, checked = command("check", "-c", "x.yaml")
    assert code == 0, checked
    return found, revenue, said


def test_quantity_times_price_of_millions_is_read():
    found, revenue, _ = init({**BARE, "Qty": lambda s: str(pieces(s)), "Unit price": lambda s: str(price(s))})
    assert (found["columns"]["quantity"], found["columns"]["unit_price"]) == ("Qty", "Unit price")
    assert revenue == sum(pieces(s) * price(s) for s in sales())


def test_an_amount_of_millions_is_proved_to_be_quantity_times_price():
    columns = {
        **BARE,
        "Qty": lambda s: str(pieces(s)),
        "Unit price": lambda s: str(price(s)),
        "Amount": lambda s: str(pieces(s) * price(s)),
    }
    found, revenue, _ = init(columns)
    assert found["columns"]["amount"] == "Amount"
    assert revenue == sum(pieces(s) * price(s) for s in sales())


def test_debits_and_credits_of_billions_are_compared():
    side = {"Dr/Cr": lambda s: "Cr" if s.order % 20 == 7 else "Dr"}
    Export({**BARE, "Amount": lambda s: str(10 * price(s)), **side}).write(Path("x.csv"))
    code, said = command("init", "x.csv", "--force", "--out", "x.yaml")
    assert code in (0, 2), said
    assert "bug" not in said


def test_costs_that_are_written_for_large_purchases_can_be_read():
    columns = {**BARE, "Amount": lambda s: str(10 * price(s))}
    _, revenue, _ = init(columns)
    assert revenue == sum(10 * price(s) for s in sales())
    assert load_config(Path("x.yaml")).treatments[0].offer_cost > 1e9
