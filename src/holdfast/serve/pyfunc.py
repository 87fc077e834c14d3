"""The MLflow model, from code: it checks and loads a bundle and scores feature rows. No pickle anywhere.

MLflow runs this file when a model is logged and again when it is loaded.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

from holdfast.serve.contract_rows import score_contract_rows
from holdfast.serve.rows import score_rows
from holdfast.track import load_bundle
from holdfast.track.contractual import is_contractual, load_contract_bundle


class HoldfastModel(PythonModel):  # type: ignore[misc]  # mlflow ships no types
    """Feature rows (as in ``features.parquet``) → score rows."""

    answer: Callable[[pd.DataFrame], pd.DataFrame]

    def load_context(self, context: Any) -> None:
        """Check the bundle's sha256 manifest, then load it."""
        folder = Path(context.artifacts["bundle"])
        if is_contractual(folder):
            self.answer = partial(score_contract_rows, load_contract_bundle(folder))
        else:
            self.answer = partial(score_rows, load_bundle(folder))

    def predict(self, context: Any, model_input: pd.DataFrame) -> pd.DataFrame:  # noqa: ARG002  # MLflow's names
        """Score each row; errors name columns and counts, never a customer's values."""
        return self.answer(model_input)


set_model(HoldfastModel())
