"""Work in blocks and at once."""

import numpy as np

from holdfast.learn.parallel import BLOCK, at_once, blocks, sort_in_place


def test_blocks_cover_every_row_once_and_answers_keep_their_order():
    for length in (0, 1, BLOCK, 3 * BLOCK + 7):
        assert np.concatenate([np.arange(length)[part] for part in blocks(length)]).tolist() == list(range(length))
    assert at_once(lambda n: n * n, list(range(50)), threads=4) == [n * n for n in range(50)]
    keys = np.random.default_rng(6).integers(0, 1000, 5 * BLOCK)
    expected = np.sort(keys)
    sort_in_place(keys)
    np.testing.assert_array_equal(keys, expected)
