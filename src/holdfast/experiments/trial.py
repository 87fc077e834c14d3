"""The columns of an experiment, checked: arms, outcomes, covariates; and whether the arms hold their planned shares."""

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.errors import ConfigError, DataError, NotEnoughDataError, nearest
from holdfast.learn.arrays import Floats, Ints, Strings
from holdfast.wording import counted

MOST_ARMS = 20
FOLDS = 5
MOST_LEVELS = 50
# A ratio or a balance this unlikely is taken for a broken experiment: one sound one in a thousand is suspected.
SUSPECT_P = 0.001
# 2024-03-01, 1.3.2024, 03/01/24, with or without a time of day.
_DATE = r"(\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](\d{4}|\d{2}))([T ]\d{1,2}:.*)?"


def normalised(shares: Mapping[str, float]) -> dict[str, float]:
    """Return shares that sum to 1, in the order given.

    Raises
    ------
    ConfigError
        Fewer than two arms, or a share that is not above 0.
    """
    if len(shares) < 2:
        raise ConfigError("shares: name at least two arms, such as control=10,offer=90.")
    for arm, share in shares.items():
        if not 0 < share < float("inf"):
            raise ConfigError(f'shares: "{arm}" has {share}; a share is a number above 0.')
    total = sum(shares.values())
    return {arm: share / total for arm, share in shares.items()}


def chi_square_of_shares(counts: Mapping[str, int], shares: Mapping[str, float]) -> float:
    """Return the p-value of Pearson's chi-square test that ``counts`` follow ``shares``; 1 where there is nobody."""
    from scipy.stats import chisquare

    seen = np.array([counts[arm] for arm in shares], dtype=np.float64)
    if not seen.sum():
        return 1.0
    return float(chisquare(seen, np.array(list(shares.values())) * seen.sum()).pvalue)


def column_of(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return a column by its name.

    Raises
    ------
    DataError
        There is none, or there are two.
    """
    names = [str(c) for c in frame.columns]
    if names.count(name) != 1:
        why = f'no column "{name}".{nearest(name, names)}' if name not in names else f'two columns "{name}".'
        raise DataError(f"the data: {why}")
    return frame.iloc[:, names.index(name)]


def place_of(frame: pd.DataFrame, rows: npt.NDArray[np.bool_]) -> str:
    """Return where the first of ``rows`` stands, such as ``first: line 88``."""
    at = int(rows.argmax())
    if frame.index.name in ("line", "row"):
        return f"first: {frame.index.name} {frame.index[at]}"
    return f"first: row {at + 1}"


def _have(rows: npt.NDArray[np.bool_]) -> str:
    return "has" if rows.sum() == 1 else "have"


def labels(column: pd.Series) -> "pd.Series[str]":
    """Return a column as text: whole floats without ``.0``, missing cells as ``(empty)``."""
    if pd.api.types.is_float_dtype(column):
        whole = column.dropna()
        if len(whole) and (whole == np.floor(whole)).all() and (whole.abs() < 2**53).all():
            column = column.astype("Int64")
    if pd.api.types.is_bool_dtype(column):
        column = column.astype("Int64")
    return column.astype("str").where(column.notna(), "(empty)").astype("str")


def arms_of(frame: pd.DataFrame, arm: str, control: str) -> tuple[Strings, list[str]]:
    """Return each row's arm, and the arms other than control, sorted.

    Raises
    ------
    DataError
        A row has no arm, no row is in the control group, or the column does not look like arms.
    NotEnoughDataError
        An arm has one customer, or there is no arm beside control.
    """
    given = column_of(frame, arm)
    missing = given.isna().to_numpy()
    if missing.any():
        raise DataError(
            f'column "{arm}": {missing.sum():,} of {len(frame):,} rows {_have(missing)} no arm '
            f"({place_of(frame, missing)}). Leave out customers who took no part, and put the others in the arm "
            "they were assigned to."
        )
    found = labels(given)
    names = sorted(found.unique())
    if len(names) > MOST_ARMS:
        raise DataError(f'column "{arm}": {len(names):,} different texts are no arms; at most {MOST_ARMS} can be.')
    once = ~found.duplicated(keep=False).to_numpy()
    if once.any():
        arms = "1 arm has" if once.sum() == 1 else f"{once.sum():,} arms have"
        # Its name may be a customer's, so only its place is told.
        raise NotEnoughDataError(
            f'column "{arm}": {arms} one customer only ({place_of(frame, once)}); an arm needs more.'
        )
    if control not in names:
        listed = ", ".join(f'"{n}"' for n in names)
        raise DataError(f'column "{arm}": no row is "{control}".{nearest(control, names)} Arms found: {listed}.')
    if len(names) < 2:
        raise NotEnoughDataError(f'column "{arm}": every row is "{control}", so there is nothing to compare with.')
    return found.to_numpy(dtype=object), [n for n in names if n != control]


def refuse_repeated(
    frame: pd.DataFrame, customer: str, arms: Strings, *, cluster: str | None = None, otherwise: str = ""
) -> None:
    """Refuse customers who stand in more than one row: each would count as several, and effects look surer.

    Where rows are counted together by ``cluster``, those of a customer may stand in one of its values. ``otherwise``:
    what else can be done, as the end of the sentence.

    Raises
    ------
    DataError
        Says how many, where the first is, and what to do.
    """
    ids = column_of(frame, customer)
    again = ids.duplicated().to_numpy() & ids.notna().to_numpy()
    if not again.any():
        return
    if cluster is not None and not column_of(frame, cluster).groupby(ids.to_numpy()).nunique().gt(1).any():
        return
    number = int(ids[again].nunique())
    pairs = pd.DataFrame({"id": ids.to_numpy(), "arm": arms})[ids.notna().to_numpy()].drop_duplicates()
    torn = int(pairs["id"].value_counts().gt(1).sum())
    stand = "customers stand" if number > 1 else "customer stands"
    both = f" {torn:,} of them in more than one arm." if torn else ""
    raise DataError(
        f'column "{customer}": {number:,} {stand} in more than one row ({place_of(frame, again)}).{both} An experiment '
        "counts each customer once: keep one row for each, with the arm first assigned and the outcome summed up"
        f"{otherwise}."
    )


def outcome_of(frame: pd.DataFrame, name: str) -> Floats:
    """Return an outcome as numbers, shape (n,); of ``column=value`` 1 where a column has the value, and else 0.

    Raises
    ------
    DataError
        A cell is empty or not a finite number, or no cell has the value.

    Examples
    --------
    >>> outcome_of(pd.DataFrame({"after": ["stayed", "left", "stayed"]}), "after=stayed").tolist()
    [1.0, 0.0, 1.0]
    """
    name, value = stated_value(frame, name)
    column = column_of(frame, name)
    missing = column.isna().to_numpy()
    if missing.any():
        raise DataError(
            f'column "{name}": {missing.sum():,} of {len(frame):,} rows {_have(missing)} no outcome '
            f"({place_of(frame, missing)}). Everyone who was assigned counts: write 0 where nothing happened."
        )
    if value is not None:
        return _where(column, name, value)
    values = pd.to_numeric(column, errors="coerce").to_numpy(dtype=np.float64)
    bad = ~np.isfinite(values)
    if bad.any():
        rows = counted(int(bad.sum()), "row is not a finite number", "rows are not finite numbers")
        raise DataError(f'column "{name}": {rows} ({place_of(frame, bad)}).')
    return values


def stated_value(frame: pd.DataFrame, outcome: str) -> tuple[str, str | None]:
    """Return the column of an outcome, and the value that counts; ``None``: its numbers do.

    Examples
    --------
    >>> stated_value(pd.DataFrame({"after": ["left"], "a=b": [1]}), "after=left")
    ('after', 'left')
    >>> stated_value(pd.DataFrame({"after": ["left"], "a=b": [1]}), "a=b")
    ('a=b', None)
    """
    names = {str(c) for c in frame.columns}
    # A name may hold the sign: the longest that is a column.
    for at in (i for i in range(len(outcome) - 1, 0, -1) if outcome[i] == "=" and outcome not in names):
        if outcome[:at].strip() in names:
            return outcome[:at].strip(), outcome[at + 1 :].strip()
    return outcome, None


def _where(column: pd.Series, name: str, value: str) -> Floats:
    found = labels(column)
    hit = (found == value).to_numpy()
    if not hit.any():
        kinds = sorted(found.unique())
        # What stands in many rows is a state; what does not may be somebody's name.
        listed = ", ".join(f'"{kind}"' for kind in kinds) if len(kinds) <= MOST_ARMS else ""
        there = f" It holds {listed}." if listed else ""
        raise DataError(f'column "{name}": no row is "{value}".{nearest(value, kinds) if listed else ""}{there}')
    return hit.astype(np.float64)


def is_rate(values: Floats) -> bool:
    """Return whether an outcome is 0 or 1 for everyone."""
    return bool(np.isin(values, (0.0, 1.0)).all())


def columns_of_covariate(frame: pd.DataFrame, name: str) -> pd.DataFrame:
    """Return a covariate as numbers: numbers stay, each text becomes a column of 0 and 1 (``name=text``).

    Missing numbers stay missing; a missing text is a text of its own.

    Raises
    ------
    DataError
        It has more than 50 texts, or an infinite number.
    """
    column = column_of(frame, name)
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        values = column.astype("float64").to_numpy()
        infinite = np.isinf(values)
        if infinite.any():
            raise DataError(
                f'column "{name}": {counted(int(infinite.sum()), "infinite number")} ({place_of(frame, infinite)}).'
            )
        return pd.DataFrame({name: values})
    text = labels(column)
    levels = sorted(text.unique())
    if len(levels) > MOST_LEVELS and column.dropna().astype("str").str.fullmatch(_DATE).all():
        raise DataError(
            f'column "{name}": {len(levels):,} different dates: write the days between each and the day of the '
            "assignment as a number, or leave the column out."
        )
    if len(levels) > MOST_LEVELS:
        raise DataError(
            f'column "{name}": {len(levels):,} different texts in {len(frame):,} rows; group them '
            f"into at most {MOST_LEVELS}, or leave the column out."
        )
    return pd.DataFrame({f"{name}={level}": (text == level).to_numpy(dtype=np.float64) for level in levels})


def covariate_matrix(frame: pd.DataFrame, covariates: Sequence[str]) -> pd.DataFrame:
    """Return covariates as numbers (``columns_of_covariate``); columns that are the same for everyone are left out.

    Raises
    ------
    DataError
        A covariate has more than 50 texts, or an infinite number.
    NotEnoughDataError
        All covariates are constant.
    """
    parts = [columns_of_covariate(frame, name) for name in dict.fromkeys(covariates)]
    matrix = pd.concat(parts, axis=1)
    kept = [c for c in matrix.columns if len(matrix[c].unique()) > 1]
    if not kept:
        raise NotEnoughDataError(f"covariates {', '.join(covariates)}: each has one value for everyone.")
    return matrix[kept]


def covariate_of(column: str, covariates: Sequence[str]) -> str:
    """Return the covariate that a column of ``covariate_matrix`` comes from.

    Examples
    --------
    >>> covariate_of("channel=web", ["spend", "channel"]), covariate_of("spend", ["spend", "channel"])
    ('channel', 'spend')
    """
    if column in covariates:
        return column
    return max((name for name in covariates if column.startswith(f"{name}=")), key=len, default=column)


def folds_of(arms: Floats | Ints, seed: int) -> Ints:
    """Return the fold of each row, of ``FOLDS``; every arm is spread evenly."""
    random = np.random.default_rng(seed)
    folds = np.empty(len(arms), dtype=np.int64)
    for arm in np.unique(arms):
        mine = np.flatnonzero(arms == arm)
        folds[mine] = random.permutation(len(mine)) % FOLDS
    return folds


def varies(values: Floats, arms: Strings) -> bool:
    """Return whether an outcome differs between any two customers of one arm."""
    return any(values[arms == arm].min() < values[arms == arm].max() for arm in set(arms))


def check_outcomes(values: Mapping[str, Floats], arms: Strings) -> None:
    """Refuse an outcome of money or counts that does not vary within the arms.

    Raises
    ------
    NotEnoughDataError
        One does not.
    """
    for name, y in values.items():
        if not is_rate(y) and not varies(y, arms):
            raise NotEnoughDataError(
                f'column "{name}": every customer of an arm has the same outcome as the others of that arm, so it says '
                "nothing of how sure an effect is."
            )


def margin_of(values: Floats, margin: float | None) -> float | None:
    """Return the margin of an outcome of money; ``None`` where none is stated, or the outcome is a rate.

    Examples
    --------
    >>> margin_of(np.array([0.0, 12.5]), 0.4), margin_of(np.array([0.0, 1.0]), 0.4)
    (0.4, None)
    """
    return None if is_rate(values) else margin


def check_money(values: Mapping[str, Floats], margin: float | None, cost: float | None) -> None:
    """Refuse a margin or a cost that is no number of its kind, or has no outcome of money.

    Raises
    ------
    ConfigError
        Says which.
    """
    if margin is None and cost is None:
        return
    if margin is not None and not 0 < margin <= 1:
        raise ConfigError(f"margin: {margin} is not in (0, 1]; it is the share of the outcome's money that is margin.")
    if cost is not None and not 0 <= cost < float("inf"):
        raise ConfigError(f"cost_per_treated: {cost} is not an amount of money.")
    if all(is_rate(y) for y in values.values()):
        raise ConfigError(
            f"margin and cost_per_treated need an outcome of money; {', '.join(values)} "
            f"{'is' if len(values) == 1 else 'are'} 0 or 1 for everyone."
        )


def filled(matrix: pd.DataFrame) -> Floats:
    """Return the matrix with missing numbers replaced by the column's mean, and a column that marks them."""
    columns = []
    for name in matrix.columns:
        values = matrix[name].to_numpy(dtype=np.float64)
        missing = np.isnan(values)
        columns.append(np.where(missing, np.nanmean(values), values))
        if missing.any():
            columns.append(missing.astype(np.float64))
    return np.column_stack(columns)
