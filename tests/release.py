"""Keeps a database as a release left it: python -m tests.release, once, when it is released.

The dump is what upgrades are tested from. It is made by the oldest PostgreSQL, so that every later
one can read it: PG_BIN=/usr/lib/postgresql/15/bin python -m tests.release

Beside it are the hashes of the migrations that were released: from then on no file of theirs
changes, whatever becomes of migrations.sum. Dumps of before the first release have none.
"""

from __future__ import annotations

import gzip
import hashlib
import re
import shutil
import subprocess
from datetime import date
from pathlib import Path

from recon_kit import __version__
from recon_kit.db import connect, query
from recon_kit.local import find_binaries, throwaway_server
from recon_kit.migrate import migrate
from recon_kit.resources import migrations_folder
from tests.world import DIFFICULTY, difficulty, reconcile

FOLDER = Path(__file__).parent / "releases"
FIRST = date(2025, 3, 1)


def main() -> None:
    """Deploys, lives in and dumps a small database."""
    with throwaway_server() as server:
        migrate(server.url())
        with connect(server.url()) as db:
            db.execute(
                query("generate_records"),
                {"from_date": FIRST, "days": 12, "farms": ["T_CLDCW-1", "E_ABRTW-1"]},
            )
            found = db.execute("select distinct settlement_date as day from curtailment_records")
            *dates, _blocked = sorted(row["day"] for row in found)
            for day in dates:
                difficulty(db, day)
            reconcile(db)
            corrected, late, skipped = dates[:3]
            difficulty(db, corrected, DIFFICULTY + 1)
            reconcile(db)
            db.execute("select recon.skip_day(%s, 'under review')", (skipped,))
            db.execute(
                "update curtailment_records set volume = volume * 2 where settlement_date = %s",
                (late,),
            )
        dumped = subprocess.run(
            [
                *(find_binaries() / "pg_dump", "--no-owner", "-d", server.url()),
                *("--inserts", "--rows-per-insert=100"),
            ],
            capture_output=True,
            text=True,
            check=True,
        )
    FOLDER.mkdir(exist_ok=True)
    text = re.sub(r"^\\(un)?restrict .*\n", "", dumped.stdout, flags=re.MULTILINE)  # psql's own
    (FOLDER / f"{__version__}.sql.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    shutil.copy(migrations_folder() / "migrations.sum", FOLDER / f"{__version__}.sums")


def changed_since(released: Path) -> list[str]:
    """The migrations that are not as these hashes have them, or are there no more."""
    changed = []
    for line in released.read_text().splitlines():
        known, name = line.split()
        path = migrations_folder() / name
        if not path.is_file() or hashlib.sha256(path.read_bytes()).hexdigest() != known:
            changed.append(name)
    return changed


if __name__ == "__main__":
    main()
