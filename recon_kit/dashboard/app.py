"""The addresses, and what answers at each.

Starlette and uvicorn are 4 MB with what they need, answer streams without a thread for each, and
are loaded by this verb alone. A stream of events is a few lines of text: no package is needed.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import (
    HTMLResponse,
    JSONResponse,
    RedirectResponse,
    Response,
    StreamingResponse,
)
from starlette.routing import Route

from recon_kit.dashboard.actions import Actions
from recon_kit.dashboard.guard import Door, Guard
from recon_kit.dashboard.live import Board
from recon_kit.dashboard.pages import Pages
from recon_kit.dashboard.state import Bounds
from recon_kit.dashboard.templates import draw
from recon_kit.db import value
from recon_kit.errors import ReconError, UsageError
from recon_kit.http import alive
from recon_kit.log import logger
from recon_kit.pool import is_lost
from recon_kit.report import LISTS, page
from recon_kit.report.files import csv_text

STATIC = Path(__file__).parent / "static"
REPORT_STYLE = Path(page.__file__).parent / "page" / "style.css"
FILES = {
    "live.js": (STATIC / "live.js", "text/javascript"),
    "dashboard.css": (STATIC / "dashboard.css", "text/css"),
    "report.css": (REPORT_STYLE, "text/css"),
}


def make_app(door: Door, board: Board, pages: Pages, actions: Actions | None) -> Guard:
    """The application, behind its guard.

    Args:
        door: Who may come in.
        board: What viewers follow.
        pages: What draws the pages.
        actions: What the buttons do; None for none.
    """
    answers = _Answers(door, board, pages, actions)
    routes = [
        Route("/", answers.home),
        Route("/days", answers.go_to_day),
        Route("/days/{day}", answers.day),
        Route("/days/{day}/cell", answers.cell),
        Route("/runs/{run}", answers.run),
        Route("/farms", answers.farms),
        Route("/parties", answers.parties),
        Route("/csv/{name}", answers.csv),
        Route("/updates", answers.updates),
        Route("/health", answers.ready),
        Route("/healthz", alive),
        Route("/readyz", answers.ready),
        Route("/static/{name}", answers.static),
    ]
    if actions is not None:
        routes.append(Route("/days/{day}/{action}", answers.act, methods=["POST"]))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        pages.close()

    app = Starlette(
        routes=routes,
        exception_handlers={
            HTTPException: answers.refused,
            ReconError: answers.failed,
            Exception: answers.broken,
        },
        lifespan=lifespan,
    )
    return Guard(app, door)


class _Answers:
    """What answers; all but the stream run in threads of their own."""

    def __init__(self, door: Door, board: Board, pages: Pages, actions: Actions | None) -> None:
        self._door, self._board, self._pages, self._actions = door, board, pages, actions

    def home(self, request: Request) -> Response:
        return HTMLResponse(self._pages.home(_bounds(request), **self._common(request)))

    def farms(self, request: Request) -> Response:
        return self._curtailed("farm", request)

    def parties(self, request: Request) -> Response:
        return self._curtailed("lead_party", request)

    def _curtailed(self, kind: str, request: Request) -> Response:
        name, bounds = _name(request, kind), _bounds(request)
        return HTMLResponse(self._pages.curtailed(kind, name, bounds, **self._common(request)))

    def csv(self, request: Request) -> Response:
        name, bounds = request.path_params["name"], _bounds(request)
        if name in LISTS:
            rows = self._pages.listed(f"report_{name}", bounds)
        elif name == "curtailment_sums":
            given = {key: _name(request, key) for key in ("farm", "lead_party")}
            rows = self._pages.listed(name, bounds, by=[_name(request, "by")], **given)
        else:
            raise HTTPException(404)
        headers = {"content-disposition": f'attachment; filename="{name}.csv"'}
        return Response(csv_text(rows.columns, rows), 200, headers, "text/csv")

    def go_to_day(self, request: Request) -> Response:
        day = request.query_params.get("date", "")
        return RedirectResponse(f"/days/{_date(day)}" if day else "/", 303)

    def day(self, request: Request) -> Response:
        day = _date(request.path_params["day"])
        given = request.query_params.get("period")
        period = None if given is None else (self._period(given, day),)
        return HTMLResponse(self._pages.day(day, period, **self._common(request)))

    def cell(self, request: Request) -> Response:
        given = request.query_params
        day = _date(request.path_params["day"])
        period = self._period(given.get("period"), day)
        farm = _name(request, "farm")
        return HTMLResponse(self._pages.cell(day, period, farm, **self._common(request)))

    def run(self, request: Request) -> Response:
        text = request.path_params["run"]
        if not re.fullmatch(r"[0-9]{1,18}", text):
            raise UsageError(f"{text!r} is not the number of a run")
        return HTMLResponse(self._pages.run(int(text), **self._common(request)))

    async def act(self, request: Request) -> Response:
        if self._actions is None:
            raise HTTPException(404)
        day = _date(request.path_params["day"])
        session = self._door.session_of(request) or ""
        form_token = self._door.form_token(session)
        await self._actions.take(request, session, form_token, day)
        return RedirectResponse(f"/days/{day}", 303)

    async def updates(self, request: Request) -> Response:
        client = self._door.session_of(request) or (request.client.host if request.client else "")
        if not self._board.has_room(client):
            return Response("Too many pages are open.\n", 503, {"retry-after": "60"})
        # A proxy that buffers, as nginx does, would keep them to itself.
        headers = {"x-accel-buffering": "no"}
        return StreamingResponse(self._board.follow(client), 200, headers, "text/event-stream")

    def ready(self, _request: Request) -> Response:
        try:
            self._pages.check()
        except ReconError as error:
            logger.warning("not ready", reason=error.message)
            return JSONResponse({"status": "the database does not answer"}, 503)
        return JSONResponse({"status": "ok"})

    def static(self, request: Request) -> Response:
        if (known := FILES.get(request.path_params["name"])) is None:
            raise HTTPException(404)
        return Response(known[0].read_bytes(), media_type=known[1])

    def refused(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 - it is registered for these
        if error.status_code == 404:
            return self._problem(request, 404, f"There is no page {request.scope['path']}")
        return self._problem(request, error.status_code, error.detail)

    def failed(self, request: Request, error: Exception) -> Response:
        assert isinstance(error, ReconError)  # noqa: S101
        if isinstance(error, UsageError):
            given = _typed(request)
            return self._problem(request, 400 if given else 404, error.message, error.hint, **given)
        logger.warning("a page failed", path=request.scope["path"], reason=error.message)
        if error.__cause__ is not None and is_lost(error.__cause__):
            return self._problem(request, 503, "The database cannot be reached")
        return self._problem(request, 500, error.message, error.hint)

    def broken(self, request: Request, _error: Exception) -> Response:
        """What nobody foresaw; the server logs it, with its traceback."""
        return self._problem(request, 500, "This page cannot be drawn: see the log")

    def _problem(
        self, request: Request, status: int, message: str, hint: str | None = None, **given: Any
    ) -> Response:
        text = draw("problem", message=message, hint=hint, **given, **self._common(request))
        return HTMLResponse(text, status)

    def _common(self, request: Request) -> dict[str, Any]:
        """What every page has: whether this viewer may act, and what came of it."""
        session = self._door.session_of(request)
        acts = self._actions is not None and session is not None
        told = None
        if self._actions is not None and session is not None and "x-live" not in request.headers:
            told = self._actions.told.pop(session, None)
        return {
            "with_actions": self._actions is not None,
            "form_token": self._door.form_token(session) if acts and session else None,
            "told": told,
        }

    def _period(self, text: str | None, day: date) -> int | None:
        """A period, whether or not the day has it; empty where a record has none."""
        if text == "":
            return None
        if text and re.fullmatch(r"-?[0-9]{1,10}", text) and -(2**31) <= int(text) < 2**31:
            return int(text)
        with self._pages.reading() as connection:
            last = value(connection, "periods_in_day", settlement_date=day)
        raise UsageError(
            f"{text or ''!r} is not a settlement period", f"{day} has {last}: 1 to {last}."
        )


def _bounds(request: Request) -> Bounds:
    """The range that is asked for; a bound that is absent or empty is none."""
    first, last = (request.query_params.get(name) or None for name in ("from", "to"))
    return first and _date(first), last and _date(last)


def _typed(request: Request) -> dict[str, Any]:
    """The range as it was typed, to be corrected where it stands; empty where none was."""
    query = request.query_params
    if not (query.get("from") or query.get("to")):
        return {}
    these = {key: query[key] for key in ("farm", "lead_party") if key in query}
    at = {"from_date": query.get("from"), "to_date": query.get("to"), "these": these}
    return {**at, "range_at": request.scope["path"]}


def _name(request: Request, key: str) -> str | None:
    """A name that is asked for."""
    name = request.query_params.get(key)
    if name is not None and "\0" in name:
        raise UsageError(f"no {key.replace('_', ' ')} has such a name")
    return name


def _date(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise UsageError(f"{text!r} is not a date", "Write it as 2025-03-01.")
    return day
