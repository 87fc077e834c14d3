"""Reasons that files keep in one language are said again in another, whichever; what is not ours stays."""

import json
from itertools import permutations
from string import Formatter

import numpy as np
import pytest
from docs import catalogues

from holdfast.churn.returners import LAPSED, ONCE, Returners
from holdfast.language import LANGUAGES, gettext, localised, said_again, speaking

MESSAGES = json.loads((catalogues.FOLDER / "reasons.json").read_text(encoding="utf-8"))
OWN = {"column": "hours watched", "level": "1.5", "plan": "Gold 2,5"}
SHARES = {"share": "18%", "usual": "7.5%", "value": "1,234", "average": "0.25"}


def in_all(message, values):
    """A message in every language, its figures as the language has them."""
    said = {}
    for language in LANGUAGES:
        with speaking(language):
            here = {k: localised(v) if isinstance(v, str) and k in SHARES else v for k, v in values.items()}
            here |= {k: gettext(v) for k, v in values.items() if k in ("group", "more", "reason")}
            said[language] = gettext(message, **here)
    return said


@pytest.mark.parametrize("message", MESSAGES)
def test_every_reason_is_said_again_in_every_language(message):
    specs = {name: spec for _, name, spec, _ in Formatter().parse(message) if name is not None}
    nested = {
        "group": "with 2 purchases",
        "more": "who visited in the last 30 days",
        "reason": "bought for the first time",
    }
    for number in (1.0, 1234.5):
        values = {name: number / 10_000 if spec.endswith("%") else number for name, spec in specs.items() if spec}
        values |= {name: (OWN | SHARES | nested).get(name, "30") for name, spec in specs.items() if not spec}
        said = in_all(message, values)
        for one, other in permutations(LANGUAGES, 2):
            with speaking(other):
                assert said_again(said[one]) == said[other], (one, other)


def test_what_reasons_are_made_of_is_listed():
    assert catalogues.reasons() == (catalogues.FOLDER / "reasons.json").read_text(encoding="utf-8")
    assert "silent for {days_since_last:n day} since the last purchase" in MESSAGES


@pytest.mark.parametrize("text", ["moved away", "has 2 cats; plays 30 days of golf", "", "Gold 2,5", "12 days"])
def test_what_is_not_ours_stays(text):
    for language in LANGUAGES:
        with speaking(language):
            assert said_again(text) == text


def test_who_came_back_is_said_again_with_the_groups_within():
    counts = {
        "gone 181 to 270 days": (100, 50),
        "gone 181 to 270 days with 3 to 5 purchases": (60, 40),
        "": (5000, 100),
    }
    known = Returners(180, 0, 60, counts={LAPSED: counts, ONCE: {}})
    shares = ("66.7%", "2.0%")
    said = {}
    for language in LANGUAGES:
        with speaking(language):
            group = gettext(
                "{group} {more}",
                group=gettext("gone {low} to {high} days", low=181, high=270),
                more=gettext("with 3 to 5 purchases"),
            )
            said[language] = known._sentence(LAPSED, group, shares, say=gettext)
    assert said["en"].startswith("66.7% of customers gone 181 to 270 days with 3 to 5 purchases came back within 60")
    for one, other in permutations(LANGUAGES, 2):
        with speaking(other):
            assert said_again(said[one]) == said[other], (one, other)
    assert np.all([text != said["en"] for language, text in said.items() if language != "en"])
