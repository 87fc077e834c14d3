"""Every file of this folder is one contender; a new one takes part as soon as its file lies here."""

from functools import cache

from holdfast.churn.contender import Contender
from holdfast.learn.discover import discovered


@cache
def contenders() -> dict[str, type[Contender]]:
    """Return every contender by name: simple rules first, then in order of the alphabet."""
    return discovered(Contender, __name__, __path__)
