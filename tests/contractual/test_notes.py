"""What is said of snapshots does not speak of values where there are none."""

import pytest

from holdfast.contractual.notes import notes_on_snapshots


@pytest.mark.parametrize(("valued", "end"), [(True, ", and values take it for one period."), (False, ".")])
def test_a_window_that_is_not_stated_is_said_of_values_only_where_there_are_some(valued, end):
    (said,) = notes_on_snapshots(labelled=False, window_stated=False, curves=False, valued=valued)
    assert said == f"subscriptions.label_window_days is not stated: p_churn is of the label's own window{end}"
    assert notes_on_snapshots(labelled=False, window_stated=True, curves=False, valued=valued) == []
