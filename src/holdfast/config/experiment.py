"""YAML → the settings of an experiment; the same words as the options of `holdfast experiment measure` and `uplift`."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import Field, ValidationError

# The one reader of YAML and the one rule for relative paths.
from holdfast.config.reading import found, read_settings
from holdfast.config.section import Section
from holdfast.config.section import key as _key
from holdfast.config.written import WrittenKeys
from holdfast.errors import ConfigError, nearest

if TYPE_CHECKING:
    import pandas as pd

# What the column of ids is called if nobody says.
USUAL_ID = "customer_id"
# What may be ids of customers, too: that they repeat is said, as nobody said that they are.
LIKELY_IDS = tuple(
    written
    for name in ("customer", "user", "client", "visitor", "member", "subscriber")
    for written in (
        f"{name}_id",
        f"{name}id",
        f"{name} id",
        f"{name.title()}ID",
        f"{name.title()} ID",
        f"{name}_ID".upper(),
    )
    if written != USUAL_ID
)


class UpliftKeys(Section):
    """What only `holdfast uplift` reads."""

    treatment: str | None = _key(None, "the arm to look at; may be left out where there is one beside control")
    outcome: str | None = _key(None, "one column; not given: the first of `outcomes`")
    cost_per_treated: float = _key(
        0.0, "what treating one customer costs, in units of the outcome; with `margin`, in currency", ge=0
    )


class OfferKeys(Section):
    """What an arm costs."""

    contact_cost: float = _key(0.0, "paid for every customer contacted, currency", ge=0, le=1e15)
    offer_cost: float = _key(
        0.0, "paid for every outcome of a customer contacted (rates only), currency", ge=0, le=1e15
    )


class PolicyKeys(Section):
    """What only `holdfast uplift --register` reads."""

    outcome: str | None = _key(None, "one column; not given: that of `uplift`")
    value: float | None = _key(
        None,
        "currency per unit of outcome: margin of a purchase; not given: `margin` of an outcome of money, else 1",
        gt=0,
        le=1e15,
    )
    offers: dict[str, OfferKeys] = _key({}, "costs by arm; not given: `uplift.cost_per_treated` per contact")
    present: str | None = _key(None, "column with the arm that the present rule gives; control for nothing")
    share: float | None = _key(None, "most of the customers that can be contacted", gt=0, le=1)
    winsorise: float = _key(
        0.99, "amounts are cut at this percentile of those above 0 (and below); 1: none", gt=0.5, le=1
    )
    propensities: dict[str, str] | None = _key(
        None, "columns with the recorded probability of each arm, control too; not given: the arms' shares"
    )


class Experiment(WrittenKeys):
    """A file of customers, the arms they were assigned to, and what they did."""

    data: str | list[str] = Field(description="as `purchases.path` of a scenario; from here, or from the YAML's folder")
    arm: str = Field(description="column of the arms")
    control: str = Field(description="the arm that got nothing")
    outcomes: list[str] = Field(
        description="columns of numbers (0 and 1 only: a rate, else a mean), or `column=value`: 1 where it is that",
        min_length=1,
    )
    covariates: list[str] = _key([], "columns known before the assignment: numbers, or at most 50 texts each")
    trusted: list[str] = _key(
        [], "covariates that all but determine an outcome and were known before the assignment all the same"
    )
    after: list[str] = _key([], "columns written after the assignment: refused as covariates")
    segment: str | None = _key(None, "column by whose values effects are shown too")
    strata: list[str] = _key(
        [], "columns by which the shares of the arms were set; not given: everybody had the same chances"
    )
    cluster: str | None = _key(
        None,
        "column whose rows belong together: the store that was dealt to an arm as a whole, the customer who stands in "
        "several rows; not given: every row was dealt by itself",
    )
    customer: str | None = _key(
        None, "column of ids, in which nobody may stand twice; not given: `customer_id` where the file has it"
    )
    shares: dict[str, float] | None = _key(
        None, "planned share of every arm; not given: the sample ratio is not checked"
    )
    margin: float | None = _key(None, "share of an outcome of money that is margin", gt=0, le=1)
    cost_per_treated: float | None = _key(None, "what treating one customer cost, in the outcome's currency", ge=0)
    seed: int = _key(1, "seed of folds, trees and random arms", ge=0, le=2**31 - 1)
    uplift: UpliftKeys = _key(UpliftKeys(), "what only `holdfast uplift` reads")
    policy: PolicyKeys = _key(PolicyKeys(), "what only `holdfast uplift --register` reads")
    models: Path = _key(Path("models"), "folder of the model store, where policies are registered")

    def id_in(self, data: "pd.DataFrame") -> str | None:
        """Return the column of ids of a file that was read: as stated, or the usual one where it has that."""
        return self.customer or (USUAL_ID if USUAL_ID in data.columns else None)


_BELOW: dict[str, type[Section]] = {"uplift": UpliftKeys, "policy": PolicyKeys}


def load_experiment(path: Path | None, given: Mapping[str, Any]) -> Experiment:
    """Read the settings of an experiment from a YAML file, from options, or from both.

    Parameters
    ----------
    path
        The YAML file, or ``None``.
    given
        Options of the command line by key (``uplift.treatment`` for one below ``uplift``); they win over the file's.
        Those that are ``None`` or empty were not given.

    Raises
    ------
    ConfigError
        The file, a key or a value is wrong: names the key and its line.
    """
    settings: dict[str, Any] = {}
    lines: dict[str, int] = {}
    where = "options"
    if path is not None:
        settings, lines = read_settings(path)
        where = str(path)
        given_there = settings.get("data")
        if isinstance(given_there, str):
            settings["data"] = found(given_there, path.parent)
        elif isinstance(given_there, list):
            settings["data"] = [found(str(name), path.parent) for name in given_there]
    for name, value in given.items():
        if value is None or value == [] or value == {}:
            continue
        section, _, last = name.rpartition(".")
        inside = settings.setdefault(section, {}) if section else settings
        if isinstance(inside, dict):
            inside[last] = value
    try:
        return Experiment.model_validate(settings)
    except ValidationError as error:
        problems = [_explained(e["loc"], e["type"], e["msg"], where, lines) for e in error.errors()]
        raise ConfigError("\n".join(dict.fromkeys(problems))) from None


def _explained(location: tuple[int | str, ...], kind: str, message: str, where: str, lines: dict[str, int]) -> str:
    # Below shares and in lists the location goes on with the user's own words.
    names = [str(part) for part in location if isinstance(part, str)]
    key = ".".join(names[:2] if names[0] in _BELOW else names[:1])
    line = f", line {lines[key]}" if key in lines else ""
    if kind == "missing":
        option = {"outcomes": "outcome"}.get(key, key)
        return f"{where}: {key} is missing (--{option}, or the key in the YAML file given by -c)."
    if kind == "extra_forbidden":
        known = _BELOW.get(key.partition(".")[0], Experiment).model_fields
        return f"{where}{line}: {key} is not a key.{nearest(key.rpartition('.')[2], list(known))}"
    return f"{where}{line}: {key}: {message[0].lower()}{message[1:]}."


def shares_of(text: str | None) -> dict[str, float] | None:
    """Read ``control=10,offer=90``.

    Raises
    ------
    ConfigError
        It is not written so.
    """
    if text is None:
        return None
    shares: dict[str, float] = {}
    for part in text.split(","):
        arm, _, share = part.rpartition("=")
        if not arm.strip() or not re.fullmatch(r"\d+(\.\d*)?|\.\d+", share.strip()):
            raise ConfigError('--shares: write ARM=SHARE,ARM=SHARE, for example "control=10,offer=90".')
        if arm.strip() in shares:
            raise ConfigError(f'--shares: "{arm.strip()}" stands there twice.')
        shares[arm.strip()] = float(share)
    return shares


def columns_of(given: list[str] | None) -> list[str]:
    """Read ``a,b`` from an option that may be repeated."""
    return [name.strip() for text in given or [] for name in text.split(",") if name.strip()]
