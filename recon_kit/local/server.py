"""A PostgreSQL cluster and the server on it."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import Any, ClassVar, Literal
from urllib.parse import quote

import psycopg

from recon_kit.errors import ReconError
from recon_kit.local.account import Account
from recon_kit.local.binaries import programs_for

KEPT = ("PG_BIN",)
"""What begins like a variable of libpq's and is ours."""

_prctl: Any = getattr(ctypes.CDLL(None), "prctl", None)  # Linux has it


@dataclass
class Server:
    """A cluster in the folder `data`, its log beside it, its Unix socket in the folder `host`.

    One that is not `kept` is ended by Linux with the thread that started it, even a killed one.
    """

    data: Path
    host: Path
    account: Account
    settings: Mapping[str, str]
    kept: bool = False
    port: ClassVar[int] = 5432
    _child: subprocess.Popen[Any] | None = field(default=None, init=False, repr=False)

    @cached_property
    def programs(self) -> tuple[Path, int]:
        """The folder of its programs, and their major version."""
        return programs_for(self.account, self.data.with_name("programs"))

    @property
    def pid(self) -> int | None:
        """The process that runs the cluster, if there is one."""
        if self._child and self._child.poll() is None:
            return self._child.pid
        with suppress(OSError, ValueError):
            pid = int((self.data / "postmaster.pid").read_text().partition("\n")[0])
            os.kill(pid, 0)
            return pid
        return None

    def url(self, dbname: str = "postgres", user: str = "postgres") -> str:
        """The libpq URI of a database of this server."""
        name, who, host = (quote(part, safe="") for part in (dbname, user, str(self.host)))
        return f"postgresql://{who}@/{name}?host={host}&port={self.port}"

    def running(self) -> bool:
        """Whether it listens on its socket."""
        if not os.path.lexists(self.host):
            return False
        self.account.own(self.host)
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(f"{self.host}/.s.PGSQL.{self.port}") == 0

    def start(self) -> None:
        """Starts the server if it does not run, and waits until it takes connections.

        Raises:
            ReconError: The data folder is of another version or of something else, or the server
                did not come up.
        """
        _forget_libpq()
        if not self.running():
            if not (self.data / "PG_VERSION").exists():
                self._create()
            self._launch()
        deadline = time.monotonic() + 60
        while True:
            try:
                return psycopg.connect(self.url(), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if not self.pid or time.monotonic() > deadline:
                    log = self.data.with_name("server.log").read_text(errors="replace")
                    why = "\n".join([str(error), *log.splitlines()[-15:]])
                    raise ReconError(f"PostgreSQL on {self.data} does not answer: {why}") from error
            time.sleep(0.02)

    def stop(self, mode: Literal["fast", "immediate"] = "fast") -> None:
        """Stops the server if it runs, and waits until it is gone; "immediate" is a crash."""
        for name in ("INT", "QUIT") if mode == "fast" else ("QUIT",):
            if pid := self.pid:  # sent as the account: a wrong pid cannot hit another's process
                self.account.run("/bin/sh", "-c", 'kill -s "$0" "$1"', name, str(pid))
            deadline = time.monotonic() + 60
            while self.pid and time.monotonic() < deadline:
                time.sleep(0.02)
        if self.pid:
            raise ReconError(f"PostgreSQL process {self.pid} on {self.data} does not stop")

    def _create(self) -> None:
        """Creates the cluster, all of it or nothing."""
        if self.data.exists() and any(self.data.iterdir()):
            hint = "move it away, or set RECON_LOCAL_DIR to another folder"
            raise ReconError(f"{self.data} is there and is no PostgreSQL data folder", hint)
        new = self.data.with_name("data.new")
        shutil.rmtree(new, ignore_errors=True)
        self.account.own(new)
        options = "-U postgres -A trust -E UTF8 --locale=C" + ("" if self.kept else " --no-sync")
        done = self.account.run(self.programs[0] / "initdb", "-D", new, *options.split())
        if done.returncode:
            raise ReconError(f"initdb failed: {done.stderr.strip()}")
        new.rename(self.data)

    def _launch(self) -> None:
        (programs, major), made_by = self.programs, (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(major):
            raise ReconError(
                f"{self.data} was made by PostgreSQL {made_by}, not by the {major} in {programs}",
                f"set PG_BIN to the bin folder of a PostgreSQL {made_by}, "
                "or move the folder away to begin with an empty database",
            )
        self.account.own(self.host)
        fixed = {"listen_addresses": "", "timezone": "UTC", "log_timezone": "UTC"}
        settings = fixed | dict(self.settings) | {"unix_socket_directories": str(self.host)}
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        with os.fdopen(os.open(self.data.with_name("server.log"), flags, 0o600), "ab") as log:
            start = [f"{programs}/postgres", "-D", str(self.data), *options]
            how = self.account.spawn(log) | {"start_new_session": True}
            end = partial(_end_with, os.getpid()) if _prctl and not self.kept else None
            self._child = subprocess.Popen(start, **how, preexec_fn=end)


def _end_with(parent: int) -> None:
    """Called in a child before it becomes the server, so that it ends with its parent thread."""
    _prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG; a change of account would have undone it
    if os.getppid() != parent:
        os._exit(1)


def _forget_libpq() -> None:
    """Forgets libpq's variables, which are about another server than ours.

    A URL cannot say them all away: PGHOSTADDR would lead to another host than the socket that it
    names, and others would set the session up.
    """
    for name in [name for name in os.environ if name.startswith("PG") and name not in KEPT]:
        del os.environ[name]
