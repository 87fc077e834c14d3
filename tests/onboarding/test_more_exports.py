"""Exports of every kind of file, with states, totals and currencies: read to the cent, or asked and then read so."""

import io
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
import yaml

from holdfast.config import load_config
from holdfast.onboarding import Look
from holdfast.pipeline import prepare
from tests.fuzz.configurations import command
from tests.onboarding.exports import COMMA, ENGLISH, POINT, Cell, Export, amount, day, net, order, plain, sales
from tests.onboarding.plain import PLAIN, SAME, answer, read
from tests.onboarding.written import TEXT, Writer, globbed, gz, hive, lines, packed, parts, workbook, written


@dataclass(frozen=True)
class Case:
    """What writes the files and returns what is named, the keys below ``purchases``, and what is left to work with."""

    write: Writer
    keys: dict[str, Any] = field(default_factory=dict)
    columns: dict[str, str] = field(default_factory=lambda: SAME)
    revenue: float = field(default_factory=net)
    customers: int = 60
    typed: tuple[str, ...] = ()
    """Answers on the terminal, in order."""


def status(*words: str) -> Cell:
    """Every line has one of these words in turn, and ``paid`` most often."""
    return lambda s: words[s.order % 10] if s.order % 10 < len(words) else "paid"


def counting(*states: str, of: tuple[str, ...]) -> dict[str, Any]:
    """Return revenue and customers of the lines in other states than these."""
    kept = [s for s in sales() if status(*of)(s) not in states]
    return {"revenue": net(kept), "customers": len({s.customer for s in kept})}


def in_order(s: Any) -> str:
    return f"o{s.order // 3}"


def first_of_order(s: Any) -> bool:
    return s.order % 3 == 0


def of_order(s: Any) -> int:
    return sum(o.cents for o in sales() if o.order // 3 == s.order // 3)


def same_customer(s: Any) -> str:
    return f"c{s.order // 3 % 40}"


def same_day(s: Any) -> str:
    return next(o for o in sales() if o.order // 3 == s.order // 3).at.strftime("%Y-%m-%d")


ORDERS = {"customer_id": same_customer, "ordered_at": same_day, "order_id": in_order}


MAPPED = {**SAME, "order_id": "order_id"}


STATES = ("voided", "pending", "refunded", "paid", "failed")


SOME = ("voided", "pending", "failed")


EUROS = sum(s.cents for s in sales() if s.customer % 3) / 100


SHOPIFY = {
    "Name": lambda s: f"#{s.order}",
    "Email": plain("c"),
    "Financial Status": status("voided", "refunded"),
    "Total": amount(POINT),
    "Created at": day("%Y-%m-%d %H:%M:%S +0100"),
    "Currency": lambda s: "EUR",
    "Lineitem name": lambda s: f"p{s.order % 5}",
}


KLAVIYO = {"Timestamp": day("%Y-%m-%d %H:%M:%S"), "$event_id": order("e"), "$value": amount(POINT)}


BARE = {name: cell for name, cell in PLAIN.items() if name != SAME["amount"]}


CASES = {
    "gzip": Case(gz),
    "zip with one file": Case(packed()),
    "zip with one file and a system's own": Case(packed("__MACOSX/._orders.csv")),
    "zip with several files": Case(packed("stock.csv"), {"member": "orders.csv"}, typed=("2",)),
    "a folder": Case(parts),
    "a glob": Case(globbed),
    "partitioned Parquet": Case(hive),
    "an Excel workbook": Case(workbook()),
    "Excel, dates and numbers as texts": Case(workbook(cells="text")),
    "Excel, every other line as texts": Case(workbook(cells="mixed")),
    "Excel, dates as bare numbers": Case(workbook(cells="serial"), {"date_format": "excel"}),
    "Excel, a title above the names": Case(workbook(above=2), {"skip_lines": 2}),
    "Excel, a second sheet with another table": Case(workbook(before="Stock"), {"sheet": "Orders"}, typed=("2",)),
    "no line of names": Case(
        lines(Export(PLAIN | {"customer_id": plain("k")}), lambda rows: rows[1:]),
        {"header": False},
        {"customer_id": "1", "ordered_at": "2", "amount": "3"},
    ),
    "two lines above the names": Case(
        lines(TEXT, lambda rows: ["Sales of all stores", "made 2024-07-01", *rows]), {"skip_lines": 2}
    ),
    "a title padded with empty cells": Case(lines(TEXT, lambda rows: ["Sales,,", *rows]), {"skip_lines": 1}),
    "Excel's own first line": Case(
        lines(Export({**PLAIN, "amount": amount(COMMA)}, ";"), lambda rows: ["sep=;", *rows]), {"decimal": ","}
    ),
    "UTF-16 with its mark, tabs": Case(
        written(Export(PLAIN, "\t", "utf-16-le"), before=b"\xff\xfe"), {"delimiter": "\t"}
    ),
    "currency signs in front": Case(
        written(Export({**PLAIN, "amount": lambda s: f"€{ENGLISH(s.cents)}"})),
        {"decimal": ".", "thousands": ",", "currency": "EUR"},
    ),
    "currency codes behind": Case(
        written(Export({**PLAIN, "amount": lambda s: f"{POINT(s.cents)} SEK"})), {"currency": "SEK"}
    ),
    "dates in two styles": Case(
        written(
            Export({**PLAIN, "ordered_at": lambda s: s.at.strftime("%d.%m.%Y" if s.order % 2 else "%b %d, %Y %H:%M")})
        ),
        {"date_format": ["%b %d, %Y %H:%M", "%d.%m.%Y"]},
    ),
    "states in which nothing was sold": Case(
        written(Export({**PLAIN, "Status": status(*SOME)})),
        {"rules": {"drop": [{"column": "Status", "values": ["voided", "failed", "pending"]}]}},
        **counting(*SOME, of=SOME),
    ),
    "refunded lines, dropped": Case(
        written(Export({**PLAIN, "Status": status(*STATES)})),
        {
            "rules": {
                "drop": [
                    {"column": "Status", "values": ["voided", "failed", "pending"]},
                    {"column": "Status", "values": ["refunded"]},
                ]
            }
        },
        **counting(*SOME, "refunded", of=STATES),
        typed=("1",),
    ),
    "refunded lines, kept": Case(
        written(Export({**PLAIN, "Status": status(*STATES)})),
        {"rules": {"drop": [{"column": "Status", "values": ["voided", "failed", "pending"]}]}},
        **counting(*SOME, of=STATES),
        typed=("2",),
    ),
    "refunded lines below 0": Case(
        written(
            Export(
                {
                    **PLAIN,
                    "amount": lambda s: ("-" if status("refunded")(s) == "refunded" else "") + POINT(s.cents),
                    "Status": status("refunded"),
                }
            )
        ),
        revenue=2 * counting("refunded", of=("refunded",))["revenue"] - net(),
    ),
    "test orders": Case(
        written(Export({**PLAIN, "Test": lambda s: str(s.order % 10 == 0).lower()})),
        {"rules": {"drop": [{"column": "Test", "values": ["true"]}]}},
        revenue=sum(s.cents for s in sales() if s.order % 10) / 100,
    ),
    "totals on an order's first line": Case(
        written(Export({**ORDERS, "amount": lambda s: POINT(of_order(s)) if first_of_order(s) else ""})),
        {"amount_of": "order"},
        MAPPED,
        customers=40,
    ),
    "totals on all lines, which quantity and price prove": Case(
        written(
            Export({**ORDERS, "total": lambda s: POINT(of_order(s)), "qty": lambda s: "1", "price": amount(POINT)})
        ),
        {"amount_of": "order"},
        {**MAPPED, "amount": "total", "quantity": "qty"},
        customers=40,
        typed=("1",),
    ),
    "totals on all lines, as answered": Case(
        written(Export({**ORDERS, "amount": lambda s: POINT(of_order(s)), "sku": order("s")})),
        {"amount_of": "order"},
        {**MAPPED, "product_id": "sku"},
        customers=40,
        typed=("1",),
    ),
    "several currencies, one chosen": Case(
        written(Export({**PLAIN, "Currency": lambda s: "EUR" if s.customer % 3 else "USD"})),
        {"currency": "EUR", "rules": {"keep": [{"column": "Currency", "values": ["EUR"]}]}},
        {**SAME, "currency": "Currency"},
        revenue=EUROS,
        customers=40,
        typed=("1",),
    ),
    "several currencies, converted": Case(
        written(
            Export(
                {
                    **PLAIN,
                    "Currency": lambda s: "EUR" if s.customer % 3 else "USD",
                    "Wechselkurs": lambda s: "1.00" if s.customer % 3 else "2.00",
                }
            )
        ),
        {},
        {**SAME, "currency": "Currency", "rate": "Wechselkurs"},
        revenue=2 * net() - EUROS,
        typed=("3",),
    ),
    "a discount beside a price, which no line decides": Case(
        written(Export({**BARE, "Anzahl": lambda s: "1", "Einzelpreis": amount(POINT), "Rabatt": lambda s: "1.00"})),
        {},
        {**{k: v for k, v in SAME.items() if k != "amount"}, "quantity": "Anzahl", "unit_price": "Einzelpreis"},
    ),
    "an amount with discount and shipping in it": Case(
        written(
            Export(
                {
                    **BARE,
                    "Total": lambda s: POINT(s.cents - 100 + 490),
                    "Qty": lambda s: "1",
                    "Price": amount(POINT),
                    "Discount": lambda s: "1.00",
                    "Shipping cost": lambda s: "4.90",
                }
            )
        ),
        {},
        {**SAME, "amount": "Total", "quantity": "Qty"},
        revenue=net() + 3.9 * len(sales()),
    ),
    "several signs, one chosen": Case(
        written(Export({**PLAIN, "amount": lambda s: f"{'€' if s.customer % 3 else '$'}{POINT(s.cents)}"})),
        {"currency": "EUR", "rules": {"keep": [{"column": "amount", "pattern": "(?i)[^a-z]*€[^a-z]*"}]}},
        revenue=EUROS,
        customers=40,
        typed=("1",),
    ),
    "Shopify's layout": Case(
        written(Export(SHOPIFY)),
        {"format": "shopify", "time_zone": "Europe/Berlin", "currency": "EUR"},
        {},
        **counting("voided", "refunded", of=("voided", "refunded")),
        typed=("Europe/Berlin",),
    ),
    "Klaviyo's layout": Case(written(Export({"Person//Email": plain("c"), **KLAVIYO})), {"format": "klaviyo"}, {}),
}


@pytest.mark.parametrize("name", list(CASES))
def test_an_export_is_read_to_the_cent(tmp_path, monkeypatch, name):
    case = CASES[name]
    named = case.write(tmp_path)
    answer(monkeypatch, list(case.typed))
    code, said = command("init", named, *([] if case.typed else ["--yes"]), "--out", "x.yaml")
    assert code == 0, said
    found, customers, revenue, rejected = read(Path("x.yaml"))
    assert found.pop("path") == named
    assert found.pop("max_reject_share") == 0.01
    assert found.pop("columns", {}) == case.columns
    # Equal lines are told and kept.
    found.get("rules", {}).pop("duplicates", None)
    assert {k: v for k, v in found.items() if v} | {k: v for k, v in found.items() if v is False} == case.keys
    assert (customers, rejected) == (case.customers, 0)
    assert round(revenue, 2) == round(case.revenue, 2)


def test_what_stands_beside_a_price_is_a_comment_until_somebody_says_that_it_counts(tmp_path):
    CASES["a discount beside a price, which no line decides"].write(tmp_path)
    assert command("init", "x.csv", "--yes")[0] == 0
    told = Look(["x.csv"]).findings({}).told
    assert '"Rabatt" is not counted: state columns.discount if it comes off quantity × price' in told
    text = Path("x.yaml").read_text(encoding="utf-8")
    assert '    # discount: "Rabatt", if it comes off quantity × price' in text
    Path("x.yaml").write_text(text.replace("    # discount: ", "    discount: Rabatt  # "), encoding="utf-8")
    assert read(Path("x.yaml"))[2] == pytest.approx(net() - len(sales()))


def test_what_is_dropped_is_said_in_lines_and_money():
    Export({**PLAIN, "Status": status("wc-Cancelled", "secret")}).write(Path("x.csv"))
    gone = [s for s in sales() if status("wc-Cancelled", "secret")(s) == "wc-Cancelled"]
    told = [line for line in Look(["x.csv"]).findings({}).told if line.startswith("status")]
    unknown, said = sorted(told, key=lambda line: "dropped" in line)
    assert f'"Status" says {len(gone)} lines ({net(gone):,.2f}) cancelled: dropped' in said
    assert "secret" not in said
    lines = sum(s.order % 10 == 1 for s in sales())
    assert f'"Status" says "secret" ({lines} lines): not known here, so these lines count' in unknown


def test_what_was_found_is_said_before_a_question_and_once(monkeypatch):
    Export({**PLAIN, "Status": status(*STATES)}).write(Path("x.csv"))
    answer(monkeypatch, ["2"])
    heard: list[str] = []
    monkeypatch.setattr("typer.echo", lambda sentence="", **_: heard.append(str(sentence)))
    command("init", "x.csv")
    said = "\n".join(heard)
    assert said.index("customer_id:") < said.index("Do they count?") < said.index("Purchases\n")
    assert said.count("customer_id:") == 1


def test_an_archive_without_a_table_is_refused(tmp_path):
    packed("a.csv", member=False)(tmp_path)
    assert "No column holds dates" in command("init", "x.zip", "--yes")[1]
    Path("empty.xlsx").write_bytes(io.BytesIO(b"PK\x03\x04").getvalue())
    assert command("init", "empty.xlsx", "--yes")[0] == 3


def test_tables_beside_are_known_by_their_columns_and_read_as_written(tmp_path):
    Export(PLAIN).write(Path("orders.csv"))
    people = [f"c{i}" for i in range(60)]
    customers = pd.DataFrame({"Customer": people, "Signup date": "03/04/2022", "Opt-in": "yes", "City": "Aarhus"})
    customers.loc[3, "Signup date"] = "25/04/2022"
    customers.to_csv("people.csv", index=False, sep=";")
    sent = pd.DataFrame({"customer_id": people * 2, "sent_at": "2024-02-03", "campaign": "spring", "Cost": "1.50"})
    sent.assign(customer_id=[*people, *people]).to_csv("mails.csv", index=False)
    pd.DataFrame({"a": [1, 2], "b": ["x", "y"]}).to_csv("else.csv", index=False)
    code, said = command("init", "orders.csv", "people.csv", "mails.csv", "else.csv", "--yes", "--out", "x.yaml")
    assert code == 0, said
    tables = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["tables"]
    assert tables == {
        "customers": {
            "path": "people.csv",
            "columns": {"customer_id": "Customer", "acquired_at": "Signup date", "consent": "Opt-in"},
            "delimiter": ";",
            "date_format": "%d/%m/%Y",
        },
        "contacts": {
            "path": "mails.csv",
            "columns": {"customer_id": "customer_id", "campaign": "campaign", "sent_at": "sent_at", "cost": "Cost"},
        },
    }
    assert "# else.csv: this is no list of purchases" in Path("x.yaml").read_text(encoding="utf-8")
    prepared = prepare(load_config("x.yaml"), base=tmp_path)
    kept = prepared.connection.execute("SELECT COUNT(*) FROM customers WHERE consent = 1").fetchall()
    assert kept == [(60,)]
    assert prepared.connection.execute("SELECT SUM(cost) FROM contacts").fetchall()[0][0] == 180


def test_a_table_whose_customers_nobody_knows_is_told_not_stated():
    Export(PLAIN).write(Path("orders.csv"))
    pd.DataFrame({"customer_id": [f"x{i}" for i in range(60)], "consent": "yes"}).to_csv("people.csv", index=False)
    assert command("init", "orders.csv", "people.csv", "--yes", "--out", "x.yaml")[0] == 0
    text = Path("x.yaml").read_text(encoding="utf-8")
    assert 'no id in "customer_id" is one of the purchases' in text
    assert "tables:" not in text
