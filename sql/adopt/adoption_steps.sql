-- What is done is read from the catalog, so that after a crash an adoption goes on from there.
-- Rows go before the constraints come, so that nobody who touches such a row meanwhile fails.
create or replace view recon.adoption_steps as
with
checks as (
  select
    string_agg(c.constraint_name, ', ') filter (where not c.is_there) as lacking,
    string_agg(
      format('add constraint %s check (%s) not valid', c.constraint_name, c.predicate), ', '
    ) filter (where not c.is_there) as additions,
    string_agg('drop constraint if exists ' || c.constraint_name, ', ')
      filter (where not c.is_there) as removals,
    string_agg('validate constraint ' || c.constraint_name, ', ')
      filter (where not c.is_valid) as validations
  from recon.calculation_checks c
  where to_regclass('public.historical_bitcoin_calculations') is not null
)
select
  case i.step when 'source index' then 1 when 'summary index' then 2 else 6 end as position,
  i.step,
  'concurrent' as kind,
  i.table_name,
  case i.step
    when 'calculation key' then 'has no unique key of date, period, farm and model, the date first'
    else 'has no index that begins with ' || i.columns[1]
  end as finding,
  'build ' || i.index_name || ', beside reads and writes' as action,
  'share update exclusive' as lock_mode,
  null as lock_statement,
  i.statement,
  'drop index if exists public.' || i.index_name as undo,
  case when i.is_broken then 'drop index concurrently public.' || i.index_name end as leftover,
  i.step <> 'summary index' as blocks_deploy
from recon.adoption_indexes i
where not i.is_there

union all
select
  3,
  'unfit rows',
  'rows',
  'historical_bitcoin_calculations',
  'may hold rows that the kit cannot keep',
  'move them to recon_legacy, a thousand a transaction',
  'row exclusive',
  null,
  null,
  null,
  null,
  false
from checks c
where c.validations is not null
  or to_regclass('recon.days') is null
  or exists (
    select from recon.adoption_indexes i where i.step = 'calculation key' and not i.is_there
  )

union all
select
  4,
  'checks',
  'locked',
  'historical_bitcoin_calculations',
  'takes rows that cannot be right',
  'refuse them from then on: ' || c.lacking,
  'access exclusive',
  'lock table public.historical_bitcoin_calculations in access exclusive mode',
  'alter table public.historical_bitcoin_calculations ' || c.additions,
  'alter table public.historical_bitcoin_calculations ' || c.removals,
  null,
  false
from checks c
where c.additions is not null

union all
select
  5,
  'validation',
  'locked',
  'historical_bitcoin_calculations',
  'has rows that nothing has checked',
  'check them, beside reads and writes',
  'share update exclusive',
  'lock table public.historical_bitcoin_calculations in share update exclusive mode',
  'alter table public.historical_bitcoin_calculations ' || c.validations,
  null,
  null,
  false
from checks c
where c.validations is not null

union all
select
  7,
  'deploy',
  'deploy',
  'all tables',
  case
    when to_regclass('recon.days') is null
      and exists (
        select
        from recon.platform_tables p
        where p.relation is not null
          and not p.is_kits
      )
    then 'are not watched by the kit'
  end,
  'deploy the kit, and have triggers note what changes',
  'share row exclusive',
  null,
  null,
  null,
  null,
  false
order by 1;

comment on view recon.adoption_steps is
  'What is left to do, in order, for the platform''s tables to be as the kit needs them.';
comment on column recon.adoption_steps.position is 'Its place in the order.';
comment on column recon.adoption_steps.step is 'Name of the step.';
comment on column recon.adoption_steps.kind is
  'concurrent = done outside a transaction; locked = in one, with a lock; rows = in many short '
  'ones; deploy = in that of the deploy.';
comment on column recon.adoption_steps.table_name is 'The table, or tables, concerned.';
comment on column recon.adoption_steps.finding is
  'What stands in the way; null of a mere deploy.';
comment on column recon.adoption_steps.action is 'What will be done.';
comment on column recon.adoption_steps.lock_mode is 'The strongest lock it takes on the table.';
comment on column recon.adoption_steps.lock_statement is 'What takes it; null where none is held.';
comment on column recon.adoption_steps.statement is 'What does it; null for rows.';
comment on column recon.adoption_steps.undo is 'What undoes it; null where something else does.';
comment on column recon.adoption_steps.leftover is
  'What removes the remains of an attempt that was cut short; null = there are none.';
comment on column recon.adoption_steps.blocks_deploy is 'Whether it keeps the kit out.';
