"""More than one webhook: each is posted what its severity says, at its own pace; and links."""

from __future__ import annotations

import json
import signal
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from recon_kit.db import Connection, rows
from recon_kit.errors import ReconError, UsageError
from recon_kit.events import Listener, post, run_all
from recon_kit.webhook import Webhook
from tests.commands import client, recon
from tests.peers import MISBEHAVIOURS, Peer
from tests.webhook import Receiver
from tests.world import MARCH_2, Open, column, reconcile, record, value, wait_for

PUBLIC = "https://recon.example.org"


@pytest.fixture
def receivers() -> Iterator[Callable[[], Receiver]]:
    """Opens receivers, which are gone after the test."""
    opened: list[Receiver] = []

    def make() -> Receiver:
        opened.append(Receiver())
        return opened[-1]

    yield make
    for each in opened:
        each.close()


def set_webhook(db: Connection, webhook: str, severity: str | None = None) -> None:
    db.execute("select recon.set_webhook(%s, %s)", (webhook, severity))


def blocked(db: Connection) -> None:
    """Three events: a run starts (note), a day is blocked and the run ends (warnings)."""
    record(db)
    reconcile(db)


def event(db: Connection, message: str = "It failed.", severity: str = "critical") -> None:
    db.execute(
        "insert into recon.events (happened_at, kind, severity, message)"
        " values (now(), 'day_failed', %s, %s)",
        (severity, message),
    )


def kinds(receiver: Receiver) -> list[list[str]]:
    """What was taken so far, post by post."""
    posts = [receiver.next()[1] for _ in range(receiver.posts.qsize())]
    return [[event["kind"] for event in body["events"]] for body in posts]


# ---------------------------------------------------------------------------------------- routing


def test_each_is_posted_what_its_severity_says(
    db: Connection, receivers: Callable[[], Receiver]
) -> None:
    set_webhook(db, "pager", "critical")
    set_webhook(db, "archive", "note")
    blocked(db)
    event(db)
    taken = {}
    for name in ("default", "pager", "archive"):
        receiver = receivers()
        webhook = Webhook(receiver.url, name=name)
        assert post(db, webhook) > 0
        assert post(db, webhook) == 0, "each is posted once"
        taken[name] = kinds(receiver)
    assert taken == {
        "default": [["day_blocked", "run_finished", "day_failed"]],
        "pager": [["day_failed"]],
        "archive": [["run_started", "day_blocked", "run_finished", "day_failed"]],
    }


def test_a_severity_of_the_row_counts_before_that_of_the_sender(
    db: Connection, receivers: Callable[[], Receiver]
) -> None:
    blocked(db)
    receiver = receivers()
    set_webhook(db, "default", "critical")
    assert post(db, Webhook(receiver.url, severity="note")) == 0
    set_webhook(db, "default")
    assert post(db, Webhook(receiver.url, severity="note")) == 3


def test_a_sender_that_names_no_webhook_posts_to_the_default_one(db: Connection) -> None:
    """As those do that were started before there was more than one."""
    blocked(db)
    claim = (
        "select * from recon.claim_post(severity => 'warning', since => '1 day', max_events => 9)"
    )
    (claimed,) = db.execute(claim).fetchall()
    assert claimed.keys() == {"post_id", "webhook_id", "message", "events"}
    db.execute("select recon.finish_post(post_id => %s)", (claimed["post_id"],))
    assert db.execute(claim).fetchall() == []
    assert set(column(db, "select webhook from recon.post_events")) == {"default"}


@pytest.mark.parametrize(
    ("verb", "how"), [*(("listen", how) for how in MISBEHAVIOURS), ("worker", "stalls")]
)
def test_a_dead_one_holds_up_no_other(
    verb: str, how: str, db: Connection, url: str, receivers: Callable[[], Receiver]
) -> None:
    set_webhook(db, "chat")
    receiver = receivers()
    with (
        Peer(how) as peer,
        client(
            url,
            verb,
            RECON_SYNC_AT="never",
            RECON_WEBHOOK=f"http://127.0.0.1:{peer.port}/",
            RECON_WEBHOOK_CHAT=receiver.url,
        ) as sender,
    ):
        for number in (1, 2):
            event(db)
            assert receiver.next()[1]["events"][0]["event_id"] == number
        waits = "select unsent_since from recon.webhook_status where webhook = 'default'"
        wait_for(lambda: value(db, waits))
        sender.send_signal(signal.SIGTERM)
        _, said = sender.communicate(timeout=10)
        assert sender.returncode == 0
        assert how != "stalls" or b"webhook failed" not in said, "it ended before that was known"
    missed = "select count(posted_at) from recon.post_events where webhook = 'default'"
    assert value(db, missed) == 0


def test_each_keeps_its_own_order_and_its_own_posts(
    db: Connection, receivers: Callable[[], Receiver]
) -> None:
    set_webhook(db, "pager")
    first, second = receivers(), receivers()
    one, other = Webhook(first.url), Webhook(second.url, name="pager")
    blocked(db)
    first.answers.put(404)
    with pytest.raises(ReconError, match="the webhook default answered 404"):
        post(db, one)
    assert post(db, other) == 2
    record(db, MARCH_2)
    reconcile(db)
    assert post(db, other) == 2
    assert post(db, one) == 4
    ids = [[receiver.next()[0]["webhook-id"] for _ in range(2)] for receiver in (first, second)]
    assert ids[0] == ids[1], "the same events have the same id"
    assert first.refused == ids[0][:1], "and so has the post that was not taken before"


def test_senders_of_two_webhooks_do_not_take_turns(
    db: Connection, another: Open, receivers: Callable[[], Receiver]
) -> None:
    set_webhook(db, "pager")
    blocked(db)
    other = another()
    rows(other, "lock_posts", webhook="default")
    held = "select lock_name, pid from recon.advisory_locks"
    assert db.execute(held).fetchall() == [
        {"lock_name": "posts to default", "pid": other.info.backend_pid}
    ]
    assert post(db, Webhook(receivers().url)) == 0
    assert post(db, Webhook(receivers().url, name="pager")) == 2
    assert value(other, "select count(*) from recon.advisory_locks") == 1, "each gives its own back"


def test_the_alert_names_who_does_not_take_a_post(
    db: Connection, receivers: Callable[[], Receiver]
) -> None:
    alert = "select severity, finding from recon.alerts where name = 'unsent_post'"
    set_webhook(db, "pager")
    blocked(db)
    dead = receivers()
    for name in ("default", "pager"):
        dead.answers.put(404)
        with pytest.raises(ReconError, match=f"the webhook {name} answered"):
            post(db, Webhook(dead.url, name=name))
    db.execute("update recon.events set happened_at = now() - interval '20 minutes'")
    assert post(db, Webhook(receivers().url)) == 2
    (found,) = db.execute(alert).fetchall()
    assert found["severity"] == "warning"
    assert found["finding"].startswith("the webhook pager does not take a post of ")
    assert "default" not in found["finding"]
    db.execute("select recon.remove_webhook('pager')")
    (found,) = db.execute(alert).fetchall()
    assert tuple(found.values()) == ("ok", "no post waits to be taken")


def test_a_sender_that_is_killed_before_it_notes_a_post_sends_it_again(
    db: Connection, url: str, receivers: Callable[[], Receiver]
) -> None:
    set_webhook(db, "pager")
    receiver, other = receivers(), receivers()
    with client(url, "listen", RECON_WEBHOOK=other.url, RECON_WEBHOOK_PAGER=receiver.url) as sender:
        receiver.before_answer = sender.kill
        event(db)
        first, body = receiver.next()
        assert sender.wait(20) == -signal.SIGKILL
    receiver.before_answer = lambda: None
    webhook = Webhook(receiver.url, name="pager")
    wait_for(lambda: post(db, webhook) == 1)
    again, same = receiver.next()
    assert first["webhook-id"] == again["webhook-id"]
    assert body == same
    assert post(db, webhook) == 0


def test_what_one_has_yet_to_take_is_not_pruned(db: Connection) -> None:
    set_webhook(db, "pager")
    blocked(db)
    pruned = "select pruned_rows, open_rows from recon.prune_history('0') where pruned = 'events'"
    claim = "select post_id from recon.claim_post('note', '1 day', 9, %s)"
    posts = {name: value(db, claim, name) for name in ("default", "pager")}
    db.execute("select recon.finish_post(%s)", (posts["default"],))
    (kept,) = db.execute(pruned).fetchall()
    assert tuple(kept.values()) == (0, 3)
    db.execute("select recon.finish_post(%s, 'pager')", (posts["pager"],))
    (kept,) = db.execute(pruned).fetchall()
    assert tuple(kept.values()) == (3, 0)
    assert value(db, "select count(*) from recon.post_events") == 0


# ------------------------------------------------------------------------------------ setting up


def test_they_are_added_listed_and_removed_by_a_verb(db: Connection, url: str) -> None:
    assert recon("set-webhook", "pager", "critical", url=url).stderr == (
        "pager is posted what is critical, by whoever has its URL in RECON_WEBHOOK_PAGER\n"
    )
    assert recon("set-webhook", "chat", url=url).returncode == 0
    listed = json.loads(recon("webhooks", "--json", url=url).stdout)
    assert {(row["webhook"], row["severity"]) for row in listed} == {
        ("chat", None),
        ("default", None),
        ("pager", "critical"),
    }
    assert recon("remove-webhook", "pager", url=url).returncode == 0
    refused = recon("remove-webhook", "pager", url=url)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "there is no webhook 'pager'" in refused.stderr
    assert "There are: chat, default." in refused.stderr
    assert "RECON_WEBHOOK is not set" in recon("remove-webhook", "default", url=url).stderr


@pytest.mark.parametrize("name", ["", "Pager", "pa-ger", "secret", "file", "p" * 32, None])
def test_a_name_that_no_variable_can_have_is_refused(name: str | None, db: Connection) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="no webhook can be called"):
        db.execute("select recon.set_webhook(%s, 'critical')", (name,))
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="severity is 'loud'"):
        set_webhook(db, "pager", "loud")


@pytest.mark.parametrize("verb", [["listen", "--once"], ["worker"]])
def test_a_url_without_a_webhook_is_refused_with_the_next_step(verb: list[str], url: str) -> None:
    done = recon(*verb, url=url, RECON_WEBHOOK_PAGER="https://hooks.example.org/hidden")
    assert done.returncode == 2
    assert "there is no webhook 'pager'" in done.stderr
    assert "recon-kit set-webhook pager" in done.stderr
    assert "hidden" not in done.stderr


def test_doctor_says_which_has_no_url_and_which_url_no_webhook(db: Connection, url: str) -> None:
    def look(**environ: str) -> list[tuple[str, str, str | None]]:
        found = json.loads(recon("doctor", "--json", url=url, **environ).stdout)
        return [
            (row["outcome"], row["finding"], row["next_step"])
            for row in found
            if row["subject"] == "webhooks"
        ]

    assert look() == [("ok", "none is set", None)]
    assert look(RECON_WEBHOOK="https://hidden") == [("ok", "default", None)]
    set_webhook(db, "pager", "critical")
    assert look(RECON_WEBHOOK_CHAT="https://hidden") == [
        (
            "warning",
            "pager has no URL in this environment",
            "set RECON_WEBHOOK_PAGER where listen or worker runs, "
            "or: recon-kit remove-webhook pager",
        ),
        (
            "warning",
            "RECON_WEBHOOK_CHAT is set, and there is no webhook chat",
            "recon-kit set-webhook chat",
        ),
    ]
    assert look(RECON_WEBHOOK_PAGER="https://hidden") == [("ok", "pager", None)]
    (found,) = look(RECON_WEBHOOK_PAGER="")
    assert found[1] == "pager has no URL in this environment"


def test_a_url_that_is_empty_is_none(db: Connection, url: str) -> None:
    """As a template of an environment leaves it."""
    done = recon("listen", "--once", url=url, RECON_WEBHOOK="", RECON_WEBHOOK_PAGER="")
    assert (done.returncode, done.stderr) == (0, "")


def test_one_that_is_removed_meanwhile_ends_nobody(
    db: Connection, url: str, receivers: Callable[[], Receiver]
) -> None:
    set_webhook(db, "pager")
    receiver = receivers()
    with client(
        url, "listen", RECON_WEBHOOK=receiver.url, RECON_WEBHOOK_PAGER=receiver.url
    ) as listening:
        event(db)
        for _ in range(2):
            receiver.next()
        wait_for(
            lambda: value(
                db, "select count(*) = 2 from recon.webhook_status where posted_at is not null"
            )
        )
        db.execute("select recon.remove_webhook('pager')")
        event(db)
        assert receiver.next()[1]["events"][0]["event_id"] == 2
        assert listening.stderr is not None
        failed = next(line for line in listening.stderr if b"webhook failed" in line).decode()
        assert "webhook=pager" in failed
        assert "there is no webhook" in failed
        listening.send_signal(signal.SIGTERM)
        assert listening.wait(20) == 0
    assert value(db, "select count(*) from recon.post_events where posted_at is null") == 0


def refuse(_event: Any) -> None:
    raise OSError("no space")


def test_one_that_fails_ends_the_others_but_where_they_look_once(db: Connection, url: str) -> None:
    event(db)
    heard: list[int] = []
    nowhere = "host=127.0.0.1 port=1 dbname=none"
    good = Listener(url, lambda event: heard.append(event["event_id"]), since=timedelta(hours=1))
    with pytest.raises(ReconError, match="port 1 failed"):
        run_all([Listener(nowhere, print), good], once=True)
    assert heard == [1]
    with pytest.raises(OSError, match="no space"):
        run_all([Listener(url, print), Listener(url, refuse, since=timedelta(hours=1))])


# ------------------------------------------------------------------------------------------ links


def test_each_event_links_to_where_it_is_seen(
    db: Connection, url: str, receivers: Callable[[], Receiver]
) -> None:
    blocked(db)
    event(db)
    receiver = receivers()
    done = recon(
        "listen",
        "--once",
        "--severity",
        "note",
        "--public-url",
        f"{PUBLIC}:443/",
        url=url,
        RECON_WEBHOOK=receiver.url,
    )
    assert done.returncode == 0, done.stderr
    body = receiver.next()[1]
    links = [f"{PUBLIC}{path}" for path in ("/runs/1", "/days/2025-03-01", "/runs/1", "/")]
    assert [event["link"] for event in body["events"]] == links
    assert body["text"].splitlines()[1::2] == links
    assert body["text"].splitlines()[2].startswith("[warning] 2025-03-01 is blocked: ")


def test_where_no_page_is_known_there_is_no_link(
    db: Connection, receivers: Callable[[], Receiver]
) -> None:
    blocked(db)
    receiver = receivers()
    post(db, Webhook(receiver.url))
    body = receiver.next()[1]
    assert "http" not in body["text"]
    assert ["link" in event for event in body["events"]] == [False, False]


@pytest.mark.parametrize(
    "text",
    ["```", "`", "<!channel>", "[a](", "<https://evil.example|x", "a\nb\r\u2028", "\\", "\u202e"],
)
def test_no_text_breaks_a_link(
    text: str, db: Connection, receivers: Callable[[], Receiver]
) -> None:
    event(db, text)
    event(db, text)
    receiver = receivers()
    post(db, Webhook(receiver.url, public_url=PUBLIC))
    said = receiver.next()[1]["text"]
    assert said.split("\n")[1::2] == [f"{PUBLIC}/"] * 2, "each has a line of its own"
    assert not set(said) & set("<>`\u2028\u202e\r")


@pytest.mark.parametrize("verb", [["listen", "--once"], ["worker"]])
def test_a_page_that_no_browser_finds_is_refused(verb: list[str], url: str) -> None:
    done = recon(*verb, "--public-url", "recon.example.org", url=url)
    assert done.returncode == 2
    assert "--public-url" in done.stderr


# --------------------------------------------------------------------------------------- secrets


def test_its_url_and_key_are_kept_in_files_and_not_shown(
    url: str, db: Connection, tmp_path: Path, receivers: Callable[[], Receiver]
) -> None:
    receiver = receivers()
    for name, text in (("url", receiver.url), ("key", "hidden-key")):
        (tmp_path / name).write_text(text + "\n")
    files = {
        "RECON_WEBHOOK_PAGER_FILE": str(tmp_path / "url"),
        "RECON_WEBHOOK_PAGER_SECRET_FILE": str(tmp_path / "key"),
    }
    shown = recon("config", "--json", url=url, **files).stdout
    assert {row["name"]: row["value"] for row in json.loads(shown)}.items() >= {
        "RECON_WEBHOOK_PAGER": "***",
        "RECON_WEBHOOK_PAGER_SECRET": "***",
    }.items()
    set_webhook(db, "pager")
    event(db)
    assert recon("listen", "--once", url=url, **files).returncode == 0
    headers, _ = receiver.next()
    assert headers["webhook-signature"].startswith("v1,")


def test_a_url_or_key_that_cannot_be_read_names_its_variable() -> None:
    with pytest.raises(UsageError) as refused:
        Webhook("ftp://hidden", name="pager")
    assert "in RECON_WEBHOOK_PAGER." in str(refused.value.hint)
    with pytest.raises(UsageError, match="RECON_WEBHOOK_PAGER_SECRET is not base64"):
        Webhook("https://host", "whsec_correct horse", name="pager")
