"""What is wrong with a configuration, in words: the key, its line, the item of a list, and what to write instead."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from holdfast.errors import nearest

_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")
_BRANCHES = ("str", "list", "date", "literal", "constrained")
_PER_CENT = re.compile(r"\s*(\d+(?:[.,]\d+)?)\s*%\s*", re.ASCII)


def explained(error: Mapping[str, Any], lines: Mapping[str, int], schema: dict[str, Any]) -> tuple[str, str]:
    """Return the key that is wrong, and what is wrong with it.

    Parameters
    ----------
    error
        One of those that pydantic lists.
    lines
        On which line each key stands; an item of a list is named by its number (``treatments.0.acceptance``).
    schema
        Of the whole configuration.
    """
    location, kind, message = error["loc"], error["type"], str(error["msg"]).removeprefix("Value error, ")
    # Union branches add their own names to the location; keys of ours are plain words.
    parts = [str(p) for p in location if isinstance(p, str) and re.fullmatch(r"[a-z_]+", p)]
    parts = [p for p in parts if p not in _BRANCHES]
    key = ".".join(str(p) for p in location if isinstance(p, str)) if kind in _UNKNOWN else ".".join(parts)
    line = _line(location, key, lines)
    # Of a value that is an item itself, only a rule of ours speaks of the item as a whole.
    name = f"{key}{_item(location if kind == 'value_error' else location[:-1])}"
    if kind in _UNKNOWN:
        parent, _, last = key.rpartition(".")
        return key, f"{line}: {name} is not a key.{nearest(last, keys_of(parent, schema))}"
    if kind in ("missing", "missing_argument"):
        return "", f": {key} is missing."
    if kind == "incomplete":
        return "", f": {message}"
    if (
        kind in ("float_parsing", "float_type", "int_parsing")
        and isinstance(given := error.get("input"), str)
        and (share := _PER_CENT.fullmatch(given))
    ):
        return key, f"{line}: {name}: per cent are not read here: write {float(share[1].replace(',', '.')) / 100:g}."
    return key, f"{line}: {name}: {message[0].lower()}{message[1:]}."


def _line(location: Sequence[int | str], key: str, lines: Mapping[str, int]) -> str:
    own = ".".join(str(p) for p in location if isinstance(p, int) or p not in _BRANCHES)
    found = lines.get(own, lines.get(key))
    return "" if found is None else f", line {found}"


def _item(location: Sequence[int | str]) -> str:
    """Return which item of a list a key belongs to, counted as people count."""
    numbers = [p for p in location if isinstance(p, int)]
    return f" (item {numbers[0] + 1})" if numbers else ""


def keys_of(path: str, schema: dict[str, Any]) -> list[str]:
    """Return the known keys of a section, such as ``purchases.columns``."""
    section: dict[str, Any] = schema
    for part in filter(None, path.split(".")):
        section = section.get("properties", {}).get(part, {})
        options = [section, *section.get("anyOf", [])]
        references = [o["$ref"].rpartition("/")[2] for o in options if "$ref" in o]
        section = schema["$defs"][references[0]] if references else section
    return list(section.get("properties", {}))
