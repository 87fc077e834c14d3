"""Rows of a table of texts that rules on its columns leave out."""

from typing import Any

import numpy as np
import pandas as pd

from holdfast.data.cells import Cells, plain_name
from holdfast.data.engine import Engine, connect
from holdfast.data.line_rules import RowRules
from holdfast.data.rules import matches
from holdfast.data.source import Written
from holdfast.errors import DataError
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
    wanted = rules.of_columns()
    if not wanted:
        return cells, {}
    counts, unmatched = np.ones(len(cells.frame), dtype=bool), []
    columns = pd.DataFrame({ours: cells.frame[plain_name(rule.column)] for ours, _, rule in wanted})
    with connect(engine) as connection:
        connection.register("lines", columns)
        for ours, kind, rule in wanted:
            # The engine compares, here as of purchases: it lowers some letters otherwise than Python does.
            parts = [] if rule.optional else rule.parts()
            each = [("", rule), *parts]
            asked = ", ".join(f"{matches(ours, 'VARCHAR', one)} AS part_{i}" for i, (_, one) in enumerate(each))
            whole, *alone = connection.sql(f"SELECT {asked} FROM lines").fetchnumpy().values()
            counts &= np.asarray(whole, dtype=bool) == (kind == "keep")
            key = f"{written.key('rules')}.{kind}"
            unmatched += [
                f'{key} on "{rule.column}": {what} matches no row.'
                for (what, _), found in zip(parts, alone, strict=True)
                if not found.any()
            ]
    if not counts.any():
        key, more = written.key("rules"), " ".join(unmatched)
        raise DataError(f"{cells.label}: {key} leaves none of {counted(len(counts), 'row')}. {more}".rstrip())
    kept = cells.rows(counts)
    return kept, {"kept": len(kept.frame), "ruled_out": int((~counts).sum()), "unmatched": unmatched}
