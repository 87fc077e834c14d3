"""Tune LightGBM on past windows, oldest first; the newest window, which no trial saw, has the last word."""

from dataclasses import asdict, dataclass
from time import monotonic
from typing import TYPE_CHECKING, Any

import numpy as np

from holdfast.churn import Past
from holdfast.errors import NotEnoughDataError
from holdfast.evaluate import Difference, log_losses, paired_mean_difference
from holdfast.features import Cutoff
from holdfast.pipeline.preparation import Prepared, Say, fingerprint, quiet
from holdfast.track import Store

if TYPE_CHECKING:
    import optuna

MOST_FOLDS = 3
CONTENDER = "lightgbm"
# Trial 0: where the search starts, and what a proposal must beat.
DEFAULTS: dict[str, float] = {
    "rounds": 150,
    "num_leaves": 7,
    "learning_rate": 0.05,
    "lambda_l2": 10.0,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "min_data_in_leaf": 50,
}


@dataclass(frozen=True)
class Tuned:
    """What a search found.

    Attributes
    ----------
    parameters
        Of the best trial.
    trials, pruned
        Trials of the study so far, earlier sessions included, and how many of them were given up early.
    loss, default_loss
        Mean log loss over the folds: of the best trial, and of the default parameters (trial 0).
    folds
        As-of dates of the folds, oldest first.
    newest
        As-of date of the window that no trial saw.
    on_newest
        Log loss of the best trial minus that of the defaults there, per customer; below 0 is better.
    better
        Whether that difference is clear: the proposal is worth taking.
    """

    parameters: dict[str, float]
    trials: int
    pruned: int
    loss: float
    default_loss: float
    folds: list[str]
    newest: str
    on_newest: Difference
    better: bool

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def tune(prepared: Prepared, *, trials: int = 30, minutes: float | None = None, say: Say = quiet) -> Tuned:
    """Search until the study has ``trials`` trials or ``minutes`` are over; the next call goes on where it stopped.

    Every trial is kept in Optuna's database below ``models/`` and in MLflow. A trial that is worse than the median of
    the earlier ones after a fold is given up. Each trial's sampler is seeded by its number: an interrupted search and
    an uninterrupted one find the same.

    Raises
    ------
    NotEnoughDataError
        The log has no two past windows with something to learn from before them.
    """
    import optuna

    newest, folds = _folds(prepared)
    store = Store(prepared.config.models)
    question = "-".join([prepared.config.name, fingerprint(prepared.source)[1][:16], _question(prepared)])
    began = monotonic()
    with store.search(prepared.config.name) as address:
        study = _study(address, question)
        while len(_done(study)) < trials and (minutes is None or monotonic() - began < 60 * minutes):
            number = len(_done(study))
            study.sampler = optuna.samplers.TPESampler(seed=prepared.config.seed + number)
            trial = study.ask()
            loss = _attempt(trial, prepared.past, folds)
            # Shown before it counts: killed in between, the trial is made again and found to be shown.
            store.record_trial(
                f"{prepared.config.name}-tuning",
                f"{question}-{number}",
                {**trial.params, "folds": ", ".join(f.date.isoformat() for f in folds)},
                {"log_loss": loss} if loss is not None else {},
            )
            study.tell(trial, loss, state=optuna.trial.TrialState.PRUNED if loss is None else None)
            say(f"trial {number}: {'given up' if loss is None else f'log loss {loss:.4f}'}")
        return _result(study, prepared.past, newest, folds)


def _study(address: str, question: str) -> "optuna.Study":
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
        study.enqueue_trial(DEFAULTS)
    return study


def _result(study: "optuna.Study", past: Past, newest: Cutoff, folds: list[Cutoff]) -> Tuned:
    import optuna

    done = _done(study)
    if not done or done[0].value is None:
        raise NotEnoughDataError("No trial was finished: allow more time or trials.")
    default = done[0].value
    best = {k: float(v) for k, v in study.best_params.items()}
    losses = [_losses(past.tuned(tuple(p.items())), newest) for p in (best, DEFAULTS)]
    change = paired_mean_difference(*losses)
    return Tuned(
        parameters=best,
        trials=len(done),
        pruned=len(study.get_trials(states=(optuna.trial.TrialState.PRUNED,))),
        loss=float(study.best_value),
        default_loss=float(default),
        folds=[f.date.isoformat() for f in folds],
        newest=newest.date.isoformat(),
        on_newest=change,
        better=change.high < 0,
    )


def _folds(prepared: Prepared) -> tuple[Cutoff, list[Cutoff]]:
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


def _attempt(trial: "optuna.Trial", past: Past, folds: list[Cutoff]) -> float | None:
    suggested = {
        "rounds": trial.suggest_int("rounds", 50, 400, log=True),
        "num_leaves": trial.suggest_int("num_leaves", 3, 31, log=True),
        "learning_rate": trial.suggest_float("learning_rate", 0.01, 0.2, log=True),
        "lambda_l2": trial.suggest_float("lambda_l2", 0.1, 100.0, log=True),
        "feature_fraction": trial.suggest_float("feature_fraction", 0.2, 1.0),
        "bagging_fraction": trial.suggest_float("bagging_fraction", 0.5, 1.0),
        "min_data_in_leaf": trial.suggest_int("min_data_in_leaf", 5, 200, log=True),
    }
    tuned = past.tuned(tuple(suggested.items()))
    losses: list[float] = []
    for step, fold in enumerate(folds):
        losses.append(float(_losses(tuned, fold).mean()))
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


def _question(prepared: Prepared) -> str:
    cutoff = prepared.cutoff
    return f"{cutoff.date}-{cutoff.horizon_days}-{cutoff.gap_days}-{prepared.config.seed}"
