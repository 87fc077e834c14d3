"""Columns of states that are not called so: known by their words; columns that look alike are left alone."""

import pytest

from holdfast.onboarding.states.visits import visit_of
from holdfast.onboarding.states.words import State, state_of
from tests.onboarding.looked import dropped, look, said


@pytest.mark.parametrize(
    ("name", "words", "gone"),
    [
        ("transactions.state", ["paid", "refunded_partially", "cancelled", "open"], ["cancelled"]),
        ("transactions.stateMachineState.name", ["paid", "cancelled"], ["cancelled"]),
        ("transaction_state", ["paid", "failed"], ["failed"]),
        ("RESULT_DESC", ["SUCCESS", "FAILED"], ["FAILED"]),
        ("sw_transaction_state", ["paid", "open", "failed"], ["failed"]),
        ("Booking outcome", ["Completed", "Completed", "Completed", "No show", "Cancelled"], ["Cancelled", "No show"]),
        ("Response", ["Approved", "Approved", "Declined"], ["Declined"]),
        ("Zahlung", ["bezahlt", "bezahlt", "storniert"], ["storniert"]),
        ("Order", ["delivered", "delivered", "cancelled"], ["cancelled"]),
        ("invoice_state", ["paid", "closed", "failed"], ["failed"]),
        ("Appointment outcome", ["Attended", "Attended", "Did not attend"], ["Did not attend"]),
        ("Attendance", ["Attended", "Attended", "Was not brought"], ["Was not brought"]),
    ],
)
def test_a_column_of_states_is_known_by_its_words(name, words, gone):
    found = look({name: words})
    assert dropped(found) == {name: gone}
    lines = 120 // len(words)
    assert all(f"{lines} lines ({10.5 * lines:,.2f}) {visit_of(w)}" in said(found) for w in gone)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("billing_state", ["CA", "NY", "OK", "TX"]),
        ("Invoice State", ["CA", "NY", "OK", "TX"]),
        ("Webinar attendance outcome", ["Attended", "No show"]),
        ("Attendance type", ["First", "Follow-up"]),
        ("Outcome of appointment", ["Discharged", "Appointment to be made", "Referred"]),
        ("Shipping State", ["California", "Texas", "Oklahoma"]),
        ("customer.state", ["enabled", "disabled", "invited"]),
        ("Account", ["active", "closed", "cancelled"]),
        ("Email consent", ["confirmed", "confirmed", "pending"]),
        ("Marketing", ["accepted", "accepted", "declined"]),
        ("Ticket", ["closed", "processed", "pending"]),
        ("delivery_method", ["delivered", "delivered", "returned"]),
        ("Plan", ["active", "active", "cancelled"]),
        ("Membership", ["approved", "approved", "cancelled"]),
        ("Address check", ["confirmed", "confirmed", "failed"]),
        ("Channel", ["order", "phone", "return desk"]),
        ("Paid with", ["card", "invoice", "failed card"]),
        ("Priority", ["shipped", "paid", "sent"]),
        ("Outcome", ["Positive", "Negative"]),
        ("Cancellation", ["Refundable", "Non-refundable"]),
        ("Upgrade", ["Confirmed", "Confirmed", "Refused"]),
        ("Insurance", ["Accepted", "Accepted", "Declined"]),
        ("Payment reminder", ["Sent", "Sent", "Failed"]),
        ("Gift wrap", ["Done", "Done", "Pending"]),
        ("Deposit", ["Paid", "Paid", "Refunded"]),
        ("Result", ["Completed", "Completed", "Failed", "Withdrawn"]),
        ("Result", ["Passed", "Completed", "Failed"]),
        ("Result", ["Finished", "Finished", "Withdrawn", "DNF"]),
        ("Outcome", ["Won", "Draw", "Lost"]),
        ("Outcome", ["Returned", "Sold"]),
        ("Outcome", ["", "", "Success", "Failed"]),
        ("Booking", ["", "", "", "paid", "paid", "cancelled"]),
        ("Ergebnis", ["bestanden", "abgeschlossen", "abgebrochen"]),
        ("備考", ["", "発送希望", "キャンセル"]),
    ],
)
def test_columns_that_look_alike_are_no_states_of_a_sale(name, words):
    found = look({name: words})
    assert dropped(found) == {}
    assert not [q for q in found.questions if q.key == "rules.drop"]
    assert f'"{name}"' not in said(found)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Invoice approval", ["approved", "approved", "pending"]),
        ("Invoice", ["paid", "paid by card", "failed card"]),
        ("Late checkout", ["Confirmed", "Confirmed", "Refused"]),
        ("Equipment", ["Received", "Received", "Returned"]),
        ("Visit", ["Completed", "Completed", "Cancelled"]),
        ("Test result", ["Accepted", "Accepted", "Rejected"]),
        ("Settlement", ["SUCCESS", "SUCCESS", "Voided"]),
    ],
)
def test_words_of_states_under_another_name_are_told_and_kept(name, words):
    found = look({name: words})
    assert (dropped(found), [q.key for q in found.questions]) == ({}, [])
    kept = "kept, as it is not called a status (rules.drop leaves them out)"
    assert said(found) == f'status: "{name}" says "{words[-1]}" on 40 lines (420.00): {kept}'


def test_a_state_of_deliveries_that_is_open_was_sold():
    found = look({"deliveries.state": ["open", "shipped", "cancelled"]})
    assert dropped(found) == {"deliveries.state": ["cancelled"]}
    assert "not known" not in said(found)


def test_beside_a_status_only_the_payment_has_states_of_its_own():
    status = ["Completed"] * 5 + ["Cancelled"]
    words = {"Booking": ["Confirmed", "Confirmed", "Failed"], "Outcome": ["Success", "Success", "Failed"]}
    found = look({"Order status": status, **words})
    assert dropped(found) == {"Order status": ["Cancelled"]}
    assert not [q for q in found.questions if q.key == "rules.drop"]
    assert 'status: "Outcome" says "Failed" on 40 lines (420.00): kept, as another column is the status' in said(found)
    paid = look({"Order status": status, "Payment result": ["Success", "Success", "Failed"]})
    assert dropped(paid) == {"Order status": ["Cancelled"], "Payment result": ["Failed"]}


@pytest.mark.parametrize(
    ("name", "words", "asked"),
    [
        ("Outcome", ["SUCCESS", "SUCCESS", "DECLINED"], "DECLINED"),
        ("Result", ["Success", "Success", "Failed"], "Failed"),
        ("Ergebnis", ["bezahlt", "bezahlt", "abgelehnt"], "abgelehnt"),
        ("Ergebnis", ["erfolgreich", "erfolgreich", "storniert"], "storniert"),
        ("Result", ["SUCCESS", "SUCCESS", "Voided"], "Voided"),
        ("Outcome", ["Collected", "Collected", "Returned"], "Returned"),
        ("Outcome", ["Successful", "Successful", "Failed venepuncture"], "Failed venepuncture"),
        ("Outcome", ["Successful", "Successful", "Did not attend"], "Did not attend"),
        ("Outcome", ["Accepted", "Accepted", "Declined upgrade"], "Declined upgrade"),
        ("Esito", ["riuscito", "riuscito", "fallito"], "fallito"),
        ("Resultat", ["vellykket", "vellykket", "mislykket"], "mislykket"),
        ("Utfall", ["lyckad", "lyckad", "avvisad"], "avvisad"),
    ],
)
def test_results_that_may_be_of_payments_are_a_question(name, words, asked):
    found = look({name: words})
    assert dropped(found) == {}
    (question,) = [q for q in found.questions if q.key == "rules.drop"]
    assert question.asked == f'"{name}" says 40 lines (420.00) "{asked}". Do they count?'
    assert question.choices[0].settings == {"rules.drop": [{"column": name, "values": [asked]}]}


def test_what_was_put_off_is_a_question():
    assert state_of("Deferred") is State.UNSURE
    found = look({"Outcome": ["Accepted", "Accepted", "Deferred"]})
    (question,) = [q for q in found.questions if q.key == "rules.drop"]
    assert question.asked.startswith('"Outcome" says 40 lines (420.00) "Deferred"')
    assert question.choices[0].settings == {"rules.drop": [{"column": "Outcome", "values": ["Deferred"]}]}


@pytest.mark.parametrize(
    ("name", "words", "gone"),
    [
        ("is_sandbox", ["false"] * 19 + ["true"], ["true"]),
        ("Sandbox", ["0"] * 19 + ["1"], ["1"]),
        ("livemode", ["true"] * 19 + ["false"], ["false"]),
        ("is_test_purchase", ["no"] * 19 + ["yes"], ["yes"]),
        ("Environment", ["Production"] * 39 + ["Sandbox"], ["Sandbox"]),
    ],
)
def test_purchases_made_to_try_the_shop_are_none(name, words, gone):
    assert dropped(look({name: words})) == {name: gone}
    assert dropped(look({"Product": ["Bucket"] * 39 + ["Sandbox"]})) == {}


def test_a_toy_that_was_sold_with_many_orders_is_a_question():
    found = look({"Sandbox": ["no", "no", "yes"]})
    assert dropped(found) == {}
    (question,) = [q for q in found.questions if q.key == "rules.drop"]
    assert question.asked == '"Sandbox" says 40 lines (420.00) "yes". Do they count?'


@pytest.mark.parametrize("name", ["ResultCode", "Response Code", "result_code", "RESPCODE", "Attempt result"])
@pytest.mark.parametrize("words", [["SUCCESS"] * 5 + ["FAILED"], ["Approved"] * 8 + ["Declined", "Insufficient funds"]])
def test_results_of_attempts_to_pay_are_asked(name, words):
    (question,) = look({name: words}).questions
    assert (question.key, question.choices[0].settings["rules.drop"]) == (
        "rules.drop",
        [{"column": name, "values": sorted({w for w in words if w not in ("SUCCESS", "Approved")})}],
    )


@pytest.mark.parametrize("name", ["Payment result", "PaymentResult", "Txn response"])
def test_results_that_are_called_after_payments_are_dropped_unasked(name):
    found = look({name: ["success"] * 5 + ["failed"]})
    assert (found.questions, dropped(found)) == ([], {name: ["failed"]})


@pytest.mark.parametrize("name", ["Test result", "Delivery result", "Support response", "Survey response", "Area code"])
def test_results_of_something_else_are_not(name):
    assert look({name: ["SUCCESS"] * 5 + ["FAILED"]}).questions == []


@pytest.mark.parametrize("words", [["fulfilled"] * 8 + ["skipped", "upcoming"], ["paid"] * 5 + ["Scheduled", "Paused"]])
def test_boxes_that_were_skipped_or_are_to_come_are_asked(words):
    (question,) = look({"Status": words}).questions
    values = sorted(words[-2:])
    assert (question.key, question.choices[0].settings) == (
        "rules.drop",
        {"rules.drop": [{"column": "Status", "values": values}]},
    )


def test_a_delivery_that_is_scheduled_was_sold():
    assert look({"Fulfillment status": ["fulfilled", "scheduled"]}).questions == []
