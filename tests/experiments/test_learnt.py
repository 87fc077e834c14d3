"""Learnt policies: what they earn in campaigns of known effect, what they refuse, and what is kept of them."""

import numpy as np
import pandas as pd
import pytest
from benchmarks.campaigns import campaign, judged, learnt_in, says_nothing, world

from holdfast.columns.plain import plain
from holdfast.errors import ConfigError, DamagedModelError, DataError, NotEnoughDataError, NotFoundError
from holdfast.experiments.learnt import Offer, learn_policy
from holdfast.experiments.learnt.learners import Stack
from holdfast.experiments.learnt.sparse import Groups, Moments, Sparse
from holdfast.experiments.learnt.value import Scores, Seen, best_of, mean_of, policy_value
from holdfast.experiments.learnt.winsor import winsorised
from holdfast.track.policies import read_policy, register_policy


@pytest.fixture(scope="module")
def learnt():
    one = world("corner", 8000, (8,))
    return learnt_in(one, campaign(one, (8,)))


def test_a_policy_finds_whom_a_contact_helps_and_says_what_it_earns(learnt):
    unseen = world("corner", 20_000, (8,))
    effects = learnt.effects(unseen.customers)
    assert np.corrcoef(effects.effect[:, 0], unseen.effect[:, 0])[0, 1] > 0.75
    chosen = learnt.profits(effects)[:, 0] > 0
    net = unseen.net[:, 0]
    best = np.maximum(net, 0).mean()
    assert (net * chosen).mean() > 0.75 * best
    assert learnt.verdict.answer == "by customer"
    policy, everyone = learnt.facts["value"]["ways"]
    assert policy["value"]["low"] < (net * chosen).mean() < policy["value"]["high"]
    assert everyone["value"]["low"] < unseen.net.mean() < everyone["value"]["high"]
    assert everyone["policy_over"]["low"] > 0
    # The interval of the mean effect of those scored alike: who is contacted, and who is not.
    for group in (chosen, ~chosen):
        part = group @ effects.spread[:, 0] / group.sum()
        error = np.sqrt(part @ effects.covariance[0] @ part)
        assert abs(effects.effect[group, 0].mean() - unseen.effect[group, 0].mean()) < 2.5 * error


@pytest.mark.no_cover
@pytest.mark.slow
def test_without_an_effect_it_says_so_and_with_the_same_for_all_it_contacts_all():
    assert sum(says_nothing(number, n=3000) for number in range(6)) >= 5
    flat = judged("all", 3, n=12_000)
    assert flat.answer == "all"
    assert flat.answered == pytest.approx(flat.best) == pytest.approx(flat.everyone)
    assert judged("harm", 3, n=5_000).answer in ("cannot tell", "nobody")


def test_the_order_of_rows_and_the_name_of_the_day_change_nothing(learnt):
    one = world("corner", 8000, (8,))
    data = campaign(one, (8,))
    again = learnt_in(one, data.sample(frac=1.0, random_state=3))
    asked = world("corner", 50, (9,)).customers
    assert np.array_equal(again.effects(asked).effect, learnt.effects(asked).effect)
    assert again.facts == learnt.facts


def test_a_registered_policy_says_the_same_and_a_damaged_one_is_refused(learnt, tmp_path):
    kept = register_policy(tmp_path, "corner", learnt)
    files = {path.name for path in kept.folder.iterdir()}
    assert files == {
        "manifest.json",
        "model.json",
        "metrics.json",
        "foreseen.lightgbm.txt",
        "arms.a0.learners.l3.lightgbm.txt",
        "arms.a0.learners.l4.lightgbm.txt",
    }
    found = read_policy(tmp_path, "corner")
    asked = world("corner", 50, (9,)).customers
    for name in ("effect", "untreated", "error"):
        assert np.array_equal(getattr(found.policy.effects(asked), name), getattr(learnt.effects(asked), name))
    assert found.version == kept.version == register_policy(tmp_path, "again", learnt).version
    assert found.policy.as_dict() == plain(learnt.as_dict())
    trees = kept.folder / "foreseen.lightgbm.txt"
    trees.write_text(trees.read_text().replace("leaf_value=", "leaf_value=9", 1))
    with pytest.raises(DamagedModelError, match="register the policy again"):
        read_policy(tmp_path, "corner")
    with pytest.raises(NotFoundError, match='no policy "cornr"'):
        read_policy(tmp_path, "cornr")
    with pytest.raises(ConfigError, match="names a folder"):
        register_policy(tmp_path, "../corner", learnt)


def test_unseen_texts_and_missing_numbers_are_scored_and_missing_columns_refused(learnt):
    asked = world("corner", 20, (9,)).customers
    odd = asked.assign(g="never seen", a=np.nan)
    assert np.isfinite(learnt.effects(odd).effect).all()
    found = learnt.effects(odd, forced=True)
    assert found.effect == pytest.approx(np.tile([one.average for one in learnt.models], (len(odd), 1)))
    some = asked.assign(g=asked["g"].where(np.arange(len(asked)) % 2 == 0, "never seen"))
    here, whole = learnt.effects(some, forced=True), learnt.effects(asked, forced=True)
    np.testing.assert_array_equal(here.effect[::2], whole.effect[::2])
    assert here.error[1] == pytest.approx(found.error[1]), "as sure as of the average"
    assert learnt.design.unseen(learnt.design.raw(some))["g"].tolist() == [i % 2 == 1 for i in range(len(some))]
    assert learnt.design.unseen(learnt.design.raw(asked)) == {}
    with pytest.raises(DataError, match='no column "b"'):
        learnt.effects(asked.drop(columns="b"))
    with pytest.raises(DataError, match="these are texts"):
        learnt.effects(asked.assign(a="x"))


def test_scores_are_those_of_inverse_probability_and_unbiased_with_recorded_probabilities():
    random = np.random.default_rng(5)
    n = 40_000
    x = random.normal(size=n)
    e = np.column_stack([np.where(x > 0, 0.2, 0.7), np.where(x > 0, 0.8, 0.3)])
    arm = (random.random(n) < e[:, 1]).astype(np.int64)
    y = 1.0 + x + arm * (0.5 + 0.2 * x) + random.normal(size=n)
    plain = Scores.of(y, arm, e, np.zeros(n))
    weight = 1 / e[np.arange(n), arm]
    by_hand = [np.average(y[arm == a], weights=weight[arm == a]) for a in (0, 1)]
    shifted = np.where(arm == 0, weight, 0) * (y - by_hand[0]) + by_hand[0]
    assert np.allclose(plain.control, shifted)
    better = Scores.of(y, arm, e, 1.0 + x)
    for scores in (plain, better):
        gained = mean_of(scores.net(np.ones(n), np.zeros(1), np.zeros(1))[:, 0])
        assert gained.low < 0.5 < gained.high
    assert better.arms.var() < plain.arms.var()


def test_the_best_arm_within_a_share_and_the_value_beside_the_present_rule():
    profits = np.array([[3.0, 1.0], [-1.0, 2.0], [-2.0, -1.0], [5.0, 6.0]])
    allowed = np.array([[True, True], [True, True], [True, True], [True, False]])
    assert best_of(profits, allowed).tolist() == [0, 1, -1, 0]
    assert best_of(profits, allowed, share=0.5).tolist() == [0, -1, -1, 0]
    net = np.repeat([[2.0, -1.0], [-2.0, 3.0]], 500, axis=0) + np.random.default_rng(1).normal(size=(1000, 2))
    chosen, rule = np.repeat([0, 1], 500), np.repeat([0, -1], 500)
    seen = Seen(np.zeros(1000), np.tile([0, 1, 2, 0], 250))
    found = policy_value(net, chosen, ["a", "b"], seen, present=rule)
    ways = {way.way: way for way in found.ways}
    assert ways["by customer"].value.effect == pytest.approx(2.5, abs=0.1)
    assert ways["all: b"].value.effect == pytest.approx(1.0, abs=0.1)
    assert ways["present rule"].policy_over.effect == pytest.approx(1.5, abs=0.1)
    assert found.verdict.answer == "by customer"
    same = policy_value(net, chosen, ["a", "b"], seen, present=chosen)
    assert same.verdict.answer == "all"
    assert "the present rule" in same.verdict.reason


@pytest.mark.no_cover
def test_large_amounts_and_a_small_control_do_not_let_a_policy_pay():
    """No effect at all; by Student's quantiles contacting all "pays" in a tenth of these campaigns."""
    random = np.random.default_rng(5)
    ours, students = np.zeros(2), np.zeros(2)
    for _ in range(200):
        arm = (random.random(3000) >= 0.07).astype(int)
        y = np.where(random.random(3000) < 0.04, random.lognormal(3, 1.3, 3000), 0.0)
        e = np.tile(np.bincount(arm) / 3000, (3000, 1))
        scores = Scores.of(y, arm, e, np.full(3000, y.mean()))
        net = scores.net(np.ones(3000), np.zeros(1), np.zeros(1))
        all_of_them = policy_value(net, np.full(3000, -1), ["offer"], Seen(y, arm)).ways[1]
        bare = mean_of(net[:, 0])
        assert all_of_them.value.effect == bare.effect
        assert all_of_them.policy_over.high == pytest.approx(-all_of_them.value.low)
        ours += (all_of_them.value.low > 0, all_of_them.value.high < 0)
        students += (bare.low > 0, bare.high < 0)
    # 5 of 200 are expected on each side; 11 and more have a chance of 1 %.
    assert ours.max() <= 10
    assert students[0] >= 20


def campaign_of(n, random, share=0.5):
    arm = np.where(random.random(n) < share, "offer", "none")
    return pd.DataFrame({"x": random.normal(size=n), "arm": arm, "y": random.integers(0, 2, n)})


def test_what_was_not_known_is_refused_and_too_few_cannot_tell():
    random = np.random.default_rng(2)
    data = campaign_of(3000, random)
    terms = {"arm": "arm", "control": "none", "outcome": "y", "covariates": ["x"]}
    with pytest.raises(DataError, match="written after the assignment"):
        learn_policy(data, **terms, after=["x"])
    with pytest.raises(DataError, match="an outcome"):
        learn_policy(data, **{**terms, "covariates": ["y"]})
    with pytest.raises(DataError, match="Leak alarm"):
        learn_policy(data.assign(copy=data["y"] * 3.0), **{**terms, "covariates": ["copy"]})
    with pytest.raises(NotEnoughDataError, match=r"Cannot tell .* 1\d\d customers in offer"):
        learn_policy(campaign_of(3000, random, 0.05), **terms)
    with pytest.raises(NotEnoughDataError, match=r"Cannot tell .* had \(or missed\) y"):
        learn_policy(data.assign(y=(random.random(3000) < 0.005).astype(int)), **terms)
    with pytest.raises(NotEnoughDataError, match="nothing to compare with"):
        learn_policy(data[data["arm"] == "none"], **terms)
    small = data.assign(arm=np.where(np.arange(3000) < 40, "gift", data["arm"]))
    found = learn_policy(small, **terms)
    assert found.arms == ("offer",)
    assert "40 customers in gift" in found.facts["cannot_tell"]["gift"]
    with pytest.raises(ConfigError, match='"gfit" is no arm'):
        learn_policy(data, **terms, offers={"gfit": Offer(1.0)})
    with pytest.raises(ConfigError, match="take it off the amounts"):
        learn_policy(data.assign(y=data["y"] * 2.5), **terms, offers={"offer": Offer(0.0, 1.0)})


def test_without_covariates_the_answer_is_all_or_nobody():
    random = np.random.default_rng(3)
    data = campaign_of(4000, random)
    data["y"] = (random.random(4000) < 0.3 + 0.2 * (data["arm"] == "offer")).astype(int)
    found = learn_policy(data, arm="arm", control="none", outcome="y", value=10, offers={"offer": Offer(0.5)})
    assert (found.verdict.answer, found.verdict.arm) == ("all", "offer")
    assert found.effects(data[["x"]]).effect == pytest.approx(0.2, abs=0.05)
    dear = learn_policy(data, arm="arm", control="none", outcome="y", value=10, offers={"offer": Offer(4.0)})
    assert dear.verdict.answer == "nobody"
    assert dear.allowed_arms() == (False,)
    assert dear.allowed_arms(forced=True) == (True,)


def test_one_wholesale_order_decides_nothing():
    random = np.random.default_rng(4)
    data = campaign_of(4000, random)
    data["y"] = np.where(random.random(4000) < 0.3, random.gamma(2.0, 20.0, 4000), 0.0)
    data.loc[data.index[data["arm"] == "offer"][0], "y"] = 5e6
    found = learn_policy(data, arm="arm", control="none", outcome="y", covariates=["x"])
    cut = found.facts["winsorised"]
    assert cut["high"] == pytest.approx(np.quantile(data.loc[data["y"] > 0, "y"], 0.99))
    assert cut["mean_before"] > 1000 > 20 > cut["mean_after"]
    assert found.verdict.answer == "cannot tell"
    values, sides = winsorised(np.r_[-1e6, -np.arange(1.0, 200.0), np.zeros(10), np.arange(1.0, 200.0)])
    assert sides.low == values.min() > -201
    assert winsorised(np.array([1.0, 9.0]), 1.0)[0].tolist() == [1.0, 9.0]


def test_two_arms_each_to_whom_it_suits():
    random = np.random.default_rng(6)
    n = 9000
    x = random.normal(size=n)
    arm = random.choice(["none", "gift", "call"], n, p=[0.4, 0.3, 0.3])
    gain = np.where(arm == "gift", 0.25 * (x > 0), 0.0) + np.where(arm == "call", 0.25 * (x <= 0), 0.0)
    data = pd.DataFrame({"x": x, "arm": arm, "y": (random.random(n) < 0.2 + gain).astype(int)})
    offers = {"gift": Offer(0.5), "call": Offer(0.5)}
    found = learn_policy(data, arm="arm", control="none", outcome="y", covariates=["x"], value=10, offers=offers)
    assert found.verdict.answer == "by customer"
    asked = pd.DataFrame({"x": [-1.5, -0.6, 0.6, 1.5]})
    given = best_of(found.profits(found.effects(asked)), np.ones((4, 2), dtype=bool))
    assert [found.arms[i] for i in given] == ["call", "call", "gift", "gift"]


def test_a_sparse_regression_finds_the_few_covariates_and_the_pair_that_matter():
    """Two of ten covariates and one product of two, in noise fifteen times as large: nothing else is left in."""
    random = np.random.default_rng(11)
    n = 12_000
    z = random.normal(size=(n, 10))
    effect = 0.06 * z[:, 1] + 0.05 * z[:, 4] + 0.08 * z[:, 2] * z[:, 3]
    target, weights = 0.1 + effect + random.normal(0, 1.5, n), np.ones(n)
    parts = [(np.array([i]), np.zeros(0, dtype=np.int64)) for i in range(10)]
    groups = Groups.of(z, parts, z[:, 2] + z[:, 3] + random.normal(size=n))
    assert len(groups.pairs) == 45
    halves = [
        Moments.of(groups, z[rows], target[rows], weights[rows], 0.1) for rows in (slice(0, 5000), slice(5000, n))
    ]
    found = Sparse.fit(groups, halves[0] + halves[1], products=True)
    unseen = random.normal(size=(4000, 10))
    true = 0.1 + 0.06 * unseen[:, 1] + 0.05 * unseen[:, 4] + 0.08 * unseen[:, 2] * unseen[:, 3]
    assert np.corrcoef(found.effect(unseen, unseen), true)[0, 1] > 0.93
    slopes = dict(zip(found.columns.tolist(), found.slopes, strict=True))
    assert slopes[1] == pytest.approx(0.06, abs=0.03)
    assert sum(abs(slope) for column, slope in slopes.items() if column not in (1, 4)) < 0.05
    assert sorted(found.pairs[np.argmax(np.abs(found.products))].tolist()) == [2, 3]
    main = Sparse.fit(groups, halves[0] + halves[1], products=False)
    assert len(main.pairs) == 0
    again = Sparse.from_dict(found.to_dict())
    assert np.array_equal(again.effect(unseen, unseen), found.effect(unseen, unseen))
    # Where there is nothing, everybody's effect is the average one.
    noise = Moments.of(groups, z, random.normal(0, 1.5, n), weights, 0.0)
    assert Sparse.fit(groups, noise, products=True).effect(unseen, unseen).std() < 0.02


def test_learners_are_drawn_together_and_not_picked():
    random = np.random.default_rng(1)
    truth = random.normal(size=600)
    said = np.column_stack([truth + random.normal(0, 0.5, 600), truth + random.normal(0, 0.5, 600)]) * 0.05
    few = Stack.fit(said, 0.05 * truth + random.normal(0, 1.5, 600), np.ones(600))
    # By least squares alone 0 and 1.95: noise would have picked one of two that are equally good.
    assert few.weights == pytest.approx([0.45, 0.86], abs=0.01)
    truth = random.normal(size=6000)
    wrong = np.column_stack([truth + random.normal(0, 0.5, 6000), random.normal(0, 1, 6000)]) * 0.5
    many = Stack.fit(wrong, 0.5 * truth + random.normal(0, 0.5, 6000), np.ones(6000))
    assert many.weights[0] > 0.7
    assert many.weights[1] < 0.05
