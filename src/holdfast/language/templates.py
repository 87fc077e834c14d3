"""What templates of HTML say: ``_()`` and ``ngettext()`` for Jinja."""

from typing import Any

from markupsafe import Markup, escape

from holdfast.language.sentences import gettext, ngettext
from holdfast.language.spoken import tag


def install(environment: Any) -> None:
    """Give the templates of a Jinja environment ``_(message, name=value)``, ``ngettext`` and ``language_tag()``.

    Messages are ours and may stand in HTML as they are; the values put into them are escaped.
    """
    environment.globals |= {"_": _said, "ngettext": _counted, "language_tag": tag}


def _said(message: str, /, **values: Any) -> Markup:
    return Markup(gettext(message, **_escaped(values)))  # noqa: S704  # our message, escaped values


def _counted(singular: str, plural: str, number: int, /, **values: Any) -> Markup:
    return Markup(ngettext(singular, plural, number, **_escaped(values)))  # noqa: S704  # likewise


def _escaped(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value if isinstance(value, int | float) else escape(value) for name, value in values.items()}
