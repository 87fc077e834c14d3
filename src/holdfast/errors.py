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

from importlib.util import find_spec


class HoldfastError(Exception):
    """Anything Holdfast refuses to do; ``exit_code`` is what the command line returns.

    Examples
    --------
    >>> import holdfast
    >>> try:
    ...     config = holdfast.load_config("nowhere.yaml")
    ... except holdfast.HoldfastError as error:
    ...     print(error.exit_code, error)
    2 nowhere.yaml: no such configuration file; -c FILE names yours.
    """

    exit_code = 1


class ConfigError(HoldfastError):
    """A configuration key, its value, or a command-line option is wrong.

    Examples
    --------
    >>> import holdfast
    >>> try:
    ...     config = holdfast.make_config({"name": "shop", "purchases": {}, "as_off": "2024-03-01"})
    ... except ConfigError as error:
    ...     print(error)
    config: as_off is not a key. Did you mean "as_of"?
    """

    exit_code = 2


class DataError(HoldfastError):
    """The purchases cannot be read as the configuration states.

    Examples
    --------
    >>> import pandas as pd
    >>> from holdfast.data import Columns, Source, read_purchases
    >>> frame = pd.DataFrame({"customer_id": ["ann"], "ordered_at": ["2024-01-31"]})
    >>> try:
    ...     log = read_purchases(Source(frame, Columns(amount="total")))
    ... except DataError as error:
    ...     print(error)
    the frame: no column "total" (purchases.columns.amount). Columns found: "customer_id", "ordered_at".
    """

    exit_code = 3


class NotEnoughDataError(HoldfastError):
    """The purchases were read, but a model cannot be learnt from them.

    Examples
    --------
    >>> from holdfast.experiments import detectable_effect
    >>> try:
    ...     plan = detectable_effect(4, baseline=0.1)
    ... except NotEnoughDataError as error:
    ...     print(error)
    4 customers cannot show any effect on a share of 0.1.
    """

    exit_code = 4


class NotFoundError(HoldfastError):
    """A model or an output that an earlier command writes is not there.

    Examples
    --------
    >>> import holdfast
    >>> from holdfast.pipeline import output_folder
    >>> config = holdfast.make_config({"name": "shop", "purchases": {}, "as_of": "2024-03-01", "outputs": "nowhere"})
    >>> try:
    ...     folder = output_folder(config)
    ... except NotFoundError as error:
    ...     print(error)
    nowhere/shop/2024-03-01 is not there yet: run `holdfast score --as-of 2024-03-01` first.
    """

    exit_code = 5


class DamagedModelError(HoldfastError):
    """A stored model file differs from the one that was written, or is missing.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from holdfast.track import load_bundle
    >>> empty = Path(tempfile.mkdtemp())
    >>> try:
    ...     model = load_bundle(empty)
    ... except DamagedModelError as error:
    ...     print(str(error).replace(str(empty), "FOLDER").partition(" Nothing")[0])
    The model's manifest.json in FOLDER is missing or unreadable.
    """

    exit_code = 6


class StorageError(HoldfastError):
    """The system refuses a file or folder: no permission, no room, a file where a folder is needed, in use.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from holdfast.disk import whole_file
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "taken").write_text("a file where a folder is needed")
    >>> try:
    ...     with whole_file(folder / "taken" / "scores.csv", mode=0o600):
    ...         pass
    ... except StorageError as error:
    ...     print(str(error).replace(str(folder), "FOLDER").partition(" A file")[0])
    FOLDER/taken/scores.csv: not a directory.
    """

    exit_code = 7


class PromiseError(HoldfastError):
    """What happened is not what was promised, or today's rows are not like the training's: ``holdfast monitor``.

    Examples
    --------
    >>> PromiseError("The mean risk was too low.").exit_code
    8
    """

    exit_code = 8


def needs_extra(package: str, extra: str) -> None:
    """Refuse to go on without a package that only some installations have, and name the extra that brings it.

    Raises
    ------
    ConfigError
        It is not installed.

    Examples
    --------
    >>> needs_extra("math", "plots")
    >>> needs_extra("no_such_package", "plots")
    Traceback (most recent call last):
        ...
    holdfast.errors.ConfigError: no_such_package is not installed, and this needs it: pip install "holdfast[plots]".
    """
    if find_spec(package) is None:
        raise ConfigError(f'{package} is not installed, and this needs it: pip install "holdfast[{extra}]".')


def place_of(error: BaseException) -> str:
    """Return the file and the line where an error was raised, for a log: its words may quote customers' data.

    Examples
    --------
    >>> try:
    ...     raise ValueError("007 bought nothing")
    ... except ValueError as error:
    ...     print(place_of(error).partition(",")[2])
     line 2)
    """
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    file = place.tb_frame.f_code.co_filename.replace("\\", "/").rpartition("/")[2] if place else ""
    return f" ({file}, line {place.tb_lineno})" if place else ""


def nearest(word: str, choices: list[str]) -> str:
    """Return ``' Did you mean "x"?'`` for the closest of ``choices``, or ``''``.

    Examples
    --------
    >>> nearest("horizon_day", ["horizon_days", "gap_days"])
    ' Did you mean "horizon_days"?'
    >>> nearest("colour", ["horizon_days", "gap_days"])
    ''
    """
    import difflib

    close = difflib.get_close_matches(word.lower(), [c.lower() for c in choices], n=1, cutoff=0.6)
    found = [c for c in choices if close and c.lower() == close[0]]
    return f' Did you mean "{found[0]}"?' if found else ""
