"""Tables of contracts that lack something, and columns known by what they hold: reasons, periods, flags, notices."""

import pandas as pd
import pytest

from holdfast.onboarding import Look
from tests.fuzz.configurations import command
from tests.onboarding.contracts import EXPORTED, answered, begun, day, init, number, over, plan, price, state, written

ADVICE = {
    "an end alone": (["customer_id", "Left"], "add a column with the first day of each"),
    "a start alone": (["customer_id", "Joined"], "add a column with the day on which each ended"),
    "neither": (["customer_id", "Age"], 'call it "churn"'),
}


@pytest.mark.parametrize(("names", "advice"), ADVICE.values(), ids=ADVICE)
def test_what_init_advises_for_a_table_of_customers_works(names, advice):
    cells = {"customer_id": number(), "Left": over(), "Joined": begun(), "Age": price}
    written({name: cells[name] for name in names})
    code, said = command("init", "x.csv", "--yes")
    assert code == 3
    assert advice in said
    more = {"first_day": begun(), "last_day": over()} if "day" in advice else {"churn": state("yes", "no")}
    more = {"start": begun()} if names[1] == "Left" else {"end": over()} if names[1] == "Joined" else more
    written({name: cells[name] for name in names} | more)
    assert init()[0]["setting"] == "contractual"


@pytest.mark.parametrize(
    ("churn", "said_of_it"),
    [
        (state("1", ""), "blank"),
        (lambda c: "" if not c.end else "x", "blank"),
        (lambda c: ("A", "B", "C", "D")[c.number % 4], "4 different values"),
    ],
)
def test_a_column_called_churn_that_says_too_little_is_told_what_to_hold(churn, said_of_it):
    written({"customer_id": number(), "churn": churn, "age": price})
    code, said = command("init", "x.csv", "--yes")
    assert code == 3
    assert said_of_it in said
    assert 'call it "churn"' not in said


def test_a_table_whose_ids_have_no_name_says_what_it_lacks_too():
    written({"Nr": lambda c: 100 + c.number, "Eintritt": begun("%d.%m.%Y"), "Tarif": plan})
    _, said = command("init", "x.csv", "--yes")
    assert 'If "Eintritt" says when contracts began, add a column with the day on which each ended, "end"' in said
    written({"Nr": lambda c: 100 + c.number, "Eintritt": begun("%d.%m.%Y"), "end": over("%d.%m.%Y"), "Tarif": plan})
    assert init()[0]["setting"] == "contractual"


@pytest.mark.parametrize(
    ("name", "gone", "runs"), [("is_active", "false", "true"), ("Active", "no", "yes"), ("Aktiv", "nej", "ja")]
)
def test_who_is_active_did_not_leave(name, gone, runs):
    written({"user_id": number(), "signed_up": begun(), name: state(gone, runs), "plan": plan})
    found, _ = init()
    assert found["subscriptions"]["columns"]["label"] == name
    assert found["subscriptions"]["churned_values"] == [gone]
    assert found["subscriptions"]["stayed_values"] == [runs]


def test_beside_dates_the_flag_of_who_is_active_is_compared_the_right_way_round():
    written({"user_id": number(), "created": begun(), "ended_at": over(), "is_active": state("false", "true")})
    assert init()[0]["subscriptions"]["ignore"] == ["is_active"]
    assert "by it" not in "\n".join(Look(["x.csv"]).findings({}).told)


NOTICE = {
    "German power": ("Kündigung zum", "Kündigungseingang"),
    "two words for a cancellation": ("Cancellation effective", "Cancelled on"),
    "a Danish paper": ("Ophørsdato", "Opsigelsesdato"),
}


@pytest.mark.parametrize(("end", "notice"), NOTICE.values(), ids=NOTICE)
def test_of_two_days_on_the_same_rows_the_end_is_the_later(end, notice):
    written(
        {
            "Customer no": number(),
            "Start": begun(),
            notice: lambda c: day(c.end and c.end - pd.Timedelta(days=c.number % 30)),
            end: over(),
        }
    )
    found, _ = init()
    assert found["subscriptions"]["columns"]["ended_at"] == end
    assert found["subscriptions"]["ignore"] == [notice]


INVOLUNTARY = {
    "one column of both": ("Voluntary/Involuntary", "Involuntary", "Voluntary"),
    "an outcome": ("Outcome", "payment failed", "asked for"),
    "a code": ("Code", "NONPAY", "REQ"),
}


@pytest.mark.parametrize(("name", "failed", "other"), INVOLUNTARY.values(), ids=INVOLUNTARY)
def test_reasons_are_known_by_what_they_say(name, failed, other):
    written(
        {
            "customer_id": number(),
            "start": begun(),
            "end": over(),
            name: lambda c: "" if not c.end else failed if c.reason == "payment" else other,
        }
    )
    found, _ = init()
    assert found["subscriptions"]["columns"]["end_reason"] == name
    assert found["subscriptions"]["payment_failure_reasons"] == [failed]


def test_ends_before_the_start_are_counted_before_check_refuses_them():
    written(
        {
            "customer_id": number(),
            "start": begun(),
            "end": lambda c: day(c.start - pd.Timedelta(days=3)) if c.number < 4 else day(c.end),
        }
    )
    init()
    assert "4 rows with an end before the start" in "\n".join(Look(["x.csv"]).findings({}).told)
    code, said = answered()
    assert code == 3
    assert "Mend the dates of such rows" in said


PERIODS = {
    "a year": ("Billing period", lambda c: "Yearly", 365),
    "a quarter": ("interval", lambda c: "quarter", 91),
    "a week": ("Abrechnung", lambda c: "wöchentlich", 7),
    "a month": ("Billing", lambda c: "monthly", None),
}


@pytest.mark.parametrize(("name", "cell", "days"), PERIODS.values(), ids=PERIODS)
def test_the_period_of_all_prices_is_stated(name, cell, days):
    written({"customer_id": number(), "start": begun(), "end": over(), "price": price, name: cell})
    found, _ = init()
    assert found["subscriptions"].get("period_days") == days


def a_year_costs_ten(c):
    return 10 * c.price if c.number % 3 else c.price


KINDS = {
    "months and years": (
        {"price": a_year_costs_ten, "Interval": lambda c: "year" if c.number % 3 else "month"},
        {"price": "price", "price_per": "Interval"},
        None,
    ),
    "plans of a month and of a year": (
        {"fee": a_year_costs_ten, "plan": lambda c: "Annual" if c.number % 3 else "Monthly"},
        {"price": "fee", "price_per": "plan", "plan": "plan"},
        None,
    ),
    "cents by name": ({"price_cents": lambda c: 100 * c.price}, {"price": "price_cents"}, "cents"),
    "cents of an interface": (
        {"id": number("sub_1Pq"), "amount": lambda c: 100 * c.price},
        {"price": "amount"},
        "cents",
    ),
}


@pytest.mark.parametrize(("columns", "named", "unit"), KINDS.values(), ids=KINDS)
def test_prices_of_several_periods_and_in_hundredths_are_read_as_what_they_are(columns, named, unit):
    written({"customer_id": number("cus_"), "start": begun(), "end": over(), **columns})
    found, _ = init()
    asked = found["subscriptions"]
    assert {name: asked["columns"].get(name) for name in named} == named
    assert asked.get("money_in") == unit
    assert found["treatments"]
    assert answered()[0] == 0


TERMS = {
    "two years": ("contract_end", lambda c: day(c.start + pd.Timedelta(days=730)), "churn", "Yes", "No"),
    "one year": ("Expiry date", lambda c: day(c.start + pd.Timedelta(days=365)), "Status", "Cancelled", "Active"),
    "ends unknown": ("end", lambda c: day(c.end) if c.number % 5 == 0 else "", "status", "lapsed", "current"),
}


@pytest.mark.parametrize(("name", "end", "status", "gone", "runs"), TERMS.values(), ids=TERMS)
def test_where_dates_are_of_terms_and_a_status_says_who_left_it_is_the_label(name, end, status, gone, runs):
    written({"customer_id": number(), "start": begun(), name: end, status: state(gone, runs), "plan": plan})
    found, _ = init()
    assert found["subscriptions"]["columns"]["label"] == status
    assert "started_at" not in found["subscriptions"]["columns"]


def test_planned_ends_beside_a_status_that_agrees_with_them_tell_who_left():
    planned = {"end": lambda c: day(c.end or c.start + pd.Timedelta(days=2000))}
    written({"customer_id": number(), "start": begun(), **planned, "status": state("ended", "active")})
    assert init()[0]["subscriptions"]["columns"]["ended_at"] == "end"


@pytest.mark.parametrize(("who", "start"), [("id", "since"), ("Nr", "Eintritt"), ("key", "start_date")])
def test_a_start_and_a_state_are_contracts_though_the_id_has_no_name(who, start):
    third = {"state": lambda c: "terminated" if c.end else ("suspended" if c.number % 7 == 0 else "active")}
    written({who: lambda c: c.number + 1, start: begun(), **third, "fee": price})
    found, said = init()
    assert found["setting"] == "contractual"
    assert '"state" says "suspended"' in said


def test_of_customers_with_a_label_days_of_charges_are_not_learnt_from():
    written(
        {
            **{"User ID": number(), "churn": state("yes", "no"), "Patronage Since Date": begun()},
            "Last Charge Date": lambda c: day(c.end or EXPORTED),
            "Next Charge Date": lambda c: "" if c.end else day(EXPORTED),
            "Last visit": begun(),
        }
    )
    assert init()[0]["subscriptions"]["ignore"] == ["Last Charge Date", "Next Charge Date"]


def test_names_mails_phones_and_streets_of_people_are_not_learnt_from():
    people = {
        "First name": lambda c: ("Zoe", "Nils", "Paul", "Greta", "Ida")[c.number % 5],
        "E-mail": lambda c: f"m{c.number % 50}@example.com",
        "Phone": lambda c: f"+45 20 30 40 {10 + c.number % 50}",
        "Gade": lambda c: f"Nygade {c.number % 30}",
    }
    others = {"Title": lambda c: ("Ms", "Mr", "Dr", "Prof")[c.number % 4], "City": lambda c: f"Town {c.number % 9}"}
    written({"customer_id": number(), "churn": state("yes", "no"), "age": price, **people, **others})
    found, _ = init()
    assert found["subscriptions"]["ignore"] == list(people)
    assert '"First name", "E-mail", "Phone" and "Gade", who somebody is, and nothing of why people leave' in "\n".join(
        Look(["x.csv"]).findings({}).told
    )
