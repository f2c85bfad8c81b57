create or replace function recon.farm_id_fault(farm_id text)
returns text
language sql immutable
as $$
  select case
    when farm_id_fault.farm_id is null
      then 'farm_id is empty'
    when lower(farm_id_fault.farm_id) in (
        'null', 'none', 'nan', 'nil', 'n/a', '#n/a', 'undefined', '-', chr(92) || 'n'
      )
      then format('farm_id %s stands for nothing', quote_literal(farm_id_fault.farm_id))
    when farm_id_fault.farm_id ~ '[^!-~]'
      then format(
        'farm_id %s has a character that no BM unit has, code %s',
        quote_literal(farm_id_fault.farm_id),
        ascii(substring(farm_id_fault.farm_id from '[^!-~]'))
      )
  end
$$;

comment on function recon.farm_id_fault(text) is
  'What keeps a text from being a BM unit: it is empty, a word for nothing, or has a blank or '
  'another character that is not printed ASCII. Null where nothing does.';
