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
roles as (
  select
    string_agg(n.role, ', ') filter (
      where not has_schema_privilege(to_regrole(n.role), 'recon', 'usage')
    ) as without,
    string_agg(format('create role %s nologin', n.role), '; ') filter (
      where to_regrole(n.role) is null
    ) as to_create
  from unnest(array['recon_operator', 'recon_reader']) n (role)
),
others as (
  select
    string_agg(h.holder || ' ' || h.right_held, ', ' order by h.holder, h.right_held) as held,
    string_agg(distinct h.next_step, '; ') as next_step
  from recon.holders h
)
select
  'rights' as subject,
  case when o.held is null then 'ok' else 'warning' end as outcome,
  format('%I may ', current_user) || case
    when r.owns then 'deploy, run and look (it is the owner)'
    when r.runs then 'run and look (as recon_operator)'
    else 'look, and not run (as recon_reader)'
  end || coalesce('; others can have code run as the owner: ' || o.held, '') as finding,
  o.next_step collate "default" as next_step
from rights r
cross join others o
union all
select
  'roles',
  case when r.without is null then 'ok' else 'warning' end,
  case
    when r.without is not null then r.without || ' was made after the last deploy and has no rights'
    when r.to_create is not null
      then 'only the owner may look and run; for others: ' || r.to_create || '; recon-kit migrate'
    else 'all have their rights'
  end,
  case when r.without is not null then 'recon-kit migrate' end
from roles r;

comment on view recon.rights_checks is
  'What the current role may do, whether the roles of the kit have been given their rights, and '
  'who could run code with those of the owner.';
comment on column recon.rights_checks.subject is 'What was looked at.';
comment on column recon.rights_checks.outcome is 'ok or warning.';
comment on column recon.rights_checks.finding is 'What was found.';
comment on column recon.rights_checks.next_step is 'What to do about it; null where it is ok.';
