-- Whoever owns the platform's tables, or the database, can have its own code run by the kit all the
-- same; anybody else who may create here could have an operator that fits better than PostgreSQL's.
create or replace function recon.is_closed_schema(schema_name name)
returns boolean
language sql stable security definer
set search_path = pg_catalog, pg_temp
set row_security = off
as $$
  with
  trusted as (
    select r.oid from pg_roles r where r.rolsuper or r.rolname = current_user
    union all
    select d.datdba from pg_database d where d.datname = current_database()
    union all
    select c.relowner
    from unnest(array['curtailment_records', 'historical_bitcoin_calculations']) t (name)
    join pg_class c on c.oid = to_regclass('public.' || t.name)
  ),
  creators (role) as (
    select n.nspowner from pg_namespace n where n.nspname = is_closed_schema.schema_name
    union all
    select a.grantee
    from pg_namespace n
    cross join lateral aclexplode(coalesce(n.nspacl, acldefault('n', n.nspowner))) a
    where n.nspname = is_closed_schema.schema_name
      and a.privilege_type = 'CREATE'
  )
  select not exists (
    select
    from creators c
    where c.role <> 'pg_database_owner'::regrole
      and not exists (
        select from trusted t where c.role <> 0 and pg_has_role(c.role, t.oid, 'member')
      )
  )
$$;

comment on function recon.is_closed_schema(name) is
  'Whether only superusers and the owners of the kit, of the platform''s tables and of the '
  'database may create in a schema.';
