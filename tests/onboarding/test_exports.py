"""A table of exports: the keys that each gets, that `check` accepts them, and what they are worth to the cent."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.fuzz.configurations import command
from tests.onboarding.exports import (
    COMMA,
    ENGLISH,
    FRENCH,
    GERMAN,
    POINT,
    SWISS,
    Export,
    Sale,
    amount,
    day,
    net,
    number,
    order,
    plain,
    sales,
)
from tests.onboarding.plain import PLAIN, SAME, read


@dataclass(frozen=True)
class Case:
    """An export, the keys below ``purchases`` (path and max_reject_share aside), and what is left to work with."""

    export: Export
    columns: dict[str, str]
    keys: dict[str, Any] = field(default_factory=dict)
    revenue: float = field(default_factory=net)
    customers: int = 60


def returned(rows: list[list[str]]) -> list[list[str]]:
    """Every tenth line is taken back by an order of its own, named C and the number."""
    back = [[r[0], r[1], f"-{r[2]}", f"C{r[3]}"] for r in rows[::10]]
    return rows + back


def nobody(word: str) -> Callable[[list[list[str]]], list[list[str]]]:
    """Lines of nobody stand at the end: more than may be rejected."""
    return lambda rows: rows + [[word, *r[1:]] for r in rows[:20]]


def total(rows: list[list[str]]) -> list[list[str]]:
    """A last line adds up all others."""
    return [*rows, ["Total", rows[-1][1], f"{net():.2f}"]]


def halves(s: Sale) -> int:
    """Pieces of a line: 1 or 2, such that the cents of a piece are whole."""
    return 2 if s.cents % 2 == 0 else 1


CASES = {
    "our own names": Case(Export(PLAIN), SAME),
    "UTF-8 with its mark, semicolons, German": Case(
        Export(
            {"Kundennr.": plain("", 10_000), "Bestelldatum": day("%d.%m.%Y"), "Betrag": amount(COMMA)},
            ";",
            "utf-8-sig",
        ),
        {"customer_id": "Kundennr.", "ordered_at": "Bestelldatum", "amount": "Betrag"},
        {"delimiter": ";", "decimal": ",", "date_format": "%d.%m.%Y"},
    ),
    "cp1252, thousands, German": Case(
        Export(
            {"Käufer": lambda s: f"Müller{s.customer}", "Datum": day("%d.%m.%Y %H:%M"), "Umsatz": amount(GERMAN)},
            ";",
            "cp1252",
        ),
        {"customer_id": "Käufer", "ordered_at": "Datum", "amount": "Umsatz"},
        {
            "delimiter": ";",
            "encoding": "cp1252",
            "decimal": ",",
            "thousands": ".",
            "date_format": "%d.%m.%Y %H:%M",
        },
    ),
    "UTF-16, tabs, Swedish": Case(
        Export({"Kundnummer": plain("", 500), "Orderdatum": day("%Y-%m-%d"), "Belopp": amount(COMMA)}, "\t", "utf-16"),
        {"customer_id": "Kundnummer", "ordered_at": "Orderdatum", "amount": "Belopp"},
        {"delimiter": "\t", "decimal": ","},
    ),
    "UTF-16 without its mark": Case(Export(PLAIN, encoding="utf-16-le"), SAME, {"encoding": "utf-16-le"}),
    "Danish, dashes, day first": Case(
        Export(
            {
                "Ordrenr": order(),
                "Ordredato": day("%d-%m-%Y"),
                "Kundenr": plain("DK"),
                "Beløb": amount(GERMAN),
                "Valuta": lambda s: "DKK",
            },
            ";",
        ),
        {"customer_id": "Kundenr", "ordered_at": "Ordredato", "amount": "Beløb", "order_id": "Ordrenr"},
        {"delimiter": ";", "decimal": ",", "thousands": ".", "date_format": "%d-%m-%Y", "currency": "DKK"},
    ),
    "American, month first": Case(
        Export({"Client ID": plain("A-"), "Purchase Date": day("%m/%d/%Y"), "Total": amount(ENGLISH)}),
        {"customer_id": "Client ID", "ordered_at": "Purchase Date", "amount": "Total"},
        {"decimal": ".", "thousands": ",", "date_format": "%m/%d/%Y"},
    ),
    "English, day first, two-digit years": Case(
        Export({"customer": plain("", 1000), "date": day("%d/%m/%y"), "spend": amount(POINT)}),
        {"customer_id": "customer", "ordered_at": "date", "amount": "spend"},
        {"date_format": "%d/%m/%y"},
    ),
    "French, blanks between thousands": Case(
        Export(
            {"Numéro client": plain("F"), "Date de commande": day("%d/%m/%Y"), "Montant": amount(FRENCH)},
            ";",
            "latin-1",
        ),
        {"customer_id": "Numéro client", "ordered_at": "Date de commande", "amount": "Montant"},
        {"delimiter": ";", "encoding": "cp1252", "decimal": ",", "date_format": "%d/%m/%Y"},
    ),
    "Swiss apostrophes": Case(
        Export({"Kunde": plain("K"), "Datum": day("%d.%m.%Y"), "Betrag": amount(SWISS)}, "|"),
        {"customer_id": "Kunde", "ordered_at": "Datum", "amount": "Betrag"},
        {"delimiter": "|", "date_format": "%d.%m.%Y"},
    ),
    "Spanish, product and quantity": Case(
        Export(
            {
                "Cliente": plain("ES"),
                "Fecha pedido": day("%Y/%m/%d"),
                "Cantidad": lambda s: str(halves(s)),
                "Precio": lambda s: COMMA(s.cents // halves(s)),
                "Producto": lambda s: f"P{s.order % 9}",
                "Pedido": order("E"),
            },
            ";",
        ),
        {
            "customer_id": "Cliente",
            "ordered_at": "Fecha pedido",
            "quantity": "Cantidad",
            "unit_price": "Precio",
            "order_id": "Pedido",
            "product_id": "Producto",
        },
        {"delimiter": ";", "decimal": ",", "date_format": "%Y/%m/%d"},
    ),
    "amount beside quantity and price": Case(
        Export(
            PLAIN | {"qty": lambda s: str(halves(s)), "unit price": lambda s: POINT(s.cents // halves(s))},
        ),
        SAME | {"quantity": "qty"},
    ),
    "Norwegian, time of day, e-mail beside a number": Case(
        Export(
            {
                "E-post": lambda s: f"k{s.customer}@x.example",
                "Kundenummer": plain("", 9000),
                "Ordredato": day("%d.%m.%Y %H:%M:%S"),
                "Totalbeløp": amount(COMMA),
            },
            ";",
        ),
        {"customer_id": "Kundenummer", "ordered_at": "Ordredato", "amount": "Totalbeløp"},
        {"delimiter": ";", "decimal": ",", "date_format": "%d.%m.%Y %H:%M:%S"},
    ),
    "two columns of dates, one of delivery": Case(
        Export({"Leveringsdato": day("%Y-%m-%d"), **PLAIN}),
        SAME,
    ),
    "the customers' names stand beside, and repeat more": Case(
        Export({"Customer name": lambda s: f"N{s.customer // 2}", **PLAIN}),
        SAME,
    ),
    "returns by a prefix": Case(
        Export(PLAIN | {"invoice": order()}, lines=returned),
        SAME | {"order_id": "invoice"},
        {"rules": {"cancellations": {"column": "order_id", "prefix": "C", "treat_as": "return"}}},
        revenue=net() - sum(s.cents for s in sales()[::10]) / 100,
    ),
    "placeholders for nobody": Case(
        Export(PLAIN, lines=nobody("guest")), SAME, {"rules": {"missing_customer": "drop"}}
    ),
    "blank customers": Case(Export(PLAIN, lines=nobody("")), SAME, {"rules": {"missing_customer": "drop"}}),
    "a line of totals": Case(
        Export(PLAIN, lines=total),
        SAME,
        {"rules": {"exclude": {"column": "customer_id", "values": ["total"]}}},
    ),
    "copies of lines with an order each": Case(
        Export(PLAIN | {"order": order()}, lines=lambda rows: rows + rows[:9]),
        SAME | {"order_id": "order"},
        {"rules": {"duplicates": "drop"}},
    ),
    "equal lines without orders stay": Case(
        Export(PLAIN, lines=lambda rows: rows + rows[:9]),
        SAME,
        {"rules": {"duplicates": "keep"}},
        revenue=net() + net(sales()[:9]),
    ),
    "three decimals that a leading 0 decides": Case(
        Export(PLAIN | {"amount": lambda s: "0.500" if s.order == 7 else number(".", digits=3)(s.cents)}),
        SAME,
        revenue=net() - sales()[7].cents / 100 + 0.5,
    ),
    "columns lined up with blanks": Case(
        Export({"id": plain("", 100), "date": day("%Y%m%d"), "dollars": amount(POINT)}, " "),
        {"customer_id": "id", "ordered_at": "date", "amount": "dollars"},
        {"delimiter": "whitespace", "date_format": "%Y%m%d"},
    ),
    "names that say nothing": Case(
        Export({"a": plain("x"), "b": day("%Y-%m-%dT%H:%M:%S"), "c": amount(POINT)}),
        {"customer_id": "a", "ordered_at": "b", "amount": "c"},
    ),
    "quotes that mean nothing": Case(
        Export(PLAIN | {"note": lambda s: '5" pipe' if s.order % 7 == 0 else '"big'}),
        SAME,
        {"quote": ""},
    ),
    "names that YAML reads as something else": Case(
        Export({"Kunde: nr": plain("k"), "#Datum": day("%Y-%m-%d"), "no": amount(POINT)}),
        {"customer_id": "Kunde: nr", "ordered_at": "#Datum", "amount": "no"},
    ),
}


@pytest.mark.parametrize("name", list(CASES))
def test_an_export_is_read_to_the_cent(name):
    case = CASES[name]
    case.export.write(Path("x.csv"))
    code, said = command("init", "x.csv", "--yes")
    assert code == 0, said
    written, customers, revenue, rejected = read(Path("x.yaml"))
    assert written.pop("path") == "x.csv"
    assert written.pop("max_reject_share") == 0.01
    assert written.pop("columns") == case.columns
    assert written == case.keys
    assert (customers, rejected) == (case.customers, 0)
    assert round(revenue, 2) == round(case.revenue, 2)
