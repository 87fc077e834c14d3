"""Models on disk: plain text and JSON, no pickle, and a sha256 of every file that is checked before loading.

The manifest also names the model: ``model_version`` is a digest of the files' content, so the same purchases
and settings give the same version on any day and machine.
"""

import hashlib
import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Generic, TypeVar

import pandas as pd

from holdfast.columns.plain import plain
from holdfast.contractual import ContractScorer
from holdfast.data.reading.frames import Frame, in_pandas
from holdfast.disk import draft_beside, flush, refusals
from holdfast.errors import ConfigError, DamagedModelError
from holdfast.forecast.scorer import Scorer as PurchaseScorer
from holdfast.track.scorer import Scorer

MANIFEST = "manifest.json"
_FORMAT = 4
_TREES = ".lightgbm.txt"
_MODEL = "model.json"
_METRICS = "metrics.json"
_SCORERS = {kind.setting: kind for kind in (PurchaseScorer, ContractScorer)}
S = TypeVar("S", bound=Scorer)


@dataclass(frozen=True)
class Bundle(Generic[S]):
    """A loaded model: what scores, its version, and what is known about it, held-out metrics among it.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> import holdfast
    >>> from holdfast.pipeline import export_model
    >>> version = export_model(holdfast.load_config("demo.yaml"), "a-model")
    >>> model = holdfast.load_bundle("a-model")
    >>> model.model_version == version, model.scorer.setting, model.scorer.trained_as_of.isoformat()
    (True, 'noncontractual', '2024-06-24')
    """

    scorer: S
    model_version: str
    metrics: dict[str, Any]

    def predict(self, rows: Frame) -> pd.DataFrame:
        """Score rows with the columns ``scorer.reads``, in the same order."""
        return self.scorer.score_rows(in_pandas(rows), model_version=self.model_version)


def save_bundle(folder: Path, scorer: Scorer, metrics: dict[str, Any]) -> str:
    """Write a model into an empty folder and return its ``model_version``."""
    return write_files(folder, {"setting": scorer.setting, **scorer.to_dict()}, metrics)


def load_bundle(folder: str | Path) -> Bundle[Any]:
    """Check every file against the manifest, then load.

    Parameters
    ----------
    folder
        A model, as ``holdfast export-model`` writes it.

    Raises
    ------
    DamagedModelError
        A file is missing or is not the one that was written. Nothing of it is loaded then: LightGBM would
        abort the process on a broken file, and load an edited one silently.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> import holdfast
    >>> from holdfast.pipeline import export_model
    >>> version = export_model(holdfast.load_config("demo.yaml"), "a-model")
    >>> model = holdfast.load_bundle("a-model")
    >>> rows = pd.read_parquet("outputs/demo/2024-06-24/features.parquet").head(3)
    >>> model.predict(rows)[["customer_id", "p_churn_120d"]]
      customer_id  p_churn_120d
    0       00000      0.925757
    1       00001      0.881401
    2       00002      0.999934
    """
    state, version, metrics = read_files(Path(folder))
    # Bundles of purchases did not state their setting, once.
    return Bundle(_SCORERS[state.get("setting", PurchaseScorer.setting)].from_dict(state), version, metrics)


def copy_bundle(folder: Path, target: Path) -> str:
    """Copy a model, checked before and after, to a folder that another copy may have been in; return its version.

    Raises
    ------
    ConfigError
        The target holds something else.
    DamagedModelError
        A file is missing or is not the one that was written.
    """
    verify_bundle(folder)
    if target.exists() and not (target.is_dir() and ((target / MANIFEST).is_file() or not any(target.iterdir()))):
        raise ConfigError(f"{target} holds something else than a model: name a folder that is new, or empty.")
    place = target.resolve()
    with refusals(target):
        place.parent.mkdir(parents=True, exist_ok=True)
        with draft_beside(place) as draft:
            copied, before = draft / "model", draft / "before"
            shutil.copytree(folder, copied)
            version = verify_bundle(copied)
            for path in copied.iterdir():
                flush(path)
            if place.exists():
                place.rename(before)
            copied.rename(place)
        flush(place.parent)
    return version


def trained_as_of(folder: Path) -> date | None:
    """Return the as-of date of a model; None if its table had no dates. See ``load_bundle``."""
    day = read_files(folder)[0]["trained_as_of"]
    return date.fromisoformat(day) if day else None


def write_files(folder: Path, state: dict[str, Any], metrics: dict[str, Any]) -> str:
    """Write a state of plain values into an empty folder, trees as files of their own; return ``model_version``."""
    folder.mkdir(parents=True, exist_ok=True)
    state, texts = _without_trees(state, "")
    for name, trees in texts.items():
        (folder / name).write_text(trees, encoding="utf-8", newline="\n")
    _write_json(folder / _MODEL, state)
    _write_json(folder / _METRICS, metrics)
    files = {name: _sha256(folder / name) for name in (*sorted(texts), _MODEL, _METRICS)}
    version = _version(files)
    _write_json(folder / MANIFEST, {"format": _FORMAT, "model_version": version, "sha256": files})
    return version


def read_files(folder: Path) -> tuple[dict[str, Any], str, dict[str, Any]]:
    """Return (state, model version, metrics) if every file is the one that was written; see ``load_bundle``."""
    version = verify_bundle(folder)
    state = json.loads((folder / _MODEL).read_text(encoding="utf-8"))
    metrics = json.loads((folder / _METRICS).read_text(encoding="utf-8"))
    return _with_trees(state, folder), version, metrics


def verify_bundle(folder: Path) -> str:
    """Return the ``model_version`` if every file is the one that was written; see ``load_bundle``."""
    try:
        text = (folder / MANIFEST).read_bytes().decode()
        manifest = json.loads(text)
        files, version, written = dict(manifest["sha256"]), str(manifest["model_version"]), manifest["format"]
    except (OSError, ValueError, KeyError, TypeError):
        raise DamagedModelError(f"The model's {MANIFEST} in {folder} is missing or unreadable. {_ADVICE}") from None
    if written != _FORMAT:
        raise DamagedModelError(f"The model in {folder} has format {written}; this Holdfast reads {_FORMAT}. {_ADVICE}")
    # To the byte as it was written: nothing vouches for the manifest but its own form and content.
    known = (
        text == _text(manifest)
        and {_MODEL, _METRICS} <= set(files)
        and all(n.endswith(_TREES) or n in (_MODEL, _METRICS) for n in files)
    )
    if not known or version != _version(files):
        raise DamagedModelError(f"The model's {MANIFEST} in {folder} was changed. {_ADVICE}")
    for name, digest in files.items():
        if not (folder / name).is_file():
            raise DamagedModelError(f"The model file {folder / name} is missing. {_ADVICE}")
        if _sha256(folder / name) != digest:
            raise DamagedModelError(f"The model file {folder / name} is not the one that was written. {_ADVICE}")
    return version


_ADVICE = "Nothing of it was loaded; run `holdfast train` to make a new one."


def _version(files: dict[str, str]) -> str:
    lines = "".join(f"{digest}  {name}\n" for name, digest in sorted(files.items()))
    return "m-" + hashlib.sha256(lines.encode()).hexdigest()[:16]


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(_text(content), encoding="utf-8", newline="\n")


def _text(content: dict[str, Any]) -> str:
    return json.dumps(plain(content), indent=2, sort_keys=True, ensure_ascii=False, allow_nan=False) + "\n"


def _without_trees(state: Any, path: str) -> tuple[Any, dict[str, str]]:
    """Move every text of trees out of the state: ``{"trees": text}`` becomes ``{"trees": file name}``."""
    if not isinstance(state, dict):
        return state, {}
    kept, texts = {}, {}
    for key, value in state.items():
        if key == "trees":
            name = path.strip(".").replace(".contender", "") + _TREES
            kept[key], texts[name] = name, value
        else:
            kept[key], inner = _without_trees(value, f"{path}.{key}")
            texts |= inner
    return kept, texts


def _with_trees(state: Any, folder: Path) -> Any:
    if not isinstance(state, dict):
        return state
    # Only the plain name of a file that the manifest vouches for.
    return {
        k: (folder / Path(v).name).read_text(encoding="utf-8") if k == "trees" else _with_trees(v, folder)
        for k, v in state.items()
    }
