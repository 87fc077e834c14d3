"""View: which rows of a table, in which order, which page of them; it is the address, and the address is it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from math import isfinite
from urllib.parse import urlencode

from holdfast.columns import headed
from holdfast.data.engine import quote
from holdfast.language import N_
from holdfast.language import gettext as _
from holdfast.web.refused import PageError

ROWS = (25, 50, 100, 200)
_PER_PAGE = 50
_LONGEST = 200
_MOST = 10**9
_WORDS = {
    "min": N_("{column} at least {value}"),
    "max": N_("{column} at most {value}"),
    "is": N_("{column} is {value}"),
}
_KINDS = {
    "day": N_("A filter has a value it cannot take; a date is written YYYY-MM-DD."),
    "number": N_("A filter has a value it cannot take; it takes numbers."),
    "whole": N_("A filter has a value it cannot take; it takes whole numbers."),
}
_CHOOSE = N_("A filter has a value it cannot take; choose one.")
_SIGNS = {"min": ">=", "max": "<=", "is": "="}
_COUNTS = ("whole", "number", "day")


@dataclass(frozen=True)
class Field:
    """A column of a table: its name, and how it is filtered.

    Attributes
    ----------
    kind
        ``whole``, ``number``, ``flag``, ``day``, ``choice`` (text of few values) or ``text``.
    as_text
        Whether days are kept as ISO texts.
    choices
        The values of a choice.
    label, meaning
        For people.
    """

    name: str
    kind: str
    as_text: bool = False
    choices: tuple[str, ...] = ()
    label: str = ""
    meaning: str = ""

    @property
    def in_per_cent(self) -> bool:
        """Whether a page shows it in per cent: a filter takes it from 0 to 1, as files have it."""
        return self.kind == "number" and (self.name.startswith("p_") or "share" in self.name)

    def value(self, text: str) -> float | int | bool | date | str:
        """Return what a filter compares with.

        Raises
        ------
        ValueError
            It is no value of this column.
        """
        if self.kind == "number":
            number = float(text)
            if not isfinite(number):
                raise ValueError
            return number
        if self.kind == "whole":
            return _whole(text)
        if self.kind == "flag":
            return {"yes": True, "no": False}[text]
        if self.kind == "day":
            day = date.fromisoformat(text)
            return day.isoformat() if self.as_text else day
        if text not in self.choices:
            raise ValueError
        return text


def _whole(text: str) -> int:
    found = int(text)
    if abs(found) > 2**53:
        raise ValueError
    return found


@dataclass(frozen=True)
class Condition:
    """One filter: column, how (``min``, ``max``, ``is``), and the value as it stands in the address."""

    field: Field
    how: str
    text: str

    @property
    def key(self) -> str:
        """The parameter of the address."""
        return f"{self.how}.{self.field.name}"

    @property
    def said(self) -> str:
        """The filter in words."""
        return _(_WORDS[self.how], column=headed(self.field.name), value=self.text)


@dataclass(frozen=True)
class View:
    """Which rows, in which order, which page.

    Attributes
    ----------
    search
        How the customer's id begins.
    conditions
        Filters; all must hold. A row whose cell is blank is not among those of a filter.
    sort, descending
        Column to sort by, blanks last; the table's own order where empty.
    page, rows
        From 1; rows per page.
    """

    search: str = ""
    conditions: tuple[Condition, ...] = ()
    sort: str = ""
    descending: bool = False
    page: int = 1
    rows: int = _PER_PAGE

    @classmethod
    def parse(cls, given: Sequence[tuple[str, str]], fields: Mapping[str, Field]) -> "View":
        """Read an address.

        Raises
        ------
        PageError
            There is no such parameter or column, it stands there twice, or its value is none of the column's.
        """
        names = [name for name, _ in given]
        if len(set(names)) < len(names):
            raise PageError(400, _("A parameter of this address stands there twice."))
        filled = {name: text.strip() for name, text in given if text.strip()}
        if any(len(text) > _LONGEST for text in filled.values()):
            raise PageError(400, _("A parameter of this address is too long."))
        sort = filled.pop("sort", "")
        view = cls(
            search=filled.pop("q", ""),
            sort=sort.removeprefix("-"),
            descending=sort.startswith("-"),
            page=_count(filled.pop("page", "1"), _("The page in this address is no number.")),
            rows=_count(filled.pop("rows", str(_PER_PAGE)), _("The number of rows in this address is no number.")),
        )
        if view.sort and view.sort not in fields:
            raise PageError(400, _("This address sorts by a column that the table does not have."))
        if view.rows not in ROWS:
            raise PageError(
                400, _("A page has {some} or {most} rows.", some=", ".join(map(str, ROWS[:-1])), most=ROWS[-1])
            )
        if view.search and "customer_id" not in fields:
            raise PageError(400, _("This table has no customers to search for."))
        return replace(view, conditions=tuple(_condition(name, text, fields) for name, text in filled.items()))

    def params(self, **changes: str) -> str:
        """Return the address's query, shortest form; ``changes`` replace parameters, an empty one leaves it out."""
        given = {"q": self.search, **{one.key: one.text for one in self.conditions}}
        given["sort"] = f"{'-' if self.descending else ''}{self.sort}" if self.sort else ""
        given["rows"] = "" if self.rows == _PER_PAGE else str(self.rows)
        given["page"] = "" if self.page == 1 else str(self.page)
        given |= changes
        query = urlencode({name: text for name, text in given.items() if text})
        return f"?{query}" if query else ""

    def sorted_by(self, name: str) -> str:
        """Return the query that sorts by a column, falling first, and turns the order where it sorts by it already."""
        turned = self.sort == name and self.descending
        return self.params(sort=name if turned else f"-{name}", page="")

    def where(self) -> tuple[str, list[object]]:
        """Return the filters as SQL with its bound values; empty where there are none."""
        parts: list[str] = []
        values: list[object] = []
        if self.search:
            parts.append("starts_with(customer_id, ?)")
            values.append(self.search)
        for one in self.conditions:
            parts.append(f"{quote(one.field.name)} {_SIGNS[one.how]} ?")
            values.append(one.field.value(one.text))
        return (f"WHERE {' AND '.join(parts)}" if parts else ""), values

    def order(self) -> str:
        """Return the order as SQL: by the column, then by the table's own order, which needs no words."""
        way = "DESC" if self.descending else "ASC"
        return f"ORDER BY {quote(self.sort)} {way} NULLS LAST, file_row_number" if self.sort else ""

    def said(self) -> str:
        """Return the view in words."""
        begins = _("{column} begins with {value}", column=headed("customer_id"), value=self.search)
        parts = [begins] if self.search else []
        parts += [one.said for one in self.conditions]
        sorts = N_("sorted by {column}, falling") if self.descending else N_("sorted by {column}")
        order = _(sorts, column=headed(self.sort)) if self.sort else _("in its own order")
        return "; ".join([*(parts or [_("all rows")]), order])


def _count(text: str, said: str) -> int:
    if not text.isascii() or not text.isdigit() or not 1 <= int(text[:12]) <= _MOST:
        raise PageError(400, said)
    return int(text)


def _condition(name: str, text: str, fields: Mapping[str, Field]) -> Condition:
    how, __, column = name.partition(".")
    field = fields.get(column)
    allowed = field is not None and (how == "is" if field.kind in ("flag", "choice") else how in ("min", "max"))
    if field is None or not allowed or field.kind == "text":
        raise PageError(400, _("This address has a parameter that the table does not know."))
    try:
        field.value(text)
    except (ValueError, KeyError, OverflowError):
        raise PageError(400, _(_KINDS.get(field.kind, _CHOOSE))) from None
    return Condition(field, how, text)
