"""The HTTP protocol of uvicorn, that waits only so long for the head of a request."""

import asyncio

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol


class _Patient(H11Protocol):
    """Ends a connection whose request has no head yet after so many seconds; uvicorn alone would wait for ever."""

    seconds = 10.0
    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        self._wait()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        if self.conn.their_state is h11.IDLE:
            self._wait()
        else:
            self._waited()

    def connection_lost(self, exc: Exception | None) -> None:
        self._waited()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        # Until the next head begins, the connection's time is uvicorn's to end (timeout_keep_alive).
        self._waited()

    def _wait(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(self.seconds, self._late)

    def _waited(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _late(self) -> None:
        self._head = None
        if self.transport.is_closing() or self.conn.their_state is not h11.IDLE:
            return
        if self.conn.our_state is h11.IDLE:
            self.send_400_response("The request took too long.")
        else:
            self.transport.close()


def patient(seconds: float) -> type[H11Protocol]:
    """Return the protocol with its patience, in seconds."""
    return type("Patient", (_Patient,), {"seconds": seconds})
