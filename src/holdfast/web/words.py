"""Words: what files hold in English for programs, as the page says it: values of columns, tasks, shares."""

from holdfast.language import N_, retold
from holdfast.language import gettext as _
from holdfast.report.page.words import percent, title
from holdfast.segments.rfm import SEGMENTS
from holdfast.web.view import Field

_TASKS = {"scores": N_("Scores"), "training": N_("Training"), "review": N_("Review")}
_VALUE = {"high": N_("high"), "middle": N_("middle"), "low": N_("low")}
_GRID = (
    N_("high value, high risk"),
    N_("high value, middle risk"),
    N_("high value, low risk"),
    N_("high value, lapsed"),
    N_("middle value, high risk"),
    N_("middle value, middle risk"),
    N_("middle value, low risk"),
    N_("middle value, lapsed"),
    N_("low value, high risk"),
    N_("low value, middle risk"),
    N_("low value, low risk"),
    N_("low value, lapsed"),
)
# Only columns of our own: what stands in the user's is not for us to translate.
_VALUES: dict[str, dict[str, str]] = {
    "segment": {name: name for name in SEGMENTS},
    "buyer": {name: name for name in (N_("new"), N_("loyal"), N_("sporadic"))},
    "value_band": _VALUE,
    "risk_band": _VALUE | {"lapsed": N_("lapsed")},
    "grid": {name: name for name in _GRID},
    "confidence": {name: name for name in (N_("low"), N_("medium"), N_("high"))},
    "treatment": {"nothing": N_("nothing")},
    "status": {name: name for name in (N_("listed"), N_("control"))}
    | {name: name for name in (N_("not worth contacting"), N_("beyond the budget or capacity"))},
}


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
    known = _VALUES.get(field.name, {}).get(text)
    if known is not None:
        return _(known)
    return retold(text) if field.name == "status" else text  # why somebody is kept off


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
