"""Bad state is impossible: each constraint is violated once, by name."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest

from recon_kit.db import Connection, connect

WORLD = """
insert into recon.network_difficulties (settlement_date, difficulty) values ('2025-03-01', 1);
insert into curtailment_records (id, settlement_date, settlement_period, farm_id, volume, payment)
values (1, '2025-03-01', 1, 'T_A-1', -1, -70);
insert into historical_bitcoin_calculations values ('2025-03-01', 1, 'T_A-1', 'S9', 1, 1);
insert into recon.daily_sums values ('2025-03-01', 'S9', 1, 1);
insert into bitcoin_daily_summaries values ('2025-03-01', 'S9', 1);
insert into bitcoin_monthly_summaries values ('2025-03', 'S9', 1);
insert into bitcoin_yearly_summaries values (2025, 'S9', 1);
insert into recon.days (settlement_date, outcome) values ('2025-03-01', 'reconciled');
insert into recon.runs (started_at, order_by, force) values (now(), 'recent', false);
insert into recon.run_days (run_id, settlement_date, position) values (1, '2025-03-01', 1);
insert into recon.repairs values
  ('2025-03-01', default, 1, 1, 'T_A-1', 'S9', 'wrong', 1, 1, 2, 1, now());
insert into recon.period_failures values ('2025-03-01', 1, 1, 3, '22012', 'by zero', now());
insert into recon.syncs (source, started_at) values ('file:a', now());
insert into recon.sync_items (sync_id) values (1);
insert into recon.difficulty_refusals (sync_id, source, reason, refused_at)
values (1, 'file:a', 'the date is missing', now());
insert into recon.difficulty_decisions (settlement_date, difficulty, verdict)
values ('2025-03-01', 1, 'accepted');
insert into recon.withheld_difficulties values ('2025-03-01', 'step');
insert into recon.loads (file_name, sha256, loaded_at) values ('a.csv', 'a', now());
insert into recon.loaded_days values (1, '2025-03-01', 1, 1, '{1}');
insert into recon.summary_changes default values;
insert into recon.ignored_writes (table_name, command, ignored_rows, role_name, application_name)
values ('bitcoin_daily_summaries', 'INSERT', 1, 'a', 'b');
insert into recon.bm_units (farm_id) values ('T_A-1');
insert into recon.source_days values
  ('2025-03-01', 1, 0, 1, 1, 1, -1, 70, 0, 1, 1, 0, 1, 0, 0, 1, 1, now(), now());
insert into recon.source_periods values
  ('2025-03-01', 1, 1, 0, 1, 1, 1, -1, 70, 0, 1, 1, 0, 1, 0, 0, 0, 1);
insert into recon.source_farms values ('2025-03-01', 'T_A-1', 1, '{1}', 1, 70, 1);
insert into recon.source_findings (settlement_date, kind, severity, evidence, next_step)
values ('2025-03-01', 'plug_rows', 'warning', 'round', 'look');
insert into recon.source_faulty_days values
  ('2025-03-01', 'plug_rows', '', null, 'warning', 'round', 'look');
insert into recon.source_totals (settlement_date, curtailed_mwh) values ('2025-03-01', 1);
insert into recon.post_events (webhook, event_id, post_id)
select 'default', e.event_id, e.event_id from recon.events e limit 1;
"""
"""A row in each table, with which nothing is wrong."""


def record(**columns: str) -> str:
    values = {
        "settlement_date": "'2025-03-01'",
        "settlement_period": "2",
        "farm_id": "'T_A-1'",
        "volume": "-1",
        "payment": "0",
    }
    values |= columns
    columns_of, row = ", ".join(values), ", ".join(values.values())
    return f"insert into curtailment_records ({columns_of}) values ({row})"


def retarget(override: str = "", **columns: str) -> str:
    values = {
        "height": "9999360",
        "began_at": "'2090-01-01'",
        "nbits": "'1702905c'",
        "difficulty": "2",
        "source": "'a'",
    }
    values |= columns
    names, row = ", ".join(values), ", ".join(values.values())
    return f"insert into recon.retargets ({names}) {override} values ({row})"


def calculation(
    day: str = "'2025-03-01'", period: str = "2", model: str = "S9", btc: str = "1", diff: str = "1"
) -> str:
    row = f"{day}, {period}, 'T_A-1', '{model}', {btc}, {diff}"
    return f"insert into historical_bitcoin_calculations values ({row})"


def summary(model: str = "M20S", btc: str = "1", calculations: str = "1") -> str:
    row = f"'2025-03-01', '{model}', {btc}, {calculations}"
    return f"insert into recon.daily_sums values ({row})"


def model(name: str = "S21", hashrate: str = "1", power: str = "1") -> str:
    return f"insert into recon.miner_models values ('{name}', {hashrate}, {power})"


def day(columns: str, values: str) -> str:
    return f"insert into recon.days (settlement_date, {columns}) values ('2025-03-02', {values})"


def repair(kind: str, after: str) -> str:
    row = f"'2025-03-01', default, 1, 1, 'T_A-1', 'S9', '{kind}', 1, 1, {after}, {after}, now()"
    return f"insert into recon.repairs values ({row})"


def decision(
    settlement_date: str = "'2025-03-01'",
    difficulty: str = "2",
    verdict: str = "'accepted'",
    reason: str = "null",
) -> str:
    row = f"{settlement_date}, {difficulty}, {verdict}, {reason}"
    return (
        "insert into recon.difficulty_decisions (settlement_date, difficulty, verdict, reason)"
        f" values ({row})"
    )


def unit(farm: str = "T_B-1", capacity: str = "10") -> str:
    return f"insert into recon.bm_units (farm_id, capacity_mw) values ('{farm}', {capacity})"


def setting(name: str, *refused: str) -> list[str]:
    return [f"update recon.settings set {name} = {value}" for value in refused]


NAN, INFINITY, MINUS = "'NaN'", "'Infinity'", "'-Infinity'"


def event(column: str, value: str) -> str:
    """An event, one column of which is given another value."""
    values = {"happened_at": "now()", "kind": "'day_failed'", "severity": "'critical'"}
    values |= {"message": "'It failed.'", column: value}
    overriding = " overriding system value" if column == "event_id" else ""
    return (
        f"insert into recon.events ({', '.join(values)}){overriding}"
        f" values ({', '.join(values.values())})"
    )


VIOLATIONS: dict[str, list[str]] = {
    "curtailment_records.curtailment_records_pkey": [
        record(id="1", settlement_period="1"),
    ],
    "curtailment_records.settlement_date_is_finite": [
        record(settlement_date=INFINITY),
        record(settlement_date=MINUS),
    ],
    "curtailment_records.settlement_period_is_1_to_50": [
        record(settlement_period="0"),
        record(settlement_period="51"),
        record(settlement_period="-1"),
    ],
    "curtailment_records.farm_id_is_not_empty": [record(farm_id="''")],
    "curtailment_records.volume_is_finite": [
        record(volume=NAN),
        record(volume=INFINITY),
        record(volume=MINUS),
        "update curtailment_records set volume = 'NaN'",
    ],
    "curtailment_records.payment_is_finite": [
        record(payment=NAN),
        record(payment=INFINITY),
        record(payment=MINUS),
    ],
    "curtailment_records.original_price_is_finite": [
        record(original_price=NAN),
        record(original_price=INFINITY),
        record(original_price=MINUS),
    ],
    "curtailment_records.final_price_is_finite": [
        record(final_price=NAN),
        record(final_price=INFINITY),
        record(final_price=MINUS),
    ],
    "historical_bitcoin_calculations.historical_bitcoin_calculations_pkey": [
        calculation(period="1"),
    ],
    "historical_bitcoin_calculations.settlement_date_is_finite": [
        calculation(day=INFINITY),
        calculation(day=MINUS),
    ],
    "historical_bitcoin_calculations.settlement_period_is_1_to_50": [
        calculation(period="0"),
        calculation(period="51"),
    ],
    "historical_bitcoin_calculations.bitcoin_mined_is_finite_and_not_negative": [
        calculation(btc="-0.000000000001"),
        calculation(btc=NAN),
        calculation(btc=INFINITY),
        calculation(btc=MINUS),
        "update historical_bitcoin_calculations set bitcoin_mined = 'NaN'",
    ],
    "historical_bitcoin_calculations.difficulty_is_positive": [
        calculation(diff="0"),
        calculation(diff="-1"),
        calculation(diff=NAN),
        calculation(diff=INFINITY),
    ],
    "historical_bitcoin_calculations.miner_model_is_known": [
        calculation(model="S0"),
        calculation(model=""),
        calculation(model="s9"),
        "update historical_bitcoin_calculations set miner_model = 'S0'",
    ],
    "bitcoin_daily_summaries.bitcoin_daily_summaries_pkey": [
        "insert into bitcoin_daily_summaries values ('2025-03-01', 'S9', 1)"
    ],
    "bitcoin_daily_summaries.summary_date_is_finite": [
        "insert into bitcoin_daily_summaries values ('infinity', 'S9', 1)",
    ],
    "bitcoin_daily_summaries.bitcoin_mined_is_finite_and_not_negative": [
        f"insert into bitcoin_daily_summaries values ('2025-03-02', 'S9', {btc})"
        for btc in ("-1", NAN, INFINITY)
    ],
    "bitcoin_monthly_summaries.bitcoin_monthly_summaries_pkey": [
        "insert into bitcoin_monthly_summaries values ('2025-03', 'S9', 1)"
    ],
    "bitcoin_yearly_summaries.bitcoin_yearly_summaries_pkey": [
        "insert into bitcoin_yearly_summaries values (2025, 'S9', 1)"
    ],
    "recon.daily_sums.daily_sums_pkey": [summary(model="S9")],
    "recon.daily_sums.summary_date_is_a_day": [
        f"insert into recon.daily_sums values ('{day}', 'S9', 1, 1)"
        for day in ("infinity", "2009-01-02", "2100-01-02")
    ],
    "recon.daily_sums.bitcoin_mined_is_finite_and_not_negative": [
        summary(btc="-1"),
        summary(btc=NAN),
        summary(btc=INFINITY),
    ],
    "recon.daily_sums.calculations_is_positive": [
        summary(calculations="0"),
        summary(calculations="-1"),
    ],
    "recon.miner_models.miner_models_pkey": [model("S9")],
    "recon.miner_models.miner_model_is_not_empty": [model("")],
    "recon.miner_models.hashrate_is_positive": [
        model(hashrate="0"),
        model(hashrate="-1"),
        model(hashrate=NAN),
        model(hashrate=INFINITY),
    ],
    "recon.miner_models.power_is_positive": [
        model(power="0"),
        model(power="-1"),
        model(power=NAN),
        model(power=INFINITY),
    ],
    "recon.block_rewards.block_rewards_pkey": [
        "insert into recon.block_rewards values ('2024-04-20', 1)",
    ],
    "recon.block_rewards.block_reward_is_positive": [
        "insert into recon.block_rewards values ('2140-01-01', 0)",
        "insert into recon.block_rewards values ('2140-01-01', -1)",
        "insert into recon.block_rewards values ('2140-01-01', 'NaN')",
        "insert into recon.block_rewards values ('2140-01-01', 'Infinity')",
    ],
    "recon.network_difficulties.network_difficulties_pkey": [
        "insert into recon.network_difficulties values ('2025-03-01', 2)",
    ],
    "recon.network_difficulties.difficulty_is_positive": [
        "insert into recon.network_difficulties values ('2025-03-02', 0)",
        "insert into recon.network_difficulties values ('2025-03-02', -1)",
        "insert into recon.network_difficulties values ('2025-03-02', 'NaN')",
        "insert into recon.network_difficulties values ('2025-03-02', 'Infinity')",
        "update recon.network_difficulties set difficulty = 'NaN'",
    ],
    "recon.ignored_writes.ignored_writes_pkey": [
        "insert into recon.ignored_writes overriding system value table recon.ignored_writes"
    ],
    "recon.summary_changes.summary_changes_pkey": [
        "insert into recon.summary_changes overriding system value"
        " select change_id, changed_at from recon.summary_changes",
    ],
    "recon.changes.changes_pkey": [
        "insert into recon.changes overriding system value"
        " select settlement_date, change_id, reason, changed_at from recon.changes limit 1",
    ],
    "recon.changes.reason_is_known": [
        "insert into recon.changes (settlement_date, reason) values ('2025-03-01', 'rumour')",
    ],
    "recon.changes.miner_model_is_for_a_change_of_one": [
        "insert into recon.changes (settlement_date, reason, miner_model)"
        " values ('2025-03-01', 'source', 'S9')",
    ],
    "recon.days.days_pkey": [
        "insert into recon.days (settlement_date, outcome) values ('2025-03-01', 'reconciled')",
    ],
    "recon.days.outcome_is_known": [day("outcome, reason", "'pending', 'new'")],
    "recon.days.outcome_has_its_reason": [
        day("outcome, reason", "'reconciled', 'all well'"),
        day("outcome", "'blocked'"),
    ],
    "recon.days.only_failures_have_a_sqlstate": [
        day("outcome, reason, sqlstate", "'blocked', 'no difficulty', '22012'"),
        day("outcome, reason, next_attempt_at", "'failed', 'division by zero', now()"),
    ],
    "recon.days.only_failures_are_retried": [
        day("outcome, reason, sqlstate", "'failed', 'division by zero', '22012'"),
        day("outcome, reason, next_attempt_at", "'blocked', 'no difficulty', now()"),
    ],
    "recon.events.events_pkey": [event("event_id", "1") + "; " + event("event_id", "1")],
    "recon.events.kind_is_known": [event("kind", "'party'")],
    "recon.events.severity_is_known": [event("severity", "'loud'")],
    "recon.events.only_what_is_in_a_post_is_posted": [event("posted_at", "now()")],
    "recon.webhooks.webhooks_pkey": ["insert into recon.webhooks (webhook) values ('default')"],
    "recon.webhooks.webhook_is_a_name_for_a_variable": [
        f"insert into recon.webhooks (webhook) values ('{name}')"
        for name in ("", "Pager", "pa_ger", "7", "secret", "file", "p" * 32, "pager\n")
    ],
    "recon.webhooks.severity_is_known": ["update recon.webhooks set severity = 'loud'"],
    "recon.webhooks.webhook_key_is_taken_once": [
        "insert into recon.webhooks (webhook, advisory_key) values ('pager', -2147483645)",
    ],
    "recon.post_events.post_events_pkey": [
        "insert into recon.post_events select * from recon.post_events",
    ],
    "recon.post_events.webhook_is_known": ["update recon.post_events set webhook = 'pager'"],
    "recon.post_events.event_is_known": ["update recon.post_events set event_id = 0"],
    "recon.settings.settings_pkey": ["insert into recon.settings default values"],
    "recon.settings.settings_has_one_row": [
        "insert into recon.settings (only_row) values (false)",
        "update recon.settings set only_row = false",
    ],
    "recon.settings.max_attempts_is_positive": ["update recon.settings set max_attempts = 0"],
    "recon.settings.retry_after_is_positive": [
        "update recon.settings set retry_after = '0'",
        "update recon.settings set retry_after = '-1 minute'",
    ],
    "recon.settings.batch_time_is_positive": ["update recon.settings set batch_time = '0'"],
    "recon.settings.lock_timeout_is_1ms_to_1h": [
        "update recon.settings set lock_timeout = '0'",
        "update recon.settings set lock_timeout = '61 minutes'",
    ],
    "recon.settings.critical_mwh_is_not_negative": [
        "update recon.settings set critical_mwh = -1",
        "update recon.settings set critical_mwh = 'NaN'",
        "update recon.settings set critical_mwh = 'Infinity'",
    ],
    "recon.settings.fuse_share_is_a_share": [
        "update recon.settings set fuse_share = 0",
        "update recon.settings set fuse_share = 1.01",
        "update recon.settings set fuse_share = 'NaN'",
    ],
    "recon.settings.keep_history_is_up_to_1000_years": [
        "update recon.settings set keep_history = '-1 day'",
        "update recon.settings set keep_history = '1001 years'",
    ],
    "recon.settings.fuse_window_is_up_to_a_year": [
        "update recon.settings set fuse_window = '0'",
        "update recon.settings set fuse_window = '367 days'",
    ],
    "recon.settings.fuse_days_is_positive": ["update recon.settings set fuse_days = 0"],
    "recon.settings.fuse_sample_days_is_positive": [
        "update recon.settings set fuse_sample_days = 0",
    ],
    "recon.runs.runs_pkey": [
        "insert into recon.runs (run_id, started_at, order_by, force)"
        " overriding system value values (1, now(), 'recent', false)",
    ],
    "recon.runs.outcome_is_known": [
        "update recon.runs set outcome = 'fine', finished_at = now()",
    ],
    "recon.runs.finished_has_an_outcome": [
        "update recon.runs set outcome = 'complete'",
        "update recon.runs set finished_at = now()",
    ],
    "recon.runs.only_stopped_runs_have_a_reason": [
        "update recon.runs set outcome = 'stopped', finished_at = now()",
        "update recon.runs set reason = 'too much'",
        "update recon.runs set outcome = 'complete', finished_at = now(), reason = 'too much'",
    ],
    "recon.runs.order_by_is_known": ["update recon.runs set order_by = 'random'"],
    "recon.runs.from_date_is_not_after_to_date": [
        "update recon.runs set from_date = '2025-03-02', to_date = '2025-03-01'",
    ],
    "recon.run_days.run_days_pkey": [
        "insert into recon.run_days (run_id, settlement_date, position)"
        " values (1, '2025-03-01', 2)",
    ],
    "recon.run_days.run_is_known": [
        "insert into recon.run_days (run_id, settlement_date, position)"
        " values (2, '2025-03-01', 1)",
    ],
    "recon.run_days.outcome_is_known": [
        "update recon.run_days set outcome = 'fine', finished_at = now()",
    ],
    "recon.run_days.setbacks_is_not_negative": ["update recon.run_days set setbacks = -1"],
    "recon.run_days.finished_has_an_outcome": [
        "update recon.run_days set outcome = 'reconciled'",
        "update recon.run_days set finished_at = now()",
    ],
    "recon.repairs.repairs_pkey": [
        "insert into recon.repairs overriding system value select r.* from recon.repairs r",
    ],
    "recon.repairs.kind_is_known": [repair("missing", "1")],
    "recon.repairs.only_orphans_have_no_after": [repair("orphan", "1"), repair("stale", "null")],
    "recon.period_failures.period_failures_pkey": [
        "insert into recon.period_failures select f.* from recon.period_failures f",
    ],
    "recon.period_failures.run_is_known": [
        "insert into recon.period_failures"
        " values ('2025-03-01', 1, 2, 3, '22012', 'by zero', now())",
    ],
    "recon.syncs.syncs_pkey": [
        "insert into recon.syncs (sync_id, source, started_at)"
        " overriding system value values (1, 'file:b', now())",
    ],
    "recon.sync_items.sync_items_pkey": [
        "insert into recon.sync_items (sync_id, item_no)"
        " overriding system value select sync_id, item_no from recon.sync_items",
    ],
    "recon.sync_items.sync_is_known": ["insert into recon.sync_items (sync_id) values (2)"],
    "recon.difficulty_refusals.difficulty_refusals_pkey": [
        "insert into recon.difficulty_refusals (refusal_id, sync_id, source, reason, refused_at)"
        " overriding system value values (1, 1, 'file:b', 'no', now())",
    ],
    "recon.difficulty_refusals.refusal_is_new": [
        "insert into recon.difficulty_refusals (sync_id, source, reason, refused_at)"
        " values (1, 'file:a', 'the date is missing', now())",
    ],
    "recon.settings.difficulty_policy_is_known": [
        "update recon.settings set difficulty_policy = 'lax'",
    ],
    "recon.settings.difficulty_max_step_is_more_than_1": [
        "update recon.settings set difficulty_max_step = 1",
        "update recon.settings set difficulty_max_step = 'NaN'",
        "update recon.settings set difficulty_max_step = 'Infinity'",
    ],
    "recon.settings.difficulty_min_epoch_days_is_positive": [
        "update recon.settings set difficulty_min_epoch_days = 0",
    ],
    "recon.settings.difficulty_max_epoch_days_is_not_below_min": [
        "update recon.settings set difficulty_max_epoch_days = 4",
    ],
    "recon.difficulty_decisions.difficulty_decisions_pkey": [decision(difficulty="1.0")],
    "recon.difficulty_decisions.difficulty_is_positive": [
        decision(difficulty="0"),
        decision(difficulty="-1"),
        decision(difficulty=NAN),
        decision(difficulty=INFINITY),
    ],
    "recon.difficulty_decisions.verdict_is_known": [decision(verdict="'maybe'", reason="'why'")],
    "recon.difficulty_decisions.rejection_has_a_reason": [decision(verdict="'rejected'")],
    "recon.withheld_difficulties.withheld_difficulties_pkey": [
        "insert into recon.withheld_difficulties values ('2025-03-01', 'long_epoch')",
    ],
    "recon.withheld_difficulties.kind_is_known": [
        "insert into recon.withheld_difficulties values ('2025-03-02', 'odd')",
    ],
    "recon.known_partitions.known_partitions_pkey": [
        "insert into recon.known_partitions values ('p', 't'), ('p', 't')"
    ],
    "recon.known_checks.known_checks_pkey": [
        "insert into recon.known_checks select constraint_name from recon.known_checks"
    ],
    "recon.locks.locks_pkey": [
        "insert into recon.locks (lock_name, place, purpose) values ('day', 99, '')",
    ],
    "recon.locks.place_is_taken_once": [
        "insert into recon.locks (lock_name, place, purpose) values ('another', 1, '')",
    ],
    "recon.locks.advisory_key_is_taken_once": [
        "insert into recon.locks (lock_name, place, advisory_key, purpose)"
        " values ('another', 99, -2147483647, '')",
    ],
    "recon.day_locks.day_locks_pkey": [
        "insert into recon.day_locks (day_no) select min(day_no) from recon.day_locks",
    ],
    "recon.retargets.retargets_pkey": [
        retarget(retarget_id="1", override="overriding system value"),
    ],
    "recon.retargets.height_is_new": [retarget(height="2016")],
    "recon.retargets.height_is_a_retarget": [retarget(height="2017"), retarget(height="-2016")],
    "recon.retargets.height_and_hour_are_known_together": [
        retarget(height="null"),
        retarget(began_at="null"),
    ],
    "recon.retargets.began_at_is_since_2009": [
        retarget(began_at="'2008-12-31'"),
        retarget(began_at="'2100-01-02'"),
        retarget(began_at=INFINITY),
        retarget(began_at=MINUS),
    ],
    "recon.retargets.nbits_is_a_target": [
        retarget(nbits="'170290'"),
        retarget(nbits="'1702905C'"),
        retarget(nbits="'1782905c'"),
    ],
    "recon.retargets.difficulty_is_at_least_1": [
        retarget(difficulty="0.5"),
        retarget(difficulty=NAN),
        retarget(difficulty=INFINITY),
    ],
    "recon.alert_limits.alert_limits_pkey": [
        "insert into recon.alert_limits (name, unit) values ('last_run', 'seconds')",
    ],
    "recon.alert_limits.unit_is_known": [
        "update recon.alert_limits set unit = 'hours' where name = 'last_run'",
    ],
    "recon.alert_limits.warning_at_is_positive": [
        "update recon.alert_limits set warning_at = 0",
        "update recon.alert_limits set warning_at = -1",
    ],
    "recon.alert_limits.critical_at_is_positive": [
        "update recon.alert_limits set critical_at = 0, warning_at = null",
    ],
    "recon.alert_limits.warning_at_is_not_above_critical_at": [
        "update recon.alert_limits set warning_at = 2, critical_at = 1",
    ],
    "recon.jobs.jobs_pkey": [
        "insert into recon.jobs (job, runs_in, command) values ('recon scrub', 'either', 'x')",
    ],
    "recon.jobs.schedule_is_a_time_of_cron": [
        "update recon.jobs set schedule = ''",
        "update recon.jobs set schedule = '0 0 * *'",
        "update recon.jobs set schedule = '30 seconds' where job = 'recon scrub'",
        "update recon.jobs set schedule = '20 3 $ * *'",
        "update recon.jobs set schedule = '* * * * * *'",
    ],
    "recon.jobs.runs_in_is_known": ["update recon.jobs set runs_in = 'cron'"],
    "recon.loads.loads_pkey": [
        "insert into recon.loads (load_id, file_name, sha256, loaded_at)"
        " overriding system value values (1, 'b.csv', 'b', now())",
    ],
    "recon.loads.file_is_loaded_once": [
        "insert into recon.loads (file_name, sha256, loaded_at) values ('b.csv', 'a', now())",
    ],
    "recon.loaded_days.loaded_days_pkey": [
        "insert into recon.loaded_days values (1, '2025-03-01', 2, 2, '{2}')",
    ],
    "recon.loaded_days.load_is_known": [
        "insert into recon.loaded_days values (2, '2025-03-01', 2, 2, '{2}')",
    ],
    "recon.loaded_days.later_load_is_known": [
        "update recon.loaded_days set replaced_by = 2",
    ],
    "recon.settings.source_min_days_is_positive": setting("source_min_days", "0"),
    "recon.settings.source_hole_periods_is_positive": setting("source_hole_periods", "0"),
    "recon.settings.source_hole_farms_is_positive": setting("source_hole_farms", "0"),
    "recon.settings.source_flip_rows_is_positive": setting("source_flip_rows", "0"),
    "recon.settings.source_repeat_rows_is_positive": setting("source_repeat_rows", "0"),
    "recon.settings.source_repeat_copies_is_positive": setting("source_repeat_copies", "0"),
    "recon.settings.source_copy_rows_is_positive": setting("source_copy_rows", "0"),
    "recon.settings.source_silent_days_is_positive": setting("source_silent_days", "0"),
    "recon.settings.source_flip_share_is_a_share": setting("source_flip_share", "0", "1.01", NAN),
    "recon.settings.source_unequal_share_is_a_share": setting(
        "source_unequal_share", "0", "1.01", NAN
    ),
    "recon.settings.source_repeat_share_is_a_share": setting(
        "source_repeat_share", "0", "1.01", NAN
    ),
    "recon.settings.source_shrink_share_is_a_share": setting(
        "source_shrink_share", "0", "1.01", NAN
    ),
    "recon.settings.source_payment_tolerance_is_a_share": setting(
        "source_payment_tolerance", "-0.01", "1.01", NAN
    ),
    "recon.settings.source_btc_tolerance_is_a_share": setting(
        "source_btc_tolerance", "-0.01", "1.01", NAN
    ),
    "recon.settings.source_deviations_is_positive": setting("source_deviations", "0"),
    "recon.settings.source_round_mwh_is_positive": setting("source_round_mwh", "0", NAN, INFINITY),
    "recon.settings.source_round_gbp_is_positive": setting("source_round_gbp", "0", NAN, INFINITY),
    "recon.settings.source_window_days_is_7_to_1000": setting("source_window_days", "6", "1001"),
    "recon.settings.source_capacity_margin_is_1_to_10": setting(
        "source_capacity_margin", "0.9", "10.1", NAN
    ),
    "recon.bm_units.bm_units_pkey": [unit("T_A-1")],
    "recon.bm_units.farm_id_is_not_empty": [unit("")],
    "recon.bm_units.capacity_is_positive": [
        unit(capacity="0"),
        unit(capacity="-1"),
        unit(capacity=NAN),
        unit(capacity=INFINITY),
    ],
    "recon.source_days.source_days_pkey": [
        "insert into recon.source_days select d.* from recon.source_days d",
    ],
    "recon.source_periods.source_periods_pkey": [
        "insert into recon.source_periods select p.* from recon.source_periods p",
    ],
    "recon.source_farms.source_farms_pkey": [
        "insert into recon.source_farms select f.* from recon.source_farms f",
    ],
    "recon.source_findings.source_findings_pkey": [
        "insert into recon.source_findings select f.* from recon.source_findings f",
    ],
    "recon.source_findings.last_date_is_not_before": [
        "update recon.source_findings set last_date = '2025-02-28'",
    ],
    "recon.source_findings.last_date_is_2009_to_2100": [
        "update recon.source_findings set last_date = '2100-01-02'",
    ],
    "recon.source_findings.faulty_days_is_positive": [
        "update recon.source_findings set faulty_days = 0",
    ],
    "recon.source_faulty_days.source_faulty_days_pkey": [
        "insert into recon.source_faulty_days select d.* from recon.source_faulty_days d",
    ],
    "recon.source_totals.source_totals_pkey": [
        "insert into recon.source_totals select t.* from recon.source_totals t",
    ],
    "recon.source_totals.curtailed_mwh_is_finite_and_not_negative": [
        "update recon.source_totals set curtailed_mwh = -1",
        "update recon.source_totals set curtailed_mwh = 'Infinity'",
        "update recon.source_totals set curtailed_mwh = 'NaN'",
    ],
    "recon.source_findings.severity_is_known": [
        "update recon.source_findings set severity = 'grave'",
    ],
    "recon.source_findings.acknowledgement_has_name_and_reason": [
        "update recon.source_findings set acknowledged_at = now()",
        "update recon.source_findings set reason = 'why'",
    ],
    "recon.source_findings.cleared_is_not_acknowledged": [
        "update recon.source_findings set cleared_at = now(), acknowledged_at = now(),"
        " acknowledged_by = 'me', reason = 'why'",
    ],
}

DATES: dict[str, list[str]] = {
    "block_rewards": ["from_date"],
    "runs": ["from_date", "to_date"],
    "syncs": ["first_date", "last_date"],
    **{
        table: ["settlement_date"]
        for table in (
            "changes",
            "days",
            "difficulty_decisions",
            "difficulty_refusals",
            "events",
            "loaded_days",
            "network_difficulties",
            "period_failures",
            "repairs",
            "run_days",
            "source_days",
            "source_farms",
            "source_findings",
            "source_faulty_days",
            "source_totals",
            "source_periods",
            "withheld_difficulties",
        )
    },
}
"""Every column of the kit's own that holds a date."""

OUTSIDE = ["2009-01-02", "2100-01-02", "10000-01-01", "5874897-12-31", "4713-01-01 BC", "infinity"]

DIGITS = ["1e50", "1e-51"]

VIOLATIONS |= {
    "recon.network_difficulties.difficulty_is_within_1e50_and_50_decimals": [
        f"update recon.network_difficulties set difficulty = {digits}" for digits in DIGITS
    ],
    "recon.difficulty_decisions.difficulty_is_within_1e50_and_50_decimals": [
        decision(difficulty=digits) for digits in DIGITS
    ],
    "recon.miner_models.hashrate_is_within_1e15_and_50_decimals": [
        model(hashrate="1e15"),
        model(hashrate="1e-51"),
    ],
    "recon.miner_models.power_is_within_1e15_and_50_decimals": [
        model(power="1e15"),
        model(power="1e-51"),
    ],
    "recon.block_rewards.block_reward_is_within_1e6_and_50_decimals": [
        "update recon.block_rewards set block_reward_btc = 1e6",
        "update recon.block_rewards set block_reward_btc = 1e-51",
    ],
    "recon.settings.max_attempts_is_at_most_100": setting("max_attempts", "101"),
    "recon.settings.retry_after_is_at_most_30_days": setting(
        "retry_after", "'31 days'", "'100000000 years'"
    ),
    "recon.settings.batch_time_is_at_most_1_hour": setting(
        "batch_time", "'61 minutes'", "'100000000 years'"
    ),
    "recon.settings.fuse_days_is_at_most_10000": setting("fuse_days", "10001"),
    "recon.settings.fuse_sample_days_is_at_most_10000": setting("fuse_sample_days", "10001"),
    "recon.settings.difficulty_max_epoch_days_is_at_most_1000": setting(
        "difficulty_max_epoch_days", "1001"
    ),
    "recon.settings.source_min_days_is_at_most_1000": setting("source_min_days", "1001"),
    "recon.settings.source_silent_days_is_at_most_1000": setting("source_silent_days", "1001"),
    "recon.settings.source_deviations_is_at_most_1000": setting(
        "source_deviations", "1001", NAN, INFINITY
    ),
    "recon.settings.paused_reason_is_not_empty": setting("paused_reason", "''", "'  '"),
    "recon.alert_limits.warning_at_is_at_most_1e9": [
        f"update recon.alert_limits set warning_at = {number}, critical_at = null"
        for number in ("1e10", NAN, INFINITY)
    ],
    "recon.alert_limits.critical_at_is_at_most_1e9": [
        f"update recon.alert_limits set critical_at = {number}"
        for number in ("1e10", NAN, INFINITY)
    ],
}

VIOLATIONS |= {
    f"recon.{table}.{column}_is_2009_to_2100": [
        f"update recon.{table} set {column} = '{outside}'"
        for outside in [*OUTSIDE, *([] if table == "changes" else ["-infinity"])]
    ]
    for table, columns in DATES.items()
    for column in columns
}
"""Statements that a constraint of a table refuses; each breaks that one only."""

BY_TRIGGER = {"historical_bitcoin_calculations.miner_model_is_known"}
"""A foreign key in all but cost, which the catalog does not have."""


@pytest.fixture(scope="module")
def populated(module_url: str) -> Iterator[Connection]:
    with connect(module_url) as db:
        db.execute(WORLD.encode())
        yield db


@pytest.fixture
def world(populated: Connection) -> Iterator[Connection]:
    with populated.transaction(force_rollback=True):
        yield populated


@pytest.mark.parametrize(
    ("constraint", "statement"),
    [
        pytest.param(constraint, statement, id=f"{constraint}-{number}")
        for constraint, statements in VIOLATIONS.items()
        for number, statement in enumerate(statements, 1)
    ],
)
def test_violation_is_refused_by_name(constraint: str, statement: str, world: Connection) -> None:
    table, _, name = constraint.rpartition(".")
    with pytest.raises(psycopg.IntegrityError) as caught:
        world.execute(statement.encode())
    diagnosis = caught.value.diag
    assert diagnosis.constraint_name == name
    if constraint not in BY_TRIGGER:
        schema = "" if diagnosis.schema_name == "public" else f"{diagnosis.schema_name}."
        assert f"{schema}{diagnosis.table_name}" == table


def test_every_constraint_is_violated(db: Connection) -> None:
    found = db.execute(
        "select format('%s.%s', k.conrelid::regclass, k.conname) as name from pg_constraint k"
        " join pg_class c on c.oid = k.conrelid"
        " where c.relnamespace in ('public'::regnamespace, 'recon'::regnamespace)"
        " and c.relname !~ 'yoyo' and k.contype <> 'n'"
    )
    assert set(VIOLATIONS) - BY_TRIGGER == {row["name"] for row in found}


def test_names_are_sentences(db: Connection) -> None:
    """Or `table_pkey`, as PostgreSQL itself says."""
    for constraint in VIOLATIONS:
        table, _, name = constraint.rpartition(".")
        assert name == f"{table.rpartition('.')[2]}_pkey" or any(
            verb in f"_{name}_" for verb in ("_is_", "_has_", "_have_", "_are_")
        ), name


def test_unknown_model_says_what_to_do(world: Connection) -> None:
    with pytest.raises(psycopg.errors.ForeignKeyViolation) as caught:
        world.execute(calculation(model="S0").encode())
    assert caught.value.diag.message_primary == "miner model 'S0' is not known"
    assert caught.value.diag.message_hint == "Use a model of recon.miner_models, or add it there."


def test_world_itself_is_right(world: Connection) -> None:
    """So that a violation is of what it names."""
    for statement in (
        record(),
        calculation(),
        summary(),
        model(),
        decision(),
        repair("stale", "1"),
        unit(),
    ):
        world.execute(statement.encode())
    world.execute(day("outcome, reason", "'blocked', 'no difficulty'").encode())


@pytest.mark.parametrize("statement", ["delete from {}", "truncate {}"])
@pytest.mark.parametrize("table", ["recon.settings", "recon.alert_limits", "recon.jobs"])
def test_settings_cannot_be_removed(table: str, statement: str, db: Connection) -> None:
    db.execute("set session_replication_role = replica")
    with pytest.raises(psycopg.errors.RestrictViolation) as refused:
        db.execute(statement.format(table).encode())
    assert refused.value.diag.message_hint is not None
