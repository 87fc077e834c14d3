"""Which way of reading a column is right: decided by the lines that only one of them can read, or not at all."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from holdfast.onboarding.export import TABLE, Export, is_filled

# Above this share of unreadable cells it is no reading of the column.
MOST_UNREAD = 0.01


@dataclass(frozen=True)
class Reading:
    """A way of reading texts.

    Attributes
    ----------
    said
        What messages call it, such as ``day first``.
    settings
        The keys that state it.
    value
        SQL of what the text ``x`` means, NULL where it cannot be read so.
    """

    said: str
    settings: Mapping[str, Any]
    value: str


@dataclass(frozen=True)
class Proof:
    """Why a rival is wrong: a line that it cannot read, and the share of cells that both read, differently."""

    rival: Reading
    place: int
    either_share: float


@dataclass(frozen=True)
class Verdict:
    """What all lines say.

    Attributes
    ----------
    best
        The reading that reads most cells.
    tied
        Readings that no line speaks against and that mean something else, or that read lines ``best`` cannot.
    proofs
        Why the others that mean something else are wrong.
    total, unread
        Filled cells, and those that ``best`` cannot read.
    """

    best: Reading
    tied: tuple[Reading, ...]
    proofs: tuple[Proof, ...]
    total: int
    unread: int


def shortlist(export: Export, column: str, readings: Sequence[Reading], *, source: str, least: float) -> list[Reading]:
    """Return the readings that read at least this share of the distinct texts of a column."""
    counts = ", ".join(f"COUNT({r.value})" for r in readings)
    total, *read = export.one(f"SELECT COUNT(*), {counts} FROM ({_texts(column, source)})")
    return [r for r, n in zip(readings, read, strict=True) if total and n >= least * total]


def texts_of(export: Export, column: str, *, source: str, most: int = 500) -> list[str]:
    """Return distinct texts of a column: those that ``shortlist`` looks at, or more."""
    return [row[0] for row in export.connection.execute(_texts(column, source, most)).fetchall()]


def _texts(column: str, source: str, most: int = 500) -> str:
    first = f"SELECT {column} AS x FROM {source} WHERE {is_filled(column)} LIMIT {10 * most}"
    return f"SELECT DISTINCT x FROM ({first}) ORDER BY x LIMIT {most}"


def decide(export: Export, columns: Sequence[str], readings: Sequence[Reading]) -> Verdict | None:
    """Hold every reading against every cell of the columns; ``None``: none reads them.

    Of two readings the one wins that reads a cell which the other cannot, if the other has no such cell either way.
    """
    key = (tuple(columns), tuple((r.said, r.value) for r in readings))
    return export.once(key, lambda: _decided(export, columns, readings))


def _decided(export: Export, columns: Sequence[str], readings: Sequence[Reading]) -> Verdict | None:
    cells = " UNION ALL ".join(f"SELECT place, {c} AS x FROM {TABLE} WHERE {is_filled(c)}" for c in columns)
    values = ", ".join(f"{r.value} AS v{i}" for i, r in enumerate(readings))
    export.connection.execute(
        f"CREATE OR REPLACE TEMP TABLE texts AS SELECT *, {values} FROM "
        f"(SELECT x, COUNT(*) AS n, MIN(place) AS place FROM ({cells}) GROUP BY x)"
    )
    counts = ", ".join(f"SUM(n) FILTER (v{i} IS NOT NULL)" for i in range(len(readings)))
    total, *read = export.row(f"SELECT SUM(n), {counts} FROM texts")
    first = max(range(len(readings)), key=lambda i: read[i])
    if not total or total - read[first] > MOST_UNREAD * total:
        return None
    tied, proofs = [], []
    for i, rival in enumerate(readings):
        either, only_best, only_rival, place = export.row(
            f"SELECT SUM(n) FILTER (v{first} <> v{i}), SUM(n) FILTER (v{first} IS NOT NULL AND v{i} IS NULL), "
            f"SUM(n) FILTER (v{first} IS NULL AND v{i} IS NOT NULL), "
            f"MIN(place) FILTER (v{first} IS NOT NULL AND v{i} IS NULL) FROM texts"
        )
        if i == first or not either:
            continue
        if only_best and not only_rival:
            proofs.append(Proof(rival, place, either / total))
        else:
            tied.append(rival)
    return Verdict(readings[first], tuple(tied), tuple(proofs), total, total - read[first])
