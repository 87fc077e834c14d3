"""What a measured experiment says in words: no p-value of 0, and no verdict beside figures not to be trusted."""

import numpy as np
import pandas as pd
import pytest

from holdfast.errors import DataError
from holdfast.experiments.experiment import measure
from holdfast.experiments.trial import columns_of_covariate
from holdfast.report import experiments as text


def test_where_the_assignment_is_suspected_no_sentence_claims_an_effect_and_no_p_is_0():
    data = pd.DataFrame({"arm": ["offer"] * 800 + ["control"] * 400, "bought": [1] * 600 + [0] * 590 + [1] * 10})
    terms = {"arm": "arm", "control": "control", "outcomes": ["bought"]}
    sound = text.measured(measure(data, **terms, shares={"offer": 2, "control": 1}).as_dict())
    assert "offer: raises bought" in sound
    assert ", p < 0.001" in sound
    broken = text.measured(measure(data, **terms, shares={"offer": 1, "control": 1}).as_dict())
    assert "sample ratio: p < 0.001" in broken
    assert "DO NOT TRUST the effects below" in broken
    assert "raises" not in broken
    assert "no verdict: the assignment is suspected" in broken


def test_a_column_of_dates_is_called_one():
    days = pd.date_range("2023-01-01", periods=90)
    for written in (days, days.strftime("%Y-%m-%d"), days.strftime("%d.%m.%Y")):
        with pytest.raises(DataError, match='column "joined": 90 different dates: write the days between'):
            columns_of_covariate(pd.DataFrame({"joined": written}), "joined")
    with pytest.raises(DataError, match="90 different texts"):
        columns_of_covariate(pd.DataFrame({"joined": [f"no {i}" for i in np.arange(90)]}), "joined")
