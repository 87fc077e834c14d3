"""What an export cannot decide is asked, with the answers there are, and never guessed."""

import re
from contextlib import chdir
from dataclasses import replace
from functools import cache
from itertools import takewhile
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import typer
import yaml

from holdfast.config import ANSWER, load_config
from holdfast.data import read_purchases
from holdfast.onboarding.called.names import ROLES, Fit
from tests.fuzz.configurations import command
from tests.onboarding.exports import (
    POINT,
    Export,
    amount,
    day,
    early,
    net,
    order,
    plain,
    sales,
)
from tests.onboarding.plain import PLAIN, answer, read

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
    "several currencies": (
        Export(PLAIN | {"Currency": lambda s: "EUR" if s.customer % 3 else "USD"}),
        {
            "rules.keep": (
                "not converted without a column of rates",
                [
                    {"rules.keep": [{"column": "Currency", "values": [code]}], "currency": code}
                    for code in ("EUR", "USD")
                ],
            )
        },
    ),
    "several currencies and their rates": (
        Export(PLAIN | {"Currency": lambda s: "EUR" if s.customer % 3 else "USD", "Wechselkurs": lambda s: "1.10"}),
        {
            "rules.keep": (
                "amounts are not converted. Lines of which one count?",
                [
                    *(
                        {"rules.keep": [{"column": "Currency", "values": [code]}], "currency": code}
                        for code in ("EUR", "USD")
                    ),
                    {"columns.rate": "Wechselkurs"},
                ],
            )
        },
    ),
    "a price and a worth of their own": (
        Export(
            {"id": plain("c"), "Date": day("%Y-%m-%d"), "Total": lambda s: f"£{s.cents + 1000:,}.00"}
            | {"Pieces": lambda s: f"{1 + s.order % 3}", "Price": lambda s: f"£{s.cents + 2000:,}.00"}
        ),
        {
            "columns.amount": (
                "what is a line worth",
                [{"columns.amount": "Total"}, {"columns.quantity": "Pieces", "columns.unit_price": "Price"}],
            )
        },
    ),
    "amounts with a word": (
        Export(PLAIN | {"amount": lambda s: f"{POINT(s.cents)} each"}),
        {"columns.amount": ('"amount" cannot be read as numbers', [{}])},
    ),
}


@cache
def asking(name: str) -> tuple[int, str, str]:
    """Return how `init` ends, what it says and what it writes; it runs once for all that is asked about a file."""
    with TemporaryDirectory() as folder, chdir(folder):
        QUESTIONS[name][0].write(Path("x.csv"))
        return *command("init", "x.csv", "--yes"), Path("x.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", list(QUESTIONS))
def test_what_the_file_cannot_decide_is_asked_and_never_guessed(name):
    from holdfast.onboarding import Look

    export, expected = QUESTIONS[name]
    export.write(Path("x.csv"))
    asked = {q.key: q for q in Look([Path("x.csv")]).findings({}).questions}
    assert set(asked) == set(expected)
    for key, (said, choices) in expected.items():
        assert said in asked[key].asked
        stated = [{k: v for k, v in c.settings.items() if v is not None} for c in asked[key].choices]
        assert sorted(map(str, stated)) == sorted(map(str, choices))
    code, said, text = asking(name)
    Path("x.yaml").write_text(text, encoding="utf-8")
    assert code == 2
    assert all(q.asked in said for q in asked.values())
    for key in expected:
        assert value(yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"], key) == ANSWER
    code, said = command("check", "-c", "x.yaml")
    assert code == 2
    assert all(f"purchases.{key} waits for your answer" in said for key in expected)


ALTERNATIVES = [
    (name, n)
    for name, (_, asked) in QUESTIONS.items()
    if len(asked) == 1
    for n in range(len(next(iter(asked.values()))[1]))
]


@pytest.mark.parametrize(("name", "n"), [case for case in ALTERNATIVES if case[0] != "amounts with a word"])
def test_an_alternative_that_is_written_as_it_stands_there_is_an_answer(name, n):
    export, _ = QUESTIONS[name]
    export.write(Path("x.csv"))
    lines = asking(name)[2].splitlines()
    (waits,) = (i for i, line in enumerate(lines) if f": {ANSWER} " in line)
    above = next(i for i in range(waits, 0, -1) if "# QUESTION" in lines[i])
    said = [line.split("#", 1)[1] for line in lines[above:waits] if "#   " in line]
    first = [i for i, line in enumerate(said) if not line.startswith("     and ")][n]
    instead, *beside = [said[first], *takewhile(lambda line: line.startswith("     and "), said[first + 1 :])]
    indent = lines[waits][: len(lines[waits]) - len(lines[waits].lstrip())]
    key = instead.strip().split("    (")[0]
    answer = [] if key == "take the key out" else [f"{indent}{key}"]
    here = [f"{indent}{line.split('here: ', 1)[1]}" for line in beside if " here: " in line]
    for line in beside:
        # Of another section: below its name, one step further in.
        if (found := re.search(r" below (columns): (.*)", line)) and (at := lines.index(section(lines, found[1]))):
            waits, lines = waits + 1, [*lines[: at + 1], f"    {found[2]}", *lines[at + 1 :]]
    left = [f"  {line.split('below path: ', 1)[1]}" for line in beside if " below path: " in line]
    rules = [line.split("below rules: ", 1)[1] for line in beside if " below rules: " in line]
    others = [line for line in beside if re.search(r" below (columns|path): ", line)]
    assert len(here) + len(rules) + len(others) == len(beside)
    lines = [*lines[:waits], *answer, *here, *left, *lines[waits + 1 :]]
    if rules:
        end = lines.index(section(lines, "max_reject_share"))
        lines[end:end] = ["  rules:", *(f"    {line}" for line in rules)]
    Path("x.yaml").write_text("\n".join(lines), encoding="utf-8")
    code, said_by_check = command("check", "-c", "x.yaml")
    # Whether the lines suit an answer is another question: guests have no number.
    assert code != 2, said_by_check


def section(lines: list[str], name: str) -> str:
    return next(line for line in lines if line.startswith(f"  {name}:"))


def test_dates_called_after_the_sale_win_over_those_of_what_was_sold():
    """Tickets: the day they were booked, not the day of the show, which lies ahead; receipts by their number."""
    Export(
        {"event_date": day("%Y-%m-%d"), "booked_at": day("%b %d, %Y %I:%M %p"), "booking_ref": order("B")}
        | {"Kundenkarte": PLAIN["customer_id"], "total": amount(POINT)}
    ).write(Path("x.csv"))
    assert command("init", "x.csv")[0] in (0, 4)
    columns = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"]["columns"]
    assert columns == {
        "ordered_at": "booked_at",
        "customer_id": "Kundenkarte",
        "amount": "total",
        "order_id": "booking_ref",
    }
    words = {"order_id": ["Bonnr", "Bon-Nr.", "Kassenbon"], "customer_id": ["Account Ref", "Account No."]}
    assert all(ROLES[role].fit(name) is Fit.WHOLE for role, names in words.items() for name in names)


def test_marks_that_read_every_column_on_offer_need_no_answer():
    pounds = {"Net": lambda s: f"£{s.cents + 1000:,}.00", "Gross": lambda s: f"£{s.cents + 1200:,}.00"}
    Export({k: v for k, v in PLAIN.items() if k != "amount"} | pounds).write(Path("x.csv"))
    assert command("init", "x.csv", "--yes")[0] == 2
    text = Path("x.yaml").read_text(encoding="utf-8")
    Path("x.yaml").write_text(text.replace(f"amount: {ANSWER}", "amount: Net"), encoding="utf-8")
    written, *_ = read(Path("x.yaml"))
    assert written["thousands"] == ","


def value(settings: dict[str, Any], key: str) -> Any:
    for part in key.split("."):
        settings = settings[part]
    return settings


@pytest.mark.parametrize("choice", [1, 2])
def test_either_answer_about_dates_is_taken(monkeypatch, choice):
    QUESTIONS["days that could be months"][0].write(Path("x.csv"))
    prompts = answer(monkeypatch, ["7", str(choice)])
    code, said = command("init", "x.csv")
    assert code in (0, 4), said
    assert not prompts, "the wrong number was asked again"
    written, customers, revenue, _ = read(Path("x.yaml"))
    assert written["date_format"] == ("%d/%m/%Y", "%m/%d/%Y")[choice - 1]
    assert (customers, round(revenue, 2)) == (60, round(net(), 2))


def test_ctrl_c_at_a_question_is_an_interruption(monkeypatch):
    QUESTIONS["days that could be months"][0].write(Path("x.csv"))
    answer(monkeypatch, [])

    def interrupted(_: str) -> str:
        raise typer.Abort

    monkeypatch.setattr("typer.prompt", interrupted)
    code, _ = command("init", "x.csv")
    assert code == 130
    assert not Path("x.yaml").exists()


def test_an_answer_leads_to_what_depends_on_it(tmp_path, monkeypatch):
    """Which column is the date decides whether its format is a question."""
    export = Export(
        {"Order date": day("%d/%m/%Y"), "Invoice date": day("%Y-%m-%d")}
        | {k: PLAIN[k] for k in ("customer_id", "amount")},
        sales=early(),
    )
    export.write(tmp_path / "x.csv")
    answer(monkeypatch, ["1", "2"])
    assert command("init", "x.csv")[0] in (0, 4)
    written = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"]
    assert (written["columns"]["ordered_at"], written["date_format"]) == ("Order date", "%m/%d/%Y")
    answer(monkeypatch, ["2"])
    assert command("init", "x.csv", "--force")[0] == 0
    written = yaml.safe_load(Path("x.yaml").read_text(encoding="utf-8"))["purchases"]
    assert (written["columns"]["ordered_at"], "date_format" in written) == ("Invoice date", False)


def test_a_time_zone_that_is_typed_is_written(tmp_path, monkeypatch):
    late = tuple(replace(s, at=s.at.replace(hour=23)) for s in sales())
    Export(PLAIN | {"ordered_at": day("%Y-%m-%dT%H:%M:%SZ")}, sales=late).write(Path("x.csv"))
    answer(monkeypatch, ["", "Europe/Copenhagen"])
    assert command("init", "x.csv")[0] == 0
    config = load_config(Path("x.yaml"))
    assert config.purchases.time_zone == "Europe/Copenhagen"
    log = read_purchases(config.source(tmp_path))
    # 23:15 UTC is the next day in Copenhagen, winter and summer.
    assert (log.last_day - max(s.at for s in late).date()).days == 1
