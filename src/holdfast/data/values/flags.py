"""Yes and no as people write them: words that are always read, and pairs of words that a whole column keeps to."""

from collections.abc import Collection, Sequence
from typing import NamedTuple

from holdfast.data.engine import Reads, literal
from holdfast.data.values.parse import bare

FLAG = "true or false, yes or no, 1 or 0"
YES, NO = ("true", "yes", "y", "t", "1", "1.0"), ("false", "no", "n", "f", "0", "0.0")
_FLAGS = {"1": YES, "0": NO}


class Pair(NamedTuple):
    """What one language says for yes and for no, lower case; spellings of the same word count as one."""

    said: str
    yes: tuple[str, ...]
    no: tuple[str, ...]


PAIRS = (
    Pair("S/N", ("s",), ("n",)),
    Pair("O/N", ("o",), ("n",)),
    Pair("J/N", ("j",), ("n",)),
    Pair("sim/não", ("sim",), ("não", "nao")),
    Pair("sí/no", ("sí", "si", "sì"), ("no",)),
    Pair("oui/non", ("oui",), ("non",)),
    Pair("ja/nein", ("ja",), ("nein",)),
    Pair("ja/nej", ("ja",), ("nej",)),
    Pair("ja/nei", ("ja",), ("nei",)),
    Pair("ja/nee", ("ja",), ("nee",)),
    Pair("tak/nie", ("tak",), ("nie",)),
    Pair("да/нет", ("да",), ("нет",)),
    Pair("はい/いいえ", ("はい",), ("いいえ",)),
    Pair("是/否", ("是",), ("否",)),
    Pair("예/아니오", ("예",), ("아니오", "아니요")),
)
# Columns with more different words are in none of them.
_MOST_WORDS = max(len(pair.yes + pair.no) for pair in PAIRS)
ADVICE = (
    f"Write flags with these words, or all of the column with one of these pairs: {', '.join(p.said for p in PAIRS)}; "
    "S, O and J mean yes only where N stands in the column too."
)


def flag(column: str, pair: Pair | None = None) -> str:
    """Return the SQL of 1 or 0 for words that mean yes or no, NULL for others; of a pair, where it is given, alone."""
    words = _word(bare(column))
    meant = _FLAGS if pair is None else {"1": pair.yes, "0": pair.no}
    cases = " ".join(f"WHEN {words} IN ({', '.join(map(literal, w))}) THEN {v}" for v, w in meant.items())
    return f"CASE {cases} END"


def pair_in(connection: Reads, cells: Sequence[str]) -> Pair | None:
    """Return the pair that a column keeps to.

    Parameters
    ----------
    connection
        Where its tables are.
    cells
        Of each table a SELECT of its filled cells as texts, in a column ``cell``.
    """
    query = f"SELECT DISTINCT {_word('cell')} FROM ({' UNION ALL '.join(cells)}) AS c WHERE cell IS NOT NULL"
    return pair_of({str(row[0]) for row in connection.execute(f"{query} LIMIT {_MOST_WORDS + 1}").fetchall()})


def pair_of(words: Collection[str]) -> Pair | None:
    """Return the pair to which all these words belong; nothing where they are always read, or in none.

    A letter alone may mean anything (O: out), and to contact somebody who did not agree is harm: it means yes beside
    its N only.

    Examples
    --------
    >>> [pair and pair.said for pair in map(pair_of, (["s", "n"], ["ja"], ["yes", "no"], ["ja", "no"], ["o"]))]
    ['S/N', 'ja/nein', None, None, None]
    """
    found = set(words)
    if not found or found <= {word for always in _FLAGS.values() for word in always}:
        return None
    for pair in PAIRS:
        is_letter = pair.yes[0].isascii() and len(pair.yes[0]) == 1
        if found <= {*pair.yes, *pair.no} and not (is_letter and found.isdisjoint(pair.no)):
            return pair
    return None


def _word(text: str) -> str:
    return f"LOWER(nfc_normalize({text}))"
