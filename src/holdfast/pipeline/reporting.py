"""Report: what the commands wrote → one HTML file beside the scores, for a person to look at."""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.columns.plain import plain
from holdfast.config import Config
from holdfast.contractual.periods import months_of
from holdfast.data.day import is_day
from holdfast.errors import ConfigError, NotFoundError
from holdfast.forecast.spread import Spread, totals
from holdfast.kpis.small_groups import without_small_groups
from holdfast.language import speaking
from holdfast.learn.intervals import NORMAL_80, NORMAL_95
from holdfast.lists.audience import ModelError, lost_in_total
from holdfast.lists.spreadsheet import delimiter_of
from holdfast.pipeline.issued import issued_lists
from holdfast.pipeline.outputs import dated_folders, home_of, read_json, whole_file, write_json
from holdfast.pipeline.setting import Question as Asked
from holdfast.pipeline.settings import setting_of
from holdfast.pipeline.written import output_folder
from holdfast.report.page import Facts, Issued, Question, Segments, render
from holdfast.report.page.rows import OF_ONE
from holdfast.segments.cards import movements

REPORT, MONITOR = "report.html", "monitor.json"
_PART = 100_000
_MOST_ISSUED = 20  # lists whose decisions are looked up for the customers shown
_NAME = re.compile(r"[^\W_][\w.-]{0,99}")
_CUSTOMERS = "segments/customers.parquet"
_BANDS = ("value_band", "risk_band")


def report(config: Config) -> Path:
    """Write the report of the configured as-of date's outputs beside them, and return its path.

    Nothing is computed that a command computes: the report shows the files there are, and says which command gives
    what is not there. The same files give the same bytes.

    Raises
    ------
    NotFoundError
        There are no scores yet.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> from holdfast.config import load_config
    >>> report(load_config("demo.yaml")).as_posix()
    'outputs/demo/2024-06-24/report.html'
    """
    return refresh_report(config, output_folder(config))


def refresh_report(config: Config, folder: Path, *, share: Callable[[str], None] | None = None) -> Path:
    """Write the report of one output folder anew (``report``); ``share`` gets one that shows no customer."""
    if not (folder / "scores.parquet").is_file():
        raise NotFoundError(f"There is no {folder / 'scores.parquet'}: run `holdfast run` first.")
    facts = facts_of(config, folder)
    with speaking(config.language):
        page = render(facts)
    with whole_file(config, folder / REPORT) as draft:
        draft.write_text(page, encoding="utf-8", newline="\n")
    if share is not None:
        with speaking(config.language):
            shared = render(without_customers(facts))
        share(shared)
    return folder / REPORT


def without_customers(facts: Facts) -> Facts:
    """Return the same facts with no row of a customer: for places that may hold no customers' data, such as MLflow."""
    return replace(
        facts,
        lists={name: rows.iloc[:0] for name, rows in facts.lists.items()},
        scores=facts.scores.iloc[:0],
        timelines=facts.timelines.iloc[:0],
        issued=tuple(replace(one, decisions=one.decisions.iloc[:0]) for one in facts.issued),
    )


def keep_effect(config: Config, name: str, found: dict[str, Any]) -> Path | None:
    """Keep what an experiment measured, and show it in the report of the latest scores; return the report's path.

    Parameters
    ----------
    config
        The scenario whose report shows it.
    name
        What it is called there; an earlier one of this name is replaced.
    found
        ``Measured.as_dict()``.

    Returns
    -------
    Path or None
        ``None`` where there are no scores, and so no report, yet.

    Raises
    ------
    ConfigError
        The name cannot be that of a file.
    """
    if not _NAME.fullmatch(name):
        raise ConfigError(f'An experiment cannot be called "{name}": letters, digits, ".", "-" and "_" make a name.')
    with whole_file(config, home_of(config) / "experiments" / f"{name}.json") as draft:
        write_json(draft, {"name": name, **found})
    try:
        return report(config)
    except NotFoundError:
        return None


def effects_kept(config: Config) -> dict[str, dict[str, Any]]:
    """Return what experiments measured (``keep_effect``), by name."""
    return {path.stem: read_json(path) for path in sorted((home_of(config) / "experiments").glob("[!.]*.json"))}


def facts_of(config: Config, folder: Path) -> Facts:
    """Collect what the report shows of one output folder."""
    setting, home = setting_of(config), home_of(config)
    asked = setting.question(config)
    lists = {name: _first_rows(folder / "lists" / f"{name}.parquet") for name in setting.lists}
    rows = {name: table for name, (table, _) in lists.items() if table is not None}
    shown = sorted({str(c) for table in rows.values() for c in table["customer_id"]})
    question, metrics = _question(config, folder, asked), read_json(folder / "metrics.json")
    scores, of_shown = _scores(folder, question, asked.value, shown)
    eligible = scores["eligible"]
    p = scores.loc[eligible, question.p_churn].to_numpy(dtype=np.float64)
    kept = list(issued_lists(home / "issued"))
    segments, before, moved, since = _segments(home, folder, config.privacy.minimum_cell)
    has_value = asked.value in scores and question.has_money
    worth = scores.loc[eligible, asked.value].fillna(0.0).to_numpy(dtype=np.float64) if has_value else np.zeros(0)
    error = ModelError.of(metrics.get("held_out") or {})
    lost = lost_in_total(p, worth, error=error) if has_value else {}
    value = _tables(folder / "value") | _tables(folder, only=("retention",))
    return Facts(
        name=config.name,
        as_of=folder.name,
        question=question,
        customers=len(scores),
        eligible=len(p),
        risks=p,
        lost=lost,
        base=_base(question, scores, value, lost, Spread.from_dict(metrics.get("spread") or {})),
        metrics=metrics,
        model=read_json(folder / "model.json"),
        account=read_json(folder / "data_report.json"),
        lists=rows,
        sizes={name: size for name, (table, size) in lists.items() if table is not None},
        who=dict(setting.lists),
        scores=of_shown,
        timelines=_parquet(folder / "timelines.parquet"),
        issued=tuple(
            _issued(record, shown if i >= len(kept) - _MOST_ISSUED else (), folder) for i, record in enumerate(kept)
        ),
        segments=segments,
        before=before,
        moved=moved,
        moved_since=since,
        value=value,
        value_notes=tuple(read_json(folder / "value" / "notes.json").get("notes", ())),
        experiments=effects_kept(config),
        monitored=tuple(read_json(home / MONITOR).get("runs", ())),
        cannot=setting.cannot,
    )


def facts_of_customer(config: Config, folder: Path, who: str) -> Facts | None:
    """Collect what one customer's page shows: their scores, timeline, rows of lists, and decisions so far.

    ``None`` where nobody of this id was scored.
    """
    setting = setting_of(config)
    asked, shown = setting.question(config), [who]
    question = _question(config, folder, asked)
    path = folder / "scores.parquet"
    known = _names(path)
    scores = _rows_of(path, [c for c in _of_some(question) if c in known], shown)
    if scores.empty:
        return None
    places = {name: folder / "lists" / f"{name}.parquet" for name in setting.lists}
    lists = {name: pd.read_parquet(place, filters=_among(shown)) for name, place in places.items() if place.is_file()}
    timelines = folder / "timelines.parquet"
    return Facts(
        name=config.name,
        as_of=folder.name,
        question=question,
        lists=lists,
        who=dict(setting.lists),
        scores=scores.set_index("customer_id"),
        timelines=pd.read_parquet(timelines, filters=_among(shown)) if timelines.is_file() else pd.DataFrame(),
        issued=tuple(_issued(record, shown, folder) for record in issued_lists(home_of(config) / "issued")),
        own=_own(folder / "features.parquet", who) | _own(folder / _CUSTOMERS, who),
        cannot=setting.cannot,
    )


def _own(path: Path, who: str) -> dict[str, Any]:
    """Return what a file knows of one customer; empty where there is no such file, or nothing of them."""
    if not path.is_file():
        return {}
    known = _names(path)
    rows = _rows_of(path, ["customer_id", *(c for c in OF_ONE if c in known)], [who])
    return {} if rows.empty else plain(rows.iloc[0].to_dict())


def _question(config: Config, folder: Path, asked: Asked) -> Question:
    known = _names(folder / "scores.parquet")
    contracts = config.setting == "contractual"
    clv = columns.clv(config.clv.horizon_days)
    bought = "" if contracts else columns.expected_purchases(config.churn.horizon_days)
    return Question(
        contracts=contracts,
        p_churn=asked.p_churn,
        at_risk=asked.at_risk if asked.value in known else asked.p_churn,
        value=clv if clv in known else bought,
        churn_days=asked.days,
        value_days=config.clv.horizon_days,
        currency="" if contracts else config.purchases.currency or "",
        margin=config.clv.margin,
        yearly_discount=config.clv.yearly_discount,
        period_months=months_of(config.subscriptions.period_days) if contracts else 1.0,
    )


def _scores(folder: Path, question: Question, if_stays: str, shown: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the numbers that the report needs of everyone, and more of the customers shown, by ``customer_id``."""
    import pyarrow.parquet as pq

    path = folder / "scores.parquet"
    of_all = ["eligible", question.p_churn, question.value, if_stays, columns.clv_deviation(question.value_days)]
    known = _names(path)
    everyone, some = ([c for c in dict.fromkeys(names) if c in known] for names in (of_all, _of_some(question)))
    # Every copy of a million customers counts: what was read is given up while it becomes a frame.
    read = pq.read_table(path, columns=everyone, use_threads=False, pre_buffer=False)
    frame: pd.DataFrame = read.to_pandas(split_blocks=True, self_destruct=True)
    return frame, _rows_of(path, some, shown).set_index("customer_id")


def _rows_of(path: Path, names: Sequence[str], customers: Sequence[str]) -> pd.DataFrame:
    """Read some columns of some customers' rows, a part of the file at a time."""
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        groups = [i for i in range(file.num_row_groups) if _may_hold(file.metadata.row_group(i), customers)]
        parts = [file.schema_arrow.empty_table().select(list(names)).to_pandas()]
        for batch in file.iter_batches(_PART, groups, list(names), use_threads=False) if groups else ():
            mine = batch.to_pandas()
            parts.append(mine[mine["customer_id"].isin(customers)])
    found: pd.DataFrame = pd.concat([part for part in parts if len(part)] or parts[:1], ignore_index=True)
    return found


def _may_hold(group: Any, customers: Sequence[str]) -> bool:
    """Say whether a row group may hold one of some customers, by the first and the last id in it."""
    places = [i for i in range(group.num_columns) if group.column(i).path_in_schema == "customer_id"]
    told = group.column(places[0]).statistics if places else None
    if told is None or not told.has_min_max:
        return bool(customers)
    return any(told.min <= one <= told.max for one in customers)


def _of_some(question: Question) -> list[str]:
    """Return the columns of the scores that say what is expected of a customer."""
    days = question.value_days
    own = ["customer_id", question.p_churn, question.value, "p_alive", "tenure_periods"]
    return [*own, columns.clv_low(days), columns.clv_high(days)]


def _names(path: Path) -> list[str]:
    """Return the names of a Parquet file's columns."""
    import pyarrow.parquet as pq

    return list(pq.read_schema(path).names)


def _among(customers: Sequence[str]) -> list[tuple[str, str, list[str]]]:
    return [("customer_id", "in", list(customers))]


def _base(
    question: Question,
    scores: pd.DataFrame,
    value: dict[str, pd.DataFrame],
    lost: dict[str, float],
    spread: Spread,
) -> dict[str, float]:
    """Return what all customers will bring in: as `holdfast value` wrote it, or by the same function."""
    if not question.has_money:
        return {}
    if question.contracts:
        total, half = float(scores.loc[scores["eligible"], question.value].sum()), lost["value_high"] - lost["value"]
        # Half of what 95 % takes, by the ratio of a normal distribution's.
        half *= NORMAL_80 / NORMAL_95
        return {"total": total, "low_80": max(0.0, total - half), "high_80": total + half}
    if "totals" in value:
        row = value["totals"].iloc[0].rename({f"{question.value}_total": "total"})
        return {name: float(row[name]) for name in ("total", "low_80", "high_80")}
    everyone = pd.Series(np.zeros(len(scores), dtype=np.int8), index=scores.index)
    days = int(question.churn_days or 0)
    whole = totals(scores, everyone, spread, churn_days=days, clv_days=question.value_days).iloc[0]
    return {name: float(whole[name]) for name in ("total", "low_80", "high_80")}


def _segments(home: Path, folder: Path, least: int) -> tuple[Segments | None, Segments | None, pd.DataFrame, str]:
    """Return the segments now and on the date compared with, the movements between, and that date."""
    if not (folder / _CUSTOMERS).is_file():
        return None, None, pd.DataFrame(), ""
    written = folder / "segments" / "movements.csv"
    earlier = [f for f in dated_folders(home) if f.name < folder.name and (f / _CUSTOMERS).is_file()]
    since = str(read_json(folder / "segments" / "notes.json").get("compared_with") or "")
    if not since and earlier:
        since = earlier[-1].name
    here, there = folder / _CUSTOMERS, home / since / _CUSTOMERS
    known = bool(since) and there.is_file()
    if written.is_file():
        moved = pd.read_csv(written)
    elif known:
        then, now = (
            pd.read_parquet(path, columns=["customer_id", "segment"]).set_index("customer_id")["segment"]
            for path in (there, here)
        )
        moved = without_small_groups("movements", movements(then, now).assign(kind="segment"), least)[0]
    else:
        moved = pd.DataFrame()
    return _counts(folder.name, here, least), _counts(since, there, least) if known else None, moved, since


def _counts(day: str, path: Path, least: int) -> Segments:
    import pyarrow.parquet as pq

    def by(*names: str) -> pd.DataFrame:
        counted = pq.read_table(path, columns=list(names)).group_by(list(names)).aggregate([([], "count_all")])
        table: pd.DataFrame = counted.to_pandas().rename(columns={"count_all": "customers"})
        return table.sort_values(list(names), ignore_index=True)

    rfm, grid = without_small_groups("rfm", by("r", "f"), least), without_small_groups("grid", by(*_BANDS), least)
    return Segments(day, rfm[0], grid[0])


def _issued(record: dict[str, Any], shown: Sequence[str], folder: Path) -> Issued:
    place: Path = record["folder"]
    wanted = ["customer_id", "status", "treatment", "expected_profit"]
    decisions = pd.DataFrame(columns=wanted)
    if shown:
        decisions = pd.read_parquet(place / "decisions.parquet", columns=wanted, filters=_among(shown))
    current = record["as_of"] == folder.name or not is_day(folder.name)
    audience = _curve(place / "audience.csv") if current else pd.DataFrame()
    return Issued({k: v for k, v in record.items() if k != "folder"}, audience, decisions, place.name)


def _curve(path: Path) -> pd.DataFrame:
    """Read an audience-size curve, whatever marks its CSV was written with (``lists.excel``)."""
    if not path.is_file():
        return pd.DataFrame()
    head, _, rest = path.read_text(encoding="utf-8-sig").partition("\n")
    delimiter = delimiter_of(head)
    # The curve holds whole numbers and fractions only, so a comma that does not part cells marks decimals.
    decimal = "," if delimiter != "," and "," in rest else "."
    return pd.read_csv(path, sep=delimiter, decimal=decimal, encoding="utf-8-sig")


def _first_rows(path: Path) -> tuple[pd.DataFrame | None, int]:
    """Return the first rows of a list, and how many it has; no frame where it was not written."""
    if not path.is_file():
        return None, 0
    import pyarrow.parquet as pq

    with pq.ParquetFile(path) as file:
        if not file.metadata.num_rows:
            return file.read().to_pandas(), 0
        first = next(file.iter_batches(batch_size=columns.FIRST_ROWS))
        return first.to_pandas(), int(file.metadata.num_rows)


_TEXTS = dict.fromkeys(("cohort", "name", "topic", "word"), str)


def _tables(folder: Path, only: Sequence[str] = ()) -> dict[str, pd.DataFrame]:
    paths = [folder / f"{name}.csv" for name in only] if only else sorted(folder.glob("[!.]*.csv"))
    return {path.stem: pd.read_csv(path, dtype=_TEXTS) for path in paths if path.is_file()}


def _parquet(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path) if path.is_file() else pd.DataFrame()
