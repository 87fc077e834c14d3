"""Server: where the page listens, and that nobody else can reach it without a login."""

import ctypes
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from threading import Thread

import pyarrow as pa

from holdfast.config import Config
from holdfast.errors import ConfigError, StorageError
from holdfast.network import address_of, is_own, listen, names_of
from holdfast.web.app import create_app
from holdfast.web.guard import Access
from holdfast.web.password import read_hash, write_hash
from holdfast.web.site import Site

# Of glibc's malloc.h.
_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8


def password_file(config: Config) -> Path:
    """Return where the hash of the scenario's password lies."""
    return config.web.password_file or config.outputs / config.name / "web.password"


def set_password(config: Config, password: str) -> Path:
    """Keep the hash of a password, and return the file.

    Raises
    ------
    ConfigError
        The password is too short or too long.
    """
    path = password_file(config)
    write_hash(path, password)
    return path


def access_of(config: Config) -> Access:
    """Return who may look at the page of a scenario.

    Raises
    ------
    ConfigError
        It would be open to others without a login.
    """
    web = config.web
    access = Access(
        names=names_of(web.host, web.names),
        password=read_hash(password_file(config)),
        header=web.proxy_header or "",
        proxies=frozenset(web.proxies),
        port=web.port,
    )
    if not access.guarded and not is_own(web.host):
        raise ConfigError(
            f'web.host: "{web.host}" can be reached by others, which needs a login: `holdfast web --set-password`, or '
            "web.proxy_header with web.proxies."
        )
    return access


def serve(site: Site, *, certificate: Path | None = None, private_key: Path | None = None) -> None:
    """Serve the page until somebody stops it.

    Parameters
    ----------
    site
        What is shown; ``site.config.web`` says where.
    certificate, private_key
        PEM files for HTTPS; both or none.

    Raises
    ------
    ConfigError
        The page would be open to others without a login, or one of the PEM files is missing.
    HoldfastError
        The port is in use, or the certificate cannot be used.
    """
    import uvicorn

    web, access = site.config.web, access_of(site.config)
    if (certificate is None) != (private_key is None):
        raise ConfigError("--certificate and --key belong together: name both.")
    if not is_own(web.host) and access.password is not None and certificate is None:
        site.say(
            "the password travels as it is typed: give --certificate and --key, or stand behind a proxy with HTTPS"
        )
    _give_back()
    with listen(web.host, web.port) as open_socket:
        port = int(open_socket.getsockname()[1])
        settings = uvicorn.Config(
            create_app(site, replace(access, port=port)),
            access_log=False,  # it would write down what was looked for
            log_level="warning",
            server_header=False,
            proxy_headers=False,  # who is connected decides, not what they say
            ws="none",
            lifespan="off",
            timeout_graceful_shutdown=5,
            ssl_certfile=certificate,
            ssl_keyfile=private_key,
        )
        try:
            settings.load()
        except OSError as error:  # a certificate is not there, or is none
            raise StorageError(f"{certificate}: it cannot be used with this key for HTTPS.") from error
        Thread(target=site.warm, daemon=True).start()
        site.say(f"{address_of(web.host, open_socket, https=certificate is not None)}  (Ctrl-C stops it)")
        uvicorn.Server(settings).run(sockets=[open_socket])


def _give_back() -> None:
    """Let freed memory go back to the system at once: a page that runs for weeks must not keep what one visit took."""
    pa.set_memory_pool(pa.system_memory_pool())
    with suppress(OSError, AttributeError):  # not glibc
        library = ctypes.CDLL(None)
        library.mallopt(_M_MMAP_THRESHOLD, 65_536)
        library.mallopt(_M_ARENA_MAX, 2)
