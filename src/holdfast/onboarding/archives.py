"""Which files of an archive could be one table, and how they are written together."""

import zipfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from holdfast.data.reading.alike import most_alike
from holdfast.data.reading.packed import ALL_MEMBERS, members_of
from holdfast.errors import DataError
from holdfast.onboarding.layout import Layout, beginning_of, layout_of

_CHUNK = 1 << 20


def members_like_others(path: Path, members: Sequence[str]) -> list[str]:
    """Return the files of an archive that could be one table, as the years of a till are.

    They have the same names of columns and are taken apart alike, as seen by their first lines: in which encoding they
    are, only the whole of them says.
    """
    looks: dict[str, tuple[Layout, tuple[str, ...]]] = {}
    for member in members:
        try:
            layout, names = beginning_of(path, member)
        except DataError:
            continue
        if len(names) > 1:
            looks[member] = (replace(layout, encoding="utf-8", member=None), tuple(sorted(names)))
    found = most_alike(looks)
    return found if len(found) > 1 else []


def layout_of_all(path: Path) -> tuple[Layout, tuple[str, ...]]:
    """Return how the files of an archive that are one table are written, and what their columns are called.

    Raises
    ------
    DataError
        No two of them are alike, or they are written in different ways.
    """
    members = members_like_others(path, members_of(path))
    if not members:
        raise DataError(f"{path.name}: no two of its files have the same columns. Name one of them.")
    found = {member: layout_of(path, member=member) for member in members}
    layouts = {member: replace(layout, member=ALL_MEMBERS) for member, (layout, _) in found.items()}
    stated = {layout.encoding for layout in layouts.values()} - {"utf-8"}
    if len(stated) == 1:
        # A year without a single letter beyond a to z is as much of that encoding as of UTF-8.
        (encoding,) = stated
        for member, layout in layouts.items():
            if layout.encoding == "utf-8" and layout.kind == "text" and _is_ascii(path, member):
                layouts[member] = replace(layout, encoding=encoding)
    first, *others = dict.fromkeys(layouts.values())
    if others:
        said = "; ".join(f"{member}: {layout.said}" for member, layout in layouts.items())
        raise DataError(
            f"{path.name}: its files are written in different ways ({said}). Save them alike, or start with one."
        )
    return first, found[members[0]][1]


def _is_ascii(path: Path, member: str) -> bool:
    with zipfile.ZipFile(path) as archive, archive.open(member) as file:
        return all(chunk.isascii() for chunk in iter(lambda: file.read(_CHUNK), b""))
