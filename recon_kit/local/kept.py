"""The database that stays on this machine."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import platformdirs
import psycopg

from recon_kit.errors import ReconError, UsageError
from recon_kit.local.account import Account
from recon_kit.local.server import Server

ROOT_FOLDER = Path("/var/lib/recon-kit")


class LocalDatabase:
    """The database `recon` that stays on this machine.

    Args:
        folder: Where it lives: RECON_LOCAL_DIR if not given, else `.local` in the checkout, else
            the user's data folder.
        root_folder: It lives below this if root's server cannot enter `folder`.
    """

    def __init__(self, folder: Path | None = None, *, root_folder: Path = ROOT_FOLDER) -> None:
        try:
            folder = (folder or _default_folder()).expanduser().resolve()
        except RuntimeError as error:
            lack = f"{folder or _default_folder()} is in the home of a user that is not known here"
            raise UsageError(lack, "Set RECON_LOCAL_DIR to a folder of your own.") from error
        account = Account.choose(folder / "data")
        if not account.reaches(folder):
            folder = root_folder / folder.relative_to("/")
            account = Account.choose(folder / "data")
        digest = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
        host = Path(f"/tmp/recon-kit-{account.uid}-{digest}")  # noqa: S108 - own() checks it
        self.folder = folder
        self._server = Server(folder / "data", host, account, {}, kept=True)

    @property
    def url(self) -> str:
        """The libpq URI of the database, whether it runs or not."""
        return self._server.url("recon")

    def running(self) -> bool:
        """Whether its server runs."""
        return self._server.running()

    def up(self) -> str:
        """Creates what is missing, starts the server if it does not run, and returns the URL.

        Raises:
            ReconError: The folder cannot be used, or the server does not come up.
        """
        with self._locked():
            self._server.start()
            with psycopg.connect(self._server.url(), autocommit=True) as connection:
                found = connection.execute("select from pg_database where datname = 'recon'")
                if not found.rowcount:
                    connection.execute("create database recon")
        return self.url

    def down(self) -> bool:
        """Stops the server; false if it did not run."""
        if not self.running():
            return False
        with self._locked():
            if ran := self.running():
                self._server.stop()
                shutil.rmtree(self._server.host)
        return ran

    @contextmanager
    def _locked(self) -> Iterator[None]:
        """Makes the folder, if it is missing, and keeps other processes from doing the same."""
        flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW
        try:
            for folder in (*reversed(self.folder.parents), self.folder):
                if not folder.exists():
                    folder.mkdir(exist_ok=True)
                    folder.chmod(0o711 if self._server.account.dropped else 0o700)
            lock = os.open(self.folder / "lock", flags, 0o600)
        except OSError as error:
            hint = "set RECON_LOCAL_DIR to a folder of your own"
            raise ReconError(f"cannot write in {self.folder}: {error.strerror}", hint) from error
        with os.fdopen(lock):
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def _default_folder() -> Path:
    checkout = Path(__file__).resolve().parents[2]
    if chosen := os.environ.get("RECON_LOCAL_DIR"):
        return Path(chosen)
    if (checkout / "pyproject.toml").is_file() and os.access(checkout, os.W_OK):
        return checkout / ".local"
    return platformdirs.user_data_path("recon-kit")
