"""Files of an archive, and sheets of a workbook, that are one table: most of them look the same."""

from collections.abc import Callable, Hashable, Mapping
from typing import TypeVar

Look = TypeVar("Look", bound=Hashable)


def most_alike(looks: Mapping[str, Look | None], prefer: Callable[[Look], int] = lambda _: 0) -> list[str]:
    """Return the names of those that look the same, in their order: the most, and of as many the first.

    Parameters
    ----------
    looks
        How each looks, by its name, such as what its columns are called; ``None`` where it is no table.
    prefer
        Looks of which this is more come before those that more have.

    Examples
    --------
    >>> most_alike({"2023.csv": ("day", "total"), "read me": None, "stock": ("item",), "2024.csv": ("day", "total")})
    ['2023.csv', '2024.csv']
    """
    groups: dict[Look, list[str]] = {}
    for name, look in looks.items():
        if look is not None:
            groups.setdefault(look, []).append(name)
    best = max(groups, key=lambda look: (prefer(look), len(groups[look])), default=None)
    return [] if best is None else groups[best]
