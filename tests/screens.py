"""A browser, the page that it sees, and a database with something in every state."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import urlencode

import pytest
import urllib3
from pytest_postgresql.executors import NoopExecutor

from recon_kit.db import Connection, connect
from tests.commands import ROOT
from tests.conftest import copy_of, missing
from tests.world import MARCH_1, days, reconcile, record

try:
    from playwright.sync_api import Browser, Page, sync_playwright
except ImportError:
    missing("playwright")

CHROMIUM = Path("/usr/bin/chromium")


SIZES = [(1440, 900), (768, 1024), (390, 844)]


HOSTILE = (
    "<script>window.harm = 1</script>",
    '"><img src=x onerror="window.harm = 2">',
    "</title></svg></script><script>window.harm = 3</script>",
    '=HYPERLINK("http://example.test/")',
    "{{ 7 * 7 }}",
    "T_\u202eGNORW-1\u0007",
    "A BM unit whose name is so long that it does not fit anywhere " + "w" * 90,
)


def tell(db: Connection) -> None:
    """Days in every state, difficulties with every mark, and names that nobody should use."""
    known = [MARCH_1 + timedelta(days=n) for n in range(40)]
    days(db, *known)
    for day in (date(2025, 4, 10), date(2025, 4, 11), date(2025, 4, 12)):
        record(db, day)
    for n, name in enumerate(HOSTILE):
        db.execute(
            "insert into curtailment_records"
            " (settlement_date, settlement_period, farm_id, lead_party_name, volume, payment)"
            " values ('2025-03-05', 7, %s, %s, %s, 70)",
            (name, name, -50 - n),
        )
    record(db, date(2025, 3, 20), 1, "T_FARM-0", -20000)
    reconcile(db)
    db.execute("select from recon.verify('2025-03-01', '2025-03-31')")
    db.execute("select recon.skip_day('2025-03-09', 'a <b>person</b> said so')")
    db.execute(
        "update recon.days set outcome = 'failed', reason = 'deadlock detected',"
        " sqlstate = '40P01', attempts = 5, next_attempt_at = 'infinity'"
        " where settlement_date = '2025-03-11'"
    )
    db.execute(
        "update historical_bitcoin_calculations set bitcoin_mined = bitcoin_mined * 2"
        " where settlement_date = '2025-03-12' and settlement_period = 1"
    )
    db.execute(
        "update recon.network_difficulties set difficulty = difficulty * 1.01"
        " where settlement_date = '2025-03-25'"
    )
    db.execute(
        "insert into recon.difficulty_refusals"
        " (sync_id, source, settlement_date, date_text, difficulty_text, reason, refused_at)"
        " values (1, 'file:x', '2025-03-15', '2025-03-15', '9e20', 'too far', now()),"
        " (1, 'file:x', '2025-03-16', '2025-03-16', '<i>none</i>', 'no number', now())"
    )
    db.execute("call recon.reconcile(from_date => '2025-03-25', to_date => '2025-03-25')")


@pytest.fixture(scope="module")
def told_for_all(deployed: NoopExecutor) -> Iterator[str]:
    """The name of a database that was told, to be copied."""
    name = f"{deployed.dbname}_told"
    with copy_of(deployed.template_dbname, deployed, name) as url:
        with connect(url) as db:
            tell(db)
        yield name


@pytest.fixture
def url(deployed: NoopExecutor, request: pytest.FixtureRequest) -> Iterator[str]:
    """A database of this test's own: as it was told, where the test asks for `told`."""
    is_told = "told" in request.fixturenames
    template = request.getfixturevalue("told_for_all") if is_told else deployed.template_dbname
    with copy_of(template, deployed, deployed.dbname) as url:
        yield url


@pytest.fixture
def told(db: Connection) -> Connection:
    """A connection to a copy of what `tell` leaves."""
    return db


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, as apt installs it."""
    if not CHROMIUM.exists():
        missing(f"the browser {CHROMIUM}")
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"]
        )


def looks(page: Page) -> Iterator[str]:
    """Has a page in each size, light and dark, one after the other; names it."""
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        assert page.evaluate("innerWidth") == width
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)
            dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
            assert (dark == "rgb(20, 23, 26)") == (scheme == "dark")
            yield f"{width} {scheme}"


def numbers(page: Page, selector: str) -> list[Decimal]:
    """The exact numbers of a part of the page."""
    found = page.locator(f"{selector} data").evaluate_all("all => all.map(one => one.value)")
    return [Decimal(text) for text in found]


def cells(page: Page, selector: str) -> list[list[str]]:
    """The rows of a table as they are read."""
    rows: list[list[str]] = page.locator(f"{selector} tbody tr").evaluate_all(
        "all => all.map(row => [...row.cells].map(cell => cell.textContent.trim()))"
    )
    return rows


TOKEN = "a token of thirty-two characters"


@dataclass
class Serving:
    """A dashboard that runs, as a process of its own."""

    process: subprocess.Popen[str]
    origin: str
    link: str
    cookie: str = ""

    def ask(self, path: str, method: str = "GET", **headers: str) -> urllib3.BaseHTTPResponse:
        """Asks as whoever holds the cookie, if there is one."""
        given = {"cookie": self.cookie, **headers} if self.cookie else headers
        return urllib3.request(
            method, self.origin + path, headers=given, redirect=False, retries=False, timeout=20
        )

    def sign_in(self) -> None:
        """Opens the link."""
        answer = self.ask(f"/?{urlencode({'token': TOKEN})}")
        self.cookie = answer.headers["set-cookie"].split(";")[0]

    def form_token(self, day: date = MARCH_1) -> str:
        """What the forms of this session have in them."""
        found = re.search(
            r'name="form_token" value="(\w+)"', self.ask(f"/days/{day}").data.decode()
        )
        return found[1] if found else ""

    def post(self, path: str, form: dict[str, str], **headers: str) -> urllib3.BaseHTTPResponse:
        """Posts a form, as a page of its own does unless headers say otherwise."""
        given = {"origin": self.origin, "cookie": self.cookie, **headers}
        return urllib3.request(
            "POST",
            self.origin + path,
            body=urlencode(form),
            headers={"content-type": "application/x-www-form-urlencoded", **given},
            redirect=False,
            retries=False,
            timeout=20,
        )


@contextmanager
def serving(url: str, *flags: str, port: int = 0) -> Iterator[Serving]:
    """A dashboard on a free port, ended by SIGTERM."""
    process = subprocess.Popen(
        [sys.executable, "-m", "recon_kit", "serve", "--port", str(port), *flags],
        env={"PATH": os.environ["PATH"], "DATABASE_URL": url, "RECON_DASHBOARD_TOKEN": TOKEN},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        assert process.stdout is not None
        line = process.stdout.readline()
        found = re.search(r"https?://[\w.\[\]-]+(?::(\d+))?/", line)
        assert found is not None, line
        yield Serving(process, f"http://127.0.0.1:{port or found[1]}", found[0])
    finally:
        process.terminate()
        process.communicate(timeout=20)
