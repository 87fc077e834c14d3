"""The one text of features in the spelling of a warehouse that nobody could run it on here."""

from collections.abc import Collection

from holdfast.columns import CLEAN_PURCHASES, REFUNDS, clean_table
from holdfast.errors import ConfigError
from holdfast.features.beside import ROWS
from holdfast.features.build import feature_sql
from holdfast.features.cutoff import Cutoff

DIALECTS = {"bigquery": "BigQuery", "snowflake": "Snowflake"}
_PORTABLE = "DuckDB, PostgreSQL, Spark and Sail: run there by Holdfast's tests"


def compiled_sql(cutoff: Cutoff, shown: Collection[str] = (), dialect: str | None = None) -> str:
    """Return the text of ``feature_sql`` with a header that says what it reads, in a warehouse's own spelling.

    Parameters
    ----------
    cutoff, shown
        As of ``feature_sql``.
    dialect
        One of ``DIALECTS``: compiled by sqlglot, and never run there. ``None``: the portable text.

    Raises
    ------
    ConfigError
        There is no such dialect, or sqlglot is not installed.

    Examples
    --------
    >>> from holdfast.features import Cutoff, compiled_sql
    >>> print(compiled_sql(Cutoff("2024-03-01", horizon_days=60), dialect="bigquery").splitlines()[0])
    -- Features of Holdfast as of 2024-03-01, for BigQuery: compiled, not run.
    """
    text = feature_sql(cutoff, shown).strip()
    if dialect is None:
        return f"{_header(cutoff, shown, _PORTABLE)}\n{text}\n"
    if dialect not in DIALECTS:
        raise ConfigError(f"There is no dialect {dialect!r}: portable, {' or '.join(DIALECTS)}.")
    return f"{_header(cutoff, shown, f'{DIALECTS[dialect]}: compiled, not run')}\n{_spelt(text, dialect)}\n"


def _spelt(text: str, dialect: str) -> str:
    try:
        import sqlglot
    except ImportError:
        raise ConfigError(
            'SQL of a warehouse is compiled by sqlglot: install it with `pip install "holdfast[sql]"`.'
        ) from None
    # sqlglot's own dialect, not one of the engines': it adds no safe casts, and BigQuery takes no stated order of
    # blanks in a window over a range.
    (compiled,) = sqlglot.transpile(text, write=dialect, pretty=True, unsupported_level=sqlglot.ErrorLevel.RAISE)
    return str(compiled)


def _header(cutoff: Cutoff, shown: Collection[str], where: str) -> str:
    tables = {"purchases": CLEAN_PURCHASES, "refunds": REFUNDS}
    tables |= {name: clean_table(name) for name in ROWS if name in shown}
    lines = [
        f"Features of Holdfast as of {cutoff.date}, for {where}.",
        "It reads clean lines from these tables; a day is the number of days since 1970-01-01:",
        *(f"  {name} ({', '.join(f'{c.name} {c.type}' for c in tables[name])})" for name in tables),
    ]
    return "\n".join(f"-- {line}" for line in lines)
