"""The command line. Each verb is thin: it reads its flags, calls one function, shows the result.

What one verb needs and others would wait for, it imports itself.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

from recon_kit import show, streams
from recon_kit.cli.common import CLEAN, FAILED
from recon_kit.cli.modules import load
from recon_kit.cli.verbs import app
from recon_kit.errors import ReconError

if TYPE_CHECKING:
    import psycopg


def main() -> None:
    """Entry point: errors in a line or two, exit codes as documented.

    Where output is lost, it has failed, whatever was done.
    """
    streams.open_streams()
    code = run()
    lost = streams.close_streams() or show.lost()
    sys.exit(code or (FAILED if lost else CLEAN))


def run(words: list[str] | None = None) -> int:
    """Runs a command line, sys.argv if none is given, and returns its exit code."""
    try:
        load(sys.argv[1:] if words is None else words)
        app(words, prog_name="recon-kit")
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else FAILED if ended.code else CLEAN
    except ReconError as error:
        return _failed(error)
    except _database_error() as error:
        from recon_kit.db import translate

        return _failed(translate(error))
    except OSError as error:
        what = "the output" if error.filename is None else str(error.filename)
        return _failed(ReconError(f"{what} cannot be written or read: {error.strerror}"))
    return CLEAN


def _database_error() -> type[psycopg.Error]:
    """What psycopg raises. It is looked up where something has failed, and not loaded before."""
    from psycopg import Error

    return Error


def _failed(error: ReconError) -> int:
    show.error(error)
    return error.exit_code
