"""The sentences of the pages that promise something, by how they begin, and their tests."""

PROMISES: dict[str, tuple[str, ...]] = {
    # The guarantee
    "when `recon.status()` shows no day pending": (
        "test_every_cell_gets_one_row_per_active_model_and_no_other_row_exists",
        "test_every_value_is_the_exact_quotient_rounded_once",
        "test_summaries_follow_every_change_of_their_rows",
        "test_any_history_ends_in_the_rows_of_the_oracle",
        "test_everything_at_once_ends_right_and_told_as_it_was",
    ),
    "Each row equals the formula": ("test_every_value_is_the_exact_quotient_rounded_once",),
    "No other row exists": (
        "test_every_cell_gets_one_row_per_active_model_and_no_other_row_exists",
    ),
    "The daily summaries are their exact sums": (
        "test_summaries_follow_every_change_of_their_rows",
    ),
    "Whatever anybody commits afterwards": (
        "test_any_change_makes_its_days_pending_and_the_next_run_mends_them",
        "test_race_by_chance",
    ),
    # What a run copes with
    "**A lost connection, a restart, a failover**": (
        "test_connections_cut_in_a_run_are_opened_again",
        "test_only_what_may_pass_is_tried_again",
        "test_a_standby_that_takes_over_goes_on_where_the_primary_was",
    ),
    "While the server is away the run waits": (
        "test_an_outage_opens_the_circuit_and_the_run_goes_on_after_it",
        "test_a_server_that_is_away_at_the_start_of_a_run_is_waited_for",
    ),
    "Then it ends; what was committed stays": (
        "test_an_outage_beyond_patience_ends_the_run_and_keeps_what_was_done",
    ),
    "**A network that falls silent**": (
        "test_a_statement_whose_server_goes_silent_is_given_up",
        "test_a_statement_may_take_as_long_as_it_takes",
        "test_a_run_goes_on_after_a_stall",
    ),
    "After two such silences": ("test_a_statement_whose_answer_is_lost_on_the_way_is_given_up",),
    "A client that vanished keeps its locks": (
        "test_the_transaction_of_a_client_that_is_gone_is_ended",
    ),
    "**What others who write cause**": (
        "test_what_others_cause_sets_a_day_back_and_is_neither_failure_nor_event",
        "test_what_recurs_is_the_fault_of_the_day_and_names_what_is_in_the_way",
    ),
    "The third time, the day fails": (
        "test_what_recurs_is_the_fault_of_the_day_and_names_what_is_in_the_way",
    ),
    "Later runs try a failed day again": (
        "test_a_day_that_raises_fails_alone_and_is_tried_again_later_and_later",
    ),
    "Any other error fails its day at once": ("test_a_bug_fails_its_day_at_once",),
    "**A server without disk, memory or connections": (
        "test_what_the_server_lacks_ends_the_run_and_charges_no_day",
    ),
    "**A trigger, rule or column of yours": (
        "test_a_write_that_does_not_stick_fails_the_day_and_says_what_interferes",
    ),
    "Audit triggers are no obstacle": ("test_a_platforms_audit_trigger_is_no_obstacle",),
    "**A slow day**": ("test_a_batch_ends_when_its_time_is_up",),
    "**Ctrl-C**": (
        "test_ctrl_c_ends_after_the_batch_in_flight",
        "test_ctrl_c_twice_ends_now_and_undoes_the_batch_in_flight",
    ),
    "`recon-kit resume RUN` goes on": ("test_a_killed_run_is_resumed_in_sql",),
    "**A worker that dies**": ("test_a_dead_workers_batch_is_taken_over",),
    "Off a terminal each event is a line": (
        "test_the_log_has_the_run_in_every_line_and_no_secret",
    ),
    "Under `make` the log is kept": ("test_the_log_has_the_run_in_every_line_and_no_secret",),
    # What stops a run
    "A source truncated by mistake": ("test_a_disaster_stops_the_run_before_it_writes",),
    "It adds up what all runs of the last day did": (
        "test_no_path_changes_more_than_the_limit",
        "test_what_was_changed_longer_ago_than_the_window_does_not_count",
    ),
    "What was committed stays, and the stop says": (
        "test_a_stop_says_what_is_done_and_what_would_come_and_goes_on_when_confirmed",
    ),
    "A confirmation lasts `fuse_window`": (
        "test_a_confirmation_covers_nothing_that_happened_since",
        "test_a_confirmation_is_good_for_several_runs",
    ),
    "Anything beyond it counts": ("test_a_confirmation_covers_nothing_that_happened_since",),
    "What was never reconciled cannot be lost": ("test_ordinary_changes_do_not_blow_the_fuse",),
    "Parallel workers can pass the limit": ("test_no_path_changes_more_than_the_limit",),
    "The thresholds are in `recon.settings`": ("test_a_fuse_of_all_is_off",),
    "`recon.pause('reason')` lets batches": (
        "test_paused_runs_are_refused_and_running_ones_end_after_their_batch",
    ),
    "What a person decides (skip, retry": (
        "test_a_day_that_is_skipped_beside_a_run_stays_skipped",
        "test_a_day_that_is_put_back_beside_a_failing_run_has_its_attempts_again",
        "test_race_of_a_pause_and_a_run_over_half_hours",
    ),
    # What could pass unnoticed
    "`recon.capture_gaps()` lists every way": (
        "test_what_capture_cannot_see_is_said_and_the_next_step_mends_it",
        "test_the_catalogue_has_every_trigger",
    ),
    "`doctor` has a failure for each": (
        "test_what_capture_cannot_see_is_said_and_the_next_step_mends_it",
        "test_no_verb_ends_as_if_all_were_well",
    ),
    "trigger": ("test_what_capture_cannot_see_is_said_and_the_next_step_mends_it",),
    "partition": (
        "test_a_new_partition_is_a_gap_until_a_run_or_deploy_sees_to_it",
        "test_a_partition_that_goes_takes_its_records_with_it",
    ),
    "subscription": (
        "test_what_a_subscription_brings_is_noted",
        "test_rows_of_replicas_are_noted_where_that_is_asked_for",
    ),
    "swapped": ("test_what_capture_cannot_see_is_said_and_the_next_step_mends_it",),
    "absent`, `elsewhere`": (
        "test_tables_of_another_schema_are_not_passed_over",
        "test_empty_twins_of_tables_in_another_schema_are_named",
    ),
    "row security": ("test_a_policy_never_leaves_a_part_of_the_truth",),
    "key`, `check`": ("test_a_doubled_day_is_found_cell_by_cell",),
    "log": ("test_a_rule_on_the_log_is_a_gap",),
    # What verifying sees
    "cells": ("test_what_no_trigger_saw_is_found_named_and_mended",),
    "fingerprints": (
        "test_a_difficulty_changed_unnoticed_shows_in_both_depths",
        "test_evidence_is_never_lost_and_both_depths_agree",
    ),
    "Choose with `--depth`": ("test_a_difficulty_changed_unnoticed_shows_in_both_depths",),
    "Neither trusts what the triggers noted": (
        "test_what_no_trigger_saw_is_found_named_and_mended",
    ),
    "Days that are off become pending": ("test_what_no_trigger_saw_is_found_named_and_mended",),
    "What cannot be proven is named too": (
        "test_verify_names_what_it_cannot_prove_and_makes_none_of_it_pending",
    ),
    # Promises
    "**Complete, accurate, summed**": ("test_any_history_ends_in_the_rows_of_the_oracle",),
    "No default difficulty exists": (
        "test_a_day_without_difficulty_is_blocked_and_no_value_is_assumed",
    ),
    "**Nothing missed** - statement triggers": (
        "test_any_change_makes_its_days_pending_and_the_next_run_mends_them",
        "test_a_change_straight_in_a_partition_is_noted",
    ),
    "Row triggers, enabled for replicas only": ("test_what_a_subscription_brings_is_noted",),
    "If something keeps the triggers": (
        "test_what_capture_cannot_see_is_said_and_the_next_step_mends_it",
    ),
    "A run deletes what it has noted before": (
        "test_race_change_committed_between_claim_and_compute",
        "test_race_change_committed_while_the_day_is_computed",
    ),
    "No timestamp or sequence is trusted": ("test_race_long_ingest_that_commits_after_the_run",),
    "**Crash-proof** - the commit of a batch": ("test_backend_terminated_at_each_step_of_a_batch",),
    "Kill the client, the backend or the server": (
        "test_killed_at_random_points_it_ends_in_the_rows_of_an_undisturbed_run",
        "test_server_stopped_at_random_points_ends_in_the_rows_of_an_undisturbed_run",
    ),
    "**Minimal** - a row that is right": (
        "test_force_rewrites_no_row_that_is_right",
        "test_a_run_with_nothing_to_do_writes_its_run_and_nothing_else",
    ),
    "If a day is pending only because of new": ("test_a_new_model_is_added_to_what_stands",),
    "**Polite** - short transactions": (
        "test_a_row_that_somebody_holds_fails_its_day_after_a_bounded_wait",
        "test_ingest_never_waits_for_a_reconciler",
        "test_race_two_reconcilers_share_the_days_and_neither_waits",
    ),
    "A day is held by a lock on a row": (
        "test_no_other_role_keeps_a_run_waiting",
        "test_only_who_may_change_it_can_lock_a_row",
    ),
    "**Explained** - `recon.repairs` has": (
        "test_what_changes_between_the_comparison_and_the_write_is_told_as_it_was",
        "test_repairs_tell_what_was_there_what_is_now_why_and_by_which_run",
    ),
    "The counts of a run are rows really inserted": (
        "test_after_any_concurrent_history_the_ledger_is_what_happened",
        "test_everything_at_once_ends_right_and_told_as_it_was",
    ),
}
