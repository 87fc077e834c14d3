"""What templates of HTML say: ``_()`` and ``ngettext()`` for Jinja."""

from typing import Any

from markupsafe import Markup, escape

from holdfast.language.sentences import fill, ngettext, translated
from holdfast.language.spoken import tag


def install(environment: Any) -> None:
    """Give the templates of a Jinja environment ``_(message, name=value)``, ``ngettext`` and ``language_tag()``.

    Messages and the values put into them are escaped.
    """
    environment.globals |= {"_": _said, "ngettext": _counted, "language_tag": tag}


def _said(message: str, /, **values: Any) -> Markup:
    return Markup(fill(_safe(translated(message)), _escaped(values)))  # noqa: S704  # both escaped


def _counted(singular: str, plural: str, number: int, /, **values: Any) -> Markup:
    return Markup(ngettext(singular, plural, number, **_escaped(values)))  # noqa: S704  # ours, escaped values


def _safe(message: str) -> str:
    # An apostrophe ends no attribute of ours: they stand in double quotes.
    return str(escape(message)).replace("&#39;", "'")


def _escaped(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | float) else escape(value) for name, value in values.items()}
