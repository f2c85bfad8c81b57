"""An HTTP server for few, in which nobody who asks or takes slowly stands in the way of others.

uvicorn waits for a request that has begun, and for a client that takes no answer, as long as it
takes, and it accepts whatever comes: a thousand half requests are the end of a process.
"""

from __future__ import annotations

import asyncio
import resource
import signal
import socket
import time
from collections.abc import Callable
from types import FrameType
from typing import Any

import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from recon_kit.errors import ReconError

SECONDS_TO_ASK = 10.0
"""Until a request is there, in all: from when a client connects, or has had its last answer."""

SECONDS_TO_TAKE, LEAST_TAKEN = 30.0, 32_768
"""Until a client that takes less than so many bytes of an answer is given up."""

SECONDS_TO_END = 3
"""How long what is in hand may go on after SIGTERM."""

MOST = 200
"""Connections, where the process may have twice as many files open."""


class Protocol(H11Protocol):
    """uvicorn's, with a time for each thing that a client may keep waiting for."""

    _asking: asyncio.TimerHandle | None = None
    _taking: asyncio.TimerHandle | None = None
    _since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Takes it; where there are too many, who has asked for nothing for longest has to go."""
        super().connection_made(transport)
        self._since = time.monotonic()
        notice_absence(transport.get_extra_info("socket"))
        if len(self.connections) > most():
            idle = [one for one in self.connections if isinstance(one, Protocol) and one.is_idle]
            min(idle, key=lambda one: one._since, default=self).transport.abort()
        self._wait_for_request()

    @property
    def is_idle(self) -> bool:
        """Whether there is no request in hand."""
        return self.cycle is None or self.cycle.response_complete

    def data_received(self, data: bytes) -> None:
        """Takes a part of a request."""
        super().data_received(data)
        if not self.is_idle:
            self._cancel()

    def on_response_complete(self) -> None:
        """Goes on to the next request."""
        self._since = time.monotonic()
        super().on_response_complete()
        if self.is_idle:
            self._wait_for_request()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends."""
        self._cancel()
        self.resume_writing()
        super().connection_lost(exc)

    def pause_writing(self) -> None:
        """Waits for the client to take what was written."""
        super().pause_writing()
        self._wait_for_taking()

    def resume_writing(self) -> None:
        """Goes on."""
        if self._taking is not None:
            self._taking.cancel()
        super().resume_writing()

    def _wait_for_request(self) -> None:
        self._cancel()
        self._asking = self.loop.call_later(SECONDS_TO_ASK, self.transport.abort)

    def _wait_for_taking(self, left: int | None = None) -> None:
        """Looks again and again whether there is less left than before, by more than a drip."""
        size = self.transport.get_write_buffer_size()
        if left is not None and size > left - LEAST_TAKEN:
            self.transport.abort()
            return
        self._taking = self.loop.call_later(SECONDS_TO_TAKE, self._wait_for_taking, size)

    def _cancel(self) -> None:
        if self._asking is not None:
            self._asking.cancel()


async def alive(_request: Request) -> Response:
    """What /healthz answers as long as the process does: it waits for nothing and nobody."""
    return JSONResponse({"status": "ok"})


def most() -> int:
    """How many connections are taken: the rest of the files that may be open is for the others."""
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return MOST if soft == resource.RLIM_INFINITY else max(min(MOST, (soft - 32) // 2), 1)


def notice_absence(connection: socket.socket) -> None:
    """Has TCP find out within a minute that the other end is gone."""
    if connection.family == socket.AF_UNIX:
        return
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in (
        ("TCP_KEEPIDLE", 15),
        ("TCP_KEEPINTVL", 5),
        ("TCP_KEEPCNT", 3),
        ("TCP_USER_TIMEOUT", 30_000),
    ):
        if (option := getattr(socket, name, None)) is not None:
            connection.setsockopt(socket.IPPROTO_TCP, option, value)


class Server(uvicorn.Server):
    """Answers at an address.

    Args:
        app: What answers.
        listener: Where.
        before_end: Called when it is told to end, by the handler of a signal.
    """

    def __init__(
        self,
        app: ASGIApp,
        listener: socket.socket,
        before_end: Callable[[], Any] = lambda: None,
    ) -> None:
        config = uvicorn.Config(
            app,
            http=Protocol,
            ws="none",
            backlog=64,  # so many are accepted at once, before any of them is looked at
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=SECONDS_TO_END,
        )
        super().__init__(config)
        self._listener, self._before_end = listener, before_end

    def answer(self) -> None:
        """Answers until SIGTERM or Ctrl-C, which it then passes on."""
        self.run(sockets=[self._listener])

    def stop(self) -> None:
        """Has it end, unless a signal has already; any thread may call it."""
        if not self.should_exit:
            self.handle_exit(signal.SIGTERM, None)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Ends what would not end by itself, and then the rest."""
        self._before_end()
        super().handle_exit(sig, frame)


def bound(host: str, port: int, lack: str, hint: str) -> socket.socket:
    """A socket that listens there.

    Args:
        host: Name or address.
        port: 0 for one that is free.
        lack: What is said where it cannot, with {host} and {port} in it.
        hint: How another is named.

    Raises:
        ReconError: It cannot.
    """
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        listener = socket.create_server(address[:2], family=family)
        # asyncio leaves Nagle's algorithm on: the body of an answer would wait 40 ms for its head
        # to be acknowledged.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return listener
    except OSError as error:
        lack = lack.format(host=host, port=port)
        raise ReconError(f"{lack}: {error.strerror}", hint) from error
