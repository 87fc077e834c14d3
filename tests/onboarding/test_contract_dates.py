"""When contracts began and ended: columns called in many ways, beside a status, ahead of the export, as seconds."""

from datetime import timedelta

import pandas as pd
import pytest

from holdfast.errors import DataError
from holdfast.onboarding import Look
from holdfast.onboarding.contracts.end_reasons import says_failed_payment
from holdfast.onboarding.findings import Choice
from tests.onboarding.contracts import (
    EXPORTED,
    RUNNING,
    Contract,
    answered,
    begun,
    contracts,
    day,
    init,
    number,
    over,
    plan,
    price,
    seconds,
    state,
    told,
    written,
)

NAMES = {
    "a gym": ("Member ID", "Joined", "Left", "%d/%m/%Y"),
    "a club": ("Member no", "Member since", "Cancelled on", "%Y-%m-%d"),
    "a German gym": ("Mitgliedsnummer", "Eintritt", "Austritt", "%d.%m.%Y"),
    "a Danish club": ("Medlemsnr", "Indmeldt", "Udmeldt", "%d-%m-%Y"),
    "Start and End": ("id", "Start", "End", "%Y-%m-%d"),
    "software": ("customer_id", "created", "canceled_at", "%Y-%m-%d"),
    "a box": ("Customer", "Subscribed", "Unsubscribed", "%m/%d/%Y"),
    "a mobile operator": ("MSISDN", "ActivationDate", "DeactivationDate", "%Y%m%d"),
    "an insurer": ("PolicyHolderID", "InceptionDate", "TerminationDate", "%Y-%m-%d"),
    "a newspaper": ("Abonnentennummer", "Lieferbeginn", "Lieferende", "%d.%m.%y"),
    "plans in a row": ("Member ID", "Period start", "Period end", "%Y-%m-%d"),
    "a Swedish club": ("Medlemsnummer", "Startad", "Avslutad", "%Y-%m-%d"),
}


@pytest.mark.parametrize("called", NAMES.values(), ids=NAMES)
def test_a_start_and_an_end_are_contracts_whatever_they_are_called(called):
    who, start, end, form = called
    written({who: number("45"), start: begun(form), end: over(form), "Plan": plan, "Price": price})
    found, said = init()
    columns = {"customer_id": who, "started_at": start, "ended_at": end, "plan": "Plan", "price": "Price"}
    assert (found["setting"], found["subscriptions"]["columns"]) == ("contractual", columns)
    assert f"{RUNNING} rows still running" in told()
    assert said.count("as_of:") == 1
    code, said = answered()
    assert code == 0, said


PAIRS = (
    ("Date de début", "Date de fin"),
    ("Date d'entrée", "Date de sortie"),
    ("Début du contrat", "Fin du contrat"),
    ("Fecha de inicio", "Fecha de fin"),
    ("Data de início", "Data de término"),
    ("Data di inizio", "Data di fine"),
    ("Startdatum", "Enddatum"),
    ("Datum van ingang", "Datum van einde"),
    ("Dato for indmeldelse", "Dato for udmeldelse"),
    ("Date of joining", "Date of leaving"),
    ("Data początku umowy", "Data końca umowy"),
    ("Valid from", "Valid until"),
)


@pytest.mark.parametrize(("start", "end"), PAIRS)
def test_a_beginning_and_an_end_in_more_words_are_contracts_too(start, end):
    written({"Nr": number("45"), start: begun(), end: over(), "Formule": plan})
    found, _ = init()
    columns = {"customer_id": "Nr", "started_at": start, "ended_at": end, "plan": "Formule"}
    assert (found["setting"], found["subscriptions"]["columns"]) == ("contractual", columns)
    assert f'contracts from "{start}" to "{end}"; {RUNNING} rows still running' in told()


def test_a_beginning_and_an_end_of_every_line_of_those_who_come_back_are_no_contracts():
    def until(c: Contract) -> str:
        return day(c.start + timedelta(days=3))

    hire = {"Client": lambda c: f"c{c.number // 4}", "Date de début": begun(), "Date de fin": until, "Montant": price}
    written(hire)
    assert "setting" not in init()[0]
    # An end before the beginning on line after line is another thing's.
    written({**hire, "Date de fin": lambda c: day(c.start - timedelta(days=3)) if c.end else ""})
    assert "setting" not in init()[0]
    written({**hire, "Date de fin": lambda c: until(c) if c.end else ""})
    assert init()[0]["setting"] == "contractual"


@pytest.mark.parametrize("price", ["Tarif", "Prix"])
def test_contracts_beside_a_list_of_prices_are_what_is_read(price):
    written({"Membre": number("45"), "Date de début": begun(), "Date de fin": over(), "Formule": plan})
    names = ("Basic", "Plus", "Premium", "Family", "Student")
    listed = [(name, f"202{year}-01-01", 19.5 + year) for name in names for year in (1, 2, 3)]
    pd.DataFrame(listed, columns=["Formule", "Date d'effet", price]).to_csv("prices.csv", index=False)
    assert "contracts from" in "\n".join(Look(["x.csv", "prices.csv"]).findings({}).told)


def test_two_lists_of_contracts_are_named():
    written({"Membre": number("45"), "Start": begun(), "End": over()})
    written({"Membre": number("45"), "Début": begun(), "Fin": over(), "Formule": plan}, "y.csv")
    with pytest.raises(DataError, match=r'"x.csv" and "y.csv" look like contracts: name the files of one list'):
        Look(["x.csv", "y.csv"]).findings({})


def test_orders_that_were_created_and_cancelled_are_no_contracts():
    written(
        {
            "order_id": number("o"),
            "customer": lambda c: f"c{c.number // 4}",
            "created_at": begun(),
            "cancelled_at": lambda c: day(c.start) if c.number % 9 == 0 else "",
            "total": price,
        }
    )
    found, _ = init()
    assert "setting" not in found


BILLING = {
    "Stripe": (
        {
            "id": number("sub_"),
            "customer": number("cus_"),
            "status": state("canceled", "active"),
            "created": lambda c: seconds(c.start),
            "canceled_at": lambda c: seconds(c.end and max(c.start, c.end - pd.Timedelta(days=9))),
            "ended_at": lambda c: seconds(c.end),
            "current_period_end": lambda c: seconds((c.end or EXPORTED) + pd.Timedelta(days=20)),
            "plan": plan,
        },
        {"customer_id": "customer", "started_at": "created", "ended_at": "ended_at", "plan": "plan"},
        ["status", "canceled_at", "current_period_end"],
    ),
    "Chargebee": (
        {
            "Subscription Id": number("s"),
            "Customer Id": number("k"),
            "Plan Id": plan,
            "Status": state("cancelled", "active"),
            "Created At": begun("%d-%b-%Y 10:00"),
            "Started At": begun("%d-%b-%Y 10:00"),
            "Activated At": begun("%d-%b-%Y 11:00"),
            "Current Term End": lambda c: day((c.end or EXPORTED) + pd.Timedelta(days=20), "%d-%b-%Y 10:00"),
            "Cancelled At": over("%d-%b-%Y 10:00"),
        },
        {"customer_id": "Customer Id", "started_at": "Started At", "ended_at": "Cancelled At", "plan": "Plan Id"},
        ["Status", "Current Term End"],
    ),
    "Recurly": (
        {
            "uuid": number("u"),
            "account_code": number("a"),
            "state": state("expired", "active"),
            "plan_code": plan,
            "activated_at": begun("%Y-%m-%d 10:00:00 UTC"),
            "canceled_at": over("%Y-%m-%d 09:00:00 UTC"),
            "expires_at": over("%Y-%m-%d 10:00:00 UTC"),
        },
        {"customer_id": "account_code", "started_at": "activated_at", "ended_at": "expires_at", "plan": "plan_code"},
        ["state", "canceled_at"],
    ),
    "an insurer whose policies run a year": (
        {
            "PolicyHolderID": number("P"),
            "InceptionDate": begun(),
            "ExpiryDate": lambda c: day(max(EXPORTED, c.end or EXPORTED) + pd.Timedelta(days=100)),
            "CancellationDate": over(),
        },
        {"customer_id": "PolicyHolderID", "started_at": "InceptionDate", "ended_at": "CancellationDate"},
        ["ExpiryDate"],
    ),
}


@pytest.mark.parametrize(("columns", "roles", "ignored"), BILLING.values(), ids=BILLING)
def test_the_end_is_neither_the_notice_nor_the_end_of_a_term_and_what_the_export_knew_teaches_nothing(
    columns, roles, ignored
):
    written(columns)
    found, _ = init()
    assert found["subscriptions"]["columns"] == roles
    assert sorted(found["subscriptions"]["ignore"]) == sorted(ignored)
    code, said = answered()
    assert code == 0, said


@pytest.mark.parametrize("scheduled", [False, True])
def test_what_only_some_leavers_have_and_a_price_that_ends_with_the_contract_teach_nothing(scheduled):
    """A billing system's second reason, filled for three ends in ten; what is paid now, 0 from the end on."""
    columns = {
        "Subscription Id": number("s"),
        "Started At": begun(),
        "Cancelled At": over(),
        "Cancel Reason": lambda c: c.reason,
        "Cancel Reason Code": lambda c: "Price" if c.end and c.number % 10 < 3 else "",
        "Plan Id": plan,
        "MRR": lambda c: 0 if c.end else c.price + 0.5,
        "Plan Unit Price": lambda c: c.price + 0.9,
    }
    if scheduled:
        columns["Cancel Schedule Created At"] = lambda c: day(c.end) if c.end and c.number % 7 == 0 else ""
    written(columns)
    found, _ = init()
    assert found["subscriptions"]["columns"]["price"] == "Plan Unit Price"
    assert {"Cancel Reason Code", "MRR"} <= set(found["subscriptions"]["ignore"])


@pytest.mark.parametrize(
    ("name", "gone", "runs"),
    [
        ("status", "canceled", "active"),
        ("Status", "Ended", "Active"),
        ("state", "Opsagt", "Aktiv"),
        ("churn", "yes", "no"),
    ],
)
def test_beside_a_status_the_dates_tell_who_left(name, gone, runs):
    written(
        {"customer_id": number(), "created_at": begun(), "canceled_at": over(), name: state(gone, runs), "plan": plan}
    )
    found, _ = init()
    assert found["subscriptions"]["columns"]["ended_at"] == "canceled_at"
    assert "label" not in found["subscriptions"]["columns"]
    assert found["subscriptions"]["ignore"] == [name]
    assert f'status: "{name}" is of the day of the export, so "canceled_at" tells who left, and when' in told()


def test_where_status_and_dates_contradict_each_other_the_rows_are_counted():
    gone = [c.number for c in contracts() if c.end]
    runs = [c.number for c in contracts() if not c.end]
    written(
        {
            "customer_id": number(),
            "start_date": begun(),
            "end_date": lambda c: "" if c.number in gone[:7] else day(c.end),
            "status": lambda c: "canceled" if c.number in (*gone[:7], *gone[12:]) else "active",
        }
    )
    said = told()
    assert "7 rows ended by it without a date there: they count as running;" in said
    assert "5 rows running by it, though the end lies before: they count as ended" in said
    assert f"{len(runs) + 7} rows still running" in said


def test_ends_after_the_latest_start_are_ahead_only_if_the_day_of_the_export_says_so():
    latest = max(c.start for c in contracts())
    since = [c.number for c in contracts() if not c.end][:6]
    later = {number_: latest + timedelta(days=1 + i) for i, number_ in enumerate(since)}
    written(
        {
            "customer_id": number(),
            "start_date": begun(),
            "end_date": lambda c: day(later.get(c.number, c.end)),
            "status": lambda c: "canceled" if c.end or c.number in since else "active",
        }
    )
    said = told()
    assert f"6 rows with an end after the latest start, {latest}: planned, unless as_of is later" in said
    assert "6 rows ended by it after the latest start: they have ended where as_of is later" in said
    assert "count as running" not in said
    ahead, past = (str(latest + timedelta(days=days)) for days in (4, 40))
    assert "3 rows ended by it with a date ahead: they count as" in told(as_of=Choice(ahead, {"as_of": ahead}))
    assert "ended by it" not in told(as_of=Choice(past, {"as_of": past}))


def test_where_most_who_left_have_no_date_the_status_is_the_label():
    written(
        {
            "customer_id": number(),
            "start_date": begun(),
            "end_date": lambda c: day(c.end) if c.number % 5 == 0 else "",
            "status": state("canceled", "active"),
        }
    )
    assert init()[0]["subscriptions"]["columns"]["label"] == "status"


AHEAD = {
    "ends of a year that goes on": lambda c: day(c.end or EXPORTED + pd.Timedelta(days=30 + c.number)),
    "until further notice": lambda c: day(c.end) or "9999-12-31",
    "some planned, some open": lambda c: day(c.end) or ("2025-01-01" if c.number % 2 else ""),
}


@pytest.mark.parametrize("end", AHEAD.values(), ids=AHEAD)
def test_contracts_whose_end_lies_ahead_of_the_export_are_still_running(end):
    written({"customer_id": number(), "start_date": begun(), "end_date": end, "plan": plan})
    export = {"as_of": Choice(EXPORTED.isoformat(), {"as_of": EXPORTED.isoformat()})}
    said = "\n".join(Look(["x.csv"]).findings(export).told)
    assert f"{RUNNING} rows still running" in said
    assert ("with an end ahead" in said) == (end is not AHEAD["until further notice"])
    init()
    code, said = answered()
    assert code == 0, said


def test_before_the_day_of_the_export_is_said_planned_ends_are_told_by_the_latest_start():
    written({"customer_id": number(), "start_date": begun(), "end_date": AHEAD["ends of a year that goes on"]})
    assert f"every row has an end; {RUNNING} rows with an end after the latest start, 2024-05-31: planned" in told()
    written({"customer_id": number(), "start_date": begun(), "end_date": AHEAD["some planned, some open"]})
    assert "rows without an end; " in told()
    assert "0 rows still running" not in told()


COUNTS = {
    "seconds": (lambda c: seconds(c.start), lambda c: seconds(c.end), "%s"),
    "milliseconds": (lambda c: seconds(c.start, per=1000), lambda c: seconds(c.end, per=1000), "%ms"),
    "seconds, 0 while it runs": (lambda c: seconds(c.start), lambda c: seconds(c.end, none=0), "%s"),
    "seconds with a point, as pandas writes them beside blanks": (
        lambda c: seconds(c.start),
        lambda c: f"{seconds(c.end)}.0" if c.end else "",
        "%s",
    ),
    "milliseconds with a point": (
        lambda c: seconds(c.start, per=1000),
        lambda c: f"{seconds(c.end, per=1000)}.0" if c.end else "",
        "%ms",
    ),
    "seconds, and days for the end": (lambda c: seconds(c.start), lambda c: day(c.end), ["%s", "%Y-%m-%d"]),
}


@pytest.mark.parametrize(("start", "end", "form"), COUNTS.values(), ids=COUNTS)
@pytest.mark.parametrize("names", [("created", "canceled_at"), ("start", "end"), ("activation_ts", "ended_at")])
def test_numbers_of_seconds_are_dates(start, end, form, names):
    written({"user_id": number(), names[0]: start, names[1]: end, "plan": plan})
    found, said = init()
    assert found["subscriptions"]["date_format"] == form
    assert found["subscriptions"]["columns"]["started_at"] == names[0]
    assert "time_zone:" in said
    assert f"{RUNNING} rows still running" in told()
    code, said = answered()
    assert code == 0, said


@pytest.mark.parametrize("none", ["0000-00-00", "0000-00-00 00:00:00", "0"])
def test_zeros_are_no_end(none):
    written({"user_id": number(), "start": begun(), "end": lambda c: day(c.end) or none, "plan": plan})
    init()
    assert f"{RUNNING} rows still running" in told()
    code, said = answered()
    assert code == 0, said


FAILED = ["payment failed", "card declined", "non-payment", "not_paid", "Zahlungsverzug", "Manglende betaling"]


@pytest.mark.parametrize("failed", FAILED)
@pytest.mark.parametrize("name", ["end_reason", "Cancel reason"])
def test_reasons_that_say_that_a_payment_failed_are_no_wish_of_the_customer(failed, name):
    reason = {"payment": failed}
    written(
        {
            "customer_id": number(),
            "start_date": begun(),
            "end_date": over(),
            name: lambda c: reason.get(c.reason, c.reason),
        }
    )
    found, _ = init()
    assert found["subscriptions"]["payment_failure_reasons"] == [failed]
    lines = sum(c.reason == "payment" for c in contracts())
    assert f'end_reason: "{name}" says "{failed}" ({lines} rows): a payment failed' in told()


@pytest.mark.parametrize("unclear", ["payment", "Billing", "card"])
def test_reasons_that_only_speak_of_payments_are_asked_about(unclear):
    written(
        {
            "customer_id": number(),
            "start_date": begun(),
            "end_date": over(),
            "reason": lambda c: unclear if c.reason == "payment" else c.reason,
        }
    )
    _, said = init()
    assert f'payment_failure_reasons: "reason" says "{unclear}"' in said
    code, said = answered(payment_failure_reasons=f"[{unclear}]")
    assert code == 0, said


def test_an_ordinary_reason_is_no_failed_payment():
    ordinary = ("too expensive", "moved", "competitor", "no longer needed", "found a better card", "customer_request")
    assert [says_failed_payment(reason) for reason in ordinary] == [False] * len(ordinary)
