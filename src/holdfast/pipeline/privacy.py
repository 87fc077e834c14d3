"""The key of tombstones and pseudonyms, and who was erased."""

import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

from holdfast import disk
from holdfast.config import Config
from holdfast.data.erased import Erased, tombstone
from holdfast.errors import ConfigError, StorageError

KEY_VARIABLE = "HOLDFAST_PRIVACY_KEY"
FOLDER = "privacy"
_TOMBSTONES = "tombstones.json"
_BYTES = 32
_SHORTEST = 16


def privacy_key(config: Config, *, make: bool = False) -> bytes:
    """Return the key of a scenario's tombstones and pseudonyms.

    Parameters
    ----------
    config
        ``privacy.key_file`` says where it lies; else the environment's ``HOLDFAST_PRIVACY_KEY``, else
        ``outputs/<name>/privacy/key``.
    make
        Whether to make the last of these where there is no key.

    Raises
    ------
    ConfigError
        There is none, it is too short, or it is not the one that the tombstones were made with.
    """
    stated, own = config.privacy.key_file, config.outputs / config.name / FOLDER / "key"
    place = str(stated or (KEY_VARIABLE if KEY_VARIABLE in os.environ else own))
    if stated is None and KEY_VARIABLE in os.environ:
        text = os.environ[KEY_VARIABLE]
    elif (stated or own).is_file():
        with disk.refusals(stated or own):
            text = (stated or own).read_text(encoding="utf-8")
    elif stated is None and make and not _tombstones(config):
        text = secrets.token_hex(_BYTES)
        with _whole(config, own) as draft:
            draft.write_text(text + "\n", encoding="utf-8")
    else:
        raise ConfigError(
            f"privacy.key_file: there is no key in {place}, and without it nobody can tell who was erased. Put "
            f"back the file, or state the key in {KEY_VARIABLE}."
        )
    key = text.strip().encode()
    if len(key) < _SHORTEST:
        raise ConfigError(f"privacy.key_file: the key in {place} is shorter than {_SHORTEST} characters.")
    if (known := _tombstones(config)) and not hmac.compare_digest(known["check"], _check(key)):
        raise ConfigError(f"privacy.key_file: the key in {place} is not the one that customers were erased with.")
    return key


def erased_of(config: Config) -> Erased | None:
    """Return who was erased from a scenario; None where nobody was. Errors as of ``privacy_key``."""
    known = _tombstones(config)
    return Erased(privacy_key(config), frozenset(known["erased"])) if known else None


def bury(config: Config, ids: Iterable[str], today: date) -> int:
    """Leave a tombstone for each id, and return how many are new."""
    key = privacy_key(config, make=True)
    path = config.outputs / config.name / FOLDER / _TOMBSTONES
    with _whole(config, path) as draft:
        before = _tombstones(config).get("erased", {})
        new = {tombstone(key, own): today.isoformat() for own in ids}
        erased = dict(sorted({**new, **before}.items()))
        content = {"check": _check(key), "erased": erased}
        draft.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return len(set(new) - set(before))


def refuse_erased_since(config: Config, known: Erased | None) -> None:
    """Refuse to write what was read before customers were erased; the caller holds the lock of the outputs.

    Raises
    ------
    StorageError
        They would be back.
    """
    now = frozenset(_tombstones(config).get("erased", {}))
    if now != (known.tombstones if known is not None else frozenset()):
        raise StorageError("Customers were erased while this command ran. Nothing was written: run it again.")


def _tombstones(config: Config) -> dict[str, Any]:
    path = config.outputs / config.name / FOLDER / _TOMBSTONES
    with disk.refusals(path):
        if not path.is_file():
            return {}
        try:
            found = json.loads(path.read_text(encoding="utf-8"))
            return {"check": str(found["check"]), "erased": dict(found["erased"])}
        except (ValueError, KeyError, TypeError):
            raise StorageError(
                f"{path} is damaged, so nobody can tell who was erased. Put back a copy of it; nothing was read."
            ) from None


def _check(key: bytes) -> str:
    return hmac.new(key, b"holdfast key", hashlib.sha256).hexdigest()


def _whole(config: Config, path: Path) -> Any:
    with disk.refusals(path):
        disk.make_folders(path.parent, config.outputs / config.name, disk.PRIVATE)
    # For the owner alone, whatever the other outputs are.
    return disk.whole_file(path)
