"""Lines that are booked, held or vended and are not a plain sale: what is asked about them, and what is only told."""

import pytest

from holdfast.onboarding.states.words import flag_of, state_of
from tests.onboarding.looked import day, dropped, look, said, shop


def the_question(found):
    (question,) = [q for q in found.questions if q.key == "rules.drop"]
    return question


def test_a_job_that_is_scheduled_is_not_sold_yet_and_no_return():
    question = the_question(look({"Job status": ["Completed", "Completed", "Scheduled"]}))
    assert [choice.said for choice in question.choices] == [
        "drop them: nothing is sold yet",
        "keep them: they are sales",
    ]
    put_off = the_question(look({"Job status": ["Completed", "Completed", "Deferred"]}))
    assert "returns: their amounts count as negative" in [choice.said for choice in put_off.choices]


def test_lines_that_are_worth_nothing_are_no_returns():
    rows = [[f"c{i % 10}", day(i), "0.00" if i % 4 == 0 else "8.00"] for i in range(120)]
    marked = [[*row, "Deferred" if i % 4 == 0 else "Completed"] for i, row in enumerate(rows)]
    question = the_question(shop([["Customer ID", "Order date", "Amount", "Status"], *marked]))
    assert question.asked == '"Status" says 30 lines (0.00) "Deferred". Do they count?'
    assert [choice.said[:4] for choice in question.choices] == ["drop", "keep"]


@pytest.mark.parametrize("name", ["Marked as No-Show", "No show", "Nicht erschienen", "Ikke m\u00f8dt"])
def test_yes_where_nobody_came_is_asked(name):
    question = the_question(look({name: ["No"] * 5 + ["Yes"]}))
    assert question.asked == f'"{name}" says 20 lines (210.00) "Yes". Do they count?'
    assert question.choices[0].settings == {"rules.drop": [{"column": name, "values": ["Yes"]}]}


def test_no_where_somebody_should_have_come_is_asked_and_a_fee_is_not():
    assert '20 lines (210.00) "No"' in the_question(look({"Attended": ["Yes"] * 5 + ["No"]})).asked
    assert look({"No-show fee": ["0.00", "15.00"]}).questions == []
    assert flag_of("Show time") is None


def test_a_hold_is_asked_and_what_is_paid_out_later_was_sold():
    question = the_question(look({"Hold Status": ["Released"] * 5 + ["Held"]}))
    assert question.asked == '"Hold Status" says 20 lines (210.00) "Held". Do they count?'
    assert [choice.settings["rules.drop"] for choice in question.choices] == [
        [{"column": "Hold Status", "values": ["Held"]}],
        None,
    ]
    payouts = look({"Payout Status": ["paid"] * 5 + ["pending"]})
    assert (dropped(payouts), payouts.questions) == ({}, [])
    assert said(payouts) == 'status: "Payout Status" is of what is paid out to you, not of the sale: left aside'
    assert dropped(look({"Payment Status": ["paid"] * 5 + ["pending"]})) == {"Payment Status": ["pending"]}


def test_a_reversal_is_known_and_what_is_worth_nothing_need_not_be():
    rows = [
        [
            f"c{i % 10}",
            day(i),
            "-8.00" if i % 12 == 0 else "0.00" if i % 12 == 1 else "8.00",
            "Reversal" if i % 12 == 0 else "Free basic electricity" if i % 12 == 1 else "Credit vend",
        ]
        for i in range(120)
    ]
    found = shop([["Customer ID", "Order date", "Amount", "Transaction Type"], *rows])
    told = said(found)
    assert '"Transaction Type" says "Reversal" on 10 lines (-80.00): kept, as amounts below 0 are returns' in told
    assert '"Transaction Type" says "Credit vend" (100 lines): not known here' in told
    assert "Free" not in told
    above = shop([["Customer ID", "Order date", "Amount", "Transaction Type"], *([*r[:2], "8.00", r[3]] for r in rows)])
    assert above.settings["rules.returns"] == [{"column": "Transaction Type", "values": ["Reversal"]}]


def test_states_in_indonesian():
    words = ["Selesai", "Sedang Dikirim", "Perlu Dikirim", "Batal", "Pesanan Dibatalkan", "Belum Bayar", "Gagal"]
    words += ["Permintaan Disetujui", "Tidak Terkirim", "Barang dikembalikan"]
    assert [str(state_of(word)) for word in words] == [
        *("sold", "sold", "sold", "cancelled", "cancelled", "unpaid", "failed", "unknown", "unknown", "refunded"),
    ]
    found = look({"Status Pesanan": ["Selesai"] * 5 + ["Batal"]})
    assert dropped(found) == {"Status Pesanan": ["Batal"]}
    assert "not known" not in said(found)
