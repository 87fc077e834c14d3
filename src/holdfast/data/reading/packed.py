"""What a file is, by its first bytes: text, Parquet or a workbook, and what is packed is unpacked into a folder."""

import gzip
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Literal

import pyarrow as pa

from holdfast.data.reading.database import tables_in_file
from holdfast.data.reading.files import HIDDEN
from holdfast.data.reading.otherkinds import SEEN, json_kind, other_kind
from holdfast.data.source import Written
from holdfast.errors import DataError, nearest

Kind = Literal["text", "parquet", "workbook", "duckdb", "sqlite", "json"]
_CHUNK = 1 << 20
_NAMES_SHOWN = 30
# A zip of a .csv.gz is common; more layers are an accident, or an attack.
_MOST_LAYERS = 3
# What is stated for an archive whose files are one table.
ALL_MEMBERS = "*"
# A line that names the columns stands within so much of a text.
_BEGINNING = 1 << 20
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_ZIP = b"PK\x03\x04"
_ENCRYPTED = 1
# Not read, by what such a file begins with: (what it is, what to do).
_AS_XLSX = "Save it as XLSX or CSV and name that file."
_AS_CSV = "Save it as CSV or Parquet and name that file."
_AGAIN = "Copy it again from where it comes from, or export it again."
_UNPACK = "Unpack it, or pack it with gzip, zip or zstd."
_REFUSED = {
    b"PK\x05\x06": ("an empty zip archive", "Name a file with data."),
    b"%PDF": ("a PDF document", _AS_CSV),
    b"BZh91AY&SY": ("packed with bzip2", _UNPACK),
    b"\xfd7zXZ": ("packed with xz", _UNPACK),
    b"7z\xbc\xaf\x27\x1c": ("a 7z archive", _UNPACK),
    b"Rar!": ("a RAR archive", _UNPACK),
    b"ARROW1\0\0": ("an Arrow or Feather file", "Save it as Parquet, or hand it over as a frame."),
    b"Obj\x01": ("an Avro file", _AS_CSV),
}
# What begins so is read as it is: (at which byte, what stands there).
_TABLES = {"sqlite": (0, b"SQLite format 3\0"), "duckdb": (8, b"DUCK"), "parquet": (0, b"PAR1")}
_OLD_EXCEL = b"\xd0\xcf\x11\xe0"


def _zstd(path: Path) -> BinaryIO:
    return pa.input_stream(str(path), compression="zstd")  # type: ignore[no-any-return]


# What unpacks a single file, by its first bytes.
_PACKINGS: dict[bytes, tuple[str, Callable[[Path], BinaryIO | gzip.GzipFile]]] = {
    b"\x1f\x8b": ("gzip", gzip.open),
    b"\x28\xb5\x2f\xfd": ("zstd", _zstd),
}


@dataclass(frozen=True)
class Content:
    """A file that is not packed.

    Attributes
    ----------
    path
        Where it lies (perhaps a temporary copy).
    kind
        What it is.
    """

    path: Path
    kind: Kind


@contextmanager
def unpacked(path: Path, label: str, written: Written, within: Path | None = None) -> Iterator[Content]:
    """Yield a file itself, or what is packed in it, which is streamed to a folder that goes afterwards.

    Parameters
    ----------
    path, label
        The file, and what messages call it.
    written
        Names the member of a zip archive, and the keys in messages.
    within
        Where the folder is made, if not in the system's folder for temporary files.

    Raises
    ------
    DataError
        The file is damaged, or of a kind that is not read: names the kind; or a zip archive has no such member.
    """
    with tempfile.TemporaryDirectory(prefix="holdfast-", dir=within) as folder:
        inner = path
        for layer in range(_MOST_LAYERS + 1):
            kind = _kind(inner, label)
            if kind not in ("zip", "gzip", "zstd"):
                yield Content(inner, kind)
                return
            target = Path(folder) / f"unpacked-{layer}"
            unpack = _unzip if kind == "zip" else _unpack
            unpack(inner, target, label, written)
            inner = target
        raise DataError(f"{label} is packed more than {_MOST_LAYERS} times. Unpack it.")


@contextmanager
def begun(path: Path, label: str, member: str, within: Path | None = None) -> Iterator[Content]:
    """Yield the first lines of a text in a zip archive, so that long files are not unpacked for their names alone.

    Whatever is no text is unpacked whole.

    Parameters
    ----------
    path, label, within
        As of ``unpacked``.
    member
        The file's name in the archive.

    Raises
    ------
    DataError
        As ``unpacked`` does.
    """
    with tempfile.TemporaryDirectory(prefix="holdfast-", dir=within) as folder:
        target = Path(folder) / "beginning"
        with _archive(path, label) as archive:
            packed = _members(archive)[member]
            is_text = not packed.flag_bits & _ENCRYPTED and _begins_a_text(archive, packed)
            if is_text:
                with archive.open(packed) as file:
                    target.write_bytes(_whole_lines(file.read(_BEGINNING), packed.file_size))
        if is_text:
            _refuse(target.read_bytes()[:SEEN], target, label)
            yield Content(target, "text")
            return
    with unpacked(path, label, Written(member=member), within) as content:
        yield content


def _begins_a_text(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> bool:
    with archive.open(member) as file:
        start = file.read(SEEN)
    packed = any(start.startswith(magic) for magic in (_ZIP, *_PACKINGS))
    # Files that should be Parquet are so whatever they begin with.
    return not (
        packed or _table_kind(start) or json_kind(start) or member.filename.lower().endswith((".parquet", ".pq"))
    )


def _whole_lines(start: bytes, size: int) -> bytes:
    """Return the beginning of a text up to the end of its last line, if it has any."""
    if len(start) >= size or (end := start.rfind(b"\n") + 1) == 0:
        return start
    # A letter of UTF-16 is two bytes.
    return start[: end + end % 2] if start.startswith(_UTF16) else start[:end]


def _kind(path: Path, label: str) -> Any:
    with path.open("rb") as file:
        start = file.read(SEEN)
    if start.startswith(_ZIP):
        return _zipped_kind(path, label)
    for magic, (packing, _) in _PACKINGS.items():
        if start.startswith(magic):
            return packing
    if kind := _table_kind(start):
        return kind
    # A Parquet file that is damaged from the start still says by its name what it should be.
    if path.suffix.lower() in (".parquet", ".pq"):
        return "parquet"
    if json_kind(start):
        return "json"
    _refuse(start, path, label)
    return "text"


def _table_kind(start: bytes) -> str | None:
    return next((kind for kind, (place, magic) in _TABLES.items() if start[place:].startswith(magic)), None)


def _refuse(start: bytes, path: Path, label: str) -> None:
    """Refuse a file that begins as no table does: names its kind."""
    if start and not start.strip(b"\0"):
        raise DataError(f"{label} is damaged: it begins with nothing but zeros. {_AGAIN}")
    if start.startswith(_OLD_EXCEL):
        raise _refused(label, *_old_excel(path))
    for magic, (kind, advice) in _REFUSED.items():
        if start.startswith(magic):
            raise _refused(label, kind, advice)
    if start[257:262] == b"ustar":
        raise _refused(label, "a tar archive", "Unpack it and name the folder.")
    if other := other_kind(start):
        raise _refused(label, *other)


def _refused(label: str, kind: str, advice: str) -> DataError:
    return DataError(f"{label} is {kind}, which is not read. {advice}")


def _old_excel(path: Path) -> tuple[str, str]:
    """Tell an old workbook from a new one with a password: both are kept in the same kind of container."""
    mark, tail = "EncryptedPackage".encode("utf-16-le"), b""
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            if mark in tail + chunk:
                return "an Excel workbook with a password", "Save it without one and name that file."
            tail = chunk[-len(mark) :]
    return "an old Excel workbook (.xls) or another old Office document", _AS_XLSX


def _zipped_kind(path: Path, label: str) -> Literal["zip", "workbook"]:
    """Tell workbooks and other documents, which are zip archives too, from archives."""
    with _archive(path, label) as archive:
        names = set(archive.namelist())
        document = archive.read("mimetype")[:60] if "mimetype" in names else b""
    if "xl/workbook.xml" in names:
        return "workbook"
    if "xl/workbook.bin" in names:
        raise _refused(label, "a binary Excel workbook (.xlsb)", _AS_XLSX)
    if b"opendocument" in document:
        raise _refused(label, "an OpenDocument file (.ods)", _AS_XLSX)
    if "Index/Document.iwa" in names:
        raise _refused(label, "a Numbers document", _AS_XLSX)
    return "zip"


@contextmanager
def _archive(path: Path, label: str) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except NotImplementedError:
        raise DataError(f"{label} is packed by a method of zip that is not read (not Deflate). {_UNPACK}") from None
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError, OSError) as error:
        kind = "Excel workbook" if label.lower().endswith((".xlsx", ".xlsm")) else "zip archive"
        raise _not_whole(label, kind, error) from None


def _not_whole(label: str, kind: str, error: Exception) -> DataError:
    # Only the system's own faults have a number: no room left, or no permission.
    if isinstance(error, OSError) and error.errno is not None:
        return DataError(f"{label} could not be unpacked: {error.strerror}. engine.spill_folder says where to.")
    return DataError(f"{label} is not a whole {kind}. {_AGAIN}")


def _unzip(path: Path, target: Path, label: str, written: Written) -> None:
    with _archive(path, label) as archive:
        member = _member(archive, label, written)
        if member.flag_bits & _ENCRYPTED:
            raise DataError(f"{label} is a zip archive with a password, which is not read. Unpack it.")
        with archive.open(member) as packed, target.open("wb") as file:
            shutil.copyfileobj(packed, file, _CHUNK)


def _member(archive: zipfile.ZipFile, label: str, written: Written) -> zipfile.ZipInfo:
    """Return the file in an archive that is named, or the only one."""
    members = _members(archive)
    key, names = written.key("member"), list(members)
    shown = ", ".join(f'"{n[:100]}"' for n in names[:_NAMES_SHOWN])
    if not members:
        raise DataError(f"{label} is a zip archive without a file.")
    if written.member is not None:
        if written.member not in members:
            raise DataError(
                f'{label} has no file "{written.member}" ({key}).{nearest(written.member, names)} Its files: {shown}.'
            )
        return members[written.member]
    if len(members) > 1:
        raise DataError(f"{label} holds {len(members)} files; name one under {key}. Its files: {shown}.")
    return members[names[0]]


def members_of(path: Path) -> list[str]:
    """Return the names of the files in a zip archive; none of what is no zip archive, such as a workbook."""
    if not zipfile.is_zipfile(path) or _kind(path, path.name) != "zip":
        return []
    with _archive(path, path.name) as archive:
        return list(_members(archive))


def _members(archive: zipfile.ZipFile) -> dict[str, zipfile.ZipInfo]:
    return {m.filename: m for m in archive.infolist() if not m.is_dir() and not _is_hidden(m.filename)}


def tables_of(path: Path) -> list[str]:
    """Return the names of the tables of a database's file; none of what is no database."""
    with path.open("rb") as file:
        kind = _table_kind(file.read(512))
    return tables_in_file(path, kind) if kind in ("duckdb", "sqlite") else []


def _is_hidden(name: str) -> bool:
    """Say whether a program of the system put a member there (``__MACOSX/._orders.csv``, ``.DS_Store``)."""
    return any(part.startswith(HIDDEN) for part in PurePosixPath(name).parts)


def _unpack(path: Path, target: Path, label: str, written: Written) -> None:  # noqa: ARG001  # as _unzip
    with path.open("rb") as file:
        start = file.read(4)
    packing, opened = next(found for magic, found in _PACKINGS.items() if start.startswith(magic))
    try:
        with opened(path) as packed, target.open("wb") as file:
            shutil.copyfileobj(packed, file, _CHUNK)
    except (OSError, EOFError, zlib.error) as error:
        raise _not_whole(label, f"{packing} file", error) from None
