"""The catalogues: ``<language>.po`` beside this file, read when a language is first spoken; nothing is compiled before.

So a changed sentence is there at once, from a wheel as from an editable installation.
"""

import re
from functools import cache
from gettext import GNUTranslations, NullTranslations
from importlib.resources import files
from io import BytesIO
from string import Formatter
from typing import NamedTuple

from holdfast.language.spoken import ENGLISH, LANGUAGES

TOLD = "told"
"""Context of the messages that files hold in English."""


class Pattern(NamedTuple):
    """A told message, and what finds the values of its placeholders in an English text."""

    message: str
    found: re.Pattern[str]


@cache
def translations(language: str) -> NullTranslations:
    """Return the catalogue of a language; English needs none."""
    if language == ENGLISH:
        return NullTranslations()
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    text = (files("holdfast.language") / f"{language}.po").read_bytes()
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(text), locale=language, charset="utf-8"))
    compiled.seek(0)
    return GNUTranslations(compiled)


@cache
def told_messages() -> tuple[Pattern, ...]:
    """Return every message that files hold, those with most words of their own first; all catalogues have the same."""
    from babel.messages.pofile import read_po

    some = next(name for name in LANGUAGES if name != ENGLISH)
    text = BytesIO((files("holdfast.language") / f"{some}.po").read_bytes())
    messages = [m.id for m in read_po(text, charset="utf-8") if m.context == TOLD and isinstance(m.id, str)]
    return tuple(Pattern(m, pattern(m)) for m in sorted(messages, key=lambda m: (-_own(m), m)))


def _own(message: str) -> int:
    return sum(len(text) for text, *_ in Formatter().parse(message))


@cache
def pattern(message: str) -> re.Pattern[str]:
    """Return what matches every text made from a message, with a group for each placeholder."""
    parts, seen = [], set()
    for text, name, spec, _ in Formatter().parse(message):
        parts.append(re.escape(text))
        if name is None:
            continue
        parts.append(f"(?P={name})" if name in seen else f"(?P<{name}>{_found(spec or '')})")
        seen.add(name)
    return re.compile("".join(parts), re.DOTALL)


def _found(spec: str) -> str:
    if not spec:
        return ".+?"
    if spec.startswith("n "):
        return r"[\d,]+ " + re.escape(spec.removeprefix("n ")) + "s?"
    return r"[-+−]?[\d,.]+ ?%?"
