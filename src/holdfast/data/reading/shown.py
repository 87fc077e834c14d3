"""Which names of columns a message may show: a file read in the wrong way takes cells for names, and shows nobody."""

import re
from collections.abc import Sequence

_LONGEST = 60
_FEW = 0.1
# Parts of a line that is one "name" because another mark stands between its cells.
_BETWEEN = re.compile(r"[;,\t|]")
# What cells hold and names do not: addresses, the marks of JSON and of web pages, numbers of five digits and more,
# amounts and dates.
_OF_A_CELL = re.compile(r"""@|[{}<>]|"\s*:|\d{5}|\d[.,]\d\d\b|\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}""")
NUMBER = r"[-+]?[\d.,:/ -]*\d[\d.,:/ T-]*Z?"
"""A number or a date, which names no column."""
_NUMBER = re.compile(rf"\s*{NUMBER}\s*")


def may_be_shown(name: str) -> bool:
    """Say whether a text is a name of a column, and not perhaps a cell.

    Examples
    --------
    >>> [may_be_shown(text) for text in ("Order date", "Sales 2024", "10033", "ann@example.com", '"customer": 7}')]
    [True, True, False, False, False]
    """
    return not _OF_A_CELL.search(name) and not any(_NUMBER.fullmatch(part) for part in _BETWEEN.split(name))


def shown_names(names: Sequence[str]) -> list[str]:
    """Return the names that may be shown, cut; none where one in ten may not: the line holds cells then.

    Examples
    --------
    >>> shown_names(["Customer", "Week 5"]), shown_names(["Ann", "K10033", "2024-01-31"])
    (['Customer', 'Week 5'], [])
    """
    fit = [name[:_LONGEST] for name in names if may_be_shown(name)]
    return fit if len(names) - len(fit) <= _FEW * len(names) else []
