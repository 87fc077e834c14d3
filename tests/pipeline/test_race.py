"""The race on real purchases: the figures it was built for, left-out contenders, and what it says of itself."""

import numpy as np
import pytest

from holdfast import load_config, make_config, prepare, race
from holdfast.churn import MEMBERS, contenders
from holdfast.errors import ConfigError
from holdfast.report import race as text
from tests.conftest import PROJECT, in_shared, settings


def raced(name, as_of, days):
    config = load_config(
        PROJECT / "configs" / f"{name}.yaml", [f"as_of={as_of}", f"churn.horizon_days={days}", "race.origins=1"]
    )
    contest = race(prepare(config, base=PROJECT / "configs")).as_dict()
    churn = {r["contender"]: r for r in contest["outcome"]["churn"]}
    value = {r["contender"]: r for r in contest["outcome"]["value"]}
    return contest, churn, value


def test_cdnow_reaches_what_was_asked_of_it():
    contest, churn, value = raced("cdnow", "1998-01-19", 163)
    assert set(churn) == set(contenders())
    blend, offset = churn["blend"], value["offset"]
    assert (contest["churn"]["name"], contest["value"]["name"]) == ("blend", "offset")
    assert 0.811 <= blend["auc"] <= 0.825, "much more than .814 would be a leak"
    assert blend["log_loss"] <= 0.397
    assert blend["ece"] <= 0.02
    assert abs(offset["purchases"]["bias"]) <= 0.05
    for name in ("recency", "rfm", "p0", "bg_nbd", "mbg_nbd", "pareto_nbd"):
        assert churn[name]["log_loss_to_default"]["low"] > 0, f"{name} is clearly worse than the blend"
    assert contest["churn"]["beats_simple"]
    shown = text.race(contest)
    assert "Race as of 1998-01-19, outcome until 1998-07-01: 23,502 customers" in shown
    assert "churn: blend serves" in shown


def test_online_retail_reaches_what_was_asked_of_it():
    in_shared("online_retail.parquet")
    _, churn, value = raced("online_retail", "2011-08-20", 112)
    assert 0.746 <= churn["blend"]["auc"] <= 0.765
    assert churn["blend"]["brier"] <= 0.200
    assert churn["blend"]["ece"] <= 0.06
    assert value["offset"]["spend"]["mae"] <= 665
    assert value["offset"]["spend"]["gini"] >= 0.69


def test_one_line_leaves_contenders_out(tmp_path, shop):
    config = make_config(settings(tmp_path, race={"leave_out": ["blend", "lightgbm", "direct", "offset"]}))
    contest = race(prepare(config, purchases=shop.purchases))
    assert {"blend", "lightgbm"}.isdisjoint(contest.windows[0].p_churn)
    assert {"direct", "offset"}.isdisjoint(contest.windows[0].expected_purchases)
    assert contest.churn.name in contest.windows[0].p_churn
    assert len(contest.windows) == 2
    # Left out of the race, left out of the blend.
    config = make_config(settings(tmp_path, race={"leave_out": ["lightgbm_pooled", "p0"], "origins": 1}))
    assert prepare(config, purchases=shop.purchases).past.members == ("ridge",)


def test_a_blend_without_members_is_out_of_the_race_and_says_why(tmp_path, shop):
    out = ["p0", "ridge", "lightgbm_pooled"]
    config = make_config(settings(tmp_path, race={"leave_out": out, "origins": 2}))
    contest = race(prepare(config, purchases=shop.purchases))
    assert len(contest.windows) == 2
    for window in contest.windows:
        assert set(window.p_churn) == set(contenders()) - {*out, "blend"}
        assert window.absent["blend"] == "all its members (p0, ridge, lightgbm_pooled) were left out."
    assert contest.churn.name == contest.churn.best_simple
    assert "blend took no part: all its members" in text.race(contest.as_dict())


def test_in_the_formulas_own_world_the_race_says_that_no_machine_beats_it(tmp_path, shop):
    config = make_config(settings(tmp_path, race={"origins": 1}))
    contest = race(prepare(config, purchases=shop.purchases))
    assert contest.churn.best_simple in ("p0", "bg_nbd", "mbg_nbd", "pareto_nbd")
    assert not contest.churn.beats_simple
    assert "simple rule" in text.race(contest.as_dict())


def test_a_contender_that_is_none_is_refused_by_key(tmp_path, shop):
    for race_, key in (
        ({"leave_out": ["lightgbn"]}, r'race.leave_out: there is no contender "lightgbn". Did you mean "lightgbm"'),
        ({"churn": "offset"}, r'race.churn: there is no contender "offset"'),
        ({"leave_out": list(contenders())}, "leaves no contender"),
        ({"leave_out": ["ridge"], "churn": "ridge"}, r"race.churn names ridge, which race.leave_out leaves out"),
        ({"leave_out": ["zero"], "value": "zero"}, r"race.value names zero, which race.leave_out leaves out"),
        ({"leave_out": list(MEMBERS), "churn": "blend"}, r"race.churn names blend, and .* leaves out all its members"),
    ):
        prepared = prepare(make_config(settings(tmp_path, race=race_)), purchases=shop.purchases)
        with pytest.raises(ConfigError, match=key):
            race(prepared)


def test_the_race_as_of_a_date_knows_nothing_after_it(tmp_path, shop):
    config = make_config(settings(tmp_path))
    whole = race(prepare(config, purchases=shop.purchases), outcome=False).windows[0]
    cut = race(prepare(config, purchases=shop.purchases[shop.purchases["ordered_at"] < "2024-03-01"])).windows[0]
    for name, p in whole.p_churn.items():
        np.testing.assert_array_equal(p, cut.p_churn[name])
