"""A discount that is a percentage has no sum: it is proved by a total, asked about, or told as what it is."""

from pathlib import Path

import pytest
import yaml

from holdfast.onboarding.look import Look
from tests.fuzz.configurations import command
from tests.onboarding.plain import read

HEADS = ("Discount %", "Discount Percentage", "Rabatt %", "Discount")
RATES = (0, 0, 10, 15, 25)
WORTHS = (9.9, 20.0, 35.5, 71.0)


def orders(*columns: str, share: bool = False) -> float:
    """Write 200 orders; return what was paid for them, the discount off."""
    lines, paid = [",".join(("Customer ID", "Order Date", "Order ID", *columns))], 0.0
    for i in range(200):
        rate, quantity, price = RATES[i * 7 % 5], 1 + i % 3, WORTHS[i % 4]
        gross = round(quantity * price, 2)
        net = round(gross * (100 - rate) / 100 + 1e-9, 2)
        of = {"Quantity": quantity, "Price": price, "Rate": price, "Subtotal": f"{gross:.2f}", "Total": f"{net:.2f}"}
        cells = [str(of.get(c, rate / 100 if share else rate)) for c in columns]
        lines.append(",".join([f"C{i % 37}", f"2024-{1 + i % 12:02}-{1 + i % 27:02}", f"O{i}", *cells]))
        paid += net
    Path("x.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return paid


@pytest.fixture(autouse=True)
def _here(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize("head", HEADS)
def test_a_total_that_is_less_the_percentage_proves_that_it_is_off(head, share):
    for columns in (("Subtotal", head, "Total"), *(("Quantity", each, head, "Total") for each in ("Price", "Rate"))):
        orders(*columns, share=share)
        found = Look(["x.csv"]).findings({})
        assert found.settings["columns.amount"] == "Total", columns
        assert not found.questions
        assert "columns.discount" not in {**found.settings, **found.why}
        assert not any("together" in said for said in found.told)


@pytest.mark.parametrize("share", [False, True])
@pytest.mark.parametrize("head", HEADS[:3])
def test_where_no_total_proves_it_the_percentage_is_asked_about_and_comes_off_as_one(head, share):
    paid = orders("Subtotal", head, share=share)
    (question,) = Look(["x.csv"]).findings({}).questions
    assert question.asked == f'"{head}" is not 0 on 120 lines, a percentage of up to 25 %. Does it come off "Subtotal"?'
    kind = "share" if share else "percent"
    assert [c.settings for c in question.choices] == [
        {"columns.discount": head, "discount_as": kind},
        {"columns.discount": None},
    ]
    assert command("init", "x.csv", "--yes")[0] == 2
    found = Look(["x.csv"]).findings({question.key: question.choices[0]})
    assert found.settings["discount_as"] == kind
    given = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))
    given["purchases"]["columns"]["discount"] = head
    given["purchases"]["discount_as"] = kind
    Path("y.yaml").write_text(yaml.safe_dump(given), encoding="utf-8")
    assert read(Path("y.yaml"))[2] == pytest.approx(paid, abs=0.01 * 200)


def test_numbers_that_may_be_either_are_offered_as_both_and_money_is_money():
    orders("Subtotal", "Discount")
    (question,) = Look(["x.csv"]).findings({}).questions
    assert question.asked == (
        '"Discount" is not 0 on 120 lines, up to 25: money, or a percentage. Does it come off "Subtotal"?'
    )
    assert [c.settings.get("discount_as", "") for c in question.choices] == ["", "percent", ""]
    head, *lines = (line.rsplit(",", 1) for line in Path("x.csv").read_text(encoding="utf-8").splitlines())
    money = [",".join(head), *(f"{line},{float(cell) / 10:.2f}" for line, cell in lines)]
    Path("x.csv").write_text("\n".join(money) + "\n", encoding="utf-8")
    (question,) = Look(["x.csv"]).findings({}).questions
    assert "together. Does it come off" in question.asked


def test_beside_another_amount_or_a_price_it_is_told_without_a_sum():
    orders("Total", "Discount %")
    found = Look(["x.csv"]).findings({})
    assert not found.questions
    assert found.why["columns.discount"] == '"Discount %", with discount_as: percent, if "Total" is of before it'
    assert (
        '"Discount %" is not 0 on 120 lines, a percentage of up to 25 %, and is not taken off: state columns.discount '
        'and discount_as: percent if "Total" is of before it'
    ) in found.told
    orders("Quantity", "Price", "disc_pct")
    said = "state columns.discount and discount_as (percent or share) if it comes off quantity × price"
    assert f'"disc_pct" is not counted: {said}' in Look(["x.csv"]).findings({}).told
