"""Data that the models' tests share."""

import numpy as np
import pandas as pd
import pytest

from holdfast.clv import (
    BetaDiscreteWeibull,
    BetaGeoBetaBinom,
    BetaGeoNBD,
    GammaGamma,
    ModifiedBetaGeoNBD,
    ParetoNBD,
    ShiftedBetaGeo,
    contract_summary,
)
from tests.conftest import bundled

SURVIVORS = {
    "high end": [1000, 869, 743, 653, 593, 551, 517, 491],
    "regular": [1000, 631, 468, 382, 326, 289, 262, 241],
}
CONTINUOUS = (BetaGeoNBD, ModifiedBetaGeoNBD, ParetoNBD)
TRANSACTIONS = (*CONTINUOUS, BetaGeoBetaBinom)
CONTRACTS = (ShiftedBetaGeo, BetaDiscreteWeibull)
ALL = (*TRANSACTIONS, GammaGamma, *CONTRACTS)


@pytest.fixture(scope="session")
def donations() -> tuple[pd.DataFrame, np.ndarray]:
    """11,104 donors at 6 occasions, as counts of equal histories."""
    table = pd.read_csv(bundled("donations.csv")).rename(columns={"periods": "T"})
    return table, table["weights"].to_numpy()


@pytest.fixture
def example(cdnow_summary, cdnow_spend, donations):
    """Each model's own data: (summary, weights)."""

    def of(model_class):
        if model_class is BetaGeoBetaBinom:
            return donations
        if model_class is GammaGamma:
            return cdnow_spend, None
        if model_class in CONTRACTS:
            return contract_summary(SURVIVORS["high end"])
        return cdnow_summary, None

    return of


def history(x, t_x, T) -> pd.DataFrame:
    return pd.DataFrame({"frequency": np.atleast_1d(x), "recency": np.atleast_1d(t_x), "T": np.atleast_1d(T)})
