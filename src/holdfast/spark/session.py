"""The door to an engine that speaks Spark Connect: plain Spark, Databricks, EMR, Sail."""

import warnings
from typing import Any

from holdfast.errors import ConfigError

_TRIES = 5


def connect_spark(remote: str) -> Any:
    """Open a session of our own.

    Parameters
    ----------
    remote
        ``sc://HOST:PORT``, with parameters as Spark Connect has them (``;use_ssl=true``).

    Raises
    ------
    ConfigError
        The client is not installed, or nobody answers there.
    """
    with warnings.catch_warnings():
        # The client warns of pandas 3, whose frames never pass through it here: Arrow's tables do.
        warnings.simplefilter("ignore")
        try:
            from pyspark.sql import SparkSession
        except ImportError:
            raise ConfigError(
                'engine.kind: spark needs its client: install it with `pip install "holdfast[spark]"`.'
            ) from None
        try:
            from pyspark.sql.connect.client.retries import DefaultPolicy

            session: Any = SparkSession.builder.remote(remote).create()
            # Its own patience with an engine that is gone is ten minutes.
            session.client.set_retry_policies([DefaultPolicy(max_retries=_TRIES)])
            session.sql("SELECT 1").toArrow()
        except Exception as error:  # noqa: BLE001  # whatever the client raises, of which there are a dozen classes
            raise ConfigError(
                f"engine.remote: nobody answers at {said_remote(remote)} as Spark Connect does "
                f"({type(error).__name__})."
            ) from None
    return session


def said_remote(remote: str) -> str:
    """Return an address without its parameters, among which a token may be.

    Examples
    --------
    >>> said_remote("sc://spark.example:15002/;token=secret")
    'sc://spark.example:15002'
    """
    return remote.partition(";")[0].rstrip("/").split("@")[-1]
