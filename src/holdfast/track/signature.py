"""The MLflow signature: which rows go in and which come out."""

from typing import Any

from holdfast.track.quiet import import_mlflow
from holdfast.track.scorer import Scorer

_TEXTS = ("customer_id", "as_of")


def signature_of(scorer: Scorer) -> Any:
    """Return the MLflow ``ModelSignature`` of a scorer: rows in, score rows out.

    Ids and days are text, so that an id cannot lose its leading zeros. The other inputs have no types on purpose:
    MLflow's own errors quote the values at fault, customers' data, in the HTTP answer. ``Scorer.score_rows`` checks
    them instead and names columns and counts only. MLflow reads no CSV for such a signature, and says so: CSV would
    have to be guessed at.
    """
    import_mlflow()
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    kinds = {"text": "string", "date": "string", "bool": "boolean", "double": "double"}
    inputs = [ColSpec("string" if name in _TEXTS else AnyType(), name, required=False) for name in scorer.reads]
    return ModelSignature(Schema(inputs), Schema([ColSpec(kinds[c.type], c.name) for c in scorer.columns]))
