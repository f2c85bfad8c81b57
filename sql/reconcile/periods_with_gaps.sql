create or replace function recon.periods_with_gaps(settlement_date date)
returns integer[]
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set enable_seqscan = off
as $$
  select coalesce(array_agg(distinct g.settlement_period), '{}')
  from recon.day_gaps(periods_with_gaps.settlement_date) g
  where g.kind not in ('blocked', 'invalid_source')
    and recon.blocking_reason(periods_with_gaps.settlement_date) is null
$$;

comment on function recon.periods_with_gaps(date) is
  'The half hours of a date with cells that a run would repair.';
