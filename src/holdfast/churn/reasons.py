"""Why a customer stands on a list: the groups of features that raised the risk most, in plain words.

Contributions say what the score is associated with, never what causes churn.
"""

import math

import pandas as pd

from holdfast.churn.model import ChurnModel
from holdfast.features import FEATURES, REASONS
from holdfast.wording import phrase

_GROUP = {f.name: f.reason for f in FEATURES}


def reasons_for(model: ChurnModel, features: pd.DataFrame, *, most: int = 3) -> list[list[str]]:
    """Return one to ``most`` phrases per row, the strongest first.

    Named is what raises the risk; where nothing does, the one thing that lowers it least.

    Contributions cost some hundred times a prediction: pass listed customers only.
    """
    contributions = model.contributions(features)
    groups = contributions.T.groupby(contributions.columns.map(_GROUP)).sum().T
    rows = features.to_dict("records")
    answers = []
    for row, risk in zip(rows, groups.to_dict("records"), strict=True):
        strongest = sorted(risk, key=lambda g: (-risk[g], g))
        raising = [g for g in strongest[:most] if risk[g] > 0] or strongest[:1]
        answers.append([_phrase(str(g), {str(k): v for k, v in row.items()}) for g in raising])
    return answers


def _phrase(group: str, row: dict[str, object]) -> str:
    reason = REASONS[group]
    present = {k: v for k, v in row.items() if not (isinstance(v, float) and math.isnan(v))}
    try:
        return phrase(reason.phrase, present)
    except KeyError:
        return phrase(reason.otherwise, row)
