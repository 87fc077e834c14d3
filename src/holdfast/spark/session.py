"""The door to an engine that speaks Spark Connect: plain Spark, Databricks, EMR, Sail."""

import os
import warnings
from typing import Any

from holdfast.errors import ConfigError

# Of a call that fails: at first, when nobody may be there, and later; the client's own patience is ten minutes.
_TRIES_AT_FIRST, _TRIES = 3, 5


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
            session.client.set_retry_policies([DefaultPolicy(max_retries=_TRIES_AT_FIRST)])
            session.sql("SELECT 1").toArrow()
            session.client.set_retry_policies([DefaultPolicy(max_retries=_TRIES)])
        except Exception as error:  # noqa: BLE001  # whatever the client raises, of which there are a dozen classes
            raise ConfigError(
                f"engine.remote: nobody answers at {said_remote(remote)} as Spark Connect does "
                f"({type(error).__name__})."
            ) from None
    return session


def address_of(remote: str | None) -> str:
    """Return the address that is stated, or else that of the environment.

    Raises
    ------
    ConfigError
        There is neither.
    """
    found = remote or os.environ.get("SPARK_REMOTE")
    if not found:
        raise ConfigError("engine.remote is missing: name the engine, sc://HOST:PORT, or set SPARK_REMOTE.")
    return found


def is_named(remote: str) -> bool:
    """Say whether an address names a session: then it is its owner's, who ends it.

    Examples
    --------
    >>> is_named("sc://spark.example:15002"), is_named("sc://spark.example:15002/;session_id=ours")
    (False, True)
    """
    return "session_id=" in remote


def said_remote(remote: str) -> str:
    """Return an address without its parameters, among which a token may be.

    Examples
    --------
    >>> said_remote("sc://spark.example:15002/;token=secret")
    'sc://spark.example:15002'
    """
    return remote.partition(";")[0].rstrip("/").split("@")[-1]
