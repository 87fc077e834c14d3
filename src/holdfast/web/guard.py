"""Guard: every request passes here first and every answer last; who may ask, and what no answer goes without."""

import time
from dataclasses import dataclass, field
from ipaddress import ip_address
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from holdfast.errors import place_of
from holdfast.language import gettext as _
from holdfast.language import speaking
from holdfast.network import name_of
from holdfast.progress import Say, quiet
from holdfast.web.pages import error_page, login_page
from holdfast.web.refused import PageError
from holdfast.web.session import Session, Sessions, Tries

PASSWORD = "password"  # noqa: S105  # the name of who logged in with it
_LARGEST, _MOST_FIELDS = 16_384, 30
_HEADERS = {
    "content-security-policy": "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "x-robots-tag": "noindex",
}
STATIC = "/static/"


@dataclass(frozen=True)
class Access:
    """Who may look.

    Attributes
    ----------
    names
        What a request may call us (the Host header, its port aside).
    password
        The hash of the password; ``None``: there is none.
    header, proxies
        Where trusted proxies say who is logged in, and their addresses.
    port
        Part of the cookie's name: cookies are shared by all ports of a machine.
    """

    names: frozenset[str] = frozenset({"127.0.0.1", "localhost", "::1"})
    password: str | None = None
    header: str = ""
    proxies: frozenset[str] = frozenset()
    port: int = 8400

    @property
    def guarded(self) -> bool:
        """Whether one has to log in."""
        return self.password is not None or bool(self.header)


@dataclass
class Guard:
    """The application behind its guard.

    Parameters
    ----------
    app
        What answers.
    access, sessions
        Who may look.
    say
        Receives one line per answer: never an address with what was asked for in it.
    language
        What every answer speaks, refusals and the login among them.
    """

    app: ASGIApp
    access: Access
    sessions: Sessions
    say: Say = quiet
    tries: Tries = field(default_factory=Tries)
    language: str = "en"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request in the language of the scenario; the threads that work on it take the language over."""
        with speaking(self.language):
            await self._answer(scope, receive, send)

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            if scope["type"] == "websocket":
                await send({"type": "websocket.close", "code": 1008})
            return
        request, began, answered = Request(scope, receive), time.monotonic(), [0]
        scope.setdefault("state", {})
        scope["state"].update(session=None, user="", form={}, cookie=None)

        async def finished(message: Message) -> None:
            if message["type"] == "http.response.start":
                answered[0] = int(message["status"])
                message["headers"] = [*message.get("headers", []), *self._headers(request)]
            await send(message)

        try:
            refusal = await self._refusal(request)
            await (refusal if refusal is not None else self.app)(scope, receive, finished)
        except Exception as error:  # noqa: BLE001  # its words may quote customers' data
            self.say(f"{type(error).__name__}{place_of(error)}: this is a bug in Holdfast")
            if not answered[0]:
                await error_page(500, _("Something went wrong in Holdfast. The log says where."))(
                    scope, receive, finished
                )
        finally:
            self.say(f"{_method(request)} {_route(request)} {answered[0]} {1000 * (time.monotonic() - began):.0f} ms")

    async def _refusal(self, request: Request) -> Response | None:
        """Return the answer to a request that goes no further."""
        state = request.state
        if name_of(request.headers.get("host", "")) not in self.access.names:
            return error_page(421, _("This page does not answer to the name it was asked by."))
        if request.method not in ("GET", "POST"):
            return error_page(405, _("This page is looked at and sent forms, nothing else."))
        if request.url.path.startswith(STATIC):
            return None
        state.session = self.sessions.read(request.cookies.get(self._cookie(request)))
        state.user = self._user(request, state.session)
        if state.session is not None and state.session.user not in ("", state.user):
            state.session = None
        if request.method == "POST":
            try:
                state.form = await self._form(request, state.session)
            except PageError as error:
                return error_page(error.status, str(error))
        if request.url.path == "/login" and self.access.password is not None:
            return None
        if state.user or (not self.access.guarded and _is_loopback(_peer(request))):
            return None
        return self._locked(request)

    def _user(self, request: Request, session: Session | None) -> str:
        """Return who asks: whom a trusted proxy names, or who logged in; empty for nobody."""
        if self.access.header and _peer(request) in self.access.proxies:
            names = request.headers.getlist(self.access.header)
            if len(names) == 1 and names[0].strip() and len(names[0]) <= 256 and names[0].isprintable():
                return f"proxy:{names[0].strip()}"
        if self.access.password is not None and session is not None and session.user == PASSWORD:
            return PASSWORD
        return ""

    def _locked(self, request: Request) -> Response:
        if self.access.password is None:
            return error_page(403, _("You are not logged in, and this page has no login of its own."))
        query = f"?{request.url.query}" if request.url.query else ""
        back = f"{request.url.path}{query}" if request.method == "GET" else "/"
        return login_page(self.token(request), back)

    async def _form(self, request: Request, session: Session | None) -> dict[str, str]:
        """Read a form, and refuse one that was not ours: every form carries its session's token."""
        if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
            raise PageError(403, _("This form was sent from another site."))
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != "application/x-www-form-urlencoded":
            raise PageError(415, _("A form was expected."))
        body = b""
        async for part in request.stream():
            body += part
            if len(body) > _LARGEST:
                raise PageError(413, _("This form is too large."))
        try:
            pairs = parse_qsl(
                body.decode("utf-8"), keep_blank_values=True, max_num_fields=_MOST_FIELDS, errors="strict"
            )
        except ValueError:
            raise PageError(400, _("This form cannot be read.")) from None
        form = dict(pairs)
        if len(form) < len(pairs):
            raise PageError(400, _("A field of this form stands there twice."))
        token = form.pop("token", "")
        if session is None or not token.isascii() or not self.sessions.is_ours(token, session):
            raise PageError(403, _("This form is too old, or was not made by this page. Open it again."))
        return form

    def token(self, request: Request) -> str:
        """Return what a form on the answer carries; a visitor without a session gets one."""
        if request.state.session is None:
            self.start(request, request.state.user)
        return self.sessions.token(request.state.session)

    def start(self, request: Request, user: str) -> None:
        """Begin a session; the answer carries its cookie."""
        request.state.session = self.sessions.new(user)
        request.state.cookie = self.sessions.cookie(request.state.session)

    def stop(self, request: Request) -> None:
        """End the session, here and in the browser."""
        if request.state.session is not None:
            self.sessions.end(request.state.session)
        request.state.session, request.state.cookie = None, ""

    def _headers(self, request: Request) -> list[tuple[bytes, bytes]]:
        kept = "no-cache" if request.url.path.startswith(STATIC) else "no-store"
        given = {**_HEADERS, "cache-control": kept}
        if request.state.cookie is not None:
            age = "" if request.state.cookie else "; Max-Age=0"
            secure = "; Secure" if self._is_secure(request) else ""
            flags = f"; Path=/; HttpOnly; SameSite=Strict{secure}{age}"
            given["set-cookie"] = f"{self._cookie(request)}={request.state.cookie}{flags}"
        return [(name.encode("latin-1"), text.encode("latin-1")) for name, text in given.items()]

    def _cookie(self, request: Request) -> str:
        return f"{'__Host-' if self._is_secure(request) else ''}holdfast-{self.access.port}"

    def _is_secure(self, request: Request) -> bool:
        through = request.headers.get("x-forwarded-proto", "") if _peer(request) in self.access.proxies else ""
        return request.url.scheme == "https" or through.lower() == "https"


def _peer(request: Request) -> str:
    """Return the address of who is connected with us, whatever headers say."""
    return request.client.host if request.client is not None else ""


def _is_loopback(address: str) -> bool:
    try:
        return ip_address(address).is_loopback
    except ValueError:
        return False


def _method(request: Request) -> str:
    return request.method if request.method in ("GET", "POST") else "OTHER"


def _route(request: Request) -> str:
    """Return the pattern of the address, which names nobody."""
    return str(getattr(request.scope.get("route"), "path", "(no page)"))
