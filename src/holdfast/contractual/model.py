"""P(the contract ends in the outcome window): regularised LightGBM and a ridge logistic regression, averaged.

One recipe for every table: size and number of trees, the ridge, and the weight of each model in the average are those
with the lowest log loss on customers left out. On some tables a linear model is as good as any, on others trees are far
better; the weight tells which, and nothing is tuned by hand.
"""

import re
from dataclasses import dataclass
from typing import Any

import lightgbm as lgb
import numpy as np
import numpy.typing as npt
import pandas as pd
from threadpoolctl import threadpool_limits

from holdfast.churn import Sigmoid
from holdfast.churn.logistic import Floats
from holdfast.contractual.encoding import Encoder
from holdfast.contractual.folds import stratified_folds, tuning_rows
from holdfast.errors import NotEnoughDataError

Ints = npt.NDArray[np.int64]

LEAST_PER_OUTCOME = 20
MOST_ROUNDS = 1500
_LEAVES = (4, 15)
_RIDGES = (1.0, 0.1, 0.01)  # C of scikit-learn: the smaller the stronger
_WEIGHTS = np.arange(0, 21) / 20
_TREES: dict[str, object] = {
    "objective": "binary",
    "learning_rate": 0.05,
    "lambda_l2": 10.0,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "verbosity": -1,
    # Same bits on any number of threads.
    "deterministic": True,
    "force_col_wise": True,
}


@dataclass(frozen=True)
class Linear:
    """A logistic regression on ``Encoder.linear``, standardised."""

    center: Floats
    scale: Floats
    coefficients: Floats
    intercept: float

    @classmethod
    def fit(cls, x: Floats, churned: Ints, c: float) -> "Linear":
        """Fit with an L2 penalty, on one thread: the same bits on any machine size."""
        from sklearn.linear_model import LogisticRegression

        center, scale = x.mean(axis=0), x.std(axis=0)
        scale = np.where(scale > 0, scale, 1.0)
        with threadpool_limits(limits=1):
            fitted = LogisticRegression(C=c, max_iter=2000).fit((x - center) / scale, churned)
        return cls(center, scale, np.asarray(fitted.coef_[0], dtype=np.float64), float(fitted.intercept_[0]))

    def terms(self, x: Floats) -> Floats:
        """Return each feature's part of the log-odds, against the average customer, same shape as x."""
        return (x - self.center) / self.scale * self.coefficients

    def p_churn(self, x: Floats) -> Floats:
        """Return probabilities, shape (n,)."""
        return np.asarray(1.0 / (1.0 + np.exp(-(self.terms(x).sum(axis=1) + self.intercept))))


@dataclass(frozen=True)
class Recipe:
    """What was chosen on customers left out, and the log loss reached there."""

    leaves: int
    rounds: int
    ridge: float
    weight: float
    log_loss: float


@dataclass(frozen=True)
class ContractChurn:
    """The fitted model; rows are tables with the columns of ``encoder``.

    Attributes
    ----------
    weight
        Share of the trees in the average of both probabilities; the rest is the logistic regression's.
    churn_rate
        Among the rows it was trained on.
    """

    encoder: Encoder
    booster: lgb.Booster
    linear: Linear
    weight: float
    calibration: Sigmoid
    churn_rate: float
    recipe: Recipe

    def p_churn(self, frame: pd.DataFrame) -> Floats:
        """Return P(the contract ends in the window), shape (n,); higher is a greater risk."""
        trees = np.asarray(self.booster.predict(self.encoder.trees(frame)[0]), dtype=np.float64)
        lines = self.linear.p_churn(self.encoder.linear(frame)[0])
        return self.calibration(self.weight * trees + (1 - self.weight) * lines)

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return what each column adds to the log-odds against the average customer, shape (n, columns).

        The trees' part is SHAP (Lundberg et al. 2020), the regression's its terms; both weighted as in the average,
        which is of probabilities: the sum is close to the log-odds, not equal.
        """
        x, of = self.encoder.trees(frame)
        shap = np.asarray(self.booster.predict(x, pred_contrib=True, num_threads=1))[:, :-1]
        z, of_linear = self.encoder.linear(frame)
        terms = self.linear.terms(z)
        names = self.encoder.columns
        total = np.zeros((len(frame), len(names)))
        for j, name in enumerate(names):
            tree = shap[:, [i for i, n in enumerate(of) if n == name]].sum(axis=1)
            line = terms[:, [i for i, n in enumerate(of_linear) if n == name]].sum(axis=1)
            total[:, j] = self.weight * tree + (1 - self.weight) * line
        return pd.DataFrame(total, columns=names, index=frame.index)

    def trees_text(self) -> str:
        """Return LightGBM's text; the number of threads changes no tree, so it is left out."""
        return re.sub(r"\[num_threads: \d+\]\n", "", self.booster.model_to_string())

    def to_dict(self) -> dict[str, Any]:
        """Return all but the trees as plain values for JSON."""
        linear = self.linear
        return {
            "encoder": self.encoder.to_dict(),
            "linear": {
                "center": linear.center.tolist(),
                "scale": linear.scale.tolist(),
                "coefficients": linear.coefficients.tolist(),
                "intercept": linear.intercept,
            },
            "weight": self.weight,
            "calibration": {"slope": self.calibration.slope, "intercept": self.calibration.intercept},
            "churn_rate": self.churn_rate,
            "recipe": vars(self.recipe),
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any], trees: str) -> "ContractChurn":
        """Return what ``to_dict`` and ``trees_text`` wrote."""
        arrays = {k: np.array(state["linear"][k], dtype=np.float64) for k in ("center", "scale", "coefficients")}
        return cls(
            Encoder.from_dict(state["encoder"]),
            lgb.Booster(model_str=trees),
            Linear(**arrays, intercept=state["linear"]["intercept"]),
            state["weight"],
            Sigmoid(**state["calibration"]),
            state["churn_rate"],
            Recipe(**state["recipe"]),
        )


def train_contract_churn(
    frame: pd.DataFrame,
    churned: npt.ArrayLike,
    kind: dict[str, str],
    *,
    customers: npt.ArrayLike | None = None,
    seed: int = 1,
    threads: int = 0,
) -> ContractChurn:
    """Choose the recipe on customers left out, then fit on all rows.

    Parameters
    ----------
    frame
        One row per customer (and cutoff), shape (n, k).
    churned
        1 = the contract ended in the window, shape (n,).
    kind
        {column: ``"number"`` or ``"category"``}; other columns are not read.
    customers
        Who each row is, shape (n,): rows of one customer are left out together. Not given: every row is another.
    seed, threads
        For folds and LightGBM; ``threads = 0`` uses every core and changes no bit of the result.

    Raises
    ------
    NotEnoughDataError
        Fewer than 20 customers churned or stayed, or no column is left to learn from.
    """
    y = np.asarray(churned, dtype=np.int64)
    _enough(y, kind)
    encoder = Encoder.fit(frame, y, kind)
    x, z = encoder.trees(frame)[0], encoder.linear(frame)[0]
    rows = tuning_rows(y, seed)
    who = None if customers is None else np.asarray(customers)[rows]
    folds = stratified_folds(y[rows], customers=who, seed=seed)
    recipe, calibration = _choose(x[rows], z[rows], y[rows], folds, seed, threads)
    data = lgb.Dataset(x, y, params=_parameters(recipe.leaves, len(y), seed, threads))
    booster = lgb.train(_parameters(recipe.leaves, len(y), seed, threads), data, num_boost_round=recipe.rounds)
    linear = Linear.fit(z, y, recipe.ridge)
    return ContractChurn(encoder, booster, linear, recipe.weight, calibration, float(y.mean()), recipe)


def _enough(y: Ints, kind: dict[str, str]) -> None:
    for outcome, said in ((1, "churned"), (0, "stayed")):
        count = int((y == outcome).sum())
        if count < LEAST_PER_OUTCOME:
            raise NotEnoughDataError(
                f"{count} of {len(y):,} customers {said}; at least {LEAST_PER_OUTCOME} are needed to learn from. "
                "Use a longer outcome window, or a larger table."
            )
    if not kind:
        raise NotEnoughDataError("No column is left to learn from: all are constant, identifiers or ignored.")


def _parameters(leaves: int, n: int, seed: int, threads: int) -> dict[str, object]:
    leaf = int(np.clip(n // 100, 5, 20))
    return {**_TREES, "num_leaves": leaves, "min_data_in_leaf": leaf, "seed": seed, "num_threads": threads}


def _choose(
    x: Floats, z: Floats, y: Ints, folds: list[tuple[Ints, Ints]], seed: int, threads: int
) -> tuple[Recipe, Sigmoid]:
    """Return the settings with the lowest log loss on rows left out, and the calibration of those predictions."""
    trees = [(leaves, *_boosted(x, y, folds, leaves, seed, threads)) for leaves in _LEAVES]
    leaves, rounds, foreseen = min(trees, key=lambda t: log_loss(y, t[2]))
    lines = [(c, _left_out(z, y, folds, c)) for c in _RIDGES]
    ridge, by_lines = min(lines, key=lambda line: log_loss(y, line[1]))
    blends = [(float(w), w * foreseen + (1 - w) * by_lines) for w in _WEIGHTS]
    weight, blend = min(blends, key=lambda b: log_loss(y, b[1]))
    calibration = Sigmoid.fit(blend, y)
    return Recipe(leaves, rounds, ridge, weight, log_loss(y, blend)), calibration


def _boosted(
    x: Floats, y: Ints, folds: list[tuple[Ints, Ints]], leaves: int, seed: int, threads: int
) -> tuple[int, Floats]:
    """Return (number of trees at which the log loss of left-out rows is lowest, their predictions)."""
    parameters = _parameters(leaves, len(y), seed, threads)
    found = lgb.cv(
        parameters,
        lgb.Dataset(x, y, params=parameters),
        num_boost_round=MOST_ROUNDS,
        folds=folds,
        callbacks=[lgb.early_stopping(50, verbose=False)],
        return_cvbooster=True,
    )
    best = found["cvbooster"]
    p = np.empty(len(y))
    for booster, (_, held) in zip(best.boosters, folds, strict=True):
        p[held] = booster.predict(x[held], num_iteration=best.best_iteration)
    return int(best.best_iteration), p


def _left_out(z: Floats, y: Ints, folds: list[tuple[Ints, Ints]], c: float) -> Floats:
    p = np.empty(len(y))
    for train, held in folds:
        p[held] = Linear.fit(z[train], y[train], c).p_churn(z[held])
    return p


def log_loss(churned: Ints, p: Floats) -> float:
    """Return the mean log loss in nats; lower is better."""
    q = np.clip(p, 1e-6, 1 - 1e-6)
    return float(-np.mean(np.where(churned == 1, np.log(q), np.log1p(-q))))
