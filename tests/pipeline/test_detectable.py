"""What a control group can show is told beside what can be had at all."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from holdfast.lists.contact import CONTROL, LISTED
from holdfast.pipeline.detectable import detectable


def found(p: float, held: int, contacted: int):
    status = [CONTROL] * held + [LISTED] * contacted
    rows = pd.DataFrame({"status": status, "treatment": "call", "p_churn": np.full(len(status), p)})
    return detectable(SimpleNamespace(decisions=rows), "p_churn", [])


def test_to_hold_half_back_is_no_advice_where_that_shows_no_more_than_all_who_would_leave():
    # 80 % power at 200 beside 200, of whom 2.3 % leave: all of them would have to be kept.
    rare = found(0.023, 40, 360)
    assert rare["at_half"] is None
    assert rare["effect"] is None or rare["effect"] > 0.023
    often = found(0.5, 40, 360)
    assert often["at_half"] == pytest.approx(0.138, abs=0.01)
    assert often["at_half"] < often["effect"]
