"""A list of which nobody is worth contacting: it did not lack treatments, and has no table without rows."""

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from holdfast.lists.treatments import Treatment
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


def test_a_list_that_nobody_is_on_says_so_in_one_sentence():
    empty = {**record("voucher"), "account": {**ACCOUNT, "in": 0, "not_worth_contacting": 0}}
    decision: Any = SimpleNamespace(contact=pd.DataFrame(columns=["customer_id"]))
    assert decisions.issued(empty, decision, rows=5).splitlines() == [
        "At risk: active customers, as of 2026-11-28; contact until 2026-12-12",
        "Nobody is on it: among the customers scored are no active customers, or none who may be on a list.",
        "at_risk.csv  (model m-1)",
    ]


@pytest.mark.parametrize(
    ("least", "most", "said"),
    [
        (
            0.25,
            32.96,
            "from an acceptance of 25% on (stated: 20%), or if the offer cost less than 32.96 (stated: 40.00)",
        ),
        (1.4, 32.96, "if the offer cost less than 32.96 (stated: 40.00)"),
        (0.25, -3.0, "from an acceptance of 25% on (stated: 20%)"),
    ],
)
def test_what_would_pay_is_said(least, most, said):
    limits = {"treatment": "voucher", "acceptance": least, "offer_cost": most, "stated": [0.2, 40.0]}
    decision: Any = SimpleNamespace(contact=pd.DataFrame())
    shown = decisions.issued({**record("voucher"), "would_pay": [limits]}, decision, rows=5)
    assert f"voucher would pay for somebody {said}\n" in shown


def test_at_its_limits_a_treatment_pays_for_the_first_customer_and_just_before_them_for_nobody():
    p, value = np.array([0.5, 0.2, 0.9]), np.array([100.0, 400.0, 30.0])
    stated = Treatment("voucher", contact_cost=1.0, offer_cost=25.0, acceptance=0.1)
    assert stated.expected_profit(p, value).max() < 0
    least, most = stated.pays_from(p, value)
    for changes, pays in (({"acceptance": least}, 1e-3), ({"offer_cost": most}, -1e-3)):
        (key, limit), *_ = changes.items()
        assert replace(stated, **{key: limit + pays}).expected_profit(p, value).max() > 0
        assert replace(stated, **{key: limit - pays}).expected_profit(p, value).max() < 0
