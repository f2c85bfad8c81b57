"""Drives a run: workers claim batches until none is left, each over a connection of the pool."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta

from recon_kit.db import Connection, one, query, rows
from recon_kit.errors import InterruptedRunError, ReconError
from recon_kit.gaps import KINDS
from recon_kit.log import about, by, logger
from recon_kit.pool import Pool


@dataclass(frozen=True)
class Plan:
    """What to reconcile.

    Attributes:
        from_date: First settlement date; None for no bound.
        to_date: Last settlement date; None for no bound.
        order_by: ``recent``, ``oldest`` or ``largest`` first; ``usual``: those after the last
            stored calculation, oldest first, then the others, newest first.
        force: Days that are not pending too.
        batch_days: Days per transaction at most; recon.settings.batch_time ends it earlier.
        max_batches: Transactions at most; None for as many as it takes.
        workers: Connections that work at once.
        patience: Seconds to wait for a database that is gone.
        resume: The run to go on with, in place of a new one over these dates.
    """

    from_date: date | None = None
    to_date: date | None = None
    order_by: str = "usual"
    force: bool = False
    batch_days: int = 10
    max_batches: int | None = None
    workers: int = 1
    patience: float = 120
    resume: int | None = None


@dataclass(frozen=True)
class Batch:
    """What one transaction did: days, and cells by the kind of gap they were.

    Attributes:
        wait: Time to wait before the next, where a passing error ended this one.
    """

    days: int
    reconciled: int
    blocked: int
    failed: int
    missing: int
    stale: int
    wrong: int
    orphan: int
    wait: timedelta | None

    @property
    def kinds(self) -> dict[str, int]:
        """Cells repaired, by the kind of gap they were."""
        return {kind: getattr(self, kind) for kind in KINDS}


@dataclass(frozen=True)
class ProblemDay:
    """A day that a run could not finish, and why."""

    settlement_date: date
    outcome: str
    reason: str | None


@dataclass(frozen=True)
class Run:
    """A run that has ended.

    Attributes:
        outcome: ``complete``, or ``incomplete`` where a day of its range is left, blocked or
            failed.
        message: The same in a sentence.
        left_days: Days it planned and did not reach.
        days: Days by result: ``fixed``, ``blocked`` and so on.
        cells: Cells by the kind of gap they were.
        was_limited: Whether it stopped after max_batches.
        problems: Days of its range that are blocked or failed now.
        unnoticed: How a change could pass unnoticed now, a sentence each.
    """

    run_id: int
    outcome: str
    message: str
    planned_days: int
    left_days: int
    days: dict[str, int]
    cells: dict[str, int]
    was_limited: bool
    problems: list[ProblemDay]
    unnoticed: list[str]


class _Workers:
    """What workers share: the days and batches that are left, and whether one has failed."""

    def __init__(
        self, pool: Pool, run_id: int, days: int, plan: Plan, on_batch: Callable[[Batch], None]
    ) -> None:
        self.pool, self.run_id, self.plan, self.on_batch = pool, run_id, plan, on_batch
        self._failed = threading.Event()
        self._lock = threading.Lock()
        self._days_left, self._batches_left = days, plan.max_batches

    def _take_batch(self) -> bool:
        with self._lock:
            if self.pool.stop.is_set() or self._failed.is_set():
                return False
            if self._days_left <= 0 or self._batches_left == 0:
                return False
            if self._batches_left is not None:
                self._batches_left -= 1
            return True

    def work(self, worker: int) -> None:
        """Claims batch after batch; an error stops the others after their batch."""
        try:
            with by(worker):
                while self._take_batch():
                    started = time.monotonic()
                    batch = self.pool.run(self._reconcile_batch)
                    if batch.days == 0 and batch.wait is None:
                        return
                    self._tell(batch, time.monotonic() - started)
                    if batch.wait is not None:
                        self.pool.stop.wait(batch.wait.total_seconds())
        except BaseException:
            self._failed.set()
            raise

    def _reconcile_batch(self, connection: Connection) -> Batch:
        given = {"run_id": self.run_id, "batch_days": self.plan.batch_days}
        return Batch(**one(connection, "reconcile_batch", **given))

    def _tell(self, batch: Batch, seconds: float) -> None:
        with self._lock:
            self._days_left -= batch.days
            self.on_batch(batch)
        cells = sum(batch.kinds.values())
        logger.info(
            "batch committed",
            days=batch.days,
            blocked=batch.blocked,
            failed=batch.failed,
            **batch.kinds,
            seconds=round(seconds, 3),
            cells_per_second=round(cells / seconds),
        )
        if batch.wait is not None:
            logger.warning("a day was set back", wait_seconds=batch.wait.total_seconds())


def reconcile(
    url: str,
    plan: Plan,
    *,
    on_start: Callable[[int, int], None] = lambda _run_id, _days: None,
    on_batch: Callable[[Batch], None] = lambda _: None,
) -> Run:
    """Plans a run, drives its batches, and closes it.

    Args:
        url: Where the database is.
        plan: What to do.
        on_start: Called once with the run's number and the days it has to do.
        on_batch: Called after each commit, from one thread at a time.

    Raises:
        InterruptedRunError: Ctrl-C; what was committed stays, the next run goes on from there.
        ReconError: The database failed, or the fuse stopped the run; likewise.
    """
    with Pool(url, plan.workers, plan.patience) as pool:
        return reconcile_over(pool, plan, on_start=on_start, on_batch=on_batch)


def reconcile_over(
    pool: Pool,
    plan: Plan,
    *,
    on_start: Callable[[int, int], None] = lambda _run_id, _days: None,
    on_batch: Callable[[Batch], None] = lambda _: None,
) -> Run:
    """The same over connections that are kept for the next run."""
    run_id, days = pool.run(lambda connection: _start(connection, plan))
    if days == 0:
        _require_not_stopped(pool, run_id)
    on_start(run_id, days)
    workers = max(min(plan.workers, days), 1)
    with about(run_id):
        logger.info("run planned", days=days, workers=workers)
        with _resumable(run_id):
            shared = _Workers(pool, run_id, days, plan, on_batch)
            interrupts = _drive(shared, workers if days else 0)
            run = pool.run(lambda connection: _finish(connection, plan, run_id))
        logger.info("run ended", outcome=run.outcome, left_days=run.left_days, **run.days)
        for gap in run.unnoticed:
            logger.warning("changes can pass unnoticed", gap=gap)
        if run.outcome == "stopped":
            _require_not_stopped(pool, run_id)
    if interrupts:
        undone = "; the batches in flight were undone" if interrupts > 1 else ""
        raise InterruptedRunError(
            f"interrupted{undone}. Run {run_id}: {run.message}",
            f"To go on from there: recon-kit resume {run_id}",
        )
    return run


@contextmanager
def _resumable(run_id: int) -> Iterator[None]:
    """Has an error say how the run goes on that it leaves without an end."""
    try:
        yield
    except ReconError as error:
        way = f"recon-kit resume {run_id}"
        if way not in (error.hint or ""):
            error.hint = " ".join(filter(None, [error.hint, f"To go on from there: {way}"]))
        raise


def _start(connection: Connection, plan: Plan) -> tuple[int, int]:
    """The number of the run, and the days it has to do; none where the fuse has stopped it."""
    if plan.resume:
        run_id = plan.resume
        connection.execute(query("require_resumable"), {"run_id": run_id})
    else:
        run_id = one(
            connection,
            "start_run",
            from_date=plan.from_date,
            to_date=plan.to_date,
            order_by=plan.order_by,
            force=plan.force,
        )["run_id"]
    return run_id, one(connection, "left_days", run_id=run_id)["left_days"]


def _require_not_stopped(pool: Pool, run_id: int) -> None:
    pool.run(lambda connection: one(connection, "require_not_stopped", run_id=run_id))


def _drive(shared: _Workers, count: int) -> int:
    """Runs the workers to their end; returns how often Ctrl-C was pressed meanwhile."""
    interrupts = 0
    if count == 0:
        return interrupts
    with ThreadPoolExecutor(max_workers=count, thread_name_prefix="worker") as threads:
        futures = [threads.submit(shared.work, number + 1) for number in range(count)]
        for future in futures:
            while True:
                try:
                    _result(future, cancelled=interrupts > 1)
                    break
                except KeyboardInterrupt:
                    interrupts += 1
                    shared.pool.stop.set()
                    if interrupts > 1:
                        shared.pool.cancel()
    return interrupts


def _result(future: Future[None], *, cancelled: bool) -> None:
    """Waits for a worker; after a cancel, its failing is what was asked for."""
    try:
        future.result()
    except ReconError:
        if not cancelled:
            raise


def _finish(connection: Connection, plan: Plan, run_id: int) -> Run:
    outcome = one(connection, "finish_run", run_id=run_id)["outcome"]
    run = one(connection, "run", run_id=run_id)
    gaps = rows(connection, "capture_gaps") if run.pop("unnoticed") else []
    return Run(
        run_id=run_id,
        outcome=outcome,
        **run,
        was_limited=plan.max_batches is not None,
        problems=[
            ProblemDay(**problem) for problem in rows(connection, "run_problems", run_id=run_id)
        ],
        unnoticed=[f"{gap['table_name']}: {gap['finding']} -> {gap['next_step']}" for gap in gaps],
    )
