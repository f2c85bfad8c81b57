create or replace view recon.pending_days as
with
changed as materialized (
  select c.settlement_date, c.changed_at from recon.changed_dates c
),
pending as (
  select c.settlement_date, c.changed_at
  from changed c
  where c.settlement_date > '-infinity'
  union all
  select d.settlement_date, c.changed_at
  from changed c
  cross join recon.settlement_dates(null, null) d
  where c.settlement_date = '-infinity'
)
select p.settlement_date, min(p.changed_at) as pending_since
from pending p
group by p.settlement_date;

comment on view recon.pending_days is 'The dates with changes that no run has seen to yet.';
comment on column recon.pending_days.settlement_date is 'Settlement date.';
comment on column recon.pending_days.pending_since is 'When the first of them was made.';
