"""Sentences: each is translated as a whole, with named placeholders; figures in them stand as the language has them."""

import re
from collections.abc import Mapping
from string import Formatter
from typing import Any

from holdfast.language import figures
from holdfast.language.catalogue import TOLD, pattern, told_messages, translations
from holdfast.language.spoken import ENGLISH, current

_SPEC = re.compile(r"(?P<sign>\+?),?\.(?P<digits>\d)(?P<kind>[f%])")
_SENTENCE_ENDS = re.compile(r"(?<=\.) ")
_COUNT = re.compile(r"(?P<count>[\d,]+) (?P<noun>.+)")


def gettext(message: str, /, **values: Any) -> str:
    """Return a sentence in the current language, its placeholders filled.

    ``{name}`` is put in as it is, ``{name:,.2f}`` and ``{name:.0%}`` as the language writes numbers, and
    ``{name:n day}`` as a number with its noun.

    Examples
    --------
    >>> from holdfast.language import speaking
    >>> gettext("{customers} customers", customers="12")
    '12 customers'
    >>> with speaking("da"):
    ...     print(gettext("{customers} customers", customers="12"))
    12 kunder
    """
    return fill(translated(message), values)


def translated(message: str) -> str:
    """Return a message in the current language, its placeholders open."""
    return translations(current()).gettext(message) if message else ""


def ngettext(singular: str, plural: str, number: int, /, **values: Any) -> str:
    """Return a sentence that depends on a number, ``{n}`` in it, in the current language.

    Examples
    --------
    >>> ngettext("{n} customer is here", "{n} customers are here", 1)
    '1 customer is here'
    """
    text = translations(current()).ngettext(singular, plural, number)
    return fill(text, {"n": figures.number(number), **values})


def counted(number: int, noun: str) -> str:
    """Return a number with its noun in the current language; each noun is a message of its own.

    Examples
    --------
    >>> counted(1, "day"), counted(1200, "purchase")
    ('1 day', '1,200 purchases')
    """
    return ngettext(f"{{n}} {noun}", f"{{n}} {noun}s", number)


def N_(message: str) -> str:  # noqa: N802  # gettext's name of it
    """Return a message as it is: it is translated where it is said, and this marks it for the catalogues."""
    return message


def to_tell(message: str) -> str:
    """Return a message as it is: ``told`` says it later, and this marks it for the catalogues."""
    return message


class _Filler(Formatter):
    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.startswith("n "):
            return counted(round(float(value)), format_spec.removeprefix("n "))
        spec = _SPEC.fullmatch(format_spec)
        if current() == ENGLISH or spec is None:
            return str(format(value, format_spec))
        write = figures.per_cent if spec["kind"] == "%" else figures.number
        return ("+" if spec["sign"] and value > 0 else "") + write(float(value), int(spec["digits"]))


_FILLER = _Filler()


def fill(text: str, values: Mapping[str, Any]) -> str:
    """Fill the placeholders of a translated text.

    Raises
    ------
    KeyError
        A value is not there.

    Examples
    --------
    >>> fill("{n:n purchase} in {days:n day}, {share:.0%}", {"n": 1.0, "days": 11.0, "share": 0.5})
    '1 purchase in 11 days, 50%'
    """
    return _FILLER.vformat(text, (), values) if values else text


def told(message: str, /, **values: Any) -> str:
    """Return a sentence for a file: always English; ``retold`` says it in the reader's language.

    Examples
    --------
    >>> told("The last purchase lies {days:n day} back.", days=3)
    'The last purchase lies 3 days back.'
    """
    from holdfast.language.spoken import speaking

    with speaking(ENGLISH):
        return fill(message, values)


def retold(text: str) -> str:
    """Return a sentence of a file in the current language; as it is where it is not one of ours.

    The message it was made from is found in the catalogue, with the values of its placeholders. Texts from elsewhere,
    such as the name of a column or an action of the configuration, stay.
    """
    if current() == ENGLISH or not text:
        return text
    said = _said(text)
    if said is not None:
        return said
    first, *more = text.split("; ")
    return "; ".join(map(retold, [first, *more])) if more else text


def _said(text: str) -> str | None:
    """Return a text of told sentences in the current language; ``None`` where it is not made of ours alone.

    Of several that stand beside each other a message could take all but the last for one of its values: so it is asked
    for what is one sentence first, then for several, and only then for one that holds others.
    """
    said = _of_one(text, several=False)
    if said is None and "; " in text:
        said = _of_parts(text, text.split("; "), "; ")
    if said is None:
        said = _of_one(text, several=True)
    if said is None and ". " in text:
        for end in _SENTENCE_ENDS.finditer(text):
            first, rest = text[: end.start()], text[end.end() :]
            if (one := _of_one(first, several=True)) is not None and (more := _said(rest)) is not None:
                return f"{one}{'' if current() == 'zh' else ' '}{more}"
    return said


def _of_parts(text: str, parts: list[str], between: str) -> str | None:
    said = [_said(part) for part in parts if part != text]
    return None if len(said) < len(parts) or None in said else between.join(map(str, said))


def _of_one(text: str, *, several: bool) -> str | None:
    """Return a text that is one message; with ``several`` its values may be sentences beside each other."""
    for message, found in told_messages():
        match = found.fullmatch(text)
        if match and (several or not any("; " in value for value in match.groupdict().values())):
            values = {name: _again(value) for name, value in match.groupdict().items()}
            return _SpecsDone().vformat(translations(current()).pgettext(TOLD, message), (), values)
    return None


def made_from(message: str, text: str) -> bool:
    """Say whether a text was made from a told message.

    Examples
    --------
    >>> made_from("No curve: {why}.", "No curve: too few."), made_from("No curve: {why}.", "No values.")
    (True, False)
    """
    return pattern(message).fullmatch(text) is not None


class _SpecsDone(Formatter):
    """Values that stand as they shall be shown, whatever the placeholder asks."""

    def format_field(self, value: Any, format_spec: str) -> str:  # noqa: ARG002  # that is the point
        return str(value)


def _again(value: str) -> str:
    """Return a value of a told sentence as the language has it: a figure, a date, a counted noun, a sentence."""
    count = _COUNT.fullmatch(value)
    if count is not None:
        number = int(count["count"].replace(",", ""))
        noun = count["noun"] if number == 1 else count["noun"].removesuffix("s")
        forms = f"{{n}} {noun}", f"{{n}} {noun}s"
        known = translations(current()).ngettext(*forms, number) not in forms
        if known:
            return counted(number, noun)
    shown = figures.localised(value)
    return shown if shown != value else retold(value)
