-- A deadlock names its processes in the detail. A wait that ran out names nobody, but who writes
-- to these tables now is who was waited for, or has just ended.
create or replace function recon.error_reason(
  sqlstate text,
  message text,
  detail text,
  constraint_name text,
  table_name text
)
returns text
language sql stable
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select concat_ws(
    '; ',
    error_reason.message,
    case
      when error_reason.constraint_name <> ''
        and strpos(error_reason.message, error_reason.constraint_name) = 0
        then concat_ws(
          ' of ', 'constraint ' || error_reason.constraint_name, nullif(error_reason.table_name, '')
        )
    end,
    case
      when error_reason.sqlstate = '40P01'
        or left(error_reason.sqlstate, 2) = '23' and error_reason.sqlstate <> '23514'
        then nullif(left(error_reason.detail, 500), '')
    end,
    case when error_reason.sqlstate in ('55P03', '40001', '57014') then (
      select 'at work there: ' || string_agg(
        format('process %s', a.pid)
          || coalesce(' of ' || a.usename, '')
          || coalesce(' (' || nullif(a.application_name, '') || ')', ''),
        ', ' order by a.pid
      )
      from pg_stat_activity a
      where a.pid <> pg_backend_pid()
        and exists (
          select
          from pg_locks l
          where l.pid = a.pid
            and l.granted
            and l.mode <> 'AccessShareLock'
            and l.database = (
              select b.oid from pg_database b where b.datname = current_database()
            )
            and l.relation in (
              'public.historical_bitcoin_calculations'::regclass,
              to_regclass('public.bitcoin_daily_summaries'),
              to_regclass('public.bitcoin_monthly_summaries'),
              to_regclass('public.bitcoin_yearly_summaries')
            )
        )
    ) end
  )
$$;

comment on function recon.error_reason(text, text, text, text, text) is
  'The reason of a failure: the message, and where it does not say so the constraint, the row that '
  'was in the way, and the sessions that hold the tables.';
