"""Guard: every request passes here first; who may ask, how large and how slow it may be, and what the log says."""

import asyncio
import json
import time
from dataclasses import dataclass, field
from typing import Any

from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.errors import place_of
from holdfast.network import OWN_NAMES, name_of
from holdfast.progress import Say, quiet
from holdfast.serve.token import is_token

OPEN = ("/health", "/ready")
"""What whoever runs the service asks without a token; it tells nothing of the model or of customers."""
_HEADERS = {
    "cache-control": "no-store",
    "x-content-type-options": "nosniff",
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
}
# A body that is refused is read on for a while, so that whoever sends it sees the answer.
_DRAINED = 4


def answer(status: int, content: dict[str, Any], headers: dict[str, str] | None = None) -> Response:
    """Return JSON that says every number to its last digit."""
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return Response(text.encode(), status, headers, media_type="application/json")


def refused(status: int, sentence: str, headers: dict[str, str] | None = None) -> Response:
    """Return what a request that is not answered gets: one sentence."""
    return answer(status, {"error": sentence}, headers)


@dataclass(frozen=True)
class Limits:
    """Who may ask, and how much: names of the Host header, hash of the token, largest body, seconds to send it."""

    names: frozenset[str] = OWN_NAMES
    token: str | None = None
    most_bytes: int = 16_000_000
    seconds: float = 10.0


@dataclass
class Guard:
    """The service behind its guard.

    Parameters
    ----------
    app
        What answers; it finds the whole body of a request in ``scope["state"]["body"]``.
    limits
        Who may ask, and how much.
    say
        Receives one line per answer: method, route, status and milliseconds, nothing of what was sent.
    """

    app: ASGIApp
    limits: Limits = field(default_factory=Limits)
    say: Say = quiet

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            return
        began, answered = time.monotonic(), [0]
        scope.setdefault("state", {})

        async def finished(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered[0] = int(message["status"])
                more = [(name.encode(), text.encode()) for name, text in _HEADERS.items()]
                message["headers"] = [*message.get("headers", []), *more]
            await send(message)

        try:
            refusal = await self._refusal(scope, receive)
            await (refusal if refusal is not None else self.app)(scope, receive, finished)
        except _GoneError:
            answered[0] = 499
        except Exception as error:  # noqa: BLE001  # its words may quote customers' data
            self.say(f"{type(error).__name__}{place_of(error)}: this is a bug in Holdfast")
            if not answered[0]:
                await refused(500, "Something went wrong in Holdfast. The log says where.")(scope, receive, finished)
        finally:
            method = scope["method"] if scope["method"] in ("GET", "POST") else "OTHER"
            route = getattr(scope.get("route"), "path", "(none)")
            self.say(f"{method} {route} {answered[0]} {1000 * (time.monotonic() - began):.0f} ms")

    async def _refusal(self, scope: Scope, receive: Receive) -> Response | None:
        """Return the answer to a request that goes no further; else keep its body for the answer."""
        headers = {name.decode("latin-1"): text.decode("latin-1") for name, text in scope["headers"]}
        if name_of(headers.get("host", "")) not in self.limits.names:
            return refused(421, "This service does not answer to the name it was asked by (serve.names).")
        if scope["method"] not in ("GET", "POST"):
            return refused(405, "This service is asked by GET and POST.", {"allow": "GET, POST"})
        given = headers.get("authorization", "")
        if self.limits.token is not None and scope["path"] not in OPEN and not is_token(given, self.limits.token):
            return refused(401, "A token is needed: Authorization: Bearer TOKEN.", {"www-authenticate": "Bearer"})
        if scope["method"] == "GET":
            return None
        if headers.get("content-type", "").partition(";")[0].strip().lower() != "application/json":
            return refused(415, "The body must be JSON (Content-Type: application/json).")
        if headers.get("content-encoding", "identity").strip().lower() != "identity":
            return refused(415, "The body must not be packed.")
        return await self._read(scope, receive, headers.get("content-length", ""))

    async def _read(self, scope: Scope, receive: Receive, stated: str) -> Response | None:
        most, body, over, closing = self.limits.most_bytes, bytearray(), False, {"connection": "close"}
        too_large = refused(413, f"The body is larger than {most:,} bytes (serve.most_bytes).", closing)
        if stated.isdigit() and int(stated) > _DRAINED * most:
            return too_large
        seen = 0
        try:
            async with asyncio.timeout(self.limits.seconds):
                while True:
                    message = await receive()
                    if message["type"] == "http.disconnect":
                        raise _GoneError
                    part = message.get("body", b"")
                    seen += len(part)
                    over = over or seen > most
                    if over:
                        body.clear()
                    else:
                        body += part
                    if not message.get("more_body", False) or seen > _DRAINED * most:
                        break
        except TimeoutError:
            return refused(408, f"The body took longer than {self.limits.seconds:g} s (serve.seconds).", closing)
        if over:
            return too_large
        scope["state"]["body"] = bytes(body)
        return None


class _GoneError(Exception):
    """Whoever asked has gone."""
