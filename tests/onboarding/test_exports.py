"""A table of exports: the keys that each gets, that `check` accepts them, and what they are worth to the cent."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
import yaml

from holdfast.config import ANSWER, load_config
from holdfast.data import read_purchases
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
    early,
    net,
    number,
    order,
    plain,
    sales,
)

PLAIN = {"customer_id": plain("c"), "ordered_at": day("%Y-%m-%d"), "amount": amount(POINT)}
SAME = {name: name for name in PLAIN}


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


def read(path: Path) -> tuple[dict[str, Any], int, float, int]:
    """Return the purchases section as written, and customers, net revenue and rejected lines as read."""
    written = yaml.safe_load(path.read_text(encoding="utf-8"))["purchases"]
    log = read_purchases(load_config(path).source(path.parent))
    customers, revenue = log.connection.execute(
        "SELECT COUNT(DISTINCT customer_id), SUM(amount) FROM purchases"
    ).fetchall()[0]
    return written, customers, float(revenue), sum(log.report.rejected.values())


@pytest.mark.parametrize("name", list(CASES))
def test_an_export_is_read_to_the_cent(tmp_path, monkeypatch, name):
    case = CASES[name]
    monkeypatch.chdir(tmp_path)
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


QUESTIONS = {
    "days that could be months": (
        Export(PLAIN | {"ordered_at": day("%d/%m/%Y")}, sales=early()),
        {"date_format": ("can be read in 2 ways", [{"date_format": "%d/%m/%Y"}, {"date_format": "%m/%d/%Y"}])},
    ),
    "lines that contradict each other": (
        Export(PLAIN | {"ordered_at": lambda s: s.at.strftime("%d/%m/%Y" if s.at.day > 15 else "%m/%d/%Y")}),
        {"date_format": ("no one format reads them all", [])},
    ),
    "1.234 and nothing that decides": (
        Export(PLAIN | {"amount": lambda s: f"{1 + s.cents % 9}.{100 + s.cents % 900}"}),
        {"decimal": ("numbers such as 9.999", [{"decimal": "."}, {"decimal": ",", "thousands": "."}])},
    ),
    "two ids that fit equally": (
        Export(
            {
                "Client": lambda s: f"g{s.customer // 3}",
                "Buyer": plain("c"),
                "Date": day("%Y-%m-%d"),
                "Sum": amount(POINT),
            }
        ),
        {"columns.customer_id": ("who bought", [{"columns.customer_id": "Client"}, {"columns.customer_id": "Buyer"}])},
    ),
    "two dates that fit equally": (
        Export(
            {"Order date": day("%Y-%m-%d"), "Invoice date": lambda s: f"{s.at.year}-12-31", **PLAIN}
            | {"ordered_at": lambda s: ""}
        ),
        {
            "columns.ordered_at": (
                "when was it bought",
                [{"columns.ordered_at": "Order date"}, {"columns.ordered_at": "Invoice date"}],
            )
        },
    ),
    "gross and net": (
        Export(
            PLAIN | {"amount": plain("n"), "Gross amount": amount(POINT), "Net amount": lambda s: POINT(s.cents // 2)}
        ),
        {
            "columns.amount": (
                "what is a line worth",
                [{"columns.amount": "Gross amount"}, {"columns.amount": "Net amount"}],
            )
        },
    ),
    "no customer, and brands that come back": (
        Export(
            {
                "Order": order(),
                "Brand": plain("b"),
                "Product name": plain("p"),
                "Date": day("%Y-%m-%d"),
                "Sum": amount(POINT),
            }
        ),
        {"columns.customer_id": ("who bought", [{"columns.customer_id": "Brand"}])},
    ),
    "a date that is another's": (
        Export({"id": plain("c"), "Delivery date": day("%Y-%m-%d"), "amount": amount(POINT)}),
        {"columns.ordered_at": ("when was it bought", [{"columns.ordered_at": "Delivery date"}])},
    ),
    "guests whose number is 0": (
        Export(
            {
                "email": plain("e"),
                "Customer No": lambda s: f"{s.customer * (s.customer % 4 > 0)}",
                "Date": day("%Y-%m-%d"),
                "Sum": amount(POINT),
            }
        ),
        {
            "columns.customer_id": (
                '"email" is filled on more lines',
                [{"columns.customer_id": "Customer No"}, {"columns.customer_id": "email"}],
            )
        },
    ),
    "a number that is not called an amount": (
        Export({"id": plain("c"), "day": day("%Y-%m-%d"), "height": amount(POINT)}),
        {"columns.amount": ("what is a line worth", [{"columns.amount": "height"}, {}])},
    ),
    "moments with an offset": (
        Export(PLAIN | {"ordered_at": day("%Y-%m-%d %H:%M:%S +0200")}),
        {"time_zone": ("Which zone's calendar days count", [])},
    ),
    "ISO moments with an offset": (
        Export(PLAIN | {"ordered_at": day("%Y-%m-%dT%H:%M:%SZ")}),
        {"time_zone": ("Which zone's calendar days count", [])},
    ),
    "seconds since 1970": (
        Export(PLAIN | {"ordered_at": day("%s")}),
        {"time_zone": ("Which zone's calendar days count", [])},
    ),
    "credit notes above 0": (
        Export(PLAIN | {"invoice": lambda s: f"{'CN' if s.order % 10 == 0 else ''}{s.order}"}),
        {
            "rules.cancellations": (
                'begin with "CN"',
                [
                    {
                        "rules.cancellations.column": "order_id",
                        "rules.cancellations.prefix": "CN",
                        "rules.cancellations.treat_as": "return",
                    },
                    {
                        "rules.cancellations.column": "order_id",
                        "rules.cancellations.prefix": "CN",
                        "rules.cancellations.treat_as": "drop",
                    },
                    {},
                ],
            )
        },
    ),
    "amounts with a word": (
        Export(PLAIN | {"amount": lambda s: f"{POINT(s.cents)} each"}),
        {"columns.amount": ('"amount" cannot be read as numbers', [{}])},
    ),
}


@pytest.mark.parametrize("name", list(QUESTIONS))
def test_what_the_file_cannot_decide_is_asked_and_never_guessed(tmp_path, monkeypatch, name):
    from holdfast.onboarding import Look

    export, expected = QUESTIONS[name]
    monkeypatch.chdir(tmp_path)
    export.write(Path("x.csv"))
    asked = {q.key: q for q in Look([Path("x.csv")]).findings({}).questions}
    assert set(asked) == set(expected)
    for key, (said, choices) in expected.items():
        assert said in asked[key].asked
        stated = [{k: v for k, v in c.settings.items() if v is not None} for c in asked[key].choices]
        assert sorted(map(str, stated)) == sorted(map(str, choices))
    code, said = command("init", "x.csv", "--yes")
    assert code == 2
    assert all(q.asked in said for q in asked.values())
    for key in expected:
        assert value(yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"], key) == ANSWER
    code, said = command("check", "-c", "x.yaml")
    assert code == 2
    assert all(f"purchases.{key} waits for your answer" in said for key in expected)


def value(settings: dict[str, Any], key: str) -> Any:
    for part in key.split("."):
        settings = settings[part]
    return settings


@pytest.mark.parametrize("choice", [1, 2])
def test_either_answer_about_dates_is_taken(tmp_path, monkeypatch, choice):
    monkeypatch.chdir(tmp_path)
    QUESTIONS["days that could be months"][0].write(Path("x.csv"))
    prompts = answer(monkeypatch, ["7", str(choice)])
    code, said = command("init", "x.csv")
    assert code in (0, 4), said
    assert not prompts, "the wrong number was asked again"
    written, customers, revenue, _ = read(Path("x.yaml"))
    assert written["date_format"] == ("%d/%m/%Y", "%m/%d/%Y")[choice - 1]
    assert (customers, round(revenue, 2)) == (60, round(net(), 2))


def test_an_answer_leads_to_what_depends_on_it(tmp_path, monkeypatch):
    """Which column is the date decides whether its format is a question."""
    export = Export(
        {"Order date": day("%d/%m/%Y"), "Invoice date": day("%Y-%m-%d")}
        | {k: PLAIN[k] for k in ("customer_id", "amount")},
        sales=early(),
    )
    export.write(tmp_path / "x.csv")
    monkeypatch.chdir(tmp_path)
    answer(monkeypatch, ["1", "2"])
    assert command("init", "x.csv")[0] in (0, 4)
    written = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"]
    assert (written["columns"]["ordered_at"], written["date_format"]) == ("Order date", "%m/%d/%Y")
    answer(monkeypatch, ["2"])
    assert command("init", "x.csv", "--force")[0] == 0
    written = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"]
    assert (written["columns"]["ordered_at"], "date_format" in written) == ("Invoice date", False)


def test_a_time_zone_that_is_typed_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    late = tuple(replace(s, at=s.at.replace(hour=23)) for s in sales())
    Export(PLAIN | {"ordered_at": day("%Y-%m-%dT%H:%M:%SZ")}, sales=late).write(Path("x.csv"))
    answer(monkeypatch, ["", "Europe/Copenhagen"])
    assert command("init", "x.csv")[0] == 0
    config = load_config(Path("x.yaml"))
    assert config.purchases.time_zone == "Europe/Copenhagen"
    log = read_purchases(config.source(tmp_path))
    # 23:15 UTC is the next day in Copenhagen, winter and summer.
    assert (log.last_day - max(s.at for s in late).date()).days == 1


def answer(monkeypatch, typed: list[str]) -> list[str]:
    """Pretend a terminal at which this is typed; what is not asked for stays in the list."""
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("typer.prompt", lambda _: typed.pop(0))
    return typed
