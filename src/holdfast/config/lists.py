"""The part of a configuration that turns scores into lists: how long, with what offers, whom never, when again."""

import os
from datetime import date
from pathlib import Path
from typing import Any, Literal

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from holdfast.columns import ALL_LISTS
from holdfast.config.section import Section, key
from holdfast.lists.spreadsheet import PLAIN, CsvStyle, style_of
from holdfast.lists.suppression import SuppressionRules
from holdfast.lists.treatments import Treatment


class Lists(Section):
    """How long the lists are, and how much of them is held back."""

    most: int = key(
        1000,
        "most customers on a list; the list of high values holds all of its share",
        ge=1,
        le=10**9,
    )
    high_value_share: float = key(0.1, "share of all customers (0.1 is the top tenth)", gt=0, le=1)
    control_share: float = key(
        0.1, "share of those worth contacting who are held back to measure the effect", ge=0, lt=1
    )
    explore: float = key(
        0.0,
        "share of those to contact (and of budget and capacity) drawn at random among those of whom no treatment is "
        "expected to pay for itself, so that it can be learnt whether that is so; 0: nobody is",
        ge=0,
        le=0.5,
    )
    experiment: str | None = key(
        None,
        "name that decides who is held back: same name, same customers; not given: the scenario and the list",
        min_length=1,
    )
    policy: str | None = key(
        None, "a policy of `holdfast uplift --register` whose effects take the place of p·γ", min_length=1
    )
    valid_days: int = key(14, "days after the as-of date within which to contact", ge=1, le=3650)
    show: tuple[str, ...] = key(
        (),
        "columns that every list shows of its customers, by their names in the file of `tables.customers` (or of the "
        "subscriptions, which then do not learn from them), such as `[email, first_name, phone]`: texts as they stand "
        "there, never a feature",
    )
    excel: bool = key(
        False, "whether the CSV files of lists are for Excel: a byte order mark, and the marks of `lists.locale`"
    )
    locale: str | None = key(
        None, "the reader's language and country, such as `de_DE`; not given: the machine's (LC_ALL, LC_NUMERIC, LANG)"
    )
    delimiter: Literal[",", ";", "|", "\t"] | None = key(
        None, "between cells in these files; not given: the locale's, or `;` where the decimal mark is `,`"
    )
    decimal: Literal[".", ","] | None = key(
        None, "decimal mark in these files; not given: the locale's, or `.` without `lists.excel`"
    )

    @field_validator("show")
    @classmethod
    def _each_once(cls, show: tuple[str, ...]) -> tuple[str, ...]:
        if len(set(show)) < len(show) or "" in show:
            raise ValueError("name each column once")
        return show

    @model_validator(mode="after")
    def _agreeing(self) -> "Lists":
        self.csv_style()
        return self

    def csv_style(self) -> CsvStyle:
        """Return how the CSV files of lists are written."""
        if self.locale is not None and not self.excel:
            raise _contradiction("locale is for lists.excel: true; without it, say lists.delimiter and lists.decimal")
        named = self.locale or _machine()
        given = style_of(named) if self.excel else PLAIN
        if given is None and self.decimal is None:
            raise _contradiction(f'the locale "{named}" is not known; say lists.decimal and lists.delimiter')
        given = given or CsvStyle(mark=True)
        decimal = self.decimal or given.decimal
        usual = given.delimiter if decimal == given.decimal else {",": ";", ".": ","}[decimal]
        delimiter = self.delimiter or usual
        if delimiter == decimal:
            raise _contradiction(f'delimiter and decimal are both "{decimal}": name another delimiter, such as ";"')
        return CsvStyle(delimiter, decimal, given.mark)


class TreatmentKeys(Section):
    """A contact with an offer (``holdfast.lists.Treatment``)."""

    name: str = Field(description="shown in lists", min_length=1)
    contact_cost: float = key(0.0, "paid for every customer contacted, currency", ge=0, le=1e15)
    offer_cost: float = key(0.0, "paid where the offer is used, currency", ge=0, le=1e15)
    acceptance: float | None = key(
        None,
        "probability that a customer who would leave accepts and stays: from a test with a control group; until there "
        "is one, an assumption; required unless the effect is learned",
        ge=0,
        le=1,
    )
    effect: Literal["assumed", "measured", "learned"] = key(
        "assumed",
        "`assumed`: p·γ, γ being `acceptance`; `measured`: p·γ, γ being `acceptance` after the control groups of all "
        "earlier lists whose window is over; `learned`: what the policy of `lists.policy` has learnt of the arm of "
        "this name",
    )
    lists: tuple[str, ...] = key((), "lists it may be offered on; not given: all")
    risk_from: float = key(0.0, "lowest P(churn) it suits", ge=0, le=1)
    risk_to: float = key(1.0, "highest P(churn) it suits", ge=0, le=1)
    value_from: float = key(0.0, "lowest E[value | stays] it suits, currency")
    value_to: float | None = key(None, "highest E[value | stays] it suits, currency")
    reasons: tuple[str, ...] = key(
        (), "words one of which a reason must contain, in the scenario's `language`; not given: any reason"
    )
    most: int | None = key(None, "most customers who get it", ge=0, le=10**9)

    @model_validator(mode="after")
    def _known(self) -> "TreatmentKeys":
        if self.acceptance is None and self.effect != "learned":
            raise _contradiction("acceptance is missing: state it, or say effect: learned")
        return self

    def treatment(self) -> Treatment:
        """Return it as the decision takes it."""
        given: dict[str, Any] = self.model_dump(exclude={"effect"})
        high = float("inf") if self.value_to is None else self.value_to
        return Treatment(**{**given, "acceptance": self.acceptance or 0.0, "value_to": high})


class Suppress(Section):
    """Who is kept off lists to contact (objections always are)."""

    contacted_within_days: int = key(
        14,
        "days for which customers who were contacted, or were on an earlier list, are kept off; 0 switches this off",
        ge=0,
        le=36_500,
    )
    open_tickets: bool = key(True, "whether an open ticket keeps a customer off")
    bought_since: bool = key(True, "whether a purchase since the scores were made keeps a customer off")

    @property
    def reads(self) -> tuple[str, ...]:
        """Tables whose customers are kept off lists: one that matches nobody would keep off nobody."""
        asked = (("contacts", self.contacted_within_days > 0), ("tickets", self.open_tickets))
        return ("customers", *(name for name, wanted in asked if wanted))

    def rules(self) -> SuppressionRules:
        """Return them as the decision takes them."""
        return SuppressionRules(**self.model_dump())


class Holdout(Section):
    """Customers who are kept off every list for ever, to measure what all lists together change."""

    share: float = key(
        0.0,
        "share of all customers kept off every list, such as 0.05; 0: nobody is; a larger share keeps who was",
        ge=0,
        le=0.2,
    )
    name: str | None = key(
        None, "name that decides who they are: never change it; not given: the scenario's name", min_length=1
    )
    since: date | None = key(None, "first day of the programme; not given: that of the first list")


class Privacy(Section):
    """How customers' data are protected (``holdfast forget``; tables of groups)."""

    key_file: Path | None = key(
        None,
        "file with the key of tombstones and pseudonyms; not given: HOLDFAST_PRIVACY_KEY of the environment, else "
        "`outputs/<name>/privacy/key`, made when it is first needed",
    )
    keep_days: int | None = key(
        None,
        "`holdfast forget --expired` erases customers whose last purchase, or end of contract, lies longer ago",
        ge=1,
        le=36_500,
    )
    minimum_cell: int = key(
        0,
        "figures of groups of fewer customers are left blank in the tables of `holdfast segments` and `value`, in "
        "contracts' `retention.csv` and in the report; 0: all are shown",
        ge=0,
        le=1_000_000,
    )


class Cadence(Section):
    """After how many days what is due (``holdfast status``)."""

    score_days: int = key(7, "scores", ge=1, le=36_500)
    train_days: int = key(31, "training", ge=1, le=36_500)
    review_days: int = key(92, "the review of segments, value and treatments", ge=1, le=36_500)


def _contradiction(problem: str) -> PydanticCustomError:
    return PydanticCustomError("contradiction", "{problem}", {"problem": problem})


def _machine() -> str:
    """Return the locale that the machine's numbers are written in; plain C writes them as English does."""
    stated = next((os.environ[name] for name in ("LC_ALL", "LC_NUMERIC", "LANG") if os.environ.get(name)), "C")
    return "en" if stated.partition(".")[0] in ("C", "POSIX") else stated


def unknown_lists(treatments: tuple[TreatmentKeys, ...]) -> str:
    """Return the first list named by a treatment that there is none of, or nothing."""
    return next((name for t in treatments for name in t.lists if name not in ALL_LISTS), "")
