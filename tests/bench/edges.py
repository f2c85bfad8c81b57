"""What surrounds the engine: ingest, the queue, difficulty, and the driver's own memory."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import inf
from typing import TYPE_CHECKING

import boto3

from recon_kit.db import connect, query
from recon_kit.demo import FARMS
from recon_kit.difficulty import sync_dynamodb
from recon_kit.driver import Batch, Plan, reconcile
from recon_kit.local import local_dynamodb
from recon_kit.migrate import migrate
from recon_kit.settings import Settings
from recon_kit.worker import Worker
from tests.bench.measure import Measurement, milliseconds, ratios, seconds
from tests.bench.world import FIRST, World

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import WriteRequestTypeDef

ROW = (
    "insert into curtailment_records (settlement_date, settlement_period, farm_id, volume, payment)"
    " select settlement_date, settlement_period, farm_id, volume, payment from source"
)
AWS = {
    "AWS_ACCESS_KEY_ID": "none",
    "AWS_SECRET_ACCESS_KEY": "none",
    "AWS_DEFAULT_REGION": "eu-west-2",
}


def ingest(world: World) -> Iterator[Measurement]:
    """The same rows with the triggers and with them disabled, in a database of their own."""
    world.db.execute("drop database if exists ingest")
    world.db.execute("create database ingest")
    url = world.url.replace("/postgres?", "/ingest?")
    migrate(url)
    with connect(url) as db:
        days = max(30, world.days // 3)
        db.execute(query("generate_records"), {"from_date": FIRST, "days": days, "farms": FARMS})
        db.execute("create table source as table curtailment_records")
        db.execute("alter table source add n serial")
        db.execute("create index on source (n)")
        db.execute("vacuum analyze source")
        row = db.execute("select count(*) as n from source").fetchone()
        assert row is not None
        rows = row["n"]

        def triggers(state: str) -> None:
            db.execute("truncate curtailment_records, recon.changes")
            db.execute(f"alter table curtailment_records {state} trigger user".encode())
            db.execute("checkpoint")

        sizes = ((rows, 1), (1000, min(300, rows // 1000)), (1, min(3000, rows)))
        for size, transactions in sizes:

            def insert(size: int = size, transactions: int = transactions) -> None:
                for n in range(transactions):
                    db.execute(
                        f"{ROW} where n > %s and n <= %s".encode(), (n * size, (n + 1) * size)
                    )

            turns = world.in_turn(
                insert,
                insert,
                before_ours=lambda: triggers("enable"),
                before_other=lambda: triggers("disable"),
            )
            name = f"ingest with the triggers: {transactions:,} transactions of {size:,} rows"
            yield turns.against(name, "without")
    world.db.execute("drop database ingest with (force)")


RECONCILED = """
select extract(epoch from min(d.finished_at) - c.committed_at)::float * 1000 as milliseconds
from unnest(%s::timestamptz[]) c (committed_at)
join recon.run_days d
  on d.settlement_date = %s
  and d.outcome = 'reconciled'
  and d.finished_at - d.duration >= c.committed_at
group by c.committed_at
"""
"""From each commit to the end of the first reconciliation that began after it."""


def latency(world: World) -> Iterator[Measurement]:
    """A worker beside an ingest of fifty commits a second, all of them of the last day."""
    today = FIRST + timedelta(days=world.days - 1)
    commits: list[datetime] = []
    worker = Worker(world.url, Plan(patience=inf))
    with ThreadPoolExecutor(1) as threads:
        working = threads.submit(worker.run)
        due = time.perf_counter()
        for n in range(2_000 if world.repetitions >= 5 else 500):
            world.db.execute(
                "insert into curtailment_records"
                " (settlement_date, settlement_period, farm_id, volume, payment)"
                " values (%s, 1 + %s %% 46, 'T_BENCH-1', -1, 0)",
                (today, n),
            )
            commits.append(datetime.now(UTC))
            due += 0.02
            time.sleep(max(0, due - time.perf_counter()))
        while world.number("select count(*) from recon.changes"):
            time.sleep(0.05)
        worker.stop()
        working.result()
    found = world.db.execute(RECONCILED, (commits, today)).fetchall()
    waits = sorted(row["milliseconds"] for row in found)
    cells = world.number(f"select calculations from recon.days where settlement_date = '{today}'")
    for share in (50, 99):
        yield Measurement(
            f"commit to reconciled with a worker, 50 commits a second: p{share}",
            "",
            [waits[len(waits) * share // 100]],
            "ms",
            note=f"{len(waits):,} commits of one day of {cells:,} cells",
        )


def beside(world: World) -> Iterator[Measurement]:
    """Transactions of two days in either order, beside eight reconcilers and without them."""
    dates = [FIRST + timedelta(days=n) for n in range(world.days - 8, world.days)]
    count = 10_000 if world.repetitions >= 5 else 1_000

    def write(turn: int) -> None:
        with connect(world.url) as db:
            for n in range(turn, count, 4):
                pair = (dates[n % 8], dates[(n * 5 + 3) % 8])
                db.execute(
                    "insert into curtailment_records"
                    " (settlement_date, settlement_period, farm_id, volume, payment)"
                    " select d, 1 + %s %% 46, 'T_BENCH-2', -1, 0 from unnest(%s::date[]) d",
                    (n, list(pair)),
                )

    def ingest() -> None:
        with ThreadPoolExecutor(4) as threads:
            list(threads.map(write, range(4)))

    def ingest_beside() -> None:
        workers = [Worker(world.url, Plan(patience=inf)) for _ in range(8)]
        with ThreadPoolExecutor(8) as threads:
            working = [threads.submit(worker.run) for worker in workers]
            ingest()
            for worker in workers:
                worker.stop()
            for done in working:
                done.result()

    deadlocks = "select deadlocks from pg_stat_database where datname = current_database()"
    before = world.number(deadlocks)
    mine, alone = seconds(ingest_beside), seconds(ingest)
    yield Measurement(
        f"ingest of {count:,} transactions beside eight workers",
        "alone, on 2 cores",
        [mine / alone],
        note=f"{world.number(deadlocks) - before} deadlocks",
    )
    world.db.execute("delete from curtailment_records where farm_id like 'T_BENCH%'")
    world.reconcile(workers=2)


def queue(world: World) -> Iterator[Measurement]:
    """A million changes and their reconciles: the tables of the queue stay small."""
    rounds, changes = (100, 10_000) if world.repetitions >= 5 else (10, 10_000)
    sizes = []
    for n in range(rounds):
        world.db.execute(
            "insert into recon.changes (settlement_date, reason)"
            " select %s::date + (c %% 20), 'source' from generate_series(1, %s) c",
            (FIRST + timedelta(days=20 * n % max(20, world.days - 20)), changes),
        )
        row = world.db.execute("call recon.reconcile()").fetchone()
        assert row is not None
        assert row["outcome"] == "complete", row
        sizes.append(
            world.number(
                "select pg_total_relation_size('recon.changes')"
                " + pg_total_relation_size('recon.days')"
            )
            / 1e6
        )
    half = len(sizes) // 2
    yield Measurement(
        f"queue and days after {rounds * changes:,} changes",
        "half way",
        [max(sizes[half:]) / max(sizes[:half])],
        note=f"at most {max(sizes):.1f} MB",
    )

    world.db.execute(
        "insert into recon.changes (settlement_date, reason)"
        " select d.settlement_date, 'source' from recon.days d, generate_series(1, %s)",
        (1_000_000 // max(1, world.days),),
    )
    claims = milliseconds(
        lambda: world.db.execute("select count(*) from recon.pending_days"), world.repetitions
    )
    yield Measurement("list the pending days, a million changes", "", claims, "ms")
    polls = milliseconds(lambda: world.db.execute("table recon.alerts"), world.repetitions)
    yield Measurement("poll recon.alerts, a million changes", "", polls, "ms")
    world.db.execute("delete from recon.changes")


def sync(world: World) -> Iterator[Measurement]:
    """6,000 items of a DynamoDB, beside a scan that keeps nothing."""
    os.environ.update(AWS)
    with local_dynamodb() as endpoint:
        settings = Settings(dynamodb_endpoint=endpoint, dynamodb_region="eu-west-2")
        client = boto3.client("dynamodb", endpoint_url=endpoint, region_name="eu-west-2")
        client.create_table(
            TableName=settings.dynamodb_table,
            KeySchema=[{"AttributeName": "ID", "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": "ID", "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for first in range(0, 6000, 25):
            client.batch_write_item(
                RequestItems={settings.dynamodb_table: [_item(n) for n in range(first, first + 25)]}
            )

        def scan() -> None:
            pages = client.get_paginator("scan").paginate(TableName=settings.dynamodb_table)
            assert sum(len(page["Items"]) for page in pages) == 6000

        turns = world.in_turn(lambda: sync_dynamodb(world.db, settings), scan)
    yield Measurement("sync of 6,000 items", "a bare paged scan", ratios(turns.ours, turns.other))


def _item(n: int) -> WriteRequestTypeDef:
    day = date(1990, 1, 1) + timedelta(days=n)
    item = {"ID": {"S": f"d{n}"}, "Date": {"S": str(day)}, "Difficulty": {"S": str(10**12 + n)}}
    return {"PutRequest": {"Item": item}}


def batches(world: World) -> Iterator[Measurement]:
    """How close batches come to their time, from the fifth on; the last is what was left."""
    aim = 0.5 if world.repetitions >= 5 else 0.1
    took: list[float] = []

    def note(_: Batch) -> None:
        took.append(time.perf_counter())

    world.begin_again()
    world.db.execute("update recon.settings set batch_time = make_interval(secs => %s)", (aim,))
    reconcile(world.url, Plan(order_by="oldest", batch_days=10_000), on_batch=note)
    world.db.execute("update recon.settings set batch_time = default")
    times = [after - before for before, after in pairwise(took)][4:-1]
    near = [seconds for seconds in times if 0.5 * aim <= seconds <= 1.5 * aim]
    if times:
        share = 100 * len(near) / len(times)
        name = f"batches within 0.5 to 1.5 of {aim} s"
        yield Measurement(name, "", [share], "%", note=f"{len(times)} batches")


def memory(world: World) -> Iterator[Measurement]:
    """The most that the driver ever holds."""
    peaks = []
    for arguments in (["reconcile", "--force", "--to", "2015-03-01"], ["verify"]):
        process = subprocess.Popen(
            [sys.executable, "-m", "recon_kit", *arguments],
            env={**os.environ, "DATABASE_URL": world.url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        usage = os.wait4(process.pid, 0)[2]
        peaks.append(usage.ru_maxrss / 1024)
    yield Measurement("peak memory of the command line", "", peaks, "MB")
