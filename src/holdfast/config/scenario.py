"""YAML → checked settings. Defaults live where they are used; here they get a key."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from holdfast.columns import ALL_LISTS
from holdfast.config.contractual import Subscriptions
from holdfast.config.explained import explained
from holdfast.config.lists import Cadence, Holdout, Lists, Privacy, Suppress, TreatmentKeys, unknown_lists
from holdfast.config.reading import found, parse_value, read_settings
from holdfast.config.section import Section, key
from holdfast.config.sections import Churn, Clv, Database, EngineKeys, Purchases, Race, Trees
from holdfast.config.serving import Serve
from holdfast.config.tables import IdMapTable, Table, Tables
from holdfast.config.value import Segments, Value
from holdfast.config.web import Web
from holdfast.data import Lookup, Source, TableSource, read_day
from holdfast.data.reading.frames import Frame
from holdfast.data.source import SHOWN_KEY
from holdfast.data.values.words import lowered
from holdfast.disk import PRIVATE
from holdfast.errors import ConfigError, nearest

END_OF_DATA = "end_of_data"
ANSWER = "<answer>"
"""Stands in a scenario where `holdfast init` could not know: the file is refused until it is replaced."""


class Config(Section):
    """One scenario: a purchase log, an as-of date, and what to compute.

    Examples
    --------
    >>> config = make_config({"name": "shop", "purchases": {}, "as_of": "2024-03-01", "churn": {"horizon_days": 60}})
    >>> config.churn.horizon_days, config.clv.horizon_days, config.lists.control_share
    (60, 365, 0.1)
    """

    name: str = Field(description="names the output folder, the experiment and the registered model")
    setting: Literal["noncontractual", "contractual"] = key(
        "noncontractual", "`noncontractual`: purchases at any time; `contractual`: contracts that end"
    )
    purchases: Purchases = key(Purchases(), "the purchase log; required without contracts")
    subscriptions: Subscriptions = key(Subscriptions(), "the table of contracts; required with them")
    tables: Tables = key(Tables(), "what stands beside the purchases or the subscriptions; all optional")
    as_of: date | Literal["end_of_data"] | None = key(
        None,
        "first day that is not known (YYYY-MM-DD), or `end_of_data`: the day after the last purchase or movement, or "
        "after the newest contract began; "
        "a table with one row per customer needs none",
    )
    churn: Churn = key(Churn(), "how churn is defined")
    clv: Clv = key(Clv(), "how lifetime value is computed")
    trees: Trees = key(Trees(), "parameters of LightGBM, if not the defaults")
    race: Race = key(Race(), "which models compete, and over how many past windows")
    lists: Lists = key(Lists(), "how long the lists are")
    treatments: tuple[TreatmentKeys, ...] = key((), "what can be done for a customer; `nothing` is always possible")
    suppress: Suppress = key(Suppress(), "who is kept off lists to contact")
    holdout: Holdout = key(Holdout(), "who is kept off every list for ever, to measure the programme")
    privacy: Privacy = key(Privacy(), "how customers' data are protected")
    cadence: Cadence = key(Cadence(), "after how many days scores, training and review are due")
    segments: Segments = key(Segments(), "how customers are divided")
    value: Value = key(Value(), "how value and opinion are measured")
    database: Database = key(Database(), "a database to write scores and lists to")
    engine: EngineKeys = key(EngineKeys(), "what reads purchases and computes features, and its memory and disk")
    language: Literal["en", "da", "sv", "nb", "zh"] = key(
        "en", "of the report, the web page, reasons and lists for people: `en`, `da`, `sv`, `nb` or `zh`"
    )
    web: Web = key(Web(), "the web page (`holdfast web`)")
    serve: Serve = key(Serve(), "the scoring service (`holdfast serve`)")
    seed: int = key(1, "the same seed and purchases give the same bytes", ge=0, le=2**31 - 1)
    outputs: Path = key(Path("outputs"), "folder of scores, lists and reports")
    outputs_mode: str = key(
        "0600",
        'who may read and write these files, as octal text in quotes such as `"0640"` (your group may read); '
        "their folders can be listed by who may read",
    )
    models: Path = key(Path("models"), "folder of the model store (MLflow on SQLite)")
    tracking_uri: str | None = key(
        None,
        "address of a team's MLflow tracking server (`https://…`) as the model store; `models` then keeps copies",
        pattern=r"^https?://[^\s@]+$",
    )

    @field_validator("as_of", mode="before")
    @classmethod
    def _day(cls, as_of: Any) -> Any:
        if as_of is None or as_of == END_OF_DATA:
            return as_of
        try:
            return read_day(as_of, "it")
        except ValueError as error:
            raise PydanticCustomError("day", "{said}, or end_of_data", {"said": str(error)}) from None

    @field_validator("treatments")
    @classmethod
    def _known(cls, treatments: tuple[TreatmentKeys, ...]) -> tuple[TreatmentKeys, ...]:
        if len({t.name for t in treatments}) < len(treatments):
            raise ValueError("two treatments have the same name")
        if name := unknown_lists(treatments):
            known = ", ".join(ALL_LISTS)
            raise ValueError(f'there is no list "{name}", there are: {known}')
        return treatments

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise ValueError("use letters, digits, dots, dashes and underscores: it names folders and a model")
        return name

    @field_validator("outputs_mode", mode="before")
    @classmethod
    def _octal(cls, mode: Any) -> Any:
        # YAML reads 0640 as the number 416, and 640 as the number 640, which is another mode.
        if not isinstance(mode, str) or not re.fullmatch(r"0?[0-7]{3}", mode):
            raise PydanticCustomError("octal", 'Write three octal digits in quotes, such as "0640"')
        if int(mode, 8) & 0o711 != PRIVATE:
            raise PydanticCustomError("octal", "You must be able to read and write, and nobody runs these files")
        return mode

    @model_validator(mode="after")
    def _complete(self) -> "Config":
        if self.setting == "noncontractual":
            absent = "purchases" if "purchases" not in self.model_fields_set else "as_of" if self.as_of is None else ""
            problem = f"{absent} is missing." if absent else ""
        else:
            problem = "subscriptions is missing." if "subscriptions" not in self.model_fields_set else ""
            problem = problem or self.subscriptions.problem()
            if not problem and self.engine.kind != "duckdb":
                problem = "engine.kind: spark is for purchases; contracts are read here. Leave engine.kind away."
            if not problem and self.as_of is None and self.subscriptions.spells:
                problem = (
                    "as_of: a date is needed (YYYY-MM-DD), the first day that is not known; or end_of_data, the day "
                    "after the newest contract began."
                )
            if not problem and self.as_of == END_OF_DATA and not self.subscriptions.spells:
                problem = (
                    "as_of: a date is needed (YYYY-MM-DD), the first day that is not known: a table with a label has "
                    "no days of its own."
                )
        if problem:
            raise PydanticCustomError("incomplete", "{problem}", {"problem": problem})
        return self

    @property
    def file_mode(self) -> int:
        """Mode of the files below ``outputs``."""
        return int(self.outputs_mode, 8)

    @property
    def active_days(self) -> int:
        """A customer counts as active while the last purchase lies no longer ago: two horizons unless stated."""
        return self.churn.active_days or 2 * self.churn.horizon_days

    @property
    def survey_scales(self) -> dict[str, tuple[float, float]]:
        """Lowest and highest answer by survey item; NPS is always asked from 0 to 10."""
        given = {} if self.tables.surveys is None else self.tables.surveys.scales
        return {**given, lowered(self.value.nps_item.strip()): (0, 10)}

    @property
    def main(self) -> Purchases | Subscriptions:
        """The section of the main table."""
        return self.purchases if self.setting == "noncontractual" else self.subscriptions

    def source(self, base: Path | None = None, frame: Frame | None = None) -> Source:
        """Return the main table to read; relative paths start here, or else at ``base``.

        Raises
        ------
        ConfigError
            There is neither a frame nor a path.
        """
        given = self.main
        section = "purchases" if isinstance(given, Purchases) else "subscriptions"
        # An engine elsewhere has tables of its own.
        there = self.engine.kind == "spark" and section == "purchases" and bool(given.table or given.query)
        if frame is None and given.path is None and not there:
            raise ConfigError(f"{section}.path is missing: name the file, or pass a frame.")
        data = _lies(given.path, base) if frame is None else frame
        if isinstance(given, Purchases):
            lookups = [Lookup(_lies(one.path, base), one.by, one.key) for one in given.lookups]
            return Source(data, given.columns, lookups=lookups, **given.options())
        return Source(data, **given.written(), section=section)

    def table_sources(
        self,
        base: Path | None = None,
        frames: Mapping[str, Frame] | None = None,
        *,
        elsewhere: Collection[str] = (),
    ) -> dict[str, TableSource]:
        """Return the tables beside the main one by name: those with a path, and those given as frames.

        Parameters
        ----------
        base, frames
            Where relative paths start, and tables that are given, by name.
        elsewhere
            Columns of ``lists.show`` that the main table has.

        Raises
        ------
        ConfigError
            A table has neither a path nor a frame, a frame has no table's name, or there is no table of customers that
            lists could show columns of.
        """
        frames = frames or {}
        for name in frames:
            if name not in Tables.model_fields:
                raise ConfigError(f"tables: {name} is no table.{nearest(name, list(Tables.model_fields))}")
        sources = {}
        for name in Tables.described():
            given: Table | None = getattr(self.tables, name)
            if given is not None:
                if name not in frames and given.path is None:
                    raise ConfigError(f"tables.{name}.path is missing: name the file, or pass a frame.")
                data = frames[name] if name in frames else _lies(given.path, base)
                scales = self.survey_scales if name == "surveys" else {}
                options = given.options() | {"id_case": self._id_case(given)}
                sources[name] = TableSource(data, given.mapping(), **options, scales=scales)
            elif name in frames:
                sources[name] = TableSource(frames[name], id_case=self.main.id_case)
        if shown := [name for name in self.lists.show if name not in elsewhere]:
            if "customers" not in sources:
                raise ConfigError(
                    f'{SHOWN_KEY}: there is no table of customers to take "{shown[0]}" from; say tables.customers.path.'
                )
            sources["customers"] = replace(sources["customers"], shown=shown)
        return sources

    def id_map_source(self, base: Path | None = None, frames: Mapping[str, Frame] | None = None) -> TableSource | None:
        """Return the table of merged accounts, or None where there is none; parameters as of ``table_sources``."""
        given, frame = self.tables.id_map, (frames or {}).get("id_map")
        if given is None:
            return None if frame is None else TableSource(frame, id_case=self.main.id_case)
        if frame is None and given.path is None:
            raise ConfigError("tables.id_map.path is missing: name the file, or pass a frame.")
        options = given.written() | {"id_case": self._id_case(given)}
        return TableSource(_lies(given.path, base) if frame is None else frame, given.columns.model_dump(), **options)

    def _id_case(self, table: Table | IdMapTable) -> str:
        """Return how a table's ids are spelt: as the main table's, unless it says so itself."""
        return table.id_case if "id_case" in table.model_fields_set else self.main.id_case


def _lies(path: str | list[str] | None, base: Path | None) -> list[str]:
    return [found(p, base) for p in ([path] if isinstance(path, str) else path or [])]


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> Config:
    r"""Read a YAML file and apply ``key=value`` overrides (dotted keys, YAML values).

    Raises
    ------
    ConfigError
        The file, a key or a value is wrong: names the key, its line, and the nearest known key.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "shop.yaml").write_text("name: shop\npurchases: {path: orders.csv}\nas_of: 2024-03-01\n")
    >>> config = load_config(folder / "shop.yaml", ["churn.horizon_days=60"])
    >>> config.as_of, config.churn.horizon_days
    (datetime.date(2024, 3, 1), 60)
    """
    path = Path(path)
    settings, lines = read_settings(path)
    stated = [_set(settings, override) for override in overrides]
    # What was said on the command line stands on no line of the file.
    lines = {key: line for key, line in lines.items() if not _is_among(stated, key)}
    _refuse_questions(settings, str(path), lines)
    return make_config(settings, where=str(path), lines=lines, stated=stated)


def _refuse_questions(settings: Mapping[str, Any], where: str, lines: Mapping[str, int]) -> None:
    """Refuse a scenario in which a question of `holdfast init` is open."""
    open_keys = list(_waiting(settings, ""))
    if open_keys:
        problems = (f"{where}{_at(lines, key)}: {key} waits for your answer" for key in open_keys)
        raise ConfigError("\n".join(f"{said}; the comment above it says what can stand there." for said in problems))


def _waiting(settings: Mapping[str, Any], prefix: str) -> Iterator[str]:
    for name, value in settings.items():
        if value == ANSWER:
            yield f"{prefix}{name}"
        elif isinstance(value, Mapping):
            yield from _waiting(value, f"{prefix}{name}.")


def _at(lines: Mapping[str, int], key: str) -> str:
    return f", line {lines[key]}" if key in lines else ""


def _is_among(stated: Sequence[str], key: str) -> bool:
    """Say whether a key, or one above it, was stated on the command line."""
    return any(key == one or key.startswith(f"{one}.") for one in stated)


def make_config(
    settings: dict[str, Any],
    *,
    where: str = "config",
    lines: dict[str, int] | None = None,
    stated: Sequence[str] = (),
) -> Config:
    """Turn plain settings into a ``Config``.

    Parameters
    ----------
    settings
        By section.
    where, lines
        What messages call it, and on which line each key stands.
    stated
        Keys that were said on the command line (``--set``), which messages name instead.

    Raises
    ------
    ConfigError
        A key is unknown or missing, or a value is of the wrong kind.

    Examples
    --------
    >>> make_config({"name": "shop", "purchases": {}, "as_of": "2024-03-01"}).as_of
    datetime.date(2024, 3, 1)
    >>> make_config({"name": "shop", "churn": {"horizon_day": 60}})
    Traceback (most recent call last):
        ...
    holdfast.errors.ConfigError: config: churn.horizon_day is not a key. Did you mean "horizon_days"?
    """
    try:
        return Config.model_validate(settings)
    except ValidationError as error:
        problems = [explained(e, lines or {}, Config.model_json_schema()) for e in error.errors()]
        said = (f"{'--set' if _is_among(stated, key) else where}{problem}" for key, problem in problems)
        raise ConfigError("\n".join(dict.fromkeys(said))) from None


def _set(settings: dict[str, Any], override: str) -> str:
    """Write one key into the settings, and return it."""
    key, separator, value = override.partition("=")
    if not separator or not key:
        raise ConfigError(f'--set {override}: write key=value, for example "churn.horizon_days=60".')
    *parents, last = key.strip().split(".")
    place = settings
    for parent in parents:
        inner = place.setdefault(parent, {})
        if not isinstance(inner, dict):
            raise ConfigError(f"--set {override}: {parent} has no keys below it.")
        place = inner
    read = parse_value(value)
    # "Contact: Contact ID" is a name, and so is "Kunde #3": of one line YAML would make a section, or a comment.
    bare = value.strip()
    is_name = isinstance(read, dict) and not bare.startswith(("{", "&", "!"))
    place[last] = bare if is_name or (" #" in bare and bare[0] not in "\"'[{") else read
    return key.strip()
