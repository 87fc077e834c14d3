"""Forms: what a request must look like, as a schema for OpenAPI and as the check of what comes in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError, create_model
from pydantic import Field as Key

from holdfast.pipeline.online import Field

_LONGEST, _SHOWN = 1_000, 5
_FIRST, _LAST = date(1970, 1, 1), date(2199, 12, 31)
Text = Annotated[str, Key(max_length=_LONGEST)]
Number = Annotated[float, Key(allow_inf_nan=False)]
Cell = Text | int | Number | bool
_SAID = {
    "missing": "is missing",
    "string_type": "must be text (ids are text)",
    "too_long": "has too many rows",
    "too_short": "has no row",
    "string_too_long": f"is longer than {_LONGEST:,} characters",
    "finite_number": "is no finite number",
    "date_from_datetime_parsing": "must be a date, YYYY-MM-DD",
    "date_type": "must be a date, YYYY-MM-DD",
    "date_parsing": "must be a date, YYYY-MM-DD",
    "greater_than_equal": f"must lie from {_FIRST} to {_LAST}",
    "less_than_equal": f"must lie from {_FIRST} to {_LAST}",
}


@dataclass(frozen=True)
class Asked:
    """What a request asks: rows as a frame, the as-of date where the form has one, and whether reasons are wanted."""

    rows: pd.DataFrame
    as_of: date | None = None
    reasons: bool = True


class BadBodyError(Exception):
    """A body that is not what the schema says; the words name fields and rows, never what was sent."""


class Form:
    """One kind of request: ``rows`` with the fields of a scenario, and the as-of date where it is needed.

    Parameters
    ----------
    name
        Of the schema.
    fields
        Of a row.
    dated
        Whether ``as_of`` must be stated beside the rows.
    most_rows
        Most rows of a request.

    Examples
    --------
    >>> form = Form("Purchases", [Field("who", text=True, filled=True), Field("paid")], dated=True, most_rows=2)
    >>> asked = form.read(b'{"as_of": "2024-03-01", "rows": [{"who": "007", "paid": 9.5}]}')
    >>> asked.as_of.isoformat(), asked.rows.to_dict("records")
    ('2024-03-01', [{'who': '007', 'paid': 9.5}])
    >>> form.read(b'{"as_of": "2024-03-01", "rows": [{"who": 7, "paid": 9}]}')
    Traceback (most recent call last):
        ...
    holdfast.serve.forms.BadBodyError: rows[0].who must be text (ids are text).
    """

    def __init__(self, name: str, fields: Sequence[Field], *, dated: bool, most_rows: int) -> None:
        self._names = [field.name for field in fields]
        # Further columns of a table are no mistake; one that is missing is.
        strict = ConfigDict(extra="ignore", strict=True, allow_inf_nan=False)
        columns: dict[str, Any] = {f"f{i}": _typed(field) for i, field in enumerate(fields)}
        row: Any = create_model(f"{name}Row", __config__=strict, **columns)
        rows: Any = (Annotated[list[row], Key(min_length=1, max_length=most_rows)], ...)
        day = Annotated[date, Key(ge=_FIRST, le=_LAST, description="first day that is not known, YYYY-MM-DD")]
        with_day: dict[str, Any] = {"as_of": (day, ...)} if dated else {}
        self._model: type[BaseModel] = create_model(
            name, __config__=strict, **with_day, rows=rows, reasons=(bool, True)
        )
        self._known = {*self._names, "as_of", "rows", "reasons"}

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of the body; its row stands under ``$defs``."""
        return self._model.model_json_schema(ref_template="#/components/schemas/{model}")

    def read(self, body: bytes) -> Asked:
        """Return what a body asks.

        Raises
        ------
        BadBodyError
            The body is no JSON, or not what the schema says.
        """
        try:
            found: Any = self._model.model_validate_json(body)
        except ValidationError as error:
            raise BadBodyError(self._explained(error)) from None
        frame = {name: _column([getattr(row, f"f{i}") for row in found.rows]) for i, name in enumerate(self._names)}
        return Asked(pd.DataFrame(frame), getattr(found, "as_of", None), found.reasons)

    def _explained(self, error: ValidationError) -> str:
        problems = error.errors(include_url=False, include_context=False, include_input=False)
        said = [f"{self._place(p['loc'])} {_SAID.get(p['type'], 'is not what the schema says')}" for p in problems]
        if any(p["type"] == "json_invalid" for p in problems):
            return "The body is no JSON."
        different = list(dict.fromkeys(said))
        more = f"; and {len(different) - _SHOWN:,} more" if len(different) > _SHOWN else ""
        return f"{'; '.join(different[:_SHOWN])}{more}."

    def _place(self, location: tuple[int | str, ...]) -> str:
        """Return where a body is wrong; a name that is not ours may be anybody's data and is left out."""
        place, known = "", [part for part in location if isinstance(part, int) or part in self._known]
        for part in known[:3]:
            place += f"[{part}]" if isinstance(part, int) else f".{part}" if place else part
        return place or "The body"


def _typed(field: Field) -> Any:
    kind: Any = Text if field.text else Cell
    if not field.filled:
        kind = kind | None
    return Annotated[kind, Key(alias=field.name)], (... if field.required else None)


def _column(cells: list[Any]) -> pd.Series:
    """Return cells as a column: numbers as numbers where all are, else texts as they are."""
    given = [cell for cell in cells if cell is not None]
    if given and all(isinstance(cell, bool) for cell in given) and len(given) == len(cells):
        return pd.Series(cells, dtype=bool)
    if given and all(isinstance(cell, int | float) and not isinstance(cell, bool) for cell in given):
        return pd.Series([float("nan") if cell is None else cell for cell in cells])
    return pd.Series([None if cell is None else str(cell) for cell in cells], dtype="str")
