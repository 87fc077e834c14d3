"""The one place where time is cut: no change of its logic goes unnoticed. `make mutate` tries lists and CLV too."""

import pytest

from tests.mutants.harness import CUTOFF, mutate, only_words


@pytest.mark.slow
def test_no_change_of_the_cutoff_goes_unnoticed(tmp_path):
    outcome = mutate(CUTOFF, tmp_path)
    assert outcome.tried == outcome.made > 40
    assert outcome.not_reached == []
    assert outcome.alive == {}


def test_differences_in_words_are_told_apart_from_others():
    assert only_words('-    raise ValueError("must be")\n+    raise ValueError("XXmust beXX")')
    assert only_words("-        raise X(f'{a} must')\n+        raise X(f'{a} MUST')")
    assert not only_words('-    raise ValueError("must be")\n+    raise ValueError(None)')
    assert not only_words("-    return a < 1\n+    return a <= 1")
