"""Text of people and of data, in every place where people read it."""

from __future__ import annotations

import csv
import json
import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from recon_kit import log, show
from recon_kit.plain import chat, on_a_page, visible, visible_lines
from recon_kit.report.page import templates
from recon_kit.webhook import Webhook
from tests.commands import recon
from tests.world import MARCH_1, days, reconcile, record

HOSTILE = {
    "clears the screen": "T_\x1b[2JX",
    "sets the title": "T_\x1b]0;owned\x07",
    "a C1 control": "T_\x9b2J",
    "forges a line": "T_A\nrun 9 complete.",
    "returns": "T_A\rrun 9 complete.",
    "turns right to left": "T_\u202eGNP.exe",
    "isolates": "T_\u2066A\u2069",
    "hides": "T_\u200bA\ufeff",
    "separates lines": "T_A\u2028B\u2029C",
    "deletes": "T_A\x7f\x08\x08",
    "an emoji of rich": "T_:100:",
    "markup of rich": "T_[bold red]A[/bold red]",
    "calls everybody": "T_<!channel>&<https://x|y>",
    "a formula": "=cmd|' /C calc'!A0",
    "a formula behind a space": " @SUM(1)",
    "markup of a page": "<script>alert(1)</script>",
}
"""What somebody may write into a farm, a reason or a file name."""

SEEN = ["\x1b", "\x9b", "\x07", "\x08", "\x7f", "\r", "\u202e", "\u2066", "\u200b", "\ufeff"]


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_line_is_one_line_of_visible_characters(text: str) -> None:
    assert visible(text).isprintable()
    assert len(visible_lines(text, "  ").splitlines()) == len(text.split("\n"))
    if text.isprintable():
        assert visible(text) == text


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_sinks_of_this_process(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    show.line(f"farm {text}")
    show.note(f"farm {text}")
    show.table([{"farm_id": text, "cells": 1}], ["farm_id", "cells"])
    show.fields({"farm_id": text}, as_json=False)
    finding = {"severity": "note", "subject": text, "finding": text, "next_step": text}
    show.findings([finding], as_json=False)
    told = {"happened_at": "2025-03-01T00:00:00+00:00", "severity": "note", "kind": "x"}
    show.event({**told, "message": text})
    shown = "".join(capsys.readouterr())
    assert not [c for c in shown if not c.isprintable() and c != "\n"]
    assert not [line for line in shown.splitlines() if line.startswith("run 9")]
    if text.isprintable():
        assert text in shown, "nothing is made of it"


@pytest.fixture
def lines() -> Iterator[list[str]]:
    root = logging.getLogger()
    handlers, level = root.handlers, root.level
    written: list[str] = []
    log.configure(written.append, logging.INFO)
    yield written
    root.handlers = handlers
    root.setLevel(level)


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_the_log(text: str, lines: list[str]) -> None:
    log.logger.warning("day failed", reason=text)
    assert len(lines) == 1
    assert lines[0].isprintable()


def test_the_log_tells_where_a_library_failed(lines: list[str]) -> None:
    """In the one line that each event has."""
    try:
        raise ValueError("a\nb")
    except ValueError:
        logging.getLogger("uvicorn.error").exception("it failed")
    assert len(lines) == 1
    assert 'event="it failed"' in lines[0]
    assert "ValueError: a" in lines[0]
    assert lines[0].isprintable()


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_chat_and_pages(text: str) -> None:
    assert "<" not in chat(text)
    assert visible(chat(text).replace("\n", "")).isprintable()
    page = templates.from_string("{{ text }}").render(text=text)
    assert "<" not in page
    assert not [c for c in SEEN if c in page]
    assert on_a_page(text) == text or not text.isprintable()


def test_the_post_calls_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []

    class Pool:
        def request(self, *_: Any, body: str, **__: Any) -> Any:
            sent.append(json.loads(body))
            answer = {"read": lambda *_, **__: b"", "close": lambda _: None}
            return type("Answer", (), {"status": 200, **answer})()

    monkeypatch.setattr(Webhook, "_http", lambda _: Pool())
    Webhook("https://x.example/hook").send("recon-1", HOSTILE["calls everybody"], [])
    assert sent[0]["text"] == "T_&lt;!channel&gt;&amp;&lt;https://x|y&gt;"


def test_every_verb_shows_hostile_farms_and_reasons(db: Any, url: str, tmp_path: Path) -> None:
    days(db, MARCH_1)
    for text in HOSTILE.values():
        record(db, MARCH_1, 9, text, -1)
        record(db, MARCH_1, 49, text, -1)
    reconcile(db)
    db.execute("select recon.skip_day('2025-03-02', %s)", (HOSTILE["forges a line"],))
    out = tmp_path / "report"
    for verb in (
        ("status",),
        ("gaps",),
        ("analyze",),
        ("inspect",),
        ("source-issues",),
        ("verify",),
        ("runs", "1"),
        ("doctor",),
        ("check", "-v"),
        ("events", "--since", "1 day"),
        ("explain", "2025-03-01", "9", HOSTILE["clears the screen"]),
        ("explain", "2025-03-01", "9", "T_\x1b[2Jnobody"),
        ("report", "--out", str(out)),
    ):
        done = recon(*verb, url=url)
        assert "Traceback" not in done.stderr
        shown = done.stdout + done.stderr
        assert not [c for c in SEEN if c in shown], verb
        assert not [line for line in shown.splitlines() if line.startswith("run 9")], verb
    page = (out / "report.html").read_text(encoding="utf-8")
    assert "<script>alert(1)" not in page
    with (out / "top.csv").open(encoding="utf-8", newline="") as file:
        names = [row["name"] for row in csv.DictReader(file)]
    assert names
    assert not [name for name in names if name.lstrip().startswith(("=", "+", "-", "@"))]
