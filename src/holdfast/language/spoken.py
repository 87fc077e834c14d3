"""Which language is spoken: one at a time in each thread and each request of a server."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

ENGLISH = "en"
LANGUAGES = {"en": "English", "da": "dansk", "sv": "svenska", "nb": "norsk bokmål", "zh": "简体中文"}
"""The languages there are, each by its own name."""
# Where the name is not enough: of Chinese there are two scripts.
_TAGS, _LOCALES = {"zh": "zh-Hans"}, {"zh": "zh_Hans_CN"}
_spoken: ContextVar[str] = ContextVar("language", default=ENGLISH)


@contextmanager
def speaking(language: str) -> Iterator[None]:
    """Say everything within the block in a language; other threads and requests go on in theirs.

    Raises
    ------
    ValueError
        There is no such language.

    Examples
    --------
    >>> with speaking("da"):
    ...     print(current(), tag())
    da da
    >>> current()
    'en'
    """
    if language not in LANGUAGES:
        raise ValueError(f"there is no language {language!r}: {', '.join(LANGUAGES)}")
    before = _spoken.set(language)
    try:
        yield
    finally:
        _spoken.reset(before)


def current() -> str:
    """Return the language that is spoken: a key of ``LANGUAGES``."""
    return _spoken.get()


def tag() -> str:
    """Return its name for HTML and JavaScript (BCP 47)."""
    return _TAGS.get(current(), current())


def locale() -> str:
    """Return its name for Babel."""
    return _LOCALES.get(current(), current())
