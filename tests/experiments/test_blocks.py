"""Many small strata: pairs, fours and villages are compared within themselves, and intervals hold what is there."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from holdfast.errors import NotEnoughDataError
from holdfast.experiments import measure
from holdfast.experiments.blocks import Blocks
from holdfast.report import experiments as text

ASKED = {"arm": "arm", "control": "control", "outcomes": ["spent"], "strata": ["village"]}


def villages(random, number, sizes, *, effect=0.0, spread=0.0):
    """Villages of a level of their own, in each of which half of the customers got the offer."""
    many = random.choice(sizes, number)
    village = np.repeat(np.arange(number), many)
    offered = np.concatenate([random.permutation(n) < max(1, n // 2) for n in many])
    level, own = random.normal(size=number)[village], (effect + spread * random.normal(size=number))[village]
    known = random.normal(size=len(village))
    spent = level + own * offered + known + random.normal(size=len(village))
    arms = np.where(offered, "offer", "control")
    return pd.DataFrame({"village": village, "arm": arms, "known": known, "spent": spent}), float(own.mean())


def coded(data):
    return data["village"].to_numpy(), (data["arm"] == "offer").to_numpy().astype(int), data["spent"].to_numpy()


@pytest.mark.no_cover
@pytest.mark.slow
@pytest.mark.parametrize("sizes", [[2], [3], [4], [2, 3, 4]])
@pytest.mark.parametrize(("number", "spread"), [(15, 0.0), (60, 0.5)])
def test_intervals_hold_the_effect_in_many_small_strata(sizes, number, spread):
    random, held = np.random.default_rng(number + sum(sizes)), np.zeros(3)
    for _ in range(400):
        data, truth = villages(random, number, sizes, effect=0.4, spread=spread)
        codes, arms, y = coded(data)
        x = data[["known"]].to_numpy()
        for i, one in enumerate((Blocks(codes, arms, y), Blocks(codes, arms, y, x))):
            found = one.effect(1)
            held[i] += found.low <= truth <= found.high
        calm, _ = villages(random, number, sizes)
        codes, arms, y = coded(calm)
        none = Blocks(codes, arms, (y > 0.5).astype(float)).effect(1)
        held[2] += none.low <= 0 <= none.high
    assert (held / 400 >= 0.92).all()
    assert (held[:2] / 400 <= 0.995).all()


def test_pairs_are_a_paired_t_test():
    data, _ = villages(np.random.default_rng(1), 30, [2], effect=0.5)
    (effect,) = measure(data, **ASKED, others=[]).effects
    wide = data.pivot_table(index="village", columns="arm", values="spent")
    paired = stats.ttest_rel(wide["offer"], wide["control"])
    low, high = paired.confidence_interval()
    assert (effect.difference.low, effect.difference.high) == pytest.approx((low, high))
    assert effect.difference.p_value == pytest.approx(paired.pvalue)
    assert (effect.mean, effect.control_mean) == pytest.approx((wide["offer"].mean(), wide["control"].mean()))


def test_strata_of_several_customers_have_neymans_variance():
    data, _ = villages(np.random.default_rng(2), 70, [6, 9], effect=0.5)
    (effect,) = measure(data, **ASKED, others=[]).effects
    mean = variance = 0.0
    for _, village in data.groupby("village"):
        one, other = (village.loc[village["arm"] == arm, "spent"] for arm in ("offer", "control"))
        share = len(village) / len(data)
        mean += share * (one.mean() - other.mean())
        variance += share**2 * (one.var() / len(one) + other.var() / len(other))
    assert effect.difference.effect == pytest.approx(mean)
    half = (effect.difference.high - effect.difference.low) / 2
    assert half == pytest.approx(stats.norm.isf(0.025) * np.sqrt(variance), rel=0.03)


def test_strata_without_both_arms_are_left_out_and_said():
    data, _ = villages(np.random.default_rng(3), 120, [4, 5], effect=2.0)
    data = data[~((data["village"] < 7) & (data["arm"] == "control"))]
    data = data[~((data["village"] > 116) & (data["arm"] == "offer"))]
    found = measure(data, **ASKED, covariates=["known"])
    lost = (data["village"] < 7) | (data["village"] > 116)
    assert found.customers == len(data) - lost.sum()
    strata = found.as_dict()["strata"]
    assert (strata["strata"], strata["strata_left_out"], strata["customers_left_out"]) == (110, 10, lost.sum())
    assert found.effects[0].adjusted.low < 2.0 < found.effects[0].adjusted.high
    assert found.effects[0].adjusted.high - found.effects[0].adjusted.low < 0.8
    said = text.measured(found.as_dict())
    assert f"left out: 10 strata without both arms, or with too few customers of one ({lost.sum()} customers)" in said
    assert "compared within 110 strata of village" in said
    # Three of them with one customer of an arm say nothing of how much such strata differ.
    lone = data[
        ~((data["village"].isin([20, 21, 22])) & (data["arm"] == "offer") & data.duplicated(["village", "arm"]))
    ]
    assert measure(lone, **ASKED).as_dict()["strata"]["strata_left_out"] == 13


def test_each_arm_is_compared_where_it_is():
    data, _ = villages(np.random.default_rng(4), 60, [8])
    first = data["village"] < 30
    data["arm"] = np.where(data["arm"] == "control", "control", np.where(first, "mail", "call"))
    data["spent"] += np.where(data["arm"] == "mail", 2.0, 0.0)
    found = measure(data, **ASKED)
    call, mail = found.effects
    assert (call.arm, call.customers, mail.customers) == ("call", 120, 120)
    for one, part in ((call, data[~first]), (mail, data[first])):
        means = part.groupby("arm")["spent"].mean()
        assert one.difference.effect == pytest.approx(means[one.arm] - means["control"])
    assert found.pooled[0].customers == 240
    assert not found.others.differing


def test_as_many_strata_as_a_large_file_has():
    """Memory grows with the rows, not with their square: 40,000 rows would be 13 GB."""
    random = np.random.default_rng(6)
    codes, arms, x = np.repeat(np.arange(10_000), 4), np.tile([0, 1, 0, 1], 10_000), random.normal(size=(40_000, 3))
    y = random.normal(size=10_000)[codes] + 0.1 * arms + x @ [1.0, 2.0, 0.0] + random.normal(size=40_000)
    found = Blocks(codes, arms, y, x).effect(1)
    assert found.low < 0.1 < found.high
    assert (found.high - found.low) / 2 == pytest.approx(stats.norm.isf(0.025) * np.sqrt(1 / 10_000), rel=0.03)


def test_what_cannot_be_compared_is_refused():
    data, _ = villages(np.random.default_rng(5), 40, [2])
    row = data.assign(village=range(len(data)))
    with pytest.raises(NotEnoughDataError, match="village make 80 groups, and none holds two customers of control"):
        measure(row, **ASKED)
    wide = data.assign(**{f"k{i}": np.random.default_rng(i).normal(size=80) for i in range(36)})
    with pytest.raises(NotEnoughDataError, match="80 customers in 40 strata are too few for 36 covariates"):
        measure(wide, **ASKED, covariates=[f"k{i}" for i in range(36)])
