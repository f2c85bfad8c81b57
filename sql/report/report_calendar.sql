create or replace function recon.report_calendar(
  from_date date default null,
  to_date date default null
)
returns table (
  settlement_date date,
  year integer,
  month integer,
  day integer,
  state text,
  reason text,
  calculations integer,
  curtailed_mwh numeric,
  pending_since timestamptz,
  reconciled_at timestamptz,
  verified_at timestamptz
)
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select
    s.settlement_date,
    extract(year from s.settlement_date)::integer,
    extract(month from s.settlement_date)::integer,
    extract(day from s.settlement_date)::integer,
    s.state,
    s.reason,
    s.calculations,
    s.curtailed_mwh,
    s.pending_since,
    s.reconciled_at,
    s.verified_at
  from recon.day_status s
  where recon.require_range(report_calendar.from_date, report_calendar.to_date)
    and s.settlement_date >= coalesce(report_calendar.from_date, '-infinity')
    and s.settlement_date <= coalesce(report_calendar.to_date, 'infinity')
  order by s.settlement_date
$$;

comment on function recon.report_calendar(date, date) is
  'A row per day: its state and reason, calculations, energy (MWh), and when it was last '
  'reconciled and verified. Error 22023 for a range it cannot use.';
