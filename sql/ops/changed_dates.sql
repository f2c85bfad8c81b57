-- A probe per date, however many changes each has.
create or replace view recon.changed_dates as
with recursive
dates as (
  (
    select c.settlement_date, c.changed_at
    from recon.changes c
    order by c.settlement_date, c.change_id
    limit 1
  )
  union all
  select n.settlement_date, n.changed_at
  from dates p
  cross join lateral (
    select c.settlement_date, c.changed_at
    from recon.changes c
    where c.settlement_date > p.settlement_date
    order by c.settlement_date, c.change_id
    limit 1
  ) n
)
select d.settlement_date, d.changed_at from dates d;

comment on view recon.changed_dates is
  'The dates of recon.changes, each with its first change; -infinity stands for every date.';
comment on column recon.changed_dates.settlement_date is 'Settlement date, or -infinity.';
comment on column recon.changed_dates.changed_at is 'When the first change of it was made.';
