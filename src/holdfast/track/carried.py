"""A model on its way to other machines: the texts of its bundle, checked again where they are loaded."""

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from holdfast.track.bundle import Bundle, load_bundle, save_bundle


@dataclass(frozen=True)
class CarriedBundle:
    """The files of a bundle, plain text; calling it scores rows as ``Bundle.predict`` does.

    What is sent is text and JSON; their manifest is checked before anything of them is loaded, once a process.
    """

    version: str
    files: Mapping[str, str]

    @classmethod
    def of(cls, bundle: Bundle[Any]) -> "CarriedBundle":
        """Take up a loaded model."""
        with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
            version = save_bundle(Path(folder), bundle.scorer, bundle.metrics)
            files = {path.name: path.read_text(encoding="utf-8") for path in Path(folder).iterdir()}
        return cls(version, files)

    def __call__(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Score rows; columns that the model does not read are left out."""
        return _loaded(tuple(sorted(self.files.items()))).predict(rows)


@cache
def _loaded(files: tuple[tuple[str, str], ...]) -> Bundle[Any]:
    with tempfile.TemporaryDirectory(prefix="holdfast-") as folder:
        for name, text in files:
            (Path(folder) / name).write_text(text, encoding="utf-8", newline="\n")
        return load_bundle(Path(folder))
