"""From each release to the code of today, with data in it. tests/release.py keeps a release."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from recon_kit import adopt, earlier
from recon_kit.db import Connection, connect
from recon_kit.migrate import migrate
from recon_kit.resources import earlier_folder, migration_ids, migrations_folder
from tests.catalog import CATALOG, PLATFORM
from tests.inprocess import recon
from tests.release import FOLDER, changed_since
from tests.world import column, kinds, pending, reconcile, value

RELEASES = sorted(FOLDER.glob("*.sql.gz"))
EARLIER = sorted(path.stem for path in earlier_folder().glob("*.sql"))
APPLIED = "select migration_id from recon._yoyo_migration order by 1"
BEGUN_WITH = (
    "miner_models",
    "block_rewards",
    "settings",
    "locks",
    "day_locks",
    "jobs",
    "alert_limits",
    "webhooks",
)
"""Tables whose first rows are deployed."""

KEPT = (
    "public.curtailment_records",
    "public.historical_bitcoin_calculations",
    "public.bitcoin_daily_summaries",
    "recon.network_difficulties",
    "recon.miner_models",
    "recon.repairs",
    "recon.runs",
    "recon.run_days",
)


@pytest.fixture(params=RELEASES, ids=lambda path: path.name.removesuffix(".sql.gz"))
def released(request: pytest.FixtureRequest, bare_url: str) -> Iterator[Connection]:
    """A connection to a database as that release left it, restored from its dump."""
    path: Path = request.param
    with connect(bare_url) as restoring:
        restoring.execute(gzip.decompress(path.read_bytes()))
    with connect(bare_url) as db:
        yield db


@pytest.fixture
def bare_db(bare_url: str) -> Iterator[Connection]:
    with connect(bare_url) as db:
        yield db


def written(db: Connection) -> dict[str, list[str]]:
    """Where each row lies and which transaction wrote it, by table."""
    return {
        name: column(db, f"select concat_ws(' ', t.ctid, t.xmin) from {name} t order by t.ctid")
        for name in KEPT
    }


def stored(db: Connection, day: date) -> list[str]:
    """The calculations of the other days, each with the transaction that wrote it."""
    return column(
        db,
        "select concat_ws(' ', t.xmin, t) from public.historical_bitcoin_calculations t"
        " where t.settlement_date <> %s order by 1",
        day,
    )


def test_there_is_a_release_to_upgrade_from() -> None:
    assert RELEASES


def test_what_was_released_is_never_changed(tmp_path: Path) -> None:
    for released in FOLDER.glob("*.sums"):
        assert changed_since(released) == [], released.name
    text = (migrations_folder() / "migrations.sum").read_text()
    (tmp_path / "now.sums").write_text(text)
    assert changed_since(tmp_path / "now.sums") == []
    first, *others = text.splitlines()
    (tmp_path / "then.sums").write_text(
        "\n".join([f"0{first[1:]}", f"{'0' * 64}  gone.sql", *others])
    )
    assert changed_since(tmp_path / "then.sums") == [first.split()[1], "gone.sql"]


def test_an_upgrade_rewrites_nothing_and_the_next_run_goes_on(
    released: Connection, bare_url: str
) -> None:
    known = column(released, "select migration_id from recon._yoyo_migration")
    before = written(released)
    assert all(before.values()), "each of them has rows"
    [changed] = pending(released)
    others = stored(released, changed)

    later = [name for name in EARLIER if name not in known] + migration_ids()[earlier.BASELINE :]
    assert migrate(bare_url).applied == later
    assert written(released) == before
    assert changed in pending(released)
    status = released.execute("select * from recon.status()").fetchone()
    assert status is not None
    assert status["skipped"] == 1
    if "0017.changes-of-a-model" not in known:
        assert status["pending"] == status["days"] - 1, "all are looked at"

    found = released.execute(
        "select distinct settlement_date, finding from recon.verify()"
        " where finding not in ('blocked', 'skipped')"
    )
    assert [(row["settlement_date"], row["finding"]) for row in found] == [(changed, "wrong")]
    assert reconcile(released)["outcome"] == "incomplete", "a day is blocked, another set aside"
    aside = column(released, "select settlement_date from recon.days where outcome = 'skipped'")
    assert set(pending(released)) <= set(aside)
    assert set(kinds(released)) == {"blocked"}
    status = released.execute("select * from recon.status()").fetchone()
    assert status is not None
    assert (status["blocked"], status["skipped"]) == (1, 1)
    assert stored(released, changed) == others
    for depth in ("cells", "fingerprints"):
        assert recon("verify", "--depth", depth, url=bare_url).returncode == 3, "two days are aside"
    assert recon("doctor", url=bare_url).returncode == 0
    assert not migrate(bare_url).changed


def test_an_upgraded_database_is_as_a_new_one(
    released: Connection, bare_url: str, db: Connection
) -> None:
    """The baseline, and what it was made of, come to the same."""
    migrate(bare_url)
    assert set(column(released, CATALOG)) == set(column(db, CATALOG))
    for table in BEGUN_WITH:
        rows = f"select t::text from recon.{table} t order by 1"
        assert column(released, rows) == column(db, rows), table
    assert column(released, APPLIED) == column(db, APPLIED) == migration_ids()


@pytest.mark.parametrize("verb", ["adopt", "adopt --check", "uninstall --yes", "unload 1"])
def test_before_an_upgrade_each_verb_leads_to_it(
    verb: str, released: Connection, bare_url: str
) -> None:
    before = column(released, APPLIED)
    refused = recon(*verb.split(), url=bare_url)
    assert refused.returncode == 1
    assert "recon-kit migrate" in refused.stderr
    told = recon("doctor", url=bare_url)
    assert "it lacks 00" in told.stdout
    assert migration_ids()[-1] not in told.stdout
    assert column(released, APPLIED) == before


def test_an_adoption_that_began_before_the_baseline_goes_on(
    bare_url: str, bare_db: Connection
) -> None:
    """Killed after its first step: the first migrations of then are there, and nothing else."""
    bare_db.execute(PLATFORM.encode())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(earlier, "migrations_folder", earlier_folder)
        patch.setattr(earlier, "begun_earlier", lambda _: [])
        adopt._begin(begun := connect(bare_url))
        begun.close()
    known = column(bare_db, APPLIED)
    assert known == EARLIER[:2]
    adopted = recon("adopt", url=bare_url)
    assert adopted.returncode == 0, adopted.stderr
    assert column(bare_db, APPLIED) == migration_ids()
    assert recon("doctor", url=bare_url).returncode == 0


def test_what_was_decided_before_an_upgrade_can_be_taken_back_after_it(
    released: Connection, bare_url: str
) -> None:
    migrate(bare_url)
    [skipped] = column(released, "select settlement_date from recon.days where outcome = 'skipped'")
    assert recon("retry-day", str(skipped), url=bare_url).returncode == 0
    [blocked] = column(released, "select settlement_date from recon.missing_difficulties")
    released.execute(
        "insert into recon.network_difficulties values (%s, 110568428300952)", (blocked,)
    )
    assert reconcile(released)["outcome"] == "complete"
    assert kinds(released) == {}
    assert value(released, "select completion_percent from recon.status()") == 100
