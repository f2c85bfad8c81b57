"""The state of the database as a screen in the terminal. It decides nothing: it reads and calls."""

from __future__ import annotations

from importlib.util import find_spec

from recon_kit.errors import ReconError

NEEDS = "Textual is not installed"


def require_textual() -> None:
    """Returns where the extra is installed.

    Raises:
        ReconError: It is not.
    """
    if find_spec("textual") is None:
        raise ReconError(f"recon-kit ui needs the extra ui: {NEEDS}", "pip install 'recon-kit[ui]'")


def run(url: str) -> None:
    """Shows it until somebody quits.

    Args:
        url: Where the database is.

    Raises:
        ReconError: Textual is not installed, or the URL cannot be read.
    """
    require_textual()
    from recon_kit.ui.app import Ui

    Ui(url).run()
