"""Where output goes; what cannot be written there is an error, and never a success."""

from __future__ import annotations

import errno
import io
import os
import sys
from contextlib import suppress


class _Closed(io.TextIOBase):
    """In place of a stream that was closed before we began: whoever writes to it is told."""

    encoding = "utf-8"

    def writable(self) -> bool:
        return True

    def write(self, _: str) -> int:
        raise OSError(errno.EBADF, os.strerror(errno.EBADF))


def open_streams() -> None:
    """Makes stdout and stderr fit for whatever is written to them.

    A character that the locale cannot print is escaped. What is closed stays closed: no connection
    and no file gets its number, where others would write into it.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, _Closed())
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def close_streams() -> OSError | None:
    """Writes out what is left; returns why that cannot be, if it cannot."""
    lost = None
    for name in ("stderr", "stdout"):
        try:
            getattr(sys, name).flush()
        except OSError as error:
            lost = error
            with suppress(OSError):
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1 if name == "stdout" else 2)
    return lost
