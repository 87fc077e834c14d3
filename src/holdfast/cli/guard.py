"""Commands that hold models to account, and protect customers."""

from typing import Any

import typer

from holdfast.cli.lists import TodayOption
from holdfast.cli.options import (
    DEFAULT_CONFIG,
    AsOfOption,
    ConfigOption,
    JsonOption,
    SetOption,
    day,
    prepared,
    print_json,
    say,
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
    if as_json:
        print_json(told)
    else:
        typer.echo(text.monitor(told))
    if found.alarm:
        raise PromiseError(f"{found.verdict}. {found.do}.")
