"""What a training leaves in MLflow, beside its model."""

import os
import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import Any, TypeVar

from holdfast.columns.plain import plain
from holdfast.disk import whole_file

CARD = "model_card.md"
# What MLflow takes as the name of a figure or a parameter, on every system.
_MARKS, _LONGEST = r"[^\w./ -]", 250
V = TypeVar("V")


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
    pictures: dict[str, str] = field(default_factory=dict)
    """SVG by name: files of the run that MLflow's page shows."""

    @property
    def title(self) -> str:
        """What MLflow's page calls the run."""
        return f"training as of {self.tags['as_of']}" if "as_of" in self.tags else "training"


def flat_metrics(verdict: dict[str, Any], prefix: str = "") -> dict[str, float]:
    """Return the numbers of a nested verdict under names with slashes, by which MLflow's page groups them.

    Examples
    --------
    >>> flat_metrics({"churn": {"auc": 0.8, "note": "no number"}, "customers": 10}, "heldout/")
    {'heldout/churn/auc': 0.8, 'heldout/customers': 10.0}
    """
    flat: dict[str, float] = {}
    for key, value in verdict.items():
        if isinstance(value, dict):
            flat |= flat_metrics(value, f"{prefix}{key}/")
        elif isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value):
            flat[prefix + key] = float(value)
    return flat


def safe_names(values: Mapping[str, V]) -> dict[str, V]:
    """Return values under names that MLflow takes: a plan may be called anything, and a name of its is refused else.

    Examples
    --------
    >>> safe_names({"auc": 1, "retention.Coffee club|month": 2, "retention.Coffee club?month": 3, "a/../b": 4})
    {'auc': 1, 'retention.Coffee club_month': 2, 'retention.Coffee club_month 2': 3, '_a_.._b': 4}
    """
    made: dict[str, V] = {}
    taken = set()
    for name, value in values.items():
        plain = re.sub(_MARKS, "_", name).strip()
        if not plain or plain != posixpath.normpath(plain) or plain.startswith((".", "/")):
            plain = f"_{plain.strip('./')}".replace("/", "_")
        safe, number = plain[:_LONGEST].strip(), 1
        while safe.casefold() in taken:
            number += 1
            safe = f"{plain[: _LONGEST - len(str(number)) - 1].strip()} {number}"
        taken.add(safe.casefold())
        made[safe] = value
    return made


def log_record(record: TrainingRecord) -> None:
    """Log everything but the model and its parameters in the active run."""
    import mlflow

    mlflow.log_metrics(safe_names(record.metrics))
    mlflow.log_text(record.config, "config.yaml")
    for name, document in record.documents.items():
        mlflow.log_dict(plain(document), name)
    for name, picture in record.pictures.items():
        mlflow.log_text(picture, f"pictures/{name}.svg")
    mlflow.log_text(record.card, CARD)
    _log_dataset(record)


def lay_beside(documents: Path, name: str, text: str) -> None:
    """Write a file beside what a training wrote for people (``Champion.documents``); MLflow's page shows it.

    Where that is not there any more, or belongs to somebody else, as in a store that many read and one writes, it is
    left as it is: nothing that scores depends on it.
    """
    if os.access(documents, os.W_OK):
        with whole_file(documents / name, mode=0o666) as draft:
            draft.write_text(text, encoding="utf-8", newline="\n")


def _log_dataset(record: TrainingRecord) -> None:
    """Note which purchases were used: where they lay and their digest, none of the rows."""
    import mlflow
    from mlflow.data.meta_dataset import MetaDataset
    from mlflow.data.sources import LocalArtifactDatasetSource

    source = LocalArtifactDatasetSource(record.dataset)
    mlflow.log_input(MetaDataset(source, name="purchases", digest=record.dataset_digest[:36]), context="training")
