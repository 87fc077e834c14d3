"""Mutants of the code that must not be wrong, each held against the tests: mutmut makes and runs them in a copy."""

import ast
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

from tests.conftest import PROJECT

_COPIED = ("src", "tests", "docs", "configs", "benchmarks", "README.md", "CHANGELOG.md", "pyproject.toml")
# No pictures: whether a line is drawn is for the eye.
_LEFT_OUT = "*/clv/plots.py"
_ALIVE, _NOT_REACHED = 0, 33


@dataclass(frozen=True)
class Part:
    """What is mutated, and the tests that should notice."""

    name: str
    sources: tuple[str, ...]
    tests: tuple[str, ...]


CUTOFF = Part("cutoff", ("src/holdfast/features/cutoff.py",), ("tests/features/test_cutoff.py",))
LISTS = Part("lists", ("src/holdfast/lists",), ("tests/lists",))
# The spread of 200 refits and the search harness are slow, and say nothing that the golden numbers do not.
CLV = Part(
    "clv",
    ("src/holdfast/clv",),
    tuple(f"tests/clv/test_{name}.py" for name in ("arguments", "contracts", "edges", "golden", "models", "spend"))
    + tuple(f"tests/clv/test_{name}.py" for name in ("summary", "torture", "units")),
)
PARTS = (CUTOFF, LISTS, CLV)


@dataclass(frozen=True)
class Outcome:
    """What became of a part's sample.

    Attributes
    ----------
    made, tried, killed
        Mutants there are, in the sample, and noticed by a test (or without an end, which one notices too).
    not_reached
        In functions that none of the part's tests calls.
    alive
        Noticed by none: name → lines of the difference.
    wording
        Of ``alive``, those that change nothing but the words of a text.
    """

    part: str
    made: int
    tried: int
    killed: int
    not_reached: list[str]
    alive: dict[str, str]
    wording: list[str] = field(default_factory=list)

    @property
    def share(self) -> float:
        """Share noticed of those that change more than words."""
        return self.killed / max(1, self.tried - len(self.wording))


def mutate(part: Part, folder: Path, sample: int | None = None, workers: int = 1) -> Outcome:
    """Make every mutant of a part in a copy of the project, and try those whose names have the smallest hashes."""
    copy(part, folder)
    first = _mutmut(folder, workers, "no such mutant")
    names = _names(folder)
    if not names:
        raise RuntimeError(f"mutmut made no mutant of {part.name}: {first[-2000:]}")
    chosen = sorted(names, key=lambda name: hashlib.sha256(name.encode()).digest())[:sample]
    said = _mutmut(folder, workers, *chosen)
    codes = {name: code for name, code in _names(folder).items() if name in set(chosen)}
    if any(code is None for code in codes.values()):
        raise RuntimeError(f"Not every mutant of {part.name} was tried: {said[-2000:]}")
    alive = {name: difference(folder, name) for name, code in sorted(codes.items()) if code == _ALIVE}
    return Outcome(
        part.name,
        len(names),
        len(codes),
        sum(code not in (_ALIVE, _NOT_REACHED) for code in codes.values()),
        sorted(name for name, code in codes.items() if code == _NOT_REACHED),
        alive,
        [name for name, lines in alive.items() if only_words(lines)],
    )


def copy(part: Part, folder: Path) -> None:
    """Copy the project and say in its copy what mutmut is to do."""
    left = shutil.ignore_patterns("__pycache__", "mutants")
    for name in _COPIED:
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=left, dirs_exist_ok=True)
        else:
            shutil.copy(source, folder / name)
    settings = {
        "source_paths": list(part.sources),
        "do_not_mutate": [_LEFT_OUT],
        "also_copy": [name for name in _COPIED if name != "pyproject.toml"],
        "pytest_add_cli_args": ["-p", "no:cacheprovider", "-p", "no:schemathesis"],
        "pytest_add_cli_args_test_selection": list(part.tests),
    }
    lines = [f"{key} = {json.dumps(value)}" for key, value in settings.items()]
    with (folder / "pyproject.toml").open("a", encoding="utf-8") as file:
        file.write("\n".join(["", "[tool.mutmut]", *lines, ""]))


def difference(folder: Path, name: str) -> str:
    """Return the lines that a mutant changes, as mutmut shows them."""
    command = [sys.executable, "-m", "mutmut", "show", name]
    shown = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=True).stdout
    return "\n".join(line for line in shown.splitlines() if re.match(r"[-+](?![-+])", line))


def only_words(lines: str) -> bool:
    """Say whether a difference is one of the words in a text alone.

    >>> only_words('-raise ValueError("must be")\\n+raise ValueError("XXmust beXX")'), only_words("-a < 1\\n+a <= 1")
    (True, False)
    """
    texts = ["\n".join(line[1:].strip() for line in lines.splitlines() if line[0] == sign) for sign in "-+"]
    try:
        trees = [ast.dump(_Blank().visit(ast.parse(text))) for text in texts]
    except SyntaxError:
        # A line out of an expression.
        trees = [re.sub(r"\"[^\"]*\"|'[^']*'", '""', text) for text in texts]
    return trees[0] == trees[1]


class _Blank(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        """Forget what a text says."""
        return ast.Constant("") if isinstance(node.value, str) else node


def _mutmut(folder: Path, workers: int, *names: str) -> str:
    """Run mutmut; it ends with an error where no mutant has such a name, after it has made them all."""
    command = [sys.executable, "-m", "mutmut", "run", "--max-children", str(workers), *names]
    done = subprocess.run(command, cwd=folder, env=_environment(), capture_output=True, text=True, check=False)
    return done.stdout.replace("\r", "\n") + done.stderr


def _environment() -> dict[str, str]:
    quiet = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MLFLOW_DISABLE_TELEMETRY": "true"}
    return {name: value for name, value in os.environ.items() if name != "PYTHONPATH"} | quiet


def _names(folder: Path) -> dict[str, int | None]:
    """Return every mutant and the exit code of its tests."""
    found: dict[str, int | None] = {}
    for path in sorted((folder / "mutants").rglob("*.meta")):
        found |= json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return found


def told(outcome: Outcome) -> str:
    """Return an outcome as text, survivors with what they change."""
    room = Counter(name.rsplit(".", 1)[0] for name in outcome.not_reached)
    lines = [
        f"{outcome.part}: {outcome.tried:,} of {outcome.made:,} mutants tried, {outcome.killed:,} noticed: "
        f"{outcome.share:.0%} of those that change more than words ({len(outcome.wording)} change words alone)"
    ]
    lines += [f"  not reached by these tests: {count} in {name}" for name, count in room.items()]
    for name, difference_ in outcome.alive.items():
        if name not in outcome.wording:
            lines += [f"  {name}", *(f"      {line}" for line in difference_.splitlines())]
    return "\n".join(lines)
