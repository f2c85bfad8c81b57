"""The state of the database as a live page on this machine."""

from __future__ import annotations

from recon_kit.dashboard.actions import Actions
from recon_kit.dashboard.app import make_app
from recon_kit.dashboard.guard import Door
from recon_kit.dashboard.live import Board
from recon_kit.dashboard.pages import Pages
from recon_kit.http import Server, bound

ELSEWHERE = "Name another: --port (RECON_DASHBOARD_PORT), --host (RECON_DASHBOARD_HOST)."


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
        listener = bound(host, port, "cannot listen on {host}, port {port}", ELSEWHERE)
        address, port = listener.getsockname()[:2]
        door = Door(host, address, port, token, allow_actions=allow_actions, public_url=public_url)
        self.link = door.link
        pages = Pages(url)
        board = Board(url, pages)
        actions = Actions(url, patience, pages.stop) if allow_actions else None

        def before_end() -> None:
            pages.stop.set()
            board.close()

        self._server = Server(make_app(door, board, pages, actions), listener, before_end)

    def run(self) -> None:
        """Answers until SIGTERM or Ctrl-C, which it then passes on."""
        self._server.answer()

    def stop(self) -> None:
        """Has it end, wherever it is."""
        self._server.stop()
