"""For how long prices pay, in whatever words: read, and where they cannot be, asked."""

import pytest

from holdfast.contractual.periods import days_of, months_of, period_of
from holdfast.onboarding import Look
from tests.onboarding.contracts import Contract, begun, init, number, over, plan, told, written


def yearly(c: Contract) -> bool:
    return c.number % 3 == 0


def shop(per: str, month: str, year: str) -> dict:
    cost = {"Amount": lambda c: c.price * (12 if yearly(c) else 1) + 0.5}
    ends = {"customer_id": number(), "Activated On": begun(), "Cancelled On": over(), "Plan": plan}
    return {**ends, **cost, per: lambda c: year if yearly(c) else month}


WORDS = {
    "Zoho": ("months", "years"),
    "in short": ("Mo", "Yr"),
    "German": ("Monate", "Jahre"),
    "French": ("mois", "ans"),
    "ISO 8601": ("P1M", "P1Y"),
    "days": ("30 days", "365 days"),
    "a number": ("1 month", "1 year"),
    "months alone": ("1 month", "12 months"),
    "every": ("every month", "every year"),
    "recurring": ("Monthly Recurring", "Yearly Recurring"),
    "weeks": ("4 weeks", "52 weeks"),
    "letters": ("M", "Y"),
}


@pytest.mark.parametrize(("month", "year"), WORDS.values(), ids=WORDS)
def test_prices_of_a_month_and_a_year_are_told_apart_in_whatever_words(month, year):
    written(shop("Interval Unit", month, year))
    found = Look(["x.csv"]).findings({})
    assert found.settings["columns.price_per"] == "Interval Unit"
    assert [months_of(days_of(word)) for word in (month, year)] == [1.0, 12.0]


def test_a_number_of_units_beside_the_unit_is_read():
    unit = {"Interval Unit": lambda c: "years" if yearly(c) else "months"}
    # A third of those by the month pay for a quarter.
    several = {"Interval": lambda c: 3 if not yearly(c) and c.number % 3 == 1 else 1}
    cost = {"Amount": lambda c: c.price * (12 if yearly(c) else several["Interval"](c)) + 0.5}
    written({**shop("Interval Unit", "", ""), **cost, **several, **unit})
    columns = init()[0]["subscriptions"]["columns"]
    assert (columns["price_per"], columns["price_periods"]) == ("Interval Unit", "Interval")


@pytest.mark.parametrize("name", ["Billing Cycle", "Payment frequency", "Zahlweise"])
def test_a_billing_period_that_cannot_be_read_is_asked(name):
    written(shop(name, "ABO-A", "ABO-B"))
    (question,) = [q for q in Look(["x.csv"]).findings({}).questions if q.key == "columns.price"]
    assert f'"{name}" seems to say for how long a price pays, and cannot be read' in question.asked
    assert [choice.settings.get("columns.price") for choice in question.choices] == [None, "Amount"]
    # Numbers may be months or something else.
    written(shop(name, "1", "12"))
    assert any(q.key == "columns.price" for q in Look(["x.csv"]).findings({}).questions)


def test_a_shortest_term_is_no_billing_period():
    written({**shop("Laufzeit", "12 Monate", "24 Monate"), "Amount": lambda c: c.price + 0.5})
    assert "price_per" not in told()
    written({**shop("Contract", "12 months", "12 months"), "Amount": lambda c: c.price + 0.5})
    assert "period_days" not in Look(["x.csv"]).findings({}).settings
    written({**shop("Billing Cycle", "12 months", "12 months"), "Amount": lambda c: c.price + 0.5})
    assert Look(["x.csv"]).findings({}).settings["period_days"] == 365
    # Yes on every line is no year.
    written({**shop("Active", "Y", "Y"), "Amount": lambda c: c.price + 0.5})
    assert "period_days" not in Look(["x.csv"]).findings({}).settings


def test_two_years_are_24_months():
    assert months_of(period_of("2 years")) == 24.0
    assert [period_of(text) for text in ("Day", "Premium month", "2", "", "0 months")] == [None] * 5
