"""The state of the database as a live page on this machine."""

from __future__ import annotations

import signal
import socket
from types import FrameType

import uvicorn

from recon_kit.dashboard.actions import Actions
from recon_kit.dashboard.app import make_app
from recon_kit.dashboard.guard import Door
from recon_kit.dashboard.live import Board
from recon_kit.dashboard.pages import Pages
from recon_kit.errors import ReconError

SECONDS_TO_END = 5
"""How long an action in hand may go on after SIGTERM."""


class Dashboard:
    """A server that is bound to its address, and answers once it is run.

    Args:
        url: Where the database is.
        host: Name or address to bind to.
        port: Port to bind to; 0 for one that is free.
        token: What lets somebody in; None for one made up here.
        allow_actions: Whether there are buttons that act.
        public_url: What browsers call it, where a proxy stands before it.
        patience: Seconds an action waits for a database that is gone.

    Attributes:
        link: What to open; with the token in it where one is needed and was made up here.

    Raises:
        ReconError: The address cannot be bound to.
        UsageError: The token is too short to keep anybody out, or the URL is none.
    """

    def __init__(
        self,
        url: str,
        *,
        host: str = "127.0.0.1",
        port: int = 8000,
        token: str | None = None,
        allow_actions: bool = False,
        public_url: str | None = None,
        patience: float = 5,
    ) -> None:
        self._socket = _bound(host, port)
        address, port = self._socket.getsockname()[:2]
        door = Door(host, address, port, token, allow_actions=allow_actions, public_url=public_url)
        self.link = door.link
        pages = Pages(url)
        board = Board(url, pages)
        config = uvicorn.Config(
            make_app(door, board, pages, Actions(url, patience) if allow_actions else None),
            log_config=None,
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=SECONDS_TO_END,
        )
        self._server = _Server(config, board)

    def run(self) -> None:
        """Answers until SIGTERM or Ctrl-C, which it then passes on."""
        self._server.run(sockets=[self._socket])

    def stop(self) -> None:
        """Has it end, wherever it is."""
        self._server.handle_exit(signal.SIGTERM, None)


class _Server(uvicorn.Server):
    """Ends the streams of events when it is told to end: they would never end by themselves."""

    def __init__(self, config: uvicorn.Config, board: Board) -> None:
        super().__init__(config)
        self._board = board

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        self._board.close()
        super().handle_exit(sig, frame)


def _bound(host: str, port: int) -> socket.socket:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
        family, _, _, _, address = found[0]
        return socket.create_server(address[:2], family=family)
    except OSError as error:
        raise ReconError(
            f"cannot listen on {host}, port {port}: {error.strerror}",
            "Name another: --port (RECON_DASHBOARD_PORT), --host (RECON_DASHBOARD_HOST).",
        ) from error
