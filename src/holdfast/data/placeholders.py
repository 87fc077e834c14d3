"""What stands in place of customers' ids where nobody is named, counted for the account."""

import duckdb

from holdfast.data.engine import literal
from holdfast.data.reading.rawtable import RawTable
from holdfast.data.referred import unanswered
from holdfast.data.source import Source
from holdfast.data.values import parse


def placeholders_of(connection: duckdb.DuckDBPyConnection, raws: list[RawTable], written: Source) -> dict[str, int]:
    """Return how many lines hold which word for nobody (``values.nobody`` and words for "blank") as a customer's id."""
    words = ", ".join(map(literal, parse.nobody(written)))
    # A line whose order says whose it is needs no id of its own.
    cells = " UNION ALL ".join(
        f"SELECT LOWER({parse.bare('customer_id')}) AS word FROM {raw.table} WHERE {unanswered(raw, written)}"
        for raw in raws
    )
    named = f"CASE WHEN word IN ({words}) THEN word"
    if written.placeholders:
        # Of an address what stands before the @, which is one of our words.
        named += f" WHEN {parse.is_erased('word')} THEN split_part(word, '@', 1)"
    query = f"SELECT {named} END AS named, COUNT(*) FROM ({cells}) AS ids GROUP BY named HAVING named IS NOT NULL"
    found = connection.execute(query)
    return {str(word): int(n) for word, n in sorted(found.fetchall())}
