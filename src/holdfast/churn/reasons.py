"""Why a customer stands on a list: what raised the risk most, as far as the customer's own figures bear it out.

Contributions say what the score is associated with, never what causes churn.
"""

import pandas as pd

from holdfast.churn.model import ChurnModel
from holdfast.churn.signs import said_of
from holdfast.features import FEATURES

_GROUP = {f.name: f.reason for f in FEATURES}


def reasons_for(model: ChurnModel, features: pd.DataFrame, *, most: int = 3) -> list[list[str]]:
    """Return one to ``most`` sentences per row, the strongest first.

    Of the groups of features that raise the risk, those are named whose sign holds (``churn.signs``): a silence longer
    than usual, a smaller basket. Where none does, the one sentence says of whom the risk is typical.

    Contributions cost some hundred times a prediction: pass listed customers only.
    """
    contributions = model.contributions(features)
    groups = contributions.T.groupby(contributions.columns.map(_GROUP)).sum().T
    answers = []
    for row, risk in zip(features.to_dict("records"), groups.to_dict("records"), strict=True):
        ordered = sorted(map(str, risk), key=lambda g: (-risk[g], g))
        raising = [g for g in ordered if risk[g] > 0]
        others = [g for g in ordered if risk[g] <= 0]
        answers.append(said_of({str(k): v for k, v in row.items()}, raising, others, most))
    return answers
