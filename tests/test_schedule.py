"""It runs by itself: pg_cron calls it, in the database alone."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from recon_kit.cli.service import JOBS
from recon_kit.db import Connection, connect
from recon_kit.local import find_binaries, throwaway_server
from recon_kit.migrate import migrate
from tests import oracle
from tests.commands import recon
from tests.conftest import missing
from tests.cron import STAND_IN
from tests.world import MARCH_1, days, pending, reconcile, value

ENDED = "select count(*) > 0 from recon.runs where outcome is not null"
NAMES = JOBS.keys() - {"recon sync"}


def test_without_pg_cron_it_says_what_to_do(db: Connection, url: str) -> None:
    with pytest.raises(psycopg.errors.FeatureNotSupported) as told:
        db.execute("select * from recon.schedule_jobs()")
    assert "pg_cron is not installed in database" in str(told.value.diag.message_primary)
    for verb in ("schedule", "unschedule"):
        done = recon(verb, url=url)
        assert done.returncode == 1
        assert "create extension pg_cron" in done.stderr


def test_scheduling_again_replaces_and_unscheduling_leaves_others_alone(
    db: Connection, url: str
) -> None:
    db.execute(STAND_IN)
    db.execute("select cron.schedule('theirs', '* * * * *', 'select 1')")
    first = json.loads(recon("schedule", "--json", url=url).stdout)
    assert {job["job"] for job in first} == NAMES
    again = recon("schedule", "--reconcile-at", "*/5 * * * *", "--scrub-at", "never", url=url)
    assert again.returncode == 0, again.stderr
    jobs = {
        row["jobname"]: row["schedule"] for row in db.execute("select * from cron.job").fetchall()
    }
    assert jobs.keys() == NAMES - {"recon scrub"} | {"theirs"}
    assert jobs["recon reconcile"] == "*/5 * * * *"
    ended = json.loads(recon("unschedule", "--json", url=url).stdout)
    assert {job["job"] for job in ended} == NAMES - {"recon scrub"}
    assert value(db, "select string_agg(jobname, ',') from cron.job") == "theirs"
    assert "nothing was scheduled" in recon("unschedule", url=url).stdout


def test_jobs_of_another_name_or_database_are_left_alone(db: Connection) -> None:
    db.execute(STAND_IN)
    db.execute("select cron.schedule('recon export to the bank', '* * * * *', 'select 1')")
    db.execute("select recon.schedule_jobs()")
    db.execute("update cron.job set database = 'other' where jobname = 'recon scrub'")
    db.execute("select recon.unschedule_jobs()")
    left = value(db, "select string_agg(jobname, ', ' order by jobname) from cron.job")
    assert left == "recon export to the bank, recon scrub"


def test_the_flags_change_the_jobs_that_there_are(db: Connection, url: str) -> None:
    assert value(db, "select array_agg(job order by job) from recon.jobs") == sorted(JOBS)
    stored = "select schedule from recon.jobs where job = %s"
    for job, given, kept in (
        ("recon scrub", None, None),
        ("recon scrub", " 10  6 * jan-mar mon,sun ", "10 6 * jan-mar mon,sun"),
        ("recon reconcile", "30 seconds", "30 seconds"),
    ):
        db.execute("select recon.set_job_time(%s, %s)", (job, given))
        assert value(db, stored, job) == kept
    refused_times: list[tuple[str | None, str]] = [
        ("recon nothing", "* * * * *"),
        (None, "* * * * *"),
        ("recon scrub", "* *"),
        ("recon scrub", "20 3 $ * *"),
        ("recon scrub", "30 seconds"),
    ]
    for name, at in refused_times:
        with pytest.raises(psycopg.errors.InvalidParameterValue) as refused:
            db.execute("select recon.set_job_time(%s, %s)", (name, at))
        assert refused.value.diag.message_hint


def test_a_role_that_cannot_sign_in_is_told_that_its_jobs_would_not_run(db: Connection) -> None:
    db.execute(STAND_IN)
    with db.transaction(force_rollback=True):
        db.execute("create role platform_owner nologin")
        db.execute("grant usage on schema recon, cron to platform_owner")
        db.execute("grant execute on all functions in schema recon, cron to platform_owner")
        db.execute("set local role platform_owner")
        with pytest.raises(psycopg.errors.InvalidAuthorizationSpecification, match="cannot"):
            db.execute("select recon.schedule_jobs()")


def test_each_job_is_one_statement_that_runs(db: Connection) -> None:
    db.execute(STAND_IN)
    days(db, MARCH_1)
    for job in db.execute("select * from recon.schedule_jobs()").fetchall():
        db.execute(job["command"])
    assert pending(db) == []
    oracle.assert_consistent(db)


@pytest.fixture
def cron_url(monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A server with the real pg_cron, and the kit deployed."""
    for programs in (find_binaries(), *Path("/").glob("usr/lib/postgresql/*/bin")):
        if (programs.parents[0] / "lib" / "pg_cron.so").exists():
            break
    else:
        missing("a PostgreSQL with pg_cron")
    monkeypatch.setenv("PG_BIN", str(programs))
    options = {
        "shared_preload_libraries": "pg_cron",
        "cron.database_name": "postgres",
        "max_worker_processes": "20",
    }
    with throwaway_server(options=options) as server:
        with connect(server.url()) as db:
            db.execute(f"alter system set cron.host = '{server.host}'")
        server.stop()
        server.start()
        migrate(server.url())
        yield server.url()


@pytest.mark.slow
def test_pg_cron_reconciles_what_is_pending_by_itself(cron_url: str) -> None:
    with connect(cron_url) as db:
        db.execute("create extension pg_cron")
        days(db, MARCH_1)
        db.execute("select recon.set_job_time('recon reconcile', '* * * * *')")
        scheduled = db.execute("select * from recon.schedule_jobs()").fetchall()
        assert {job["job"] for job in scheduled} == NAMES
        for at in ("nonsense", "99 * * * *"):
            done = recon("schedule", "--reconcile-at", at, url=cron_url)
            assert done.returncode == 2
            assert at in done.stderr
        assert value(db, "select schedule from recon.jobs where job = 'recon reconcile'") == (
            "* * * * *"
        )
        assert value(db, "select count(*) from cron.job") == len(NAMES)
        deadline = time.monotonic() + 130
        while not value(db, ENDED) and time.monotonic() < deadline:
            time.sleep(0.5)
        said = db.execute("select status, return_message from cron.job_run_details").fetchall()
        assert pending(db) == [], said
        assert value(db, "select outcome from recon.runs") == "complete"
        oracle.assert_consistent(db)
        reconcile(db)
        assert value(db, "select count(*) from recon.unschedule_jobs()") == len(NAMES)
