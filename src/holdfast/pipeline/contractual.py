"""The story under contract: check, train, score, with the same files and the same model store."""

import json
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from holdfast.contractual import ContractScorer, at_risk_contracts, high_value_contracts
from holdfast.errors import ConfigError, DataError, HoldfastError
from holdfast.evaluate import Verdict
from holdfast.pipeline.contract_fit import (
    column_problem,
    columns_of,
    contract_lifetimes,
    fit,
    today,
    training_table,
)
from holdfast.pipeline.contract_judgement import another_question, defender, gate, held_out
from holdfast.pipeline.contract_table import PreparedContracts
from holdfast.pipeline.inputs import column_drift, column_profile, drift_notes
from holdfast.pipeline.outputs import whole_folder, write_csv, write_json, write_list, write_parquet
from holdfast.pipeline.preparation import fingerprint
from holdfast.pipeline.promotion import refusal
from holdfast.progress import Say, quiet
from holdfast.track import Champion, Store, TrainingRecord, flat_metrics
from holdfast.track.contractual import contract_signature, load_contract_bundle, save_contract_bundle
from holdfast.wording import counted


@dataclass(frozen=True)
class ContractsReadiness:
    """What a training would learn from; ``problem`` says why it cannot, or is empty."""

    rows: int
    churned: int
    windows: list[dict[str, Any]]
    columns: dict[str, Any]
    problem: str

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


@dataclass(frozen=True)
class TrainedContracts:
    """A trained model, how the same recipe did on what it had not seen, and what the gate said.

    ``model`` is the champion only if ``verdict.promoted``; ``champion`` is another one that can score, or ``None``.
    """

    scorer: ContractScorer
    model: Champion
    held_out: dict[str, Any]
    verdict: Verdict
    champion: ContractScorer | None = None

    @property
    def refusal(self) -> str:
        """Why nothing can be scored, and what to do; empty where there is a champion."""
        return "" if self.verdict.promoted or self.champion else refusal(self.verdict)


@dataclass(frozen=True)
class ScoredContracts:
    """What was written to ``folder``, as frames; ``high_value`` is None where values are not known."""

    folder: Path
    scores: pd.DataFrame
    at_risk: pd.DataFrame
    high_value: pd.DataFrame | None
    retention: pd.DataFrame
    metrics: dict[str, Any]
    notes: list[str]

    def as_dict(self) -> dict[str, Any]:
        """Return what a program needs to go on, as plain values for JSON; the rows are in the files."""
        return {
            "folder": str(self.folder),
            "customers": len(self.scores),
            "eligible": int(self.scores["eligible"].sum()),
            "at_risk": len(self.at_risk),
            "high_value": None if self.high_value is None else len(self.high_value),
            "metrics": self.metrics,
            "notes": self.notes,
        }


def check_contracts(prepared: PreparedContracts) -> ContractsReadiness:
    """Say what a training would use, without training."""
    try:
        table = training_table(prepared, prepared.cutoff)
    except HoldfastError as error:
        return ContractsReadiness(0, 0, [], {}, str(error))
    plan = columns_of(prepared, table)
    problem = column_problem(plan, prepared.cells.label)
    ended = int(table.churned.sum())
    if not problem and not 20 <= ended <= len(table.churned) - 20:
        problem = f"{ended} of {len(table.churned):,} churned; at least 20 must churn and 20 stay to learn from."
    windows = [{"cutoff": c.date.isoformat(), "window_end": c.window_end.isoformat()} for c in table.cutoffs]
    return ContractsReadiness(len(table.churned), ended, windows, asdict(plan), problem)


def train_contracts(prepared: PreparedContracts, *, say: Say = quiet) -> TrainedContracts:
    """Fit, test on what was left out, write the bundle, record the run in MLflow, and let the gate decide.

    Raises
    ------
    DataError
        A column looks like a copy of the outcome, or is neither numbers nor categories.
    NotEnoughDataError
        Too few contracts ended, or too few stayed.
    """
    config = prepared.config
    say("training")
    scorer, plan, table = fit(prepared, prepared.cutoff)
    rows = table.features if prepared.spells is None else today(prepared)
    scorer = replace(scorer, profile=column_profile(prepared, scorer, rows))
    judged = held_out(prepared, say=say)
    champion = defender(prepared)
    verdict = gate(judged, champion)
    say("recording in MLflow")
    where, digest = fingerprint(prepared.source)
    record = TrainingRecord(
        name=config.name,
        parameters={
            "setting": "contractual",
            "as_of": prepared.moment,
            "rows": len(table.churned),
            "features": len(plan.used),
            **{f"churn.{k}": v for k, v in vars(scorer.churn.recipe).items() if k != "log_loss"},
            **{f"retention.{c.plan or 'all'}": c.name for c in scorer.retention.curves.values()},
            "clv.horizon_days": config.clv.horizon_days,
            "seed": config.seed,
        },
        metrics=flat_metrics(judged.document),
        tags={"as_of": prepared.moment, "setting": "contractual"},
        config=json.dumps(config.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n",
        dataset=where,
        dataset_digest=digest,
        documents={"metrics.json": judged.document, "gate.json": verdict.as_dict(), "columns.json": asdict(plan)},
    )
    with tempfile.TemporaryDirectory(prefix="holdfast-") as scratch:
        bundle = Path(scratch) / "bundle"
        save_contract_bundle(bundle, scorer, {"held_out": judged.document, "columns": asdict(plan)})
        model = Store(config.models).record(record, bundle, contract_signature(scorer), promote=verdict.promoted)
    return TrainedContracts(scorer, model, judged.document, verdict, champion.scorer)


def score_contracts(prepared: PreparedContracts, *, say: Say = quiet) -> ScoredContracts:
    """Score every customer with the champion, and write the output folder.

    Raises
    ------
    NotFoundError, DamagedModelError
        There is no champion yet, or its files are not what was written.
    ConfigError
        The champion was trained for another question than the configuration asks.
    DataError
        The table lacks a column the model needs, or holds text where it needs numbers: names the line. Or all
        categories of a column are new, or it is blank throughout and was not.
    """
    config, store = prepared.config, Store(prepared.config.models)
    champion = store.champion(config.name)
    bundle = load_contract_bundle(champion.bundle_folder)
    scorer = bundle.scorer
    if differs := another_question(prepared, scorer):
        raise ConfigError(f"{differs}: run `holdfast train`.")
    say(f"scoring with {bundle.model_version}")
    rows = today(prepared)
    _readable(prepared, scorer, rows)
    drifts = column_drift(prepared, scorer, rows)
    scores = store.predict(champion, rows)
    say("making lists")
    at_risk = at_risk_contracts(scorer, scores, rows, most=config.lists.most)
    high_value = high_value_contracts(scorer, scores, share=config.lists.high_value_share)
    summary, plans = contract_lifetimes(prepared, prepared.cutoff)
    retention = scorer.retention.table(summary, plans) if summary is not None and len(summary) else pd.DataFrame()
    notes = [*_notes(prepared, scorer, bundle.metrics["columns"]), *drift_notes(scorer.profile, drifts)]
    metrics = {
        "model_version": bundle.model_version,
        **bundle.metrics,
        "recipe": vars(scorer.churn.recipe),
        "retention": [c.figures() for c in scorer.retention.curves.values()],
        "drift": [d.as_dict() for d in drifts],
    }
    with whole_folder(config, prepared.folder) as folder:
        write_parquet(folder / "scores.parquet", scores)
        write_parquet(folder / "features.parquet", rows)
        write_list(folder, "at_risk", at_risk, config.lists.csv_style())
        if high_value is not None:
            write_list(folder, "high_value", high_value, config.lists.csv_style())
        if len(retention):
            write_csv(folder / "retention.csv", retention)
        write_json(folder / "data_report.json", prepared.account)
        write_json(folder / "metrics.json", {**metrics, "notes": notes})
    return ScoredContracts(prepared.folder, scores, at_risk, high_value, retention, metrics, notes)


def _readable(prepared: PreparedContracts, scorer: ContractScorer, rows: pd.DataFrame) -> None:
    for name, at in scorer.unreadable(rows).items():
        place = prepared.cells.place(int(at[0]), name) if prepared.spells is None else f'column "{name}"'
        raise DataError(
            f"{place}: a number is needed ({counted(len(at), 'such row')}). The model learnt it as numbers."
        )


def _notes(prepared: PreparedContracts, scorer: ContractScorer, columns: dict[str, Any]) -> list[str]:
    """Return what a reader of the scores must know."""
    notes = []
    for key, said in (("constant", "the same in every row"), ("identifiers", "another value in nearly every row")):
        if columns[key]:
            notes.append(f"Not used, {said}: {', '.join(columns[key])}.")
    if prepared.spells is None:
        notes.append("Customers the model learnt from are scored by the same model: trust the held-out figures.")
        if scorer.window_days is None:
            notes.append(
                "subscriptions.label_window_days is not stated: p_churn is of the label's own window, and values take "
                "it for one period."
            )
        if scorer.retention.curves:
            notes.append(
                "Retention curves take the table for all who ever signed; if it holds only who left lately, "
                "they say too much."
            )
    if not scorer.retention.curves:
        notes.append(f"No retention curve: {scorer.retention.problem}.")
    if not scorer.money:
        missing = " and ".join(k for k in ("price", "tenure") if getattr(scorer.terms, k) is None)
        notes.append(f"No values{f': {missing} not known' if missing else ''}; ranked by risk.")
    if scorer.trained_as_of > prepared.moment and prepared.spells is not None:
        notes.append(f"The model was trained on contracts up to {scorer.trained_as_of}, after this as-of date.")
    return notes
