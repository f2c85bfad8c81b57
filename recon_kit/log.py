"""Logs: an event a line, key=value, to stderr and to a rotating file; never a secret."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

from recon_kit.errors import UsageError
from recon_kit.plain import visible
from recon_kit.secret_names import is_secret
from recon_kit.url import secrets_of

FILE_BYTES = 10_000_000
FILES_KEPT = 5

_run: dict[str, int] = {}
"""The run that this process drives, for the lines of every thread, libraries' included."""

_worker: ContextVar[dict[str, int]] = ContextVar("worker", default={})  # noqa: B039 - never filled
"""The worker of the run, in the thread that it is."""


@contextmanager
def about(run_id: int) -> Iterator[None]:
    """Has every line say that it is about this run."""
    _run["run_id"] = run_id
    try:
        yield
    finally:
        _run.clear()


@contextmanager
def by(worker: int) -> Iterator[None]:
    """Has the lines of this thread say which worker of the run it is."""
    token = _worker.set({"worker": worker})
    try:
        yield
    finally:
        _worker.reset(token)


class _Logger:
    """Tells events, each with what it is about by name: ``info("batch committed", days=3)``."""

    def __init__(self, name: str) -> None:
        self._logger = logging.getLogger(name)
        self._logger.addHandler(logging.NullHandler())

    def info(self, event: str, **about: Any) -> None:
        self._logger.info(event, extra={"about": about})

    def warning(self, event: str, **about: Any) -> None:
        self._logger.warning(event, extra={"about": about})

    def error(self, event: str, **about: Any) -> None:
        self._logger.error(event, extra={"about": about})


logger = _Logger("recon_kit")
"""Where the kit tells what happens. Its level is that of the standard library's logger."""


def configure(
    write: Callable[[str], None],
    level: int,
    *,
    file: Path | None = None,
    database_url: str | None = None,
) -> None:
    """Sets up where events go; until it is called, none goes anywhere.

    Args:
        write: Where a line is shown.
        level: The least level that is shown.
        file: Where lines from INFO on go too; it is rotated at 10 MB, and five old ones are kept.
        database_url: Its passwords are masked in every line, as are the AWS credentials.

    Raises:
        UsageError: The file cannot be written.
    """
    formatter = _Formatter(_secrets(database_url))
    shown = _Shown(write)
    shown.setLevel(level)
    handlers: list[logging.Handler] = [shown]
    if file is not None:
        handlers.append(_rotating(file))
        handlers[-1].setLevel(min(level, logging.INFO))
    for handler in handlers:
        handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = handlers
    root.setLevel(min(handler.level for handler in handlers))
    for noisy in ("boto3", "botocore"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # It names paths, and the path of a webhook is a secret; what fails in the end is told by us.
    logging.getLogger("urllib3").setLevel(logging.ERROR)


class _Shown(logging.Handler):
    """Hands lines to whoever shows them."""

    def __init__(self, write: Callable[[str], None]) -> None:
        super().__init__()
        self._write = write

    def emit(self, record: logging.LogRecord) -> None:
        try:
            self._write(self.format(record))
        except Exception:  # noqa: BLE001 - what is told must not fail by being told
            self.handleError(record)


class _Formatter(logging.Formatter):
    """An event as ``key=value``, stars in place of secrets, and all of a value visible."""

    def __init__(self, secrets: Iterable[str]) -> None:
        super().__init__()
        self._secrets = sorted(secrets, key=len, reverse=True)

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "timestamp": f"{datetime.fromtimestamp(record.created, UTC):%Y-%m-%dT%H:%M:%S.%fZ}",
            "level": record.levelname.lower(),
            "event": record.getMessage(),
            **_run,
            **getattr(record, "about", {}),
            **_worker.get(),
        }
        if record.exc_info:
            told["exception"] = self.formatException(record.exc_info)
        return " ".join(f"{key}={self._text(value)}" for key, value in told.items())

    def _text(self, value: Any) -> str:
        text = "" if value is None else str(value)
        for secret in self._secrets:
            text = text.replace(secret, "***")
        text = visible(text)
        if not any(character in text for character in ' ="'):
            return text
        escaped = text.replace("\\", "\\\\").replace('"', '\\"')
        return f'"{escaped}"'


def _secrets(database_url: str | None) -> set[str]:
    names = (
        "PGPASSWORD",
        "AWS_SECRET_ACCESS_KEY",
        "AWS_SESSION_TOKEN",
        *(name for name in os.environ if is_secret(name) and name != "DATABASE_URL"),
    )
    found = {os.environ.get(name) for name in names}
    if database_url:
        found.update(secrets_of(database_url).values())
    return {secret for secret in found if secret}


def _rotating(file: Path) -> RotatingFileHandler:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        return RotatingFileHandler(
            file, maxBytes=FILE_BYTES, backupCount=FILES_KEPT, encoding="utf-8"
        )
    except OSError as error:
        raise UsageError(
            f"the log file {file} cannot be written: {error.strerror}",
            "Name another with --log-file (RECON_LOG_FILE).",
        ) from error
