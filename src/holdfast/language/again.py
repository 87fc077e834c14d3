"""Reasons said again: files keep them in the language in which customers were scored, and a page may speak another.

The messages that reasons are made of stand in ``reasons.json`` beside the catalogues; ``make language`` writes it.
"""

import json
import re
from functools import cache, lru_cache
from importlib.resources import files
from string import Formatter
from typing import Any, NamedTuple

from holdfast.language import figures
from holdfast.language.catalogue import translations
from holdfast.language.sentences import gettext
from holdfast.language.spoken import ENGLISH, LANGUAGES, current, locale, speaking

# Figures that are put in as texts; and what is the user's, whose columns and their values are never translated.
_FIGURES, _THEIRS = ("average", "share", "usual", "value"), ("column", "level", "plan")
_KEPT = 20_000


class _Form(NamedTuple):
    """A message as a language has it: what finds the values of its placeholders in a sentence."""

    message: str
    found: re.Pattern[str]
    specs: dict[str, str]
    between: str | None
    """Of a message that is nothing but two sentences, what stands between them."""


def said_again(text: str) -> str:
    """Return a reason in the current language, whichever it was said in; as it is where it is none of ours.

    Examples
    --------
    >>> with speaking("sv"):
    ...     print(said_again("silent for 40 days since the last purchase"))
    tyst i 40 dagar sedan det senaste köpet
    >>> said_again("tyst i 40 dagar sedan det senaste köpet"), said_again("moved away")
    ('silent for 40 days since the last purchase', 'moved away')
    """
    return _again(text, current()) if text else text


@lru_cache(_KEPT)
def _again(text: str, language: str) -> str:
    # Most are in the page's language already, and then no other catalogue is read.
    for spoken in dict.fromkeys((language, ENGLISH, *LANGUAGES)):
        if (said := _said(text, spoken)) is not None:
            return text if spoken == language else said
    return text


def _said(text: str, spoken: str, *, alone: bool = False) -> str | None:
    """Return a sentence of one language in the current one; ``None`` where it is none of ours.

    ``alone``: not two of ours, one after the other.
    """
    for form in _forms(spoken):
        if form.between is not None:
            if not alone and (said := _both(form, text, spoken)) is not None:
                return said
        elif match := form.found.fullmatch(text):
            found = match.groupdict().items()
            return gettext(form.message, **{n: _value(n, form.specs[n], value, spoken) for n, value in found})
    return None


def _both(form: _Form, text: str, spoken: str) -> str | None:
    """Return two sentences of ours, one after the other, in the current language."""
    between = form.between or ""
    for at in (found.start() for found in re.finditer(re.escape(between), text)):
        parts = (_said(part, spoken, alone=True) for part in (text[:at], text[at + len(between) :]))
        said = dict(zip(form.specs, parts, strict=True))
        if None not in said.values():
            return gettext(form.message, **said)
    return None


def _value(name: str, spec: str, text: str, spoken: str) -> Any:
    """Return the value of a placeholder, to be said in the current language."""
    if not spec:
        if name in _THEIRS:
            return text
        return figures.localised(_in_english(text, spoken)) if name in _FIGURES else _said(text, spoken) or text
    (figure,) = re.findall(_number(spoken), text)
    value = float(_in_english(figure, spoken).replace(",", ""))
    return value / 100 if spec.endswith("%") else value


def _in_english(text: str, spoken: str) -> str:
    """Return a figure of a language as English writes it."""
    group, decimal = _marks(spoken)
    digits = text.rstrip("% \u00a0").replace("−", "-").replace(group, "").replace(decimal, ".")
    # A year, and any other number without thousands apart, stays together.
    written = f"{float(digits):,.{len(digits.partition('.')[2])}f}" if group in text else digits
    return f"{written}%" if text.endswith("%") else written


@cache
def _marks(spoken: str) -> tuple[str, str]:
    """Return what stands between thousands and before decimals."""
    if spoken == ENGLISH:
        return ",", "."
    from babel.numbers import get_decimal_symbol, get_group_symbol

    with speaking(spoken):
        return get_group_symbol(locale()), get_decimal_symbol(locale())


@cache
def _number(spoken: str) -> str:
    group, decimal = map(re.escape, _marks(spoken))
    return rf"[-−]?(?:\d{{1,3}}(?:{group}\d{{3}})+|\d+)(?:{decimal}\d+)?"


@cache
def _forms(spoken: str) -> tuple[_Form, ...]:
    """Return the messages of reasons as a language has them, those with most words of their own first."""
    messages = json.loads((files("holdfast.language") / "reasons.json").read_text(encoding="utf-8"))
    said = [(message, translations(spoken).gettext(message)) for message in messages]
    return tuple(_form(m, text, spoken) for m, text in sorted(said, key=lambda pair: (-_own(pair[1]), pair)))


def _own(text: str) -> int:
    return sum(letter.isalnum() for part, *_ in Formatter().parse(text) for letter in part)


def _form(message: str, text: str, spoken: str) -> _Form:
    pieces, specs = [], {}
    for part, name, spec, _ in Formatter().parse(text):
        pieces.append(re.escape(part))
        if name is not None:
            again = name in specs
            specs[name] = spec or ""
            pieces.append(f"(?P={name})" if again else f"(?P<{name}>{_found(name, spec or '', spoken)})")
    between = None if _own(text) or any(specs.values()) else re.sub(r"\{\w+\}", "", text)
    return _Form(message, re.compile("".join(pieces), re.DOTALL), specs, between)


def _found(name: str, spec: str, spoken: str) -> str:
    share = r"(?:[ \u00a0]?%)"
    if not spec:
        return f"{_number(spoken)}{share}?" if name in _FIGURES else ".+?"
    if not spec.startswith("n "):
        return _number(spoken) + (share if spec.endswith("%") else "")
    noun = f"{{n}} {spec.removeprefix('n ')}"
    forms = dict.fromkeys(translations(spoken).ngettext(noun, f"{noun}s", n) for n in (2, 1))
    # The longer one first: "days" is not "day" with an s left over.
    return "(?:" + "|".join(re.escape(form).replace(r"\{n\}", _number(spoken)) for form in forms) + ")"
