-- A probe per pending date, however many changes each has.
create or replace view recon.pending_days as
with recursive
dates as (
  select min(c.settlement_date) as settlement_date
  from recon.changes c
  where c.settlement_date > '-infinity'
  union all
  select (
    select min(c.settlement_date)
    from recon.changes c
    where c.settlement_date > p.settlement_date
  )
  from dates p
  where p.settlement_date is not null
),
oldest as (
  select d.settlement_date, f.changed_at
  from dates d
  cross join lateral (
    select c.changed_at
    from recon.changes c
    where c.settlement_date = d.settlement_date
    order by c.change_id
    limit 1
  ) f
  union all
  select d.settlement_date, c.changed_at
  from recon.changes c
  cross join recon.settlement_dates(null, null) d
  where c.settlement_date = '-infinity'
)
select o.settlement_date, min(o.changed_at) as pending_since
from oldest o
group by o.settlement_date;

comment on view recon.pending_days is 'The dates with changes that no run has seen to yet.';
comment on column recon.pending_days.settlement_date is 'Settlement date.';
comment on column recon.pending_days.pending_since is 'When the first of them was made.';
