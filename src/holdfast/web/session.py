"""Sessions: a signed cookie, and tokens that show a form to be ours; nothing of either is kept on disk."""

import hmac
import secrets
import time
from dataclasses import dataclass
from threading import Lock

from itsdangerous import BadData, TimestampSigner, URLSafeTimedSerializer

HOURS = 12
_SECONDS = HOURS * 3600
_TRIES, _WITHIN = 10, 15 * 60


@dataclass(frozen=True)
class Session:
    """A visitor: a random name, and who they are; empty for somebody who did not log in."""

    ident: str
    user: str


class Sessions:
    """Makes and reads sessions; all end when the page stops, and each after twelve hours."""

    def __init__(self) -> None:
        secret = secrets.token_bytes(32)
        self._cookies = URLSafeTimedSerializer(secret, salt="session")
        self._tokens = TimestampSigner(secret, salt="form")
        self._ended: dict[str, float] = {}
        self._lock = Lock()

    def new(self, user: str = "") -> Session:
        """Return a new session."""
        return Session(secrets.token_urlsafe(24), user)

    def cookie(self, session: Session) -> str:
        """Return what the browser keeps."""
        return str(self._cookies.dumps([session.ident, session.user]))

    def read(self, cookie: str | None) -> Session | None:
        """Return the session of a cookie; ``None`` where it is not ours, too old, or was ended."""
        try:
            ident, user = self._cookies.loads(cookie or "", max_age=_SECONDS)
        except (BadData, ValueError):
            return None
        return None if ident in self._ended else Session(ident, user)

    def end(self, session: Session) -> None:
        """End a session: its cookie counts no more."""
        now = time.monotonic()
        with self._lock:
            self._ended = {ident: at for ident, at in self._ended.items() if now - at < _SECONDS}
            self._ended[session.ident] = now

    def token(self, session: Session) -> str:
        """Return what a form of this session carries."""
        return self._tokens.sign(session.ident).decode("ascii")

    def is_ours(self, token: str, session: Session) -> bool:
        """Say whether a form's token was made for this session."""
        try:
            ident = self._tokens.unsign(token, max_age=_SECONDS)
        except BadData:
            return False
        return hmac.compare_digest(ident, session.ident.encode("ascii"))


class Tries:
    """Counts wrong passwords: after ten within a quarter of an hour nobody from there may try for a while."""

    def __init__(self) -> None:
        self._wrong: dict[str, list[float]] = {}
        self._lock = Lock()

    def spent(self, peer: str) -> bool:
        """Say whether an address has no try left."""
        with self._lock:
            return len(self._recent(peer)) >= _TRIES

    def wrong(self, peer: str) -> None:
        """Count a wrong password."""
        with self._lock:
            self._wrong[peer] = [*self._recent(peer), time.monotonic()]

    def _recent(self, peer: str) -> list[float]:
        now = time.monotonic()
        self._wrong = {who: kept for who, at in self._wrong.items() if (kept := [t for t in at if now - t < _WITHIN])}
        return self._wrong.get(peer, [])
