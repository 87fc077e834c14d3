"""What the page says of nobody: no customer to contact first, no list to measure, and no effect among many."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from holdfast.report.page.audience import histogram
from holdfast.report.page.facts import BUY_NOTHING
from holdfast.report.page.grids import _said
from holdfast.report.page.headline import _beyond_the_list
from holdfast.report.page.trust import past_lists


@pytest.mark.parametrize(
    ("customers", "said"),
    [
        (0, "No customer is of high value and at high risk."),
        (1, "1 customer is of high value and at high risk. Whether contacting them pays, the list at risk says."),
        (7, "7 customers are of high value and at high risk. Which of them it pays to contact, the list at risk says."),
    ],
)
def test_nobody_is_to_be_contacted_first_where_nobody_is_of_high_value_and_at_risk(customers, said):
    grid = pd.DataFrame({"value_band": ["high"], "risk_band": ["high"], "customers": [customers]})
    assert _said(SimpleNamespace(grid=grid)).startswith(said)


def test_more_are_likely_to_leave_than_a_list_holds_and_it_says_so():
    facts = SimpleNamespace(risks=np.array([0.9, 0.5, 0.49, 0.7]))
    assert _beyond_the_list(facts, 3) == []
    (said,) = _beyond_the_list(facts, 2)
    assert said == "The list is cut at the 2 with most at stake; 3 active customers are more likely to leave than not."


@pytest.mark.parametrize(
    ("p", "said"),
    [
        ([0.0, 0.0001, 0.9], "1 of 3 customers are more likely to buy nothing in the next 30 days than to buy."),
        (
            [0.1, 0.2, 0.3],
            "Nobody of 3 customers is more likely to leave than to stay. Half of them have a risk above 20 %.",
        ),
    ],
)
def test_the_middle_risk_is_said_where_it_says_something(p, said):
    facts = SimpleNamespace(risks=np.array(p), question=SimpleNamespace(leaving=BUY_NOTHING, churn_days=30))
    assert histogram(facts)["said"] == said


@pytest.mark.parametrize(
    ("held", "said"), [(0, "cannot be measured"), (1, "cannot be measured"), (2, "not measured: `hol")]
)
def test_a_list_that_held_nobody_back_is_not_to_be_measured(held, said):
    record = {"list": "at_risk", "as_of": "2024-03-01", "account": {"listed": 100, "control": held}}
    issued = [SimpleNamespace(folder="at_risk-2024-03-01", record=record)]
    facts = SimpleNamespace(issued=issued, experiments={}, question=SimpleNamespace(contracts=False))
    assert past_lists(facts)[0]["changed"].startswith(said)


def test_of_many_lists_one_that_differs_by_chance_changed_nothing():
    def told(lists, p_holm):
        shown = {"effect": -13.0, "low": -25.0, "high": -1.0, "p_value": 0.03}
        effect = {"outcome": "revenue", "kind": "mean", "difference": shown, "adjusted": None, "significant": True}
        names = [f"at_risk-2024-{month:02d}-01" for month in range(1, lists + 1)]
        experiments = {name: {"effects": [{**effect, "p_holm": p_holm}]} for name in names}
        record = {"list": "at_risk", "as_of": "2024-03-01", "account": {"listed": 100, "control": 50}}
        issued = [SimpleNamespace(folder=name, record=record) for name in names]
        return {row["changed"] for row in past_lists(SimpleNamespace(issued=issued, experiments=experiments))}

    (clear,) = told(1, 0.03)
    assert clear.startswith("Revenue: −13.00 (95 %: −25.00 to")
    assert told(4, 0.01) == {clear}
    (lost,) = told(4, 0.03)
    assert lost.startswith("Revenue: no clear effect among as many as were looked at (Holm), −13.00")
    assert told(1, 0.09) == {lost}
