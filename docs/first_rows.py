"""The first rows of every list, as `docs/lists.md` shows them: `python -m docs.first_rows OUTPUTS` writes them anew."""

import re
import sys
from pathlib import Path

import pandas as pd

PAGE = Path(__file__).parent / "lists.md"
_ROWS = 10
_SHOWN = ("rank", "p_churn", "value_at_risk", "clv_", "reason")
_LEFT_OUT = ("clv_decile",)
_BLOCK = re.compile(r"^(```text) (\S+)\n(.*?)^```$", re.M | re.S)


def first_rows(path: Path) -> str:
    """Return the first rows of a list's CSV: rank, probability, value and reasons; without ids, they say nothing."""
    table = pd.read_csv(path, dtype=str, keep_default_na=False).head(_ROWS)
    shown = [c for c in table.columns if c.startswith(_SHOWN) and c not in _LEFT_OUT]
    if table.empty:
        return "nobody\n"
    reasons = table[[c for c in shown if c.startswith("reason")]].agg(lambda r: " · ".join(x for x in r if x), axis=1)
    numbers = {c: [_number(c, cell) for cell in table[c]] for c in shown if not c.startswith("reason")}
    told = pd.DataFrame(numbers).assign(why=reasons)
    widths = {name: max(len(name), *told[name].str.len()) for name in told}
    rows = [list(told.columns), *told.to_numpy().tolist()]
    lines = [[word.rjust(widths[n]) if n != "why" else word for n, word in zip(told, row, strict=True)] for row in rows]
    return "".join("  ".join(words).rstrip() + "\n" for words in lines)


def _number(column: str, cell: str) -> str:
    return cell if column == "rank" else f"{float(cell):,.{3 if column.startswith('p_') else 2}f}"


def blocks(page: str) -> dict[str, str]:
    """Return what a page shows, by the list's path below the outputs: ``cdnow/1998-07-01/lists/at_risk.csv``."""
    return {path: text for _, path, text in _BLOCK.findall(page)}


def rewritten(page: str, outputs: Path) -> str:
    """Return the page with the first rows of the lists below ``outputs``."""
    return _BLOCK.sub(lambda m: f"{m[1]} {m[2]}\n{first_rows(outputs / m[2])}```", page)


if __name__ == "__main__":
    PAGE.write_text(rewritten(PAGE.read_text(encoding="utf-8"), Path(sys.argv[1])), encoding="utf-8")
