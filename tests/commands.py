"""The command line in a process of its own that has imported all it needs already.

A fresh interpreter spends a fifth of a second of CPU on imports before a verb begins. The process
that all come from has nothing but modules: no connection, no thread, no environment that a verb
sees.
"""

from __future__ import annotations

import multiprocessing
import os
import pkgutil
import pty
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import recon_kit

ROOT = Path(__file__).parents[1]
_FRESH = ("PYTHON", "LC_", "LANG", "TZ")
"""What an interpreter reads as it starts."""

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        "boto3",
        *(
            module.name
            for module in pkgutil.walk_packages(recon_kit.__path__, "recon_kit.")
            if not module.name.endswith("__main__")
        ),
    ]
)


def call(
    words: Sequence[str], environ: Mapping[str, str], cwd: Path = ROOT, timeout: float = 120
) -> subprocess.CompletedProcess[str]:
    """`recon-kit` with these words, in this environment and no other, not on a terminal.

    Raises:
        subprocess.TimeoutExpired: It has not ended in that many seconds.
    """
    ours = {**os.environ, "PYTHONPATH": str(ROOT)}
    if any(name.startswith(_FRESH) and ours.get(name) != environ[name] for name in environ):
        return subprocess.run(
            [sys.executable, "-m", "recon_kit", *words],
            env=dict(environ),
            cwd=cwd,
            capture_output=True,
            text=True,
            check=False,
            timeout=timeout,
        )
    with tempfile.TemporaryDirectory() as folder:
        out, err = Path(folder, "out"), Path(folder, "err")
        process = PROCESSES.Process(target=_run, args=(list(words), dict(environ), cwd, out, err))
        process.start()
        process.join(timeout)
        if process.exitcode is None:
            process.kill()
            process.join()
            raise subprocess.TimeoutExpired(list(words), timeout, out.read_bytes())
        return subprocess.CompletedProcess(
            ["recon-kit", *words], process.exitcode, out.read_text(), err.read_text()
        )


def _run(words: list[str], environ: dict[str, str], cwd: Path, out: Path, err: Path) -> None:
    os.environ.clear()
    os.environ.update(environ)
    os.chdir(cwd)
    for number, path in ((1, out), (2, err)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), number)
    sys.stdin = open(os.devnull)  # noqa: SIM115, PTH123
    sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    sys.stderr = open(2, "w", buffering=1, closefd=False)  # noqa: SIM115
    sys.argv = ["recon-kit", *words]
    from recon_kit.cli import main

    main()


def recon(
    *arguments: str, url: str | None = None, **environ: str
) -> subprocess.CompletedProcess[str]:
    """Runs the command line, not on a terminal."""
    given = {"PATH": os.environ["PATH"], **({"DATABASE_URL": url} if url else {}), **environ}
    return call(arguments, given)


@contextmanager
def client(
    url: str, *arguments: str, terminal: bool = False, **environ: str
) -> Iterator[subprocess.Popen[bytes]]:
    """The command line in the background, its stderr to a pipe or a terminal's."""
    leader, follower = pty.openpty() if terminal else (None, subprocess.PIPE)
    with subprocess.Popen(
        [sys.executable, "-m", "recon_kit", *arguments],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url, "TERM": "xterm", **environ},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=follower,
    ) as process:
        try:
            yield process
        finally:
            process.kill()
            if leader is not None:
                os.close(leader)
                os.close(follower)


def environment(url: str | None, **more: str) -> dict[str, str]:
    known = {k: v for k, v in os.environ.items() if k in ("PATH", "HOME", "PG_BIN")}
    return {**known, "PYTHONPATH": str(ROOT), **({"DATABASE_URL": url} if url else {}), **more}
