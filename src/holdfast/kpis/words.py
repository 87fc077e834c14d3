"""The words of texts, in any language, and those that one group of customers writes more than another."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.learn.arrays import Floats

# Thai, kana, Han and Hangul are written without spaces between words; pairs of letters stand for words.
SPACELESS = re.compile("[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]")
_LETTER = rf"(?:(?!{SPACELESS.pattern})[^\W\d_])"
_TOKEN = re.compile(rf"{SPACELESS.pattern}+|{_LETTER}+(?:['’]{_LETTER}+)?")
# A word stands out where so many customers wrote it, at a false discovery rate of 5 %; at most so many are shown.
_FEWEST, _FALSE, _MOST = 5, 0.05, 20
# Of two words that are nearly the same customers', the less telling is left out.
_SAME = 0.8


def plain(text: str) -> str:
    """Return a text as it is compared: small letters without accents.

    Examples
    --------
    >>> plain("Trop CHER, déçu!")
    'trop cher, decu!'
    """
    apart = unicodedata.normalize("NFKD", text.casefold())
    return unicodedata.normalize("NFC", "".join(c for c in apart if not unicodedata.combining(c)))


def words_of(text: str) -> list[str]:
    """Return the words of a text and pairs of neighbours, in order; digits are no words.

    Examples
    --------
    >>> words_of("Too late, again!"), words_of("物流很慢")
    (['too', 'late', 'again', 'too late', 'late again'], ['物流', '流很', '很慢'])
    """
    words, pairs = list[str](), list[str]()
    before = ""
    for token in _TOKEN.findall(unicodedata.normalize("NFC", text.casefold())):
        if SPACELESS.match(token):
            words += [token[i : i + 2] for i in range(max(1, len(token) - 1))]
            before = ""
        else:
            words.append(token)
            if before:
                pairs.append(f"{before} {token}")
            before = token
    return words + pairs


def standing_out(
    texts: Sequence[str], customers: Sequence[str], first: Iterable[str], second: Iterable[str], least: int = 0
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the words that one group of customers writes more than the other, and the other's.

    Fisher's exact test of the customers who wrote a word, for every word of at least five; those that hold at a false
    discovery rate of 5 % (Benjamini & Hochberg 1995), at most 20 of a group. Of words that the same customers wrote,
    the most telling is shown, and of equals the longest single word.

    Parameters
    ----------
    texts, customers
        Of each comment: what was written, and by whom.
    first, second
        The customers of both groups.
    least
        Of a word, where more than five are needed.

    Returns
    -------
    tuple of pandas.DataFrame
        ``word``, ``customers`` who wrote it (of both groups), ``share`` of the group who wrote it, ``share_of_others``
        and ``p_value`` (one-sided), most telling first.

    Examples
    --------
    >>> texts = ["always late", "nice colours"] * 30
    >>> who = [str(i) for i in range(60)]
    >>> late, nice = standing_out(texts, who, who[::2], who[1::2])
    >>> late["word"].tolist(), late["share"].tolist(), nice["word"].tolist()
    (['always'], [1.0], ['colours'])
    """
    sides = {str(c): 0 for c in first} | {str(c): 1 for c in second}
    wrote: dict[str, set[str]] = {}
    writers: set[str] = set()
    for text, who in zip(texts, map(str, customers), strict=True):
        if who in sides:
            writers.add(who)
            for word in set(words_of(text)):
                wrote.setdefault(word, set()).add(who)
    fewest = max(_FEWEST, least)
    kept = {word: ids for word, ids in sorted(wrote.items()) if len(ids) >= fewest and len(word) > 1}
    sizes = [sum(1 for who in writers if sides[who] == side) for side in (0, 1)]
    if not kept or not all(sizes):
        return _no_words(), _no_words()
    counts = np.array([[sum(1 for who in ids if sides[who] == side) for side in (0, 1)] for ids in kept.values()])
    chance = np.stack([_more(counts[:, side], counts.sum(axis=1), sizes[side], sum(sizes)) for side in (0, 1)])
    at = _threshold(chance.ravel())
    return _words(kept, counts, sizes, chance, 0, at), _words(kept, counts, sizes, chance, 1, at)


def _more(hits: npt.NDArray[np.int64], drawn: npt.NDArray[np.int64], group: int, everyone: int) -> Floats:
    """Return P(at least so many of a word's customers are of the group), had chance chosen them (Fisher 1935)."""
    from scipy.stats import hypergeom

    return np.asarray(hypergeom.sf(hits - 1, everyone, group, drawn), dtype=np.float64)


def _threshold(p: Floats) -> float:
    """Return the largest p-value that holds at the false discovery rate; below 0 where none does."""
    ranked = np.sort(p)
    holds = ranked <= _FALSE * np.arange(1, len(p) + 1) / len(p)
    return float(ranked[holds].max()) if holds.any() else -1.0


def _words(
    kept: Mapping[str, set[str]],
    counts: npt.NDArray[np.int64],
    sizes: Sequence[int],
    chance: Floats,
    side: int,
    at: float,
) -> pd.DataFrame:
    names = list(kept)
    # Of equals a single word, and the longest: "delivery" says more than "was".
    order = sorted(range(len(names)), key=lambda i: (chance[side, i], " " in names[i], -len(names[i]), names[i]))
    shown: list[int] = []
    for i in order:
        if len(shown) == _MOST or chance[side, i] > at:
            break
        ids = kept[names[i]]
        if all(len(ids & kept[names[j]]) <= _SAME * len(ids | kept[names[j]]) for j in shown):
            shown.append(i)
    if not shown:
        return _no_words()
    return pd.DataFrame(
        {
            "word": [names[i] for i in shown],
            "customers": counts[shown].sum(axis=1),
            "share": counts[shown, side] / sizes[side],
            "share_of_others": counts[shown, 1 - side] / sizes[1 - side],
            "p_value": chance[side, shown],
        }
    )


def _no_words() -> pd.DataFrame:
    kinds = {
        "word": "str",
        "customers": "int64",
        "share": "float64",
        "share_of_others": "float64",
        "p_value": "float64",
    }
    return pd.DataFrame({name: pd.Series([], dtype=kind) for name, kind in kinds.items()})
