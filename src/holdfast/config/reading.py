"""YAML files → plain settings with the line of every key; what a configuration has no use for is refused by name."""

import re
import shlex
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from holdfast.data.reading.files import below, lies_there
from holdfast.errors import ConfigError

# No configuration of ours comes near these; texts made to fill the memory do.
_TABLE = re.compile(r"\.(csv|tsv|tab|txt|xls[xmb]?|ods|parquet|jsonl|ndjson|gz|zip|bz2|zst|db|sqlite|duckdb)", re.I)
_LONGEST, _DEEPEST, _MOST_NODES = 1_000_000, 20, 20_000


class Loader(yaml.SafeLoader):
    """YAML without its own idea of dates: a wrong one must be told as a wrong value of its key."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_settings(path: Path) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the settings of a YAML file, and the line of every dotted key.

    Raises
    ------
    ConfigError
        There is no such file, it is not UTF-8, or no plain configuration (``parse``).
    """
    try:
        content = path.read_bytes()
    except IsADirectoryError:
        raise ConfigError(f"{path}: this is a folder; -c FILE names the YAML file of a scenario.") from None
    except (OSError, ValueError):
        raise ConfigError(f"{path}: no such configuration file; -c FILE names yours.") from None
    try:
        return parse(_decoded(content, path), str(path))
    except ConfigError:
        if _TABLE.fullmatch(path.suffix):
            raise ConfigError(
                f"{path}: this is a table and no scenario: `holdfast init {shlex.quote(str(path))}` writes one, a YAML "
                "file, which -c then names."
            ) from None
        raise


def _decoded(content: bytes, path: Path) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        raise ConfigError(f"{path}, line {line}: not UTF-8 text. Save the file as UTF-8.") from None


def parse(text: str, where: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the settings, and the line of every dotted key.

    Raises
    ------
    ConfigError
        The text is not valid YAML, or no mapping; a key stands in it twice; or it uses tags or references. Names the
        line.
    """
    root = _composed(text, where)
    if root is None or not isinstance(root, yaml.MappingNode):
        what = "is empty" if root is None else "holds no keys and values"
        raise ConfigError(f"{where}: this file {what}. `holdfast init` and the name of your table write a scenario.")
    _refuse_repeats(root, "", where)
    loader = Loader("")
    try:
        settings = loader.construct_document(root)
    except (yaml.YAMLError, ValueError, OverflowError) as error:
        raise ConfigError(f"{where}{_line(getattr(error, 'problem_mark', None))}: {_problem(error)}") from None
    finally:
        loader.dispose()
    return settings, dict(_lines(root, ""))


def parse_value(text: str) -> Any:
    """Return one value as YAML reads it; a text that YAML cannot read is itself."""
    try:
        root = _composed(text, "")
        return None if root is None else Loader("").construct_document(root)
    except (ConfigError, yaml.YAMLError, ValueError, OverflowError):
        return text


def _composed(text: str, where: str) -> yaml.Node | None:
    """Return the tree of a text, after looking at its events: they cost no recursion and no memory."""
    if len(text) > _LONGEST:
        raise ConfigError(f"{where}: longer than {_LONGEST:,} characters: this is no configuration.")
    try:
        depth, nodes = 0, 0
        for event in yaml.parse(text, Loader=Loader):
            opens = isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent)
            depth += opens - isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent)
            nodes += isinstance(event, yaml.NodeEvent)
            unwanted = _unwanted(event, depth, nodes)
            if unwanted:
                raise ConfigError(f"{where}{_line(event.start_mark)}: {unwanted}")
        return yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as error:
        raise ConfigError(f"{where}{_line(getattr(error, 'problem_mark', None))}: {_problem(error)}") from None


def _unwanted(event: yaml.Event, depth: int, nodes: int) -> str:
    """Return what a configuration has no use for, or nothing."""
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        return (
            "references (&name, *name) are not read here: write the value out. A text with & or * first needs quotes."
        )
    tag = getattr(event, "tag", None)
    if tag is not None and not str(tag).startswith("tag:yaml.org,2002:"):
        return "tags (!name) are not read here. A text that starts with ! needs quotes."
    if tag is not None and getattr(event, "implicit", None) in (False, (False, False)):
        return "tags (!!name) are not read here: write the value without one."
    if depth > _DEEPEST or nodes > _MOST_NODES:
        return "nested too deeply or too long: this is no configuration."
    return ""


def _problem(error: Exception) -> str:
    """Return the cause that the reader of YAML gives, in one sentence."""
    said = str(getattr(error, "problem", "") or "").strip()
    if not said and isinstance(error, ValueError | OverflowError):
        return "not valid YAML: a number or a date that there is not."
    advice = {
        "could not find expected ':'": "a key needs a colon and a blank after it.",
        "mapping values are not allowed here": "a text that holds ': ' needs quotes around it.",
        "found character '\\t' that cannot start any token": "a tab stands where blanks must: indent with blanks.",
        "found character '%' that cannot start any token": "a text that starts with % needs quotes around it.",
        "found character '@' that cannot start any token": "a text that starts with @ needs quotes around it.",
        "found character '`' that cannot start any token": "a text that starts with ` needs quotes around it.",
        "found unexpected end of stream": "a quote or a bracket is opened and never closed.",
        "expected <block end>, but found": "this line is indented otherwise than its neighbours.",
    }
    known = next((told for begins, told in advice.items() if said.startswith(begins)), "")
    return f"not valid YAML: {known or said or 'it cannot be read'}".rstrip(".") + "."


def _line(mark: Any) -> str:
    return f", line {mark.line + 1}" if mark else ""


def _refuse_repeats(node: yaml.Node, prefix: str, where: str) -> None:
    """Refuse a key that stands twice: only one of the two could count, and which is anybody's guess."""
    if isinstance(node, yaml.SequenceNode):
        for item in node.value:
            _refuse_repeats(item, prefix, where)
    if not isinstance(node, yaml.MappingNode):
        return
    seen: dict[str, int] = {}
    for key, value in node.value:
        line = key.start_mark.line + 1
        if not isinstance(key, yaml.ScalarNode) or key.tag == "tag:yaml.org,2002:merge":
            raise ConfigError(f"{where}, line {line}: a key must be a word.")
        name = f"{prefix}{key.value}"
        if key.value in seen:
            raise ConfigError(f"{where}, lines {seen[key.value]} and {line}: {name} stands there twice; keep one.")
        seen[key.value] = line
        _refuse_repeats(value, f"{name}.", where)


def found(path: str, base: Path | None) -> str:
    """Read a path or a glob from the current folder; where nothing lies there, from the configuration's folder."""
    try:
        if base is not None and not lies_there(path) and lies_there(below(base, path)):
            return below(base, path)
    except (OSError, ValueError):
        pass
    return path


def _lines(node: yaml.Node | None, prefix: str) -> Iterable[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{prefix}{key.value}"
            yield name, key.start_mark.line + 1
            yield from _lines(value, f"{name}.")
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            yield f"{prefix}{number}", item.start_mark.line + 1
            yield from _lines(item, f"{prefix}{number}.")
