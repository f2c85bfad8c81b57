"""The command line. Each verb is thin: it reads its flags, calls one function, shows the result."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Any

import psycopg
import typer
from pydantic import SecretStr

from recon_kit import __version__, show
from recon_kit.db import Connection, connect, one, rows, translate, without_password
from recon_kit.difficulty import sync_dynamodb, sync_file
from recon_kit.driver import Plan, Run, reconcile
from recon_kit.errors import ReconError
from recon_kit.load import load as load_file
from recon_kit.local import LocalDatabase, find_binaries
from recon_kit.migrate import migrate as deploy
from recon_kit.settings import CORES, Settings

CLEAN, FAILED, WORK_REMAINS, BUSY = 0, 1, 3, 4

app = typer.Typer(
    name="recon-kit",
    help="Keeps derived bitcoin calculations provably consistent with curtailment records.",
    epilog="Exit codes: 0 clean, 1 failed, 2 usage, 3 work remains (blocked or failed days, "
    "refused items), 4 busy, 130 interrupted.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _date(text: str) -> date:
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a date; write it as 2025-03-01") from error


def _positive(text: str | int) -> int:
    if str(text).isdecimal() and int(text) > 0:
        return int(text)
    raise typer.BadParameter(f"'{text}' is not a whole number of 1 or more")


def _flag(name: str, variable: str, text: str, **more: Any) -> Any:
    return typer.Option(name, envvar=variable, show_envvar=True, help=text, **more)


Json = Annotated[bool, _flag("--json", "RECON_JSON", "Print JSON on stdout.")]
From = Annotated[
    date | None,
    _flag("--from", "RECON_FROM", "First settlement date.", parser=_date, metavar="DATE"),
]
To = Annotated[
    date | None, _flag("--to", "RECON_TO", "Last settlement date.", parser=_date, metavar="DATE")
]
_N = {"parser": _positive, "metavar": "N"}
BatchDays = Annotated[int, _flag("--batch-days", "RECON_BATCH_DAYS", "Days per transaction.", **_N)]
Workers = Annotated[
    int, _flag("--workers", "RECON_WORKERS", "Connections that work at once.", **_N)
]


@app.callback()
def _options(
    context: typer.Context,
    database_url: Annotated[
        str | None,
        typer.Option(
            envvar="DATABASE_URL",
            show_envvar=True,
            help="PostgreSQL to work on; without it a local database that is kept.",
        ),
    ] = None,
) -> None:
    settings = Settings()
    if database_url:
        settings = settings.model_copy(update={"database_url": SecretStr(database_url)})
    context.obj = settings


@contextmanager
def _database(context: typer.Context) -> Iterator[tuple[str, Connection]]:
    """The database of this command, started if it is the local one."""
    settings: Settings = context.obj
    if settings.database_url:
        url = settings.database_url.get_secret_value()
    else:
        local = LocalDatabase()
        if not local.running():
            show.note(f"starting the local database in {local.folder} (recon-kit down stops it)")
        url = local.up()
    with connect(url) as connection:
        yield url, connection


@app.command()
def migrate(context: typer.Context, as_json: Json = False) -> None:
    """Install the kit, or bring it up to date: migrations, then the whole of the code."""
    with _database(context) as (url, _):
        deployment = deploy(url)
    show.deployment(deployment, as_json=as_json)


@app.command()
def load(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(help="CSV file with a header.", metavar="FILE")],
    skip_bad: Annotated[
        bool, _flag("--skip-bad", "RECON_SKIP_BAD", "Leave bad lines out; load the others.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Load curtailment records from a CSV file, all of it or nothing."""
    with _database(context) as (_, connection):
        done = load_file(connection, file, skip_bad=skip_bad)
    show.load(file, done, as_json=as_json)
    if done.bad:
        raise typer.Exit(WORK_REMAINS if skip_bad else FAILED)


@app.command()
def sync(
    context: typer.Context,
    from_file: Annotated[
        Path | None,
        _flag(
            "--from-file", "RECON_FROM_FILE", "Read this JSON file, not DynamoDB.", metavar="FILE"
        ),
    ] = None,
    table: Annotated[
        str | None, _flag("--table", "RECON_DYNAMODB_TABLE", "DynamoDB table [difficulties].")
    ] = None,
    region: Annotated[str | None, _flag("--region", "RECON_DYNAMODB_REGION", "AWS region.")] = None,
    endpoint: Annotated[
        str | None,
        _flag("--endpoint", "RECON_DYNAMODB_ENDPOINT", "Another endpoint.", metavar="URL"),
    ] = None,
    id_attribute: Annotated[
        str | None, _flag("--id-attribute", "RECON_DYNAMODB_ID", "Key attribute [ID].")
    ] = None,
    date_attribute: Annotated[
        str | None, _flag("--date-attribute", "RECON_DYNAMODB_DATE", "Date attribute [Date].")
    ] = None,
    difficulty_attribute: Annotated[
        str | None,
        _flag(
            "--difficulty-attribute", "RECON_DYNAMODB_DIFFICULTY", "Value attribute [Difficulty]."
        ),
    ] = None,
    date_format: Annotated[
        str | None,
        _flag("--date-format", "RECON_DATE_FORMAT", "Pattern of to_char [YYYY-MM-DD]."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Bring network difficulty in from DynamoDB, or from a file."""
    given = {
        "dynamodb_table": table,
        "dynamodb_region": region,
        "dynamodb_endpoint": endpoint,
        "dynamodb_id": id_attribute,
        "dynamodb_date": date_attribute,
        "dynamodb_difficulty": difficulty_attribute,
        "date_format": date_format,
    }
    settings = context.obj.model_copy(update={k: v for k, v in given.items() if v is not None})
    with _database(context) as (_, connection):
        if from_file:
            done = sync_file(connection, from_file, settings)
        else:
            with show.counting("items read", quiet=as_json) as progress:
                done = sync_dynamodb(connection, settings, progress)
    show.sync(done, as_json=as_json)
    if done.refused:
        raise typer.Exit(WORK_REMAINS)


@app.command("reconcile")
def reconcile_(
    context: typer.Context,
    from_date: From = None,
    to_date: To = None,
    batch_days: BatchDays = 10,
    max_batches: Annotated[
        int | None, _flag("--max-batches", "RECON_MAX_BATCHES", "Stop after so many.", **_N)
    ] = None,
    order_by: Annotated[
        str, _flag("--order-by", "RECON_ORDER_BY", "recent, oldest or largest first.")
    ] = "recent",
    force: Annotated[
        bool, _flag("--force", "RECON_FORCE", "Days that are not pending too.")
    ] = False,
    workers: Workers = CORES,
    as_json: Json = False,
) -> None:
    """Reconcile what is pending: find each gap, repair exactly that, sum it up."""
    plan = Plan(from_date, to_date, order_by, force, batch_days, max_batches, workers)
    _reconcile(context, lambda _: plan, as_json=as_json)


@app.command("date")
def date_(
    context: typer.Context,
    settlement_date: Annotated[date, typer.Argument(parser=_date, metavar="DATE")],
    as_json: Json = False,
) -> None:
    """Reconcile one date, pending or not."""
    plan = Plan(settlement_date, settlement_date, force=True)
    _reconcile(context, lambda _: plan, as_json=as_json)


@app.command()
def recent(
    context: typer.Context,
    days: Annotated[int, _flag("--days", "RECON_DAYS", "How many, today included.", **_N)] = 30,
    batch_days: BatchDays = 10,
    workers: Workers = CORES,
    as_json: Json = False,
) -> None:
    """Reconcile what is pending in recent days."""

    def plan(connection: Connection) -> Plan:
        first = one(connection, "first_of_recent", days=days)["first_date"]
        return Plan(first, batch_days=batch_days, workers=workers)

    _reconcile(context, plan, as_json=as_json)


def _reconcile(
    context: typer.Context, plan: Callable[[Connection], Plan], *, as_json: bool
) -> None:
    with _database(context) as (url, connection), show.progress(quiet=as_json) as bar:
        run = reconcile(url, plan(connection), on_start=bar.start, on_batch=bar.advance)
    show.run(run, as_json=as_json)
    raise typer.Exit(exit_code_of(run))


def exit_code_of(run: Run) -> int:
    """0 where all is well, 3 where days are left or need something, 4 where others hold them."""
    if run.outcome == "complete":
        return CLEAN
    if run.left_days and not run.problems and not run.was_limited:
        return BUSY
    return WORK_REMAINS


@app.command()
def status(context: typer.Context, as_json: Json = False) -> None:
    """Show how many days there are, how each stands, and what needs a person."""
    with _database(context) as (_, connection):
        overview = one(connection, "status")
        problems = rows(connection, "problem_days")
    show.status(overview, problems, as_json=as_json)
    if overview["blocked"] or overview["failed"]:
        raise typer.Exit(WORK_REMAINS)


@app.command()
def gaps(
    context: typer.Context,
    from_date: From = None,
    to_date: To = None,
    limit: Annotated[
        int, _flag("--limit", "RECON_LIMIT", "Cells to list (all with --json).", min=0)
    ] = 20,
    as_json: Json = False,
) -> None:
    """List every cell that is missing, stale, wrong, orphan, blocked or of invalid source."""
    with _database(context) as (_, connection):
        found = rows(connection, "gaps", from_date=from_date, to_date=to_date)
    show.gaps(found, limit, as_json=as_json)
    if found:
        raise typer.Exit(WORK_REMAINS)


@app.command()
def demo(as_json: Json = False) -> None:
    """Run the main job on a throw-away database and DynamoDB, ending in a report."""
    from recon_kit.demo import run_demo

    if not run_demo(as_json=as_json):
        raise typer.Exit(FAILED)


@app.command()
def up() -> None:
    """Start the local database and print its URL."""
    show.line(LocalDatabase().up())


@app.command()
def down() -> None:
    """Stop the local database; its data is kept."""
    show.note("stopped" if LocalDatabase().down() else "it was not running")


@app.command()
def psql(context: typer.Context) -> None:
    """Open psql on the database."""
    with _database(context) as (url, _):
        program = find_binaries() / "psql"
    where, password = without_password(url)
    environment = {**os.environ, **({"PGPASSWORD": password} if password else {})}
    os.execve(program, [str(program), where], environment)  # noqa: S606 - it becomes psql


@app.command()
def version() -> None:
    """Print the version."""
    show.line(__version__)


def main() -> None:
    """Entry point: errors in a line or two, exit codes as documented."""
    try:
        app()
    except ReconError as error:
        show.error(error)
        sys.exit(error.exit_code)
    except psycopg.Error as error:
        translated = translate(error)
        show.error(translated)
        sys.exit(translated.exit_code)
