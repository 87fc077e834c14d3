"""How many customers of the tables beside purchases are customers who bought: ids that match nobody do nothing."""

from collections.abc import Collection, Sequence

import duckdb

from holdfast.data.values.parse import bare_number
from holdfast.errors import DataError
from holdfast.language import to_tell, told
from holdfast.wording import counted

# Of the table customers, these columns keep people off lists.
_PROTECT = ("consent", "objection", "profiling_objection")


def match_customers(
    connection: duckdb.DuckDBPyConnection,
    tables: Sequence[str],
    decisive: Collection[str],
    *,
    ours: str = "purchases",
    did: str = to_tell("{table}: {matched:,} of {customers:n customer} bought something."),
) -> list[str]:
    """Return for each table how many of its customers are ours, as a sentence.

    Parameters
    ----------
    connection
        Holds ``ours`` and the tables.
    tables
        Names of the tables that were read.
    decisive
        Those that keep customers off lists (of ``customers`` only where it says who consents or objects).
    ours, did
        The main table, a section of the configuration too, and the message that says what its customers did.

    Raises
    ------
    DataError
        A decisive table matches nobody: then whoever objects would be contacted.
    """
    notes = []
    for name in tables:
        ids, matched, folded, bare = connection.execute(
            f"WITH theirs AS (SELECT DISTINCT customer_id AS id FROM {name} WHERE customer_id IS NOT NULL), "
            f"ours AS (SELECT DISTINCT customer_id AS id FROM {ours}), "
            "folded AS (SELECT DISTINCT LOWER(id) AS id FROM ours), "
            f"bare AS (SELECT DISTINCT {bare_number('id')} AS id FROM ours) "
            "SELECT COUNT(*), COUNT(*) FILTER (WHERE id IN (SELECT id FROM ours)), "
            "COUNT(*) FILTER (WHERE LOWER(id) IN (SELECT id FROM folded)), "
            f"COUNT(*) FILTER (WHERE {bare_number('id')} IN (SELECT id FROM bare)) FROM theirs"
        ).fetchall()[0]
        if not ids:
            continue
        case = ""
        if folded > matched:
            fold = to_tell("{customers:,} would if capitals did not matter: set {key}: fold.")
            case = " " + told(fold, customers=folded, key=f"{ours}.id_case")
        elif bare > matched:
            digits = to_tell("{customers:,} would if marks and leading zeros did not matter: set {key}: digits.")
            case = " " + told(digits, customers=bare, key=f"{ours}.id_case")
        said = told(did, table=name, matched=matched, customers=ids)
        if not matched and name in decisive and (name != "customers" or _protects(connection)):
            raise DataError(
                f"tables.{name}: none of {counted(ids, 'customer')} is a customer of the {ours}, so nobody would be "
                f"kept off a list.{case or ' Map the column that holds the same ids (columns.customer_id).'}"
            )
        notes.append(said + case)
    return notes


def _protects(connection: duckdb.DuckDBPyConnection) -> bool:
    counts = ", ".join(f"COUNT({column})" for column in _PROTECT)
    return any(connection.execute(f"SELECT {counts} FROM customers").fetchall()[0])
