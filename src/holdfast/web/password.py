"""A password as a hash that is slow to try: scrypt of the standard library (RFC 7914)."""

import base64
import hashlib
import hmac
import os
from pathlib import Path
from threading import Lock

from holdfast.errors import ConfigError
from holdfast.network import keep_private, read_private

SHORTEST, LONGEST = 12, 1024
# 32 MB and about a tenth of a second for each attempt.
_N, _R, _P = 2**15, 8, 1
_ONE_AT_A_TIME = Lock()


def hashed(password: str) -> str:
    """Return a password's hash with its salt and parameters.

    Raises
    ------
    ConfigError
        It is too short, or too long.

    Examples
    --------
    >>> kept = hashed("correct horse battery")
    >>> matches("correct horse battery", kept), matches("Correct horse battery", kept)
    (True, False)
    """
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigError(f"A password has {SHORTEST} to {LONGEST:,} characters.")
    salt = os.urandom(16)
    return "$".join(["scrypt", str(_N), str(_R), str(_P), _text(salt), _text(_key(password, salt, _N, _R, _P))])


def matches(password: str, kept: str) -> bool:
    """Say whether a password is the one whose hash was kept."""
    _, n, r, p, salt, key = kept.split("$")
    if len(password) > LONGEST:
        return False
    return hmac.compare_digest(_key(password, _bytes(salt), int(n), int(r), int(p)), _bytes(key))


def write_hash(path: Path, password: str) -> None:
    """Keep a password's hash in a file for its owner alone."""
    line = hashed(password)
    keep_private(path, line)


def read_hash(path: Path) -> str | None:
    """Return the hash that a file keeps; ``None`` where there is no file.

    Raises
    ------
    ConfigError
        It is not a file of ours, or others may read it.
    """
    text = read_private(path)
    if text is None:
        return None
    parts = text.split("$")
    if len(parts) != 6 or parts[0] != "scrypt" or not all(number.isdigit() for number in parts[1:4]):
        raise ConfigError(f"{path} holds no password's hash: `holdfast web --set-password` writes one.")
    return text


def _key(password: str, salt: bytes, n: int, r: int, p: int) -> bytes:
    # Several attempts at once would each take the memory.
    with _ONE_AT_A_TIME:
        return hashlib.scrypt(password.encode(), salt=salt, n=n, r=r, p=p, maxmem=256 * n * r, dklen=32)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text)
