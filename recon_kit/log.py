"""Logs: an event a line, key=value, to stderr and to a rotating file; never a secret."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import Any

import structlog
from structlog.typing import EventDict, Processor

from recon_kit.errors import UsageError
from recon_kit.plain import visible
from recon_kit.secret_names import is_secret
from recon_kit.url import secrets_of

FILE_BYTES = 10_000_000
FILES_KEPT = 5

_run: dict[str, int] = {}
"""The run that this process drives, for the lines of every thread, libraries' included."""


def _with_run(_logger: Any, _method: str, event: EventDict) -> EventDict:
    return {**_run, **event}


@contextmanager
def about(run_id: int) -> Iterator[None]:
    """Has every line say that it is about this run."""
    _run["run_id"] = run_id
    try:
        yield
    finally:
        _run.clear()


_EVENT: list[Processor] = [
    _with_run,
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]

logging.getLogger("recon_kit").addHandler(logging.NullHandler())
logger: structlog.stdlib.BoundLogger = structlog.wrap_logger(
    logging.getLogger("recon_kit"),
    processors=[*_EVENT, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    wrapper_class=structlog.stdlib.BoundLogger,
)
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
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=[*_EVENT, structlog.stdlib.PositionalArgumentsFormatter()],
        processors=[
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            _Masked(_secrets(database_url)),
            structlog.processors.LogfmtRenderer(
                key_order=["timestamp", "level", "event", "run_id"], drop_missing=True
            ),
        ],
    )
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


class _Masked:
    """Puts stars in place of secrets, wherever they stand, and makes all of a value visible."""

    def __init__(self, secrets: Iterable[str]) -> None:
        self._secrets = sorted(secrets, key=len, reverse=True)

    def __call__(self, _logger: Any, _method: str, event: EventDict) -> EventDict:
        return {key: self._mask(value) for key, value in event.items()}

    def _mask(self, value: Any) -> Any:
        if isinstance(value, str):
            for secret in self._secrets:
                value = value.replace(secret, "***")
        return visible(value) if isinstance(value, str) else value


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
