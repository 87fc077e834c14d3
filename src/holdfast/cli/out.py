"""The file that --out names."""

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd


def write_out(table: "pd.DataFrame", path: Path) -> dict[str, int]:
    """Write a table whole or not at all; return how many cells of each column a CSV had to make harmless."""
    from holdfast.disk import whole_file
    from holdfast.errors import ConfigError
    from holdfast.lists.spreadsheet import made_harmless
    from holdfast.pipeline.outputs import FORMATS, write_table

    form = {".pq": "parquet"}.get(path.suffix.lower(), path.suffix.lower().removeprefix("."))
    if form not in FORMATS:
        raise ConfigError(f"--out {path}: the ending says the format, one of {', '.join('.' + f for f in FORMATS)}.")
    if not path.parent.is_dir():
        raise ConfigError(f"--out {path}: there is no folder {path.parent}.")
    with whole_file(path) as draft:
        write_table(draft, table, form)
    return made_harmless(table) if form == "csv" else {}
