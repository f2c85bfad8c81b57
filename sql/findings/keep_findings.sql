create or replace function recon.keep_findings(settlement_dates date[])
returns table (opened bigint, cleared bigint)
language sql volatile
as $$
  with
  faults as materialized (
    select
      f.settlement_date, f.kind, f.subject, f.periods, f.severity, f.evidence, f.next_step
    from recon.source_faults(keep_findings.settlement_dates) f
  ),
  gone as (
    update recon.source_findings k
    set cleared_at = pg_catalog.now(),
      acknowledged_at = null,
      acknowledged_by = null,
      reason = null
    where k.settlement_date = any (keep_findings.settlement_dates)
      and k.cleared_at is null
      and not exists (
        select from faults f
        where (f.settlement_date, f.kind, f.subject) = (k.settlement_date, k.kind, k.subject)
      )
    returning 1
  ),
  kept as (
    insert into recon.source_findings as k (
      settlement_date, kind, subject, periods, severity, evidence, next_step, found_at, opened_at
    )
    select
      f.settlement_date,
      f.kind,
      f.subject,
      f.periods,
      f.severity,
      f.evidence,
      f.next_step,
      pg_catalog.now(),
      pg_catalog.now()
    from faults f
    on conflict on constraint source_findings_pkey do update
    set periods = excluded.periods,
      severity = excluded.severity,
      evidence = excluded.evidence,
      next_step = excluded.next_step,
      opened_at = case
        when k.cleared_at is null and k.acknowledged_at is null then k.opened_at
        else pg_catalog.now()
      end,
      cleared_at = null,
      acknowledged_at = null,
      acknowledged_by = null,
      reason = null
    where k.cleared_at is not null
      or (k.periods, k.severity, k.evidence)
        is distinct from (excluded.periods, excluded.severity, excluded.evidence)
    returning opened_at
  )
  select
    (select count(*) from kept k where k.opened_at = pg_catalog.now()),
    (select count(*) from gone)
$$;

comment on function recon.keep_findings(date[]) is
  'Has the rules judge these dates. What is found is opened, anew where it was cleared, or '
  'acknowledged with other periods, severity or evidence; what is no longer found is cleared. '
  'Returns how many.';
