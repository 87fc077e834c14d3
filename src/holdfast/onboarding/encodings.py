"""In which encodings a text is tried, in this order; the first that can be read is taken."""

import codecs
import re
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from holdfast.onboarding import letters
from holdfast.onboarding.called.eastern import EASTERN

# What is valid UTF-8 by chance is rare; cp1252 has bytes without a letter, latin-1 has none; zero bytes, which UTF-16
# without its mark is full of, make the others refuse.
_BEFORE, _AFTER = ("utf-8",), ("cp1252", "latin-1", "utf-16-le", "utf-16-be")
_LOOKED_AT = 1 << 18
# Of everyday text in the right encoding nearly every sign is an everyday one. A curly apostrophe and the letter after
# it make such a sign, too (Women's), but a lonely one.
_MOST, _TOGETHER = 0.8, 0.5
# Encodings that share their signs' places differ by less in short texts: there the words of the line of names decide.
_NEARLY = 0.05
# Everybody's: marks of sentences, and Latin signs of full width.
_MARKS = "\u3000-\u303f\uff01-\uff5e\uffe5"
_KANA = "\u3040-\u30ff"
# Katakana of half width are single bytes, which are capitals with accents or Cyrillic ones elsewhere: they prove
# nothing, nor do signs that all encodings have.
_NEUTRAL = re.compile("[\uff61-\uff9f\u00a5\u00a7\u00b0\u00b1\u00b4\u00b6\u00d7\u00f7\u2010-\u22ff]")
# Signs of one text stand together, but for the name of a currency behind a number.
_RUN = re.compile("[^\x00-\x7f]{2,}|(?<=[0-9])[円元원]")


@dataclass(frozen=True)
class Eastern:
    """An encoding in pairs of bytes, and where in a table of its signs the everyday ones stand.

    Attributes
    ----------
    codec, said
        What the key `encoding` calls it, and what people do.
    table, first, last
        The encoding of the table, and the first bytes of its everyday signs.
    beside
        Further everyday signs: kana. A Chinese or Korean text has none, though its encoding does.
    """

    codec: str
    said: str
    table: str
    first: int
    last: int
    beside: str = ""


# Of those that fit alike, the one whose everyday signs are fewest comes first.
_EASTERN = (
    Eastern("cp949", "Korean (EUC-KR)", "euc_kr", 0xB0, 0xC8),
    Eastern("cp932", "Japanese (Shift-JIS)", "euc_jp", 0xB0, 0xCF, _KANA),
    Eastern("gb18030", "Chinese (GB18030, GBK)", "gb2312", 0xB0, 0xD7),
    Eastern("euc_jp", "Japanese (EUC-JP)", "euc_jp", 0xB0, 0xCF, _KANA),
    # As Windows wrote it, with numbers in circles.
    Eastern("euc_jis_2004", "Japanese (EUC-JP)", "euc_jp", 0xB0, 0xCF, _KANA),
    Eastern("cp950", "Chinese (Big5)", "big5", 0xA4, 0xC6),
    Eastern("big5hkscs", "Chinese (Big5)", "big5", 0xA4, 0xC6),
)
ALONE = frozenset(one.codec for one in _EASTERN)
"""Encodings whose texts no other could be of."""
SAID = {one.codec: one.said for one in _EASTERN} | letters.SAID
"""Encodings that are none of the West, and in which script their text is."""


def encodings_of(path: Path) -> tuple[str, ...]:
    """Return the encodings to try: Japanese, and Polish, would be read as Western letters, which no byte contradicts.

    Where letters are surely of an encoding no other is tried: it would read the file, and nothing in it.
    """
    with path.open("rb") as file:
        start = file.read(_LOOKED_AT)
        while start.isascii() and (more := file.read(_LOOKED_AT)):
            start = more
    if found := eastern(start):
        return (*_BEFORE, found)
    # A byte further on that this encoding has not shows that the text is in another.
    european = None if b"\0" in start or start.isascii() else letters.european(start)
    return (*_BEFORE, european, *_AFTER) if european else (*_BEFORE, *_AFTER)


def eastern(text: bytes) -> str | None:
    """Return the East Asian encoding of the beginning of a text that is no UTF-8, if it is in one.

    Examples
    --------
    >>> [eastern("下单时间,订单金额,¥35".encode("gb18030")), eastern("注文日,合計金額".encode("cp932"))]
    ['gb18030', 'cp932']
    >>> [eastern(text.encode(code)) for text, code in (("Käufer,Größe", "cp1252"), ("Клиент,Сумма", "cp1251"))]
    [None, None]
    """
    if text.isascii() or b"\0" in text or _start(text, "utf-8") is not None:
        return None
    fits: dict[str, tuple[float, int]] = {}
    for one in _EASTERN:
        read = _start(text, one.codec)
        if read is not None and (share := _everyday_share(read, one)) >= _MOST:
            fits[one.codec] = share, sum(word in read for word in _words())
    if not fits:
        return None
    best = max(share for share, _ in fits.values())
    near = {codec: words for codec, (share, words) in fits.items() if share >= best - _NEARLY}
    return max(near, key=near.__getitem__)


def _start(text: bytes, codec: str) -> str | None:
    """Return the beginning of a text, whose last sign may be cut; nothing where it is not in this encoding."""
    try:
        return codecs.getincrementaldecoder(codec)().decode(text)
    except UnicodeDecodeError:
        return None


def _everyday_share(text: str, one: Eastern) -> float:
    """Return how many of a text's signs are everyday ones; 0 where most of these stand alone."""
    own = re.compile(f"[{one.beside}{_MARKS}]")
    counts = Counter(text)
    signs = [c for c in counts if c > "\x7f" and not _NEUTRAL.match(c)]
    everyday = {c for c in signs if c in _table(one.table, one.first, one.last) or own.match(c)}
    found = sum(counts[c] for c in everyday)
    together = sum(c in everyday for run in _RUN.findall(text) for c in run)
    if not found or together < _TOGETHER * found:
        return 0.0
    return found / sum(counts[c] for c in signs)


@cache
def _table(codec: str, first: int, last: int) -> frozenset[str]:
    """Return the signs whose first byte lies between two."""
    pairs: Iterable[bytes] = (bytes((a, b)) for a in range(first, last + 1) for b in range(0x40, 0xFF))
    return frozenset(sign for pair in pairs if len(sign := pair.decode(codec, errors="ignore")) == 1 and sign > "\x7f")


@cache
def _words() -> tuple[str, ...]:
    """Return what columns are called in these scripts."""
    whole = {word for words, _, _ in EASTERN.values() for word in words.split()}
    return tuple(sorted(word for word in whole if len(word) > 1 and not word.isascii()))
