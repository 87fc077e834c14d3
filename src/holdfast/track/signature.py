"""The MLflow signature: which rows go in and which come out."""

from typing import Any

from holdfast.act import Scorer
from holdfast.features import FEATURES


def signature_of(scorer: Scorer) -> Any:
    """Return the MLflow ``ModelSignature`` of a scorer: feature rows in, score rows out."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema

    kinds = {"text": "string", "date": "string", "bool": "boolean", "double": "double"}
    inputs = [ColSpec("string", "customer_id"), ColSpec("string", "as_of")]
    inputs += [ColSpec("double", f.name, required=False) for f in FEATURES]
    return ModelSignature(Schema(inputs), Schema([ColSpec(kinds[c.type], c.name) for c in scorer.columns]))
