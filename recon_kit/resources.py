"""Where the SQL lies: beside the package in a checkout, inside it when installed."""

from __future__ import annotations

import re
from pathlib import Path

_PACKAGE = Path(__file__).parent
_CHECKOUT = _PACKAGE.parent


GRAFANA = _PACKAGE / "grafana.json"
"""The dashboard."""


def checkout() -> Path | None:
    """The root of the checkout this package is imported from, or None when installed."""
    return _CHECKOUT if (_CHECKOUT / "sql" / "install.sql").is_file() else None


def sql_folder() -> Path:
    """The folder of the code: functions, procedures, views, triggers."""
    return _CHECKOUT / "sql" if checkout() else _PACKAGE / "_sql"


def migrations_folder() -> Path:
    """The folder of the state: numbered migrations with their rollbacks."""
    return _CHECKOUT / "migrations" if checkout() else _PACKAGE / "_migrations"


def migration_ids() -> list[str]:
    """The migrations of this code, in their order."""
    names = (path.stem for path in migrations_folder().glob("*.sql"))
    return sorted(name for name in names if not name.endswith(".rollback"))


def earlier_folder() -> Path:
    """The folder of the migrations of before the baseline, which no new database needs."""
    return migrations_folder() / "earlier"


def earlier_ids() -> list[str]:
    """The migrations of before the baseline, in their order."""
    return sorted(path.stem for path in earlier_folder().glob("*.sql"))


def known_ids() -> list[str]:
    """The migrations that a database may have: those of this code, and those of before."""
    return [*migration_ids(), *earlier_ids()]


def code_files(folder: str = "") -> list[Path]:
    """The files that install.sql lists, or those of them in a folder, in its order."""
    root = sql_folder()
    manifest = (root / "install.sql").read_text(encoding="utf-8")
    names = re.findall(rf"^\\ir ({folder}\S+)$", manifest, re.MULTILINE)
    return [root / name for name in names]


def _read_queries() -> dict[str, str]:
    parts: list[str] = []
    for path in (_PACKAGE / "queries").glob("*.sql"):
        text = path.read_text(encoding="utf-8")
        parts += re.split(r"^-- name: (\w+)\n", text, flags=re.MULTILINE)[1:]
    return {name: body.strip() for name, body in zip(parts[::2], parts[1::2], strict=True)}


QUERIES = _read_queries()
"""The statements of queries/ by name."""
