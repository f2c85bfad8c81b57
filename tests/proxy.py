"""A way to the server that can be cut, and can stall."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress

from psycopg.conninfo import conninfo_to_dict, make_conninfo


class Proxy:
    """Forwards TCP to the server of a URL, until it is cut.

    Attributes:
        refuses: Whether new connections are closed at once.
        stalls: Whether everything is taken and nothing passed on; TCP itself goes on answering.
        drips: Whether a byte is passed on in a while.
    """

    def __init__(self, url: str) -> None:
        parts = conninfo_to_dict(url)
        self._host, self._port = str(parts["host"]), int(str(parts["port"]))
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self.refuses = self.stalls = self.drips = False
        self._forgotten = 0
        self.accepted = 0
        self.url = make_conninfo(url, host="127.0.0.1", port=self._listener.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """Drops every connection."""
        with self._lock:
            for end in self._open:
                with suppress(OSError):
                    end.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def forget(self) -> None:
        """Has the connections that are there stall for good; new ones do not."""
        self._forgotten += 1

    def close(self) -> None:
        """Stops for good."""
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)  # or one more would be accepted
        self._listener.close()
        self.cut()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.accepted += 1
            if self.refuses:
                client.close()
                continue
            server = self._connect()
            with self._lock:
                self._open += [client, server]
            for source, sink in ((client, server), (server, client)):
                threading.Thread(target=self._pump, args=(source, sink), daemon=True).start()

    def _connect(self) -> socket.socket:
        if not self._host.startswith("/"):
            return socket.create_connection((self._host, self._port))
        server = socket.socket(socket.AF_UNIX)
        server.connect(f"{self._host}/.s.PGSQL.{self._port}")
        return server

    def _pump(self, source: socket.socket, sink: socket.socket) -> None:
        memory = self._forgotten
        with suppress(OSError):
            while data := source.recv(65536):
                while data:
                    while self.stalls or self._forgotten > memory:
                        time.sleep(0.05)
                    if self.drips:
                        time.sleep(0.5)
                    part = data[: 1 if self.drips else len(data)]
                    sink.sendall(part)
                    data = data[len(part) :]
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
