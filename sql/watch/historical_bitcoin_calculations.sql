-- The kit's own writes are told apart by what its functions say, which counts only from the owner
-- of its schema, and not for what other triggers write meanwhile. The condition is that of whoever
-- runs the statement, and holds on any node: so it calls no function, and each trigger has a copy.
-- test_every_copy_of_what_is_an_own_write_says_the_same compares them.
create or replace trigger record_insert
after insert on public.historical_bitcoin_calculations
referencing new table as new_rows
for each statement
when (
  coalesce(current_setting('recon.own_write', true), '') <> 'on'
  or pg_trigger_depth() > 0
  or not has_schema_privilege('recon', 'create')
)
execute function recon.record_changes('calculation');

create or replace trigger record_update
after update on public.historical_bitcoin_calculations
referencing old table as old_rows new table as new_rows
for each statement
when (
  coalesce(current_setting('recon.own_write', true), '') <> 'on'
  or pg_trigger_depth() > 0
  or not has_schema_privilege('recon', 'create')
)
execute function recon.record_changes('calculation');

create or replace trigger record_delete
after delete on public.historical_bitcoin_calculations
referencing old table as old_rows
for each statement
when (
  coalesce(current_setting('recon.own_write', true), '') <> 'on'
  or pg_trigger_depth() > 0
  or not has_schema_privilege('recon', 'create')
)
execute function recon.record_changes('calculation');

create or replace trigger record_truncate
after truncate on public.historical_bitcoin_calculations
for each statement
when (
  coalesce(current_setting('recon.own_write', true), '') <> 'on'
  or pg_trigger_depth() > 0
  or not has_schema_privilege('recon', 'create')
)
execute function recon.record_every_day('calculation');

create or replace trigger require_known_models_on_insert
after insert on public.historical_bitcoin_calculations
referencing new table as new_rows
for each statement
when (
  coalesce(current_setting('recon.own_write', true), '') <> 'on'
  or pg_trigger_depth() > 0
  or not has_schema_privilege('recon', 'create')
)
execute function recon.require_known_models();

create or replace trigger require_known_models_on_update
after update on public.historical_bitcoin_calculations
referencing new table as new_rows
for each statement
when (
  coalesce(current_setting('recon.own_write', true), '') <> 'on'
  or pg_trigger_depth() > 0
  or not has_schema_privilege('recon', 'create')
)
execute function recon.require_known_models();

alter table public.historical_bitcoin_calculations
  enable always trigger record_insert,
  enable always trigger record_update,
  enable always trigger record_delete,
  enable always trigger record_truncate,
  enable always trigger require_known_models_on_insert,
  enable always trigger require_known_models_on_update;
