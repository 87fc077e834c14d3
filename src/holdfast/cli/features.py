"""The features' SQL, for whoever runs it where the data are."""

from typing import Annotated

import typer

from holdfast.cli.options import DEFAULT_CONFIG, AsOfOption, ConfigOption, SetOption, prepared

PORTABLE = "portable"


def features(
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
    sql: Annotated[
        str,
        typer.Option(
            "--sql",
            help="Whose SQL: `portable` is what DuckDB, PostgreSQL, Spark and Sail run; `bigquery` and `snowflake` are "
            "compiled from it, not run.",
            metavar="DIALECT",
        ),
    ] = PORTABLE,
) -> None:
    """Print the SQL that computes every feature of every customer as of the configured date."""
    from holdfast.pipeline import features_sql

    read = prepared(config, as_of, change, command="features")
    typer.echo(features_sql(read, None if sql == PORTABLE else sql), nl=False)
