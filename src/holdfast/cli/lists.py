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
    as_given,
    configured,
    day,
    prepared,
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
        policy: Annotated[
            str | None,
            typer.Option("--policy", help="A registered policy whose effects decide, in place of p·γ.", metavar="NAME"),
        ] = None,
        forced: Annotated[
            bool, typer.Option("--force-policy", help="Use the policy by customer although that was not shown to pay.")
        ] = False,
        form: Annotated[str, typer.Option("--format", help="csv, xlsx, parquet or json.")] = "csv",
        today: TodayOption = None,
        beside: Annotated[
            bool | None,
            typer.Option(
                "--beside/--replace",
                help="The list made before of the same scores was sent, and stays / was not, and is replaced. If "
                "neither is given, it was sent if it was made on an earlier day.",
                show_default=False,
            ),
        ] = None,
        pseudonyms: Annotated[
            bool,
            typer.Option(
                "--pseudonyms", help="Keyed pseudonyms in place of ids in the file to hand on.", show_default=False
            ),
        ] = False,
        rows: RowsOption = 20,
        as_json: JsonOption = False,
    ) -> None:
        from holdfast.language import speaking
        from holdfast.pipeline import make_list
        from holdfast.report import decisions

        # What the tables know by now decides on suppression; `--as-of` picks the scores.
        read = prepared(config, as_of, change, command=f"list {name.replace('_', '-')}")
        limits: dict[str, Any] = {"budget": budget, "capacity": capacity, "pseudonyms": pseudonyms}
        when = day(today, "--today")
        limits |= {"policy": policy, "forced": forced, "beside": beside}
        issued = make_list(read, name, **limits, form=form, today=when, say=say)
        if as_json:
            print_json(issued.as_dict())
        else:
            with speaking(read.config.language):
                typer.echo(decisions.issued(issued.as_dict(), issued.decision, rows=rows))

    command.__name__ = f"list_{name}"
    return command


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

    found: dict[str, Any] = status_of(configured(config, None, change), today=day(today, "--today"), reviewed=reviewed)
    if as_json:
        print_json(found)
    else:
        typer.echo(decisions.status(found, options=as_given(config, change)))
