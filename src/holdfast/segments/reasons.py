"""Why the customers of a segment are at risk: the signs most of them share, the same that lists name one by one."""

from collections import Counter
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.churn import ChurnModel
from holdfast.churn.behind import Behind
from holdfast.churn.reasons import felt_signs
from holdfast.language import gettext
from holdfast.learn.arrays import Floats

# Enough for a share to err by 4 points; a sign of fewer than one in ten describes no segment.
_SAMPLE, _LEAST = 200, 0.1


def segment_reasons(
    model: ChurnModel,
    features: pd.DataFrame,
    p_churn: Floats,
    names: Sequence[pd.Series],
    *,
    risk_from: float,
    most: int = 3,
    behind: Behind | None = None,
) -> list[dict[str, list[str]]]:
    """Return for each way of segmenting up to ``most`` sentences by segment, the most common sign first.

    Of up to 200 customers at risk in each segment, evenly spaced by id, the share with each sign that lists would name
    (``churn.signs``): one that the customer's own figures bear out, and without which the probability would be lower.
    Signs say what the scores are associated with, never what causes churn.

    Parameters
    ----------
    model, p_churn
        The model that scored, and its scores: P(churn) per row of ``features``, shape (n,).
    features
        One row per customer, in the order of ``customer_id``.
    names
        Each a segment's name per row of ``features``.
    risk_from
        At risk is who has at least this P(churn).
    behind
        As for ``churn.reasons_for``.
    """
    at_risk = p_churn >= risk_from
    picked = [
        {str(name): _spaced(np.flatnonzero((by == name).to_numpy() & at_risk)) for name in sorted(by.unique())}
        for by in names
    ]
    rows = np.unique(np.concatenate([r for one in picked for r in one.values()]))
    felt = felt_signs(model, features.iloc[rows], behind) if len(rows) else []
    of_row = {int(row): [sign.of_many for sign in signs] for row, (_, signs) in zip(rows, felt, strict=True)}
    return [{name: _most_common([of_row[int(r)] for r in at], most) for name, at in one.items()} for one in picked]


def _most_common(signs: list[list[str]], most: int) -> list[str]:
    """Say which signs so many customers share.

    Examples
    --------
    >>> _most_common([["{share:.0%} buy less"], ["{share:.0%} buy less", "{share:.0%} are silent"], [], []], 3)
    ['50% buy less', '25% are silent']
    """
    counts = sorted(Counter(said for one in signs for said in one).items(), key=lambda item: (-item[1], item[0]))
    shares = ((said, count / len(signs)) for said, count in counts[:most])
    return [gettext(said, share=share) for said, share in shares if share >= _LEAST]


def _spaced(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    step = max(len(rows) / _SAMPLE, 1.0)
    return np.asarray(rows[(np.arange(min(len(rows), _SAMPLE)) * step).astype(int)])
