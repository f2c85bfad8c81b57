"""The dashboard, driven in a real browser, and what it refuses."""

from __future__ import annotations

import csv
import html
import re
import signal
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import psycopg
import pytest

from recon_kit.dashboard.guard import Door
from recon_kit.dashboard.pages import Pages
from recon_kit.db import Connection, connect, query, rows
from recon_kit.errors import UsageError
from recon_kit.local import Server, throwaway_server
from recon_kit.migrate import migrate
from tests.commands import recon
from tests.conftest import missing
from tests.screens import HOSTILE, TOKEN, Serving, cells, looks, numbers, serving
from tests.screens import browser as browser
from tests.screens import told as told
from tests.screens import told_for_all as told_for_all
from tests.screens import url as url
from tests.world import MARCH_1, MARCH_2, days, reconcile, record, value, wait_for

pytestmark = pytest.mark.client

try:
    from axe_playwright_python.sync_playwright import Axe
    from playwright.sync_api import Browser, Page, expect
except ImportError:
    missing("playwright")

MARCH = "from=2025-03-01&to=2025-03-31"
LATEST = 8000
"""Milliseconds within which an update is seen."""


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    return port


@pytest.fixture
def dashboard(url: str) -> Iterator[Serving]:
    """A dashboard that only shows."""
    with serving(url) as started:
        yield started


@pytest.fixture
def acting(url: str) -> Iterator[Serving]:
    """A dashboard with buttons that act."""
    with serving(url, "--allow-actions") as started:
        yield started


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser) -> Iterator[Open]:
    """Opens a page; fails where it asks for anything from elsewhere, or has a complaint."""
    complaints: list[str] = []
    contexts = []

    def open_page(at: str, width: int = 1440, height: int = 900, **more: Any) -> Page:
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **more))
        page = contexts[-1].new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        origin = "/".join(at.split("/")[:3])
        page.on(
            "request",
            lambda asked: (
                None
                if asked.url.startswith((f"{origin}/", "data:,"))
                else complaints.append(asked.url)
            ),
        )
        page.goto(at)
        return page

    yield open_page
    for context in contexts:
        context.close()
    unexpected = [text for text in complaints if "Failed to load resource" not in text]
    assert unexpected == []


def mark(page: Page) -> None:
    """Leaves something that a reload would remove."""
    page.evaluate("window.marked = true")


def is_marked(page: Page) -> bool:
    return bool(page.evaluate("window.marked === true"))


def is_live(page: Page) -> None:
    """Returns once the page is told what happens."""
    expect(page.locator("#link")).to_have_text("live", timeout=10_000)


def cell_of(farm: str, day: str = "2025-03-05", period: int = 7) -> str:
    return f"/days/{day}/cell?{urlencode({'period': period, 'farm': farm})}"


# ------------------------------------------------------------------------------------------ live


def test_an_update_arrives_soon_without_a_reload(
    db: Connection, dashboard: Serving, opened: Open
) -> None:
    days(db, MARCH_1)
    pages = [opened(f"{dashboard.origin}/"), opened(f"{dashboard.origin}/"), None]
    pages[2] = opened(f"{dashboard.origin}/days/2025-03-01")
    for page in pages:
        assert page is not None
        is_live(page)
        mark(page)
    home, other, day = (page for page in pages if page is not None)
    expect(home.locator(".verdict")).to_contain_text("1 day pending")
    expect(day.locator(".verdict")).to_have_text("Pending.")
    time.sleep(1)
    reconcile(db)
    expect(home.locator(".verdict")).to_contain_text("36 calculations", timeout=LATEST)
    expect(other.locator(".verdict")).to_contain_text("36 calculations", timeout=LATEST)
    expect(day.locator(".verdict")).to_have_text("Reconciled.", timeout=LATEST)
    expect(home.locator(".events .message").first).to_contain_text("Run 1 is complete")
    expect(home.locator("#news")).to_contain_text("Run 1 is complete")
    expect(home.locator("#calendar td.day.reconciled")).to_have_count(1)
    record(db, MARCH_2)
    expect(home.locator(".verdict")).to_contain_text("1 day pending", timeout=LATEST)
    db.execute("select recon.skip_day('2025-03-01', 'somebody said so')")
    expect(day.locator(".verdict")).to_contain_text("somebody said so", timeout=LATEST)
    assert all(page is not None and is_marked(page) for page in pages)


def test_decisions_and_inspections_are_seen_too(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    stamp = query("state_stamp")
    seen = [value(db, stamp)]
    for statement in (
        "select from recon.inspect_source()",
        "insert into recon.difficulty_decisions (settlement_date, difficulty, verdict)"
        " values ('2025-03-01', 7, 'accepted')",
        "update recon.difficulty_decisions set verdict = 'rejected', reason = 'no'",
        "delete from recon.difficulty_decisions",
    ):
        assert value(db, stamp) == seen[-1]
        db.execute(statement)
        seen.append(value(db, stamp))
    assert all(before != after for before, after in pairwise(seen))


def test_an_empty_database_fills_without_a_reload(
    db: Connection, dashboard: Serving, opened: Open
) -> None:
    page = opened(f"{dashboard.origin}/")
    is_live(page)
    mark(page)
    expect(page.locator("main")).to_contain_text("recon-kit load FILE")
    days(db, MARCH_1)
    expect(page.locator("#calendar td.day")).to_have_count(1, timeout=LATEST)
    assert is_marked(page)


def test_a_run_in_progress_has_a_bar_that_grows(
    db: Connection, dashboard: Serving, opened: Open
) -> None:
    days(db, MARCH_1, MARCH_2)
    page = opened(f"{dashboard.origin}/days/2025-03-01")
    is_live(page)
    expect(page.locator("#run")).to_be_hidden()
    run = value(db, "select recon.start_run(null, null, 'recent', false)")
    bar = page.locator("progress")
    expect(bar).to_have_attribute("max", "2", timeout=LATEST)
    expect(bar).to_have_attribute("value", "0")
    db.execute("select from recon.reconcile_batch(%s, 1)", (run,))
    expect(bar).to_have_attribute("value", "1", timeout=LATEST)
    db.execute("select from recon.reconcile_batch(%s, 1)", (run,))
    db.execute("select recon.finish_run(%s)", (run,))
    expect(page.locator("#run")).to_be_hidden(timeout=LATEST)


def test_what_the_reader_opened_typed_and_focused_stays(
    told: Connection, acting: Serving, opened: Open
) -> None:
    page = opened(f"{acting.origin}/?{urlencode({'token': TOKEN})}")
    page.wait_for_url(f"{acting.origin}/")
    is_live(page)
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    record(told, date(2025, 3, 2), 3, "T_LATE-1")
    expect(page.locator("#calendar td.day.pending")).to_have_count(2, timeout=LATEST)
    assert page.locator("details[open]").count() == 1
    assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
    page.goto(f"{acting.origin}/days/2025-03-03")
    is_live(page)
    page.locator("#reason").fill("not yet")
    told.execute("select recon.skip_day('2025-03-03', 'first')")
    expect(page.locator("#overview .verdict")).to_contain_text("first", timeout=LATEST)
    told.execute("select recon.retry_day('2025-03-03')")
    expect(page.locator("#overview .verdict")).to_have_text("Pending.", timeout=LATEST)


def test_one_look_is_for_all_viewers_and_there_is_none_while_nobody_watches(
    db: Connection, dashboard: Serving, opened: Open
) -> None:
    days(db, MARCH_1)
    watching = "select count(*) from pg_stat_activity where application_name = 'recon-kit watch'"
    assert value(db, watching) == 0
    pages = [opened(f"{dashboard.origin}/") for _ in range(3)]
    for page in pages:
        is_live(page)
    assert value(db, watching) == 1
    for page in pages:
        page.close()
    wait_for(lambda: value(db, watching) == 0)


def test_a_database_that_restarts_is_waited_for(durable_server: Server, opened: Open) -> None:
    url = durable_server.url()
    migrate(url)
    with connect(url) as db:
        days(db, MARCH_1)
    with serving(url) as dashboard:
        page = opened(f"{dashboard.origin}/")
        is_live(page)
        mark(page)
        durable_server.stop()
        expect(page.locator("#link")).to_contain_text("cannot be reached", timeout=10_000)
        assert dashboard.ask("/health").status == 503
        assert dashboard.ask("/readyz").status == 503
        assert dashboard.ask("/healthz").status == 200, "it lives, and waits"
        away = dashboard.ask("/days/2025-03-01")
        assert away.status == 503
        assert b"The database cannot be reached" in away.data
        durable_server.start()
        is_live(page)
        with connect(url) as db:
            reconcile(db)
        expect(page.locator(".verdict")).to_contain_text("36 calculations", timeout=5 * LATEST)
        assert is_marked(page)
        assert dashboard.ask("/health").status == 200


def test_it_ends_at_sigterm_with_streams_open(
    db: Connection, dashboard: Serving, opened: Open
) -> None:
    days(db, MARCH_1)
    page = opened(f"{dashboard.origin}/")
    is_live(page)
    before = time.monotonic()
    dashboard.process.send_signal(signal.SIGTERM)
    said, _ = dashboard.process.communicate(timeout=20)
    assert time.monotonic() - before < 3
    assert (dashboard.process.returncode, said) == (0, "")
    expect(page.locator("#link")).to_contain_text("Disconnected", timeout=5000)


def test_a_viewer_that_does_not_read_keeps_nobody_waiting(
    db: Connection, dashboard: Serving, opened: Open
) -> None:
    days(db, MARCH_1)
    port = int(dashboard.origin.rsplit(":", 1)[1])
    with socket.create_connection(("127.0.0.1", port)) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        slow.sendall(f"GET /updates HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n".encode())
        page = opened(f"{dashboard.origin}/")
        is_live(page)
        reconcile(db)
        expect(page.locator(".verdict")).to_contain_text("36 calculations", timeout=LATEST)


def test_a_section_that_takes_long_follows_later(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    pages = Pages(url)
    seen: dict[str, Any] = {"with_actions": False, "form_token": None, "told": None}
    assert "data-later" not in pages.home(**seen)
    record(db, MARCH_1, 7, "T_NEW-1", -500)
    wait_for(lambda: "T_NEW-1" in pages.home(**seen))
    assert "data-later" not in pages.home(**seen)
    pages.close()


# ----------------------------------------------------------------------------------------- pages


def test_nothing_overflows(told: Connection, acting: Serving, opened: Open, tmp_path: Path) -> None:
    told.execute("select recon.start_run(null, null, 'recent', true)")
    page = opened(f"{acting.origin}/?{urlencode({'token': TOKEN})}")
    page.wait_for_url(f"{acting.origin}/")
    for name, path in (
        ("home", "/"),
        ("month", f"/?{MARCH}"),
        ("farms", "/farms"),
        ("farm", f"/farms?{urlencode({'farm': HOSTILE[6]})}&{MARCH}"),
        ("party", "/parties?lead_party=(none+named)"),
        ("day", "/days/2025-03-05?period=7"),
        ("run", "/runs/1"),
        ("cell", cell_of(HOSTILE[6])),
        ("none", "/days/1999-01-01"),
    ):
        page.goto(acting.origin + path)
        is_live(page)
        for look in looks(page):
            picture = tmp_path / f"{name} {look}.png"
            page.screenshot(path=picture, full_page=True)
            assert picture.stat().st_size > 10_000, picture.name
            wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0, picture.name
            beyond = page.evaluate(
                "[...document.querySelectorAll('body *:not(.news, .skip)')].filter(one =>"
                " one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll'))"
                ".map(one => one.outerHTML.slice(0, 80))"
            )
            assert beyond == [], picture.name
            cut = page.evaluate(
                "[...document.querySelectorAll('dd, h1, h2, h3, p, li, figcaption, button, label')]"
                ".filter(one => one.scrollWidth > one.clientWidth + 1 && !one.closest('.news') &&"
                " getComputedStyle(one).display != 'inline').map(one => one.outerHTML.slice(0, 80))"
            )
            assert cut == [], picture.name


def test_its_numbers_are_those_of_the_database(
    told: Connection, dashboard: Serving, opened: Open
) -> None:
    page = opened(f"{dashboard.origin}/")
    status = told.execute("select * from recon.status()").fetchone()
    assert status is not None
    mined = told.execute(
        "select sum(bitcoin_mined) as btc from bitcoin_daily_summaries group by miner_model"
        " order by miner_model"
    )
    verified = value(
        told, "select count(verified_at) from recon.day_status where state = 'reconciled'"
    )
    assert numbers(page, ".tiles") == [
        status["completion_percent"],
        verified,
        status["calculations"],
        status["curtailed_mwh"],
        *(row["btc"] for row in mined),
    ]
    page.goto(f"{dashboard.origin}/days/2025-03-12?period=1")
    stored = told.execute(
        "select bitcoin_mined as btc from bitcoin_daily_summaries"
        " where summary_date = '2025-03-12' order by miner_model"
    )
    day = told.execute(
        "select curtailed_mwh, calculations from recon.days where settlement_date = '2025-03-12'"
    ).fetchone()
    assert day is not None
    assert numbers(page, ".tiles") == [*day.values(), *(row["btc"] for row in stored)]
    periods = told.execute(
        "select settlement_period::text, count(distinct farm_id)::text,"
        " to_char(sum(-volume), 'FM999990.0'), (3 * count(*))::text,"
        " case when settlement_period = 1 then '9' else '0' end"
        " from curtailment_records where settlement_date = '2025-03-12'"
        " group by settlement_period order by curtailment_records.settlement_period"
    )
    assert cells(page, "#periods") == [list(row.values()) for row in periods]
    of_period = told.execute(
        "select h.bitcoin_mined as btc from historical_bitcoin_calculations h"
        " where settlement_date = '2025-03-12' and settlement_period = 1"
        " order by farm_id, miner_model"
    ).fetchall()
    shown = page.locator("#cells td.n:nth-child(n + 3) data").evaluate_all(
        "all => all.map(one => one.value)"
    )
    assert [Decimal(text) for text in shown] == [row["btc"] for row in of_period]
    assert page.locator("#cells tr.off").count() == 3
    page.locator("#cells a").first.click()
    explained = told.execute(
        "select expected_btc, stored_btc from recon.explain('2025-03-12', 1, 'T_FARM-0')"
    ).fetchall()
    assert numbers(page, "#models td:nth-child(n + 4):nth-child(-n + 5)") == [
        btc for row in explained for btc in row.values()
    ]
    expect(page.locator("#models .verdict-of")).to_have_text(["wrong"] * 3)


def test_the_calendar_links_only_months_of_which_days_are_known(
    db: Connection, dashboard: Serving, opened: Open
) -> None:
    days(db, date(2024, 12, 31), MARCH_1)
    page = opened(f"{dashboard.origin}/")
    expect(page.locator("#calendar th a")).to_have_text(["Dec", "Mar"])


def test_the_questions_of_an_analyst_take_two_clicks(
    told: Connection, dashboard: Serving, opened: Open
) -> None:
    page = opened(f"{dashboard.origin}/")
    page.locator("#calendar").get_by_role("link", name="Mar", exact=True).click()
    page.wait_for_url(f"{dashboard.origin}/?{MARCH}")
    march = told.execute(
        "select bitcoin_mined from recon.report_months('2025-03-01', '2025-03-31')"
        " where miner_model is not null"
    ).fetchall()
    assert numbers(page, ".tiles")[4:] == [row["bitcoin_mined"] for row in march]
    assert page.locator("#calendar td.day").count() == 31, "every part is of the range"
    expect(page.locator("#from")).to_have_value("2025-03-01")
    page.locator("#top").get_by_role("link", name="T_FARM-1").click()
    page.wait_for_url(f"{dashboard.origin}/farms?farm=T_FARM-1&{MARCH}")
    of_farm = told.execute(
        "select miner_model, curtailed_mwh, bitcoin_mined from recon.curtailment_sums("
        " '{farm}', '2025-03-01', '2025-03-31', farm => 'T_FARM-1')"
    ).fetchall()
    assert numbers(page, ".tiles")[0] == of_farm[0]["curtailed_mwh"]
    assert numbers(page, ".tiles")[3:] == [row["bitcoin_mined"] for row in of_farm]
    expect(page.locator(".verdict")).to_contain_text("not reconciled")
    assert len(cells(page, "#days")) == 31
    page.locator("#others").get_by_role("link", name="(none named)").click()
    expect(page.locator("h1")).to_contain_text("Lead party (none named) 2025-03-01 to 2025-03-31")
    page.locator("#from").fill("2025-04-01")
    page.locator("#to").fill("2025-04-02")
    page.get_by_role("button", name="Filter").click()
    expect(page.locator("h1")).to_contain_text("Lead party (none named) 2025-04-01 to 2025-04-02")
    assert [row[0] for row in cells(page, "#months")] == ["2025-04"]
    page.get_by_role("link", name="Farms", exact=True).click()
    assert {row[0] for row in cells(page, "#list")} == {"T_FARM-0", "T_FARM-1", "T_FARM-2"}


def test_a_table_is_sorted_by_a_column_and_stays_so(
    told: Connection, dashboard: Serving, opened: Open
) -> None:
    page = opened(f"{dashboard.origin}/days/2025-03-12?period=1")
    is_live(page)
    assert [row[0] for row in cells(page, "#periods")] == ["1", "2", "3", "4"]
    head = page.locator("#periods th", has_text="MWh")
    head.click()
    assert [row[0] for row in cells(page, "#periods")] == ["4", "3", "2", "1"]
    expect(head).to_have_attribute("aria-sort", "descending")
    record(told, date(2025, 3, 12), 2, "T_LATE-1", -500)
    expect(page.locator("#periods tbody tr").first).to_contain_text("506", timeout=LATEST)
    assert [row[0] for row in cells(page, "#periods")] == ["2", "4", "3", "1"]
    head.focus()
    page.keyboard.press("Enter")
    assert [row[0] for row in cells(page, "#periods")] == ["1", "3", "4", "2"]


def test_beside_a_table_are_its_rows_as_csv(
    told: Connection, dashboard: Serving, opened: Open
) -> None:
    seen = set()
    for path in ("/", f"/?{MARCH}", "/farms", f"/farms?farm=T_FARM-1&{MARCH}", "/days/2025-03-05"):
        page = opened(f"{dashboard.origin}{path}")
        links = page.locator("a[download]").evaluate_all(
            "all => all.map(a => a.pathname + a.search)"
        )
        assert links, path
        seen |= {*links}
    for link in seen:
        answer = dashboard.ask(link)
        assert answer.status == 200, link
        assert answer.headers["content-type"].startswith("text/csv")
        assert answer.headers["content-disposition"].startswith("attachment")
        assert answer.headers["x-content-type-options"] == "nosniff"
        lines = list(csv.reader(answer.data.decode().splitlines()))
        assert len(lines) > 1, link
        assert not [text for line in lines[1:] for text in line if text.startswith("=")]
    assert {link.partition("?")[0] for link in seen} >= {"/csv/months", "/csv/days", "/csv/top"}


def test_a_day_shows_the_issues_of_its_source_and_lets_them_be_acknowledged(
    told: Connection, acting: Serving, opened: Open
) -> None:
    for subject in ("T_FARM-0", "<b>x</b>"):
        told.execute(
            "insert into recon.source_findings"
            " (settlement_date, kind, subject, severity, evidence, next_step)"
            " values ('2025-03-02', 'lost_rows', %s, 'critical', '12 rows <i>less</i>', 'look')",
            (subject,),
        )
    page = opened(f"{acting.origin}/days/2025-03-02")
    expect(page.locator(".verdict")).to_have_text("Verified; 2 open issues of the source.")
    expect(page.locator("#issues li.critical")).to_have_count(2)
    expect(page.locator("#issues")).to_contain_text("12 rows <i>less</i>")
    assert page.locator("#issues button").count() == 0, "who has no session may not"
    page.goto(f"{acting.origin}/?{urlencode({'token': TOKEN})}")
    page.wait_for_url(f"{acting.origin}/")
    page.locator("#source").get_by_role("link", name="2025-03-02").first.click()
    issue = page.locator("#issues li", has_text="<b>x</b>")
    issue.get_by_label("Reason").fill("it is <u>so</u>")
    issue.get_by_role("button", name="Acknowledge").click()
    expect(page.locator(".told")).to_contain_text("lost rows of 2025-03-02 is acknowledged")
    expect(page.locator("#issues li.critical")).to_have_count(1)
    expect(page.locator("#issues li.done")).to_contain_text("it is <u>so</u>")
    kept = "select subject from recon.source_findings where reason = 'it is <u>so</u>'"
    assert value(told, kept) == "<b>x</b>"


@pytest.mark.parametrize(
    ("day", "last", "ends"),
    [("2025-03-30", 46, "23:30"), ("2025-03-02", 48, "23:30"), ("2025-10-26", 50, "23:30")],
)
def test_a_day_has_a_strip_of_its_half_hours(
    day: str, last: int, ends: str, db: Connection, url: str
) -> None:
    days(db, MARCH_1, date(2025, 10, 27))
    record(db, date.fromisoformat(day), 5)
    record(db, date.fromisoformat(day), last, volume=-2)
    reconcile(db)
    with Pages(url).reading() as connection:
        periods = rows(connection, "day_periods", settlement_date=day)
    assert [row["settlement_period"] for row in periods] == list(range(1, last + 1))
    assert [row["settlement_period"] for row in periods if row["cells"]] == [5, last]
    assert [row["curtailed_mwh"] for row in periods].count(None) == last - 2, "not 0, but absent"
    assert (periods[0]["begins_at"], periods[-1]["begins_at"]) == ("00:00", ends)


def test_gaps_come_first_and_the_strip_leads_to_the_cells(
    told: Connection, dashboard: Serving, opened: Open
) -> None:
    told.execute(
        "delete from historical_bitcoin_calculations"
        " where settlement_date = '2025-03-12' and settlement_period = 3"
    )
    page = opened(f"{dashboard.origin}/days/2025-03-12")
    assert [row[0] for row in cells(page, "#periods")] == ["1", "3", "2", "4"]
    expect(page.locator(".strip li")).to_have_count(48)
    expect(page.locator(".strip li.absent")).to_have_count(44)
    page.locator(".strip a").nth(2).click()
    page.wait_for_url(f"{dashboard.origin}/days/2025-03-12?period=3#cells")
    assert [row[0] for row in cells(page, "#farms")] == ["T_FARM-2", "T_FARM-1", "T_FARM-0"]
    page.locator("#cells a").first.click()
    shown = page.locator("#records tbody td data").evaluate_all("all => all.map(one => one.value)")
    assert [Decimal(text) for text in shown] == [Decimal("-1.375"), 0, -70]


def test_a_hostile_name_is_shown_as_text(
    told: Connection, dashboard: Serving, opened: Open
) -> None:
    page = opened(f"{dashboard.origin}/days/2025-03-05?period=7")
    names = page.locator("#cells th bdi").all_text_contents()
    assert {*HOSTILE[:5], HOSTILE[6], "T_\ufffdGNORW-1\ufffd"} <= set(names)
    for farm in (*HOSTILE, "a/b", "T_\u00c9-\u98a8", "%2F&period=8"):
        record(told, date(2025, 3, 5), 7, farm)
        told.execute(
            "update curtailment_records set lead_party_name = farm_id where farm_id = %s", (farm,)
        )
        page.goto(dashboard.origin + cell_of(farm))
        heading = page.locator("h1").inner_text()
        expected = "".join(letter if letter.isprintable() else "\ufffd" for letter in farm)
        assert " ".join(heading.split()) == " ".join(expected.split())
        assert page.evaluate("window.harm") is None
        assert page.locator("img, iframe, main script").count() == 0
        for kind, at in (("farm", "farms"), ("lead_party", "parties")):
            page.goto(f"{dashboard.origin}/{at}?{urlencode({kind: farm})}")
            assert page.locator("h1 bdi").inner_text().split() == expected.split()
            assert page.evaluate("window.harm") is None
            assert page.locator("img, iframe, main script, main b").count() == 0
    page.goto(f"{dashboard.origin}/days/2025-03-09")
    expect(page.locator(".verdict")).to_contain_text("a <b>person</b> said so")
    page.goto(f"{dashboard.origin}/")
    assert page.locator("#actions b, #events b").count() == 0


def test_what_is_not_there_is_said_on_a_page(told: Connection, dashboard: Serving) -> None:
    for path, said in {
        "/nothing": "There is no page /nothing",
        "/days/2025-02-30": "is not a date",
        "/days/20250301": "Write it as 2025-03-01",
        "/days/%3Cb%3E": "&lt;b&gt;",
        "/days/1999-01-01": "1999-01-01",
        "/days/9999-01-01": "9999-01-01",
        "/days/2025-03-01?period=x": "is not a settlement period",
        "/days/2025-03-02?period=x": "2025-03-02 has 48: 1 to 48.",
        "/days/2025-03-30?period=x": "2025-03-30 has 46: 1 to 46.",
        "/days/2025-10-26?period=x": "2025-10-26 has 50: 1 to 50.",
        cell_of("T_NOBODY-1"): "Farms in that period",
        cell_of("\0"): "no farm has such a name",
        cell_of("T_FARM-0", period=99): "It has 1 to 48",
        "/days/2025-03-05/cell": "is not a settlement period",
        "/static/../pages.py": "There is no page",
        "/static/pages.py": "There is no page",
        "/?from=2025-04-01&to=2025-03-01": "from_date 2025-04-01 is after to_date 2025-03-01",
        "/?from=1999": "is not a date",
        "/farms?farm=%00": "no farm has such a name",
        "/parties?lead_party=%00": "no lead party has such a name",
        "/farms?to=1999-01-01": "1999-01-01",
        "/csv/secrets": "There is no page",
        "/csv/curtailment_sums?by=week": "Use one of: farm, lead_party, day, month, year.",
        "/csv/curtailment_sums": "by is NULL",
        "/farms?farm=T_NOBODY-1": "no record that counts is of a farm T_NOBODY-1",
        f"/parties?lead_party=Nobody&{MARCH}": "is of a lead party Nobody",
        "/runs/999": "there is no run 999",
        "/runs/x": "is not the number of a run",
    }.items():
        answer = dashboard.ask(path)
        text = answer.data.decode()
        status = 400 if re.search(r"[?&](from|to)=", path) else 404
        assert (answer.status, said in text) == (status, True), (path, text)
        assert "Where the days stand" in text
        assert "Traceback" not in text
    assert dashboard.ask("/days?date=2025-03-01").headers["location"] == "/days/2025-03-01"
    assert dashboard.ask("/days/2025-03-01", "DELETE", origin=dashboard.origin).status == 403


def test_a_range_that_cannot_be_is_corrected_where_it_was_typed(
    told: Connection, dashboard: Serving, opened: Open
) -> None:
    page = opened(f"{dashboard.origin}/farms?farm=T_FARM-1&from=2025-04-01&to=2025-03-01")
    expect(page.locator(".verdict")).to_contain_text("is after to_date")
    expect(page.locator("#from")).to_have_value("2025-04-01")
    page.locator("#to").fill("2025-04-02")
    page.get_by_role("button", name="Filter").click()
    page.wait_for_url(f"{dashboard.origin}/farms?farm=T_FARM-1&from=2025-04-01&to=2025-04-02")
    expect(page.locator("h1")).to_contain_text("T_FARM-1")


FIRST = ("/", "/days/2025-03-02")


def test_every_link_leads_to_a_page(told: Connection, dashboard: Serving) -> None:
    """Of links that differ in their numbers alone, a few are followed; all from the first two."""
    for day, hashes in (("2025-02-20", 7), ("2025-02-21", 900)):
        told.execute(
            "insert into recon.network_difficulties (settlement_date, difficulty) values (%s, %s)",
            (day, hashes),
        )
    told.execute("update recon.days set run_id = 77 where settlement_date = '2025-03-02'")
    told.execute(
        "insert into recon.events (happened_at, kind, severity, run_id, settlement_date, message)"
        " values (now(), 'run_finished', 'note', 78, '2025-02-01', 'of a run that is forgotten')"
    )
    followed: Counter[str] = Counter()
    known, to_do = {*FIRST}, [*FIRST]
    for path in to_do:
        answer = dashboard.ask(path)
        assert answer.status == 200, path
        if not (answer.headers["content-type"] or "").startswith("text/html"):
            continue
        text = html.unescape(answer.data.decode())
        for link in re.findall(r'(?:href|action)="(/[^"#]*)', text):
            kind = re.sub(r"=[^&]*", "=", re.sub(r"\d+", "0", link))
            if link in known or (followed[kind] >= 3 and path not in FIRST):
                continue
            known.add(link)
            followed[kind] += 1
            if link != "/days":
                to_do.append(link)
    assert {"/days/2025-02-20", "/days/2025-02-01", "/runs/1", "/runs/77", "/runs/78"} <= known
    assert {"/farms?farm=", "/parties?lead_party=", "/csv/runs"} <= set(followed)


def test_the_page_of_a_run_follows_it(db: Connection, dashboard: Serving, opened: Open) -> None:
    days(db, MARCH_1, MARCH_2)
    record(db, date(2025, 3, 3))
    run = value(db, "select recon.start_run(null, null, 'recent', false)")
    page = opened(f"{dashboard.origin}/runs/{run}")
    is_live(page)
    mark(page)
    expect(page.locator(".verdict")).to_contain_text("Unfinished. 0 of 3 days done")
    expect(page.locator("#overview code")).to_have_text(f"recon-kit resume {run}")
    expect(page.locator("#run a")).to_have_attribute("href", f"/runs/{run}")
    db.execute("select from recon.reconcile_batch(%s, 3)", (run,))
    db.execute("select recon.finish_run(%s)", (run,))
    expect(page.locator(".verdict")).to_contain_text("Incomplete. 3 of 3 days", timeout=LATEST)
    assert [row[:3] for row in cells(page, "#days")] == [
        ["2025-03-03", "blocked", "0"],
        ["2025-03-01", "fixed", "36"],
        ["2025-03-02", "fixed", "36"],
    ]
    expect(page.locator("#days tbody th a").first).to_have_text("2025-03-03")
    expect(page.locator("#log tbody tr")).to_have_count(3)
    expect(page.locator("#log")).to_contain_text(f"Run {run} is incomplete")
    assert is_marked(page)


def test_it_is_used_by_keyboard(told: Connection, dashboard: Serving, opened: Open) -> None:
    page = opened(f"{dashboard.origin}/", 390, 844)
    is_live(page)
    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    expect(page.locator(".skip")).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
    reached: list[str] = []
    for _ in range(40):
        page.keyboard.press("Tab")
        reached.append(str(page.evaluate("document.activeElement.getAttribute('aria-label')")))
        if reached[-1].startswith("2025-04-12"):
            break
    assert reached[-1].startswith("2025-04-12"), "the calendar is one stop"
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{dashboard.origin}/days/2025-03-11")
    for role, count in (("navigation", 1), ("main", 1), ("contentinfo", 1)):
        assert page.get_by_role(role).count() == count  # type: ignore[arg-type]
    assert page.locator("svg:not([role=img][aria-label]), input:not([id])").count() == 0
    assert page.locator("h1").count() == 1


@pytest.mark.parametrize(("width", "scheme"), [(400, "light"), (1400, "dark")])
def test_axe_finds_nothing(
    width: int, scheme: str, told: Connection, acting: Serving, opened: Open
) -> None:
    page = opened(
        f"{acting.origin}/?{urlencode({'token': TOKEN})}",
        width,
        color_scheme=scheme,
        bypass_csp=True,
    )
    page.wait_for_url(f"{acting.origin}/")
    found: list[str] = []
    for path in (
        "/",
        "/farms",
        f"/farms?farm=T_FARM-1&{MARCH}",
        "/days/2025-03-12?period=1",
        cell_of("T_FARM-1", "2025-03-12", 1),
        "/runs/1",
        "/days/1999-01-01",
    ):
        page.goto(acting.origin + path)
        is_live(page)
        answer = Axe().run(page).response
        assert len(answer["passes"]) > 10, path
        for fault in answer["violations"]:
            found += [f"{path}: {fault['id']}: {node['html'][:120]}" for node in fault["nodes"]]
    assert found == []


def test_arrow_keys_skip_months_without_that_day(
    db: Connection, dashboard: Serving, opened: Open
) -> None:
    days(db, date(2025, 1, 31), date(2025, 3, 31), farms=1, periods=1)
    page = opened(f"{dashboard.origin}/")
    is_live(page)
    page.locator("#calendar td a").first.focus()
    for key, day in (("ArrowDown", "2025-03-31"), ("ArrowUp", "2025-01-31")):
        page.keyboard.press(key)
        focused = page.evaluate("document.activeElement.getAttribute('aria-label')")
        assert focused.startswith(day)


def test_it_is_whole_without_its_script(told: Connection, acting: Serving, opened: Open) -> None:
    page = opened(f"{acting.origin}/?{urlencode({'token': TOKEN})}", java_script_enabled=False)
    page.wait_for_url(f"{acting.origin}/")
    assert page.locator("main section").count() >= 9
    page.locator("#date").fill("2025-03-09")
    page.get_by_role("button", name="Show").click()
    page.get_by_role("button", name="Have it tried again").click()
    expect(page.locator(".told")).to_contain_text("2025-03-09 is pending")
    expect(page.locator(".verdict")).to_have_text("Pending.")


# ---------------------------------------------------------------------------------------- rights


def test_it_cannot_write(told: Connection, url: str) -> None:
    pages = Pages(url)
    for statement in ("delete from recon.events", "select recon.skip_day('2025-03-01', 'x')"):
        with (
            pytest.raises(Exception, match="read-only transaction"),
            pages.reading() as connection,
        ):
            connection.execute(statement.encode())
    pages.close()


def test_a_reader_is_all_it_needs_to_be(opened: Open) -> None:
    with throwaway_server() as server:
        with connect(server.url()) as owner:
            owner.execute("create role recon_reader nologin")
            owner.execute("create role looker login in role recon_reader")
            migrate(server.url())
            days(owner, MARCH_1)
            reconcile(owner)
        url = psycopg.conninfo.make_conninfo(server.url(), user="looker")
        with serving(url, "--allow-actions") as dashboard:
            page = opened(f"{dashboard.origin}/?{urlencode({'token': TOKEN})}")
            page.wait_for_url(f"{dashboard.origin}/")
            is_live(page)
            page.goto(f"{dashboard.origin}/days/2025-03-01?period=1")
            page.locator("#cells a").first.click()
            expect(page.locator(".verdict")).to_contain_text("Every value is the expected one")
            dashboard.sign_in()
            form = {"form_token": dashboard.form_token()}
            assert dashboard.post("/days/2025-03-01/reconcile", form).status == 303
            page.goto(f"{dashboard.origin}/days/2025-03-01")
            assert b"permission denied" in dashboard.ask("/days/2025-03-01").data


def test_every_answer_has_the_headers(told: Connection, dashboard: Serving) -> None:
    for path in (
        "/",
        "/nothing",
        "/static/live.js",
        "/health",
        "/healthz",
        "/readyz",
        "/days/2025-03-01",
        "/farms",
        "/csv/months",
    ):
        headers = dashboard.ask(path).headers
        policy = headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self';" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


def test_another_host_is_refused(told: Connection, dashboard: Serving) -> None:
    for host in ("evil.example", "127.0.0.1.evil.example", "192.0.2.1", "[", ""):
        answer = dashboard.ask("/", host=host)
        assert answer.status in (400, 421), host
        assert b"calculations" not in answer.data
    port = dashboard.origin.rsplit(":", 1)[1]
    for host in (f"localhost:{port}", f"127.0.0.1:{port}", f"[::1]:{port}"):
        assert dashboard.ask("/", host=host).status == 200


def test_without_the_flag_no_action_is_there(told: Connection, dashboard: Serving) -> None:
    dashboard.sign_in()
    assert dashboard.form_token() == ""
    for action in ("reconcile", "retry", "skip", "acknowledge"):
        assert dashboard.post(f"/days/2025-03-09/{action}", {}).status == 404
    assert dashboard.post("/days/2025-03-09", {}).status == 405


def test_an_action_needs_the_token_the_form_and_the_origin(
    told: Connection, acting: Serving, opened: Open
) -> None:
    path = "/days/2025-03-09/retry"
    assert acting.ask("/?token=guessed").status == 403
    assert acting.form_token() == "", "whoever has no session gets no form"
    assert acting.post(path, {}).status == 403
    acting.sign_in()
    form = {"form_token": acting.form_token()}
    assert form["form_token"]
    for origin in ("http://evil.example", "null", "", "http://127.0.0.1:1"):
        assert acting.post(path, form, origin=origin).status == 403, origin
    forged = acting.cookie.replace(".", ".0", 1)
    assert acting.post(path, form, cookie=forged).status == 403
    assert acting.post(path, form, host="evil.example").status == 421
    for wrong in ({}, {"form_token": "0" * 64}, {"form_token": "\u00e9"}):
        assert acting.post(path, wrong).status == 403
    assert acting.post(path, {**form, "more": "x" * 20_000}).status == 413
    assert acting.post("/days/2025-03-09/drop", form).status == 404
    assert acting.ask(path).status in (404, 405), "nothing acts on a GET"
    state = "select state from recon.day_status where settlement_date = '2025-03-09'"
    assert value(told, state) == "skipped"
    assert acting.post(path, form).status == 303
    assert value(told, state) == "pending"
    again = acting.post(path, form)
    assert again.status == 303
    assert b"is neither failed nor skipped" in acting.ask("/days/2025-03-09").data
    assert b"is neither failed" not in acting.ask("/days/2025-03-09").data, "it is told once"


def test_the_cookie_is_for_links_to_this_site_and_not_for_forms_of_others(
    told: Connection, acting: Serving
) -> None:
    answer = acting.ask(f"/?{urlencode({'token': TOKEN})}")
    cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=lax" in cookie
    assert TOKEN not in cookie
    assert TOKEN.encode() not in answer.data


def test_a_day_is_reconciled_and_skipped_by_button(
    told: Connection, acting: Serving, opened: Open
) -> None:
    page = opened(f"{acting.origin}/?{urlencode({'token': TOKEN})}")
    page.wait_for_url(f"{acting.origin}/")
    page.goto(f"{acting.origin}/days/2025-03-12")
    page.get_by_role("button", name="Reconcile this day").dblclick()
    expect(page.locator(".verdict")).to_have_text("Reconciled.", timeout=10_000)
    wait_for(lambda: value(told, "select count(*) from recon.runs where finished_at is null") == 0)
    assert value(told, "select count(*) from recon.gaps('2025-03-12', '2025-03-12')") == 0
    page.goto(f"{acting.origin}/days/2025-03-12")
    page.get_by_role("button", name="Skip this day").click()
    assert page.url.endswith("2025-03-12"), "a reason is asked for"
    page.locator("#reason").fill("a <i>bad</i> day")
    page.get_by_role("button", name="Skip this day").click()
    expect(page.locator(".told")).to_contain_text("2025-03-12 is skipped")
    expect(page.get_by_role("button", name="Reconcile this day")).to_have_count(0)
    expect(page.locator(".verdict")).to_contain_text("a <i>bad</i> day")


def test_of_two_actions_at_once_the_second_is_told_to_wait(
    db: Connection, acting: Serving, another: Callable[[], Connection]
) -> None:
    days(db, MARCH_1)
    acting.sign_in()
    form = {"form_token": acting.form_token()}
    holder = another()
    with holder.transaction():
        holder.execute("lock table recon.days")
        path = "/days/2025-03-01/skip"
        first = threading.Thread(target=acting.post, args=(path, {**form, "reason": "first"}))
        first.start()
        waiting = "select count(*) from pg_stat_activity where wait_event_type = 'Lock'"
        wait_for(lambda: value(db, waiting))
        assert acting.post(path, {**form, "reason": "second"}).status == 303
        assert acting.ask("/static/live.js").status == 200
    first.join()
    reason = "select reason from recon.days where settlement_date = '2025-03-01'"
    assert value(db, reason) == "first"


def test_beyond_loopback_reading_needs_the_token_too(told: Connection, url: str) -> None:
    with serving(url, "--host", "0.0.0.0") as dashboard:
        for path in ("/", "/updates", "/days/2025-03-01", "/static/live.js", "/farms", "/csv/top"):
            assert dashboard.ask(path).status == 401
        for path in ("/health", "/healthz", "/readyz"):
            assert dashboard.ask(path).status == 200
        dashboard.sign_in()
        assert dashboard.ask("/").status == 200
        assert dashboard.ask("/", host="evil.example").status == 421
        assert dashboard.ask("/", host="192.0.2.7:80").status == 200, "no name leads to an address"


def test_behind_a_proxy_browsers_come_by_the_public_url(told: Connection, url: str) -> None:
    public = "https://recon.example.org"
    port = free_port()
    with serving(url, "--allow-actions", "--public-url", public, port=port) as dashboard:
        assert dashboard.link == f"{public}/"
        assert dashboard.ask("/").status == 401, "a proxy makes loopback public"
        assert dashboard.ask("/", host="evil.example").status == 421
        dashboard.sign_in()
        assert dashboard.ask("/", host="recon.example.org").status == 200
        form = {"form_token": dashboard.form_token(date(2025, 3, 9))}
        path = "/days/2025-03-09/retry"
        rewritten = f"127.0.0.1:{port}"
        for host in ("recon.example.org", rewritten):
            for origin in ("https://evil.example", "http://recon.example.org:81", "null", ""):
                assert dashboard.post(path, form, origin=origin, host=host).status == 403
        for host in ("recon.example.org", rewritten):
            assert dashboard.post(path, form, origin=public, host=host).status == 303
        signed_in = dashboard.ask(f"/?{urlencode({'token': TOKEN})}")
        assert "secure" in signed_in.headers["set-cookie"].lower()


def test_the_public_url_is_an_origin() -> None:
    def link(public_url: str) -> str:
        more: dict[str, Any] = {"allow_actions": False, "public_url": public_url}
        return Door("127.0.0.1", "127.0.0.1", 8000, None, **more).link

    assert link("HTTPS://Recon.Example.org:443/").startswith("https://recon.example.org/?token=")
    assert link("http://[2001:db8::1]:81").startswith("http://[2001:db8::1]:81/?token=")
    more = (
        "https://x/y",
        "https://x:y",
        "//[",
        "https://:p@x",
        "https://x y",
        'https://x"',
        "https://x>",
    )
    for wrong in ("recon.example.org", "ftp://x", "https://", *more):
        with pytest.raises(UsageError, match="is not where a browser can find"):
            link(wrong)
    with pytest.raises(UsageError, match=r"https://\*\*\*@x' is not where"):
        link("https://u:password@x")


def test_the_link_has_the_token_only_where_it_was_made_up() -> None:
    def link(address: str, token: str | None, *, allow_actions: bool) -> str:
        return Door(address, address, 8000, token, allow_actions=allow_actions).link

    assert link("127.0.0.1", None, allow_actions=False) == "http://127.0.0.1:8000/"
    assert "/?token=" in link("::1", None, allow_actions=True)
    assert link("127.0.0.1", TOKEN, allow_actions=True) == "http://127.0.0.1:8000/"
    assert "/?token=" in link("192.0.2.1", None, allow_actions=False)
    assert "token" not in link("192.0.2.1", TOKEN, allow_actions=False)
    with pytest.raises(UsageError, match="fewer than 16 characters"):
        link("127.0.0.1", "short", allow_actions=True)


def test_a_port_that_is_taken_is_an_error(db: Connection, url: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        done = recon("serve", "--port", port, url=url)
    assert done.returncode == 1
    assert f"cannot listen on 127.0.0.1, port {port}" in done.stderr
    assert "RECON_DASHBOARD_PORT" in done.stderr


def test_a_database_without_the_kit_is_an_error(bare_url: str) -> None:
    done = recon("serve", "--port", "0", url=bare_url)
    assert done.returncode == 1
    assert "recon-kit migrate" in done.stderr
