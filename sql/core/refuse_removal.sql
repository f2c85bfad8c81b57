create or replace function recon.refuse_removal()
returns trigger
language plpgsql volatile
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
begin
  raise exception 'the rows of recon.% cannot be removed', tg_table_name
    using errcode = 'restrict_violation',
      hint = 'Without them nothing would run, and say nothing; update them instead.';
end
$$;

comment on function recon.refuse_removal() is
  'Statement trigger of a table whose rows everything counts on: error 23001 for a delete or '
  'truncate.';
