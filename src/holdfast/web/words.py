"""Words: what files hold in English for programs, as the page says it: values of columns, tasks, shares."""

from holdfast.columns.values import said_value
from holdfast.language import N_
from holdfast.language import gettext as _
from holdfast.report.page.words import percent, title
from holdfast.web.view import Field

_TASKS = {"scores": N_("Scores"), "training": N_("Training"), "review": N_("Review")}


def value_of(field: Field, text: str) -> str:
    """Return a value of a column in the reader's language; what is not ours stays as it is.

    Examples
    --------
    >>> from holdfast.language import speaking
    >>> with speaking("da"):
    ...     value_of(Field("segment", "choice"), "Champions"), value_of(Field("plan", "choice"), "Champions")
    ('Mestre', 'Champions')
    """
    if field.kind == "flag":
        return _({"yes": N_("yes"), "no": N_("no")}[text])
    return said_value(field.name, text)


def task(name: str) -> str:
    """Return what `holdfast status` calls a task, as a heading."""
    known = _TASKS.get(name)
    return _(known) if known else title(name)


def share(part: float) -> str:
    """Return a share in per cent with the digits it was given.

    Examples
    --------
    >>> share(0.2), share(0.125)
    ('20 %', '12.5 %')
    """
    return percent(part, len(f"{100 * part:g}".partition(".")[2]))
