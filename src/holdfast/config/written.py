"""The keys that say how the values of a table are written; the same in every section that names a file."""

from dataclasses import fields
from typing import Any, Literal

from holdfast.config.section import Section, key
from holdfast.data.source import Written

_DEFAULT: dict[str, Any] = {f.name: f.default for f in fields(Written)}


class WrittenKeys(Section):
    """How values are written (``holdfast.data.source.Written`` says more)."""

    delimiter: str | None = key(
        _DEFAULT["delimiter"],
        "one character, or `whitespace` for columns lined up with blanks; not given: `,`, or what Excel's own first "
        "line (`sep=;`) says",
    )
    quote: str = key(_DEFAULT["quote"], 'quotes a cell; `""` where quotes mean nothing')
    header: bool = key(
        _DEFAULT["header"],
        'whether a line names the columns; `false`: they are called by their number, `"1"` the first',
    )
    skip_lines: int = key(
        _DEFAULT["skip_lines"], "lines (rows of a sheet) above the header, or above the first line of data", ge=0
    )
    sheet: str | None = key(
        _DEFAULT["sheet"], "sheet of an Excel workbook, by name; `*`: all with the same columns; not given: the first"
    )
    member: str | None = key(
        _DEFAULT["member"], "file inside a zip archive that holds several; `*`: all with the same columns"
    )
    table: str | None = key(
        _DEFAULT["table"], "of a database: the table, with its schema where that is not the usual one"
    )
    query: str | None = key(_DEFAULT["query"], "of a database: one SELECT, in place of a table")
    decimal: Literal[".", ","] | None = key(
        _DEFAULT["decimal"],
        "decimal mark of numbers as text: `.` or `,`; not given: a point, unless numbers could be read both ways",
    )
    thousands: str | None = key(
        _DEFAULT["thousands"],
        "what stands between groups of three in numbers as text; not given: nothing, a blank, or an apostrophe",
    )
    encoding: str = key(_DEFAULT["encoding"], "what the file was saved as: `utf-8`, `latin-1`, `cp1252`, …")
    date_format: str | list[str] | None = key(
        _DEFAULT["date_format"],
        "how dates are written, as in strptime; `%s`, `%ms`, `%us`: seconds, milliseconds, microseconds since 1970; "
        "`excel`: Excel's days; `days`, `hours`: whole ones, 0 being 1970-01-01; `buddhist`, `minguo`, `wareki`: "
        "years of these calendars; a list: tried in order; not given: ISO 8601 "
        "only",
    )
    time_zone: str | None = key(
        _DEFAULT["time_zone"],
        "for moments with an offset: the zone whose calendar days count, such as `Europe/London`",
    )
    missing_values: list[str] = key([], "further words that mean blank, beside NULL, N/A, nan, …; capitals aside")
    placeholders: bool = key(
        _DEFAULT["placeholders"], "whether ids such as 0, guest, deleted-user and xxx count as missing"
    )
    id_case: Literal["keep", "fold", "digits"] = key(
        _DEFAULT["id_case"],
        "`fold`: ids that differ by capitals only are one (e-mail addresses); `digits`: numbers that differ by dots, "
        "dashes, slashes, blanks and leading zeros only are one (123.456-78 is 0012345678); `keep`: they are two",
    )
    max_reject_share: float = key(_DEFAULT["max_reject_share"], "stop if more lines cannot be read", ge=0, le=1)

    def written(self) -> dict[str, Any]:
        """Return these keys as ``Written`` takes them."""
        return {name: getattr(self, name) for name in WrittenKeys.model_fields}
