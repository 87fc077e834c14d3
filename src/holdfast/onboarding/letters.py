"""Texts whose letters are single bytes: of which part of Europe they are, by the letters that stand together.

A byte is another letter in each of these encodings, and hardly one contradicts: Polish and Russian read as Western
letters are `z³o¿enia` and `Äàòà`. A text is read as what most texts are, Western, unless nearly all of its letters are
those of one language in another encoding, and clearly fewer are those of one Western language.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from holdfast.data.values.words import word_list
from holdfast.onboarding.likely_letters import is_central

WESTERN, _CENTRAL_CODEC = "cp1252", "cp1250"
# What all languages of the West write with marks.
_WEST = word_list("""
    äöüß àâæçéèêëîïôœùûüÿ æøåéäöü åäöéü áéíóúüñ ãáàâçéêíóôõúü àèéìíîòóù ëïéèóöüá áðéíóúýþæö äöõüšž àçèéíïòóúü
""")
# Of Slovak without ŕ and ĺ: they are seldom, and à and å of the West.
_CENTRAL = (
    "ąćęłńóśźż",
    "áčďéěíňóřšťúůýž",
    "áäčďéíľňóôšťúýž",
    "áéíóöőúüű",
    "čćđšž",
    "ăâîşţ",
)
_TURKISH = ("çğıİöşüâîû",)
_BALTIC = ("ąčęėįšųūž", "āčēģīķļņšūž")
_RUSSIAN = ("абвгдеёжзийклмнопрстуфхцчшщъыьэюя",)
_CYRILLIC = (*_RUSSIAN, "абвгґдеєжзиіїйклмнопрстуфхцчшщьюя", "абвгдђежзијклљмнњопрстћуфхцчџш")
_GREEK = ("αάβγδεέζηήθιίϊΐκλμνξοόπρσςτυύϋΰφχψωώ",)
_HEBREW = ("אבגדהוזחטיךכלםמןנסעףפץצקרשת",)
# Letters of which most of a text is; in another script's encoding they are seldom ones.
_OFTEN = {"а": "оеаинтсрвлкі", "α": "αοιετνσρηπ", "א": "יוהלארמתבנש"}
# Of its letters Hungarian has only ő and ű elsewhere than the West: a word of a heading is often all that shows them.
_HUNGARIAN = word_list("""
    vevő vevőkód idő időpont időszak határidő előfizetés előfizető fizető megrendelő rendelő szerződés szerződő
    díjbekérő művelet ügyintéző értékesítő gyűjtő felelős következő kezdő előleg időszaki szűrő fő működő beszerző
    jellegű
""")
# Nearly all letters are of the language; so many more than of any Western one; in so many words, by so many letters
# that are other ones in the West, or in so many words that are none at all there.
_NEARLY_ALL, _MORE, _WORDS, _DIFFERENT, _NO_WORDS = 0.9, 0.05, 6, 2, 2
# Where these are fewer, the Western languages must be further off, and the words must come again and again, as those of
# states do: a few names are of all countries.
_MUCH_MORE, _OF_LINES = 0.25, 0.2
# Of so many letters is a word that shows a script.
_WHOLE = 3
_ALPHABET = 100
_MOST_WORDS = 4000
# Of the letters of a text in another script so many are frequent ones.
_FREQUENT = 0.5
# What stands in words of any language, and what is no letter of one.
_IN_WORDS, _NO_LETTERS, _NO_CHARACTER = "’‘`´–—·\u00a0\u00ad", "ªºµ", "\ufffd"
_WORD = re.compile(rb"[A-Za-z\x80-\xff]*[\x80-\xff][A-Za-z\x80-\xff]*")


@dataclass(frozen=True)
class Letters:
    """An encoding, what people do who write in it, and its languages' letters, or its script's."""

    codec: str
    said: str
    languages: tuple[str, ...]

    @property
    def often(self) -> str:
        """The frequent letters of a script that is not Latin; nothing for others."""
        return next((often for first, often in _OFTEN.items() if first in self.languages[0]), "")


_ALL = (
    Letters("cp1250", "Central European (Windows-1250)", _CENTRAL),
    Letters("iso-8859-2", "Central European (ISO 8859-2)", _CENTRAL),
    Letters("cp1251", "Cyrillic (Windows-1251)", _CYRILLIC),
    Letters("koi8-r", "Cyrillic (KOI8-R)", _RUSSIAN),
    Letters("cp866", "Cyrillic (DOS 866)", _RUSSIAN),
    Letters("cp1253", "Greek (Windows-1253)", _GREEK),
    Letters("cp1254", "Turkish (Windows-1254)", _TURKISH),
    Letters("cp1255", "Hebrew (Windows-1255)", _HEBREW),
    Letters("cp1257", "Baltic (Windows-1257)", _BALTIC),
)
SAID = {one.codec: one.said for one in _ALL}
"""Encodings of single bytes beside the Western one, and of what their letters are."""


def european(text: bytes) -> str | None:
    """Return the encoding of the beginning of a text of single bytes; nothing where it is the Western one.

    Examples
    --------
    >>> european("Numer zamówienia;Data złożenia;Imię;Wartość;Płatność".encode("cp1250"))
    'cp1250'
    >>> european("Дата;Номер;Контрагент;Сумма документа;Состояние".encode("cp1251"))
    'cp1251'
    >>> european("Käufer;Größe;Prénom;Adresse de livraison à côté".encode("cp1252")) is None
    True
    """
    counts, lines = Counter(_WORD.findall(text)), 1 + text.count(b"\n")
    words = list(counts)[:_MOST_WORDS]
    western = [_decoded(word, WESTERN) for word in words]
    usual = max(_share(western, _judged(western, letters)) for letters in _WEST)
    found: list[tuple[float, str]] = []
    for one in _ALL:
        read = [_decoded(word, one.codec) for word in words]
        differ = [[a != b for a, b in zip(new, old, strict=True)] for new, old in zip(read, western, strict=True)]
        others = [old for old, marks in zip(western, differ, strict=True) if any(marks)]
        if not _is_evidence(one, words, western, read, counts, lines):
            continue
        more = _MORE if len(others) >= _WORDS else _MUCH_MORE
        frequent = _frequent(read, one.often) if one.often else _FREQUENT
        for letters in one.languages:
            judged = _judged(read, letters, own_script=bool(one.often))
            share, of_others = _share(read, judged), _share(read, judged, differ)
            if min(share, of_others) >= _NEARLY_ALL and share > usual + more and frequent >= _FREQUENT:
                # Where all letters are of two alphabets, that of fewer letters says more.
                found.append((share + frequent - len(letters) / _ALPHABET, one.codec))
    # Of those that fit alike the one that comes first.
    return max(found, key=lambda fit: fit[0])[1] if found else _likely(words)


def _likely(words: Sequence[bytes]) -> str | None:
    """Return the Central European encoding where words are likely of it, and their letters of one language."""
    hungarian = any(_decoded(word, _CENTRAL_CODEC).lower() in _HUNGARIAN for word in words)
    if not is_central(words) and not hungarian:
        return None
    fits = {}
    for codec in (_CENTRAL_CODEC, "iso-8859-2"):
        read = [_decoded(word, codec) for word in words]
        fits[codec] = max(_share(read, _judged(read, letters)) for letters in _CENTRAL)
    best = max(fits, key=fits.__getitem__)
    return best if fits[best] >= _NEARLY_ALL else None


def _is_evidence(
    one: Letters,
    words: Sequence[bytes],
    western: Sequence[str],
    read: Sequence[str],
    counts: Counter[bytes],
    lines: int,
) -> bool:
    """Say whether words enough are others in this encoding than in the Western one."""
    if one.often:
        # No Western word has marks on all of its letters.
        return sum(len(word) >= _WHOLE and not any(c.isascii() for c in word) for word in read) >= _DIFFERENT
    pairs = [(new, old, counts[word]) for word, new, old in zip(words, read, western, strict=True) if new != old]
    different = {b.lower() for new, old, _ in pairs for a, b in zip(new, old, strict=True) if a != b and a.isalpha()}
    none = sum(_is_no_word(old) for _, old, _ in pairs)
    if none >= _NO_WORDS or (none and len(different) > _DIFFERENT):
        return True
    again = sum(times for *_, times in pairs)
    return len(different) >= _DIFFERENT and (len(pairs) >= _WORDS or again >= _OF_LINES * lines)


@cache
def _table(codec: str) -> str:
    """Return the characters of all bytes."""
    return "".join(bytes([byte]).decode(codec, errors="replace") for byte in range(256))


def _decoded(word: bytes, codec: str) -> str:
    """Return a word with one character for each byte."""
    table = _table(codec)
    return "".join(table[byte] for byte in word)


def _judged(words: Sequence[str], letters: str, *, own_script: bool = False) -> list[list[bool | None]]:
    """Return of each character of words whether it is one of a language's letters, None where that says nothing.

    A mark inside of a word is none, nor is a capital behind a small letter; in a script of its own nor is any of a word
    that has Latin letters, too.
    """
    return [[_is_right(word, i, letters, own_script) for i in range(len(word))] for word in words]


def _is_right(word: str, at: int, letters: str, own_script: bool) -> bool | None:
    c = word[at]
    if c.isascii():
        return None
    if c in _IN_WORDS:
        return None
    if c == _NO_CHARACTER or not c.isprintable():
        return False
    if not c.isalpha() or c in _NO_LETTERS:
        inside = 0 < at < len(word) - 1 and word[at - 1].isalpha() and word[at + 1].isalpha()
        return False if inside else None
    if (c.lower() not in letters and c not in letters) or (c.isupper() and at > 0 and word[at - 1].islower()):
        return False
    return not (own_script and any(other.isascii() for other in word))


def _share(words: Sequence[str], judged: list[list[bool | None]], of: list[list[bool]] | None = None) -> float:
    """Return how many of the characters that say something are right; of some of them only where these are given."""
    marks = [mark for i in range(len(words)) for j, mark in enumerate(judged[i]) if of is None or of[i][j]]
    said = [mark for mark in marks if mark is not None]
    return sum(said) / len(said) if said else 0.0


def _is_no_word(word: str) -> bool:
    """Say whether marks stand between the letters of a word."""
    return any(_is_right(word, i, c.lower(), False) is False for i, c in enumerate(word) if not c.isalpha())


def _frequent(words: Sequence[str], often: str) -> float:
    """Return which share of the letters beyond Latin ones are frequent ones."""
    letters = [c for word in words for c in word.lower() if c.isalpha() and not c.isascii()]
    return sum(c in often for c in letters) / len(letters) if letters else 0.0
