"""What the page says of nobody: no customer to contact first, no list to measure, and no effect among many."""

from types import SimpleNamespace

import pandas as pd
import pytest

from holdfast.report.page.grids import _said
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
