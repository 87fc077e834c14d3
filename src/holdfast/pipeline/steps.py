"""The steps of the story, the same for every setting: check, train, score."""

import json
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from holdfast.config import Config
from holdfast.contractual.recipe import ContractsReadiness
from holdfast.data.day import is_day
from holdfast.errors import ConfigError, DamagedModelError, NotFoundError
from holdfast.evaluate import Verdict, like_lots
from holdfast.evaluate.gate import Defender
from holdfast.language import speaking
from holdfast.pipeline.delivery import KEPT_AS, goes_back
from holdfast.pipeline.outputs import read_json, whole_folder, write_csv, write_json, write_list, write_parquet
from holdfast.pipeline.preparation import fingerprint
from holdfast.pipeline.privacy import refuse_erased_since
from holdfast.pipeline.promotion import refusal
from holdfast.pipeline.readiness import Readiness
from holdfast.pipeline.reporting import REPORT, refresh_report
from holdfast.pipeline.setting import Predict, Prepared
from holdfast.pipeline.settings import setting_of
from holdfast.pipeline.shown import with_shown
from holdfast.pipeline.write_back import write_back
from holdfast.progress import Say, quiet
from holdfast.report.card import model_card
from holdfast.report.page.pictures import pictures
from holdfast.track import (
    Bundle,
    Champion,
    Scorer,
    TrainingRecord,
    flat_metrics,
    lay_beside,
    load_bundle,
    open_store,
    save_bundle,
    signature_of,
)

if TYPE_CHECKING:
    from holdfast.pipeline.contest import Contest

_DOCUMENTS = ("race", "gate")


@dataclass(frozen=True)
class Trained:
    """A trained model, how its recipe did on what it had not seen, and what the gate said.

    Attributes
    ----------
    scorer, model
        The model; the champion only if ``verdict.promoted``.
    held_out, verdict, contest
        The figures, the gate's verdict, and the race that chose the model, where there was one.
    champion
        The one that stays where the model is not promoted, or ``None`` where there is none that can score.

    Examples
    --------
    What a refused model leaves to read:

    >>> from holdfast.evaluate import Check
    >>> checks = [Check("beats the recency rule", False, "log loss 0.02 higher (95 % 0.01 to 0.03)")]
    >>> trained = Trained(scorer=None, model=None, held_out={}, verdict=Verdict(checks), contest=None)
    >>> print(trained.refusal.partition(":")[0])
    The gate refused this model, and there is no champion to score with
    """

    scorer: Any
    model: Champion
    held_out: dict[str, Any]
    verdict: Verdict
    contest: "Contest | None"
    champion: Scorer | None = None

    @property
    def champion_since(self) -> date | None:
        """As-of date of the champion that stays; ``None`` if there is none, or its table had no dates."""
        return None if self.champion is None else self.champion.trained_as_of

    @property
    def refusal(self) -> str:
        """Why nothing can be scored, and what to do; empty where there is a champion."""
        return "" if self.verdict.promoted or self.champion is not None else refusal(self.verdict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        raced = {} if self.contest is None else {"race": self.contest.as_dict()}
        gate = self.verdict.as_dict()
        return {"model_version": self.model.model_version, "held_out": self.held_out, **raced, "gate": gate}


@dataclass(frozen=True)
class Scored:
    """What was written to ``folder``; ``lists`` as frames by name, ``customers`` and ``eligible`` as numbers.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> import holdfast
    >>> scored = holdfast.score(holdfast.prepare(holdfast.load_config("demo.yaml")))
    >>> scored.at_risk[["customer_id", "p_churn_120d", "value_at_risk_120d"]].head(3).round(2)
      customer_id  p_churn_120d  value_at_risk_120d
    0       01747          0.97              736.04
    1       00166          0.98              608.20
    2       00461          0.74              471.17
    """

    folder: Path
    customers: int
    eligible: int
    lists: dict[str, pd.DataFrame]
    metrics: dict[str, Any]
    notes: list[str]

    @cached_property
    def scores(self) -> pd.DataFrame:
        """The scores of everyone, read from the folder when they are asked for."""
        return pd.read_parquet(self.folder / "scores.parquet")

    @property
    def at_risk(self) -> pd.DataFrame:
        """The customers with the most to lose first: the active, or those under contract."""
        return self.lists["at_risk"]

    @property
    def high_value(self) -> pd.DataFrame | None:
        """The customers with the highest CLV; None where values are not known."""
        return self.lists.get("high_value")

    def as_dict(self) -> dict[str, Any]:
        """Return what a program needs to go on, as plain values for JSON; the rows are in the files."""
        return {
            "folder": str(self.folder),
            "customers": self.customers,
            "eligible": self.eligible,
            "lists": {name: len(table) for name, table in self.lists.items()},
            "metrics": self.metrics,
            "notes": self.notes,
        }


def check(prepared: Prepared) -> Readiness | ContractsReadiness:
    """Say what a training as of the configured date would use, without training.

    Examples
    --------
    >>> import holdfast
    >>> from holdfast.data import simulate_shop
    >>> settings = {"name": "shop", "purchases": {}, "as_of": "2024-03-01", "churn": {"horizon_days": 60}}
    >>> config = holdfast.make_config(settings)
    >>> found = check(holdfast.prepare(config, purchases=simulate_shop(200, seed=3).purchases))
    >>> found.test_cutoff, found.definition.recommended_days
    ('2024-01-01', 90)
    """
    readiness: Readiness | ContractsReadiness = setting_of(prepared.config).check(prepared)
    return readiness


def train(prepared: Prepared, *, say: Say = quiet) -> Trained:
    """Fit, test the same recipe, write the bundle, record the run in MLflow, and let the gate decide on the champion.

    Raises
    ------
    ConfigError
        The champion of this name is of another setting.
    DataError
        A column looks like a copy of the outcome, or is neither numbers nor categories.
    NotEnoughDataError
        What was known before the as-of date cannot teach a model.

    Examples
    --------
    >>> import holdfast
    >>> from holdfast.data import simulate_shop
    >>> settings = {"name": "small", "purchases": {}, "as_of": "2024-03-01", "churn": {"horizon_days": 60}}
    >>> config = holdfast.make_config({**settings, "race": {"churn": "p0", "value": "btyd", "origins": 1}})
    >>> trained = train(holdfast.prepare(config, purchases=simulate_shop(300, seed=3).purchases))
    >>> trained.verdict.promoted
    True
    >>> round(trained.held_out["everyone"]["churn"]["auc"], 2)
    0.81
    """
    config = prepared.config
    champion = _defender(prepared)
    learnt = setting_of(config).learn(prepared, champion, say)
    say("recording in MLflow")
    where, digest = fingerprint(prepared)
    record = TrainingRecord(
        name=config.name,
        parameters={"setting": config.setting, "as_of": prepared.moment, "seed": config.seed, **learnt.parameters},
        metrics={**flat_metrics(learnt.held_out, "heldout/"), **(learnt.contest.metrics() if learnt.contest else {})},
        tags={"as_of": prepared.moment, "setting": config.setting},
        config=json.dumps(config.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n",
        dataset=where,
        dataset_digest=digest,
        documents={"metrics.json": learnt.held_out, "gate.json": learnt.verdict.as_dict(), **learnt.documents},
        pictures=pictures(learnt.held_out, learnt.documents.get("race.json")),
    )
    with tempfile.TemporaryDirectory(prefix="holdfast-") as scratch:
        bundle = Path(scratch) / "bundle"
        version = save_bundle(bundle, learnt.scorer, learnt.known)
        record = replace(record, card=model_card(record, version, prepared.account))
        signature = signature_of(learnt.scorer)
        store = open_store(config.models, config.tracking_uri)
        model = store.record(record, bundle, signature, promote=learnt.verdict.promoted)
    return Trained(learnt.scorer, model, learnt.held_out, learnt.verdict, learnt.contest, champion.scorer)


def score(prepared: Prepared, *, model: Path | None = None, say: Say = quiet) -> Scored:
    """Score everyone as of the configured date with the champion, and write the output folder.

    Parameters
    ----------
    prepared
        The scenario and its tables.
    model
        A folder that ``holdfast export-model`` wrote, to score with instead of the champion; no model store is needed.
    say
        Receives progress sentences.

    Raises
    ------
    NotFoundError, DamagedModelError
        There is no champion yet, or its files are not what was written.
    ConfigError
        The champion was trained for another question than the configuration asks.
    DataError
        The rows cannot be scored: a column that the model needs is not there, holds text where it needs numbers, or is
        blank for everybody and was for hardly anybody in the training.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> import holdfast
    >>> scored = score(holdfast.prepare(holdfast.load_config("demo.yaml")))
    >>> scored.customers, scored.eligible, sorted(scored.lists)
    (2000, 1219, ['at_risk', 'high_value', 'overdue', 'second_order', 'win_back'])
    """
    config, setting = prepared.config, setting_of(prepared.config)
    champion, bundle, predict = _model(prepared, model)
    if differs := setting.differs(config, bundle.scorer):
        raise ConfigError(f"{differs}: run `holdfast train`.")
    say(f"scoring with {bundle.model_version}")
    with speaking(config.language), whole_folder(config, prepared.folder) as folder:
        refuse_erased_since(config, prepared.source.erased)
        told = setting.score(prepared, bundle, predict, folder, say)
        as_of = date.fromisoformat(prepared.moment) if is_day(prepared.moment) else None
        lists = {name: with_shown(prepared, table, as_of) for name, table in told.lists.items()}
        for name, table in lists.items():
            write_list(folder, name, table, config.lists.csv_style())
        for name, table in told.tables.items():
            write_csv(folder / f"{name}.csv", table)
        write_parquet(folder / "timelines.parquet", told.timelines)
        write_json(folder / "model.json", _training(champion, bundle))
        wrong = [*prepared.delivered, *goes_back(prepared)]
        said, lots = [d.said for d in wrong], like_lots(bundle.metrics)
        notes = [*said, *(note for note in told.notes if note not in said), *lots]
        metrics = {"model_version": bundle.model_version, **told.metrics, KEPT_AS: [d.as_dict() for d in wrong]}
        metrics["warnings"] = [*said, *metrics.get("warnings", []), *lots]
        write_json(folder / "data_report.json", prepared.account)
        write_json(folder / "metrics.json", {**metrics, "notes": notes})
    write_back(config, prepared.folder, prepared.moment)
    refresh_report(config, prepared.folder, share=_beside(champion))
    return Scored(prepared.folder, told.customers, told.eligible, lists, metrics, notes)


def _model(prepared: Prepared, folder: Path | None) -> tuple[Champion | None, Bundle[Any], Predict]:
    """Return what scores: the champion through MLflow, or the model of a folder as it is."""
    if folder is None:
        champion, bundle = _champion(prepared)
        return champion, bundle, open_store(prepared.config.models, prepared.config.tracking_uri).predictor(champion)
    bundle = load_bundle(folder)
    return None, _of_setting(bundle, prepared.config, f"The model in {folder}"), bundle.predict


def _beside(champion: Champion | None) -> Callable[[str], None]:
    """Return what lays the report beside the run of the model that scored; nothing for a model without a run."""
    return (lambda _: None) if champion is None else partial(lay_beside, champion.documents, REPORT)


def _training(champion: Champion | None, bundle: Bundle[Any]) -> dict[str, Any]:
    """Return what the training of a model found out beside it: as of when, the race, and what the gate said."""
    # A store that was moved by hand may have lost them: the report then says so. So does a model without a store.
    documents = Path() if champion is None else champion.documents
    known = {name: None if champion is None else read_json(documents / f"{name}.json") or None for name in _DOCUMENTS}
    day = bundle.scorer.trained_as_of
    return {"model_version": bundle.model_version, "trained_as_of": None if day is None else day.isoformat(), **known}


def _champion(prepared: Prepared) -> tuple[Champion, Bundle[Any]]:
    """Return the champion of this scenario's name if it is of its setting."""
    config = prepared.config
    champion = open_store(config.models, config.tracking_uri).champion(config.name)
    return champion, _of_setting(load_bundle(champion.bundle_folder), config, "The champion of this name")


def _of_setting(bundle: Bundle[Any], config: Config, what: str) -> Bundle[Any]:
    """Return a model if it is of the scenario's setting."""
    if bundle.scorer.setting != config.setting:
        raise ConfigError(
            f"{what} was trained with setting: {bundle.scorer.setting}, and this scenario has "
            f"setting: {config.setting}. Give it another name."
        )
    return bundle


def _defender(prepared: Prepared) -> Defender[Any]:
    """Return the champion that a challenger must beat."""
    try:
        scorer = _champion(prepared)[1].scorer
    except (NotFoundError, DamagedModelError):
        # Nothing to defend: training again is how a damaged champion is replaced.
        return Defender(None, "there is no champion to compare with")
    said = setting_of(prepared.config).differs(prepared.config, scorer)
    return Defender(None, f"the champion answers another question: {said}") if said else Defender(scorer)
