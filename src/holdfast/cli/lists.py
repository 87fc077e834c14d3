"""Commands about what to do next: lists to contact, and what is due."""

from collections.abc import Callable
from typing import Annotated, Any

import typer

from holdfast.cli.options import (
    DEFAULT_CONFIG,
    AsOfOption,
    ConfigOption,
    JsonOption,
    RowsOption,
    SetOption,
    configured,
    print_json,
    say,
)

TodayOption = Annotated[
    str | None,
    typer.Option("--today", help="Date to judge by (YYYY-MM-DD), instead of the machine's.", metavar="DATE"),
]


def list_command(name: str) -> Callable[..., None]:
    """Return the command of one list."""

    def command(
        config: ConfigOption = DEFAULT_CONFIG,
        as_of: AsOfOption = None,
        change: SetOption = None,
        budget: Annotated[float | None, typer.Option(help="Most to spend, as expected, in currency.", min=0)] = None,
        capacity: Annotated[int | None, typer.Option(help="Most customers to contact.", min=0)] = None,
        form: Annotated[str, typer.Option("--format", help="csv, xlsx, parquet or json.")] = "csv",
        today: TodayOption = None,
        rows: RowsOption = 20,
        as_json: JsonOption = False,
    ) -> None:
        from holdfast.pipeline import make_list, prepare
        from holdfast.report import decisions

        # What the log knows by now decides on suppression; `--as-of` picks the scores.
        settings = configured(config, as_of, change)
        if settings.setting == "contractual":
            chosen = {"--budget": budget, "--capacity": capacity, "--format": form != "csv" or None, "--today": today}
            _refuse_for_contracts(name, [option for option, value in chosen.items() if value is not None])
            return _show(settings, name, rows, as_json)
        shop = prepare(settings, base=config.parent, say=say)
        issued = make_list(
            shop, name, budget=budget, capacity=capacity, form=form, today=_date(today, "--today"), say=say
        )
        if as_json:
            print_json(issued.as_dict())
        else:
            typer.echo(decisions.issued(issued.as_dict(), issued.decision, rows=rows))
        return None

    command.__name__ = f"list_{name}"
    return command


def _refuse_for_contracts(name: str, options: list[str]) -> None:
    from holdfast.errors import ConfigError

    if name not in ("at_risk", "high_value"):
        raise ConfigError(
            f"list {name.replace('_', '-')} asks about purchases; with setting: contractual there are at-risk and "
            "high-value."
        )
    if options:
        raise ConfigError(
            f"{', '.join(options)}: with setting: contractual a list is shown as it was scored; treatments, budgets "
            "and records are for purchases."
        )


def _show(settings: Any, name: str, rows: int, as_json: bool) -> None:
    """Print a list of contracts as it was scored; treatments are for shops without contracts so far."""
    import json

    from holdfast.pipeline import read_list
    from holdfast.report import text
    from holdfast.wording import counted

    path, table = read_list(settings, name)
    if as_json:
        print_json({"file": str(path), "rows": json.loads(table.head(rows).to_json(orient="records"))})
    else:
        typer.echo(text.table(table, rows=rows))
        typer.echo(f"{min(rows, len(table)):,} of {counted(len(table), 'customer')}; all in {path}")


def status(
    config: ConfigOption = DEFAULT_CONFIG,
    change: SetOption = None,
    reviewed: Annotated[
        bool, typer.Option("--reviewed", help="Record that the review was held on this day.", show_default=False)
    ] = False,
    today: TodayOption = None,
    as_json: JsonOption = False,
) -> None:
    """Say what is due: scores, training, the review of segments, value and treatments; and which lists are out."""
    from holdfast.pipeline import status_of
    from holdfast.report import decisions

    found: dict[str, Any] = status_of(
        configured(config, None, change), today=_date(today, "--today"), reviewed=reviewed
    )
    if as_json:
        print_json(found)
    else:
        typer.echo(decisions.status(found))


def _date(text: str | None, option: str) -> Any:
    from datetime import date

    from holdfast.errors import ConfigError

    try:
        return None if text is None else date.fromisoformat(text)
    except ValueError:
        raise ConfigError(f"{option}: a date is written YYYY-MM-DD.") from None
