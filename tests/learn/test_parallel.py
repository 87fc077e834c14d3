"""Work in blocks and at once."""

from threading import Event

import numpy as np
import pytest

from holdfast.learn.parallel import BLOCK, Crew, at_once, blocks, sort_in_place


def test_blocks_cover_every_row_once_and_answers_keep_their_order():
    for length in (0, 1, BLOCK, 3 * BLOCK + 7):
        assert np.concatenate([np.arange(length)[part] for part in blocks(length)]).tolist() == list(range(length))
    assert at_once(lambda n: n * n, list(range(50)), threads=4) == [n * n for n in range(50)]
    keys = np.random.default_rng(6).integers(0, 1000, 5 * BLOCK)
    expected = np.sort(keys)
    sort_in_place(keys)
    np.testing.assert_array_equal(keys, expected)


@pytest.mark.parametrize("threads", [1, 2])
def test_a_crew_does_what_it_is_given_on_any_number_of_cores(threads):
    crew = Crew()
    asked = [crew.start(lambda n=n: n * n, threads=threads) for n in range(5)]
    assert [done.result() for done in asked] == [0, 1, 4, 9, 16]


def test_work_that_has_not_begun_is_forgotten_when_its_crew_is_dismissed():
    crew, go = Crew(), Event()
    begun, waiting = [crew.start(go.wait, threads=2) for _ in range(2)], crew.start(lambda: 1, threads=2)
    Crew.dismiss()
    go.set()
    assert [one.result(10) for one in begun] == [True, True]
    assert waiting.cancelled()
    assert crew.start(lambda: 2, threads=2).result() == 2, "it can be asked again"
