"""Server: where the service listens, and that nobody else can reach it without a token."""

from pathlib import Path

from holdfast.config import Config
from holdfast.errors import ConfigError, StorageError
from holdfast.network import address_of, is_own, listen, names_of
from holdfast.serve.app import create_app
from holdfast.serve.desk import Desk
from holdfast.serve.guard import Limits
from holdfast.serve.patient import patient
from holdfast.serve.token import read_token, token_file

_MOST_CONNECTIONS = 500
_HEAD_BYTES = 16_384


def limits_of(config: Config) -> Limits:
    """Return who may ask the service of a scenario.

    Raises
    ------
    ConfigError
        It would be open to others without a token.
    """
    given = config.serve
    token = read_token(token_file(config))
    if token is None and not is_own(given.host):
        raise ConfigError(
            f'serve.host: "{given.host}" can be reached by others, which needs a token: `holdfast serve --new-token`.'
        )
    return Limits(names_of(given.host, given.names), token, given.most_bytes, given.seconds)


def serve(desk: Desk, *, certificate: Path | None = None, private_key: Path | None = None) -> None:
    """Serve scores until somebody stops it.

    Parameters
    ----------
    desk
        Who scores; ``desk.config.serve`` says where.
    certificate, private_key
        PEM files for HTTPS; both or none.

    Raises
    ------
    ConfigError
        The service would be open to others without a token, or one of the PEM files is missing.
    HoldfastError
        The port is in use, or the certificate cannot be used.
    """
    import uvicorn

    given, limits = desk.config.serve, limits_of(desk.config)
    if (certificate is None) != (private_key is None):
        raise ConfigError("--certificate and --key belong together: name both.")
    if not is_own(given.host) and certificate is None:
        desk.say("the token travels as it is: give --certificate and --key, or stand behind a proxy with HTTPS")
    with listen(given.host, given.port) as open_socket:
        settings = uvicorn.Config(
            create_app(desk, limits),
            http=patient(given.seconds),
            access_log=False,  # it would write down addresses
            log_level="critical",  # it would quote what it could not read
            server_header=False,
            proxy_headers=False,
            ws="none",
            lifespan="off",
            limit_concurrency=_MOST_CONNECTIONS,
            h11_max_incomplete_event_size=_HEAD_BYTES,
            timeout_graceful_shutdown=30,
            ssl_certfile=certificate,
            ssl_keyfile=private_key,
        )
        try:
            settings.load()
        except OSError as error:  # a certificate is not there, or is none
            raise StorageError(f"{certificate}: it cannot be used with this key for HTTPS.") from error
        stop = desk.watch()
        desk.say(f"scoring with {desk.now.bundle.model_version}")
        desk.say(f"{address_of(given.host, open_socket, https=certificate is not None)}  (Ctrl-C stops it)")
        try:
            uvicorn.Server(settings).run(sockets=[open_socket])
        finally:
            stop()
