"""The check of sentences finds what it is for, and lets pass what can be said."""

import pytest

from tests.sentences import faults


@pytest.mark.parametrize(
    ("sentence", "wrong"),
    [
        ("how long a customer", "a bare description"),
        ("spend per purchase", "a bare description"),
        ("0 purchases in the last 90 days, 2 in the last 365", "a zero"),
        ("0% of contacts opened", "a zero"),
        ("1 purchases in 9 days", "a plural of one"),
        ("silent for 12 day; usually buys every 3 days", "a singular of many"),
        ("bought only 31 time in 400 days", "a singular of many"),
        ("last gap 104 days, usual gap 104", "a tautology"),
        ("silent for 30 days; usually buys every 30 days", "a tautology"),
        ("the last purchase came to 40.00; the 5 before to 40.00 on average", "a tautology"),
        ("6% of customers gone 181 to 270 days came back within 90 days, against 6% of all who lapsed", "a tautology"),
        ("hours 18.3; 18.3 on average", "a tautology"),
        ("silent for nan days", "a figure that is none"),
        ("spell_days 40; 43 on average", "a column's name"),
    ],
)
def test_what_is_wrong_is_found(sentence, wrong):
    assert wrong in faults(sentence)


@pytest.mark.parametrize(
    "sentence",
    [
        "silent for 1,108 days; usually buys every 9 days",
        "1 purchase in the last 90 days; 10 in the 275 days before",
        "bought only twice in 504 days",
        "1.2% of customers gone 181 to 270 days with one purchase came back within 90 days, against 0.4% of all who "
        "lapsed",
        "likely to stay: 0.1% risk, 5.6% on average",
        "not renewed yet; 2.1 times on average",
        "a customer for 38 days; 235 on average",
        "spends 10.00 per purchase",
    ],
)
def test_what_can_be_said_passes(sentence):
    assert faults(sentence) == []
