"""What is asked only where the file leaves it open, and with the sums that tell the answers apart."""

import pytest

from holdfast.errors import DataError
from holdfast.onboarding.findings import Findings
from tests.onboarding.looked import LINES, day, shop


def lines(**columns) -> Findings:
    """Look at lines whose cells are made of their number."""
    names = [name.replace("_", " ") for name in columns]
    return shop([names, *([make(i) for make in columns.values()] for i in range(LINES))])


WHEN = {"Date": lambda i: day(3 * i)}
WHO = {"Customer_No.": lambda i: f"c{i % 9}"}


def test_of_copies_of_an_amount_one_is_taken_and_what_remains_to_be_paid_is_none():
    def money(i):
        return f"{10 + i % 4}.50"

    found = lines(
        **WHEN, **WHO, Original_Amount=money, Amount_LCY=money, Remaining_Amount=lambda i: "3.25" if i > 100 else "0.00"
    )
    assert (found.settings["columns.amount"], found.questions) == ("Original Amount", [])
    other = lines(**WHEN, **WHO, Original_Amount=money, Amount_LCY=lambda i: f"{11 + i % 4}.50")
    assert other.questions[0].asked.endswith('"Amount LCY" comes to 120.00 more than "Original Amount".')


@pytest.mark.parametrize("mark", [".", ","])
def test_three_answers_stand_with_their_sums(mark):
    found = lines(
        **WHEN,
        **WHO,
        Netto=lambda _: f"20{mark}00",
        Brutto=lambda _: f"23{mark}80",
        Menge=lambda i: str(1 + i % 2),
        Preis=lambda i: f"{20 / (1 + i % 2):.2f}".replace(".", mark) if i % 9 else f"19{mark}00",
    )
    (question,) = [q for q in found.questions if q.key == "columns.amount"]
    assert '"Netto" comes to 2,400.00, "Brutto" comes to 2,856.00, "Menge" × "Preis" comes to ' in question.asked


def test_periods_times_and_last_digits_are_nobody():
    found = lines(**WHEN, Period=lambda i: f"{i % 12 + 1} Q", Name=lambda i: f"{1000 + i % 9} Ann Berg", Amount=_money)
    (question,) = found.questions
    assert [c.settings for c in question.choices] == [{"columns.customer_id": "Name"}]
    with pytest.raises(DataError, match='No column names a customer: "Last 4 digits"'):
        lines(**WHEN, Last_4_digits=lambda i: str(1000 + i % 9), Amount=_money)


def test_a_borrower_and_the_owner_of_a_patient_are_customers():
    found = lines(issuedate=WHEN["Date"], borrowernumber=lambda i: str(100 + i % 9), itemnumber=lambda i: str(i % 40))
    assert found.settings["columns.customer_id"] == "borrowernumber"
    found = lines(**WHEN, Client_No=lambda i: str(100 + i % 9), Patient_ID=lambda i: f"P{i % 20}", Net=_money)
    assert found.settings["columns.customer_id"] == "Client No"
    found = lines(**WHEN, Patient_ID=lambda i: f"P{i % 20}", Net=_money)
    assert found.settings["columns.customer_id"] == "Patient ID"


def test_a_box_for_refunds_in_full_is_no_sum_that_comes_off():
    found = lines(
        **WHEN,
        **WHO,
        Amount=_money,
        Partial_Refund=lambda i: "2.25" if i % 20 == 3 else "0.0",
        Fully_Refunded=lambda i: str(int(i % 30 == 4)),
    )
    (question,) = [q for q in found.questions if q.key == "columns.refunded"]
    assert question.asked == '"Partial Refund" is not 0 on 6 lines. Does it come off "Amount"?'


def _money(i: int) -> str:
    return f"{10 + i % 4}.50"
