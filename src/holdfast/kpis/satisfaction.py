"""NPS, CSAT and CSI: what customers answered, how many did, and how sure the figure is. Nothing is imputed."""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.data.values.words import lowered
from holdfast.errors import DataError
from holdfast.kpis.rates import Figure, rate, refused
from holdfast.language import told
from holdfast.learn.intervals import NORMAL_95

Scales = Mapping[str, tuple[float, float]]


def nps(scores: npt.ArrayLike) -> Figure:
    """Return the net promoter score, in points from −100 to 100: % of 9 and 10 minus % of 0 to 6.

    The interval is that of Agresti & Min (2005, "Wald+2") for the difference of two shares of the same customers: half
    an answer is added to each cell. It stays honest for few answers, where the plain one is too narrow.

    Raises
    ------
    DataError
        A score is not from 0 to 10: names the place of the first (the first answer is 1).

    Examples
    --------
    >>> found = nps([10, 9, 8, 7, 6, 10, 3, 9, 10, 5])
    >>> round(found.value, 6), found.n
    (20.0, 10)
    """
    x = checked(scores, 0, 10)
    n = len(x)
    if n == 0:
        return refused(told("no answers"))
    up, down = int((x >= 9).sum()), int((x <= 6).sum())
    middle = (up - down) / (n + 2)
    half = NORMAL_95 * math.sqrt(up + down + 1 - (up - down) ** 2 / (n + 2)) / (n + 2)
    return Figure(100 * (up - down) / n, n, 100 * max(middle - half, -1.0), 100 * min(middle + half, 1.0))


def csat(scores: npt.ArrayLike, *, low: float = 1, high: float = 5) -> Figure:
    """Return the share of the satisfied, 0 to 100 %: answers that are one of the top two of the scale.

    The interval is Wilson's (1927).

    Raises
    ------
    DataError
        A score lies outside the scale: names the place of the first (the first answer is 1).

    Examples
    --------
    >>> found = csat([5, 4, 4, 3, 2, 5, 4, 1, 5, 4])
    >>> found.value, round(found.low, 1), round(found.high, 1), found.n
    (70.0, 39.7, 89.2, 10)
    """
    x = checked(scores, low, high)
    found = rate(int((x >= high - 1).sum()), len(x), nobody=told("no answers"))
    return Figure(100 * found.value, found.n, 100 * found.low, 100 * found.high, found.reason)


def csi(answers: pd.DataFrame) -> Figure:
    """Return the customer satisfaction index, 0 to 100: 100·Σ importance×score / Σ importance×max.

    The interval is that of a ratio of sums over customers (Cochran 1977, eq. 6.13): a customer's answers hang together.

    Parameters
    ----------
    answers
        One row per answer: ``customer_id``, ``score``, ``importance`` (0 or more), ``high`` (top of the item's scale).
        Answers without an importance do not count.

    Raises
    ------
    DataError
        An importance is negative.

    Examples
    --------
    >>> answers = pd.DataFrame(
    ...     {"customer_id": ["ann", "ann", "bob"], "score": [4, 2, 5], "importance": [5, 1, 3], "high": [5, 5, 5]}
    ... )
    >>> round(csi(answers).value, 1)
    82.2
    """
    sums = _weighed_sums(answers)
    if len(sums) == 0:
        return refused(told("no answer has an importance"))
    got, most, n = sums["got"].to_numpy(), sums["most"].to_numpy(), len(sums)
    if most.sum() <= 0:
        return refused(told("every importance is 0"), n)
    ratio = float(got.sum() / most.sum())
    if n == 1:
        return Figure(100 * ratio, 1, reason=told("one customer has no interval"))
    spread = math.sqrt(float(((got - ratio * most) ** 2).sum()) / (n - 1) / n) / float(most.mean())
    half = NORMAL_95 * spread
    return Figure(100 * ratio, n, 100 * max(ratio - half, 0.0), 100 * min(ratio + half, 1.0))


def csi_by_customer(answers: pd.DataFrame) -> pd.Series:
    """Return every customer's own CSI by ``customer_id``, from rows as ``csi`` takes them; NaN where all weigh 0.

    Examples
    --------
    >>> answers = pd.DataFrame(
    ...     {"customer_id": ["ann", "ann", "bob"], "score": [4, 2, 5], "importance": [5, 1, 3], "high": [5, 5, 5]}
    ... )
    >>> csi_by_customer(answers).round(1).to_dict()
    {'ann': 73.3, 'bob': 100.0}
    """
    sums = _weighed_sums(answers)
    return 100 * sums["got"] / sums["most"].where(sums["most"] > 0)


def _weighed_sums(answers: pd.DataFrame) -> pd.DataFrame:
    """Return Σ importance×score and Σ importance×max by customer."""
    known = answers.dropna(subset=["score", "importance"])
    weight = known["importance"].to_numpy(dtype=np.float64)
    if (weight < 0).any():
        raise DataError("surveys.importance: an importance is negative: CSI weighs answers, 0 or more.")
    table = pd.DataFrame(
        {
            "customer_id": known["customer_id"].to_numpy(),
            "got": weight * known["score"].to_numpy(dtype=np.float64),
            "most": weight * known["high"].to_numpy(dtype=np.float64),
        }
    )
    return table.groupby("customer_id").sum()


def checked(scores: npt.ArrayLike, low: float, high: float) -> npt.NDArray[np.float64]:
    """Return answers of a scale as numbers, or refuse them.

    Raises
    ------
    DataError
        One is not a whole number from ``low`` to ``high``.

    Examples
    --------
    >>> checked([9, 10, 3], 0, 10).tolist()
    [9.0, 10.0, 3.0]
    """
    x = np.asarray(scores, dtype=np.float64)
    wrong = np.flatnonzero(~((x >= low) & (x <= high) & (x == np.floor(x))))
    if len(wrong):
        raise DataError(
            f"surveys.score: {len(wrong):,} of {len(x):,} answers are no whole number from {low:g} to {high:g} "
            f"(first: answer {wrong[0] + 1}). State the item's scale, or correct the answers."
        )
    return x


def latest_answers(surveys: pd.DataFrame, as_of_day: int) -> pd.DataFrame:
    """Return one row per customer and item asked before ``as_of_day``: the latest answer known by then.

    Parameters
    ----------
    surveys
        ``customer_id``, ``asked_day``, ``answered_day`` (days since 1970-01-01), ``item``, ``dimension``, ``score``,
        ``importance``.
    as_of_day
        First day not known: later answers count as not given.

    Returns
    -------
    pandas.DataFrame
        ``customer_id``, ``item``, ``dimension``, ``score`` and ``importance`` (NaN: no answer), ordered by customer and
        item. Of two answers of the same day the lower one counts.

    Examples
    --------
    >>> surveys = pd.DataFrame({
    ...     "customer_id": ["ann", "ann", "bob"],
    ...     "asked_day": [19700, 19800, 19800],
    ...     "answered_day": [19702, 19801, None],
    ...     "item": ["nps"] * 3, "dimension": [""] * 3, "score": [6.0, 9.0, None], "importance": [None] * 3,
    ... })
    >>> latest_answers(surveys, as_of_day=19810)[["customer_id", "item", "score"]]
      customer_id item  score
    0         ann  nps    9.0
    1         bob  nps    NaN
    """
    asked = surveys[surveys["asked_day"] < as_of_day].copy()
    for column in ("item", "dimension"):
        asked[column] = asked[column].fillna("").str.strip().map(lowered)
    known = asked["score"].notna() & (asked["answered_day"] < as_of_day)
    for column in ("score", "importance"):
        asked[column] = asked[column].astype(float).where(known)
    asked["answered_day"] = asked["answered_day"].astype(float).where(known, -np.inf)
    asked = asked.sort_values(
        ["customer_id", "item", "dimension", "answered_day", "asked_day", "score", "importance"],
        ascending=[True, True, True, False, False, True, True],
    )
    first = asked.drop_duplicates(["customer_id", "item", "dimension"])
    return first[["customer_id", "item", "dimension", "score", "importance"]].reset_index(drop=True)


def satisfaction(
    answers: pd.DataFrame, scales: Scales, *, nps_item: str, csat_item: str, csi_items: Sequence[str]
) -> pd.DataFrame:
    """Return NPS, CSAT and CSI with n, 95 % interval and response rate.

    Parameters
    ----------
    answers
        As ``latest_answers`` returns them.
    scales
        Lowest and highest answer by item. NPS is asked from 0 to 10 whatever they say.
    nps_item, csat_item, csi_items
        Which items ask what; CSI without items has no figure.

    Returns
    -------
    pandas.DataFrame
        ``measure``, ``value``, ``low``, ``high``, ``n`` (customers who answered), ``asked`` (customers),
        ``response_rate``, ``reason`` (why there is no figure).

    Examples
    --------
    >>> answers = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "cid"], "item": ["nps"] * 3, "dimension": [""] * 3,
    ...     "score": [9.0, 6.0, None], "importance": [None] * 3,
    ... })
    >>> found = satisfaction(answers, {"nps": (0, 10)}, nps_item="nps", csat_item="csat", csi_items=[])
    >>> found[["measure", "value", "n", "asked"]]
      measure  value  n  asked
    0     NPS    0.0  2      3
    1    CSAT    NaN  0      0
    2     CSI    NaN  0      0
    >>> found["reason"][1]
    'nobody was asked an item called csat'
    """
    rows = []
    for measure, items in (("NPS", [nps_item]), ("CSAT", [csat_item]), ("CSI", list(csi_items))):
        some = answers[answers["item"].isin([lowered(i) for i in items])]
        asked = int(some["customer_id"].nunique())
        given = some.dropna(subset=["score"])
        figure = _figure(measure, given, scales, items) if asked else refused(_nobody(measure, items))
        answered = int(given["customer_id"].nunique())
        share = answered / asked if asked else math.nan
        rows.append({"measure": measure, **figure.as_dict(), "asked": asked, "response_rate": share})
    order = ["measure", "value", "low", "high", "n", "asked", "response_rate", "reason"]
    return pd.DataFrame(rows)[order]


def _nobody(measure: str, items: Sequence[str]) -> str:
    if not items:
        return told("value.{measure}_items names no item", measure=measure.lower())
    return told("nobody was asked an item called {items}", items=" or ".join(items))


def _figure(measure: str, given: pd.DataFrame, scales: Scales, items: Sequence[str]) -> Figure:
    if measure == "NPS":
        return nps(given["score"])
    unknown = [i for i in items if lowered(i) not in scales]
    if unknown:
        return refused(told("tables.surveys.scales.{item} is missing: from which answer to which?", item=unknown[0]))
    if measure == "CSAT":
        low, high = scales[lowered(items[0])]
        return csat(given["score"], low=low, high=high)
    return csi(given.assign(high=given["item"].map({i: s[1] for i, s in scales.items()})))
