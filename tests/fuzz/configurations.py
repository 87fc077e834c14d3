"""Configurations with wrong values: a command does its work or refuses with a reason, and never with a bug."""

import contextlib
import io
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import yaml

from holdfast.cli import main
from holdfast.config import Config

# Read by later commands too: each key is tried with each of these.
COMMANDS = (
    ("check",),
    ("list", "at-risk", "--today", "2024-03-02"),
    ("list", "second-order", "--today", "2024-03-02"),
    ("segments",),
    ("value",),
    ("status", "--today", "2024-03-02"),
)
VALUES: tuple[Any, ...] = (
    None, "", " ", "x", "é\u0000", "x" * 5000, "%", "../../etc", "1", "nan", 0, -1, 1, 2, 10**9, 10**30, -(10**30),
    0.5, -0.0, 1e-300, 1e308, float("inf"), float("nan"), True, False, [], [[]], [None], ["x", "x"], {}, {"x": 1},
    {"": None},
    "2024-02-30", "2024-03-01", "end_of_data", "0001-01-01", "9999-12-31",
)  # fmt: skip
BUG = 70


def keys() -> list[str]:
    """Every key of a scenario without contracts, dotted."""
    schema = Config.model_json_schema()
    return sorted(set(_keys(schema, schema, "", 0)) - {"outputs", "models", "name", "setting"})


def _keys(schema: dict[str, Any], node: dict[str, Any], prefix: str, depth: int) -> Iterator[str]:
    for name, inside in node.get("properties", {}).items():
        if name in ("subscriptions", "name") and not prefix:
            continue
        yield prefix + name
        options = [inside, *inside.get("anyOf", []), *inside.get("allOf", [])]
        for reference in (o["$ref"] for o in options if "$ref" in o):
            if depth < 5:
                yield from _keys(schema, schema["$defs"][reference.rpartition("/")[2]], f"{prefix}{name}.", depth + 1)


def command(*arguments: str) -> tuple[int, str]:
    """Run a command in this process; return its exit code and what it said on stderr."""
    told = io.StringIO()
    with (
        patch.object(sys, "argv", ["holdfast", *arguments]),
        contextlib.redirect_stderr(told),
        contextlib.redirect_stdout(io.StringIO()),
    ):
        try:
            main()
        except SystemExit as stopped:
            return int(stopped.code or 0), told.getvalue()
    return 0, told.getvalue()


def run(examples: int, seed: int, scenario: Path) -> dict[str, int]:
    """Try so many (key, value, command) of a scenario that was run once; return how many ended in which exit code."""
    random = np.random.default_rng(seed)
    settings, offered, ended = yaml.safe_load(scenario.read_text(encoding="utf-8")), keys(), Counter()
    for _ in range(examples):
        key = offered[random.integers(len(offered))]
        value = VALUES[random.integers(len(VALUES))]
        chosen = COMMANDS[random.integers(len(COMMANDS))]
        changed = _with(settings, key, value)
        path = scenario.with_name("changed.yaml")
        path.write_text(yaml.safe_dump(changed, allow_unicode=True), encoding="utf-8")
        code, said = command(*chosen, "-c", str(path))
        ended[code] += 1
        assert code != BUG, f"{' '.join(chosen)} with {key}: {value!r:.60}\n{said}"
        assert code in (0, 1, 2, 3, 4, 5, 7), f"{chosen} with {key}: {value!r:.60} ended in {code}\n{said}"
        assert code == 0 or "holdfast:" in said, f"{chosen} with {key}: {value!r:.60} gave no reason"
    return {f"exit {code}": n for code, n in sorted(ended.items())}


def _with(settings: dict[str, Any], key: str, value: Any) -> dict[str, Any]:
    changed: dict[str, Any] = yaml.safe_load(yaml.safe_dump(settings))
    *parents, last = key.split(".")
    place = changed
    for parent in parents:
        inner = place.get(parent)
        place[parent] = inner if isinstance(inner, dict) else {}
        place = place[parent]
    place[last] = value
    return changed
