"""Who may see and do what: hosts, the token, sessions, and the headers of every answer."""

from __future__ import annotations

import hashlib
import hmac
import ipaddress
import secrets
import socket
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from recon_kit.errors import UsageError
from recon_kit.origin import public_origin

SHORTEST_TOKEN = 16

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""Of every answer: nothing from elsewhere, no inline script, no frame, nothing kept. (With
no-referrer, browsers would not name the origin of our own forms either.)"""

OPEN_TO_ALL = ("/health", "/healthz", "/readyz")
"""What a probe may ask for without a token."""


class Door:
    """The token, the sessions it opens, and the names the server goes by.

    A session is a random number signed with the token, so nothing is stored, and it lasts as long
    as the token does.

    Args:
        host: What the server was asked to bind to.
        address: What it is bound to.
        port: And the port.
        token: What opens a session; None for one made up here.
        allow_actions: Whether a session may act.
        public_url: What browsers call it, where a proxy stands before it.

    Attributes:
        link: What to open.
        must_sign_in: Whether reading needs a session too: other machines can reach it.
        is_encrypted: Whether browsers come by HTTPS.

    Raises:
        UsageError: The token is too short, or the URL is none that pages can have.
    """

    def __init__(
        self,
        host: str,
        address: str,
        port: int,
        token: str | None,
        *,
        allow_actions: bool,
        public_url: str | None = None,
    ) -> None:
        if token is not None and len(token) < SHORTEST_TOKEN:
            raise UsageError(
                f"the token has fewer than {SHORTEST_TOKEN} characters",
                "Make one, for RECON_DASHBOARD_TOKEN: openssl rand -hex 32",
            )
        self._token = token or secrets.token_urlsafe(32)
        self.cookie = f"recon-kit-{port}"
        self._any_address = ipaddress.ip_address(address).is_unspecified
        self._names = {"localhost", host.lower(), address}
        self._origin = self._own_origin(address, port)
        if public_url is not None:
            self._origin, name = public_origin(public_url)
            self._names.add(name)
        # Through a proxy, whoever reaches it comes from loopback.
        is_loopback = ipaddress.ip_address(address).is_loopback
        self.must_sign_in = not is_loopback or public_url is not None
        self.is_encrypted = self._origin.startswith("https:")
        is_shown = token is None and (allow_actions or self.must_sign_in)
        self.link = f"{self._origin}/?token={self._token}" if is_shown else f"{self._origin}/"

    def _own_origin(self, address: str, port: int) -> str:
        name = socket.gethostname() if self._any_address else address
        if self._any_address:
            self._names |= {name.lower(), socket.getfqdn().lower()}
        return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"

    def knows(self, host: str) -> bool:
        """Whether this is a name of ours; another one is a name that was made to lead here."""
        try:
            name = (urlsplit(f"//{host}").hostname or "").lower()
        except ValueError:
            return False
        try:
            address = ipaddress.ip_address(name)
        except ValueError:
            return name in self._names
        return address.is_loopback or self._any_address or name in self._names

    def is_ours(self, origin: str | None, host: str) -> bool:
        """Whether a page of this origin is one of ours, as whoever asks this host says."""
        return origin in (f"http://{host}", f"https://{host}", self._origin)

    def is_token(self, text: str) -> bool:
        """Whether this is the token."""
        return hmac.compare_digest(text.encode(), self._token.encode())

    def new_session(self) -> str:
        """A session, as it stands in the cookie."""
        number = secrets.token_urlsafe(16)
        return f"{number}.{self._signature('session', number)}"

    def session_of(self, request: Request) -> str | None:
        """The session of whoever asks, if there is one."""
        session = request.cookies.get(self.cookie, "")
        number, _, signature = session.partition(".")
        right = self._signature("session", number)
        return session if hmac.compare_digest(signature.encode(), right.encode()) else None

    def form_token(self, session: str) -> str:
        """What stands in each form of a session."""
        return self._signature("form", session)

    def _signature(self, use: str, text: str) -> str:
        signed = f"{use} {text}".encode()
        return hmac.new(self._token.encode(), signed, hashlib.sha256).hexdigest()


class Guard:
    """Stands before the pages; what it refuses is not looked at further."""

    def __init__(self, app: ASGIApp, door: Door) -> None:
        self._app, self._door = app, door

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers, or has the pages answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(HEADERS)
            await send(message)

        answer = self._answer(Request(scope)) or self._app
        await answer(scope, receive, send_with_headers)

    def _answer(self, request: Request) -> Response | None:
        door, host = self._door, request.headers.get("host", "")
        if not door.knows(host):
            return PlainTextResponse(f"This is not {host}.\n", 421)
        if (token := request.query_params.get("token")) is not None:
            return self._sign_in(token)
        session = door.session_of(request)
        if door.must_sign_in and session is None and request.scope["path"] not in OPEN_TO_ALL:
            return PlainTextResponse("Open the link with the token, as recon-kit has it.\n", 401)
        if request.method in ("GET", "HEAD"):
            return None
        # A browser names the page that a form was sent from; another site's has another origin.
        origin = request.headers.get("origin")
        if session is None or not door.is_ours(origin, host):
            return PlainTextResponse("Open the link with the token, and act from there.\n", 403)
        return None

    def _sign_in(self, token: str) -> Response:
        if not self._door.is_token(token):
            return PlainTextResponse("That token is not the right one.\n", 403)
        answer = RedirectResponse("/", 303)
        answer.set_cookie(
            self._door.cookie,
            self._door.new_session(),
            secure=self._door.is_encrypted,
            httponly=True,
            samesite="lax",  # what is followed from a chat brings it along, another site's form not
        )
        return answer
