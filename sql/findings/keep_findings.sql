-- What is found again within a week in the same periods, or within a month about the same farm, is
-- one issue.
create or replace function recon.keep_findings(settlement_dates date[])
returns table (opened bigint, cleared bigint)
language sql volatile
as $$
  with
  faults as materialized (
    select
      f.settlement_date,
      f.kind,
      f.subject,
      f.periods,
      f.evidence,
      f.next_step,
      array_position(array['critical', 'warning', 'note'], f.severity) as rank,
      (
        f.kind = any (recon.lasting_kinds())
        and lag(f.settlement_date) over w
          >= f.settlement_date - case when f.subject = '' then 7 else 30 end
      ) is not true as is_first
    from recon.source_faults(keep_findings.settlement_dates) f
    window w as (
      partition by f.kind, f.subject, case when f.subject = '' then f.periods end
      order by f.settlement_date
    )
  ),
  numbered as (
    select
      f.settlement_date,
      f.kind,
      f.subject,
      f.rank,
      case when f.subject = '' then f.periods end as periods,
      count(*) filter (where f.is_first) over (
        partition by f.kind, f.subject, case when f.subject = '' then f.periods end
        order by f.settlement_date
      ) as stretch
    from faults f
  ),
  stretches as materialized (
    select
      n.kind,
      n.subject,
      min(n.settlement_date) as settlement_date,
      nullif(max(n.settlement_date), min(n.settlement_date)) as last_date,
      count(*)::integer as faulty_days,
      (array['critical', 'warning', 'note'])[min(n.rank)] as severity
    from numbered n
    group by n.kind, n.subject, n.periods, n.stretch
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
        select from stretches x
        where (x.settlement_date, x.kind, x.subject) = (k.settlement_date, k.kind, k.subject)
      )
    returning 1
  ),
  kept as (
    insert into recon.source_findings as k (
      settlement_date,
      kind,
      subject,
      periods,
      severity,
      evidence,
      next_step,
      last_date,
      faulty_days,
      found_at,
      opened_at
    )
    select
      x.settlement_date,
      x.kind,
      x.subject,
      f.periods,
      x.severity,
      f.evidence,
      f.next_step,
      x.last_date,
      x.faulty_days,
      pg_catalog.now(),
      pg_catalog.now()
    from stretches x
    join faults f
      on (f.settlement_date, f.kind, f.subject) = (x.settlement_date, x.kind, x.subject)
    on conflict on constraint source_findings_pkey do update
    set periods = excluded.periods,
      severity = excluded.severity,
      evidence = excluded.evidence,
      next_step = excluded.next_step,
      last_date = excluded.last_date,
      faulty_days = excluded.faulty_days,
      opened_at = case
        when k.cleared_at is not null
          or k.acknowledged_at is not null
            and (k.periods, k.severity, k.evidence)
              is distinct from (excluded.periods, excluded.severity, excluded.evidence)
          then pg_catalog.now()
        else k.opened_at
      end,
      cleared_at = null,
      acknowledged_at = case
        when (k.periods, k.severity, k.evidence)
            is not distinct from (excluded.periods, excluded.severity, excluded.evidence)
          then k.acknowledged_at
      end,
      acknowledged_by = case
        when (k.periods, k.severity, k.evidence)
            is not distinct from (excluded.periods, excluded.severity, excluded.evidence)
          then k.acknowledged_by
      end,
      reason = case
        when (k.periods, k.severity, k.evidence)
            is not distinct from (excluded.periods, excluded.severity, excluded.evidence)
          then k.reason
      end
    where k.cleared_at is not null
      or (k.periods, k.severity, k.evidence, k.last_date, k.faulty_days) is distinct from (
        excluded.periods,
        excluded.severity,
        excluded.evidence,
        excluded.last_date,
        excluded.faulty_days
      )
    returning opened_at
  )
  select
    (select count(*) from kept k where k.opened_at = pg_catalog.now()),
    (select count(*) from gone)
$$;

comment on function recon.keep_findings(date[]) is
  'Has the rules judge these dates. What is found is opened, under the first of its dates where it '
  'lasts (recon.lasting_kinds); anew where it was cleared, or acknowledged with other periods, '
  'severity or evidence; what is no longer found is cleared. Returns how many.';
