-- How long rows keep coming is learned from the days that were first read within three days.
create or replace function recon.incomplete_days()
returns table (settlement_date date, source_rows integer, reason text, complete_on date)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  settling as (
    select case
      when count(*) >= max(s.source_min_days) then greatest(
        1,
        percentile_disc(0.9) within group (
          order by (d.changed_at at time zone 'Europe/London')::date - d.settlement_date
        )
      )
      else 2
    end as days
    from recon.settings s
    join recon.source_days d
      on d.settlement_date >= recon.today() - s.source_window_days
      and (d.first_seen_at at time zone 'Europe/London')::date - d.settlement_date <= 3
  ),
  recent as (
    select c.settlement_date::date as settlement_date
    from generate_series(recon.today() - 14, recon.today(), interval '1 day') c (settlement_date)
    where exists (
      select from recon.source_days d where d.settlement_date >= recon.today() - 30
    )
  )
  select
    r.settlement_date,
    coalesce(d.source_rows, 0),
    v.reason,
    case when r.settlement_date + g.days > recon.today() then r.settlement_date + g.days end
  from recent r
  cross join settling g
  left join recon.source_days d on d.settlement_date = r.settlement_date
  left join recon.source_findings f
    on f.settlement_date = r.settlement_date
    and f.kind in ('missing_periods', 'shrunken_days')
    and f.cleared_at is null
    and f.acknowledged_at is null
  cross join lateral (
    select string_agg(x.reason, '; ' order by x.place) as reason
    from (
      values
        (
          1,
          r.settlement_date = recon.today(),
          format(
            'it is not over: %s of %s half hours are',
            floor(extract(epoch from
              recon.now() - r.settlement_date::timestamp at time zone 'Europe/London'
            ) / 1800),
            recon.settlement_periods_in_day(r.settlement_date)
          )
        ),
        (
          2,
          r.settlement_date < recon.today() and r.settlement_date + g.days > recon.today(),
          format('rows keep coming for %s days', g.days)
        ),
        (3, f.evidence is not null, f.evidence)
    ) x (place, is_so, reason)
    where x.is_so
  ) v
  where v.reason is not null
  order by r.settlement_date
$$;

comment on function recon.incomplete_days() is
  'Days of the last two weeks that are unlikely to be complete yet, with the reason: not over, '
  'younger than the days that rows are known to keep coming for (nine of ten days had theirs by '
  'then; two, where too little is known), or found to lack periods or rows; and when they should '
  'be complete.';
