"""A time within which a thing is done, in all, whatever it waits for."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from typing import TypeVar

T = TypeVar("T")

_LOOK = 0.1
"""Seconds between two looks at whether it is still wanted."""


def within(
    seconds: float,
    work: Callable[[], T],
    *,
    is_wanted: Callable[[], bool] | None = None,
    late: Callable[[T], object] = lambda _: None,
) -> T:
    """The result of the work, which is waited for no longer.

    A time limit of a socket counts from its last byte, and the look-up of a name has none at all.
    So the work is done in a thread: what is late is left to itself, and ends with the process.

    Args:
        seconds: How long to wait.
        work: What to do.
        is_wanted: Once it says no, it is not waited for any more either.
        late: What is done with a result that comes when nobody waits for it any more.

    Raises:
        TimeoutError: It was not done in time, or is not wanted any more.
    """
    result: Future[T] = Future()
    ended, lock = threading.Event(), threading.Lock()
    given_up = False

    def do() -> None:
        try:
            done = work()
        except BaseException as error:  # noqa: BLE001 - whoever waits raises it
            result.set_exception(error)
        else:
            with lock:
                if not given_up:
                    result.set_result(done)
            if given_up:
                with suppress(Exception):  # nobody is left who could be told
                    late(done)
        ended.set()

    threading.Thread(target=do, daemon=True).start()
    until = time.monotonic() + seconds
    try:
        while (left := until - time.monotonic()) > 0 and (is_wanted is None or is_wanted()):
            if ended.wait(left if is_wanted is None else min(left, _LOOK)):
                break
    finally:
        with lock:
            given_up = not result.done()
    if given_up:
        raise TimeoutError
    return result.result()
