"""What the buttons do. Nothing of this is there without --allow-actions."""

from __future__ import annotations

import asyncio
import hmac
import threading
from collections.abc import Mapping
from datetime import date
from urllib.parse import parse_qs

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from recon_kit.acts import ACTS
from recon_kit.db import connect, translated_errors, value
from recon_kit.driver import Plan, reconcile_over
from recon_kit.errors import ReconError
from recon_kit.http import SECONDS_TO_ASK
from recon_kit.log import logger
from recon_kit.pool import Pool

LARGEST_FORM = 10_000
"""Bytes."""

Form = Mapping[str, str]


class Actions:
    """Acts on a day, one at a time.

    Args:
        url: Where the database is.
        patience: Seconds to wait for a database that is gone.
        stop: Once set, a run ends after its batch.

    Attributes:
        told: What came of the last action of a session, until it has been shown.
    """

    def __init__(self, url: str, patience: float, stop: threading.Event) -> None:
        self._url, self._patience, self._stop = url, patience, stop
        self._lock = threading.Lock()
        self.told: dict[str, str] = {}

    async def take(self, request: Request, session: str, form_token: str, day: date) -> None:
        """Does what a form asks for, and notes what came of it.

        Raises:
            HTTPException: There is no such action, or the form is not one of ours.
        """
        name = request.path_params["action"]
        if name not in ACTS:
            raise HTTPException(404)
        form = await _read(request)
        if not hmac.compare_digest(form.get("form_token", "").encode(), form_token.encode()):
            raise HTTPException(403, "This form is out of date: load the page again")
        self.told[session] = await run_in_threadpool(self._do, name, day, form)

    def _do(self, name: str, day: date, form: Form) -> str:
        if not self._lock.acquire(blocking=False):
            return "Another action is in hand. Try again when it is done."
        try:
            logger.info("action", action=name, settlement_date=str(day))
            if name == "reconcile":
                return self._reconcile(day)
            given = {key: form.get(key, "") for key in ("kind", "subject", "reason")}
            return ACTS[name].do(self._url, {"settlement_date": day, **given}, self._stop)
        except ReconError as error:
            return f"Not done: {error.message}. {error.hint or ''}"
        finally:
            self._lock.release()

    def _reconcile(self, day: date) -> str:
        """As a run that ends after its batch where the page ends."""
        with connect(self._url, self._stop) as connection, translated_errors():
            value(connection, "require_known_date", settlement_date=day)
        plan = Plan(day, day, force=True, patience=self._patience)
        with Pool(self._url, plan.workers, plan.patience, self._stop) as pool:
            run = reconcile_over(pool, plan)
        return f"Run {run.run_id} is {run.outcome}. {run.message}"


async def _read(request: Request) -> Form:
    body = b""
    try:
        async with asyncio.timeout(SECONDS_TO_ASK):
            async for chunk in request.stream():
                body += chunk
                if len(body) > LARGEST_FORM:
                    raise HTTPException(413, "This form is too long")
    except TimeoutError as error:
        raise HTTPException(408, "This form took too long to come") from error
    try:
        fields = parse_qs(body.decode(), max_num_fields=10)
    except ValueError as error:
        raise HTTPException(400, "This form cannot be read") from error
    return {name: values[0].replace("\0", "") for name, values in fields.items()}
