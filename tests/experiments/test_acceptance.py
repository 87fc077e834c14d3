"""What a control group says of a stated acceptance."""

import numpy as np
import pytest

from holdfast.errors import ConfigError
from holdfast.experiments.acceptance import acceptance_after
from holdfast.report.experiments import acceptance as text


def test_the_posterior_covers_what_is_true_and_moves_from_what_was_stated():
    random = np.random.default_rng(1)
    inside = 0
    for _ in range(200):
        p, held = random.uniform(0.3, 0.8, 3000), random.random(3000) < 0.3
        stays = random.random(3000) < 1 - p + p * 0.3 * ~held
        found = acceptance_after("voucher", stays.astype(float), held, p, stated=0.6)
        inside += found.low <= 0.3 <= found.high
        assert found.a / (found.a + found.b) == pytest.approx(found.mean)
    assert 180 <= inside <= 199


def test_with_little_evidence_what_was_stated_stays_within_reach():
    held = np.arange(30) < 6
    found = acceptance_after("call", (np.arange(30) % 2).astype(float), held, np.full(30, 0.5), stated=0.25)
    assert found.low < 0.25 < found.high
    assert found.high - found.low > 0.5
    said = text([found.as_dict()])
    assert said[1].startswith("call keeps ")
    assert "as 24 contacted and 6 held back show, of whom 50% would have left; stated: 25%" in said[1]
    assert text([]) == []
    assert acceptance_after("call", np.ones(5), np.zeros(5, dtype=bool), np.full(5, 0.5), stated=0.25) is None
    with pytest.raises(ConfigError, match="is no probability"):
        acceptance_after("call", np.ones(5), np.zeros(5, dtype=bool), np.full(5, 0.5), stated=25)
