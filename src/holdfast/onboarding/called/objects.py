"""Objects whose name stands before each of their fields: what a column is called without them."""

import re

from holdfast.data.values.words import plain_words
from holdfast.onboarding.called.elsewhere import known_name

# "Subscription: Term End Date", "plan.amount"; what an object's own name or number is called says nothing without it.
_OBJECT = re.compile(r"([A-Za-z][A-Za-z ]*)(?:: ?|[.])([A-Za-z].*)")
_OBJECTS = {"subscription", "contract", "plan", "rateplan", "rateplancharge", "productrateplan", "membership", "policy"}
_ITSELF = {"name", "id", "number", "no", "nummer", "code", "key"}


def seen_through(name: str) -> str:
    """Return a name without the object that reports and interfaces of billing systems write before each field.

    Examples
    --------
    >>> [seen_through(name) for name in ("Subscription: Status", "Account: Account Number", "plan.amount")]
    ['Status', 'Account Number', 'amount']
    >>> [seen_through(name) for name in ("Rate Plan: Name", "customer.created", "Total: net")]
    ['Rate Plan: Name', 'customer.created', 'Total: net']
    """
    found = _OBJECT.fullmatch(name.strip())
    if found is None:
        return known_name(name)
    of, words = plain_words(found[1]), plain_words(found[2])
    if words[: len(of)] == of and len(words) > len(of):
        return found[2]
    return found[2] if "".join(of) in _OBJECTS and words and "".join(words) not in _ITSELF else name
