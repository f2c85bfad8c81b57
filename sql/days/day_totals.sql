-- Not pinned, so that it is inlined; what is called has the types of PostgreSQL's own.
create or replace function recon.day_totals(from_date date, to_date date)
returns table (
  first_date date,
  last_date date,
  days bigint,
  reconciled bigint,
  pending bigint,
  blocked bigint,
  failed bigint,
  skipped bigint,
  no_data bigint,
  completion_percent numeric,
  oldest_pending_at timestamptz,
  source_rows bigint,
  curtailed_mwh numeric,
  calculations bigint,
  verified bigint,
  oldest_verification_at timestamptz
)
language sql stable
as $$
  select
    min(s.settlement_date),
    max(s.settlement_date),
    count(*),
    count(*) filter (where s.state = 'reconciled'),
    count(*) filter (where s.state = 'pending'),
    count(*) filter (where s.state = 'blocked'),
    count(*) filter (where s.state = 'failed'),
    count(*) filter (where s.state = 'skipped'),
    count(*) filter (where s.state = 'no_data'),
    trunc(
      100.0 * (count(*) filter (where s.state = 'reconciled'))::numeric
        / nullif(count(*) filter (where s.state <> 'no_data'), 0)::numeric,
      1
    ),
    min(s.pending_since),
    coalesce(sum(s.source_rows), 0),
    coalesce(trim_scale(sum(s.curtailed_mwh)), 0),
    coalesce(sum(s.calculations), 0),
    pg_catalog.count(s.verified_at) filter (where s.state = 'reconciled'),
    min(s.verified_at)
  from recon.day_status s
  where s.settlement_date >= coalesce(day_totals.from_date, '-infinity')
    and s.settlement_date <= coalesce(day_totals.to_date, 'infinity')
$$;

comment on function recon.day_totals(date, date) is
  'One row: how many days a range has and how each stands. completion_percent is the share of '
  'the days with data that stand reconciled, rounded down, so that 100 is all of them; null where '
  'no day has data. verified counts the reconciled days that were ever proven cell by cell.';
