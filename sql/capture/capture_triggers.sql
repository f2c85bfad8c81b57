-- Statement triggers see what sessions do, each to the table that it names: so every partition and
-- child has its own. Apply workers of a subscription fire only triggers of rows, which cost nothing
-- elsewhere as they are enabled for replicas only.
create or replace view recon.capture_triggers as
with
own_writes (condition) as (
  values (
    '((COALESCE(current_setting(''recon.own_write''::text, true), ''''::text) <> ''on''::text)'
    ' OR (pg_trigger_depth() > 0)'
    ' OR (NOT has_schema_privilege(''recon''::text, ''create''::text)))'
  )
),
needed (table_name, trigger_name, events, function_name, is_of_others, is_for_rows) as (
  select t.table_name, e.trigger_name, e.events, e.function_name, t.is_derived, false
  from (
    values
      ('public.curtailment_records', 'record_changes', 'record_every_day', false),
      ('public.historical_bitcoin_calculations', 'record_changes', 'record_every_day', true),
      ('public.bitcoin_daily_summaries', 'record_summary_changes', 'record_every_day', true),
      ('recon.network_difficulties', 'record_changes', 'record_every_day', false),
      ('recon.miner_models', 'record_models', 'record_every_day', false)
  ) t (table_name, of_rows, of_all, is_derived)
  cross join lateral (
    values
      ('record_insert', 4, t.of_rows),
      ('record_delete', 8, t.of_rows),
      ('record_update', 16, t.of_rows),
      ('record_truncate', 32, t.of_all)
  ) e (trigger_name, events, function_name)
  union all
  values
    ('public.historical_bitcoin_calculations', 'require_known_models_on_insert', 4,
      'require_known_models', true, false),
    ('public.historical_bitcoin_calculations', 'require_known_models_on_update', 16,
      'require_known_models', true, false),
    ('public.bitcoin_monthly_summaries', 'record_refresh', 60, 'record_refresh', true, false),
    ('public.bitcoin_yearly_summaries', 'record_refresh', 60, 'record_refresh', true, false),
    ('recon.daily_sums', 'record_refresh', 60, 'record_refresh', false, false),
    ('recon.block_rewards', 'record_change', 60, 'record_every_day', false, false),
    ('recon.network_difficulties', 'judge_difficulties', 60, 'judge_difficulties', false, false),
    ('recon.network_difficulties', 'queue_difficulties', 62, 'queue_difficulties', false, false),
    ('recon.difficulty_decisions', 'queue_difficulties', 62, 'queue_difficulties', false, false),
    ('recon.difficulty_decisions', 'judge_difficulties', 60, 'judge_difficulties', false, false),
    ('recon.settings', 'judge_settings', 16, 'judge_settings', false, false),
    ('recon.network_difficulties', 'judge_rows', 29, 'judge_difficulties', false, true),
    ('recon.difficulty_decisions', 'judge_rows', 29, 'judge_difficulties', false, true)
  union all
  select w.table_name, 'record_rows' as trigger_name, 29, 'record_rows' as function_name,
    w.reason in ('calculation', 'summary'), true
  from recon.watched_tables w
  where w.is_root
    and w.reason is not null
)
select
  w.table_name,
  w.relation,
  w.relation_name,
  w.is_root,
  w.relispartition,
  w.relowner,
  n.trigger_name,
  n.events,
  n.is_for_rows,
  t.is_right,
  t.tgname is not null as is_there
from recon.watched_tables w
join needed n using (table_name)
cross join own_writes o
left join lateral (
  select
    t.tgname,
    t.tgenabled = case when n.is_for_rows then 'R' else 'A' end
      and t.tgtype = n.events
      and t.tgattr = ''::int2vector
      and p.proname = n.function_name
      and p.pronamespace = 'recon'::regnamespace
      and coalesce(pg_get_expr(t.tgqual, t.tgrelid), '')
        = case when n.is_of_others then o.condition else '' end as is_right
  from pg_trigger t
  join pg_proc p on p.oid = t.tgfoid
  where t.tgrelid = w.relation
    and t.tgname = n.trigger_name
) t on true
where w.relkind in ('r', 'p')
  and (
    not n.is_for_rows
    or (select s.replica_triggers from recon.settings s)
    or exists (
      select from recon.watched_tables m
      join pg_subscription_rel s on s.srrelid = m.relation
      where m.table_name = w.table_name
    )
  );

comment on view recon.capture_triggers is
  'The triggers that notice changes, as they should be: on every table that is watched, and those '
  'of rows where a subscription feeds it, or settings.replica_triggers asks for them.';
comment on column recon.capture_triggers.table_name is 'Name of the table that is read.';
comment on column recon.capture_triggers.relation is 'The table, or a partition or child of it.';
comment on column recon.capture_triggers.relation_name is 'Its own name, with its schema.';
comment on column recon.capture_triggers.is_root is 'Whether it is the table itself.';
comment on column recon.capture_triggers.relispartition is 'Whether it is a partition.';
comment on column recon.capture_triggers.relowner is 'The owner of the relation.';
comment on column recon.capture_triggers.trigger_name is 'Name of the trigger.';
comment on column recon.capture_triggers.events is 'What it fires at, as in pg_trigger.';
comment on column recon.capture_triggers.is_for_rows is
  'Whether it notices what a subscription changes.';
comment on column recon.capture_triggers.is_right is
  'Whether it is enabled and says what the kit''s own does; null where it is not there.';
comment on column recon.capture_triggers.is_there is 'Whether there is one of that name.';
