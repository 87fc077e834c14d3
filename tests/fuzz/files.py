"""Files of purchases, well written and damaged, against a reader in plain Python that knows nothing of ours.

``run`` writes a random table in a random dress and asks for exactly its lines; then damages the bytes and asks for no
crash, an account that adds up, and, where the file is still read, the same lines as the plain reader finds.
"""

import csv
import gzip
import io
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import ROUND_HALF_UP, Decimal, InvalidOperation
from pathlib import Path
from typing import Any

import numpy as np

from holdfast.data import Columns, Source, read_purchases
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


@dataclass(frozen=True)
class Dress:
    """How one file is written."""

    delimiter: str
    decimal: str
    ends: str
    encoding: str
    everything_quoted: bool
    blank_lines: bool
    last_break: bool
    packed: bool


def run(examples: int, seed: int, folder: Path) -> dict[str, int]:
    """Read so many random files, each once as written and once damaged; return what became of them."""
    random = np.random.default_rng(seed)
    met: Counter[str] = Counter()
    for i in range(examples):
        dress = _dress(random)
        rows = [_row(random, dress) for _ in range(int(random.integers(0, 30)))]
        content = _written(rows, dress)
        told = f"seed {seed}, example {i}, {dress}"
        right = Counter(line for line in (_read_row(r, dress) for r in rows) if line is not None)
        met[_compare(folder / "p.csv", content, dress, right, len(rows), told)] += 1
        damaged = _damaged(content, random)
        if dress.encoding == "utf-8" and not dress.packed:
            met["damaged, " + _compare_damaged(folder / "d.csv", damaged, dress, told)] += 1
    return dict(met)


def _dress(random: np.random.Generator) -> Dress:
    def one(*options: Any) -> Any:
        return options[int(random.integers(len(options)))]

    return Dress(
        one(",", ";", "\t", "|"), one(".", ","), one("\n", "\r\n", "\r", "mixed"),
        one("utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "latin-1"), one(True, False), one(True, False),
        one(True, False), one(True, False, False, False),
    )  # fmt: skip


def _row(random: np.random.Generator, dress: Dress) -> tuple[str, str, str, str]:
    def pick(options: tuple[str, ...]) -> str:
        return options[int(random.integers(len(options)))]

    day = date.fromordinal(738000 + int(random.integers(900)))
    when = day.isoformat() + ("" if random.random() < 0.5 else pick((" 23:59", "T00:00:00", " 07:08:09.123")))
    paid = str(Decimal(int(random.integers(-50_000, 50_000))).scaleb(-int(random.integers(0, 5))))
    who = pick(IDS) if random.random() < 0.9 else pick(NOBODY)
    when = when if random.random() < 0.93 else pick(BAD_DATES)
    paid = pick(MINUS).format(paid[1:]) if paid.startswith("-") else paid
    paid = (paid if random.random() < 0.93 else pick(BAD_NUMBERS)).replace(".", dress.decimal)
    return who, when, paid, pick(("", "x", 'say "hi"', "a;b,c\td|e", "three\nlines\nhere", "é"))


def _written(rows: list[tuple[str, ...]], dress: Dress) -> bytes:
    quoting = csv.QUOTE_ALL if dress.everything_quoted else csv.QUOTE_MINIMAL
    lines = []
    for row in [NAMES, *rows]:
        text = io.StringIO()
        csv.writer(text, delimiter=dress.delimiter, quoting=quoting).writerow(row)
        lines.append(text.getvalue().removesuffix("\r\n"))
    if dress.blank_lines:
        lines = [line for pair in zip(lines, [""] * len(lines), strict=True) for line in pair]
    ends = [dress.ends if dress.ends != "mixed" else ("\n", "\r\n", "\r")[i % 3] for i in range(len(lines))]
    if not dress.last_break and lines:
        ends[-1] = ""
    whole = "".join(line + end for line, end in zip(lines, ends, strict=True))
    content = whole.encode(dress.encoding, errors="replace")
    return gzip.compress(content, mtime=0) if dress.packed else content


Line = tuple[str, int, Decimal]


def _read_row(row: tuple[str, ...], dress: Dress) -> Line | None:
    """What a line means, by the rules of the documentation; None where it cannot be read."""
    # What the encoding cannot say is written as a question mark.
    who, when, paid = (cell.encode(dress.encoding, errors="replace").decode(dress.encoding) for cell in row[:3])
    who, when, paid = who.lstrip("\ufeff"), when, paid
    name, day, worth = _name(who), _day(when), _worth(paid, dress.decimal)
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


def _day(text: str) -> int | None:
    text = _trimmed(text)
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}([ T]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?)?", text, re.A):
        return None
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    days = found.date().toordinal() - date(1970, 1, 1).toordinal()
    return days if days >= 0 and found.year < 2200 else None


def _worth(text: str, mark: str) -> Decimal | None:
    text = re.sub("[\u200b\u200e\u200f\ufeff]", "", _trimmed(text))
    text = re.sub("[\u2010-\u2013\u2212]", "-", re.sub("[\u00a0\u2000-\u200a\u202f]", " ", text))
    if re.fullmatch(r"[(][^-+()]+[)]|[^-+()]+-", text):
        text = "-" + text.strip("()- ")
    text = re.sub("^([-+]) +", r"\1", text)
    groups = "[0-9]+|[0-9]{1,3}( [0-9]{3})+|[0-9]{1,3}('[0-9]{3})+"
    if not re.fullmatch(rf"[-+]?(({groups})({re.escape(mark)}[0-9]*)?|{re.escape(mark)}[0-9]+)", text):
        return None
    try:
        exact = Decimal(re.sub("[ ']", "", text).replace(mark, "."))
    except InvalidOperation:
        return None
    if abs(exact) >= Decimal(10) ** 12:
        return None
    # Six digits after the point are read, then money has two.
    return exact.quantize(Decimal("0.000001"), ROUND_HALF_UP).quantize(Decimal("0.01"), ROUND_HALF_UP)


def _ours(path: Path, dress: Dress) -> tuple[Counter[Line], int, int]:
    encoding = "utf-8" if dress.encoding.startswith("utf") else dress.encoding
    log = read_purchases(
        Source(path, COLUMNS, delimiter=dress.delimiter, decimal=dress.decimal, encoding=encoding, max_reject_share=1.0)
    )
    found = log.connection.execute("SELECT customer_id, day, amount FROM purchases").fetchall()
    report = log.report
    assert report.lines_in == report.kept + sum(report.rejected.values()) + sum(report.dropped.values())
    assert len(log.rejects) == sum(report.rejected.values())
    return Counter((who, day, Decimal(amount)) for who, day, amount in found), report.lines_in, report.kept


def _compare(path: Path, content: bytes, dress: Dress, right: Counter[Line], lines: int, told: str) -> str:
    path.write_bytes(content)
    try:
        found, lines_in, kept = _ours(path, dress)
    except HoldfastError as refused:
        bought = Counter()
        for (who, day, worth), n in right.items():
            bought[who, day] += n * worth
        # With nothing to buy there is nothing to read; a totals line is possible where few lines are.
        assert not any(worth > 0 for worth in bought.values()), f"{told}: refused: {refused}"
        return "refused: nobody bought"
    assert lines_in == lines, f"{told}: {lines_in} lines in, {lines} written"
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


def _compare_damaged(path: Path, content: bytes, dress: Dress, told: str) -> str:
    path.write_bytes(content)
    try:
        found, _, _ = _ours(path, dress)
    except HoldfastError as refused:
        assert str(refused), told
        return "refused"
    right = Counter(line for line in _plainly(content, dress) if line is not None)
    assert found == right, f"{told}: damaged: {found - right} for {right - found}"
    return "read"


def _plainly(content: bytes, dress: Dress) -> Iterator[Line | None]:
    """Read bytes with Python's own reader."""
    text = content.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=dress.delimiter)
    header = [name.strip() for name in next(rows)]
    places = [header.index(name) for name in NAMES[:3]]
    for row in rows:
        # A delimiter at the end of a line makes no column.
        row = row[:-1] if len(row) == len(header) + 1 and not row[-1] else row
        if len(row) == len(header):
            who, when, paid = (row[place] for place in places)
            name, day, worth = _name(who), _day(when), _worth(paid, dress.decimal)
            yield None if name is None or day is None or worth is None else (name, day, worth)
