"""A ranking no better than drawing lots is called that."""

import numpy as np
import pytest

from holdfast.evaluate import auc_interval, churn_metrics, like_lots


@pytest.mark.parametrize(("shift", "told"), [(0.0, True), (0.6, False), (-0.6, True)])
def test_it_is_said_where_the_order_tells_nothing_or_the_wrong_way_round(shift, told):
    random = np.random.default_rng(3)
    churned = random.random(800) < 0.2
    p = 1 / (1 + np.exp(-(shift * churned + random.normal(size=800))))
    found = churn_metrics(churned, p)
    said = like_lots({"eligible": {"churn": found}, "everyone": {"churn": {"auc": 0.9, "customers": 9000}}})
    assert bool(said) is told
    if told:
        # DeLong's interval of the very rows, which the figures that are kept do not hold.
        for end in auc_interval(churned, p):
            assert (
                min(abs(end - float(x)) for x in said[0].split("95 % ")[1].split(")")[0].split(";")[0].split(" to "))
                < 0.01
            )


def test_what_was_not_tested_is_not_judged():
    assert like_lots({"skipped": "No outcome window was over."}) == []
    assert like_lots({"churn": {"customers": 50, "churn_rate": 0.0, "auc": None}}) == []
