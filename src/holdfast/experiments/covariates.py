"""Covariates that cannot have been known before the assignment: the outcome in another form.

Adjusting for such a column takes the outcome out of the outcome: what is left is rounding, and an effect of
0.00000000000007 looks significant. A column measured after the assignment that differs between the arms is looked for
in ``randomisation``.
"""

from collections.abc import Iterable, Mapping, Sequence
from math import sqrt

import numpy as np
import pandas as pd

from holdfast.errors import ConfigError, DataError, nearest
from holdfast.experiments.randomisation import Randomisation
from holdfast.experiments.trial import MOST_LEVELS, columns_of_covariate, filled
from holdfast.learn.arrays import Flags, Floats, Strings, standardised

# Share of the outcome's variance within the arms. Spend of the weeks before reaches 0.9 in shops of regular buyers, and
# what is written after the outcome reaches 1; monthly fees lie between, and are named as trusted.
DETERMINES = 0.98
# With fewer customers beyond the number of columns, a good fit is chance.
_FEWEST = 20
_BINS = 20
# What is filled only where somebody bought: in so many rows, with next to none elsewhere, and not by chance.
_FILLED, _ELSEWHERE, _BY_CHANCE = 20, 0.01, 1e-6


def refuse_copies(
    frame: pd.DataFrame,
    covariates: Sequence[str],
    arms: Strings,
    outcomes: Mapping[str, Floats],
    *,
    trusted: Sequence[str] = (),
) -> None:
    """Refuse covariates that (nearly) determine an outcome, alone or together.

    Looked at are each column's numbers, their order, their bins (at most 20, or each of at most 50 values) and its
    texts, and linear combinations of all columns, within the arms: an effect must not hide a copy. Likewise refused is
    what says whether there was an outcome: as a copy, or filled (or not 0) only where there was one.

    Parameters
    ----------
    frame, covariates
        The data, and the columns to adjust for or to learn from.
    arms, outcomes
        Each row's arm, and the outcomes by name; shape (n,).
    trusted
        Covariates that were known before the assignment although they foresee the outcome that well.

    Raises
    ------
    ConfigError
        ``trusted`` names a column that is no covariate.
    DataError
        Names the columns, and says what to do.
    """
    for name in trusted:
        if name not in covariates:
            raise ConfigError(f"trusted: {name} is no covariate.")
    groups = [arms == arm for arm in sorted(set(arms))]
    designs = {name: filled(columns_of_covariate(frame, name)) for name in dict.fromkeys(covariates)}
    asked = {name: design for name, design in designs.items() if name not in trusted}
    for outcome, y in outcomes.items():
        alone = {n: share for n, d in asked.items() if (share := _alone(frame[n], d, y, groups)) >= DETERMINES}
        if alone:
            raise DataError(_said(list(alone), outcome, max(alone.values()), together=False))
        _refuse_written_after(frame, asked, outcome, y != 0, groups)
        share = _explained(_joined(asked.values(), len(y)), y, groups)
        if share >= DETERMINES:
            raise DataError(_said(_needed(asked, y, groups), outcome, share, together=True))


def refuse_outcomes(covariates: Sequence[str], arm: str, outcomes: Sequence[str]) -> None:
    """Refuse the arm and the outcomes as covariates.

    Raises
    ------
    DataError
        One of them is.
    """
    for name in covariates:
        if name == arm or name in outcomes:
            what = "the arm" if name == arm else "an outcome"
            raise DataError(f"covariates: {name} is {what}: it was not known before the assignment.")


def refuse_after(frame: pd.DataFrame, covariates: Sequence[str], after: Sequence[str]) -> None:
    """Refuse covariates that are named as written after the assignment.

    Raises
    ------
    ConfigError
        ``after`` names a column that is not there.
    DataError
        A covariate is one of them.
    """
    there = {str(c) for c in frame.columns}
    for name in after:
        if name not in there:
            raise ConfigError(f'after: there is no column "{name}".{nearest(name, sorted(there))}')
    late = [name for name in covariates if name in after]
    if late:
        listed = ", ".join(f'"{name}"' for name in late)
        raise DataError(f"covariates: {listed}: written after the assignment (after), so no covariate: leave it out.")


def refuse_differing(randomisation: Randomisation) -> None:
    """Refuse covariates that differ between the arms more than chance allows.

    Raises
    ------
    DataError
        Names them, and says what to do.
    """
    if randomisation.differing:
        listed = ", ".join(f'"{name}"' for name in randomisation.differing)
        raise DataError(
            f"Leak alarm: more than chance allows differs between the arms: {listed}. What was measured after the "
            "assignment is no covariate: leave it out. If the arms' shares were set by it, name it (--strata). If "
            "neither, chance did not decide who was treated, and no effect can be read from these data."
        )


def is_of_outcome(column: pd.Series, design: pd.DataFrame, outcomes: Mapping[str, Floats], groups: list[Flags]) -> bool:
    """Return whether a column is an outcome in another form, by what ``refuse_copies`` looks at in one column."""
    numbers = filled(design)
    return any(
        _alone(column, numbers, y, groups) >= DETERMINES
        or _alone(column, numbers, (y != 0).astype(np.float64), groups) >= DETERMINES
        or _only_there(column, y != 0)
        for y in outcomes.values()
    )


def _said(names: Sequence[str], outcome: str, share: float, *, together: bool) -> str:
    listed = ", ".join(f'"{name}"' for name in names)
    many = len(names) > 1
    who = f"covariate{'s' if many else ''} {listed}{' together' if together and many else ''}"
    return (
        f"Leak alarm: {who} all but determine{'' if many else 's'} {outcome} (R² {share:.3f} within the arms): the "
        f"outcome in another form, or measured after it. Leave {'them' if many else 'it'} out of the covariates; what "
        f"was known before the assignment all the same, name under trusted (--trusted {names[0]})."
    )


def _refuse_written_after(
    frame: pd.DataFrame, asked: Mapping[str, Floats], outcome: str, there: Flags, groups: list[Flags]
) -> None:
    """Refuse what says whether the outcome is 0: an adjustment for it hides the share of buyers, and the effect."""
    flag = there.astype(np.float64)
    for name, design in asked.items():
        share = _alone(frame[name], design, flag, groups)
        only = _only_there(frame[name], there)
        if share >= DETERMINES or only:
            why = (
                f"has another value than for most only where {outcome} is not 0 ({only:,} customers)"
                if only
                else f"all but determines whether {outcome} is 0 (R² {share:.3f} within the arms)"
            )
            raise DataError(
                f'Leak alarm: covariate "{name}" {why}: it was written after the outcome, and adjusting for it removes '
                "the effect. Leave it out of the covariates; what was known before the assignment all the same, name "
                f"under trusted (--trusted {name})."
            )


def _only_there(column: pd.Series, there: Flags) -> int:
    """Return in how many rows a column is filled, not 0, or not its most frequent value, if only with the outcome."""
    from scipy.stats import hypergeom

    filled_in = column.notna().to_numpy(dtype=bool)
    marks = [filled_in, filled_in & (column != 0).to_numpy(dtype=bool, na_value=False)]
    if filled_in.any():
        usual = column.value_counts(dropna=False).index[0]
        marks.append(
            filled_in if pd.isna(usual) else ~filled_in | (column != usual).to_numpy(dtype=bool, na_value=True)
        )
    for mark in marks:
        elsewhere, marked = int((mark & ~there).sum()), int(mark.sum())
        few = marked - elsewhere >= _FILLED and elsewhere < _ELSEWHERE * marked
        if few and hypergeom.cdf(elsewhere, len(there), int((~there).sum()), marked) < _BY_CHANCE:
            return marked - elsewhere
    return 0


def _alone(column: pd.Series, design: Floats, outcome: Floats, groups: list[Flags]) -> float:
    """Return the share of the outcome's variance that one covariate explains, by whichever way explains most."""
    ways = [_explained(design, outcome, groups)]
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        ways += [_explained(_binned(design[:, 0]), outcome, groups), _in_order(design[:, 0], outcome, groups)]
    return max(ways)


def _explained(design: Floats, outcome: Floats, groups: list[Flags]) -> float:
    """Return the adjusted R² of a regression in each arm; −1 with too few customers to say."""
    design, left, there = standardised(design), 0.0, 0.0
    freedom = customers = 0
    for rows in groups:
        x, y = design[rows], outcome[rows]
        x, y = x - x.mean(axis=0), y - y.mean()
        u, s, _ = np.linalg.svd(x, full_matrices=False)
        u = u[:, s > max(float(s.max(initial=0.0)), sqrt(len(y))) * 1e-10]
        residual = y - u @ (u.T @ y)
        left, there = left + float(residual @ residual), there + float(y @ y)
        freedom, customers = freedom + len(y) - 1 - u.shape[1], customers + len(y) - 1
    if freedom < _FEWEST or there == 0:
        return -1.0
    return 1.0 - (left / freedom) / (there / customers)


def _in_order(values: Floats, outcome: Floats, groups: list[Flags]) -> float:
    """Return the squared rank correlation within the arms."""
    from scipy.stats import rankdata

    ranks = np.empty((2, len(values)))
    for rows in groups:
        ranks[:, rows] = rankdata(values[rows]), rankdata(outcome[rows])
    return _explained(ranks[0][:, None], ranks[1], groups)


def _binned(values: Floats) -> Floats:
    """Return a column of 0 and 1 for every value, or for every bin where there are many."""
    levels = np.unique(values)
    if len(levels) > MOST_LEVELS:
        edges = np.unique(np.quantile(values, np.linspace(0, 1, _BINS + 1)[1:-1]))
        values = np.searchsorted(edges, values, side="right").astype(np.float64)
        levels = np.unique(values)
    return np.asarray(values[:, None] == levels[None, :], dtype=np.float64)


def _joined(designs: Iterable[Floats], rows: int) -> Floats:
    parts = list(designs)
    return np.column_stack(parts) if parts else np.zeros((rows, 0))


def _needed(designs: Mapping[str, Floats], outcome: Floats, groups: list[Flags]) -> list[str]:
    """Return the covariates without which the others no longer determine the outcome; all, where any can be spared."""
    needed = [
        name
        for name in designs
        if _explained(_joined([d for n, d in designs.items() if n != name], len(outcome)), outcome, groups) < DETERMINES
    ]
    return needed or list(designs)
