create or replace function recon.count_odd_keys(table_name text, key_column text, pattern text)
returns bigint
language plpgsql stable
as $$
declare
  v_rows bigint := 0;
begin
  if to_regclass(format('public.%I', count_odd_keys.table_name)) is not null then
    execute format(
      'select count(*) from public.%I t where t.%I::text !~ $1',
      count_odd_keys.table_name, count_odd_keys.key_column
    )
    into v_rows
    using count_odd_keys.pattern;
  end if;
  return v_rows;
end
$$;

comment on function recon.count_odd_keys(text, text, text) is
  'The rows of a table in public, if it is there, whose key is not as the pattern has it.';
