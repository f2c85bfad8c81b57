"""The verb that shows the state of the database as a screen in the terminal."""

from __future__ import annotations

import logging
import sys

import typer

from recon_kit import log, show
from recon_kit.cli.common import database
from recon_kit.cli.verbs import verb
from recon_kit.db import value
from recon_kit.errors import UsageError


@verb("Look", "ui")
def ui(context: typer.Context) -> None:
    """Show where the days stand, with keys to act.

    A screen in the terminal. It needs the extra ui: pip install 'recon-kit[ui]'.
    """
    from recon_kit.ui import require_textual, run

    require_textual()
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise UsageError(
            "recon-kit ui needs a terminal", "recon-kit status prints where the days stand."
        )
    log.configure(show.note, logging.ERROR)
    with database(context) as (url, connection):
        value(connection, "state_stamp")
    run(url)
