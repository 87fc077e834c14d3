"""What init says of money that no line can settle: tax within amounts, and gift cards, which are money twice."""

from pathlib import Path

import pytest
import yaml

from tests.fuzz.configurations import command
from tests.onboarding.looked import day, shop
from tests.onboarding.plain import read


def rows(names: list[str], cells) -> list[list[str]]:
    return [["customer_id", "date", *names], *([f"c{i % 30}", day(i), *cells(i)] for i in range(300))]


def taxed(i: int) -> list[str]:
    net, tax = 20 + i % 13, 4 + i % 3
    return [f"{net + tax}.00", f"{tax}.00", f"{net}.00"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["Invoice Total", "VAT", "Labour"], '"Invoice Total" holds "VAT" (1,500.00 in all)'),
        (["grand_total", "tax", "subtotal"], "columns.amount: subtotal is without it, and columns.discount: tax"),
        (["Belopp inkl moms", "Moms", "x"], '"Belopp inkl moms" holds "Moms"'),
    ],
)
def test_tax_within_an_amount_is_told_with_the_keys_that_take_it_off(names, said):
    found = shop(rows(names, taxed))
    assert found.settings["columns.amount"] == names[0]
    assert any(said in line for line in found.told), found.told
    assert found.why["columns.discount"].startswith(f'"{names[1]}" takes the tax off')


def test_the_keys_that_are_told_take_the_tax_off():
    shop(rows(["grand_total", "tax", "subtotal"], taxed))
    assert command("init", "x.csv", "--yes")[0] == 0
    written = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))
    whole = read(Path("x.yaml"))[2]
    written["purchases"]["columns"]["discount"] = "tax"
    written["purchases"]["discount_as"] = "positive"
    Path("y.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    assert whole - read(Path("y.yaml"))[2] == 1500


def test_tax_that_an_amount_may_hold_is_told_so_and_a_net_amount_says_nothing():
    maybe = shop(rows(["total", "tax"], lambda i: taxed(i)[:2]))
    assert any('"total" may hold "tax"' in line for line in maybe.told)
    net = shop(rows(["net total", "tax"], lambda i: taxed(i)[:2]))
    assert not any("hold" in line for line in net.told)


def test_a_tax_that_is_more_than_what_was_paid_is_none():
    found = shop(rows(["total", "tax"], lambda i: [f"{20 + i % 13}.00", f"{90 + i % 7}.00"]))
    assert not any("hold" in line for line in found.told)


def test_the_difference_of_two_amounts_does_not_count_lines_of_totals():
    lines = rows(["Gross", "VAT", "Net"], taxed)
    lines += [["", "", *(f"{sum(float(line[k]) for line in lines[1:]):.2f}" for k in (2, 3, 4))]]
    (question,) = [q for q in shop(lines).questions if q.key == "columns.amount"]
    assert '"Gross" comes to 1,500.00 more than "Net": by "VAT".' in question.asked


def test_gift_cards_that_are_sold_and_spent_are_told():
    kinds = ["Shirt", "Gift card", "Shoes", "E-Gift Card 50"]
    paid = ["card", "gift_card"]
    found = shop(rows(["total", "product", "payment_method"], lambda i: ["9.50", kinds[i % 4], paid[i % 2]]))
    (line,) = [line for line in found.told if "gift cards" in line]
    assert line.startswith('gift cards are sold on 150 lines ("product"), and spent on 150 lines ("payment_method")')
    none = shop(rows(["total", "product"], lambda i: ["9.50", ["Shirt", "Gift box", "Card game"][i % 3]]))
    assert not any("gift cards" in line for line in none.told)
