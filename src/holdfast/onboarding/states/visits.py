"""Whether somebody came to an appointment, as practices and hospitals write it: who did not come bought nothing."""

from collections.abc import Iterable

from holdfast.onboarding.called.names import plain_words
from holdfast.onboarding.states.words import State, state_of

# What words of names begin with.
_VISITS = ("attend", "appointment", "appt", "visit", "besuch", "termin", "rendez", "rdv", "cita", "wizyt", "besok")
# Whoever comes to these buys what is done there; a visit may have been paid for, as of a museum.
_APPOINTMENTS = ("appointment", "appt", "rendez", "rdv", "cita", "wizyt", "afspra", "appuntament", "consultation")
# When an appointment was made, or of another than this one.
_MADE = ("book", "buch", "gebuch", "creat", "erstellt", "angelegt", "opret", "skapad", "bokad", "made", "added", "boek")
_OTHERS = {"next", "last", "previous", "prior", "follow", "recall", "nachster", "letzter", "prochain", "dernier"}
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


def is_when_made(name: str) -> bool:
    """Say whether a column of days says when something was booked or made, and not when it is.

    Examples
    --------
    >>> [is_when_made(name) for name in ("Booked On", "Appointment Created Date", "Erstellt am", "Appointment Date")]
    [True, True, True, False]
    """
    return any(word.startswith(_MADE) for word in plain_words(name))


def is_day_of_visit(name: str, *, sure: bool = True) -> bool:
    """Say whether a column of days says when somebody came; ``sure``: to an appointment, which nobody pays before.

    Examples
    --------
    >>> [is_day_of_visit(name) for name in ("Appointment Date", "Termin", "Next appointment", "Visit Date", "Terminal")]
    [True, True, False, False, False]
    >>> is_day_of_visit("Visit Date", sure=False), is_day_of_visit("Check-in", sure=False)
    (True, False)
    """
    words = plain_words(name)
    if is_when_made(name) or _OTHERS & set(words):
        return False
    return any(w.startswith(_APPOINTMENTS) or w == "termin" for w in words) or (not sure and is_of_visits(name))


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
