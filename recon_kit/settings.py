"""What is set in the environment; each flag of the command line has its twin here."""

from __future__ import annotations

import os
from collections.abc import Mapping

from pydantic import Field, SecretStr, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from recon_kit.errors import UsageError

CORES = os.cpu_count() or 1


class Settings(BaseSettings):
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

    model_config = SettingsConfigDict(
        env_prefix="RECON_", populate_by_name=True, extra="ignore", env_ignore_empty=True
    )

    database_url: SecretStr | None = Field(default=None, validation_alias="DATABASE_URL")
    dynamodb_table: str = "difficulties"
    dynamodb_region: str | None = None
    dynamodb_endpoint: str | None = None
    dynamodb_id: str = "ID"
    dynamodb_date: str = "Date"
    dynamodb_difficulty: str = "Difficulty"
    dynamodb_segments: int = Field(default=1, ge=1, le=64)
    dynamodb_budget: float = Field(default=120, ge=0)
    date_format: str = "YYYY-MM-DD"
    patience: float = Field(default=120, ge=0)
    dashboard_token: SecretStr | None = None


def read_settings(sources: Mapping[str, str], *, url_is_typed: bool = False) -> Settings:
    """The settings of the environment.

    Args:
        sources: Where a variable has its value from, where it is not the environment itself.
        url_is_typed: Whether the command line has another URL than DATABASE_URL.

    Raises:
        UsageError: One of them cannot be read, or DATABASE_URL is there and empty, where the local
            database would be taken for another.
    """
    if not url_is_typed and os.environ.get("DATABASE_URL", "x").strip() == "":
        raise UsageError("DATABASE_URL is empty", "Set it, or unset it for the local database.")
    try:
        return Settings()
    except ValidationError as error:
        found = error.errors()[0]
        name = f"RECON_{str(found['loc'][0]).upper()}"
        where = f" of {sources[name]}" if name in sources else ""
        lack = f"{name}{where} is {found['input']!r}: {found['msg']}"
        raise UsageError(lack, "Change it.") from error
