-- The platform's triggers and checks are fired by what the kit writes and creates, and may name
-- things as their owner does, without a schema. So the kit's functions look where the owner of the
-- platform's tables does by default, after pg_catalog, whoever calls them.
create or replace function recon.platform_path()
returns text
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
declare
  v_owner name := current_user;
  v_default text;
  v_schemas name[];
begin
  select pg_get_userbyid(c.relowner)
  into v_owner
  from pg_class c
  where c.oid = coalesce(
    to_regclass('public.historical_bitcoin_calculations'),
    to_regclass('public.curtailment_records')
  );

  -- What the server has for all; a session may have another default, of its client.
  perform set_config('search_path', null, true);
  select s.setting
  into v_default
  from pg_catalog.pg_settings s
  where s.name operator(pg_catalog.=) 'search_path'
    and s.source operator(pg_catalog.=) 'configuration file';
  perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

  v_default := coalesce(
    (
      select substr(c, length('search_path=') + 1)
      from pg_db_role_setting s
      cross join lateral unnest(s.setconfig) c
      left join pg_database d on d.oid = s.setdatabase
      left join pg_roles r on r.oid = s.setrole
      where (s.setdatabase = 0 or d.datname = current_database())
        and (s.setrole = 0 or r.rolname = coalesce(v_owner, current_user))
        and starts_with(c, 'search_path=')
      order by s.setrole = 0, s.setdatabase = 0
      limit 1
    ),
    v_default,
    (select s.boot_val from pg_settings s where s.name = 'search_path')
  );
  v_default := replace(v_default, '"$user"', quote_ident(coalesce(v_owner, current_user)));
  perform set_config('search_path', v_default, true);
  v_schemas := pg_catalog.current_schemas(false);
  perform pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true);

  return (
    select concat_ws(
      ', ', 'pg_catalog', string_agg(quote_ident(s.name), ', ' order by s.place), 'pg_temp'
    )
    from unnest(v_schemas) with ordinality s (name, place)
    where s.name not like 'pg~_%' escape '~'
      and recon.is_closed_schema(s.name)
  );
end
$$;

comment on function recon.platform_path() is
  'The search path of the kit''s functions: pg_catalog, the schemas in which the owner of the '
  'platform''s tables looks by default, but for those in which others may create, and pg_temp.';
