"""Trees find what there is, and rows left out are counted."""

import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from holdfast.learn.parallel import BLOCK
from holdfast.learn.trees import boost, boost_windows, predicted, shap, thinned
from tests.conftest import PROJECT


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


def test_long_predictions_are_those_of_one_block():
    random = np.random.default_rng(6)
    rows = pd.DataFrame({"told": random.normal(size=2 * BLOCK + 5)})
    grown = boost(rows.head(500), rows["told"].head(500) > 0, seed=1)
    np.testing.assert_array_equal(predicted(grown, rows), grown.predict(rows.to_numpy(), num_threads=1))
    assert predicted(grown, rows.head(0)).shape == (0,)


def test_trees_grow_while_others_predict():
    """With LightGBM's own number of threads in either, the process dies here within a second or two."""
    code = """
import threading, time
import numpy as np, pandas as pd
from holdfast.learn.trees import boost, predicted
random = np.random.default_rng(1)
values = random.normal(size=(3000, 20)) * (random.random((3000, 20)) < 0.05)
rows = pd.DataFrame(values, columns=[f"c{i}" for i in range(20)])
target = rows["c0"].to_numpy() + random.normal(size=3000) > 0
grown = boost(rows, target, seed=1, parameters=(("rounds", 5),))
end, texts = time.monotonic() + 4, set()

def grow():
    while time.monotonic() < end:
        texts.add(boost(rows, target, seed=1, parameters=(("rounds", 5),)).model_to_string())

def ask():
    while time.monotonic() < end:
        predicted(grown, rows)

threads = [threading.Thread(target=work) for work in (grow, grow, ask, ask)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(len(texts))
"""
    settled = {**os.environ, "OMP_NUM_THREADS": "2"}
    done = subprocess.run([sys.executable, "-c", code], env=settled, capture_output=True, text=True, cwd=PROJECT)
    assert (done.returncode, done.stdout) == (0, "1\n"), done.stderr


def test_all_predictions_of_trees_are_made_in_one_place():
    elsewhere = [
        path.name
        for path in (PROJECT / "src").rglob("*.py")
        if path.name != "trees.py" or path.parent.name != "learn"
        for line in path.read_text().splitlines()
        if "booster.predict(" in line
    ]
    assert elsewhere == []
