"""Outcomes of words: what is advised, and when nothing is."""

import pytest

from holdfast.data.values.advice import which_counts


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["0_no", "1_yes"] * 3, 'two texts: say which counts, --outcome "x=1_yes" or --outcome "x=0_no".'),
        (["lost", "won", "open"] * 2, 'three texts: say which counts, such as --outcome "x=lost".'),
        (["yes, at once", "no"] * 2, 'two texts: say in the YAML file which counts, outcomes: ["x=TEXT"].'),
        # One text, numbers with a unit, one row each (which may be names), and many kinds are no states.
        (["won"] * 4, ""),
        (["5 points", "10 points"] * 2, ""),
        (["12", "won"] * 4, ""),
        (["Ann", "Bob"], ""),
        ([f"state {chr(97 + i)}" for i in range(11)] * 3, ""),
    ],
)
def test_an_outcome_of_few_texts_is_stated_by_one_of_them(cells, said):
    assert which_counts("x", cells) == (f"It holds {said}" if said else "")
