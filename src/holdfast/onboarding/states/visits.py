"""Whether somebody came to an appointment, as practices and hospitals write it: who did not come bought nothing."""

from collections.abc import Iterable

from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.states.words import State, state_of

# What words of names begin with.
_VISITS = ("attend", "appointment", "appt", "visit", "besuch", "termin", "rendez", "rdv", "cita", "wizyt", "besok")
# At an event that was paid for, who did not come bought it.
_EVENTS = ("event", "webinar", "class", "course", "training", "conference", "concert", "match", "meeting", "campaign")
# Who did not come, in letters that mean something else anywhere but beside those who came.
_AWAY = {"dna", "wnb", "was not brought", "fta", "failed to attend"}
_CAME = ("attended", "arrived", "seen", "checked in")


def is_of_visits(name: str) -> bool:
    """Say whether a column speaks of visits of one customer.

    Examples
    --------
    >>> [is_of_visits(name) for name in ("Attendance outcome", "Appointment result", "Webinar attendance", "Outcome")]
    [True, True, False, False]
    """
    words = plain_words(name)
    return any(w.startswith(_VISITS) for w in words) and not any(w.startswith(_EVENTS) for w in words)


def are_visits(values: Iterable[str]) -> bool:
    """Say whether words are those of visits: of who came, and of who did not.

    Examples
    --------
    >>> are_visits(["Attended", "DNA"]), are_visits(["RNA", "DNA"]), are_visits(["Attended", "Cancelled"])
    (True, False, False)
    """
    said = [" ".join(plain_words(value)) for value in values]
    return any(text.startswith(_CAME) for text in said) and any(visit_of(text) is State.NO_SHOW for text in said)


def visit_of(text: str) -> State:
    """Say what the state of a visit means.

    Examples
    --------
    >>> [str(visit_of(text)) for text in ("Attended", "DNA", "Was not brought", "Cancelled by patient", "Discharged")]
    ['sold', 'no show', 'no show', 'cancelled', 'unknown']
    """
    joined = " ".join(plain_words(text))
    if joined in _AWAY or joined.startswith("dna "):
        return State.NO_SHOW
    return State.SOLD if joined == "seen" else state_of(text)
