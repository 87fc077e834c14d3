"""What a measured experiment says in words: no p-value of 0, and no verdict beside figures not to be trusted."""

import numpy as np
import pandas as pd
import pytest

from holdfast.errors import DataError
from holdfast.experiments.experiment import measure
from holdfast.experiments.power import sample_size
from holdfast.experiments.trial import columns_of_covariate
from holdfast.report import experiments as text
from holdfast.report import planned


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


def test_what_holm_takes_is_named_and_nothing_stays_so_where_nothing_was_significant():
    random, n = np.random.default_rng(3), 4000
    data = pd.DataFrame({"arm": np.tile(["offer", "control"], n // 2), "clear": random.normal(size=n)})
    offer = data["arm"] == "offer"
    data["clear"] += offer
    # Just beyond 1.96 standard errors: 0.04 by itself, and 0.08 among two.
    noise = random.normal(size=n)
    for arm in (True, False):
        noise[offer == arm] -= noise[offer == arm].mean()
    data["close"], data["none"] = noise + offer * 2.05 * noise.std() * (2 / (n / 2)) ** 0.5, noise

    def said(*outcomes):
        terms = {"arm": "arm", "control": "control", "others": []}
        shown = text.measured(measure(data, outcomes=list(outcomes), **terms).as_dict())
        return next(line for line in shown.splitlines() if "effects were tested" in line)

    assert said("close", "none") == (
        "2 effects were tested: corrected for that (Holm), offer on close (p = 0.081) is no longer significant."
    )
    assert said("close", "clear").endswith("every significant one stays so.")
    data["other"] = -data["none"]
    assert said("none", "other") == "2 effects were tested, and none is significant."


def test_segments_and_covariates_read_as_sentences():
    from holdfast.data import simulate_campaign
    from holdfast.experiments.uplift import measure_uplift

    data = simulate_campaign(3000, seed=2).data
    shown = measure(data, arm="arm", control="control", outcomes=["bought"], segment="channel").as_dict()
    near, far = (s["difference"] | {"p_value": p} for s, p in zip(shown["segments"], (0.2, 0.01), strict=False))
    for of_each, said in (
        ([near], None),
        ([near, near], "no interval leaves out 0"),
        ([near, far], "1 of 2 intervals leaves out 0; 1 after Holm's correction for 2 looks"),
    ):
        rows = [shown["segments"][0] | {"difference": d, "p_holm": d["p_value"]} for d in of_each]
        lines = [line.strip() for line in text.measured(shown | {"segments": rows}).splitlines() if "out 0" in line]
        assert lines == ([] if said is None else [said])
    terms = {"arm": "arm", "control": "control", "outcome": "bought", "covariates": ["past_spend", "silent_days"]}
    said = text.uplift(measure_uplift(data, **terms).as_dict())
    assert "covariates do not tell who was treated: AUC 0." in said
    assert "effect on everyone, in points: " in said


def test_what_an_outcome_is_worth_is_a_sentence():
    from holdfast.report.policies import _cost, _money

    assert _cost({"contact": 0.5, "offer": 3.0}, "stayed") == "0.5 a contact and 3 for each of them with stayed = 1"
    assert _cost({"contact": 0.0, "offer": 0.0}, "stayed") == "nothing"
    assert _money({"effect": 0.01, "low": -0.00001, "high": 0.02}) == "+10.0 (+0.0 to +20.0)"
    assert _money({"effect": 0.0, "low": 0.0, "high": 0.0}) == "0"


def test_amounts_in_sentences_are_written_as_people_write_them():
    random = np.random.default_rng(5)
    data = pd.DataFrame({"arm": ["offer", "control"] * 200, "revenue": random.lognormal(11, 1, 400)})
    (verdict,) = (e.verdict for e in measure(data, arm="arm", control="control", outcomes=["revenue"]).effects)
    assert verdict == "no significant effect on revenue: -1,117 (95 % -22,817 to +20,583) includes 0"
    said = planned.plan(sample_size(effect=250_000.0, sd=1_250_000.0).as_dict())
    assert "detect +250,000 on a mean (standard deviation 1,250,000)" in said


def test_too_few_for_a_ratio_is_said_and_the_difference_stays():
    def said(times):
        bought = [1] * (15 * times) + [0] * (85 * times) + [1] * (3 * times) + [0] * (10 * times)
        data = pd.DataFrame({"arm": ["offer"] * (100 * times) + ["control"] * (13 * times), "bought": bought})
        return text.measured(measure(data, arm="arm", control="control", outcomes=["bought"]).as_dict())

    assert "-8.08 (95 % " in said(1)
    assert "; too few to say as a ratio" in said(1)
    assert "lift" not in said(1)
    assert "; lift -35.0% (" in said(10)
