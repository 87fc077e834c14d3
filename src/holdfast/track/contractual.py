"""Bundles of contractual models: the same files, manifest and checks as in ``bundle``, another content."""

import json
from pathlib import Path
from typing import Any

from holdfast.contractual import ContractScorer
from holdfast.errors import ConfigError
from holdfast.track import bundle

SETTING = "contractual"


def save_contract_bundle(folder: Path, scorer: ContractScorer, metrics: dict[str, Any]) -> str:
    """Write a model into an empty folder and return its ``model_version``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / bundle._TREES).write_text(scorer.churn.trees_text(), encoding="utf-8", newline="\n")
    bundle._write_json(folder / bundle._MODEL, scorer.to_dict())
    bundle._write_json(folder / bundle._METRICS, metrics)
    files = {name: bundle._sha256(folder / name) for name in (bundle._TREES, bundle._MODEL, bundle._METRICS)}
    version = bundle._version(files)
    manifest = {"format": bundle._FORMAT, "model_version": version, "sha256": files}
    bundle._write_json(folder / bundle.MANIFEST, manifest)
    return version


def is_contractual(folder: Path) -> bool:
    """Say whether a bundle, whose files were checked, holds a contractual model."""
    state: dict[str, Any] = json.loads((folder / bundle._MODEL).read_text(encoding="utf-8"))
    return state.get("setting") == SETTING


def load_contract_bundle(folder: Path) -> tuple[ContractScorer, str, dict[str, Any]]:
    """Check every file against the manifest, then load (scorer, model version, held-out metrics).

    Raises
    ------
    DamagedModelError
        A file is missing or is not the one that was written.
    ConfigError
        The model is of the other setting.
    """
    version = bundle.verify_bundle(folder)
    if not is_contractual(folder):
        raise ConfigError(
            "The champion of this name was trained without contracts (setting: noncontractual). "
            "Give this scenario another name, or run `holdfast train`."
        )
    state = json.loads((folder / bundle._MODEL).read_text(encoding="utf-8"))
    metrics = json.loads((folder / bundle._METRICS).read_text(encoding="utf-8"))
    trees = (folder / bundle._TREES).read_text(encoding="utf-8")
    return ContractScorer.from_dict(state, trees), version, metrics


def contract_signature(scorer: ContractScorer) -> Any:
    """Return the MLflow ``ModelSignature``: rows of the table in, score rows out; inputs have no types on purpose."""
    from mlflow.models import ModelSignature
    from mlflow.types import ColSpec, Schema
    from mlflow.types.schema import AnyType

    kinds = {"text": "string", "bool": "boolean", "double": "double"}
    names = ("customer_id", *scorer.churn.encoder.columns)
    inputs = [ColSpec(AnyType(), name, required=False) for name in dict.fromkeys(names)]
    return ModelSignature(Schema(inputs), Schema([ColSpec(kinds[c.type], c.name) for c in scorer.columns]))
