-- A probe per date, however many changes each has. But while an old snapshot keeps what was
-- consumed from being cleared away, a probe has to pass all of it, a row at a time; one reading of
-- the table from end to end is sixty times faster then. The numbers are the server's own counters;
-- "+ 0" and the ctid keep the index out of that reading, wherever sequential scans are off.
create or replace view recon.changed_dates as
with recursive
crowded as materialized (
  select
    pg_stat_get_dead_tuples(t.table_id)
      > 10000 + pg_stat_get_live_tuples(t.table_id) / 10 as is_true
  from (select 'recon.changes'::regclass::oid as table_id) t
),
probed as (
  (
    select c.settlement_date, c.changed_at
    from recon.changes c
    where not (select w.is_true from crowded w)
    order by c.settlement_date, c.change_id
    limit 1
  )
  union all
  select n.settlement_date, n.changed_at
  from probed p
  cross join lateral (
    select c.settlement_date, c.changed_at
    from recon.changes c
    where c.settlement_date > p.settlement_date
    order by c.settlement_date, c.change_id
    limit 1
  ) n
),
scanned as (
  select c.settlement_date + 0 as settlement_date, min(c.changed_at) as changed_at
  from recon.changes c
  where c.ctid >= '(0,0)'::tid
    and (select w.is_true from crowded w)
  group by c.settlement_date + 0
)
select p.settlement_date, p.changed_at from probed p
union all
select s.settlement_date, s.changed_at from scanned s;

comment on view recon.changed_dates is
  'The dates of recon.changes, each with its first change; -infinity stands for every date.';
comment on column recon.changed_dates.settlement_date is 'Settlement date, or -infinity.';
comment on column recon.changed_dates.changed_at is 'When the first change of it was made.';
