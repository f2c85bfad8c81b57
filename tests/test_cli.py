"""The command line as people and machines use it, and every input that cannot be right."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from recon_kit import show
from recon_kit.cli.modules import every
from recon_kit.db import Connection
from tests import inprocess, oracle
from tests.commands import ROOT, recon
from tests.world import MARCH_1, MARCH_2, days, pending, reconcile, record, value

pytestmark = pytest.mark.client


def test_a_clean_run_exits_0_and_says_what_it_did(db: Connection, url: str) -> None:
    days(db, MARCH_1, MARCH_2)
    done = recon("reconcile", "--workers", "2", "--batch-days", "1", url=url)
    assert done.returncode == 0, done.stderr
    assert "2 of 2 days done: 2 fixed" in done.stdout
    assert "run planned" in done.stderr
    assert done.stderr.count("batch committed") == 2
    assert "run_id=1" in done.stderr
    oracle.assert_consistent(db)


def test_blocked_days_exit_3_and_are_named(db: Connection, url: str) -> None:
    record(db, MARCH_1)
    done = recon("reconcile", url=url)
    assert done.returncode == 3
    assert "2025-03-01 blocked: no difficulty" in done.stderr
    again = recon("reconcile", url=url)
    assert again.returncode == 3, "nothing pending is not the same as nothing left"
    assert "2025-03-01 blocked: no difficulty" in again.stderr


def test_days_that_another_worker_holds_exit_4(db: Connection, url: str, another: Any) -> None:
    days(db, MARCH_1)
    holder = another()
    with holder.transaction():
        holder.execute("select recon.lock_day(%s)", (MARCH_1,))
        assert recon("reconcile", url=url).returncode == 4
    assert recon("reconcile", url=url).returncode == 0


def test_date_recent_and_range(db: Connection, url: str) -> None:
    days(db, MARCH_1, MARCH_2)
    assert recon("date", "2025-03-02", url=url).returncode == 0
    assert pending(db) == [MARCH_1]
    assert recon("recent", "--days", "3", url=url).returncode == 0
    assert pending(db) == [MARCH_1]
    done = recon("reconcile", "--from", "2025-03-01", "--to", "2025-03-01", url=url)
    assert done.returncode == 0
    assert pending(db) == []


def test_every_flag_has_its_environment_twin(db: Connection, url: str) -> None:
    days(db, MARCH_1, MARCH_2)
    done = recon(
        "reconcile",
        url=url,
        RECON_TO="2025-03-01",
        RECON_JSON="1",
        RECON_WORKERS="1",
    )
    assert json.loads(done.stdout)["planned_days"] == 1
    help_text = recon("reconcile", "--help", COLUMNS="200").stdout
    for flag in ("--from", "--to", "--batch-days", "--max-batches", "--order-by", "--force"):
        line = next(line for line in help_text.splitlines() if line.strip().startswith(flag))
        twin = flag.strip("-").replace("-", "_").upper()
        assert f"RECON_{'RECONCILE_' if twin == 'FORCE' else ''}{twin}" in help_text, line


@pytest.mark.parametrize(
    "verb", [["reconcile"], ["date", "2025-03-01"], ["recent"], ["status"], ["gaps"], ["migrate"]]
)
def test_json_is_all_there_is_on_stdout(db: Connection, url: str, verb: list[str]) -> None:
    days(db, MARCH_1)
    record(db, MARCH_2)
    done = recon(*verb, "--json", url=url)
    json.loads(done.stdout)
    assert done.stderr == ""


def test_status_and_gaps_speak_to_people(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    record(db, MARCH_2)
    listed = recon("gaps", "--limit", "2", url=url)
    assert listed.returncode == 3
    assert "missing" in listed.stdout
    assert "blocked" in listed.stdout
    assert "more cells" in listed.stdout
    reconcile(db)
    status = recon("status", url=url)
    assert status.returncode == 3
    assert "no difficulty" in status.stdout
    db.execute("delete from curtailment_records where settlement_date = %s", (MARCH_2,))
    assert recon("status", url=url).returncode == 0
    reconcile(db)
    clean = recon("gaps", url=url)
    assert (clean.returncode, clean.stdout.strip()) == (
        0,
        "no gaps: every stored calculation is the expected one",
    )


def test_an_empty_database_is_not_an_error_and_has_no_days(url: str) -> None:
    assert recon("status", "--json", url=url).returncode == 0
    assert json.loads(recon("status", "--json", url=url).stdout)["days"] == 0
    assert recon("reconcile", url=url).returncode == 0


def test_a_bar_is_drawn_on_a_terminal(db: Connection, url: str) -> None:
    days(db, MARCH_1, MARCH_2)
    leader, follower = pty.openpty()
    with subprocess.Popen(
        [sys.executable, "-m", "recon_kit", "reconcile", "--batch-days", "1"],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url, "TERM": "xterm", "COLUMNS": "120"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=follower,
    ) as process:
        output = process.communicate(timeout=60)[0].decode()
    os.close(follower)
    drawn = os.read(leader, 100_000).decode()
    os.close(leader)
    assert process.returncode == 0
    assert "cells/s (72 missing)" in drawn
    assert "2 of 2 days done" in output


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (40, "2  2025-03-01 09:30  2025-03-01"),
        (30, "2  2025-03-01    2025-03-01\n      09:30"),
        (25, "load                   2\nloaded UTC"),
    ],
)
def test_no_date_is_broken_however_narrow_the_terminal_is(
    width: int, shown: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("recon_kit.show.terminal._FOLDS", True)
    monkeypatch.setenv("COLUMNS", str(width))
    loaded_at = datetime(2025, 3, 1, 9, 30, tzinfo=UTC)
    row = {"load_id": 2, "loaded_at": loaded_at, "first_date": MARCH_1}
    show.table([row], list(row))
    lines = [line.rstrip() for line in capsys.readouterr().out.splitlines()]
    assert shown in "\n".join(lines)
    assert all(line.count("2025-0") == line.count("2025-03-01") for line in lines)


BAD_ARGUMENTS = {
    "a date that does not exist": (["date", "2025-02-30"], "2025-02-30"),
    "a date of another form": (["gaps", "--from", "01/03/2025"], "01/03/2025"),
    "from after to": (
        ["reconcile", "--from", "2025-03-02", "--to", "2025-03-01"],
        "from_date 2025-03-02 is after to_date 2025-03-01",
    ),
    "gaps from after to": (
        ["gaps", "--from", "2025-03-02", "--to", "2025-03-01"],
        "from_date 2025-03-02 is after to_date 2025-03-01",
    ),
    "an order that is none": (["reconcile", "--order-by", "newest"], "newest"),
    "no days in a batch": (["reconcile", "--batch-days", "0"], "0"),
    "no workers": (["reconcile", "--workers", "0"], "0"),
    "a verb that is none": (["reconsile"], "reconsile"),
    "a file that is not there": (["load", "nothing.csv"], "nothing.csv"),
    "a difficulty file that is not there": (
        ["sync", "--from-file", "nothing.json"],
        "nothing.json",
    ),
}


@pytest.mark.parametrize("what", BAD_ARGUMENTS)
def test_bad_arguments_exit_2_naming_the_value(url: str, what: str) -> None:
    arguments, text = BAD_ARGUMENTS[what]
    done = recon(*arguments, url=url)
    assert done.returncode == 2
    assert text in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


@pytest.fixture
def role(db: Connection, url: str) -> Iterator[str]:
    """A role that may sign in and nothing else; yields its URL."""
    name = f"nobody_{os.getpid()}"
    db.execute(f"create role {name} login password 'Pa55-word'")
    parts = {**conninfo_to_dict(url), "user": name, "password": "Pa55-word"}
    yield make_conninfo("", **{k: str(v) for k, v in parts.items() if v is not None})
    db.execute(f"drop role {name}")


def test_a_role_without_rights_is_told_whom_to_ask(role: str) -> None:
    for verb in (["reconcile"], ["status"], ["gaps"]):
        done = recon(*verb, url=role)
        assert done.returncode == 1
        assert "permission denied" in done.stderr
        assert "grant recon_operator" in done.stderr
        assert "Pa55-word" not in done.stderr + done.stdout


BAD_DATABASES = {
    "unreachable": ("postgresql://me:s3cret@127.0.0.1:1/none", 1, "Check that the server runs"),
    "not a URL": ("postgresql://me:s3cret@[nowhere", 2, "DATABASE_URL cannot be read"),
    "unknown host": ("postgresql://me:s3cret@no.such.host.invalid/x", 1, "no.such.host.invalid"),
}


@pytest.mark.parametrize("what", BAD_DATABASES)
def test_a_database_that_is_not_there(what: str) -> None:
    url, code, text = BAD_DATABASES[what]
    done = recon("status", url=url)
    assert done.returncode == code
    assert text in done.stderr
    assert "s3cret" not in done.stderr
    assert "Traceback" not in done.stderr


def test_a_database_that_does_not_exist(url: str) -> None:
    parts = {**conninfo_to_dict(url), "dbname": "no_such_database"}
    done = recon("status", url=make_conninfo("", **{k: str(v) for k, v in parts.items()}))
    assert done.returncode == 1
    assert "no_such_database" in done.stderr
    assert "the database and the user in it exist" in done.stderr


def test_a_database_without_the_kit(bare_url: str) -> None:
    for verb in (["status"], ["reconcile"], ["gaps"]):
        done = recon(*verb, url=bare_url)
        assert done.returncode == 1
        assert "recon-kit migrate" in done.stderr


def test_monitoring_of_a_database_without_the_kit_names_the_next_step(bare_url: str) -> None:
    done = recon("check", url=bare_url)
    assert done.returncode == 3
    assert done.stdout.count("\n") == 1
    assert "recon-kit migrate" in done.stdout


TIMES = {
    "keep": ["prune-history", "--keep", "forever"],
    "budget": ["scrub", "--budget", "a while"],
    "keep beyond time": ["prune-history", "--keep", "9999999999 years"],
}


@pytest.mark.parametrize("what", TIMES)
def test_a_length_of_time_that_is_none_is_told_how_one_is_written(url: str, what: str) -> None:
    done = recon(*TIMES[what], url=url)
    assert done.returncode == 2
    assert TIMES[what][-1] in done.stderr
    assert "a length of time as 90 days" in done.stderr


def test_what_the_server_says_in_detail_is_shown(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    db.execute("alter table recon.runs add constraint once unique (order_by)")
    assert recon("reconcile", url=url).returncode == 0
    done = recon("reconcile", "--force", url=url)
    assert done.returncode == 1
    assert 'violates unique constraint "once": Key (order_by)=(usual) already exists' in (
        done.stderr
    )


@pytest.mark.parametrize("what", ["table recon.settings", "table recon.runs", "schema recon"])
def test_a_deploy_does_not_advise_to_deploy(what: str, db: Connection, url: str) -> None:
    db.execute(f"drop {what} cascade")
    assert "recon-kit migrate" in recon("status", url=url).stderr
    done = recon("migrate", url=url)
    if what == "schema recon":
        assert done.returncode == 0
    else:
        assert done.returncode == 1
        assert "recon-kit migrate" not in done.stderr
        assert "restore the schema recon" in done.stderr


def test_wrong_password(db: Connection, role: str, tmp_path: Path) -> None:
    """pg_hba.conf trusts the test's socket, so a server of its own asks for the password."""
    from recon_kit.local import throwaway_server

    with throwaway_server() as server:
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("create role me login password 'right'")
            hba = value_of(connection, "show hba_file")
        Path(hba).write_text("local all postgres trust\nlocal all all scram-sha-256\n")
        with psycopg.connect(server.url(), autocommit=True) as connection:
            connection.execute("select pg_reload_conf()")
            while not value_of(
                connection,
                "select count(*) from pg_hba_file_rules where auth_method = 'scram-sha-256'",
            ):
                pass
        parts = {**conninfo_to_dict(server.url()), "user": "me", "password": "wr0ng"}
        done = recon("status", url=make_conninfo("", **{k: str(v) for k, v in parts.items()}))
    assert done.returncode == 1
    assert "password authentication failed" in done.stderr
    assert "wr0ng" not in done.stderr


def value_of(connection: psycopg.Connection[Any], statement: str) -> Any:
    row = connection.execute(statement).fetchone()
    assert row is not None
    return row[0]


def test_without_database_url_a_local_database_is_kept(tmp_path: Path) -> None:
    local = {"RECON_LOCAL_DIR": str(tmp_path / "kept"), "HOME": str(tmp_path)}
    try:
        deployed = recon("migrate", **local)
        assert deployed.returncode == 0, deployed.stderr
        assert "starting the local database" in deployed.stderr
        (tmp_path / "records.csv").write_text(
            "settlement_date,settlement_period,farm_id,volume,payment\n"
            "2025-03-01,1,T_CLDCW-1,-12.5,875\n"
        )
        (tmp_path / "difficulty.json").write_text('{"2025-03-01": "110,568,428,300,952"}')
        assert recon("load", str(tmp_path / "records.csv"), **local).returncode == 0
        synced = recon("sync", "--from-file", str(tmp_path / "difficulty.json"), **local)
        assert synced.returncode == 0, synced.stderr
        assert recon("down", **local).returncode == 0
        assert recon("reconcile", **local).returncode == 0
        status = json.loads(recon("status", "--json", **local).stdout)
        assert (status["calculations"], status["reconciled"]) == (3, 1)
    finally:
        recon("down", **local)


def test_numbers_are_what_the_database_has(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    reconcile(db)
    shown = json.loads(recon("status", "--json", url=url).stdout)
    assert shown["calculations"] == value(
        db, "select count(*) from historical_bitcoin_calculations"
    )
    assert shown["curtailed_mwh"] == str(
        value(db, "select sum(abs(volume)) from curtailment_records")
    )


CELL = ("2025-03-01", "1", "T_FARM-0")
FILES = {
    "records.csv": "settlement_date,settlement_period,farm_id,volume,payment\n"
    "2025-03-02,1,T_A-1,-1,70\n",
    "units.csv": "farm_id,capacity_mw\nT_A-1,10\n",
    "retargets.csv": "height,began_at,nbits\nx,y,z\n",
    "difficulty.json": '{"2025-03-02": "110568428300952"}',
}
JSON_OF = {
    ("adopt",): ("--check",),
    ("critical",): ("2025-03-01",),
    ("date",): ("2025-03-01",),
    ("difficulty", "accept"): ("2025-03-01",),
    ("difficulty", "reject"): ("2025-03-01", "wrong"),
    ("explain",): CELL,
    ("listen",): ("--once",),
    ("load",): ("records.csv",),
    ("load-retargets",): ("retargets.csv",),
    ("load-units",): ("units.csv",),
    ("load-totals",): ("totals.csv",),
    ("resume",): ("1",),
    ("runs",): ("1",),
    ("spot-fix",): CELL,
    ("sync",): ("--from-file", "difficulty.json"),
    ("unload",): ("1",),
    ("verify-month",): ("2025-03",),
}
"""What a verb with --json needs besides."""


def verbs_with_json(group: Any, before: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    for name, command in sorted(group.commands.items()):
        if hasattr(command, "commands"):
            yield from verbs_with_json(command, (*before, name))
        elif any("--json" in parameter.opts for parameter in command.params):
            yield (*before, name)


def test_what_is_asked_for_as_json_is_json(db: Connection, url: str, tmp_path: Path) -> None:
    """One document, or one a line; in whatever state the verb finds things."""
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    days(db, MARCH_1)
    reconcile(db)
    db.execute("delete from recon.network_difficulties")
    verbs = set(verbs_with_json(every()))
    assert set(JSON_OF) <= verbs
    for verb in sorted(verbs - {("demo",), ("uninstall",), ("schedule",), ("unschedule",)}):
        words = [str(tmp_path / w) if w in FILES else w for w in JSON_OF.get(verb, ())]
        said = recon(*verb, *words, "--json", url=url).stdout
        try:
            json.loads(said or "null")
        except json.JSONDecodeError:
            for line in said.splitlines():
                json.loads(line)


NOWHERE = "postgresql://u@127.0.0.1:1/x"


@pytest.mark.parametrize("lack", ["no database", "no kit", "no such flag", "a bad value"])
def test_where_a_verb_fails_stdout_is_json_or_empty(
    lack: str, bare_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then stderr says why."""
    monkeypatch.setenv("RECON_PATIENCE", "soon" if lack == "a bad value" else "0")
    monkeypatch.setenv("RECON_DYNAMODB_ENDPOINT", NOWHERE.replace("postgresql://u@", "http://"))
    for name, text in FILES.items():
        (tmp_path / name).write_text(text)
    url = NOWHERE if lack == "no database" else bare_url
    more = {"no such flag": ["--no-such-flag"]}.get(lack, [])
    silent = []
    for verb in sorted(set(verbs_with_json(every())) - {("demo",), ("migrate",)}):
        words = [str(tmp_path / w) if w in FILES else w for w in JSON_OF.get(verb, ())]
        done = inprocess.recon(*verb, *words, "--json", *more, url=url)
        if done.stdout:
            json.loads(done.stdout)
        elif "error: " not in done.stderr.lower() or done.returncode == 0:
            silent.append((verb, done))
    assert silent == []


@pytest.mark.parametrize(
    "verb",
    [
        ["reconcile"],
        ["date", "2025-03-01"],
        ["recent"],
        ["verify"],
        ["daily-check"],
        ["scrub"],
        ["critical", "2025-03-01"],
        ["verify-month", "2025-03"],
        ["migrate"],
    ],
    ids=lambda verb: verb[0],
)
def test_quiet_is_quiet_unless_something_is_amiss(
    verb: list[str], db: Connection, url: str
) -> None:
    days(db, MARCH_1)
    reconcile(db)
    done = recon(*verb, "--quiet", url=url)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    if verb[0] in ("reconcile", "verify", "verify-month"):
        record(db, MARCH_1, 9)
        db.execute("delete from recon.network_difficulties")
        done = recon(*verb, "--quiet", url=url)
        assert done.returncode == 3
        assert done.stdout != ""
