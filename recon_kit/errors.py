"""The errors a caller is meant to catch, and the exit code of each."""

from __future__ import annotations


class ReconError(Exception):
    """Something a person can act on.

    Args:
        message: What is wrong, naming the value.
        hint: The next step, as a command or a setting to change.
    """

    exit_code = 1

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


class UsageError(ReconError):
    """The arguments or the settings cannot be right."""

    exit_code = 2


class BusyError(ReconError):
    """Somebody else holds what this command needs; nothing was done."""

    exit_code = 4


class InterruptedRunError(ReconError):
    """Ctrl-C during a run: the batches in flight were finished, the run was closed."""

    exit_code = 130
