"""YAML → checked settings. Defaults live where they are used; here they get a key."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from datetime import date
from pathlib import Path
from typing import Any, Literal

import pandas as pd
import yaml
from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import PydanticCustomError

from holdfast.config_contractual import Subscriptions
from holdfast.config_tables import Section as _Section
from holdfast.config_tables import Table, Tables
from holdfast.config_tables import key as _key
from holdfast.data import Columns, Rules, Source, TableSource
from holdfast.errors import ConfigError, nearest

END_OF_DATA = "end_of_data"
_SOURCE: dict[str, Any] = {f.name: f.default for f in fields(Source)}


class _Loader(yaml.SafeLoader):
    """YAML without its own idea of dates: a wrong one must be told as a wrong value of its key."""


_Loader.yaml_implicit_resolvers = {
    first: [(tag, pattern) for tag, pattern in resolvers if tag != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


class Purchases(_Section):
    """Where the purchase log lies and how it is written (``holdfast.data.Source`` says more)."""

    path: str | list[str] | None = _key(
        None, "a CSV or Parquet file, a list of files, or `package:NAME/FILE`; from here, or from the YAML's folder"
    )
    columns: Columns = _key(
        Columns(), "which column of the file holds what; a key not given: the file has no such column"
    )
    delimiter: str = _key(_SOURCE["delimiter"], "one character, or `whitespace` for columns lined up with blanks")
    quote: str = _key(_SOURCE["quote"], 'quotes a cell; `""` where quotes mean nothing')
    decimal: str = _key(_SOURCE["decimal"], "decimal mark of numbers written as text: `.` or `,`")
    thousands: str | None = _key(
        _SOURCE["thousands"], "thousands separator of numbers written as text, if there is one"
    )
    encoding: str = _key(_SOURCE["encoding"], "what the file was saved as: `utf-8`, `latin-1`, `cp1252`, …")
    date_format: str | None = _key(
        _SOURCE["date_format"], "how dates are written, as in strptime; not given: ISO 8601 only, nothing is guessed"
    )
    time_zone: str | None = _key(
        _SOURCE["time_zone"],
        "for timestamps with an offset: the zone whose calendar days count, such as `Europe/London`",
    )
    currency: str | None = _key(None, "carried into reports; amounts are not converted")
    rules: Rules = _key(Rules(), "which readable lines are dropped on purpose; each is counted by name")
    max_reject_share: float = _key(_SOURCE["max_reject_share"], "stop if more lines cannot be read", ge=0, le=1)


class Churn(_Section):
    """What churn means here."""

    horizon_days: int = _key(90, "churned = no purchase in so many days from `as_of` on", ge=1, le=3650)
    gap_days: int = _key(0, "days between `as_of` and the first day that counts: the team's lead time", ge=0, le=365)
    active_days: int | None = _key(None, "eligible = last purchase no longer ago; not given: two horizons", ge=1)


class Clv(_Section):
    """What value means here."""

    horizon_days: int = _key(365, "CLV counts the purchases of so many days", ge=1, le=3650)
    yearly_discount: float = _key(0.1, "rate a year at which later money counts less (0.1 is 10 %)", ge=0, le=10)
    engine: Literal["native", "lifetimes"] = _key(
        "native", "what fits BG/NBD and Gamma-Gamma: our own optimiser, or the archived package `lifetimes`"
    )
    margin: float = _key(1.0, "share of spend that is margin; 1 makes CLV a revenue", gt=0, le=1)


class Race(_Section):
    """Which models compete, and over how many past windows."""

    origins: int = _key(2, "past windows on which all contenders race before each training", ge=1, le=8)
    leave_out: tuple[str, ...] = _key((), "contenders that take no part, such as `blend` or `lightgbm`")
    churn: str = _key("auto", "the contender that scores churn; `auto`: the blend, unless another is clearly better")
    value: str = _key(
        "auto", "the contender that forecasts purchases; `auto`: `offset`, unless another is clearly better"
    )


class Trees(_Section):
    """Parameters of LightGBM inside the churn contenders; `holdfast tune` proposes them, nothing is tuned silently."""

    rounds: int | None = _key(None, "trees; 150 unless stated", ge=1, le=5000)
    num_leaves: int | None = _key(None, "leaves of a tree; 7", ge=2, le=255)
    learning_rate: float | None = _key(None, "share of each tree that is added; 0.05", gt=0, le=1)
    lambda_l2: float | None = _key(None, "penalty on leaf values; 10", ge=0)
    feature_fraction: float | None = _key(None, "share of the features a tree may use; 0.4", gt=0, le=1)
    bagging_fraction: float | None = _key(None, "share of the rows a tree is grown on; 0.8", gt=0, le=1)
    min_data_in_leaf: int | None = _key(None, "fewest rows of a leaf; a hundredth of all, 5 to 50", ge=1)

    def stated(self) -> tuple[tuple[str, float], ...]:
        """Return what is stated, by name."""
        return tuple((name, value) for name, value in self if value is not None)


class Lists(_Section):
    """How long the lists are."""

    at_risk_most: int = _key(1000, "at most so many customers", ge=1)
    high_value_share: float = _key(0.1, "share of all customers (0.1 is the top tenth)", gt=0, le=1)


class Config(_Section):
    """One scenario: a purchase log, an as-of date, and what to compute."""

    name: str = Field(description="names the output folder, the experiment and the registered model")
    setting: Literal["noncontractual", "contractual"] = _key(
        "noncontractual", "`noncontractual`: purchases at any time; `contractual`: contracts that end"
    )
    purchases: Purchases = _key(Purchases(), "the purchase log; required without contracts")
    subscriptions: Subscriptions = _key(Subscriptions(), "the table of contracts; required with them")
    tables: Tables = _key(Tables(), "what stands beside the purchases; all optional")
    as_of: date | Literal["end_of_data"] | None = _key(
        None,
        "first day that is not known (YYYY-MM-DD), or `end_of_data`: the day after the last purchase; "
        "a table with one row per customer needs none",
    )
    churn: Churn = _key(Churn(), "what churn means here")
    clv: Clv = _key(Clv(), "what value means here")
    trees: Trees = _key(Trees(), "parameters of LightGBM, if not the defaults")
    race: Race = _key(Race(), "which models compete, and over how many past windows")
    lists: Lists = _key(Lists(), "how long the lists are")
    seed: int = _key(1, "the same seed and purchases give the same bytes")
    outputs: Path = _key(Path("outputs"), "folder of scores, lists and reports")
    models: Path = _key(Path("models"), "folder of the model store (MLflow on SQLite)")

    @field_validator("name")
    @classmethod
    def _plain(cls, name: str) -> str:
        if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._-]*", name):
            raise ValueError("use letters, digits, dots, dashes and underscores: it names folders and a model")
        return name

    @model_validator(mode="after")
    def _complete(self) -> "Config":
        if self.setting == "noncontractual":
            absent = next((k for k in ("purchases", "as_of") if k not in self.model_fields_set), None)
            problem = f"{absent} is missing." if absent else ""
        else:
            problem = "subscriptions is missing." if "subscriptions" not in self.model_fields_set else ""
            problem = problem or self.subscriptions.problem()
            dated = isinstance(self.as_of, date)
            if not problem and not dated and (self.subscriptions.spells or self.as_of is not None):
                problem = "as_of: a date is needed (YYYY-MM-DD), the first day that is not known."
        if problem:
            raise PydanticCustomError("incomplete", "{problem}", {"problem": problem})
        return self

    @property
    def active_days(self) -> int:
        """A customer counts as active while the last purchase lies no longer ago: two horizons unless stated."""
        return self.churn.active_days or 2 * self.churn.horizon_days

    def source(self, base: Path | None = None, frame: pd.DataFrame | None = None) -> Source:
        """Return the purchase log to read; relative paths start here, or else at ``base``.

        Raises
        ------
        ConfigError
            There is neither a frame nor ``purchases.path``.
        """
        given = self.purchases
        options = {name: getattr(given, name) for name in _SOURCE if name != "data"}
        if frame is not None:
            return Source(frame, **options)
        if given.path is None:
            raise ConfigError("purchases.path is missing: name the file, or pass a frame.")
        paths = [given.path] if isinstance(given.path, str) else given.path
        return Source([_found(p, base) for p in paths], **options)

    def contract_source(self, base: Path | None = None, frame: pd.DataFrame | None = None) -> Source:
        """Return the table of contracts to read; relative paths start here, or else at ``base``.

        Raises
        ------
        ConfigError
            There is neither a frame nor ``subscriptions.path``.
        """
        if frame is not None:
            return Source(frame)
        if self.subscriptions.path is None:
            raise ConfigError("subscriptions.path is missing: name the file, or pass a frame.")
        return Source(_found(self.subscriptions.path, base))

    def table_sources(
        self, base: Path | None = None, frames: Mapping[str, pd.DataFrame] | None = None
    ) -> dict[str, TableSource]:
        """Return the tables beside the purchases by name: those with a path, and those given as frames.

        Raises
        ------
        ConfigError
            A table has neither a path nor a frame, or a frame has no table's name.
        """
        frames = frames or {}
        for name in frames:
            if name not in Tables.model_fields:
                raise ConfigError(f"tables: {name} is no table.{nearest(name, list(Tables.model_fields))}")
        sources = {}
        for name in Tables.model_fields:
            given: Table | None = getattr(self.tables, name)
            if given is not None:
                if name not in frames and given.path is None:
                    raise ConfigError(f"tables.{name}.path is missing: name the file, or pass a frame.")
                paths = [given.path] if isinstance(given.path, str) else given.path or []
                data = frames[name] if name in frames else [_found(p, base) for p in paths]
                sources[name] = TableSource(data, given.mapping(), **given.options())
            elif name in frames:
                sources[name] = TableSource(frames[name])
        return sources


def _found(path: str, base: Path | None) -> str:
    """Read a path from the current folder; where nothing lies there, from the configuration's folder."""
    if base is not None and not Path(path).exists() and (base / path).exists():
        return str(base / path)
    return path


def load_config(path: str | Path, overrides: Sequence[str] = ()) -> Config:
    """Read a YAML file and apply ``key=value`` overrides (dotted keys, YAML values).

    Raises
    ------
    ConfigError
        The file, a key or a value is wrong: names the key, its line, and the nearest known key.
    """
    path = Path(path)
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError:
        raise ConfigError(f"{path}: no such configuration file.") from None
    settings, lines = _parse(text, str(path))
    for override in overrides:
        _set(settings, override)
    return make_config(settings, where=str(path), lines=lines)


def make_config(settings: dict[str, Any], *, where: str = "config", lines: dict[str, int] | None = None) -> Config:
    """Turn plain settings into a ``Config``.

    Raises
    ------
    ConfigError
        A key is unknown or missing, or a value is of the wrong kind.
    """
    try:
        return Config.model_validate(settings)
    except ValidationError as error:
        problems = [_explain(e["loc"], e["type"], e["msg"], lines or {}) for e in error.errors()]
        raise ConfigError("\n".join(f"{where}{problem}" for problem in dict.fromkeys(problems))) from None


def _parse(text: str, where: str) -> tuple[dict[str, Any], dict[str, int]]:
    try:
        settings = yaml.load(text, Loader=_Loader)  # noqa: S506  # it is a SafeLoader
        root = yaml.compose(text, Loader=_Loader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise ConfigError(
            f"{where}{line}: not valid YAML. Values that start with %, @, * or hold ': ' need quotes around them."
        ) from None
    if not isinstance(settings, dict):
        raise ConfigError(f"{where}: a configuration is keys and values; see configs/cdnow.yaml.")
    return settings, dict(_lines(root, ""))


def _lines(node: yaml.Node | None, prefix: str) -> Iterable[tuple[str, int]]:
    if isinstance(node, yaml.MappingNode):
        for key, value in node.value:
            name = f"{prefix}{key.value}"
            yield name, key.start_mark.line + 1
            yield from _lines(value, f"{name}.")


def _set(settings: dict[str, Any], override: str) -> None:
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
    try:
        place[last] = yaml.load(value, Loader=_Loader)  # noqa: S506
    except yaml.YAMLError:
        place[last] = value


def _explain(location: tuple[int | str, ...], kind: str, message: str, lines: dict[str, int]) -> str:
    # Union branches add their own names to the location; keys of ours are plain words.
    parts = [str(p) for p in location if isinstance(p, str) and re.fullmatch(r"[a-z_]+", p)]
    parts = [p for p in parts if p not in ("str", "list", "date", "literal", "constrained")]
    key = ".".join(str(p) for p in location if isinstance(p, str)) if kind in _UNKNOWN else ".".join(parts)
    line = f", line {lines[key]}" if key in lines else ""
    if kind in _UNKNOWN:
        parent, _, last = key.rpartition(".")
        return f"{line}: {key} is not a key.{nearest(last, _keys_of(parent))}"
    if kind in ("missing", "missing_argument"):
        return f": {key} is missing."
    if kind == "incomplete":
        return f": {message}"
    return f"{line}: {key}: {message[0].lower()}{message[1:]}."


_UNKNOWN = ("extra_forbidden", "unexpected_keyword_argument")


def _keys_of(path: str) -> list[str]:
    """Return the known keys of a section, such as ``purchases.columns``."""
    schema = Config.model_json_schema()
    section: dict[str, Any] = schema
    for part in filter(None, path.split(".")):
        section = section.get("properties", {}).get(part, {})
        options = [section, *section.get("anyOf", [])]
        references = [o["$ref"].rpartition("/")[2] for o in options if "$ref" in o]
        section = schema["$defs"][references[0]] if references else section
    return list(section.get("properties", {}))
