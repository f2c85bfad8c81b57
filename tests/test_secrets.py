"""No part of a password, key or token comes out, however it is written and whatever fails."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import typer
from hypothesis import example, given
from hypothesis import strategies as st

from recon_kit.cli import main
from recon_kit.cli.modules import every
from recon_kit.db import connect
from recon_kit.errors import ReconError
from recon_kit.url import secrets_of, without_secrets
from tests.commands import ROOT, client, recon
from tests.world import wait_for

pytestmark = pytest.mark.client

LETTERS = "QXZ79JK"
PASSWORDS = st.text(LETTERS + "@:/?#%&='\" \\[],;$", min_size=4, max_size=24)
"""Made of letters that words of messages have not, and of all that a URL is cut at."""

FORMS = (
    "postgresql://u:{}@127.0.0.1:1/d",
    "postgres://u:{}@127.0.0.1:1/d?connect_timeout=2",
    "postgresql://u:{}@localhost/d?port=1",
    "postgresql://{}@127.0.0.1:1/d",
    "host=127.0.0.1 port=1 user=u password={}",
    "host=127.0.0.1 port=1 user=u password='{}'",
    "postgresql://u@127.0.0.1:1/d?password={}",
    "postgresql://127.0.0.1:1/d?pool=5&password={}&sslmode=prefer",
    "postgresql+psycopg2://u:{}@127.0.0.1:1/d",
    "jdbc:postgresql://127.0.0.1:1/d?user=u&password={}",
    "postgresql://u:{}@127.0.0.1:1/d?pgbouncer=true",
    "Host=127.0.0.1;Port=1;Username=u;Password={};Database=d",
    "host=127.0.0.1;port=1;user=u;password={};dbname=d",
    "postgresql://u@127.0.0.1:1/d;password={}?sslmode=prefer",
    '"postgresql://u:{}@127.0.0.1:1/d"',
    "{}",
)

NASTY = (
    "QXZ7@ZZ79",
    "QXZ7/ZZ79@KKJJ",
    "QXZ7:ZZ79#KKJJ",
    "7979/QXZ7Z",
    "QXZ7?ZZ79=KKJJ",
    "QXZ7%ZZ79",
    "QXZ7 ZZ79",
    "QXZ7'ZZ79",
    '"QXZ7"@[ZZ79',
    "@QXZ7Z",
    "QXZ7Z@",
)


def leaks(password: str, text: str) -> list[str]:
    """Pieces of four characters of a password that are in a text."""
    words = re.findall(f"[{LETTERS}]{{4,}}", password)
    return [
        word[n : n + 4] for word in words for n in range(len(word) - 3) if word[n : n + 4] in text
    ]


@pytest.mark.parametrize("form", FORMS)
@given(password=PASSWORDS)
@example(password="QXZ7@ZZ79")
@example(password="QXZ7/ZZ79@KKJJ")
@example(password="7979/QXZ7Z")
def test_no_piece_of_a_password_is_in_the_error_of_a_connection(form: str, password: str) -> None:
    url = form.format(password)
    try:
        connect(url).close()
    except ReconError as error:
        said = f"{error.message} {error.hint}"
    except UnicodeError as error:
        raise AssertionError(f"{url} is not refused in words") from error
    assert not leaks(password, said), said


@given(password=PASSWORDS)
def test_a_password_that_is_escaped_is_read_as_it_is(password: str) -> None:
    url = f"postgresql://u:{quote(password, safe='')}@h:1/d"
    assert secrets_of(url) == {"password": password}
    assert password not in without_secrets(url)


VERBS = (
    ["check"],
    ["check", "--json"],
    ["status"],
    ["doctor"],
    ["migrate"],
    ["reconcile", "-v"],
    ["listen", "--once"],
    ["metrics"],
    ["psql"],
    ["adopt", "--check"],
)


@pytest.mark.parametrize("password", NASTY)
def test_no_verb_shows_a_piece_of_a_password(
    password: str, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://u:{password}@127.0.0.1:1/d")
    monkeypatch.setenv("RECON_PATIENCE", "0")
    monkeypatch.setenv("RECON_DYNAMODB_ENDPOINT", "http://127.0.0.1:1")
    for arguments in VERBS:
        monkeypatch.setattr(sys, "argv", ["recon-kit", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = "".join(capfd.readouterr())
        assert ended.value.code, arguments
        assert said
        assert not leaks(password, said), said


SECRETS = {
    "RECON_WEBHOOK": "http://QXZ7ZZ:KKJJ79@127.0.0.1:1/QQQQXX/79797979",
    "RECON_WEBHOOK_SECRET": "whsec_UVhaN1FYWjdRWFo3",
    "RECON_DASHBOARD_TOKEN": "QXZ7ZZZZ79797979JJJJ",
    "AWS_SECRET_ACCESS_KEY": "ZZZZ7777QQQQ",
    "AWS_SESSION_TOKEN": "JJJJ7777QQQQ",
    "PGPASSWORD": "KKKK7777QQQQ",
    "http_proxy": "http://XXXX9999:QQQQ9999@127.0.0.1:1/",
}


@pytest.mark.parametrize(
    "verb", [["listen", "--since", "1 hour"], ["worker"], ["serve", "--port", "0"], ["sync"]]
)
def test_no_secret_is_in_the_process_list_or_in_what_is_said(verb: list[str], url: str) -> None:
    more: dict[str, Any] = {
        **SECRETS,
        "AWS_ACCESS_KEY_ID": "x",
        "RECON_DYNAMODB_ENDPOINT": "http://127.0.0.1:1",
        "RECON_DYNAMODB_REGION": "eu-west-2",
        "RECON_DYNAMODB_BUDGET": "0",
    }
    with client(url, *verb, **more) as process:
        shown = Path(f"/proc/{process.pid}/cmdline").read_bytes().decode()
        if verb == ["sync"]:
            process.wait(60)
        else:
            wait_for(lambda: is_up(process))
            process.terminate()
        out, err = process.communicate(timeout=30)
    said = shown + out.decode() + err.decode()
    for secret in SECRETS.values():
        assert not leaks(secret, said), said
        assert secret not in said


def is_up(process: subprocess.Popen[bytes]) -> bool:
    """Whether SIGTERM is handled by now, which is the last thing before it works."""
    status = Path(f"/proc/{process.pid}/status").read_text()
    caught = int(re.findall(r"SigCgt:\s*(\w+)", status)[0], 16)
    return bool(caught >> 14 & 1)


@pytest.mark.parametrize("verb", ["listen", "worker"])
def test_a_webhook_on_the_command_line_is_refused(verb: str, url: str) -> None:
    done = recon(verb, "--webhook", "http://127.0.0.1:1/QXZ7ZZ", url=url)
    assert done.returncode == 2
    assert "RECON_WEBHOOK" in done.stderr
    assert not leaks("QXZ7ZZ", done.stdout + done.stderr)


def test_no_flag_takes_a_secret() -> None:
    """What is typed is in the process list: flags that could hold one refuse it."""
    group = every()
    assert isinstance(group, typer.core.TyperGroup)
    verbs = [group, *group.commands.values()]
    flags = {flag for verb in verbs for parameter in verb.params for flag in parameter.opts}
    assert len(flags) > 50
    told = {flag for flag in flags if re.search("url|secret|token|password|key|webhook", flag)}
    assert told == {"--public-url", "--database-url", "database_url", "--webhook"} & told
    assert {"--database-url", "--webhook"} <= told


def test_psql_gets_the_password_by_its_environment(tmp_path: Path) -> None:
    program = tmp_path / "psql"
    program.write_text('#!/bin/sh\necho "arguments: $@"; echo "password: $PGPASSWORD"\n')
    program.chmod(0o755)
    code = (
        "import sys, typer\n"
        "from pathlib import Path\n"
        "from contextlib import contextmanager\n"
        "from recon_kit.cli import local\n"
        "url = 'postgresql://u:QXZ7%40ZZ79@h/d'\n"
        "local.database = contextmanager(lambda c: iter([(url, None)]))\n"
        f"local.find_binaries = lambda: Path({str(tmp_path)!r})\n"
        "local.psql(None)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        env={"PATH": os.environ["PATH"]},
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    arguments, password = done.stdout.splitlines()
    assert not leaks("QXZ7@ZZ79", arguments)
    assert password == "password: QXZ7@ZZ79"


def test_an_endpoint_with_credentials_is_refused_and_not_shown(url: str) -> None:
    endpoint = "http://QXZ7ZZ:KKJJ79@127.0.0.1:1"
    done = recon("check-dynamo", url=url, RECON_DYNAMODB_ENDPOINT=endpoint)
    assert done.returncode == 2
    assert not leaks("QXZ7ZZ KKJJ79", done.stdout + done.stderr)
