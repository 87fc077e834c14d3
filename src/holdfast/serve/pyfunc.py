"""The MLflow model, from code: it checks and loads a bundle and scores rows. No pickle anywhere.

MLflow runs this file when a model is logged and again when it is loaded.
"""

from pathlib import Path
from typing import Any

import pandas as pd
from mlflow.models import set_model
from mlflow.pyfunc import PythonModel

from holdfast.track import Bundle, load_bundle


class HoldfastModel(PythonModel):  # type: ignore[misc]  # mlflow ships no types
    """Rows (as in ``features.parquet``) → score rows."""

    bundle: Bundle[Any]

    def load_context(self, context: Any) -> None:
        """Check the bundle's sha256 manifest, then load it."""
        self.bundle = load_bundle(Path(context.artifacts["bundle"]))

    def predict(self, context: Any, model_input: pd.DataFrame) -> pd.DataFrame:  # noqa: ARG002  # MLflow's names
        """Score each row; errors name columns and counts, never a customer's values."""
        return self.bundle.predict(model_input)


set_model(HoldfastModel())
