"""The MLflow signature: which rows go in and which come out."""

from typing import Any

from holdfast.track.quiet import import_mlflow
from holdfast.track.scorer import Scorer


def signature_of(scorer: Scorer) -> Any:
    """Return the MLflow ``ModelSignature`` of a scorer: rows in, score rows out.

    Inputs have no types on purpose: MLflow's own type errors quote the values at fault, customers' data, in the
    HTTP answer. ``Scorer.score_rows`` checks them instead and names columns and counts only.
    """
    import_mlflow()
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    kinds = {"text": "string", "date": "string", "bool": "boolean", "double": "double"}
    inputs = [ColSpec(AnyType(), name, required=False) for name in scorer.reads]
    return ModelSignature(Schema(inputs), Schema([ColSpec(kinds[c.type], c.name) for c in scorer.columns]))
