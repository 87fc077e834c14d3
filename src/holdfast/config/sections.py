"""The sections of a scenario that say what the purchases are and what is asked of them."""

import re
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from holdfast.config.section import Section, key, rules_with_texts
from holdfast.config.shut import read_shut
from holdfast.config.written import WrittenKeys
from holdfast.data import FORMATS, Columns, Engine, Rules, with_format
from holdfast.data.formats import optional_columns
from holdfast.errors import nearest
from holdfast.learn.trees import DEFAULTS, LEAST_LEAF, MOST_LEAF


class LookupKeys(Section):
    """A file whose columns stand beside the lines (``holdfast.data.Lookup``)."""

    path: str | list[str] = Field(description="as `purchases.path`")
    by: str = Field(description="column of the lines whose value is looked up", min_length=1)
    key: str | None = key(None, "column of this file in which it stands, once; not given: called as `by`")


class Purchases(WrittenKeys):
    """Where the purchase log lies and how it is written (``holdfast.data.Source`` says more)."""

    path: str | list[str] | None = key(
        None,
        "a text, Parquet or Excel file, packed or not, a glob, a folder, or a list of these; or `package:NAME/FILE`; "
        "from here, or from the YAML's folder",
    )
    format: str | None = key(
        None, f"an export whose layout is known: {', '.join(f'`{name}`' for name in FORMATS)}; a key that you give wins"
    )
    columns: Columns = key(
        Columns(), "which column of the file holds what; a key not given: the file has no such column"
    )
    currency: str | None = key(None, "carried into reports; amounts are not converted")
    amount_of: Literal["line", "order"] = key(
        "line", "`order`: the amount is of the whole order, on its first line or on all, and counts once"
    )
    discount_as: Literal["positive", "negative", "percent", "share"] | None = key(
        None,
        "how discounts are stated; not given: as money, all above 0 or all below 0; `positive`, `negative`: as money, "
        "the other sign is added; `percent`: 10 is 10 %; `share`: 0.1 is 10 %",
    )
    money_in: Literal["units", "cents", "micros"] = key(
        "units",
        "`cents`: money is in hundredths of its currency, as in the interfaces of payment services: 1999 is 19.99; "
        "`micros`: in millionths, as Google Play, Firebase and Google Ads write it: 4990000 is 4.99",
    )
    purchases_are: Literal["positive", "negative"] = key(
        "positive",
        "`negative`: what was bought stands below 0, as in the payments of a customer's account; above 0 is a return",
    )
    lookups: tuple[LookupKeys, ...] = key(
        (),
        "files that add columns to every line, such as the orders of lines, or the customers of orders: `path`, `by` "
        "(the lines' column) and, if it is called otherwise there, `key`; written as the lines are",
    )
    rules: Rules = key(Rules(), "which lines are dropped on purpose; each rule is counted by name")

    @model_validator(mode="before")
    @classmethod
    def _with_format(cls, given: Any) -> Any:
        name = given.get("format") if isinstance(given, dict) else None
        if not isinstance(name, str):
            return given
        if name not in FORMATS:
            said = f"there is no format {name[:40]!r}.{nearest(name, list(FORMATS))} Known are {', '.join(FORMATS)}"
            raise PydanticCustomError("format", "{said}", {"said": said})
        return with_format(name, given)

    _texts = field_validator("rules", mode="before")(rules_with_texts)

    def options(self) -> dict[str, Any]:
        """Return how the log is written and what counts, as ``Source`` takes it."""
        optional = optional_columns(self.format, self.columns.mapped()) if self.format else ()
        keys = {
            name: getattr(self, name) for name in ("rules", "amount_of", "discount_as", "money_in", "purchases_are")
        }
        return {**self.written(), **keys, "optional": optional}


class Churn(Section):
    """What churn means here."""

    horizon_days: int = key(
        90, "days from `as_of` on within which a customer without a purchase counts as churned", ge=1, le=3650
    )
    gap_days: int = key(0, "days between `as_of` and the first day that counts: the team's lead time", ge=0, le=365)
    active_days: int | None = key(
        None,
        "most days since the last purchase of a customer who counts as active (`eligible`); not given: two horizons",
        ge=1,
        le=36_500,
    )
    shut: tuple[tuple[date, date], ...] | None = key(
        None,
        "when the shop was shut once, or will be, such as `[{from: 2020-03-16, until: 2020-06-14}]`, `until` the last "
        "day shut: that time counts as nobody's silence, and nothing is learnt from windows in it; not given: what the "
        "log shows; `[]`: never",
    )

    @field_validator("shut", mode="before")
    @classmethod
    def _closures(cls, shut: Any) -> Any:
        return read_shut(shut)


class Clv(Section):
    """What value means here."""

    horizon_days: int = key(365, "days ahead whose purchases CLV counts", ge=1, le=3650)
    yearly_discount: float = key(0.1, "rate a year at which later money counts less (0.1 is 10 %)", ge=0, le=1)
    engine: Literal["native", "lifetimes"] = key(
        "native", "what fits BG/NBD and Gamma-Gamma: our own optimiser, or the archived package `lifetimes`"
    )
    margin: float = key(1.0, "share of spend that is margin; with 1, CLV is revenue", gt=0, le=1)

    @field_validator("yearly_discount", mode="before")
    @classmethod
    def _a_share(cls, rate: Any) -> Any:
        if isinstance(rate, int | float) and rate > 1:
            said = "it is a share: 0.1 is 10 % a year, and more than 1 (100 %) is no sensible rate"
            raise PydanticCustomError("share", "{said}", {"said": said})
        return rate


class Database(Section):
    """Where scores and lists are written to beside the files."""

    path: str | None = key(
        None,
        "a database that gets scores and lists too, as tables `scores`, `list_at_risk`, …: "
        "`postgresql://HOST/DATABASE`, a file `….duckdb`, an SQLite file, or `spark`: Delta tables of the engine; rows "
        "of the same scenario and day are replaced",
    )
    schema_name: str | None = key(
        None,
        "PostgreSQL and `spark`: the schema of these tables (of an engine `catalog.schema` too); not given: `public`, "
        "or the session's own",
    )


class EngineKeys(Section):
    """What reads purchases and computes features, and what it may take of the machine."""

    kind: Literal["duckdb", "spark"] = key(
        "duckdb", "`duckdb`: here, inside Holdfast; `spark`: where `remote` says, by Spark Connect"
    )
    remote: str | None = key(
        None,
        "with `spark`: `sc://HOST:PORT` of Spark, Databricks or Sail; not given: `SPARK_REMOTE` of the environment, "
        "where a token belongs",
    )
    folder: Path | None = key(
        None,
        "with `spark`: a folder that the engine and this machine see under the same path, for what is in use; not "
        "given: `spill_folder`",
    )
    memory_limit: str = key(
        "60%",
        'memory of queries, as a share of the machine\'s (`"60%"`) or an amount (`"8GB"`); more is kept on disk',
    )
    spill_folder: Path | None = key(
        None,
        "where what does not fit, and copies of packed files and of a server's rows, are kept while a command runs; "
        "not given: the folder for temporary files",
    )

    @field_validator("remote")
    @classmethod
    def _no_secret(cls, remote: str | None) -> str | None:
        if remote is not None and not remote.startswith("sc://"):
            raise PydanticCustomError("remote", "Write sc://HOST:PORT")
        if remote is not None and "token=" in remote:
            said = "A token in a file is read by whoever reads the file: set the whole address as SPARK_REMOTE instead"
            raise PydanticCustomError("remote", "{said}", {"said": said})
        return remote

    @model_validator(mode="after")
    def _of_one_kind(self) -> "EngineKeys":
        if self.kind != "spark" and (self.remote or self.folder):
            raise PydanticCustomError("kind", "remote and folder are of `kind: spark`")
        return self

    @field_validator("memory_limit")
    @classmethod
    def _an_amount(cls, limit: str) -> str:
        if not re.fullmatch(r"\d+(\.\d+)? ?(%|[KMGT]i?B)", limit) or not float(re.split(r"[ %KMGT]", limit)[0]):
            raise PydanticCustomError("amount", 'Write a share or an amount of memory, such as "60%" or "8GB"')
        if limit.endswith("%") and float(limit.rstrip(" %")) > 100:
            raise PydanticCustomError("amount", "There is no more than 100 % of the memory")
        return limit

    def engine(self) -> Engine:
        """Return what is stated, for the reader of purchases."""
        return Engine(memory_limit=self.memory_limit, spill_folder=self.spill_folder)


class Race(Section):
    """Which models compete, and over how many past windows."""

    origins: int = key(2, "past windows on which all contenders race before each training", ge=1, le=8)
    leave_out: tuple[str, ...] = key((), "contenders that take no part, such as `blend` or `lightgbm`")
    churn: str = key("auto", "the contender that scores churn; `auto`: the blend, unless another is clearly better")
    value: str = key(
        "auto", "the contender that forecasts purchases; `auto`: `offset`, unless another is clearly better"
    )


class Trees(Section):
    """Parameters of LightGBM inside the churn contenders; `holdfast tune` proposes them, nothing is tuned silently."""

    rounds: int | None = key(None, f"trees; {DEFAULTS['rounds']} unless stated", ge=1, le=5000)
    num_leaves: int | None = key(None, f"leaves of a tree; {DEFAULTS['num_leaves']}", ge=2, le=255)
    learning_rate: float | None = key(
        None, f"share of each tree that is added; {DEFAULTS['learning_rate']}", gt=0, le=1
    )
    lambda_l2: float | None = key(None, f"penalty on leaf values; {DEFAULTS['lambda_l2']:g}", ge=0, le=1e9)
    feature_fraction: float | None = key(
        None, f"share of the features a tree may use; {DEFAULTS['feature_fraction']}", gt=0, le=1
    )
    bagging_fraction: float | None = key(
        None, f"share of the rows a tree is grown on; {DEFAULTS['bagging_fraction']}", gt=0, le=1
    )
    min_data_in_leaf: int | None = key(
        None, f"fewest rows of a leaf; a hundredth of all, {LEAST_LEAF} to {MOST_LEAF}", ge=1, le=10**9
    )

    def stated(self) -> tuple[tuple[str, float], ...]:
        """Return what is stated, by name."""
        return tuple((name, value) for name, value in self if value is not None)
