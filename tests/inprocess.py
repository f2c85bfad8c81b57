"""The command line in the process of the test: quicker, where the process is not the subject."""

from __future__ import annotations

import subprocess
import sys
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO

import pytest

from recon_kit.cli import main


def recon(*arguments: str, url: str | None) -> subprocess.CompletedProcess[str]:
    """The command line, without the time that a process of its own takes."""
    out, err = StringIO(), StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(out), redirect_stderr(err):
        patch.setattr(sys, "argv", ["recon-kit", *arguments])
        if url is None:
            patch.delenv("DATABASE_URL", raising=False)
        else:
            patch.setenv("DATABASE_URL", url)
        with pytest.raises(SystemExit) as end:
            main()
    code = int(end.value.code or 0)
    return subprocess.CompletedProcess(arguments, code, out.getvalue(), err.getvalue())
