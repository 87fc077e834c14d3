"""The files of the embedded model store: where they lie now, and whether they are what was written."""

import hashlib
import json
import sqlite3
from contextlib import closing
from pathlib import Path

from holdfast.disk import whole_file

# Where MLflow keeps absolute addresses of artefacts.
_ADDRESSES = (
    ("experiments", "artifact_location"),
    ("runs", "artifact_uri"),
    ("logged_models", "artifact_location"),
    ("model_versions", "storage_location"),
)


def readdress(database: Path, artifacts: Path) -> None:
    """Let the database find its artefacts where they lie now: MLflow keeps the absolute path of the first day."""
    marker, here = database.parent / ".address", artifacts.as_uri()
    there = marker.read_text(encoding="utf-8") if marker.is_file() else here
    if there != here and database.is_file():
        with closing(sqlite3.connect(database)) as connection, connection:
            for table, column in _ADDRESSES:
                connection.execute(
                    f"UPDATE {table} SET {column} = ? || substr({column}, ?) WHERE substr({column}, 1, ?) = ?",
                    (here, len(there) + 1, len(there), there),
                )
    if there != here or not marker.is_file():
        with whole_file(marker, mode=0o644) as draft:
            draft.write_text(here, encoding="utf-8")


def digest_of(folder: Path) -> str:
    """Digest of every file MLflow will read, the code among them; what MLflow adds on loading is left out."""
    total = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        if path.name == "registered_model_meta" or "__pycache__" in path.parts:
            continue
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        total.update(json.dumps([path.relative_to(folder).as_posix(), content]).encode())
    return total.hexdigest()
