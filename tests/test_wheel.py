"""The wheel, in an environment that has what it asks for and nothing else, away from the clone."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
import venv
import zipfile
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from recon_kit import __version__
from recon_kit.migrate import migrate
from recon_kit.resources import code_files, migration_ids, migrations_folder, sql_folder
from tests.commands import ROOT, environment
from tests.conftest import missing

pytestmark = pytest.mark.client


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel of this checkout, built from a copy of it."""
    if not importlib.util.find_spec("hatchling"):
        missing("hatchling")
    folder = tmp_path_factory.mktemp("wheel")
    for name in ("recon_kit", "sql", "migrations"):
        ignored = shutil.ignore_patterns("__pycache__")
        shutil.copytree(ROOT / name, folder / "source" / name, ignore=ignored)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, folder / "source")
    pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder, folder / "source")
    (path,) = folder.glob("*.whl")
    return path


def pip(*words: str | Path, python: Path | None = None) -> None:
    where: list[str | Path] = ["--python", python] if python else []
    done = subprocess.run(
        [sys.executable, "-m", "pip", *where, words[0], "--no-index", *words[1:]],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def asked_for(requirement: str, extra: str = "") -> Iterator[str]:
    """The names of what something asks for here, and of what that asks for."""
    for line in metadata.requires(requirement) or []:
        wanted = Requirement(line)
        if wanted.marker is None or wanted.marker.evaluate({"extra": extra}):
            yield wanted.name
            for inner in ["", *wanted.extras]:
                yield from asked_for(wanted.name, inner)


@pytest.fixture(scope="module")
def program(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """recon-kit, installed from the wheel beside what recon-kit[demo] asks for."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    for name in {*asked_for("recon-kit"), *asked_for("recon-kit", "demo")} - {"recon-kit"}:
        found = metadata.distribution(name)
        tops = {path.parts[0] for path in found.files or []} - {"..", "__pycache__"}
        for top in tops:
            if not (packages / top).exists():
                (packages / top).symlink_to(str(found.locate_file(top)))
    pip("install", "--no-deps", wheel, python=folder / "bin" / "python")
    return folder / "bin" / "recon-kit"


def run(program: Path, cwd: Path, *words: str, url: str | None = None) -> str:
    """What it prints, in a folder that is not the clone."""
    environ = {name: text for name, text in environment(url).items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [program, *words], cwd=cwd, env=environ, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_it_has_everything(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    expected = {"recon_kit/_sql/install.sql"}
    expected |= {f"recon_kit/_sql/{path.relative_to(sql_folder())}" for path in code_files()}
    expected |= {
        f"recon_kit/_migrations/{path.relative_to(migrations_folder())}"
        for path in migrations_folder().rglob("*.sql")
    }
    expected |= {
        f"recon_kit/{path.relative_to(ROOT / 'recon_kit')}"
        for suffix in ("py", "sql", "j2", "css", "js")
        for path in (ROOT / "recon_kit").rglob(f"*.{suffix}")
    }
    assert any(name.endswith(".j2") for name in expected)
    assert expected <= names


def test_what_it_deploys_is_what_the_clone_deploys(
    program: Path, tmp_path: Path, bare_url: str
) -> None:
    assert run(program, tmp_path, "--version").strip() == __version__
    assert json.loads(run(program, tmp_path, "migrate", "--json", url=bare_url))["applied"] == (
        migration_ids()
    )
    assert not migrate(bare_url).changed


@pytest.mark.slow
def test_the_demo_runs_from_it(program: Path, tmp_path: Path) -> None:
    assert "summaries equal" in run(program, tmp_path, "demo", "--out", "report")
    assert (tmp_path / "report" / "report.html").is_file()
