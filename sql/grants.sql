-- Nobody may do anything but by name. The two roles are the DBA's to create (nologin); where they
-- exist they get their rights here, at every deploy.
revoke all on schema recon from public;
revoke all on all tables in schema recon from public;
revoke all on all routines in schema recon from public;

do $$
begin
  if exists (select from pg_roles r where r.rolname = 'recon_reader') then
    grant usage on schema recon to recon_reader;
    grant select on all tables in schema recon to recon_reader;
    grant select on
      public.bitcoin_daily_summaries,
      public.bitcoin_monthly_summaries,
      public.bitcoin_yearly_summaries
    to recon_reader;
    grant execute on function
      recon.analyze(integer),
      recon.btc_mined(numeric, numeric),
      recon.content_hash(text, numeric, numeric, numeric, numeric, boolean, boolean),
      recon.day_completion(date, date),
      recon.day_problems(integer),
      recon.day_totals(date, date),
      recon.doctor(),
      recon.event_document(recon.events),
      recon.explain(date, integer, text),
      recon.gap_counts(date, date),
      recon.gaps(date, date),
      recon.implausible_epochs(date[], numeric[]),
      recon.implausible_steps(date[], numeric[], boolean[]),
      recon.incomplete_days(),
      recon.is_same_difficulty(numeric, numeric),
      recon.judged_cells(date),
      recon.lack_of_difficulty(date),
      recon.next_run(),
      recon.now(),
      recon.parse_date(text, text),
      recon.plan(date, date, boolean),
      recon.record_hash(integer, text, numeric),
      recon.report_actions(date, date),
      recon.report_calendar(date, date),
      recon.report_days(date, date),
      recon.report_difficulty(date, date),
      recon.report_gaps(date, date, integer),
      recon.report_months(date, date),
      recon.report_repairs(date, date),
      recon.report_runs(date, date),
      recon.report_top(date, date, integer),
      recon.report_verdict(date, date),
      recon.require_known_date(date),
      recon.run_message(bigint),
      recon.settlement_dates(date, date),
      recon.settlement_periods_in_day(date),
      recon.source_issues(date, date, boolean),
      recon.source_trends(integer),
      recon.status(),
      recon.summary_findings(),
      recon.suspects_since(date),
      recon.today()
    to recon_reader;
  end if;

  if exists (select from pg_roles r where r.rolname = 'recon_operator') then
    grant usage on schema recon to recon_operator;
    grant select on all tables in schema recon to recon_operator;
    grant select on
      public.bitcoin_daily_summaries,
      public.bitcoin_monthly_summaries,
      public.bitcoin_yearly_summaries
    to recon_operator;
    grant execute on function
      recon.accept_difficulty(date, date, text, numeric),
      recon.acknowledge_issue(date, text, text, text, date),
      recon.add_sync_page(bigint, jsonb, jsonb),
      recon.announce_alerts(),
      recon.analyze(integer),
      recon.apply_sync(bigint, text, date),
      recon.attempt_period(date, integer, bigint, integer),
      recon.btc_mined(numeric, numeric),
      recon.claim_post(text, interval, integer),
      recon.confirm(bigint),
      recon.content_hash(text, numeric, numeric, numeric, numeric, boolean, boolean),
      recon.critical_days(integer),
      recon.day_completion(date, date),
      recon.day_problems(integer),
      recon.day_totals(date, date),
      recon.days_to_scrub(),
      recon.doctor(),
      recon.event_document(recon.events),
      recon.explain(date, integer, text),
      recon.finish_critical(date, bigint),
      recon.finish_post(bigint),
      recon.finish_run(bigint),
      recon.gap_counts(date, date),
      recon.gaps(date, date),
      recon.has_work(),
      recon.implausible_epochs(date[], numeric[]),
      recon.implausible_steps(date[], numeric[], boolean[]),
      recon.incomplete_days(),
      recon.inspect_source(date, date, boolean),
      recon.is_paused(),
      recon.is_same_difficulty(numeric, numeric),
      recon.jobs(text, text, text, text, text, text, text, text, interval),
      recon.judged_cells(date),
      recon.lack_of_difficulty(date),
      recon.month_range(text),
      recon.next_run(),
      recon.now(),
      recon.parse_date(text, text),
      recon.pause(text),
      recon.periods_with_gaps(date),
      recon.plan(date, date, boolean),
      recon.prune_history(interval),
      recon.reconcile_batch(bigint, integer),
      recon.reconcile_days(date[]),
      recon.record_hash(integer, text, numeric),
      recon.refresh_summaries(),
      recon.reject_difficulty(date, text, date),
      recon.report_actions(date, date),
      recon.report_calendar(date, date),
      recon.report_days(date, date),
      recon.report_difficulty(date, date),
      recon.report_gaps(date, date, integer),
      recon.report_months(date, date),
      recon.report_repairs(date, date),
      recon.report_runs(date, date),
      recon.report_top(date, date, integer),
      recon.report_verdict(date, date),
      recon.require_known_date(date),
      recon.require_not_paused(),
      recon.require_not_skipped(date),
      recon.require_not_stopped(bigint),
      recon.require_pg_cron(),
      recon.require_resumable(bigint),
      recon.resume(),
      recon.retry_day(date),
      recon.run_message(bigint),
      recon.settlement_dates(date, date),
      recon.settlement_periods_in_day(date),
      recon.schedule_jobs(text, text, text, text, text, text, text, text, interval),
      recon.set_alert_limit(text, text, text),
      recon.skip_day(date, text),
      recon.source_issues(date, date, boolean),
      recon.source_trends(integer),
      recon.spot_fix(date, integer, text),
      recon.start_run(date, date, text, boolean),
      recon.start_sync(text),
      recon.statement_timed_out(),
      recon.status(),
      recon.summary_findings(),
      recon.suspects_since(date),
      recon.today(),
      recon.unschedule_jobs(),
      recon.verify(date, date, text),
      recon.verify_month(text, text),
      recon.verify_recent(integer),
      recon.weekly_analysis()
    to recon_operator;
    grant execute on procedure
      recon.call_alone_outside_a_transaction(),
      recon.daily_check(integer, boolean, bigint, text, text),
      recon.drive_run(bigint, integer, integer, text, text),
      recon.fix_critical(integer, integer, text, text),
      recon.reconcile(date, date, integer, integer, text, boolean, bigint, text, text),
      recon.reconcile_critical(date, bigint, text, text),
      recon.reconcile_date(date, bigint, text, text),
      recon.reconcile_recent(integer, boolean, bigint, text, text),
      recon.resume_run(bigint, integer, text, text),
      recon.scrub(interval, integer, integer, timestamptz)
    to recon_operator;
  end if;
end
$$;
