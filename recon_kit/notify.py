"""What systemd is told of the worker, where it wants to be: sd_notify(3)."""

from __future__ import annotations

import os
import socket
import time
from contextlib import suppress

INTERVAL = 1.0
"""Seconds between two signs of life at least."""


def tell(state: str) -> None:
    """Sends a state to who started this process, if it listens for any; waits for nobody."""
    address = os.environ.get("NOTIFY_SOCKET")
    if not address:
        return
    if address.startswith("@"):
        address = f"\0{address[1:]}"
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        sender.sendto(state.encode(), address)


class Pulse:
    """A sign of life, given by what goes on and by no clock: what hangs gives none."""

    def __init__(self) -> None:
        self._last = 0.0

    def beat(self, _: object = None) -> None:
        """Says that something has gone on."""
        if time.monotonic() > self._last + INTERVAL:
            self._last = time.monotonic()
            tell("WATCHDOG=1")
