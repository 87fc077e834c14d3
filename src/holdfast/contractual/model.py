"""P(the contract ends in the outcome window): regularised LightGBM and a ridge logistic regression, averaged.

One recipe for every table: size and number of trees, the ridge, and the weight of each model in the average are those
with the lowest log loss on customers left out. On some tables a linear model is as good as any, on others trees are far
better; the weight tells which, and nothing is tuned by hand.
"""

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import expit

from holdfast.contractual.encoding import Encoder
from holdfast.contractual.folds import stratified_folds, tuning_rows
from holdfast.contractual.leavers import Leavers, find_leavers
from holdfast.data.typed import as_numbers
from holdfast.errors import NotEnoughDataError
from holdfast.evaluate import log_losses
from holdfast.learn.arrays import Flags, Floats, Ints
from holdfast.learn.calibration import METHODS, Calibration, Sigmoid, choose, from_dict
from holdfast.learn.logistic import RidgeLogistic
from holdfast.learn.trees import boost, from_text, predicted, shap, text_of

if TYPE_CHECKING:
    import lightgbm as lgb

LEAST_PER_OUTCOME = 20
_LEAVES = (4, 15)
_ROUNDS = (250, 1000)  # the second only where the log loss still falls at the end of the first
_STEP = 25
_RIDGES = (1.0, 0.1, 0.01)  # C of scikit-learn: the smaller the stronger
_WEIGHTS = np.arange(0, 21) / 20


@dataclass(frozen=True)
class Recipe:
    """What was chosen on customers left out, and the log loss reached there.

    ``weight`` is the share of the trees in the average of both probabilities; the rest is the regression's.
    """

    leaves: int
    rounds: int
    ridge: float
    weight: float
    calibration: str
    log_loss: float


@dataclass(frozen=True)
class ContractChurn:
    """The fitted model; rows are tables with the columns of ``encoder``.

    ``churn_rate`` is that of the rows it was trained on; ``leavers`` says of each column of which values clearly more
    left there, none for a model trained before that was looked at. Where ``cannot`` names a column, no contract can end
    in the window that has a 0 there: the bill that may not come is due later.
    """

    encoder: Encoder
    booster: "lgb.Booster"
    linear: RidgeLogistic
    calibration: Calibration
    churn_rate: float
    recipe: Recipe
    leavers: dict[str, Leavers] = field(default_factory=dict)
    cannot: str | None = None

    @property
    def columns(self) -> list[str]:
        """Names of the columns that a row must have."""
        return [*self.encoder.columns, *([] if self.cannot in (None, *self.encoder.columns) else [str(self.cannot)])]

    def p_churn(self, frame: pd.DataFrame) -> Floats:
        """Return P(the contract ends in the window), shape (n,); higher is a greater risk."""
        return np.where(self.may_end(frame), self._learnt(frame), 0.0)

    def may_end(self, frame: pd.DataFrame) -> Flags:
        """Return whose contract can end in the window at all, shape (n,)."""
        none = np.ones(len(frame), dtype=bool)
        return none if self.cannot is None else np.asarray(as_numbers(frame[self.cannot])[0] != 0)

    def _learnt(self, frame: pd.DataFrame) -> Floats:
        trees = predicted(self.booster, self.encoder.trees(frame)[0])
        lines = self.linear.p(self.encoder.linear(frame)[0])
        return self.calibration(self.recipe.weight * trees + (1 - self.recipe.weight) * lines)

    def contributions(self, frame: pd.DataFrame) -> pd.DataFrame:
        """Return what each column adds to the log-odds against the average customer, shape (n, columns).

        The trees' part is SHAP (Lundberg & Lee 2017), the regression's its terms; both weighted as in the average,
        which is of probabilities: the sum is close to the log-odds, not equal.
        """
        x, of_trees = self.encoder.trees(frame)
        z, of_lines = self.encoder.linear(frame)
        trees = shap(self.booster, x).T.groupby(of_trees).sum().T
        lines = self.linear.parts(z).T.groupby(of_lines).sum().T
        return (self.recipe.weight * trees + (1 - self.recipe.weight) * lines)[self.encoder.columns]

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON; trees as their text."""
        return {
            "encoder": self.encoder.to_dict(),
            "trees": text_of(self.booster),
            "linear": self.linear.to_dict(),
            "calibration": self.calibration.to_dict(),
            "churn_rate": self.churn_rate,
            "recipe": asdict(self.recipe),
            "leavers": {name: found.to_dict() for name, found in self.leavers.items()},
            **({} if self.cannot is None else {"cannot": self.cannot}),
        }

    @classmethod
    def from_dict(cls, state: dict[str, Any]) -> "ContractChurn":
        """Make the model of ``to_dict``."""
        recipe = Recipe(**state["recipe"])
        return cls(
            Encoder.from_dict(state["encoder"]),
            from_text(state["trees"]),
            RidgeLogistic(**state["linear"]),
            from_dict(recipe.calibration, state["calibration"]),
            state["churn_rate"],
            recipe,
            {name: Leavers.from_dict(found) for name, found in state.get("leavers", {}).items()},
            state.get("cannot"),
        )


def train_contract_churn(
    frame: pd.DataFrame,
    churned: npt.ArrayLike,
    kind: dict[str, str],
    *,
    customers: npt.ArrayLike | None = None,
    seed: int = 1,
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
    seed
        Of folds and LightGBM.

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
    recipe, calibration = _choose(x.iloc[rows], z.iloc[rows], y[rows], folds, seed)
    booster = boost(x, y, seed=seed, parameters=_settings(recipe.leaves, recipe.rounds, len(y)))
    linear = RidgeLogistic.fit(z, y, c=recipe.ridge)
    leavers = find_leavers(encoder, frame, y, customers)
    return ContractChurn(encoder, booster, linear, calibration, float(y.mean()), recipe, leavers)


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


def _settings(leaves: int, rounds: int, n: int) -> tuple[tuple[str, float], ...]:
    return (("num_leaves", leaves), ("rounds", rounds), ("min_data_in_leaf", int(np.clip(n // 100, 5, 20))))


def _choose(
    x: pd.DataFrame, z: pd.DataFrame, y: Ints, folds: list[tuple[Ints, Ints]], seed: int
) -> tuple[Recipe, Calibration]:
    """Return the settings with the lowest log loss on rows left out, and the calibration of those predictions."""
    trees = [(leaves, *_boosted(x, y, folds, leaves, seed)) for leaves in _LEAVES]
    leaves, rounds, foreseen = min(trees, key=lambda t: _loss(y, t[2]))
    lines = [(c, _regressed(z, y, folds, c)) for c in _RIDGES]
    ridge, by_lines = min(lines, key=lambda line: _loss(y, line[1]))
    blends = [(float(w), w * foreseen + (1 - w) * by_lines) for w in _WEIGHTS]
    weight, p = min(blends, key=lambda b: _loss(y, b[1]))
    # Fitted on some customers and judged on others; what is chosen is then fitted on all of them.
    some, others = (np.concatenate([held for _, held in part]) for part in (folds[:2], folds[2:]))
    method, _, _ = choose((p[some], y[some]), (p[others], y[others]))
    calibration = Sigmoid() if method == "none" else METHODS[method].fit(p, y)
    return Recipe(leaves, rounds, ridge, weight, method, _loss(y, calibration(p))), calibration


def _boosted(x: pd.DataFrame, y: Ints, folds: list[tuple[Ints, Ints]], leaves: int, seed: int) -> tuple[int, Floats]:
    """Return (number of trees at which the log loss of left-out rows is lowest, their predictions)."""
    for most in _ROUNDS:
        raw = np.zeros((most // _STEP, len(y)))
        settings = _settings(leaves, most, len(y))
        for train, held in folds:
            booster, rows = boost(x.iloc[train], y[train], seed=seed, parameters=settings), x.iloc[held].to_numpy()
            for k in range(len(raw)):
                raw[k, held] = predicted(booster, rows, raw_score=True, start_iteration=k * _STEP, num_iteration=_STEP)
        by_rounds = expit(np.cumsum(raw, axis=0))
        best = int(np.argmin([_loss(y, p) for p in by_rounds]))
        if best < len(raw) - 1:
            break
    return (best + 1) * _STEP, by_rounds[best]


def _regressed(z: pd.DataFrame, y: Ints, folds: list[tuple[Ints, Ints]], c: float) -> Floats:
    p = np.empty(len(y))
    for train, held in folds:
        p[held] = RidgeLogistic.fit(z.iloc[train], y[train], c=c).p(z.iloc[held])
    return p


def _loss(churned: Ints, p: Floats) -> float:
    return float(log_losses(churned, p).mean())
