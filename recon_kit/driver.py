"""Drives a run: workers that claim batches until none is left, each over its own connection."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date

from recon_kit.db import Connection, connect, one, query, rows, translated_errors
from recon_kit.errors import InterruptedRunError


@dataclass(frozen=True)
class Plan:
    """What to reconcile.

    Attributes:
        from_date: First settlement date; None for no bound.
        to_date: Last settlement date; None for no bound.
        order_by: ``recent``, ``oldest`` or ``largest`` first.
        force: Days that are not pending too.
        batch_days: Days per transaction.
        max_batches: Transactions at most; None for as many as it takes.
        workers: Connections that work at once.
    """

    from_date: date | None = None
    to_date: date | None = None
    order_by: str = "recent"
    force: bool = False
    batch_days: int = 10
    max_batches: int | None = None
    workers: int = 1


@dataclass(frozen=True)
class Batch:
    """What one transaction did: days, and cells by the kind of gap they were."""

    days: int
    reconciled: int
    blocked: int
    failed: int
    missing: int
    stale: int
    wrong: int
    orphan: int


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
        was_limited: Whether it stopped after max_batches.
        problems: Days of its range that are blocked or failed now.
    """

    run_id: int
    outcome: str
    message: str
    planned_days: int
    left_days: int
    was_limited: bool
    problems: list[ProblemDay]


class _Workers:
    """The state that workers share: how many batches they may still take, and when to stop."""

    def __init__(
        self, url: str, run_id: int, plan: Plan, on_batch: Callable[[Batch], None]
    ) -> None:
        self.url, self.run_id, self.plan, self.on_batch = url, run_id, plan, on_batch
        self.stop = threading.Event()
        self._lock = threading.Lock()
        self._batches_left = plan.max_batches

    def _take_batch(self) -> bool:
        with self._lock:
            if self.stop.is_set() or self._batches_left == 0:
                return False
            if self._batches_left is not None:
                self._batches_left -= 1
            return True

    def work(self) -> None:
        """Claims batch after batch; an error stops the others after their batch."""
        try:
            with connect(self.url) as connection:
                while self._take_batch():
                    batch = _reconcile_batch(connection, self.run_id, self.plan.batch_days)
                    if batch.days == 0:
                        return
                    with self._lock:
                        self.on_batch(batch)
        except BaseException:
            self.stop.set()
            raise


def _reconcile_batch(connection: Connection, run_id: int, batch_days: int) -> Batch:
    with translated_errors(), connection.transaction():
        batch = one(connection, "reconcile_batch", run_id=run_id, batch_days=batch_days)
    return Batch(**batch)


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
        on_start: Called once with the run's number and the days it planned.
        on_batch: Called after each commit, from one thread at a time.

    Raises:
        InterruptedRunError: Ctrl-C; what was committed stays, the next run goes on from there.
        ReconError: The database failed; likewise.
    """
    with connect(url) as connection:
        with translated_errors(), connection.transaction():
            run_id = one(
                connection,
                "start_run",
                from_date=plan.from_date,
                to_date=plan.to_date,
                order_by=plan.order_by,
                force=plan.force,
            )["run_id"]
        with translated_errors():
            connection.execute(query("require_not_stopped"), {"run_id": run_id})
            planned = one(connection, "run", run_id=run_id)["planned_days"]
        on_start(run_id, planned)
        interrupted = _drive(_Workers(url, run_id, plan, on_batch), min(plan.workers, planned))
        run = _finish(connection, run_id, was_limited=plan.max_batches is not None)
    if interrupted:
        raise InterruptedRunError(
            f"interrupted. Run {run.run_id}: {run.message}", "Run it again to go on from there."
        )
    return run


def _drive(shared: _Workers, count: int) -> bool:
    """Runs the workers to their end; True where Ctrl-C cut them short."""
    interrupted = False
    if count == 0:
        return interrupted
    with ThreadPoolExecutor(max_workers=count, thread_name_prefix="worker") as pool:
        futures = [pool.submit(shared.work) for _ in range(count)]
        for future in futures:
            while True:
                try:
                    future.result()
                    break
                except KeyboardInterrupt:
                    if interrupted:
                        raise
                    interrupted = True
                    shared.stop.set()
    return interrupted


def _finish(connection: Connection, run_id: int, *, was_limited: bool) -> Run:
    with translated_errors():
        with connection.transaction():
            outcome = one(connection, "finish_run", run_id=run_id)["outcome"]
        run = one(connection, "run", run_id=run_id)
        problems = rows(connection, "run_problems", run_id=run_id)
    return Run(
        run_id=run_id,
        outcome=outcome,
        message=run["message"],
        planned_days=run["planned_days"],
        left_days=run["left_days"],
        was_limited=was_limited,
        problems=[ProblemDay(**problem) for problem in problems],
    )
