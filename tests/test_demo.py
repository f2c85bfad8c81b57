"""The demo tells the truth, and the same truth each time."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recon_kit import db, demo

pytestmark = pytest.mark.client

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """Runs the demo; its report goes into tmp_path."""
    return lambda *arguments: subprocess.run(
        [sys.executable, "-m", "recon_kit", "demo", "--out", str(tmp_path), *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )


@pytest.mark.slow
def test_the_demo_comes_true_and_is_the_same_each_time(run: Run, tmp_path: Path) -> None:
    first, second = run(), run()
    assert first.returncode == 0, first.stderr
    assert "NOT TRUE" not in first.stdout + first.stderr
    assert "summaries equal" in first.stdout
    assert first.stdout == second.stdout
    assert f"the same as a page: {tmp_path}/report.html" in first.stderr
    assert "complete and verified on " in (tmp_path / "report.html").read_text()


@pytest.mark.slow
def test_its_figures_come_as_json(run: Run) -> None:
    figures = json.loads(run("--json").stdout)
    assert figures["failures"] == []
    assert figures["summaries_off"] == 0
    assert figures["status"]["blocked"] == 0


@pytest.mark.slow
def test_it_exits_1_where_what_it_found_is_not_what_it_broke(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    honest = db.rows

    def one_more_broken(connection: Any, name: str, **parameters: Any) -> Any:
        if name == "compare_damage":
            connection.execute(
                "insert into damage values ('2024-03-20', 1, 'T_NEVER-1', 'S9', 'missing')"
            )
        return honest(connection, name, **parameters)

    monkeypatch.setattr(demo, "rows", one_more_broken)
    assert demo.run_demo(out=tmp_path) is False
    assert "NOT TRUE: every broken cell is found" in capsys.readouterr().err
