"""Rows of a table of texts that rules on its columns leave out."""

from typing import Any

import numpy as np

from holdfast.data.cells import Cells, plain_name
from holdfast.data.engine import Engine, connect
from holdfast.data.line_rules import ColumnRule, RowRules
from holdfast.data.rules import matches
from holdfast.data.source import Written
from holdfast.errors import DataError
from holdfast.learn.arrays import Flags
from holdfast.wording import counted


def that_count(
    cells: Cells, rules: RowRules, written: Written, *, engine: Engine | None = None
) -> tuple[Cells, dict[str, Any]]:
    """Return the rows that count, and what became of the others, as plain values for JSON.

    Parameters
    ----------
    cells
        The table, with every column that a rule names.
    rules
        Which rows count.
    written
        Names the keys in messages.
    engine
        What the embedded engine may take of the machine.

    Returns
    -------
    Cells, dict
        ``ruled_out`` rows; ``unmatched`` sentences, one for each value or pattern of a rule that no row has.

    Raises
    ------
    DataError
        No row is left.
    """
    if not rules.keep and not rules.drop:
        return cells, {}
    counts, unmatched = np.ones(len(cells.frame), dtype=bool), []
    for kind, wanted in (("keep", rules.keep), ("drop", rules.drop)):
        for rule in wanted:
            said = _matching(cells, rule, engine)
            counts &= said if kind == "keep" else ~said
            unmatched += _that_match_nothing(cells, rule, said, f"{written.key('rules')}.{kind}")
    if not counts.any():
        key, more = written.key("rules"), " ".join(unmatched)
        raise DataError(f"{cells.label}: {key} leaves none of {counted(len(counts), 'row')}. {more}".rstrip())
    kept = cells.rows(counts)
    return kept, {"kept": len(kept.frame), "ruled_out": int((~counts).sum()), "unmatched": unmatched}


def _matching(cells: Cells, rule: ColumnRule, engine: Engine | None) -> Flags:
    column = cells.frame[[plain_name(rule.column)]].set_axis(["cell"], axis=1)
    with connect(engine) as connection:
        connection.register("lines", column)
        found = connection.sql(f"SELECT {matches('cell', 'VARCHAR', rule)} AS found FROM lines").fetchnumpy()["found"]
    return np.asarray(found, dtype=bool)


def _that_match_nothing(cells: Cells, rule: ColumnRule, said: Flags, key: str) -> list[str]:
    if rule.optional:
        return []
    if rule.pattern is not None:
        return [] if said.any() else [f'{key} on "{rule.column}": the pattern matches no row.']
    there = set(cells.frame[plain_name(rule.column)].fillna("").str.casefold().unique())
    return [
        f'{key} on "{rule.column}": the value "{value}" matches no row.'
        for value in rule.values
        if value.strip().casefold() not in there
    ]
