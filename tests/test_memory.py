"""What a verb needs does not grow with what it lists."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from recon_kit.db import Connection, connect
from tests.commands import ROOT

pytestmark = pytest.mark.client

PEAK = """
import sys
from recon_kit.cli import main
try:
    main()
finally:
    print(next(line for line in open("/proc/self/status") if "VmHWM" in line), file=sys.stderr)
"""
"""A command that tells its peak, which the kernel counts anew from exec on."""

LISTING = [
    ["gaps"],
    ["gaps", "--json"],
    ["source-issues"],
    ["events", "--json"],
]
"""Verbs that list as much as there is."""

MOST, GROWTH = 64, 16
"""MB in all, and between the small database and the large one."""


def fill(db: Connection, rows: int) -> None:
    """So many gaps, issues and events."""
    db.execute(
        "insert into curtailment_records"
        " (settlement_date, settlement_period, farm_id, volume, payment)"
        " select date '2024-01-01' + n / 1000, 1 + n %% 48, 'T_FARM-' || n %% 1000, -1, 70"
        " from generate_series(0, %s) n",
        (rows // 3,),
    )
    db.execute(
        "insert into recon.source_findings"
        " (settlement_date, kind, subject, severity, evidence, next_step, found_at, opened_at)"
        " select '2024-01-01', 'drift', 'T_FARM-' || n, 'warning', 'it drifts', 'see why',"
        " now(), now() from generate_series(1, %s) n",
        (rows,),
    )
    db.execute(
        "insert into recon.events (happened_at, kind, severity, message)"
        " select now(), 'day_failed', 'note', 'event ' || n from generate_series(1, %s) n",
        (rows,),
    )


def peak(url: str, verb: list[str]) -> float:
    """MB that a verb took at most."""
    done = subprocess.run(
        [sys.executable, "-c", PEAK, *verb],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url},
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    found = re.search(r"VmHWM:\s+(\d+) kB", done.stderr)
    assert done.returncode in (0, 3), done.stderr
    assert found is not None, done.stderr
    return int(found[1]) / 1024


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="there is no /proc")
def test_memory_is_flat_whatever_is_listed(url: str) -> None:
    with connect(url) as db:
        fill(db, 1_000)
        small = {" ".join(verb): peak(url, verb) for verb in LISTING}
        db.execute("truncate curtailment_records, recon.source_findings, recon.events cascade")
        fill(db, 20_000)
        large = {" ".join(verb): peak(url, verb) for verb in LISTING}
    assert max(large.values()) < MOST, large
    assert {
        verb: large[verb] - small[verb] for verb in large if large[verb] > small[verb] + GROWTH
    } == {}
