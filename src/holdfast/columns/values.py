"""Values of our own columns as a person reads them: files for programs keep them in English."""

from holdfast.language import N_, retold, said_again
from holdfast.language import gettext as _

# As `segments.rfm` names them; the room of segments lies above this one.
_SEGMENTS = (
    "Champions",
    "Loyal",
    "Potential Loyalist",
    "New Customers",
    "Promising",
    "Need Attention",
    "About To Sleep",
    "At Risk",
    "Cannot Lose Them",
    "Hibernating",
    "Lost",
)
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
# Those that `segments.tiers.levels` has unless others are stated.
_TIERS = {name: name for name in (N_("basic"), N_("silver"), N_("gold"), N_("platinum"))}
# Only columns of our own: what stands in the user's is not for us to translate.
_VALUES: dict[str, dict[str, str]] = {
    "segment": {name: name for name in _SEGMENTS},
    "buyer": {name: name for name in (N_("new"), N_("loyal"), N_("sporadic"))},
    "tier": _TIERS,
    "previous_tier": _TIERS,
    "value_band": _VALUE,
    "risk_band": _VALUE | {"lapsed": N_("lapsed")},
    "grid": {name: name for name in _GRID},
    "confidence": {name: name for name in (N_("low"), N_("medium"), N_("high"))},
    "treatment": {"nothing": N_("nothing")},
    "status": {name: name for name in (N_("listed"), N_("control"))}
    | {name: name for name in (N_("not worth contacting"), N_("beyond the budget or capacity"))},
}


def said_value(column: str, text: str) -> str:
    """Return a value of a column in the reader's language; what is not ours stays as it is.

    Examples
    --------
    >>> from holdfast.language import speaking
    >>> with speaking("da"):
    ...     said_value("segment", "Champions"), said_value("plan", "Champions")
    ('Mestre', 'Champions')
    """
    if column.startswith("reason_") or column == "action":
        return said_again(text)  # files keep it in the language in which customers were scored
    known = _VALUES.get(column, {}).get(text)
    if known is not None:
        return _(known)
    return retold(text) if column == "status" else text  # why somebody is kept off
