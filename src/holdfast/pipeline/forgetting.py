"""Forget: customers are removed from everything that Holdfast wrote, and do not come back."""

import codecs
import csv
import hashlib
import io
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from holdfast import disk
from holdfast.config import Config
from holdfast.data import Day
from holdfast.data.day import is_day, read_today
from holdfast.data.erased import pseudonym
from holdfast.data.values.parse import spelt
from holdfast.errors import ConfigError, NotFoundError
from holdfast.language import speaking
from holdfast.lists.spreadsheet import delimiter_of, harmless_text
from holdfast.lists.workbook import read_sheets, write_sheet
from holdfast.pipeline.issued import issued_folders
from holdfast.pipeline.outputs import ParquetParts, dated_folders, home_of, read_json, whole_file, write_json
from holdfast.pipeline.preparation import merged_accounts
from holdfast.pipeline.privacy import FOLDER, bury, privacy_key
from holdfast.pipeline.reporting import REPORT, refresh_report
from holdfast.pipeline.setting import Prepared
from holdfast.pipeline.write_back import erase_rows
from holdfast.progress import Say, quiet
from holdfast.track import open_store
from holdfast.wording import counted

_ID = "customer_id"


@dataclass(frozen=True)
class Forgotten:
    """What a forgetting did; no id is in it.

    Attributes
    ----------
    customers, new
        How many were asked for, and of how many there was no tombstone yet.
    rows, files
        Rows removed, and files that were written anew; ``database`` rows of the database that scores go to.
    models
        Registered models that may have been trained with them: ``model_version``, ``number``, ``as_of``.
    removed
        Rows removed by file, below the scenario's outputs.
    looked
        How many files were looked at, by kind of output (``kind_of``).

    Examples
    --------
    >>> found = Forgotten(customers=1, new=1, rows=179, files=7, database=0, models=[])
    >>> found.as_dict()["rows"]
    179
    """

    customers: int
    new: int
    rows: int
    files: int
    database: int
    models: list[dict[str, Any]]
    removed: dict[str, int] = field(default_factory=dict)
    looked: dict[str, int] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {**vars(self), "kinds": self.kinds()}

    def kinds(self) -> dict[str, dict[str, int]]:
        """Return by kind of output how many files were ``looked`` at, and ``files`` and ``rows`` of them removed.

        Examples
        --------
        >>> done = Forgotten(1, 1, 3, 2, 0, [], {"2024-06-24/lists/at_risk.csv": 1, "value/a.csv": 2}, {"lists": 5})
        >>> done.kinds()["lists"]
        {'looked': 5, 'files': 1, 'rows': 1}
        """
        found = {kind: {"looked": n, "files": 0, "rows": 0} for kind, n in self.looked.items()}
        for name, rows in self.removed.items():
            own = found.setdefault(kind_of(Path(name)), {"looked": 0, "files": 0, "rows": 0})
            own["files"], own["rows"] = own["files"] + 1, own["rows"] + rows
        return found


def kind_of(path: Path) -> str:
    """Return what kind of output a file is, by its place below the scenario's outputs.

    Examples
    --------
    >>> [kind_of(Path(p)) for p in ("2024-06-24/scores.parquet", "2024-06-24/lists/at_risk.csv", "issued/a/b.csv")]
    ['scores', 'lists', 'issued']
    """
    places = [part for part in path.parts[:-1] if not is_day(part) and part != "snapshot"]
    return places[0] if places else "scores"


def forget(
    config: Config,
    ids: Collection[str],
    *,
    base: Path | None = None,
    today: Day | None = None,
    say: Say = quiet,
) -> Forgotten:
    """Remove customers from every output of a scenario, and leave tombstones.

    The tombstones are written first, so whoever is killed on the way runs the same command again: nothing comes back
    meanwhile. Each file is replaced whole. The same ids again change nothing.

    Parameters
    ----------
    config
        The scenario.
    ids
        As the tables have them. Accounts that were merged with them (``tables.id_map``) go too.
    base
        Where relative paths start; the configuration's folder.
    today
        The day that stands beside the tombstones; the machine's date if not given.
    say
        Receives progress sentences.

    Raises
    ------
    ConfigError
        No id was given, or the key of the tombstones is missing or another one.
    StorageError
        A file cannot be written: what was not reached yet still holds them.

    Examples
    --------
    After ``holdfast init --demo`` and ``holdfast run -c demo.yaml``:

    >>> import holdfast
    >>> config = holdfast.load_config("demo.yaml")
    >>> done = forget(config, ["01747"], today="2024-06-24")
    >>> done.customers, done.new, len(done.models)
    (1, 1, 1)
    >>> forget(config, ["01747"], today="2024-06-24").rows  # nothing is left
    0
    """
    now = read_today(today)
    asked = _spelt(config, ids)
    every = asked | _accounts(config, base, asked)
    if not every:
        raise ConfigError("forget: no id was given. Name ids, or a file with one on each line (--from).")
    new = bury(config, every, now)
    home, key = home_of(config), privacy_key(config)
    # Lists that were handed on with pseudonyms hold these.
    every |= {pseudonym(key, own) for own in every}
    removed, looked = dict[str, int](), Counter[str]()
    with disk.refusals(home), disk.locked(home / ".lock"):
        disk.put_right(home)
        disk.remove_drafts(home)
        for path in _files(home):
            name = path.relative_to(home)
            if not looked[kind_of(name)]:
                say(f"looking at {kind_of(name)}")
            looked[kind_of(name)] += 1
            if rows := _ERASERS[path.suffix](config, path, every):
                removed[name.as_posix()] = rows
        _mend_records(config, home)
        database = erase_rows(config, every)
        for folder in (*dated_folders(home), home / "snapshot"):
            if (folder / REPORT).is_file():
                refresh_report(config, folder)
    rows = sum(removed.values())
    say(f"removed {counted(rows, 'row')} from {counted(len(removed), 'file')}")
    return Forgotten(len(asked), new, rows, len(removed), database, models_of(config), removed, dict(looked))


def _spelt(config: Config, ids: Collection[str]) -> set[str]:
    """Return ids as reading spells them."""
    return {spelt(own, config.main.id_case) for own in ids} - {""}


def _accounts(config: Config, base: Path | None, asked: Collection[str]) -> set[str]:
    """Return all other ids of the same customers."""
    if config.tables.id_map is None or (merged := merged_accounts(config, base, None)) is None:
        return set()
    remains = merged.map.remains
    final = {remains.get(own, own) for own in asked}
    return final | {own for own, last in remains.items() if last in final}


def expired(prepared: Prepared, today: Day | None = None) -> list[str]:
    """Return who has not bought, or had no contract, for longer than ``privacy.keep_days``.

    Raises
    ------
    ConfigError
        ``privacy.keep_days`` is not set.

    Examples
    --------
    After ``holdfast init --demo``:

    >>> import holdfast
    >>> config = holdfast.load_config("demo.yaml", ["privacy.keep_days=500"])
    >>> len(expired(holdfast.prepare(config), today="2024-06-24"))
    44
    """
    days = prepared.config.privacy.keep_days
    if days is None:
        raise ConfigError("privacy.keep_days is not set: say after how many days customers are to be forgotten.")
    now = read_today(today)
    return [own for own, last in prepared.last_seen() if (now - last).days > days]


def models_of(config: Config) -> list[dict[str, Any]]:
    """Return the registered models of a scenario, oldest first: all may have learnt from a customer of its tables."""
    try:
        return open_store(config.models, config.tracking_uri).versions(config.name)
    except NotFoundError:
        return []


def _files(home: Path) -> Iterator[Path]:
    """Yield every file that may hold rows of customers, hidden drafts of killed commands too; keys and locks aside."""
    for path in sorted(home.rglob("*")):
        if path.is_file() and path.suffix in _ERASERS and path.relative_to(home).parts[0] != FOLDER:
            yield path


def _parquet(config: Config, path: Path, ids: Collection[str]) -> int:
    with pq.ParquetFile(path) as file:
        if _ID not in file.schema_arrow.names:
            return 0
        own = file.read([_ID]).column(0).to_pandas().astype("str")
        removed = int(own.isin(ids).sum())
        if not removed:
            return 0
        with whole_file(config, path) as draft, ParquetParts(draft) as parts:
            for group in range(file.num_row_groups):
                table = file.read_row_group(group)
                keep = ~table.column(_ID).to_pandas().astype("str").isin(ids)
                parts.add_arrow(table.filter(keep.to_numpy()))
    return removed


def _csv(config: Config, path: Path, ids: Collection[str]) -> int:
    held = path.read_bytes()
    text, mark = held.decode("utf-8-sig"), "utf-8-sig" if held.startswith(codecs.BOM_UTF8) else "utf-8"
    delimiter = delimiter_of(text.partition("\n")[0])
    rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    if not rows:
        return 0
    if path.name == "rejects.csv":
        kept = _without_values(rows)
    elif _ID in rows[0]:
        place, written = rows[0].index(_ID), set(map(harmless_text, ids))
        kept = [row for row in rows if len(row) <= place or row[place] not in written]
    else:
        return 0
    if kept == rows:
        return 0
    with whole_file(config, path) as draft, draft.open("w", encoding=mark, newline="") as file:
        csv.writer(file, delimiter=delimiter, lineterminator="\n").writerows(kept)
    return max(len(rows) - len(kept), 1)


def _without_values(rows: list[list[str]]) -> list[list[str]]:
    """Return rejected lines without their cells: whose they are is not known any more."""
    place = rows[0].index("value") if "value" in rows[0] else len(rows[0])
    return [rows[0], *([*row[:place], *([""] if place < len(row) else []), *row[place + 1 :]] for row in rows[1:])]


def _xlsx(config: Config, path: Path, ids: Collection[str]) -> int:
    table, about = read_sheets(path)
    if _ID not in table:
        return 0
    gone = table[_ID].astype("str").isin(ids)
    if not gone.any():
        return 0
    with speaking(config.language), whole_file(config, path) as draft:
        write_sheet(draft, table[~gone].reset_index(drop=True), about)
    return int(gone.sum())


def _json(config: Config, path: Path, ids: Collection[str]) -> int:
    found = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(found, list) or not found or _ID not in found[0]:
        return 0
    kept = [row for row in found if str(row.get(_ID)) not in ids]
    if len(kept) < len(found):
        with whole_file(config, path) as draft:
            draft.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return len(found) - len(kept)


_ERASERS: dict[str, Callable[[Config, Path, Collection[str]], int]] = {
    ".parquet": _parquet,
    ".csv": _csv,
    ".xlsx": _xlsx,
    ".json": _json,
}


def _mend_records(config: Config, home: Path) -> None:
    """Let the record of every list state the digest of its file as it is now, and how many were erased from it."""
    for folder in issued_folders(home / "issued"):
        path = folder / "record.json"
        record = read_json(path)
        digest = hashlib.sha256((folder / record["file"]).read_bytes()).hexdigest()
        decided = pq.read_metadata(folder / "decisions.parquet").num_rows
        gone = record["account"]["in"] - decided
        if digest != record["sha256"] or gone != record.get("erased", 0):
            with whole_file(config, path) as draft:
                write_json(draft, {**record, "sha256": digest, "erased": gone})
