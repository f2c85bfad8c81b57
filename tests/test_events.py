"""Events: each is a row and a notification, told once, and posted until it is taken."""

from __future__ import annotations

import json
import signal
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from recon_kit.db import Connection, rows
from recon_kit.errors import ReconError, UsageError
from recon_kit.events import Listener, post
from recon_kit.webhook import Webhook
from tests.commands import client, recon
from tests.proxy import Proxy
from tests.webhook import Receiver, signature
from tests.world import (
    MARCH_1,
    MARCH_2,
    Open,
    days,
    difficulty,
    in_background,
    reconcile,
    record,
    value,
    wait_for,
)

POISON = """
create function poison() returns trigger language plpgsql as
$$ begin if new.farm_id = 'T_FARM-1' then raise 'poisoned'; end if; return new; end $$;
create trigger poison before insert on historical_bitcoin_calculations
for each row execute function poison();
"""


def told(db: Connection) -> list[tuple[str, str]]:
    """Kind and severity of every event, as they came."""
    found = db.execute("select kind, severity from recon.events order by event_id")
    return [(row["kind"], row["severity"]) for row in found]


def messages(db: Connection, kind: str) -> list[str]:
    found = db.execute(
        "select message from recon.events where kind = %s order by event_id", (kind,)
    )
    return [row["message"] for row in found]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    made = Receiver()
    yield made
    made.close()


# ------------------------------------------------------------------------------- what is an event


def test_a_run_that_has_work_tells_its_start_and_its_end(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    assert told(db) == [("run_started", "note"), ("run_finished", "note")]
    assert messages(db, "run_started") == ["Run 1 has 2 days to do, 2025-03-01 to 2025-03-02."]
    assert "Run 1 is complete. 2 of 2 days done: 2 fixed." in messages(db, "run_finished")[0]


def test_a_run_without_work_tells_nothing(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    db.execute("delete from recon.events")
    reconcile(db)
    assert value(db, "select count(*) from recon.runs") == 2
    assert told(db) == []


def test_a_day_tells_that_it_is_blocked_once(db: Connection) -> None:
    record(db)
    reconcile(db)
    assert told(db) == [
        ("run_started", "note"),
        ("day_blocked", "warning"),
        ("run_finished", "warning"),
    ]
    assert messages(db, "day_blocked")[0].startswith("2025-03-01 is blocked: ")
    record(db)
    reconcile(db)
    assert len(messages(db, "day_blocked")) == 1, "the same reason again is no news"
    difficulty(db)
    reconcile(db)
    assert told(db)[-1] == ("run_finished", "note")


def test_a_day_tells_each_new_failure_and_when_it_waits_for_a_person(db: Connection) -> None:
    days(db, MARCH_1)
    db.execute(POISON)
    db.execute("update recon.settings set max_attempts = 3")
    for _ in range(3):
        db.execute("update recon.days set next_attempt_at = '-infinity' where outcome = 'failed'")
        reconcile(db)
    failures = messages(db, "day_failed")
    assert len(failures) == 2
    assert failures[0].startswith("2025-03-01 has failed (attempt 1, the next after ")
    assert "poisoned" in failures[0]
    assert failures[1].startswith("2025-03-01 has failed (attempt 3, it waits for a person): ")


def test_a_run_that_the_fuse_stops_is_critical(db: Connection) -> None:
    dates = [MARCH_1 + timedelta(days=n) for n in range(8)]
    days(db, *dates)
    reconcile(db)
    db.execute("truncate curtailment_records")
    with pytest.raises(psycopg.Error):
        reconcile(db)
    assert told(db)[-1] == ("run_stopped", "critical")
    assert "Run 2 was stopped before it wrote anything" in messages(db, "run_stopped")[0]


def test_a_sync_tells_what_it_refused_and_what_is_suspect(
    db: Connection, url: str, tmp_path: Path
) -> None:
    file = tmp_path / "difficulty.json"
    series = {str(date(2024, 1, 1) + timedelta(days=n)): 9e13 for n in range(40)}
    file.write_text(json.dumps({**series, "2024-02-30": 9e13}))
    assert recon("sync", "--from-file", str(file), url=url).returncode == 3
    assert told(db) == [("difficulty_refused", "warning"), ("difficulty_suspect", "warning")]
    (refused,) = messages(db, "difficulty_refused")
    assert refused.startswith("1 item of file:difficulty.json refused, the first for 2024-02-30")
    (suspect,) = messages(db, "difficulty_suspect")
    assert suspect.startswith("40 difficulties from file:difficulty.json suspect (policy warn)")
    recon("sync", "--from-file", str(file), url=url)
    assert len(told(db)) == 2, "what is known already is no news"


def test_what_was_changed_past_the_triggers_is_told_as_tampering(db: Connection) -> None:
    days(db, MARCH_1, MARCH_2)
    reconcile(db)
    db.execute("delete from recon.events")
    db.execute("alter table historical_bitcoin_calculations disable trigger user")
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0 where farm_id ~ '1'")
    for depth in ("fingerprints", "cells"):
        db.execute("delete from recon.changes")
        db.execute("delete from recon.events")
        db.execute("select * from recon.verify(depth => %s)", (depth,))
        assert told(db) == [("tampering_seen", "critical")], depth
        assert (
            "on 2 days, 2025-03-01 to 2025-03-02. It is pending."
            in (messages(db, "tampering_seen")[0])
        )


def test_what_is_pending_or_was_never_right_is_no_tampering(db: Connection) -> None:
    days(db, MARCH_1)
    db.execute("select * from recon.verify()")
    reconcile(db)
    db.execute("update historical_bitcoin_calculations set bitcoin_mined = 0")
    assert value(db, "select count(*) from recon.verify()") > 0
    assert messages(db, "tampering_seen") == []


def test_the_weekly_analysis_is_an_event_with_its_findings(db: Connection) -> None:
    record(db)
    reconcile(db)
    said = value(db, "select recon.weekly_analysis()")
    assert messages(db, "weekly_analysis") == [said]
    assert said.startswith("7 days: 1 runs, 0 cells repaired. Now: ")
    assert "-> recon-kit sync" in said
    findings = value(
        db, "select details -> 'findings' from recon.events where kind = 'weekly_analysis'"
    )
    assert findings[0].keys() == {"severity", "subject", "finding", "next_step"}


def test_an_alert_is_told_when_its_severity_changes(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    db.execute("select * from recon.verify()")
    assert value(db, "select recon.announce_alerts()") == 0
    record(db)
    db.execute("update recon.changes set changed_at = now() - interval '2 hours'")
    assert value(db, "select recon.announce_alerts()") == 1
    assert value(db, "select recon.announce_alerts()") == 0, "it is no news"
    db.execute("update recon.changes set changed_at = now() - interval '2 days'")
    assert value(db, "select recon.announce_alerts()") == 1
    reconcile(db)
    assert value(db, "select recon.announce_alerts()") == 1
    alerts = [event for event in told(db) if event[0].startswith("alert_")]
    assert alerts == [
        ("alert_raised", "warning"),
        ("alert_raised", "critical"),
        ("alert_cleared", "note"),
    ]
    assert messages(db, "alert_raised")[0].startswith("Alert oldest_pending is warning: ")


def test_events_are_pruned_with_the_history(db: Connection) -> None:
    days(db, MARCH_1)
    reconcile(db)
    pruned = {r["pruned"]: r["pruned_rows"] for r in rows(db, "prune_history", keep="90 days")}
    assert pruned["events"] == 0
    db.execute("update recon.events set happened_at = now() - interval '91 days'")
    pruned = {r["pruned"]: r["pruned_rows"] for r in rows(db, "prune_history", keep="90 days")}
    assert pruned["events"] == 2


# --------------------------------------------------------------------------------------- listening


def test_a_notification_is_a_small_document(db: Connection, another: Open) -> None:
    listening = another()
    listening.execute("listen recon_events")
    record(db)
    reconcile(db)
    heard = [json.loads(n.payload) for n in listening.notifies(timeout=5, stop_after=3)]
    assert [event["kind"] for event in heard] == ["run_started", "day_blocked", "run_finished"]
    assert heard[1] == {
        "event_id": 2,
        "happened_at": heard[1]["happened_at"],
        "kind": "day_blocked",
        "severity": "warning",
        "run_id": 1,
        "settlement_date": "2025-03-01",
        "message": messages(db, "day_blocked")[0],
    }


def test_a_message_longer_than_a_notification_may_be_is_cut(db: Connection, another: Open) -> None:
    listening = another()
    listening.execute("listen recon_events")
    db.execute(
        "insert into recon.events (happened_at, kind, severity, message)"
        " values (now(), 'day_failed', 'critical', repeat('\N{SNOWMAN}', 9000))"
    )
    (heard,) = listening.notifies(timeout=5, stop_after=1)
    assert len(json.loads(heard.payload)["message"]) == 1000


def test_whoever_listens_is_told_each_event_once_across_a_lost_connection(
    db: Connection, url: str
) -> None:
    proxy = Proxy(url)
    heard: list[dict[str, Any]] = []
    listener = Listener(proxy.url, heard.append)
    result = in_background(listener.run)
    record(db)
    reconcile(db)
    wait_for(lambda: len(heard) == 3)
    proxy.cut()
    difficulty(db)
    reconcile(db)
    wait_for(lambda: len(heard) == 5)
    listener.stop.set()
    result()
    proxy.close()
    assert [event["event_id"] for event in heard] == [1, 2, 3, 4, 5]


@pytest.mark.parametrize("payload", ["hello", '{"event_id": 1, "message": "all is well"}'])
def test_what_others_notify_is_not_taken_for_an_event(
    payload: str, db: Connection, url: str
) -> None:
    heard: list[dict[str, Any]] = []
    listener = Listener(url, heard.append)
    result = in_background(listener.run)
    record(db)
    db.execute("select pg_notify('recon_events', %s)", (payload,))
    reconcile(db)
    wait_for(lambda: len(heard) == 3)
    db.execute("select pg_notify('recon_events', %s)", (payload,))
    difficulty(db)
    reconcile(db)
    wait_for(lambda: len(heard) == 5)
    listener.stop.set()
    result()
    assert [event["event_id"] for event in heard] == [1, 2, 3, 4, 5]


def test_a_listener_prints_lines_or_json_until_it_is_told_to_stop(db: Connection, url: str) -> None:
    record(db)
    reconcile(db)
    past = recon("listen", "--once", "--since", "1 hour", "--json", url=url)
    assert [json.loads(line)["event_id"] for line in past.stdout.splitlines()] == [1, 2, 3]
    with client(url, "listen", "--since", "1 hour") as listening:
        assert listening.stdout is not None
        lines = [listening.stdout.readline().decode() for _ in range(3)]
        listening.send_signal(signal.SIGTERM)
        assert listening.wait(20) == 0
    assert "  warning   day_blocked         2025-03-01 is blocked: " in lines[1]
    listed = recon("events", url=url)
    assert "run_finished" in listed.stdout
    assert recon("events", "--since", "a while", url=url).returncode == 2


# ----------------------------------------------------------------------------------------- posting


KEY = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def test_signatures_are_those_of_the_standard() -> None:
    headers = {"webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330"}
    signed = signature(KEY, headers, '{"test": 2432232314}')
    assert signed == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_a_key_that_is_no_base64_is_refused_and_not_shown(receiver: Receiver) -> None:
    with pytest.raises(UsageError, match="not base64") as refused:
        Webhook(receiver.url, "whsec_correct horse")
    assert "correct" not in refused.value.message


def test_a_post_has_a_text_the_events_and_a_signature(db: Connection, receiver: Receiver) -> None:
    record(db)
    reconcile(db)
    webhook = Webhook(receiver.url, f"whsec_{KEY}", "note")
    assert post(db, webhook) == 3
    headers, body = receiver.posts.get()
    assert headers["webhook-id"].startswith("recon-1-")
    assert headers["webhook-signature"] == signature(KEY, headers, body)
    document = json.loads(body)
    assert document["text"].splitlines()[1].startswith("[warning] 2025-03-01 is blocked: ")
    assert [event["kind"] for event in document["events"]] == [
        "run_started",
        "day_blocked",
        "run_finished",
    ]
    assert document["events"][2]["details"]["blocked_days"] == 1
    assert post(db, webhook) == 0, "each is posted once"


def test_only_what_is_severe_and_recent_enough_is_posted(
    db: Connection, receiver: Receiver
) -> None:
    record(db)
    reconcile(db)
    db.execute("update recon.events set happened_at = now() - interval '2 days' where event_id = 2")
    assert post(db, Webhook(receiver.url)) == 1
    assert receiver.next()[1]["events"][0]["kind"] == "run_finished"


def test_a_storm_of_events_is_few_posts(db: Connection, receiver: Receiver) -> None:
    for day in range(60):
        record(db, MARCH_1 + timedelta(days=day))
    reconcile(db)
    assert post(db, Webhook(receiver.url)) == 61
    assert receiver.posts.qsize() == 4


def test_a_post_that_fails_is_tried_again(db: Connection, receiver: Receiver) -> None:
    record(db)
    reconcile(db)
    for status in (500, 429, 503):
        receiver.answers.put(status)
    assert post(db, Webhook(receiver.url)) == 2
    assert len(receiver.refused) == 3
    assert set(receiver.refused) == {receiver.next()[0]["webhook-id"]}


def test_a_post_that_is_not_taken_keeps_its_id_and_is_sent_again(
    db: Connection, receiver: Receiver
) -> None:
    record(db)
    reconcile(db)
    receiver.answers.put(404)
    with pytest.raises(ReconError, match="answered 404"):
        post(db, Webhook(receiver.url))
    record(db, MARCH_2)
    reconcile(db)
    assert post(db, Webhook(receiver.url)) == 4
    ids = [receiver.next()[0]["webhook-id"] for _ in range(2)]
    assert [webhook_id.rpartition("-")[0] for webhook_id in ids] == ["recon-2", "recon-5"]
    assert receiver.refused == ids[:1]


def test_a_post_that_is_never_taken_is_an_alert_and_holds_up_the_others_for_a_day(
    db: Connection, receiver: Receiver
) -> None:
    unsent = "select severity from recon.alerts where name = 'unsent_post'"
    record(db)
    reconcile(db)
    receiver.answers.put(404)
    with pytest.raises(ReconError, match="answered 404"):
        post(db, Webhook(receiver.url))
    assert value(db, unsent) == "ok"
    db.execute("update recon.events set happened_at = now() - interval '20 minutes'")
    assert value(db, unsent) == "warning"
    db.execute("update recon.events set happened_at = now() - interval '7 hours'")
    assert value(db, unsent) == "critical"
    db.execute("update recon.events set happened_at = now() - interval '2 days'")
    assert value(db, unsent) == "ok"
    record(db, MARCH_2)
    reconcile(db)
    assert post(db, Webhook(receiver.url)) == 2
    assert receiver.next()[0]["webhook-id"].startswith("recon-5-")


def test_two_senders_take_turns(db: Connection, another: Open, receiver: Receiver) -> None:
    record(db)
    reconcile(db)
    other = another()
    (lock,) = rows(other, "lock_posts", webhook="default")
    assert post(db, Webhook(receiver.url)) == 0
    rows(other, "unlock_posts", advisory_key=lock["advisory_key"])
    assert post(db, Webhook(receiver.url)) == 2


def test_a_webhook_that_is_gone_stops_nobody(db: Connection, url: str, receiver: Receiver) -> None:
    receiver.close()
    record(db)
    assert reconcile(db)["outcome"] == "incomplete"
    done = recon("listen", "--once", "--since", "1 hour", RECON_WEBHOOK=receiver.url, url=url)
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == 3
    assert "the webhook default cannot be reached" in done.stderr
    assert "secret-path" not in done.stderr
    assert value(db, "select count(*) from recon.post_events where posted_at is null") == 2


def test_a_webhook_is_posted_to_through_the_proxy_of_the_environment(
    db: Connection, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    record(db)
    reconcile(db)
    monkeypatch.setenv("http_proxy", receiver.url)
    assert post(db, Webhook("http://webhook.invalid/hook")) == 2


@pytest.mark.parametrize("url", ["ftp://host/secret", "secret", "http://", "https://[secret"])
def test_a_webhook_that_is_no_url_is_refused_and_not_shown(url: str) -> None:
    with pytest.raises(UsageError) as refused:
        Webhook(url)
    assert "secret" not in str(refused.value.message).replace("the secret in it", "")


@pytest.mark.parametrize("severity", ["loud", "", None])
def test_an_unknown_severity_is_refused(severity: str | None, db: Connection) -> None:
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="severity is"):
        db.execute("select recon.claim_post(%s, '1 day', 1)", (severity,))
