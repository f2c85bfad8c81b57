create or replace trigger record_refresh
after insert or update or delete or truncate on public.bitcoin_yearly_summaries
for each statement
when (
  coalesce(current_setting('recon.own_write', true), '') <> 'on'
  or pg_trigger_depth() > 0
  or not has_schema_privilege('recon', 'create')
)
execute function recon.record_refresh();

alter table public.bitcoin_yearly_summaries enable always trigger record_refresh;
