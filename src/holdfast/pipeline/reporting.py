"""Report: what the commands wrote → one HTML file beside the scores, for a person to look at."""

import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.config import Config
from holdfast.errors import ConfigError, NotFoundError
from holdfast.forecast.spread import totals
from holdfast.lists.audience import ModelError, lost_in_total
from holdfast.pipeline.issued import issued_lists
from holdfast.pipeline.outputs import dated_folders, home_of, is_day, whole_file, write_json
from holdfast.pipeline.settings import setting_of
from holdfast.pipeline.written import held_out_of, output_folder, spread_of
from holdfast.report.page import Facts, Issued, Question, Segments, render
from holdfast.segments.cards import movements

REPORT, MONITOR = "report.html", "monitor.json"
_MOST_ISSUED = 20  # lists whose decisions are looked up for the customers shown
_NAME = re.compile(r"[^\W_][\w.-]{0,99}")
_CUSTOMERS = "segments/customers.parquet"


def report(config: Config) -> Path:
    """Write the report of the configured as-of date's outputs beside them, and return its path.

    Nothing is computed that a command computes: the report shows the files there are, and says which command gives
    what is not there. The same files give the same bytes.

    Raises
    ------
    NotFoundError
        There are no scores yet.
    """
    return refresh_report(config, output_folder(config))


def refresh_report(config: Config, folder: Path) -> Path:
    """Write the report of one output folder anew (``report``)."""
    if not (folder / "scores.parquet").is_file():
        raise NotFoundError(f"There is no {folder / 'scores.parquet'}: run `holdfast run` first.")
    page = render(facts_of(config, folder))
    with whole_file(config, folder / REPORT) as draft:
        draft.write_text(page, encoding="utf-8", newline="\n")
    return folder / REPORT


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


def facts_of(config: Config, folder: Path) -> Facts:
    """Collect what the report shows of one output folder."""
    setting, home = setting_of(config), home_of(config)
    asked = setting.question(config)
    lists = {name: _first_rows(folder / "lists" / f"{name}.parquet") for name in setting.lists}
    rows = {name: table for name, (table, _) in lists.items() if table is not None}
    shown = sorted({str(c) for table in rows.values() for c in table["customer_id"]})
    question = _question(config, folder, asked.p_churn, asked.value)
    scores, of_shown = _scores(folder, question, asked.value, shown)
    active = scores[scores["eligible"]]
    p = active[question.p_churn].to_numpy(dtype=np.float64)
    kept = list(issued_lists(home / "issued"))
    segments, before, moved, since = _segments(home, folder)
    has_value = asked.value in scores and question.has_money
    worth = active[asked.value].fillna(0.0).to_numpy(dtype=np.float64) if has_value else np.zeros(0)
    error = ModelError.of(held_out_of(folder))
    lost = lost_in_total(p, worth, error=error) if has_value else {}
    value = _tables(folder / "value") | _tables(folder, only=("retention",))
    return Facts(
        name=config.name,
        as_of=folder.name,
        question=question,
        customers=len(scores),
        eligible=len(active),
        risks=p,
        lost=lost,
        base=_base(folder, question, scores, value, lost),
        metrics=_json(folder / "metrics.json"),
        model=_json(folder / "model.json"),
        account=_json(folder / "data_report.json"),
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
        value_notes=tuple(_json(folder / "value" / "notes.json").get("notes", ())),
        experiments={path.stem: _json(path) for path in sorted((home / "experiments").glob("[!.]*.json"))},
        monitored=tuple(_json(home / MONITOR).get("runs", ())),
        cannot=setting.cannot,
    )


def _question(config: Config, folder: Path, p_churn: str, if_stays: str) -> Question:
    import pyarrow.parquet as pq

    known = set(pq.read_schema(folder / "scores.parquet").names)
    contracts = config.setting == "contractual"
    days = config.subscriptions.label_window_days if contracts else config.churn.horizon_days
    if contracts and config.subscriptions.spells:
        days = config.churn.horizon_days
    clv = columns.clv(config.clv.horizon_days)
    bought = "" if contracts else columns.expected_purchases(config.churn.horizon_days)
    return Question(
        contracts=contracts,
        p_churn=p_churn,
        at_risk=if_stays.replace("value_if_stays", "value_at_risk") if if_stays in known else p_churn,
        value=clv if clv in known else bought,
        churn_days=days,
        value_days=config.clv.horizon_days,
        currency="" if contracts else config.purchases.currency or "",
        margin=config.clv.margin,
        yearly_discount=config.clv.yearly_discount,
    )


def _scores(folder: Path, question: Question, if_stays: str, shown: Sequence[str]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Read the numbers that the report needs of everyone, and more of the customers shown, by ``customer_id``."""
    import pyarrow.parquet as pq

    path, days = folder / "scores.parquet", question.value_days
    of_all = ["eligible", question.p_churn, question.value, if_stays, columns.clv_deviation(days)]
    of_some = [*of_all, "customer_id", "p_alive", "tenure_periods", columns.clv_low(days), columns.clv_high(days)]
    known = pq.read_schema(path).names
    everyone, some = ([c for c in dict.fromkeys(names) if c in known] for names in (of_all, of_some))
    # An empty list has no type that a filter could compare.
    mine = pd.read_parquet(path, columns=some, filters=_among(shown)) if shown else pd.DataFrame(columns=some)
    return pd.read_parquet(path, columns=everyone), mine.set_index("customer_id")


def _among(customers: Sequence[str]) -> list[tuple[str, str, list[str]]]:
    return [("customer_id", "in", list(customers))]


def _base(
    folder: Path, question: Question, scores: pd.DataFrame, value: dict[str, pd.DataFrame], lost: dict[str, float]
) -> dict[str, float]:
    """Return what all customers will bring in: as `holdfast value` wrote it, or by the same function."""
    if not question.has_money:
        return {}
    if question.contracts:
        total, half = float(scores.loc[scores["eligible"], question.value].sum()), lost["value_high"] - lost["value"]
        return {"total": total, "low_95": max(0.0, total - half), "high_95": total + half}
    if "totals" in value:
        row = value["totals"].iloc[0].rename({f"{question.value}_total": "total"})
        return {name: float(row[name]) for name in ("total", "low_95", "high_95")}
    deviation, everyone = scores[columns.clv_deviation(question.value_days)], pd.Series("all", index=scores.index)
    whole = totals(scores[question.value], deviation, scores[question.p_churn], everyone, spread_of(folder)).iloc[0]
    return {name: float(whole[name]) for name in ("total", "low_95", "high_95")}


def _segments(home: Path, folder: Path) -> tuple[Segments | None, Segments | None, pd.DataFrame, str]:
    """Return the segments now and on the date compared with, the movements between, and that date."""
    if not (folder / _CUSTOMERS).is_file():
        return None, None, pd.DataFrame(), ""
    written = folder / "segments" / "movements.csv"
    earlier = [f for f in dated_folders(home) if f.name < folder.name and (f / _CUSTOMERS).is_file()]
    since = str(_json(folder / "segments" / "notes.json").get("compared_with") or "")
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
        moved = movements(then, now).assign(kind="segment")
    else:
        moved = pd.DataFrame()
    return _counts(folder.name, here), _counts(since, there) if known else None, moved, since


def _counts(day: str, path: Path) -> Segments:
    import pyarrow.parquet as pq

    def by(*names: str) -> pd.DataFrame:
        counted = pq.read_table(path, columns=list(names)).group_by(list(names)).aggregate([([], "count_all")])
        table: pd.DataFrame = counted.to_pandas().rename(columns={"count_all": "customers"})
        return table.sort_values(list(names), ignore_index=True)

    return Segments(day, by("r", "f"), by("value_band", "risk_band"))


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
    delimiter = head.removeprefix("customers")[:1]
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


def _tables(folder: Path, only: Sequence[str] = ()) -> dict[str, pd.DataFrame]:
    paths = [folder / f"{name}.csv" for name in only] if only else sorted(folder.glob("[!.]*.csv"))
    return {path.stem: pd.read_csv(path, dtype={"cohort": str, "name": str}) for path in paths if path.is_file()}


def _parquet(path: Path) -> pd.DataFrame:
    return pd.read_parquet(path) if path.is_file() else pd.DataFrame()


def _json(path: Path) -> dict[str, Any]:
    found = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return found if isinstance(found, dict) else {}
