"""The report as a page, seen in a real browser, and as JSON, CSV and PDF."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable, Iterator
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import DictRow

from recon_kit import report
from recon_kit.db import Connection, connect, query
from recon_kit.demo import FARMS
from recon_kit.driver import Plan
from recon_kit.driver import reconcile as drive
from recon_kit.errors import ReconError
from recon_kit.report import browser as browsers
from recon_kit.report import page as report_page
from recon_kit.report.files import write
from recon_kit.report.page import SECTIONS, as_html, section
from tests.commands import recon
from tests.conftest import missing
from tests.screens import HOSTILE, cells, looks, numbers
from tests.screens import browser as browser
from tests.screens import told as told
from tests.screens import told_for_all as told_for_all
from tests.screens import url as url
from tests.world import MARCH_1, MARCH_2, days, difficulty, pass_time, reconcile, record, value

pytestmark = pytest.mark.client

try:
    from playwright.sync_api import Browser, Page
except ImportError:
    missing("playwright")


# ------------------------------------------------------------------------------------ the world


Open = Callable[..., Page]


@pytest.fixture
def opened(browser: Browser, tmp_path: Path) -> Iterator[Open]:
    """Opens the page of some figures; fails where it asks for anything or has a complaint."""
    complaints: list[str] = []
    contexts = []

    def open_page(
        figures: dict[str, Any], width: int = 1440, height: int = 900, **more: Any
    ) -> Page:
        file = tmp_path / "page.html"
        file.write_text(as_html(figures), encoding="utf-8")
        contexts.append(browser.new_context(viewport={"width": width, "height": height}, **more))
        page = contexts[-1].new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: complaints.append(dialog.message))
        page.on(
            "request",
            lambda asked: None if asked.url == file.as_uri() else complaints.append(asked.url),
        )
        page.goto(file.as_uri())
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def verdict(db: Connection, *bounds: date | None) -> tuple[str, str]:
    row = db.execute(
        "select grade, verdict from recon.report_verdict(%s, %s)", bounds or (None, None)
    ).fetchone()
    assert row is not None
    return row["grade"], row["verdict"]


# ---------------------------------------------------------------------------------- the verdict


def test_the_verdict_says_in_a_sentence_how_it_stands(db: Connection) -> None:
    assert verdict(db) == ("empty", "No day to report on")
    days(db, MARCH_1, MARCH_2)
    assert verdict(db) == ("work remains", "2 days, 0 calculations, 0.0 % complete; 2 days pending")
    reconcile(db)
    assert verdict(db) == ("complete", "2 days, 72 calculations, complete; no day is verified yet")
    db.execute("select from recon.verify('2025-03-01', '2025-03-01')")
    assert verdict(db) == ("complete", "2 days, 72 calculations, complete; 1 verified")
    db.execute("select from recon.verify('2025-03-01', '2025-03-02')")
    today = value(db, "select (now() at time zone 'UTC')::date")
    assert verdict(db) == (
        "verified",
        f"2 days, 72 calculations, complete and verified on {today}",
    )
    pass_time(db, "2 days")
    db.execute("select from recon.verify('2025-03-02', '2025-03-02')")
    assert verdict(db)[1].endswith(f"verified from {today - timedelta(2)} to {today}")
    assert verdict(db, MARCH_2, MARCH_2) == (
        "verified",
        f"1 day, 36 calculations, complete and verified on {today}",
    )
    record(db, date(2025, 3, 3))
    reconcile(db)
    db.execute("select recon.skip_day('2025-03-02', 'enough')")
    assert verdict(db)[1] == "3 days, 72 calculations, 33.3 % complete; 1 day blocked, 1 skipped"


def test_summaries_out_of_date_are_part_of_the_verdict(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    db.execute("update bitcoin_daily_summaries set bitcoin_mined = 1")
    db.execute("delete from recon.changes")
    grade, told = verdict(db)
    assert (grade, told.split("; ")[-1]) == ("work remains", "1 summary out of date")


def test_open_issues_of_the_source_are_part_of_the_verdict(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    db.execute("select from recon.verify('2025-03-01', '2025-03-02')")
    insert = (
        "insert into recon.source_findings"
        " (settlement_date, kind, subject, severity, evidence, next_step)"
        " values (%s, %s, %s, %s, %s, 'look')"
    )

    def actions(*bounds: date) -> list[tuple[Any, ...]]:
        found = db.execute(
            "select * from recon.report_actions(%s, %s)", bounds or (None, None)
        ).fetchall()
        return [tuple(row.values()) for row in found]

    assert actions() == []
    db.execute(insert, (MARCH_1, "idle_day", "", "note", "nothing"))
    grade, told = verdict(db)
    assert (grade, told.split("; ")[-1]) == ("verified", "1 open source issue")
    db.execute(insert, (MARCH_1, "rows_repeated", "T_A-1", "warning", "2 rows"))
    assert verdict(db)[0] == "work remains"
    db.execute(insert, (MARCH_1, "lost_rows", "T_A-1", "critical", "2 rows"))
    db.execute(insert, (MARCH_2, "lost_rows", "T_B-1", "critical", "3 rows"))
    grade, told = verdict(db)
    assert (grade, told.split("; ")[-1]) == ("work remains", "4 open source issues")
    command = "recon-kit source-issues --from 2025-03-01 --to 2025-03-0"
    assert actions() == [
        ("critical", MARCH_1, MARCH_2, 2, "source, lost rows: 2 issues", f"{command}2"),
        ("warning", MARCH_1, MARCH_1, 1, "source, rows repeated: 2 rows", f"{command}1"),
        ("note", MARCH_1, MARCH_1, 1, "source, idle day: nothing", f"{command}1"),
    ]
    assert [row[4] for row in actions(MARCH_2, MARCH_2)] == ["source, lost rows: 3 rows"]
    db.execute("update recon.source_findings set cleared_at = now() where severity = 'critical'")
    db.execute(
        "update recon.source_findings set acknowledged_at = now(), acknowledged_by = 'me',"
        " reason = 'known' where severity <> 'critical'"
    )
    assert (verdict(db)[0], actions()) == ("verified", [])


# ------------------------------------------------------------------------- the page in a browser


def test_nothing_overflows(told: Connection, opened: Open, tmp_path: Path) -> None:
    page = opened(report.collect(told))
    page.locator("summary").click()
    for look in looks(page):
        picture = tmp_path / f"{look}.png"
        page.screenshot(path=picture, full_page=True)
        assert picture.stat().st_size > 50_000, look
        assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, look
        beyond = page.evaluate(
            "[...document.querySelectorAll('main *:not(.day > span)')].filter(one =>"
            " one.getBoundingClientRect().right > innerWidth + 1 && !one.closest('.scroll'))"
            ".map(one => one.outerHTML.slice(0, 80))"
        )
        assert beyond == [], look
        cut = page.evaluate(
            "[...document.querySelectorAll('dd, h1, h2, h3, p, li, figcaption, th[scope=col]')]"
            ".filter(one => one.scrollWidth > one.clientWidth + 1 && !one.closest('.calendar')"
            " && getComputedStyle(one).display != 'inline').map(one => one.outerHTML.slice(0, 80))"
        )
        assert cut == [], look


def test_its_numbers_are_those_of_the_database(told: Connection, opened: Open) -> None:
    page = opened(report.collect(told))
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
    assert numbers(page, "#calendar .legend") == [
        verified,
        status["reconciled"] - verified,
        *(status[state] for state in ("pending", "blocked", "failed", "skipped", "no_data")),
    ]
    months = told.execute("select * from recon.report_months()").fetchall()
    assert [row[0] for row in cells(page, BY_MONTH)] == ["2025-03", "2025-04"]
    assert numbers(page, f"{BY_MONTH} tbody") == figures_by_month(told)
    by_day = told.execute(
        "select settlement_date::text from recon.day_status where state <> 'no_data' order by 1"
    )
    shown = cells(page, "#energy .scroll[aria-label$='by day']")
    assert [row[0] for row in shown] == [row["settlement_date"] for row in by_day]
    stored = told.execute(
        "select to_char(settlement_date, 'YYYY-MM') as year_month, miner_model,"
        " sum(bitcoin_mined) as btc from historical_bitcoin_calculations"
        " where settlement_date > '2025-03-31' group by 1, 2 order by 1, 2"
    ).fetchall()
    assert [row["btc"] for row in stored] == [
        row["bitcoin_mined"]
        for row in months
        if row["year_month"] == "2025-04" and row["miner_model"]
    ]


BY_MONTH = "#energy .scroll[aria-label$='by month']"


def figures_by_month(db: Connection) -> list[Decimal]:
    """A row per month: days, those not reconciled, energy, and the BTC of each model."""
    months = db.execute(
        "select to_char(settlement_date, 'YYYY-MM') as month, count(*) as days, count(*) filter ("
        "   where state not in ('reconciled', 'no_data')) as open_days, sum(curtailed_mwh) as mwh"
        " from recon.day_status group by 1 order by 1"
    ).fetchall()
    mined = db.execute("select * from recon.report_months() where miner_model is not null")
    btc = [(row["year_month"], row["bitcoin_mined"]) for row in mined]
    return [
        figure
        for month, *counted in (row.values() for row in months)
        for figure in (*counted, *(mined for name, mined in btc if name == month))
    ]


def test_the_calendar_has_each_day_in_its_state(told: Connection, opened: Open) -> None:
    page = opened(report.collect(told))
    shown = page.locator("#calendar td.day").evaluate_all(
        "all => all.map(day => [day.title.slice(0, 10), day.className.slice(4), day.textContent])"
    )
    stored = told.execute(
        "select settlement_date::text as day, case when state = 'reconciled' and verified_at is not"
        " null then 'verified' else state end as state from recon.day_status order by 1"
    )
    expected = [[row["day"], row["state"], row["state"]] for row in stored]
    assert shown == expected
    assert {state for _, state, _ in expected} == {
        "verified",
        "reconciled",
        "pending",
        "blocked",
        "failed",
        "skipped",
    }
    colours = page.locator("#calendar .legend .day").evaluate_all(
        "all => all.map(one => getComputedStyle(one).backgroundColor)"
    )
    assert len(set(colours)) == 7


def test_a_hostile_name_is_shown_as_text(told: Connection, opened: Open) -> None:
    page = opened(report.collect(told))
    assert page.evaluate("window.harm") is None
    assert page.locator("script, img, iframe, i, b, #top a").count() == 0
    farms = [row[0] for row in cells(page, "#top .pair:nth-of-type(1)")]
    for name in (*HOSTILE[:5], HOSTILE[6]):
        assert name in farms
    assert "T_\ufffdGNORW-1\ufffd" in farms
    assert "a <b>person</b> said so" in page.locator("#actions").inner_text()
    assert "'<i>none</i>'" in page.locator("#difficulty").inner_text()
    drawn = page.locator("#top svg title").evaluate_all("all => all.map(one => one.textContent)")
    assert any(text.startswith(HOSTILE[2]) for text in drawn)


def test_what_waits_for_a_person_comes_with_its_command(told: Connection, opened: Open) -> None:
    page = opened(report.collect(told))
    shown = [" ".join(text.split()) for text in page.locator("#actions li").all_text_contents()]
    assert shown == [
        "warning failed: deadlock detected 2025-03-11 recon-kit retry-day 2025-03-11",
        "warning blocked: invalid source in 3 cells 2025-03-20"
        " recon-kit gaps --from 2025-03-20 --to 2025-03-20",
        "warning blocked: no difficulty 2025-04-10 to 2025-04-12, 3 days recon-kit sync",
        *(text for text in shown if "suspect difficulty" in text),
        "note skipped: a <b>person</b> said so 2025-03-09 recon-kit retry-day 2025-03-09",
        "note pending: changed since a run last looked 2025-03-12 recon-kit reconcile",
        "note reconciled, but not yet verified cell by cell 2025-03-25 to 2025-04-09, 10 days"
        " recon-kit verify",
    ]


def test_difficulties_are_marked(told: Connection, opened: Open) -> None:
    figures = report.collect(told)
    marks = {(row["mark"], str(row["first_date"])) for row in figures["difficulty"]}
    assert ("refused", "2025-03-15") in marks
    assert ("refused", "2025-03-16") in marks
    assert ("suspect", "2025-03-25") in marks
    told.execute("select from recon.accept_difficulty(from_date => '2025-03-25')")
    figures = report.collect(told)
    page = opened(figures)
    listed = {(row[1], row[0][:10]) for row in cells(page, "#difficulty")}
    assert ("accepted", "2025-03-25") in listed
    assert ("refused", "2025-03-15") in listed
    told_of = page.locator("#difficulty svg title").all_text_contents()
    assert any(text.startswith("2025-03-15: 900,000,000,000,000,000,000") for text in told_of)


def test_keyboard_and_screen_reader_reach_everything(told: Connection, opened: Open) -> None:
    page = opened(report.collect(told), 390, 844)
    reached = []
    for _ in range(12):
        page.keyboard.press("Tab")
        reached.append(page.evaluate("document.activeElement.tagName + document.activeElement.id"))
    assert "SUMMARY" in reached
    assert reached.count("DIV") >= 4, "tables scroll by keyboard"
    page.locator("summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("details[open]").count() == 1
    unnamed = page.locator("svg:not([role=img][aria-label]), [tabindex]:not([aria-label])")
    assert unnamed.count() == 0
    assert page.locator("html").get_attribute("lang") == "en"
    levels = page.locator("h1, h2, h3").evaluate_all("all => all.map(one => +one.tagName[1])")
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_charts_and_columns_have_names_of_their_own(told: Connection, opened: Open) -> None:
    page = opened(report.collect(told))
    titles = page.locator("svg > title").all_text_contents()
    assert len(titles) > 4
    assert len({*titles}) == len(titles), "each says what it shows"
    heads = page.locator("th").evaluate_all("all => all.map(one => one.textContent.trim())")
    assert "" not in heads
    assert page.locator("thead td").count() == 0


def luminance(colour: str) -> float:
    """Relative luminance, as WCAG 2 defines it."""
    wide = colour if len(colour) == 7 else "#" + "".join(c * 2 for c in colour[1:])
    parts = [int(wide[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_what_is_read_stands_out_from_what_it_is_on() -> None:
    """By 4.5 to 1, in light, in dark and on paper."""
    text = (Path(report_page.__file__).parent / "page" / "style.css").read_text()
    schemes = [dict(re.findall(r"--([\w-]+): (#\w+)", block)) for block in text.split(":root")[1:]]
    assert len(schemes) == 3
    for scheme in schemes:
        for ink in ("ink", "muted", "blocked", "failed", "s0", "s2"):
            light, dark = sorted(map(luminance, (scheme[ink], scheme["card"])), reverse=True)
            assert (light + 0.05) / (dark + 0.05) >= 4.5, (ink, scheme[ink])


def test_it_needs_nothing_else_and_forbids_it(
    told: Connection, browser: Browser, tmp_path: Path
) -> None:
    file = tmp_path / "page.html"
    file.write_text(as_html(report.collect(told)), encoding="utf-8")
    page = browser.new_page()
    page.goto(file.as_uri())
    assert page.locator("link, script, [src], a[href]").count() == 0
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text))
    for attempt in (
        "fetch('https://example.test/').catch(() => 0)",
        "new Promise(done => { const one = new Image(); one.onerror = done;"
        " one.src = 'https://example.test/x.png' })",
        "document.body.innerHTML += '<p onclick=\"window.harm = 1\">press</p>'",
    ):
        page.evaluate(attempt)
    page.get_by_text("press").click()
    assert page.evaluate("window.harm") is None
    broken = [text for text in refused if "Content Security Policy" in text]
    assert len(broken) >= 3
    page.close()


def test_an_empty_database_and_an_empty_range_say_so(db: Connection, opened: Open) -> None:
    page = opened(report.collect(db), 390, 844)
    assert "No day to report on." in page.locator("main").inner_text()
    assert "recon-kit load FILE" in page.locator("main").inner_text()
    days(db, MARCH_1, date(2025, 3, 31))
    page = opened(report.collect(db, date(2025, 3, 10), date(2025, 3, 20)))
    assert "in the range 2025-03-10 to 2025-03-20" in page.locator("main").inner_text()
    page = opened(report.collect(db))
    shown = page.locator("main").inner_text()
    assert "No run yet" in shown
    assert "No run has been over these days yet." in shown


def test_issues_of_the_source_are_readable_on_a_phone(db: Connection, opened: Open) -> None:
    days(db, MARCH_1)
    record(db, MARCH_1, 5, "T_HOWAO-2", -900)
    reconcile(db)
    figures = report.collect(db)
    one = {**figures, "inspection": {**figures["inspection"], "days": 1}}
    assert 'in the <data value="1">1</data> day that was inspected' in section("source", one)
    db.execute(
        "insert into recon.source_findings"
        " (settlement_date, kind, subject, severity, evidence, next_step)"
        " values ('2025-03-01', 'lost_rows', '', 'critical', %s, 'look')",
        ("12 rows are there twice " * 5,),
    )
    page = opened(report.collect(db), 360)
    evidence = page.locator("#source tbody td").nth(2).bounding_box()
    assert evidence is not None
    assert evidence["width"] >= 200
    assert (
        page.locator("#source tbody th").evaluate("one => getComputedStyle(one).whiteSpace")
        == "nowrap"
    )
    beyond = page.evaluate(
        "[...document.querySelectorAll('#top svg')].map(one => Math.min("
        "...[...one.querySelectorAll('text')].map(text => text.getBoundingClientRect().left))"
        " - one.getBoundingClientRect().left)"
    )
    assert min(beyond) >= 0


def test_a_part_of_the_page_can_be_drawn_alone(told: Connection) -> None:
    """As a page that lives replaces them."""
    figures = report.collect(told)
    whole = as_html(figures)
    for name in SECTIONS:
        drawn = section(name, figures)
        assert f'id="{name}"' in drawn
        assert drawn.strip() in whole


# -------------------------------------------------------------------------------------- figures


def test_the_top_is_what_the_records_sum_up_to(told: Connection) -> None:
    rows = told.execute("select * from recon.report_top(max_rows => 100)").fetchall()
    farms = {row["name"]: row for row in rows if row["kind"] == "farm"}
    expected = told.execute(
        "select farm_id, sum(abs(volume)) as mwh, sum(payment) as gbp from curtailment_records"
        " where (settlement_date, settlement_period, farm_id)"
        " <> ('2025-03-20', 1, 'T_FARM-0') group by 1"
    ).fetchall()
    assert {row["farm_id"]: (row["mwh"], row["gbp"]) for row in expected} == {
        name: (row["curtailed_mwh"], row["payment_gbp"]) for name, row in farms.items()
    }
    stored = told.execute(
        "select farm_id, miner_model, sum(bitcoin_mined) as btc from recon.expected_calculations"
        " where bitcoin_mined is not null group by 1, 2"
    ).fetchall()
    found = {(r["name"], r["miner_model"]): r["bitcoin_mined"] for r in rows if r["kind"] == "farm"}
    for row in stored:
        assert abs(found[row["farm_id"], row["miner_model"]] - row["btc"]) < Decimal("2e-8")
    by_energy = sorted(farms.values(), key=lambda row: row["place_by_energy"])
    energies = [row["curtailed_mwh"] for row in by_energy]
    assert energies == sorted(energies, reverse=True)
    few = told.execute("select distinct name from recon.report_top(max_rows => 2)").fetchall()
    assert len(few) < 8
    day = told.execute("select * from recon.report_top('2025-03-02', '2025-03-02')").fetchall()
    assert {row["name"] for row in day} == {"T_FARM-0", "T_FARM-1", "T_FARM-2", "(none named)"}


def sums(db: Connection, by: str, **given: Any) -> list[DictRow]:
    """The rows of recon.curtailment_sums, by one thing."""
    names = ", ".join(["by => %(by)s", *(f"{name} => %({name})s" for name in given)])
    statement = f"select * from recon.curtailment_sums({names})"
    return db.execute(statement.encode(), {"by": [by], **given}).fetchall()


ODD = {
    "a half hour that the day has not": (49, "T_FARM-0", "-3"),
    "beyond 10,000 MWh": (1, "T_FARM-1", "-20000"),
    "more than 30 decimals": (2, "T_FARM-1", "-1." + "0" * 30 + "1"),
    "no farm": (2, " ", "-5"),
    "right, and much of it": (3, "T_FARM-2", "-9990"),
    "as much again in another half hour": (4, "T_FARM-2", "-9990"),
}


def test_sums_by_anything_are_those_of_the_valid_cells(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2, date(2025, 4, 1), date(2026, 4, 1))
    for period, farm, volume in ODD.values():
        record(db, MARCH_2, period, farm, volume)
    db.execute(
        "update curtailment_records set payment = 2, lead_party_name = case"
        " when settlement_period < 3 then 'Lead party 1' end"
    )
    reconcile(db)
    record(db, date(2025, 4, 1), 9, "T_LATE-1")
    for by, name in {
        "farm": "farm_id",
        "lead_party": "coalesce(lead_party_name, '(none named)')",
        "day": "settlement_date::text",
        "month": "to_char(settlement_date, 'YYYY-MM')",
        "year": "to_char(settlement_date, 'YYYY')",
    }.items():
        expected = db.execute(
            f"select {name} as name, sum(abs(r.volume)) as mwh, sum(r.payment) as gbp,"
            " count(distinct settlement_date) as days, count(distinct settlement_date) filter ("
            "   where settlement_date in ('2025-03-02', '2025-04-01')) as open_days"
            " from curtailment_records r join recon.curtailed_energy e"
            "   using (settlement_date, settlement_period, farm_id)"
            " where e.is_valid group by 1".encode()
        ).fetchall()
        found = sums(db, by)
        assert {
            (r["name"], r["curtailed_mwh"], r["payment_gbp"], r["days"], r["open_days"])
            for r in found
        } == {tuple(row.values()) for row in expected}
        assert len(found) == 3 * len(expected), "a row per miner model"
    mined = db.execute(
        "select farm_id as name, miner_model, sum(bitcoin_mined) as btc"
        " from recon.expected_calculations where bitcoin_mined is not null group by 1, 2"
    ).fetchall()
    btc = {(r["name"], r["miner_model"]): r["bitcoin_mined"] for r in sums(db, "farm")}
    assert {(r["name"], r["miner_model"]) for r in mined} == set(btc)
    for row in mined:
        assert abs(btc[row["name"], row["miner_model"]] - row["btc"]) < Decimal("2e-8")


def test_sums_are_of_a_farm_a_lead_party_and_a_range(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2, date(2025, 4, 1))
    db.execute("update curtailment_records set lead_party_name = 'One' where farm_id = 'T_FARM-1'")
    reconcile(db)

    def names(by: str, **given: Any) -> list[str]:
        return list(dict.fromkeys(row["name"] for row in sums(db, by, **given)))

    assert names("farm") == ["T_FARM-2", "T_FARM-1", "T_FARM-0"], "the most energy first"
    assert names("farm", lead_party="One") == ["T_FARM-1"]
    assert names("farm", lead_party="(none named)") == ["T_FARM-2", "T_FARM-0"]
    assert names("lead_party", farm="T_FARM-1") == ["One"]
    assert names("month", farm="T_FARM-1") == ["2025-03", "2025-04"]
    assert names("day", farm="T_FARM-1", to_date=MARCH_2) == ["2025-03-01", "2025-03-02"]
    assert names("day", farm="T_FARM-9") == []
    both = db.execute("select kind, name from recon.curtailment_sums('{year,month}')").fetchall()
    assert {tuple(row.values()) for row in both} == {
        ("month", "2025-03"),
        ("month", "2025-04"),
        ("year", "2025"),
    }
    twice = "select * from recon.curtailment_sums(%s) order by name, miner_model"
    assert (
        db.execute(twice, (["year", "year"],)).fetchall()
        == db.execute(twice, (["year"],)).fetchall()
    )
    for nothing in ([], None, [None]):
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            db.execute(twice, (nothing,))
    stored = db.execute("select * from recon.report_months()").fetchall()
    for month, row in zip(sums(db, "month"), stored, strict=True):
        assert (month["name"], month["miner_model"]) == (row["year_month"], row["miner_model"])
        assert (month["days"], month["curtailed_mwh"]) == (row["days"], row["curtailed_mwh"])
        assert abs(month["bitcoin_mined"] - row["bitcoin_mined"]) < Decimal("2e-8")
    db.execute("delete from recon.network_difficulties where settlement_date = '2025-04-01'")
    [april] = sums(db, "month", from_date=date(2025, 4, 1))
    assert (april["open_days"], april["miner_model"], april["bitcoin_mined"]) == (1, None, None)
    for by in ("week", "", None):
        with pytest.raises(psycopg.errors.InvalidParameterValue, match="none of its words"):
            sums(db, by)  # type: ignore[arg-type]


def test_repairs_are_summed_by_day_week_or_month(db: Connection) -> None:
    def grain(first: date, last: date) -> Any:
        return value(db, "select recon.report_grain(%s, %s)", first, last)

    ends = [date(2023, 1, 2), date(2023, 3, 1), date(2024, 6, 1), date(2025, 6, 1)]
    days(db, *ends, farms=1, periods=1)
    reconcile(db)
    assert [grain(ends[0], end) for end in ends] == ["day", "day", "week", "month"]
    found = db.execute("select * from recon.report_repairs()").fetchall()
    assert [(row["first_date"], row["missing"]) for row in found] == [
        (end.replace(day=1), 3) for end in ends
    ]
    weekly = db.execute("select * from recon.report_repairs(null, '2024-06-01')").fetchall()
    assert [row["first_date"].isoweekday() for row in weekly] == [1, 1, 1]


def test_repairs_begin_and_end_with_days_that_have_data(db: Connection) -> None:
    days(db, MARCH_1, date(2025, 3, 3), farms=1, periods=1)
    reconcile(db)
    for day in (date(2024, 1, 1), date(2025, 3, 2), date(2026, 6, 1)):
        record(db, day)
    db.execute(
        "delete from curtailment_records where settlement_date in ('2024-01-01',"
        " '2025-03-02', '2026-06-01')"
    )
    reconcile(db)
    assert value(db, "select count(*) from recon.run_days where source_rows = 0") == 3
    found = db.execute("select * from recon.report_repairs()").fetchall()
    assert [(row["grain"], row["first_date"].day, row["missing"]) for row in found] == [
        ("day", 1, 3),
        ("day", 2, 0),
        ("day", 3, 3),
    ]


def test_gaps_are_counted_on_the_latest_days_and_it_says_how_many_were_not(
    db: Connection,
) -> None:
    days(db, *(MARCH_1 + timedelta(days=n) for n in range(4)), farms=1, periods=1)
    assert [row["cells"] for row in db.execute("select * from recon.report_gaps()")] == [3] * 4
    found = db.execute("select * from recon.report_gaps(max_days => 1)").fetchall()
    assert [(row["settlement_date"], row["days_left_out"]) for row in found] == [
        (date(2025, 3, 4), 3)
    ]
    reconcile(db)
    assert db.execute("select * from recon.report_gaps()").fetchall() == []


def test_runs_come_with_their_speed(told: Connection) -> None:
    run = told.execute("select * from recon.report_runs() order by run_id limit 1").fetchone()
    assert run is not None
    took = value(
        told,
        "select extract(epoch from finished_at - started_at) from recon.runs where run_id = %s",
        run["run_id"],
    )
    done = run["planned_days"] - run["left_days"]
    assert run["seconds"] == round(took, 3)
    assert abs(run["days_per_second"] - done / took) < 1
    assert abs(run["cells_per_second"] - run["missing"] / took) < 1


def test_a_day_that_waits_for_a_person_is_told_by_status_too(told: Connection, url: str) -> None:
    """Its next attempt is at infinity, which is no time in Python."""
    for verb in ("status", "report"):
        done = recon(verb, url=url)
        assert done.returncode == 3, done.stderr
        assert "recon-kit retry-day 2025-03-11" in done.stdout


# ---------------------------------------------------------------------------------------- files


def test_json_and_csv_have_the_figures_of_the_page(
    told: Connection, url: str, opened: Open, tmp_path: Path
) -> None:
    out = tmp_path / "a" / "b"
    done = recon("report", "--out", str(out), url=url)
    assert done.returncode == 3, done.stderr
    assert f"written: {out}/report.html" in done.stderr
    assert done.stdout.startswith("43 days from 2025-03-01 to 2025-04-12")
    figures = json.loads((out / "report.json").read_text())
    page = opened(report.collect(told))
    shown = [str(number) for number in numbers(page, f"{BY_MONTH} td:nth-child(n + 5)")]
    for months in (figures["months"], list(csv.DictReader((out / "months.csv").open()))):
        assert shown == [str(row["bitcoin_mined"]) for row in months if row["miner_model"]]
    for name in report.LISTS:
        lines = list(csv.reader((out / f"{name}.csv").open()))
        assert len(lines) == len(figures[name]) + 1
        assert all(lines[0] == list(row) for row in figures[name])
    names = {row["name"] for row in csv.DictReader((out / "top.csv").open())}
    assert not any(name.startswith("=") for name in names), "no formula for a spreadsheet"
    assert {row["name"] for row in figures["top"]} >= set(HOSTILE)
    again = json.loads(recon("report", "--json", url=url).stdout)
    again["verdict"]["as_of"] = figures["verdict"]["as_of"]
    assert again == figures


def test_a_list_without_a_row_has_its_header(
    db: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browsers, "NAMES", ())
    write(report.collect(db), tmp_path)
    for name in (*report.ONE_ROW, *report.LISTS):
        assert (tmp_path / f"{name}.csv").read_text(), name
    header = "severity,first_date,last_date,days,finding,next_step\n"
    assert (tmp_path / "actions.csv").read_text() == header


def test_there_is_a_pdf_where_there_is_a_browser(
    told: Connection, browser: Browser, tmp_path: Path
) -> None:
    write(report.collect(told), tmp_path)
    assert (tmp_path / "report.pdf").read_bytes().startswith(b"%PDF-")
    browsers.take_picture(tmp_path / "report.html", tmp_path / "small.png", 400, 300)
    assert (tmp_path / "small.png").read_bytes().startswith(b"\x89PNG")


def test_without_a_browser_there_is_a_line_and_no_failure(
    told: Connection, url: str, tmp_path: Path
) -> None:
    (tmp_path / "report.pdf").write_text("of yesterday")
    done = recon("report", "--out", str(tmp_path), url=url, PATH=str(tmp_path))
    assert done.returncode == 3
    assert "no report.pdf: there is no browser on this machine" in done.stderr
    assert not (tmp_path / "report.pdf").exists()
    assert (tmp_path / "report.html").exists()


def test_a_browser_that_fails_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(browsers, "NAMES", ("false",))
    with pytest.raises(ReconError, match=r"false did not write .*page\.pdf: exit code 1"):
        browsers.print_pdf(tmp_path / "page.html", tmp_path / "page.pdf")


def test_a_folder_that_cannot_be_written_to_is_an_error(
    db: Connection, url: str, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    done = recon("report", "--out", str(tmp_path / "file"), url=url)
    assert done.returncode == 1
    assert f"cannot write in {tmp_path}/file" in done.stderr


@pytest.mark.slow
def test_a_page_of_a_year_of_the_real_density_is_small(url: str, opened: Open) -> None:
    with connect(url) as db:
        first, length = date(2024, 1, 1), 366
        records = {"from_date": first, "days": length, "farms": FARMS[:30]}
        db.execute(query("generate_records"), records)
        for n in range(length):
            difficulty(db, first + timedelta(days=n))
        drive(url, Plan(workers=2))
        db.execute("analyze")
        figures = report.collect(db)
    assert figures["status"]["calculations"] > 400_000
    assert len(as_html(figures).encode()) < 300_000
    assert opened(figures, 390, 844).locator("#calendar td.day").count() > 340
