-- What a deploy looks at and does besides the migrations and the code.
-- Statements by name. Parameters are psycopg's: a percent sign is doubled.

-- name: default_path
-- A schema is created under it: event triggers of the platform may name things as its owner does.
set local search_path to default

-- name: deploy_path
select set_config('search_path', replace(recon.platform_path(), 'pg_catalog', 'recon'), true)

-- name: deploy_lock
select set_config('lock_timeout', %(wait)s, true), pg_advisory_xact_lock(1919247215, -2147483647)

-- name: trust_no_path
select pg_catalog.set_config('search_path', 'pg_catalog, pg_temp', true)

-- name: not_the_owners
-- What would run as whoever deploys, and is not the owner's: objects in the kit's schemas, and code
-- that hangs on the tables the kit writes. The owner is that of schema recon, if the current role
-- has its rights as a member and not as a superuser, who has those of everybody; else the current
-- role. What belongs to a superuser gives nobody rights that he lacks.
with recursive
roles as (
  select
    r.oid,
    r.rolsuper or r.rolname = current_user
      or not m.rolsuper and pg_has_role(m.oid, r.oid, 'usage') as is_trusted
  from pg_roles r
  cross join pg_roles m
  where m.rolname = current_user
),
kit as (
  select coalesce(
    (
      select n.nspowner
      from pg_namespace n
      join roles r on r.oid = n.nspowner and r.is_trusted
      where n.nspname = 'recon'
    ),
    (select r.oid from pg_roles r where r.rolname = current_user)
  ) as owner
),
-- What has no owner in pg_shdepend belongs to the role that the cluster was made with, which is 10.
-- What mentions a schema depends on it too, wherever it is.
owned (classid, objid, owner, schema_name) as (
  select d.classid, d.objid, coalesce(s.refobjid, 10::oid), n.nspname
  from pg_namespace n
  cross join lateral (
    select 'pg_namespace'::regclass::oid as classid, n.oid as objid
    union
    select d.classid, d.objid
    from pg_depend d
    where d.refclassid = 'pg_namespace'::regclass
      and d.refobjid = n.oid
  ) d
  left join pg_shdepend s
    on s.dbid = (select b.oid from pg_database b where b.datname = current_database())
    and s.classid = d.classid
    and s.objid = d.objid
    and s.objsubid = 0
    and s.deptype = 'o'
  where n.nspname in ('recon', 'recon_legacy')
),
written (oid, owner, is_platforms) as (
  select c.oid, c.relowner, true
  from pg_class c
  where c.relnamespace = 'public'::regnamespace
    and c.relname in (
      'curtailment_records',
      'historical_bitcoin_calculations',
      'bitcoin_daily_summaries',
      'bitcoin_monthly_summaries',
      'bitcoin_yearly_summaries'
    )
  union
  select c.oid, c.relowner, false
  from pg_class c
  where c.relnamespace in (to_regnamespace('recon'), to_regnamespace('recon_legacy'))
    and c.relkind in ('r', 'p')
  union
  select c.oid, c.relowner, w.is_platforms
  from written w
  join pg_inherits i on i.inhparent = w.oid
  join pg_class c on c.oid = i.inhrelid
),
-- What hangs on a table, and what each of that calls; of types, what checks a domain.
parts (classid, objid, on_table) as (
  select 'pg_class'::regclass::oid, w.oid, w.oid from written w
  union
  select o.classid, o.objid, p.on_table
  from parts p
  cross join lateral (
    select d.classid, d.objid
    from pg_depend d
    where d.refclassid = p.classid
      and d.refobjid = p.objid
      and p.classid in ('pg_class'::regclass, 'pg_type'::regclass)
      and case
        when d.classid = 'pg_rewrite'::regclass
          then exists (select from pg_rewrite r where r.oid = d.objid and r.ev_class = p.objid)
        when d.classid = 'pg_class'::regclass
          then exists (select from pg_index i where i.indexrelid = d.objid)
        else d.classid in (
          'pg_trigger'::regclass,
          'pg_constraint'::regclass,
          'pg_attrdef'::regclass,
          'pg_policy'::regclass
        )
      end
    union all
    select d.refclassid, d.refobjid
    from pg_depend d
    where d.classid = 'pg_class'::regclass
      and d.classid = p.classid
      and d.objid = p.objid
      and d.refclassid = 'pg_type'::regclass
  ) o
),
code as (
  select distinct f.oid, f.proowner as owner, p.on_table
  from parts p
  join pg_depend d on d.classid = p.classid and d.objid = p.objid
  left join pg_operator o on d.refclassid = 'pg_operator'::regclass and o.oid = d.refobjid
  join pg_proc f
    on f.oid = case d.refclassid when 'pg_proc'::regclass then d.refobjid else o.oprcode end
),
found (place, what, kind, identity, owner) as (
  select
    case o.type when 'schema' then 0 else 1 end,
    o.type || ' ' || o.identity,
    o.type,
    o.identity,
    w.owner
  from owned w
  cross join kit k
  join roles r on r.oid = w.owner
  cross join lateral pg_identify_object(w.classid, w.objid, 0) o
  where w.owner <> k.owner
    and (o.type = 'schema' or o.schema = w.schema_name)
  union all
  select 2, w.oid::regclass::text, 'table', w.oid::regclass::text, w.owner
  from written w
  join roles r on r.oid = w.owner
  where w.is_platforms
    and not r.is_trusted
  union all
  select
    3,
    format('function %%s, which %%s calls,', c.oid::regprocedure, c.on_table::regclass),
    'function',
    c.oid::regprocedure::text,
    c.owner
  from code c
  join roles r on r.oid = c.owner
  where not r.is_trusted
  union all
  select 4, 'function ' || f.oid::regprocedure, 'function', f.oid::regprocedure::text, f.proowner
  from pg_proc f
  join roles r on r.oid = f.proowner
  where f.pronamespace = to_regnamespace('cron')
    and f.proname in ('schedule', 'unschedule')
    and not r.is_trusted
    and not exists (
      select
      from pg_depend d
      where d.classid = 'pg_proc'::regclass
        and d.objid = f.oid
        and d.deptype = 'e'
    )
)
select
  format('%%s belongs to %%s', f.what, f.owner::regrole) as obstacle,
  format('alter %%s %%s owner to %%s', f.kind, f.identity, k.owner::regrole) as remedy
from found f
cross join kit k
order by f.place, f.what

-- name: act_as_owner
-- What is made belongs to the owner of what is there, whichever member of that role makes it.
select set_config('role', r.rolname, true)
from pg_namespace n
join pg_roles r on r.oid = n.nspowner
where n.nspname = 'recon'
  and r.rolname <> current_user
  and pg_has_role(
    r.oid, case
      when current_setting('server_version_num')::integer < 160000 then 'member' else 'set' end
  )

-- name: deploy_settings
-- It gives up before deadlock_timeout, so that in a deadlock it is never somebody else who loses.
select
  set_config('lock_timeout', '500ms', true),
  set_config('client_min_messages', 'warning', true),
  set_config('search_path', 'recon', true)

-- name: is_capturing
select to_regprocedure('recon.capture_gaps()') is not null as is_capturing

-- name: mark_capture_gaps
-- What a deploy mends leaves no trace of what went unnoticed before.
with
gaps as materialized (
  select g.reason
  from recon.capture_gaps() g
  where g.reason in ('absent', 'swapped', 'trigger', 'log')
),
summaries as (
  insert into recon.summary_changes (changed_at)
  select now()
  where exists (select from gaps)
)
insert into recon.changes (settlement_date, reason, changed_at)
select '-infinity', 'verification', now()
where exists (select from gaps)

-- name: know_checks
insert into recon.known_checks (constraint_name)
select c.constraint_name from recon.calculation_checks c where c.is_there
on conflict on constraint known_checks_pkey do nothing

-- name: unwatched_tables
-- The platform's tables that lack a trigger, and those of which a part does.
select
  split_part(t.table_name, '.', 2) as table_name,
  bool_or(g.reason <> 'trigger') as lacks_in_parts
from recon.trigger_gaps g
join (
  select w.relation_name, w.table_name from recon.watched_tables w
  union
  select k.relation_name, k.table_name from recon.known_partitions k
) t on t.relation_name = g.table_name
where t.table_name like 'public.%%'
group by t.table_name

-- name: brief_wait
-- Whoever writes to a table waits behind a deploy that waits for its lock.
select set_config('lock_timeout', '20ms', true)

-- name: fill_sums
-- A deploy publishes nothing: what does not stick then is told by a run, and keeps no deploy out.
select recon.refresh_sums()
where exists (
  select
  from pg_class c
  where c.oid in ('recon.monthly_sums'::regclass, 'recon.yearly_sums'::regclass)
    and not c.relispopulated
)

-- name: mend_capture
select recon.mend_capture()

-- name: lock_holders
-- Who keeps a deploy from its locks: writers of a table, and readers too of what is replaced.
select format(
  '%%s, by process %%s (%%s)',
  string_agg(distinct t.name, ', ' order by t.name),
  a.pid,
  coalesce(nullif(a.application_name, ''), a.usename)
) as holder
from pg_locks l
join pg_class c on c.oid = l.relation
join pg_stat_activity a on a.pid = l.pid
cross join lateral (select replace(c.oid::regclass::text, 'public.', '') as name) t
where l.granted
  and l.pid <> pg_backend_pid()
  and l.database = (select d.oid from pg_database d where d.datname = current_database())
  and (
    c.relnamespace = to_regnamespace('recon')
    or c.relnamespace = 'public'::regnamespace
    and (
      c.relname in ('curtailment_records', 'historical_bitcoin_calculations')
      or c.relname like 'bitcoin\_%%\_summaries'
    )
  )
  and c.relkind in ('r', 'p', 'v', 'm')
  and (l.mode <> 'AccessShareLock' or c.relkind in ('v', 'm'))
group by a.pid, a.application_name, a.usename
order by a.pid

-- name: lacking_for_deploy
-- What stands in the way of a deploy, a sentence each.
select format(
  'role %%I may not create schemas: grant create on database %%I to %%I',
  current_user, current_database(), current_user
) as lacking
where to_regnamespace('recon') is null
  and not has_database_privilege(current_database(), 'create')
union all
select format('PostgreSQL 15 or later is needed, and this is %%s', current_setting('server_version'))
where current_setting('server_version_num')::integer < 150000
union all
select format(
  'role %%I may not create tables in schema public: grant create on schema public to %%I',
  current_user, current_user
)
where not has_schema_privilege('public', 'create')
union all
select format('schema recon, or something in it, belongs to %%s: sign in as that role', o.owner)
from (
  select n.nspowner::regrole from pg_namespace n where n.nspname = 'recon'
  union
  select c.relowner::regrole from pg_class c where c.relnamespace = to_regnamespace('recon')
  union
  select p.proowner::regrole from pg_proc p where p.pronamespace = to_regnamespace('recon')
) o (owner)
where not pg_has_role(o.owner, 'usage')
union all
select format('%%s belongs to %%s: sign in as that role', t.name, c.relowner::regrole)
from (
  values
    ('public.curtailment_records'),
    ('public.historical_bitcoin_calculations'),
    ('public.bitcoin_daily_summaries'),
    ('public.bitcoin_monthly_summaries'),
    ('public.bitcoin_yearly_summaries')
) t (name)
join pg_class c on c.oid = to_regclass(t.name)
where not pg_has_role(c.relowner, 'usage')

-- name: is_deployed
select to_regclass('recon.days') is not null as is_deployed

-- name: unfit_for_deploy
-- What of the platform's tables stands in the way of a deploy, a sentence each.
select format('public.%%s %%s', o.table_name, o.finding) as finding
from recon.adoption_obstacles o
where o.blocks_deploy
union all
select format('public.%%s %%s', s.table_name, s.finding)
from recon.adoption_steps s
where s.blocks_deploy

-- name: has_migrations
select to_regclass('recon._yoyo_migration') is not null as has_migrations

-- name: code_fingerprint
-- The code as the catalog has it, in one value: equal before and after a replay that changes nothing.
-- Rights that were never granted or revoked are null, and so are they in a restored dump.
select md5(string_agg(o.definition, e'\n' order by o.definition)) as fingerprint
from (
  select concat_ws(' ', pg_get_functiondef(p.oid), p.proacl, obj_description(p.oid, 'pg_proc'))
  from pg_proc p
  where p.pronamespace = to_regnamespace('recon')
  union all
  select concat_ws(' ', n.nspname, coalesce(n.nspacl, acldefault('n', n.nspowner)))
  from pg_namespace n
  where n.nspname = 'recon'
  union all
  select concat_ws(
    ' ',
    c.oid::regclass,
    c.reloptions,
    pg_get_viewdef(c.oid),
    coalesce(c.relacl, acldefault('r', c.relowner)),
    obj_description(c.oid, 'pg_class')
  )
  from pg_class c
  where c.relkind in ('r', 'p', 'v', 'm')
    and (c.relnamespace = to_regnamespace('recon') or c.relname like 'bitcoin\_%%\_summaries')
  union all
  select concat_ws(' ', c.oid::regclass, a.attname, col_description(c.oid, a.attnum))
  from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
  where c.relkind in ('v', 'm')
    and c.relnamespace = to_regnamespace('recon')
  union all
  select pg_get_indexdef(i.indexrelid)
  from pg_index i
  join pg_class c on c.oid = i.indrelid
  where c.relkind = 'm'
    and c.relnamespace = to_regnamespace('recon')
  union all
  select concat_ws(' ', pg_get_triggerdef(t.oid), t.tgenabled)
  from pg_trigger t
  join pg_proc p on p.oid = t.tgfoid
  where p.pronamespace = to_regnamespace('recon')
    and not t.tgisinternal
) o (definition)

-- name: roles_to_create
-- The roles that the server lacks, as statements: on a managed server another role may create them.
select format('create role %%I nologin;', r) as statement
from unnest(array['recon_reader', 'recon_operator']) r
where to_regrole(r) is null

-- name: analyze_inputs
-- A few rows that autovacuum never looks at; unanalyzed they are taken for hundreds.
analyze recon.miner_models, recon.block_rewards, recon.settings
