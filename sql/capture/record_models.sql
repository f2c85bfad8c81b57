create or replace function recon.record_models()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_models text[];
begin
  if tg_op = 'INSERT' then
    select array_agg(n.miner_model)
    into v_models
    from new_rows n;
  elsif tg_op = 'DELETE' then
    select array_agg(o.miner_model)
    into v_models
    from old_rows o;
  else
    select array_agg(m.miner_model)
    into v_models
    from (
      select o.miner_model from old_rows o
      union
      select n.miner_model from new_rows n
    ) m;
  end if;

  insert into recon.changes (settlement_date, reason, miner_model, changed_at)
  select '-infinity', 'miner_model', m, pg_catalog.now()
  from unnest(v_models) m;
  return null;
end
$$;

comment on function recon.record_models() is
  'Statement trigger of miner_models: a row in changes for each model touched, for every date.';
