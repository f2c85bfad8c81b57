"""What is set in the environment; each flag of the command line has its twin here."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from math import inf
from typing import Any

from recon_kit.errors import UsageError

CORES = os.cpu_count() or 1


@dataclass(frozen=True)
class Settings:
    """Settings, from the environment or given by name.

    Attributes:
        database_url: Where PostgreSQL is, as libpq takes it (DATABASE_URL). None for the local
            database that is kept.
        dynamodb_table: Table of difficulties (RECON_DYNAMODB_TABLE).
        dynamodb_region: AWS region (RECON_DYNAMODB_REGION); None as boto3 finds it.
        dynamodb_endpoint: URL of another endpoint than AWS's (RECON_DYNAMODB_ENDPOINT).
        dynamodb_id: Attribute that is the key of an item (RECON_DYNAMODB_ID).
        dynamodb_date: Attribute of the date (RECON_DYNAMODB_DATE).
        dynamodb_difficulty: Attribute of the difficulty (RECON_DYNAMODB_DIFFICULTY).
        dynamodb_segments: Parts of the table that are read at once (RECON_DYNAMODB_SEGMENTS).
        dynamodb_budget: Seconds that a page is tried for while DynamoDB throttles or fails
            (RECON_DYNAMODB_BUDGET).
        date_format: How dates are written there, in the patterns of PostgreSQL's to_char
            (RECON_DATE_FORMAT).
        patience: Seconds a run waits for a database that is gone (RECON_PATIENCE).
        dashboard_token: What lets somebody into the dashboard (RECON_DASHBOARD_TOKEN); None for
            one made up at each start.
    """

    database_url: str | None = field(default=None, repr=False)
    dynamodb_table: str = "difficulties"
    dynamodb_region: str | None = None
    dynamodb_endpoint: str | None = None
    dynamodb_id: str = "ID"
    dynamodb_date: str = "Date"
    dynamodb_difficulty: str = "Difficulty"
    dynamodb_segments: int = field(default=1, metadata={"kind": int, "least": 1, "most": 64})
    dynamodb_budget: float = field(default=120.0, metadata={"kind": float, "least": 0, "most": inf})
    date_format: str = "YYYY-MM-DD"
    patience: float = field(default=120.0, metadata={"kind": float, "least": 0, "most": inf})
    dashboard_token: str | None = field(default=None, repr=False)


VARIABLES = {
    "DATABASE_URL" if each.name == "database_url" else f"RECON_{each.name.upper()}": each
    for each in fields(Settings)
}
"""The settings by their names in the environment."""


def read_setting(name: str, text: str, where: str = "") -> Any:
    """The value of a setting; of a number the bounds are looked at.

    Args:
        name: In the environment.
        text: What is set there.
        where: Where it is from, as an error tells it.

    Raises:
        UsageError: It cannot be read.
    """
    setting = VARIABLES[name]
    if name == "DATABASE_URL" and not text.strip():
        raise UsageError("DATABASE_URL is empty", "Set it, or unset it for the local database.")
    if not setting.metadata:
        return text
    kind, least, most = (setting.metadata[of] for of in ("kind", "least", "most"))
    try:
        number = kind(text)
        if least <= number <= most:
            return number
    except ValueError:
        pass
    number = "a whole number" if kind is int else "a number"
    bounds = f"of {least} or more" if most == inf else f"from {least} to {most}"
    raise UsageError(f"{name}{where} is {text!r}, not {number} {bounds}", "Change it.")


def read_settings(sources: Mapping[str, str], *, url_is_typed: bool = False) -> Settings:
    """The settings of the environment.

    Args:
        sources: Where a variable has its value from, where it is not the environment itself.
        url_is_typed: Whether the command line has another URL than DATABASE_URL.

    Raises:
        UsageError: One of them cannot be read, or DATABASE_URL is there and empty, where the local
            database would be taken for another.
    """
    given = {}
    for name, setting in VARIABLES.items():
        text = os.environ.get(name)
        counts = not url_is_typed if name == "DATABASE_URL" else text != ""
        if text is not None and counts:
            where = f" of {sources[name]}" if name in sources else ""
            given[setting.name] = read_setting(name, text, where)
    return Settings(**given)
