"""Read what an earlier `score` wrote."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq

from holdfast import columns
from holdfast.churn.closed import ClosedSeason
from holdfast.config import Config
from holdfast.data.day import is_day
from holdfast.errors import ConfigError, NotFoundError
from holdfast.features import FEATURES
from holdfast.forecast.spread import Spread
from holdfast.language import told
from holdfast.pipeline.outputs import dated_folders, home_of, read_json
from holdfast.pipeline.settings import setting_of

# The last purchase comes so many days before a closed season at most.
_CLOSES_DAYS = 3


def output_folder(config: Config) -> Path:
    """Return the folder of the configured as-of date; with ``as_of: end_of_data`` the latest one there is.

    Raises
    ------
    NotFoundError
        Nothing was written yet.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> from holdfast.config import load_config
    >>> output_folder(load_config("demo.yaml")).as_posix()
    'outputs/demo/2024-06-24'
    """
    home = home_of(config)
    if config.as_of is None:
        if (home / "snapshot").is_dir():
            return home / "snapshot"
        raise NotFoundError(told("No scores in {home} yet: run `holdfast run` first.", home=home))
    if isinstance(config.as_of, date):
        folder = home / config.as_of.isoformat()
        if folder.is_dir():
            return folder
        command = f"holdfast score --as-of {config.as_of}"
        raise NotFoundError(told("{folder} is not there yet: run `{command}` first.", folder=folder, command=command))
    dated = dated_folders(home)
    if not dated:
        raise NotFoundError(told("No scores in {home} yet: run `holdfast run` first.", home=home))
    return dated[-1]


def scored_on(folder: Path) -> date | None:
    """Return the as-of date of an output folder; of a table without dates, the day its scores were written."""
    if is_day(folder.name):
        return date.fromisoformat(folder.name)
    scores = folder / "scores.parquet"
    return date.fromtimestamp(scores.stat().st_mtime) if scores.is_file() else None


def held_out_of(folder: Path) -> dict[str, Any]:
    """Return the held-out test of the model behind an output folder's scores; empty where there is none."""
    return _metric(folder, "held_out")


def spread_of(folder: Path) -> Spread:
    """Return how far what customers bring in may lie from the CLV of an output folder's scores."""
    return Spread.from_dict(_metric(folder, "spread"))


def shut_until(folder: Path, done: date, today: date) -> date | None:
    """Return until when nothing is sold, where ``today`` lies in a closed season that had begun when work was ``done``.

    Nothing new can have come since then. ``folder`` is that of the last scores; None where it is open.
    """
    for first, last in ClosedSeason.from_dict(read_json(folder / "metrics.json").get("closed", [])).stretches:
        if first - timedelta(days=_CLOSES_DAYS) <= done and first <= today <= last:
            return last
    return None


def _metric(folder: Path, name: str) -> dict[str, Any]:
    found = read_json(folder / "metrics.json").get(name)
    return found if isinstance(found, dict) else {}


def read_list(config: Config, name: str) -> tuple[Path, pd.DataFrame]:
    """Return the file of a list (``setting_of(config).lists``) and its rows.

    Raises
    ------
    NotFoundError
        The list was not written.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> from holdfast.config import load_config
    >>> file, rows = read_list(load_config("demo.yaml"), "high_value")
    >>> file.name, len(rows)
    ('high_value.csv', 200)
    """
    path = output_folder(config) / "lists" / f"{name}.parquet"
    if not path.is_file():
        if name == "notice_given":
            raise NotFoundError(f"There is no {path}: of nobody is it known that they have given notice.")
        raise NotFoundError(
            f"There is no {path}; a log without amounts has no list of high values, nor have contracts without prices."
        )
    table, asked = pd.read_parquet(path), setting_of(config).question(config)
    _answers(path, table, asked.p_churn, asked.key)
    return path.with_suffix(".csv"), table


def _answers(path: Path, table: pd.DataFrame, column: str, asked: str) -> None:
    """Refuse what was written for another question than the configuration asks."""
    if column not in table:
        raise ConfigError(f"{asked}: what is written in {path} has no {column}: run `holdfast run` with this horizon.")


def with_columns(table: pd.DataFrame, names: Iterable[str], folder: Path) -> tuple[pd.DataFrame, list[str]]:
    """Return rows of customers with columns of the scores and features in a folder, and the names that neither has.

    What ``table`` has already is not looked for.
    """
    wanted = [name for name in dict.fromkeys(names) if name not in table]
    for file in ("scores.parquet", "features.parquet"):
        path = folder / file
        there = [c for c in wanted if c in pq.read_schema(path).names] if wanted and path.is_file() else []
        if there:
            more = pd.read_parquet(path, columns=["customer_id", *there])
            table = table.merge(more, on="customer_id", how="left", validate="one_to_one")
            wanted = [c for c in wanted if c not in there]
    return table, wanted


@dataclass(frozen=True)
class Written:
    """Scores and features of one as-of date, row by row the same customers, ordered by ``customer_id``.

    ``value`` and ``p_churn`` name the columns of value (CLV; expected purchases for a log without amounts) and risk.
    """

    folder: Path
    as_of: date
    scores: pd.DataFrame
    features: pd.DataFrame
    value: str
    p_churn: str

    @property
    def has_money(self) -> bool:
        """Whether value is money."""
        return self.value.startswith("clv_")


def read_scored(config: Config) -> Written:
    """Read the scores and features that the last `score` or `run` wrote for the configured as-of date.

    Raises
    ------
    NotFoundError
        Nothing was written yet.
    ConfigError
        The scores answer another question (another horizon) than the configuration asks.
    """
    return read_folder(output_folder(config), config)


def read_folder(folder: Path, config: Config) -> Written:
    """Read the scores and features of one output folder (``read_scored``)."""
    for name in ("scores.parquet", "features.parquet"):
        if not (folder / name).is_file():
            raise NotFoundError(f"There is no {folder / name}: run `holdfast score` first.")
    scores = pd.read_parquet(folder / "scores.parquet").sort_values("customer_id", ignore_index=True)
    features = pd.read_parquet(folder / "features.parquet").sort_values("customer_id", ignore_index=True)
    if not scores["customer_id"].equals(features["customer_id"]):
        raise NotFoundError(f"{folder}: scores and features are not of the same customers: run `holdfast score` again.")
    h, money = config.churn.horizon_days, any(c.startswith("clv_") for c in scores.columns)
    value = columns.clv(config.clv.horizon_days) if money else columns.expected_purchases(h)
    for column, asked in ((columns.p_churn(h), "churn.horizon_days"), (value, "clv.horizon_days")):
        _answers(folder, scores, column, asked)
    needed = [columns.clv_deviation(config.clv.horizon_days)] if money else []
    missing = [f.name for f in FEATURES if f.name not in features] + [c for c in needed if c not in scores]
    if missing:
        raise NotFoundError(
            f"{folder} was written by another version (no {missing[0]}): run `holdfast train`, then `holdfast score`."
        )
    return Written(folder, date.fromisoformat(folder.name), scores, features, value, columns.p_churn(h))
