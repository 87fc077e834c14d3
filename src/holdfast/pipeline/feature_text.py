"""The SQL of the features of a scenario's customers, to be run elsewhere."""

from holdfast.features import compiled_sql
from holdfast.features.build import known_facts
from holdfast.pipeline.preparation import PreparedPurchases, for_purchases


@for_purchases("features")
def features_sql(prepared: PreparedPurchases, dialect: str | None = None) -> str:
    """Return the SQL of every feature that the scenario's tables can fill as of its date.

    Parameters
    ----------
    prepared
        The scenario, read.
    dialect
        ``bigquery`` or ``snowflake``; ``None``: the portable text.

    Raises
    ------
    ConfigError
        There is no such dialect, or sqlglot is not installed.

    Examples
    --------
    >>> import holdfast
    >>> from holdfast.data import simulate_shop
    >>> config = holdfast.make_config({"name": "shop", "purchases": {}, "as_of": "2024-03-01"})
    >>> shop = holdfast.prepare(config, purchases=simulate_shop(200, seed=3).purchases)
    >>> print(features_sql(shop).splitlines()[0])
    -- Features of Holdfast as of 2024-03-01, for DuckDB, PostgreSQL, Spark and Sail: run there by Holdfast's tests.
    """
    return compiled_sql(prepared.cutoff, known_facts(prepared.connection, prepared.cutoff), dialect)
