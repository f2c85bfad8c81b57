create or replace function recon.count_rows(relation regclass)
returns bigint
language plpgsql stable
as $$
declare
  v_rows bigint;
begin
  execute format('select count(*) from %s', relation) into v_rows;
  return v_rows;
end
$$;

comment on function recon.count_rows(regclass) is 'The rows of a table.';
