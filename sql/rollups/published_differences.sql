-- The statement is made for the table as it is now: an integer year or one in text, a sum that is
-- rounded to so many digits. Of two rows of one key, both are a difference.
create or replace function recon.published_differences(
  table_name text,
  sums recon.published_sum[],
  from_key text,
  to_key text
)
returns table (key text, miner_model text, is_missing boolean, is_surplus boolean)
language plpgsql stable
as $$
declare
  v_table record;
begin
  select t.key_column, t.key_type, t.sum_type
  into v_table
  from recon.published_tables t
  where t.table_name = published_differences.table_name;
  if not found then
    return;
  end if;

  return query execute format(
    'select key::text, miner_model::text, t.copies is null, s.copies is null or t.copies > 1'
    ' from (select s.key::%3$s as key, s.miner_model, s.bitcoin_mined::%4$s as bitcoin_mined,'
    ' 1 as copies from unnest($1) s) s'
    ' full join (select t.%2$I as key, t.miner_model::text, min(t.bitcoin_mined) as bitcoin_mined,'
    ' count(*) as copies from public.%1$I t'
    ' where ($2 is null or t.%2$I >= $2::%3$s) and ($3 is null or t.%2$I <= $3::%3$s)'
    ' group by t.%2$I, t.miner_model) t using (key, miner_model)'
    ' where (s.bitcoin_mined, s.copies) is distinct from (t.bitcoin_mined, t.copies)',
    published_differences.table_name,
    v_table.key_column,
    v_table.key_type,
    v_table.sum_type
  )
  using
    published_differences.sums,
    published_differences.from_key,
    published_differences.to_key;
end
$$;

comment on function recon.published_differences(text, recon.published_sum[], text, text) is
  'The keys (date, month or year) and models of a table in public, between two keys (null = all), '
  'of which it has not one row with these sums: none, too many, or another sum. Empty where there '
  'is no such table, which recon.capture_gaps tells.';
