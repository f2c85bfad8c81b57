"""Where browsers find the live page."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from recon_kit.errors import UsageError
from recon_kit.plain import without_credentials

_HOST = re.compile(r"[\w.:-]+")
"""A name or an address as a browser has it: with more in it, a link ends before its end."""


def public_origin(url: str) -> tuple[str, str]:
    """The origin of a URL as browsers write it, and the host in it.

    Raises:
        UsageError: It is no URL, or more than an origin.
    """
    wrong = UsageError(
        f"{without_credentials(url)!r} is not where a browser can find the dashboard",
        "Write it as https://recon.example.org, with no path: RECON_DASHBOARD_URL, --public-url.",
    )
    try:
        parts = urlsplit(url)
        name, port = (parts.hostname or "").lower(), parts.port
    except ValueError as error:
        raise wrong from error
    is_more = parts.path not in ("", "/") or parts.query or parts.fragment or "@" in parts.netloc
    if parts.scheme not in ("http", "https") or not _HOST.fullmatch(name) or is_more:
        raise wrong
    shown = f"[{name}]" if ":" in name else name
    if port not in (None, {"http": 80, "https": 443}[parts.scheme]):
        shown = f"{shown}:{port}"
    return f"{parts.scheme}://{shown}", name
