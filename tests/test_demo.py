"""The demo tells the truth, and the same truth each time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from recon_kit import db, demo
from recon_kit.errors import ReconError

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
def test_the_demo_comes_true_and_is_the_same_each_time(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However the difficulty of somebody's own table is written."""
    first = run()
    monkeypatch.setenv("RECON_DATE_FORMAT", "DD/MM/YYYY")
    for name in ("TABLE", "ID", "DATE", "DIFFICULTY"):
        monkeypatch.setenv(f"RECON_DYNAMODB_{name}", f"their_{name}")
    second = run()
    assert first.returncode == 0, first.stderr
    assert "NOT TRUE" not in first.stdout + first.stderr
    assert "summaries equal" in first.stdout
    assert first.stdout == second.stdout
    assert f"the same as a page: {tmp_path}/report.html" in first.stderr
    assert "complete and verified on " in (tmp_path / "report.html").read_text()


@pytest.mark.slow
def test_its_figures_come_as_json_and_its_database_stays_until_it_is_ended(tmp_path: Path) -> None:
    words = [sys.executable, "-m", "recon_kit", "demo", "--out", str(tmp_path), "--json", "--keep"]
    told_json = tmp_path / "told.json"
    with (
        told_json.open("w") as out,
        subprocess.Popen(words, stdout=out, stderr=subprocess.PIPE, text=True) as kept,
    ):
        assert kept.stderr is not None
        told = ""
        for told in kept.stderr:
            if "its page is at" in told:
                break
            if "DATABASE_URL='" in told:
                url = told.split("'")[1]
        (address,) = re.findall(r"http://\S+", told)
        with urllib.request.urlopen(address, timeout=60) as page:
            assert page.status == 200
        with db.connect(url) as connection:
            assert db.value(connection, "count_records") > 0
        kept.terminate()
        assert kept.wait(60) == 0
    figures = json.loads(told_json.read_text())
    with pytest.raises(ReconError):
        db.connect(url)
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
    monkeypatch.setattr(demo, "FARMS", demo.FARMS[:20])
    assert demo.run_demo(out=tmp_path) is False
    assert "NOT TRUE: every broken cell is found" in capsys.readouterr().err
