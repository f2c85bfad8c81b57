"""Records from a CSV file: all of it or nothing, each bad line with its number and its reason."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path

import psycopg
import pytest

from recon_kit.db import Connection
from recon_kit.errors import ReconError, UsageError
from recon_kit.load import Load, load
from tests.commands import call
from tests.files import GOOD, HEADER, LATER
from tests.files import csv_file as csv_file
from tests.world import pending, value, wait_for_lock

Open = Callable[[], Connection]


def cli(url: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """`recon-kit ...` as a process of its own."""
    return call([*map(str, arguments)], {**os.environ, "DATABASE_URL": url})


def stored(db: Connection) -> int:
    return int(value(db, "select count(*) from curtailment_records"))


def assert_nothing_left(db: Connection) -> None:
    """Of a load that failed."""
    assert stored(db) == 0
    assert value(db, "select count(*) from recon.staged_records") == 0
    assert value(db, "select count(*) from recon.loads") == 0
    assert value(db, "select count(*) from recon.changes where settlement_date > '-infinity'") == 0


def bad_of(done: Load) -> dict[int, str]:
    return {bad.line_no: bad.reason for bad in done.bad}


# Files as they come


def test_a_real_day_loads_whole_and_becomes_pending(
    db: Connection, url: str, shared_data: Path
) -> None:
    db.execute("delete from recon.changes")
    done = cli(url, "load", shared_data / "curtailment_2022-01-01.csv")
    assert (done.returncode, done.stderr) == (0, "")
    assert "1,942 rows loaded" in done.stdout
    assert stored(db) == 1942
    assert value(db, "select sum(abs(volume)) from curtailment_records") == Decimal("65843.727")
    assert pending(db) == [date(2022, 1, 1)]
    assert value(db, "select count(*) from recon.changes") == 1
    assert value(db, "select count(*) from recon.staged_records") == 0
    row = db.execute("select file_name, loaded_rows, skipped_rows from recon.loads").fetchone()
    assert row == {
        "file_name": "curtailment_2022-01-01.csv",
        "loaded_rows": 1942,
        "skipped_rows": 0,
    }


def test_every_column_arrives_as_it_stands_there(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    assert load(db, csv_file(HEADER, GOOD)).loaded == 1
    row = db.execute("select * from curtailment_records").fetchone()
    assert row is not None
    del row["id"], row["created_at"]
    assert row == {
        "settlement_date": date(2024, 3, 30),
        "settlement_period": 1,
        "farm_id": "T_CLDCW-1",
        "lead_party_name": "Clyde Windfarm",
        "volume": Decimal("-11.5"),
        "payment": 805,
        "original_price": -70,
        "final_price": -70,
        "so_flag": False,
        "cadl_flag": True,
    }


def test_columns_are_found_by_name_in_any_order_and_case(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    path = csv_file(
        "PAYMENT, Volume ,farm_id,SETTLEMENT_PERIOD,settlement_date", "7,-1,T_A,3,2025-03-01"
    )
    done = load(db, path)
    assert (done.loaded, done.ignored_columns) == (1, [])
    row = db.execute(
        "select settlement_period, volume, payment from curtailment_records"
    ).fetchone()
    assert row == {"settlement_period": 3, "volume": -1, "payment": 7}
    assert (
        value(
            db,
            "select num_nulls(lead_party_name, original_price, so_flag) from curtailment_records",
        )
        == 3
    )


def test_a_byte_order_mark_and_windows_line_ends_are_no_hindrance(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    assert load(db, csv_file("\ufeff" + HEADER, GOOD, LATER, end="\r\n")).loaded == 2
    assert value(db, "select count(*) from curtailment_records where cadl_flag") == 1


def test_blank_lines_spaces_and_a_missing_last_line_end_are_no_hindrance(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    path = csv_file(HEADER, "", GOOD.replace(",", " , "), "", LATER, end="\n")
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert load(db, path).loaded == 2


def test_quoted_fields_may_hold_commas_quotes_and_newlines(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    party = 'Clyde, "North"\nand South\ttabbed \\N'
    quoted = '"' + party.replace('"', '""') + '"'
    assert load(db, csv_file(HEADER, GOOD.replace("Clyde Windfarm", quoted))).loaded == 1
    assert value(db, "select lead_party_name from curtailment_records") == party


def test_columns_it_does_not_use_are_named(
    db: Connection, url: str, csv_file: Callable[..., Path]
) -> None:
    path = csv_file(HEADER + ",id,note,note,", GOOD + ",7,first,second,")
    done = cli(url, "load", path)
    assert done.returncode == 0
    assert "columns not used: id, note, note, (no name)" in done.stderr
    assert stored(db) == 1


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "has no column settlement_date, settlement_period, farm_id, volume"),
        (b"\n\n", "has no column settlement_date"),
        (b"settlement_date,settlement_period,farm_id,payment\n", "has no column volume"),
        (
            b"settlement_date,settlement_period,farm_id,volume\n",
            "has no column payment, and no pr",
        ),
        ((HEADER + ",Volume\n").encode(), "has column volume twice"),
        ((HEADER + "\n").encode("utf-16") + b"\x00", "is UTF-16 that breaks off"),
        (
            (HEADER + "\n" + GOOD + "\n" + GOOD.replace("Clyde", "Cl\xfdde") + "\n").encode(
                "latin-1"
            ),
            "is not UTF-8: line 3",
        ),
        (b'"settlement_date,farm_id\n', "has no column"),
        (b"%PDF-1.4\x00\x01", "has no column"),
    ],
    ids=[
        "empty",
        "blank",
        "missing",
        "no price",
        "twice",
        "utf-16",
        "latin-1",
        "open quote",
        "no CSV",
    ],
)
def test_a_file_of_another_kind_is_refused_with_what_is_wrong_with_it(
    db: Connection, url: str, tmp_path: Path, content: bytes, told: str
) -> None:
    path = tmp_path / "records.csv"
    path.write_bytes(content)
    done = cli(url, "load", path)
    assert done.returncode == 2
    assert done.stdout == ""
    assert f"error: {path} {told}" in done.stderr
    assert "Traceback" not in done.stderr
    assert_nothing_left(db)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("path", ["-", "/dev/stdin"])
def test_a_file_comes_from_a_pipe_as_well(
    db: Connection, url: str, path: str, encoding: str
) -> None:
    text = f"{HEADER}\r\n{GOOD}\r\n"
    done = subprocess.run(
        [sys.executable, "-m", "recon_kit", "load", path],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url},
        input=text.encode(encoding),
        capture_output=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert stored(db) == 1


def test_a_missing_file_and_a_directory_are_refused(url: str, tmp_path: Path) -> None:
    done = cli(url, "load", tmp_path / "nowhere.csv")
    assert (done.returncode, done.stdout) == (2, "")
    assert f"there is no file {tmp_path / 'nowhere.csv'}" in done.stderr
    done = cli(url, "load", tmp_path)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{tmp_path} cannot be read: Is a directory" in done.stderr


# Bad lines

BAD = {
    "date": (
        "31/03/2024,1,T_A,,-1,70,,,,",
        "settlement_date '31/03/2024' is not a date (YYYY-MM-DD)",
    ),
    "date without zeros": ("2024-3-1,1,T_A,,-1,70,,,,", "settlement_date '2024-3-1' is not a date"),
    "30 February": ("2025-02-30,1,T_A,,-1,70,,,,", "settlement_date '2025-02-30' is not a date"),
    "no date": (",1,T_A,,-1,70,,,,", "settlement_date NULL is not a date"),
    "a year of five digits": (
        "10000-01-01,1,T_A,,-1,70,,,,",
        "settlement_date '10000-01-01' is not a date",
    ),
    "infinity": ("infinity,1,T_A,,-1,70,,,,", "settlement_date 'infinity' is not a date"),
    "period 0": ("2024-03-30,0,T_A,,-1,70,,,,", "settlement_period 0: 2024-03-30 has 1 to 48"),
    "period 49": ("2024-03-30,49,T_A,,-1,70,,,,", "settlement_period 49: 2024-03-30 has 1 to 48"),
    "period 47 in spring": ("2024-03-31,47,T_A,,-1,70,,,,", "period 47: 2024-03-31 has 1 to 46"),
    "period 51 in autumn": ("2024-10-27,51,T_A,,-1,70,,,,", "period 51: 2024-10-27 has 1 to 50"),
    "period x": ("2024-03-30,x,T_A,,-1,70,,,,", "settlement_period 'x' is not a whole number"),
    "period 1.5": (
        "2024-03-30,1.5,T_A,,-1,70,,,,",
        "settlement_period '1.5' is not a whole number",
    ),
    "period -1": ("2024-03-30,-1,T_A,,-1,70,,,,", "settlement_period '-1' is not a whole number"),
    "no period": ("2024-03-30,,T_A,,-1,70,,,,", "settlement_period NULL is not a whole number"),
    "period of 5 digits": ("2024-03-30,99999999999,T_A,,-1,70,,,,", "is not a whole number"),
    "no farm": ("2024-03-30,1, ,,-1,70,,,,", "farm_id is empty"),
    "volume NaN": ("2024-03-30,1,T_A,,NaN,70,,,,", "volume 'NaN' is not a number"),
    "volume infinite": ("2024-03-30,1,T_A,,-Infinity,70,,,,", "volume '-Infinity' is not a number"),
    "volume text": ("2024-03-30,1,T_A,,lots,70,,,,", "volume 'lots' is not a number"),
    "volume with commas": ('2024-03-30,1,T_A,,"-1,942",70,,,,', "volume '-1,942' is not a number"),
    "no volume": ("2024-03-30,1,T_A,,,70,,,,", "volume NULL is not a number"),
    "volume 1e300": ("2024-03-30,1,T_A,,1e300,70,,,,", "volume 1e300 is beyond 10,000 MWh"),
    "volume -10000.001": ("2024-03-30,1,T_A,,-10000.001,70,,,,", "volume -10000.001 is beyond"),
    "payment": ("2024-03-30,1,T_A,,-1,£70,,,,", "payment '£70' is not a number"),
    "no payment": ("2024-03-30,1,T_A,,-1,,,,,", "payment NULL is not a number"),
    "prices": (
        "2024-03-30,1,T_A,,-1,70,NaN,0x10,,",
        "original_price 'NaN' is not a number, final_price '0x10' is not a number",
    ),
    "so_flag": (
        "2024-03-30,1,T_A,,-1,70,,,maybe,",
        "so_flag or cadl_flag is neither true nor false: maybe",
    ),
    "cadl_flag": ("2024-03-30,1,T_A,,-1,70,,,TRUE,2", "neither true nor false: TRUE, 2"),
    "too many fields": (GOOD + ",x", "has 11 fields, the header has 10"),
    "too few fields": ("2024-03-30,1,T_A,,-1,70", "has 6 fields, the header has 10"),
    "NUL": ("2024-03-30,1,T_\0A,,-1,70,,,,", "holds a NUL character"),
    "text after a quote": ('2024-03-30,1,"T_A"x,,-1,70,,,,', "is not CSV: ',' expected after '\"'"),
    "open quote": ('2024-03-30,1,T_A,,-1,70,,,,"false', "is not CSV: unexpected end of data"),
    "huge field": (f"2024-03-30,1,T_A,{'x' * 200_000},-1,70,,,,", "is not CSV: field larger than"),
}


@pytest.mark.parametrize("kind", BAD)
def test_a_bad_line_is_listed_with_its_number_and_stops_the_load(
    db: Connection, csv_file: Callable[..., Path], kind: str
) -> None:
    line, reason = BAD[kind]
    done = load(db, csv_file(HEADER, GOOD, LATER, line))
    assert done.loaded == 0
    assert list(bad_of(done)) == [4]
    assert reason in bad_of(done)[4]
    assert_nothing_left(db)


@pytest.mark.parametrize("kind", BAD)
def test_skip_bad_leaves_a_bad_line_out_and_loads_the_others(
    db: Connection, csv_file: Callable[..., Path], kind: str
) -> None:
    line, reason = BAD[kind]
    done = load(db, csv_file(HEADER, GOOD, LATER, line), skip_bad=True)
    assert (done.loaded, stored(db)) == (2, 2)
    assert reason in bad_of(done)[4]
    assert value(db, "select skipped_rows from recon.loads") == 1
    assert value(db, "select count(*) from recon.staged_records") == 0


def test_values_at_the_edge_of_what_can_be_are_no_bad_lines(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    path = csv_file(
        HEADER,
        "2024-10-27,50,T_A,,-10000,+70.,.5,1e-3,T,0",
        "2024-03-31,046,T_A,,0,-0,,,f,TRUE",
    )
    assert load(db, path).loaded == 2
    assert db.execute(
        "select settlement_period, volume, payment, original_price, final_price, so_flag, cadl_flag"
        " from curtailment_records order by settlement_period desc"
    ).fetchall() == [
        {
            "settlement_period": 50,
            "volume": -10000,
            "payment": 70,
            "original_price": Decimal("0.5"),
            "final_price": Decimal("0.001"),
            "so_flag": True,
            "cadl_flag": False,
        },
        {
            "settlement_period": 46,
            "volume": 0,
            "payment": 0,
            "original_price": None,
            "final_price": None,
            "so_flag": False,
            "cadl_flag": True,
        },
    ]


def test_a_line_has_the_number_an_editor_shows_even_after_quoted_newlines_and_blank_lines(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    over_two_lines = GOOD.replace("Clyde Windfarm", '"Clyde\nWindfarm"')
    path = csv_file(
        HEADER,  # 1
        over_two_lines,  # 2 and 3
        "",  # 4
        LATER.replace("46", "47"),  # 5
        over_two_lines.replace("-11.5", "x"),  # 6 and 7
        LATER + ",",  # 8
    )
    assert list(bad_of(load(db, path))) == [5, 6, 8]
    assert load(db, path, skip_bad=True).loaded == 1


def test_a_quote_that_is_never_closed_swallows_no_records_in_silence(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    path = csv_file(HEADER + ",note", GOOD + ',"unfinished', LATER + ",", LATER + ",")
    done = load(db, path)
    assert bad_of(done) == {2: "is not CSV: unexpected end of data"}
    assert stored(db) == 0


def test_bad_lines_are_printed_as_an_editor_can_jump_to_them_and_the_exit_code_is_1(
    db: Connection, url: str, csv_file: Callable[..., Path]
) -> None:
    path = csv_file(HEADER, GOOD, "x", LATER.replace("46", "47"))
    done = cli(url, "load", path)
    assert done.returncode == 1
    assert f"{path}:3: has 1 fields, the header has 10\n" in done.stderr
    assert f"{path}:4: settlement_period 47: 2024-03-31 has 1 to 46\n" in done.stderr
    assert "nothing loaded: 2 bad lines" in done.stdout
    assert "--skip-bad" in done.stdout
    assert_nothing_left(db)


def test_skip_bad_leaves_exit_code_3_and_json_alone_on_stdout(
    db: Connection, url: str, csv_file: Callable[..., Path]
) -> None:
    path = csv_file(HEADER, GOOD, "x", LATER)
    done = cli(url, "load", path, "--skip-bad", "--json")
    assert (done.returncode, done.stderr) == (3, "")
    assert json.loads(done.stdout) == {
        "loaded": 2,
        "bad": [{"line_no": 3, "reason": "has 1 fields, the header has 10"}],
        "good": 2,
        "ignored_columns": [],
        "overlap": None,
        "lacks_payments": False,
    }
    assert set(pending(db)) >= {date(2024, 3, 30), date(2024, 3, 31)}


def test_where_there_is_no_good_line_nothing_stays(
    db: Connection, url: str, csv_file: Callable[..., Path]
) -> None:
    done = cli(url, "load", csv_file(HEADER, "x", "y"), "--skip-bad")
    assert done.returncode == 1
    assert "nothing loaded: 2 bad lines" in done.stdout
    assert "--skip-bad" not in done.stdout
    assert_nothing_left(db)


# The same file twice


def test_the_same_file_is_refused_under_any_name_with_the_load_that_had_it(
    db: Connection, url: str, csv_file: Callable[..., Path]
) -> None:
    assert cli(url, "load", csv_file(HEADER, GOOD)).returncode == 0
    again = csv_file(HEADER, GOOD, name="copy.csv")
    done = cli(url, "load", again)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"{again} was loaded before: load 1 of records.csv, 1 rows, on 2" in done.stderr
    assert "Nothing was loaded." in done.stderr
    assert stored(db) == 1


def test_a_file_that_was_refused_for_a_bad_line_can_be_loaded_later(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    path = csv_file(HEADER, GOOD, "x")
    assert load(db, path).loaded == 0
    assert load(db, path, skip_bad=True).loaded == 1


class Loading(threading.Thread):
    """A load on a connection of its own, in a thread of its own."""

    def __init__(self, connection: Connection, path: Path, replace: bool = False) -> None:
        super().__init__()
        self.connection, self.path, self.replace = connection, path, replace
        self.done: Load | None = None
        self.error: Exception | None = None
        self.start()

    def run(self) -> None:
        try:
            self.done = load(self.connection, self.path, replace=self.replace)
        except (UsageError, psycopg.Error) as error:
            self.error = error


def race(db: Connection, another: Open, path: Path) -> tuple[Loading, Loading, Connection]:
    """Two loads of a file, the first held up before its rows are in, the second behind it."""
    gate = another()
    gate.execute("begin")
    gate.execute("lock curtailment_records in share mode")
    first = Loading(another(), path)
    wait_for_lock(db, first.connection.info.backend_pid)
    second = Loading(another(), path)
    wait_for_lock(db, second.connection.info.backend_pid)
    return first, second, gate


def test_race_of_two_loads_of_one_file_has_one_winner_and_the_other_is_told(
    db: Connection, another: Open, csv_file: Callable[..., Path]
) -> None:
    first, second, gate = race(db, another, csv_file(HEADER, GOOD, LATER))
    gate.execute("commit")
    first.join()
    second.join()
    assert first.done == Load(2, [], 2, [])
    assert isinstance(second.error, UsageError)
    assert "was loaded before: load 1 of records.csv, 2 rows" in second.error.message
    assert stored(db) == 2


def test_race_of_two_loads_of_one_file_is_won_by_the_second_when_the_first_is_killed(
    db: Connection, another: Open, csv_file: Callable[..., Path]
) -> None:
    first, second, gate = race(db, another, csv_file(HEADER, GOOD, LATER))
    db.execute("select pg_terminate_backend(%s)", (first.connection.info.backend_pid,))
    first.join()
    gate.execute("commit")
    second.join()
    assert isinstance(first.error, psycopg.Error)
    assert second.done == Load(2, [], 2, [])
    assert stored(db) == 2
    assert value(db, "select count(*) from recon.loads") == 1
    assert value(db, "select count(*) from recon.staged_records") == 0


def test_a_load_whose_server_process_is_killed_leaves_nothing(
    db: Connection, another: Open, csv_file: Callable[..., Path]
) -> None:
    first, second, gate = race(db, another, csv_file(HEADER, GOOD, LATER))
    for load_ in (second, first):
        db.execute("select pg_terminate_backend(%s)", (load_.connection.info.backend_pid,))
        load_.join()
    gate.execute("rollback")
    assert_nothing_left(db)


@pytest.mark.slow
def test_two_hundred_thousand_rows_load_in_one_go(
    db: Connection, csv_file: Callable[..., Path], capsys: pytest.CaptureFixture[str]
) -> None:
    path = csv_file(
        HEADER,
        *(
            f"{date(2022, 4, 1) + timedelta(days)},{period},T_FARM-{farm},Some Party Ltd,"
            f"-{farm}.{period:03},{70 * farm},-70.00,-70.00,false,true"
            for days in range(100)
            for period in range(1, 41)
            for farm in range(50)
        ),
    )
    started = time.perf_counter()
    assert load(db, path).loaded == 200_000
    seconds = time.perf_counter() - started
    with capsys.disabled():
        print(f"\n200,000 rows loaded in {seconds:.1f} s: {200_000 / seconds:,.0f} rows/s")  # noqa: T201
    assert len(pending(db)) >= 100


# ------------------------------------------------------------------------------- a corrected file


PLATFORMS_OWN = {
    "check": "add constraint own check (farm_id <> 'T_BAD-1')",
    "unique": "add constraint own unique (settlement_date, settlement_period, farm_id)",
    "not null": "alter column lead_party_name set not null",
}


@pytest.mark.parametrize("replace", [False, True], ids=["load", "replace"])
@pytest.mark.parametrize("what", [*PLATFORMS_OWN, "trigger"])
def test_the_line_that_the_platforms_own_table_refuses_is_named(
    what: str, replace: bool, db: Connection, csv_file: Callable[..., Path], url: str
) -> None:
    if what == "trigger":
        db.execute(
            "create function own() returns trigger language plpgsql as"
            " $$ begin raise exception 'own: % is closed', new.farm_id; end $$;"
            "create trigger own before insert on curtailment_records for each row"
            " when (new.farm_id = 'T_BAD-1') execute function own()"
        )
    else:
        db.execute(f"alter table curtailment_records {PLATFORMS_OWN[what]}")
    if replace:
        load(db, csv_file(HEADER, *(GOOD.replace(",1,", f",{n},") for n in range(2, 9))))
    before = db.execute("select * from curtailment_records order by id").fetchall()
    bad = {
        "check": GOOD.replace("T_CLDCW-1", "T_BAD-1"),
        "trigger": GOOD.replace("T_CLDCW-1", "T_BAD-1"),
        "unique": GOOD,
        "not null": GOOD.replace("Clyde Windfarm", ""),
    }[what]
    good = [GOOD.replace(",1,", f",{n},") for n in range(1, 40)]
    path = csv_file(HEADER, *good[:30], bad, *good[30:], name="more.csv")
    done = cli(url, "load", path, *(["--replace"] if replace else []))
    assert done.returncode == 1
    assert f"line 32 of {path} is refused by the platform's table: " in done.stderr
    assert "Nothing was loaded." in done.stderr
    assert db.execute("select * from curtailment_records order by id").fetchall() == before
    assert value(db, "select count(*) from recon.staged_records") == 0


def test_a_file_whose_dates_have_records_is_loaded_only_where_it_is_said_what_becomes_of_them(
    db: Connection, csv_file: Callable[..., Path], url: str
) -> None:
    assert load(db, csv_file(HEADER, GOOD, LATER)).loaded == 2
    before = db.execute("select * from curtailment_records order by id").fetchall()
    corrected = csv_file(HEADER, GOOD.replace(",-", ",-9"), name="corrected.csv")
    done = cli(url, "load", corrected)
    assert done.returncode == 2
    assert "1 of the 1 dates in" in done.stderr
    assert "--replace puts the file in their place, --add beside them" in done.stderr
    assert db.execute("select * from curtailment_records order by id").fetchall() == before
    assert cli(url, "load", corrected, "--replace", "--add").returncode == 2
    assert value(db, "select count(*) from recon.loads") == 1

    done = cli(url, "load", corrected, "--replace")
    assert done.returncode == 0, done.stderr
    assert "its dates had 1 row, " in done.stdout
    kept = db.execute("select * from curtailment_records order by id").fetchall()
    assert len(kept) == 2
    assert [row for row in kept if row in before] == [before[1]], "the other date is as it was"

    again = csv_file(HEADER, GOOD.replace(",-", ",-7"), name="more.csv")
    assert cli(url, "load", again, "--add").returncode == 0
    assert stored(db) == 3


def test_a_load_that_replaces_and_has_a_bad_line_changes_nothing(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    load(db, csv_file(HEADER, GOOD))
    bad = csv_file(
        HEADER, GOOD.replace(",-", ",-9"), "x,1,T_A-1,A,-1,1,1,1,true,true", name="b.csv"
    )
    assert load(db, bad, replace=True).loaded == 0
    assert stored(db) == 1
    with pytest.raises(UsageError, match="takes whole days"):
        load(db, bad, replace=True, skip_bad=True)
    assert stored(db) == 1
    assert value(db, "select count(*) from recon.loads") == 1


def test_the_same_file_brings_back_a_day_that_was_lost(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    path = csv_file(HEADER, GOOD, LATER)
    load(db, path)
    db.execute("delete from curtailment_records where settlement_date = '2024-03-30'")
    with pytest.raises(UsageError, match="was loaded before"):
        load(db, path)
    done = load(db, path, replace=True)
    assert done.overlap is not None
    assert (done.overlap["rows_before"], done.overlap["rows_after"]) == (1, 2)
    assert stored(db) == 2
    assert value(db, "select count(*) from recon.loads") == 1


@pytest.mark.parametrize("replace", [True, False])
def test_race_of_two_files_with_one_date(
    db: Connection, another: Open, csv_file: Callable[..., Path], replace: bool
) -> None:
    """They take turns: the second sees what the first has stored, so that nothing is doubled."""
    gate = another()
    gate.execute("begin")
    gate.execute("lock curtailment_records in share mode")
    runs = [
        Loading(another(), csv_file(HEADER, GOOD.replace(",-", f",-{n}"), name=f"{n}.csv"), replace)
        for n in (8, 9)
    ]
    for each in runs:
        wait_for_lock(db, each.connection.info.backend_pid)
    gate.execute("commit")
    for each in runs:
        each.join()
    assert stored(db) == 1
    assert [isinstance(each.error, UsageError) for each in runs] in (
        [[False, False]] if replace else [[False, True], [True, False]]
    )


STACK = "settlementDate,settlementPeriod,id,bidOfferPairId,volume,originalPrice,finalPrice,soFlag"


@pytest.mark.parametrize(
    ("flags", "line", "stored_as"),
    [
        ([], "-11.5,-70,-71,true", ("-11.5", "816.5")),
        ([], "-11.5,-70,,true", ("-11.5", "805")),
        (["--volume-unit", "MW"], "-23,-70,-71,true", ("-11.5", "816.5")),
        (["--volume-unit", "MW"], "-0.001,1e3,,", ("-0.0005", "-0.5")),
        (["--volume-unit", "MW"], "20001,-70,,", "volume 20001 is beyond 20,000 MW"),
        (["--volume-unit", "MW"], "much,-70,,", "volume 'much' is not a number"),
        ([], "-1,,,", "there is no price to reckon the payment from"),
        ([], "-1,,dear,", "final_price 'dear' is not a number"),
    ],
)
def test_a_file_in_megawatts_or_without_payments(
    db: Connection,
    url: str,
    csv_file: Callable[..., Path],
    flags: list[str],
    line: str,
    stored_as: str | tuple[str, str],
) -> None:
    path = csv_file(STACK, f"2024-03-30,1,T_CLDCW-1,7,{line}")
    done = cli(url, "load", path, *flags)
    found = db.execute(
        "select farm_id, volume::text as volume, payment::text as payment from curtailment_records"
    ).fetchall()
    if isinstance(stored_as, str):
        assert (done.returncode, found) == (1, [])
        assert stored_as in done.stdout + done.stderr
    else:
        assert done.returncode == 0, done.stderr
        assert "each is volume x price" in done.stdout
        volume, payment = stored_as
        assert found == [{"farm_id": "T_CLDCW-1", "volume": volume, "payment": payment}]


def test_a_unit_that_is_none_is_refused(url: str, csv_file: Callable[..., Path]) -> None:
    done = cli(url, "load", csv_file(HEADER, GOOD), "--volume-unit", "GWh")
    assert done.returncode == 2
    assert "'GWh'" in done.stderr
    assert "'MWh', 'MW'" in done.stderr


def test_a_file_without_a_record_is_refused(db: Connection, csv_file: Callable[..., Path]) -> None:
    with pytest.raises(UsageError, match="has no record"):
        load(db, csv_file(HEADER))
    assert_nothing_left(db)


def test_rows_that_the_platform_leaves_out_are_no_success(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    db.execute(
        "create function leave_out() returns trigger language plpgsql as"
        " $$ begin if new.settlement_period = 46 then return null; end if; return new; end $$;"
        " create trigger leave_out before insert on curtailment_records"
        " for each row execute function leave_out()"
    )
    with pytest.raises(ReconError, match="took 1 of the 2 good lines"):
        load(db, csv_file(HEADER, GOOD, LATER))
    assert_nothing_left(db)


def test_a_refusal_of_the_whole_statement_names_no_line(
    db: Connection, csv_file: Callable[..., Path]
) -> None:
    db.execute(
        "create function refuse() returns trigger language plpgsql as"
        " $$ begin raise exception 'closed on Sundays'; end $$;"
        " create trigger refuse before insert on curtailment_records execute function refuse()"
    )
    with pytest.raises(ReconError, match=r"^\S+records.csv is refused.*closed on Sundays"):
        load(db, csv_file(HEADER, GOOD, LATER))
    assert_nothing_left(db)


def test_a_first_line_without_end_is_shown_in_part(url: str, csv_file: Callable[..., Path]) -> None:
    done = cli(url, "load", csv_file(",".join(f"column{n}" for n in range(10_000))))
    assert done.returncode == 2
    assert len(done.stderr) < 1000
