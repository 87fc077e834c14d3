"""Whoever objected is scored, and on no ranked list: these lists are for marketing, the scores are for the books."""

from dataclasses import replace

import pandas as pd

from holdfast.language import told
from holdfast.lists.suppression import SuppressionRules, suppressions
from holdfast.pipeline.setting import Prepared, Told

# What a customer decides for good, whatever the scenario suppresses for a time.
_FOR_GOOD = SuppressionRules(contacted_within_days=0, open_tickets=False, bought_since=False)
# Later than any day that a table knows: an objection counts from when it stands there, whatever the as-of date.
_EVER = 1_000_000


def without_objectors(prepared: Prepared, scored: Told) -> Told:
    """Return what was scored with those who objected, or gave no consent, left off the lists; a note says how many."""
    on_lists = pd.concat([table["customer_id"] for table in scored.lists.values()]).drop_duplicates()
    why = suppressions(prepared.connection, on_lists, as_of=_EVER, today=_EVER, rules=_FOR_GOOD)
    off = set(on_lists[why != ""])
    if not off:
        return scored
    lists = {name: _ranked(table[~table["customer_id"].isin(off)]) for name, table in scored.lists.items()}
    timelines = scored.timelines[~scored.timelines["customer_id"].isin(off)].reset_index(drop=True)
    note = told(
        "Left off the lists, for want of consent or an objection to marketing or profiling: {n:n customer}.",
        n=len(off),
    )
    return replace(scored, lists=lists, timelines=timelines, notes=[*scored.notes, note])


def _ranked(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(rank=range(1, len(table) + 1)).reset_index(drop=True)
