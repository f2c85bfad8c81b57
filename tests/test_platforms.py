"""Where the platform lives: behind a pooler, across a network, with roles that own nothing."""

from __future__ import annotations

import ipaddress
import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from psycopg.conninfo import make_conninfo
from pytest_postgresql.executors import NoopExecutor

from recon_kit.db import Connection, connect
from recon_kit.local import Server, find_binaries, throwaway_server
from recon_kit.local.account import Account
from recon_kit.migrate import migrate
from tests import oracle
from tests.conftest import missing
from tests.inprocess import recon
from tests.world import DIFFICULTY, MARCH_1, MARCH_2, days, pending, reconcile, record, value

FARM = ("2025-03-01", "1", "T_FARM-0")


def doctor(url: str) -> dict[str, dict[str, Any]]:
    """What doctor finds, by subject."""
    done = recon("doctor", "--json", url=url)
    assert done.stdout, done.stderr
    found = json.loads(done.stdout)
    return {row["subject"]: row for row in found}


# ------------------------------------------------------------------------------------- a pooler


@contextmanager
def pgbouncer(server: NoopExecutor, folder: Path, **settings: str | int) -> Iterator[str]:
    """The folder of the socket of a PgBouncer before the server; port 6432."""
    program = shutil.which("pgbouncer", path=f"{os.environ['PATH']}:/usr/sbin")
    if program is None:
        missing("pgbouncer")
    account = Account.choose()
    account.own(folder)
    password = f" password={server.password}" if server.password else ""
    chosen = {
        "listen_port": 6432,
        "listen_addr": "",
        "unix_socket_dir": folder,
        "auth_type": "any",
        "logfile": folder / "log",
        **settings,
    }
    lines = [
        "[databases]",
        f"* = host={server.host} port={server.port} user={server.user}{password}",
        "[pgbouncer]",
        *(f"{name} = {setting}" for name, setting in chosen.items()),
    ]
    config = folder / "pgbouncer.ini"
    config.write_text("\n".join(lines))
    config.chmod(0o644)
    child = subprocess.Popen([str(program), str(config)], **account.spawn(subprocess.DEVNULL))
    try:
        deadline = time.monotonic() + 20
        while not (folder / ".s.PGSQL.6432").exists():
            assert child.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline, "PgBouncer does not listen"
            time.sleep(0.02)
        yield str(folder)
    finally:
        child.terminate()
        child.wait(20)


@pytest.fixture
def pooled(server: NoopExecutor, url: str) -> Iterator[Callable[..., str]]:
    """Opens a PgBouncer before the test's database; returns the URL through it."""
    with ExitStack() as stack:

        def open_pooler(**settings: str | int) -> str:
            folder = Path(stack.enter_context(_short_folder()))
            host = stack.enter_context(pgbouncer(server, folder / "p", **settings))
            return make_conninfo(url, host=host, port=6432)

        yield open_pooler


@contextmanager
def _short_folder() -> Iterator[str]:
    """A folder that the server's account can enter, its name short enough for a socket's."""
    with tempfile.TemporaryDirectory(prefix="recon-kit-") as name:
        Path(name).chmod(0o711)
        yield name


def test_all_work_goes_through_a_pooler_that_lends_by_transaction(
    db: Connection, pooled: Callable[..., str], tmp_path: Path
) -> None:
    """Four workers and three connections: nobody can count on having the same one twice."""
    url = pooled(pool_mode="transaction", default_pool_size=3)
    march = [MARCH_1 + timedelta(days=n) for n in range(12)]
    days(db, *march)
    db.execute("delete from recon.network_difficulties")
    difficulties = tmp_path / "difficulty.json"
    difficulties.write_text(json.dumps({str(day): str(DIFFICULTY) for day in march}))

    def run(*arguments: str, code: int = 0) -> str:
        done = recon(*arguments, url=url)
        assert done.returncode == code, done.stderr
        return done.stdout

    run("analyze", code=3)
    run("sync", "--from-file", str(difficulties))
    run("reconcile", "--workers", "4", "--batch-days", "1")
    oracle.assert_consistent(db)
    run("status")
    run("gaps")
    run("verify")
    db.execute("delete from historical_bitcoin_calculations where settlement_period < 3")
    run("gaps", code=3)
    run("reconcile", "--dry-run")
    run("spot-fix", *FARM)
    run("critical", "2025-03-01")
    run("date", "2025-03-02")
    run("recent")
    run("fix-critical")
    run("pause", "for a while")
    run("unpause")
    run("reconcile", "--workers", "4", "--batch-days", "1")
    run("scrub", "--budget", "2 seconds")
    run("explain", *FARM)
    run("analyze")
    oracle.assert_consistent(db)


def test_records_load_through_a_pooler(
    db: Connection, pooled: Callable[..., str], tmp_path: Path
) -> None:
    url = pooled(pool_mode="transaction", default_pool_size=1)
    records = tmp_path / "records.csv"
    records.write_text(
        "settlement_date,settlement_period,farm_id,volume,payment\n2025-03-01,1,T_X-1,-10,700\n"
    )
    done = recon("load", str(records), url=url)
    assert done.returncode == 0, done.stderr
    assert pending(db) == [MARCH_1]


def test_a_deploy_is_one_transaction_and_goes_through_a_pooler(
    db: Connection, pooled: Callable[..., str]
) -> None:
    db.execute("drop function recon.status()")
    done = recon("migrate", url=pooled(pool_mode="transaction"))
    assert done.returncode == 0, done.stderr
    assert "code replayed" in done.stdout
    assert value(db, "select days from recon.status()") == 0


@pytest.mark.parametrize(
    ("settings", "outcome", "says"),
    [
        ({"pool_mode": "transaction"}, "ok", "by transaction"),
        ({"pool_mode": "transaction", "default_pool_size": 1}, "ok", "by transaction"),
        ({"pool_mode": "session"}, "ok", "a connection of its own"),
        ({"pool_mode": "session", "default_pool_size": 1}, "warning", "no second connection"),
        ({"pool_mode": "statement"}, "failure", "transaction blocks not allowed"),
    ],
)
def test_doctor_names_the_pooler(
    pooled: Callable[..., str], settings: dict[str, Any], outcome: str, says: str
) -> None:
    found = doctor(pooled(**settings))["pooler"]
    assert found["outcome"] == outcome
    assert says in found["finding"]


def test_doctor_names_a_direct_connection(url: str) -> None:
    assert doctor(url)["pooler"]["finding"] == "none: the connection is direct"


# ------------------------------------------------------------------------------------------ TLS


def self_signed(address: str) -> tuple[bytes, bytes]:
    """A certificate for an IP address and its key, in PEM."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "recon-kit test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address(address))]),
            critical=False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return (
        certificate.public_bytes(serialization.Encoding.PEM),
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        ),
    )


def programs_with_tls() -> Path:
    """The programs of a PostgreSQL that is built with TLS; the embedded one is not."""
    for folder in (find_binaries(), *Path("/").glob("usr/lib/postgresql/*/bin")):
        config = folder / "pg_config"
        if config.exists():
            built = subprocess.run([config, "--configure"], capture_output=True, text=True)
            if "openssl" in built.stdout:
                return folder
    missing("a PostgreSQL that is built with TLS")
    raise AssertionError


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The URL of a server that takes TCP connections with TLS only, and its certificate.

    Its address is of this machine, and one that no other test uses.
    """
    address = f"127.83.{os.getpid() >> 8 & 255}.{os.getpid() & 255 or 1}"
    certificate, key = self_signed(address)
    authority = tmp_path_factory.mktemp("tls") / "server.crt"
    authority.write_bytes(certificate)
    with pytest.MonkeyPatch.context() as patch, ExitStack() as stack:
        patch.setenv("PG_BIN", str(programs_with_tls()))
        server = stack.enter_context(throwaway_server(options={"listen_addresses": address}))
        give(server, "server.crt", certificate)
        give(server, "server.key", key)
        give(server, "pg_hba.conf", b"local all all trust\nhostssl all all 127.0.0.0/8 trust\n")
        with connect(server.url()) as owner:
            owner.execute("alter system set ssl = on")
            owner.execute("select pg_reload_conf()")
        migrate(server.url())
        yield make_conninfo(host=address, port=5432, user="postgres", dbname="postgres"), authority


def give(server: Server, name: str, content: bytes) -> None:
    """Puts a file into the server's data folder, as its account has it."""
    path = server.data / name
    path.write_bytes(content)
    path.chmod(0o600)
    os.chown(path, server.account.uid, server.account.gid)


def test_all_work_goes_over_tls_to_a_server_that_proves_who_it_is(
    remote: tuple[str, Path],
) -> None:
    address, authority = remote
    url = make_conninfo(address, sslmode="verify-full", sslrootcert=str(authority))
    with connect(url) as db:
        assert db.info.pgconn.ssl_in_use
        days(db, MARCH_1, MARCH_2)
        done = recon("reconcile", "--workers", "2", "--batch-days", "1", url=url)
        assert done.returncode == 0, done.stderr
        oracle.assert_consistent(db)
    assert recon("migrate", url=url).returncode == 0
    assert doctor(url)["connection"]["outcome"] == "ok"


def test_what_the_server_refuses_without_tls_is_said(remote: tuple[str, Path]) -> None:
    done = recon("status", url=make_conninfo(remote[0], sslmode="disable"))
    assert done.returncode == 1
    assert "no pg_hba.conf entry" in done.stderr
    assert "no encryption" in done.stderr
    assert "sslmode=verify-full where it wants TLS" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_that_cannot_prove_who_it_is_is_refused(remote: tuple[str, Path]) -> None:
    url = make_conninfo(remote[0], sslmode="verify-full", sslrootcert="/nowhere/root.crt")
    done = recon("status", url=url)
    assert done.returncode == 1
    assert 'root certificate file "/nowhere/root.crt" does not exist' in done.stderr
    other = make_conninfo(remote[0], sslmode="verify-full", sslrootcert=str(_other(remote[1])))
    assert "certificate verify failed" in recon("status", url=other).stderr


def _other(authority: Path) -> Path:
    """The certificate of somebody else."""
    path = authority.with_name("other.crt")
    path.write_bytes(self_signed("127.0.0.1")[0])
    return path


# ---------------------------------------------------------------------------------- poor roles


@pytest.fixture(scope="module")
def owned() -> Iterator[Server]:
    """A server where the kit belongs to a role that is no superuser. Roles are a whole server's."""
    with throwaway_server() as server:
        with connect(server.url()) as admin:
            admin.execute("create role platform login")
            admin.execute("create database platform owner platform")
            admin.execute("create role recon_reader nologin")
            admin.execute("create role recon_operator nologin")
            admin.execute("create role reader login in role recon_reader")
            admin.execute("create role operator login in role recon_operator")
            admin.execute("create role ingest login")
            admin.execute("create role stranger login")
        migrate(server.url("platform", "platform"))
        with connect(server.url("platform", "platform")) as platform:
            platform.execute("grant insert on curtailment_records to ingest")
            days(platform, MARCH_1, MARCH_2)
            reconcile(platform)
        yield server


@pytest.fixture
def platform(owned: Server) -> Iterator[Connection]:
    """The owner's connection, all days reconciled before and after."""
    with connect(owned.url("platform", "platform")) as connection:
        reconcile(connection)
        assert pending(connection) == []
        yield connection
        reconcile(connection)
        oracle.assert_consistent(connection)


OPERATOR_VERBS = [
    ["reconcile", "--workers", "2"],
    ["status"],
    ["gaps"],
    ["analyze"],
    ["doctor"],
    ["reconcile", "--dry-run"],
    ["recent"],
    ["date", "2025-03-01"],
    ["critical", "2025-03-01"],
    ["fix-critical"],
    ["fix-critical", "--dry-run"],
    ["spot-fix", *FARM],
    ["spot-fix", *FARM, "--dry-run"],
    ["explain", *FARM],
    ["verify"],
    ["verify", "--depth", "fingerprints"],
    ["scrub", "--budget", "1 second"],
    ["skip-day", "2025-03-02", "under review"],
    ["retry-day", "2025-03-02"],
    ["pause", "for a while"],
    ["unpause"],
    ["prune-history"],
]


def test_an_operator_that_owns_nothing_runs_every_verb(
    owned: Server, platform: Connection, tmp_path: Path
) -> None:
    url = owned.url("platform", "operator")
    difficulties = tmp_path / "difficulty.json"
    difficulties.write_text(json.dumps({"2025-03-01": "114167270716407.6"}))
    synced = recon("sync", "--from-file", str(difficulties), url=url)
    assert (synced.returncode, synced.stderr) == (0, "")
    assert pending(platform) == [MARCH_1]
    for verb in OPERATOR_VERBS:
        done = recon(*verb, url=url)
        assert done.returncode == 0, (verb, done.stdout, done.stderr)
    assert "operator may run and look" in recon("doctor", url=url).stdout


def test_a_reader_looks_and_is_told_what_it_may_not(owned: Server, platform: Connection) -> None:
    url = owned.url("platform", "reader")
    for verb in (
        ["status"],
        ["gaps"],
        ["analyze"],
        ["doctor"],
        ["reconcile", "--dry-run"],
        ["explain", *FARM],
    ):
        done = recon(*verb, url=url)
        assert done.returncode == 0, (verb, done.stdout, done.stderr)
    assert "reader may look, and not run" in recon("doctor", url=url).stdout
    for verb in (
        ["reconcile"],
        ["date", "2025-03-01"],
        ["critical", "2025-03-01"],
        ["spot-fix", *FARM],
        ["verify"],
        ["scrub"],
        ["pause", "why not"],
        ["migrate"],
    ):
        done = recon(*verb, url=url)
        assert done.returncode == 1, verb
        assert done.stderr.startswith("error: "), (verb, done.stderr)
        assert "permission denied" in done.stderr or "belongs to" in done.stderr
        assert "recon_operator" in done.stderr or "sign in as that role" in done.stderr


def test_a_role_without_rights_is_told_which_it_needs(owned: Server) -> None:
    url = owned.url("platform", "stranger")
    rights = doctor(url)["rights"]
    assert rights["outcome"] == "failure"
    assert rights["next_step"] == 'grant recon_reader to "stranger"'
    for verb in ("status", "analyze", "reconcile"):
        done = recon(verb, url=url)
        assert done.returncode == 1
        assert "permission denied for schema recon" in done.stderr
        assert "grant recon_operator" in done.stderr


def test_ingest_with_no_right_but_to_insert_makes_days_pending(
    owned: Server, platform: Connection
) -> None:
    """One row, many rows in one statement, and copy."""
    later = [MARCH_1 + timedelta(days=n) for n in range(2, 5)]
    days(platform, *later)
    reconcile(platform)
    with psycopg.connect(owned.url("platform", "ingest"), autocommit=True) as ingest:
        record(ingest, MARCH_1, 9)  # type: ignore[arg-type]
        assert pending(platform) == [MARCH_1]
        ingest.execute(
            "insert into curtailment_records"
            " (settlement_date, settlement_period, farm_id, volume, payment)"
            " select d, p, 'T_X-1', -1, 70"
            " from unnest(array[date '2025-03-03', '2025-03-04']) d, generate_series(1, 40) p"
        )
        assert pending(platform) == [MARCH_1, *later[:2]]
        with ingest.cursor().copy(
            "copy curtailment_records"
            " (settlement_date, settlement_period, farm_id, volume, payment) from stdin"
        ) as copy:
            copy.write_row((later[2], 1, "T_X-1", -1, 70))
        assert pending(platform) == [MARCH_1, *later]
        for statement in ("table recon.changes", "table curtailment_records"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                ingest.execute(statement.encode())


def test_roles_made_after_the_deploy_are_noticed() -> None:
    with throwaway_server() as server:
        migrate(server.url())
        assert doctor(server.url())["roles"]["outcome"] == "ok"
        with connect(server.url()) as admin:
            admin.execute("create role recon_operator nologin")
        roles = doctor(server.url())["roles"]
        assert (roles["outcome"], roles["next_step"]) == ("warning", "recon-kit migrate")
        migrate(server.url())
        assert doctor(server.url())["roles"]["outcome"] == "ok"


def test_what_is_hidden_from_a_role_is_said(owned: Server, platform: Connection) -> None:
    with connect(owned.url("platform", "operator")) as operator:
        [note] = operator.execute(
            "select * from recon.session_problems where kind = 'hidden'"
        ).fetchall()
        assert note["severity"] == "note"
        assert note["finding"] == ("what 1 sessions of others do is hidden from role operator")
        with connect(owned.url()) as admin:
            admin.execute("grant pg_read_all_stats to operator")
            hidden = operator.execute(
                "select * from recon.session_problems where kind = 'hidden'"
            ).fetchall()
            assert hidden == []
            admin.execute("revoke pg_read_all_stats from operator")
