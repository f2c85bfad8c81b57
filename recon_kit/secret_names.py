"""Which variables hold secrets: those of the kit, and two for each webhook."""

from __future__ import annotations

import re
from collections.abc import Mapping

SECRETS = ("DATABASE_URL", "RECON_DASHBOARD_TOKEN", "RECON_WEBHOOK", "RECON_WEBHOOK_SECRET")
"""What may be kept in a file of its own, which the name with _FILE after it leads to."""

DEFAULT = "default"
"""The webhook whose variable has no name in it."""

_OF_A_WEBHOOK = re.compile(r"RECON_WEBHOOK_(?!(?:SECRET|FILE|DEFAULT)(?:_|$))[A-Z][A-Z0-9]{0,30}")


def is_secret(name: str) -> bool:
    """Whether a variable of this name holds a secret."""
    return name in SECRETS or bool(_OF_A_WEBHOOK.fullmatch(name.removesuffix("_SECRET")))


def variable(webhook: str) -> str:
    """The variable with the URL of a webhook; the key of its signature is in that with _SECRET."""
    return "RECON_WEBHOOK" if webhook == DEFAULT else f"RECON_WEBHOOK_{webhook.upper()}"


def webhooks_in(environment: Mapping[str, str]) -> list[str]:
    """The webhooks whose URLs are there, that called default first; an empty text is none."""
    given = [name for name, text in environment.items() if text]
    named = filter(_OF_A_WEBHOOK.fullmatch, given)
    others = sorted(name.removeprefix("RECON_WEBHOOK_").lower() for name in named)
    return [DEFAULT, *others] if variable(DEFAULT) in given else others
