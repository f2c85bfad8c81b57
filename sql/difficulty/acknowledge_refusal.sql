create or replace function recon.acknowledge_refusal(item text, reason text)
returns bigint
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_count bigint;
begin
  if coalesce(btrim(acknowledge_refusal.reason), '') = '' then
    raise exception 'acknowledging needs a reason'
      using errcode = 'invalid_parameter_value', hint = 'Say why; it is kept with the refusal.';
  end if;

  update recon.difficulty_refusals f
  set acknowledged_because = btrim(acknowledge_refusal.reason)
  where coalesce(f.item_id, f.date_text) = acknowledge_refusal.item
    and f.acknowledged_because is null;
  get diagnostics v_count = row_count;

  if v_count = 0 then
    raise exception 'no refusal of item % waits to be acknowledged',
      quote_nullable(acknowledge_refusal.item)
      using errcode = 'invalid_parameter_value',
        hint = 'Refusals: select * from recon.difficulty_refusals where acknowledged_because is '
          'null;';
  end if;
  return v_count;
end
$$;

comment on function recon.acknowledge_refusal(text, text) is
  'A person lets the refusals of an item stand, named by its key in the source (its date, where it '
  'has none), and says why: syncs no longer count them, until the item is written in another way. '
  'Returns how many. Error 22023 without a reason or where there is none.';
