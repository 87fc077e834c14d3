"""Train: race, fit as of a cutoff, test the same recipe one window earlier, record, and ask the gate."""

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from holdfast import columns
from holdfast.act import Scorer
from holdfast.churn import DEFAULT as DEFAULT_CHURN
from holdfast.churn import train_churn
from holdfast.clv import BetaGeoNBD
from holdfast.errors import DamagedModelError, NotEnoughDataError, NotFoundError
from holdfast.evaluate import FLOOR, FRESHER, LeakAlarm, Verdict, beats, calibrated, jump, no_alarm, separating_columns
from holdfast.features import Cutoff, summary_of
from holdfast.forecast import DEFAULT as DEFAULT_VALUE
from holdfast.forecast import train_forecast
from holdfast.pipeline.contest import Contest, fitted, outlook_at, race
from holdfast.pipeline.judgement import judge
from holdfast.pipeline.preparation import Prepared, Say, fingerprint, quiet
from holdfast.track import Bundle, Champion, Store, TrainingRecord, flat_metrics, load_bundle, save_bundle
from holdfast.track.signature import signature_of


@dataclass(frozen=True)
class Trained:
    """A trained model, how the same recipe did on the last window before its as-of date, and what the gate said.

    ``model`` is the champion only if ``verdict.promoted``.
    """

    scorer: Scorer
    model: Champion
    held_out: dict[str, Any]
    contest: Contest
    verdict: Verdict


def fit(prepared: Prepared, cutoff: Cutoff, *, churn: str = DEFAULT_CHURN, value: str = DEFAULT_VALUE) -> Scorer:
    """Fit every model on what was known by ``cutoff``; the one recipe that is served and backtested.

    Parameters
    ----------
    prepared, cutoff
        The log, and where to cut it.
    churn, value
        Names of the contenders that serve.

    Raises
    ------
    NotEnoughDataError
        The purchases before the cutoff cannot teach a model.
    """
    config = prepared.config
    model = train_churn(prepared.past.earlier(cutoff), churn)
    outlook = outlook_at(prepared, cutoff)
    summary = summary_of(prepared.snapshots.features(cutoff.date))
    transactions = fitted(BetaGeoNBD(ridge="clip"), summary, config.clv.engine)
    if not transactions.converged_ and np.isnan(transactions.params_["r"]):
        raise NotEnoughDataError(f"BG/NBD as of {cutoff.date}: {transactions.reason_}.")
    return Scorer(
        churn=model,
        forecast=train_forecast(outlook, model.season, value),
        transactions=transactions,
        spend=outlook.spend,
        active_days=config.active_days,
        clv_horizon_days=config.clv.horizon_days,
        yearly_discount=config.clv.yearly_discount,
        margin=config.clv.margin,
        trained_as_of=cutoff.date,
    )


def train(prepared: Prepared, *, say: Say = quiet) -> Trained:
    """Race, fit, backtest, write the bundle, record the run in MLflow, and let the gate decide on the champion.

    Raises
    ------
    NotEnoughDataError
        The purchases before the as-of date cannot teach a model.
    """
    config = prepared.config
    contest = race(prepared, outcome=False, say=say)
    say(f"training as of {prepared.cutoff.date}")
    scorer = fit(prepared, prepared.cutoff, churn=contest.churn.name, value=contest.value.name)
    say("testing the same recipe one window earlier")
    test = prepared.cutoff.earlier(prepared.cutoff.horizon_days + prepared.cutoff.gap_days)
    try:
        tested = fit(prepared, test, churn=contest.churn.name, value=contest.value.name)
        held_out = judge(tested, prepared.past, test)
    except NotEnoughDataError as error:
        tested, held_out = None, {"skipped": f"No held-out test: {error}"}
    store = Store(config.models)
    verdict = _gate(prepared, contest, tested, test, _champion(store, config.name))
    say("recording in MLflow")
    where, digest = fingerprint(prepared.source)
    record = TrainingRecord(
        name=config.name,
        parameters=_parameters(prepared, scorer),
        metrics=flat_metrics(held_out),
        tags={"as_of": prepared.cutoff.date.isoformat()},
        config=json.dumps(config.model_dump(mode="json"), indent=2, ensure_ascii=False) + "\n",
        dataset=where,
        dataset_digest=digest,
        documents={"metrics.json": held_out, "race.json": contest.as_dict(), "gate.json": verdict.as_dict()},
    )
    with tempfile.TemporaryDirectory(prefix="holdfast-") as scratch:
        bundle = Path(scratch) / "bundle"
        save_bundle(bundle, scorer, held_out)
        model = store.record(record, bundle, signature_of(scorer), promote=verdict.promoted)
    return Trained(scorer, model, held_out, contest, verdict)


def _champion(store: Store, name: str) -> Bundle | None:
    try:
        return load_bundle(store.champion(name).bundle_folder)
    except (NotFoundError, DamagedModelError):
        # Nothing to defend: training again is how a damaged champion is replaced.
        return None


def _gate(
    prepared: Prepared, contest: Contest, tested: Scorer | None, test: Cutoff, champion: Bundle | None
) -> Verdict:
    """Compare on the newest outcome window, which neither side had seen."""
    if tested is None or not contest.heats:
        # Nothing could be asked of a log this short; the first model has to start somewhere.
        return Verdict([])
    features, outcome = prepared.snapshots.at(test)
    y = outcome["churned"].to_numpy(dtype=np.int64)
    p = tested.score(features, as_of=test.date, model_version="")[columns.p_churn(test.horizon_days)].to_numpy()
    heat = contest.heats[0]
    simple = contest.churn.best_simple
    rival, alike = None, True
    if champion is not None and _comparable(prepared, champion.scorer):
        name = champion.scorer.churn.name
        alike = name == tested.churn.name
        if champion.scorer.trained_as_of <= test.date:
            rival = champion.scorer.churn.p_churn(features)
        elif not alike:
            # The champion itself has seen this window, so its recipe is tried on what was known before it.
            rival = heat.p_churn.get(name)
    rule = "best simple rule" + (f" ({simple})" if simple else "")
    return Verdict(
        [
            beats(y, p, rival, "champion", no_worse_because=FRESHER if alike else ""),
            beats(y, p, heat.p_churn.get(simple), rule, no_worse_because=FLOOR),
            calibrated(y, p),
            no_alarm(_alarms(prepared, test, p, contest)),
        ]
    )


def _comparable(prepared: Prepared, scorer: Scorer) -> bool:
    churn = prepared.config.churn
    return (scorer.churn.horizon_days, scorer.churn.gap_days) == (churn.horizon_days, churn.gap_days)


def _alarms(prepared: Prepared, test: Cutoff, p: np.ndarray, contest: Contest) -> list[LeakAlarm]:
    from holdfast.evaluate.intervals import auc_with_covariance

    past = prepared.past.earlier(test)
    features, outcome = prepared.snapshots.at(test)
    y = outcome["churned"].to_numpy(dtype=np.int64)
    if not 0 < y.sum() < len(y):
        return []
    names = past.usable(past.lessons(most=1))
    rules = [q for name, q in contest.heats[0].p_churn.items() if name in ("recency", "rfm", "p0")]
    areas = auc_with_covariance(y, p, *rules)[0]
    best = float(areas[1:].max()) if rules else 0.5
    alone = separating_columns(features[names], y, beside=best)
    reach = {n: abs(float(np.nan_to_num(features[n].corr(outcome["churned"])))) for n in names}
    return alone or jump(float(areas[0]), best, sorted(reach, key=lambda n: (-reach[n], n)))


def _parameters(prepared: Prepared, scorer: Scorer) -> dict[str, Any]:
    config = prepared.config
    found = {f"bgnbd.{k}": v for k, v in scorer.transactions.params_.items()}
    if scorer.spend is not None:
        found |= {f"gammagamma.{k}": v for k, v in scorer.spend.params_.items()}
    return {
        "as_of": prepared.cutoff.date.isoformat(),
        "churn.horizon_days": config.churn.horizon_days,
        "churn.gap_days": config.churn.gap_days,
        "churn.active_days": config.active_days,
        "churn.contender": scorer.churn.name,
        "churn.calibration": scorer.churn.method,
        "churn.log_odds_shift": scorer.churn.season.log_odds_shift,
        "churn.trained_on": ", ".join(d.isoformat() for d in scorer.churn.trained_on),
        "churn.calibrated_on": ", ".join(d.isoformat() for d in scorer.churn.calibrated_on),
        "forecast.contender": scorer.forecast.name,
        "forecast.factor": scorer.forecast.factor,
        "clv.engine": config.clv.engine,
        "clv.horizon_days": config.clv.horizon_days,
        "clv.yearly_discount": config.clv.yearly_discount,
        "clv.margin": config.clv.margin,
        "seed": config.seed,
        "lines_kept": prepared.log.report.kept,
        **found,
    }
