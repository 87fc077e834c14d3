"""Files of an experiment: who was assigned to what, and what came of it; no purchases, but not for nothing."""

from collections.abc import Sequence

from holdfast.onboarding.export import Export
from holdfast.onboarding.names import plain_words
from holdfast.onboarding.profile import Profile

_ARMS = {"arm", "arms", "treatment", "treated", "treat", "group", "variant", "version", "promotion", "assignment"}
_OUTCOMES = {"conversion", "converted", "convert", "visit", "purchase", "purchased", "bought", "response", "responded"}
_OUTCOMES |= {"target", "outcome", "spend", "revenue", "retention", "clicked", "click"}
_MOST_ARMS = 10


def of_experiment(export: Export, found: Sequence[Profile]) -> str:
    """Return which command measures an experiment, where columns are called after arms and outcomes; else nothing."""
    arms = [p.name for p in found if 2 <= p.distinct <= _MOST_ARMS and _ARMS & set(plain_words(p.name))]
    able = [p for p in found if (p.is_number or p.distinct == 2) and p.name not in arms]
    outcomes = [p.name for p in able if _OUTCOMES & set(plain_words(p.name))]
    if not arms or not outcomes:
        return ""
    file = export.named[0]
    return (
        f' If "{arms[0]}" says who was assigned to what, it is an experiment: holdfast experiment measure --data '
        f'"{file}" --arm "{arms[0]}" --control NAME --outcome "{outcomes[0]}"'
    )
