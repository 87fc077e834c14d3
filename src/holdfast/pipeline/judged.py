"""Every past score, forecast and list beside what happened since."""

import re
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from holdfast import columns
from holdfast.errors import ConfigError, NotEnoughDataError
from holdfast.evaluate.promises import ALL, USUAL_LEVEL, Promise, amounts, beside, churners, coverage, fifths, ranking
from holdfast.features import Cutoff
from holdfast.forecast.spread import in_window
from holdfast.language import to_tell
from holdfast.learn.arrays import Flags, Floats
from holdfast.learn.intervals import NORMAL_95, newcombe
from holdfast.lists.audience import ModelError
from holdfast.lists.contact import CONTROL, LISTED
from holdfast.pipeline.effect import CONTACTED, effect_of_list
from holdfast.pipeline.issued import issued_lists
from holdfast.pipeline.outputs import dated_folders
from holdfast.pipeline.setting import Prepared
from holdfast.pipeline.settings import setting_of
from holdfast.pipeline.written import held_out_of, spread_of

_FEWEST = 2
SCORES, EVERYONE = to_tell("scores"), to_tell("everyone")
_HELD, _TO_CONTACT = to_tell("held back"), to_tell("to contact")
PURCHASES, SPEND, _PROFIT = "purchases", "spend", to_tell("profit of contacting")
_INTERVAL = 0.8
"""Of the amounts of customers, so many lie between ``clv_…_p10`` and ``clv_…_p90``."""


@dataclass(frozen=True)
class Judged:
    """Scores or a list of one as-of date, and how its promises held.

    Attributes
    ----------
    what, as_of, until
        ``scores`` or the name of a list; the dates, ISO: the outcome window ends before ``until``.
    model_version
        What scored.
    promises
        Empty where the outcome is not over yet.
    said
        Sentences for a person: not over yet, who was left out, what a list changed.
    """

    what: str
    as_of: str
    until: str
    model_version: str
    promises: tuple[Promise, ...]
    said: tuple[str, ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; no customer is in it."""
        return asdict(self)


def judge_all(prepared: Prepared, home: Path) -> list[Judged]:
    """Return every dated folder of scores, and every list, oldest first, each beside what happened."""
    lists = list(issued_lists(home / "issued"))
    found = [_judge_scores(prepared, folder, lists) for folder in dated_folders(home)]
    found += [_judge_list(prepared, home, record) for record in lists]
    return sorted((one for one in found if one is not None), key=lambda j: (j.as_of, j.what != SCORES, j.what))


@dataclass(frozen=True)
class _Question:
    """What scores say: the column of P(churn), its window, and whose error is known from the last test."""

    column: str
    cutoff: Cutoff
    level: float


def _question(prepared: Prepared, folder: Path, names: list[str]) -> _Question | None:
    asked = next((m for n in names if (m := re.fullmatch(r"p_churn_(\d+)d", n))), None)
    if asked is None:
        return None
    days, held_out = int(asked[1]), held_out_of(folder)
    gap = prepared.config.churn.gap_days
    if "cutoff" in held_out and "window_end" in held_out:
        # The model's own, whatever the configuration says by now.
        start, end = (date.fromisoformat(held_out[k]) for k in ("cutoff", "window_end"))
        gap = (end - start).days - days
    error = ModelError.of(held_out).log_odds
    return _Question(asked[0], Cutoff(date.fromisoformat(folder.name), days, gap), float(np.hypot(error, USUAL_LEVEL)))


def _judge_scores(prepared: Prepared, folder: Path, lists: list[dict[str, Any]]) -> Judged | None:
    """Hold the scores of one folder against what happened; None where it holds none that say for how long."""
    path = folder / "scores.parquet"
    if not path.is_file():
        return None
    scores = pd.read_parquet(path)
    question = _question(prepared, folder, list(map(str, scores.columns)))
    if question is None:
        return None
    cutoff, version = question.cutoff, str(scores["model_version"].iloc[0]) if len(scores) else ""
    of = {"what": SCORES, "as_of": folder.name, "until": cutoff.window_end.isoformat(), "model_version": version}
    happened = setting_of(prepared.config).happened(prepared, cutoff)
    if happened is None:
        return Judged(**of, promises=(), said=(prepared.not_over(cutoff.window_end),))
    table, weight, said = _together(prepared, scores, happened, cutoff, lists)
    segments = _segments(prepared, folder, table["customer_id"])
    promises = [*_churn(table, weight, question, segments), *_forecast(table, weight, folder, cutoff)]
    of_value, not_yet = _value(prepared, table, weight, folder, cutoff)
    return Judged(**of, promises=(*promises, *of_value), said=(*said, *not_yet))


def _together(
    prepared: Prepared, scores: pd.DataFrame, happened: pd.DataFrame, cutoff: Cutoff, lists: list[dict[str, Any]]
) -> tuple[pd.DataFrame, Floats, list[str]]:
    """Return scores with what happened, whom each customer stands for, and what to know about that.

    Those who were on a list to contact may have stayed because of it: they are left out, and those held back at random
    from the same lists stand for both.
    """
    table = scores.assign(customer_id=prepared.remaining(scores["customer_id"])).drop_duplicates(
        "customer_id", keep=False
    )
    table = table.merge(happened, on="customer_id").sort_values("customer_id", ignore_index=True)
    weight = pd.Series(1.0, index=table["customer_id"].to_numpy())
    contacted: set[str] = set()
    alone: set[str] = set()
    for record in lists:
        if not cutoff.date.isoformat() <= record["as_of"] < cutoff.window_end.isoformat():
            continue
        decided = pd.read_parquet(record["folder"] / "decisions.parquet", columns=["customer_id", "status"])
        who = prepared.remaining(decided["customer_id"])
        listed = set(who[(decided["status"] == LISTED).to_numpy()])
        contacted |= listed
        held, share = set(who[(decided["status"] == CONTROL).to_numpy()]), float(record["control_share"])
        alone |= set() if held else listed
        stand = weight.index.isin(held)
        weight[stand] = np.maximum(weight[stand], 1.0 / share if share else 1.0)
    gone = weight.index.isin(contacted)
    weight[gone] = 0.0
    without = int((gone & weight.index.isin(alone)).sum())
    said = [_left_out(int(gone.sum()), int((weight > 1).sum()), without)] if gone.any() else []
    return table, np.asarray(weight, dtype=np.float64), said


def _left_out(contacted: int, standing: int, alone: int) -> str:
    """Return who is not judged, and of whom the sums are: of more than were judged, but those left ``alone``."""
    were, are = ("customer was", "is") if contacted == 1 else ("customers were", "are")
    left = f"{contacted:,} {were} on a list to contact and {are} left out"
    if not standing:
        return f"{left}; nobody was held back to stand for them"
    stand = "who was held back stands" if standing == 1 else "who were held back stand"
    for_all = f"{left}; the {standing:,} {stand} for {'all ' * (not alone)}{contacted + standing - alone:,}"
    nobody = f", and nobody for the {alone:,} of a list that held nobody back" if alone else ""
    return f"{for_all}{nobody}: sums are of more than were judged"


def _segments(prepared: Prepared, folder: Path, customers: pd.Series) -> dict[str, Flags]:
    path = folder / "features.parquet"
    if not path.is_file():
        return {}
    rows = pd.read_parquet(path).drop_duplicates("customer_id").set_index("customer_id").reindex(customers)
    return {name: np.asarray(flags) for name, flags in setting_of(prepared.config).segments(rows).items()}


def _churn(table: pd.DataFrame, weight: Floats, question: _Question, segments: dict[str, Flags]) -> Iterator[Promise]:
    """Yield calibration, of the active and by segment, and ranking."""
    p, y = (table[name].to_numpy(dtype=np.float64) for name in (question.column, "churned"))
    active = table["eligible"].to_numpy(dtype=bool)
    groups = [(ALL, active)]
    groups += [(name, active & rows) for name, rows in segments.items()]
    if active.any():
        places = np.flatnonzero(active)
        groups += [(name, np.isin(np.arange(len(p)), places[rows])) for name, rows in fifths(p[active])]
    for who, rows in groups:
        if (held := churners(y[rows], p[rows], weight[rows], who=who, level=question.level)) is not None:
            yield held
    if (held := ranking(y[active], p[active], weight[active], who=ALL)) is not None:
        yield held


def _forecast(table: pd.DataFrame, weight: Floats, folder: Path, cutoff: Cutoff) -> Iterator[Promise]:
    """Yield purchases and spend of everyone in the window."""
    name, spread = columns.expected_purchases(cutoff.horizon_days), spread_of(folder)
    if name not in table or "purchases" not in table:
        return
    expected, made = (table[n].to_numpy(dtype=np.float64) for n in (name, "purchases"))
    asked = [(PURCHASES, "purchases", made, expected)]
    if "expected_spend_per_purchase" in table:
        size = table["expected_spend_per_purchase"].fillna(0.0).to_numpy(dtype=np.float64)
        asked.append((SPEND, "currency", table["spend"].to_numpy(dtype=np.float64), expected * size))
    for what, unit, seen, promised in asked:
        held = amounts(
            seen,
            promised,
            weight,
            what=what,
            unit=unit,
            who=EVERYONE,
            level=spread.level,
            certainty=spread.certainty,
        )
        if held is not None:
            yield held


def _value(
    prepared: Prepared, table: pd.DataFrame, weight: Floats, folder: Path, cutoff: Cutoff
) -> tuple[list[Promise], list[str]]:
    """Return total value and its intervals as promises where the horizon is over, or a sentence where it is not."""
    asked = next((m for n in map(str, table.columns) if (m := re.fullmatch(r"clv_(\d+)d", n))), None)
    # Contracts have values without intervals, and what they paid since is not known.
    if asked is None or columns.clv_low(int(asked[1])) not in table:
        return [], []
    days, as_of = int(asked[1]), date.fromisoformat(folder.name)
    brought = setting_of(prepared.config).brought_in(prepared, as_of, days)
    if brought is None:
        return [], [f"{asked[0]} is not over before {as_of + timedelta(days=days)}"]
    spread = spread_of(folder)
    made = brought.reindex(table["customer_id"]).fillna(0.0).to_numpy(dtype=np.float64)
    expected, low, high = (
        table[name].to_numpy(dtype=np.float64) for name in (asked[0], columns.clv_low(days), columns.clv_high(days))
    )
    # Of a total that is nothing, nothing is promised.
    promised = float(weight @ expected) or 1.0
    within = float(weight @ in_window(table, cutoff.horizon_days)) / promised
    total = amounts(
        made,
        expected,
        weight,
        what=asked[0],
        unit="currency",
        who=EVERYONE,
        level=spread.scale(within),
        certainty=spread.certainty,
    )
    inside = coverage(made, low, high, weight, share=_INTERVAL, who=EVERYONE)
    return [held for held in (total, inside) if held is not None], []


def _judge_list(prepared: Prepared, home: Path, record: dict[str, Any]) -> Judged | None:
    """Hold a list against what happened: those held back as promised, and what contacting the others changed."""
    decided = pd.read_parquet(record["folder"] / "decisions.parquet")
    scored = home / record["as_of"]
    question = _question(prepared, scored, list(map(str, decided.columns)))
    if question is None:
        return None
    cutoff = question.cutoff
    of = {"what": record["folder"].name.replace(f"-{record['as_of']}", "", 1), "as_of": record["as_of"]}
    of |= {"until": cutoff.window_end.isoformat(), "model_version": str(record["model_version"] or "")}
    happened = setting_of(prepared.config).happened(prepared, cutoff)
    if happened is None:
        return Judged(**of, promises=(), said=(prepared.not_over(cutoff.window_end),))
    table = decided.merge(happened, on="customer_id")
    said, promises = [], []
    for status, who in ((CONTROL, _HELD), (LISTED, _TO_CONTACT)):
        rows = table[table["status"] == status]
        y, p = (rows[n].to_numpy(dtype=np.float64) for n in ("churned", question.column))
        held = churners(y, p, np.ones(len(rows)), who=who, level=question.level)
        # Whoever was contacted may have stayed because of it: shown, and no promise.
        if status == CONTROL and held is not None:
            promises.append(held)
        if len(rows):
            said.append(f"{who}: {p.sum():,.0f} of {len(rows):,} expected to leave, {y.sum():,.0f} did")
    said += _changed(table)
    return Judged(**of, promises=(*promises, *_profit(prepared, record)), said=tuple(said))


def _changed(table: pd.DataFrame) -> list[str]:
    """Return a sentence about what contacting changed in who left: those contacted against those held back."""
    arms = [table.loc[table["status"] == status, "churned"].to_numpy(dtype=np.float64) for status in (LISTED, CONTROL)]
    if min(map(len, arms)) < _FEWEST:
        return []
    (p, n), (q, m) = ((float(arm.mean()), len(arm)) for arm in arms)
    low, high = newcombe(p, n, q, m, NORMAL_95)
    sure = "" if low > 0 or high < 0 else ", so it is not known whether it changed anything"
    change, least, most = (f"{100 * share:+.1f}" for share in (p - q, low, high))
    return [f"contacting changed the share who left by {change} points (95 % {least} to {most}){sure}"]


def _profit(prepared: Prepared, record: dict[str, Any]) -> list[Promise]:
    """Return the profit that the list promised beside the one that its control group shows, once it can be known."""
    expected = record["expected"] or {}
    if not expected.get("customers") or setting_of(prepared.config).brought_in(prepared, _until(record), 1) is None:
        return []
    try:
        found = effect_of_list(prepared, record["folder"].name)
    except (NotEnoughDataError, ConfigError):
        return []
    net = next((e for e in found.measured.effects if e.outcome == "margin_net"), None)
    if net is None:
        return []
    # Of those who are still there: since the list was made some may have been erased, or merged with others.
    rows = found.table.loc[found.table["arm"] == CONTACTED, "expected_profit"]
    n, share = len(rows), len(rows) / float(expected["customers"])
    error = (expected["profit_high"] - expected["profit_low"]) / 2 / NORMAL_95 * share
    of_each = net.decisive
    seen = of_each.effect * n, (of_each.high - of_each.low) / 2 / NORMAL_95 * n
    held = beside(_PROFIT, _TO_CONTACT, "profit", n, (float(rows.sum()), error), seen)
    return [] if held is None else [held]


def _until(record: dict[str, Any]) -> date:
    return date.fromisoformat(record["known_until"])
