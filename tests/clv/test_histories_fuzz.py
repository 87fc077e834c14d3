"""A few of the histories that ``histories_fuzz`` draws, always the same; `make fuzz` draws many."""

import pytest

from tests.clv.histories_fuzz import KINDS, run


@pytest.mark.parametrize("kind", KINDS)
def test_any_history_is_answered_or_refused(kind):
    assert run(5, 1, kinds=(kind,)) == {kind: 5}


def test_one_seed_after_the_other():
    assert [run(1, seed, kinds=("contracts",)) for seed in (1, 2)] == [{"contracts": 1}] * 2
