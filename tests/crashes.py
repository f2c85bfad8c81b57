"""A client that reconciles a month, to be killed at a step."""

from __future__ import annotations

import os
import subprocess
import sys

from recon_kit.db import Connection
from tests.world import value


def start_client(url: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "recon_kit", "reconcile", "--batch-days", "1", "--workers", "2"],
        env={**os.environ, "DATABASE_URL": url},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
    )


def days_done(db: Connection) -> int:
    done = value(db, "select count(*) from recon.run_days where outcome = 'reconciled'")
    return int(done)


STEPS = {
    "deleting the changes": "recon.changes",
    "writing the calculations": "historical_bitcoin_calculations",
    "writing the repairs": "recon.repairs",
    "writing the summaries": "bitcoin_daily_summaries",
    "writing the day": "recon.days",
    "closing the day of the run": "recon.run_days",
}
