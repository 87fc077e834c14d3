"""What init says of money that no line can settle: tax within amounts, and gift cards, which are money twice."""

from pathlib import Path

import pytest
import yaml

from holdfast.onboarding.look import Look
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
        (["grand_total", "tax", "Other"], "to count without tax: columns.amount: Other"),
        (["Belopp inkl moms", "Moms", "x"], '"Belopp inkl moms" holds "Moms"'),
    ],
)
def test_tax_within_an_amount_is_told_with_the_keys_that_take_it_off(names, said):
    found = shop(rows(names, taxed))
    assert found.settings["columns.amount"] == names[0]
    assert any(said in line for line in found.told), found.told
    # One way is told: with both, the tax would come off twice.
    assert "columns.discount" not in found.why
    assert found.why["columns.amount"] == f'it holds "{names[1]}", and "{names[2]}" does not'


@pytest.mark.parametrize("net", [True, False])
def test_the_keys_that_are_told_take_the_tax_off(net):
    names = ["grand_total", "tax", "subtotal"] if net else ["Total incl. tax", "tax"]
    said = "\n".join(shop(rows(names, lambda i: taxed(i)[: len(names)])).told)
    assert command("init", "x.csv", "--yes")[0] == 0
    written = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))
    whole = read(Path("x.yaml"))[2]
    if net:
        assert "to count without tax: columns.amount: subtotal" in said
        written["purchases"]["columns"]["amount"] = "subtotal"
    else:
        assert "to count without tax: columns.discount: tax with discount_as: positive takes it off" in said
        written["purchases"]["columns"]["discount"] = "tax"
        written["purchases"]["discount_as"] = "positive"
    Path("y.yaml").write_text(yaml.safe_dump(written), encoding="utf-8")
    assert whole - read(Path("y.yaml"))[2] == 1500


@pytest.mark.parametrize("blank", ["\u00a0", " ", "", "."])
def test_the_tax_is_summed_however_thousands_are_written(blank):
    def cells(i: int) -> list[str]:
        net, tax = 3000 + 4 * i, 750 + i
        return [f"{one:,}.00".replace(",", "#").replace(".", ",").replace("#", blank) for one in (net + tax, tax, net)]

    told = shop(rows(["Total", "Moms", "Netto"], cells)).told
    # 300 × 750, and 0 to 299.
    assert (
        '"Total" holds "Moms" (269,850.00 in all), and so do values; to count without tax: columns.amount: Netto'
        in told
    )


@pytest.mark.parametrize("fee", [True, False])
def test_an_amount_to_which_the_tax_is_still_to_come_holds_none(fee):
    def cells(i: int) -> list[str]:
        net, tax, more = 20 + i % 13, 4 + i % 3, i % 2 if fee else 0
        return [f"{one}.00" for one in (net + tax + more, tax, *([more] if fee else []), net)]

    found = shop(rows(["Tendered", "VAT", *(["Arrears Deducted"] if fee else []), "Energy Amount"], cells))
    assert found.settings["columns.amount"] == "Energy Amount"
    assert "columns.discount" not in found.why
    without = '"VAT" and "Arrears Deducted"' if fee else '"VAT"'
    assert (
        f'"Energy Amount" is without {without}, which "Tendered" holds: state columns.amount: Tendered if that is what '
        "was paid"
    ) in found.told


def test_of_a_total_and_the_revenue_in_it_the_revenue_holds_no_tax():
    def cells(i: int) -> list[str]:
        net, tax, freight = 20 + i % 13, 4 + i % 3, 5 * (i % 2)
        return [f"{one}.00" for one in (net + tax + freight, net, freight, tax)]

    found = shop(rows(["total", "revenue", "shipping", "tax"], cells))
    (question,) = found.questions
    assert 'by "shipping" and "tax"' in question.asked
    then = [Look(["x.csv"]).findings({question.key: choice}) for choice in question.choices]
    assert ["tax" in " ".join(one.told) for one in then] == [True, False]


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
