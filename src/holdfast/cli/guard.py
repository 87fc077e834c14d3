"""Commands that hold models to account, and protect customers."""

import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from holdfast.cli.lists import TodayOption
from holdfast.cli.options import (
    DEFAULT_CONFIG,
    AsOfOption,
    ConfigOption,
    JsonOption,
    SetOption,
    configured,
    day,
    prepared,
    print_json,
    say,
    show,
)


def monitor(
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
    today: TodayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Hold past scores, forecasts and lists against what happened since, and today's rows against the training's."""
    from holdfast.errors import PromiseError
    from holdfast.pipeline import monitor as look
    from holdfast.report import monitor as text

    found = look(prepared(config, as_of, change), today=day(today, "--today"), say=say)
    told: dict[str, Any] = found.as_dict()
    show(told, text.monitor(told), as_json)
    if found.alarm:
        # As text, what to do was printed above.
        raise PromiseError(f"{found.verdict}. {found.do}." if as_json else f"the monitor's verdict: {found.verdict}.")


def forget(
    ids: Annotated[
        list[str] | None, typer.Argument(help="Ids of customers, as the tables have them.", metavar="ID…")
    ] = None,
    source: Annotated[
        Path | None,
        typer.Option("--from", help="A file with one id on each line; `-`: stdin, so that no shell keeps them."),
    ] = None,
    expired: Annotated[
        bool, typer.Option("--expired", help="Everybody silent for longer than privacy.keep_days.", show_default=False)
    ] = False,
    each: Annotated[
        bool, typer.Option("--each", help="Name every file that held them, not each kind.", show_default=False)
    ] = False,
    config: ConfigOption = DEFAULT_CONFIG,
    change: SetOption = None,
    today: TodayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Remove customers from everything that was written, for good: they are dropped when tables are read again."""
    from holdfast.pipeline import expired as find_expired
    from holdfast.pipeline import forget as erase
    from holdfast.report import monitor as text

    now, settings = day(today, "--today"), configured(config, None, change)
    wanted = [*(ids or []), *_listed(source)]
    if expired:
        wanted += find_expired(prepared(config, None, change), now)
    if not wanted and (expired or source is not None):
        typer.echo("Nobody is to be forgotten.")
        return
    done = erase(settings, wanted, base=config.parent, today=now, say=say).as_dict()
    show(done, text.forgotten(done, each=each), as_json)


def subject_access(
    own: Annotated[str | None, typer.Argument(help="The customer, as the tables have them.", metavar="[ID]")] = None,
    source: Annotated[
        Path | None, typer.Option("--from", help="A file with the id; `-`: stdin, so that no shell keeps it.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="A JSON file to write, for you alone; not given: print it.")
    ] = None,
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
) -> None:
    """Collect everything that is read and was written about one customer, as JSON."""
    from holdfast.disk import whole_file
    from holdfast.errors import ConfigError
    from holdfast.pipeline import subject_access as collect
    from holdfast.pipeline.outputs import write_json

    named = [*([own] if own else []), *_listed(source)]
    if len(named) != 1:
        raise ConfigError("subject-access: name one customer.")
    found = collect(prepared(config, as_of, change), named[0])
    if out is None:
        print_json(found)
        return
    if not out.parent.is_dir():
        raise ConfigError(f"--out {out}: there is no folder {out.parent}.")
    with whole_file(out) as draft:
        write_json(draft, found)


def _listed(source: Path | None) -> list[str]:
    """Return the ids in a file, one on each line."""
    from holdfast.disk import refusals
    from holdfast.errors import ConfigError

    if source is None:
        return []
    with refusals(source):
        try:
            text = sys.stdin.read() if str(source) == "-" else source.read_text(encoding="utf-8-sig")
        except UnicodeDecodeError:
            raise ConfigError(f"--from {source}: this is no text in UTF-8.") from None
    return [line.strip() for line in text.splitlines() if line.strip()]
