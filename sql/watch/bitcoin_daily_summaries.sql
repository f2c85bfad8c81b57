create or replace trigger record_insert
after insert on public.bitcoin_daily_summaries
referencing new table as new_rows
for each statement
when (
  coalesce(current_setting('recon.own_write', true), '') <> 'on'
  or pg_trigger_depth() > 0
  or not has_schema_privilege('recon', 'create')
)
execute function recon.record_summary_changes();

create or replace trigger record_update
after update on public.bitcoin_daily_summaries
referencing old table as old_rows new table as new_rows
for each statement
when (
  coalesce(current_setting('recon.own_write', true), '') <> 'on'
  or pg_trigger_depth() > 0
  or not has_schema_privilege('recon', 'create')
)
execute function recon.record_summary_changes();

create or replace trigger record_delete
after delete on public.bitcoin_daily_summaries
referencing old table as old_rows
for each statement
when (
  coalesce(current_setting('recon.own_write', true), '') <> 'on'
  or pg_trigger_depth() > 0
  or not has_schema_privilege('recon', 'create')
)
execute function recon.record_summary_changes();

create or replace trigger record_truncate
after truncate on public.bitcoin_daily_summaries
for each statement
when (
  coalesce(current_setting('recon.own_write', true), '') <> 'on'
  or pg_trigger_depth() > 0
  or not has_schema_privilege('recon', 'create')
)
execute function recon.record_every_day('summary');

alter table public.bitcoin_daily_summaries
  enable always trigger record_insert,
  enable always trigger record_update,
  enable always trigger record_delete,
  enable always trigger record_truncate;
