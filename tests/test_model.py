"""The whole kit against random histories of everything that may happen to a database.

After every step each day that is not pending has to be right. At the end of a history what is in
the way is removed, one run is made, and then all of it has to equal the oracle.
`make torture` makes more and longer histories.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from recon_kit.db import Connection
from tests import oracle
from tests.world import DIFFICULTY, VERSIONS, difficulty, length, pending, reconcile, record, value

Open = Callable[[], Connection]
pytestmark = pytest.mark.torture

DATES = [date(2024, 4, 19), date(2024, 4, 20), date(2025, 3, 30)]
"""The eve and the day of a halving, and a day of 46 half hours: few, so that steps meet."""

FARMS = ["T_CLDCW-1", "T_GORDW-1"]
PERIODS = [1, 46, 47]
VOLUMES = ["-10", "10", "-0.001", "0", "10000", "-10000.001"]
FUSE, OTHER_ISOLATION, SERIALIZATION, UNKNOWN_DATE = "RK002", "RK001", "40001", "22023"
NO_SUCH_CELL, BLOCKED, TAKEN = "22023", "55000", "23505"
LEVELS = ["read committed", "repeatable read", "serializable"]

RECORD = (
    "insert into curtailment_records"
    " (settlement_date, settlement_period, farm_id, volume, payment)"
    " values (%(day)s, %(period)s, %(farm)s, %(volume)s, 0)"
)
RECORDS = (
    "in (select r.settlement_date, r.id from curtailment_records r"
    " where r.settlement_date = %(day)s and r.farm_id = %(farm)s for update skip locked)"
)
"""Records of a day and farm, but for those that the open ingest has locked."""

CELL = (
    "(settlement_date, settlement_period, farm_id, miner_model) ="
    " (%(day)s, %(period)s, %(farm)s, %(model)s)"
)

INPUTS = {
    "records updated": "update curtailment_records set volume = %(volume)s"
    f" where (settlement_date, id) {RECORDS}",
    "records deleted": f"delete from curtailment_records where (settlement_date, id) {RECORDS}",
    "records moved": "update curtailment_records set settlement_date = %(other)s"
    f" where (settlement_date, id) {RECORDS}",
    "difficulty set": "insert into recon.network_difficulties (settlement_date, difficulty)"
    f" values (%(day)s, {DIFFICULTY}) on conflict (settlement_date)"
    " do update set difficulty = excluded.difficulty",
    "difficulty changed": "update recon.network_difficulties set difficulty = difficulty * 2 - 1"
    " where settlement_date = %(day)s",
    "difficulty deleted": "delete from recon.network_difficulties where settlement_date = %(day)s",
    "model added": "insert into recon.miner_models values ('S21', 200, 3500)"
    " on conflict do nothing",
    "model changed": "update recon.miner_models set power_watts = power_watts + 1"
    " where miner_model = %(model)s",
    "model switched": "update recon.miner_models set is_active = not is_active"
    " where miner_model = %(model)s",
    "models switched off": "update recon.miner_models set is_active = false",
    "reward changed": "update recon.block_rewards set block_reward_btc = block_reward_btc + 1"
    " where from_date = '2024-04-20'",
    "reward moved": "update recon.block_rewards set from_date = from_date + 1"
    " where from_date = '2024-04-20'",
}

ROWS = {
    "row deleted": f"delete from historical_bitcoin_calculations where {CELL}",
    "rows of a day deleted": "delete from historical_bitcoin_calculations"
    " where settlement_date = %(day)s",
    "row with another difficulty": "update historical_bitcoin_calculations"
    f" set difficulty = difficulty + 1 where {CELL}",
    "row falsified": "update historical_bitcoin_calculations"
    f" set bitcoin_mined = bitcoin_mined + 1e-12 where {CELL}",
    "rows falsified": "update historical_bitcoin_calculations set bitcoin_mined = 0"
    " where settlement_date = %(day)s",
    "row invented": "insert into historical_bitcoin_calculations (settlement_date,"
    " settlement_period, farm_id, miner_model, bitcoin_mined, difficulty)"
    " values (%(day)s, %(period)s, 'T_GONE-1', %(model)s, 1, 1) on conflict do nothing",
    "rows moved": "update historical_bitcoin_calculations set settlement_date = '2025-07-01'"
    " where settlement_date = %(day)s and not exists (select from historical_bitcoin_calculations"
    " where settlement_date = '2025-07-01')",
    "rows truncated": "truncate historical_bitcoin_calculations",
}

SUMMARIES = {
    "summary falsified": "update bitcoin_daily_summaries set bitcoin_mined = 0"
    " where summary_date = %(day)s",
    "summary deleted": "delete from bitcoin_daily_summaries where summary_date = %(day)s"
    " and miner_model = %(model)s",
    "summary invented": "insert into bitcoin_daily_summaries values"
    " ('2025-08-01', %(model)s, 1) on conflict do nothing",
    "summaries truncated": "truncate bitcoin_daily_summaries",
}

RESET = """
truncate curtailment_records, historical_bitcoin_calculations, bitcoin_daily_summaries,
  bitcoin_monthly_summaries, bitcoin_yearly_summaries, recon.daily_sums,
  recon.network_difficulties, recon.miner_models, recon.block_rewards, recon.days,
  recon.runs, recon.run_days, recon.repairs, recon.period_failures;
insert into recon.miner_models (miner_model, hashrate_ths, power_watts)
values ('S19J_PRO', 100, 3050), ('S9', 13.5, 1323);
insert into recon.block_rewards values ('2020-05-11', 6.25), ('2024-04-20', 3.125);
update recon.settings set fuse_days = 2, fuse_share = 0.5;
delete from recon.changes;
select recon.refresh_summaries();
"""
"""An empty database, with a fuse fit for it."""

days_ = st.sampled_from(DATES)
farms_ = st.sampled_from(FARMS)
periods_ = st.sampled_from(PERIODS)
levels_ = st.sampled_from(LEVELS)
records_ = st.lists(
    st.fixed_dictionaries(
        {"day": days_, "period": periods_, "farm": farms_, "volume": st.sampled_from(VOLUMES)}
    ),
    min_size=1,
    max_size=5,
)
parameters_ = st.fixed_dictionaries(
    {
        "day": days_,
        "other": days_,
        "period": periods_,
        "farm": farms_,
        "model": st.sampled_from(["S19J_PRO", "S9"]),
        "volume": st.sampled_from(VOLUMES),
    }
)


class History(RuleBasedStateMachine):
    """What clients of each isolation level do, one after the other, beside an open ingest."""

    def __init__(self, db: Connection, another: Open) -> None:
        super().__init__()
        self.db, self.another = db, another
        self.clients = {level: client_of(another(), level) for level in LEVELS}
        self.ingest: Connection | None = None
        self.onlooker: Connection | None = None
        db.execute(RESET)

    @initialize(reconciled=st.booleans())
    def begin(self, reconciled: bool) -> None:
        for day in DATES:
            difficulty(self.db, day)
            for farm in FARMS:
                record(self.db, day, 1, farm)
        if reconciled:
            reconcile(self.db)

    @rule(level=levels_, records=records_, with_difficulty=st.booleans())
    def ingest_some(self, level: str, records: list[dict[str, Any]], with_difficulty: bool) -> None:
        client = self.clients[level]
        with allowing(SERIALIZATION), client.transaction():
            for parameters in records:
                client.execute(RECORD, parameters)
            for day in {parameters["day"] for parameters in records if with_difficulty}:
                difficulty(client, day)

    @rule(level=levels_, what=st.sampled_from(sorted(INPUTS)), parameters=parameters_)
    def change(self, level: str, what: str, parameters: dict[str, Any]) -> None:
        with allowing(SERIALIZATION):
            self.clients[level].execute(INPUTS[what], parameters)

    @rule(level=levels_, what=st.sampled_from(sorted(ROWS | SUMMARIES)), parameters=parameters_)
    def tamper(self, level: str, what: str, parameters: dict[str, Any]) -> None:
        with allowing(SERIALIZATION):
            self.clients[level].execute((ROWS | SUMMARIES)[what], parameters)

    @precondition(lambda self: self.ingest is None)
    @rule(level=levels_)
    def truncate_records(self, level: str) -> None:
        with allowing(SERIALIZATION):
            self.clients[level].execute("truncate curtailment_records")

    @precondition(lambda self: self.ingest is None)
    @rule(level=levels_, records=records_, reload=st.booleans())
    def begin_ingest(self, level: str, records: list[dict[str, Any]], reload: bool) -> None:
        self.ingest = client_of(self.another(), level)
        self.ingest.execute("begin")
        if reload:
            self.ingest.execute(
                "delete from curtailment_records where settlement_date = %(day)s", records[0]
            )
        for parameters in records:
            self.ingest.execute(RECORD, parameters)

    @precondition(lambda self: self.ingest is not None)
    @rule(ending=st.sampled_from(["commit", "commit", "rollback"]))
    def end_ingest(self, ending: str) -> None:
        assert self.ingest is not None
        with allowing(SERIALIZATION):
            self.ingest.execute(ending)
        self.ingest.close()
        self.ingest = None

    @rule(
        level=levels_,
        bounds=st.lists(days_, max_size=2).map(sorted),
        batch_days=st.integers(1, 3),
        max_batches=st.sampled_from([None, None, 0, 1, 2]),
        order_by=st.sampled_from(["recent", "oldest", "largest"]),
        force=st.booleans(),
        confirmed=st.booleans(),
    )
    def reconcile(self, level: str, bounds: list[date], confirmed: bool, **arguments: Any) -> None:
        arguments |= dict(zip(("from_date", "to_date"), bounds, strict=False))
        self._run(self.clients[level], confirmed=confirmed, **arguments)

    @rule(level=levels_)
    def reconcile_everything(self, level: str) -> None:
        self._run(self.clients[level], confirmed=True)

    @rule(batch_days=st.integers(1, 3), force=st.booleans(), kept=st.booleans())
    def crash(self, batch_days: int, force: bool, kept: bool) -> None:
        """A run of one batch, undone, or committed and never finished."""
        with self.db.transaction(force_rollback=not kept):
            run = value(self.db, "select recon.start_run(null, null, 'recent', %s)", force)
            self.db.execute("select recon.reconcile_batch(%s, %s)", (run, batch_days))

    @rule(level=levels_, day=days_, period=periods_, farm=farms_)
    def spot_fix(self, level: str, day: date, period: int, farm: str) -> None:
        cell = (day, period, farm)
        with allowing(NO_SUCH_CELL, BLOCKED, FUSE, SERIALIZATION, OTHER_ISOLATION):
            self.clients[level].execute("select * from recon.spot_fix(%s, %s, %s)", cell)
            off = value(
                self.db,
                "select count(*) from recon.day_gaps(%s) g where g.settlement_period = %s"
                " and g.farm_id = %s and g.kind not in ('blocked', 'invalid_source')",
                *cell,
            )
            assert off == 0

    @precondition(lambda self: self.onlooker is None)
    @rule(level=levels_)
    def look_first(self, level: str) -> None:
        """A transaction that has its snapshot, unless it is read committed."""
        self.onlooker = client_of(self.another(), level)
        self.onlooker.execute("begin")
        self.onlooker.execute("select 1")

    @precondition(lambda self: self.onlooker is not None)
    @rule(day=days_, period=periods_, farm=farms_)
    def and_spot_fix_later(self, day: date, period: int, farm: str) -> None:
        assert self.onlooker is not None
        with allowing(NO_SUCH_CELL, BLOCKED, FUSE, TAKEN, SERIALIZATION, OTHER_ISOLATION):
            self.onlooker.execute("select * from recon.spot_fix(%s, %s, %s)", (day, period, farm))
            self.onlooker.execute("commit")
        self.onlooker.close()
        self.onlooker = None

    @rule(level=levels_, day=days_)
    def reconcile_critical(self, level: str, day: date) -> None:
        before, obstacle = self._obstacles()
        with allowing(FUSE, UNKNOWN_DATE):
            self.clients[level].execute("call recon.reconcile_critical(%s)", (day,))
        self._assert_blocked_days_are_as_before(before, obstacle)

    @rule(level=levels_, depth=st.sampled_from(["cells", "fingerprints"]))
    def verify(self, level: str, depth: str) -> None:
        with allowing(SERIALIZATION):
            self.clients[level].execute("select * from recon.verify(depth => %s)", (depth,))

    @invariant()
    def every_day_that_is_not_pending_is_right(self) -> None:
        waiting = set(pending(self.db))
        days = {
            row["settlement_date"]: (row["outcome"], row["reason"])
            for row in self.db.execute("select settlement_date, outcome, reason from recon.days")
        }
        assert not [day for day, (outcome, _) in days.items() if outcome == "failed"]
        want, have = _by_day(oracle.expected(self.db)), _by_day(oracle.stored(self.db))
        for day in (want.keys() | have.keys()) - waiting:
            outcome, reason = days.get(day, ("reconciled", None))
            if outcome == "reconciled":
                assert have[day] == want[day], f"{day} is called reconciled"
            elif "invalid source" in reason:
                assert want[day].items() <= have[day].items(), f"{day} has {reason}"

    def teardown(self) -> None:
        try:
            if sys.exc_info()[0] is None:
                self._end()
        finally:
            for connection in (*self.clients.values(), self.ingest, self.onlooker):
                if connection is not None:
                    connection.close()

    def _end(self) -> None:
        """Removes what is in the way, makes one run, and looks at everything."""
        if self.ingest is not None:
            self.end_ingest("commit")
        self.db.execute(
            "delete from curtailment_records r using recon.curtailed_energy e where not e.is_valid"
            " and (r.settlement_date, r.settlement_period, r.farm_id)"
            " = (e.settlement_date, e.settlement_period, e.farm_id)"
        )
        self.db.execute(
            "insert into recon.network_difficulties (settlement_date, difficulty)"
            " select d, 7e13 from unnest(%s::date[]) d on conflict do nothing",
            (DATES,),
        )
        self.db.execute(
            "update recon.miner_models set is_active = true where miner_model = 'S9'"
            " and not exists (select from recon.miner_models where is_active)"
        )
        self._run(self.db, confirmed=True)
        oracle.assert_consistent(self.db)
        assert pending(self.db) == []
        for depth in ("cells", "fingerprints"):
            found = self.db.execute("select * from recon.verify(depth => %s)", (depth,))
            assert found.fetchall() == []
        before = self.db.execute(VERSIONS).fetchall()
        assert reconcile(self.db)["outcome"] == "complete"
        assert self.db.execute(VERSIONS).fetchall() == before

    def _run(self, client: Connection, *, confirmed: bool, **arguments: Any) -> None:
        """One run; where the fuse stops it, nothing may have been written."""
        before, obstacle = self._obstacles()
        versions = self.db.execute(VERSIONS).fetchall()
        try:
            reconcile(client, **arguments)
        except psycopg.Error as error:
            if error.sqlstate != FUSE:
                raise
            assert self.db.execute(VERSIONS).fetchall() == versions
            if confirmed:
                self.db.execute("select recon.confirm(max(run_id)) from recon.runs")
                reconcile(client, **arguments)
        self._assert_blocked_days_are_as_before(before, obstacle)

    def _obstacles(self) -> tuple[dict[date, dict[Any, Any]], set[date]]:
        """The rows by day, and the days with energy that nothing can be worked out for."""
        blocked = self.db.execute(
            "select distinct e.settlement_date from recon.curtailed_energy e where e.is_valid"
            " and e.curtailed_mwh > 0 and recon.day_obstacle(e.settlement_date) is not null"
        )
        return _by_day(oracle.stored(self.db)), {row["settlement_date"] for row in blocked}

    def _assert_blocked_days_are_as_before(
        self, before: dict[date, dict[Any, Any]], blocked: set[date]
    ) -> None:
        after = _by_day(oracle.stored(self.db))
        for day in blocked:
            assert after[day] == before[day], f"{day} is blocked, and its rows were touched"


@contextmanager
def allowing(*sqlstates: str) -> Iterator[None]:
    """Errors that a client may get; it does without, as it would in life."""
    try:
        yield
    except psycopg.Error as error:
        if error.sqlstate not in sqlstates:
            raise


def client_of(connection: Connection, level: str) -> Connection:
    connection.isolation_level = None
    connection.execute(f"set default_transaction_isolation = '{level}'")
    connection.execute("set lock_timeout = '2s'")
    return connection


def _by_day(cells: dict[oracle.Cell, Any]) -> dict[date, dict[oracle.Cell, Any]]:
    days: dict[date, dict[oracle.Cell, Any]] = defaultdict(dict)
    for cell, stored in cells.items():
        days[cell[0]][cell] = stored
    return days


@pytest.mark.timeout(900)
def test_any_history_ends_in_the_rows_of_the_oracle(db: Connection, another: Open) -> None:
    class HistoryOfThisDatabase(History):
        def __init__(self) -> None:
            super().__init__(db, another)

    run_state_machine_as_test(
        HistoryOfThisDatabase,
        settings=settings(
            max_examples=length(30, 120),
            stateful_step_count=length(20, 30),
            deadline=None,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
