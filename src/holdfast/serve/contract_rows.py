"""Rows of contracts from outside → score rows: what the MLflow model does, without MLflow."""

import pandas as pd

from holdfast.errors import DataError
from holdfast.track.contractual import ContractBundle


def score_contract_rows(bundle: ContractBundle, rows: pd.DataFrame) -> pd.DataFrame:
    """Score rows of contracts.

    Parameters
    ----------
    bundle
        The loaded model.
    rows
        ``customer_id`` and the columns that the model reads, any order; ``eligible`` (True or False) is optional.

    Returns
    -------
    pandas.DataFrame
        The columns of ``contractual.tables.scores``, one row per row.

    Raises
    ------
    DataError
        A column is missing, or a value is no number: the column and how many rows, not the value.
    """
    if "customer_id" not in rows.columns:
        raise DataError("Rows to score lack customer_id.")
    for name, at in bundle.scorer.unreadable(rows).items():
        raise DataError(f"{name} is not a number in {len(at)} of {len(rows)} rows.")
    return bundle.scorer.score(rows, model_version=bundle.model_version)
