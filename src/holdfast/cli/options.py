"""The options all commands share, and how they become a configuration."""

import json
import shlex
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from holdfast.config import Config
    from holdfast.pipeline import Prepared

ConfigOption = Annotated[
    Path, typer.Option("--config", "-c", help="The scenario, a YAML file.", metavar="FILE", show_default=True)
]
AsOfOption = Annotated[
    str | None,
    typer.Option("--as-of", help="First day that is not known (YYYY-MM-DD), instead of the file's.", metavar="DATE"),
]
SetOption = Annotated[
    list[str] | None,
    typer.Option(
        "--set", help='Change one key, such as "churn.horizon_days=60"; may be repeated.', metavar="KEY=VALUE"
    ),
]
JsonOption = Annotated[bool, typer.Option("--json", help="Print one JSON document instead of text.")]
RowsOption = Annotated[int, typer.Option("--rows", help="How many rows to print; the file holds all.", min=1)]

ModelOption = Annotated[
    Path | None,
    typer.Option(
        "--model", help="A folder that `holdfast export-model` wrote, instead of the champion.", metavar="DIR"
    ),
]

DEFAULT_CONFIG = Path("configs/cdnow.yaml")
_START = time.monotonic()


class _Say:
    """Report progress on stderr; counts only where somebody looks at a terminal."""

    def __call__(self, sentence: str) -> None:
        print(f"[{time.monotonic() - _START:5.1f} s] {sentence}", file=sys.stderr, flush=True)  # noqa: T201

    def counting(self, sentence: str) -> None:
        """Report how much of the present step is done."""
        if sys.stderr.isatty():
            self(f"  {sentence}")


say = _Say()


def configured(config: Path, as_of: str | None, changes: list[str] | None) -> "Config":
    """Load the scenario with the command line's changes."""
    from holdfast.config import load_config

    dated = [] if as_of is None else [f"as_of={as_of}"]
    return load_config(config, [*(changes or []), *dated])


def as_given(config: Path, changes: list[str] | None) -> str:
    """Return the options that lead another command to the same scenario, each with a blank before it.

    Examples
    --------
    >>> as_given(Path("my shop.yaml"), ["name=shop-b"]), as_given(DEFAULT_CONFIG, None)
    (" -c 'my shop.yaml' --set name=shop-b", '')
    """
    words = [] if config == DEFAULT_CONFIG else ["-c", str(config)]
    for change in changes or []:
        words += ["--set", change]
    return "".join(f" {shlex.quote(word)}" for word in words)


def prepared(config: Path, as_of: str | None, changes: list[str] | None, *, command: str = "") -> "Prepared":
    """Load the scenario and read its tables, unless its setting does not have the command.

    Raises
    ------
    ConfigError
        The setting does not have it: says why.
    """
    from holdfast.pipeline import prepare, setting_of
    from holdfast.pipeline.setting import refusal

    settings = configured(config, as_of, changes)
    if command in (cannot := setting_of(settings).cannot):
        raise refusal(cannot, command)
    return prepare(settings, base=config.parent, say=say)


def day(text: str | None, option: str) -> date | None:
    """Return a date that an option was given."""
    from holdfast.errors import ConfigError

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{option}: a date is written YYYY-MM-DD.") from None


def typed(question: str, **how: Any) -> str:
    """Return what is typed; Ctrl-C at a question ends the command as it does elsewhere."""
    try:
        return str(typer.prompt(question, **how))
    except typer.Abort:
        raise KeyboardInterrupt from None


def print_json(document: Any) -> None:
    """Print one JSON document to stdout; a number that is not finite is null."""
    from holdfast.columns.plain import plain

    typer.echo(json.dumps(plain(document), indent=2, ensure_ascii=False, allow_nan=False, default=str))


def show(found: dict[str, Any], text: str, as_json: bool) -> None:
    """Print what was found, as text or as JSON."""
    if as_json:
        print_json(found)
    else:
        typer.echo(text)
