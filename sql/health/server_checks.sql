create or replace view recon.server_checks as
with
off as (
  select
    string_agg(s.name, ', ' order by s.name) as names,
    string_agg(format('alter system set %s = on', s.name), '; ' order by s.name) as remedies
  from pg_settings s
  where s.name in ('fsync', 'full_page_writes', 'synchronous_commit')
    and s.setting = 'off'
),
limits as (
  select
    string_agg(format('%s is %s', s.name, current_setting(s.name)), ', ' order by s.name) as limits,
    string_agg(
      format('alter role %I set %s = 0', session_user, s.name), '; ' order by s.name
    ) as remedies
  from pg_settings s
  where s.name in ('statement_timeout', 'transaction_timeout')
    and s.setting <> '0'
)
select
  c.subject,
  case when c.is_ok then 'ok' else c.otherwise end as outcome,
  case when c.is_ok then c.fine else c.problem end as finding,
  case when not c.is_ok then c.next_step end as next_step
from off o
cross join limits l
cross join lateral (
  values
    (
      1, 'version', current_setting('server_version_num')::integer >= 150000, 'failure',
      'PostgreSQL ' || current_setting('server_version'),
      format('PostgreSQL %s is too old: 15 is needed', current_setting('server_version')),
      'upgrade the server, then: recon-kit migrate'
    ),
    (
      2, 'writable',
      not (pg_is_in_recovery() or current_setting('default_transaction_read_only')::boolean),
      'failure',
      'the server takes writes',
      case
        when pg_is_in_recovery() then 'the server is a standby and only reads'
        else 'transactions only read: default_transaction_read_only is on'
      end,
      case
        when pg_is_in_recovery() then 'set DATABASE_URL to the primary'
        else format('alter role %I set default_transaction_read_only = off', session_user)
      end
    ),
    (
      3, 'durability', o.names is null, 'warning',
      'what is committed survives a crash',
      'a crash of the machine can lose what was committed: off are ' || o.names,
      o.remedies || '; select pg_reload_conf()'
    ),
    (
      4, 'autovacuum',
      current_setting('autovacuum')::boolean and current_setting('track_counts')::boolean,
      'warning',
      'on',
      'off: the tables grow, and in the end writes stop',
      'alter system set autovacuum = on; alter system set track_counts = on; '
        'select pg_reload_conf()'
    ),
    (
      5, 'activity', current_setting('track_activities')::boolean, 'warning',
      'sessions show what they do',
      'track_activities is off: long transactions are not seen',
      'alter system set track_activities = on; select pg_reload_conf()'
    ),
    (
      6, 'timeouts', l.limits is null, 'warning',
      'no limit on statements or transactions',
      l.limits || ': a call ends with the day in hand when it runs out',
      l.remedies
    ),
    (
      7, 'pg_cron', true, 'ok',
      case
        when exists (select from pg_extension e where e.extname = 'pg_cron')
          then 'installed in this database'
        when exists (select from pg_settings s where s.name = 'cron.database_name')
          then 'runs in database '
            || (select s.setting from pg_settings s where s.name = 'cron.database_name')
        when exists (select from pg_available_extensions e where e.name = 'pg_cron')
          then 'not in use; to run by itself: create extension pg_cron'
        else 'not available; to run by itself, use the cron of a machine'
      end,
      null,
      null
    )
) c (place, subject, is_ok, otherwise, fine, problem, next_step)
order by c.place;

comment on view recon.server_checks is 'Whether the server and its settings suit the kit.';
comment on column recon.server_checks.subject is 'What was looked at.';
comment on column recon.server_checks.outcome is 'ok, warning or failure.';
comment on column recon.server_checks.finding is 'What was found.';
comment on column recon.server_checks.next_step is 'What to do about it; null where it is ok.';
