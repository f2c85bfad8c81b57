"""The flags that verbs share, each with its twin in the environment, and what people type."""

from __future__ import annotations

import functools
import inspect
import re
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import typer

from recon_kit.cli.complete import offer

LARGEST = 2_147_483_647
"""Of PostgreSQL's integer."""


MOST_DAYS = 36_525
"""A century."""


def as_date(text: str) -> date:
    """A settlement date as people type it."""
    try:
        return datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError as error:
        raise typer.BadParameter(f"{text!r} is not a date; write it as 2025-03-01") from error


def positive(text: str | int) -> int:
    """A whole number of 1 or more."""
    if str(text).isdecimal() and len(str(text)) <= 10 and 0 < int(text) <= LARGEST:
        return int(text)
    raise typer.BadParameter(f"'{text}' is not a whole number of 1 or more, up to {LARGEST}")


def as_interval(text: str | timedelta) -> timedelta:
    """A length of time as people type it: 30 minutes, 12 hours, 1 day."""
    if isinstance(text, timedelta):
        return text
    found = re.fullmatch(r"(\d{1,9}) ?(minute|hour|day)s?", text)
    if found is None:
        raise typer.BadParameter(f"{text!r} is not a length of time; write it as 12 hours")
    length = timedelta(**{f"{found[2]}s": int(found[1])})
    if length > timedelta(days=36525):
        raise typer.BadParameter(f"{text!r} is longer than 100 years")
    return length


def flag(name: str, variable: str, text: str, *, short: str | None = None, **more: Any) -> Any:
    """A flag with its environment twin.

    One environment may serve every verb: a twin is named after its verb, unless it means the same
    in each verb that has it, and harms in none.
    """
    names = [name] if short is None else [name, short]
    return typer.Option(*names, envvar=variable, show_envvar=True, help=text, **more)


Json = Annotated[bool, flag("--json", "RECON_JSON", "Print JSON on stdout.")]


DATE: dict[str, Any] = {
    "parser": as_date,
    "metavar": "DATE",
    "autocompletion": offer("offer_dates"),
}


From = Annotated[date | None, flag("--from", "RECON_FROM", "First settlement date.", **DATE)]


To = Annotated[date | None, flag("--to", "RECON_TO", "Last settlement date.", **DATE)]


COUNT: dict[str, Any] = {"parser": positive, "metavar": "N"}


BatchDays = Annotated[
    int, flag("--batch-days", "RECON_BATCH_DAYS", "Days per transaction at most.", **COUNT)
]


def force(verb: str) -> Any:
    """--force of a verb. What is dangerous has no twin that another verb reads too."""
    variable = f"RECON_{verb.upper()}_FORCE"
    return flag("--force", variable, "Days that are not pending too.")


DryRun = Annotated[
    bool, flag("--dry-run", "RECON_DRY_RUN", "Show what it would do, and write nothing.")
]


Depth = Annotated[
    Literal["cells", "fingerprints"],
    flag("--depth", "RECON_DEPTH", "Recompute every cell, or compare hashes of each day."),
]


def days_back(text: str | int) -> int:
    """A number of days that reaches no further back than there are dates."""
    days = positive(text)
    if days > MOST_DAYS:
        raise typer.BadParameter(f"'{text}' days are more than {MOST_DAYS:,}")
    return days


def days(verb: str) -> Any:
    """--days of a verb, each of which has a number of its own."""
    variable, text = f"RECON_{verb.upper()}_DAYS", "How many, today included."
    return flag("--days", variable, text, parser=days_back, metavar="N")


def since(verb: str) -> Any:
    """--since of a verb that looks back."""
    variable, text = f"RECON_{verb.upper()}_SINCE", "How far back to begin."
    return flag("--since", variable, text, parser=as_interval, metavar="'N HOURS'")


def last_day(verb: str) -> Any:
    """--to of a verb that decides about one date, or about all dates to that one."""
    variable, text = f"RECON_{verb.upper()}_TO", "All dates to this one."
    return flag("--to", variable, text, **DATE)


Day = Annotated[date, typer.Argument(**DATE)]


def as_period(text: str) -> str:
    """A period as gaps lists it: any whole number, or - where a record has none."""
    if text == "-" or (re.fullmatch(r"-?\d{1,10}", text) and -LARGEST - 1 <= int(text) <= LARGEST):
        return text
    raise typer.BadParameter(f"{text!r} is not a period; write it as 17")


Period = Annotated[str, typer.Argument(parser=as_period, metavar="PERIOD")]


Farm = Annotated[str, typer.Argument(metavar="FARM", autocompletion=offer("offer_farms"))]


CELL = {"ignore_unknown_options": True}
"""The settings of a verb that takes a cell: -5 is a period, and no flag."""


def cell(settlement_date: date, settlement_period: str, farm_id: str) -> dict[str, Any]:
    """The key of a cell as the queries take it; - stands for a null, as in what gaps lists."""
    return {
        "settlement_date": settlement_date,
        "settlement_period": None if settlement_period == "-" else int(settlement_period),
        "farm_id": None if farm_id == "-" else farm_id,
    }


Out = Annotated[
    Path | None,
    flag(
        "--out", "RECON_REPORT_OUT", "Write the report as a page, PDF, JSON and CSV.", metavar="DIR"
    ),
]


Reason = Annotated[str, typer.Argument(metavar="REASON", help="Shown to everybody.")]


REPLACE = "Put the file in the place of what is stored: of its dates, or of all units."


Workers = Annotated[
    int, flag("--workers", "RECON_WORKERS", "Connections that work at once.", **COUNT)
]


Quiet = Annotated[
    bool, flag("--quiet", "RECON_QUIET", "Nothing at all, if all is as it should be.")
]


Verbose = Annotated[
    bool, flag("--verbose", "RECON_VERBOSE", "Show more of what happens.", short="-v")
]


LogFile = Annotated[
    Path | None,
    flag("--log-file", "RECON_LOG_FILE", "Log to this file too; it is rotated.", metavar="FILE"),
]


Verb = Callable[..., None]


Flags = dict[str, tuple[Any, Any]]
"""Parameters by name: the annotation that makes a flag of it, and its default."""


def with_flags(verb: Verb, flags: Flags, run: Verb, *, without: str = "") -> Verb:
    """What runs in place of a verb: with these flags besides its own, which are for it alone.

    Args:
        verb: What people see the name, the help and the other flags of.
        flags: What ``run`` takes for itself.
        run: What is called.
        without: A parameter of the verb that ``run`` gives it.
    """
    own = inspect.signature(verb, eval_str=True).parameters.values()
    parameters = [
        *(parameter for parameter in own if parameter.name != without),
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=kind, default=none)
            for name, (kind, none) in flags.items()
        ),
    ]
    seen = functools.wraps(verb)(run)
    seen.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    seen.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    return seen
