"""Sentences, numbers and dates in the reader's language: one current language, gettext catalogues, CLDR's forms.

What a file holds for programs stays English (``told``); who shows it to a person says it again (``retold``).
"""

from holdfast.language.again import said_again
from holdfast.language.figures import amount, compact, day, localised, month, number, per_cent
from holdfast.language.sentences import N_, counted, fill, gettext, made_from, ngettext, retold, to_tell, told
from holdfast.language.spoken import LANGUAGES, current, speaking, tag
from holdfast.language.templates import install

__all__ = [
    "LANGUAGES",
    "N_",
    "amount",
    "compact",
    "counted",
    "current",
    "day",
    "fill",
    "gettext",
    "install",
    "localised",
    "made_from",
    "month",
    "ngettext",
    "number",
    "per_cent",
    "retold",
    "said_again",
    "speaking",
    "tag",
    "to_tell",
    "told",
]
