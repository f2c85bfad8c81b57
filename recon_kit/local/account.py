"""Whom a server runs as: PostgreSQL refuses root, so root becomes another account for it."""

from __future__ import annotations

import os
import pwd
import stat
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from recon_kit.errors import ReconError

_ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"}


@dataclass(frozen=True)
class Account:
    """An account of this machine; `dropped` where we are root and have to become it."""

    uid: int
    gid: int
    dropped: bool

    @classmethod
    def choose(cls, data: Path | None = None) -> Account:
        """Ourselves; for root the owner of the data that is there, else postgres or nobody."""
        me = os.geteuid()
        found = data.stat() if data and os.access(data, os.F_OK) else None
        if found and me not in (0, found.st_uid):
            hint = "set RECON_LOCAL_DIR to a folder of your own"
            raise ReconError(f"{data} belongs to account {found.st_uid}, not to {me}", hint)
        if me:
            return cls(me, os.getegid(), dropped=False)
        if found and found.st_uid:
            return cls(found.st_uid, found.st_gid, dropped=True)
        known = {entry.pw_name: entry for entry in pwd.getpwall()}
        entry = known.get("postgres") or known["nobody"]
        return cls(entry.pw_uid, entry.pw_gid, dropped=True)

    def spawn(self, output: int | IO[bytes]) -> dict[str, Any]:
        """Arguments of `subprocess` for a child of this account in a clean environment."""
        become = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.dropped else {}
        plain = {"env": _ENVIRONMENT, "cwd": "/", "stdin": subprocess.DEVNULL}
        return {**plain, **become, "stdout": output, "stderr": output}

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Runs a command as this account and keeps what it prints."""
        return subprocess.run(command, **self.spawn(subprocess.PIPE), check=False, text=True)

    def reaches(self, path: Path) -> bool:
        """Whether this account may run a program or enter a folder (or its first real parent)."""
        if not self.dropped:
            return True
        while not path.exists():
            path = path.parent
        return self.run("/bin/sh", "-c", 'test -x "$0"', path).returncode == 0

    def own(self, folder: Path) -> None:
        """Makes a folder private to this account; refuses one that others planted, as in /tmp."""
        with suppress(FileExistsError):
            folder.mkdir(mode=0o700)
            os.chown(folder, self.uid, self.gid, follow_symlinks=False)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid != self.uid or found.st_mode & 0o077:
            hint = "find out who made it and remove it"
            raise ReconError(f"{folder} is not a folder of account {self.uid} alone", hint)
