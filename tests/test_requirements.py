"""What is installed: every package by its hash, for every platform and Python that is promised."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path

import pytest
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.commands import ROOT

pytestmark = pytest.mark.client

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
FILES: dict[str, list[str]] = {
    "requirements.txt": [],
    "demo-requirements.txt": ["demo"],
    "dev-requirements.txt": ["dev"],
}
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
PLATFORMS = (("linux", "x86_64"), ("linux", "aarch64"), ("darwin", "x86_64"), ("darwin", "arm64"))


def pins(file: str) -> dict[str, tuple[Requirement, list[str]]]:
    """The packages of a file by name, each with its hashes."""
    text = (ROOT / file).read_text().replace("\\\n", " ")
    found: dict[str, tuple[Requirement, list[str]]] = {}
    for line in filter(None, (line.split("#")[0].strip() for line in text.splitlines())):
        words, *hashes = line.split(" --hash=")
        pin = Requirement(words)
        assert canonicalize_name(pin.name) not in found, line
        found[canonicalize_name(pin.name)] = pin, [h.strip() for h in hashes]
    return found


def wanted(extras: list[str]) -> Iterator[Requirement]:
    """What pyproject.toml asks for."""
    project = PROJECT["project"]
    for line in [*project["dependencies"], *PROJECT["dependency-groups"]["lock"]]:
        yield Requirement(line)
    for extra in extras:
        for line in project["optional-dependencies"][extra]:
            requirement = Requirement(line)
            if requirement.name == "recon-kit":
                yield from wanted(sorted(requirement.extras))
            else:
                yield requirement


@pytest.mark.parametrize("file", FILES)
def test_every_package_is_pinned_with_its_hashes(file: str) -> None:
    for pin, hashes in pins(file).values():
        assert [s.operator for s in pin.specifier] == ["=="], pin
        assert hashes, pin
        assert all(re.fullmatch("sha256:[0-9a-f]{64}", h) for h in hashes), pin


@pytest.mark.parametrize("file", FILES)
def test_what_the_project_asks_for_is_listed_with_all_that_it_needs(file: str) -> None:
    """On each platform and Python, as far as the packages here tell what they need there."""
    listed = pins(file)
    for requirement in wanted(FILES[file]):
        pin, _ = listed[canonicalize_name(requirement.name)]
        [version] = [s.version for s in pin.specifier]
        assert requirement.specifier.contains(version), requirement
    for python in PYTHONS:
        for system, machine in PLATFORMS:
            environment = {
                **{name: str(text) for name, text in default_environment().items()},
                "python_version": python,
                "python_full_version": f"{python}.1",
                "sys_platform": system,
                "platform_system": system.title(),
                "platform_machine": machine,
            }
            due = [(r, "") for r in wanted(FILES[file])]
            seen = set()
            while due:
                requirement, extra = due.pop()
                if (where := requirement.marker) and not where.evaluate(
                    {**environment, "extra": extra}
                ):
                    continue
                name = canonicalize_name(requirement.name)
                assert name in listed, (requirement, python, system, machine)
                marker = listed[name][0].marker
                assert marker is None or marker.evaluate(environment), (name, python, system)
                for inner in ["", *requirement.extras]:
                    if (name, inner) not in seen:
                        seen.add((name, inner))
                        due += [(Requirement(r), inner) for r in metadata.requires(name) or []]


def test_what_the_project_asks_for_is_imported() -> None:
    """What only another package needs is that package's to ask for."""
    source = "\n".join(path.read_text() for path in (ROOT / "recon_kit").rglob("*.py"))
    imported = set(re.findall(r"^\s*(?:from|import) (\w+)", source, re.M))
    modules = metadata.packages_distributions()
    named = {canonicalize_name(name) for module in imported for name in modules.get(module, [])}
    asked = {canonicalize_name(Requirement(r).name) for r in PROJECT["project"]["dependencies"]}
    assert asked - named == set()


def test_the_lists_agree_with_each_other() -> None:
    run, demo, dev = (pins(file) for file in FILES)
    assert run.items() <= demo.items()
    assert demo.items() <= dev.items()


def test_what_is_installed_here_is_what_is_listed() -> None:
    for name, (pin, _) in pins("dev-requirements.txt").items():
        if pin.marker is None or pin.marker.evaluate():
            assert pin.specifier.contains(metadata.version(name)), name


def test_a_build_uses_what_is_listed_and_nothing_else() -> None:
    listed = pins("requirements.txt")
    for line in PROJECT["build-system"]["requires"]:
        requirement = Requirement(line)
        assert listed[canonicalize_name(requirement.name)][0].specifier == requirement.specifier
    make = (ROOT / "Makefile").read_text()
    installs = [line for line in make.splitlines() if " install --" in line]
    assert len(installs) == 2
    assert "--require-hashes" in installs[0]
    assert "--no-deps --no-build-isolation" in installs[1]


@pytest.mark.parametrize("line", ["fake==1.0", f"fake==1.0 --hash=sha256:{'0' * 64}"])
def test_a_package_that_is_another_than_was_listed_is_refused(line: str, tmp_path: Path) -> None:
    wheel = tmp_path / "fake-1.0-py3-none-any.whl"
    wheel.write_bytes(b"not what was listed")
    (tmp_path / "requirements.txt").write_text(line)
    done = subprocess.run(
        [
            *(sys.executable, "-m", "pip", "install", "--isolated", "--no-index", "--dry-run"),
            *("--find-links", tmp_path, "--require-hashes"),
            *("-r", tmp_path / "requirements.txt"),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert re.search("require-hashes|DO NOT MATCH", done.stderr)
