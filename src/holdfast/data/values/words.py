"""The words of a name or of a cell, in lower case and without accents; and tables of words, written as text."""

import re
import unicodedata

_LETTERS = str.maketrans({"ø": "o", "æ": "ae", "ß": "ss", "œ": "oe", "đ": "d", "ł": "l", "ı": "i"})
# What is kept of a name: Latin letters, and the scripts of Japanese, Chinese and Korean.
_KEPT = re.compile("[a-z0-9]+|[\u3005\u3040-\u30ff\u4e00-\u9fff\uac00-\ud7a3]+")
_ACCENTS = re.compile("[\u0300-\u036f]")


def lowered(text: str) -> str:
    """Return a text in lower case, letter by letter, as LOWER of the embedded engine does.

    Examples
    --------
    >>> lowered("İptal Edildi"), lowered("ΟΔΟΣ"), lowered("Straße")
    ('iptal edildi', 'οδοσ', 'straße')
    """
    return "".join("i" if letter == "\u0130" else letter.lower() for letter in text)


def plain_words(name: str) -> list[str]:
    """Return the words of a name in lower case, without accents.

    Examples
    --------
    >>> plain_words("CustomerID"), plain_words("Numéro de commande"), plain_words("ordre_beløb")
    (['customer', 'id'], ['numero', 'de', 'commande'], ['ordre', 'belob'])
    >>> plain_words("顧客ＩＤ"), plain_words("金額（税込）")
    (['顧客', 'id'], ['金額', '税込'])
    >>> plain_words("Satış Tutarı"), plain_words("İNDİRİM")
    (['satis', 'tutari'], ['indirim'])
    """
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
    bare = _ACCENTS.sub("", unicodedata.normalize("NFKD", spaced.casefold().translate(_LETTERS)))
    # Marks of kana, and the parts of Korean syllables, are no accents: they are put together again.
    return _KEPT.findall(unicodedata.normalize("NFC", bare))


def word_list(table: str) -> tuple[str, ...]:
    """Return the words of a table, in its order: between blanks, or between semicolons where some hold blanks.

    Examples
    --------
    >>> word_list("paid betalt"), word_list("past due; overdue")
    (('paid', 'betalt'), ('past due', 'overdue'))
    """
    return tuple(" ".join(word.split()) for word in table.split(";" if ";" in table else None))


def word_set(table: str) -> frozenset[str]:
    """Return the words of a table, to look one up."""
    return frozenset(word_list(table))
