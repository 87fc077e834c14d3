"""Draws by a keyed hash."""

import numpy as np
import pytest

from holdfast.learn.draws import uniform


def test_draws_depend_on_the_key_and_the_customer_alone():
    ids = [f"c{i}" for i in range(20_000)]
    drawn = uniform("spring", ids)
    assert uniform("spring", ids[::-1]).tolist() == drawn[::-1].tolist()
    assert uniform("spring", ["c7"])[0] == drawn[7]
    assert 0 <= drawn.min() <= drawn.max() < 1
    assert drawn.mean() == pytest.approx(0.5, abs=0.01)
    assert (drawn < 0.1).mean() == pytest.approx(0.1, abs=0.01)
    assert abs(np.corrcoef(drawn, uniform("autumn", ids))[0, 1]) < 0.03
