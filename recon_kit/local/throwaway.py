"""The server for tests and the demo, which leaves nothing behind."""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path

from recon_kit.local.account import Account
from recon_kit.local.binaries import find_binaries
from recon_kit.local.server import Server

NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
_DISK, _MEMORY = Path("/tmp"), Path("/dev/shm")  # noqa: S108 - only for mkdtemp
_PREFIX = "recon-kit-tmp-"


@contextmanager
def throwaway_server(
    *, durable: bool = False, options: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """A running server for the length of a block.

    If the process is killed, the server ends with it, and the next one removes what it left.

    Args:
        durable: Keep fsync and its like on, and the data on a disk: for crash tests.
        options: Further server settings.

    Raises:
        ReconError: There is no PostgreSQL, or it does not start.
    """
    account = Account.choose()
    room = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > 1 << 30
    in_place = account.reaches(find_binaries() / "postgres")  # a copy may not run from memory
    temp = _MEMORY if room and in_place and not durable else _DISK
    _sweep(temp)
    with ExitStack() as undo:
        base = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=temp))
        undo.callback(os.close, lock := os.open(base, os.O_RDONLY))
        undo.callback(shutil.rmtree, base)
        fcntl.flock(lock, fcntl.LOCK_EX)
        base.chmod(0o711 if account.dropped else 0o700)
        settings = ({} if durable else NOT_DURABLE) | dict(options or {})
        server = Server(base / "data", base / "socket", account, settings)
        undo.callback(server.stop, "immediate")
        server.start()
        yield server


def _sweep(temp: Path) -> None:
    """Removes what killed processes left: nobody holds a lock on it."""
    for base in temp.glob(f"{_PREFIX}*"):
        with suppress(OSError), ExitStack() as undo:
            found = base.lstat()
            if found.st_uid == os.geteuid() and time.time() - found.st_mtime > 60:
                undo.callback(os.close, lock := os.open(base, os.O_RDONLY | os.O_NOFOLLOW))
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(base)
