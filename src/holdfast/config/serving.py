"""Where the scoring service listens, who may ask it, and how much one request may be."""

from pathlib import Path

from holdfast.config.section import Section, key


class Serve(Section):
    """Where the scoring service listens, and how much one request may be (``holdfast serve``)."""

    host: str = key(
        "127.0.0.1", "address to listen on; any but this machine's own (`127.0.0.1`, `::1`, `localhost`) needs a token"
    )
    port: int = key(8401, "port to listen on", ge=0, le=65_535)
    names: tuple[str, ...] = key(
        (), "names or addresses by which the service is reached beside its own, such as `[scores.example.org]`"
    )
    token_file: Path | None = key(
        None,
        "file that holds the token's hash, written by `holdfast serve --new-token`; "
        "not given: `serve.token` in the scenario's output folder",
    )
    most_rows: int = key(10_000, "most rows of one request", ge=1, le=1_000_000)
    most_bytes: int = key(16_000_000, "largest body of one request, in bytes", ge=1_000, le=2**31)
    seconds: float = key(10.0, "within which a request must have arrived", gt=0, le=600)
    at_once: int = key(2, "requests that are scored at the same time; the others wait", ge=1, le=256)
    waiting: int = key(64, "requests that may wait; with more, the next is told to come back (503)", ge=0, le=10_000)
    reload_seconds: float = key(5.0, "after which a newly promoted champion is looked for", gt=0, le=86_400)
