"""Covariates that are the outcome, or were measured after the assignment, are refused by name; honest ones pass."""

import numpy as np
import pandas as pd
import pytest

from holdfast.errors import ConfigError, DataError, HoldfastError, NotEnoughDataError
from holdfast.experiments.adjusted import Adjusted
from holdfast.experiments.covariates import refuse_copies
from holdfast.experiments.effects import difference_of_means
from holdfast.experiments.experiment import measure
from holdfast.experiments.trial import covariate_of
from holdfast.experiments.uplift import measure_uplift

ARMS = {"arm": "arm", "control": "control"}


@pytest.fixture(scope="module")
def trial() -> pd.DataFrame:
    """2,000 customers; spend is what they spent before, more or less, and the offer adds 2 to it."""
    random = np.random.default_rng(4)
    n = 2000
    offered = random.random(n) < 0.5
    before = random.gamma(2.0, 20.0, n)
    bought = random.random(n) < 0.25 + 0.1 * offered
    return pd.DataFrame(
        {
            "arm": np.where(offered, "offer", "control"),
            "before": before,
            "channel": random.choice(["web", "shop", "phone"], n),
            "bought": bought.astype(int),
            "spend": before + 2 * offered + random.normal(0, 9.4, n),
            "noise": random.normal(size=n),
        }
    )


def words(values: pd.Series) -> pd.Series:
    return values.map({1: "ja", 0: "nein"})


# What each column does with the outcome; the second of a pair is for the sibling outcome.
COPIES = {
    "exact": ("bought", lambda d: d["bought"]),
    "in another unit": ("bought", lambda d: 10.0 * d["bought"] + 3),
    "turned round": ("bought", lambda d: 1 - d["bought"]),
    "in words": ("bought", lambda d: words(d["bought"])),
    "as a flag": ("bought", lambda d: d["bought"] == 1),
    "blank where not": ("bought", lambda d: (d["noise"] + 5).where(d["bought"] == 1)),
    "spoilt in one of a thousand": ("bought", lambda d: d["bought"].where(d.index % 1000 > 0, 1 - d["bought"])),
    "money with cents off": ("spend", lambda d: d["spend"] + 0.5 * d["noise"]),
    "its logarithm": ("spend", lambda d: np.log(d["spend"] - d["spend"].min() + 1)),
    "its rank": ("spend", lambda d: d["spend"].rank(ascending=False)),
    "its distance from a price": ("spend", lambda d: (d["spend"] - 200).abs()),
    "in forty classes": ("spend", lambda d: pd.qcut(d["spend"], 40, labels=False).map("class {}".format)),
}


@pytest.mark.parametrize("kind", COPIES)
def test_a_copy_of_the_outcome_is_refused_by_name(trial, kind):
    outcome, made = COPIES[kind]
    data = trial.assign(after=made(trial))
    for covariates in (["after"], ["channel", "after", "before"]):
        with pytest.raises(
            DataError, match=rf'Leak alarm: covariate "after" all but determines {outcome} .*Leave it out'
        ):
            measure(data, **ARMS, outcomes=[outcome], covariates=covariates)
    with pytest.raises(DataError, match='Leak alarm: covariate "after"'):
        measure_uplift(data, **ARMS, outcome=outcome, covariates=["channel", "after"])


def test_columns_that_are_the_outcome_only_together_are_named_together(trial):
    online = trial["spend"] * np.random.default_rng(1).random(len(trial))
    data = trial.assign(online=online, offline=trial["spend"] - online)
    for ask in (
        lambda c: measure(data, **ARMS, outcomes=["bought", "spend"], covariates=c),
        lambda c: measure_uplift(data, **ARMS, outcome="spend", covariates=c),
    ):
        with pytest.raises(DataError, match='covariates "online", "offline" together all but determine spend'):
            ask(["channel", "online", "offline", "noise"])
    assert measure(data, **ARMS, outcomes=["bought"], covariates=["online", "channel"]).effects[0].adjusted is not None


def test_spend_before_that_foresees_spend_well_is_welcome(trial):
    assert np.corrcoef(trial["before"], trial["spend"])[0, 1] ** 2 == pytest.approx(0.9, abs=0.02)
    effect = measure(trial, **ARMS, outcomes=["spend"], covariates=["before", "channel"]).effects[0]
    assert effect.adjusted.low < 2 < effect.adjusted.high
    assert effect.adjusted.high - effect.adjusted.low < 0.4 * (effect.difference.high - effect.difference.low)
    assert 0.84 < effect.as_dict()["variance_saved"] < 1
    assert measure_uplift(trial, **ARMS, outcome="spend", covariates=["before", "channel"]).kind == "mean"


def test_a_fee_that_was_known_before_is_trusted_where_the_user_says_so(trial):
    data = trial.assign(fee=trial["before"], paid=trial["before"] + 0.5 * (trial["arm"] == "offer") + trial["noise"])
    with pytest.raises(DataError, match=r"--trusted fee"):
        measure(data, **ARMS, outcomes=["paid"], covariates=["fee"])
    effect = measure(data, **ARMS, outcomes=["paid"], covariates=["fee"], trusted=["fee"]).effects[0]
    assert effect.adjusted.low < 0.5 < effect.adjusted.high
    with pytest.raises(ConfigError, match="trusted: fees is no covariate"):
        measure(data, **ARMS, outcomes=["paid"], covariates=["fee"], trusted=["fees"])
    # The outcome itself cannot be trusted away: nothing would be left to measure.
    with pytest.raises(DataError, match="nothing is left to measure"):
        measure(data.assign(copy=data["paid"]), **ARMS, outcomes=["paid"], covariates=["copy"], trusted=["copy"])


def test_in_a_small_experiment_a_copy_leaves_no_verdict_either():
    data = pd.DataFrame({"arm": ["control", "offer"] * 6, "y": [0, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1]})
    with pytest.raises(DataError, match="nothing is left to measure"):
        measure(data.assign(after=3 * data["y"]), **ARMS, outcomes=["y"], covariates=["after"])


def test_what_was_measured_after_the_assignment_is_refused_by_name(trial):
    random = np.random.default_rng(6)
    clicked = (random.random(len(trial)) < np.where(trial["arm"] == "offer", 0.15, 0.05)).astype(int)
    mood = pd.Series(np.where(clicked == 1, "warm", random.choice(["warm", "cold"], len(trial))))
    data = trial.assign(clicked=clicked, mood=mood, seen=trial["noise"].where((clicked == 0) | (trial.index % 3 > 0)))
    for covariates, named in ((["before", "clicked"], "clicked"), (["mood", "channel", "clicked"], "clicked")):
        with pytest.raises(
            DataError, match=rf"more than chance allows differs between the arms: .*{named}.* leave it out"
        ):
            measure(data, **ARMS, outcomes=["bought"], covariates=covariates)
    with pytest.raises(HoldfastError, match=r"No effect can be read.*more than chance allows differs clicked"):
        measure_uplift(data, **ARMS, outcome="bought", covariates=["before", "clicked"])
    assert measure(data, **ARMS, outcomes=["bought"], covariates=["before"]).randomisation.differing == ()


@pytest.mark.no_cover
def test_honest_covariates_are_hardly_ever_suspected():
    suspected = 0
    for seed in range(300):
        random = np.random.default_rng(seed)
        data = pd.DataFrame(random.normal(size=(200, 5)), columns=list("abcde")).assign(
            arm=np.where(random.random(200) < 0.3, "offer", "control"),
            city=random.choice(["Riga", "Oslo", "Rome"], 200),
            y=(random.random(200) < 0.3).astype(int),
        )
        try:
            measure(data, **ARMS, outcomes=["y"], covariates=[*"abcde", "city"])
        except DataError:
            suspected += 1
    assert suspected <= 3, "one in a thousand is the bar"


def test_a_column_that_adjusts_nothing_changes_nothing(trial):
    plain = measure(trial, **ARMS, outcomes=["spend"], covariates=["before"])
    twice = trial.assign(again=trial["before"], half=trial["before"] / 2, same=7.0, word="x")
    found = measure(twice, **ARMS, outcomes=["spend"], covariates=["before", "again", "half", "same", "word"])
    assert found.effects[0].adjusted.effect == pytest.approx(plain.effects[0].adjusted.effect)
    assert found.effects[0].adjusted.low == pytest.approx(plain.effects[0].adjusted.low)
    assert (found.covariates, found.unused) == (("before", "again", "half"), ("same", "word"))
    with pytest.raises(NotEnoughDataError, match="same, word: each has one value for everyone"):
        measure(twice, **ARMS, outcomes=["spend"], covariates=["same", "word"])


def test_a_text_that_one_arm_does_not_have_takes_nothing_of_its_level():
    """The level of an arm in which a column is constant is its mean, not what is left of it after sharing it out."""
    random = np.random.default_rng(3)
    arms = np.repeat([0.0, 1.0], 200)
    y = 100 + random.normal(0, 1, 400) + 2 * arms
    rare = np.zeros(400)
    rare[:8] = 1  # in the control group only
    found = Adjusted(rare[:, None], arms, y).effect(1)
    assert found.effect == pytest.approx(difference_of_means(y[arms == 1], y[arms == 0]).effect, abs=0.05)
    # Second computation: the control group's line at the mean of everyone, and the plain mean of the other arm.
    slope, level = np.polyfit(rare[:200], y[:200], 1)
    assert found.effect == pytest.approx(y[200:].mean() - (level + slope * rare.mean()))


def test_an_outcome_without_variance_gives_a_true_sentence(trial):
    nothing = trial.assign(money=0.0, by_arm=np.where(trial["arm"] == "offer", 2.0, 5.0), nobody=0)
    for name in ("money", "by_arm"):
        with pytest.raises(NotEnoughDataError, match=rf'"{name}": every customer of an arm has the same outcome'):
            measure(nothing.assign(money=nothing["money"] + 3.5), **ARMS, outcomes=[name])
    # Of a rate even no event at all says how large the effect can be.
    effect = measure(nothing, **ARMS, outcomes=["nobody"]).effects[0]
    assert effect.difference.effect == 0
    assert 0.001 < effect.difference.high < 0.01
    assert "no significant effect" in effect.verdict


def test_a_column_of_the_matrix_belongs_to_the_longest_name_that_fits():
    assert covariate_of("a=b=c", ["a", "a=b"]) == "a=b"
    assert covariate_of("a=b", ["a", "a=b"]) == "a=b"
    assert covariate_of("a=x", ["a", "b"]) == "a"


AFTERWARDS = {
    "the means of payment": lambda b, rng: np.where(b, rng.choice(["card", "invoice"], len(b)), None),
    "the means of payment, in words": lambda b, rng: np.where(b, rng.choice(["card", "invoice"], len(b)), "none"),
    "items": lambda b, rng: np.where(b, 1 + rng.poisson(1.0, len(b)), 0),
    "a voucher redeemed by half of the buyers": lambda b, rng: (b & (rng.random(len(b)) < 0.5)).astype(int),
    "a flag of buyers, spoilt in one of a thousand": lambda b, rng: b ^ (rng.random(len(b)) < 0.001),
}


@pytest.mark.parametrize("kind", AFTERWARDS)
def test_what_is_written_only_where_somebody_bought_is_refused_and_trusted_where_the_user_says_so(kind):
    random = np.random.default_rng(3)
    n = 4000
    offered = random.random(n) < 0.5
    bought = random.random(n) < 0.1 + 0.05 * offered
    spend = np.where(bought, random.lognormal(3, 0.8, n), 0.0).round(2)
    late = AFTERWARDS[kind](bought, random)
    data = pd.DataFrame({"arm": np.where(offered, "offer", "control"), "spend": spend, "late": late})
    with pytest.raises(
        DataError, match=r'Leak alarm: covariate "late" .*(spend is (not )?0|determines spend) .*--trusted late'
    ):
        measure(data, **ARMS, outcomes=["spend"], covariates=["late"])
    assert measure(data, **ARMS, outcomes=["spend"]).effects[0].difference.significant
    arms = data["arm"].to_numpy(dtype=object)
    refuse_copies(data, ["late"], arms, {"spend": spend}, trusted=["late"])


def test_a_rare_honest_flag_among_many_buyers_is_no_alarm():
    random = np.random.default_rng(5)
    n = 3000
    spend = np.where(random.random(n) < 0.9, random.gamma(2.0, 10.0, n), 0.0)
    vip = np.zeros(n, dtype=int)
    vip[np.flatnonzero(spend > 0)[:30]] = 1
    data = pd.DataFrame({"arm": random.choice(["offer", "control"], n), "spend": spend, "vip": vip})
    assert measure(data, **ARMS, outcomes=["spend"], covariates=["vip"]).covariates == ("vip",)
