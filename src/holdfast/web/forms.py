"""Forms: texts as people type them → what `holdfast list` takes."""

from collections.abc import Mapping
from math import isfinite
from typing import Any

from holdfast.language import gettext as _
from holdfast.web.refused import PageError

FORMS = ("csv", "xlsx")
FIELDS = ("list", "budget", "capacity", "control", "format")


def wanted_list(form: Mapping[str, str], lists: Mapping[str, str]) -> dict[str, Any]:
    """Return what list is to be made, as ``Site.make`` takes it.

    Raises
    ------
    PageError
        A field is no number, or there is no such list or format.

    Examples
    --------
    >>> wanted_list({"list": "at_risk", "budget": "100", "capacity": "", "control": "10"}, {"at_risk": "active"})
    {'name': 'at_risk', 'budget': 100.0, 'capacity': None, 'control_share': 0.1, 'form': 'csv'}
    """
    if set(form) - set(FIELDS):
        raise PageError(400, _("This form has fields that the page does not know."))
    name, kind = form.get("list", ""), form.get("format", "csv")
    if name not in lists:
        raise PageError(400, _("Choose one of the lists."))
    if kind not in FORMS:
        raise PageError(400, _("Choose one of the formats {formats}.", formats=", ".join(FORMS)))
    budget = _number(form.get("budget", ""), _("The budget is an amount of 0 or more, such as 1000."))
    said = _("The capacity is a whole number of customers, 0 or more.")
    capacity = _number(form.get("capacity", ""), said)
    if capacity is not None and capacity != int(capacity):
        raise PageError(400, said)
    said = _("The control group is a share in per cent, from 0 to below 100.")
    control = _number(form.get("control", ""), said)
    if control is not None and control >= 100:
        raise PageError(400, said)
    return {
        "name": name,
        "budget": budget,
        "capacity": None if capacity is None else int(capacity),
        "control_share": None if control is None else control / 100,
        "form": kind,
    }


def _number(text: str, said: str) -> float | None:
    if not text.strip():
        return None
    try:
        number = float(text)
    except ValueError:
        raise PageError(400, said) from None
    if not isfinite(number) or not 0 <= number <= 1e12:
        raise PageError(400, said)
    return number
