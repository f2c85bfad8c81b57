-- A mark that this transaction has made already stands for the next row too: it is committed or
-- undone with it. Others' marks prove nothing, as they may be consumed before this one commits.
create or replace function recon.record_rows()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
set plan_cache_mode = force_generic_plan
as $$
declare
  v_reason constant text := tg_argv[0];
  v_column constant text := tg_argv[1];
  v_is_dated constant boolean := coalesce(v_column, '') like '%\_date';
  v_value text;
  v_date date;
  v_model text;
begin
  foreach v_value in array array[to_jsonb(old) ->> v_column, to_jsonb(new) ->> v_column] loop
    continue when v_value is null and v_column is not null;
    v_date := case when v_is_dated then v_value::date else '-infinity' end;
    v_model := case when v_column = 'miner_model' then v_value end;
    continue when v_is_dated and not recon.has_day(v_date);

    perform
    from (
      select c.xmin as written_by, c.reason, c.miner_model
      from recon.changes c
      where c.settlement_date = v_date
      order by c.change_id desc
      limit 1
    ) c
    where c.written_by = pg_current_xact_id()::xid
      and c.reason = v_reason
      and c.miner_model is not distinct from v_model;
    if not found then
      insert into recon.changes (settlement_date, reason, miner_model, changed_at)
      values (v_date, v_reason, v_model, pg_catalog.now());
    end if;
  end loop;
  return null;
end
$$;

comment on function recon.record_rows() is
  'Row trigger for what replication changes, enabled for replicas only: a row in changes for each '
  'date, or miner model, of a transaction. Its arguments are the reason and the column.';
