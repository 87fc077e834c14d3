"""Issued: the lists to contact that were made so far, as their records say."""

from pathlib import Path
from typing import Any

from holdfast.pipeline.outputs import read_json


def issued_lists(home: Path) -> list[dict[str, Any]]:
    """Return the records of all lists below ``outputs/<name>/issued``, oldest first, each with its ``folder``.

    Examples
    --------
    After ``holdfast init --demo``, ``holdfast run -c demo.yaml`` and a list:

    >>> import holdfast
    >>> from holdfast.pipeline import make_list
    >>> issued = make_list(holdfast.prepare(holdfast.load_config("demo.yaml")), "at_risk", today="2024-06-26")
    >>> [(record["list"], record["as_of"]) for record in issued_lists(Path("outputs/demo/issued"))]
    [('at_risk', '2024-06-24')]
    """
    found = [{**read_json(folder / "record.json"), "folder": folder} for folder in issued_folders(home)]
    return sorted(found, key=lambda r: (r["as_of"], r["list"]))


def issued_folders(home: Path) -> list[Path]:
    """Return the folders of all lists below ``outputs/<name>/issued``; a hidden one is no list (yet, or any more)."""
    return sorted(path.parent for path in home.glob("[!.]*/record.json"))
