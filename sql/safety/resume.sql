create or replace function recon.resume()
returns boolean
language sql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  paused as (
    select s.only_row from recon.settings s where s.paused_reason is not null for update
  ),
  resumed as (
    update recon.settings s
    set paused_reason = null
    from paused p
    where s.only_row = p.only_row
    returning 1
  )
  select exists (select from resumed)
$$;

comment on function recon.resume() is 'Ends a pause; false where there was none.';
