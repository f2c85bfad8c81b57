"""A webhook that keeps what it is sent, and fails when it is told to."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import queue
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Receiver:
    """A webhook on this machine.

    Attributes:
        answers: Status codes for the next posts; 204 when there are none.
        posts: What was taken: headers (lower case) and body.
        before_answer: What is done once a post is there, and before its sender knows.
    """

    def __init__(self) -> None:
        self.answers: queue.SimpleQueue[int] = queue.SimpleQueue()
        self.posts: queue.SimpleQueue[tuple[dict[str, str], str]] = queue.SimpleQueue()
        self.refused: list[str] = []
        self.before_answer: Callable[[], object] = lambda: None
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"])).decode()
                headers = {name.lower(): text for name, text in self.headers.items()}
                status = 204 if receiver.answers.empty() else receiver.answers.get()
                if status < 300:
                    receiver.posts.put((headers, body))
                else:
                    receiver.refused.append(headers["webhook-id"])
                receiver.before_answer()
                self.send_response(status)
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Says nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/T0/secret-path"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        """Is gone from now on."""
        self._server.shutdown()
        self._server.server_close()

    def next(self) -> tuple[dict[str, str], dict[str, Any]]:
        """The next post, within a time."""
        headers, body = self.posts.get(timeout=20)
        return headers, json.loads(body)


def signature(secret: str, headers: dict[str, str], body: str) -> str:
    """What standardwebhooks.com has in webhook-signature, for a key in base64."""
    signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{body}"
    mac = hmac.new(base64.b64decode(secret), signed.encode(), hashlib.sha256).digest()
    return "v1," + base64.b64encode(mac).decode()
