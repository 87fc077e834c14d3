"""Text that is no table: JSON, web pages, dumps of databases, known by how they begin: no data is taken for names."""

import codecs
import re
from typing import Literal

SEEN = 4096
"""So many bytes tell."""
_IN_EXCEL = "Open it in Excel, save it as XLSX or CSV and name that file."
_PAGE = r"(<!--.*?-->\s*)*<(!doctype\s+html|html|head|body|meta|style|table|div)\b"
_SQL = (
    r"(--[^\n]*\n|/\*.*?\*/;?|\s|(set|use|begin|pragma|start|lock|select|copy)\b[^;,\n]*(,[^;\n]*)?;)*"
    r"(drop\s+(table|database)|create\s+(table|database|schema|sequence|type|extension)|insert\s+into)\s"
)
_OF_SQL = "Load it into its database and name that (a file of SQLite or DuckDB, or postgresql://…), or export as CSV."
_PAGES = (
    (_SQL, "a dump of a database (SQL)", _OF_SQL),
    (_PAGE, "a web page (HTML), whatever its name says", _IN_EXCEL),
    (r"mime-version:", "a web page (MHTML), whatever its name says", _IN_EXCEL),
    (r"<\?xml\b.*(<workbook|excel\.sheet)", "an Excel workbook saved as XML", _IN_EXCEL),
    (r"<\?xml\b.*<html", "a web page (HTML), whatever its name says", _IN_EXCEL),
    (r"<\?xml\b", "an XML file", "Save it as CSV or Parquet and name that file."),
)
# Brackets around names, as SQL Server writes them, are no JSON: [Order ID],[Amount].
_ARRAY = re.compile(r'\[\s*([\[{"]|\]\s*$)')
_OBJECTS = re.compile(r'\[\s*\{\s*"')
_OBJECT = re.compile(r'\{\s*("|\}\s*$)')
_JSON_LINES = re.compile(r"\{[^\n]*[^}\s]$|\{[^\n]*\}\s*$|\{[\s\S]*?\}\s*\n\s*\{")
_MARKS = {codecs.BOM_UTF8: "utf-8", codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def other_kind(start: bytes) -> tuple[str, str] | None:
    """Return what a text is that is no table, and what to do; nothing of what may be one.

    Examples
    --------
    >>> other_kind(b"[[1, 2]]")[0], other_kind(b"order,amount")
    ('a JSON file', None)
    """
    text = _text(start)
    for pattern, kind, advice in _PAGES:
        if re.match(pattern, text, re.IGNORECASE | re.DOTALL):
            return kind, advice
    if not _ARRAY.match(text) and not _OBJECT.match(text):
        return None
    if not start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "a JSON file", "Save its list of purchases as CSV or Parquet and name that file."
    return "a JSON file in UTF-16", "Save it as UTF-8."


def json_kind(start: bytes) -> Literal["array", "lines"] | None:
    r"""Say whether a text is an array of JSON objects, or JSON lines, which are read.

    Examples
    --------
    >>> json_kind(b'[{"order": 1}]'), json_kind(b'{"order": 1}\n{"order": 2}'), json_kind(b"order,amount")
    ('array', 'lines', None)
    >>> json_kind(b"[[1, 2]]"), json_kind(b'{\n"orders": [')
    (None, None)
    """
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return None
    text = _text(start)
    if _OBJECTS.match(text):
        return "array"
    return "lines" if _OBJECT.match(text) and _JSON_LINES.match(text) else None


def _text(start: bytes) -> str:
    mark = next((mark for mark in _MARKS if start.startswith(mark)), b"")
    return start.removeprefix(mark).decode(_MARKS.get(mark, "utf-8"), errors="replace").lstrip()
