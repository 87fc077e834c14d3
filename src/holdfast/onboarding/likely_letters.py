"""Whether words of single bytes are more likely Central European or Western ones, where no byte says so for sure."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from math import log

from holdfast.onboarding.letter_counts import BESIDE, CENTRAL, NEIGHBOURS, WESTERN

# Of a thousand letters, fewer than these are seldom ones in any language: who reads names of others, meets some.
_SELDOM = 4
# So many times as likely (e^8 is 3,000), in so many words: most texts are Western.
_LIKELY, _WORDS = 8, 2
_EVEN = 2


def is_central(words: Sequence[bytes]) -> bool:
    """Say whether different words, each with a letter that has a mark, are likely Central European ones in cp1250.

    By how often each letter is in the language that fits best, and by the letters beside those that are others in the
    West: an `è` stands before no vowel there, as a `č` does.

    Examples
    --------
    >>> is_central([word.encode("cp1250") for word in ("Naročilo", "plačano", "količina", "poslovalnica")])
    True
    >>> is_central([word.encode("cp1252") for word in ("père", "crème", "siècle", "problème", "très")])
    False
    """
    counts = Counter(byte for word in words for byte in word if byte > 0x7F)
    central, western = (max(_fit(counts, language) for language in _languages(code)) for code in ("cp1250", "cp1252"))
    differ = [list(_beside(word)) for word in words]
    if sum(map(bool, differ)) < _WORDS:
        return False
    return central - western + sum(score for scores in differ for score in scores) > _LIKELY


def _fit(counts: Mapping[int, int], often: Mapping[int, int]) -> float:
    """Return the logarithm of how likely letters are in a language."""
    return sum(n * log(often.get(byte, _SELDOM) / 1000) for byte, n in counts.items())


@cache
def _languages(code: str) -> tuple[dict[int, int], ...]:
    """Return how often each byte is in a thousand, by language."""
    tables = (CENTRAL if code == "cp1250" else WESTERN).values()
    return tuple({one[0].encode(code)[0]: int(one[1:]) for one in table.split()} for table in tables)


def _beside(word: bytes) -> Iterator[int]:
    """Yield what the neighbours of each letter that is another in the West speak for."""
    for at, byte in enumerate(word):
        if byte in BESIDE:
            before, behind = BESIDE[byte]
            yield int(before[_place(word, at - 1)]) + int(behind[_place(word, at + 1)]) - 2 * _EVEN


def _place(word: bytes, at: int) -> int:
    if not 0 <= at < len(word):
        return NEIGHBOURS.index("^" if at < 0 else "$")
    return max(NEIGHBOURS.find(chr(word[at]).lower() if word[at] < 0x80 else "*"), NEIGHBOURS.index("*"))
