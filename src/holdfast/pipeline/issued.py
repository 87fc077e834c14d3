"""Issued: the lists to contact that were made so far, as their records say."""

from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from holdfast.data import IdMap
from holdfast.data.engine import EPOCH
from holdfast.lists.contact import CONTROL, LISTED
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
    return sorted(found, key=lambda r: (r["as_of"], r["list"], _number(r["folder"].name, r["as_of"])))


def issued_folders(home: Path) -> list[Path]:
    """Return the folders of all lists below ``outputs/<name>/issued``; a hidden one is no list (yet, or any more)."""
    return sorted(path.parent for path in home.glob("[!.]*/record.json"))


def place_of(records: Sequence[dict[str, Any]], name: str, as_of: str, today: str, *, beside: bool | None) -> str:
    """Return the folder beside those of ``records`` (``issued_lists``) that a list made ``today`` takes.

    Of the same scores, a list made the same day takes the place of the one before, as it has not gone out yet; one made
    on a later day stands beside it, as that one was sent, unless nobody was on that one. ``beside`` says which it is
    where the day does not.

    Examples
    --------
    >>> place_of([], "at_risk", "2024-06-24", "2024-06-26", beside=None)
    'at_risk-2024-06-24'
    """
    own = f"{name}-{as_of}"
    before = [r for r in records if r["list"] == name and r["as_of"] == as_of]
    if not before:
        return own
    last = before[-1]
    sent = last.get("made", last["known_until"]) < today and last["account"]["listed"] + last["account"]["control"] > 0
    if sent if beside is None else beside:
        return f"{own}-{_number(last['folder'].name, as_of) + 1}"
    return str(last["folder"].name)


def _number(folder: str, as_of: str) -> int:
    """Return which list of the same kind and scores a folder holds, from 1."""
    number = folder.rpartition(f"-{as_of}")[2].removeprefix("-")
    return int(number) if number.isdigit() else 1


def contacts_of(home: Path, merged: IdMap | None) -> pd.DataFrame:
    """Return whom the lists below ``outputs/<name>/issued`` contacted, and from which day on.

    Returns
    -------
    pandas.DataFrame
        ``customer_id`` as it is today, and ``day``, days since 1970-01-01: a row per list and customer.
    """
    found = [pd.DataFrame({"customer_id": pd.Series(dtype=object), "day": pd.Series(dtype=np.int64)})]
    for record in issued_lists(home):
        decided = pd.read_parquet(record["folder"] / "decisions.parquet", columns=["customer_id", "status"])
        listed = decided.loc[decided["status"] == LISTED, "customer_id"].astype(str)
        day = (date.fromisoformat(record["known_until"]) - EPOCH).days
        found.append(pd.DataFrame({"customer_id": listed if merged is None else merged.of(listed), "day": day}))
    return pd.concat(found, ignore_index=True)


def arms_of(folder: Path, merged: IdMap | None) -> pd.DataFrame:
    """Return the decisions about those of a list who were contacted or held back, by ``customer_id``, each once.

    Ids are those that remain today. Whoever was contacted under one id and held back under another was both: they are
    in neither arm.
    """
    decisions = pd.read_parquet(folder / "decisions.parquet")
    decisions = decisions[decisions["status"].isin([LISTED, CONTROL])]
    if merged is not None:
        decisions = decisions.assign(customer_id=merged.of(decisions["customer_id"]))
        arms = decisions.groupby("customer_id")["status"].transform("nunique")
        decisions = decisions[arms == 1].drop_duplicates("customer_id")
    return decisions.sort_values("customer_id", ignore_index=True)
