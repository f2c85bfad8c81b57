-- Every statement that Python sends, by name. Parameters are psycopg's: a percent sign is doubled.

-- name: session_settings
-- What poolers carry along for a client, and what a call, which is in no transaction, needs.
set DateStyle = 'ISO, MDY'; set TimeZone = 'UTC'; set standard_conforming_strings = on

-- name: transaction_settings
-- What else the text of a statement or of a value can depend on.
set local search_path = pg_catalog, pg_temp;
set local DateStyle = 'ISO, MDY';
set local IntervalStyle = postgres;
set local TimeZone = 'UTC';
set local standard_conforming_strings = on;
set local array_nulls = on;
set local bytea_output = hex;
set local extra_float_digits = 1;
set local quote_all_identifiers = off;
set local transform_null_equals = off

-- name: generate_records
-- Records shaped like real ones, the same for the same arguments: quiet days and storms, farms
-- that are held down for some hours, now and then several rows for one period and farm.
insert into public.curtailment_records (
  settlement_date,
  settlement_period,
  farm_id,
  lead_party_name,
  volume,
  payment,
  original_price,
  final_price,
  so_flag,
  cadl_flag
)
with
days as (
  select
    d::date as settlement_date,
    abs(mod(hashint4extended(d::date - date '2000-01-01', 1), 1000)) / 1000.0 as wind
  from generate_series(
    %(from_date)s::date, %(from_date)s::date + %(days)s::integer - 1, interval '1 day'
  ) d
),
farms as (
  select u.farm_id, u.n, 3 + abs(mod(hashtextextended(u.farm_id, 2), 60)) as half_hour_mwh
  from unnest(%(farms)s::text[]) with ordinality u (farm_id, n)
),
keys as (
  select
    d.settlement_date,
    p.settlement_period,
    f.farm_id,
    f.n,
    f.half_hour_mwh,
    hashtextextended(f.farm_id || d.settlement_date || '/' || p.settlement_period, 3) as roll
  from days d
  cross join lateral generate_series(
    1, recon.settlement_periods_in_day(d.settlement_date)
  ) p (settlement_period)
  cross join farms f
  where d.wind > 0.05
    and abs(mod(
      hashtextextended(f.farm_id || d.settlement_date || p.settlement_period / 8, 4), 1000
    )) / 1000.0 < d.wind * d.wind
),
records as (
  select
    k.*,
    -round(k.half_hour_mwh * (1 + abs(mod(k.roll / (7 * r.n), 1000))) / 1000.0, 3) as volume,
    -round(40 + abs(mod(k.roll / (11 * r.n), 6000)) / 100.0, 2) as price,
    abs(mod(k.roll / 13, 10)) < 8 as so_flag
  from keys k
  cross join lateral generate_series(
    1,
    case
      when abs(mod(k.roll, 100)) < 69 then 1
      when abs(mod(k.roll, 100)) < 92 then 2
      else 3
    end
  ) r (n)
)
select
  r.settlement_date,
  r.settlement_period,
  r.farm_id,
  'Lead party ' || mod(r.n, 17) + 1,
  r.volume,
  round(r.volume * r.price, 2),
  r.price,
  r.price,
  r.so_flag,
  false
from records r
order by r.settlement_date, r.settlement_period, r.farm_id

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
    and not (
      r.is_trusted
      and w.schema_name = 'recon_legacy'
      and o.identity ~ '^recon_legacy\.bitcoin_(daily|monthly|yearly)_summaries'
    )
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
insert into recon.changes (settlement_date, reason, changed_at)
select '-infinity', 'verification', now()
where exists (
  select from recon.capture_gaps() g where g.reason in ('absent', 'swapped', 'trigger', 'log')
)

-- name: know_checks
insert into recon.known_checks (constraint_name)
select c.constraint_name from recon.calculation_checks c where c.is_there
on conflict on constraint known_checks_pkey do nothing

-- name: mend_capture
select recon.mend_capture()

-- name: capture_gaps
select g.table_name, g.reason, g.finding, g.next_step from recon.capture_gaps() g

-- name: refresh_summaries
select recon.refresh_summaries()

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
select case
  when s.kind = 'deploy' then s.finding
  else format('public.%%s %%s', s.table_name, s.finding)
end
from recon.adoption_steps s
where s.blocks_deploy

-- name: adoption_lock
-- Held for as long as an adoption takes, by a connection that does nothing else.
select
  set_config('idle_in_transaction_session_timeout', '0', true),
  pg_try_advisory_xact_lock(1919247215, -2147483643) as is_ours

-- name: no_hurry
select set_config('statement_timeout', '0', true)

-- name: no_timeouts
-- An index is built outside a transaction, for as long as it takes.
select set_config('statement_timeout', '0', false), set_config('lock_timeout', '0', false)

-- name: usual_timeouts
reset statement_timeout; reset lock_timeout

-- name: adoption_plan
select * from recon.adoption_plan()

-- name: adoption_obstacles
select o.table_name, o.finding, o.next_step from recon.adoption_obstacles o

-- name: adoption_is_needed
select exists (
  select
  from recon.adoption_steps s
  where s.kind <> 'rows'
    and s.finding is not null
) or exists (
  select from recon.unfit_calculations()
) as is_needed

-- name: adoption_steps
select * from recon.adoption_steps order by position

-- name: begin_adoption
select recon.begin_adoption()

-- name: builds_in_progress
-- Waits for the index builds that an adoption may have left behind when its client was killed.
lock table public.curtailment_records, public.historical_bitcoin_calculations
in share update exclusive mode

-- name: start_step
insert into recon_legacy.steps (step, undo, lock_mode)
values (%(step)s, %(undo)s, %(lock_mode)s)
on conflict on constraint steps_pkey do nothing

-- name: finish_step
update recon_legacy.steps s
set finished_at = clock_timestamp(),
  transactions = %(transactions)s,
  longest_lock = make_interval(secs => %(longest_lock)s)
where s.step = %(step)s

-- name: list_unfit_calculations
select recon.list_unfit_calculations()

-- name: remove_unfit_calculations
select recon.remove_unfit_calculations()

-- name: sum_calculations
select recon.sum_calculations()

-- name: take_over_summaries
select recon.take_over_summaries()

-- name: legacy_grants
select g.statement from recon.legacy_grants g

-- name: undo_statements
select * from recon.undo_statements()

-- name: confirm_adoption
select * from recon.confirm_adoption()

-- name: has_migrations
select to_regclass('recon._yoyo_migration') is not null as has_migrations

-- name: unknown_migrations
select m.migration_id
from recon._yoyo_migration m
where not m.migration_id = any (%(known)s::text[])
order by m.migration_id

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
    and (c.relnamespace = to_regnamespace('recon') or c.relname like 'bitcoin\_%%\_summaries')
  union all
  select pg_get_indexdef(i.indexrelid)
  from pg_index i
  join pg_class c on c.oid = i.indrelid
  where c.relkind = 'm'
    and c.relname like 'bitcoin\_%%\_summaries'
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
    '(?n)^ *create (?:or replace |unlogged )?(?:table|view|type|function|procedure) recon\.(\w+)',
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
    and o.identity not in (
      'public.bitcoin_monthly_summaries',
      'public.bitcoin_yearly_summaries',
      'miner_model_is_known on public.bitcoin_daily_summaries'
    )
    and not (o.type = 'trigger' and o.identity ~ '^(record|require|judge)_\w+ on ')
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
    case when n.nspname = 'recon' or c.relkind = 'm' then 'removed' else 'stays' end as fate,
    case when c.relkind = 'm' then 'view ' else 'table ' end || format('%%I.%%I', n.nspname, c.relname)
      as what,
    case when c.reltuples > 0 then c.reltuples::bigint else pg_stat_get_live_tuples(c.oid) end
      as about_rows,
    pg_size_pretty(pg_total_relation_size(c.oid)) as size
  from pg_class c
  join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'recon'
    and c.relkind in ('r', 'p')
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

-- name: periods_in_day
select recon.settlement_periods_in_day(%(settlement_date)s) as periods

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
-- that waits for another table. The schema takes with it the triggers on the platform's tables, the
-- views of months and years, and the foreign key of the daily summaries.
do $$
begin
  if to_regrole('recon_reader') is not null then
    revoke all on public.bitcoin_daily_summaries from recon_reader;
  end if;
  if to_regrole('recon_operator') is not null then
    revoke all on public.bitcoin_daily_summaries from recon_operator;
  end if;
end
$$;
lock table
  recon.changes,
  recon.days,
  recon.runs,
  public.historical_bitcoin_calculations,
  public.bitcoin_daily_summaries,
  public.curtailment_records;
drop schema recon cascade

-- name: analyze_inputs
-- A few rows that autovacuum never looks at; unanalyzed they are taken for hundreds.
analyze recon.miner_models, recon.block_rewards, recon.settings

-- name: start_run
select recon.start_run(
  from_date => %(from_date)s, to_date => %(to_date)s, order_by => %(order_by)s, force => %(force)s
) as run_id

-- name: reconcile_batch
select * from recon.reconcile_batch(run_id => %(run_id)s, batch_days => %(batch_days)s)

-- name: finish_run
select recon.finish_run(run_id => %(run_id)s) as outcome

-- name: run
select
  h.planned_days,
  h.left_days,
  recon.run_message(run_id => h.run_id) as message,
  jsonb_build_object(
    'fully_reconciled', h.fully_reconciled_days,
    'fixed', h.fixed_days,
    'partially_fixed', h.partially_fixed_days,
    'blocked', h.blocked_days,
    'failed', h.failed_days,
    'no_data', h.no_data_days
  ) as days,
  jsonb_build_object(
    'missing', h.missing, 'stale', h.stale, 'wrong', h.wrong, 'orphan', h.orphan
  ) as cells
from recon.run_history h
where h.run_id = %(run_id)s

-- name: run_problems
select s.settlement_date, s.state as outcome, s.reason
from recon.runs r
join recon.day_status s
  on s.settlement_date >= coalesce(r.from_date, '-infinity')
  and s.settlement_date <= coalesce(r.to_date, 'infinity')
where r.run_id = %(run_id)s
  and s.state in ('blocked', 'failed', 'skipped')
order by s.settlement_date

-- name: start_sync
select * from recon.start_sync(source => %(source)s)

-- name: add_sync_page
select recon.add_sync_page(
  sync_id => %(sync_id)s, items => %(items)s, resume_key => %(resume_key)s
)

-- name: apply_sync
select *
from recon.apply_sync(
  sync_id => %(sync_id)s, date_format => %(date_format)s, since => %(since)s
)

-- name: sync_result
select s.changed, s.refused, t.difficulty_policy as policy
from recon.syncs s
cross join recon.settings t
where s.sync_id = %(sync_id)s

-- name: sync_suspects
select
  f.first_date as from_date,
  f.last_date as to_date,
  f.difficulty,
  f.kind,
  f.explanation,
  f.undecided
from recon.syncs s
cross join lateral recon.neighbourhood(s.first_date, s.last_date) n
join lateral recon.findings_between(n.first_date, n.last_date) f
  on f.last_date >= s.first_date
  and f.first_date <= s.last_date
where s.sync_id = %(sync_id)s
  and s.first_date is not null
  and f.undecided > 0
order by f.first_date

-- name: difficulty_findings
select *
from recon.difficulty_findings f
where f.to_date >= coalesce(%(from_date)s::date, '-infinity')
  and f.from_date <= coalesce(%(to_date)s::date, 'infinity')
order by f.from_date

-- name: difficulty_proposals
select p.*
from recon.proposed_difficulties p
where p.settlement_date >= coalesce(%(from_date)s::date, '-infinity')
  and p.settlement_date <= coalesce(%(to_date)s::date, 'infinity')
order by p.settlement_date

-- name: accept_proposals
select *
from recon.accept_proposals(
  from_date => %(from_date)s, to_date => %(to_date)s, reason => %(reason)s
)

-- name: bad_retargets
select * from recon.bad_retargets(%(lines)s)

-- name: accept_retargets
select recon.accept_retargets(%(lines)s, %(source)s) as added

-- name: accept_difficulty
select *
from recon.accept_difficulty(
  from_date => %(from_date)s,
  to_date => %(to_date)s,
  reason => %(reason)s,
  difficulty => %(difficulty)s
)

-- name: reject_difficulty
select *
from recon.reject_difficulty(
  from_date => %(from_date)s, reason => %(reason)s, to_date => %(to_date)s
)

-- name: dates_read
select
  min(d.read_date) filter (where d.has_day) as first_date,
  max(d.read_date) filter (where d.has_day) as last_date,
  count(distinct d.read_date) filter (where d.has_day) as dates,
  count(*) filter (where not d.has_day) as without_a_date
from unnest(%(date_texts)s::text[]) t (date_text)
cross join lateral (
  select p.read_date, recon.has_day(p.read_date) as has_day
  from recon.parse_date(t.date_text, %(date_format)s) p (read_date)
) d

-- name: dates_lacking
select
  w.settlement_date,
  to_char(w.settlement_date, %(date_format)s) = any (%(date_texts)s::text[]) as is_in_table
from recon.missing_difficulties w
order by w.settlement_date

-- name: start_load
insert into recon.loads (file_name, sha256, loaded_at)
values (%(file_name)s, %(sha256)s, pg_catalog.now())
returning load_id

-- name: earlier_load
select l.load_id, l.file_name, l.loaded_rows, l.loaded_at
from recon.loads l
where l.sha256 = %(sha256)s

-- name: stage_records
copy recon.staged_records (load_id, line_no, fault, {columns}) from stdin

-- name: bad_lines
select b.line_no, b.reason from recon.bad_lines(load_id => %(load_id)s) b order by b.line_no

-- name: accept_load
select recon.accept_load(load_id => %(load_id)s) as loaded

-- name: stage_units
copy recon.staged_units (line_no, fault, {columns}) from stdin

-- name: bad_unit_lines
select b.line_no, b.reason from recon.bad_unit_lines() b order by b.line_no

-- name: accept_units
select * from recon.accept_units(replace => %(replace)s)

-- name: inspect_source
select *
from recon.inspect_source(from_date => %(from_date)s, to_date => %(to_date)s, force => %(force)s)

-- name: source_issues
select *
from recon.source_issues(
  from_date => %(from_date)s, to_date => %(to_date)s, open_only => %(open_only)s
)

-- name: acknowledge_issue
select recon.acknowledge_issue(
  settlement_date => %(settlement_date)s,
  kind => %(kind)s,
  reason => %(reason)s,
  subject => %(subject)s,
  to_date => %(to_date)s
)

-- name: source_trends
select * from recon.source_trends(days => %(days)s)

-- name: incomplete_days
select * from recon.incomplete_days()

-- name: next_run
select * from recon.next_run()

-- name: status
select * from recon.status()

-- name: problem_days
-- A day that waits for a person has no time of its next attempt; infinity is no time in Python.
select
  p.settlement_date,
  p.state,
  p.reason,
  p.attempts,
  nullif(p.next_attempt_at, 'infinity') as next_attempt_at,
  p.next_step
from recon.problem_days p
order by p.settlement_date

-- name: gaps
select *
from recon.gaps(from_date => %(from_date)s, to_date => %(to_date)s)
order by settlement_date, settlement_period, farm_id, miner_model

-- name: first_of_recent
select recon.today() - %(days)s::integer + 1 as first_date

-- name: gap_counts
select *
from recon.gap_counts(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: create_damage
create temporary table damage (
  settlement_date date not null,
  settlement_period integer not null,
  farm_id text not null,
  miner_model text not null,
  kind text not null,
  primary key (settlement_date, settlement_period, farm_id, miner_model)
)

-- name: damage_calculations
-- Breaks stored rows in four ways, and notes which.
with
picked as materialized (
  select
    h.*,
    row_number() over (
      order by
        hashtextextended(
          concat_ws('/', h.settlement_date, h.settlement_period, h.farm_id, h.miner_model), 5
        ),
        h.settlement_date,
        h.settlement_period,
        h.farm_id,
        h.miner_model
    ) as n
  from public.historical_bitcoin_calculations h
),
deleted as (
  delete from public.historical_bitcoin_calculations h
  using picked p
  where p.n <= 400
    and (h.settlement_date, h.settlement_period, h.farm_id, h.miner_model)
      = (p.settlement_date, p.settlement_period, p.farm_id, p.miner_model)
  returning h.settlement_date, h.settlement_period, h.farm_id, h.miner_model, 'missing'
),
outdated as (
  update public.historical_bitcoin_calculations h
  set difficulty = 83000000000000
  from picked p
  where p.n between 401 and 700
    and (h.settlement_date, h.settlement_period, h.farm_id, h.miner_model)
      = (p.settlement_date, p.settlement_period, p.farm_id, p.miner_model)
  returning h.settlement_date, h.settlement_period, h.farm_id, h.miner_model, 'stale'
),
falsified as (
  update public.historical_bitcoin_calculations h
  set bitcoin_mined = h.bitcoin_mined + 0.000000000001
  from picked p
  where p.n between 701 and 900
    and (h.settlement_date, h.settlement_period, h.farm_id, h.miner_model)
      = (p.settlement_date, p.settlement_period, p.farm_id, p.miner_model)
  returning h.settlement_date, h.settlement_period, h.farm_id, h.miner_model, 'wrong'
),
invented as (
  insert into public.historical_bitcoin_calculations as h (
    settlement_date, settlement_period, farm_id, miner_model, bitcoin_mined, difficulty
  )
  select
    p.settlement_date, p.settlement_period, 'T_GONE-1', p.miner_model, p.bitcoin_mined, p.difficulty
  from picked p
  where p.n between 901 and 1000
  on conflict do nothing
  returning h.settlement_date, h.settlement_period, h.farm_id, h.miner_model, 'orphan'
)
insert into damage (settlement_date, settlement_period, farm_id, miner_model, kind)
select * from deleted
union all
select * from outdated
union all
select * from falsified
union all
select * from invented

-- name: damage_source
-- Records that arrive late, one that is withdrawn, and one of a period that its day does not have.
with
untouched as materialized (
  select
    e.settlement_date,
    e.settlement_period,
    e.farm_id,
    row_number() over (
      order by
        hashtextextended(concat_ws('/', e.settlement_date, e.settlement_period, e.farm_id), 6),
        e.settlement_date,
        e.settlement_period,
        e.farm_id
    ) as n
  from recon.curtailed_energy e
  join recon.days d on d.settlement_date = e.settlement_date and d.outcome = 'reconciled'
  where not exists (
    select from damage b
    where (b.settlement_date, b.settlement_period, b.farm_id)
      = (e.settlement_date, e.settlement_period, e.farm_id)
  )
),
withdrawn as (
  delete from public.curtailment_records r
  using untouched u
  where u.n <= 10
    and (r.settlement_date, r.settlement_period, r.farm_id)
      = (u.settlement_date, u.settlement_period, u.farm_id)
  returning r.settlement_date, r.settlement_period, r.farm_id, 'orphan'
),
late as (
  insert into public.curtailment_records as r (
    settlement_date, settlement_period, farm_id, volume, payment
  )
  select u.settlement_date, u.settlement_period, u.farm_id, -12.5, 750
  from untouched u
  where u.n between 11 and 40
  returning r.settlement_date, r.settlement_period, r.farm_id, 'wrong'
),
later as (
  insert into public.curtailment_records as r (
    settlement_date, settlement_period, farm_id, volume, payment
  )
  select distinct u.settlement_date, u.settlement_period, 'T_LATE-1', -3.25, 195
  from untouched u
  where u.n between 41 and 60
  returning r.settlement_date, r.settlement_period, r.farm_id, 'missing'
),
impossible as (
  insert into public.curtailment_records as r (
    settlement_date, settlement_period, farm_id, volume, payment
  )
  values ('2024-03-31', 47, 'T_CLDCW-1', -20, 1200)
  returning r.settlement_date, r.settlement_period, r.farm_id, 'invalid_source'
),
touched (settlement_date, settlement_period, farm_id, kind) as (
  select * from withdrawn
  union
  select * from late
  union
  select * from later
  union
  select * from impossible
)
insert into damage (settlement_date, settlement_period, farm_id, miner_model, kind)
select t.settlement_date, t.settlement_period, t.farm_id, m.miner_model, t.kind
from touched t
cross join recon.miner_models m

-- name: damage_blocked
-- The cells of days without difficulty.
insert into damage (settlement_date, settlement_period, farm_id, miner_model, kind)
select distinct r.settlement_date, r.settlement_period, r.farm_id, m.miner_model, 'blocked'
from public.curtailment_records r
cross join recon.miner_models m
where not exists (
  select from recon.network_difficulties d where d.settlement_date = r.settlement_date
)

-- name: compare_damage
-- What was broken beside what was found, by kind; "both" counts the cells in which they agree.
select
  kind,
  count(*) filter (where b.was_broken) as broken,
  count(*) filter (where g.was_found) as found,
  count(*) filter (where b.was_broken and g.was_found) as "both"
from (select d.*, true as was_broken from damage d) b
full join (select x.*, true as was_found from recon.gaps() x) g
  using (settlement_date, settlement_period, farm_id, miner_model, kind)
group by kind
order by kind

-- name: compare_repairs
-- What was broken beside what a run repaired, by kind.
select b.kind, b.broken, r.repaired
from (
  select d.kind, count(*) as broken from damage d group by d.kind
) b
join recon.run_history h on h.run_id = %(run_id)s
cross join lateral (
  values ('missing', h.missing), ('stale', h.stale), ('wrong', h.wrong), ('orphan', h.orphan)
) r (kind, repaired)
where r.kind = b.kind
order by b.kind

-- name: withdraw_impossible
delete from public.curtailment_records r
where r.settlement_period > recon.settlement_periods_in_day(r.settlement_date)

-- name: summaries_off
-- Sums of the stored rows, by day, month and year, that a summary does not have, or the reverse.
with
sums as (
  select
    to_char(h.settlement_date, 'YYYY-MM-DD') as period, h.miner_model, sum(h.bitcoin_mined) as btc
  from public.historical_bitcoin_calculations h
  group by 1, 2
  union all
  select to_char(h.settlement_date, 'YYYY-MM'), h.miner_model, sum(h.bitcoin_mined)
  from public.historical_bitcoin_calculations h
  group by 1, 2
  union all
  select to_char(h.settlement_date, 'YYYY'), h.miner_model, sum(h.bitcoin_mined)
  from public.historical_bitcoin_calculations h
  group by 1, 2
),
summaries as (
  select
    to_char(d.summary_date, 'YYYY-MM-DD') as period, d.miner_model, d.bitcoin_mined as btc
  from public.bitcoin_daily_summaries d
  union all
  select m.year_month, m.miner_model, m.bitcoin_mined from public.bitcoin_monthly_summaries m
  union all
  select y.year::text, y.miner_model, y.bitcoin_mined from public.bitcoin_yearly_summaries y
)
select count(*) as off
from sums s
full join summaries t using (period, miner_model)
where s.btc is distinct from t.btc

-- name: see_one_moment
set transaction isolation level repeatable read, read only

-- name: report_status
select t.*, f.summaries_off, u.undated_rows as undated_records
from recon.day_totals(%(from_date)s, %(to_date)s) t
join recon.undated_rows() u on u.finding = 'undated_records'
cross join (
  select count(*) as summaries_off
  from recon.summary_findings() f
  where f.first_date >= date_trunc(
    'year', recon.clamp_date(coalesce(%(from_date)s::date, '-infinity'))
  )
    and f.first_date <= coalesce(%(to_date)s::date, 'infinity')
) f

-- name: report_models
select
  m.miner_model,
  sum(m.days)::bigint as days,
  sum(m.calculations)::bigint as calculations,
  sum(m.curtailed_mwh) as curtailed_mwh,
  sum(m.bitcoin_mined) as bitcoin_mined
from recon.report_months(from_date => %(from_date)s, to_date => %(to_date)s) m
group by m.miner_model
order by m.miner_model

-- name: report_months
select * from recon.report_months(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_days
select * from recon.report_days(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_problems
select
  p.settlement_date,
  p.state,
  p.reason,
  p.attempts,
  nullif(p.next_attempt_at, 'infinity') as next_attempt_at,
  p.next_step
from recon.problem_days p
where p.settlement_date >= coalesce(%(from_date)s::date, '-infinity')
  and p.settlement_date <= coalesce(%(to_date)s::date, 'infinity')
order by p.settlement_date

-- name: report_repairs
-- Cells repaired, by the month they are of. What a first run inserts was missing too.
select
  to_char(d.settlement_date, 'YYYY-MM') as year_month,
  count(distinct d.run_id) as runs,
  sum(d.missing) as missing,
  sum(d.stale) as stale,
  sum(d.wrong) as wrong,
  sum(d.orphan) as orphan
from recon.run_days d
where d.missing + d.stale + d.wrong + d.orphan > 0
  and d.settlement_date >= coalesce(%(from_date)s::date, '-infinity')
  and d.settlement_date <= coalesce(%(to_date)s::date, 'infinity')
group by 1
order by 1

-- name: report_runs
select * from recon.report_runs(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_verdict
select * from recon.report_verdict(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_actions
select * from recon.report_actions(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_calendar
select * from recon.report_calendar(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_energy
select
  to_char(c.settlement_date, 'YYYY-MM') as year_month,
  count(*) as days,
  coalesce(sum(c.curtailed_mwh), 0) as curtailed_mwh
from recon.report_calendar(from_date => %(from_date)s, to_date => %(to_date)s) c
group by 1
order by 1

-- name: report_top
select * from recon.report_top(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_repaired
select * from recon.report_repairs(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_gaps
select * from recon.report_gaps(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_inspection
select count(d.inspected_at) as days, max(d.inspected_at) as last_at
from recon.source_days d
where d.settlement_date >= coalesce(%(from_date)s::date, '-infinity')
  and d.settlement_date <= coalesce(%(to_date)s::date, 'infinity')

-- name: report_source
select * from recon.source_issues(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: report_difficulty
select * from recon.report_difficulty(from_date => %(from_date)s, to_date => %(to_date)s)

-- name: runs
select
  h.run_id,
  h.started_at,
  coalesce(h.finished_at, h.last_day_at, h.started_at) - h.started_at as took,
  coalesce(h.outcome, 'unfinished') as outcome,
  h.planned_days,
  h.left_days,
  h.blocked_days + h.partially_fixed_days as blocked_days,
  h.failed_days,
  h.missing,
  h.stale,
  h.wrong,
  h.orphan,
  h.started_by
from recon.run_history h
order by h.run_id desc
limit %(limit)s

-- name: run_detail
select h.* from recon.run_history h where h.run_id = %(run_id)s

-- name: run_results
select
  d.settlement_date,
  coalesce(d.result, 'left') as result,
  d.missing,
  d.stale,
  d.wrong,
  d.orphan,
  d.setbacks,
  d.duration,
  d.reason
from recon.day_results d
where d.run_id = %(run_id)s
order by d.finished_at, d.settlement_date

-- name: latest_run
select max(r.run_id) as run_id from recon.runs r

-- name: run_progress
select
  h.run_id,
  h.outcome,
  h.planned_days,
  h.planned_days - h.left_days as done_days,
  h.missing,
  h.stale,
  h.wrong,
  h.orphan,
  recon.run_message(run_id => h.run_id) as message,
  extract(epoch from clock_timestamp() - coalesce(h.last_day_at, h.started_at)) as silent_seconds
from recon.run_history h
where h.run_id = %(run_id)s

-- name: require_resumable
select recon.require_resumable(run_id => %(run_id)s)

-- name: count_records
select
  count(*) as records,
  count(distinct r.settlement_date) as days,
  coalesce(sum(abs(r.volume)), 0) as curtailed_mwh
from public.curtailment_records r

-- name: server_version
select current_setting('server_version') as server_version

-- name: require_not_stopped
select recon.require_not_stopped(run_id => %(run_id)s)

-- name: plan
select *
from recon.plan(from_date => %(from_date)s, to_date => %(to_date)s, force => %(force)s)

-- name: reconcile_critical
call recon.reconcile_critical(settlement_date => %(settlement_date)s)

-- name: fix_critical
call recon.fix_critical(max_dates => %(max_dates)s)

-- name: plan_critical
select p.*
from unnest(recon.critical_days(max_dates => %(max_dates)s)) with ordinality d (settlement_date, n)
cross join lateral recon.plan(d.settlement_date, d.settlement_date, true) p
order by d.n

-- name: spot_fix
select *
from recon.spot_fix(
  settlement_date => %(settlement_date)s,
  settlement_period => %(settlement_period)s,
  farm_id => %(farm_id)s
)

-- name: plan_spot_fix
select x.miner_model, x.verdict as kind, x.stored_btc as btc_before, x.expected_btc as btc_after
from recon.explain(
  settlement_date => %(settlement_date)s,
  settlement_period => %(settlement_period)s,
  farm_id => %(farm_id)s
) x
where x.verdict in ('missing', 'stale', 'wrong', 'orphan')

-- name: scrub
call recon.scrub(budget => %(budget)s)

-- name: verify
select *
from recon.verify(from_date => %(from_date)s, to_date => %(to_date)s, depth => %(depth)s)

-- name: month_range
select * from recon.month_range(year_month => %(year_month)s)

-- name: verify_recent
select * from recon.verify_recent(days => %(days)s)

-- name: require_known_date
select recon.require_known_date(settlement_date => %(settlement_date)s)

-- name: is_empty
-- Whether a range has no day with data, so that nothing found means nothing.
select t.days = t.no_data as is_empty
from recon.day_totals(%(from_date)s, %(to_date)s) t

-- name: explain
select *
from recon.explain(
  settlement_date => %(settlement_date)s,
  settlement_period => %(settlement_period)s,
  farm_id => %(farm_id)s
)

-- name: pause
select recon.pause(reason => %(reason)s)

-- name: resume
select recon.resume()

-- name: confirm
select recon.confirm(run_id => %(run_id)s)

-- name: retry_day
select recon.retry_day(settlement_date => %(settlement_date)s)

-- name: skip_day
select recon.skip_day(settlement_date => %(settlement_date)s, reason => %(reason)s)

-- name: prune_history
select * from recon.prune_history(keep => %(keep)s)

-- name: analyze
select * from recon.analyze(max_days => %(max_days)s)

-- name: session_problems
select s.severity, 'sessions' as subject, s.finding, s.next_step from recon.session_problems s

-- name: doctor
select * from recon.doctor()

-- name: connection
-- What this connection is, seen from the server.
select
  pg_backend_pid() as backend_pid,
  current_database() as database,
  to_regnamespace('recon') is not null as has_schema,
  coalesce(has_schema_privilege(to_regnamespace('recon'), 'usage'), false) as may_look,
  extract(epoch from clock_timestamp() - %(now)s)::float as seconds_ahead

-- name: backend_pid
select pg_backend_pid() as backend_pid

-- name: migrations_to_come
select t.migration_id
from unnest(%(known)s::text[]) t (migration_id)
where not exists (
  select from recon._yoyo_migration m where m.migration_id = t.migration_id
)
order by t.migration_id

-- name: other_code
-- Routines and views whose text is not that of these files, or that these files do not have.
with
files as (
  select
    (regexp_match(f, '(?n)^create or replace (?:function|procedure|view) recon\.(\w+)'))[1] as name,
    (regexp_match(f, '\nas \$\$(.*)\$\$;'))[1] as body
  from unnest(%(files)s::text[]) f
),
stored as (
  select p.proname::text as name, p.prosrc as body
  from pg_proc p
  where p.pronamespace = 'recon'::regnamespace
  union all
  select c.relname, null
  from pg_class c
  where c.relnamespace = 'recon'::regnamespace
    and c.relkind = 'v'
)
select
  name,
  case
    when s.name is null then 'absent'
    when f.name is null then 'unknown'
    else 'different'
  end as fault
from (select f.name, f.body from files f where f.name is not null) f
full join stored s using (name)
where f.name is null
  or s.name is null
  or f.body is distinct from s.body
order by name

-- name: schedule_jobs
select * from recon.schedule_jobs()

-- name: set_job_time
select recon.set_job_time(job => %(job)s, schedule => %(schedule)s)

-- name: unschedule_jobs
select * from recon.unschedule_jobs()

-- name: session_is_idle
-- A row where a session of ours, which awaits an answer, has nothing to do any more.
select a.pid
from pg_stat_activity a
where a.pid = %(pid)s
  and a.usename = current_user
  and a.application_name like 'recon-kit%%'
  and a.state = 'idle'

-- name: listen_events
listen recon_events

-- name: events_since
select recon.event_document(e) as event
from recon.events e
where e.happened_at >= pg_catalog.now() - %(since)s::interval
order by e.event_id

-- name: events
select e.happened_at, e.severity, e.kind, e.message
from recon.events e
where e.happened_at >= pg_catalog.now() - %(since)s::interval
order by e.event_id

-- name: lock_posts
select pg_try_advisory_lock(1919247215, -2147483645) as is_ours

-- name: unlock_posts
select pg_advisory_unlock(1919247215, -2147483645)

-- name: claim_post
select *
from recon.claim_post(
  severity => %(severity)s, since => %(since)s::interval, max_events => %(max_events)s
)

-- name: finish_post
select recon.finish_post(post_id => %(post_id)s)

-- name: has_work
select recon.has_work() as has_work

-- name: jobs
select j.job, j.schedule, j.command
from recon.jobs j
where j.runs_in <> 'pg_cron'
order by j.job

-- name: bound_time
-- Whoever polls is answered soon, or told why not.
select set_config('statement_timeout', '5s', true)

-- name: alerts
select * from recon.alerts

-- name: metrics
select m.name, m.labels, m.value, m.help
from recon.metrics m
where m.value is not null
order by m.name, m.labels

-- name: set_alert_limit
select recon.set_alert_limit(
  name => %(alert)s, warning_at => %(warning_at)s, critical_at => %(critical_at)s
)

-- name: state_stamp
-- Another value once something that a page shows has changed, from the versions of a few rows.
select concat_ws(
  ' ',
  (select max(e.event_id) from recon.events e),
  (select concat_ws(':', count(*), sum(d.xmin::text::bigint)) from recon.days d),
  (
    select concat_ws(':', count(*), sum(p.settlement_date - date '2000-01-01'), sum(c.change_id))
    from recon.pending_days p
    cross join lateral (
      select max(c.change_id) as change_id
      from recon.changes c
      where c.settlement_date = p.settlement_date
    ) c
  ),
  (
    select string_agg(concat_ws(':', r.run_id, r.xmin), ',' order by r.run_id)
    from (select r.run_id, r.xmin from recon.runs r order by r.run_id desc limit 10) r
  ),
  (select sum(s.xmin::text::bigint) from recon.settings s),
  (select concat_ws(':', count(*), sum(f.xmin::text::bigint)) from recon.source_findings f),
  (select max(s.inspected_at) from recon.source_days s),
  (select concat_ws(':', count(*), sum(d.xmin::text::bigint)) from recon.difficulty_decisions d),
  (select max(s.sync_id) from recon.syncs s),
  exists (select from recon.summary_changes)
) as stamp

-- name: runs_in_progress
-- Runs without an end that were heard of within the hour; the others were killed.
select
  h.run_id,
  h.planned_days,
  h.planned_days - h.left_days as done_days,
  h.missing,
  h.stale,
  h.wrong,
  h.orphan,
  round(
    extract(epoch from coalesce(h.last_day_at, h.started_at) - h.started_at)
    * h.left_days / nullif(h.planned_days - h.left_days, 0)
  ) as seconds_left,
  round(
    extract(epoch from pg_catalog.now() - coalesce(h.last_day_at, h.started_at))
  ) as silent_seconds
from recon.run_history h
where h.run_id > (select max(r.run_id) - 20 from recon.runs r)
  and h.finished_at is null
  and coalesce(h.last_day_at, h.started_at) > pg_catalog.now() - interval '1 hour'
  and h.planned_days > 0
order by h.run_id desc

-- name: latest_events
select e.event_id, e.happened_at, e.severity, e.kind, e.settlement_date, e.message
from recon.events e
order by e.event_id desc
limit %(limit)s

-- name: day
-- A date as it stands, whether or not anything is known of it, and the days beside it.
select
  t.settlement_date,
  coalesce(s.state, 'no_data') as state,
  s.reason,
  s.pending_since,
  s.source_rows,
  s.curtailed_mwh,
  s.calculations,
  s.attempts,
  nullif(s.next_attempt_at, 'infinity') as next_attempt_at,
  s.run_id,
  s.reconciled_at,
  s.verified_at,
  p.next_step,
  (
    select max(b.settlement_date) from recon.day_status b where b.settlement_date < t.settlement_date
  ) as day_before,
  (
    select min(a.settlement_date) from recon.day_status a where a.settlement_date > t.settlement_date
  ) as day_after
from (select %(settlement_date)s::date as settlement_date) t
left join recon.day_status s on s.settlement_date = t.settlement_date
left join recon.problem_days p on p.settlement_date = t.settlement_date

-- name: day_summaries
select d.miner_model, d.bitcoin_mined, d.calculations, d.updated_at
from public.bitcoin_daily_summaries d
where d.summary_date = %(settlement_date)s
order by d.miner_model

-- name: day_runs
select
  r.run_id,
  r.finished_at,
  coalesce(r.result, 'left') as result,
  r.reason,
  r.missing,
  r.stale,
  r.wrong,
  r.orphan,
  extract(epoch from r.duration) as seconds
from recon.day_results r
where r.settlement_date = %(settlement_date)s
order by r.run_id desc
limit %(limit)s

-- name: day_repairs
-- The latest cells repaired of a date, or of one period and farm of it.
select
  p.repaired_at,
  p.run_id,
  p.settlement_period,
  p.farm_id,
  p.miner_model,
  p.kind,
  p.bitcoin_mined_before,
  p.bitcoin_mined_after,
  count(*) over () as repairs
from recon.repairs p
where p.settlement_date = %(settlement_date)s
  and p.settlement_period = coalesce(%(settlement_period)s::integer, p.settlement_period)
  and p.farm_id = coalesce(%(farm_id)s::text, p.farm_id)
order by p.repair_id desc
limit %(limit)s

-- name: day_periods
select
  f.settlement_period,
  count(*) as farms,
  sum(f.curtailed_mwh) as curtailed_mwh,
  sum(f.cells)::bigint as cells,
  sum(f.gaps)::bigint as gaps
from (
  select
    c.settlement_period,
    c.farm_id,
    coalesce(max(c.curtailed_mwh) filter (where c.verdict <> 'invalid_source'), 0) as curtailed_mwh,
    count(*) as cells,
    count(*) filter (where c.verdict <> 'right') as gaps
  from recon.judged_cells(settlement_date => %(settlement_date)s) c
  group by c.settlement_period, c.farm_id
) f
group by f.settlement_period
order by f.settlement_period

-- name: period_cells
select
  c.farm_id,
  c.miner_model,
  c.verdict,
  c.stored_btc,
  c.curtailed_mwh,
  bool_or(c.verdict <> 'right') over (partition by c.farm_id) as is_off
from recon.judged_cells(settlement_date => %(settlement_date)s) c
where c.settlement_period = %(settlement_period)s
order by c.farm_id, c.miner_model
