-- A date without a row between two that have some, up to two weeks apart, is a day like others:
-- what should be there is not taken from what is there. That days.reconciled_at is another one
-- than when the source was read is compared, and not which of two times is later: a transaction
-- that commits late carries an early one.
create or replace function recon.days_to_read(from_date date, to_date date, force boolean)
returns table (settlement_date date)
language sql stable
as $$
  with
  known as (
    select d.settlement_date
    from recon.settlement_dates(days_to_read.from_date, days_to_read.to_date) d
    union
    select d.settlement_date
    from recon.source_days d
    where d.settlement_date >= coalesce(days_to_read.from_date, '-infinity')
      and d.settlement_date <= coalesce(days_to_read.to_date, 'infinity')
  ),
  followed as (
    select k.settlement_date, lead(k.settlement_date) over (order by k.settlement_date) as next_date
    from known k
  ),
  calendar as (
    select d::date as settlement_date
    from followed f
    cross join lateral generate_series(
      f.settlement_date,
      case
        when f.next_date - f.settlement_date <= 15 then f.next_date - 1
        else f.settlement_date
      end,
      interval '1 day'
    ) d
  )
  select c.settlement_date
  from calendar c
  left join recon.source_days s on s.settlement_date = c.settlement_date
  left join recon.days d on d.settlement_date = c.settlement_date
  where days_to_read.force
    or s.settlement_date is null
    or s.so_rows is null
    or s.reconciled_at is distinct from d.reconciled_at
    or exists (
      select from recon.changes h
      where h.settlement_date in (c.settlement_date, '-infinity')
    )
$$;

comment on function recon.days_to_read(date, date, boolean) is
  'The dates of a range whose source may not be as it was last read: never read, or not all of '
  'it, pending, or reconciled since; with force all of them.';
