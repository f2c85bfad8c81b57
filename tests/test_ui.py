"""The screen in the terminal, at 80 x 24: each screen, each key, what is refused, a server gone."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from textual.pilot import Pilot
from textual.widgets import Input

from recon_kit import ui
from recon_kit.db import Connection, connect
from recon_kit.errors import ReconError
from recon_kit.local import Server
from recon_kit.migrate import migrate
from recon_kit.plain import visible
from recon_kit.ui.app import GONE, Ui
from recon_kit.ui.ask import Ask
from tests.commands import recon
from tests.screens import HOSTILE
from tests.world import MARCH_1, days, reconcile, record, value

pytestmark = pytest.mark.client

Walk = Callable[[Pilot[None]], Awaitable[None]]
PENDING, BLOCKED, FAILED, SKIPPED, OTHER = (date(2025, 3, day) for day in (12, 20, 11, 9, 2))


@pytest.fixture(scope="module")
def db(module_url: str) -> Iterator[Connection]:
    """Days in every state, and names that nobody should use."""
    with connect(module_url) as db:
        days(db, *(MARCH_1 + timedelta(days=n) for n in range(14)), farms=2, periods=3)
        record(db, BLOCKED)
        for n, name in enumerate(HOSTILE):
            db.execute(
                "insert into curtailment_records"
                " (settlement_date, settlement_period, farm_id, lead_party_name, volume, payment)"
                " values ('2025-03-05', 7, %s, %s, %s, 70)",
                (name, name, -50 - n),
            )
        reconcile(db)
        db.execute("select from recon.verify('2025-03-01', '2025-03-04')")
        db.execute("select from recon.inspect_source()")
        db.execute("select recon.skip_day(%s, 'a [red]person[/red] said so')", (SKIPPED,))
        db.execute(
            "update recon.days set outcome = 'failed', reason = 'deadlock detected', attempts = 5,"
            " sqlstate = '40P01', next_attempt_at = 'infinity' where settlement_date = %s",
            (FAILED,),
        )
        db.execute(
            "update historical_bitcoin_calculations set bitcoin_mined = bitcoin_mined * 2"
            " where settlement_date = %s and settlement_period = 2",
            (PENDING,),
        )
        yield db


def walk(url: str, steps: Walk) -> None:
    """Takes the steps in a terminal of 80 x 24."""

    async def run() -> None:
        async with Ui(url).run_test(size=(80, 24)) as pilot:
            await steps(pilot)

    asyncio.run(run())


def shown(pilot: Pilot[None]) -> str:
    """The text on the screen, a line a line."""
    strips = pilot.app.screen._compositor.render_strips()
    return "\n".join(strip.text.rstrip() for strip in strips)


async def until(pilot: Pilot[None], *words: str, but: str = "") -> None:
    """Returns once the screen has these words in this order, and none of the others."""
    expected = ".*".join(map(re.escape, words))
    until = time.monotonic() + 20
    while True:
        await pilot.pause()
        now = shown(pilot)
        if re.search(expected, now, re.DOTALL) and (not but or but not in now):
            return
        assert time.monotonic() < until, f"{words} never came, or {but!r} stayed:\n{now}"


async def find(pilot: Pilot[None], text: str, key: str = "slash") -> None:
    """Types into the line that a key opens."""
    await pilot.press(key)
    pilot.app.screen.query_one(Input).value = text
    await pilot.press("enter")


async def open_day(pilot: Pilot[None], day: date) -> None:
    """Opens a day by its date."""
    await find(pilot, str(day))
    await until(pilot, f"{day} is ", "1 Half hours")


def test_each_screen_is_reached_by_its_key(db: Connection, module_url: str) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, "15 days", "1 Days", "2025-03", "v verified 4", "q Quit")
        for letter in ["v", "r", "P", "B", "F", "S"]:
            assert re.search(rf"2025-03 .* {letter}( |\n)", shown(pilot)), letter
        await until(pilot, f"{BLOCKED} blocked", "no difficulty")
        await pilot.press("2")
        await until(pilot, "outcome", "incomplete")
        await pilot.press("3")
        await until(pilot, "kind", "wrong", "blocked")
        await pilot.press("4")
        await until(pilot, "severity", "silent_periods", "next: ")
        await pilot.press("5")
        await until(pilot, "message", "Run 1 has 15 days to do")
        await pilot.press("1")
        await open_day(pilot, PENDING)
        await until(pilot, f"{PENDING} is pending", f"next: recon-kit date {PENDING}", "gaps")
        for key, word in (
            ("2", "silent_periods"),
            ("3", "T_FARM-0"),
            ("4", "fixed"),
            ("5", "never changed by a run"),
            ("6", "pending_since"),
        ):
            await pilot.press(key)
            await until(pilot, word)
        await pilot.press("1", "down", "enter")
        await until(pilot, f"{PENDING}, period 2", "T_FARM-0", "wrong")
        await pilot.press("enter")
        await until(pilot, f"{PENDING}, period 2, T_FARM-0", "verdict", "wrong", "expected_btc")
        await pilot.press("2")
        await until(pilot, "volume", "-1.25")
        await pilot.press("escape", "escape", "escape", "2", "enter")
        await until(pilot, "run 1 incomplete", "result", "fixed")
        await pilot.press("2")
        await until(pilot, "run_started", "Run 1 has 15 days to do")
        await pilot.press("escape", "escape", "escape")
        await until(pilot, "5 Events")

    walk(module_url, steps)


def test_a_list_is_narrowed_and_what_cannot_be_opened_is_said(
    db: Connection, module_url: str
) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, " F ")
        await find(pilot, "failed")
        await until(pilot, f"{FAILED} failed", "deadlock detected")
        assert not re.search("2025-03 .* [vrPBS]", shown(pilot))
        await pilot.press("enter")
        await until(pilot, f"{FAILED} is failed: deadlock detected", "next: ")
        await pilot.press("escape", "5")
        await find(pilot, "run_started")
        await until(pilot, "Run 1 has", but="run_finished")
        await find(pilot, "?")
        await until(pilot, "nothing has '?' in it")
        await pilot.press("escape")
        await until(pilot, "run_finished")
        await find(pilot, "nowhere")
        await until(pilot, "nothing has 'nowhere' in it")
        await pilot.press("4")
        await until(pilot, "nothing has 'nowhere' in it", but="run_started")
        await pilot.press("escape", "5")
        await until(pilot, "run_finished")
        await find(pilot, "2024-01-01")
        await until(pilot, "error: 2024-01-01", "first record")
        await pilot.press("a")
        await until(pilot, "Choose an issue of the source first.")

    walk(module_url, steps)


def test_names_are_text(db: Connection, module_url: str) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await open_day(pilot, SKIPPED)
        await until(pilot, "a [red]person[/red] said so")
        await pilot.press("escape")
        await open_day(pilot, date(2025, 3, 5))
        await pilot.press("3")
        for name in HOSTILE[:3]:
            await find(pilot, name)
            await until(pilot, "name", "MWh", visible(name)[:20])
            await pilot.press("escape")
        await pilot.press("1")
        await until(pilot, "period", "cells")
        await pilot.press(*["down"] * 6, "enter")
        await until(pilot, "period 7", "model")
        for _ in HOSTILE[:3]:
            await pilot.press("enter")
            await until(pilot, "miner_model", "difficulty_source")
            await pilot.press("escape", *["down"] * 3)

    walk(module_url, steps)


def state(db: Connection, day: date) -> Any:
    return value(db, "select state from recon.day_status where settlement_date = %s", day)


def test_an_act_shows_its_sql_and_asks_first(db: Connection, module_url: str) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await open_day(pilot, OTHER)
        await pilot.press("t")
        await until(pilot, f"select recon.retry_day(settlement_date => '{OTHER}')")
        await pilot.press("n")
        await until(pilot, "Nothing was called.")
        await pilot.press("t", "y")
        await until(pilot, f"error: day {OTHER} is neither failed nor skipped")
        await pilot.press("s")
        await until(pilot, "recon.skip_day(", "The reason")
        await pilot.press("enter")
        await until(pilot, "error:", "reason")
        assert state(db, OTHER) == "reconciled"
        await pilot.press("s")
        pilot.app.screen.query_one(Input).value = "it's [b]me"
        await until(pilot, "'it''s [b]me')")
        await pilot.press("enter")
        await until(pilot, f"{OTHER} is skipped: it's [b]me", "until somebody has it tried again")
        assert state(db, OTHER) == "skipped"
        await pilot.press("t", "enter")
        await until(pilot, f"{OTHER} is pending", "the next run sees to it")
        await pilot.press("r")
        await until(pilot, f"call recon.reconcile_date(settlement_date => '{OTHER}')")
        await pilot.press("y")
        await until(pilot, "is complete", but="At work")
        await until(pilot, f"{OTHER} is verified")
        await pilot.press("2")
        await until(pilot, "open", "silent_periods")
        await find(pilot, "known", "a")
        await until(pilot, "acknowledged", f"silent periods of {OTHER} is acknowledged.")

    walk(module_url, steps)


def test_what_is_in_hand_ends_before_the_screen_closes(db: Connection, module_url: str) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await open_day(pilot, PENDING)
        with connect(module_url) as other, other.transaction():
            other.execute("lock table bitcoin_daily_summaries in access exclusive mode")
            await pilot.press("r", "y")
            pid = "select max(pid) from pg_stat_activity where wait_event_type = 'Lock'"
            for _ in range(600):
                await pilot.pause(0.02)
                if value(db, pid) is not None:
                    break
            assert value(db, pid) is not None
            await pilot.press("t", "q")
            await until(pilot, "What is in hand ends first")
            assert not isinstance(pilot.app.screen, Ask)
            assert pilot.app.is_running
        for _ in range(600):
            if not pilot.app.is_running or pilot.app._exit:
                break
            await pilot.pause(0.02)
        assert pilot.app._exit

    walk(module_url, steps)
    assert state(db, PENDING) == "reconciled"


def test_a_run_in_progress_has_a_bar(db: Connection, module_url: str) -> None:
    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, "15 days", but="run 9")
        run = value(db, "select recon.start_run(null, null, 'recent', true)")
        await until(pilot, f"run {run} [----", "] 0 of ")
        db.execute("select from recon.reconcile_batch(%s, 5)", (run,))
        await until(pilot, f"run {run} [####", "] 5 of ")
        db.execute("call recon.resume_run(run_id => %s)", (run,))
        await until(pilot, "15 days", but=f"run {run} [")

    walk(module_url, steps)


def test_a_server_that_is_gone_is_said_and_waited_for(durable_server: Server) -> None:
    url = durable_server.url()
    migrate(url)
    with connect(url) as db:
        days(db, MARCH_1)

    async def steps(pilot: Pilot[None]) -> None:
        await until(pilot, "1 day pending")
        durable_server.stop()
        await until(pilot, GONE)
        await pilot.press("2")
        await until(pilot, "2 Runs", GONE)
        durable_server.start()
        await until(pilot, "no run yet", but=GONE)
        with connect(url) as db:
            reconcile(db)
        await until(pilot, "36 calculations", "complete")
        await pilot.press("q")

    walk(url, steps)


def test_it_says_what_it_needs(monkeypatch: pytest.MonkeyPatch, module_url: str) -> None:
    refused = recon("ui", DATABASE_URL=module_url)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "recon-kit ui needs a terminal" in refused.stderr
    monkeypatch.setattr(ui, "find_spec", lambda _: None)
    with pytest.raises(ReconError, match="needs the extra ui") as raised:
        ui.run(module_url)
    assert raised.value.hint == "pip install 'recon-kit[ui]'"
