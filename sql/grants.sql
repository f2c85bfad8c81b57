-- Who may do what, said once. Nobody may do anything but by name; the two roles are the DBA's to
-- create (nologin), and where they exist they get their rights here, at every deploy. A right that
-- a role is to lose is revoked by the migration that shortens its list.
revoke all on schema recon from public;
revoke all on all tables in schema recon from public;
revoke all on all routines in schema recon from public;

do $$
declare
  v_reader_calls constant text[] := array[
    'analyze',
    'capture_gaps',
    'curtailment_sums',
    'doctor',
    'explain',
    'gap_counts',
    'gaps',
    'incomplete_days',
    'next_run',
    'plan',
    'report_actions',
    'report_calendar',
    'report_days',
    'report_difficulty',
    'report_gaps',
    'report_months',
    'report_repairs',
    'report_runs',
    'report_top',
    'report_verdict',
    'source_issues',
    'source_records',
    'source_trends',
    'status'
  ];
  -- with the rights of whoever calls: views, the functions above, the report and the live page
  v_called_for_reader constant text[] := array[
    'btc_mined',
    'chain_findings',
    'clamp_date',
    'content_hash',
    'day_completion',
    'day_problems',
    'day_result',
    'day_totals',
    'difficulty_code',
    'epochs_of_days',
    'event_document',
    'findings_between',
    'full_name',
    'has_day',
    'height_on',
    'implausible_epochs',
    'implausible_steps',
    'is_same_difficulty',
    'judged_cells',
    'lack_of_difficulty',
    'largest_volume',
    'nearest_target',
    'neighbourhood',
    'next_step',
    'now',
    'obstacle_code',
    'parse_date',
    'plain_amount',
    'published_differences',
    'record_hash',
    'require_known_date',
    'run_message',
    'settlement_dates',
    'settlement_periods_in_day',
    'stop_message',
    'summary_findings',
    'suspects_between',
    'target_of',
    'today',
    'undated_rows'
  ];
  v_operator_calls constant text[] := array[
    'accept_difficulty',
    'accept_proposals',
    'acknowledge_issue',
    'acknowledge_refusal',
    'announce_alerts',
    'confirm',
    'daily_check',
    'fix_critical',
    'ignore_writes',
    'inspect_source',
    'pause',
    'prune_history',
    'reconcile',
    'reconcile_critical',
    'reconcile_date',
    'reconcile_days',
    'reconcile_recent',
    'refresh_summaries',
    'reject_difficulty',
    'remove_webhook',
    'resume',
    'resume_run',
    'retry_day',
    'schedule_jobs',
    'scrub',
    'set_alert_limit',
    'set_job_time',
    'set_webhook',
    'skip_day',
    'spot_fix',
    'unload',
    'unschedule_jobs',
    'verify',
    'verify_month',
    'verify_recent',
    'weekly_analysis'
  ];
  -- the procedures above, the command line and the worker
  v_called_for_operator constant text[] := array[
    'add_sync_page',
    'apply_sync',
    'attempt_period',
    'call_alone_outside_a_transaction',
    'claim_post',
    'critical_days',
    'days_to_scrub',
    'drive_run',
    'finish_critical',
    'finish_post',
    'finish_run',
    'has_work',
    'is_paused',
    'month_range',
    'periods_with_gaps',
    'recent_range',
    'reconcile_batch',
    'require_not_paused',
    'require_not_skipped',
    'require_not_stopped',
    'require_pg_cron',
    'require_resumable',
    'require_webhook',
    'start_run',
    'start_sync',
    'statement_timed_out'
  ];
  v_reads constant text[] := v_reader_calls || v_called_for_reader;
  v_does constant text[] := v_reads || v_operator_calls || v_called_for_operator;
  v_unclear text;
begin
  select pg_catalog.string_agg(n.name, ', ')
  into v_unclear
  from pg_catalog.unnest(v_does) n (name)
  where (
    select pg_catalog.count(*)
    from pg_catalog.pg_proc p
    where p.pronamespace = 'recon'::pg_catalog.regnamespace
      and p.proname = n.name
  ) <> 1;
  if v_unclear is not null then
    raise exception 'the schema recon has not one routine of each of these names: %', v_unclear
      using errcode = 'duplicate_function',
        hint = 'Drop what is not the kit''s (\df recon.NAME shows it); then deploy again.';
  end if;

  execute coalesce(
    (
      select pg_catalog.string_agg(
        pg_catalog.format(
          'grant usage on schema recon to %1$I; '
            'grant select on all tables in schema recon to %1$I; '
            'grant select on %3$s to %1$I; '
            'grant execute on routine %2$s to %1$I',
          a.role,
          (
            select pg_catalog.string_agg(p.oid::pg_catalog.regprocedure::text, ', ')
            from pg_catalog.pg_proc p
            where p.pronamespace = 'recon'::pg_catalog.regnamespace
              and p.proname = any (a.calls)
          ),
          (
            select pg_catalog.string_agg('public.' || p.table_name, ', ')
            from recon.platform_tables p
            where p.holds = 'summaries'
          )
        ),
        '; '
      )
      from (values ('recon_reader', v_reads), ('recon_operator', v_does)) a (role, calls)
      join pg_catalog.pg_roles r on r.rolname = a.role
    ),
    'select'
  );
end
$$;
