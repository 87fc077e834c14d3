"""Tables of contracts, and of customers with a label, that say it in other words; and what looks alike and is not."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from holdfast.errors import DataError
from holdfast.onboarding import Look
from holdfast.onboarding.findings import Findings
from tests.onboarding.contracts import (
    RUNNING,
    Contract,
    begun,
    contracts,
    day,
    init,
    number,
    over,
    plan,
    seconds,
    written,
)


def look() -> Findings:
    return Look(["x.csv"]).findings({})


PAIRS = [
    *[("Move-In", "Move-Out"), ("Enroll Date", "Drop Date"), ("Enrolled On", "Withdrawn On")],
    *[("Admission Date", "Discharge Date"), ("Install Date", "Disconnect Date"), ("Account Opened", "Account Closed")],
    *[("Entry Date", "Exit Date"), ("Onboarded", "Offboarded"), ("Commencement Date", "Cessation Date")],
    *[("Aktiveringsdato", "Opphørsdato"), ("Alkamispäivä", "Päättymispäivä"), ("開始日", "解約日")],
    *[("契約開始日", "契約終了日"), ("가입일", "해지일"), ("계약시작일", "계약종료일"), ("开通日期", "退订日期")],
    *[("合同开始日期", "合同结束日期"), ("Дата начала", "Дата окончания"), ("Anmeldung", "Abmeldung")],
    *[("Дата заключения договора", "Дата расторжения договора"), ("Einzug", "Auszug"), ("Inskriven", "Utskriven")],
    *[("Tilmeldt", "Frameldt"), ("Hire date", "Off-hire date")],
]


@pytest.mark.parametrize(("start", "end"), PAIRS, ids=[start for start, _ in PAIRS])
def test_a_beginning_and_an_end_in_other_words_are_contracts(start, end):
    written({"customer_id": number(), start: begun(), end: over(), "Seats": lambda c: c.number % 9})
    found = look()
    assert found.section == "subscriptions"
    assert (found.settings["columns.started_at"], found.settings["columns.ended_at"]) == (start, end)
    assert f"{RUNNING} rows still running" in "\n".join(found.told)


def stay(days: Callable[[Contract], int], open_: Callable[[Contract], bool]) -> Callable[[Contract], str]:
    return lambda c: "" if open_(c) else day(c.start + timedelta(days=days(c)))


STAYS: dict[str, tuple[str, str, Any, Any]] = {
    "a car park, some are still in": ("Entry Date", "Exit Date", lambda c: c.number % 2, lambda c: c.number % 40 == 0),
    "a hospital": ("Admission Date", "Discharge Date", lambda c: 1 + c.number % 9, lambda c: c.number % 15 == 0),
    "cars for hire": ("Hire Date", "Off-hire date", lambda c: 3 + c.number % 12, lambda c: c.number % 12 == 0),
    "courses": ("Enrolled On", "Withdrawn On", lambda c: 90 + c.number % 3, lambda _: False),
    "rooms": ("Move-in", "Move-out", lambda c: 100 + c.number % 60, lambda _: False),
}


@pytest.mark.parametrize(("start", "end", "days", "open_"), STAYS.values(), ids=STAYS)
def test_stays_that_are_short_or_all_over_are_no_contracts(start, end, days, open_):
    cells = {"Guest ID": lambda c: f"g{c.number % 60}", start: begun(), end: stay(days, open_), "Amount": lambda c: 20}
    written(cells)
    assert look().section == "purchases"


def test_an_end_of_zero_in_seconds_is_none():
    for per in (1, 1000):
        columns = {
            "account_id": number("A"),
            "created": lambda c, per=per: seconds(c.start, per=per),
            "canceled_at": lambda c, per=per: seconds(c.end, per=per, none=0),
            "plan": plan,
        }
        written(columns)
        found = look()
        assert found.settings["columns.ended_at"] == "canceled_at"
        assert found.settings["date_format"] == ("%s" if per == 1 else "%ms")
        assert f"{RUNNING} rows still running" in "\n".join(found.told)


def test_two_days_that_no_name_explains_are_told_what_to_be_called_and_it_works():
    written({"customer_id": number(), "Alpha": begun(), "Omega": over(), "plan": plan})
    with pytest.raises(DataError) as refused:
        look()
    said = 'If "Alpha" says when contracts began and "Omega" when they ended, blank while they run, call these columns'
    assert said in str(refused.value)
    assert "subscriptions.columns.started_at" in str(refused.value)
    written({"customer_id": number(), "start": begun(), "end": over(), "plan": plan})
    assert look().section == "subscriptions"


LABELS = [
    *[("Customer Status", "Churned", "Stayed"), ("lapsed", "Y", "N"), ("lapse", "1", "0"), ("retained", "0", "1")],
    *[("renewed", "No", "Yes"), ("cancelled", "1", "0"), ("status", "cancelled", "active"), ("quit", "1", "0")],
    *[("active", "0", "1"), ("segment", "Lapsed", "Retained"), ("解約", "1", "0")],
]


def customers(name: str, left: str, stayed: str, **more: Any) -> None:
    random = np.random.default_rng(7)
    frame = pd.DataFrame(
        {
            "state": random.choice(["KS", "OH", "NY"], 300),
            "total_day_minutes": random.normal(180, 50, 300).round(1),
            "total_day_calls": random.integers(40, 160, 300),
            "total_day_charge": random.normal(30, 9, 300).round(2),
            name: np.where(random.random(300) < 0.2, left, stayed),
        }
    )
    frame.assign(**more).to_csv("x.csv", index=False)


@pytest.mark.parametrize(("name", "left", "stayed"), LABELS, ids=[name for name, _, _ in LABELS])
def test_a_label_in_other_words_makes_a_table_without_days_one_of_customers(name, left, stayed):
    customers(name, left, stayed)
    found = look()
    assert found.section == "subscriptions"
    assert found.settings["columns.label"] == name
    assert [found.settings[key][0].casefold() for key in ("churned_values", "stayed_values")] == [
        left.casefold(),
        stayed.casefold(),
    ]
    assert not found.questions


def test_what_may_be_a_label_is_asked_about():
    customers("target", "1", "0")
    (asked,) = look().questions
    assert asked.key == "churned_values"
    assert asked.asked.startswith('if "target" says who left, this is a table with one row per customer and a label')
    assert asked.choices[0].settings == {"churned_values": ["1"], "stayed_values": ["0"]}


def test_orders_with_such_words_stay_orders():
    rows = [
        (f"o{i}", f"c{i % 20}", day(c.start), 10 + i % 7, "cancelled" if i % 9 == 0 else "active", i % 9 == 0)
        for i, c in enumerate(contracts())
    ]
    names = ["order_id", "customer_id", "order_date", "amount", "status", "cancelled"]
    pd.DataFrame(rows, columns=names).to_csv("x.csv", index=False)
    assert look().section == "purchases"


def test_a_table_without_days_is_told_what_can_be_read_and_it_works():
    customers("arrest", "1", "0")
    with pytest.raises(DataError) as refused:
        look()
    said = str(refused.value)
    assert "No column holds dates, so this is no list of purchases." in said
    assert 'call that column churn ("arrest" has two values) and say holdfast init again' in said
    assert "subscriptions.columns.label" in said
    customers("churn", "1", "0")
    assert look().settings["columns.label"] == "churn"


def test_figures_are_no_days_because_their_name_holds_day():
    customers("arrest", "1", "0", day_share=0.5)
    with pytest.raises(DataError, match="No column holds dates"):
        look()
    # Days in figures that no format reads are asked about, as before.
    rows = [(f"c{i % 9}", 240_199 + i, 10.5) for i in range(90)]
    pd.DataFrame(rows, columns=["customer", "date", "amount"]).to_csv("x.csv", index=False)
    assert any(q.key == "date_format" for q in look().questions)


def exported(c: Contract) -> str:
    return f"{day(c.end)} 00:00:00" if c.end else "2024-06-03 22:20:10"


def test_an_end_at_the_moment_of_the_export_is_none():
    written({"customer_id": number(), "start": begun(), "end": exported, "Plan": plan})
    found = look()
    assert found.settings["missing_values"] == ["2024-06-03 22:20:10"]
    told = "\n".join(found.told)
    assert f'"end": {RUNNING} of 240 ends are the very last of the table, 2024-06-03' in told
    assert f"{RUNNING} rows still running" in told
    document, _ = init()
    assert document["subscriptions"]["missing_values"] == ["2024-06-03 22:20:10"]


@pytest.mark.parametrize("kind", ["blank where they run", "terms of a year", "one day of others"])
def test_other_ends_on_one_day_are_ends(kind):
    ends = {
        "blank where they run": lambda c: "2024-06-03" if c.number % 5 == 0 else over()(c),
        "terms of a year": lambda c: f"{(c.end or c.start).year}-12-31",
        "one day of others": lambda c: day(c.end) if c.end else ("2024-06-03" if c.number % 2 else "2024-06-02"),
    }
    written({"customer_id": number(), "start": begun(), "end": ends[kind], "Plan": plan})
    assert "missing_values" not in look().settings


def test_revenue_that_ends_with_the_contract_is_said_to_be_no_price():
    columns = {"Customer ID": number(), "Customer Since": begun(), "Churned On": over()}
    written({**columns, "MRR": lambda c: 0 if c.end else c.price})
    told = "\n".join(look().told)
    assert 'price: "MRR" is 0 or blank where a contract has ended, and left out' in told
    assert "Export what each contract cost while it ran" in told
    for name in ("Leasingrate", "Minimum Fee"):
        written({**columns, name: lambda c: c.price})
        assert look().settings["columns.price"] == name
