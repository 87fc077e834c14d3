"""Why the model takes the customers of a segment for risky: the groups of features that raise their risk most."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from holdfast.churn import ChurnModel
from holdfast.features import FEATURES, REASONS
from holdfast.wording import phrase

_GROUP = {f.name: f.reason for f in FEATURES}
_SAMPLE = 100


def segment_reasons(
    model: ChurnModel, features: pd.DataFrame, names: Sequence[pd.Series], *, most: int = 3
) -> list[dict[str, list[str]]]:
    """Return for each way of segmenting up to ``most`` phrases by segment, the strongest first.

    Mean contribution to the log-odds of churn over up to 100 customers of the segment, evenly spaced by id; told with
    the segment's mean figures. Contributions say what the scores are associated with, never what causes churn.

    Parameters
    ----------
    model
        The model that scored.
    features
        One row per customer, in the order of ``customer_id``.
    names
        Each a segment's name per row of ``features``.
    """
    picked = [
        {str(name): _spaced(np.flatnonzero((by == name).to_numpy())) for name in sorted(by.unique())} for by in names
    ]
    rows = np.unique(np.concatenate([r for one in picked for r in one.values()]))
    contributions = model.contributions(features.iloc[rows])
    groups = contributions.T.groupby(contributions.columns.map(_GROUP)).sum().T.set_axis(rows, axis=0)
    numbers = features.drop(columns=["customer_id"])
    told = []
    for by, one in zip(names, picked, strict=True):
        means = numbers.groupby(by.to_numpy()).mean()
        told.append(
            {
                name: _phrases(_floats(groups.loc[r].mean()), _floats(means.loc[name].dropna()), most)
                for name, r in one.items()
            }
        )
    return told


def _spaced(rows: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    step = max(len(rows) / _SAMPLE, 1.0)
    return np.asarray(rows[(np.arange(min(len(rows), _SAMPLE)) * step).astype(int)])


def _floats(row: Any) -> dict[str, float]:
    return {str(k): float(v) for k, v in row.items()}


def _phrases(risk: Mapping[str, float], figures: Mapping[str, float], most: int) -> list[str]:
    raising = [g for g in sorted(risk, key=lambda g: (-risk[g], g))[:most] if risk[g] > 0]
    phrases = []
    for group in raising:
        try:
            phrases.append(phrase(REASONS[group].phrase, figures))
        except KeyError:
            try:
                phrases.append(phrase(REASONS[group].otherwise, figures))
            except KeyError:
                phrases.append(group)
    return phrases
