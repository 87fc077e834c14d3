"""Where a server listens: on this machine alone unless somebody says otherwise."""

import os
import secrets
import socket
from ipaddress import ip_address
from pathlib import Path

from holdfast.disk import PRIVATE, make_folders, refusal, refusals, whole_file
from holdfast.errors import ConfigError, HoldfastError

OWN_NAMES = frozenset({"127.0.0.1", "localhost", "::1"})
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104  # recognised, to ask for a login


def is_own(host: str) -> bool:
    """Say whether only this machine can reach an address.

    Examples
    --------
    >>> is_own("127.0.0.1"), is_own("localhost"), is_own("::1"), is_own("0.0.0.0"), is_own("shop.example")
    (True, True, True, False, False)
    """
    try:
        return host.lower() == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False


def names_of(host: str, more: tuple[str, ...]) -> frozenset[str]:
    """Return what a request may call a server (the Host header, its port aside).

    Examples
    --------
    >>> sorted(names_of("0.0.0.0", ("Scores.example",)))
    ['127.0.0.1', '::1', 'localhost', 'scores.example']
    """
    return OWN_NAMES | {name.lower() for name in more} | {host.lower()} - set(EVERYWHERE)


def name_of(host: str) -> str:
    """Return the name in a Host header: in small letters, without the port; nothing where it is none.

    Examples
    --------
    >>> name_of("127.0.0.1:8400"), name_of("[::1]:8400"), name_of("Localhost"), name_of("a:b:c")
    ('127.0.0.1', '::1', 'localhost', '')
    """
    name, bracket, rest = host.removeprefix("[").partition("]") if host.startswith("[") else (host, "", "")
    if not bracket:
        name, _, rest = host.partition(":")
    else:
        rest = rest.removeprefix(":")
    return name.lower() if not rest or rest.isdigit() else ""


def listen(host: str, port: int) -> socket.socket:
    """Open the socket ourselves: what the system refuses is told before anything starts.

    Raises
    ------
    HoldfastError
        The port is in use, or the address is not ours.
    """
    try:
        (family, _, _, _, place), *_ = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        return socket.create_server(place, family=family)
    except OSError as error:
        said = str(refusal(error)).rstrip(".")
        raise HoldfastError(
            f"{host}, port {port}: {said}. --port names another port, --host another address."
        ) from error


def address_of(host: str, opened: socket.socket, *, https: bool) -> str:
    """Return the address that people and programs ask."""
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if https else 'http'}://{shown}:{int(opened.getsockname()[1])}/"


def new_secret() -> str:
    """Return a secret that nobody can guess: 256 random bits as text."""
    return secrets.token_urlsafe(32)


def keep_private(path: Path, line: str) -> None:
    """Keep one line in a file for its owner alone."""
    with refusals(path):
        make_folders(path.parent, path.parent)
    with whole_file(path, mode=PRIVATE) as draft:
        draft.write_text(f"{line}\n", encoding="ascii")


def read_private(path: Path) -> str | None:
    """Return the line that a file keeps for its owner alone; ``None`` where there is no file.

    Raises
    ------
    ConfigError
        Others may read it.
    """
    if not path.exists():
        return None
    with refusals(path):
        mode, text = path.stat().st_mode, path.read_text(encoding="ascii", errors="replace").strip()
    if os.name != "nt" and mode & 0o077:
        raise ConfigError(f"{path}: others than you may read it: `chmod 600` it.")
    return text
