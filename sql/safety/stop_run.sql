create or replace function recon.stop_run(run_id bigint)
returns void
language sql volatile
as $$
  with
  days as (
    select
      array_agg(d.settlement_date) filter (where d.outcome is null) as left_dates,
      count(*) filter (where d.outcome is not null) as done,
      count(*) as planned,
      coalesce(sum(d.stale + d.wrong + d.orphan), 0) as cells
    from recon.run_days d
    where d.run_id = stop_run.run_id
  ),
  pending as (
    select coalesce(array_agg(p.settlement_date), '{}') as dates from recon.pending_days p
  )
  update recon.runs r
  set finished_at = clock_timestamp(),
    outcome = 'stopped',
    reason = format(
      '%s of its %s days are done and stay so, with %s calculations changed or deleted; the next '
        'would pass the limit of %s %% of %s',
      d.done,
      d.planned,
      d.cells,
      round(100 * s.fuse_share),
      r.calculations_before
    ) || coalesce('; ' || e.reason, ''),
    confirmed_at = null,
    confirmed_by = null,
    stopped_at = clock_timestamp(),
    stopped_stale = coalesce(e.stale, 0),
    stopped_wrong = coalesce(e.wrong, 0),
    stopped_orphan = coalesce(e.orphan, 0),
    stopped_dates = coalesce(e.affected, '{}')
  from days d
  cross join pending p
  cross join recon.settings s
  left join lateral recon.fuse_evidence(d.left_dates || p.dates) e on true
  where r.run_id = stop_run.run_id
$$;

comment on function recon.stop_run(bigint) is
  'Ends a run before the day that would pass the limit of the fuse, and says in runs.reason what '
  'is done and what would come.';
