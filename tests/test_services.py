"""What the pages and the Containerfile have for systemd, containers, Compose and Kubernetes."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml

from recon_kit import __version__
from recon_kit.cli.modules import every
from tests.commands import ROOT
from tests.conftest import missing

pytestmark = pytest.mark.client

PAGE = (ROOT / "recon_kit" / "README.md").read_text()
CONTAINERFILE = ROOT / "recon_kit" / "Containerfile"
EXPECTED_HERE = os.environ.get("RECON_TEST_EXPECT", "").split(",")
COMPOSE, KUBERNETES = re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.M | re.S)


def found(*programs: str) -> str:
    """The first of these programs that is here; no machine must have them, unless it says so."""
    for program in programs:
        if path := shutil.which(program):
            return path
    return lacking(" or ".join(programs))


def lacking(component: str) -> NoReturn:
    """Skips; a failure where RECON_TEST_EXPECT names what CI has."""
    if component in EXPECTED_HERE:
        missing(component)
    pytest.skip(f"{component} is missing")


def understood(words: list[str]) -> None:
    """Whether the command line takes these words."""
    group: Any = every()
    context = group.make_context("recon-kit", words, resilient_parsing=True)
    name, verb, rest = group.resolve_command(context, words)
    verb.make_context(name, rest, parent=context)


# systemd


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit of the page, with a program that is there."""
    (text,) = re.findall(r"^    # /etc/systemd/system/.*\n((?:    .*\n|\n)+)", PAGE, re.M)
    text = re.sub(r"^    ", "", text, flags=re.M)
    (words,) = re.findall(r"^ExecStart=/opt/recon-kit/bin/recon-kit (.*)$", text, re.M)
    understood(words.split())
    path = tmp_path / "recon-kit.service"
    path.write_text(text.replace("/opt/recon-kit/bin/recon-kit", sys.executable))
    return path


def test_systemd_knows_every_directive_of_the_unit_and_what_it_may_do_is_little(
    unit: Path,
) -> None:
    systemd = found("systemd-analyze")
    known = subprocess.run([systemd, "verify", unit], capture_output=True, text=True, check=False)
    assert (known.returncode, [x for x in known.stderr.splitlines() if "recon-kit" in x]) == (0, [])
    exposed = subprocess.run(
        [systemd, "security", "--offline=true", "--no-pager", "--threshold=13", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    assert exposed.returncode == 0, exposed.stdout.splitlines()[-1]
    (level,) = re.findall(r"exposure level for \S+: ([\d.]+)", exposed.stdout)
    assert f"gives it {level})" in PAGE


# Containers


def instructions() -> Iterator[tuple[str, str]]:
    text = re.sub(r"\\\n", "", CONTAINERFILE.read_text())
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, _, rest = line.partition(" ")
            yield name, rest


def test_the_image_is_made_of_what_is_there_runs_as_nobody_and_knows_its_verb() -> None:
    last = dict(instructions())
    assert re.fullmatch(r"[1-9]\d+:[1-9]\d+", last["USER"])
    assert json.loads(last["ENTRYPOINT"]) == ["recon-kit"]
    understood(json.loads(last["CMD"]))
    sent = (ROOT / ".dockerignore").read_text().split()
    for name, rest in instructions():
        if name == "COPY" and "--from" not in rest:
            for source in rest.split()[:-1]:
                assert (ROOT / source).exists(), source
                assert f"!{source}" in sent, f"{source} is not sent to who builds"


def test_the_image_is_built_and_runs_on_a_read_only_file_system() -> None:
    podman = found("podman", "docker")
    base = dict(instructions())["ARG"].removeprefix("BASE=")
    if subprocess.run([podman, "pull", "--quiet", base], check=False, timeout=200).returncode != 0:
        lacking("a registry of images")
    subprocess.run(
        [podman, "build", "--quiet", "--file", CONTAINERFILE, "--tag", "recon-kit-test", ROOT],
        check=True,
        timeout=280,
    )
    try:
        said = subprocess.run(
            [podman, "run", "--rm", "--read-only", "--cap-drop=all", "recon-kit-test", "--version"],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
    finally:
        subprocess.run([podman, "rmi", "--force", "recon-kit-test"], check=True, timeout=60)
    assert said.strip() == __version__


def containers(value: Any) -> Iterator[dict[str, Any]]:
    """The containers in what is deployed, however deep."""
    if isinstance(value, dict):
        yield from value.get("containers", [])
    for each in value.values() if isinstance(value, dict) else value:
        if isinstance(each, dict | list):
            yield from containers(each)


def test_what_compose_starts_is_closed_and_a_command_line() -> None:
    services = yaml.safe_load(COMPOSE)["services"]
    for service in services.values():
        understood(service.get("command", ["worker"]))
        assert service["read_only"]
        assert service["cap_drop"] == ["ALL"]
        assert set(service.get("depends_on", {})) <= set(services)


def test_what_kubernetes_starts_is_closed_and_a_command_line() -> None:
    deployed = list(yaml.safe_load_all(KUBERNETES))
    assert [each["kind"] for each in deployed] == ["Deployment", "CronJob"]
    started = list(containers(deployed))
    assert len(started) == 2
    served = (ROOT / "recon_kit" / "scrapes.py").read_text()
    for each in started:
        understood(each["args"])
        assert each["securityContext"] == {
            "readOnlyRootFilesystem": True,
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
        }
        for probe in ("livenessProbe", "readinessProbe"):
            if probe in each:
                assert f'Route("{each[probe]["httpGet"]["path"]}"' in served
