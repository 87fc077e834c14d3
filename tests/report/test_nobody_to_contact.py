"""A list of which nobody is worth contacting: it did not lack treatments, and has no table without rows."""

from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest

from holdfast.report import decisions
from holdfast.report.page.audience import curve

ACCOUNT = {"in": 9, "listed": 0, "control": 0, "suppressed": {}, "not_worth_contacting": 9}


def record(*treatments: str) -> dict[str, Any]:
    return {
        "account": {**ACCOUNT, "beyond_budget_or_capacity": 0},
        "treatments": list(treatments),
        **{"list": "at_risk", "customers": "active customers", "as_of": "2026-11-28", "valid_until": "2026-12-12"},
        **{"warnings": [], "control_share": 0.1, "smallest_effect": None, "policy": None, "expected": None},
        **{"file": "at_risk.csv", "model_version": "m-1", "earlier": "", "made_harmless": 0},
    }


@pytest.mark.parametrize(("treatments", "why"), [(["voucher"], "Nobody on the list"), ([], "made without treatments")])
def test_the_report_says_why_there_is_no_curve(treatments, why):
    made = SimpleNamespace(record=record(*treatments), audience=pd.DataFrame())
    facts: Any = SimpleNamespace(current=[made], question=SimpleNamespace(has_money=True))
    assert why in curve(facts)["why"]


def test_a_list_with_nobody_to_contact_shows_no_table():
    empty = pd.DataFrame(columns=["customer_id", "p_churn_30d", "treatment", "expected_profit"])
    decision: Any = SimpleNamespace(contact=empty)
    shown = decisions.issued(record("voucher"), decision, rows=5)
    assert "customer_id" not in shown
    assert "9 not worth contacting: no treatment is expected to pay for itself" in shown
    assert "held back" not in shown, "nobody was there to be held back"
