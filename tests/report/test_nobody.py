"""What the page says of nobody: no customer to contact first, and no list to measure."""

from types import SimpleNamespace

import pandas as pd
import pytest

from holdfast.report.page.grids import _said
from holdfast.report.page.trust import past_lists


@pytest.mark.parametrize(
    ("customers", "said"),
    [
        (0, "No customer is of high value and at high risk."),
        (1, "1 customer is of high value and at high risk: contact them first."),
        (7, "7 customers are of high value and at high risk: contact them first."),
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
