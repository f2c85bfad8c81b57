"""The command line. Each verb is thin: it reads its flags, calls one function, shows the result.

What one verb needs and others would wait for, it imports itself.
"""

from __future__ import annotations

import sys

import psycopg

from recon_kit import show
from recon_kit.cli import (
    adopt,
    alerts,
    checks,
    control,
    data,
    difficulty,
    doctor,
    history,
    local,
    runs,
    service,
    source,
    views,
)
from recon_kit.cli.common import app
from recon_kit.db import translate
from recon_kit.errors import ReconError

__all__ = [
    "adopt",
    "alerts",
    "app",
    "checks",
    "control",
    "data",
    "difficulty",
    "doctor",
    "history",
    "local",
    "main",
    "runs",
    "service",
    "source",
    "views",
]


def main() -> None:
    """Entry point: errors in a line or two, exit codes as documented."""
    try:
        app()
    except ReconError as error:
        show.error(error)
        sys.exit(error.exit_code)
    except psycopg.Error as error:
        translated = translate(error)
        show.error(translated)
        sys.exit(translated.exit_code)
