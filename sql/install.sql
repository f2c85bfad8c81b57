-- The code of recon-kit, read from top to bottom: a block for each folder, which calls only the
-- folders above it. Every file only defines, and can be replayed. recon-kit migrate replays this
-- list after the migrations; so does: psql -1 -f sql/install.sql

-- Whether the platform's own tables are as the kit needs them, and how they become so. It reads
-- nothing else of the kit, so that it can be there before the rest
\ir adopt/full_name.sql
\ir adopt/count_rows.sql
\ir adopt/count_odd_keys.sql
\ir adopt/platform_tables.sql
\ir adopt/table_columns.sql
\ir adopt/view_dependencies.sql
\ir adopt/tables_elsewhere.sql
\ir adopt/usable_indexes.sql
\ir adopt/column_faults.sql
\ir adopt/calculation_checks.sql
\ir adopt/adoption_indexes.sql
\ir adopt/adoption_steps.sql
\ir adopt/adoption_obstacles.sql
\ir adopt/adoption_notes.sql
\ir adopt/unfit_calculations.sql
\ir adopt/adoption_plan.sql
\ir adopt/begin_adoption.sql
\ir adopt/list_unfit_calculations.sql
\ir adopt/remove_unfit_calculations.sql
\ir adopt/undo_statements.sql
\ir adopt/confirm_adoption.sql

-- Where names are looked up, time, calendar, arguments, and which dates there are
\ir core/is_closed_schema.sql
\ir core/platform_path.sql
\ir core/now.sql
\ir core/today.sql
\ir core/settlement_periods_in_day.sql
\ir core/clamp_date.sql
\ir core/largest_volume.sql
\ir core/has_day.sql
\ir core/require_date.sql
\ir core/settlement_dates.sql
\ir core/undated_rows.sql
\ir core/month_range.sql
\ir core/recent_range.sql
\ir core/is_known.sql
\ir core/require_range.sql
\ir core/require_word.sql
\ir core/require_known_date.sql
\ir core/similar_farms.sql
\ir core/require_cell.sql
\ir core/call_alone_outside_a_transaction.sql
\ir core/bound_lock_waits.sql
\ir core/parse_date.sql
\ir core/farm_id_fault.sql
\ir core/parse_moment.sql
\ir core/is_number.sql
\ir core/parse_number.sql
\ir core/refuse_removal.sql

-- Who takes turns with whom: the locks of recon.locks
\ir locks/lock_no.sql
\ir locks/advisory_locks.sql
\ir locks/lock_holder.sql
\ir locks/lock_day.sql
\ir locks/wait_for_day.sql
\ir locks/take_lock.sql
\ir locks/lock_difficulties.sql

-- Whether every change is noticed: what is watched, by which triggers, and what they cannot see
\ir capture/watched_tables.sql
\ir capture/capture_triggers.sql
\ir capture/table_gaps.sql
\ir capture/trigger_gaps.sql
\ir capture/shape_gaps.sql
\ir capture/log_gaps.sql
\ir capture/capture_gaps.sql
\ir capture/require_capture.sql
\ir capture/know_partitions.sql
\ir capture/capture_statements.sql
\ir capture/mend_capture.sql
\ir capture/record_changes.sql
\ir capture/record_every_day.sql
\ir capture/record_models.sql
\ir capture/record_summary_changes.sql
\ir capture/ignore_row.sql
\ir capture/note_ignored.sql
\ir capture/ignored_tables.sql
\ir capture/ignore_writes.sql
\ir capture/record_refresh.sql
\ir capture/record_rows.sql
\ir capture/require_known_models.sql

-- What happened, told as it happens and kept until it is posted
\ir events/event_document.sql
\ir events/event_path.sql
\ir events/notify_events.sql
\ir events/announce_run_start.sql
\ir events/announce_day.sql
\ir events/announce_refusals.sql
\ir events/announce_issues.sql
\ir events/require_webhook.sql
\ir events/set_webhook.sql
\ir events/remove_webhook.sql
\ir events/post_document.sql
\ir events/claim_post.sql
\ir events/finish_post.sql
\ir events/webhook_status.sql

-- The formula: energy, hashes, rates, what it mines, and what stands in its way
\ir formula/record_hash.sql
\ir formula/calculation_hash.sql
\ir formula/curtailed_energy.sql
\ir formula/mining_rates.sql
\ir formula/btc_mined.sql
\ir formula/expected_calculations.sql
\ir formula/lack_of_difficulty.sql
\ir formula/height_on.sql
\ir formula/difficulty_code.sql
\ir formula/obstacle_code.sql
\ir formula/day_obstacle.sql
\ir formula/next_step.sql
\ir formula/blocking_reason.sql
\ir formula/rate_hash.sql
\ir formula/rates_fingerprint.sql
\ir formula/missing_difficulties.sql

-- Difficulty: whether a series can be what the protocol made, how it comes in, what people decide
\ir difficulty/nearest_target.sql
\ir difficulty/target_of.sql
\ir difficulty/is_same_difficulty.sql
\ir difficulty/known_epochs.sql
\ir difficulty/epochs_of_days.sql
\ir difficulty/sighted_epochs.sql
\ir difficulty/linked_epochs.sql
\ir difficulty/dated_epochs.sql
\ir difficulty/dated_difficulties.sql
\ir difficulty/chain_findings.sql
\ir difficulty/is_beyond_step.sql
\ir difficulty/implausible_steps.sql
\ir difficulty/implausible_epochs.sql
\ir difficulty/suspects_between.sql
\ir difficulty/suspect_difficulties.sql
\ir difficulty/findings_between.sql
\ir difficulty/proposed_difficulties.sql
\ir difficulty/difficulty_findings.sql
\ir difficulty/withhold_difficulties.sql
\ir difficulty/judge_difficulties.sql
\ir difficulty/judge_settings.sql
\ir difficulty/queue_difficulties.sql
\ir difficulty/neighbourhood.sql
\ir difficulty/learn_targets.sql
\ir difficulty/announce_suspects.sql
\ir difficulty/start_sync.sql
\ir difficulty/add_sync_page.sql
\ir difficulty/sync_values.sql
\ir difficulty/judged_values.sql
\ir difficulty/apply_sync.sql
\ir difficulty/acknowledge_refusal.sql
\ir difficulty/undecided_difficulties.sql
\ir difficulty/decide_difficulties.sql
\ir difficulty/accept_difficulty.sql
\ir difficulty/reject_difficulty.sql
\ir difficulty/accept_proposals.sql
\ir difficulty/target_difficulty.sql
\ir difficulty/read_retargets.sql
\ir difficulty/bad_retargets.sql
\ir difficulty/accept_retargets.sql

-- The register of BM units on its way in
\ir register/bad_unit_lines.sql
\ir register/accept_units.sql
\ir register/bad_total_lines.sql
\ir register/accept_totals.sql

-- Where the stored calculations are not the expected ones
\ir gaps/day_cells.sql
\ir gaps/day_gaps.sql
\ir gaps/compare_day.sql
\ir gaps/gaps.sql
\ir gaps/gap_counts.sql
\ir gaps/judged_cells.sql

-- Where each day and each run stands
\ir days/changed_dates.sql
\ir days/pending_days.sql
\ir days/day_status.sql
\ir days/problem_days.sql
\ir days/day_totals.sql
\ir days/status.sql
\ir days/day_result.sql
\ir days/day_results.sql
\ir days/run_history.sql
\ir days/run_message.sql
\ir days/stop_message.sql
\ir days/announce_run_end.sql
\ir days/plannable_days.sql

-- What keeps a run from doing harm: a pause, the fuse, days set aside, writes that do not stick
\ir safety/interferences.sql
\ir safety/refuse_write.sql
\ir safety/pause.sql
\ir safety/resume.sql
\ir safety/is_paused.sql
\ir safety/require_not_paused.sql
\ir safety/require_read_committed.sql
\ir safety/reconciled_calculations.sql
\ir safety/count_damage.sql
\ir safety/fuse_evidence.sql
\ir safety/require_fuse.sql
\ir safety/stop_run.sql
\ir safety/is_stopped.sql
\ir safety/require_not_stopped.sql
\ir safety/require_resumable.sql
\ir safety/confirm.sql
\ir safety/skip_day.sql
\ir safety/retry_day.sql
\ir safety/is_skipped.sql
\ir safety/require_not_skipped.sql
\ir safety/is_open_run.sql
\ir safety/is_open_refusal.sql
\ir safety/is_open_event.sql
\ir safety/prune_history.sql

-- Records from a file on their way in, and out again
\ir load/convert_lines.sql
\ir load/bad_lines.sql
\ir load/load_overlap.sql
\ir load/drop_bad_lines.sql
\ir load/clear_dates.sql
\ir load/loaded_hash.sql
\ir load/insert_records.sql
\ir load/require_dates_as_loaded.sql
\ir load/accept_load.sql
\ir load/refused_line.sql
\ir load/load_history.sql
\ir load/require_unloadable.sql
\ir load/delete_loaded.sql
\ir load/unload.sql

-- Summaries: of a day in its transaction, of months and years at the end of a run, in recon; and
-- published into the tables that the platform reads
\ir rollups/published_tables.sql
\ir rollups/published_differences.sql
\ir rollups/publish.sql
\ir rollups/publish_day.sql
\ir rollups/sum_day.sql
\ir rollups/write_daily_summaries.sql
\ir rollups/monthly_sums_def.sql
\ir rollups/monthly_sums.sql
\ir rollups/yearly_sums_def.sql
\ir rollups/yearly_sums.sql
\ir rollups/refresh_sums.sql
\ir rollups/refresh_summaries.sql

-- Reconciling: a day, a run, a half hour or a cell
\ir reconcile/statement_timed_out.sql
\ir reconcile/comes_last.sql
\ir reconcile/insert_cells.sql
\ir reconcile/lock_cells.sql
\ir reconcile/gaps_fingerprint.sql
\ir reconcile/require_stored.sql
\ir reconcile/repair_cells.sql
\ir reconcile/record_day.sql
\ir reconcile/reconcile_day.sql
\ir reconcile/record_failure.sql
\ir reconcile/is_passing_error.sql
\ir reconcile/is_server_fault.sql
\ir reconcile/error_reason.sql
\ir reconcile/suspend_run.sql
\ir reconcile/attempt_day.sql
\ir reconcile/expand_changes.sql
\ir reconcile/source_mwh.sql
\ir reconcile/has_work.sql
\ir reconcile/require_order.sql
\ir reconcile/planned_days.sql
\ir reconcile/start_run.sql
\ir reconcile/batch_budget.sql
\ir reconcile/reconcile_batch.sql
\ir reconcile/close_run.sql
\ir reconcile/finish_run.sql
\ir reconcile/reconcile_days.sql
\ir reconcile/drive_run.sql
\ir reconcile/reconcile.sql
\ir reconcile/resume_run.sql
\ir reconcile/reconcile_date.sql
\ir reconcile/reconcile_recent.sql
\ir reconcile/plan.sql
\ir reconcile/periods_with_gaps.sql
\ir reconcile/repair_part.sql
\ir reconcile/attempt_period.sql
\ir reconcile/finish_critical.sql
\ir reconcile/reconcile_critical.sql
\ir reconcile/critical_days.sql
\ir reconcile/fix_critical.sql
\ir reconcile/require_valid_source.sql
\ir reconcile/spot_fix.sql

-- Proving it
\ir verify/announce_tampering.sql
\ir verify/is_unnoted.sql
\ir verify/is_right.sql
\ir verify/cell_findings.sql
\ir verify/fingerprint_findings.sql
\ir verify/summary_findings.sql
\ir verify/unproven_days.sql
\ir verify/verify.sql
\ir verify/days_to_scrub.sql
\ir verify/verify_month.sql
\ir verify/verify_recent.sql
\ir verify/daily_check.sql
\ir verify/scrub.sql
\ir verify/explain.sql

-- What is in the source, read once a change
\ir contents/content_hash.sql
\ir contents/period_hash.sql
\ir contents/plain_amount.sql
\ir contents/inspected_records.sql
\ir contents/period_content.sql
\ir contents/farm_content.sql
\ir contents/days_to_read.sql
\ir contents/note_revisions.sql
\ir contents/store_content.sql
\ir contents/store_days.sql
\ir contents/read_days.sql

-- The rules of the source, each an idea, and their list
\ir rules/period_list.sql
\ir rules/usual_farms.sql
\ir rules/usual_signs.sql
\ir rules/robust_spread.sql
\ir rules/periods_beside.sql
\ir rules/impossible_periods.sql
\ir rules/missing_periods.sql
\ir rules/silent_periods.sql
\ir rules/day_shares.sql
\ir rules/odd_shares.sql
\ir rules/zero_farms.sql
\ir rules/other_signs.sql
\ir rules/sign_convention.sql
\ir rules/unequal_payments.sql
\ir rules/equal_prices.sql
\ir rules/frozen_prices.sql
\ir rules/wrong_unit.sql
\ir rules/repeated_records.sql
\ir rules/copied_days.sql
\ir rules/copied_periods.sql
\ir rules/similar_days.sql
\ir rules/proportional_periods.sql
\ir rules/plateau.sql
\ir rules/plug_rows.sql
\ir rules/meant_unit.sql
\ir rules/former_name.sql
\ir rules/unknown_farms.sql
\ir rules/renamed_farms.sql
\ir rules/swapped_farms.sql
\ir rules/missing_farms.sql
\ir rules/beyond_capacity.sql
\ir rules/outlying_days.sql
\ir rules/outlying_farms.sql
\ir rules/shrunken_days.sql
\ir rules/shifted_days.sql
\ir rules/shifted_periods.sql
\ir rules/revised_days.sql
\ir rules/silent_farms.sql
\ir rules/wrong_totals.sql
\ir rules/drift.sql
\ir rules/uneven_btc.sql
\ir rules/source_faults.sql

-- What the rules found, kept until somebody has seen to it
\ir findings/lasting_kinds.sql
\ir findings/days_to_judge.sql
\ir findings/keep_findings.sql
\ir findings/inspect_source.sql
\ir findings/source_issues.sql
\ir findings/acknowledge_issue.sql
\ir findings/source_problems.sql

-- What the source and the work will be like
\ir forecast/source_trends.sql
\ir forecast/incomplete_days.sql
\ir forecast/next_run.sql

-- What is wrong and what to do, and whether all is fit for the work
\ir health/difficulty_problems.sql
\ir health/day_completion.sql
\ir health/day_problems.sql
\ir health/halted_runs.sql
\ir health/session_problems.sql
\ir health/table_health.sql
\ir health/date_checks.sql
\ir health/analyze.sql
\ir health/server_checks.sql
\ir health/holders.sql
\ir health/rights_checks.sql
\ir health/capture_checks.sql
\ir health/work_checks.sql
\ir health/doctor.sql
\ir health/weekly_analysis.sql

-- What the analyst is shown, a figure each
\ir report/report_verdict.sql
\ir report/report_calendar.sql
\ir report/report_days.sql
\ir report/report_months.sql
\ir report/report_grain.sql
\ir report/report_repairs.sql
\ir report/report_gaps.sql
\ir report/report_difficulty.sql
\ir report/report_runs.sql
\ir report/farm_days.sql
\ir report/curtailment_sums.sql
\ir report/source_records.sql
\ir report/report_top.sql
\ir report/report_actions.sql

-- What monitoring polls, and the limits it is held against
\ir alerts/capture_readings.sql
\ir alerts/backlog.sql
\ir alerts/pending_readings.sql
\ir alerts/day_readings.sql
\ir alerts/difficulty_readings.sql
\ir alerts/run_readings.sql
\ir alerts/source_readings.sql
\ir alerts/silence_readings.sql
\ir alerts/storage_readings.sql
\ir alerts/post_readings.sql
\ir alerts/alerts.sql
\ir alerts/parse_limit.sql
\ir alerts/set_alert_limit.sql
\ir alerts/metrics.sql
\ir alerts/announce_alerts.sql

-- Letting pg_cron do it
\ir schedule/require_pg_cron.sql
\ir schedule/unschedule_jobs.sql
\ir schedule/schedule_jobs.sql
\ir schedule/set_job_time.sql

-- The triggers on the tables of the kit
\ir triggers/daily_sums.sql
\ir triggers/network_difficulties.sql
\ir triggers/difficulty_decisions.sql
\ir triggers/retargets.sql
\ir triggers/settings.sql
\ir triggers/alert_limits.sql
\ir triggers/jobs.sql
\ir triggers/miner_models.sql
\ir triggers/block_rewards.sql
\ir triggers/events.sql
\ir triggers/runs.sql
\ir triggers/run_days.sql
\ir triggers/days.sql
\ir triggers/difficulty_refusals.sql
\ir triggers/source_findings.sql

-- What the functions run under
\ir settings.sql

-- Who may do what
\ir grants.sql

-- The triggers on the platform's tables, the only lock that its writers wait for; so they come last,
-- and recon-kit migrate passes over those that are there. The source is the very last, so that who
-- writes to it never waits for a deploy that waits for another table
\ir watch/historical_bitcoin_calculations.sql
\ir watch/bitcoin_daily_summaries.sql
\ir watch/bitcoin_monthly_summaries.sql
\ir watch/bitcoin_yearly_summaries.sql
\ir watch/curtailment_records.sql
