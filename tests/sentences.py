"""What is wrong with a sentence that says why somebody is on a list."""

import re

_NOUNS = "day|purchase|time|line|visit|ticket|period|message|customer|repeat purchase"
_N = r"([\d,]+(?:\.\d+)?)"
# (what is wrong, how it shows)
_WORDS = (
    ("a zero", r"(?<![\d.,])0(?:\.0+)?(?:%| [a-z])"),
    ("a plural of one", rf"(?<![\d.,])1 (?:{_NOUNS})s\b"),
    ("a singular of many", rf"(?<![\d.,])(?:[02-9]|\d[\d,]*\d) (?:{_NOUNS})\b"),
    ("a figure that is none", r"\b(?:nan|inf|None|NaT)\b"),
    ("a column's name", r"\w_\w"),
    (
        "a bare description",
        r"^(?:how|what|which) |^(?:spend per purchase|returns|visits|tickets|season|frequency|rhythm)$",
    ),
)
# The first figure must be above the second one (+), below (−), or differ (0): else the sentence says nothing.
_PAIRS = (
    ("+", rf"silent for {_N} days?; usually buys every {_N} days"),
    ("+", rf"silent for {_N} days?; the second purchase came {_N} days? after"),
    ("+", rf"(?:waited|last gap) {_N} days?.*[;,] usual(?:ly| gap) {_N}"),
    ("+", rf"{_N} repeat purchases? in the first half of .* days?, {_N} in the second"),
    ("-", rf"came to {_N}; the .*before to {_N}"),
    ("+", rf"{_N}% of customers .* (?:came back|bought again) .*, against {_N}% of all"),
    ("+", rf": {_N}% of these left, {_N}% of all"),
    ("-", rf"likely to stay: {_N}% risk, {_N}% on average"),
    ("0", rf"{_N}(?: days| times)?; {_N} (?:times )?on average"),
)


def faults(sentence: str) -> list[str]:
    """Return what a retention manager would stumble over: nothing, of a sentence that can be said."""
    found = [name for name, pattern in _WORDS if re.search(pattern, sentence)]
    for order, pattern in _PAIRS:
        if pair := re.search(pattern, sentence):
            a, b = (float(number.replace(",", "")) for number in pair.groups())
            if a == b or (order == "+" and a < b) or (order == "-" and a > b):
                found.append("a tautology")
    return found
