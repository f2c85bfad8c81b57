-- Who has locked a row is in the row, as the number of a transaction; who runs that, in pg_locks.
create or replace function recon.lock_holder(lock_name text, day_no integer)
returns text
language sql stable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  transactions as (
    select l.xmax as transactionid from recon.locks l where l.lock_name = lock_holder.lock_name
    union all
    select d.xmax from recon.day_locks d where d.day_no = lock_holder.day_no
  ),
  held as (
    select k.pid
    from pg_locks k
    join transactions t on t.transactionid = k.transactionid
    where k.locktype = 'transactionid'
      and k.granted
    union
    select k.pid from recon.advisory_locks k where k.lock_name = lock_holder.lock_name
  )
  select coalesce(
    (
      select string_agg(
        case
          when h.pid is null then 'a prepared transaction'
          else format('process %s', h.pid)
            || coalesce(' of ' || a.usename, '')
            || coalesce(' (' || nullif(a.application_name, '') || ')', '')
        end,
        ', '
      )
      from held h
      left join pg_stat_activity a on a.pid = h.pid
    ),
    'another session'
  )
$$;

comment on function recon.lock_holder(text, integer) is
  'Who holds a lock of recon.locks, or that of a date by its number in recon.day_locks: process, '
  'role and application.';
