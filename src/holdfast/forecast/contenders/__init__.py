"""Every file of this folder is one contender; a new one takes part as soon as its file lies here."""

from functools import cache

from holdfast.forecast.contender import ValueContender
from holdfast.learn.discover import discovered


@cache
def value_contenders() -> dict[str, type[ValueContender]]:
    """Return every contender by name: simple rules first, then in order of the alphabet."""
    return discovered(ValueContender, __name__, __path__)
