-- A tenth is allowed for: in the extended protocol the server's timer starts with the parsing, and
-- statement_timestamp() is taken again at each later message.
create or replace function recon.statement_timed_out()
returns boolean
language sql volatile
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  select t.length > '0' and clock_timestamp() - statement_timestamp() >= 0.9 * t.length
  from (select current_setting('statement_timeout')::interval as length) t
$$;

comment on function recon.statement_timed_out() is
  'Whether this statement has used up its statement_timeout, or nearly; it is cancelled once, '
  'not again.';
