"""Commands of segments and value, and the report that shows everything."""

from typing import Annotated

import typer

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
)

app = typer.Typer()


@app.command()
def segments(
    config: ConfigOption = DEFAULT_CONFIG,
    compare_as_of: Annotated[
        str | None,
        typer.Option("--compare-as-of", help="Tell who moved since this date (YYYY-MM-DD).", metavar="DATE"),
    ] = None,
    as_of: AsOfOption = None,
    change: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Divide the scored customers: RFM segments, buyers, value × risk, tiers, personas; a card each."""
    from holdfast.pipeline import segment
    from holdfast.report import value as text

    settings = configured(config, as_of, change)
    done = segment(settings, compare_as_of=day(compare_as_of, "--compare-as-of"), base=config.parent, say=say)
    if as_json:
        print_json(done.as_dict())
    else:
        typer.echo(text.segments(done.cards, done.movements, done.notes, done.folder))


@app.command()
def value(
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Historical beside predicted CLV, cohorts, CAC, campaigns, satisfaction, perceived value, each with its base."""
    from holdfast.pipeline import value as value_customers
    from holdfast.report import value as text

    done = value_customers(prepared(config, as_of, change, command="value"), say=say)
    if as_json:
        print_json(done.as_dict())
    else:
        typer.echo(text.value(done.tables, done.notes, done.folder))


@app.command()
def report(
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write one HTML file that shows what the other commands wrote; it opens anywhere, offline."""
    from holdfast.pipeline import report as write_report

    path = write_report(configured(config, as_of, change))
    if as_json:
        print_json({"file": str(path)})
    else:
        typer.echo(f"Report: {path}")
