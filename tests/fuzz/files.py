"""Files of purchases, well written and damaged, against a reader in plain Python that knows nothing of ours.

``run`` writes random tables in a random dress and asks for exactly their lines: one alone, the others as the files of
one log. Then it damages some and asks of each for no crash, an account that adds up, and, where the file is still read,
the same lines as the plain reader finds.
"""

import csv
import gzip
import io
import re
import unicodedata
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from holdfast.data import Columns, Source, read_purchases
from holdfast.data.values.numbers import _ANY
from holdfast.errors import HoldfastError

NAMES = ("who", "when", "paid", "note")
COLUMNS = Columns(customer_id="who", ordered_at="when", amount="paid")
IDS = (
    "k1",
    "007",
    "7",
    "10001.0",
    "a,b",
    'q"q',
    "é",
    "e\u0301",
    "two\nlines",
    " blank ",
    "x" * 300,
    "Müller; Zoë",
    "C",
    "=1",
    "k\tk",
)
NOBODY = ("", "NULL", "nan", "0", "guest", "N/A", "-", "\u00a0")
BAD_DATES = (
    "",
    "2024-02-30",
    "2024-1-1",
    "01.02.2024",
    "2024-01-01 24:00",
    "1969-12-31",
    "yesterday",
    "2024-01-01T",
    "NULL",
)
BAD_NUMBERS = ("", "ten", "1 2", "--1", "(-1)", "1e5", "5%", "N/A", "inf", "9999999999999")
# How a minus may be written, of which ``{}`` is the number without one.
MINUS = ("-{}", "-{}", "- {}", "{}-", "{} -", "({})", "\u2212{}", "\u2013{}")
BLANK_WORDS = {
    "null",
    "nan",
    "none",
    "nil",
    "n/a",
    "#n/a",
    "na",
    "\\n",
    "-",
    "--",
    "<na>",
    "<null>",
    "(null)",
    "nat",
    "",
}
NOBODY_WORDS = {"0", "guest", "undefined", "unknown", "anonymous", "blank", "(blank)", "(none)", "not set", "(not set)"}


# What is written around an amount, of which ``{}`` is the rest.
CURRENCIES = ("{}", "{}", "{}", "\u20ac{}", "{} kr", "USD {}", "{}\u00a0EUR", "$ {}")
# How many files make one log, and how many of them are damaged and read alone.
_TOGETHER, _DAMAGED = 10, 6
# By stated format: how a day is written, as a pattern of (year, month, day) in any order.
FORMATS = {
    "%d.%m.%Y": r"(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})",
    "%m/%d/%Y": r"(?P<m>\d{1,2})/(?P<d>\d{1,2})/(?P<y>\d{4})",
    "%d/%m/%Y": r"(?P<d>\d{1,2})/(?P<m>\d{1,2})/(?P<y>\d{4})",
    "%Y%m%d": r"(?P<y>\d{4})(?P<m>\d{2})(?P<d>\d{2})",
    "%Y-%m-%d": r"(?P<y>\d{4})-(?P<m>\d{1,2})-(?P<d>\d{1,2})",
}
STATED = ((), (), (), *((name,) for name in FORMATS), ("%d.%m.%Y", "%Y-%m-%d"), ("%d/%m/%Y", "%m/%d/%Y"))


@dataclass(frozen=True)
class Dress:
    """How one file is written."""

    delimiter: str
    decimal: str
    thousands: str | None
    currency: str
    date_formats: tuple[str, ...]
    header: bool
    above: int
    ends: str
    encoding: str
    everything_quoted: bool
    blank_lines: bool
    last_break: bool
    packed: str


# A quote closes, and after blanks another opens in the same cell.
_AGAIN = re.compile(rb'" +"')


def run(examples: int, seed: int, folder: Path) -> dict[str, int]:
    """Read so many random files as written, and some of them damaged; return what became of them."""
    random = np.random.default_rng(seed)
    met: Counter[str] = Counter()
    while met.total() < examples:
        dress, many = _dress(random), 1 if random.random() < 0.1 else _TOGETHER
        told = f"seed {seed}, example {met.total()}, {dress}"
        files = [_file(random, dress, least=int(many > 1)) for _ in range(many)]
        met[_compare(folder / "files", files, dress, told)] += many
        for file in files[:_DAMAGED]:
            if file.dress.encoding == "utf-8" and not file.dress.packed:
                path = folder / "d.csv"
                path.write_bytes(_damaged(file.content, random))
                met["damaged, " + _compare_damaged(path, file.dress, told)] += 1
    return dict(met)


@dataclass(frozen=True)
class File:
    """A file as written: its rows, and the lines they mean to a reader of plain Python."""

    dress: Dress
    content: bytes
    rows: int
    lines: Counter["Line"]


def _file(random: np.random.Generator, dress: Dress, least: int) -> File:
    """Write a file in a dress, or in one that is read by the same options."""
    if dress.encoding.startswith("utf") and random.random() < 0.5:
        ends, encoding, packed = (_dress(random) for _ in range(3))
        if encoding.encoding.startswith("utf"):
            dress = replace(dress, ends=ends.ends, encoding=encoding.encoding, packed=packed.packed)
    rows = [_row(random, dress) for _ in range(int(random.integers(least, 30)))]
    lines = Counter(line for line in (_read_row(r, dress) for r in rows) if line is not None)
    return File(dress, _written(rows, dress), len(rows), lines)


def _dress(random: np.random.Generator) -> Dress:
    def one(*options: Any) -> Any:
        return options[int(random.integers(len(options)))]

    return Dress(
        one(",", ";", "\t", "|"), decimal := one(".", ","), one(None, None, "." if decimal == "," else ",", " "),
        one(*CURRENCIES), one(*STATED), one(True, True, True, False), one(0, 0, 0, 1, 3),
        one("\n", "\r\n", "\r", "mixed"), one("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"),
        one(True, False), one(True, False), one(True, False), one("", "", "", "gzip", "zip"),
    )  # fmt: skip


def _row(random: np.random.Generator, dress: Dress) -> tuple[str, str, str, str]:
    def pick(options: tuple[str, ...]) -> str:
        return options[int(random.integers(len(options)))]

    day = date.fromordinal(738000 + int(random.integers(900)))
    when = day.isoformat() + ("" if random.random() < 0.5 else pick((" 23:59", "T00:00:00", " 07:08:09.123")))
    if dress.date_formats:
        when = day.strftime(pick(dress.date_formats))
    paid = str(Decimal(int(random.integers(-50_000, 50_000))).scaleb(-int(random.integers(0, 5))))
    if random.random() < 0.1:
        paid = f"{int(random.integers(-9_000_000, 9_000_000))}.{int(random.integers(100)):02}"
    who = pick(IDS) if random.random() < 0.9 else pick(NOBODY)
    when = when if random.random() < 0.93 else pick(BAD_DATES)
    bare = _grouped(paid.removeprefix("-"), dress)
    paid = dress.currency.format(pick(MINUS).format(bare) if paid.startswith("-") else bare)
    paid = paid if random.random() < 0.93 else pick(BAD_NUMBERS).replace(".", dress.decimal)
    return who, when, paid, pick(("", "x", 'say "hi"', "a;b,c\td|e", "three\nlines\nhere", "é"))


def _grouped(paid: str, dress: Dress) -> str:
    whole, point, rest = paid.partition(".")
    if dress.thousands is not None:
        whole = f"{int(whole):,}".replace(",", dress.thousands)
    return f"{whole}{dress.decimal if point else ''}{rest}"


def _written(rows: list[tuple[str, ...]], dress: Dress) -> bytes:
    quoting = csv.QUOTE_ALL if dress.everything_quoted else csv.QUOTE_MINIMAL
    lines = []
    for row in [NAMES, *rows] if dress.header else rows:
        text = io.StringIO()
        csv.writer(text, delimiter=dress.delimiter, quoting=quoting).writerow(row)
        lines.append(text.getvalue().removesuffix("\r\n"))
    if dress.blank_lines:
        lines = [line for pair in zip(lines, [""] * len(lines), strict=True) for line in pair]
    ends = [dress.ends if dress.ends != "mixed" else ("\n", "\r\n", "\r")[i % 3] for i in range(len(lines))]
    if not dress.last_break and lines:
        ends[-1] = ""
    above = "".join(f"what stands above, line {i}\n" for i in range(dress.above))
    whole = above + "".join(line + end for line, end in zip(lines, ends, strict=True))
    content = whole.encode(dress.encoding, errors="replace")
    if dress.packed == "zip":
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w") as packed:
            packed.writestr("orders.csv", content)
        return archive.getvalue()
    return gzip.compress(content, mtime=0) if dress.packed else content


Line = tuple[str, int, Decimal]


def _read_row(row: tuple[str, ...], dress: Dress) -> Line | None:
    """What a line means, by the rules of the documentation; None where it cannot be read."""
    # What the encoding cannot say is written as a question mark.
    who, when, paid = (cell.encode(dress.encoding, errors="replace").decode(dress.encoding) for cell in row[:3])
    who, when, paid = who.lstrip("\ufeff"), when, paid
    name, day, worth = _name(who), _day(when, dress), _worth(paid, dress)
    return None if name is None or day is None or worth is None else (name, day, worth)


def _trimmed(text: str) -> str:
    return text.strip(
        " \t\n\r\v\f\u0085\u00a0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff\u200b\u200c\u200d\u2060"
        + "".join(map(chr, range(0x2000, 0x200B)))
    )


def _name(text: str) -> str | None:
    name = _trimmed(text)
    if name.lower() in BLANK_WORDS | NOBODY_WORDS:
        return None
    name = unicodedata.normalize("NFC", name)
    return name.split(".")[0] if re.fullmatch(r"[0-9]+\.0+", name) else name


def _day(text: str, dress: Dress) -> int | None:
    text = _trimmed(text)
    if dress.date_formats:
        days = {_stated(text, FORMATS[name]) for name in dress.date_formats} - {None}
        return days.pop() if len(days) == 1 else None
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?", text, re.A):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    days = found.date().toordinal() - date(1970, 1, 1).toordinal()
    return days if days >= 0 and found.year < 2200 else None


def _stated(text: str, pattern: str) -> int | None:
    found = re.fullmatch(pattern, text, re.A)
    try:
        day = date(*(int(found[part]) for part in "ymd")) if found else None
    except ValueError:
        return None
    return day.toordinal() - date(1970, 1, 1).toordinal() if day and 1970 <= day.year < 2200 else None


def _worth(text: str, dress: Dress) -> Decimal | None:
    mark = dress.decimal
    text = re.sub("[\u200b\u200e\u200f\ufeff]", "", _trimmed(text))
    text = re.sub("[\u2010-\u2013\u2212]", "-", re.sub("[\u00a0\u2000-\u200a\u202f]", " ", text))
    # Which words and signs are a currency is a list and no rule: damage makes one of them of another.
    text = re.sub(rf"(?i)^([-+(]?) *({_ANY}|R) *", r"\1", text.strip(" "))
    text = re.sub(rf"(?i) *({_ANY}) *([-)]?)$", r"\2", text)
    if re.fullmatch(r"[(][^-+()]+[)]|[^-+()]+-", text):
        text = "-" + text.strip("()- ")
    text = re.sub("^([-+]) +", r"\1", text)
    groups = "[0-9]+|[0-9]{1,3}( [0-9]{3})+|[0-9]{1,3}('[0-9]{3})+"
    if dress.thousands is not None:
        between = re.escape(dress.thousands)
        groups = f"[0-9]+|[0-9]{{1,3}}({between}[0-9]{{3}})+"
        groups += "|[0-9]{1,2}(,[0-9]{2})+,[0-9]{3}" if dress.thousands == "," else ""
    if not re.fullmatch(rf"[-+]?(({groups})({re.escape(mark)}[0-9]*)?|{re.escape(mark)}[0-9]+)", text):
        return None
    try:
        exact = Decimal(re.sub("[ ']" if dress.thousands is None else between, "", text).replace(mark, "."))
    except InvalidOperation:
        return None
    if abs(exact) >= Decimal(10) ** 12:
        return None
    # Six digits after the point are read, then money has two.
    return exact.quantize(Decimal("0.000001"), ROUND_HALF_UP).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _ours(paths: Path | list[Path], dress: Dress) -> tuple[Counter[Line], int, int]:
    encoding = "utf-8" if dress.encoding.startswith("utf") else dress.encoding
    source = Source(
        paths,
        COLUMNS if dress.header else Columns(customer_id="1", ordered_at="2", amount="3"),
        delimiter=dress.delimiter,
        decimal=dress.decimal,
        thousands=dress.thousands,
        encoding=encoding,
        header=dress.header,
        skip_lines=dress.above,
        date_format=list(dress.date_formats) or None,
        max_reject_share=1.0,
    )
    log = read_purchases(source)
    found = log.connection.execute("SELECT customer_id, day, amount FROM purchases").fetchall()
    report = log.report
    assert report.lines_in == report.kept + sum(report.rejected.values()) + sum(report.dropped.values())
    assert len(log.rejects) == sum(report.rejected.values())
    return Counter((who, day, Decimal(amount)) for who, day, amount in found), report.lines_in, report.kept


def _compare(folder: Path, files: list[File], dress: Dress, told: str) -> str:
    folder.mkdir(exist_ok=True)
    paths = [folder / f"{i}.csv" for i in range(len(files))]
    for path, file in zip(paths, files, strict=True):
        path.write_bytes(file.content)
    right = sum((file.lines for file in files), Counter())
    try:
        found, lines_in, kept = _ours(paths, dress)
    except HoldfastError as refused:
        bought = Counter()
        for (who, day, worth), n in right.items():
            bought[who, day] += n * worth
        # With nothing to buy there is nothing to read; a totals line is possible where few lines are.
        assert not any(worth > 0 for worth in bought.values()), f"{told}: refused: {refused}"
        return "refused: nobody bought"
    written = sum(file.rows for file in files)
    assert lines_in == written, f"{told}: {lines_in} lines in, {written} written"
    assert found == right, f"{told}: {found - right} for {right - found}"
    assert kept == sum(right.values()), told
    return "read"


def _damaged(content: bytes, random: np.random.Generator) -> bytes:
    damaged = bytearray(content)
    for _ in range(int(random.integers(1, 4))):
        at, kind = int(random.integers(len(damaged) + 1)), int(random.integers(5))
        if kind == 0:
            damaged[at : at + int(random.integers(1, 9))] = b""
        elif kind == 1:
            odd = (b'"', b"\r", b"\n", b"\0", b",", b";", b"\t", b"\xff", b"\xc3", b"\\", b"''", b"\xef\xbb\xbf")
            damaged[at:at] = odd[int(random.integers(len(odd)))]
        elif kind == 2 and damaged:
            damaged[at % len(damaged)] = int(random.integers(256))
        elif kind == 3:
            damaged[at:at] = damaged[at : at + 20]
        else:
            del damaged[at:]
    return bytes(damaged)


def _compare_damaged(path: Path, dress: Dress, told: str) -> str:
    try:
        found, lines_in, kept = _ours(path, dress)
    except HoldfastError as refused:
        assert str(refused), told
        return "refused"
    content = path.read_bytes()
    right = Counter(line for line in _plainly(content, dress) if line is not None)
    if _AGAIN.search(content) and (left_out := right - found):
        # The engine takes such a line apart in another way; it may reject it, and not read it as something else.
        assert not found - right, f"{told}: damaged: {found - right} for {left_out}"
        assert left_out.total() <= lines_in - kept, told
        return "read, a quote that opens again rejected"
    assert found == right, f"{told}: damaged: {found - right} for {right - found}"
    return "read"


def _plainly(content: bytes, dress: Dress) -> Iterator[Line | None]:
    """Read bytes with Python's own reader."""
    text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    below = text.split("\n", dress.above)[-1]
    rows = csv.reader(io.StringIO(below, newline=""), delimiter=dress.delimiter)
    # Without a header the first line says how many columns there are.
    header, places = next(rows), [0, 1, 2]
    if dress.header:
        header = [name.strip() for name in header]
        places = [header.index(name) for name in NAMES[:3]]
    else:
        rows = chain([header], rows)
    for row in rows:
        # A delimiter at the end of a line makes no column.
        row = row[:-1] if len(row) == len(header) + 1 and not row[-1] else row
        if len(row) == len(header):
            who, when, paid = (row[place] for place in places)
            name, day, worth = _name(who), _day(when, dress), _worth(paid, dress)
            yield None if name is None or day is None or worth is None else (name, day, worth)
