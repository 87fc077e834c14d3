"""Train: fit the models as of a cutoff, backtest the same recipe one window earlier, record and register."""

import json
import tempfile
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import numpy as np
import pandas as pd

from holdfast.act import Scorer
from holdfast.churn import train_churn
from holdfast.clv import BetaGeoNBD, GammaGamma, IndependenceWarning, Model
from holdfast.clv.bridge import fit_with_lifetimes
from holdfast.errors import NotEnoughDataError
from holdfast.features import Cutoff, build_features, summary_of
from holdfast.pipeline.judgement import judge
from holdfast.pipeline.preparation import Prepared, Say, fingerprint, quiet
from holdfast.track import Champion, Store, TrainingRecord, save_bundle
from holdfast.track.signature import signature_of

M = TypeVar("M", bound=Model)


@dataclass(frozen=True)
class Trained:
    """A trained model, now the champion, and how the same recipe did on the last window before its as-of date."""

    scorer: Scorer
    champion: Champion
    held_out: dict[str, Any]


def fit(prepared: Prepared, cutoff: Cutoff) -> Scorer:
    """Fit every model on what was known by ``cutoff``; the one recipe that is served and backtested.

    Raises
    ------
    NotEnoughDataError
        The purchases before the cutoff cannot teach a model.
    """
    config, log = prepared.config, prepared.log
    churn = train_churn(prepared.snapshots, cutoff, has_money=log.has_money, seed=config.seed)
    features = build_features(log.connection, cutoff)
    summary = summary_of(features)
    transactions = _fitted(BetaGeoNBD(ridge="clip"), summary, config.clv.engine)
    if not transactions.converged_ and np.isnan(transactions.params_["r"]):
        raise NotEnoughDataError(f"BG/NBD as of {cutoff.date}: {transactions.reason_}.")
    spend = (
        _fitted(GammaGamma(first_purchase=True, ridge="clip"), summary, config.clv.engine) if log.has_money else None
    )
    return Scorer(
        churn=churn,
        transactions=transactions,
        spend=spend,
        active_days=config.active_days,
        clv_horizon_days=config.clv.horizon_days,
        yearly_discount=config.clv.yearly_discount,
        margin=config.clv.margin,
        trained_as_of=cutoff.date,
    )


def _fitted(model: M, summary: pd.DataFrame, engine: str) -> M:
    with warnings.catch_warnings():
        # The scores' notes say it.
        warnings.simplefilter("ignore", IndependenceWarning)
        if engine == "lifetimes":
            fit_with_lifetimes(model, summary)
            if model.converged_:
                return model
        return model.fit(summary)


def backtest(prepared: Prepared) -> dict[str, Any]:
    """Return how the recipe did one window earlier, where it could not know the outcome.

    The test window is the last one that was over by the as-of date. ``{"skipped": why}`` where the log is too
    short to train before it.
    """
    cutoff = prepared.cutoff
    test = cutoff.earlier(cutoff.horizon_days + cutoff.gap_days)
    try:
        return judge(fit(prepared, test), prepared.snapshots, test)
    except NotEnoughDataError as error:
        return {"skipped": f"No held-out test: {error}"}


def train(prepared: Prepared, *, say: Say = quiet) -> Trained:
    """Fit, backtest, write the bundle, record the run in MLflow and make the model the champion.

    Raises
    ------
    NotEnoughDataError
        The purchases before the as-of date cannot teach a model.
    """
    config = prepared.config
    say(f"training as of {prepared.cutoff.date}")
    scorer = fit(prepared, prepared.cutoff)
    say("testing the same recipe one window earlier")
    held_out = backtest(prepared)
    say("recording in MLflow")
    where, digest = fingerprint(prepared.source)
    record = TrainingRecord(
        name=config.name,
        parameters=_parameters(prepared, scorer),
        metrics=_flat(held_out),
        tags={"as_of": prepared.cutoff.date.isoformat()},
        config=json.dumps(config.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n",
        dataset=where,
        dataset_digest=digest,
        verdict=held_out,
    )
    with tempfile.TemporaryDirectory(prefix="holdfast-") as scratch:
        bundle = Path(scratch) / "bundle"
        save_bundle(bundle, scorer, held_out)
        champion = Store(config.models).record(record, bundle, signature_of(scorer))
    return Trained(scorer, champion, held_out)


def _parameters(prepared: Prepared, scorer: Scorer) -> dict[str, Any]:
    config = prepared.config
    fitted = {f"bgnbd.{k}": v for k, v in scorer.transactions.params_.items()}
    if scorer.spend is not None:
        fitted |= {f"gammagamma.{k}": v for k, v in scorer.spend.params_.items()}
    return {
        "as_of": prepared.cutoff.date.isoformat(),
        "churn.horizon_days": config.churn.horizon_days,
        "churn.gap_days": config.churn.gap_days,
        "churn.active_days": config.active_days,
        "churn.features": len(scorer.churn.feature_names),
        "churn.trained_on": ", ".join(d.isoformat() for d in scorer.churn.trained_on),
        "churn.calibrated_on": ", ".join(d.isoformat() for d in scorer.churn.calibrated_on),
        "clv.engine": config.clv.engine,
        "clv.horizon_days": config.clv.horizon_days,
        "clv.yearly_discount": config.clv.yearly_discount,
        "clv.margin": config.clv.margin,
        "seed": config.seed,
        "lines_kept": prepared.log.report.kept,
        **fitted,
    }


def _flat(verdict: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Numbers of a nested verdict, under dotted names as MLflow wants them."""
    flat: dict[str, float] = {}
    for key, value in verdict.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool):
            flat[prefix + key] = float(value)
    return flat
