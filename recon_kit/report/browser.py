"""A browser found on this machine, for what only a browser can: paper, and a picture."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from recon_kit.errors import ReconError

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "microsoft-edge",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
)
"""Browsers that take Chromium's flags."""

SECONDS = 60
"""How long a browser may take."""


def find_browser() -> str | None:
    """The first of NAMES that there is."""
    return next(filter(None, map(shutil.which, NAMES)), None)


def print_pdf(page: Path, pdf: Path) -> None:
    """Prints a page into a file.

    Raises:
        ReconError: There is no browser, or it did not do it.
    """
    _run(page, pdf, "--no-pdf-header-footer", f"--print-to-pdf={pdf.resolve()}")


def take_picture(page: Path, png: Path, width: int, height: int) -> None:
    """Takes a picture of the top of a page, that many pixels large.

    Raises:
        ReconError: There is no browser, or it did not do it.
    """
    size = f"--window-size={width},{height}"
    _run(page, png, size, "--hide-scrollbars", f"--screenshot={png.resolve()}")


def _run(page: Path, result: Path, *flags: str) -> None:
    browser = find_browser()
    if browser is None:
        raise ReconError("there is no browser on this machine", "Debian: apt-get install chromium")
    # The page runs no script and loads nothing; as root, Chromium has no sandbox to offer.
    sandbox = ["--no-sandbox"] if os.geteuid() == 0 else []
    with tempfile.TemporaryDirectory(prefix="recon-kit-browser-") as profile:
        command = [
            browser,
            "--headless",
            "--disable-gpu",
            "--no-first-run",
            f"--user-data-dir={profile}",
            *sandbox,
            *flags,
            page.resolve().as_uri(),
        ]
        result.unlink(missing_ok=True)
        try:
            done = subprocess.run(
                command, capture_output=True, text=True, check=False, timeout=SECONDS
            )
        except subprocess.TimeoutExpired as error:
            raise ReconError(f"{browser} did not end within {SECONDS} s") from error
    if not result.is_file():
        last = (done.stderr.strip().splitlines() or [f"exit code {done.returncode}"])[-1]
        raise ReconError(f"{browser} did not write {result}: {last}")
