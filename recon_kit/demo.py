"""The main job from end to end, on a server and a DynamoDB of its own that are then gone."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import boto3

from recon_kit import report, show
from recon_kit.db import Connection, connect, one, query, rows
from recon_kit.difficulty import sync_dynamodb
from recon_kit.driver import Plan, Run, reconcile
from recon_kit.local import local_dynamodb, throwaway_server
from recon_kit.migrate import migrate
from recon_kit.profiles import environment
from recon_kit.report.browser import take_picture
from recon_kit.report.files import write
from recon_kit.settings import Settings

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

FIRST = date(2024, 3, 15)
DAYS = 60
PICTURE_SIZE = (1280, 1330)
WITHOUT_DIFFICULTY = date(2024, 4, 2)

EPOCHS = {
    date(2024, 3, 14): Decimal("83947913181361.6"),
    date(2024, 3, 28): Decimal("83126997340024.6"),
    date(2024, 4, 11): Decimal(86388558925171),
    date(2024, 4, 25): Decimal(88104191118793),
    date(2024, 5, 10): Decimal(83148355189239),
}
"""Network difficulty by the first date of its epoch, from the chain."""

FARMS = """
E_ABRTW-1 E_AIRSW-1 E_ASHWW-1 E_ASLVW-1 E_BABAW-1 E_BETHW-1 E_BLARW-1 E_BNWKW-1 E_BRDUW-1
E_BRYBW-1 E_BTUIW-2 E_BTUIW-3 E_BURBO E_CNCLW-1 E_DALSW-1 E_GLCHW-1 E_GLOFW-1 E_GRGRW-1
E_HBHDW-1 E_HLGLW-1 E_HLTWW-1 E_HRHLW-1 E_HYWDW-1 E_KINCW-1 E_MINSW-1 E_MOYEW-1 E_PIBUW-1
E_SWBKW-1 E_TULWW-1 E_TULWW-2 T_ABRBO-1 T_ACHRW-1 T_AFTOW-1 T_AKGLW-2 T_AKGLW-3 T_ANSUW-1
T_ARCHW-1 T_BDCHW-1 T_BEINW-1 T_BHLAW-1 T_BLKWW-1 T_BLLA-1 T_BLLA-2 T_BOWLW-1 T_BRBEO-1
T_BROCW-1 T_CGTHW-1 T_CLDCW-1 T_CLDNW-1 T_CLDSW-1 T_COUWW-1 T_CRDEW-1 T_CRDEW-2 T_CRGHW-1
T_CRMLW-1 T_CRYRW-2 T_CUMHW-1 T_DALQW-1 T_DBAWO-1 T_DBAWO-2 T_DBAWO-3 T_DBAWO-4 T_DBAWO-5
T_DDGNO-1 T_DDGNO-2 T_DDGNO-3 T_DDGNO-4 T_DNLWW-1 T_DOUGW-1 T_DRSLW-1 T_DUNGW-1 T_EAAO-1
T_EAAO-2 T_EDINW-1 T_EWHLW-1 T_FALGW-1 T_FARR-1 T_FARR-2 T_FSDLW-1 T_GANW-11 T_GANW-13 T_GANW-22
T_GANW-24 T_GLNKW-1 T_GLWSW-1 T_GNAPW-1 T_GNFSW-1 T_GNFSW-2 T_GRGBW-1 T_GRGBW-2 T_GRGBW-3
T_GRIFW-1 T_GRIFW-2 T_GYMR-15 T_GYMR-17 T_GYMR-26 T_GYMR-28 T_HADHW-1 T_HMGTO-1 T_HMGTO-2
""".split()  # noqa: SIM905
"""BM units of British wind farms."""


def difficulty_of(day: date) -> Decimal:
    """The difficulty of a date of the demo."""
    return EPOCHS[max(first for first in EPOCHS if first <= day)]


class _Story:
    """Tells the steps and remembers whether all went as it should."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet, self._steps, self.failures = quiet, 0, list[str]()

    def step(self, text: str) -> None:
        self._steps += 1
        if not self._quiet:
            show.block(f"\n{self._steps}. {text}")

    def tell(self, text: str) -> None:
        if not self._quiet:
            show.line(f"   {text}")

    def table(self, lines: Sequence[Mapping[str, Any]]) -> None:
        if not self._quiet and lines:
            show.table(lines, list(lines[0]))

    def require(self, truth: bool, claim: str) -> None:
        self.tell(("ok: " if truth else "NOT TRUE: ") + claim)
        if not truth:
            self.failures.append(claim)


def run_demo(
    *,
    out: Path,
    picture: Path | None = None,
    as_json: bool = False,
    keep: Callable[[str], None] | None = None,
) -> bool:
    """Runs the demo; true where everything it claims came true.

    Args:
        out: The folder that the report is written into.
        picture: A PNG to make of the report's page.
        as_json: Print the figures as JSON and tell nothing.
        keep: Called at the end with the URL of the database, which is gone once it returns.

    Raises:
        ReconError: The report cannot be written, or a picture is asked for and there is no browser.
    """
    story = _Story(quiet=as_json)
    with throwaway_server() as server, _dynamodb() as (dynamodb, settings):
        url = server.url()
        with connect(url) as connection:
            _tell(story, url, connection, dynamodb, settings)
            figures = report.collect(connection)
            page = write(figures, out)
            figures["summaries_off"] = one(connection, "summaries_off")["off"]
        story.require(figures["summaries_off"] == 0, "every summary equals the sum of its rows")
        if as_json:
            show.block(show.as_json_text({**figures, "failures": story.failures}))
        else:
            show.block("\n" + report.as_text(figures, limit=5))
        show.note(f"the same as a page: {page}")
        if picture:
            take_picture(page, picture, *PICTURE_SIZE)
        for claim in story.failures:
            show.note(f"NOT TRUE: {claim}")
        if keep is not None:
            keep(url)
    return not story.failures


def _tell(
    story: _Story, url: str, connection: Connection, dynamodb: DynamoDBClient, settings: Settings
) -> None:
    story.step("An empty PostgreSQL, and the kit deployed to it")
    story.tell(f"migrations up to {migrate(url).version}")

    story.step(f"Curtailment records of {DAYS} days from {FIRST}")
    connection.execute(
        query("generate_records"), {"from_date": FIRST, "days": DAYS, "farms": FARMS}
    )
    records = one(connection, "count_records")
    story.tell(
        f"{records['records']:,} records on {records['days']} days, "
        f"{records['curtailed_mwh']:,} MWh"
    )

    story.step("Difficulty from DynamoDB")
    done = sync_dynamodb(connection, settings)
    for finding in done.findings:
        story.tell(
            f"{finding.finding}: {finding.item_id}: {finding.date_text} = "
            f"{finding.difficulty_text}: {finding.explanation}"
        )
    story.tell(f"{done.items} items read, {done.changed} dates new, {done.refused} refused")

    story.step("The first reconciliation: everything is missing, and one day has no difficulty")
    run = _reconcile(story, url)
    story.require(
        [problem.settlement_date for problem in run.problems] == [WITHOUT_DIFFICULTY],
        f"{WITHOUT_DIFFICULTY} is blocked, and no other day",
    )

    story.step("Damage: rows deleted, outdated, falsified, invented; records late and withdrawn")
    for name in ("create_damage", "damage_calculations", "damage_source", "damage_blocked"):
        connection.execute(query(name))
    compared = rows(connection, "compare_damage")
    story.table(compared)
    story.require(
        all(line["broken"] == line["found"] == line["both"] for line in compared),
        "every broken cell is found and named right, and no other",
    )

    story.step("The second reconciliation repairs exactly those")
    run = _reconcile(story, url)
    repaired = rows(connection, "compare_repairs", run_id=run.run_id)
    story.table(repaired)
    story.require(
        all(line["broken"] == line["repaired"] for line in repaired),
        "as many cells were repaired as were broken, of each kind",
    )

    story.step("The missing difficulty arrives; the record of a 47th half hour is withdrawn")
    _put(dynamodb, settings, WITHOUT_DIFFICULTY, str(difficulty_of(WITHOUT_DIFFICULTY)))
    sync_dynamodb(connection, settings)
    connection.execute(query("withdraw_impossible"))
    run = _reconcile(story, url)
    story.require(run.outcome == "complete", "no day is left, blocked or failed")
    story.require(
        not rows(connection, "gap_counts", from_date=None, to_date=None), "no gap is left"
    )

    story.step("Once more: nothing to do")
    run = _reconcile(story, url)
    story.require(run.planned_days == 0, "no day was looked at and no row written")

    story.step("The proof: every value worked out again from the records and compared")
    found = rows(connection, "verify", from_date=None, to_date=None, depth="cells")
    story.require(not found, "every stored calculation and every summary is right")


def _reconcile(story: _Story, url: str) -> Run:
    run = reconcile(url, Plan(workers=2))
    for problem in run.problems:
        story.tell(f"{problem.settlement_date} {problem.outcome}: {problem.reason}")
    story.tell(f"run {run.run_id} {run.outcome}. {run.message}")
    return run


@contextmanager
def _dynamodb() -> Iterator[tuple[DynamoDBClient, Settings]]:
    """A DynamoDB with the difficulty of each day but one, and some items nobody can use."""
    with local_dynamodb() as endpoint, environment(_CREDENTIALS):
        settings = Settings(  # not as the environment has them
            dynamodb_endpoint=endpoint, dynamodb_region="eu-west-2"
        )
        client = boto3.client("dynamodb", endpoint_url=endpoint, region_name="eu-west-2")
        client.create_table(
            TableName=settings.dynamodb_table,
            KeySchema=[{"AttributeName": settings.dynamodb_id, "KeyType": "HASH"}],
            AttributeDefinitions=[{"AttributeName": settings.dynamodb_id, "AttributeType": "S"}],
            BillingMode="PAY_PER_REQUEST",
        )
        for n in range(DAYS):
            day = FIRST + timedelta(days=n)
            if day == WITHOUT_DIFFICULTY:
                continue
            written = f"{difficulty_of(day):,}" if n == 20 else str(difficulty_of(day))
            _put(client, settings, day, "83947913181362" if n == 3 else written)
        _put(client, settings, "2024-02-30", "81725299822043")
        _put(client, settings, "2024-03-14", "to be confirmed")
        yield client, settings


_CREDENTIALS = {"AWS_ACCESS_KEY_ID": "demo", "AWS_SECRET_ACCESS_KEY": "demo"}


def _put(client: DynamoDBClient, settings: Settings, day: date | str, difficulty: str) -> None:
    client.put_item(
        TableName=settings.dynamodb_table,
        Item={
            settings.dynamodb_id: {"S": f"difficulty-{day}"},
            settings.dynamodb_date: {"S": str(day)},
            settings.dynamodb_difficulty: {"S": difficulty},
        },
    )
