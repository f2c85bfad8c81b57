create or replace view recon.trigger_gaps as
with
wrong as (
  select
    t.table_name,
    t.relation_name,
    case
      when t.is_for_rows then 'subscription'
      when t.is_root then 'trigger'
      else 'partition'
    end as reason,
    string_agg(
      format(
        case when t.is_there then 'trigger %s (disabled or changed)' else 'trigger %s' end,
        t.trigger_name
      ),
      ', ' order by t.trigger_name
    ) as triggers
  from recon.capture_triggers t
  where t.is_right is not true
  group by 1, 2, 3
)
select
  w.relation_name as table_name,
  w.reason,
  format(
    case w.reason
      when 'subscription' then 'what replication changes in it is not noticed: it lacks %1$s'
      when 'trigger' then 'not all of its changes are noticed: it lacks %1$s'
      else 'what is changed straight in it, a part of %2$s, is not noticed: it lacks %1$s'
    end,
    w.triggers, w.table_name
  ) as finding,
  'recon-kit migrate, then recon-kit reconcile' as next_step,
  false as stops_runs
from wrong w
union all
select
  relation_name,
  'partition',
  format(
    case
      when w.relation is null then 'it was a part of %s, and is no longer'
      else 'it is a new part of %s, whose records no run has looked for'
    end,
    table_name
  ),
  'recon-kit reconcile',
  false
from recon.known_partitions k
full join (
  select w.relation_name, w.table_name, w.relation
  from recon.watched_tables w
  where not w.is_root
) w using (relation_name, table_name)
where w.relation is null
  or k.relation_name is null
  and not exists (select from wrong x where x.relation_name = w.relation_name);

comment on view recon.trigger_gaps is
  'What triggers do not see: tables and parts of tables that lack them, and parts that have come '
  'or gone since the kit last looked.';
comment on column recon.trigger_gaps.table_name is 'The table.';
comment on column recon.trigger_gaps.reason is 'trigger, partition or subscription.';
comment on column recon.trigger_gaps.finding is 'What was found.';
comment on column recon.trigger_gaps.next_step is 'What to do about it.';
comment on column recon.trigger_gaps.stops_runs is 'Whether no run may begin before that.';
