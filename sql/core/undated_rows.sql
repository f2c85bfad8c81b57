-- Index ranges and no scan: what has no day must not cost those that have one.
create or replace function recon.undated_rows()
returns table (finding text, undated_rows bigint)
language sql stable security definer parallel restricted
set search_path = pg_catalog, pg_temp
set row_security = off
set enable_seqscan = off
as $$
  select 'undated_records', count(*)
  from (
    select from public.curtailment_records r where r.settlement_date is null
    union all
    select
    from public.curtailment_records r
    where r.settlement_date < recon.clamp_date('-infinity')
    union all
    select
    from public.curtailment_records r
    where r.settlement_date > recon.clamp_date('infinity')
  ) r
  union all
  select 'undated_calculations', count(*)
  from (
    select
    from public.historical_bitcoin_calculations h
    where h.settlement_date < recon.clamp_date('-infinity')
    union all
    select
    from public.historical_bitcoin_calculations h
    where h.settlement_date > recon.clamp_date('infinity')
  ) h
  union all
  select 'undated_summaries', count(*)
  from public.bitcoin_daily_summaries b
  where not recon.has_day(b.summary_date)
$$;

comment on function recon.undated_rows() is
  'What belongs to no day, because it has no date or one outside the calendar (recon.has_day): how '
  'many records, calculations and daily summaries. Nothing is worked out for them.';
