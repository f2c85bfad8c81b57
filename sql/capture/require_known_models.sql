-- A foreign key in all but cost: that would look up the model for each of millions of rows.
create or replace function recon.require_known_models()
returns trigger
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_miner_model text;
begin
  select n.miner_model
  into v_miner_model
  from (select distinct n.miner_model from new_rows n) n
  where not exists (select from recon.miner_models m where m.miner_model = n.miner_model)
  limit 1;

  if found then
    raise exception 'miner model % is not known', quote_literal(v_miner_model)
      using errcode = 'foreign_key_violation',
        constraint = 'miner_model_is_known',
        hint = 'Use a model of recon.miner_models, or add it there.';
  end if;
  return null;
end
$$;

comment on function recon.require_known_models() is
  'Statement trigger: error 23503 for a miner model that recon.miner_models does not have.';
