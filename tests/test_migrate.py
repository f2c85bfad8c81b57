"""Deploying: once, again, at once, killed, kept waiting, refused, undone, installed."""

from __future__ import annotations

import hashlib
import json
import pwd
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.sql import SQL, Identifier
from yoyo import get_backend, read_migrations

from recon_kit import cli, turns
from recon_kit.db import Connection, connect
from recon_kit.errors import BusyError, ReconError
from recon_kit.local import find_binaries, throwaway_server
from recon_kit.migrate import migrate
from recon_kit.resources import (
    earlier_folder,
    migration_ids,
    migrations_folder,
    sql_folder,
)
from tests.catalog import PLATFORM, catalog, everything
from tests.commands import call, environment
from tests.world import MARCH_1, PUBLIC, difficulty, pending, reconcile, record, until, value

ALL = migration_ids()


WAITING = (
    "from pg_stat_activity where wait_event_type = 'Lock' and datname = current_database()"
    " and pid <> pg_backend_pid()"
)


def start_cli(url: str, *flags: str, **more: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "recon_kit", "migrate", *flags],
        env=environment(url, **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def run_cli(url: str, *flags: str, **more: str) -> subprocess.CompletedProcess[str]:
    return call(["migrate", *flags], environment(url, **more))


def waiting_backend(db: Connection) -> int:
    """The backend that comes to wait for a lock in this database."""
    pid = until(db, f"select max(pid) {WAITING}")
    assert isinstance(pid, int)
    return pid


@pytest.fixture
def empty(bare_url: str) -> Iterator[Connection]:
    """A connection to an empty database."""
    with connect(bare_url) as connection:
        yield connection


@pytest.fixture
def holder(bare_url: str) -> Iterator[Connection]:
    """Another, for holding locks."""
    with connect(bare_url) as connection:
        yield connection


@pytest.fixture
def new_role(empty: Connection) -> Iterator[Callable[[str], str]]:
    """Creates roles with a password; they and what they own are dropped after the test."""
    made: list[str] = []

    def create(suffix: str = "") -> str:
        made.append(f"rk_{uuid.uuid4().hex[:10]}{suffix}")
        empty.execute(SQL("create role {} login password 'pw'").format(Identifier(made[-1])))
        return made[-1]

    yield create
    for name in reversed(made):
        empty.execute(SQL("drop owned by {} cascade").format(Identifier(name)))
        empty.execute(SQL("drop role {}").format(Identifier(name)))


def signed_in(url: str, role: str) -> str:
    return make_conninfo(url, user=role, password="pw")


# ------------------------------------------------------------------------------ once and again


def test_first_deploy_applies_all_and_the_second_changes_nothing(
    bare_url: str, empty: Connection
) -> None:
    first = migrate(bare_url)
    assert first.applied == ALL
    assert first.version == ALL[-1]
    assert first.changed
    before = everything(empty)
    second = migrate(bare_url)
    assert not second.changed
    assert second.applied == []
    assert second.version == ALL[-1]
    assert everything(empty) == before


def test_command_line_says_what_was_done_and_json_is_pure(bare_url: str) -> None:
    first = run_cli(bare_url)
    assert first.returncode == 0, first.stderr
    assert "create role recon_reader nologin; create role recon_operator nologin;" in first.stderr
    assert "applied 0001.records-and-calculations, " in first.stdout
    second = run_cli(bare_url)
    assert (second.returncode, second.stderr) == (0, first.stderr)
    assert second.stdout.startswith(f"nothing to change, at {ALL[-1]}")
    third = run_cli(bare_url, "--json")
    assert json.loads(third.stdout) == {
        "version": ALL[-1],
        "applied": [],
        "code_changed": False,
        "roles_to_create": [
            "create role recon_reader nologin;",
            "create role recon_operator nologin;",
        ],
        "changed": False,
    }


ALTERED_BY_HAND = {
    "a function's body": "create or replace function recon.today() returns date"
    " language sql stable parallel safe as 'select current_date'",
    "a function's rights": "grant execute on function recon.now() to public",
    "a function's path": "alter function recon.status() reset search_path",
    "a function is gone": "drop procedure recon.reconcile_date",
    "a view": "create or replace view recon.pending_days as"
    " select d.settlement_date, d.reconciled_at as pending_since from recon.days d",
    "a view's options": "alter view recon.pending_days set (security_invoker = true)",
    "a view's comment": "comment on view recon.run_history is 'mine'",
    "a column's comment": "comment on column recon.run_history.wrong is 'mine'",
    "a table's rights": "grant select on recon.days to public",
    "the schema's rights": "grant usage on schema recon to public",
    "a trigger is gone": "drop trigger record_insert on curtailment_records",
    "a trigger is off": "alter table curtailment_records disable trigger record_insert",
    "a trigger is not always on": "alter table curtailment_records enable trigger record_insert",
    "a materialized view is gone": "drop materialized view recon.monthly_sums",
    "its index is gone": "drop index recon.monthly_sums_key",
}


def test_what_was_altered_by_hand_is_put_back_and_reported(url: str, db: Connection) -> None:
    before = catalog(db)
    for what, alteration in ALTERED_BY_HAND.items():
        db.execute(alteration.encode())
        assert catalog(db) != before, what
        deployment = migrate(url)
        assert deployment.code_changed, what
        assert deployment.applied == [], what
        # What went unnoticed while a trigger was not there can be of any date.
        marked = db.execute(
            "delete from recon.changes where reason = 'verification'"
            " returning settlement_date::text"
        )
        db.execute("delete from recon.summary_changes")
        unnoticed = what.startswith("a trigger is")
        assert [row["settlement_date"] for row in marked] == ["-infinity"] * unnoticed, what
        assert catalog(db) == before, what
    assert not migrate(url).changed


# --------------------------------------------------------------------------------- many at once


def test_ten_deploys_at_once(bare_url: str, empty: Connection) -> None:
    processes = [start_cli(bare_url, "--json") for _ in range(10)]
    results = [process.communicate(timeout=120) for process in processes]
    assert [process.returncode for process in processes] == [0] * 10, results
    reports = [json.loads(out) for out, _ in results]
    assert sorted(len(report["applied"]) for report in reports) == [0] * 9 + [len(ALL)]
    assert sum(report["changed"] for report in reports) == 1
    assert applied(empty) == ALL


def test_deploy_waits_for_another_one_and_says_so_in_the_end(
    bare_url: str, holder: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "WAIT_FOR_DEPLOY", "100ms")
    with holder.transaction():
        holder.execute("select pg_advisory_xact_lock(1919247215, -2147483647)")
        with pytest.raises(BusyError, match="another deploy has held this database for 100ms"):
            migrate(bare_url)
    assert migrate(bare_url).changed


@pytest.mark.parametrize("isolation", ["repeatable read", "serializable"])
def test_deploys_at_once_whatever_the_default_isolation(
    isolation: str, bare_url: str, holder: Connection, empty: Connection
) -> None:
    name = value(empty, "select current_database()")
    empty.execute(
        f"alter database {name} set default_transaction_isolation = '{isolation}'".encode()
    )
    with holder.transaction():
        holder.execute("select pg_advisory_xact_lock(1919247215, -2147483647)")
        processes = [start_cli(bare_url) for _ in range(2)]
        until(empty, f"select count(*) = 2 {WAITING}")
    results = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0], results


# --------------------------------------------------------------------------------------- killed


def stick_at_creating_a_table(url: str, db: Connection) -> str:
    db.execute("create schema recon")
    return "create table recon.runs (run_id bigint)"


def stick_at_noting_a_migration(url: str, db: Connection) -> str:
    with yoyo(url) as backend:
        apply(backend, state()[:3])
    return "lock table recon._yoyo_log in share mode"


def stick_at_a_view(url: str, db: Connection) -> str:
    migrate(url)
    return "lock table recon.run_history in access share mode"


def stick_at_a_trigger(url: str, db: Connection) -> str:
    db.execute(PLATFORM.encode())
    return "lock table curtailment_records in row exclusive mode"


@pytest.mark.parametrize(
    "stick",
    [stick_at_creating_a_table, stick_at_noting_a_migration, stick_at_a_view, stick_at_a_trigger],
)
def test_killed_deploy_leaves_nothing_behind(
    stick: Callable[[str, Connection], str], bare_url: str, empty: Connection, holder: Connection
) -> None:
    """kill -9 while it holds the lock of deploys and waits for a lock of ours."""
    lock = stick(bare_url, empty)
    before = everything(empty)
    holder.execute("begin")
    holder.execute(lock.encode())
    deploy = start_cli(bare_url)
    waiting_backend(empty)
    deploy.kill()
    deploy.communicate()
    holder.execute("rollback")
    assert deploy.returncode == -9
    assert everything(empty) == before

    migrate(bare_url)
    assert applied(empty) == ALL
    assert not migrate(bare_url).changed


def test_lock_row_of_a_killed_yoyo_is_no_obstacle(bare_url: str, empty: Connection) -> None:
    with yoyo(bare_url) as backend:
        apply(backend, state()[:3])
    empty.execute("insert into recon.yoyo_lock (locked, ctime, pid) values (1, now(), 4711)")
    assert migrate(bare_url).applied == ALL[3:]  # who waits for it gets a LockTimeout


# -------------------------------------------------------------------------------- tables in use


def unwatch(db: Connection, *tables: str) -> None:
    """Has the next deploy put a trigger back, for which it locks the table; else it locks none."""
    for table in tables or ("curtailment_records",):
        db.execute(f"drop trigger record_truncate on {table}".encode())


def test_deploy_gives_up_on_a_table_in_use(
    url: str,
    db: Connection,
    another: Callable[[], Connection],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0.1)
    monkeypatch.setattr(sys, "argv", ["recon-kit", "migrate"])
    monkeypatch.setenv("DATABASE_URL", url)
    unwatch(db)
    before = everything(db)
    writer = another()
    writer.execute("begin")
    record(writer)
    started = time.monotonic()
    with pytest.raises(SystemExit) as exited:
        cli.main()
    assert time.monotonic() - started < 10
    assert exited.value.code == 4
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "in use: curtailment_records, " in printed.err
    assert f" by process {writer.info.backend_pid} (recon-kit)" in printed.err
    assert "Nothing was changed." in printed.err
    writer.execute("rollback")
    assert everything(db) == before
    assert migrate(url).code_changed


def test_deploy_tries_again_for_a_table_in_use(
    url: str, db: Connection, another: Callable[[], Connection]
) -> None:
    unwatch(db)
    writer = another()
    writer.execute("begin")
    record(writer)
    deploy = start_cli(url)
    backend = waiting_backend(db)
    until(db, f"select count(*) = 0 {WAITING} and pid = %s", backend)
    assert deploy.poll() is None
    writer.execute("commit")
    _, err = deploy.communicate(timeout=60)
    assert deploy.returncode == 0, err


def test_reader_does_not_keep_a_deploy_waiting(
    url: str, another: Callable[[], Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A report or a pg_dump holds its locks for as long as it takes."""
    monkeypatch.setattr(turns, "PATIENCE", 0)
    reader = another()
    with reader.transaction():
        reader.execute(
            "lock table curtailment_records, historical_bitcoin_calculations,"
            " recon.network_difficulties in access share mode"
        )
        assert not migrate(url).changed


def test_ingest_is_not_stuck_behind_a_deploy_that_waits_for_ingest(
    url: str, db: Connection, another: Callable[[], Connection]
) -> None:
    unwatch(db)
    first, second = another(), another()
    first.execute("begin")
    record(first)
    deploy = start_cli(url)
    waiting_backend(db)
    started = time.monotonic()
    record(second, period=2)
    assert time.monotonic() - started < 4
    first.execute("commit")
    deploy.communicate(timeout=60)
    assert deploy.returncode == 0


def test_ingest_goes_on_while_a_deploy_waits_for_a_reconciliation(
    url: str, db: Connection, another: Callable[[], Connection]
) -> None:
    """The source is the last table that a deploy locks, so it waits for nothing while it has it."""
    unwatch(db, "historical_bitcoin_calculations", "curtailment_records")
    worker, ingest = another(), another()
    worker.execute("begin")
    worker.execute("lock table historical_bitcoin_calculations in row exclusive mode")
    ingest.execute("set lock_timeout = '200ms'")
    deploy = start_cli(url)
    waiting_backend(db)
    record(ingest)
    worker.execute("commit")
    deploy.communicate(timeout=60)
    assert deploy.returncode == 0


def test_deploy_and_not_ingest_is_the_victim_of_a_deadlock(
    url: str, db: Connection, another: Callable[[], Connection]
) -> None:
    unwatch(db)
    ingest = another()
    ingest.execute("begin")
    record(ingest)
    deploy = start_cli(url)
    waiting_backend(db)
    difficulty(ingest)
    ingest.execute("commit")
    _, err = deploy.communicate(timeout=60)
    assert deploy.returncode == 0, err
    assert pending(db) == [MARCH_1]


def test_deploy_locks_no_table_of_the_platform_where_nothing_lacks(
    url: str, another: Callable[[], Connection], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(turns, "PATIENCE", 0)
    writer = another()
    with writer.transaction():
        writer.execute(f"lock table {', '.join(PUBLIC)} in row exclusive mode".encode())
        assert not migrate(url).changed


# -------------------------------------------------------------------------------------- refused


def refused(url: str, db: Connection, match: str) -> ReconError:
    """Deploys, and expects an error that changes nothing."""
    before = everything(db)
    with pytest.raises(ReconError, match=match) as caught:
        migrate(url)
    assert everything(db) == before
    assert caught.value.exit_code == 1
    return caught.value


def test_database_newer_than_the_code_is_refused(url: str, db: Connection) -> None:
    db.execute(
        "insert into recon._yoyo_migration (migration_hash, migration_id, applied_at_utc)"
        " values ('x', '9999.from-the-future', now())"
    )
    db.execute("comment on function recon.now() is 'that of a newer version'")
    error = refused(url, db, "the database is newer than this recon-kit: .* 9999.from-the-future")
    assert error.hint == "Upgrade recon-kit; nothing was changed."


@pytest.mark.parametrize("suffix", ["", "-of a Person"])
def test_role_without_rights_is_told_the_grants(
    suffix: str, bare_url: str, empty: Connection, new_role: Callable[[str], str]
) -> None:
    """The sentence holds statements that can be run as they stand."""
    role = new_role(suffix)
    error = refused(signed_in(bare_url, role), empty, "may not create schemas")
    grants = [part[part.index("grant ") :] for part in error.message.split("; ")]
    assert len(grants) == 2
    for grant in grants:
        empty.execute(grant.encode())
    deployment = migrate(signed_in(bare_url, role))
    assert deployment.applied == ALL
    assert not migrate(signed_in(bare_url, role)).changed


@pytest.mark.parametrize("suffix", ["", "-of a Person"])
def test_role_that_is_not_the_owner_is_told_who_is(
    suffix: str, bare_url: str, empty: Connection, new_role: Callable[[str], str]
) -> None:
    owner, stranger = new_role(suffix), new_role("")
    quoted = value(empty, "select quote_ident(%s)", owner)
    database = value(empty, "select current_database()")
    empty.execute(f"grant create on database {database} to public".encode())
    empty.execute("grant create on schema public to public")
    migrate(signed_in(bare_url, owner))
    error = refused(signed_in(bare_url, stranger), empty, "schema recon, or something in it,")
    assert f"in it, belongs to {quoted}: sign in as that role" in error.message
    assert f"public.curtailment_records belongs to {quoted}: sign in" in error.message
    empty.execute(f"grant {quoted} to {stranger}".encode())
    assert not migrate(signed_in(bare_url, stranger)).changed


LACKING = [
    ("curtailment_records", "volume"),
    ("curtailment_records", "settlement_date"),
    ("historical_bitcoin_calculations", "difficulty"),
    ("bitcoin_daily_summaries", "summary_date"),
]


@pytest.mark.parametrize(("table", "column"), LACKING)
def test_platform_table_that_lacks_a_column_is_refused(
    table: str, column: str, bare_url: str, empty: Connection
) -> None:
    empty.execute(PLATFORM.encode())
    empty.execute(f"alter table {table} drop column {column}".encode())
    refused(bare_url, empty, f"public.{table} is there but has no column {column}")


OF_ANOTHER_KIND = {
    "curtailment_records": "create view curtailment_records as select 1 as volume",
    "bitcoin_monthly_summaries": "create view bitcoin_monthly_summaries as select 1 as year",
    "bitcoin_yearly_summaries": "create view bitcoin_yearly_summaries as select 1 as year",
}


@pytest.mark.parametrize("name", OF_ANOTHER_KIND)
def test_relation_of_another_kind_is_refused(name: str, bare_url: str, empty: Connection) -> None:
    empty.execute(OF_ANOTHER_KIND[name].encode())
    error = refused(bare_url, empty, rf"public.{name} is there but is not a table")
    assert error.hint is not None
    assert error.hint.endswith("recon-kit adopt --check")


UNFIT = {
    "alter table historical_bitcoin_calculations drop constraint their_key": (
        "public.historical_bitcoin_calculations has no unique key"
    ),
    "drop index curtailment_records_settlement_date_idx": (
        "public.curtailment_records has no index that begins with settlement_date"
    ),
    "alter table bitcoin_daily_summaries add value_at_mining numeric not null default 0;"
    " alter table bitcoin_daily_summaries alter value_at_mining drop default": (
        "has column value_at_mining, which must have a value that the kit does not know"
    ),
    "alter table historical_bitcoin_calculations alter bitcoin_mined type numeric(20, 8)": (
        r"has column bitcoin_mined of type numeric\(20,8\), where the kit needs numeric"
    ),
}


@pytest.mark.parametrize("statement", UNFIT, ids=UNFIT.values())
def test_tables_in_another_shape_are_refused_in_one_error(
    statement: str, bare_url: str, empty: Connection
) -> None:
    empty.execute(PLATFORM.encode())
    empty.execute(statement.encode())
    error = refused(bare_url, empty, UNFIT[statement])
    assert error.message.startswith("the platform's tables are not as the kit needs them: ")
    assert error.hint is not None
    assert error.hint.endswith("recon-kit adopt --check")


def test_error_in_the_code_names_the_file_and_undoes_all(bare_url: str, empty: Connection) -> None:
    empty.execute(PLATFORM.encode())
    empty.execute("create schema recon; create function recon.now() returns int return 1")
    refused(bare_url, empty, "^core/now.sql: ")


def test_error_in_a_migration_names_it_and_undoes_all(bare_url: str, empty: Connection) -> None:
    empty.execute("create schema recon; create table recon.runs (run_id bigint)")
    refused(bare_url, empty, "^migration 0004.runs: ")


# ------------------------------------------------------------------------------- cannot connect


@pytest.fixture(scope="module")
def password_url() -> Iterator[str]:
    """A server that asks for passwords: somebody's is `right`."""
    with throwaway_server() as server:
        with connect(server.url()) as owner:
            owner.execute("create role somebody login password 'right'")
            owner.execute("create database theirs owner somebody")
            (server.data / "pg_hba.conf").write_text(
                "local all postgres trust\nlocal all all scram-sha-256\n"
            )
            owner.execute("select pg_reload_conf()")
            rules = "select count(*) from pg_hba_file_rules where auth_method = 'scram-sha-256'"
            assert value(owner, rules) == 1
        good = make_conninfo(server.url("theirs"), user="somebody", password="right")
        deadline = time.monotonic() + 10
        while time.monotonic() < deadline:
            try:
                psycopg.connect(make_conninfo(good, password="s3cr3t")).close()
            except psycopg.OperationalError:
                break
        yield good


def test_password_is_taken_to_every_connection(password_url: str) -> None:
    assert run_cli(password_url).returncode == 0


CANNOT_CONNECT = {
    "wrong password": (
        {"password": "s3cr3t"},
        'password authentication failed for user "somebody"',
    ),
    "no such role": ({"user": "nobody_at_all", "password": "s3cr3t"}, "nobody_at_all"),
    "no such database": ({"dbname": "nowhere"}, 'database "nowhere" does not exist'),
    "no server": ({"host": "/nonexistent", "password": "s3cr3t"}, "server"),
    "nobody listens": ({"host": "127.0.0.1", "port": "1", "password": "s3cr3t"}, "server"),
}


@pytest.mark.parametrize("case", CANNOT_CONNECT)
def test_error_of_a_connection_is_clear_and_keeps_the_password(
    case: str, password_url: str
) -> None:
    parameters, expected = CANNOT_CONNECT[case]
    done = run_cli(make_conninfo(password_url, **parameters))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: ")
    assert expected in done.stderr
    assert len(done.stderr.splitlines()) <= 3
    assert "s3cr3t" not in done.stderr
    assert "right" not in done.stderr


@pytest.mark.parametrize(
    "url",
    [
        "postgresql://u:100%s3cr3t@h/db",
        "postgresql://u:a s3cr3t@h/db",
        "host=h user=u password=my s3cr3t",
        "host=h password='my s3cr3t",
    ],
)
def test_url_that_cannot_be_read_is_not_shown(url: str) -> None:
    done = run_cli(url)
    assert done.returncode == 2
    assert done.stderr.startswith("error: DATABASE_URL cannot be read")
    assert "s3cr3t" not in done.stdout + done.stderr


# -------------------------------------------------------------------------------------- adopted


def test_tables_of_the_platform_are_adopted_with_their_rows(
    bare_url: str, empty: Connection
) -> None:
    empty.execute(PLATFORM.encode())
    before = [fact for fact in catalog(empty) if not fact.startswith("public")]
    migrate(bare_url)
    assert set(before) <= set(catalog(empty))

    assert pending(empty) == [MARCH_1]
    difficulty(empty)
    assert reconcile(empty)["outcome"] == "complete"
    assert value(empty, "select count(*) from recon.gaps()") == 0
    stored = "select count(*) from historical_bitcoin_calculations where farm_id = 'T_OLD-1'"
    assert value(empty, stored) == 3
    assert value(empty, "select count(*) from curtailment_records") == 1


def test_rollback_leaves_adopted_tables_alone(bare_url: str, empty: Connection) -> None:
    empty.execute(PLATFORM.encode())
    empty.execute("create schema recon")
    before = catalog(empty)
    with yoyo(bare_url) as backend:
        apply(backend, state())
        backend.rollback_migrations(backend.to_rollback(state()))
    assert catalog(empty) == before


# ------------------------------------------------------------------------------------ rollbacks


DROPS_CODE: set[str] = set()
"""Migrations that make way for code and change nothing where there is none."""


def state() -> Any:
    """The migrations, as yoyo has them."""
    return read_migrations(str(migrations_folder()))


def earlier() -> Any:
    """Those of before the baseline."""
    return read_migrations(str(earlier_folder()))


def yoyo(url: str) -> Any:
    """yoyo alone, as its command line would be used; a context manager."""
    parameters = {k: str(v) for k, v in conninfo_to_dict(url).items() if v}
    with connect(url) as connection:
        connection.execute("create schema if not exists recon")
    return get_backend("postgresql+psycopg:///?" + urlencode({**parameters, "schema": "recon"}))


def apply(backend: Any, migrations: Any) -> None:
    with backend.lock():
        backend.apply_migrations(backend.to_apply(migrations))


def applied(db: Connection) -> list[str]:
    found = db.execute("select migration_id as id from recon._yoyo_migration order by 1")
    return [row["id"] for row in found]


def test_each_rollback_undoes_its_migration_exactly(bare_url: str, empty: Connection) -> None:
    empty.execute("create schema recon")
    snapshots = [catalog(empty)]
    with yoyo(bare_url) as backend:
        for migration in state():
            apply(backend, state().replace([migration]))
            assert catalog(empty) != snapshots[-1] or migration.id in DROPS_CODE, migration.id
            backend.rollback_migrations(state().replace([migration]))
            assert catalog(empty) == snapshots[-1], migration.id
            apply(backend, state().replace([migration]))
            snapshots.append(catalog(empty))
        for migration in reversed(list(state())):
            snapshots.pop()
            backend.rollback_migrations(state().replace([migration]))
            assert catalog(empty) == snapshots[-1], migration.id
    assert applied(empty) == []


def test_posts_of_before_there_was_more_than_one_webhook_are_the_default_one_s(
    bare_url: str, empty: Connection
) -> None:
    """What was taken is not sent again, what was not is, under the number that it had."""
    [at] = [n for n, migration in enumerate(state()) if migration.id == "0011.webhooks"]
    posts = "select event_id, post_id, posted_at is not null from recon.{} order by 1"
    rows = [(1, 1, True), (2, 2, False), (3, 2, False), (4, None, False)]
    with yoyo(bare_url) as backend:
        apply(backend, state()[:at])
        empty.execute(
            "insert into recon.events (happened_at, kind, severity, message, post_id, posted_at)"
            " values (now(), 'day_failed', 'critical', '1', 1, now()),"
            " (now(), 'day_failed', 'critical', '2', 2, null),"
            " (now(), 'day_failed', 'critical', '3', 2, null),"
            " (now(), 'day_failed', 'critical', '4', null, null)"
        )
        apply(backend, state()[at : at + 1])
        found = empty.execute(posts.format("post_events").encode()).fetchall()
        assert [tuple(row.values()) for row in found] == rows[:3]
        backend.rollback_migrations(state()[at : at + 1])
        found = empty.execute(posts.format("events").encode()).fetchall()
        assert [tuple(row.values()) for row in found] == rows
    migrate(bare_url)
    for events in ([2, 3], [4], []):
        claimed = empty.execute("select * from recon.claim_post('warning', '1 day', 9)").fetchall()
        assert [e["event_id"] for post in claimed for e in post["events"]] == events
        for post in claimed:
            assert post["webhook_id"].startswith(f"recon-{events[0]}-")
            empty.execute("select recon.finish_post(%s)", (post["post_id"],))
    found = empty.execute(posts.format("events").encode()).fetchall()
    assert [tuple(row.values()) for row in found] == [
        (1, 1, True),
        (2, 2, True),
        (3, 2, True),
        (4, 4, True),
    ]


@pytest.mark.parametrize("table", ["curtailment_records", "historical_bitcoin_calculations"])
def test_rollback_of_a_table_with_rows_is_refused(
    table: str, bare_url: str, empty: Connection
) -> None:
    with yoyo(bare_url) as backend:
        apply(backend, state()[:1])
        record(empty)
        if table != "curtailment_records":
            empty.execute(
                "insert into historical_bitcoin_calculations select settlement_date,"
                " settlement_period, farm_id, 'S9', 1, 1 from curtailment_records"
            )
            empty.execute("delete from curtailment_records")
        before = catalog(empty)
        with pytest.raises(psycopg.errors.DependentObjectsStillExist, match=f"{table} holds rows"):
            backend.rollback_migrations(backend.to_rollback(state()))
        assert catalog(empty) == before
        empty.execute(f"delete from {table}".encode())
        backend.rollback_migrations(backend.to_rollback(state()))
    assert applied(empty) == []
    assert value(empty, "select to_regclass('curtailment_records')") is None


def test_deploy_goes_on_from_what_yoyo_applied(bare_url: str, empty: Connection) -> None:
    with yoyo(bare_url) as backend:
        apply(backend, state()[:4])
    assert migrate(bare_url).applied == ALL[4:]
    with yoyo(bare_url) as backend:
        assert not backend.to_apply(state())


def test_days_with_fingerprints_of_another_making_are_looked_at_again(
    bare_url: str, empty: Connection
) -> None:
    with yoyo(bare_url) as backend:
        apply(backend, earlier()[:7])
    empty.execute("delete from recon.changes")
    empty.execute(
        "insert into recon.days (settlement_date, outcome) values ('2025-03-01', 'reconciled')"
    )
    migrate(bare_url)
    assert value(empty, "select reason from recon.changes where settlement_date = '-infinity'")
    record(empty)
    difficulty(empty)
    assert reconcile(empty)["outcome"] == "complete"
    assert not empty.execute("select from recon.verify(depth => 'fingerprints')").fetchall()


def test_an_upgrade_makes_way_for_a_function_that_returns_other_columns(
    bare_url: str, empty: Connection
) -> None:
    with yoyo(bare_url) as backend:
        apply(backend, earlier()[:10])
    empty.execute(
        "create function recon.status() returns table (days bigint) language sql"
        " as 'select 1::bigint'"
    )
    migrate(bare_url)
    assert value(empty, "select completion_percent from recon.status()") is None


def test_every_migration_has_a_rollback() -> None:
    names = {path.name for path in migrations_folder().glob("*.sql")}
    assert names == {f"{name}.sql" for name in ALL} | {f"{name}.rollback.sql" for name in ALL}
    assert [name[:4] for name in ALL] == [f"{number:04}" for number in range(1, len(ALL) + 1)]


def test_migrations_are_the_ones_that_landed() -> None:
    sums = "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n"
        for path in sorted(migrations_folder().glob("*.sql"), key=lambda path: path.name)
    ) + "".join(
        f"{hashlib.sha256(path.read_bytes()).hexdigest()}  earlier/{path.name}\n"
        for path in sorted(earlier_folder().glob("*.sql"))
    )
    assert (migrations_folder() / "migrations.sum").read_text() == sums, (
        "A migration that has landed is never edited: databases that have it would not get the "
        "edit. Put it back and write a new one. For a new migration, refresh the list: make sums"
    )


# -------------------------------------------------------------------------------- surroundings


def test_deploy_in_a_posix_locale(bare_url: str) -> None:
    done = run_cli(bare_url, LC_ALL="C", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0")
    assert done.returncode == 0, done.stderr


def test_deploy_by_an_account_without_a_name(
    bare_url: str, empty: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As in a container that runs as an arbitrary uid."""

    def nobody(uid: int) -> pwd.struct_passwd:
        raise KeyError(uid)

    for name in ("LOGNAME", "USER", "LNAME", "USERNAME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(pwd, "getpwuid", nobody)
    migrate(bare_url)
    logged = value(empty, "select distinct username from recon._yoyo_log")
    assert logged == value(empty, "select current_user")


def test_psql_can_replay_the_code(url: str, db: Connection) -> None:
    before = catalog(db)
    db.execute("drop function recon.is_paused")
    db.execute("alter table curtailment_records disable trigger record_insert")
    psql = subprocess.run(
        [
            find_binaries() / "psql",
            *("--no-psqlrc", "--quiet", "-v", "ON_ERROR_STOP=1", "-1"),
            *("-f", sql_folder() / "install.sql", "-d", url),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (psql.returncode, psql.stdout) == (0, "")
    assert "ERROR" not in psql.stderr
    assert catalog(db) == before
