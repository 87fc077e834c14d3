"""YAML files → plain settings with the line of every key."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from holdfast.errors import ConfigError


class Loader(yaml.SafeLoader):
    """YAML without its own idea of dates: a wrong one must be told as a wrong value of its key."""


Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def parse(text: str, where: str) -> tuple[dict[str, Any], dict[str, int]]:
    """Return the settings, and the line of every dotted key.

    Raises
    ------
    ConfigError
        The text is not valid YAML, or no mapping; names the line.
    """
    try:
        settings = yaml.load(text, Loader=Loader)  # noqa: S506  # it is a SafeLoader
        root = yaml.compose(text, Loader=Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(
            f"{where}{line}: not valid YAML. Values that start with %, @, * or hold ': ' need quotes around them."
        ) from None
    if not isinstance(settings, dict):
        raise ConfigError(f"{where}: a configuration is keys and values; see configs/cdnow.yaml.")
    return settings, dict(_lines(root, ""))


def found(path: str, base: Path | None) -> str:
    """Read a path from the current folder; where nothing lies there, from the configuration's folder."""
    if base is not None and not Path(path).exists() and (base / path).exists():
        return str(base / path)
    return path


def _lines(node: yaml.Node | None, prefix: str) -> Iterable[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{prefix}{key.value}"
            yield name, key.start_mark.line + 1
            yield from _lines(value, f"{name}.")
