"""Kinds of deals are all sales: nothing is asked, or told, of them."""

from pathlib import Path

import pytest

from holdfast.onboarding.look import Look


def deals(first: str, second: str) -> None:
    """Write 120 deals of a customer each, and of three in four another within 60 days, which comes to as much."""
    lines = ["Customer,Opportunity ID,Type,Stage,Amount,Close Date"]
    for i in range(120):
        amount, month = 1000 + 37 * i, 1 + i % 10
        lines.append(f"Acme {i},006A{i:05},{first},Closed Won,{amount}.00,2024-{month:02}-03")
        if i % 4:
            lines.append(f"Acme {i},006B{i:05},{second},Closed Won,{amount}.00,2024-{month + 1:02}-{1 + i % 20:02}")
    Path("x.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("New Business", "Existing Business"),
        ("New Customer", "Existing Customer - Upgrade"),
        ("New Business", "Renewal"),
        ("New Logo", "Upsell"),
        ("Neukunde", "Bestandskunde"),
    ],
)
def test_kinds_of_deals_are_sales(first, second, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    deals(first, second)
    found = Look(["x.csv"]).findings({})
    assert found.settings["columns.amount"] == "Amount"
    assert not found.questions
    assert "rules.drop" not in found.settings
    assert not any(said.startswith("documents:") for said in found.told)


def test_papers_of_one_sale_are_still_seen(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    deals("Invoice", "Some paper")
    (question,) = Look(["x.csv"]).findings({}).questions
    assert '"Some paper"' in question.asked
    assert "100% of them repeat customer and amount" in question.asked
