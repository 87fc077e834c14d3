"""Trees find what there is, and rows left out are counted."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from holdfast.learn.trees import boost, boost_windows, shap, thinned


def test_trees_find_what_there_is_and_their_contributions_add_up():
    random = np.random.default_rng(3)
    matrix = pd.DataFrame({"told": random.normal(size=3000), "noise": random.normal(size=3000)})
    outcome = (random.random(3000) < expit(2 * matrix["told"])).astype(int)
    grown = boost(matrix, outcome, seed=1)
    parts = shap(grown, matrix)
    assert parts["told"].abs().mean() > 5 * parts["noise"].abs().mean()
    raw = np.asarray(grown.predict(matrix.to_numpy(), raw_score=True))
    assert (raw - parts.sum(axis=1)).std() < 1e-9, "what is left is the same for everybody: the average"
    assert boost(matrix, outcome, seed=1).model_to_string() == grown.model_to_string()
    halves = [matrix.iloc[:1000], matrix.iloc[1000:].assign(other=1.0)]
    together = boost_windows(halves, ["told", "noise"], outcome, seed=1)
    np.testing.assert_array_equal(together.predict(matrix.to_numpy()), grown.predict(matrix.to_numpy()))


def test_an_offset_is_where_trees_start():
    """Counts whose rates are the offset leave nothing to learn: the mean of the trees' factors is 1."""
    random = np.random.default_rng(4)
    rate = random.uniform(0.5, 4.0, 4000)
    noise = pd.DataFrame({"noise": random.normal(size=4000)})
    grown = boost(noise, random.poisson(rate), seed=1, objective="poisson", offset=np.log(rate))
    factors = np.exp(np.asarray(grown.predict(noise.to_numpy(), raw_score=True)))
    assert factors.mean() == pytest.approx(1.0, abs=0.05)


def test_the_rarer_answer_stays_and_the_others_count_for_those_left_out():
    positive = np.zeros(10_000, dtype=bool)
    positive[::50] = True
    chosen, weights = thinned(positive, 1000, seed=5)
    assert len(chosen) == 1000
    assert positive[chosen].sum() == 200
    assert set(weights[positive[chosen]]) == {1.0}
    assert weights[~positive[chosen]] == pytest.approx(9800 / 800)
    everyone, none = thinned(positive, 10_000, seed=5)
    assert len(everyone) == 10_000
    assert none is None
