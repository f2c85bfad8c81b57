"""Peers that do not behave: what they are sent does not matter, they answer in their way."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from types import TracebackType

MISBEHAVIOURS = ("refuses", "stalls", "drips", "never ends", "vanishes")
"""Closes each connection at once; takes all and says nothing; says a byte in a while; says without
an end; is gone, so that nothing listens any more."""


class Peer:
    """A server on loopback that behaves in one of these ways.

    Args:
        how: One of MISBEHAVIOURS.
        start: What it says before it misbehaves.
        drip: What it says a byte at a time, and without an end.

    Attributes:
        port: Where it listens.
        sent: Bytes that it has sent.
        accepted: Connections that it has taken.
    """

    def __init__(self, how: str, start: bytes = b"", drip: bytes = b"x") -> None:
        self._how, self._start, self._drip = how, start, drip
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.sent = self.accepted = 0
        self._closed = threading.Event()
        if how == "vanishes":
            self._listener.close()
        else:
            threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Peer:
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        _error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._closed.set()
        self._listener.close()

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                client, _ = self._listener.accept()
                self.accepted += 1
                threading.Thread(target=self._answer, args=(client,), daemon=True).start()

    def _answer(self, client: socket.socket) -> None:
        with client, suppress(OSError):
            if self._how == "refuses":
                return
            client.settimeout(30)
            client.recv(65536)
            self._say(client, self._start)
            while self._how == "stalls" and not self._closed.wait(0.1):
                pass
            while self._how == "drips" and not self._closed.is_set():
                self._say(client, self._drip)
                time.sleep(0.3)
            much = self._drip * (65536 // len(self._drip))
            while self._how == "never ends" and not self._closed.is_set():
                self._say(client, much)

    def _say(self, client: socket.socket, text: bytes) -> None:
        client.sendall(text)
        self.sent += len(text)
