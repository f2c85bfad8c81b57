-- What is found again within a week in the same periods, or within a month about the same farm, is
-- one issue. The days of an issue are looked up and not judged again, so that it is the same
-- whichever days are judged together.
create or replace function recon.keep_findings(settlement_dates date[])
returns table (opened bigint, cleared bigint)
language sql volatile
as $$
  delete from recon.source_faulty_days d
  where d.settlement_date = any (keep_findings.settlement_dates);

  insert into recon.source_faulty_days (
    settlement_date, kind, subject, periods, severity, evidence, next_step
  )
  select f.settlement_date, f.kind, f.subject, f.periods, f.severity, f.evidence, f.next_step
  from recon.source_faults(keep_findings.settlement_dates) f;

  with
  touched as materialized (
    select d.kind, d.subject
    from recon.source_faulty_days d
    where d.settlement_date = any (keep_findings.settlement_dates)
    union
    select k.kind, k.subject
    from recon.source_findings k
    where k.cleared_at is null
      and exists (
        select from unnest(keep_findings.settlement_dates) u (settlement_date)
        where u.settlement_date >= k.settlement_date
          and u.settlement_date <= coalesce(k.last_date, k.settlement_date)
      )
  ),
  faults as (
    select
      d.settlement_date,
      d.kind,
      d.subject,
      d.severity,
      case when d.subject = '' then d.periods end as day_periods,
      (
        d.kind = any (recon.lasting_kinds())
        and lag(d.settlement_date) over w
          >= d.settlement_date - case when d.subject = '' then 7 else 30 end
      ) is not true as is_first
    from touched t
    join recon.source_faulty_days d on (d.kind, d.subject) = (t.kind, t.subject)
    window w as (
      partition by d.kind, d.subject, case when d.subject = '' then d.periods end
      order by d.settlement_date
    )
  ),
  numbered as (
    select
      f.settlement_date,
      f.kind,
      f.subject,
      f.day_periods,
      array_position(array['critical', 'warning', 'note'], f.severity) as rank,
      count(*) filter (where f.is_first) over (
        partition by f.kind, f.subject, f.day_periods order by f.settlement_date
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
    group by n.kind, n.subject, n.day_periods, n.stretch
  ),
  gone as (
    update recon.source_findings k
    set cleared_at = pg_catalog.now(),
      acknowledged_at = null,
      acknowledged_by = null,
      reason = null
    where k.cleared_at is null
      and (k.kind, k.subject) in (select t.kind, t.subject from touched t)
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
      opened_at,
      acknowledged_at,
      acknowledged_by,
      reason
    )
    select
      x.settlement_date,
      x.kind,
      x.subject,
      d.periods,
      x.severity,
      d.evidence,
      d.next_step,
      x.last_date,
      x.faulty_days,
      pg_catalog.now(),
      pg_catalog.now(),
      a.acknowledged_at,
      a.acknowledged_by,
      a.reason
    from stretches x
    join recon.source_faulty_days d
      on (d.settlement_date, d.kind, d.subject) = (x.settlement_date, x.kind, x.subject)
    left join lateral (
      select o.acknowledged_at, o.acknowledged_by, o.reason
      from recon.source_findings o
      where (o.kind, o.subject, o.severity) = (x.kind, x.subject, x.severity)
        and o.acknowledged_at is not null
        and o.last_date is not null
        and o.settlement_date <> x.settlement_date
        and o.settlement_date <= coalesce(x.last_date, x.settlement_date)
        and o.last_date >= x.settlement_date
      order by o.settlement_date
      limit 1
    ) a on true
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
      (acknowledged_at, acknowledged_by, reason) = (
        select v.acknowledged_at, v.acknowledged_by, v.reason
        from (
          values
            (true, excluded.acknowledged_at, excluded.acknowledged_by, excluded.reason),
            (false, k.acknowledged_at, k.acknowledged_by, k.reason)
        ) v (is_new, acknowledged_at, acknowledged_by, reason)
        where v.is_new = (k.cleared_at is not null)
          and (
            v.is_new
            or (k.periods, k.severity, k.evidence)
              is not distinct from (excluded.periods, excluded.severity, excluded.evidence)
          )
      )
    where k.cleared_at is not null
      or (k.periods, k.severity, k.evidence, k.last_date, k.faulty_days) is distinct from (
        excluded.periods,
        excluded.severity,
        excluded.evidence,
        excluded.last_date,
        excluded.faulty_days
      )
    returning opened_at, acknowledged_at
  )
  select
    (
      select count(*)
      from kept k
      where k.opened_at = pg_catalog.now()
        and k.acknowledged_at is null
    ),
    (select count(*) from gone)
$$;

comment on function recon.keep_findings(date[]) is
  'Has the rules judge these dates. What is found is opened, under the first of its dates where it '
  'lasts (recon.lasting_kinds); anew where it was cleared, or acknowledged with other periods, '
  'severity or evidence; what is no longer found is cleared. An acknowledgement goes along where '
  'the first date of what lasts becomes another. Returns how many.';
