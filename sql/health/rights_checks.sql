create or replace view recon.rights_checks as
with
rights as (
  select
    pg_has_role(n.nspowner, 'usage') as owns,
    exists (
      select from pg_proc p
      where p.pronamespace = n.oid
        and p.proname = 'start_run'
        and has_function_privilege(p.oid, 'execute')
    ) as runs
  from pg_namespace n
  where n.nspname = 'recon'
),
without as (
  select string_agg(r.rolname, ', ' order by r.rolname) as roles
  from pg_roles r
  where r.rolname in ('recon_reader', 'recon_operator')
    and not has_schema_privilege(r.oid, 'recon', 'usage')
)
select
  'rights' as subject,
  'ok' as outcome,
  format('%I may ', current_user) || case
    when r.owns then 'deploy, run and look (it is the owner)'
    when r.runs then 'run and look (as recon_operator)'
    else 'look, and not run (as recon_reader)'
  end as finding,
  null as next_step
from rights r
union all
select
  'roles',
  case when w.roles is null then 'ok' else 'warning' end,
  coalesce(w.roles || ' was made after the last deploy and has no rights', 'all have their rights'),
  case when w.roles is not null then 'recon-kit migrate' end
from without w;

comment on view recon.rights_checks is
  'What the current role may do, and whether the roles of the kit have been given their rights.';
comment on column recon.rights_checks.subject is 'What was looked at.';
comment on column recon.rights_checks.outcome is 'ok or warning.';
comment on column recon.rights_checks.finding is 'What was found.';
comment on column recon.rights_checks.next_step is 'What to do about it; null where it is ok.';
