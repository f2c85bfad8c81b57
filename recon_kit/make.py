"""What make runs: recon-kit, with the words of the variable ARGS after those of the target."""

from __future__ import annotations

import os
import shlex
import sys

from recon_kit import show
from recon_kit.cli import main
from recon_kit.errors import UsageError


def with_args(words: list[str], args: str) -> list[str]:
    """The words of a command line and those of ARGS, in which only quotes have a meaning.

    Raises:
        UsageError: A quote in it is not closed.
    """
    try:
        return [*words, *shlex.split(args)]
    except ValueError as error:
        raise UsageError(f"ARGS cannot be read: {error}", "Close its quotes: ARGS=...") from error


if __name__ == "__main__":
    try:
        sys.argv = ["recon-kit", *with_args(sys.argv[1:], os.environ.pop("ARGS", ""))]
    except UsageError as error:
        show.error(error)
        sys.exit(error.exit_code)
    main()
