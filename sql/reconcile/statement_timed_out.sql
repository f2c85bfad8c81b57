create or replace function recon.statement_timed_out()
returns boolean
language sql volatile
as $$
  select s.setting::bigint > 0
    and clock_timestamp() - statement_timestamp() >= s.setting::bigint * interval '1 millisecond'
  from pg_settings s
  where s.name = 'statement_timeout'
$$;

comment on function recon.statement_timed_out() is
  'Whether this statement has used up its statement_timeout; it is cancelled once, not again.';
