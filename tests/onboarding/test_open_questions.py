"""What stays open: no question twice about the same lines, and the horizon is written where no question decides it."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pandas as pd
import pytest
import yaml

from holdfast.data import simulate_contracts
from tests.fuzz.configurations import command
from tests.onboarding.exports import BEGINS, POINT, Export, amount, day, early, order, plain, sales
from tests.onboarding.plain import PLAIN


def init() -> tuple[dict, str, str]:
    _, said = command("init", "x.csv", "--yes", "--force")
    text = Path("x.yaml").read_text(encoding="utf-8")
    return yaml.safe_load(text), said, text


def settings(path: str = "x.yaml") -> dict:
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))


def prefixed(back: str, sold: str = "") -> dict:
    return {"Invoice no": lambda s: f"{back if s.order % 12 == 0 else sold}{70_000 + s.order}"}


def marked(name: str, back: str, sold: str) -> dict:
    return {name: lambda s: back if s.order % 12 == 0 else sold}


CREDITS = {
    "CN, and a type": (prefixed("CN", "INV"), marked("Document type", "Credit note", "Invoice"), "rules.returns"),
    "CR, and a kind": (prefixed("CR"), marked("Belegart", "Gutschrift", "Rechnung"), "rules.returns"),
    "CN, and a word that may mean much": (prefixed("CN", "F"), marked("Type", "Credit", "Invoice"), "rules.drop"),
    "R, and yes or no": (prefixed("R"), marked("is_return", "yes", "no"), "rules.drop"),
    "X, and a status": (prefixed("X"), marked("Status", "cancelled", "completed"), "rules.drop"),
}


@pytest.mark.parametrize(("orders", "column", "key"), CREDITS.values(), ids=CREDITS)
def test_lines_of_which_another_column_says_what_they_are_are_not_asked_about_by_their_number(orders, column, key):
    Export({**orders, **column, **PLAIN}).write(Path("x.csv"))
    found, said, _ = init()
    assert "orders that begin with" not in said
    assert said.count("lines") <= 2
    rule = key.removeprefix("rules.")
    assert rule in found["purchases"]["rules"]
    assert "cancellations" not in found["purchases"]["rules"]


def test_letters_of_other_lines_are_asked_about_all_the_same():
    # Every thirteenth line begins with PF, which no column explains.
    letters = {"Invoice no": lambda s: f"{'CN' if s.order % 12 == 0 else 'PF' if s.order % 13 == 0 else ''}{s.order}"}
    Export({**letters, **marked("Document type", "Credit note", "Invoice"), **PLAIN}).write(Path("x.csv"))
    _, said, _ = init()
    assert 'orders that begin with "PF"' in said


# Twice as slow as the others buy, so that the usual 90 days do not fit.
SLOW = tuple(replace(s, at=BEGINS + 2 * (s.at - BEGINS)) for s in sales())
OPEN = {
    "rules.drop": {"Order": order(), "Status": lambda s: "refunded" if s.order % 60 == 0 else "completed"},
    "rules.keep": {"Order": order(), "Currency": lambda s: "EUR" if s.customer % 3 else "USD"},
    "columns.amount": {
        "amount": plain("n"),
        "Gross amount": amount(POINT),
        "Net amount": lambda s: POINT(s.cents // 2),
    },
    "time_zone": {"ordered_at": day("%Y-%m-%dT%H:%M:%SZ")},
    "columns.ordered_at": {
        "Date In": day("%Y-%m-%d"),
        "Date Out": lambda s: (s.at + timedelta(days=1)).strftime("%Y-%m-%d"),
        "ordered_at": lambda s: "",
    },
}


@pytest.mark.parametrize(("key", "columns"), OPEN.items(), ids=OPEN)
def test_the_recommended_horizon_is_written_though_another_question_is_open(key, columns):
    Export(PLAIN, sales=SLOW).write(Path("x.csv"))
    closed, _, reason = init()
    Export(PLAIN | columns, sales=SLOW).write(Path("x.csv"))
    found, said, text = init()
    assert f"{key}: " in said
    assert found["churn"]["horizon_days"] == closed["churn"]["horizon_days"] != 90
    assert "`holdfast check`:" in text
    assert "Found with the first alternative" in " ".join(text.split()).replace("# ", "")
    assert "first alternative" not in reason


DECIDES = {
    "date_format": Export(PLAIN | {"ordered_at": day("%d/%m/%Y")}, sales=early()),
    "columns.customer_id": Export(
        {"Client": lambda s: f"g{s.customer // 3}", "Buyer": plain("c"), "Date": day("%Y-%m-%d"), "Sum": amount(POINT)}
    ),
    # Without the refunded lines many more fall silent.
    "rules.drop": Export(
        PLAIN | {"Status": lambda s: "refunded" if s.order % 9 == 0 else "completed"},
        sales=SLOW,
    ),
    "columns.ordered_at": Export(
        {"Order date": day("%Y-%m-%d"), "Invoice date": lambda s: f"{s.at.year}-12-31", **PLAIN}
        | {"ordered_at": lambda s: ""}
    ),
}


@pytest.mark.parametrize(("key", "export"), DECIDES.items(), ids=DECIDES)
def test_where_the_open_question_decides_the_horizon_it_is_the_usual_one(key, export):
    export.write(Path("x.csv"))
    found, said, text = init()
    assert f"{key}: " in said
    assert found["churn"]["horizon_days"] == 90
    assert "the usual choice" in text


def test_who_bought_is_asked_with_how_many_there_are_of_each():
    patients = PLAIN | {"customer_id": lambda s: ""} | {"Patient": lambda s: f"p{s.customer}-{s.order % 3}"}
    patients |= {"Owner": plain("c")}
    Export(patients).write(Path("x.csv"))
    text = init()[2]
    owners, pets = ({one(s) for s in sales()} for one in (patients["Owner"], patients["Patient"]))
    assert f'("Owner", {len(owners):,} different)' in text
    assert f'("Patient", {len(pets):,} different)' in text


def test_the_first_offer_is_a_tenth_of_a_usual_purchase_or_price_also_while_questions_are_open():
    Export(PLAIN).write(Path("x.csv"))
    assert command("init", "x.csv", "--yes")[0] == 0
    paid = pd.read_csv("x.csv")
    days = paid.groupby(["customer_id", pd.to_datetime(paid["ordered_at"]).dt.date])["amount"].sum()
    usual = days[days > 0].median()
    assert settings()["treatments"][0]["offer_cost"] == float(f"{usual / 10:.0e}") != 5
    assert f"about a tenth of a usual purchase ({usual:,.2f})" in Path("x.yaml").read_text(encoding="utf-8")
    # Amounts a thousand times as high: another currency.
    paid.assign(amount=paid["amount"] * 1000).to_csv("y.csv", index=False)
    assert command("init", "y.csv", "--yes")[0] == 0
    assert settings("y.yaml")["treatments"][0]["offer_cost"] == 1000 * settings()["treatments"][0]["offer_cost"]
    simulate_contracts(200, seed=3).spells.to_csv("club.csv", index=False)
    assert command("init", "club.csv", "--yes")[0] == 2, "the day of the export is asked for"
    prices = pd.read_csv("club.csv")["price"]
    assert settings("club.yaml")["treatments"][0]["offer_cost"] == float(f"{prices.median() / 10:.0e}")
