"""Contracts as insurers, gyms and shops of software export them: what they cost, for how long, and who has them."""

from datetime import date, timedelta
from pathlib import Path

import pytest
import yaml

from holdfast import load_config, prepare
from holdfast.onboarding import Look
from tests.fuzz.configurations import command


def policies(*, running: bool, price: str = "annual_premium") -> None:
    """Write 300 policies of a year each; every fifth without an end where some still run."""
    rows = [f"policyholder_id,policy_start,policy_end,{price},age"]
    for n in range(300):
        start = date(2020, 1, 1) + timedelta(days=4 * n)
        end = "" if running and n % 5 == 0 else (start + timedelta(days=365)).isoformat()
        rows.append(f"P{n:04d},{start},{end},{400 + n}.50,{20 + n % 60}")
    Path("x.csv").write_text("\n".join(rows), encoding="utf-8")


def written() -> tuple[dict, str]:
    _, said = command("init", "x.csv", "--yes")
    text = Path("x.yaml").read_text(encoding="utf-8").replace("as_of: <answer>", "as_of: 2023-06-01")
    return yaml.safe_load(text), said


@pytest.mark.parametrize("price", ["annual_premium", "yearly_price"])
def test_what_a_year_costs_is_a_price_of_365_days(price):
    policies(running=True, price=price)
    found, _ = written()
    assert found["subscriptions"]["columns"]["price"] == price
    assert found["subscriptions"]["period_days"] == 365
    assert found["subscriptions"]["columns"]["customer_id"] == "policyholder_id"


def test_the_end_of_the_data_is_an_answer_that_check_takes():
    policies(running=True)
    command("init", "x.csv", "--yes")
    text = Path("x.yaml").read_text(encoding="utf-8")
    asked = " ".join(text.replace("#", "").split())
    assert "began on 2023-04-11; end_of_data is the day after that, and moves on" in asked
    Path("x.yaml").write_text(text.replace("as_of: <answer>", "as_of: end_of_data"), encoding="utf-8")
    config = load_config("x.yaml")
    assert prepare(config).moment == "2023-04-12"


@pytest.mark.parametrize(
    "price",
    ["Tarif", "Tarif à la souscription", "Cotisation", "Abonnement", "Prix d'abonnement", "Mensualité", "Tarifa"],
)
def test_a_price_is_known_by_more_words(price):
    policies(running=True, price=price)
    assert written()[0]["subscriptions"]["columns"]["price"] == price


def test_a_tariff_of_whole_numbers_alone_may_number_the_plans():
    policies(running=True, price="Tarif")
    text = Path("x.csv").read_text(encoding="utf-8").replace(".50,", ",")
    lines = text.splitlines()
    rows = [line.rsplit(",", 2) for line in lines[1:]]
    Path("x.csv").write_text("\n".join([lines[0], *(f"{a},{n % 3},{c}" for n, (a, _, c) in enumerate(rows))]), "utf-8")
    columns = written()[0]["subscriptions"]["columns"]
    assert (columns["plan"], "price" in columns) == ("Tarif", False)
    # Beside a column of plans it says what they cost.
    named = [
        f"{line},{'Formule' if n == 0 else 'Basic' if n % 2 else 'Gold'}" for n, line in enumerate(text.splitlines())
    ]
    Path("x.csv").write_text("\n".join(named), encoding="utf-8")
    Path("x.yaml").unlink()
    columns = written()[0]["subscriptions"]["columns"]
    assert (columns["plan"], columns["price"]) == ("Formule", "Tarif")


@pytest.mark.parametrize("name", ["Subscription items.Item price Id", "price_id", "Price nickname"])
def test_the_id_of_a_price_is_the_plan(name):
    policies(running=True, price="price")
    named = [
        f"{line},{name if n == 0 else ('Basic-USD-Monthly', 'Pro-USD-Yearly')[n % 2]}"
        for n, line in enumerate(Path("x.csv").read_text(encoding="utf-8").splitlines())
    ]
    Path("x.csv").write_text("\n".join(named), encoding="utf-8")
    columns = written()[0]["subscriptions"]["columns"]
    assert (columns["plan"], columns["price"]) == (name, "price")


def test_what_a_month_costs_needs_no_period():
    policies(running=True, price="mrr")
    found, _ = written()
    assert found["subscriptions"]["columns"]["price"] == "mrr"
    assert "period_days" not in found["subscriptions"]


def test_where_every_contract_has_an_end_no_column_is_a_copy_of_it():
    policies(running=False)
    found, said = written()
    assert "ignore" not in found["subscriptions"]
    assert "filled only where" not in said


def test_without_a_price_no_treatment_is_written_that_the_next_command_would_refuse():
    policies(running=True, price="paid_by")
    Path("x.csv").write_text(Path("x.csv").read_text().replace(".50,", " card,"), encoding="utf-8")
    found, _ = written()
    assert "price" not in found["subscriptions"]["columns"]
    assert "treatments" not in found
    assert "No `treatments`: whether one pays is not known without columns.price" in Path("x.yaml").read_text()


def test_contracts_that_were_never_paid_or_only_drawn_up_are_none():
    policies(running=True, price="price")
    head, *lines = Path("x.csv").read_text(encoding="utf-8").splitlines()
    never = {1: "incomplete_expired", 2: "Draft", 3: "on hold"}
    lines = [f"{line},{never.get(i % 20, 'canceled' if i % 5 else 'active')}" for i, line in enumerate(lines)]
    Path("x.csv").write_text("\n".join([f"{head},Status", *lines]), encoding="utf-8")
    told = Look(["x.csv"]).findings({}).told
    (rule,) = written()[0]["subscriptions"]["rules"]["drop"]
    assert rule == {"column": "Status", "values": ["Draft", "incomplete_expired"]}
    many = sum(i % 20 in (1, 2) for i in range(len(lines)))
    assert (
        f'status: "Status" says "Draft", "incomplete_expired" on {many} lines: no contracts: dropped (rules.drop)'
        in told
    )
