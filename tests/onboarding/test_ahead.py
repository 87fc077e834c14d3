"""`holdfast init` on days after today: bookings are asked about, deals that a rule drops anyway are not."""

from datetime import timedelta
from pathlib import Path

from holdfast.data.day import read_today
from holdfast.onboarding import Look


def asked(*, won_ahead: int = 0) -> dict[str, str]:
    """Deals of 40 customers, won or lost, and open ones that are expected to close after today."""
    today = read_today(None)
    rows = ["Deal ID,Stage,Amount,Close Date,Account ID"]
    for i in range(400):
        stage = "Closed Lost" if i % 5 == 0 else "Closed Won"
        rows.append(f"D{i},{stage},{100 + i}.50,{today - timedelta(days=700 - i)},A{i % 40}")
    for i in range(30):
        stage = "Closed Won" if i < won_ahead else "Negotiation"
        rows.append(f"E{i},{stage},{100 + i}.50,{today + timedelta(days=5 + i)},A{i}")
    Path("x.csv").write_text("\n".join(rows) + "\n")
    found = Look(["x.csv"]).findings({})
    assert any("30 lines" in said or "not yet sold" in said for said in found.told)
    return {question.key: question.asked for question in found.questions}


def test_open_deals_that_a_rule_drops_are_no_bookings():
    assert "rules.last_date" not in asked()
    until = read_today(None) + timedelta(days=11)
    assert (
        f'7 lines of "Close Date" lie after today ({read_today(None)}), up to {until}. '
        in (asked(won_ahead=7)["rules.last_date"])
    )
