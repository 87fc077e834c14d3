"""The key that names what was shut once, or will be: pairs of days, checked one by one."""

from collections.abc import Mapping
from datetime import date
from itertools import pairwise
from typing import Any

from pydantic_core import PydanticCustomError

from holdfast.data import read_day

_FORM = "write each as {from: 2020-03-16, until: 2020-06-14}, the first and the last day shut"


def read_shut(value: Any) -> tuple[tuple[date, date], ...] | None:
    """Return the first and last day of each closure, in their order; None where nothing is said.

    Raises
    ------
    PydanticCustomError
        One is no pair of days, ends before it begins, or overlaps another: which, and what to do.

    Examples
    --------
    >>> [f"{a} {b}" for a, b in read_shut([{"from": "2020-03-16", "until": "2020-06-14"}])]
    ['2020-03-16 2020-06-14']
    """
    if value is None:
        return None
    if not isinstance(value, list | tuple):
        raise _wrong(f"it is a list of closures; {_FORM}")
    found = sorted(_closure(one, f"number {n} of {len(value)}") for n, one in enumerate(value, 1))
    for (_, last), (first, until) in pairwise(found):
        if first <= last:
            raise _wrong(f"{first} to {until} overlaps the one that ends on {last}; make one of the two")
    return tuple(found)


def _closure(value: Any, which: str) -> tuple[date, date]:
    if isinstance(value, Mapping) and set(value) == {"from", "until"}:
        pair = value["from"], value["until"]
    elif isinstance(value, list | tuple) and len(value) == len(("from", "until")):
        pair = value[0], value[1]
    else:
        raise _wrong(f"{which} is no closure; {_FORM}")
    first, last = (_day(day, f"{name} of {which}") for day, name in zip(pair, ("from", "until"), strict=True))
    if last < first:
        raise _wrong(f"{which} ends on {last}, before it begins on {first}; swap from and until")
    return first, last


def _day(value: Any, name: str) -> date:
    try:
        return read_day(value, name)
    except ValueError as error:
        raise _wrong(str(error)) from None


def _wrong(said: str) -> PydanticCustomError:
    return PydanticCustomError("shut", "{said}", {"said": said})
