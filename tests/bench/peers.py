"""How fast it is beside tools of the field that do the nearest thing: ratios within one run.

dbt builds the day that the kit repairs, into a table of its own. reladiff and pg_comparator compare
two tables, where the kit compares its tables with what they were when they were reconciled. A tool
that cannot be had is named and left out.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from psycopg.conninfo import conninfo_to_dict

from recon_kit import show
from recon_kit.db import connect
from recon_kit.local import throwaway_server
from recon_kit.migrate import migrate
from tests.bench.__main__ import LARGE, QUICK, SETTINGS
from tests.bench.engine import FAULTS, ONE_IN
from tests.bench.measure import Measurement, Work, ratios, seconds
from tests.bench.world import KEY, World

KIT = (sys.executable, "-m", "recon_kit")
STRATEGIES = {"delete+insert": "deleting and inserting it", "merge": "merging what differs"}
DBT = ("dbt-postgres==1.11.0", "dbt-core==1.11.16", "dbt-adapters==1.24.5")
"""The last dbt-core whose packages hold all of it: 1.12 downloads a part while it is installed."""

RELADIFF = ("reladiff[postgresql]==0.6.0", "sqeleton==0.1.7")
STATEMENTS = {
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track_planning": "on",
}
SPENT = """
select sum(total_plan_time + total_exec_time) / 1000 as seconds
from pg_stat_statements
where toplevel and query !~ 'pg_stat_statements'
"""
"""What the statements of all clients took, planning and commit included."""

NUMBERED = f"""
create table cells as
select row_number() over (order by {KEY}) as cell_id, {KEY},
  bitcoin_mined::numeric(38, 12), difficulty::numeric(38, 12)
from historical_bitcoin_calculations
order by cell_id;
alter table cells
  add primary key (cell_id),
  alter settlement_date set not null,
  alter settlement_period set not null,
  alter farm_id set not null,
  alter miner_model set not null,
  alter bitcoin_mined set not null,
  alter difficulty set not null;
create table copied (like cells including all);
insert into copied select * from cells order by cell_id
"""
"""The cells and an equal copy: under a number, since reladiff takes no date into a key, which
pg_comparator gains by too; with a scale, since reladiff rounds values without one to units."""

WRONG_COPY = "update copied set bitcoin_mined = bitcoin_mined {} 1e-12 where cell_id = 777"
COLUMNS = f"{KEY}, bitcoin_mined, difficulty".split(", ")
CHECKSUMS = """
create function cksum4(text) returns integer
language sql immutable parallel safe
as 'select hashtext($1)';
create function cksum8(text) returns bigint
language sql immutable parallel safe
as 'select hashtextextended($1, 0)'
"""
"""In place of pg_comparator's extension, where the server has none of its version; no slower."""

DIFFERENCES = f"""
select count(*)
from dbt.historical_bitcoin_calculations d
full join historical_bitcoin_calculations h using ({KEY})
where (d.bitcoin_mined, d.difficulty) is distinct from (h.bitcoin_mined, h.difficulty)
"""

Command = Sequence[str | Path]


class MissingError(Exception):
    """A tool is not here, and cannot be installed."""


@dataclass
class Times:
    """What a contender took, a repetition each.

    Attributes:
        total: Seconds, start of the process included.
        server: Seconds of its statements, those of concurrent sessions added up.
    """

    total: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)


def in_turn(world: World, contenders: Mapping[str, Work], before: Work) -> dict[str, Times]:
    """Each contender once a repetition, so that a noisy machine is noisy for all."""
    times = {name: Times() for name in contenders}
    for _ in range(world.repetitions):
        for name, work in contenders.items():
            before()
            world.db.execute("select pg_stat_statements_reset()")
            times[name].total.append(seconds(work))
            row = world.db.execute(SPENT).fetchone()
            assert row is not None
            times[name].server.append(row["seconds"])
    return times


def beside(what: str, ours: list[float], other: str, theirs: list[float]) -> Measurement:
    """A line, with the medians of both."""
    medians = [f"{1000 * statistics.median(times):,.0f} ms" for times in (ours, theirs)]
    return Measurement(what, other, ratios(ours, theirs), note=" beside ".join(medians))


def run(world: World, *command: str | Path) -> str:
    """What a command prints; it finds the server in the environment."""
    server = {"DATABASE_URL": world.url, "PGHOST": str(conninfo_to_dict(world.url)["host"])}
    done = subprocess.run(command, env=os.environ | server, capture_output=True, text=True)
    if done.returncode:
        raise AssertionError(f"{command} ended with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout


def ask(world: World, statement: str) -> None:
    """A statement in a session of its own, as a command has."""
    with connect(world.url) as db:
        db.execute(statement.encode())


def installed(program: str, packages: Sequence[str]) -> Path:
    """A program of these packages, in an environment of its own that is made once."""
    folder = Path(sys.prefix) / f"peers-{program}"
    done = folder / "installed.txt"
    if not done.exists() or done.read_text().split() != list(packages):
        show.note(f"installing {', '.join(packages)} into {folder} ...")
        commands: tuple[Command, ...] = (
            (sys.executable, "-m", "venv", "--clear", folder),
            (folder / "bin" / "pip", "install", "--quiet", *packages),
        )
        for command in commands:
            made = subprocess.run(command, capture_output=True, text=True)
            if made.returncode:
                why = f"{made.stdout}{made.stderr}".strip().rpartition("\n")[2]
                raise MissingError(f"{program} cannot be installed: {why}")
        done.write_text("\n".join(packages))
    return folder / "bin" / program


def one_day(world: World) -> Iterator[Measurement]:
    """A day, 4 % of it wrong: repaired by the kit, built again by an incremental model of dbt.

    The kit also sums up, notes the values before and keeps fingerprints; the model does not.
    """
    program = installed("dbt", DBT)
    row = world.db.execute(
        "select settlement_date as day, calculations as cells from recon.days"
        " order by abs(calculations - 4000) limit 1"
    ).fetchone()
    assert row is not None
    day = str(row["day"])
    wrong = FAULTS["wrong"].format(f"settlement_date = '{day}' and {ONE_IN.format(25, 0)}")

    def break_it() -> None:
        world.db.execute(wrong.encode())
        world.db.execute(wrong.replace("historical", "dbt.historical", 1).encode())

    with tempfile.TemporaryDirectory() as folder:

        def build(strategy: str, *arguments: str) -> None:
            project = Path(folder) / strategy
            where = ("--project-dir", project, "--profiles-dir", project)
            names = json.dumps({"day": day, "strategy": strategy})
            run(world, program, "--quiet", "run", *where, "--vars", names, *arguments)

        for strategy in STRATEGIES:  # a project each, or dbt would read it anew at every turn
            shutil.copytree(Path(__file__).with_name("dbt"), Path(folder) / strategy)
            build(strategy)  # the first builds all days
        world.db.execute("vacuum analyze dbt.historical_bitcoin_calculations")
        assert world.number(DIFFERENCES) == 0
        contenders: dict[str, Work] = {
            "command": lambda: run(world, *KIT, "date", day),
            "call": lambda: ask(world, f"call recon.reconcile_date('{day}')"),
            **{strategy: partial(build, strategy) for strategy in STRATEGIES},
        }
        times = in_turn(world, contenders, break_it)
    ask(world, f"call recon.reconcile_date('{day}')")
    assert world.number(DIFFERENCES) == 0

    what = f"a day of {row['cells']:,} cells, 4 % wrong, beside {world.cells():,}"
    for strategy, how in STRATEGIES.items():
        other = f"dbt run, {how}"
        yield beside(
            f"recon-kit date: {what}", times["command"].total, other, times[strategy].total
        )
        yield beside(
            f"call recon.reconcile_date: {what}",
            times["call"].server,
            f"the statements of {other}",
            times[strategy].server,
        )


def right_cells(world: World) -> Iterator[Measurement]:
    """Right cells: found right by the kit's fingerprints, equal to a copy by the others."""
    world.db.execute(NUMBERED.encode())
    world.db.execute("vacuum analyze cells, copied")
    peers: dict[str, Callable[[], str]] = {}
    for tool in (reladiff, pg_comparator):
        with left_out():
            peers |= tool(world)

    world.db.execute(WRONG_COPY.format("+").encode())
    for name, compare in peers.items():
        assert "777" in compare(), f"{name} sees no difference"
    world.db.execute(WRONG_COPY.format("-").encode())
    world.db.execute("vacuum copied")

    def clean(name: str) -> None:
        assert (found := peers[name]()) == "", found

    contenders: dict[str, Work] = {
        "command": lambda: run(world, *KIT, "verify", "--depth", "fingerprints"),
        "select": lambda: ask(world, "select * from recon.verify(depth => 'fingerprints')"),
        **{name: partial(clean, name) for name in peers},
    }
    times = in_turn(world, contenders, lambda: None)
    for name in peers:
        for ours, form in (("command", "recon-kit verify"), ("select", "recon.verify")):
            what = f"{form} by fingerprints: {world.cells():,} right cells"
            yield beside(what, times[ours].total, name, times[name].total)


def reladiff(world: World) -> dict[str, Callable[[], str]]:
    """The way it takes by itself within one database, and the one that was faster."""
    program = installed("reladiff", RELADIFF)
    tables = (world.url, "cells", "copied", "--key-columns", "cell_id", "--assume-unique-key")
    columns = [word for name in COLUMNS for word in ("--columns", name)]
    compare = partial(run, world, program, *tables, *columns, "--algorithm")
    return {
        "reladiff, joindiff": lambda: compare("joindiff"),
        "reladiff, hashdiff, 4 threads": lambda: compare("hashdiff", "--threads", "4"),
    }


def pg_comparator(world: World) -> dict[str, Callable[[], str]]:
    """By the number of each row."""
    program = shutil.which("pg_comparator")
    if program is None:
        raise MissingError("pg_comparator is not here: install it (Debian: postgresql-comparator)")
    its_own = world.number("select count(*) from pg_available_extensions where name = 'pgcmp'")
    world.db.execute(b"create extension pgcmp" if its_own else CHECKSUMS.encode())
    tables = ("postgres@/postgres/cells?cell_id", "postgres@/postgres/copied")
    name = f"pg_comparator, {'its own' if its_own else 'built-in'} checksums"
    return {name: lambda: run(world, program, "--use-key", *tables)}


@contextmanager
def left_out() -> Iterator[None]:
    """Goes on without a tool that is missing, and says so."""
    try:
        yield
    except MissingError as error:
        show.line(f"left out: {error}")


def main() -> None:
    """Prints a line for each measurement."""
    arguments = argparse.ArgumentParser(prog="make bench-peers ARGS=...")
    arguments.add_argument("--quick", action="store_true", help="on little data")
    arguments.add_argument("--repetitions", type=int, default=5)
    options = arguments.parse_args()
    with throwaway_server(durable=True, options=SETTINGS | STATEMENTS) as server:
        migrate(server.url())
        with connect(server.url()) as db:
            db.execute("create extension pg_stat_statements")
            show.line(
                f"{platform.machine()}, {os.cpu_count()} cores, PostgreSQL"
                f" {db.info.parameter_status('server_version')}, {', '.join(DBT + RELADIFF)}\n"
            )
            show.line("| what | against | median (spread) | |\n|---|---|---|---|")
            world = World(server.url(), db, options.repetitions)
            world.grow_to(QUICK if options.quick else LARGE)
            for case in (one_day, right_cells):
                show.note(f"{case.__name__} ...")
                with left_out():
                    for line in case(world):
                        show.line(f"| {line.what} | {line.against} | {line} | {line.note} |")


if __name__ == "__main__":
    main()
