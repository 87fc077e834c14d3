"""The features' SQL, for whoever runs it where the data are."""

from enum import StrEnum
from typing import Annotated

import typer

from holdfast.cli.options import DEFAULT_CONFIG, AsOfOption, ConfigOption, SetOption, prepared


class Dialect(StrEnum):
    """Whose SQL it is."""

    portable = "portable"
    bigquery = "bigquery"
    snowflake = "snowflake"


def features(
    config: ConfigOption = DEFAULT_CONFIG,
    as_of: AsOfOption = None,
    change: SetOption = None,
    sql: Annotated[
        Dialect,
        typer.Option(
            "--sql",
            help="Whose SQL: `portable` is what DuckDB, PostgreSQL, Spark and Sail run; the others are compiled from "
            "it, not run.",
        ),
    ] = Dialect.portable,
) -> None:
    """Print the SQL that computes every feature of every customer as of the configured date."""
    from holdfast.pipeline import features_sql

    read = prepared(config, as_of, change, command="features")
    typer.echo(features_sql(read, None if sql is Dialect.portable else sql.value), nl=False)
