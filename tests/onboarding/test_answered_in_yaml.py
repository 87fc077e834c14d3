"""Whoever answers in the YAML, and writes each line of the alternative, gets the figures of an answer on a terminal."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml

from holdfast import load_config, prepare
from holdfast.config import ANSWER
from holdfast.onboarding import Choice, Look, Question, with_follow_ups
from tests.fuzz.configurations import command
from tests.onboarding.plain import answer
from tests.onboarding.test_beside_open_amounts import charges
from tests.onboarding.test_beside_open_amounts import orders as discounted
from tests.onboarding.test_follow_ups import orders

FIRST = date(2023, 1, 2)
# A file, and which alternative of every question is taken: each in turn, and of fewer the last.
Rows = pd.DataFrame


@pytest.fixture(autouse=True)
def _inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def ledger(customer: str = "Name", *, net: bool = False) -> Rows:
    """Invoices, half of them with the order that they bill, as NetSuite lists them."""
    random, rows = np.random.default_rng(5), []
    for i in range(600):
        day, total = FIRST + timedelta(days=i), round(float(random.integers(2000, 30000)) / 100, 2)
        buyer = f"CUST C{random.integers(60):04}"
        if i % 2:
            rows.append([day, "Sales Order", f"SO{i}", buyer, total])
        rows.append([day + timedelta(days=1), "Invoice", f"INV{i}", buyer, total])
        if i % 9 == 0:
            rows.append([day + timedelta(days=3), "Credit Memo", f"CM{i}", buyer, -total])
    table = pd.DataFrame(rows, columns=["Date", "Type", "Document Number", customer, "Amount"])
    if net:
        table = table.rename(columns={"Amount": "Gross"}).assign(Net=(table["Amount"] * 0.97).round(2))
    return table


def paid(*, both: bool) -> Rows:
    """Payments at a service with refunds by the shop itself; ``both``: the shop is paid on half of the lines only."""
    random, rows = np.random.default_rng(6), []
    for i in range(500):
        buyer, total = f"b{random.integers(50)}@mail.example", round(float(random.integers(2000, 30000)) / 100, 2)
        day, shop = (
            FIRST + timedelta(days=i),
            "shop@acme.example" if i % 2 or not both else f"till{i % 40}@acme.example",
        )
        rows.append([day, "Express Checkout Payment", "Completed", total, buyer, shop, f"T{i:09}", ""])
        if i % 8 == 0:
            rows.append(
                [day, "Payment Refund", "Completed", -total, "shop@acme.example", buyer, f"R{i:09}", f"T{i:09}"]
            )
        if i % 50 == 0:
            rows.append([day, "General Withdrawal", "Completed", -500.0, "shop@acme.example", "", f"W{i:09}", ""])
    names = ["Date", "Type", "Status", "Gross", "From Email Address", "To Email Address", "Transaction ID"]
    table = pd.DataFrame(rows, columns=[*names, "Reference Txn ID"])
    table["Net"] = (table["Gross"] * 0.97).round(2)
    return table


def cased() -> Rows:
    x = orders().drop(columns=["order_total", "refunded"])
    x["email"] = np.where(np.arange(len(x)) % 7 == 0, x["email"].str.upper(), x["email"])
    return x.assign(customer_id=[f"k{number}" if number % 3 else "" for number in x["order_number"] % 60])


def of_rows(rows: list[list[str]]) -> Rows:
    return pd.DataFrame(rows[1:], columns=rows[0])


FILES: dict[str, Callable[[], Rows]] = {
    "orders billed, the customer open": ledger,
    "orders billed, the customer and the amount open": lambda: ledger(net=True),
    "payments, the shop is who is paid": lambda: paid(both=False),
    "payments, the shop has many addresses": lambda: paid(both=True),
    "an amount of the order beside that of the line": orders,
    "guests without a number": cased,
    "cents of charges": lambda: of_rows(charges("totals.subtotal", "totals.total")),
    "a discount that another amount is less of": lambda: of_rows(discounted()),
}


def taken(question: Question, number: int) -> Choice:
    return question.choices[min(number, len(question.choices) - 1)]


def on_a_terminal(monkeypatch, number: int) -> list[Choice]:
    """Answer one question after the other; return what was taken."""
    given: dict[str, Choice] = {}
    look = Look(["x.csv"])
    typed = []
    while found := look.findings(dict(given)).questions:
        given[found[0].key] = taken(found[0], number)
        typed.append(str(found[0].choices.index(given[found[0].key]) + 1))
    answer(monkeypatch, typed)
    command("init", "x.csv", "--out", "asked.yaml", "--force")
    return list(given.values())


def in_yaml(chosen: list[Choice], number: int) -> None:
    """Put into each place of the YAML what its alternative says, every line of it."""
    command("init", "x.csv", "--yes", "--out", "open.yaml", "--force")
    text = Path("open.yaml").read_text(encoding="utf-8")
    settings = yaml.safe_load(text)
    names = {f'"{name}"' for c in chosen for name in c.settings.values() if isinstance(name, str)}
    names |= {c.said for c in chosen}
    for question in text.split("# QUESTION:")[1:]:
        asked, *_ = question.partition(f": {ANSWER}")
        asked, key = re.sub(r"\n *# (?! )", " ", asked), asked.split()[-1]
        groups = re.split(r"\n *#   (?! )", asked.rsplit("\n", 1)[0])
        where, alternatives = groups[0], [group.split("\n") for group in groups[1:]]
        said = [one[0].rpartition("    (")[2].removesuffix(")") for one in alternatives]
        _put(settings, key, alternatives[_which(where, said, names, number)])
    Path("open.yaml").write_text(yaml.safe_dump(settings), encoding="utf-8")


def _which(asked: str, said: list[str], names: set[str], number: int) -> int:
    """Return which alternative of a question follows from what was taken."""
    if exact := [i for i, one in enumerate(said) if one in names]:
        return exact[0]
    of = [i for i, one in enumerate(said) if one.startswith("if it is") and _holds(one, names)]
    if of:
        return of[min(number, len(of) - 1)]
    if "this follows from" in asked or (asked.startswith(" if it is") and not _holds(asked, names)):
        return len(said) - 1
    return min(number, len(said) - 1)


def _holds(condition: str, names: set[str]) -> bool:
    """Say whether what was taken is one of the answers that a condition names."""
    ways = condition.removeprefix(" ").removeprefix("if it is ").split(": ")[0].split(" or ")
    return any(all(part in names for part in way.split(" and ")) for way in ways)


def _put(settings: dict[str, Any], key: str, lines: list[str]) -> None:
    """Write one alternative: its own key, and the lines that go with it."""
    section = settings["purchases"]
    place = next(at for at in (section, section["columns"], section.get("rules", {})) if at.get(key) == ANSWER)
    first = lines[0].rpartition("    (")[0]
    place.pop(key)
    if first != "take the key out":
        place |= yaml.safe_load(first)
    for line in lines[1:]:
        where, _, stated = re.sub(r"^ *# +and ", "", line).partition(": ")
        at = {"here": place, "on a line below path": section}.get(where)
        if at is None:
            at = section.setdefault(where.removeprefix("below "), {})
        at |= yaml.safe_load(stated)


def read(name: str) -> tuple[int, float, int]:
    log = prepare(load_config(name)).log
    found = log.connection.execute(
        "SELECT COUNT(DISTINCT customer_id), COALESCE(SUM(amount), 0), COUNT(*) FROM purchases"
    ).fetchall()[0]
    return found[0], round(float(found[1]), 2), found[2]


@pytest.mark.parametrize("number", [0, 1])
@pytest.mark.parametrize("name", FILES)
def test_an_answer_in_the_yaml_reads_as_the_same_answer_on_a_terminal(monkeypatch, name, number):
    FILES[name]().to_csv("x.csv", index=False)
    chosen = on_a_terminal(monkeypatch, number)
    assert chosen
    in_yaml(chosen, number)
    assert read("open.yaml") == read("asked.yaml")


def test_what_follows_from_the_only_alternative_is_stated():
    ledger().to_csv("x.csv", index=False)
    ledger("Customer ID").to_csv("y.csv", index=False)
    assert command("init", "x.csv", "--yes")[0] == 2
    text = Path("x.yaml").read_text(encoding="utf-8")
    purchases = yaml.safe_load(text)["purchases"]
    assert purchases["columns"]["order_id"] == "Document Number"
    assert purchases["rules"]["drop"] == [{"column": "Type", "values": ["Sales Order"]}]
    Path("x.yaml").write_text(text.replace(ANSWER, "Name", 1), encoding="utf-8")
    command("init", "y.csv", "--yes")
    assert read("x.yaml") == read("y.yaml")
    sold = ledger()
    assert read("x.yaml")[1] == pytest.approx(sold.loc[sold["Type"] != "Sales Order", "Amount"].sum(), abs=0.01)


def test_what_several_answers_decide_together_is_a_question_of_its_own():
    """The shop's own address is known where refunds of the whole sum are, and only with the buyer's column."""
    with_fee = paid(both=True)
    with_fee["Net"] = with_fee["Gross"].where(with_fee["Gross"] > 0, with_fee["Gross"] - 0.3) * 0.97
    with_fee.round(2).to_csv("x.csv", index=False)
    look = Look(["x.csv"])
    followed = with_follow_ups(look, look.findings({}))
    (own,) = (q for q in followed.questions if q.key == "missing_values")
    assert [(c.said, c.settings["missing_values"]) for c in own.choices] == [
        ('if it is "From Email Address" and "Gross"', ["shop@acme.example"]),
        ("after any other answers", None),
    ]


def test_who_is_paid_on_nearly_every_line_is_the_shop_and_no_customer():
    paid(both=False).to_csv("x.csv", index=False)
    found = Look(["x.csv"]).findings({})
    assert found.settings["columns.customer_id"] == "From Email Address"
    assert "columns.customer_id" in [q.key for q in _of_both().questions]


def _of_both():
    paid(both=True).to_csv("y.csv", index=False)
    return Look(["y.csv"]).findings({})
