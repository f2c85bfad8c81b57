"""Clients that do not behave leave what listens answering others, and what listens says where."""

from __future__ import annotations

import ast
import resource
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path

import pytest
import urllib3
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

import recon_kit
from recon_kit import http
from recon_kit.dashboard.live import VIEWERS_OF_ONE
from recon_kit.db import Connection
from recon_kit.log import configure, logger
from tests.commands import client, recon
from tests.proxy import Proxy
from tests.world import MARCH_1, days, wait_for

pytestmark = pytest.mark.client

HALF = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "


@contextmanager
def answering(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """A server with short times, in this process; its port."""
    monkeypatch.setattr(http, "SECONDS_TO_ASK", 1.0)
    monkeypatch.setattr(http, "SECONDS_TO_TAKE", 1.0)
    monkeypatch.setattr(http, "MOST", 20)

    def small(_: Request) -> Response:
        return PlainTextResponse("here")

    def large(_: Request) -> Response:
        return PlainTextResponse("x" * 50_000_000)

    listener = http.bound("127.0.0.1", 0, "", "")
    app = Starlette(routes=[Route("/", small), Route("/large", large)])
    server = http.Server(app, listener)
    thread = threading.Thread(target=server.answer, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(10)
        assert not thread.is_alive()


def ask(port: int, path: str = "/", timeout: float = 10) -> urllib3.BaseHTTPResponse:
    return urllib3.request("GET", f"http://127.0.0.1:{port}{path}", retries=False, timeout=timeout)


def is_ready(port: int) -> bool:
    return ask(port, "/readyz", 40).status == 200


def open_to(port: int) -> socket.socket:
    return socket.create_connection(("127.0.0.1", port), 10)


def ends(connection: socket.socket, seconds: float) -> bool:
    """Whether the other end closes it in this time."""
    connection.settimeout(seconds)
    try:
        while connection.recv(65536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def test_a_request_that_does_not_come_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch) as port:
        for begun in (b"", HALF, b"POST / HTTP/1.1\r\n"):
            with open_to(port) as connection:
                connection.sendall(begun)
                assert ends(connection, 4), begun


def test_a_request_that_drips_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch) as port, open_to(port) as connection:
        before = time.monotonic()
        with suppress(OSError):
            for _ in range(50):
                connection.sendall(b"E")
                time.sleep(0.1)
        assert time.monotonic() - before < 4


def test_a_second_request_has_its_time_too(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch) as port, open_to(port) as connection:
        connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        answer = b""
        while not answer.endswith(b"here"):
            answer += connection.recv(65536)
        connection.sendall(HALF)
        assert ends(connection, 4)


def test_a_client_that_takes_no_answer_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch) as port, open_to(port) as connection:
        connection.sendall(b"GET /large HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        time.sleep(3)
        received = 0
        connection.settimeout(5)
        with suppress(ConnectionError):
            while data := connection.recv(1 << 20):
                received += len(data)
        assert received < 50_000_000


def test_an_answer_that_is_taken_is_given_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    with answering(monkeypatch) as port:
        assert len(ask(port, "/large").data) == 50_000_000


def test_the_body_of_an_answer_does_not_wait_until_its_head_is_acknowledged() -> None:
    """The option is set where it can be seen: the 40 ms themselves are Linux's."""
    with (
        http.bound("127.0.0.1", 0, "", "") as listener,
        open_to(listener.getsockname()[1]),
        listener.accept()[0] as connection,
    ):
        assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_beyond_the_most_connections_who_asks_is_answered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(http, "SECONDS_TO_ASK", 60.0)
    with answering(monkeypatch) as port, ExitStack() as opened:
        for _ in range(60):
            opened.enter_context(open_to(port)).sendall(HALF)
        assert ask(port).data == b"here"


def test_a_process_with_few_files_takes_fewer_connections(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(resource, "getrlimit", lambda _: (132, 132))
    assert http.most() == 50
    monkeypatch.setattr(resource, "getrlimit", lambda _: (resource.RLIM_INFINITY, 0))
    assert http.most() == http.MOST


def test_a_log_that_cannot_be_written_stops_nobody(capsys: pytest.CaptureFixture[str]) -> None:
    def broken(_: str) -> None:
        raise OSError(24, "Too many open files")

    configure(broken, 0)
    logger.warning("something")
    assert "Too many open files" in capsys.readouterr().err


# -------------------------------------------------------------------------- the verbs that serve
SERVING = {
    "serve": ("--port", "0", "/health"),
    "metrics": ("--listen", "0", "/metrics"),
}
PROBED = {**SERVING, "worker": ("--listen", "0", "/metrics")}


@contextmanager
def verb(name: str, url: str, *more: str) -> Iterator[tuple[int, Callable[[], None]]]:
    """A verb that listens: its port, and what ends it by SIGTERM within a few seconds."""
    flag, free, _ = PROBED[name]
    with client(url, name, flag, free, *more) as process:
        told = process.stdout if name == "serve" else process.stderr
        assert told is not None
        port = int(told.readline().decode().split("http://127.0.0.1:")[1].split("/")[0])

        def end() -> None:
            before = time.monotonic()
            process.send_signal(signal.SIGTERM)
            process.communicate(timeout=20)
            assert time.monotonic() - before < 8

        yield port, end


@pytest.mark.parametrize("name", SERVING)
def test_a_thousand_half_requests_are_survived(name: str, db: Connection, url: str) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    days(db, MARCH_1)
    try:
        with verb(name, url) as (port, end), ExitStack() as opened:
            for _ in range(1050):
                opened.enter_context(open_to(port)).sendall(HALF)
            for _ in range(3):
                assert ask(port, SERVING[name][2]).status == 200
            end()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.parametrize("name", PROBED)
def test_a_probe_is_told_whether_it_lives_and_whether_it_is_ready(
    name: str, db: Connection, url: str
) -> None:
    proxy = Proxy(url)
    with verb(name, proxy.url) as (port, end):
        assert [ask(port, path).status for path in ("/healthz", "/readyz")] == [200, 200]
        proxy.refuses = True
        proxy.cut()
        assert [ask(port, path, 40).status for path in ("/healthz", "/readyz")] == [200, 503]
        end()
    proxy.close()


def test_a_worker_that_waits_for_the_database_lives_and_is_not_ready(
    db: Connection, url: str
) -> None:
    """From the start on; it ends at SIGTERM, and goes on where the database comes."""
    proxy = Proxy(url)
    for comes in (False, True):
        proxy.refuses = True
        with client(proxy.url, "worker", "--listen", "0") as process:
            assert process.stderr is not None
            port = int(process.stderr.readline().decode().split(":")[-1].split("/")[0])
            assert [ask(port, path, 40).status for path in ("/healthz", "/readyz")] == [200, 503]
            proxy.refuses = not comes
            if comes:
                assert ask(port, "/healthz").status == 200
                wait_for(partial(is_ready, port))
            process.send_signal(signal.SIGTERM)
            _, told = process.communicate(timeout=20)
            assert process.returncode == 0, told
            assert b"Traceback" not in told
    proxy.close()


@pytest.mark.parametrize("name", SERVING)
@pytest.mark.parametrize("how", ["stalls", "refuses", "drips"])
def test_a_database_that_is_silent_is_an_error_of_http_and_sigterm_ends_it(
    name: str, how: str, db: Connection, url: str
) -> None:
    days(db, MARCH_1)
    proxy = Proxy(url)
    with verb(name, proxy.url) as (port, end):
        assert ask(port, SERVING[name][2]).status == 200
        setattr(proxy, how, True)
        proxy.cut()
        before = time.monotonic()
        assert ask(port, SERVING[name][2], 40).status >= 500
        assert time.monotonic() - before < 35
        end()
    proxy.close()


def test_a_client_has_so_many_streams_and_no_more(db: Connection, url: str) -> None:
    days(db, MARCH_1)
    ask_for_news = b"GET /updates HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n"
    with verb("serve", url) as (port, end), ExitStack() as opened:
        streams = [opened.enter_context(open_to(port)) for _ in range(VIEWERS_OF_ONE + 2)]
        answers = []
        for stream in streams:
            stream.sendall(ask_for_news)
            answers.append(stream.recv(12).decode())
        assert answers.count("HTTP/1.1 200") == VIEWERS_OF_ONE
        assert answers[-1] == "HTTP/1.1 503"
        streams[0].close()

        def there_is_room() -> bool:
            with open_to(port) as again:
                again.sendall(ask_for_news)
                return again.recv(12) == b"HTTP/1.1 200"

        wait_for(there_is_room)
        end()


# ------------------------------------------------------------------------------------ who listens
LISTENERS = {
    ("http.py", "create_server"): "at the address that the flag --host of serve and metrics names",
    ("local/dynamodb.py", "ThreadedMotoServer"): "DynamoDB of the demo, on loopback",
}
"""All that listens, by file and call: each is on loopback unless somebody asks for more."""

OPENERS = ("create_server", "bind", "listen", "ThreadedMotoServer", "start_http_server", "Config")


def test_nothing_else_listens() -> None:
    folder = Path(recon_kit.__file__).parent
    found = {
        (str(path.relative_to(folder)), name)
        for path in folder.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call)
        for name in [getattr(node.func, "attr", getattr(node.func, "id", ""))]
        if name in OPENERS and name != "Config"
    }
    assert found == set(LISTENERS)


@pytest.mark.parametrize("name", SERVING)
def test_what_listens_is_on_loopback_and_says_where(name: str, url: str, db: Connection) -> None:
    with verb(name, url) as (port, _):
        listening = Path("/proc/net/tcp").read_text().splitlines()[1:]
        addresses = [line.split()[1] for line in listening if line.split()[3] == "0A"]
        assert [a for a in addresses if a.endswith(f":{port:04X}")] == [f"0100007F:{port:04X}"]


def test_metrics_listen_elsewhere_where_it_is_asked_for(url: str, db: Connection) -> None:
    with client(url, "metrics", "--listen", "0", "--host", "0.0.0.0") as process:
        assert process.stderr is not None
        assert b"http://0.0.0.0:" in process.stderr.readline()
    done = recon("metrics", "--listen", "0", "--host", "192.0.2.1", url=url)
    assert done.returncode == 1
    assert "nothing can listen on port 0 of 192.0.2.1" in done.stderr
    assert "--host" in done.stderr
