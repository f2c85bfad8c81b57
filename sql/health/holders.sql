-- Tables that the kit writes fire triggers with the rights of the kit's owner, whoever made them.
create or replace view recon.holders as
with
kit as (
  select n.nspowner as owner from pg_namespace n where n.nspname = 'recon'
),
written as (
  select c.oid, c.relowner, c.relacl
  from pg_class c
  where c.relkind in ('r', 'p')
    and (
      c.relnamespace = 'recon'::regnamespace
      or c.oid in (select p.relation from recon.platform_tables p)
    )
),
granted as (
  select
    recon.full_name(w.oid) as object,
    'TRIGGER' as privilege,
    a.grantee,
    format('revoke trigger on %s from ', recon.full_name(w.oid)) as revoke
  from written w
  cross join lateral aclexplode(w.relacl) a
  where a.privilege_type = 'TRIGGER'
    and a.grantee <> w.relowner
  union all
  select
    'schema ' || n.nspname as object,
    'CREATE' as privilege,
    a.grantee,
    format('revoke create on schema %I from ', n.nspname)
  from pg_namespace n
  cross join lateral aclexplode(n.nspacl) a
  where n.nspname in ('recon', 'recon_legacy')
    and a.privilege_type = 'CREATE'
    and a.grantee <> n.nspowner
),
found as (
  select
    case g.grantee when 0 then 'everybody' else g.grantee::regrole::text end as holder,
    g.grantee as role,
    format('has %s on %s', g.privilege, g.object) as right_held,
    g.revoke || case g.grantee when 0 then 'public' else g.grantee::regrole::text end as next_step
  from granted g
  union all
  select
    w.relowner::regrole::text,
    w.relowner,
    'owns ' || recon.full_name(w.oid),
    format('alter table %s owner to %s', recon.full_name(w.oid), k.owner::regrole)
  from written w
  cross join kit k
  union all
  select
    f.proowner::regrole::text,
    f.proowner,
    format(
      'owns %s, which trigger %s of %s calls',
      f.oid::regprocedure,
      t.tgname,
      recon.full_name(w.oid)
    ),
    format('drop trigger %I on %s', t.tgname, recon.full_name(w.oid))
  from written w
  join pg_trigger t on t.tgrelid = w.oid and not t.tgisinternal
  join pg_proc f on f.oid = t.tgfoid
)
select f.holder, f.right_held, f.next_step
from found f
cross join kit k
left join pg_roles r on r.oid = f.role
where f.role <> k.owner
  and not coalesce(r.rolsuper, false);

comment on view recon.holders is
  'Who, but for the kit''s owner and superusers, can have code run with the rights of that owner, '
  'through what: TRIGGER on a table that the kit writes, the table itself, the function of a '
  'trigger on it, CREATE on a schema of the kit.';
comment on column recon.holders.holder is 'The role; everybody = it was granted to PUBLIC.';
comment on column recon.holders.right_held is 'What it has.';
comment on column recon.holders.next_step is 'What takes it away.';
