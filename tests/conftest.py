"""A server for the session, a deployed template, and a clone of it for each test."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from pytest_postgresql import factories
from pytest_postgresql.executors import NoopExecutor
from pytest_postgresql.janitor import DatabaseJanitor

from recon_kit.db import Connection, connect
from recon_kit.local import Server, throwaway_server
from recon_kit.migrate import migrate
from tests.world import wait_for

REAL_DATA = Path(os.environ.get("RECON_TEST_DATA") or Path(__file__).parents[2] / "shared" / "data")
"""Real figures, which do not travel with the project: who has none skips what needs them."""


class _Executor(NoopExecutor):  # type: ignore[misc]
    """A server that is there already; new databases are not made from a template of its own."""

    template_dbname = None


def pytest_xdist_auto_num_workers() -> int:
    """Three for two cores: a third of the time of a test it waits."""
    return -(-3 * (os.cpu_count() or 1) // 2)


def missing(component: str) -> None:
    """Skips, naming what this machine lacks; a failure where CI should have had it."""
    if os.environ.get("CI") == "true":
        pytest.fail(f"{component} is missing, and CI must have it")
    pytest.skip(f"{component} is missing")


@pytest.fixture(scope="session", autouse=True)
def _clean_environment() -> Iterator[None]:
    """No test sees the database, the settings or the AWS account of whoever runs it."""
    if Path(".env").exists():
        pytest.exit("the verbs under test would read .env: move it away", returncode=2)
    patch = pytest.MonkeyPatch()
    for name in list(os.environ):
        if name == "DATABASE_URL" or (
            name.startswith(("RECON_", "AWS_", "PG")) and name != "PG_BIN"
        ):
            patch.delenv(name)
    patch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    patch.setenv("AWS_CONFIG_FILE", os.devnull)
    patch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)
    yield
    patch.undo()


@pytest.fixture(scope="session")
def server() -> Iterator[NoopExecutor]:
    """The server of this session: TEST_DATABASE_URL, or an embedded one."""
    if external := os.environ.get("TEST_DATABASE_URL"):
        parts = conninfo_to_dict(external)
        yield _executor(
            str(parts.get("host", "localhost")),
            str(parts.get("port", 5432)),
            str(parts.get("user", "postgres")),
            parts.get("password"),
        )
        return
    with throwaway_server(options={"max_prepared_transactions": "5"}) as started:
        yield _executor(str(started.host), str(started.port), "postgres", None)


def _executor(host: str, port: str, user: str, password: Any) -> NoopExecutor:
    return _Executor(
        host=host,
        port=port,
        user=user,
        password=password,
        dbname="postgres",
        options="",
        maintenance_dbname="postgres",
    )


def _deploy(*, host: str, port: str, user: str, dbname: str, password: Any, **_: Any) -> None:
    migrate(make_conninfo(host=host, port=port, user=user, dbname=dbname, password=password))


deployed = factories.postgresql_noproc(depends_on="server", dbname="tests", load=[_deploy])
bare = factories.postgresql_noproc(depends_on="server", dbname="bare")


class _Copy(DatabaseJanitor):  # type: ignore[misc]
    """A database made by copying files, the caches of the catalog with them: half the time."""

    def _build_create_database_sql(self) -> sql.Composed:
        return sql.SQL("{} strategy file_copy").format(super()._build_create_database_sql())

    @staticmethod
    def _terminate_connection(cur: Any, dbname: str) -> None:
        """Returns once they are gone: `drop database` would look again after 100 ms only."""
        DatabaseJanitor._terminate_connection(cur, dbname)
        there = "select from pg_stat_activity where datname = %s"
        wait_for(lambda: not cur.execute(there, (dbname,)).rowcount)


@contextmanager
def copy_of(template: str, server: NoopExecutor, name: str) -> Iterator[str]:
    """The URL of a database of that name, which is a copy of another, for the length of a block."""
    place: dict[str, Any] = {
        "host": server.host,
        "port": server.port,
        "user": server.user,
        "password": server.password,
        "dbname": name,
    }
    with _Copy(template_dbname=template, **place):
        yield make_conninfo(**place)


@pytest.fixture
def url(deployed: NoopExecutor) -> Iterator[str]:
    """A database of this test's own, with the kit deployed."""
    with copy_of(deployed.template_dbname, deployed, deployed.dbname) as url:
        yield url


@pytest.fixture
def bare_url(bare: NoopExecutor) -> Iterator[str]:
    """An empty database of this test's own."""
    with copy_of(bare.template_dbname, bare, bare.dbname) as url:
        yield url


@pytest.fixture
def db(url: str) -> Iterator[Connection]:
    """An autocommit connection to the test's database."""
    with connect(url) as connection:
        yield connection


@pytest.fixture(scope="module")
def module_url(deployed: NoopExecutor) -> Iterator[str]:
    """A database with the kit deployed, which the tests of a module share: none leaves a trace."""
    with copy_of(deployed.template_dbname, deployed, f"{deployed.dbname}_module") as url:
        yield url


@pytest.fixture
def durable_server() -> Iterator[Server]:
    """A server of this test's own that keeps what was committed when it is stopped at once."""
    with throwaway_server(durable=True) as server:
        yield server


@pytest.fixture
def another(url: str) -> Iterator[Callable[[], Connection]]:
    """Opens further connections to the test's database."""
    opened: list[Connection] = []

    def open_connection() -> Connection:
        opened.append(connect(url))
        return opened[-1]

    yield open_connection
    for connection in opened:
        connection.close()


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real figures; skips without it, in CI too."""
    if not REAL_DATA.is_dir():
        pytest.skip(f"RECON_TEST_DATA: there are no real data in {REAL_DATA}")
    return REAL_DATA
