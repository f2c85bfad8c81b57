create or replace view recon.trigger_checks as
with
needed as (
  select t.table_name, e.event, e.bit
  from unnest(
    array[
      'public.curtailment_records',
      'public.historical_bitcoin_calculations',
      'public.bitcoin_daily_summaries',
      'recon.network_difficulties',
      'recon.miner_models',
      'recon.block_rewards'
    ]
  ) t (table_name)
  cross join (
    values ('insert', 4), ('delete', 8), ('update', 16), ('truncate', 32)
  ) e (event, bit)
),
absent as (
  select string_agg(format('%s of %s', n.event, n.table_name), ', ') as events
  from needed n
  where not exists (
    select from pg_trigger t
    join pg_proc p on p.oid = t.tgfoid
    where t.tgrelid = to_regclass(n.table_name)
      and p.pronamespace = 'recon'::regnamespace
      and p.proname like 'record\_%'
      and t.tgenabled = 'A'
      and t.tgtype & n.bit > 0
  )
)
select
  'triggers' as subject,
  case when a.events is null then 'ok' else 'failure' end as outcome,
  coalesce('not noticed: ' || a.events, 'every change of every input is noticed') as finding,
  case when a.events is not null then 'recon-kit migrate, then recon-kit verify' end as next_step
from absent a;

comment on view recon.trigger_checks is
  'Whether all the triggers that notice changes are there, and enabled always.';
comment on column recon.trigger_checks.subject is 'What was looked at.';
comment on column recon.trigger_checks.outcome is 'ok or failure.';
comment on column recon.trigger_checks.finding is 'What was found.';
comment on column recon.trigger_checks.next_step is 'What to do about it; null where it is ok.';
