"""Bundles of contractual models: the same files, manifest and checks as in ``bundle``, another content."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from holdfast.contractual import ContractScorer
from holdfast.errors import ConfigError
from holdfast.track.bundle import CONTRACTUAL, read_files, write_files
from holdfast.track.quiet import import_mlflow


@dataclass(frozen=True)
class ContractBundle:
    """A loaded model: what scores, its version, and what is known about it (``held_out``, ``columns``)."""

    scorer: ContractScorer
    model_version: str
    metrics: dict[str, Any]


def save_contract_bundle(folder: Path, scorer: ContractScorer, metrics: dict[str, Any]) -> str:
    """Write a model into an empty folder and return its ``model_version``."""
    return write_files(folder, {"setting": CONTRACTUAL, **scorer.to_dict()}, metrics)


def is_contractual(folder: Path) -> bool:
    """Say whether a bundle holds a contractual model, after checking every file of it."""
    return bool(read_files(folder)[0].get("setting") == CONTRACTUAL)


def load_contract_bundle(folder: Path) -> ContractBundle:
    """Check every file against the manifest, then load.

    Raises
    ------
    DamagedModelError
        A file is missing or is not the one that was written.
    ConfigError
        The model is of the other setting.
    """
    state, version, metrics = read_files(folder)
    if state.get("setting") != CONTRACTUAL:
        raise ConfigError(
            "The champion of this name was trained without contracts (setting: noncontractual). "
            "Give this scenario another name, or run `holdfast train`."
        )
    return ContractBundle(ContractScorer.from_dict(state), version, metrics)


def contract_signature(scorer: ContractScorer) -> Any:
    """Return the MLflow ``ModelSignature``: rows of the table in, score rows out; inputs have no types on purpose."""
    import_mlflow()
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    kinds = {"text": "string", "bool": "boolean", "double": "double"}
    names = ("customer_id", "eligible", *scorer.reads)
    inputs = [ColSpec(AnyType(), name, required=False) for name in names]
    return ModelSignature(Schema(inputs), Schema([ColSpec(kinds[c.type], c.name) for c in scorer.columns]))
