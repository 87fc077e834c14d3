"""Where the web page listens, and who may look at it from elsewhere."""

import re
from ipaddress import ip_address
from pathlib import Path

from pydantic import field_validator, model_validator
from pydantic_core import PydanticCustomError

from holdfast.config.section import Section, key


class Web(Section):
    """Where the web page listens, and who may look at it (``holdfast web``)."""

    host: str = key(
        "127.0.0.1", "address to listen on; any but this machine's own (`127.0.0.1`, `::1`, `localhost`) needs a login"
    )
    port: int = key(8400, "port to listen on", ge=0, le=65_535)
    names: tuple[str, ...] = key(
        (), "names or addresses by which the page is reached beside its own, such as `[holdfast.example.org]`"
    )
    password_file: Path | None = key(
        None,
        "file that holds the password's hash, written by `holdfast web --set-password`; "
        "not given: `web.password` in the scenario's output folder",
    )
    proxy_header: str | None = key(
        None,
        "header in which a trusted proxy says who is logged in, such as `X-Forwarded-User`; needs `web.proxies`",
    )
    proxies: tuple[str, ...] = key((), "addresses of the proxies whose `web.proxy_header` counts; from others never")

    @field_validator("proxy_header")
    @classmethod
    def _a_header(cls, name: str | None) -> str | None:
        if name is not None and not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,63}", name):
            raise PydanticCustomError("header", "Name a header, such as X-Forwarded-User")
        return name

    @field_validator("proxies")
    @classmethod
    def _addresses(cls, proxies: tuple[str, ...]) -> tuple[str, ...]:
        try:
            return tuple(str(ip_address(one)) for one in proxies)
        except ValueError:
            raise PydanticCustomError("address", "Name addresses, such as 127.0.0.1") from None

    @model_validator(mode="after")
    def _both(self) -> "Web":
        if (self.proxy_header is None) == bool(self.proxies):
            raise PydanticCustomError("contradiction", "proxy_header and proxies belong together: name both")
        return self
