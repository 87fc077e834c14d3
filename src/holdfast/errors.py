"""Everything Holdfast refuses to do, each with its exit code.

HoldfastError (1)            something this package refuses
├── ConfigError (2)          a key, a value or an option is wrong
├── DataError (3)            the purchases cannot be read as stated
├── NotEnoughDataError (4)   readable, but nothing can be learnt from it
├── NotFoundError (5)        no model or no output yet: an earlier command is missing
├── DamagedModelError (6)    a model file is not the one that was written
├── StorageError (7)         a file or folder cannot be read, written or locked
└── PromiseError (8)         what happened is not what was promised, or today's rows are not like the training's

Messages say what, where (file, line, column, key) and what to do. They never show customers' data.
"""


class HoldfastError(Exception):
    """Anything Holdfast refuses to do; ``exit_code`` is what the command line returns."""

    exit_code = 1


class ConfigError(HoldfastError):
    """A configuration key, its value, or a command-line option is wrong."""

    exit_code = 2


class DataError(HoldfastError):
    """The purchases cannot be read as the configuration states."""

    exit_code = 3


class NotEnoughDataError(HoldfastError):
    """The purchases were read, but a model cannot be learnt from them."""

    exit_code = 4


class NotFoundError(HoldfastError):
    """A model or an output that an earlier command writes is not there."""

    exit_code = 5


class DamagedModelError(HoldfastError):
    """A stored model file differs from the one that was written, or is missing."""

    exit_code = 6


class StorageError(HoldfastError):
    """The system refuses a file or folder: no permission, no room, a file where a folder is needed, in use."""

    exit_code = 7


class PromiseError(HoldfastError):
    """What happened is not what was promised, or today's rows are not like the training's: ``holdfast monitor``."""

    exit_code = 8


def nearest(word: str, choices: list[str]) -> str:
    """Return ``' Did you mean "x"?'`` for the closest of ``choices``, or ``''``."""
    import difflib

    close = difflib.get_close_matches(word.lower(), [c.lower() for c in choices], n=1, cutoff=0.6)
    found = [c for c in choices if close and c.lower() == close[0]]
    return f' Did you mean "{found[0]}"?' if found else ""
