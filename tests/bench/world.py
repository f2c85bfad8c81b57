"""The database that is measured: records of the real shape, and everything made of them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import psutil

from recon_kit import show
from recon_kit.db import Connection, query
from recon_kit.demo import FARMS
from recon_kit.driver import Plan, reconcile
from tests.bench.measure import Turns, Work, in_turn

FIRST = date(2015, 1, 1)
KEY = "settlement_date, settlement_period, farm_id, miner_model"
AGAIN = """
truncate historical_bitcoin_calculations, recon.days, recon.changes, recon.run_days, recon.repairs,
  recon.runs, recon.period_failures;
insert into recon.changes (settlement_date, reason) values ('-infinity', 'installed')
"""
"""As after the installation: every day is to do."""


@dataclass
class World:
    """A deployed database and how far it has grown.

    Attributes:
        days: Days there are, from FIRST on.
        repetitions: How often each thing is measured.
    """

    url: str
    db: Connection
    repetitions: int
    days: int = 0

    def in_turn(
        self,
        ours: Work,
        other: Work,
        *,
        times: int = 1,
        before_ours: Work = lambda: None,
        before_other: Work = lambda: None,
    ) -> Turns:
        """Times both, so many times for each repetition."""
        backend = psutil.Process(self.db.info.backend_pid)
        server = backend.parent()
        assert server is not None
        return in_turn(
            server,
            times * self.repetitions,
            ours,
            other,
            before_ours=before_ours,
            before_other=before_other,
        )

    def grow_to(self, days: int) -> None:
        """Records and difficulty up to that many days, reconciled."""
        show.note(f"growing to {days} days ...")
        first = FIRST + timedelta(days=self.days)
        self.db.execute(
            query("generate_records"),
            {"from_date": first, "days": days - self.days, "farms": FARMS},
        )
        self.db.execute(
            "insert into recon.network_difficulties (settlement_date, difficulty)"
            " select d, 83947913181361.6 from generate_series(%s::date, %s::date, '1 day') d",
            (first, FIRST + timedelta(days=days - 1)),
        )
        self.days = days
        self.reconcile(workers=2)
        self.db.execute("vacuum analyze")

    def reconcile(self, workers: int = 1, order_by: str = "usual") -> None:
        """All that is pending."""
        run = reconcile(self.url, Plan(order_by=order_by, workers=workers))
        if run.outcome != "complete":
            raise AssertionError(run.message)

    def cells(self) -> int:
        return self.number("select count(*) from historical_bitcoin_calculations")

    def number(self, statement: str) -> int:
        row = self.db.execute(statement.encode()).fetchone()
        assert row is not None
        return int(next(iter(row.values())))

    def keep_finished_rows(self) -> None:
        """What the floor inserts, and where: a table like theirs, with key and constraints."""
        self.db.execute("drop table if exists finished, floor")
        self.db.execute(
            "create table finished as"
            f" table historical_bitcoin_calculations order by {KEY}".encode()
        )
        self.db.execute("create table floor (like historical_bitcoin_calculations including all)")
        self.db.execute("vacuum analyze finished")

    def empty_floor(self) -> None:
        self.db.execute("truncate floor")
        self.db.execute("checkpoint")

    def floor(self) -> None:
        """F: the finished rows, sorted, into a table like theirs."""
        self.db.execute(f"insert into floor select * from finished order by {KEY}".encode())

    def begin_again(self) -> None:
        self.db.execute(AGAIN)
        self.db.execute("checkpoint")
