"""The token of the scoring service: random, shown once, and kept as a hash for its owner alone."""

import hashlib
import hmac
from pathlib import Path

from holdfast.config import Config
from holdfast.errors import ConfigError
from holdfast.network import keep_private, new_secret, read_private

_KIND = "sha256$"


def token_file(config: Config) -> Path:
    """Return where the hash of the scenario's token lies."""
    return config.serve.token_file or config.outputs / config.name / "serve.token"


def new_token(config: Config) -> tuple[str, Path]:
    """Make a token, keep its hash, and return both the token and the file: nothing keeps the token itself."""
    token, path = new_secret(), token_file(config)
    # 256 random bits need no slow hash: nobody can try them all.
    keep_private(path, f"{_KIND}{_hash(token)}")
    return token, path


def read_token(path: Path) -> str | None:
    """Return the hash that a file keeps; ``None`` where there is no file.

    Raises
    ------
    ConfigError
        It is not a file of ours, or others may read it.
    """
    text = read_private(path)
    if text is None:
        return None
    if not text.startswith(_KIND):
        raise ConfigError(f"{path} holds no token's hash: `holdfast serve --new-token` writes one.")
    return text.removeprefix(_KIND)


def is_token(header: str, kept: str) -> bool:
    """Say whether an Authorization header carries the token whose hash was kept.

    Examples
    --------
    >>> is_token("Bearer abc", _hash("abc")), is_token("bearer  abc", _hash("abc")), is_token("abc", _hash("abc"))
    (True, True, False)
    """
    kind, _, token = header.partition(" ")
    return kind.lower() == "bearer" and hmac.compare_digest(_hash(token.strip()), kept)


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).hexdigest()
