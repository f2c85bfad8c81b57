-- Planned once a session, with settings of its own, as its callers switch scans off: each run,
-- status and poll of the alerts asks.
create or replace function recon.capture_gaps()
returns table (
  table_name text,
  reason text,
  finding text,
  next_step text,
  stops_runs boolean
)
language plpgsql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set jit = off
set enable_seqscan = on
as $$
begin
  return query
  select g.table_name, g.reason, g.finding, g.next_step, g.stops_runs
  from (
    select t.table_name, t.reason, t.finding, t.next_step, t.stops_runs from recon.table_gaps t
    union all
    select t.table_name, t.reason, t.finding, t.next_step, t.stops_runs from recon.trigger_gaps t
    union all
    select s.table_name, s.reason, s.finding, s.next_step, s.stops_runs from recon.shape_gaps s
    union all
    select l.table_name, l.reason, l.finding, l.next_step, l.stops_runs from recon.log_gaps l
  ) g
  order by not g.stops_runs, g.table_name, g.reason;
end
$$;

comment on function recon.capture_gaps() is
  'Every way in which a change could pass unnoticed right now, a row each, with the next step: '
  'missing triggers, partitions, subscriptions, tables that are not the ones watched, lost keys. '
  'Empty = none. stops_runs: no run begins before that is seen to.';
