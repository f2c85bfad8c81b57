-- Elsewhere there is none, so that a report does not compare what has been compared.
create or replace function recon.report_gaps(
  from_date date default null,
  to_date date default null,
  max_days integer default 31
)
returns table (
  settlement_date date,
  state text,
  kind text,
  cells bigint,
  curtailed_mwh numeric,
  days_left_out bigint
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set enable_seqscan = off
as $$
  with
  unsettled as (
    select
      s.settlement_date,
      s.state,
      row_number() over (order by s.settlement_date desc) as place,
      count(*) over () as days
    from recon.day_status s
    where recon.require_range(report_gaps.from_date, report_gaps.to_date)
      and s.settlement_date >= coalesce(report_gaps.from_date, '-infinity')
      and s.settlement_date <= coalesce(report_gaps.to_date, 'infinity')
      and s.state not in ('reconciled', 'no_data')
  )
  select
    u.settlement_date,
    u.state,
    g.kind,
    count(*),
    coalesce(sum(g.curtailed_mwh) filter (where g.kind <> 'invalid_source'), 0),
    greatest(u.days - coalesce(report_gaps.max_days, u.days), 0)
  from unsettled u
  cross join lateral recon.day_gaps(u.settlement_date) g
  where u.place <= coalesce(report_gaps.max_days, u.days)
  group by u.settlement_date, u.state, g.kind, u.days
  order by u.settlement_date, g.kind
$$;

comment on function recon.report_gaps(date, date, integer) is
  'The gaps there are now on days that are not reconciled, by date and kind: cells, and energy '
  'in MWh, each model for itself. The latest max_days of them are compared (null: all); '
  'days_left_out is how many are not. Error 22023 for a range it cannot use.';
