"""A webhook: where events are posted, and how a post is signed and sent."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import threading
import time
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from urllib.request import getproxies, proxy_bypass

import urllib3

from recon_kit.deadline import within
from recon_kit.errors import ReconError, UsageError
from recon_kit.plain import chat
from recon_kit.secret_names import DEFAULT, variable

ANSWER_BYTES = 200
"""What is read of an answer, which may have no end."""

PASSING = (408, 429, 500, 502, 503, 504)
"""Answers after which another attempt may succeed."""

ENCODED = "whsec_"
"""What a key in base64 begins with."""


@dataclass(frozen=True)
class Webhook:
    """Where events are posted.

    Attributes:
        url: What takes the posts; Slack and its likes read the ``text`` of one.
        secret: The key of the signature, in base64 after ``whsec_``, or as it is without; None for
            posts without one.
        severity: The least one that is posted, unless recon.webhooks has another.
        since: Older events are not posted.
        max_events: Events in a post at most.
        seconds: Time for a post in all, its attempts included.
        name: As recon.webhooks has it.
        public_url: The origin of the live page that events link to; None for no links.
    """

    url: str
    secret: str | None = None
    severity: str = "warning"
    since: timedelta = timedelta(days=1)
    max_events: int = 20
    seconds: float = 30
    name: str = DEFAULT
    public_url: str | None = None

    def __post_init__(self) -> None:
        try:
            parsed = urllib3.util.parse_url(self.url)
        except urllib3.exceptions.LocationParseError:
            parsed = urllib3.util.Url()
        if parsed.scheme not in ("http", "https") or not parsed.host:
            raise UsageError(
                f"the webhook {self.name} has no URL that can be read (it is not shown here, for "
                "the secret in it)",
                f"Write it as https://host/path, in {variable(self.name)}.",
            )
        self._key()

    def _key(self) -> bytes | None:
        if self.secret is None or not self.secret.startswith(ENCODED):
            return self.secret.encode() if self.secret else None
        try:
            return base64.b64decode(self.secret.removeprefix(ENCODED), validate=True)
        except ValueError as error:
            raise UsageError(
                f"what follows {ENCODED} in {variable(self.name)}_SECRET is not base64",
                f"Copy it again from the receiver; a key of another making has no {ENCODED}.",
            ) from error

    def _http(self) -> urllib3.PoolManager:
        """The way there, through the proxy of the environment where it names one."""
        parsed = urllib3.util.parse_url(self.url)
        proxy = getproxies().get(parsed.scheme or "")
        if proxy and not proxy_bypass(parsed.host or ""):
            return urllib3.ProxyManager(proxy)
        return urllib3.PoolManager()

    def send(
        self,
        webhook_id: str,
        text: str,
        events: list[dict[str, Any]],
        stop: threading.Event | None = None,
    ) -> None:
        """Posts, five times at most, with the headers of standardwebhooks.com.

        Raises:
            ReconError: It was not taken, not in time, or is not wanted any more.
        """
        body = json.dumps({"text": chat(text), "events": events})
        headers = {"content-type": "application/json", "webhook-id": webhook_id}
        headers["webhook-timestamp"] = str(int(time.time()))
        key = self._key()
        if key is not None:
            signed = ".".join([headers["webhook-id"], headers["webhook-timestamp"], body])
            mac = hmac.digest(key, signed.encode(), hashlib.sha256)
            headers["webhook-signature"] = f"v1,{base64.b64encode(mac).decode()}"
        self._until_taken(body, headers, stop or threading.Event())

    def _until_taken(self, body: str, headers: dict[str, str], stop: threading.Event) -> None:
        """Tries again what may pass, within a time for all attempts."""
        until = time.monotonic() + self.seconds
        for wait in (0.5, 1.0, 2.0, 4.0, 0.0):
            left = until - time.monotonic()
            try:
                status, said = within(
                    left, lambda: self._exchange(body, headers), is_wanted=lambda: not stop.is_set()
                )
            except TimeoutError as error:
                lack = f"the webhook {self.name} has not answered within {self.seconds:g} s"
                raise ReconError(lack) from error
            except urllib3.exceptions.HTTPError as error:
                lack = f"the webhook {self.name} cannot be reached: {type(error).__name__}"
                failure = ReconError(lack)
                failure.__cause__ = error
            else:
                if 200 <= status < 300:
                    return
                failure = ReconError(f"the webhook {self.name} answered {status}: {said!r}")
                if status not in PASSING:
                    break
            pause = wait * (1 + random.random())  # noqa: S311 - so that senders spread
            if time.monotonic() + pause >= until or stop.wait(pause):
                break
        raise failure

    def _exchange(self, body: str, headers: dict[str, str]) -> tuple[int, bytes]:
        """One attempt: the status, and the beginning of the answer. Redirects are not followed."""
        answer = self._http().request(
            "POST",
            self.url,
            body=body,
            headers=headers,
            retries=False,
            timeout=self.seconds,
            preload_content=False,
        )
        with closing(answer):
            return answer.status, answer.read(ANSWER_BYTES, decode_content=False)
