"""What a load brought in is told, and taken away again exactly, or not at all."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from psycopg.errors import InvalidParameterValue, ObjectNotInPrerequisiteState

from recon_kit.cli import run
from recon_kit.db import Connection, connect, one, rows
from recon_kit.load import load
from tests.files import GOOD, HEADER, LATER
from tests.world import pending, value

Write = Callable[..., Path]


@pytest.fixture
def csv_file(tmp_path: Path) -> Write:
    """Writes a file of these lines."""

    def write(name: str, *lines: str) -> Path:
        path = tmp_path / name
        path.write_text("\n".join([HEADER, *lines, ""]))
        return path

    return write


@pytest.fixture(autouse=True)
def _undone(shared: Connection) -> Iterator[None]:
    """None of these tests leaves a trace in the database that they share."""
    with shared.transaction(force_rollback=True):
        yield


@pytest.fixture
def shared(module_url: str) -> Iterator[Connection]:
    with connect(module_url) as connection:
        yield connection


def records(db: Connection) -> list[dict[str, Any]]:
    return db.execute("select * from curtailment_records order by id").fetchall()


def latest(db: Connection) -> int:
    return int(value(db, "select max(load_id) from recon.loads"))


def unload(db: Connection, load_id: int) -> dict[str, Any]:
    return one(db, "unload", load_id=load_id)


def test_what_was_loaded_goes_and_all_else_stays(shared: Connection, csv_file: Write) -> None:
    """Also where what was there before is the same to the last digit, or other in one."""
    almost = GOOD.replace("true", "false")
    load(shared, csv_file("before.csv", GOOD, almost, LATER.replace("2024", "2023")))
    before = records(shared)
    load(shared, csv_file("more.csv", GOOD, GOOD, LATER), add=True)
    shared.execute("delete from recon.changes")
    done = unload(shared, latest(shared))
    assert records(shared) == before
    assert pending(shared) == [date(2024, 3, 30), date(2024, 3, 31)]
    assert done == {
        "deleted_rows": 3,
        "dates": 2,
        "first_date": date(2024, 3, 30),
        "last_date": date(2024, 3, 31),
        "rows_before": 5,
        "rows_after": 2,
        "mwh_before": Decimal("48.25"),
        "mwh_after": Decimal(23),
        "fuse": None,
    }
    states = [(r["loaded_rows"], r["state"]) for r in rows(shared, "loads", limit=9)]
    assert states == [(3, "unloaded"), (3, "loaded")]
    with pytest.raises(InvalidParameterValue, match="was taken away already"), shared.transaction():
        unload(shared, latest(shared))
    load(shared, csv_file("more.csv", GOOD, GOOD, LATER), add=True)
    assert len(records(shared)) == 6


def test_a_row_is_known_by_its_value(shared: Connection, csv_file: Write) -> None:
    """A number written in another way, or one more column, makes no other row of it."""
    load(shared, csv_file("a.csv", GOOD, LATER))
    shared.execute("alter table curtailment_records add column note text default 'x'")
    shared.execute("update curtailment_records set payment = payment + 0.0000")
    assert unload(shared, latest(shared))["deleted_rows"] == 2
    assert records(shared) == []


CHANGES = {
    "volume": "update curtailment_records set volume = -volume where settlement_period = 1",
    "flag": "update curtailment_records set so_flag = null where settlement_period = 1",
    "party": "update curtailment_records set lead_party_name = '' where settlement_period = 1",
    "date": "update curtailment_records set settlement_date = '2024-03-29'"
    " where settlement_period = 1",
    "deleted": "delete from curtailment_records where settlement_period = 1",
}


@pytest.mark.parametrize("change", CHANGES)
def test_of_rows_that_were_changed_since_nothing_is_taken_away(
    change: str, shared: Connection, csv_file: Write
) -> None:
    load(shared, csv_file("a.csv", GOOD, LATER))
    shared.execute(CHANGES[change].encode())
    before = records(shared)
    told = "1 of the 2 rows of load .* are not there any more .*, the first on 2024-03-30"
    with pytest.raises(InvalidParameterValue, match=told), shared.transaction():
        unload(shared, latest(shared))
    assert records(shared) == before
    assert rows(shared, "loads", limit=1)[0]["state"] == "loaded"


def test_a_load_that_was_replaced_is_refused_by_the_name_of_what_replaced_it(
    shared: Connection, csv_file: Write
) -> None:
    load(shared, csv_file("a.csv", GOOD, LATER))
    first = latest(shared)
    load(shared, csv_file("b.csv", GOOD, GOOD.replace(",1,", ",2,")), replace=True)
    second = latest(shared)
    before = records(shared)
    told = (
        f"1 of the 2 rows of load {first}, on 1 of its 2 dates from 2024-03-30 on, were replaced, "
        f"last by load {second}"
    )
    with pytest.raises(InvalidParameterValue, match=told), shared.transaction():
        unload(shared, first)
    assert records(shared) == before
    assert [r["state"] for r in rows(shared, "loads", limit=2)] == ["loaded", "partly replaced"]
    load(shared, csv_file("a.csv", GOOD, LATER), replace=True)
    assert [r["state"] for r in rows(shared, "loads", limit=2)] == ["replaced", "loaded"]
    assert unload(shared, first)["deleted_rows"] == 2
    assert records(shared) == []


def test_rows_of_another_load_are_left_where_one_of_both_is_gone(
    shared: Connection, csv_file: Write
) -> None:
    """The same record twice, of which somebody deleted one: nobody knows whose is left."""
    load(shared, csv_file("a.csv", GOOD, LATER))
    first = latest(shared)
    load(shared, csv_file("b.csv", GOOD.replace("-11.5", "-11.50")), add=True)
    shared.execute(
        "delete from curtailment_records where id = (select max(id) from"
        " curtailment_records where settlement_period = 1)"
    )
    before = records(shared)
    for number in (first, latest(shared)):
        with pytest.raises(InvalidParameterValue, match="not there any more"), shared.transaction():
            unload(shared, number)
    assert records(shared) == before


def test_a_file_that_is_loaded_again_is_listed_as_of_now(
    shared: Connection, csv_file: Write
) -> None:
    load(shared, csv_file("a.csv", GOOD))
    load(shared, csv_file("b.csv", LATER))
    shared.execute(
        "update recon.loads set loaded_by = 'others', loaded_at = loaded_at - interval '1 day'"
    )
    load(shared, csv_file("a.csv", GOOD), replace=True)
    latest_load, earlier = rows(shared, "loads", limit=2)
    assert latest_load["file_name"] == "a.csv"
    assert (latest_load["loaded_by"], earlier["loaded_by"]) == ("postgres", "others")


def test_records_that_the_table_moves_to_another_date_are_refused(
    shared: Connection, csv_file: Write
) -> None:
    shared.execute(
        "create function moved() returns trigger language plpgsql as"
        " $$ begin new.settlement_date := new.settlement_date + 1; return new; end $$;"
        "create trigger moved before insert on curtailment_records"
        " for each row when (new.settlement_period = 1) execute function moved()"
    )
    moved = "on 2024-03-31, a date that the file does not have"
    with pytest.raises(ObjectNotInPrerequisiteState, match=moved):
        load(shared, csv_file("a.csv", GOOD))
    assert records(shared) == []
    assert rows(shared, "loads", limit=1) == []


def test_a_load_without_rows_is_no_replaced_one(shared: Connection) -> None:
    shared.execute(
        "insert into recon.loads (file_name, sha256, loaded_rows, loaded_at)"
        " values ('a', 'a', 0, now())"
    )
    assert rows(shared, "loads", limit=1)[0]["state"] == "loaded"
    with pytest.raises(InvalidParameterValue, match="brought no rows"), shared.transaction():
        unload(shared, latest(shared))


def test_a_load_of_an_earlier_version_is_listed_and_refused(
    shared: Connection, csv_file: Write
) -> None:
    load(shared, csv_file("a.csv", GOOD))
    shared.execute("delete from recon.loaded_days")
    told = rows(shared, "loads", limit=1)[0]
    assert (told["curtailed_mwh"], told["state"]) == (None, "loaded")
    with pytest.raises(InvalidParameterValue, match="kept no account"), shared.transaction():
        unload(shared, latest(shared))
    with pytest.raises(InvalidParameterValue, match="there is no load 77"), shared.transaction():
        unload(shared, 77)


def test_what_would_blow_the_fuse_is_told(shared: Connection, csv_file: Write) -> None:
    days = [GOOD.replace("2024-03-30", f"2024-03-{day:02}") for day in range(1, 11)]
    load(shared, csv_file("a.csv", *days))
    shared.execute(
        "insert into recon.network_difficulties (settlement_date, difficulty)"
        " select d::date, 83126997340024 from generate_series("
        "date '2024-03-01', date '2024-03-10', interval '1 day') d"
    )
    shared.execute(
        "select outcome from recon.reconcile_days(array(select d::date from generate_series("
        "date '2024-03-01', date '2024-03-10', interval '1 day') d))"
    )
    done = unload(shared, latest(shared))
    assert "30 of 30 reconciled calculations (100 %)" in done["fuse"]


def test_the_verbs(
    db: Connection,
    url: str,
    csv_file: Write,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", url)
    assert run(["loads"]) == 0
    assert capsys.readouterr().out == "no load yet\n"
    load(db, csv_file("a.csv", GOOD, LATER))
    before = records(db)
    assert run(["unload", "1", "--dry-run"]) == 0
    assert "would be taken away: 2 rows of load 1, 2024-03-30 to 2024-03-31\n" in (
        capsys.readouterr().out
    )
    assert records(db) == before
    assert run(["unload", "1"]) == 0
    assert capsys.readouterr().out == (
        "taken away: 2 rows of load 1, 2024-03-30 to 2024-03-31\n"
        "its dates had 2 rows, 13.750 MWh; they have 0 rows, 0.000 MWh without it\n"
    )
    assert records(db) == []
    assert run(["unload", "1"]) == 2
    assert "The loads there are: recon-kit loads" in capsys.readouterr().err
    assert run(["loads", "--json"]) == 0
    (told,) = json.loads(capsys.readouterr().out)
    assert (told["file_name"], told["state"], told["curtailed_mwh"]) == (
        "a.csv",
        "unloaded",
        "13.75",
    )
