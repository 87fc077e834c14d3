"""Tune LightGBM on past windows, oldest first; the newest window, which no trial saw, has the last word."""

import hashlib
import json
from dataclasses import asdict, dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.churn import Past
from holdfast.errors import NotEnoughDataError, needs_extra
from holdfast.evaluate import Difference, log_losses, paired_mean_difference
from holdfast.features import Cutoff
from holdfast.learn.trees import parameters_for
from holdfast.pipeline.preparation import PreparedPurchases, fingerprint, for_purchases
from holdfast.progress import Say, quiet
from holdfast.track import open_store

if TYPE_CHECKING:
    import optuna

MOST_FOLDS = 3
CONTENDER = "lightgbm_pooled"
_RANGES: dict[str, tuple[float, float, bool]] = {  # lowest, highest, whether only whole numbers
    "rounds": (50, 400, True),
    "num_leaves": (3, 31, True),
    "learning_rate": (0.01, 0.2, False),
    "lambda_l2": (0.1, 100.0, False),
    "feature_fraction": (0.2, 1.0, False),
    "bagging_fraction": (0.5, 1.0, False),
    "min_data_in_leaf": (5, 200, True),
}
_SHARES = ("feature_fraction", "bagging_fraction")  # searched evenly; the others by their logarithm


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Attributes
    ----------
    parameters
        Of the best trial; of what is served where nothing was better.
    trials, pruned
        Trials of the study so far, earlier sessions included, and how many of them were given up early.
    loss, served_loss
        Mean log loss over the folds: of the best trial, and of what is served now (trial 0): the defaults, but for what
        the configuration states under ``trees``.
    folds
        As-of dates of the folds, oldest first.
    newest
        As-of date of the window that no trial saw.
    on_newest
        Log loss of the best trial minus that of what is served there, per customer; below 0 is better.
    better
        Whether that difference is clear: the proposal is worth taking.

    Examples
    --------
    >>> found = Difference(-0.003, -0.005, -0.001)
    >>> tuned = Tuned({"rounds": 120}, 30, 9, 0.412, 0.415, ["2023-08-01"], "2024-02-25", on_newest=found, better=True)
    >>> tuned.as_dict()["parameters"], tuned.on_newest.high < 0
    ({'rounds': 120}, True)
    """

    parameters: dict[str, float]
    trials: int
    pruned: int
    loss: float
    served_loss: float
    folds: list[str]
    newest: str
    on_newest: Difference
    better: bool

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


@for_purchases("tune")
def tune(prepared: PreparedPurchases, *, trials: int = 30, minutes: float | None = None, say: Say = quiet) -> Tuned:
    """Search until the study has ``trials`` trials or ``minutes`` are over; the next call goes on where it stopped.

    Every trial is kept in Optuna's database below ``models/`` and in MLflow. A trial that is worse than the median of
    the earlier ones after a fold is given up. Each trial's sampler is seeded by its number: an interrupted search and
    an uninterrupted one find the same.

    Raises
    ------
    NotEnoughDataError
        The log has no two past windows with something to learn from before them.

    Examples
    --------
    >>> import holdfast
    >>> from holdfast.data import simulate_shop
    >>> settings = {"name": "small", "purchases": {}, "as_of": "2023-12-01", "churn": {"horizon_days": 60}}
    >>> config = holdfast.make_config({**settings, "trees": {"rounds": 50}})
    >>> tuned = tune(holdfast.prepare(config, purchases=simulate_shop(300, seed=3).purchases), trials=1)
    >>> tuned.trials, tuned.newest
    (1, '2023-10-02')
    """
    needs_extra("optuna", "tune")
    import optuna

    newest, folds = _folds(prepared)
    store = open_store(prepared.config.models, prepared.config.tracking_uri)
    served = _served(prepared.past, newest)
    question = "-".join([prepared.config.name, fingerprint(prepared)[1][:16], _question(prepared, served)])
    began = monotonic()
    with store.search(prepared.config.name) as address:
        study = _study(address, question, served)
        while len(_done(study)) < trials and (minutes is None or monotonic() - began < 60 * minutes):
            number = len(_done(study))
            study.sampler = optuna.samplers.TPESampler(seed=prepared.config.seed + number)
            trial = study.ask()
            suggested = {name: _suggested(trial, name) for name in _RANGES}
            past = prepared.past.tuned(tuple(suggested.items())) if number else prepared.past
            loss = _attempt(trial, past, folds)
            # Shown before it counts: killed in between, the trial is made again and found to be shown.
            store.record_trial(
                f"{prepared.config.name}-tuning",
                f"{question}-{number}",
                {**(suggested if number else served), "folds": ", ".join(f.date.isoformat() for f in folds)},
                {"log_loss": loss} if loss is not None else {},
            )
            study.tell(trial, loss, state=optuna.trial.TrialState.PRUNED if loss is None else None)
            say(f"trial {number}: {'given up' if loss is None else f'log loss {loss:.4f}'}")
        return _result(study, prepared.past, newest, folds, served)


def _study(address: str, question: str, served: dict[str, float]) -> "optuna.Study":
    """Open the search for one question where it stopped; trials that were killed are given up, and asked for again."""
    import optuna

    state = optuna.trial.TrialState
    study = optuna.create_study(
        storage=address,
        study_name=question,
        direction="minimize",
        pruner=optuna.pruners.MedianPruner(n_startup_trials=5),
        load_if_exists=True,
    )
    for trial in study.get_trials(deepcopy=False, states=(state.RUNNING,)):
        study.tell(trial.number, state=state.FAIL)
    if not study.get_trials(deepcopy=False, states=(state.COMPLETE, state.PRUNED, state.WAITING)):
        # What is served may lie outside the ranges; the sampler then learns from the nearest place inside.
        study.enqueue_trial({name: min(max(served[name], low), high) for name, (low, high, _) in _RANGES.items()})
    return study


def _result(study: "optuna.Study", past: Past, newest: Cutoff, folds: list[Cutoff], served: dict[str, float]) -> Tuned:
    import optuna

    done = _done(study)
    if not done or done[0].value is None:
        raise NotEnoughDataError("No trial was finished: allow more time or trials.")
    loss_of_served, found_better = done[0].value, study.best_trial.number != done[0].number
    best = {k: float(v) for k, v in study.best_params.items()} if found_better else served
    now = _losses(past, newest)
    found = _losses(past.tuned(tuple(best.items())), newest) if found_better else now
    change = paired_mean_difference(found, now)
    return Tuned(
        parameters=best,
        trials=len(done),
        pruned=len(study.get_trials(states=(optuna.trial.TrialState.PRUNED,))),
        loss=float(study.best_value),
        served_loss=float(loss_of_served),
        folds=[f.date.isoformat() for f in folds],
        newest=newest.date.isoformat(),
        on_newest=change,
        better=change.high < 0,
    )


def _folds(prepared: PreparedPurchases) -> tuple[Cutoff, list[Cutoff]]:
    """Return the newest past window, and up to three before it that can be learnt for, oldest first."""
    cutoff = prepared.cutoff
    length = cutoff.horizon_days + cutoff.gap_days
    origins = [cutoff.earlier(k * length) for k in range(1, MOST_FOLDS + 2)]
    fit = []
    for origin in origins:
        try:
            prepared.snapshots.both_outcomes(prepared.snapshots.plan(origin))
        except NotEnoughDataError:
            break
        fit.append(origin)
    if len(fit) < 2:
        raise NotEnoughDataError(
            f"Tuning needs two past windows of {length} days with something to learn from before each; the log as of "
            f"{cutoff.date} has {len(fit)}. Use a smaller churn.horizon_days, or a longer log."
        )
    return fit[0], fit[:0:-1]


def _suggested(trial: "optuna.Trial", name: str) -> float:
    low, high, whole = _RANGES[name]
    if whole:
        return trial.suggest_int(name, int(low), int(high), log=True)
    return trial.suggest_float(name, low, high, log=name not in _SHARES)


def _served(past: Past, newest: Cutoff) -> dict[str, float]:
    """Return the parameters with which LightGBM is grown for the newest window as the configuration stands."""
    rows = sum(len(window.features) for window in past.earlier(newest).pooled())
    return {name: float(value) for name, value in parameters_for(rows, past.parameters).items()}


def _attempt(trial: "optuna.Trial", past: Past, folds: list[Cutoff]) -> float | None:
    losses: list[float] = []
    for step, fold in enumerate(folds):
        losses.append(float(_losses(past, fold).mean()))
        trial.report(float(np.mean(losses)), step)
        if trial.should_prune():
            return None
    return float(np.mean(losses))


def _losses(past: Past, cutoff: Cutoff) -> Any:
    features, outcome = past.snapshots.at(cutoff)
    p = past.earlier(cutoff).fitted(CONTENDER).p_churn(features)
    return log_losses(outcome["churned"].to_numpy(dtype=np.int64), p)


def _done(study: "optuna.Study") -> list["optuna.trial.FrozenTrial"]:
    import optuna

    finished = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    return study.get_trials(deepcopy=False, states=finished)


def _question(prepared: PreparedPurchases, served: dict[str, float]) -> str:
    """Name the study: another question, or other parameters served, is another study."""
    cutoff = prepared.cutoff
    now = hashlib.sha256(json.dumps(served, sort_keys=True).encode()).hexdigest()[:8]
    return f"{cutoff.date}-{cutoff.horizon_days}-{cutoff.gap_days}-{prepared.config.seed}-{now}"
