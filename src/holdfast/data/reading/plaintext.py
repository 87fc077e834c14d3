"""A text file as people save it → plain UTF-8 with one kind of line break, the same lines on the same numbers."""

import codecs
import re
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import numpy.typing as npt

from holdfast.data.source import Written
from holdfast.errors import ConfigError, DataError

_CHUNK = 1 << 24
# What is looked through at once stays in the processor's cache.
_PIECE = 1 << 17
_LF, _CR, _SPACE = b"\n\r "
_UTF8 = {"utf-8", "utf-8-sig", "ascii"}
_MARKS = {codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
# Excel's own first line: what stands between the cells of the lines below.
_EXCELS_OWN = re.compile(rb'(?:\xef\xbb\xbf)?"?sep=([^\r\n]{1,4}?)"?\r?\n?', re.IGNORECASE)


Blanks = Literal["none", "spaces", "any"]


@dataclass(frozen=True)
class PlainText:
    """A UTF-8 file with one kind of line break.

    Attributes
    ----------
    path, label
        Where it lies (perhaps a temporary copy), and what messages call it.
    written
        How the user says it is written.
    delimiter, quote
        How this file is: what stands between cells, and what quotes one.
    lines
        How many lines it has; a last one without a line break counts.
    above
        How many lines stand above the header, or above the first line of data where there is no header.
    blanks
        Which kinds of blanks cells may have at their ends: looking for all in every cell costs more than reading.
    """

    path: Path
    label: str
    written: Written
    delimiter: str
    quote: str
    lines: int
    above: int = 0
    blanks: Blanks = "any"

    @property
    def header(self) -> bool:
        """Whether a line names the columns."""
        return self.written.header


@contextmanager
def as_plain_text(path: Path, label: str, written: Written, within: Path | None = None) -> Iterator[PlainText]:
    """Yield a file that the engine can read: itself, or if it is otherwise written a copy ``within`` a folder.

    Raises
    ------
    ConfigError
        There is no such encoding.
    DataError
        The file is not text of the stated encoding: names the line.
    """
    codec = _codec(path, label, written)
    whitespace = written.separator == "whitespace"
    if codec in _UTF8 and not whitespace:
        plain, one_break = _plain(path, label, written)
        if one_break and not _quotes_above(path, written):
            yield plain
            return
    with tempfile.TemporaryDirectory(prefix="holdfast-", dir=within) as folder:
        copy = Path(folder) / "copy.csv"
        pieces = _without_quotes_above(_with_one_break(_decoded(path, label, codec, written)), written)
        with copy.open("w", encoding="utf-8", newline="") as target:
            for text in _squeezed(pieces) if whitespace else pieces:
                target.write(text)
        yield _plain(copy, label, written)[0]


def _quotes_above(path: Path, written: Written) -> bool:
    """Say whether lines to skip hold a quote: the engine would take the lines below for a part of what is quoted."""
    with path.open("rb") as file:
        return any(written.quote.encode() in file.readline() for _ in range(written.skip_lines if written.quote else 0))


def _without_quotes_above(pieces: Iterator[str], written: Written) -> Iterator[str]:
    """Take quotes out of the lines to skip."""
    left = written.skip_lines
    for piece in pieces:
        *above, rest = piece.split("\n", left)
        # A piece may end before the lines to skip do.
        rest = rest.replace(written.quote, "") if len(above) < left else rest
        left -= len(above)
        yield "\n".join([*(line.replace(written.quote, "") for line in above), rest])


def _plain(path: Path, label: str, written: Written) -> tuple[PlainText, bool]:
    """Return what a UTF-8 file is, and whether its lines all end in the same way."""
    delimiter, above = _delimiter(path, written)
    lines, blanks, one_break = _looked_through(path, label, written, delimiter)
    quote = '"' if written.separator == "whitespace" else written.quote
    plain = PlainText(path, label, written, delimiter, quote, lines, max(written.skip_lines, above), blanks)
    return plain, one_break


def _delimiter(path: Path, written: Written) -> tuple[str, int]:
    """Return what stands between cells of a UTF-8 file, and how many lines of Excel's own say so."""
    with path.open("rb") as file:
        own = _EXCELS_OWN.fullmatch(file.readline(16))
    delimiter = "," if written.separator == "whitespace" else written.separator
    return own[1].decode() if own and written.delimiter is None else delimiter, 1 if own else 0


def _codec(path: Path, label: str, written: Written) -> str:
    with path.open("rb") as file:
        start = file.read(4096)
    for mark, codec in _MARKS.items():
        if start.startswith(mark):
            return codec
    try:
        stated = codecs.lookup(written.encoding).name
        codecs.getincrementaldecoder(stated)().decode(b"", final=True)
        if not isinstance(b"a".decode(stated, errors="ignore"), str):
            raise LookupError
    except (LookupError, ValueError, AttributeError, TypeError):
        raise ConfigError(
            f'{written.key("encoding")}: "{written.encoding[:40]}" is not a known encoding; '
            'try "utf-8", "latin-1" or "cp1252".'
        ) from None
    # UTF-16 without its mark: every other byte of plain text is 0.
    if stated in _UTF8 and 3 * start.count(0) > len(start):
        order = "le" if start[1:2] == b"\0" else "be"
        raise DataError(f'{label}: not {written.encoding} text. Set {written.key("encoding")}: "utf-16-{order}".')
    return stated


def _looked_through(path: Path, label: str, written: Written, delimiter: str) -> tuple[int, Blanks, bool]:
    """Return how many lines a UTF-8 file has, which blanks end cells, and whether line breaks are all of one kind."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    feeds = returns = pairs = 0
    blanks: Blanks = "none"
    rare = {"\t", "\v", "\f", written.quote or '"'} - {delimiter}
    # In front of each piece stands the byte before it, so that nothing is missed between two; a file begins a line.
    buffer = bytearray(b"\n" + bytes(_PIECE))
    view, values = memoryview(buffer), np.frombuffer(buffer, dtype=np.uint8)
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(view[1:]) or 0:
            piece, seen = bytes(view[: size + 1]), values[: size + 1]
            plain = piece.isascii()
            try:
                # Plain letters, nearly all, need no decoding, unless a letter began in the piece before.
                if not plain or decoder.getstate()[0]:
                    decoder.decode(piece[1:])
            except UnicodeDecodeError as error:
                # What the decoder held back of the piece before has no line break in it.
                line = 1 + feeds + error.object[: error.start].count(b"\n")
                raise not_this_encoding(label, line, written, "utf-8") from None
            if b"\0" in piece:
                line = 1 + feeds + piece.count(b"\n", 1, piece.index(b"\0"))
                raise DataError(f"{label}, line {line}: a zero byte: the file is damaged, or no text. Mend that line.")
            # NumPy counts four times as fast as bytes do; to look for one byte is faster still.
            feeds += int(np.count_nonzero(seen[1:] == _LF))
            if b"\r" in piece:
                returns, pairs = returns + piece.count(b"\r", 1), pairs + piece.count(b"\r\n")
            if blanks != "any" and (not plain or any(mark.encode() in piece for mark in rare)):
                blanks = "any"
            if blanks == "none" and _space_ends_a_cell(seen, delimiter):
                blanks = "spaces"
            buffer[0] = buffer[size]
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        raise not_this_encoding(label, 1 + feeds, written, "utf-8") from None
    if blanks == "none" and buffer[0] == _SPACE:
        blanks = "spaces"
    return feeds + (buffer[0] != _LF), blanks, returns == pairs and pairs in (0, feeds)


def _space_ends_a_cell(seen: npt.NDArray[np.uint8], delimiter: str) -> bool:
    """Say whether a space stands beside what ends a cell, in a text without quotes."""
    spaces = seen == _SPACE
    ends = (seen == _LF) | (seen == _CR)
    for mark in delimiter:
        ends |= seen == ord(mark)
    return bool(np.any(spaces[1:] & ends[:-1]) or np.any(spaces[:-1] & ends[1:]))


def _decoded(path: Path, label: str, codec: str, written: Written) -> Iterator[str]:
    """Yield the text of a file in pieces, without a byte order mark."""
    decoder = codecs.getincrementaldecoder(codec)()
    lines, first = 1, True
    with path.open("rb") as file:
        ended = False
        while not ended:
            chunk = file.read(_CHUNK)
            ended = not chunk
            try:
                text = decoder.decode(chunk, final=ended)
            except UnicodeError as error:
                read = error.object[: error.start] if isinstance(error, UnicodeDecodeError) else b""
                lines += read.decode(codec, errors="ignore").count("\n")
                raise not_this_encoding(label, lines, written, codec) from None
            lines += text.count("\n")
            yield text.removeprefix("\ufeff") if first else text
            first = first and not text


def _with_one_break(pieces: Iterator[str]) -> Iterator[str]:
    r"""Let every line end in ``\n``, whether it ended in that, in ``\r\n`` or in ``\r``."""
    held = ""
    for piece in pieces:
        text = held + piece
        held = "\r" if text.endswith("\r") else ""
        yield text.removesuffix("\r").replace("\r\n", "\n").replace("\r", "\n")
    if held:
        yield "\n"


def _squeezed(pieces: Iterator[str]) -> Iterator[str]:
    """Join the words of each line by commas."""
    rest = ""
    for piece in pieces:
        *lines, rest = (rest + piece).split("\n")
        for line in lines:
            yield _joined(line) + "\n"
    if rest:
        yield _joined(rest)


def _joined(line: str) -> str:
    return ",".join('"' + w.replace('"', '""') + '"' if "," in w or '"' in w else w for w in line.split())


def not_this_encoding(label: str, line: int, written: Written, codec: str) -> DataError:
    """Return the error of a file that was saved in another encoding."""
    stated = written.encoding if codec not in _UTF8 else "utf-8"
    return DataError(
        f"{label}, line {line}: not {stated} text. "
        f'Set {written.key("encoding")} to what the file was saved as, for example "cp1252", or "cp932" '
        "where it is Japanese."
    )


def lines_at(path: Path, positions: list[int]) -> list[int]:
    """Return the line number at each byte position (ascending); a record begins below the blank lines before it."""
    lines, breaks, at = [], 0, 0
    with path.open("rb") as file:
        for position in positions:
            while at < position:
                chunk = file.read(min(_CHUNK, position - at))
                breaks += chunk.count(b"\n")
                at += len(chunk)
            # The engine points at the end of the record before, which blank lines may follow.
            while (byte := file.read(1)) in (b"\n", b"\r"):
                breaks += byte == b"\n"
                at += 1
            at += len(byte)
            lines.append(breaks + 1)
    return lines
