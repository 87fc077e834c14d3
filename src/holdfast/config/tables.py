"""The part of a configuration that says which tables stand beside the purchases, and how they are written."""

from typing import Any, Literal

from pydantic import field_validator

from holdfast.columns import REQUIRED, TABLES
from holdfast.config.section import Section, key
from holdfast.config.written import WrittenKeys
from holdfast.data.values.words import lowered

_ATTRIBUTES = [c.name for c in TABLES["customers"] if c.name.startswith("attribute_")]
_MAPPED = "which column of the file holds what; a key not given: the file has no such column"


def _column(table: str, name: str) -> Any:
    """Return the key of one column; what every line needs is looked for under our name."""
    meaning = next(c.meaning for c in TABLES[table] if c.name == name)
    return key(name if name in REQUIRED[table] else None, meaning)


class VisitsColumns(Section):
    """Columns of the table ``visits``."""

    customer_id: str = _column("visits", "customer_id")
    visited_at: str = _column("visits", "visited_at")
    pages: str | None = _column("visits", "pages")
    channel: str | None = _column("visits", "channel")


class TicketsColumns(Section):
    """Columns of the table ``tickets``."""

    customer_id: str = _column("tickets", "customer_id")
    opened_at: str = _column("tickets", "opened_at")
    closed_at: str | None = _column("tickets", "closed_at")
    topic: str | None = _column("tickets", "topic")
    comment: str | None = _column("tickets", "comment")


class ContactsColumns(Section):
    """Columns of the table ``contacts``."""

    customer_id: str = _column("contacts", "customer_id")
    campaign: str | None = _column("contacts", "campaign")
    sent_at: str = _column("contacts", "sent_at")
    opened_at: str | None = _column("contacts", "opened_at")
    converted_at: str | None = _column("contacts", "converted_at")
    cost: str | None = _column("contacts", "cost")
    arm: str | None = _column("contacts", "arm")


class SurveysColumns(Section):
    """Columns of the table ``surveys``."""

    customer_id: str = _column("surveys", "customer_id")
    asked_at: str = _column("surveys", "asked_at")
    answered_at: str | None = _column("surveys", "answered_at")
    item: str | None = _column("surveys", "item")
    dimension: str | None = _column("surveys", "dimension")
    score: str | None = _column("surveys", "score")
    importance: str | None = _column("surveys", "importance")
    comment: str | None = _column("surveys", "comment")


class CustomersColumns(Section):
    """Columns of the table ``customers``."""

    customer_id: str = _column("customers", "customer_id")
    known_at: str | None = _column("customers", "known_at")
    acquired_at: str | None = _column("customers", "acquired_at")
    channel: str | None = _column("customers", "channel")
    acquisition_cost: str | None = _column("customers", "acquisition_cost")
    consent: str | None = _column("customers", "consent")
    objection: str | None = _column("customers", "objection")
    profiling_objection: str | None = _column("customers", "profiling_objection")
    attributes: list[str] = key(
        [],
        f"columns with any number or flag, at most {len(_ATTRIBUTES)}: the features `attribute_1`, …",
        max_length=len(_ATTRIBUTES),
    )


class Table(WrittenKeys):
    """Where a table beside the purchases lies and how it is written (``holdfast.data.TableSource``)."""

    path: str | list[str] | None = key(None, "as `purchases.path`")
    missing_customer: Literal["reject", "drop"] = key("reject", "lines without a customer: `reject` or `drop`")
    duplicates: Literal["keep", "drop"] = key(
        "keep", "lines that equal an earlier one in every column of the file: `keep` or `drop`"
    )

    def options(self) -> dict[str, Any]:
        """Return how the file is written, as ``TableSource`` takes it."""
        return {**self.written(), "missing_customer": self.missing_customer, "duplicates": self.duplicates}

    def mapping(self) -> dict[str, str]:
        """Return ``{our name: the file's}`` of the mapped columns."""
        given: dict[str, Any] = self.model_dump()["columns"]
        attributes = dict(zip(_ATTRIBUTES, given.pop("attributes", []), strict=False))
        return {**{ours: theirs for ours, theirs in given.items() if theirs is not None}, **attributes}


class Visits(Table):
    """The table ``visits``."""

    columns: VisitsColumns = key(VisitsColumns(), _MAPPED)


class Tickets(Table):
    """The table ``tickets``."""

    columns: TicketsColumns = key(TicketsColumns(), _MAPPED)


class Contacts(Table):
    """The table ``contacts``."""

    columns: ContactsColumns = key(ContactsColumns(), _MAPPED)


class Surveys(Table):
    """The table ``surveys``."""

    columns: SurveysColumns = key(SurveysColumns(), _MAPPED)
    scales: dict[str, tuple[float, float]] = key(
        {}, "lowest and highest answer by item, such as `{csat: [1, 5]}`; a score off its scale is rejected"
    )

    @field_validator("scales")
    @classmethod
    def _rising(cls, scales: dict[str, tuple[float, float]]) -> dict[str, tuple[float, float]]:
        if any(low >= high for low, high in scales.values()):
            raise ValueError("give the lowest answer first, then the highest")
        return {lowered(item.strip()): scale for item, scale in scales.items()}


class Customers(Table):
    """The table ``customers``."""

    columns: CustomersColumns = key(CustomersColumns(), _MAPPED)


class IdMapColumns(Section):
    """Columns of the table ``id_map``."""

    old_id: str = key("old_id", "the id that was given up")
    new_id: str = key("new_id", "the id that took its place; it may be given up on another line")


class IdMapTable(WrittenKeys):
    """The table ``id_map``: accounts that were merged."""

    path: str | list[str] | None = key(None, "as `purchases.path`")
    columns: IdMapColumns = key(IdMapColumns(), _MAPPED)


class Tables(Section):
    """Tables beside the purchases; all optional."""

    id_map: IdMapTable | None = key(
        None,
        "accounts that were merged: ids that were given up, read in every table as the id that remains; "
        "columns `old_id` and `new_id`",
    )
    visits: Visits | None = key(None, "visits of a shop, page or app")
    tickets: Tickets | None = key(None, "questions and complaints")
    contacts: Contacts | None = key(None, "contacts of campaigns")
    surveys: Surveys | None = key(None, "what customers answered")
    customers: Customers | None = key(None, "what is on file about customers")

    @classmethod
    def described(cls) -> tuple[str, ...]:
        """Return the names of the tables that say something about customers."""
        return tuple(name for name in cls.model_fields if name != "id_map")
