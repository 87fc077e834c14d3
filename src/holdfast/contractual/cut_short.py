"""Lines that take back the rest of the terms before them, such as cancellations among payments for terms."""

from dataclasses import replace

import numpy as np
import pandas as pd

from holdfast.contractual.rules import NO_NOTICE, NOTICE, ContractRules
from holdfast.contractual.spells import OPEN
from holdfast.data import Source, typed
from holdfast.data.cells import Cells, plain_name
from holdfast.data.typed import refuse_rows


def cut_short(cells: Cells, rules: ContractRules, source: Source) -> tuple[Cells, dict[str, int]]:
    """Return the terms, without the lines that take back the rest of those before them, which end on the line's end.

    As of a day before that end nobody knew, as of any other end.
    """
    has = rules.columns
    if has.cut_short is None:
        return cells, {}
    flag = plain_name(has.cut_short)
    text = cells.frame[flag].str.casefold()
    cut = text.isin(NOTICE).to_numpy()
    other = (text.notna() & ~text.isin([*NOTICE, *NO_NOTICE])).to_numpy()
    refuse_rows(cells, other, flag, "neither yes nor no", "Write 1 or 0, yes or no, true or false.")
    start = typed.days(cells, plain_name(has.started_at or ""), source)
    frame, days, taken = cells.frame.copy(), dict(cells.days), np.zeros(len(cut), dtype=bool)
    for name in map(plain_name, has.ends):
        end = typed.days(cells, name, source, blank=int(OPEN))
        rows = pd.DataFrame(
            {"who": cells.frame[plain_name(has.customer_id or "")], "start": start, "term": ~cut, "end": end}
        )
        # The latest first, and of one day the lines that cut short: they hold of all before them.
        rows = rows.sort_values(["start", "term"], ascending=[False, True], kind="stable")
        first = (
            rows["end"]
            .where(~rows["term"], OPEN)
            .groupby(rows["who"], sort=False)
            .cummin()
            .sort_index()
            .fillna(OPEN)
            .to_numpy()
        )
        until = np.where(cut, end, np.maximum(np.minimum(end, first), np.minimum(start, end)))
        sooner = until < end
        days[name] = np.where(sooner, until, days[name])
        frame.loc[sooner, name] = until[sooner].astype("datetime64[D]").astype(str)
        taken |= sooner
    made = replace(cells, frame=frame, days=days).rows(~cut)
    return made, {"cuts": int(cut.sum()), "cut_short": int(taken.sum())}
