"""The engine, beside a bare insert of the same rows."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from tests.bench.measure import Measurement, milliseconds, ratios
from tests.bench.world import FIRST, KEY, World

FAULTS = {
    "missing": "delete from historical_bitcoin_calculations where {}",
    "stale": "update historical_bitcoin_calculations set difficulty = difficulty + 1 where {}",
    "wrong": "update historical_bitcoin_calculations set bitcoin_mined = bitcoin_mined + 1e-12"
    " where {}",
    "orphan": "insert into historical_bitcoin_calculations (settlement_date, settlement_period,"
    " farm_id, miner_model, bitcoin_mined, difficulty) select settlement_date, settlement_period,"
    " farm_id || 'X', miner_model, 1, 1 from historical_bitcoin_calculations where {}",
}
ONE_IN = "abs(hashtext(settlement_date || farm_id || settlement_period || miner_model)) % {} = {}"


def plant_faults(world: World, one_in: int) -> None:
    """Breaks one cell in so many, as many in each way."""
    for n, statement in enumerate(FAULTS.values()):
        world.db.execute(statement.format(ONE_IN.format(one_in * len(FAULTS), n)).encode())


def first_reconcile(world: World) -> Iterator[Measurement]:
    """Everything on: changes, days, fingerprints, repairs, summaries, run history."""
    world.keep_finished_rows()
    cells = world.cells()
    alone: list[float] = []
    for workers in (1, 2):
        turns = world.in_turn(
            lambda workers=workers: world.reconcile(workers),  # type: ignore[misc]
            world.floor,
            before_ours=world.begin_again,
            before_other=world.empty_floor,
        )
        speed = f"{cells / sorted(turns.ours)[len(turns.ours) // 2]:,.0f} cells a second"
        name = f"first reconcile of {cells:,} cells, workers: {workers}"
        yield turns.against(name, "F", speed)
        if workers == 1:
            alone = turns.ours
        else:
            faster = ratios(alone, turns.ours)
            yield Measurement("two workers", "one worker", faster, "x faster")
    yield from index_sizes(world)
    world.db.execute("vacuum analyze")


def index_sizes(world: World) -> Iterator[Measurement]:
    """What each order of days leaves of the index of the key."""
    size = "select pg_relation_size('{}_pkey')"
    world.db.execute("reindex table floor")
    fresh = world.number(size.format("floor"))
    for order_by, workers in (("recent", 1), ("largest", 1), ("usual", 1), ("usual", 2)):
        world.begin_again()
        world.reconcile(workers, order_by)
        grown = world.number(size.format("historical_bitcoin_calculations"))
        name = f"index after a first reconcile, {order_by}, workers: {workers}"
        yield Measurement(name, "freshly built", [grown / fresh])


def one_day(world: World) -> Iterator[Measurement]:
    """Claim to commit, summaries included, as one call; 4 % of its cells are wrong."""
    row = world.db.execute(
        "select settlement_date as day, calculations from recon.days"
        " order by abs(calculations - 4000) limit 1"
    ).fetchone()
    assert row is not None
    day = row["day"]
    world.db.execute("drop table if exists finished_day")
    world.db.execute(
        "create table finished_day as select * from historical_bitcoin_calculations"
        f" where settlement_date = '{day}'".encode()
    )
    of_day = f"settlement_date = '{day}' and " + ONE_IN.format(25, 0)

    def break_it() -> None:
        world.db.execute(FAULTS["wrong"].format(of_day).encode())
        world.db.execute(
            "update bitcoin_daily_summaries set bitcoin_mined = bitcoin_mined + 1"
            f" where summary_date = '{day}'".encode()
        )

    def delete_and_insert() -> None:
        with world.db.transaction():
            world.db.execute("set local recon.own_write = 'on'")
            world.db.execute(
                "delete from historical_bitcoin_calculations where settlement_date = %s", (day,)
            )
            world.db.execute("insert into historical_bitcoin_calculations table finished_day")

    turns = world.in_turn(
        lambda: world.db.execute("call recon.reconcile()"),
        delete_and_insert,
        times=5,
        before_ours=break_it,
    )
    name = f"a day of {row['calculations']:,} cells, 4 % wrong, beside {world.cells():,}"
    yield turns.against(name, "delete and insert of the day")
    yield Measurement(name, "", [1000 * s for s in turns.ours], "ms")


def nothing_to_do(world: World) -> Iterator[Measurement]:
    """A run without a pending day, in the database alone."""
    world.db.execute("call recon.reconcile()")
    taken = milliseconds(lambda: world.db.execute("call recon.reconcile()"), 10 * world.repetitions)
    yield Measurement(f"nothing to do, at {world.cells():,} cells", "", taken, "ms")


def looking(world: World) -> Iterator[Measurement]:
    """What a dashboard asks."""
    for what in ("select 1", "select * from recon.status()", "select * from recon.day_status"):

        def ask(what: str = what) -> list[Any]:
            return world.db.execute(what.encode()).fetchall()

        yield Measurement(
            f"{what}, at {world.days:,} days", "", milliseconds(ask, 5 * world.repetitions), "ms"
        )


def verify(world: World) -> Iterator[Measurement]:
    """Right cells, and faults: all are named, and nothing else."""
    world.keep_finished_rows()
    cells = world.cells()

    def clean(depth: str) -> None:
        found = world.db.execute("select * from recon.verify(depth => %s)", (depth,)).fetchall()
        assert found == [], found

    for depth in ("fingerprints", "cells"):
        turns = world.in_turn(
            lambda depth=depth: clean(depth),  # type: ignore[misc]
            world.floor,
            before_other=world.empty_floor,
        )
        yield turns.against(f"verify {cells:,} right cells by {depth}", "F")

    plant_faults(world, one_in=57)
    planted = world.db.execute(
        "with differences as (select * from finished f full join historical_bitcoin_calculations h"
        f" using ({KEY}) where (f.bitcoin_mined, f.difficulty)"
        " is distinct from (h.bitcoin_mined, h.difficulty))"
        " select count(*) as n from differences"
    ).fetchone()
    assert planted is not None

    def name_them() -> None:
        found = world.number("select count(*) from recon.gaps()")
        assert found == planted["n"], (found, planted)

    turns = world.in_turn(name_them, world.floor, before_other=world.empty_floor)
    yield turns.against(f"name {planted['n']:,} faults of every kind among {cells:,} cells", "F")
    world.db.execute("update recon.settings set fuse_share = 1")
    world.reconcile(workers=2)
    clean("fingerprints")


def changed_inputs(world: World) -> Iterator[Measurement]:
    """A difficulty epoch corrected, and a new miner model."""
    world.keep_finished_rows()
    dates = [FIRST + timedelta(days=n) for n in range(14)]

    def correct(days: list[Any]) -> None:
        world.db.execute(
            "update recon.network_difficulties set difficulty = difficulty + 1"
            " where settlement_date = any (%s)",
            (days,),
        )

    def one_by_one() -> None:
        for day in dates:
            correct([day])
            world.db.execute("call recon.reconcile()")

    turns = world.in_turn(
        lambda: world.db.execute("call recon.reconcile()"),
        one_by_one,
        before_ours=lambda: correct(dates),
    )
    yield turns.against("14 days of one difficulty corrected", "14 single days")

    def without_model() -> None:
        with world.db.transaction():
            world.db.execute("set local recon.own_write = 'on'")
            world.db.execute(
                "delete from historical_bitcoin_calculations where miner_model = 'S99'"
            )
            world.db.execute("delete from bitcoin_daily_summaries where miner_model = 'S99'")
            world.db.execute("delete from recon.daily_sums where miner_model = 'S99'")
            world.db.execute("delete from recon.miner_models where miner_model = 'S99'")
        world.db.execute("vacuum historical_bitcoin_calculations")

    def with_model() -> None:
        without_model()
        world.reconcile(workers=2)
        world.db.execute("insert into recon.miner_models values ('S99', 200, 3500)")
        world.db.execute("checkpoint")

    def floor() -> None:
        world.db.execute(
            "insert into floor select settlement_date, settlement_period, farm_id, 'S99',"
            " bitcoin_mined, difficulty, calculated_at from finished"
            f" where miner_model = 'S9' order by {KEY}".encode()
        )

    turns = world.in_turn(
        world.reconcile, floor, before_ours=with_model, before_other=world.empty_floor
    )
    added = world.number(
        "select count(*) from historical_bitcoin_calculations where miner_model = 'S99'"
    )
    yield turns.against(f"a new miner model: {added:,} cells among the others", "F of as many rows")
    without_model()
    world.reconcile(workers=2)
