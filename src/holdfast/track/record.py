"""What a training leaves in MLflow, beside its model."""

from dataclasses import dataclass
from math import isfinite
from typing import Any


@dataclass(frozen=True)
class TrainingRecord:
    """What a training run leaves in MLflow."""

    name: str
    parameters: dict[str, Any]
    metrics: dict[str, float]
    tags: dict[str, str]
    config: str
    dataset: str
    dataset_digest: str
    documents: dict[str, dict[str, Any]]
    """JSON files beside the run, by name: metrics, the race, the gate's verdict."""
    card: str = ""
    """The model card, Markdown: a file of the run, and the description of the registered version."""


def flat_metrics(verdict: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Return the numbers of a nested verdict under dotted names, as MLflow wants them."""
    flat: dict[str, float] = {}
    for key, value in verdict.items():
        if isinstance(value, dict):
            flat |= flat_metrics(value, f"{prefix}{key}.")
        elif isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            flat[prefix + key] = float(value)
    return flat


def log_dataset(record: TrainingRecord) -> None:
    """Note which purchases were used: where they lay and their digest, none of the rows."""
    import mlflow
    from mlflow.data.meta_dataset import MetaDataset
    from mlflow.data.sources import LocalArtifactDatasetSource

    source = LocalArtifactDatasetSource(record.dataset)
    mlflow.log_input(MetaDataset(source, name="purchases", digest=record.dataset_digest[:36]), context="training")
