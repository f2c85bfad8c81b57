create or replace view recon.legacy_grants as
select format(
  'grant %s on public.%I to %s%s',
  g.privilege_type,
  c.relname,
  case when g.grantee = 0 then 'public' else quote_ident(pg_get_userbyid(g.grantee)) end,
  case when g.is_grantable then ' with grant option' end
) as statement
from pg_class c
join pg_class n on n.relname = c.relname
cross join aclexplode(coalesce(c.relacl, acldefault('r', c.relowner))) g
where c.relnamespace = to_regnamespace('recon_legacy')
  and n.relnamespace = 'public'::regnamespace
  and c.relname like 'bitcoin\_%\_summaries'
  and g.grantee <> n.relowner
  and (n.relkind <> 'm' or g.privilege_type = 'SELECT');

comment on view recon.legacy_grants is
  'What gives whoever had a right to a summary that was moved the same to what took its name.';
comment on column recon.legacy_grants.statement is 'A grant.';
