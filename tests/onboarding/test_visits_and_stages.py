"""Who did not come to an appointment, in letters, too; and stages of gifts and deals of which none is called won."""

import pytest

from tests.onboarding.looked import dropped, look, said


@pytest.mark.parametrize("name", ["Attendance outcome", "Appointment outcome", "Attendance", "Outcome", "Status"])
def test_three_letters_beside_who_came_are_who_did_not(name):
    found = look({name: ["Attended", "Attended", "DNA"]}, when="Appointment date")
    assert dropped(found) == {name: ["DNA"]}
    assert said(found) == f'status: "{name}" says 40 lines (420.00) no show: dropped (rules.drop)'


@pytest.mark.parametrize("words", [["DNA", "RNA"], ["Completed", "DNA", "RNA"]])
def test_without_who_came_they_are_samples(words):
    assert dropped(look({"Outcome": words})) == {}
    found = look({"Status": words})
    assert dropped(found) == {}
    assert '"DNA"' in said(found)


@pytest.mark.parametrize("beside", [{"when": "Close Date"}, {}])
def test_stages_of_gifts_that_come_before_they_are_paid_are_a_question(beside):
    columns = {"Stage": ["Posted", "Posted", "Pledged", "Withdrawn"], "Donation Record Type": ["Grant", "Donation"]}
    found = look(columns, **beside)
    assert said(found) == 'status: "Stage" says 30 lines (315.00) cancelled: dropped (rules.drop)'
    (question,) = found.questions
    assert question.asked == '"Stage" says 30 lines (315.00) "Pledged". Do they count?'
    gone = [{"column": "Stage", "values": ["Withdrawn"]}, {"column": "Stage", "values": ["Pledged"]}]
    assert question.choices[0].settings == {"rules.drop": gone}


def test_a_stage_of_which_most_words_are_known_shows_the_others():
    found = look({"Stage": ["Shipped", "Paid", "Engraving", "Cancelled"]})
    assert dropped(found) == {"Stage": ["Cancelled"]}
    assert 'status: "Stage" says "Engraving" (30 lines): not known here, so these lines count' in said(found)


def test_stages_of_making_goods_ask_nothing():
    found = look({"Stage": ["Shipped", "Handmade"], "Lead time": ["3", "5"]})
    assert (dropped(found), found.questions) == ({}, [])


@pytest.mark.parametrize("words", [["Main", "Forest"], ["Main", "Forest", "Finished late"]])
def test_stages_of_a_festival_are_none_of_a_sale(words):
    found = look({"Stage": words, "Closing act": ["A", "B"]}, when="Order date")
    assert (dropped(found), found.questions, said(found)) == ({}, [], "")
