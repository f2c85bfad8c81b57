"""Whether the setting is fit for the work: each line ok, warning or failure, with the next step."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from psycopg.conninfo import make_conninfo

from recon_kit.db import Connection, connect
from recon_kit.doctor import Finding, _clock
from recon_kit.local import local_dynamodb, throwaway_server
from recon_kit.migrate import migrate
from recon_kit.resources import migration_ids
from tests.commands import recon
from tests.world import MARCH_1, days, record, see_sessions_later, value

AWS = {
    "AWS_ACCESS_KEY_ID": "test",
    "AWS_SECRET_ACCESS_KEY": "test",
    "RECON_DYNAMODB_REGION": "eu-west-2",
}


def look(url: str, **environ: str) -> dict[str, dict[str, Any]]:
    """What doctor finds, by subject."""
    done = recon("doctor", "--json", url=url, **environ)
    found = {row["subject"]: row for row in json.loads(done.stdout)}
    failed = any(row["outcome"] == "failure" for row in found.values())
    assert (done.returncode, done.stderr) == (int(failed), "")
    assert all((row["outcome"] == "ok") == (row["next_step"] is None) for row in found.values())
    return found


def in_sql(db: Connection, subject: str) -> tuple[str, str, str | None]:
    """Outcome, finding and next step of a subject that SQL can say."""
    row = db.execute(
        "select outcome, finding, next_step from recon.doctor() where subject = %s", (subject,)
    ).fetchone()
    assert row is not None
    return row["outcome"], row["finding"], row["next_step"]


def test_all_is_well_on_a_durable_server() -> None:
    with throwaway_server(durable=True) as server:
        migrate(server.url())
        found = look(server.url())
    assert {subject for subject, row in found.items() if row["outcome"] != "ok"} == {"dynamodb"}
    assert list(found) == [
        "connection",
        "tls",
        "pooler",
        "clock",
        "schema",
        "code",
        "version",
        "writable",
        "durability",
        "autovacuum",
        "activity",
        "timeouts",
        "pg_cron",
        "rights",
        "roles",
        "capture",
        "settings",
        "difficulty",
        "runs",
        "sessions",
        "locks",
        "tables",
        "dates",
        "webhooks",
        "dynamodb",
    ]


def test_people_see_a_line_each_and_the_next_step_below_it(db: Connection, url: str) -> None:
    record(db)
    done = recon("doctor", url=url)
    assert done.returncode == 0, "warnings are no failure"
    assert re.search(
        r"^warning   difficulty  missing for 2025-03-01\n"
        r" +-> recon-kit sync$",
        done.stdout,
        re.MULTILINE,
    )


def test_a_database_without_the_kit_has_one_failure(bare_url: str) -> None:
    found = look(bare_url)
    failures = [row for row in found.values() if row["outcome"] == "failure"]
    assert [(row["subject"], row["next_step"]) for row in failures] == [
        ("schema", "recon-kit migrate")
    ]


@pytest.mark.parametrize(
    "url", ["host=/nowhere", "host=127.0.0.1 port=1 connect_timeout=2", "postgresql://%"]
)
def test_a_server_that_is_down_is_one_failure(url: str) -> None:
    failures = [row for row in look(url).values() if row["outcome"] == "failure"]
    assert [row["subject"] for row in failures] == ["connection"]
    assert failures[0]["next_step"]


def test_the_local_database_is_not_started_for_it(tmp_path: Path) -> None:
    folder = tmp_path / "kept"
    done = recon("doctor", RECON_LOCAL_DIR=str(folder))
    assert done.returncode == 1
    assert "recon-kit up, or set DATABASE_URL" in done.stdout
    assert not folder.exists()


def test_it_writes_nothing(db: Connection, url: str) -> None:
    record(db)
    found = look(make_conninfo(url, options="-c default_transaction_read_only=on"))
    assert found["tables"]["outcome"] == "ok", "it has come to the end"
    assert found["writable"]["outcome"] == "failure"


@pytest.mark.parametrize(
    "statement",
    [
        "alter table curtailment_records disable trigger record_insert",
        "alter table curtailment_records enable trigger record_insert",
        "drop trigger record_insert on curtailment_records",
    ],
)
def test_a_change_that_would_go_unnoticed_is_a_failure(statement: str, db: Connection) -> None:
    assert in_sql(db, "capture")[0] == "ok"
    db.execute(statement.encode())
    outcome, finding, step = in_sql(db, "capture")
    assert outcome == "failure"
    assert finding.startswith("public.curtailment_records: not all of its changes are noticed")
    assert "record_insert" in finding
    assert step == "recon-kit migrate, then recon-kit reconcile"


def test_code_changed_by_hand_is_named_and_a_deploy_mends_it(db: Connection, url: str) -> None:
    db.execute(
        "create or replace function recon.today() returns date language sql stable"
        " as 'select current_date'"
    )
    db.execute("create function recon.mine() returns integer language sql return 1")
    db.execute("drop view recon.run_history cascade")
    code = look(url)["code"]
    assert code["outcome"] == "failure"
    assert "mine unknown, run_history absent, today different" in code["finding"]
    assert code["next_step"] == "recon-kit migrate"
    db.execute("drop function recon.mine()")
    migrate(url)
    assert look(url)["code"]["outcome"] == "ok"


def test_a_database_that_is_older_or_newer_is_a_failure(db: Connection, url: str) -> None:
    newest = value(db, "select max(migration_id) from recon._yoyo_migration")
    db.execute(
        "update recon._yoyo_migration set migration_id = '9999.other' where migration_id = %s",
        (newest,),
    )
    schema = look(url)["schema"]
    assert (schema["outcome"], schema["next_step"]) == ("failure", "upgrade recon-kit")
    assert "9999.other" in schema["finding"]
    db.execute("delete from recon._yoyo_migration where migration_id = '9999.other'")
    schema = look(url)["schema"]
    assert (schema["outcome"], schema["next_step"]) == ("failure", "recon-kit migrate")
    assert newest in schema["finding"]
    assert newest == migration_ids()[-1]


def test_a_schema_of_the_same_name_that_is_not_the_kit_is_a_failure(bare_url: str) -> None:
    with connect(bare_url) as db:
        db.execute("create schema recon")
    schema = look(bare_url)["schema"]
    assert (schema["outcome"], schema["next_step"]) == (
        "failure",
        "Install the kit in this database: recon-kit migrate",
    )


def test_limits_that_cut_work_short_are_a_warning(db: Connection) -> None:
    assert in_sql(db, "timeouts")[0] == "ok"
    db.execute("set statement_timeout = '30s'")
    outcome, finding, step = in_sql(db, "timeouts")
    assert (outcome, step) == ("warning", "alter role postgres set statement_timeout = 0")
    assert "statement_timeout is 30s" in finding


@pytest.mark.parametrize(
    ("setting", "subject", "step"),
    [
        ("synchronous_commit", "durability", "alter system set synchronous_commit = on"),
        ("track_activities", "activity", "alter system set track_activities = on"),
        ("track_counts", "autovacuum", "alter system set track_counts = on"),
    ],
)
def test_settings_that_are_off_are_a_warning(
    setting: str, subject: str, step: str, db: Connection
) -> None:
    db.execute(f"set {setting} = off".encode())
    outcome, _, found_step = in_sql(db, subject)
    assert outcome == "warning"
    assert step in (found_step or "")


def test_what_keeps_work_from_going_on_is_a_warning(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    db.execute("select recon.pause('for lunch')")
    db.execute("update recon.settings set fuse_share = 1")
    db.execute("alter table recon.repairs set (autovacuum_enabled = off)")
    assert in_sql(db, "runs") == ("warning", "runs are paused: for lunch", "recon-kit unpause")
    assert in_sql(db, "settings")[0] == "warning"
    assert in_sql(db, "tables")[::2] == (
        "warning",
        "alter table recon.repairs reset (autovacuum_enabled)",
    )
    with connect(url) as long, long.transaction():
        long.execute("select 1")
        assert in_sql(db, "sessions")[0] == "ok"
        see_sessions_later(db)
        assert in_sql(db, "sessions")[::2] == ("warning", "recon-kit analyze")


def test_clocks_that_differ_are_a_warning() -> None:
    assert _clock(-59.0).outcome == "ok"
    assert _clock(-61.0) == Finding(
        "warning",
        "clock",
        "the server's is -61 s from ours; AWS refuses what is 300 s off",
        "set both by NTP: timedatectl set-ntp true",
    )


@pytest.fixture(scope="module")
def dynamodb() -> Iterator[str]:
    """A DynamoDB with an empty table of difficulties."""
    with local_dynamodb() as endpoint:
        boto3.client(
            "dynamodb",
            endpoint_url=endpoint,
            region_name="eu-west-2",
            aws_access_key_id="test",
            aws_secret_access_key="test",
        ).create_table(
            TableName="difficulties",
            KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        yield endpoint


def test_dynamodb_is_asked_for_what_a_sync_needs(url: str, dynamodb: str) -> None:
    here = {**AWS, "RECON_DYNAMODB_ENDPOINT": dynamodb}
    assert look(url, **here)["dynamodb"]["outcome"] == "ok"
    other = look(url, **here, RECON_DYNAMODB_TABLE="others")["dynamodb"]
    assert other["outcome"] == "failure"
    assert "no table 'others'" in other["finding"]
    gone = look(url, **AWS, RECON_DYNAMODB_ENDPOINT="http://127.0.0.1:9")["dynamodb"]
    assert gone["outcome"] == "failure"
    assert gone["next_step"]


def test_dynamodb_that_nobody_named_is_a_warning(url: str) -> None:
    dynamodb = look(url)["dynamodb"]
    assert dynamodb["outcome"] == "warning"
    assert dynamodb["next_step"].endswith("recon-kit sync --from-file FILE")
