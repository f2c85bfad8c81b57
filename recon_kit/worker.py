"""The worker: it reconciles what becomes pending, and sees to the rest by the clock."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import psycopg
from cronsim import CronSim, CronSimError

from recon_kit.db import connect, rows, translated_errors, value
from recon_kit.driver import Plan, reconcile_over
from recon_kit.errors import ReconError, UsageError
from recon_kit.log import logger
from recon_kit.notify import Pulse, tell
from recon_kit.pool import Pool, is_lost
from recon_kit.session import SHORTEST as SHORTEST_WAIT
from recon_kit.session import Session

SHORTEST, GROWTH = 0.02, 1.5
"""Seconds until it looks again after work was done, and by what each further wait is longer."""

FIRST_RETRY, LAST_RETRY = 60.0, 900.0
"""Seconds to wait after a run that failed; doubled at each further one."""

QUIET = 900.0
"""Seconds without work after which there is a run."""

AGAIN = timedelta(minutes=1)
"""Time until a job is done again that lost its connection."""


Work = Callable[[], object]


@dataclass(frozen=True)
class Job:
    """Something to do at set times.

    Attributes:
        name: What it is called in the log.
        schedule: When, as cron has it, in UTC.
        work: What is done.
        cancel: Ends it early.
    """

    name: str
    schedule: str
    work: Work
    cancel: Work = lambda: None

    def __post_init__(self) -> None:
        self.next_time()

    def next_time(self) -> datetime:
        """When it is due next.

        Raises:
            UsageError: The schedule cannot be read.
        """
        try:
            return next(CronSim(self.schedule, datetime.now(UTC)))
        except (CronSimError, StopIteration) as error:
            raise UsageError(
                f"{self.name} is to run at {self.schedule!r}, which no clock shows",
                "Write it as cron has it, such as '10 6 * * *', or never.",
            ) from error


def jobs_of(
    url: str, times: Mapping[str, str | None], ours: Mapping[str, tuple[Work, Work]]
) -> list[Job]:
    """The jobs of recon.jobs that a worker does.

    Args:
        url: Where the database is.
        times: Other times than those there, by job; None leaves a job out.
        ours: What is done in Python, by job, and what ends it early.

    Raises:
        UsageError: One of ``times`` cannot be read. What cannot be read in recon.jobs is left out,
            and logged.
    """
    with connect(url) as connection:
        planned = rows(connection, "jobs")
    found = []
    for row in planned:
        name, call = row["job"], Call(url, row["command"])
        schedule = times.get(name, row["schedule"])
        if schedule is None:
            continue
        try:
            found.append(Job(name, schedule, *ours.get(name, (call.make, call.cancel))))
        except UsageError as error:
            if name in times:
                raise
            logger.error("job left out", job=name, reason=error.message)
    return found


class Call:
    """A statement that is sent alone, on a connection of its own."""

    def __init__(self, url: str, statement: str) -> None:
        self._url, self._statement = url, statement
        self._connection: Session | None = None
        self._stop = threading.Event()

    def make(self) -> None:
        """Sends it, and waits for its end; for a lock, a minute at most."""
        with connect(self._url, self._stop) as self._connection, translated_errors():
            self._connection.execute("set lock_timeout = '1min'")
            self._connection.execute(self._statement.encode())
        self._connection = None

    def cancel(self) -> None:
        """Ends it where it is; what it has committed stays. Returns at once."""
        self._stop.set()
        threading.Thread(target=self._cancel, daemon=True).start()

    def _cancel(self) -> None:
        connection = self._connection
        if connection is not None and not connection.closed:
            with suppress(psycopg.Error):  # where nobody answers, the session is given up
                connection.cancel_safe(timeout=SHORTEST_WAIT)


@dataclass(frozen=True)
class Beside:
    """What goes on beside the work, until it is told to end.

    Attributes:
        run: Goes on until it is stopped.
        stop: Has it end; returns at once.
    """

    run: Work
    stop: Work


class Worker:
    """Works until it is stopped. Two of them do no harm to each other.

    Args:
        url: Where the database is.
        plan: How to reconcile; its dates are not looked at.
        jobs: What to do by the clock.
        interval: Seconds between two looks for work at most.
        beside: What else it does meanwhile, such as telling events.
    """

    def __init__(
        self,
        url: str,
        plan: Plan,
        jobs: Sequence[Job] = (),
        interval: float = 0.25,
        beside: Sequence[Beside] = (),
    ) -> None:
        self._plan, self._jobs, self._interval, self._beside = plan, jobs, interval, beside
        self._stop = threading.Event()
        self._run_at = time.monotonic() + QUIET
        self._pulse = Pulse()
        self._pool = Pool(url, plan.workers, plan.patience, on_wait=self._pulse.beat)

    def stop(self) -> None:
        """Lets the batches in flight end, cancels its jobs, and then it ends."""
        self._stop.set()
        self._pool.stop.set()
        for other in self._beside:
            other.stop()
        for job in self._jobs:
            job.cancel()

    def run(self) -> None:
        """Works until it is stopped.

        Raises:
            ReconError: The database refused something that waiting does not mend.
        """
        beside: list[Work] = [partial(self._keep_time, job) for job in self._jobs]
        beside += [other.run for other in self._beside]
        logger.info("worker started", jobs=len(self._jobs))
        tell("READY=1")
        with self._pool, ThreadPoolExecutor(len(beside) or 1) as threads:
            futures = [threads.submit(work) for work in beside]
            for future in futures:
                future.add_done_callback(lambda _: self.stop())
            try:
                self._reconcile()
            finally:
                self.stop()
        for future in futures:
            future.result()
        logger.info("worker stopped")

    def _reconcile(self) -> None:
        wait, failures = SHORTEST, 0
        while not self._rest(wait):
            try:
                done = self._reconcile_once()
                failures = 0
                wait = SHORTEST if done else min(wait * GROWTH, self._interval)
            except ReconError as error:
                if self._stop.is_set():
                    return
                wait = min(FIRST_RETRY * 2**failures, LAST_RETRY)
                failures += 1
                _log_failure("run failed", error, next_try_in_seconds=wait)

    def _rest(self, seconds: float) -> bool:
        """Waits, and returns whether it is to end."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0 and not self._stop.wait(min(left, 1)):
            self._pulse.beat()
        return self._stop.is_set()

    def _reconcile_once(self) -> bool:
        """Reconciles what is pending; returns whether there was a day that could be done.

        After a quiet time there is a run all the same, by which others see that it is alive.
        """
        if time.monotonic() < self._run_at and not self._pool.run(
            lambda connection: value(connection, "has_work")
        ):
            return False
        self._run_at = time.monotonic() + QUIET
        run = reconcile_over(self._pool, self._plan, on_batch=self._pulse.beat)
        return run.planned_days > run.left_days

    def _keep_time(self, job: Job) -> None:
        due = job.next_time()
        while not self._stop.wait(1):
            if due <= datetime.now(UTC):
                due = job.next_time() if _do(job) else datetime.now(UTC) + AGAIN


def _do(job: Job) -> bool:
    """Does a job; returns False where it is to be done again, the connection having been lost."""
    started = time.monotonic()
    try:
        job.work()
    except ReconError as error:
        _log_failure("job failed", error, job=job.name)
        return error.__cause__ is None or not is_lost(error.__cause__)
    logger.info("job done", job=job.name, seconds=round(time.monotonic() - started, 3))
    return True


def _log_failure(event: str, error: ReconError, **more: Any) -> None:
    logger.error(event, reason=error.message, next_step=error.hint, **more)
