"""Segments: the last scores → one row per customer, a card per segment, and who moved since an earlier date."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from holdfast.config import Config
from holdfast.data import Day, read_day
from holdfast.data.reading.frames import Frame
from holdfast.errors import ConfigError, DamagedModelError, NotEnoughDataError, NotFoundError, nearest
from holdfast.features import Cutoff, build_features
from holdfast.kpis.small_groups import without_small_groups
from holdfast.language import gettext, speaking
from holdfast.pipeline.outputs import dated_folders, home_of, whole_folder, write_csv, write_json, write_parquet
from holdfast.pipeline.preparation import prepare_purchases
from holdfast.pipeline.reporting import refresh_report
from holdfast.pipeline.setting import refusal
from holdfast.pipeline.settings import setting_of
from holdfast.pipeline.written import Written, read_folder, read_scored
from holdfast.progress import Say, quiet
from holdfast.segments import cards as card
from holdfast.segments import personas as persona
from holdfast.segments import rfm as divide
from holdfast.segments.reasons import segment_reasons
from holdfast.segments.tiers import assign_tiers, previous_tiers
from holdfast.track import load_bundle, open_store

_CUSTOMERS = "segments/customers.parquet"


@dataclass(frozen=True)
class Segmented:
    """What was written to ``folder``, as frames (``columns.segments`` and its neighbours).

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> from holdfast.config import load_config
    >>> segmented = segment(load_config("demo.yaml"), compare_as_of="2024-03-01")
    >>> segmented.movements.head(3)
          kind from_segment          to_segment  customers  share_of_from
    0  segment    Champions           Champions        283       0.729381
    1  segment    Champions               Loyal         99       0.255155
    2  segment    Champions  Potential Loyalist          6       0.015464
    """

    folder: Path
    as_of: date
    customers: pd.DataFrame
    cards: pd.DataFrame
    movements: pd.DataFrame
    notes: list[str] = field(default_factory=list)

    def as_dict(self) -> dict[str, Any]:
        """Return the cards and movements as plain values for JSON; the customers are in the files."""
        return {
            "folder": str(self.folder),
            "as_of": self.as_of.isoformat(),
            "customers": len(self.customers),
            "cards": plain(self.cards),
            "movements": plain(self.movements),
            "notes": self.notes,
        }


def segment(
    config: Config,
    *,
    compare_as_of: Day | None = None,
    base: Path | None = None,
    purchases: Frame | None = None,
    tables: Mapping[str, Frame] | None = None,
    say: Say = quiet,
) -> Segmented:
    """Divide the scored customers into segments, and write them beside the scores.

    Parameters
    ----------
    config
        The scenario; its as-of date says which scores.
    compare_as_of
        An earlier date to tell movements from: its written scores where there are any, else its features alone, made
        from the log.
    base, purchases, tables
        As ``prepare`` takes them; the log is read only where ``compare_as_of`` needs it.
    say
        Receives progress sentences.

    Raises
    ------
    NotFoundError
        There are no scores yet.
    ConfigError
        ``compare_as_of`` is not earlier, or a key of ``segments`` names what there is not.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> from holdfast.config import load_config
    >>> segmented = segment(load_config("demo.yaml"))
    >>> segmented.customers["segment"].value_counts().head(3).to_dict()
    {'Champions': 414, 'Lost': 277, 'Potential Loyalist': 246}
    """
    if "segments" in (cannot := setting_of(config).cannot):
        raise refusal(cannot, "segments")
    written = read_scored(config)
    compared = None if compare_as_of is None else read_day(compare_as_of, "compare_as_of")
    if compared is not None and compared >= written.as_of:
        raise ConfigError(f"--compare-as-of {compared} is not before {written.as_of}, the date of the scores.")
    review, before = _last_review(config, written.as_of, compared)
    notes = [
        f"Tiers: the last review is of {review}."
        if review
        else "Tiers: no earlier review is written, so everybody starts at the tier the measure reaches."
    ]
    say("dividing customers")
    customers, said = _divide(written, config, before)
    notes += said
    say("making cards")
    kinds = [k for k in ("segment", "buyer", "grid", "tier", "persona") if k in customers]
    with speaking(config.language):
        reasons, said = _reasons(config, written, [customers[k] for k in kinds])
        made = _cards(customers, kinds, written, config, reasons)
    notes += said
    moved = pd.DataFrame(columns=["kind", "from_segment", "to_segment", "customers", "share_of_from"])
    if compared is not None:
        say(f"comparing with {compared}")
        earlier = _earlier(config, compared, base, purchases, tables, say)
        moved = _movements(earlier, customers, kinds)
    made, said = without_small_groups("cards", made, config.privacy.minimum_cell)
    moved, more = without_small_groups("movements", moved, config.privacy.minimum_cell)
    notes += [*said, *more]
    with whole_folder(config, written.folder / "segments") as folder:
        write_parquet(folder / "customers.parquet", customers)
        write_csv(folder / "cards.csv", made)
        if compared is not None:
            write_csv(folder / "movements.csv", moved)
        day = None if compared is None else compared.isoformat()
        write_json(folder / "notes.json", {"compared_with": day, "notes": notes})
    refresh_report(config, written.folder)
    return Segmented(written.folder / "segments", written.as_of, customers, made, moved, notes)


def plain(table: pd.DataFrame) -> list[dict[str, Any]]:
    """Return rows as plain values for JSON; what is missing is null."""
    return [
        {str(k): None if v is pd.NA or (isinstance(v, float) and not np.isfinite(v)) else v for k, v in row.items()}
        for row in table.to_dict("records")
    ]


def _divide(
    written: Written, config: Config, before: Mapping[str, str], *, clustered: bool = True
) -> tuple[pd.DataFrame, list[str]]:
    given, features = config.segments, written.features
    scores = written.scores
    customers = pd.concat(
        [
            scores[["customer_id", "as_of"]],
            _by_features(features, config),
            divide.value_risk_grid(
                scores[written.value],
                scores[written.p_churn],
                scores["eligible"],
                value_shares=given.value_shares,
                risk_from=given.risk_from,
            ),
        ],
        axis=1,
    )
    known = scores.join(features.drop(columns=["as_of", "customer_id"]))
    measure = _measure(known, given.tiers.measure)
    last = previous_tiers(scores["customer_id"], before)
    customers["tier"] = assign_tiers(measure, given.tiers.as_tiers(), last)
    customers["previous_tier"] = last
    customers["tier_measure"] = measure
    notes = []
    if given.personas.rules:
        rules = [
            persona.Rule(r.name, {c: (w.at_least, w.at_most) for c, w in r.where.items()}, r.action)
            for r in given.personas.rules
        ]
        customers["persona"] = persona.personas_by_rules(known, rules)
    elif clustered and given.personas.clusters is not None:
        try:
            found = persona.personas_by_clusters(
                features,
                clusters=given.personas.clusters,
                least_stability=given.personas.least_stability,
                resamples=given.personas.resamples,
                seed=config.seed,
            )
        except NotEnoughDataError as error:
            return customers, [f"Personas refused: {error}"]
        notes.append(found.sentence)
        if found.personas is not None:
            customers["persona"] = found.personas
    return customers, notes


def _by_features(features: pd.DataFrame, config: Config) -> pd.DataFrame:
    """Return what needs no scores: RFM, segment and buyer."""
    found = divide.rfm(features)
    found["buyer"] = divide.buyer_types(
        features,
        new_days=config.segments.new_days or config.churn.horizon_days,
        loyal_purchases=config.segments.loyal_purchases,
        active_days=config.active_days,
    )
    return found


def _measure(known: pd.DataFrame, name: str) -> pd.Series:
    numbers = [str(c) for c in known.columns if pd.api.types.is_numeric_dtype(known[c])]
    if name not in numbers:
        raise ConfigError(f"segments.tiers.measure: no number is called {name}.{nearest(name, numbers)}")
    if known[name].isna().all():
        raise ConfigError(f"segments.tiers.measure: {name} is empty in this log: choose another.")
    return known[name].fillna(0.0).astype(float)


def _cards(
    customers: pd.DataFrame,
    kinds: list[str],
    written: Written,
    config: Config,
    reasons: list[dict[str, list[str]]],
) -> pd.DataFrame:
    scored = customers.join(written.scores[[written.value, written.p_churn]])
    scored = scored.join(written.features[["acquisition_cost"]])
    personas = config.segments.personas.rules
    orders: dict[str, list[str]] = {
        "segment": list(divide.SEGMENTS),
        "buyer": list(divide.BUYERS),
        "grid": list(divide.GRID_ACTIONS),
        "tier": [level.name for level in reversed(config.segments.tiers.levels)],
        "persona": [rule.name for rule in personas],
    }
    value = scored[written.value]
    means = {str(name): float(mean) for name, mean in value.groupby(scored["segment"]).mean().items()}
    by_worth = divide.actions(means, float(value.mean()))
    risks = {
        kind: {str(name): float(mean) for name, mean in scored[written.p_churn].groupby(scored[kind]).mean().items()}
        for kind in ("segment", "buyer")
    }
    ours = {
        "segment": divide.unless_most_leave(by_worth, risks["segment"]),
        "buyer": divide.unless_most_leave(divide.BUYERS, risks["buyer"]),
        "grid": divide.GRID_ACTIONS,
    }
    actions = {kind: {name: gettext(action) for name, action in given.items()} for kind, given in ours.items()}
    actions["persona"] = {rule.name: rule.action for rule in personas}
    made = [
        card.cards(
            scored,
            kind,
            value=written.value,
            p_churn=written.p_churn,
            order=orders[kind],
            actions=actions.get(kind),
            reasons=why,
        )
        for kind, why in zip(kinds, reasons, strict=True)
    ]
    return pd.concat(made, ignore_index=True)


def _reasons(config: Config, written: Written, names: list[pd.Series]) -> tuple[list[dict[str, list[str]]], list[str]]:
    """Return sentences by segment from the model that scored, or a note why there are none."""
    try:
        champion = open_store(config.models, config.tracking_uri).champion(config.name)
        if set(written.scores["model_version"]) != {champion.model_version}:
            raise NotFoundError("the champion is not the model that scored: run `holdfast score`.")
        scorer = load_bundle(champion.bundle_folder).scorer
    except (NotFoundError, DamagedModelError) as error:
        return [{} for _ in names], [f"Cards name no reasons: {error}"]
    features, p = written.features.drop(columns=["as_of"]), written.scores[written.p_churn].to_numpy(dtype=np.float64)
    behind, risk_from = scorer.behind(written.as_of), config.segments.risk_from[0]
    return segment_reasons(scorer.churn, features, p, names, risk_from=risk_from, behind=behind), []


def _last_review(config: Config, as_of: date, wanted: date | None) -> tuple[str | None, dict[str, str]]:
    """Return the date and the tiers of the last review before ``as_of`` (of ``wanted``, where it was written)."""
    dated = [f for f in dated_folders(home_of(config)) if f.name < as_of.isoformat() and (f / _CUSTOMERS).is_file()]
    chosen = [f for f in dated if wanted is not None and f.name == wanted.isoformat()] or dated
    if not chosen:
        return None, {}
    found = pd.read_parquet(chosen[-1] / _CUSTOMERS, columns=["customer_id", "tier"])
    return chosen[-1].name, dict(zip(found["customer_id"], found["tier"], strict=True))


def _earlier(
    config: Config,
    day: date,
    base: Path | None,
    purchases: Frame | None,
    tables: Mapping[str, Frame] | None,
    say: Say,
) -> pd.DataFrame:
    """Return the segments of an earlier date: from its files, or without a grid and tiers from the log.

    Clusters are named anew each time: moves between them would mean nothing.
    """
    folder = home_of(config) / day.isoformat()
    if (folder / "scores.parquet").is_file():
        written = read_folder(folder, config)
        customers = _divide(written, config, {}, clustered=False)[0].drop(columns=["tier", "previous_tier"])
        if (folder / _CUSTOMERS).is_file():
            reviewed = pd.read_parquet(folder / _CUSTOMERS, columns=["customer_id", "tier"])
            return customers.merge(reviewed, on="customer_id", how="left")
        return customers
    prepared = prepare_purchases(config, base, purchases, tables, say)
    if prepared.log.first_day >= day:
        raise ConfigError(f"--compare-as-of {day}: nobody bought before; the log begins on {prepared.log.first_day}.")
    cutoff = Cutoff(day, config.churn.horizon_days, config.churn.gap_days, prepared.cutoff.shut)
    features = build_features(prepared.log.connection, cutoff)
    return features[["customer_id"]].join(_by_features(features, config))


def _movements(earlier: pd.DataFrame, customers: pd.DataFrame, kinds: list[str]) -> pd.DataFrame:
    orders = {"segment": divide.SEGMENTS, "buyer": tuple(divide.BUYERS), "grid": tuple(divide.GRID_ACTIONS)}
    before, after = earlier.set_index("customer_id"), customers.set_index("customer_id")
    parts = []
    for kind in kinds:
        if kind in before:
            moved = card.movements(before[kind], after[kind], orders.get(kind, ()))
            moved.insert(0, "kind", kind)
            parts.append(moved)
    return pd.concat(parts, ignore_index=True)
