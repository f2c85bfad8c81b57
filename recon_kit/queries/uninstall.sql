-- What an uninstall finds in its way, and does.
-- Statements by name. Parameters are psycopg's: a percent sign is doubled.

-- name: in_the_way_of_uninstall
-- What would go with the schema and is not the kit's, a sentence each: what was put into the schema,
-- and what outside depends on something in it. What is internal goes with its owner, and the owner
-- with it: a view with its rule.
with recursive
known as (
  select distinct k[1] as name
  from unnest(%(files)s::text[]) f
  cross join lateral regexp_matches(
    f,
    '(?n)^ *create (?:or replace |unlogged |materialized )?(?:table|view|type|function|procedure) '
    '(?:if not exists )?recon\.(\w+)',
    'g'
  ) k
),
gone (classid, objid, objsubid) as (
  select 'pg_namespace'::regclass::oid, n.oid, 0
  from pg_namespace n
  where n.nspname = 'recon'
  union
  select o.classid, o.objid, o.objsubid
  from gone g
  cross join lateral (
    select d.classid, d.objid, d.objsubid
    from pg_depend d
    where d.refclassid = g.classid
      and d.refobjid = g.objid
      and (g.objsubid = 0 or g.objsubid = d.refobjsubid)
    union all
    select d.refclassid, d.refobjid, d.refobjsubid
    from pg_depend d
    where d.classid = g.classid
      and d.objid = g.objid
      and d.deptype = 'i'
  ) o
),
outside as (
  select o.type, o.identity
  from gone g
  cross join lateral pg_identify_object(g.classid, g.objid, g.objsubid) o
  where o.identity !~ '(^|^for | on )recon($|\.)'
    and o.type in (
      'table',
      'table column',
      'table constraint',
      'default value',
      'view',
      'materialized view',
      'trigger',
      'policy',
      'function',
      'procedure',
      'domain'
    )
    and not (o.type = 'trigger' and o.identity ~ '^(record|require|judge|ignore|note)_\w+ on ')
    and not exists (
      select from pg_depend d
      where d.classid = g.classid
        and d.objid = g.objid
        and d.deptype = 'i'
    )
)
select format('recon.%%I is not the kit''s: move it to another schema', f.name) as obstacle
from (
  select c.relname from pg_class c
  where c.relnamespace = to_regnamespace('recon')
    and c.relkind in ('r', 'p', 'v', 'm', 'f')
    and c.relname !~ '^_?yoyo_'
  union
  select p.proname from pg_proc p where p.pronamespace = to_regnamespace('recon')
) f (name)
where f.name not in (select k.name from known k)
union all
select format('%%s %%s depends on the kit: drop it', o.type, o.identity)
from outside o
order by obstacle

-- name: owner_of_kit
select
  current_database() as database,
  n.nspowner::regrole::text as owner,
  pg_has_role(n.nspowner, 'usage') as is_ours
from (values ('recon')) k (name)
left join pg_namespace n on n.nspname = k.name

-- name: belongings
-- What an uninstall removes, and what it leaves. Rows are as the statistics have them.
with
relations as (
  select
    case when n.nspname = 'recon' then 'removed' else 'stays' end as fate,
    case when c.relkind = 'm' then 'view ' else 'table ' end || format('%%I.%%I', n.nspname, c.relname)
      as what,
    case when c.reltuples > 0 then c.reltuples::bigint else pg_stat_get_live_tuples(c.oid) end
      as about_rows,
    pg_size_pretty(pg_total_relation_size(c.oid)) as size
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'recon'
    and c.relkind in ('r', 'p', 'm')
    or n.nspname = 'public'
    and c.relname in (
      'curtailment_records',
      'historical_bitcoin_calculations',
      'bitcoin_daily_summaries',
      'bitcoin_monthly_summaries',
      'bitcoin_yearly_summaries'
    )
),
triggers as (
  select
    format('%%s triggers on %%s', count(*), string_agg(distinct c.relname, ', ')) as what
  from pg_trigger t
  join pg_proc p on p.oid = t.tgfoid
  join pg_class c on c.oid = t.tgrelid
  where p.pronamespace = to_regnamespace('recon')
    and c.relnamespace <> p.pronamespace
    and not t.tgisinternal
),
code as (
  select format('%%s routines and views in schema recon', count(*)) as what
  from (
    select p.oid from pg_proc p where p.pronamespace = to_regnamespace('recon')
    union all
    select c.oid from pg_class c where c.relnamespace = to_regnamespace('recon') and c.relkind = 'v'
  ) o
)
select 'removed' as fate, c.what, null::bigint as about_rows, null as size from code c
union all
select 'removed', t.what, null, null from triggers t
union all
select r.fate, r.what, r.about_rows, r.size from relations r
union all
select 'stays', 'schema recon_legacy', null, null
from pg_namespace n
where n.nspname = 'recon_legacy'
union all
select 'stays', format('role %%I', r.rolname), null, null
from pg_roles r
where r.rolname in ('recon_reader', 'recon_operator')
order by fate, what

-- name: is_adopting
select to_regclass('recon_legacy.adoption') is not null as is_adopting

-- name: may_unschedule
select coalesce(has_schema_privilege(to_regnamespace('cron'), 'usage'), false)
  and to_regprocedure('cron.unschedule(bigint)') is not null as may_unschedule

-- name: end_jobs
-- Of every role whose jobs the current one sees, told by what they call: in a database that an
-- earlier kit deployed, jobs have the names that they had there.
with
ours as materialized (
  select c.jobid, c.jobname
  from cron.job c
  where c.database = current_database()
    and c.jobname like 'recon %'
    and c.command ~ '^(call recon\.|select recon\.|delete from cron\.job_run_details )'
)
select o.jobname
from ours o
cross join lateral cron.unschedule(o.jobid)

-- name: uninstall
-- The source comes last of those that are locked: who writes to it does not wait for an uninstall
-- that waits for another table. The schema takes with it the triggers on the platform's tables.
do $$
declare
  v_role text;
begin
  for v_role in select r.rolname from pg_roles r where r.rolname in ('recon_reader', 'recon_operator') loop
    execute 'revoke all on public.bitcoin_daily_summaries, public.bitcoin_monthly_summaries, '
      'public.bitcoin_yearly_summaries from ' || quote_ident(v_role);
  end loop;
end
$$;
lock table
  recon.changes,
  recon.days,
  recon.runs,
  public.historical_bitcoin_calculations,
  public.bitcoin_daily_summaries,
  public.bitcoin_monthly_summaries,
  public.bitcoin_yearly_summaries,
  public.curtailment_records;
drop schema recon cascade
