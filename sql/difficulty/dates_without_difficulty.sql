create or replace view recon.dates_without_difficulty as
select s.settlement_date
from recon.settlement_dates(null, null) s
where exists (
  select from public.curtailment_records r where r.settlement_date = s.settlement_date
)
and not exists (
  select from recon.network_difficulties d where d.settlement_date = s.settlement_date
);

comment on view recon.dates_without_difficulty is
  'The dates that have records and no difficulty.';
comment on column recon.dates_without_difficulty.settlement_date is 'Settlement date.';
