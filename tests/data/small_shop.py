"""One shop of four lines, and the bytes of files that hold it."""

import io
import zipfile
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import xlsxwriter

from holdfast.data import Columns

ROWS = [
    ("007", "2024-01-15", "10.50", "web"),
    ("k2", "2024-02-15", "3", 'a "b", c'),
    ("k2", "2024-03-01", "1234.25", "é"),
    ("10001", "2024-12-31", "0.1", "shop"),
]


NAMES = ("id", "day", "amount", "note")


COLUMNS = Columns(customer_id="id", ordered_at="day", amount="amount")


NUMBERED = Columns(customer_id="1", ordered_at="2", amount="3")


# Customer, day since 1970-01-01, amount: worked out by hand.
SHOP = [
    ["007", 19737, Decimal("10.50")],
    ["10001", 20088, Decimal("0.10")],
    ["k2", 19768, Decimal("3.00")],
    ["k2", 19783, Decimal("1234.25")],
]


def text(rows=ROWS, *, mark=",", decimal=".", header=NAMES, above="", ends="\n") -> str:
    def cell(value: str) -> str:
        return '"' + value.replace('"', '""') + '"' if mark in value or '"' in value else value

    lines = [mark.join(map(cell, row)) for row in ([header] if header else []) + list(rows)]
    if decimal != ".":
        lines = [line.replace("10.50", "10,50").replace("1234.25", "1234,25").replace("0.1", "0,1") for line in lines]
    return above + "".join(line + ends for line in lines)


def zstd(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as packed:
        packed.write(content)
    return sink.getvalue().to_pybytes()


def zipped(**members: str | bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(zipfile.ZipInfo(name), content)
    return packed.getvalue()


def workbook(rows, *, header=NAMES, above=0, sheets=("Orders",)) -> bytes:
    """Write cells as they are into the last sheet: numbers as numbers, dates as dates, texts as texts."""
    packed = io.BytesIO()
    book = xlsxwriter.Workbook(packed, {"in_memory": True})
    day, moment = (book.add_format({"num_format": f}) for f in ("dd/mm/yyyy", "yyyy-mm-dd hh:mm:ss"))
    for name in sheets:
        sheet = book.add_worksheet(name)
    for r, row in enumerate([header, *rows] if header else rows, above):
        for c, value in enumerate(row):
            if isinstance(value, date):
                sheet.write_datetime(r, c, value, moment if isinstance(value, datetime) else day)
            elif isinstance(value, str) and value.startswith("#"):
                sheet.write_formula(r, c, "=NA()", None, value)
            elif isinstance(value, str):
                sheet.write_string(r, c, value)
            elif value is not None:
                sheet.write(r, c, value)
    book.close()
    return packed.getvalue()


TYPED = [
    ("007", date(2024, 1, 15), 10.5, "web"),
    ("k2", "2024-02-15", "3", True),
    ("k2", datetime(2024, 3, 1, 23, 59, 59), 1234.25, "#N/A"),
    (10001, date(2024, 12, 31), 0.1, None),
]


CSV = text().encode()


def shop_of(log) -> list[list]:
    frame = log.frame()[["customer_id", "day"]].assign(
        amount=log.connection.execute(
            "SELECT amount FROM purchases ORDER BY customer_id, day, order_key, product_id, amount, quantity"
        ).fetchall()
    )
    return [[who, day, amount[0]] for who, day, amount in frame.to_numpy().tolist()]


def write(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path
