"""The command line starts at once: a verb loads what it needs, and nothing else."""

from __future__ import annotations

import inspect
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recon_kit.cli.modules import MODULES, VALUED, every
from recon_kit.db import Connection
from tests.commands import ROOT
from tests.world import MARCH_1, days

pytestmark = pytest.mark.client

CODE = """
import sys
from recon_kit.cli import run
code = run(sys.argv[1:])
names = {name.partition(".")[0] for name in sys.modules} - sys.stdlib_module_names
print(code, *sorted(name for name in names if name[0] != "_"), file=sys.stderr)
"""

ALWAYS = {"annotated_doc", "recon_kit", "shellingham", "typer"}
DATABASE = {"cython_runtime", "psycopg", "psycopg_binary", "typing_extensions"}
RUN = {"psycopg_pool", "pybreaker", "tenacity"}

NEEDED = {
    "--version": ALWAYS,
    "--help": ALWAYS | DATABASE | RUN | {"platformdirs"},
    "status": ALWAYS | DATABASE,
    "check": ALWAYS | DATABASE,
    "gaps --json": ALWAYS | DATABASE,
    "date 2025-03-01": ALWAYS | DATABASE | RUN,
}
"""What is not of Python's own library and may be loaded: no page, plot, table, AWS or profile."""


@pytest.mark.parametrize("words", NEEDED)
def test_a_verb_loads_what_it_needs(words: str, db: Connection, url: str) -> None:
    days(db, MARCH_1)
    done = subprocess.run(
        [sys.executable, "-c", CODE, *words.split()],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    code, *loaded = done.stderr.splitlines()[-1].split()
    assert code in ("0", "2", "3"), done.stderr
    assert set(loaded) - NEEDED[words] == set()


@pytest.mark.parametrize("words", ["--help", "reconcile-all --help"])
def test_a_profile_may_be_called_as_a_verb_is(words: str, tmp_path: Path) -> None:
    (tmp_path / "recon-kit").mkdir()
    (tmp_path / "recon-kit/profiles.toml").write_text("[demo]\n")
    done = subprocess.run(
        [sys.executable, "-m", "recon_kit", "--profile", "demo", *words.split()],
        env={"PATH": os.environ["PATH"], "XDG_CONFIG_HOME": str(tmp_path)},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "reconcile" in done.stdout


def test_what_may_follow_a_flag_before_the_verb_is_known() -> None:
    """A value is not looked for among the verbs."""
    options = [each for each in every().params if not each.is_flag]
    assert {name for each in options for name in each.opts} == set(VALUED)


def _commands(group: Any) -> Iterator[tuple[str, Any]]:
    for name, command in group.commands.items():
        inner = command.commands.values() if hasattr(command, "commands") else [command]
        for each in inner:
            yield name, each


def test_each_verb_is_looked_for_where_it_is() -> None:
    found: dict[str, set[str]] = {}
    for name, command in _commands(every()):
        module = inspect.unwrap(command.callback).__module__.rpartition(".")[2]
        found.setdefault(module, set()).add(name)
    assert found == MODULES
