"""Read what an earlier `score` wrote."""

from datetime import date
from pathlib import Path

import pandas as pd

from holdfast.config import Config
from holdfast.errors import NotFoundError


def output_folder(config: Config) -> Path:
    """Return the folder of the configured as-of date; with ``as_of: end_of_data`` the latest one there is.

    Raises
    ------
    NotFoundError
        Nothing was written yet.
    """
    home = config.outputs / config.name
    if config.as_of is None:
        if (home / "snapshot").is_dir():
            return home / "snapshot"
        raise NotFoundError(f"No scores in {home} yet: run `holdfast run` first.")
    if isinstance(config.as_of, date):
        folder = home / config.as_of.isoformat()
        if folder.is_dir():
            return folder
        raise NotFoundError(f"{folder} is not there yet: run `holdfast score --as-of {config.as_of}` first.")
    dated = sorted(f for f in home.glob("????-??-??") if f.is_dir())
    if not dated:
        raise NotFoundError(f"No scores in {home} yet: run `holdfast run` first.")
    return dated[-1]


def read_list(config: Config, name: str) -> tuple[Path, pd.DataFrame]:
    """Return the file of a list (``at_risk``, ``high_value``) and its rows; ids stay text.

    Raises
    ------
    NotFoundError
        The list was not written.
    """
    path = output_folder(config) / "lists" / f"{name}.csv"
    if not path.is_file():
        raise NotFoundError(f"There is no {path}; a log without amounts has no list of high values.")
    return path, pd.read_csv(path, dtype={"customer_id": "str"}, keep_default_na=False, na_values={"customer_id": []})
